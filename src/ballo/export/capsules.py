"""Round parts drawn as they look: depth, surface direction and colour of every pixel, with soft joins and smooth edges.

A part is the hull of two balls. Each pixel finds the ball along the part's axis whose surface is nearest to the viewer, so no
triangles are needed. The picture is cut into small tiles, and only those that a part touches are drawn, in layers: first every
tile's farthest part, then every tile's next one. So there are a dozen steps for numpy instead of a step for every part.
Lengths are pixels; x runs right, y down in the picture but up in normals, z towards the viewer.
Source: Inigo Quilez, distance functions (uneven capsule, smooth maximum).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.export.tiles import CENTRES, PIXELS, RADIUS, Touches, products, touches

FARTHEST = -1e4
"""Depth of a pixel where nothing has been drawn, in pixels."""
FAINTEST = 1e-6
"""A share of a pixel that is not seen."""
COLOUR_EDGE = 5.0
"""How many times narrower the mixing of two parts' colours is than that of their surfaces."""
MOST = 1e9
"""More than any number here: numpy holds numbers between two faster than over one."""


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
    """What is nearest to the viewer, in T tiles of the picture.

    Args:
        corners: (T, 2) each tile's left and top, pixels; they lie on the grid of `tiles`, and may reach out of the picture.
        layers: (6, T, PIXELS): depth, normal x and y, colour r, g, b. Those of pixels that are not covered mean nothing.
        cover: (T, PIXELS) 0 to 1, how much of the pixel is covered.
    """

    corners: np.ndarray
    layers: np.ndarray
    cover: np.ndarray


def draw(parts: Parts, width: int, height: int) -> Surface | None:
    """All parts over one another; None where none falls in the picture of `width` x `height`."""
    axes = _Axes.of(parts)
    # From the farthest on, so that the smooth edge of a nearer part mixes with what is behind it.
    ranks = np.argsort(np.argsort(np.maximum(parts.starts[:, 2], parts.ends[:, 2])))
    wide = parts.radii.max(axis=1, keepdims=True) + 0.5
    flat_starts, flat_ends = parts.starts[:, :2], parts.ends[:, :2]
    boxes = np.concatenate([np.minimum(flat_starts, flat_ends) - wide, np.maximum(flat_starts, flat_ends) + wide], axis=1)
    touched = touches(boxes, ranks, (width, height), axes.reach)
    if not len(touched.parts):
        return None
    shapes, colours, sharpness = axes.in_tiles(touched), parts.colours[touched.parts], 0.5 / parts.joins[touched.parts, None]
    colours, sharpness = colours.astype(np.float32), sharpness.astype(np.float32)
    layers = np.empty((6, len(touched.corners), PIXELS), dtype=np.float32)
    cover = np.empty(layers.shape[1:], dtype=np.float32)
    for number, step in enumerate(touched.layers):
        tiles = step.stop - step.start
        seen = _Seen.of(shapes.only(step))
        under = Surface(touched.corners[:tiles], layers[:, :tiles], cover[:tiles])
        if number == 0:
            _begin(under, seen, colours[step])
        else:
            _lay(under, seen, colours[step], sharpness[step])
    return Surface(touched.corners, layers, cover)


def _begin(surface: Surface, seen: _Seen, colours: np.ndarray) -> None:
    """Draw the first part of each tile on nothing."""
    surface.cover[:] = seen.cover
    there = np.clip(seen.cover * np.float32(1 / FAINTEST), 0, 1)
    surface.layers[0] = (seen.depth - np.float32(FARTHEST)) * there + np.float32(FARTHEST)
    surface.layers[1], surface.layers[2] = seen.right, seen.up
    surface.layers[3:] = colours.T[:, :, None]


def _lay(surface: Surface, seen: _Seen, colours: np.ndarray, sharpness: np.ndarray) -> None:
    """Draw another part of each tile over what is there."""
    layers, cover = surface.layers, surface.cover
    nearer = seen.depth - layers[0]
    nearer *= sharpness
    sharp = nearer * np.float32(COLOUR_EDGE)
    sharp += np.float32(0.5)
    np.clip(sharp, 0, 1, out=sharp)
    nearer += np.float32(0.5)
    np.clip(nearer, 0, 1, out=nearer)
    np.maximum(cover, seen.cover, out=cover)
    visible = seen.cover / (cover + np.float32(FAINTEST))
    nearer *= visible
    # Colours meet along a line, though the surfaces under them flow into one another.
    sharp *= visible
    for layer, values in zip(layers[:3], (seen.depth, seen.right, seen.up), strict=True):
        change = values - layer
        change *= nearer
        layer += change
    for layer, colour in zip(layers[3:], colours.T, strict=True):
        change = colour[:, None] - layer
        change *= sharp
        layer += change


@dataclass(frozen=True)
class _Axes:
    """P parts' numbers: columns (P, ...) in pixels.

    Args:
        origins: (P, 2) where they start, x and y.
        lengthwise, sidewise: (P, 2) what a pixel to the right and one down add to the place along the axis, as a share of its
            length, and to the distance beside it.
        rims: (P, 3) likewise to the place on the axis whose disc reaches farthest out there, and what it is at the start; all
            of a part's rim is one end's where the larger disc holds the smaller.
        shapes: (P, 9) as in `_Shapes`.
    """

    origins: np.ndarray
    lengthwise: np.ndarray
    sidewise: np.ndarray
    rims: np.ndarray
    shapes: np.ndarray

    @classmethod
    def of(cls, parts: Parts) -> _Axes:
        axis = (parts.ends - parts.starts).astype(np.float64)
        flat = np.maximum(np.hypot(axis[:, 0], axis[:, 1]), 1e-3)
        tilt = axis[:, 2] / np.maximum(np.linalg.norm(axis, axis=1), 1e-3)
        # A ball has no axis in the picture: any direction will do.
        across = np.where(flat[:, None] > 1e-3, axis[:, :2] / flat[:, None], [1.0, 0.0])
        slope = (parts.radii[:, 1] - parts.radii[:, 0]).astype(np.float64)
        sine = slope / flat
        held = np.abs(sine) >= 1
        lean = np.where(held, 0.0, sine / np.sqrt(1 - np.minimum(sine * sine, 1 - 1e-9))) / flat
        lengthwise = across / flat[:, None]
        rims = np.column_stack([np.where(held[:, None], 0.0, lengthwise), held & (sine > 0)])
        columns = [axis[:, 0], -axis[:, 1], axis[:, 2], parts.starts[:, 2], parts.radii[:, 0], slope, tilt / flat, lean, flat]
        sidewise = np.column_stack([-across[:, 1], across[:, 0]])
        return cls(parts.starts[:, :2].astype(np.float64), lengthwise, sidewise, rims, np.column_stack(columns))

    def reach(self, parts: np.ndarray, middles: np.ndarray) -> np.ndarray:
        """(N,) whether each of some parts (N,) touches the tile whose middle is (N, 2)."""
        offsets = middles - self.origins[parts]
        shapes = _Shapes(*self.shapes[parts].T)
        along, aside, rim = (
            offsets[:, 0] * turn[:, 0] + offsets[:, 1] * turn[:, 1]
            for turn in (self.lengthwise[parts], self.sidewise[parts], self.rims[parts])
        )
        return _depth_inside(shapes, along, aside, rim + self.rims[parts, 2]) > -0.5 - RADIUS

    def in_tiles(self, touched: Touches) -> _InTiles:
        """Each touched tile's part as the tile sees it."""
        parts = touched.parts
        offsets = touched.corners[touched.tiles] - self.origins[parts]
        lines = np.zeros((5, len(parts), 3), dtype=np.float32)
        lines[0, :, 0], lines[0, :, 2] = 1, offsets[:, 0]
        lines[1, :, 1], lines[1, :, 2] = -1, -offsets[:, 1]
        for line, turns in zip(lines[2:], (self.lengthwise, self.sidewise, self.rims[:, :2]), strict=True):
            turn = turns[parts]
            line[:, :2] = turn
            line[:, 2] = turn[:, 0] * offsets[:, 0] + turn[:, 1] * offsets[:, 1]
        lines[4, :, 2] += self.rims[parts, 2]
        return _InTiles(lines, self.shapes.astype(np.float32)[parts].T[:, :, None].copy())


@dataclass(frozen=True)
class _Shapes:
    """What makes parts round, each (N,) or (N, 1): the axis' way right, up and to the viewer; the start's depth; the radius
    there and what it gains along the axis; how far the nearest ball lies further along, as a share of the axis for each pixel
    of height; likewise the rim's disc, for each pixel aside; the axis' length in the picture."""

    right: np.ndarray
    up: np.ndarray
    rise: np.ndarray
    depth: np.ndarray
    radius: np.ndarray
    gain: np.ndarray
    tilt: np.ndarray
    lean: np.ndarray
    length: np.ndarray


@dataclass(frozen=True)
class _InTiles:
    """N parts in tiles: lines (5, N, 3) by which a pixel's place in the tile gives its places right and up of the start, along
    the axis, aside and at the rim; and shapes (9, N, 1)."""

    lines: np.ndarray
    shapes: np.ndarray

    def only(self, step: slice) -> _InTiles:
        return _InTiles(self.lines[:, step], self.shapes[:, step])


@dataclass(frozen=True)
class _Seen:
    """N parts alone, each in a tile, (N, PIXELS) each: depth, normal right and up, and the cover."""

    depth: np.ndarray
    right: np.ndarray
    up: np.ndarray
    cover: np.ndarray

    @classmethod
    def of(cls, given: _InTiles) -> _Seen:
        # A product with three rows is the fastest way to a number for every pixel that changes evenly.
        right, up, along, aside, rim = (products(line, CENTRES) for line in given.lines)
        shapes = _Shapes(*given.shapes)
        cover = _depth_inside(shapes, along, aside, rim)
        cover += np.float32(0.5)
        np.clip(cover, 0, 1, out=cover)
        # The ball whose surface is nearest lies further along a tilted axis than the foot of the pixel's perpendicular.
        radius = np.clip(along, 0, 1)
        radius *= shapes.gain
        radius += shapes.radius
        radius *= radius
        aside *= aside
        radius -= aside
        along += _root(radius) * shapes.tilt
        np.clip(along, 0, 1, out=along)
        right -= along * shapes.right
        up -= along * shapes.up
        radius = along * shapes.gain
        radius += shapes.radius
        height = radius * radius
        height -= right * right
        height -= up * up
        depth = _root(height)
        along *= shapes.rise
        depth += along
        depth += shapes.depth
        right /= radius
        up /= radius
        return cls(depth, right, up, cover)


def _depth_inside(shapes: _Shapes, along: np.ndarray, aside: np.ndarray, rim: np.ndarray) -> np.ndarray:
    """How deep each pixel lies within the outline of two discs and their tangents, in pixels; negative outside."""
    where = np.abs(aside)
    where *= shapes.lean
    where += rim
    np.clip(where, 0, 1, out=where)
    beyond = along - where
    beyond *= shapes.length
    beyond *= beyond
    beyond += aside * aside
    where *= shapes.gain
    where += shapes.radius
    where -= np.sqrt(beyond, out=beyond)
    return where


def _root(squares: np.ndarray) -> np.ndarray:
    """Square roots, in place; of what is negative, none."""
    np.clip(squares, 0, MOST, out=squares)
    return np.sqrt(squares, out=squares)
