"""The lines on the floor, half a metre apart both ways, however the camera is turned.

A line on the floor is a straight line in the picture. One that is steep there is drawn row by row, another column by column;
one that lies level, as half of them do while the camera is not turned, fills its rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ballo.export.camera import PITCH, View
from ballo.export.canvas import Canvas
from ballo.export.theme import LIGHT, Theme

SPACING_METRES = 0.5
LINE_METRES = 0.012
"""Width of a grid line on the floor; every second one is twice as strong."""
HAZE_METRES = 5.0
"""Over how much depth beyond NEAR_METRES the grid fades to a third."""
NEAR_METRES = 4.0
FARTHEST_METRES = 22.0
"""Beyond this depth no grid is drawn."""
FAINTEST = 0.004
"""A share of a line too small to see."""
LEVEL = 1e-6
"""Sine of the angle to the picture's rows below which a line lies level."""


@dataclass(frozen=True)
class _Floor:
    """The floor as a camera sees it: which rows of the picture show it, from the farthest line on."""

    view: View
    eye: np.ndarray
    first: int

    @classmethod
    def of(cls, view: View) -> _Floor:
        floor = cls(view, view.eye, 0)
        rows = np.arange(view.screen.horizon, view.screen.height) + 0.5
        far = int((floor.depth(rows) >= FARTHEST_METRES).sum())
        return cls(view, floor.eye, view.screen.horizon + far)

    def slope(self, y: np.ndarray) -> np.ndarray:
        return np.asarray((self.view.screen.centre[1] - y) / self.view.screen.focal_pixels)

    def depth(self, y: np.ndarray) -> np.ndarray:
        """Metres from the camera to the floor that is seen at these heights in the picture, along the camera's axis."""
        return np.asarray(self.eye[1] / np.maximum(math.sin(PITCH) - self.slope(y) * math.cos(PITCH), 1e-4))

    def ahead(self, y: np.ndarray) -> np.ndarray:
        """Metres over the floor from under the camera to there."""
        return np.asarray(self.depth(y) * (self.slope(y) * math.sin(PITCH) + math.cos(PITCH)))

    def scale(self, y: np.ndarray) -> np.ndarray:
        """Pixels a metre there, from left to right."""
        return np.asarray(self.view.screen.focal_pixels / self.depth(y))


def draw_grid(canvas: Canvas, view: View, theme: Theme = LIGHT) -> None:
    """Draw the floor's lines."""
    floor = _Floor.of(view)
    turn = float(view.turn)
    for axis, (aside, back) in ((2, (-math.sin(turn), math.cos(turn))), (0, (math.cos(turn), math.sin(turn)))):
        if abs(aside) < LEVEL:
            _draw_level(canvas, floor, axis, back, theme)
        else:
            _draw_slanted(canvas, floor, axis, aside, back, theme)


def _draw_level(canvas: Canvas, floor: _Floor, axis: int, back: float, theme: Theme) -> None:
    """Draw the lines that lie level: those of constant x or z (`axis` 0 or 2), which grows by `back` a metre to the viewer."""
    y = np.arange(floor.first, floor.view.screen.height) + 0.5
    place = floor.eye[axis] - back * floor.ahead(y)
    number = np.rint(place / SPACING_METRES)
    a_pixel = np.abs(np.gradient(place))
    away = np.abs(place - number * SPACING_METRES)
    # How much of the row's own stretch of floor the line covers.
    low, high = np.maximum(-LINE_METRES / 2, away - a_pixel / 2), np.minimum(LINE_METRES / 2, away + a_pixel / 2)
    cover = np.clip(high - low, 0, None) / a_pixel * _strength(floor, y, theme) * _weight(number)
    lined = np.flatnonzero(cover > FAINTEST)
    luma = canvas.luma[floor.first :]
    share = cover[lined, None].astype(np.float32)
    luma[lined] = luma[lined] + (np.float32(theme.line_luma) - luma[lined]) * share + np.float32(0.5)


def _draw_slanted(canvas: Canvas, floor: _Floor, axis: int, aside: float, back: float, theme: Theme) -> None:
    """Draw the lines of constant x or z (`axis` 0 or 2), which grows by `aside` to the right and `back` to the viewer."""
    screen = floor.view.screen
    ends = np.array([floor.first, screen.height], dtype=np.float64)
    scale, under = floor.scale(ends), floor.eye[axis] - back * floor.ahead(ends)
    sides = (np.array([[0], [screen.width]]) - screen.centre[0]) / scale * aside + under
    numbers = np.arange(math.ceil(sides.min() / SPACING_METRES), sides.max() / SPACING_METRES)
    # Where each line is at the first row and the last, and how far it goes aside a row: it is straight.
    top, bottom = (screen.centre[0] + (numbers * SPACING_METRES - under[end]) / aside * scale[end] for end in (0, 1))
    lean = (bottom - top) / (ends[1] - ends[0])
    lean = np.where(np.abs(lean) < LEVEL, LEVEL, lean)
    y = np.arange(floor.first, screen.height) + 0.5
    half, strength = LINE_METRES / 2 / abs(aside) * floor.scale(y), _strength(floor, y, theme)
    steep, weight = np.abs(lean) <= 1, _weight(numbers)
    luma = canvas.luma[floor.first :]
    lines = _Lines(top[steep], lean[steep], weight[steep], np.ones(int(steep.sum())), rowwise=True)
    lines.draw(luma, half, strength, theme)
    level = ~steep
    lines = _Lines(-top[level] / lean[level], 1 / lean[level], weight[level], 1 / np.abs(lean[level]), rowwise=False)
    lines.draw(luma, half, strength, theme)


@dataclass(frozen=True)
class _Lines:
    """L straight lines over the floor's rows, each of which is drawn row by row, or column by column.

    Args:
        begins: (L,) at which column each lies where the floor's rows begin, or at which row at the first column.
        leans: (L,) by how much it moves a row, or a column; not zero.
        weights: (L,) how strong it is.
        shares: (L,) how thick it is in a column, or in a row, as a share of what it is from left to right.
        rowwise: row by row.
    """

    begins: np.ndarray
    leans: np.ndarray
    weights: np.ndarray
    shares: np.ndarray
    rowwise: bool

    def draw(self, luma: np.ndarray, half: np.ndarray, strength: np.ndarray, theme: Theme) -> None:
        """Draw them on the floor's luma (rows, columns), half so wide, in pixels, and so strong on each of its rows (rows,)."""
        line, along = self._pixels(luma.shape if self.rowwise else luma.shape[::-1])
        if not len(line):
            return
        middle = (self.begins[line] + self.leans[line] * (along + 0.5)).astype(np.float32)
        nearest = np.floor(middle).astype(np.int64)
        row = along if self.rowwise else np.clip(nearest, 0, len(luma) - 1)
        wide = half.astype(np.float32)[row] * self.shares.astype(np.float32)[line]
        strongest = strength.astype(np.float32)[row] * self.weights.astype(np.float32)[line]
        away = nearest - middle
        away += np.float32(0.5)
        pixels = _Pixels(along, nearest, away, wide, strongest)
        reach = math.ceil(float(wide.max()) + 0.5)
        for step in (0, -1, 1):
            self._lay(luma, pixels, step, theme)
        # Where a line is narrower than a pixel, none of it lies farther away.
        pixels = pixels.only(np.flatnonzero(wide > 0.5))
        for step in range(2, reach + 1):
            self._lay(luma, pixels, step, theme)
            self._lay(luma, pixels, -step, theme)

    def _pixels(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(N,) line and (N,) row, or column, wherever one lies in a picture of so many rows and columns, or the reverse."""
        edges = (np.array([[-2.0], [shape[1] + 2.0]]) - self.begins) / self.leans
        first = np.clip(np.floor(edges.min(axis=0)), 0, shape[0]).astype(np.int64)
        counts = np.clip(np.ceil(edges.max(axis=0)), first, shape[0]).astype(np.int64) - first
        line = np.repeat(np.arange(len(first)), counts)
        return line, np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts - first, counts)

    def _lay(self, luma: np.ndarray, pixels: _Pixels, step: int, theme: Theme) -> None:
        """Draw what the lines cover of the pixels that lie so many beside those they go through."""
        cover = pixels.cover(step)
        seen = np.flatnonzero(cover > FAINTEST)
        across, along, cover = pixels.nearest[seen] + step, pixels.along[seen], cover[seen]
        limit = luma.shape[1] if self.rowwise else luma.shape[0]
        inside = (across >= 0) & (across < limit)
        if not inside.all():
            across, along, cover = across[inside], along[inside], cover[inside]
        width = luma.shape[1]
        place = along * width + across if self.rowwise else across * width + along
        flat = luma.reshape(-1)
        under = flat[place]
        change = np.float32(theme.line_luma) - under
        change *= cover
        change += under
        change += np.float32(0.5)
        flat[place] = change


@dataclass(frozen=True)
class _Pixels:
    """N pixels that lines go through: their row (or column), the column (or row) there, and how far from the line's middle
    the pixel's is; how far the line reaches either way, and how strong it is."""

    along: np.ndarray
    nearest: np.ndarray
    away: np.ndarray
    half: np.ndarray
    strongest: np.ndarray

    def only(self, chosen: np.ndarray) -> _Pixels:
        return _Pixels(*(values[chosen] for values in (self.along, self.nearest, self.away, self.half, self.strongest)))

    def cover(self, step: int) -> np.ndarray:
        """(N,) how strongly the pixels are covered that lie so many beside them."""
        inside = self.half + np.float32(0.5)
        inside -= np.abs(self.away + np.float32(step))
        np.minimum(inside, 1, out=inside)
        np.minimum(inside, 2 * self.half, out=inside)
        inside *= self.strongest
        return inside


def _strength(floor: _Floor, y: np.ndarray, theme: Theme) -> np.ndarray:
    return np.asarray(theme.line_strength * np.exp(-np.maximum(floor.depth(y) - NEAR_METRES, 0) / HAZE_METRES))


def _weight(numbers: np.ndarray) -> np.ndarray:
    return np.where(numbers % 2 == 0, 1.0, 0.5)
