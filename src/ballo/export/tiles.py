"""Small squares of a picture, and which of them each of many parts touches, so that numpy has few and long things to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

TILE = 8
"""Side, pixels: the smaller, the less is drawn beside the parts; the larger, the fewer tiles there are to sort."""
PIXELS = TILE * TILE
"""Of a tile, in reading order."""
CENTRES = np.stack([np.tile(np.arange(TILE) + 0.5, TILE), np.repeat(np.arange(TILE) + 0.5, TILE), np.ones(PIXELS)])
CENTRES = CENTRES.astype(np.float32)
"""(3, PIXELS): x and y of each pixel's centre from the tile's corner, and one."""
RADIUS = (TILE - 1) * math.sqrt(0.5)
"""From a tile's middle to its farthest pixel's centre."""

SINGLY = 1 << 18
"""Multiplications that OpenBLAS does without threads."""
CELL = 4
CELLS = TILE // CELL
"""A tile's cells: what is smooth needs no more values."""


@dataclass(frozen=True)
class Touches:
    """N times that a part touches one of T tiles, in layers: each tile's first part, then each tile's second, and so on.

    Args:
        corners: (T, 2) left and top, pixels; tiles that more parts touch come first, so each layer has the first ones.
        parts: (N,) which part.
        tiles: (N,) which tile.
        layers: where each layer lies among the N.
    """

    corners: np.ndarray
    parts: np.ndarray
    tiles: np.ndarray
    layers: list[slice]


def touches(
    boxes: np.ndarray,
    ranks: np.ndarray,
    size: tuple[int, int],
    reaches: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> Touches:
    """Which tiles of a picture parts touch.

    Args:
        boxes: (P, 4) left, top, right, bottom of each part, pixels.
        ranks: (P,) which part comes first in a tile, all different, 0 to P - 1.
        size: the picture's width and height.
        reaches: for some parts (N,) and a tile's middle for each (N, 2) tells whether it does touch the tile, (N,); by default
            it does when its box does.
    """
    grid = -(-np.array(size) // TILE)
    low = np.clip(np.floor(boxes[:, :2] / TILE), 0, grid).astype(np.int64)
    wide = np.clip(np.ceil(boxes[:, 2:] / TILE), low, grid).astype(np.int64) - low
    counts = wide[:, 0] * wide[:, 1]
    parts = np.repeat(np.arange(len(boxes)), counts)
    rows, columns = np.divmod(_within(counts), wide[parts, 0])
    columns, rows = columns + low[parts, 0], rows + low[parts, 1]
    if reaches is not None:
        near = reaches(parts, np.column_stack([columns + 0.5, rows + 0.5]) * TILE)
        parts, columns, rows = parts[near], columns[near], rows[near]
    places = rows * grid[0] + columns
    order = np.argsort(places * len(boxes) + ranks[parts])
    parts, places = parts[order], places[order]
    begins = np.flatnonzero(np.diff(places, prepend=-1))
    found, counts = places[begins], np.diff(begins, append=len(places))
    layer = _within(counts)
    busiest = np.argsort(-counts, kind="stable")
    tiles = np.repeat(np.argsort(busiest), counts)
    order = np.argsort(layer * len(found) + tiles)
    ends = np.cumsum(np.bincount(layer)).tolist()
    corners = np.column_stack([found % grid[0], found // grid[0]])[busiest] * TILE
    return Touches(corners, parts[order], tiles[order], [slice(*each) for each in zip([0, *ends], ends, strict=False)])


def _within(counts: np.ndarray) -> np.ndarray:
    """0, 1, 2 ... for each of the counts, one after another."""
    return np.asarray(np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts))


def whole(corners: np.ndarray, values: np.ndarray, size: tuple[int, int]) -> tuple[int, int, np.ndarray]:
    """Tiles put together: left and top of the rectangle that they lie in, and its values.

    Args:
        corners: (T, 2) as of `Touches`.
        values: (..., T, PIXELS).
        size: the picture's width and height: what reaches out of it is cut off.
    """
    low, high = corners.min(axis=0), corners.max(axis=0) + TILE
    (across, down), ahead = (high - low) // TILE, values.shape[:-2]
    place = (corners - low) // TILE
    joined = np.zeros((*ahead, down, TILE, across, TILE), dtype=values.dtype)
    # Chosen by two arrays with others between them, tiles come first.
    joined[..., place[:, 1], :, place[:, 0], :] = np.moveaxis(values.reshape(*ahead, -1, TILE, TILE), len(ahead), 0)
    joined = joined.reshape(*ahead, down * TILE, across * TILE)
    return int(low[0]), int(low[1]), joined[..., : size[1] - low[1], : size[0] - low[0]]


def products(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(N, K) times (K, M), in pieces so small that numpy's library does not wake a thread for every core for them."""
    most = max(1, SINGLY // matrix.size)
    if len(rows) <= most:
        return np.asarray(rows @ matrix)
    result = np.empty((len(rows), matrix.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), most):
        np.matmul(rows[start : start + most], matrix, out=result[start : start + most])
    return result


@lru_cache(maxsize=8)
def places(side: int, width: int) -> np.ndarray:
    """(side * side,) where a square's pixels lie from its corner in a picture that is so wide."""
    return np.asarray(np.arange(side)[:, None] * width + np.arange(side)).reshape(-1)


def in_fours(values: np.ndarray) -> np.ndarray:
    """The means of two by two pixels: (T, PIXELS) to (T, PIXELS / 4)."""
    return products(values, _MEANS_OF_TWO)


def in_cells(values: np.ndarray) -> np.ndarray:
    """The means of cells: (T, PIXELS) to (T, CELLS, CELLS)."""
    return products(values, _MEANS_OF_CELLS).reshape(-1, CELLS, CELLS)


def between_cells(cells: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Cells made smooth: those (rows, columns) of a rectangle of tiles to the pixels (T, PIXELS) of some of the tiles.

    Which these are is told by their columns and rows (T, 2). None may lie at the rectangle's sides: cells beyond are looked at.
    """
    around = np.lib.stride_tricks.sliding_window_view(cells, (CELLS + 2, CELLS + 2))
    near = around[place[:, 1] * CELLS - 1, place[:, 0] * CELLS - 1]
    return products(near.reshape(len(place), -1), _BETWEEN)


def _means(side: int) -> np.ndarray:
    """(PIXELS, squares) by which pixels become the means of squares of that side."""
    along = np.repeat(np.eye(TILE // side), side, axis=0) / side
    return np.kron(along, along).astype(np.float32)


def _smoothing() -> np.ndarray:
    """((CELLS + 2) squared, PIXELS) by which a tile's cells and their neighbours become pixels, linearly both ways."""
    middles = (np.arange(CELLS + 2) - 0.5) * CELL
    along = np.clip(1 - np.abs(np.arange(TILE) + 0.5 - middles[:, None]) / CELL, 0, 1)
    return np.kron(along, along).astype(np.float32)


_MEANS_OF_TWO, _MEANS_OF_CELLS, _BETWEEN = _means(2), _means(CELL), _smoothing()
