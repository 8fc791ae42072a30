"""Closed surfaces from fields: negative inside, positive outside, joined softly and turned into triangles.

Sources: Gibson, Constrained Elastic Surface Nets, 1998 (the net); Quilez, Smooth minimum, 2013 (how fields melt into one).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Field = Callable[[np.ndarray], np.ndarray]
"""Points (N, 3) in metres to (N,): about how far each is outside, negative inside."""

RELAXATIONS = 6
STEP_METRES = 5e-4
"""Between the two points whose values give a gradient."""


@dataclass(frozen=True)
class Shape:
    """Triangles that close: vertices (V, 3) in metres, normals (V, 3) outward, triangles (F, 3) anticlockwise from outside."""

    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray


def sweep(axis: int, stations: Sequence[tuple[float, float, float, float, float]]) -> Field:
    """A body along a coordinate axis, of elliptic sections that change smoothly.

    Args:
        axis: 0, 1 or 2, along which it runs.
        stations: where along it, the section's centre on the two other axes in order, and its half-widths there, in metres.
    """
    table = np.array(stations)
    across = [other for other in range(3) if other != axis]

    def field(points: np.ndarray) -> np.ndarray:
        along = points[:, axis]
        centre_a, centre_b, half_a, half_b = (_smooth(along, table[:, 0], table[:, k]) for k in range(1, 5))
        a, b = points[:, across[0]] - centre_a, points[:, across[1]] - centre_b
        shares = np.hypot(a / half_a, b / half_b)
        slope = np.hypot(a / half_a**2, b / half_b**2)
        side = np.where(shares > 1e-3, shares * (shares - 1) / np.maximum(slope, 1e-9), -np.minimum(half_a, half_b))
        return np.maximum(side, np.maximum(table[0, 0] - along, along - table[-1, 0]))

    return field


def ball(centre: Sequence[float], halves: Sequence[float]) -> Field:
    """An ellipsoid of those half-axes in metres."""
    middle, size = np.array(centre), np.array(halves)

    def field(points: np.ndarray) -> np.ndarray:
        shares = np.linalg.norm((points - middle) / size, axis=1)
        slope = np.linalg.norm((points - middle) / size**2, axis=1)
        return np.where(shares > 1e-3, shares * (shares - 1) / np.maximum(slope, 1e-9), -size.min())

    return field


def mirrored(field: Field) -> Field:
    """A field and its image on the other side of x = 0."""
    image = np.array([-1.0, 1.0, 1.0])
    return lambda points: np.minimum(field(points), field(points * image))


def joined(first: Field, *others: tuple[Field, float]) -> Field:
    """Fields as one, each melting into those before it where it is nearer to them than its length in metres."""

    def field(points: np.ndarray) -> np.ndarray:
        value = first(points)
        for other, join in others:
            value = soft_minimum(value, other(points), join)
        return value

    return field


def soft_minimum(one: np.ndarray, other: np.ndarray, join: float) -> np.ndarray:
    """The smaller of two fields, rounded where they differ by less than `join`."""
    near = np.maximum(join - np.abs(one - other), 0) / join
    return np.minimum(one, other) - near * near * join / 4


def soft_maximum(one: np.ndarray, other: np.ndarray, join: float) -> np.ndarray:
    """The larger of two fields, rounded likewise."""
    return -soft_minimum(-one, -other, join)


def gradient(field: Field, points: np.ndarray, step_metres: float = STEP_METRES) -> np.ndarray:
    """(N, 3) how the field changes at (N, 3) points, by central differences."""
    steps = np.eye(3) * step_metres
    return np.stack([field(points + step) - field(points - step) for step in steps], axis=1) / (2 * step_metres)


def mesh(field: Field, low: Sequence[float], high: Sequence[float], cell_metres: float) -> Shape:
    """The zero of a field as triangles of about the cells' size, with every vertex on it and normals from its gradient.

    Args:
        field: negative inside; the surface lies wholly within the box.
        low, high: the box's corners in metres; grown to whole cells about its middle, so that a symmetric box has a symmetric
            grid.
        cell_metres: how wide a cell is.
    """
    middle = (np.array(low) + np.array(high)) / 2
    cells = np.ceil((np.array(high) - np.array(low)) / cell_metres / 2).astype(int) * 2
    axes = [middle[k] + cell_metres * (np.arange(cells[k] + 1) - cells[k] / 2) for k in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    vertices, quads = _net(field(grid.reshape(-1, 3)).reshape(grid.shape[:3]), grid)
    vertices = _relaxed(field, vertices, quads)
    triangles = _halved(vertices, quads)
    # Over a good part of a cell, so that a crease is shaded as the triangles can show it.
    normals = gradient(field, vertices, cell_metres / 3)
    return Shape(vertices, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12), triangles)


def tube(points: np.ndarray, radii: np.ndarray, sides: int) -> Shape:
    """A round tube through points (N, 3) with a radius at each (N,), in metres, closed at both ends."""
    points, radii = np.asarray(points, dtype=np.float64), np.asarray(radii, dtype=np.float64)
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    helper = np.eye(3)[np.argmin(np.abs(along).max(axis=0))]
    first = np.cross(along, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = 2 * np.pi * np.arange(sides) / sides
    outward = np.cos(angle)[None, :, None] * first[:, None] + np.sin(angle)[None, :, None] * second[:, None]
    rings = points[:, None] + radii[:, None, None] * outward
    slope = np.gradient(radii) / np.maximum(np.linalg.norm(np.gradient(points, axis=0), axis=1), 1e-9)
    leaning = outward - np.clip(slope, -2, 2)[:, None, None] * along[:, None]
    bulges = radii[[0, -1], None] * 0.5 * along[[0, -1]]
    return loft(rings, leaning / np.linalg.norm(leaning, axis=2, keepdims=True), (-bulges[0], bulges[1]))


def loft(rings: np.ndarray, normals: np.ndarray, bulges: tuple[np.ndarray, np.ndarray] | None = None) -> Shape:
    """Rings (N, sides, 3) of points as a wall, closed at both ends by a point `bulges` (3,) from the ring's middle.

    The points of a ring run anticlockwise seen from where the next ring lies.
    """
    middles = rings[[0, -1]].mean(axis=1)
    ends = middles if bulges is None else middles + np.stack(bulges)
    along = rings[-1].mean(axis=0) - rings[-2].mean(axis=0), rings[0].mean(axis=0) - rings[1].mean(axis=0)
    facing = np.stack([along[1] / np.linalg.norm(along[1]), along[0] / np.linalg.norm(along[0])])
    vertices = np.concatenate([rings.reshape(-1, 3), ends])
    return Shape(vertices, np.concatenate([normals.reshape(-1, 3), facing]), _tube_faces(*rings.shape[:2]))


def together(shapes: Sequence[Shape]) -> Shape:
    """Several shapes in one table of vertices."""
    starts = np.cumsum([0, *(len(shape.vertices) for shape in shapes[:-1])])
    return Shape(
        np.concatenate([shape.vertices for shape in shapes]),
        np.concatenate([shape.normals for shape in shapes]),
        np.concatenate([shape.triangles + start for shape, start in zip(shapes, starts, strict=True)]),
    )


def cut(shape: Shape, values: np.ndarray) -> tuple[Shape, np.ndarray, np.ndarray]:
    """Cut triangles along the line where a value given at the vertices is zero.

    Args:
        shape: what is cut.
        values: (V,) a number at each vertex.

    Returns:
        The shape with vertices added on the line, the triangle (F',) that each came from, and whether it lies where the
        value is positive (F',).
    """
    values = np.where(np.abs(values) < 1e-6, 1e-6, values)
    triangles, positive = shape.triangles, values[shape.triangles] > 0
    mixed = positive.any(axis=1) & ~positive.all(axis=1)
    split, signs = triangles[mixed], positive[mixed]
    # The corner alone on its side goes first.
    alone = np.where(signs.sum(axis=1) == 1, np.argmax(signs, axis=1), np.argmin(signs, axis=1))
    a, b, c = (np.take_along_axis(split, ((alone + k) % 3)[:, None], axis=1)[:, 0] for k in range(3))
    edges = np.sort(np.concatenate([np.stack([a, b], 1), np.stack([a, c], 1)]), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    ab, ac = np.split(inverse.reshape(-1) + len(shape.vertices), 2)
    pieces = [triangles[~mixed], np.stack([a, ab, ac], 1), np.stack([ab, b, c], 1), np.stack([ab, c, ac], 1)]
    sides = [positive[~mixed][:, 0], values[a] > 0, values[b] > 0, values[b] > 0]
    sources = np.concatenate([np.flatnonzero(~mixed), *[np.flatnonzero(mixed)] * 3])
    share = values[unique[:, 0]] / (values[unique[:, 0]] - values[unique[:, 1]])
    return _with_points(shape, unique, share, np.concatenate(pieces)), sources, np.concatenate(sides)


def _with_points(shape: Shape, edges: np.ndarray, share: np.ndarray, triangles: np.ndarray) -> Shape:
    """A shape with a vertex more on each edge (E, 2), that share (E,) along it, and other triangles."""
    vertices, normals = (
        np.concatenate([old, old[edges[:, 0]] * (1 - share[:, None]) + old[edges[:, 1]] * share[:, None]])
        for old in (shape.vertices, shape.normals)
    )
    return Shape(vertices, normals / np.linalg.norm(normals, axis=1, keepdims=True), triangles)


def _smooth(at: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Cubic Hermite interpolation, level beyond the ends; between knots it does not overshoot (Fritsch and Carlson 1980)."""
    steps = np.diff(values) / np.diff(knots)
    tangents = np.zeros(len(knots))
    same = steps[1:] * steps[:-1] > 0
    tangents[1:-1][same] = 2 * steps[1:][same] * steps[:-1][same] / (steps[1:][same] + steps[:-1][same])
    place = np.clip(at, knots[0], knots[-1])
    left = np.clip(np.searchsorted(knots, place, side="right") - 1, 0, len(knots) - 2)
    width = knots[left + 1] - knots[left]
    t = (place - knots[left]) / width
    rise = t * t * (3 - 2 * t)
    return (
        values[left] * (1 - rise)
        + values[left + 1] * rise
        + width * t * (1 - t) * (tangents[left] * (1 - t) - tangents[left + 1] * t)
    )


def _net(values: np.ndarray, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A vertex in every cell that the surface passes, and a quad across every edge of the grid that it passes."""
    inside = values < 0
    cells = tuple(n - 1 for n in values.shape)
    sums, counts = np.zeros((*cells, 3)), np.zeros(cells)
    crossings = []
    for axis in range(3):
        here, there = _slices(axis, slice(None, -1)), _slices(axis, slice(1, None))
        edges = np.argwhere(inside[here] != inside[there])
        one, other = edges, edges + np.eye(3, dtype=int)[axis]
        f0, f1 = values[tuple(one.T)], values[tuple(other.T)]
        share = (f0 / (f0 - f1))[:, None]
        at = grid[tuple(one.T)] * (1 - share) + grid[tuple(other.T)] * share
        b, c = (np.eye(3, dtype=int)[(axis + k) % 3] for k in (1, 2))
        around = np.stack([edges - b - c, edges - c, edges, edges - b], axis=1)
        for corner in range(4):
            place = tuple(around[:, corner].T)
            np.add.at(sums, place, at)
            np.add.at(counts, place, 1)
        crossings.append(np.where((f0 < 0)[:, None, None], around, around[:, ::-1]))
    numbers = np.cumsum(counts.reshape(-1) > 0).reshape(cells) - 1
    touched = counts > 0
    quads = np.concatenate(crossings)
    return sums[touched] / counts[touched][:, None], numbers[quads[..., 0], quads[..., 1], quads[..., 2]]


def _slices(axis: int, part: slice) -> tuple[slice, ...]:
    return tuple(part if k == axis else slice(None) for k in range(3))


def _relaxed(field: Field, vertices: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Vertices drawn to the middle of their neighbours and back to the surface, so that the grid no longer shows."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    count = np.bincount(edges[:, 0], minlength=len(vertices))[:, None]
    for _ in range(RELAXATIONS):
        sums = np.stack([np.bincount(edges[:, 0], vertices[edges[:, 1], k], len(vertices)) for k in range(3)], axis=1)
        vertices = vertices + 0.5 * (sums / count - vertices)
        for _ in range(2):
            slope = gradient(field, vertices)
            steep = np.maximum(np.sum(slope * slope, axis=1), 0.05)
            vertices = vertices - (np.clip(field(vertices), -0.02, 0.02) / steep)[:, None] * slope
    return vertices


def _halved(vertices: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Each quad as two triangles, along its shorter diagonal."""
    corners = vertices[quads]
    first = np.linalg.norm(corners[:, 0] - corners[:, 2], axis=1)
    second = np.linalg.norm(corners[:, 1] - corners[:, 3], axis=1)
    turned = np.where((second < first - 1e-9)[:, None], np.roll(quads, -1, axis=1), quads)
    return np.concatenate([turned[:, [0, 1, 2]], turned[:, [0, 2, 3]]])


def _tube_faces(rings: int, sides: int) -> np.ndarray:
    ring, side = (part.reshape(-1) for part in np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij"))
    a, b = ring * sides + side, ring * sides + (side + 1) % sides
    walls = np.concatenate([np.stack([a, b, b + sides], 1), np.stack([a, b + sides, a + sides], 1)])
    turn = np.arange(sides)
    tail, last = rings * sides, (rings - 1) * sides
    start = np.stack([np.full(sides, tail), (turn + 1) % sides, turn], 1)
    end = np.stack([np.full(sides, tail + 1), last + turn, last + (turn + 1) % sides], 1)
    return np.concatenate([walls, start, end])
