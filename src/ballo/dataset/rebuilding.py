"""A take that was not published, rebuilt from the dances that were cut out of it.

Waltz has no source takes, but its thirty units cover one of them, take 20, from the first to the last, and each occurs in many
dances. Between two units the publishers drew a straight line over six frames, and before that they bent them: over
`BENT_FRAMES` on either side of a join all points are moved, by a share that grows evenly towards the join, to where both meet
half-way. So of a bar of 51 frames 20 are bent, by up to ten centimetres. Two things straighten them:

- where a script has two units follow one another as in the take, or a dance begins or ends, nothing was bent;
- what a unit is bent by at its join is the opposite of what its neighbour is bent by, so a side that is known gives the other.

The units, straight, are put back where the csv says they were cut, turned and moved as the one before ends, and a cubic goes
through the fifth of a second that each straight line hid.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import chaining, dancer, repair, timebase
from ballo.dataset.adapters.choreonet import Interval
from ballo.dataset.recordings import Recording
from ballo.dataset.repair import Record
from ballo.dataset.takes import Repair, Take
from ballo.dataset.timebase import SPLICE_AFTER, SPLICE_BEFORE, TimeBase
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

TAKE_FPS = 80.0
"""Frames a second that the csv counts in."""

BENT_FRAMES = 10
"""How far from a join a unit is bent."""

START, END = 0, 1

_FLOOR_PERCENTILE = 10
_TREND_FRAMES = 4
_FADE = (0.45, 0.55)  # the share of a unit over which its start gives way to its end
_FEWEST_FRAMES = 2 * BENT_FRAMES + 8

Chains = Mapping[str, tuple[Sequence[chaining.Use], Sequence[float]]]


@dataclass(frozen=True, eq=False)
class Cutting:
    """One use of a unit in a published dance.

    Args:
        dance: the dance.
        tag: the unit.
        points: (L, 23, 3) metres, turned and moved so that the dancer faces +Z over the origin half-way through.
        turn: radians by which that was turned.
        head: (L,) frames whose head was mended.
        neighbours: the tags before and after it; None where the dance begins or ends.
    """

    dance: str
    tag: str
    points: np.ndarray
    turn: float
    head: np.ndarray
    neighbours: tuple[str | None, str | None]

    def share(self) -> np.ndarray:
        """(L,) how far into the unit each frame is."""
        return np.arange(len(self.points)) / (len(self.points) - 1)

    def bend(self, side: int) -> np.ndarray:
        """(L,) how much of its bend at a side each frame has."""
        away = np.arange(len(self.points))
        return np.clip(1 - (away if side == START else away[::-1]) / BENT_FRAMES, 0, 1)


def rebuild(name: str, intervals: Sequence[Interval], recordings: Sequence[Recording], chained: Chains) -> Take | None:
    """The take `name`, or None if no dance shows any of it.

    Args:
        intervals: the take's units.
        recordings: published dances of its style.
        chained: how each was chained, as `chaining.turns_by_dance` gives it.
    """
    cut = sorted((unit for unit in intervals if unit.end_frame), key=lambda unit: unit.first_frame)
    uses: list[list[Cutting]] = [cuttings(each, *chained.get(each.name, ((), ()))) for each in recordings]
    order = [unit.tag for unit in cut]
    sides = _straightened(order, uses)
    shown = [(unit, sides[unit.tag]) for unit in cut if unit.tag in sides]
    return _stitched(name, shown, sum(use.tag in sides for dance in uses for use in dance)) if shown else None


def cuttings(recording: Recording, uses: Sequence[chaining.Use], turns: Sequence[float]) -> list[Cutting]:
    """A dance's units, in order; those too short to be worth anything as well, so that neighbours are neighbours."""
    clips = timebase.clip_lengths(len(recording.points), recording.window_frames, recording.beats)
    if clips is None or recording.script is None:
        return []
    placed, _ = repair.on_its_way(recording, uses, turns)
    points, _ = repair.right_handed(placed)
    points, _ = repair.without_spikes(points)
    steady, _ = repair.steady_head(points)
    mended, bounds = (steady != points).any(axis=(1, 2)), np.cumsum([0, *clips.lengths])
    tags = [None, *recording.script.tags, None]
    found = []
    for number, (first, end) in enumerate(itertools.pairwise(bounds)):
        part = steady[first:end]
        middle = part[len(part) // 2]
        across = middle[dancer.LEFT_BELT] - middle[dancer.RIGHT_BELT]
        turn = -float(np.arctan2(-across[2], across[0]))
        about = (middle[dancer.LEFT_BELT] + middle[dancer.RIGHT_BELT]) / 2 * [1, 0, 1]
        turned = kinematics.turned_about_y(part - about, np.array(turn))
        around = tags[number], tags[number + 2]
        found.append(Cutting(recording.name, tags[number + 1] or "", turned, turn, mended[first:end], around))
    return found


@dataclass(frozen=True, eq=False)
class Side:
    """Half of a unit as it was danced: the use that shows it and its points (L, 23, 3) straightened."""

    use: Cutting
    points: np.ndarray


def _straightened(order: Sequence[str], dances: Sequence[Sequence[Cutting]]) -> dict[str, tuple[Side, Side]]:
    """The start and the end of every unit of a take whose units follow one another in `order`."""
    known = unbent(order, dances)
    while True:
        more = {}
        for tag in order:
            for side in (START, END):
                if (tag, side) not in known:
                    found = [straight for dance in dances for straight in by_neighbour(dance, tag, side, known)]
                    if found:
                        more[tag, side] = min(found, key=lambda each: each[0])[1]
        if not more:
            break
        known |= more
    # A side that nothing tells is left as it is.
    for tag in order:
        uses = [use for dance in dances for use in _long(dance, tag)]
        for side in (START, END):
            if uses and (tag, side) not in known:
                known[tag, side] = Side(uses[0], uses[0].points)
    return {tag: (known[tag, START], known[tag, END]) for tag in order if (tag, START) in known}


def natural(order: Sequence[str], side: int) -> dict[str, str]:
    """The unit that is before (START) or after (END) each unit in their take."""
    return {there: here for here, there in itertools.pairwise(order)} if side == START else dict(itertools.pairwise(order))


def unbent(order: Sequence[str], dances: Sequence[Sequence[Cutting]]) -> dict[tuple[str, int], Side]:
    """Starts and ends of units that some dance shows as they were danced: beside their own neighbour, or beside none."""
    known = {}
    for side in (START, END):
        beside = natural(order, side)
        for tag in order:
            shown = [use for dance in dances for use in _long(dance, tag) if use.neighbours[side] in (None, beside.get(tag))]
            if shown:
                chosen = min(shown, key=lambda use: (int(use.head.sum()), -len(use.points), use.dance))
                known[tag, side] = Side(chosen, chosen.points)
    return known


def _long(dance: Sequence[Cutting], tag: str) -> list[Cutting]:
    return [use for use in dance if use.tag == tag and len(use.points) >= _FEWEST_FRAMES]


def by_neighbour(
    dance: Sequence[Cutting], tag: str, side: int, known: Mapping[tuple[str, int], Side]
) -> list[tuple[float, Side]]:
    """A side of a unit told by its neighbours in a dance, with how far it had been bent, in metres."""
    found = []
    for number, use in enumerate(dance):
        beside = number - 1 if side == START else number + 1
        if use.tag != tag or len(use.points) < _FEWEST_FRAMES or not 0 <= beside < len(dance):
            continue
        other = dance[beside]
        straight = known.get((other.tag, 1 - side))
        if straight is None or len(other.points) < _FEWEST_FRAMES:
            continue
        # What the neighbour is bent by, turned from its frame to this one's, is what this one is bent by, the other way.
        bent = -kinematics.turned_about_y(_bent_by(other, straight, 1 - side), np.array(use.turn - other.turn))
        points = use.points - use.bend(side)[:, None, None] * bent
        found.append((float(np.linalg.norm(bent, axis=-1).mean()), Side(use, points)))
    return found


def _bent_by(use: Cutting, straight: Side, side: int) -> np.ndarray:
    """(23, 3) by how much a use is bent at the join on a side that is known straight: the best fit over the bent frames."""
    true = timebase.sample(straight.points, use.share() * (len(straight.points) - 1))
    hidden = SPLICE_AFTER if side == START else SPLICE_BEFORE
    frames = np.arange(hidden + 1, BENT_FRAMES)
    frames = frames if side == START else len(use.points) - 1 - frames
    weight = use.bend(side)[frames][:, None, None]
    return ((use.points - true)[frames] * weight).sum(axis=0) / (weight**2).sum()


def _stitched(name: str, shown: Sequence[tuple[Interval, tuple[Side, Side]]], uses: int) -> Take:
    """Units put end to end on the take's own time."""
    places: list[np.ndarray] = []
    parts: list[np.ndarray] = []
    heads: list[np.ndarray] = []
    for unit, (start, end) in shown:
        points, head = _whole(start, end)
        joints = dancer.joints_of(points, dancer.body_of(points))
        inside = slice(SPLICE_AFTER, len(joints) - SPLICE_BEFORE)
        joints, head = joints[inside] - [0, _floor(joints[inside]), 0], head[inside]
        place = unit.first_frame + start.use.share()[inside] * ((unit.end_frame or 0.0) - unit.first_frame)
        if parts:
            keep = place > places[-1][-1] + 1
            place, head = place[keep], head[keep]
            joints = _led_on(parts[-1], places[-1], joints[keep], place)
        places.append(place)
        parts.append(joints)
        heads.append(head)
    place, joints = np.concatenate(places), np.concatenate(parts)
    frames = int(np.floor(place[-1])) + 1
    known = np.concatenate([place[:-1], [frames - 1.0]])
    if known[0] > 1:
        # She waits for the first unit, as if in it.
        known, joints = np.concatenate([[0.0, known[0] - 1], known]), np.concatenate([joints[[0, 0]], joints])
    known[0] = 0.0
    whole = timebase.resample(joints, TimeBase("units", known))
    flags = np.full(frames, Repair.SPLICE, dtype=np.uint8)
    for where, head in zip(places, heads, strict=True):
        covered = np.arange(int(np.ceil(where[0])), min(int(where[-1]) + 1, frames))
        nearest = np.round(np.interp(covered, where, np.arange(len(where)))).astype(int)
        flags[covered] = head[nearest] * np.uint8(Repair.HEAD)
    seen = flags[int(places[0][0]) :]
    figures = {
        "units": len(shown),
        "uses": uses,
        "frames_bridged": int((seen == Repair.SPLICE).sum()),
        "bent_frames": BENT_FRAMES,
    }
    record = Record("rebuilt", "from the dances cut out of it, each unit straightened and put back", figures)
    return Take(name, TAKE_FPS, whole, dancer.leg_metres(whole), flags, (record,))


def _whole(start: Side, end: Side) -> tuple[np.ndarray, np.ndarray]:
    """A unit from its two halves, on the frames of the first; and (L,) frames whose head was mended."""
    share = start.use.share()
    other = timebase.sample(end.points, share * (len(end.points) - 1))
    low, high = _FADE
    later = np.clip((share - low) / (high - low), 0, 1)
    middle = np.flatnonzero((share >= low) & (share <= high))
    # Both halves stand over the origin half-way through; what differs there is rounding and their way.
    shift = (start.points[middle] - other[middle]).mean(axis=(0, 1))
    points = start.points * (1 - later)[:, None, None] + (other + shift) * later[:, None, None]
    heads = end.use.head[np.round(share * (len(end.points) - 1)).astype(int)]
    return points, np.where(later < 0.5, start.use.head, heads)


def _floor(joints: np.ndarray) -> float:
    """The height of the floor under a unit: clips were chained through the root's height, so each has its own."""
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
