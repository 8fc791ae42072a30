"""How large the picture is, where the camera stands, how it goes with the dancer, and where a point falls in the picture.

The camera looks down by PITCH at a pivot over the floor, from +Z or turned about the pivot's vertical. View axes are x right,
y up, z towards the viewer, with the pivot at their origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ballo.errors import ExportError

PITCH = math.radians(8.0)
PIVOT_METRES = 0.90
"""Height of the point that stays in the middle of the picture."""
FOLLOW_SECONDS = 0.9
"""Standard deviation of the Gaussian that smooths the dancer's path into the camera's."""
REACH = 2.5
"""How many standard deviations the Gaussian reaches either way."""
ORBIT_SECONDS = 24.0
"""How long an orbiting camera takes for a turn."""
FOLLOW, FRONT, ORBIT = CAMERAS = ("follow", "front", "orbit")

UP = np.array([0.0, math.cos(PITCH), -math.sin(PITCH)], dtype=np.float32)
BACK = np.array([0.0, math.sin(PITCH), math.cos(PITCH)], dtype=np.float32)
"""View axes of a camera that is not turned."""


@dataclass(frozen=True)
class Screen:
    """The picture's size, and the lens that fills it.

    Args:
        width, height: pixels, even.
        focal_pixels: the lens.
        centre: where the pivot is seen, pixels.
        margins: what stays free between the body's points and the picture's sides, its top and its bottom, pixels.
        distance_metres: from pivot to camera, unless a dance needs more.
        unit: how much larger than in 720p print and the like are.
    """

    width: int
    height: int
    focal_pixels: float
    centre: tuple[float, float]
    margins: tuple[float, float, float]
    distance_metres: float
    unit: float

    @cached_property
    def horizon(self) -> int:
        """The first row of the floor."""
        return math.ceil(self.centre[1] - self.focal_pixels * math.tan(PITCH))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.width, self.height


SCREENS = {
    "720p": Screen(1280, 720, 1380.0, (640.0, 370.8), (90.0, 46.0, 46.0), 4.75, 1.0),
    "1080p": Screen(1920, 1080, 2070.0, (960.0, 556.2), (135.0, 69.0, 69.0), 4.75, 1.5),
    # A phone is held upright: as high as the dancer is, so narrow that her arms decide how near the camera comes. What players
    # print over the lowest rows must not hide her feet.
    "vertical": Screen(1080, 1920, 3350.0, (540.0, 990.0), (44.0, 190.0, 240.0), 3.8, 1.7),
}
STANDARD = SCREENS["720p"]
WIDTH, HEIGHT = STANDARD.size
FOCAL_PIXELS, CENTRE, DISTANCE_METRES = STANDARD.focal_pixels, STANDARD.centre, STANDARD.distance_metres


def screen_named(name: str) -> Screen:
    """The picture of that size.

    Raises:
        ExportError: there is none.
    """
    if name not in SCREENS:
        raise ExportError(f"no film is {name}: choose a size among {', '.join(SCREENS)}")
    return SCREENS[name]


def check(camera: str) -> None:
    """Refuse a camera that there is not (ExportError)."""
    if camera not in CAMERAS:
        raise ExportError(f"no camera is called {camera}: choose among {', '.join(CAMERAS)}")


@dataclass(frozen=True)
class View:
    """One frame's camera.

    Args:
        pivot: (3,) metres, or (..., 3) for several.
        distance_metres: from there to the camera.
        turn: radians about the pivot's vertical, from +Z towards +X; or (...) for several.
        screen: the picture.
    """

    pivot: np.ndarray
    distance_metres: float
    turn: float | np.ndarray = 0.0
    screen: Screen = STANDARD

    def to_view(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) to view axes (..., 3), metres."""
        relative = points - self.pivot
        x, height, z = relative[..., 0], relative[..., 1], relative[..., 2]
        sine, cosine = np.sin(self.turn).astype(relative.dtype), np.cos(self.turn).astype(relative.dtype)
        near = x * sine + z * cosine
        return np.stack([x * cosine - z * sine, height * UP[1] + near * UP[2], height * BACK[1] + near * BACK[2]], axis=-1)

    def to_axes(self, directions: np.ndarray) -> np.ndarray:
        """World directions (..., 3) along the view's axes (..., 3)."""
        return View(np.zeros(3), 0.0, self.turn).to_view(directions)

    def scale(self, depth_metres: np.ndarray) -> np.ndarray:
        """Pixels a metre for points with this view z."""
        return self.screen.focal_pixels / np.maximum(self.distance_metres - depth_metres, 0.1)

    @property
    def eye(self) -> np.ndarray:
        """(3,) metres: where the camera is."""
        back = np.array([BACK[2] * math.sin(self.turn), BACK[1], BACK[2] * math.cos(self.turn)])
        return np.asarray(self.pivot + self.distance_metres * back)


def screen(view: View, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World points (..., 3) to pixels (..., 3) and pixels a metre (...).

    The third coordinate is the height above the picture towards the viewer, scaled as at the pivot. Picture y runs down.
    """
    seen = view.to_view(points)
    scale = view.scale(seen[..., 2])
    x = view.screen.centre[0] + seen[..., 0] * scale
    y = view.screen.centre[1] - seen[..., 1] * scale
    return np.stack([x, y, seen[..., 2] * (view.screen.focal_pixels / view.distance_metres)], axis=-1), scale


def follow(root: np.ndarray, fps: float) -> np.ndarray:
    """The pivot's path (T, 3) for a root's path (T, 3): smoothed on the floor, at a constant height."""
    path = smoothed(root.astype(np.float64), fps)
    path[:, 1] = PIVOT_METRES
    return path.astype(np.float32)


def path(camera: str, root: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a camera of CAMERAS looks (T, 3), and how it is turned (T,) radians, for a root's path (T, 3).

    One in front looks all the time at the middle of where the dance goes; the others follow it.
    """
    turns: np.ndarray = np.zeros(len(root))
    if camera == FRONT:
        middle = (root.min(axis=0) + root.max(axis=0)) / 2
        middle[1] = PIVOT_METRES
        return np.tile(middle.astype(np.float32), (len(root), 1)), turns
    if camera == ORBIT:
        turns = np.arange(len(root)) * (2 * math.pi / (ORBIT_SECONDS * fps))
    return follow(root, fps), turns


def needed_distance(
    points: np.ndarray,
    pivots: np.ndarray,
    width: float | None = None,
    *,
    turns: np.ndarray | float = 0.0,
    screen: Screen = STANDARD,
) -> np.ndarray:
    """How far the camera must be to have all points (T, N, 3) in the picture: (T,) metres.

    Of a `width` in pixels, only that much of the picture's middle counts, and a share of its margins.
    """
    turned = turns[:, None] if isinstance(turns, np.ndarray) else turns
    seen = View(pivots[:, None], 0.0, turned).to_view(points)
    sides, top, bottom = screen.margins
    left_right = (screen.centre[0] - sides) / screen.focal_pixels * (1 if width is None else width / screen.width)
    above = (screen.centre[1] - top) / screen.focal_pixels
    below = (screen.height - screen.centre[1] - bottom) / screen.focal_pixels
    slopes = np.maximum(np.abs(seen[..., 0]) / left_right, np.maximum(seen[..., 1] / above, -seen[..., 1] / below))
    return np.asarray((seen[..., 2] + slopes).max(axis=1))


def distances(needed_metres: np.ndarray, fps: float, nearest_metres: float = DISTANCE_METRES) -> np.ndarray:
    """The camera's distance in time (T,): smooth, never under what is needed (T,) nor under the nearest.

    The Gaussian averages a moving maximum over as long a window as its own, so that no average falls below the need.
    """
    reach = _reach(fps)
    needed = np.maximum(needed_metres, nearest_metres)
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
