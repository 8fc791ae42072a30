"""How a body moves: speed, jerk and standing still. All in metres and seconds, whatever the frame rate.

Each function takes positions (T, J, 3) and refuses other shapes with a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    return np.linalg.norm(np.diff(positions, axis=0), axis=-1) * fps


def jerk(positions: np.ndarray, fps: float, keep: np.ndarray | None = None) -> float:
    """Mean norm of the third derivative of position over frames and joints, in m/s^3; nan with nothing to average.

    Args:
        keep: (T,) bool, frames that count; a difference counts when all four frames it spans do. Use it to leave out the
            joins of edited recordings. Values at other frame rates do not compare: resample to 25 fps first.
    """
    _check(positions)
    if keep is not None and (keep.shape != positions.shape[:1] or keep.dtype != np.bool_):
        raise ValueError(f"keep must be ({len(positions)},) bool, not {keep.shape} {keep.dtype}")
    values = np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1) * fps**3
    if keep is not None:
        values = values[keep[:-3] & keep[1:-2] & keep[2:-1] & keep[3:]]
    return float(values.mean()) if values.size else float("nan")


def freezes(positions: np.ndarray, fps: float, longer_than_seconds: float = 1.0) -> list[Freeze]:
    """Stretches over `longer_than_seconds` in which the smoothed mean joint speed stays under 3 cm/s."""
    _check(positions)
    if len(positions) < 2:
        return []
    width = max(1, round(_SMOOTHING_SECONDS * fps))
    padded = np.pad(joint_speed(positions, fps).mean(axis=1), (width // 2, (width - 1) // 2), mode="edge")
    still = np.convolve(padded, np.full(width, 1 / width), mode="valid") < STILL_METRES_PER_SECOND
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(int)))
    spans = [Freeze(a / fps, (b - a) / fps) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [span for span in spans if span.seconds > longer_than_seconds]


def _check(positions: np.ndarray) -> None:
    if positions.ndim != 3 or positions.shape[-1] != 3:
        raise ValueError(f"positions must be (T, J, 3), not {positions.shape}")
