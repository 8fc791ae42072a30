"""A take that was not published, rebuilt from the dances that were cut out of it.

Waltz has no source takes, but its thirty units cover one of them, take 20, from the first to the last, and each occurs in many
dances. One use of each is put back where the csv says it was cut, on its way and turned as the one before ends. Between two
units the publishers' straight line hid a fifth of a second: a cubic goes through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import chaining, dancer, repair, timebase
from ballo.dataset.adapters.choreonet import Interval
from ballo.dataset.chaining import SPLICE_AFTER, SPLICE_BEFORE
from ballo.dataset.recordings import Recording
from ballo.dataset.repair import Record
from ballo.dataset.takes import Repair, Take
from ballo.dataset.timebase import TimeBase
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

TAKE_FPS = 80.0
"""Frames a second that the csv counts in."""

_COMPARED_FRAMES = 40
_MOST_COMPARED = 12
_FLOOR_PERCENTILE = 10
_TREND_FRAMES = 4


@dataclass(frozen=True, eq=False)
class _Cutting:
    """One use of a unit in a published dance: its joints (F, 22, 3) in metres, the frames of it whose head was mended, and the
    share of the unit (F,) that each frame stands for."""

    dance: str
    joints: np.ndarray
    head: np.ndarray
    share: np.ndarray


def rebuild(
    name: str,
    intervals: Sequence[Interval],
    recordings: Sequence[Recording],
    chained: Mapping[str, tuple[Sequence[chaining.Use], Sequence[float]]],
) -> Take | None:
    """The take `name`, or None if no dance shows any of it.

    Args:
        intervals: the take's units.
        recordings: published dances of its style.
        chained: how each was chained, as `chaining.turns_by_dance` gives it.
    """
    cut = sorted((unit for unit in intervals if unit.end_frame), key=lambda unit: unit.first_frame)
    wanted = {unit.tag for unit in cut}
    cuttings: dict[str, list[_Cutting]] = {tag: [] for tag in wanted}
    for recording in recordings:
        for tag, cutting in _cuttings(recording, wanted, *chained.get(recording.name, ((), ()))):
            cuttings[tag].append(cutting)
    shown = [(unit, _typical(cuttings[unit.tag])) for unit in cut if cuttings[unit.tag]]
    if not shown:
        return None
    return _stitched(name, shown, sum(map(len, cuttings.values())))


def _cuttings(
    recording: Recording, wanted: set[str], uses: Sequence[chaining.Use], turns: Sequence[float]
) -> list[tuple[str, _Cutting]]:
    """What a dance shows of the wanted units."""
    clips = timebase.clip_lengths(len(recording.points), recording.window_frames, recording.beats)
    if clips is None or recording.script is None or not wanted & set(recording.script.tags):
        return []
    placed, _ = repair.on_its_way(recording, uses, turns)
    points, _ = repair.right_handed(placed)
    points, _ = repair.without_spikes(points)
    steady, _ = repair.steady_head(points)
    joints = dancer.joints_of(steady, dancer.body_of(steady))
    mended = (steady != points).any(axis=(1, 2))
    found = []
    bounds = np.cumsum([0, *clips.lengths])
    for tag, first, end in zip(recording.script.tags, bounds[:-1], bounds[1:], strict=True):
        frames = np.arange(first + SPLICE_AFTER, end - SPLICE_BEFORE)
        if tag in wanted and len(frames) >= _COMPARED_FRAMES // 4:
            share = (frames - first) / (end - first - 1)
            found.append((tag, _Cutting(recording.name, joints[frames], mended[frames], share)))
    return found


def _typical(cuttings: Sequence[_Cutting]) -> _Cutting:
    """The use that the others are most like, whatever their turn about the vertical."""
    some = sorted(cuttings, key=lambda each: (int(each.head.sum()), -len(each.joints), each.dance))[:_MOST_COMPARED]
    shapes = []
    for each in some:
        centred = each.joints - each.joints[:, :1]
        chosen = centred[np.linspace(0, len(centred) - 1, _COMPARED_FRAMES).round().astype(int)]
        shapes.append(kinematics.turned_about_y(chosen, -kinematics.heading(DANCER, chosen)[:, None]))
    stacked = np.stack(shapes)
    apart = np.linalg.norm(stacked[:, None] - stacked[None], axis=-1).mean(axis=(2, 3))
    return some[int(np.median(apart, axis=1).argmin())]


def _stitched(name: str, shown: Sequence[tuple[Interval, _Cutting]], uses: int) -> Take:
    """Cuttings put end to end on the take's own time."""
    places: list[np.ndarray] = []
    parts: list[np.ndarray] = []
    heads: list[np.ndarray] = []
    for unit, cutting in shown:
        place = unit.first_frame + cutting.share * ((unit.end_frame or 0.0) - unit.first_frame)
        joints = cutting.joints - [0, _floor(cutting.joints), 0]
        if parts:
            keep = place > places[-1][-1] + 1
            place, joints = place[keep], _led_on(parts[-1], places[-1], joints[keep], place[keep])
        places.append(place)
        parts.append(joints)
        heads.append(cutting.head[-len(place) :])
    place, joints = np.concatenate(places), np.concatenate(parts)
    frames = int(np.floor(place[-1])) + 1
    whole = timebase.resample(joints, TimeBase("units", np.concatenate([[0.0], place[1:-1], [frames - 1.0]])))
    flags = np.full(frames, Repair.SPLICE, dtype=np.uint8)
    for where, head in zip(places, heads, strict=True):
        inside = slice(int(np.ceil(where[0])), int(where[-1]) + 1)
        flags[inside] = 0
        flags[np.clip(np.round(where[head]).astype(int), 0, frames - 1)] |= np.uint8(Repair.HEAD)
    body = {"units": len(shown), "uses": uses, "frames_bridged": int((flags == Repair.SPLICE).sum())}
    record = Record("rebuilt", "from the dances cut out of it, one use of each unit", body)
    legs = [np.linalg.norm(np.diff(whole[:, chain], axis=1), axis=-1).sum(axis=1) for chain in _LEGS]
    return Take(name, TAKE_FPS, whole, float(np.median(legs)), flags, (record,))


_LEGS = [[DANCER.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")] for side in ("left", "right")]


def _floor(joints: np.ndarray) -> float:
    """The height of the floor under a cutting: clips were chained through the root's height, so each has its own."""
    feet = joints[:, [joint for foot in DANCER.foot_joints for joint in foot], 1]
    return float(np.percentile(feet.min(axis=1), _FLOOR_PERCENTILE))


def _led_on(before: np.ndarray, before_at: np.ndarray, joints: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Joints turned and moved on the floor so that they go on from where those before were heading."""
    gap = float(at[0] - before_at[-1])
    turn = _next(np.unwrap(kinematics.heading(DANCER, before)), before_at, gap / 2) - _next(
        np.unwrap(kinematics.heading(DANCER, joints))[::-1], -at[::-1], gap / 2
    )
    turned = kinematics.turned_about_y(joints, np.array(turn))
    shift = _next(before[:, 0], before_at, gap / 2) - _next(turned[::-1, 0], -at[::-1], gap / 2)
    return turned + shift * [1, 0, 1]


def _next(values: np.ndarray, at: np.ndarray, later: float) -> np.ndarray:
    """Where values (F, ...) at times (F,) will be `later` after the last, by their last trend."""
    rate = (values[-1] - values[-_TREND_FRAMES]) / (at[-1] - at[-_TREND_FRAMES])
    return values[-1] + rate * later
