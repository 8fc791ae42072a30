"""How rough a motion is, as the research system (2019) that ballo started from computes it: of points in centimetres around
the root, so far as frames are apart.

Both grow with the size of the body, and with the time between frames: jerkiness with its sixth power, variation with its
first. They mean 25 fps. Jerkiness is a sum of squares, so that a few frames, joins of recordings for instance, are most of it.
"""

from __future__ import annotations

import numpy as np

FPS = 25.0
"""The frame rate that published figures mean."""


def jerkiness(positions: np.ndarray) -> float:
    """The third difference squared, summed over channels, the mean over frames: cm^2; nan with fewer than four frames.

    Args:
        positions: (T, J, 3) metres, the root first; ValueError for other shapes.
    """
    around = _around_root(positions)
    return float((np.diff(around, n=3, axis=0) ** 2).sum(axis=(1, 2)).mean()) if len(around) > 3 else float("nan")


def total_variation(positions: np.ndarray) -> float:
    """How far a coordinate goes from frame to frame on average: cm; nan with fewer than two frames.

    Args:
        positions: (T, J, 3) metres, the root first; ValueError for other shapes.
    """
    around = _around_root(positions)
    return float(np.abs(np.diff(around, axis=0)).mean()) if len(around) > 1 else float("nan")


def _around_root(positions: np.ndarray) -> np.ndarray:
    if positions.ndim != 3 or positions.shape[-1] != 3 or not positions.shape[1]:
        raise ValueError(f"positions must be (T, J, 3), not {positions.shape}")
    return 100 * (positions - positions[:, :1]).astype(np.float64)
