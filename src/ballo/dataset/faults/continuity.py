"""Where a recording stops being one: frozen, drawn with a ruler, torn, spiky or missing stretches.

All take positions (T, P, 3) in metres, y up, and the true frames a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.dataset import repair
from ballo.dataset.faults.fault import MILD, SERIOUS, Fault, plural
from ballo.dataset.faults.parts import Parts
from ballo.dataset.repair import runs

STILL_SPEED = 0.0025
"""A body of which no point is faster than this, in metres a second, is a copy of itself: people who stand still sway more."""

FROZEN_SECONDS = 0.4

STRAIGHT_METRES = 1.2e-4
"""A point whose second difference is below this goes straight: published numbers are rounded to a tenth of it."""

STRAIGHT_SECONDS = 0.12
"""All points going straight for so long is no movement of a body; at 25 frames a second that is three second differences."""

LINE_STEP_METRES = 2.4e-3
"""A line's fastest point moves so much a frame at least: who hardly moves goes straight without a ruler."""

TURN_RADIANS = np.radians(30.0)
LEAP_METRES = 0.05
"""The hips turning or going this much further in a frame than in the median of the five frames around is a tear. The most in
good stretches of the published data are 21 degrees and 3 cm."""

FAST_METRES_A_SECOND = 6.0
"""Few points of a dancer are ever faster: a hand or a foot in the quickest turns."""

SLOWEST_FPS = 12.0
"""Below so many frames a second one frame says too little about the next to call a jump a fault."""

STOPPED_METRES = 1e-6
STOPPED_SECONDS = 0.2
MOVING_SPEED = 0.05
"""A point that repeats itself to a thousandth of a millimetre for so long, while the body's middle point is faster than this
in metres a second, has stopped."""


@dataclass(frozen=True)
class Gap:
    """A point that is missing for a while: not finite, at the origin, or left behind by the body."""

    point: int
    first: int
    end: int
    how: str


def frozen(points: np.ndarray, fps: float) -> tuple[tuple[int, int], ...]:
    """The stretches in which nothing moves, as (frame that is repeated, how many frames repeat it)."""
    still = _fastest_steps(points) < STILL_SPEED / fps
    found = runs(still, at_least=max(1, round(FROZEN_SECONDS * fps)))
    return tuple((first, end - first) for first, end in found)


def straight_lines(points: np.ndarray, fps: float) -> tuple[tuple[int, int], ...]:
    """The stretches in which every point goes straight at an even speed, as (first, last + 1): a splice, no movement.

    The frames between are drawn; the first and the last lie on the line and are recorded.
    """
    if len(points) < 3:
        return ()
    bend = np.abs(np.diff(points, 2, axis=0)).max(axis=(1, 2))
    moving = _fastest_steps(points)[:-1] > LINE_STEP_METRES
    found = runs((bend < STRAIGHT_METRES) & moving, at_least=max(3, round(STRAIGHT_SECONDS * fps)))
    return tuple((first, end + 2) for first, end in found)


def drawn(lines: tuple[tuple[int, int], ...], frames: int) -> np.ndarray:
    """(T,) whether a frame lies on one of `straight_lines`, its ends included."""
    mask = np.zeros(frames, dtype=bool)
    for first, end in lines:
        mask[first:end] = True
    return mask


def spikes(points: np.ndarray) -> np.ndarray:
    """(T, P) whether a point jumps for one frame, by the rule that `repair.without_spikes` mends by."""
    mended, _ = repair.without_spikes(points)
    return (mended != points).any(axis=-1)


def tears(points: np.ndarray, parts: Parts) -> tuple[tuple[int, float, float], ...]:
    """Frames from which the hips jump to the next, with how far more than around: (frame, radians, metres)."""
    across = points[:, parts.hips[0]] - points[:, parts.hips[1]]
    heading = np.arctan2(across[:, 2], across[:, 0])
    turns = np.angle(np.exp(1j * np.diff(heading)))[:, None]
    steps = np.diff(points[:, list(parts.hips)].mean(axis=1), axis=0)
    turned, leapt = _excess(turns), _excess(steps)
    torn = np.flatnonzero((turned > TURN_RADIANS) | (leapt > LEAP_METRES))
    return tuple((int(frame), float(turned[frame]), float(leapt[frame])) for frame in torn)


def gaps(points: np.ndarray, fps: float, parts: Parts) -> tuple[Gap, ...]:
    """Points that are missing: not finite, exactly at the origin for two frames or more, or still while the body goes on.

    A frozen body is no gap: see `frozen`. Nor is a foot that stands still.
    """
    finite = np.isfinite(points).all(axis=-1)
    nowhere = (points == 0).all(axis=-1)
    steps = np.linalg.norm(np.diff(np.where(finite[..., None], points, 0.0), axis=0), axis=-1)
    body = np.median(steps, axis=1, keepdims=True) * fps
    known = finite[1:] & finite[:-1] & ~nowhere[1:]
    stopped = known & (steps < STOPPED_METRES) & (body > MOVING_SPEED)
    stopped[:, list(parts.feet)] = False
    found = []
    for point in range(points.shape[1]):
        found += [Gap(point, *run, "not a number") for run in runs(~finite[:, point])]
        found += [Gap(point, *run, "at the origin") for run in runs(nowhere[:, point], at_least=2)]
        # The first of the still frames is where it was; those after are where it is not.
        still = runs(stopped[:, point], at_least=max(2, round(STOPPED_SECONDS * fps)))
        found += [Gap(point, first + 1, end + 1, "stopped") for first, end in still]
    return tuple(sorted(found, key=lambda gap: (gap.first, gap.point)))


def faults(points: np.ndarray, fps: float, parts: Parts, joins: int | None = None) -> list[Fault]:
    """All of these as faults.

    Args:
        joins: how many the script says there are, if there is one.
    """
    missing = gaps(points, fps, parts)
    found = [_of_gaps(missing, points)] if missing else []
    if not np.isfinite(points).all():
        return found  # the others look at every point of a frame
    still, lines = frozen(points, fps), straight_lines(points, fps)
    thaws = tuple(line for line in lines if any(line[0] == first + length for first, length in still))
    if still:
        found.append(_of_frozen(still, thaws, fps))
    splices = tuple(line for line in lines if line not in thaws)
    if splices:
        found.append(_of_splices(splices, len(points), joins))
    if fps >= SLOWEST_FPS:
        found += _of_jumps(points, fps, tears(points, parts))
    return found


def _of_gaps(missing: tuple[Gap, ...], points: np.ndarray) -> Fault:
    gone = np.zeros(points.shape[:2], dtype=bool)
    for gap in missing:
        gone[gap.first : gap.end, gap.point] = True
    frames = np.asarray(gone.any(axis=1))
    where = [f"point {gap.point} {gap.how} at {gap.first}+{gap.end - gap.first}" for gap in missing[:3]]
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    text = f"points missing in {plural(int(frames.sum()), 'frame')}: {', '.join(where)}{more}"
    figures = {
        "frames": int(frames.sum()),
        "gaps": [{"point": gap.point, "first": gap.first, "frames": gap.end - gap.first, "how": gap.how} for gap in missing],
    }
    severity = SERIOUS if frames.mean() > 0.01 or len(missing) > 3 else MILD
    return Fault("gaps", severity, text, int(frames.sum()), "frames", runs(frames), figures)


def _of_frozen(still: tuple[tuple[int, int], ...], thaws: tuple[tuple[int, int], ...], fps: float) -> Fault:
    repeated = sum(length for _, length in still)
    where = ", ".join(f"{first}+{length}" for first, length in still)
    ruler = f", {plural(len(thaws), 'straight line')} out of it" if thaws else ""
    figures = {"frozen": [list(each) for each in still], "thaws": [list(line) for line in thaws], "frames": repeated}
    return Fault(
        "frozen",
        SERIOUS,
        f"nothing moves for {repeated / fps:.1f} s: {where}{ruler}",
        repeated,
        "frames",
        tuple((first, first + length + 1) for first, length in still),
        figures,
    )


def _of_splices(lines: tuple[tuple[int, int], ...], frames: int, joins: int | None) -> Fault:
    inside = int(sum(end - first - 2 for first, end in lines))
    if joins is None:
        script = ""
    elif joins == len(lines):
        script = ", as many as its script has joins"
    else:
        script = f", its script has {plural(joins, 'join')}"
    text = f"{plural(len(lines), 'straight line')} instead of movement, {inside / frames:.0%} of the frames{script}"
    figures = {"lines": len(lines), "frames": inside, "share": round(inside / frames, 4), "script_joins": joins}
    return Fault("splices", MILD, text, len(lines), "lines", lines, figures)


def _of_jumps(points: np.ndarray, fps: float, torn: tuple[tuple[int, float, float], ...]) -> list[Fault]:
    found = []
    if torn:
        frame, radians, metres = max(torn, key=lambda tear: max(tear[1] / TURN_RADIANS, tear[2] / LEAP_METRES))
        text = (
            f"the body jumps at {plural(len(torn), 'frame')}, most at {frame}: {np.degrees(radians):.0f} degrees and "
            f"{100 * metres:.0f} cm more than in the frames around"
        )
        rows = [{"frame": at, "degrees": round(np.degrees(turn), 1), "metres": round(leap, 4)} for at, turn, leap in torn]
        stretches = tuple((at, at + 2) for at, _, _ in torn)
        found.append(Fault("tears", SERIOUS, text, len(torn), "frames", stretches, {"tears": rows}))
    spiky = spikes(points)
    frames = np.asarray(spiky.any(axis=1))
    if frames.any():
        share = float(frames.mean())
        speed = _fastest_steps(points) * fps
        severity = SERIOUS if share > repair.SPIKY_SHARE else MILD
        text = (
            f"{plural(int(spiky.sum()), 'point')} off by more than {100 * repair.SPIKE_METRES:.0f} cm for a frame, in "
            f"{plural(int(frames.sum()), 'frame')} ({share:.1%}); the fastest goes at {speed.max():.0f} m/s"
        )
        figures = {
            "points": int(spiky.sum()),
            "frames": int(frames.sum()),
            "share": round(share, 4),
            "fastest": round(float(speed.max()), 2),
            "fast_frames": int((speed > FAST_METRES_A_SECOND).sum()),
        }
        found.append(Fault("spikes", severity, text, int(frames.sum()), "frames", runs(frames), figures))
    return found


def _fastest_steps(points: np.ndarray) -> np.ndarray:
    """(T - 1,) how far the fastest point goes from frame to frame, in metres."""
    return np.linalg.norm(np.diff(points, axis=0), axis=-1).max(axis=1, initial=0.0)


def _excess(steps: np.ndarray) -> np.ndarray:
    """(T - 1,) how far each step (T - 1, D) is from the median of the five around it."""
    if len(steps) < 5:
        return np.zeros(len(steps))
    padded = np.pad(steps, ((2, 2), (0, 0)), mode="edge")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0), axis=-1)
    return np.linalg.norm(steps - usual, axis=-1)
