"""Figures as a contact sheet (.png): each on its own place in rows on one pale floor, all seen from the same side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ballo.errors import ExportError
from ballo.export import camera, picture, stage
from ballo.export.camera import CENTRE, DISTANCE_METRES, HEIGHT, PIVOT_METRES, WIDTH, View
from ballo.export.figure import Figure, figure_for
from ballo.motion import kinematics
from ballo.motion.formats import check_place, whole
from ballo.motion.skeleton import Skeleton

SUFFIX = ".png"
MOST = 400
"""Figures on one sheet: more would be too small to be told apart."""
WIDEST_PIXELS = 1600
SHAPE = 1.9
"""How much wider than high a sheet should be, where the number of figures lets it."""
BLANK = 16.0
"""How much a row that is not full counts against that, as a share of all places."""
TURNED = math.radians(24)
"""All figures face the viewer, but for this turn that shows how deep they reach."""
SIDE_PIXELS, ABOVE_PIXELS, BELOW_PIXELS = 30, 56, 64
"""What stays free around the figures' own points, before the sheet is made small."""
NARROWEST_PIXELS = 380
SPILL_PIXELS = 320
"""How far beyond its place a figure's shadow is drawn."""
INK = (84, 82, 86)


def write(path: Path, skeleton: Skeleton, figures: np.ndarray, labels: Sequence[str] = ()) -> Path:
    """Write a sheet of figures, in reading order.

    Args:
        path: the .png.
        skeleton: what the J joints are.
        figures: (N, J, 3) metres, of bones of any length: their directions are drawn on the skeleton's own.
        labels: N lines of text that go under them, or none.

    Raises:
        ExportError: `path` is no .png, or cannot be written; there is no figure, or more than `MOST`.
    """
    check(path, len(figures))
    drawn = draw(skeleton, figures, labels)
    with whole(path) as unfinished:
        drawn.save(unfinished, optimize=True)
    return path


def check(path: Path, count: int) -> None:
    """Refuse a sheet that could not be written in the end (ExportError), before any work is done for it."""
    if path.suffix.lower() != SUFFIX:
        raise ExportError(f"cannot write {path.name}: a sheet of figures is a {SUFFIX}")
    if not 1 <= count <= MOST:
        raise ExportError(f"a sheet holds 1 to {MOST} figures, not {count}")
    check_place(path)


@dataclass(frozen=True)
class _Place:
    """The rectangle of the stage's picture that each figure gets, and how much smaller it is drawn.

    Args:
        left, top, right, bottom: pixels of the stage's picture.
        scale: pixels of the sheet for one of these.
    """

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height on the sheet, pixels."""
        return int((self.right - self.left) * self.scale), int((self.bottom - self.top) * self.scale)


def draw(skeleton: Skeleton, figures: np.ndarray, labels: Sequence[str] = (), *, columns: int | None = None) -> Image.Image:
    """The sheet of figures (N, J, 3) as a picture, so many in a row or as many as suit the sheet's shape; see `write`."""
    assert not labels or len(labels) == len(figures), "a label for each figure, or none"
    body = figure_for(skeleton)
    points = _facing(skeleton, body, figures)
    view = View(np.array([0.0, PIVOT_METRES, 0.0], dtype=np.float32), DISTANCE_METRES)
    place, columns = _laid_out(points, view, bool(labels), columns)
    width, height = place.size
    rows = [
        _row([_shade(body, view, one, place) for one in points[first : first + columns]], place, columns)
        for first in range(0, len(points), columns)
    ]
    sheet = Image.fromarray(np.concatenate(rows))
    for number, label in enumerate(labels):
        row, column = divmod(number, columns)
        _print(sheet, label, (column * width, (row + 1) * height), place)
    return sheet


def _facing(skeleton: Skeleton, body: Figure, figures: np.ndarray) -> np.ndarray:
    """The bodies' points (N, points, 3) metres: on the floor, over the origin, turned to the viewer."""
    local = np.concatenate([kinematics.solve(skeleton, figure[None]) for figure in figures])
    points = body.points(local, np.zeros((len(local), 3))).astype(np.float64)
    joints = points[:, : len(skeleton)]
    if skeleton.feet:
        points[..., 1] -= kinematics.floor_height(skeleton, joints)[:, None]
    else:
        points[..., 1] -= points[..., 1].min(axis=1, keepdims=True)
    if {"left_hip", "right_hip"} <= set(skeleton.joint_names):
        points = kinematics.turned_about_y(points, TURNED - kinematics.heading(skeleton, joints)[:, None])
    middle = (points.min(axis=1) + points.max(axis=1)) / 2
    points[..., [0, 2]] -= middle[:, None, [0, 2]]
    return points.astype(np.float32)


def _laid_out(points: np.ndarray, view: View, labelled: bool, wished: int | None) -> tuple[_Place, int]:
    """A place that every figure fits in, and how many stand in a row: as many as wished for, if so."""
    pixels, _ = camera.screen(view, points)
    half = max(float(np.abs(pixels[..., 0] - CENTRE[0]).max()) + SIDE_PIXELS, NARROWEST_PIXELS / 2)
    left, right = max(0, math.floor(CENTRE[0] - half)), min(WIDTH, math.ceil(CENTRE[0] + half))
    top = max(0, math.floor(pixels[..., 1].min()) - ABOVE_PIXELS)
    bottom = min(HEIGHT, math.ceil(pixels[..., 1].max()) + BELOW_PIXELS + (24 if labelled else 0))
    count, shape = len(points), (right - left) / (bottom - top)

    def cost(columns: int) -> float:
        rows = -(-count // columns)
        blank = (columns * rows - count) / (columns * rows)
        return abs(math.log(shape * columns / rows / SHAPE)) + BLANK * blank

    columns = wished or min(range(1, count + 1), key=cost)
    return _Place(left, top, right, bottom, min(1.0, WIDEST_PIXELS / columns / (right - left))), columns


def _shade(body: Figure, view: View, points: np.ndarray, place: _Place) -> np.ndarray:
    """What a figure does to the stage around its place: (height, more than width, 3), 1 where it leaves it alone."""
    canvas = stage.backdrop().copy()
    picture.draw_dancer(canvas, body, view, points)
    with_her, without = (_small(shown.as_rgb(), place) for shown in (canvas, stage.backdrop()))
    return np.asarray(with_her / np.maximum(without, 1))


def _small(rgb: np.ndarray, place: _Place) -> np.ndarray:
    """The stage's picture around a place, `SPILL_PIXELS` wider on both sides, as it is on the sheet, in float32."""
    width, height = place.size
    spill = _spill(place)
    more = spill / place.scale
    box = (place.left - more, place.top, place.right + more, place.bottom)
    wide = Image.fromarray(rgb).resize((width + 2 * spill, height), Image.Resampling.LANCZOS, box)
    return np.asarray(wide).astype(np.float32)


def _spill(place: _Place) -> int:
    room = min(place.left, WIDTH - place.right, SPILL_PIXELS)
    return max(0, math.floor(room * place.scale))


def _row(shades: list[np.ndarray], place: _Place, columns: int) -> np.ndarray:
    """Figures side by side on one stretch of stage: (height, columns x width, 3) uint8.

    Its colours are those of the stage's middle, all along, so that no place has an edge.
    """
    width, _ = place.size
    spill = _spill(place)
    middle = _small(stage.backdrop().as_rgb(), place)[:, spill + width // 2 - 8 : spill + width // 2 + 8].mean(axis=1)
    row = np.repeat(middle[:, None], columns * width + 2 * spill, axis=1)
    for number, shade in enumerate(shades):
        row[:, number * width : (number + 1) * width + 2 * spill] *= shade
    return np.clip(row[:, spill : spill + columns * width] + 0.5, 0, 255).astype(np.uint8)


def _print(sheet: Image.Image, label: str, corner: tuple[int, int], place: _Place) -> None:
    """A label in the middle under a figure whose place ends at the bottom left `corner`, cut to fit."""
    width, _ = place.size
    font = ImageFont.load_default(min(20, max(11, round(24 * place.scale))))
    pen = ImageDraw.Draw(sheet)
    while len(label) > 1 and pen.textlength(label, font=font) > width - 6:
        label = label[:-2] + "…"
    pen.text((corner[0] + width / 2, corner[1] - 14 * place.scale), label, fill=INK, font=font, anchor="ms")
