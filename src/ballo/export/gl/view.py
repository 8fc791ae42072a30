"""Where things fall: matrices from the world to the picture and to the key light's map, and what of the picture she is in."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ballo.export import camera
from ballo.export.camera import View
from ballo.export.picture import BEHIND_FILL, FILL, FILL_LIGHT
from ballo.export.stage import KEY_LIGHT, SLIDE

NEAREST_METRES, FARTHEST_METRES = 0.25, 60.0
"""From the camera: nothing of a body is drawn nearer or farther."""
BODY_METRES = 0.20
"""How far her skin reaches from the points of her parts, at most."""
CAST_METRES = 4.0
"""The side of the square of floor that her shadow falls on, unless she is larger than a person."""
PENUMBRA_METRES = 0.45
"""How far a soft shadow reaches beyond a sharp one, and light from around is kept off, at most."""

BEHIND = np.array([0.65, 0.55, -0.35])
"""Where the light comes from that draws her outline, in the camera's axes."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, pixels."""


def to_picture(view: View) -> np.ndarray:
    """(4, 4) from the world to clip space whose first row of pixels is the picture's top."""
    axes = view.to_axes(np.eye(3)).T
    screen, far, near = view.screen, FARTHEST_METRES, NEAREST_METRES
    # Along the picture's axes and away from the camera, metres.
    along = np.eye(4)
    along[:3, :3] = axes
    along[:3, 3] = -axes @ view.pivot
    along[2] = -along[2]
    along[2, 3] += view.distance_metres
    lens = np.zeros((4, 4))
    lens[0, 0], lens[0, 2] = 2 * screen.focal_pixels / screen.width, 2 * screen.centre[0] / screen.width - 1
    lens[1, 1], lens[1, 2] = -2 * screen.focal_pixels / screen.height, 2 * screen.centre[1] / screen.height - 1
    lens[2, 2], lens[2, 3] = (far + near) / (far - near), -2 * far * near / (far - near)
    lens[3, 2] = 1
    return np.asarray(lens @ along)


def to_light(points: np.ndarray) -> np.ndarray:
    """(4, 4) from the world to the key light's map: all of the points (N, 3) and the skin about them, from the light's side."""
    aside = np.cross([0.0, 1.0, 0.0], KEY_LIGHT)
    aside /= np.linalg.norm(aside)
    axes = np.stack([aside, np.cross(KEY_LIGHT, aside), -KEY_LIGHT])
    seen = points @ axes.T
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
    # Grows by steps, so that the map's grain does not crawl over her.
    reach = _step(float(np.ptp(seen, axis=0).max()) / 2 + BODY_METRES, 1.25)
    matrix = np.eye(4)
    matrix[:3, :3] = axes / reach
    matrix[:3, 3] = -middle / reach
    return matrix


def square_of(points: np.ndarray, cells: int) -> tuple[float, float, float]:
    """The floor that her shadow falls on: a corner's x and z, on a grid of its own, and its side; metres."""
    laid = _laid(points)
    side = _step(float(np.ptp(laid, axis=0).max()) + 2 * (BODY_METRES + PENUMBRA_METRES), CAST_METRES)
    cell = side / cells
    corner = np.round(((laid.min(axis=0) + laid.max(axis=0)) / 2 - side / 2) / cell) * cell
    return float(corner[0]), float(corner[1]), side


def body_box(view: View, points: np.ndarray) -> Box:
    """What of the picture may show her (N, 3)."""
    return _box(view, [_bounds(view, points, BODY_METRES)])


def shade_box(view: View, points: np.ndarray) -> Box:
    """What of the picture may show her (N, 3), her image in the floor or her shade on it."""
    laid = _laid(points)
    # Where parts are above, the floor is in their shade as well.
    flat = np.concatenate([np.stack([x, np.zeros(len(points)), z], axis=1) for x, z in (laid.T, points[:, [0, 2]].T)])
    corners = PENUMBRA_METRES * np.array([[1, 0, 1], [1, 0, -1], [-1, 0, 1], [-1, 0, -1]])
    shade = (flat[:, None] + corners).reshape(-1, 3)
    mirrored = points * np.array([1, -1, 1])
    around = ((points, BODY_METRES), (mirrored, BODY_METRES), (shade, 0.0))
    return _box(view, [_bounds(view, places, wide) for places, wide in around])


def split(body: Box, shade: Box, size: tuple[int, int], horizon: int) -> list[tuple[bool, int, Box]]:
    """The picture in rectangles: whether one is floor; whether there is nothing, her shade, or she and her shade; and where."""
    width, height = size
    rows = sorted({0, height, horizon, *body[1::2], *shade[1::2]})
    pieces = []
    for above, below in pairwise(rows):
        boxes = [box for box in (shade, body) if box[1] <= above < box[3]]
        columns = sorted({0, width, *(edge for box in boxes for edge in box[::2])})
        for start, end in pairwise(columns):
            depth = sum(box[0] <= start < box[2] for box in boxes)
            pieces.append((above >= horizon, depth, (start, above, end, below)))
    return pieces


def _box(view: View, bounds: list[tuple[np.ndarray, np.ndarray]]) -> Box:
    """In whole blocks of 2 by 2 pixels, the smallest part of the picture that holds these."""
    low = np.clip(np.floor(np.min([box[0] for box in bounds], axis=0) / 2) * 2, 0, view.screen.size).astype(int)
    high = np.clip(np.ceil(np.max([box[1] for box in bounds], axis=0) / 2) * 2, 0, view.screen.size).astype(int)
    return int(low[0]), int(low[1]), int(max(low[0], high[0])), int(max(low[1], high[1]))


def _laid(points: np.ndarray) -> np.ndarray:
    """Where the shadows of points (N, 3) fall: x and z (N, 2)."""
    return np.asarray(points[:, [0, 2]] - SLIDE * np.maximum(points[:, 1:2], 0))


def _bounds(view: View, points: np.ndarray, wide_metres: float) -> tuple[np.ndarray, np.ndarray]:
    pixels, scale = camera.screen(view, points.astype(np.float64))
    wide = (wide_metres * scale)[:, None]
    return (pixels[:, :2] - wide).min(axis=0), (pixels[:, :2] + wide).max(axis=0)


def _step(value: float, first: float) -> float:
    """The first, or the power of two times it that is not below a value."""
    return first * 2.0 ** max(0, math.ceil(math.log2(max(value, 1e-6) / first)))


def lights(view: View) -> dict[str, np.ndarray]:
    """Where light comes from, in world axes: the key light stays where it is, the others go with the camera.

    The fill is as long as it is strong, and stronger for a camera that has the key light behind the dancer.
    """
    back = view.to_axes(np.eye(3))
    fill = FILL + BEHIND_FILL * (1 - math.cos(float(view.turn))) / 2
    return {"key": KEY_LIGHT, "fill": back @ (FILL_LIGHT * fill), "behind": back @ (BEHIND / np.linalg.norm(BEHIND))}
