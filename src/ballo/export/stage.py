"""Where the dancer dances: a pale floor with a grid that recedes into haze, and her shadow on it."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from ballo.export import camera
from ballo.export.camera import CENTRE, FOCAL_PIXELS, HEIGHT, PITCH, WIDTH, View

HAZE = (238, 234, 228)
SKY_TOP = (203, 208, 216)
FLOOR_NEAR = (214, 209, 204)
POOL = (250, 246, 239)
"""The floor where the key light falls, around the dancer."""
LINE = (150, 142, 138)
SHADOW = (64, 52, 66)

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

KEY_LIGHT = np.array([-0.50, 1.0, 0.42]) / np.linalg.norm([-0.50, 1.0, 0.42])
"""From where the key light comes, world axes."""
SHADOW_METRES = 3.6
"""The side of the square of floor that a shadow is drawn on."""
SHADOW_CELLS = 144
PENUMBRA = 0.16
"""How much wider a cast shadow's edge is for each metre of height."""
TOUCH_METRES = 0.16
"""How high above the floor a part darkens it without any light's direction, to 1/e."""


@cache
def backdrop() -> Image.Image:
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
    return Image.fromarray(np.clip(picture + grain + 0.5, 0, 255).astype(np.uint8))


def draw_grid(picture: Image.Image, view: View) -> None:
    """Draw the floor's lines, half a metre apart in both directions."""
    rows = np.arange(HORIZON, HEIGHT, dtype=np.float32) + 0.5
    slope = (CENTRE[1] - rows) / FOCAL_PIXELS
    eye = view.pivot + view.distance_metres * camera.BACK
    depth = eye[1] / np.maximum(np.sin(PITCH) - slope * np.cos(PITCH), 1e-4)
    world_z = eye[2] - depth * (slope * np.sin(PITCH) + np.cos(PITCH))
    near = depth < FARTHEST_METRES
    strength = np.exp(-np.maximum(depth - NEAR_METRES, 0) / HAZE_METRES) * near
    first = int(np.argmax(near))
    mask = np.zeros((HEIGHT - HORIZON, WIDTH), dtype=np.float32)
    mask += _across(world_z, strength)[:, None]
    _draw_away(mask[first:], float(eye[0]), depth[first:], strength[first:])
    picture.paste(LINE, (0, HORIZON), Image.fromarray((np.minimum(mask, 1) * 150).astype(np.uint8)))


def _across(world_z: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """How strongly each row (R,) lies on lines of constant z."""
    number = np.rint(world_z / SPACING_METRES)
    a_pixel = np.abs(np.gradient(world_z))
    away = np.abs(world_z - number * SPACING_METRES)
    # How much of the row's own stretch of floor the line covers.
    low, high = np.maximum(-LINE_METRES / 2, away - a_pixel / 2), np.minimum(LINE_METRES / 2, away + a_pixel / 2)
    return np.clip(high - low, 0, None) / a_pixel * strength * _weight(number)


def _draw_away(mask: np.ndarray, eye_x: float, depth: np.ndarray, strength: np.ndarray) -> None:
    """Draw the lines of constant x, touching only the pixels that they cross."""
    half_metres = WIDTH / 2 / FOCAL_PIXELS * depth[0]
    leftmost, rightmost = (eye_x - half_metres) / SPACING_METRES, (eye_x + half_metres) / SPACING_METRES
    numbers = np.arange(np.ceil(leftmost), rightmost, dtype=np.float32)
    scale = FOCAL_PIXELS / depth
    middle = CENTRE[0] + (numbers[:, None] * SPACING_METRES - eye_x) * scale
    half_width = LINE_METRES / 2 * scale
    touched = np.arange(2 * int(np.ceil(half_width.max() + 0.5)) + 1) - int(np.ceil(half_width.max() + 0.5))
    columns = np.floor(middle).astype(np.int32)[..., None] + touched
    away = np.abs(columns + np.float32(0.5) - middle[..., None])
    edge = half_width[None, :, None] + 0.5
    cover = np.clip(edge - away, 0, np.minimum(1, 2 * half_width)[None, :, None])
    cover *= (strength * _weight(numbers)[:, None])[..., None]
    rows = np.broadcast_to(np.arange(len(depth))[None, :, None], columns.shape)
    seen = (columns >= 0) & (columns < WIDTH) & (cover > 0.004)
    mask[rows[seen], columns[seen]] += cover[seen]


def _weight(numbers: np.ndarray) -> np.ndarray:
    return np.where(numbers % 2 == 0, np.float32(1.0), np.float32(0.5))


def draw_shadow(picture: Image.Image, view: View, starts: np.ndarray, ends: np.ndarray, radii: np.ndarray) -> None:
    """Darken the floor under parts (P, 3), (P, 3), (P, 2), world metres: the key light's shadow, and where they touch."""
    corner = ((starts + ends).mean(axis=0) / 2)[[0, 2]] - SHADOW_METRES / 2
    corner = corner + np.array([0.25, -0.2])  # the shadow falls away from the key light
    darkness = _darkness(starts, ends, radii, corner)
    grid = Image.fromarray((np.clip(darkness, 0, 1) * 255).astype(np.uint8))
    floor_to_screen = _floor_to_screen(view)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * SHADOW_METRES + corner
    outline = np.column_stack([square, np.ones(4)]) @ floor_to_screen.T
    outline = outline[:, :2] / outline[:, 2:]
    left, top = np.floor(np.clip(outline.min(axis=0), 0, [WIDTH, HEIGHT])).astype(int)
    right, bottom = np.ceil(np.clip(outline.max(axis=0), 0, [WIDTH, HEIGHT])).astype(int)
    if left >= right or top >= bottom:
        return
    cells = SHADOW_CELLS / SHADOW_METRES
    to_cells = np.array([[cells, 0, -cells * corner[0]], [0, cells, -cells * corner[1]], [0, 0, 1]])
    back = to_cells @ np.linalg.inv(floor_to_screen) @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
    size, coefficients = (int(right - left), int(bottom - top)), (back / back[2, 2]).ravel()[:8]
    mask = grid.transform(size, Image.Transform.PERSPECTIVE, tuple(coefficients), Image.Resampling.BILINEAR)
    picture.paste(SHADOW, (int(left), int(top)), mask)


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
    cell = SHADOW_METRES / SHADOW_CELLS
    cast = np.zeros((SHADOW_CELLS, SHADOW_CELLS), dtype=np.float32)
    touch = np.zeros_like(cast)
    slide = (KEY_LIGHT / KEY_LIGHT[1])[[0, 2]]
    for start, end, (first, last) in zip(starts, ends, radii, strict=True):
        height = max(float(start[1] + end[1]) / 2, 0.0)
        soft = 0.012 + PENUMBRA * height
        a, b = ((p[[0, 2]] - slide * max(float(p[1]), 0.0) - corner) / cell for p in (start, end))
        _stamp(cast, a, b, (first / cell, last / cell), soft / cell, 0.62 / (1 + 0.55 * height))
        lowest = max(min(float(start[1] - first), float(end[1] - last)), 0.0)
        if lowest < 3 * TOUCH_METRES:
            a, b = ((p[[0, 2]] - corner) / cell for p in (start, end))
            strength = 0.75 * float(np.exp(-lowest / TOUCH_METRES))
            _stamp(touch, a, b, (first / cell, last / cell), (0.03 + lowest) / cell, strength)
    return 1 - (1 - cast) * (1 - touch)


def _stamp(
    onto: np.ndarray, start: np.ndarray, end: np.ndarray, radii: tuple[float, float], soft: float, strength: float
) -> None:
    """Darken a grid by a blurred capsule, in cells, where it is lighter than that."""
    wide = max(radii) + soft
    low = np.maximum(np.minimum(start, end) - wide, 0).astype(int)
    high = np.minimum(np.maximum(start, end) + wide + 1, len(onto)).astype(int)
    if (low >= high).any():
        return
    x = (np.arange(low[0], high[0]) + 0.5 - start[0]).astype(np.float32)
    y = (np.arange(low[1], high[1]) + 0.5 - start[1]).astype(np.float32)[:, None]
    axis = (end - start).astype(np.float32)
    where = np.clip((x * axis[0] + y * axis[1]) / max(float(axis @ axis), 1e-6), 0, 1)
    away = np.hypot(x - where * axis[0], y - where * axis[1])
    inside = np.clip((radii[0] + (radii[1] - radii[0]) * where - away) / (2 * soft) + 0.5, 0, 1)
    window = onto[low[1] : high[1], low[0] : high[0]]
    np.maximum(window, inside * inside * (3 - 2 * inside) * strength, out=window)


def _mixed(start: tuple[int, int, int], end: tuple[int, int, int], share: np.ndarray) -> np.ndarray:
    first, last = np.array(start, dtype=np.float32), np.array(end, dtype=np.float32)
    return first + (last - first) * share
