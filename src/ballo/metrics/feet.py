"""Whether feet that stand do stand: skating, a floor that drifts, feet under it or over it. Metres and seconds, Y up.

The lower toe carries a ballroom dancer: it is never off the floor, so where it is lowest within half a second to either side
is the floor under it (`running_floor`). Published dances need that, their floor drifts by decimetres; of a dance that should
stand on a floor at 0, `standing` says whether it does.

Each function takes foot points (T, P, 3) and refuses other shapes with a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.metrics.sync import check_rate

CONTACT_METRES = 0.03
"""A toe lower than this over the floor is on it."""

FLOOR_SECONDS = 1.0
"""The running floor is the lowest point within windows so long."""

SLIDE_METRES_PER_SECOND = 0.1
"""A toe on the floor that is faster slides. Of real dancers the lower one goes 2 cm/s in the median, faster where they turn."""

VELOCITY_SECONDS = 0.04
"""Velocity is taken from so long before to so long after: a frame at 25 frames a second, and as much at any other rate."""


@dataclass(frozen=True)
class Skate:
    """How fast the lower toe slides over the floor while it is on it.

    Args:
        median: metres a second, horizontally; nan if it never is.
        p90: what it stays under nine tenths of that time.
        contact_share: of all frames that count, those in which it is on the floor.
    """

    median: float
    p90: float
    contact_share: float


@dataclass(frozen=True)
class Standing:
    """How a dance stands on a level floor; depths and heights of its lowest foot point, in metres.

    Args:
        depth: mean over frames of how far it is under the floor; 0 where it is not.
        deepest: the most it is.
        under_share: of frames in which it is more than the tolerance under the floor.
        height: mean over frames of how far it is over the floor; 0 where it is not.
        highest: the most it is.
        over_share: of frames in which it is more than `CONTACT_METRES` over the floor.
    """

    depth: float
    deepest: float
    under_share: float
    height: float
    highest: float
    over_share: float


def skate(toes: np.ndarray, fps: float, floor: np.ndarray | float | None = None, keep: np.ndarray | None = None) -> Skate:
    """How fast the lower toe slides while it is within `CONTACT_METRES` of the floor.

    Of Tang's dances as published it is 9 to 35 cm/s in the median (T_5, unusable, 68), of the source takes 0.3 to 5.

    Args:
        toes: (T, feet, 3) metres.
        floor: its height, one number or (T,); by default the `running_floor`, from which a dance cannot hide by hovering.
        keep: (T,) bool, frames that count.

    Source: after FSR in Li et al., "LODGE", CVPR 2024, with the norm of the horizontal velocity, in metres and seconds.
    """
    speed, contact_share = _touching(toes, fps, floor, keep)
    if not len(speed):
        return Skate(float("nan"), float("nan"), 0.0)
    return Skate(float(np.median(speed)), float(np.percentile(speed, 90)), contact_share)


def sliding_ratio(
    toes: np.ndarray, fps: float, floor: np.ndarray | float | None = None, keep: np.ndarray | None = None
) -> float:
    """The share of the frames in which the lower toe is on the floor that it slides in; nan if it never is. 0 is best.

    Only the lower toe counts, which carries: the other brushes the floor as ballroom dancers bring it past, and with it real
    dances would be at over 0.3 m/s in nearly a quarter of the frames. A toe is on the floor as for `skate`, and slides when it
    is faster than `SLIDE_METRES_PER_SECOND`.

    Args:
        toes, floor, keep: as for `skate`.

    Source: after FSR in Li et al., "LODGE", CVPR 2024; see `paper.skating` for theirs.
    """
    speed, _ = _touching(toes, fps, floor, keep)
    return float((speed > SLIDE_METRES_PER_SECOND).mean()) if len(speed) else float("nan")


def _touching(
    toes: np.ndarray, fps: float, floor: np.ndarray | float | None, keep: np.ndarray | None
) -> tuple[np.ndarray, float]:
    """How fast the lower toe slides in each frame in which it is on the floor, and the share of frames that these are."""
    _check(toes)
    if keep is not None and (keep.shape != toes.shape[:1] or keep.dtype != np.bool_):
        raise ValueError(f"keep must be ({len(toes)},) bool, not {keep.shape} {keep.dtype}")
    counted = np.ones(len(toes), dtype=bool) if keep is None else keep
    if len(toes) < 2 or not counted.any():
        return np.zeros(0), 0.0
    frames, lower = np.arange(len(toes)), toes[..., 1].argmin(axis=1)
    height = toes[frames, lower, 1] - (running_floor(toes, fps) if floor is None else floor)
    touching = counted & (height < CONTACT_METRES)
    speed = np.linalg.norm(_velocity(toes, fps)[frames, lower][:, [0, 2]], axis=-1)[touching]
    return speed, float(touching.sum() / counted.sum())


def running_floor(points: np.ndarray, fps: float) -> np.ndarray:
    """(T,) the lowest height of any point within windows of `FLOOR_SECONDS` around each frame."""
    _check(points)
    check_rate(fps)
    if not len(points):
        return np.zeros(0)
    reach = max(1, round(FLOOR_SECONDS / 2 * fps))
    padded = np.pad(points[..., 1].min(axis=1).astype(np.float64), reach, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)


def toe_floor_drift(toes: np.ndarray, fps: float) -> float:
    """The standard deviation over a dance of the `running_floor` under its lower toe, in metres; nan without frames.

    Of Tang's dances as published it is 2 to 13 cm (cha-cha and rumba) or 3 to 16 cm (waltz), of the source takes 0.1 to 1.3.

    Args:
        toes: (T, feet, 3) metres.
    """
    floor = running_floor(toes, fps)
    return float(floor.std()) if len(floor) else float("nan")


def standing(points: np.ndarray, floor_metres: float = 0.0, tolerance_metres: float = 0.01) -> Standing:
    """How far a dance's lowest foot point is under or over the floor.

    Args:
        points: (T, P, 3) metres, every point that can touch the floor.
        tolerance_metres: so deep a foot may be: markers and joints lie within a shoe.
    """
    _check(points)
    if not len(points):
        return Standing(*[float("nan")] * 6)
    lowest = points[..., 1].min(axis=1) - floor_metres
    under, over = np.clip(-lowest, 0, None), np.clip(lowest, 0, None)
    return Standing(
        depth=float(under.mean()),
        deepest=float(under.max()),
        under_share=float((under > tolerance_metres).mean()),
        height=float(over.mean()),
        highest=float(over.max()),
        over_share=float((over > CONTACT_METRES).mean()),
    )


def _velocity(points: np.ndarray, fps: float) -> np.ndarray:
    """(T, P, 3) metres a second, over `VELOCITY_SECONDS` to either side as far as there are frames."""
    check_rate(fps)
    reach = max(1, round(VELOCITY_SECONDS * fps))
    frames = np.arange(len(points))
    before, after = np.maximum(frames - reach, 0), np.minimum(frames + reach, len(points) - 1)
    moved = points[after].astype(np.float64) - points[before]
    return moved * (fps / (after - before))[:, None, None]


def _check(points: np.ndarray) -> None:
    if points.ndim != 3 or points.shape[-1] != 3 or not points.shape[1]:
        raise ValueError(f"foot points must be (T, P, 3), not {points.shape}")
