"""How a body moves: speed, acceleration, jerk and standing still. All in metres and seconds, whatever the frame rate.

Each function takes positions (T, J, 3) and refuses other shapes, and a frame rate that is none, with a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.metrics.resampling import DERIVATIVE_FPS, resample, resample_keep
from ballo.metrics.sync import check_rate

STILL_METRES_PER_SECOND = 0.03
"""Below this mean joint speed a dancer counts as frozen."""

_SMOOTHING_SECONDS = 0.2


@dataclass(frozen=True)
class Freeze:
    """A stretch in which the body stands still."""

    start_seconds: float
    seconds: float


def joint_speed(positions: np.ndarray, fps: float) -> np.ndarray:
    """(T - 1, J) speed of each joint, metres a second."""
    _check(positions)
    check_rate(fps)
    return np.linalg.norm(np.diff(positions, axis=0), axis=-1) * fps


def acceleration(positions: np.ndarray, fps: float, keep: np.ndarray | None = None) -> float:
    """Mean norm of the second derivative of position over frames and joints, in m/s^2; nan with nothing to average.

    Args:
        keep: (T,) bool, frames that count, as in `jerk`.
    """
    return _derivative(positions, fps, keep, 2)


def jerk(positions: np.ndarray, fps: float, keep: np.ndarray | None = None) -> float:
    """Mean norm of the third derivative of position over frames and joints, in m/s^3; nan with nothing to average.

    It is taken at `DERIVATIVE_FPS`, to which other motion is resampled first: noise makes it grow with the cube of the rate.

    Args:
        keep: (T,) bool, frames that count; a difference counts when all four frames it spans do. Use it to leave out the
            joins of edited recordings.
    """
    return _derivative(positions, fps, keep, 3)


def freezes(positions: np.ndarray, fps: float, longer_than_seconds: float = 1.0) -> list[Freeze]:
    """Stretches over `longer_than_seconds` in which the smoothed mean joint speed stays under 3 cm/s."""
    _check(positions)
    check_rate(fps)
    if len(positions) < 2:
        return []
    width = max(1, round(_SMOOTHING_SECONDS * fps))
    padded = np.pad(joint_speed(positions, fps).mean(axis=1), (width // 2, (width - 1) // 2), mode="edge")
    still = np.convolve(padded, np.full(width, 1 / width), mode="valid") < STILL_METRES_PER_SECOND
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(int)))
    spans = [Freeze(a / fps, (b - a) / fps) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [span for span in spans if span.seconds > longer_than_seconds]


def freeze_ratio(positions: np.ndarray, fps: float, longer_than_seconds: float = 1.0) -> float:
    """The share of a dance's time that is spent in its `freezes`, 0 to 1; nan in fewer than two frames."""
    spans = freezes(positions, fps, longer_than_seconds)
    return sum(span.seconds for span in spans) * fps / (len(positions) - 1) if len(positions) > 1 else float("nan")


def _derivative(positions: np.ndarray, fps: float, keep: np.ndarray | None, order: int) -> float:
    """The mean norm over frames that count and joints of a derivative, at `DERIVATIVE_FPS`."""
    _check(positions)
    if keep is not None and (keep.shape != positions.shape[:1] or keep.dtype != np.bool_):
        raise ValueError(f"keep must be ({len(positions)},) bool, not {keep.shape} {keep.dtype}")
    sampled = resample(positions, fps)
    values = np.linalg.norm(np.diff(sampled, n=order, axis=0), axis=-1) * DERIVATIVE_FPS**order
    if keep is not None and len(values):
        values = values[np.lib.stride_tricks.sliding_window_view(resample_keep(keep, fps), order + 1).all(axis=1)]
    return float(values.mean()) if values.size else float("nan")


def _check(positions: np.ndarray) -> None:
    if positions.ndim != 3 or positions.shape[-1] != 3:
        raise ValueError(f"positions must be (T, J, 3), not {positions.shape}")
