"""What is done to a recording before anyone learns from it: pure functions, each with a record of what it did.

The stages, in the order of `repair`: the way over the floor; metres and a right-handed room; the time base; spikes; the
collapsing head; one dancer. Stretches that are beyond these (frozen, torn) are marked and left out of windows, not mended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ballo.dataset import chaining, dancer, timebase
from ballo.dataset.chaining import Use
from ballo.dataset.recordings import FIRST, FPS, Recording
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

MIRROR = np.array([-1.0, 1.0, 1.0])
"""The published axes are left-handed: their points move in a mirror."""

SPIKE_METRES = 0.04
"""A point this far from where its neighbours in time say it should be has jumped."""

SPIKY_SHARE = 0.05
"""A dance with spikes in more of its frames than this is no recording of a person. The worst good dance has 2 %."""

HEAD_COLLAPSE_SHARE = 0.6
"""The two sides of the head are one marker's mistake when nearer to one another than this share of their usual distance."""

FREEZE_SECONDS = 0.4
FREEZE_SPEED = 0.01
"""A body of which no point moves faster than this, in metres a second, for longer than that, is not dancing but missing."""

TEAR_RADIANS = np.radians(50.0)
TEAR_SPEED = 5.0
"""The pelvis turning more than this in one frame, or going faster than this in metres a second, is a tear in the recording:
the quickest spins and steps in the data reach 45 degrees and 2.5 m/s."""


@dataclass(frozen=True)
class Record:
    """One repair as the archive's manifest keeps it: its name, what it did in words, and its figures."""

    name: str
    what: str
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return asdict(self)


@dataclass(frozen=True)
class Repaired:
    """A recording made usable.

    Args:
        motion: the dance, as long as its place in the music, at 25 frames a second.
        usable: ranges of frames (first, last + 1) worth learning from.
        records: every repair, in order.
    """

    motion: Motion
    usable: tuple[tuple[int, int], ...]
    records: tuple[Record, ...]


class Unusable(Exception):
    """A recording that these repairs cannot help. The message says why, in a few words."""


def repair(recording: Recording, uses: Sequence[Use] = (), turns: Sequence[float] = (), fps: float = FPS) -> Repaired:
    """Make a recording usable.

    Args:
        uses, turns: how it was chained from clips, from `chaining.turns_by_dance`; without them its way stays as published.
        fps: frames a second of the result.

    Raises:
        Unusable: nothing in it can be learnt from.
    """
    points, led = on_its_way(recording, uses, turns)
    points, handed = right_handed(points)
    points, timed = on_time(points, recording)
    points, despiked = without_spikes(points)
    # Before the head is bridged: a bridge moves even where nothing else does.
    usable, marked = usable_ranges(points, FPS)
    points, headed = steady_head(points)
    body = dancer.body_of(points)
    _refuse_the_hopeless(recording, timed, despiked, body)
    if not usable:
        raise Unusable("nobody moves")
    joints, legs, scale = dancer.joints_of(points, body), body.leg_metres, fps / FPS
    if scale != 1:
        places = np.arange(int((len(points) - 1) * scale) + 1) / scale
        joints, legs = timebase.sample(joints, places), timebase.sample(legs, places)
        usable = tuple((int(np.ceil(first * scale)), min(int(end * scale), len(places))) for first, end in usable)
    motion = dancer.retarget(joints, legs, fps)
    records = (led, handed, timed, despiked, headed, body_record(body), floor_record(points), marked)
    return Repaired(motion, usable, records)


def on_its_way(recording: Recording, uses: Sequence[Use], turns: Sequence[float]) -> tuple[np.ndarray, Record]:
    """The dance going where its feet go; see `chaining`. (F, 23, 3) centimetres as published."""
    if not uses:
        return recording.points, Record("way", "as published: no script tells its clips", {"clips": 0})
    way = chaining.mend(recording, uses, turns)
    points = recording.points + (way.center - recording.center)[:, None]
    published, mended = (round(slide / 100, 3) for slide in way.slides)
    figures = {"clips": len(uses), "published_slide": published, "mended_slide": mended}
    return points, Record("way", "each clip's way turned as its body; slides are the lowest foot's median, m/s", figures)


def right_handed(points_cm: np.ndarray) -> tuple[np.ndarray, Record]:
    """Published centimetres in a mirrored room to metres in a right-handed one: x is negated. (T, 23, 3) both."""
    return points_cm * MIRROR / 100, Record("handedness", "x negated, centimetres to metres", {"negated_axis": "x"})


def on_time(points: np.ndarray, recording: Recording) -> tuple[np.ndarray, Record]:
    """Each clip of the dance at its true place in the music; see `timebase`. (F, 23, 3) to (window, 23, 3)."""
    time_base = timebase.find(len(points), recording.window_frames, recording.beats)
    early, rule, published = np.arange(len(points)) - time_base.places, time_base.rule, len(points)
    if rule == timebase.SCRIPT_FIRST and recording.beats:
        points = timebase.as_second_release(points, recording.window_frames, recording.beats)
        time_base = timebase.find(len(points), recording.window_frames, recording.beats)
    figures = {
        "rule": rule,
        "release": recording.release,
        "published_frames": published,
        "window_frames": recording.window_frames,
        "largest_shift_seconds": round(float(np.abs(early).max()) / FPS, 3),
        "joins": list(time_base.joins),
    }
    return timebase.resample(points, time_base), Record("time base", f"frames placed by {rule}", figures)


def without_spikes(points: np.ndarray) -> tuple[np.ndarray, Record]:
    """Points that jump for one frame put where the two frames on either side say (a cubic through them). (T, 23, 3) both."""
    if len(points) < 5:
        return points, Record("spikes", "too short to tell", {"points": 0, "frames": 0, "share": 0.0})
    expected = (4 * (points[1:-3] + points[3:-1]) - points[:-4] - points[4:]) / 6
    distance = np.zeros(points.shape[:2])
    distance[2:-2] = np.linalg.norm(points[2:-2] - expected, axis=-1)
    # A jump spoils the expectations of the frames around it as well: only the worst of five frames is the culprit.
    around = np.lib.stride_tricks.sliding_window_view(np.pad(distance, ((2, 2), (0, 0))), 5, axis=0).max(axis=-1)
    spikes = (distance > SPIKE_METRES) & (distance == around)
    mended = points.copy()
    mended[2:-2][spikes[2:-2]] = expected[spikes[2:-2]]
    frames = int(spikes.any(axis=1).sum())
    figures = {"points": int(spikes.sum()), "frames": frames, "share": round(frames / len(points), 4)}
    return mended, Record("spikes", f"points off by more than {SPIKE_METRES} m replaced from their neighbours", figures)


def steady_head(points: np.ndarray) -> tuple[np.ndarray, Record]:
    """The head bridged where its two sides collapse into one: straight from before to after, as the shoulders carry it.

    (T, 23, 3) both.
    """
    sides = [dancer.LEFT_HEAD, dancer.RIGHT_HEAD]
    width = np.linalg.norm(points[:, sides[0]] - points[:, sides[1]], axis=-1)
    collapsed = width < HEAD_COLLAPSE_SHARE * np.median(width)
    mended, good = points.copy(), np.flatnonzero(~collapsed)
    carrier = points[:, [dancer.THORAX, dancer.LEFT_SHOULDER, dancer.RIGHT_SHOULDER]].mean(axis=1)
    for side in sides:
        for axis in range(3):
            relative = points[:, side, axis] - carrier[:, axis]
            bridged = np.interp(np.flatnonzero(collapsed), good, relative[good])
            mended[collapsed, side, axis] = carrier[collapsed, axis] + bridged
    return mended, Record("head", "collapsed pair of head points bridged", {"frames": int(collapsed.sum())})


def body_record(body: dancer.Body) -> Record:
    """What `dancer.retarget` did about the bodies."""
    figures = {
        "taller_share": round(float((body.tall > 0.5).mean()), 3),
        "switches": body.switches,
        "leg_metres": [round(float(body.leg_metres.min()), 3), round(float(body.leg_metres.max()), 3)],
        "dancer_leg_metres": round(dancer.leg_length(), 3),
    }
    return Record("body", f"{len(DANCER)} joints of one dancer, bones constant, way scaled by the legs", figures)


def floor_record(points: np.ndarray) -> Record:
    """How far the published floor wandered before it was levelled."""
    feet = [dancer.LEFT_HEEL, dancer.LEFT_TOE, dancer.RIGHT_HEEL, dancer.RIGHT_TOE]
    lowest = dancer.running_median(points[:, feet, 1].min(axis=1), 25)
    return Record(
        "floor", "the lowest foot on y = 0 in every frame", {"published_drift_metres": round(float(np.ptp(lowest)), 3)}
    )


def usable_ranges(
    points: np.ndarray, fps: float, hips: tuple[int, int] = (dancer.LEFT_BELT, dancer.RIGHT_BELT)
) -> tuple[tuple[tuple[int, int], ...], Record]:
    """The ranges of frames in which the dancer moves and holds together, and what was left out.

    Args:
        points: (T, P, 3) metres.
        hips: which of the points are at her left and right hip.
    """
    frozen = runs(_still(points, fps), at_least=round(FREEZE_SECONDS * fps))
    torn = np.flatnonzero((_turns(points[:, hips]) > TEAR_RADIANS) | (_pelvis_speed(points[:, hips], fps) > TEAR_SPEED))
    usable = np.ones(len(points), dtype=bool)
    for first, end in frozen:
        usable[first:end] = False
    for frame in torn:
        usable[frame : frame + 2] = False
    figures = {"frozen": [list(stretch) for stretch in frozen], "torn": [int(frame) for frame in torn]}
    return runs(usable), Record("left out", "frames frozen or torn, in no window", figures)


def runs(mask: np.ndarray, at_least: int = 1) -> tuple[tuple[int, int], ...]:
    """The stretches (first, last + 1) in which `mask` (T,) holds, of `at_least` so many frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return tuple((int(first), int(end)) for first, end in edges.reshape(-1, 2) if end - first >= at_least)


def _still(points: np.ndarray, fps: float) -> np.ndarray:
    """(T,) whether nothing moves from this frame to the next or from the one before."""
    still = np.linalg.norm(np.diff(points, axis=0), axis=-1).max(axis=1) * fps < FREEZE_SPEED
    return np.concatenate([still, [False]]) | np.concatenate([[False], still])


def _turns(hips: np.ndarray) -> np.ndarray:
    """(T - 1,) radians by which the hip line (T, 2, 3) turns about the vertical, frame to frame."""
    across = hips[:, 0] - hips[:, 1]
    heading = np.arctan2(-across[:, 2], across[:, 0])
    return np.abs(np.angle(np.exp(1j * np.diff(heading))))


def _pelvis_speed(hips: np.ndarray, fps: float) -> np.ndarray:
    """(T - 1,) metres a second, frame to frame, of the middle of the hips (T, 2, 3)."""
    return np.linalg.norm(np.diff(hips.mean(axis=1), axis=0), axis=-1) * fps


def _refuse_the_hopeless(recording: Recording, timed: Record, despiked: Record, body: dancer.Body) -> None:
    if despiked.figures["share"] > SPIKY_SHARE:
        raise Unusable(f"motion jumps in {despiked.figures['share']:.0%} of its frames")
    if recording.release == FIRST and timed.figures["rule"] != timebase.SCRIPT_FIRST:
        raise Unusable("first release, time base unknown")
    if np.median(body.leg_metres) <= dancer.SHORTEST_LEG_METRES:
        raise Unusable("the points are no human body")
