"""Where the dancer dances: a floor that recedes into haze, and her shadow on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ballo.export import camera
from ballo.export.camera import Screen, View
from ballo.export.canvas import Canvas
from ballo.export.lettering import printable
from ballo.export.theme import LIGHT, Colour, Theme
from ballo.export.tiles import CENTRES, TILE, Touches, products, touches

POOL_METRES = (1.95, 0.66)
"""How wide and how high the pool of light is seen around the dancer, to 1/e."""
TITLE_PIXELS, TITLE_LEFT, TITLE_TOP = 52, 40, 34
TITLE_STRENGTH = 0.86

KEY_LIGHT = np.array([-0.50, 1.0, 0.42]) / np.linalg.norm([-0.50, 1.0, 0.42])
"""From where the key light comes, world axes."""
SLIDE = (KEY_LIGHT / KEY_LIGHT[1])[[0, 2]]
"""How far along x and z a shadow falls back from the light for each metre of height."""
SHADOW_METRES = 3.6
"""The side of the square of floor that a shadow is drawn on."""
SHADOW_CELLS = 112
CELL_METRES = SHADOW_METRES / SHADOW_CELLS
PENUMBRA = 0.16
"""How much wider a cast shadow's edge is for each metre of height."""
TOUCH_METRES = 0.16
"""How high above the floor a part darkens it without any light's direction, to 1/e."""


@lru_cache(maxsize=8)
def backdrop(screen: Screen = camera.STANDARD, theme: Theme = LIGHT, title: str = "") -> Canvas:
    """What never changes: haze, sky, the floor's own shading and the title, behind whoever dances."""
    width, height, horizon = screen.width, screen.height, screen.horizon
    rows = np.arange(height, dtype=np.float32)[:, None, None]
    columns = np.arange(width, dtype=np.float32)[None, :, None]
    sky = _mixed(theme.haze, theme.sky_top, np.clip((horizon - rows) / horizon, 0, 1) ** 1.3)
    floor = _mixed(theme.haze, theme.floor_near, np.clip((rows - horizon) / (height - horizon), 0, 1) ** 0.8)
    picture = np.where(rows < horizon, sky, floor) + np.zeros_like(columns)
    home = View(np.array([0.0, camera.PIVOT_METRES, 0.0]), screen.distance_metres, screen=screen)
    (x, y, _), scale = camera.screen(home, np.zeros(3))
    away = ((columns - x) / (POOL_METRES[0] * scale)) ** 2 + ((rows - y) / (POOL_METRES[1] * scale)) ** 2
    picture += (np.array(theme.pool) - picture) * np.exp(-away) * (rows >= horizon)
    corner = ((columns - width / 2) / width) ** 2 + ((rows - height / 2) / height) ** 2
    picture *= 1 - theme.vignette * corner
    if title:
        ink = title_ink(screen, title)[..., None]
        picture += (np.array(theme.title) - picture) * ink * TITLE_STRENGTH
    # Half a level of noise, the same in every frame, hides the steps of an 8-bit gradient.
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    return Canvas.of(np.clip((picture + grain) / 255, 0, 1).astype(np.float32))


def title_ink(screen: Screen, title: str) -> np.ndarray:
    """Large print in the upper left corner as shares of ink (height, width), smaller where it would not fit."""
    mask = Image.new("L", screen.size)
    left, top = round(TITLE_LEFT * screen.unit), round(TITLE_TOP * screen.unit)
    font = ImageFont.load_default(TITLE_PIXELS * screen.unit)
    title = printable(title)
    room = screen.width - 2 * left
    if (length := font.getlength(title)) > room:
        font = ImageFont.load_default(TITLE_PIXELS * screen.unit * room / length)
    ImageDraw.Draw(mask).text((left, top), title, fill=255, font=font)
    return np.asarray(mask).astype(np.float32) / 255


def draw_shadow(
    canvas: Canvas, view: View, starts: np.ndarray, ends: np.ndarray, radii: np.ndarray, theme: Theme = LIGHT
) -> None:
    """Darken the floor under parts (P, 3), (P, 3), (P, 2), world metres: the key light's shadow, and where they touch."""
    corner = ((starts + ends).mean(axis=0) / 2)[[0, 2]] - SHADOW_METRES / 2 - 0.6 * SLIDE
    darkness = _darkness(starts, ends, radii, corner, theme)
    dark_rows, dark_columns = np.flatnonzero(darkness.any(axis=1)), np.flatnonzero(darkness.any(axis=0))
    if not len(dark_rows):
        return
    # (left, top) and (right, bottom) of what is dark, in cells.
    bounds = np.array([[dark_columns[0], dark_rows[0]], [dark_columns[-1] + 1, dark_rows[-1] + 1]])
    to_screen = floor_to_screen(view)
    outline = bounds[[0, 1, 1, 0], 0], bounds[[0, 0, 1, 1], 1]
    square = np.column_stack([*outline, np.ones(4)]) * [CELL_METRES, CELL_METRES, 1] + [*corner, 0]
    pixels = square @ to_screen.T
    pixels = pixels[:, :2] / pixels[:, 2:]
    left, top = (np.clip(pixels.min(axis=0), 0, view.screen.size) // 2 * 2).astype(int)
    right, bottom = (np.clip(-(-pixels.max(axis=0) // 2) * 2, 0, view.screen.size)).astype(int)
    if left >= right or top >= bottom:
        return
    to_cells = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]], [0, 0, CELL_METRES]])
    # It is soft, so every second pixel will do, and the rest between them.
    back = to_cells @ np.linalg.inv(to_screen) @ np.array([[2, 0, left], [0, 2, top], [0, 0, 1]])
    whole = (int(right - left), int(bottom - top))
    grid = Image.fromarray((darkness * 255).astype(np.uint8))
    coefficients = tuple((back / back[2, 2]).ravel()[:8].tolist())
    small = grid.transform((whole[0] // 2, whole[1] // 2), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    canvas.shade(int(left), int(top), round(theme.shadow_luma), small.resize(whole, Image.Resampling.BILINEAR))


def floor_to_screen(view: View) -> np.ndarray:
    """(3, 3) homography from (x, z, 1) on the floor to pixels."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    points = np.column_stack([corners[:, 0], np.zeros(3), corners[:, 1]])
    seen = view.to_view(points)
    depth = view.distance_metres - seen[:, 2]
    centre, focal = view.screen.centre, view.screen.focal_pixels
    pixels = np.stack([centre[0] * depth + focal * seen[:, 0], centre[1] * depth - focal * seen[:, 1], depth])
    origin = pixels[:, 0]
    return np.column_stack([pixels[:, 1] - origin, pixels[:, 2] - origin, origin])


def _darkness(starts: np.ndarray, ends: np.ndarray, radii: np.ndarray, corner: np.ndarray, theme: Theme) -> np.ndarray:
    """(SHADOW_CELLS, SHADOW_CELLS) 0 to 1, rows along z, columns along x."""
    high_start, high_end = np.maximum(starts[:, 1:2], 0), np.maximum(ends[:, 1:2], 0)
    height = (high_start + high_end)[:, 0] / 2
    flat_start, flat_end = starts[:, [0, 2]] - corner, ends[:, [0, 2]] - corner
    soft = 0.012 + PENUMBRA * height
    cast = _Stamps(flat_start - SLIDE * high_start, flat_end - SLIDE * high_end, radii, soft, theme.cast / (1 + 0.4 * height))
    lowest = np.maximum(np.minimum(high_start[:, 0] - radii[:, 0], high_end[:, 0] - radii[:, 1]), 0)
    low = lowest < 2.5 * TOUCH_METRES
    strength = theme.touch * np.exp(-lowest / TOUCH_METRES)
    touch = _Stamps(flat_start[low], flat_end[low], radii[low], 0.03 + lowest[low], strength[low])
    return 1 - (1 - cast.darkest()) * (1 - touch.darkest())


@dataclass(frozen=True)
class _Stamps:
    """P blurred capsules on the floor: starts and ends (P, 2) from the square's corner, radii (P, 2) and how wide their edges
    are (P,), in metres; and how dark they are (P,)."""

    starts: np.ndarray
    ends: np.ndarray
    radii: np.ndarray
    soft: np.ndarray
    strength: np.ndarray

    def darkest(self) -> np.ndarray:
        """The square (SHADOW_CELLS, SHADOW_CELLS) as dark as the darkest of them on every cell."""
        starts, ends, radii, soft = (metres / CELL_METRES for metres in (self.starts, self.ends, self.radii, self.soft))
        wide = (radii.max(axis=1) + soft)[:, None]
        boxes = np.concatenate([np.minimum(starts, ends) - wide, np.maximum(starts, ends) + wide], axis=1)
        square = np.zeros((SHADOW_CELLS // TILE, TILE, SHADOW_CELLS // TILE, TILE), dtype=np.float32)
        touched = touches(boxes, np.arange(len(boxes)), (SHADOW_CELLS, SHADOW_CELLS))
        if len(touched.parts):
            dark = self._in_tiles(touched, starts, ends - starts, radii, 0.5 / soft)
            darkest = dark[touched.layers[0]]
            for layer in touched.layers[1:]:
                under = darkest[: layer.stop - layer.start]
                np.maximum(under, dark[layer], out=under)
            columns, rows = touched.corners.T // TILE
            square[rows, :, columns, :] = darkest.reshape(-1, TILE, TILE)
        return square.reshape(SHADOW_CELLS, SHADOW_CELLS)

    def _in_tiles(
        self, touched: Touches, starts: np.ndarray, axis: np.ndarray, radii: np.ndarray, sharp: np.ndarray
    ) -> np.ndarray:
        """(N, PIXELS) how dark each touched tile is by that capsule alone; lengths in cells."""
        along = axis / np.maximum((axis * axis).sum(axis=1, keepdims=True), 1e-6)
        numbers = np.column_stack([starts, along, axis, radii[:, 0], radii[:, 1] - radii[:, 0], sharp, self.strength])
        numbers = numbers[touched.parts].astype(np.float32)
        away = touched.corners[touched.tiles].astype(np.float32) - numbers[:, :2]
        ones, zeros = np.ones(len(away), dtype=np.float32), np.zeros(len(away), dtype=np.float32)
        lines = [ones, zeros, away[:, 0]], [zeros, ones, away[:, 1]], [*numbers[:, 2:4].T, (numbers[:, 2:4] * away).sum(axis=1)]
        x, y, where = (products(np.column_stack(line), CENTRES) for line in lines)
        axis_x, axis_y, first, slope, sharpness, peak = numbers.T[4:, :, None]
        np.clip(where, 0, 1, out=where)
        x -= where * axis_x
        y -= where * axis_y
        x *= x
        x += y * y
        inside = where * slope
        inside += first
        inside -= np.sqrt(x, out=x)
        inside *= sharpness
        inside += np.float32(0.5)
        np.clip(inside, 0, 1, out=inside)
        eased = 3 - 2 * inside
        eased *= inside
        eased *= inside
        eased *= peak
        return np.asarray(eased)


def _mixed(start: Colour, end: Colour, share: np.ndarray) -> np.ndarray:
    first, last = np.array(start, dtype=np.float32), np.array(end, dtype=np.float32)
    return first + (last - first) * share
