"""Where the dancer dances: a pale floor with a grid that recedes into haze, and her shadow on it."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from ballo.export import camera
from ballo.export.camera import CENTRE, FOCAL_PIXELS, HEIGHT, PITCH, WIDTH, View
from ballo.export.canvas import Canvas

HAZE = (238, 234, 228)
SKY_TOP = (203, 208, 216)
FLOOR_NEAR = (214, 209, 204)
POOL = (250, 246, 239)
"""The floor where the key light falls, around the dancer."""
LINE_LUMA, LINE_STRENGTH = 132.0, 0.58
SHADOW_LUMA = 62.0

HORIZON = int(np.ceil(CENTRE[1] - FOCAL_PIXELS * np.tan(PITCH)))
"""The first row of the floor."""
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

KEY_LIGHT = np.array([-0.50, 1.0, 0.42]) / np.linalg.norm([-0.50, 1.0, 0.42])
"""From where the key light comes, world axes."""
SLIDE = (KEY_LIGHT / KEY_LIGHT[1])[[0, 2]]
"""How far along x and z a shadow falls back from the light for each metre of height."""
SHADOW_METRES = 3.6
"""The side of the square of floor that a shadow is drawn on."""
SHADOW_CELLS = 112
CELL_METRES = SHADOW_METRES / SHADOW_CELLS
CAST, TOUCH = 0.66, 0.72
"""How dark a shadow is at the floor: the key light's, and where a part touches."""
PENUMBRA = 0.16
"""How much wider a cast shadow's edge is for each metre of height."""
TOUCH_METRES = 0.16
"""How high above the floor a part darkens it without any light's direction, to 1/e."""


@cache
def backdrop() -> Canvas:
    """What never changes: haze, sky and the floor's own shading."""
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None, None]
    columns = np.arange(WIDTH, dtype=np.float32)[None, :, None]
    sky = _mixed(HAZE, SKY_TOP, np.clip((HORIZON - rows) / HORIZON, 0, 1) ** 1.3)
    floor = _mixed(HAZE, FLOOR_NEAR, np.clip((rows - HORIZON) / (HEIGHT - HORIZON), 0, 1) ** 0.8)
    picture = np.where(rows < HORIZON, sky, floor) + np.zeros_like(columns)
    away = ((columns - CENTRE[0]) / 560) ** 2 + ((rows - 610) / 190) ** 2
    picture += (np.array(POOL) - picture) * np.exp(-away) * (rows >= HORIZON)
    corner = ((columns - WIDTH / 2) / WIDTH) ** 2 + ((rows - HEIGHT / 2) / HEIGHT) ** 2
    picture *= 1 - 0.22 * corner
    # Half a level of noise, the same in every frame, hides the steps of an 8-bit gradient.
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (HEIGHT, WIDTH, 1))
    return Canvas.of(np.clip((picture + grain) / 255, 0, 1).astype(np.float32))


def draw_grid(canvas: Canvas, view: View) -> None:
    """Draw the floor's lines, half a metre apart in both directions."""
    rows = np.arange(HORIZON, HEIGHT, dtype=np.float32) + 0.5
    slope = (CENTRE[1] - rows) / FOCAL_PIXELS
    eye = view.pivot + view.distance_metres * camera.BACK
    depth = eye[1] / np.maximum(np.sin(PITCH) - slope * np.cos(PITCH), 1e-4)
    world_z = eye[2] - depth * (slope * np.sin(PITCH) + np.cos(PITCH))
    near = depth < FARTHEST_METRES
    strength = LINE_STRENGTH * np.exp(-np.maximum(depth - NEAR_METRES, 0) / HAZE_METRES)
    first = int(np.argmax(near))
    floor = canvas.luma[HORIZON + first :]
    across = _across(world_z, strength)[first:]
    lined = np.flatnonzero(across > FAINTEST)
    floor[lined] = floor[lined] + (LINE_LUMA - floor[lined]) * across[lined, None] + 0.5
    _draw_away(floor, float(eye[0]), depth[first:], strength[first:])


def _across(world_z: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """How strongly each row (R,) lies on lines of constant z."""
    number = np.rint(world_z / SPACING_METRES)
    a_pixel = np.abs(np.gradient(world_z))
    away = np.abs(world_z - number * SPACING_METRES)
    # How much of the row's own stretch of floor the line covers.
    low, high = np.maximum(-LINE_METRES / 2, away - a_pixel / 2), np.minimum(LINE_METRES / 2, away + a_pixel / 2)
    return np.clip(high - low, 0, None) / a_pixel * strength * _weight(number)


def _draw_away(floor: np.ndarray, eye_x: float, depth: np.ndarray, strength: np.ndarray) -> None:
    """Draw the lines of constant x on the luma of the floor's rows, touching only the pixels that they cross."""
    half_metres = WIDTH / 2 / FOCAL_PIXELS * depth[0]
    leftmost, rightmost = (eye_x - half_metres) / SPACING_METRES, (eye_x + half_metres) / SPACING_METRES
    numbers = np.arange(np.ceil(leftmost), rightmost, dtype=np.float32)
    scale = (FOCAL_PIXELS / depth).astype(np.float32)
    middle = np.float32(CENTRE[0]) + (numbers[:, None] * SPACING_METRES - np.float32(eye_x)) * scale
    lines, rows = np.nonzero((middle > -2) & (middle < WIDTH + 2))
    middle, half_width = middle[lines, rows], LINE_METRES / 2 * scale[rows]
    reach = int(np.ceil(LINE_METRES / 2 * scale.max() + 0.5))
    strongest = strength[rows] * _weight(numbers[lines])
    nearest = np.floor(middle).astype(np.int32)
    for step in range(-reach, reach + 1):
        columns = nearest + step
        away = np.abs(columns + np.float32(0.5) - middle)
        cover = np.clip(half_width + 0.5 - away, 0, np.minimum(1, 2 * half_width)) * strongest
        seen = np.flatnonzero((cover > FAINTEST) & (columns >= 0) & (columns < WIDTH))
        at = rows[seen], columns[seen]
        floor[at] = floor[at] + (LINE_LUMA - floor[at]) * cover[seen] + 0.5


def _weight(numbers: np.ndarray) -> np.ndarray:
    return np.where(numbers % 2 == 0, np.float32(1.0), np.float32(0.5))


def draw_shadow(canvas: Canvas, view: View, starts: np.ndarray, ends: np.ndarray, radii: np.ndarray) -> None:
    """Darken the floor under parts (P, 3), (P, 3), (P, 2), world metres: the key light's shadow, and where they touch."""
    corner = ((starts + ends).mean(axis=0) / 2)[[0, 2]] - SHADOW_METRES / 2 - 0.6 * SLIDE
    darkness = _darkness(starts, ends, radii, corner)
    dark_rows, dark_columns = np.flatnonzero(darkness.any(axis=1)), np.flatnonzero(darkness.any(axis=0))
    if not len(dark_rows):
        return
    # (left, top) and (right, bottom) of what is dark, in cells.
    bounds = np.array([[dark_columns[0], dark_rows[0]], [dark_columns[-1] + 1, dark_rows[-1] + 1]])
    floor_to_screen = _floor_to_screen(view)
    outline = bounds[[0, 1, 1, 0], 0], bounds[[0, 0, 1, 1], 1]
    square = np.column_stack([*outline, np.ones(4)]) * [CELL_METRES, CELL_METRES, 1] + [*corner, 0]
    pixels = square @ floor_to_screen.T
    pixels = pixels[:, :2] / pixels[:, 2:]
    left, top = (np.clip(pixels.min(axis=0), 0, [WIDTH, HEIGHT]) // 2 * 2).astype(int)
    right, bottom = (np.clip(-(-pixels.max(axis=0) // 2) * 2, 0, [WIDTH, HEIGHT])).astype(int)
    if left >= right or top >= bottom:
        return
    to_cells = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]], [0, 0, CELL_METRES]])
    # It is soft, so every second pixel will do, and the rest between them.
    back = to_cells @ np.linalg.inv(floor_to_screen) @ np.array([[2, 0, left], [0, 2, top], [0, 0, 1]])
    whole = (int(right - left), int(bottom - top))
    grid = Image.fromarray((darkness * 255).astype(np.uint8))
    coefficients = tuple((back / back[2, 2]).ravel()[:8].tolist())
    small = grid.transform((whole[0] // 2, whole[1] // 2), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    mask = np.asarray(small.resize(whole, Image.Resampling.BILINEAR)).astype(np.float32)
    canvas.tint(int(left), int(top), SHADOW_LUMA, mask * np.float32(1 / 255))


def _floor_to_screen(view: View) -> np.ndarray:
    """(3, 3) homography from (x, z, 1) on the floor to pixels."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    points = np.column_stack([corners[:, 0], np.zeros(3), corners[:, 1]])
    seen = view.to_view(points)
    depth = view.distance_metres - seen[:, 2]
    pixels = np.stack([CENTRE[0] * depth + FOCAL_PIXELS * seen[:, 0], CENTRE[1] * depth - FOCAL_PIXELS * seen[:, 1], depth])
    origin = pixels[:, 0]
    return np.column_stack([pixels[:, 1] - origin, pixels[:, 2] - origin, origin])


def _darkness(starts: np.ndarray, ends: np.ndarray, radii: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """(SHADOW_CELLS, SHADOW_CELLS) 0 to 1, rows along z, columns along x."""
    cast = np.zeros((SHADOW_CELLS, SHADOW_CELLS), dtype=np.float32)
    touch = np.zeros_like(cast)
    high_start, high_end = np.maximum(starts[:, 1:2], 0), np.maximum(ends[:, 1:2], 0)
    height = (high_start + high_end)[:, 0] / 2
    flat_start, flat_end = starts[:, [0, 2]] - corner, ends[:, [0, 2]] - corner
    soft = 0.012 + PENUMBRA * height
    _stamp(cast, flat_start - SLIDE * high_start, flat_end - SLIDE * high_end, radii, soft, CAST / (1 + 0.4 * height))
    lowest = np.maximum(np.minimum(high_start[:, 0] - radii[:, 0], high_end[:, 0] - radii[:, 1]), 0)
    low = lowest < 2.5 * TOUCH_METRES
    strength = TOUCH * np.exp(-lowest / TOUCH_METRES)
    _stamp(touch, flat_start[low], flat_end[low], radii[low], 0.03 + lowest[low], strength[low])
    return 1 - (1 - cast) * (1 - touch)


def _stamp(
    onto: np.ndarray, starts: np.ndarray, ends: np.ndarray, radii: np.ndarray, soft: np.ndarray, strength: np.ndarray
) -> None:
    """Darken a grid by blurred capsules (P, 2), (P, 2), (P, 2), (P,), (P,), metres from its corner, where it is lighter."""
    starts, ends, radii, soft = (metres / CELL_METRES for metres in (starts, ends, radii, soft))
    wide = (radii.max(axis=1) + soft)[:, None]
    low = np.maximum(np.minimum(starts, ends) - wide, 0).astype(int)
    high = np.clip(np.maximum(starts, ends) + wide + 1, 0, len(onto)).astype(int)
    axis = ends - starts
    along = axis / np.maximum((axis * axis).sum(axis=1, keepdims=True), 1e-6)
    cells = np.arange(len(onto), dtype=np.float32) + np.float32(0.5)
    # Python's own floats, since numpy's cost more than the work on a part's few cells.
    numbers = np.column_stack([starts, axis, along, radii[:, :1], np.diff(radii), 0.5 / soft, strength]).tolist()
    for (left, top), (right, bottom), (x0, y0, ax, ay, ux, uy, first, slope, sharp, peak) in zip(
        low.tolist(), high.tolist(), numbers, strict=True
    ):
        x, y = cells[left:right] - x0, (cells[top:bottom] - y0)[:, None]
        where = np.clip(x * ux + y * uy, 0, 1)
        away_x, away_y = x - where * ax, y - where * ay
        inside = (first + slope * where - np.sqrt(away_x * away_x + away_y * away_y)) * sharp + 0.5
        inside = np.clip(inside, 0, 1)
        window = onto[top:bottom, left:right]
        np.maximum(window, inside * inside * (3 - 2 * inside) * peak, out=window)


def _mixed(start: tuple[int, int, int], end: tuple[int, int, int], share: np.ndarray) -> np.ndarray:
    first, last = np.array(start, dtype=np.float32), np.array(end, dtype=np.float32)
    return first + (last - first) * share
