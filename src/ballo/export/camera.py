"""Where the camera stands, how it follows the dancer, and where a point falls in the picture.

The camera never turns: it looks along -Z and down by PITCH, and moves with a pivot that follows the dancer. View axes are x
right, y up, z towards the viewer, with the pivot at their origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 1280, 720
FOCAL_PIXELS = 1380.0
PITCH = math.radians(8.0)
PIVOT_METRES = 0.90
"""Height of the point that stays in the middle of the picture."""
CENTRE = (WIDTH / 2, HEIGHT * 0.515)
DISTANCE_METRES = 4.75
"""From pivot to camera, unless a dance needs more."""
FOLLOW_SECONDS = 0.9
"""Standard deviation of the Gaussian that smooths the dancer's path into the camera's."""
REACH = 2.5
"""How many standard deviations the Gaussian reaches either way."""
MARGIN_PIXELS = (90.0, 46.0)
"""What stays free between the body's points and the picture's sides, and its top and bottom."""

UP = np.array([0.0, math.cos(PITCH), -math.sin(PITCH)], dtype=np.float32)
BACK = np.array([0.0, math.sin(PITCH), math.cos(PITCH)], dtype=np.float32)


@dataclass(frozen=True)
class View:
    """One frame's camera: the pivot (3,) in metres and how far the camera is from it."""

    pivot: np.ndarray
    distance_metres: float

    def to_view(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) to view axes (..., 3), metres."""
        relative = points - self.pivot
        return np.stack([relative[..., 0], relative @ UP, relative @ BACK], axis=-1)

    def scale(self, depth_metres: np.ndarray) -> np.ndarray:
        """Pixels a metre for points with this view z."""
        return FOCAL_PIXELS / np.maximum(self.distance_metres - depth_metres, 0.1)


def screen(view: View, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World points (..., 3) to pixels (..., 3) and pixels a metre (...).

    The third coordinate is the height above the picture towards the viewer, scaled as at the pivot. Picture y runs down.
    """
    seen = view.to_view(points)
    scale = view.scale(seen[..., 2])
    x = CENTRE[0] + seen[..., 0] * scale
    y = CENTRE[1] - seen[..., 1] * scale
    return np.stack([x, y, seen[..., 2] * (FOCAL_PIXELS / view.distance_metres)], axis=-1), scale


def follow(root: np.ndarray, fps: float) -> np.ndarray:
    """The pivot's path (T, 3) for a root's path (T, 3): smoothed on the floor, at a constant height."""
    path = smoothed(root.astype(np.float64), fps)
    path[:, 1] = PIVOT_METRES
    return path.astype(np.float32)


def needed_distance(points: np.ndarray, pivots: np.ndarray, width: float | None = None) -> np.ndarray:
    """How far the camera must be to have all points (T, N, 3) in the picture: (T,) metres.

    Of a `width` in pixels, only that much of the picture's middle counts, and a share of its margins.
    """
    seen = View(pivots[:, None], 0.0).to_view(points)
    left_right = (CENTRE[0] - MARGIN_PIXELS[0]) / FOCAL_PIXELS * (1 if width is None else width / WIDTH)
    above = (CENTRE[1] - MARGIN_PIXELS[1]) / FOCAL_PIXELS
    below = (HEIGHT - CENTRE[1] - MARGIN_PIXELS[1]) / FOCAL_PIXELS
    slopes = np.maximum(np.abs(seen[..., 0]) / left_right, np.maximum(seen[..., 1] / above, -seen[..., 1] / below))
    return (seen[..., 2] + slopes).max(axis=1)


def distances(needed_metres: np.ndarray, fps: float) -> np.ndarray:
    """The camera's distance in time (T,): smooth, never under what is needed (T,) nor under DISTANCE_METRES.

    The Gaussian averages a moving maximum over as long a window as its own, so that no average falls below the need.
    """
    reach = _reach(fps)
    needed = np.maximum(needed_metres, DISTANCE_METRES)
    padded = np.pad(needed, reach, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    return smoothed(highest[:, None], fps)[:, 0]


def smoothed(path: np.ndarray, fps: float) -> np.ndarray:
    """A path (T, N) under a Gaussian of FOLLOW_SECONDS, the ends held."""
    reach = _reach(fps)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (FOLLOW_SECONDS * fps)) ** 2)
    weights /= weights.sum()
    padded = np.pad(path, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights, mode="valid") for column in padded.T], axis=1)


def _reach(fps: float) -> int:
    return max(1, round(REACH * FOLLOW_SECONDS * fps))
