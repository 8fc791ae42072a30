"""Round parts drawn as they look: depth, surface direction and colour of every pixel, with soft joins and smooth edges.

A part is the hull of two balls. Each pixel finds the ball along the part's axis whose surface is nearest to the viewer, so no
triangles are needed. Lengths are pixels; x runs right, y down in the picture but up in normals, z towards the viewer.
Source: Inigo Quilez, distance functions (uneven capsule, smooth maximum).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FARTHEST = -1e4
"""Depth of a pixel where nothing has been drawn, in pixels."""


@dataclass(frozen=True)
class Parts:
    """P parts in the picture.

    Args:
        starts: (P, 3) pixels, x, y, z.
        ends: (P, 3) pixels.
        radii: (P, 2) pixels at start and end.
        colours: (P, 3).
    """

    starts: np.ndarray
    ends: np.ndarray
    radii: np.ndarray
    colours: np.ndarray


@dataclass(frozen=True)
class Surface:
    """A rectangle of the picture with what is nearest to the viewer in it.

    Args:
        left, top: where the rectangle sits in the picture, pixels.
        layers: (7, height, width): depth, normal x, y, z, colour r, g, b.
        cover: (height, width) 0 to 1, how much of the pixel is covered.
    """

    left: int
    top: int
    layers: np.ndarray
    cover: np.ndarray


def draw(parts: Parts, width: int, height: int, join_pixels: float) -> Surface | None:
    """All parts over one another; None where none falls in the picture of `width` x `height`.

    Surfaces nearer to each other than `join_pixels` in depth melt into one.
    """
    boxes = _boxes(parts, width, height)
    inside = np.flatnonzero((boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3]))
    if not len(inside):
        return None
    left, top = boxes[inside, :2].min(axis=0)
    right, bottom = boxes[inside, 2:].max(axis=0)
    layers = np.zeros((7, bottom - top, right - left), dtype=np.float32)
    layers[0] = FARTHEST
    surface = Surface(int(left), int(top), layers, np.zeros(layers.shape[1:], dtype=np.float32))
    # From the farthest on, so that the smooth edge of a nearer part mixes with what is behind it.
    nearest = np.maximum(parts.starts[:, 2], parts.ends[:, 2])
    for part in inside[np.argsort(nearest[inside])]:
        _draw_part(surface, parts, part, boxes[part], join_pixels)
    return surface


def _boxes(parts: Parts, width: int, height: int) -> np.ndarray:
    """(P, 4) left, top, right, bottom: the pixels that each part can touch."""
    wide = parts.radii.max(axis=1, keepdims=True) + 1.5
    low = np.minimum(parts.starts[:, :2], parts.ends[:, :2]) - wide
    high = np.maximum(parts.starts[:, :2], parts.ends[:, :2]) + wide + 1
    size = np.array([width, height])
    return np.concatenate([np.clip(low, 0, size), np.clip(high, 0, size)], axis=1).astype(np.int64)


def _draw_part(surface: Surface, parts: Parts, part: int, box: np.ndarray, join_pixels: float) -> None:
    left, top, right, bottom = box
    start, end = parts.starts[part], parts.ends[part]
    seen = _seen(start, end, parts.radii[part], np.arange(left, right), np.arange(top, bottom))
    window = np.s_[top - surface.top : bottom - surface.top, left - surface.left : right - surface.left]
    layers, cover = surface.layers[:, window[0], window[1]], surface.cover[window]
    nearer = np.clip((seen.layers[0] - layers[0]) * (0.5 / join_pixels) + 0.5, 0, 1)
    np.maximum(cover, seen.cover, out=cover)
    share = nearer * seen.cover / np.maximum(cover, 1e-6)
    layers[:4] += share * (seen.layers - layers[:4])
    layers[4:] += share * (parts.colours[part][:, None, None] - layers[4:])
    # The smooth maximum of two depths bulges where they meet, so a join is a fillet and not a crease.
    layers[0] += join_pixels * share * (1 - share) * (seen.layers[0] > 0.5 * FARTHEST)


def _seen(start: np.ndarray, end: np.ndarray, radii: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> Surface:
    """One part alone: (4, ...) depth and normal, and the cover, at the centres of the pixels of `columns` and `rows`."""
    axis = (end - start).astype(np.float32)
    flat = max(float(np.hypot(axis[0], axis[1])), 1e-3)
    tilt = axis[2] / max(float(np.linalg.norm(axis)), 1e-3)
    across_x, across_y = axis[0] / flat, axis[1] / flat
    x = (columns + 0.5 - start[0]).astype(np.float32)
    y = (rows + 0.5 - start[1]).astype(np.float32)[:, None]
    along = x * across_x + y * across_y
    aside = y * across_x - x * across_y
    first, slope = float(radii[0]), float(radii[1] - radii[0])
    aside_squared = aside * aside
    # The ball whose surface is nearest lies further along a tilted axis than the foot of the pixel's perpendicular.
    guess = first + slope * np.clip(along * (1 / flat), 0, 1)
    lift = np.sqrt(np.maximum(guess * guess - aside_squared, 0))
    where = np.clip((along + lift * tilt) * (1 / flat), 0, 1)
    radius = first + slope * where
    along -= where * flat
    squared = along * along + aside_squared
    cover = np.clip(radius - np.sqrt(squared) + 0.5, 0, 1)
    inverse = 1 / radius
    layers = np.empty((4, *squared.shape), dtype=np.float32)
    layers[1] = (along * across_x - aside * across_y) * inverse
    layers[2] = (along * across_y + aside * across_x) * -inverse
    layers[3] = np.sqrt(np.maximum(1 - squared * inverse * inverse, 0))
    layers[0] = start[2] + where * axis[2] + layers[3] * radius
    return Surface(0, 0, layers, cover)
