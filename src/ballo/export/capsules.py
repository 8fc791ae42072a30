"""Round parts drawn as they look: depth, surface direction and colour of every pixel, with soft joins and smooth edges.

A part is the hull of two balls. Each pixel finds the ball along the part's axis whose surface is nearest to the viewer, so no
triangles are needed. Lengths are pixels; x runs right, y down in the picture but up in normals, z towards the viewer.
Source: Inigo Quilez, distance functions (uneven capsule, smooth maximum).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

FARTHEST = -1e4
"""Depth of a pixel where nothing has been drawn, in pixels."""
FAINTEST = 0.002
"""A share of a pixel that is not seen."""
STEEP = 0.2
"""Sine of the tilt, and loss of radius a length, above which a part's outline is worked out by itself."""
COLOUR_EDGE = 5.0
"""How many times narrower the mixing of two parts' colours is than that of their surfaces."""


@dataclass(frozen=True)
class Parts:
    """P parts in the picture.

    Args:
        starts: (P, 3) pixels, x, y, z.
        ends: (P, 3) pixels.
        radii: (P, 2) pixels at start and end.
        colours: (P, 3).
        joins: (P,) pixels: a part melts into a surface before it is drawn where their depths differ by less than this.
    """

    starts: np.ndarray
    ends: np.ndarray
    radii: np.ndarray
    colours: np.ndarray
    joins: np.ndarray

    def only(self, chosen: np.ndarray) -> Parts:
        """The parts for which `chosen` (P,) holds."""
        return Parts(self.starts[chosen], self.ends[chosen], self.radii[chosen], self.colours[chosen], self.joins[chosen])


@dataclass(frozen=True)
class Surface:
    """What is nearest to the viewer in each of the N pixels that are covered, in reading order.

    Args:
        rows, columns: (N,) where in the picture.
        layers: (6, N): depth, normal x and y, colour r, g, b.
        cover: (N,) 0 to 1, how much of the pixel is covered.
    """

    rows: np.ndarray
    columns: np.ndarray
    layers: np.ndarray
    cover: np.ndarray


@dataclass(frozen=True)
class _Window:
    """A rectangle of the picture: its corner, pixels; layers (6, height, width) and cover (height, width) as of a surface."""

    left: int
    top: int
    layers: np.ndarray
    cover: np.ndarray

    def surface(self) -> Surface:
        covered = np.flatnonzero(self.cover > FAINTEST)
        rows, columns = np.divmod(covered, self.cover.shape[1])
        layers = np.take(self.layers.reshape(6, -1), covered, axis=1)
        return Surface(rows + self.top, columns + self.left, layers, self.cover.reshape(-1)[covered])


def draw(parts: Parts, width: int, height: int) -> Surface | None:
    """All parts over one another; None where none falls in the picture of `width` x `height`."""
    boxes = _boxes(parts, width, height)
    inside = np.flatnonzero((boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3]))
    if not len(inside):
        return None
    left, top = boxes[inside, :2].min(axis=0).tolist()
    right, bottom = boxes[inside, 2:].max(axis=0).tolist()
    layers = np.zeros((6, bottom - top, right - left), dtype=np.float32)
    layers[0] = FARTHEST
    window = _Window(left, top, layers, np.zeros(layers.shape[1:], dtype=np.float32))
    # From the farthest on, so that the smooth edge of a nearer part mixes with what is behind it.
    order = inside[np.argsort(np.maximum(parts.starts[inside, 2], parts.ends[inside, 2]))]
    axes, colours = _axes(parts), parts.colours.astype(np.float32)[:, :, None, None]
    for part in order.tolist():
        _draw_part(window, axes[part], colours[part], boxes[part].tolist(), float(parts.joins[part]))
    return window.surface()


@dataclass(frozen=True)
class _Axis:
    """A part's numbers as Python's own floats, since numpy's cost more than the work on a part's few pixels."""

    x: float
    y: float
    z: float
    across_x: float
    across_y: float
    rise: float
    flat: float
    tilt: float
    first: float
    slope: float


def _axes(parts: Parts) -> list[_Axis]:
    axis = (parts.ends - parts.starts).astype(np.float64)
    flat = np.maximum(np.hypot(axis[:, 0], axis[:, 1]), 1e-3)
    tilt = axis[:, 2] / np.maximum(np.linalg.norm(axis, axis=1), 1e-3)
    # A ball has no axis in the picture: any direction will do.
    across = np.where(flat[:, None] > 1e-3, axis[:, :2] / flat[:, None], [1.0, 0.0])
    columns = [parts.starts, across, axis[:, 2], flat, tilt, parts.radii[:, 0], np.diff(parts.radii)]
    return [_Axis(*numbers) for numbers in np.column_stack(columns).tolist()]


def _boxes(parts: Parts, width: int, height: int) -> np.ndarray:
    """(P, 4) left, top, right, bottom: the pixels that each part can touch."""
    wide = parts.radii.max(axis=1, keepdims=True) + 1.5
    low = np.minimum(parts.starts[:, :2], parts.ends[:, :2]) - wide
    high = np.maximum(parts.starts[:, :2], parts.ends[:, :2]) + wide + 1
    size = np.array([width, height])
    return np.concatenate([np.clip(low, 0, size), np.clip(high, 0, size)], axis=1).astype(np.int64)


def _draw_part(surface: _Window, axis: _Axis, colour: np.ndarray, box: list[int], join_pixels: float) -> None:
    left, top, right, bottom = box
    seen = _seen(axis, np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)[:, None])
    window = np.s_[top - surface.top : bottom - surface.top, left - surface.left : right - surface.left]
    layers, cover = surface.layers[:, window[0], window[1]], surface.cover[window]
    nearer = seen.layers[0] - layers[0]
    nearer *= 0.5 / join_pixels
    sharp = _between(nearer * COLOUR_EDGE + 0.5)
    nearer += 0.5
    np.maximum(cover, seen.cover, out=cover)
    visible = seen.cover / np.maximum(cover, np.float32(1e-6))
    change = np.empty_like(layers)
    np.subtract(seen.layers, layers[:3], out=change[:3])
    np.subtract(colour, layers[3:], out=change[3:])
    change[:3] *= _between(nearer) * visible
    # Colours meet along a line, though the surfaces under them flow into one another.
    change[3:] *= sharp * visible
    layers += change


def _seen(axis: _Axis, columns: np.ndarray, rows: np.ndarray) -> _Window:
    """One part alone: (3, ...) depth and normal, and the cover, at the centres of the pixels of `columns` and `rows`."""
    x, y = columns + (0.5 - axis.x), rows + (0.5 - axis.y)
    along = x * axis.across_x + y * axis.across_y
    aside = y * axis.across_x - x * axis.across_y
    aside_squared = aside * aside
    # The ball whose surface is nearest lies further along a tilted axis than the foot of the pixel's perpendicular.
    where = along * (1 / axis.flat)
    guess = axis.first + axis.slope * _between(where.copy())
    where += np.sqrt(np.maximum(guess * guess - aside_squared, 0)) * (axis.tilt / axis.flat)
    _between(where)
    radius = axis.first + axis.slope * where
    inverse = 1 / radius
    # Of a tilted or narrowing part, the ball that is nearest is not the one that reaches farthest aside.
    steep = abs(axis.tilt) > STEEP or abs(axis.slope) > STEEP * axis.flat
    outline = _outline(axis, along, aside) if steep else None
    along -= where * axis.flat
    squared = along * along + aside_squared
    cover = _between((radius - np.sqrt(squared) if outline is None else outline) + 0.5)
    layers = np.empty((3, *squared.shape), dtype=np.float32)
    layers[1] = (along * axis.across_x - aside * axis.across_y) * inverse
    layers[2] = (along * axis.across_y + aside * axis.across_x) * -inverse
    layers[0] = np.sqrt(np.maximum(radius * radius - squared, 0)) + (where * axis.rise + axis.z)
    return _Window(0, 0, layers, cover)


def _outline(axis: _Axis, along: np.ndarray, aside: np.ndarray) -> np.ndarray:
    """How deep each pixel lies within the outline of two discs and their tangents, in pixels; negative outside."""
    sine = axis.slope / axis.flat
    if abs(sine) >= 1:
        where: np.ndarray | float = float(sine > 0)  # the larger disc holds the smaller
    else:
        where = np.clip((along + np.abs(aside) * (sine / math.sqrt(1 - sine * sine))) * (1 / axis.flat), 0, 1)
    beyond = along - where * axis.flat
    return axis.first + axis.slope * where - np.sqrt(beyond * beyond + aside * aside)


def _between(values: np.ndarray) -> np.ndarray:
    """The same array, held between 0 and 1 in place: on a part's few pixels, np.clip takes longer to start than to work."""
    np.maximum(values, 0, out=values)
    return np.minimum(values, 1, out=values)
