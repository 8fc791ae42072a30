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
    steep = np.abs(lean) <= 1
    width = LINE_METRES / abs(aside)
    y = np.arange(floor.first, screen.height) + 0.5
    middle = top[steep, None] + (y - floor.first) * lean[steep, None]
    cells = _Cells(canvas.luma, floor.first, middle, rowwise=True)
    cells.draw(width * floor.scale(y)[None], _strength(floor, y, theme)[None] * _weight(numbers[steep])[:, None], theme)
    x = np.arange(screen.width) + 0.5
    middle = floor.first + (x - top[~steep, None]) / lean[~steep, None]
    seen = np.clip(middle, floor.first, screen.height)
    cells = _Cells(canvas.luma, floor.first, middle, rowwise=False)
    thick = width * floor.scale(seen) / np.abs(lean[~steep, None])
    cells.draw(thick, _strength(floor, seen, theme) * _weight(numbers[~steep])[:, None], theme)


@dataclass(frozen=True)
class _Cells:
    """The pixels that lines cross.

    Args:
        luma: the picture's.
        first: the first row that is drawn on.
        middle: (lines, rows) which column is each line's middle, or (lines, columns) which row.
        rowwise: the former.
    """

    luma: np.ndarray
    first: int
    middle: np.ndarray
    rowwise: bool

    def draw(self, pixels: np.ndarray, strength: np.ndarray, theme: Theme) -> None:
        """Draw lines so many pixels wide and so strongly, each (lines, rows) or (lines, columns), or what becomes that."""
        low, high = (0, self.luma.shape[1]) if self.rowwise else (self.first, self.luma.shape[0])
        middle = self.middle.astype(np.float32)
        pixels, strength = pixels.astype(np.float32), strength.astype(np.float32)
        chosen = np.nonzero((middle > low - 2) & (middle < high + 2))
        if not len(chosen[0]):
            return
        middle = middle[chosen]
        half, strongest = (np.broadcast_to(values, self.middle.shape)[chosen] for values in (pixels / 2, strength))
        fullest = np.minimum(1, 2 * half) * strongest
        nearest = np.floor(middle).astype(np.int64)
        reach = math.ceil(float(half.max()) + 0.5)
        for step in range(-reach, reach + 1):
            at = nearest + step
            cover = np.minimum((half + np.float32(0.5) - np.abs(at + np.float32(0.5) - middle)) * strongest, fullest)
            seen = np.flatnonzero((cover > FAINTEST) & (at >= low) & (at < high))
            across, along = at[seen], chosen[1][seen]
            place = (along + self.first, across) if self.rowwise else (across, along)
            under = self.luma[place]
            self.luma[place] = under + (np.float32(theme.line_luma) - under) * cover[seen] + np.float32(0.5)


def _strength(floor: _Floor, y: np.ndarray, theme: Theme) -> np.ndarray:
    return np.asarray(theme.line_strength * np.exp(-np.maximum(floor.depth(y) - NEAR_METRES, 0) / HAZE_METRES))


def _weight(numbers: np.ndarray) -> np.ndarray:
    return np.where(numbers % 2 == 0, 1.0, 0.5)
