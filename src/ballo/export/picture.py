"""A frame of the video: the stage, the dancer lit on it, and small print."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ballo.export import camera, capsules, stage
from ballo.export.camera import HEIGHT, WIDTH, View
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO, Figure

JOIN_METRES = 0.022
"""Parts whose surfaces are nearer than this in depth melt into one."""
COLOURS = {TORSO: (58, 66, 98), LEFT: (236, 122, 92), RIGHT: (176, 66, 104), SKIN: (240, 208, 184), HAIR: (62, 46, 56)}
INK = (74, 70, 82)
PRINT_PIXELS = 21
EDGE_PIXELS = 34
"""From the picture's edges to the small print."""

AMBIENT_UP, AMBIENT_DOWN = np.array([0.42, 0.45, 0.52]), np.array([0.30, 0.25, 0.22])
"""Light from the sky and from the floor, linear."""
KEY = np.array([1.02, 0.96, 0.88])
RIM = np.array([0.62, 0.66, 0.74])
FILL_LIGHT = np.array([0.85, 0.15, 0.5]) / np.linalg.norm([0.85, 0.15, 0.5])
FILL = 0.16
OCCLUSION_METRES = 0.16
"""How much deeper than its surroundings a surface must lie to be in their full shade."""
OCCLUSION_CELL = 6
"""Surroundings are averaged over cells of this many pixels, and their neighbours."""
MIRROR_SCALE = 0.4
"""Size of the mirror image that the floor's polish shows, which is drawn small and blown up."""
MIRROR = 0.20
"""How much of it is seen at the feet; it fades to nothing MIRROR_ROWS below."""
MIRROR_ROWS = 210


@dataclass(frozen=True)
class Shot:
    """What one frame shows.

    Args:
        view: the camera.
        points: (points, 3) the figure's points in metres.
        left_print, right_print: the small print at the lower corners.
    """

    view: View
    points: np.ndarray
    left_print: str
    right_print: str


def draw(figure: Figure, shot: Shot) -> Image.Image:
    """The frame, WIDTH x HEIGHT in RGB."""
    picture = stage.backdrop().copy()
    stage.draw_grid(picture, shot.view)
    starts, ends = shot.points[figure.ends[:, 0]], shot.points[figure.ends[:, 1]]
    _draw_mirror(picture, figure, shot)
    stage.draw_shadow(picture, shot.view, starts, ends, figure.radii)
    surface = capsules.draw(_parts(figure, shot.view, shot.points), WIDTH, HEIGHT, _join_pixels(shot.view))
    if surface is not None:
        patch, mask = _lit(surface, shot.view)
        picture.paste(patch, (surface.left, surface.top), mask)
    _print(picture, shot.left_print, shot.right_print)
    return picture


def _parts(figure: Figure, view: View, points: np.ndarray, scale: float = 1.0) -> capsules.Parts:
    pixels, pixels_a_metre = camera.screen(view, points)
    pixels, pixels_a_metre = pixels * scale, pixels_a_metre * scale
    radii = figure.radii * pixels_a_metre[figure.ends]
    return capsules.Parts(pixels[figure.ends[:, 0]], pixels[figure.ends[:, 1]], radii, _palette()[figure.kinds])


@cache
def _palette() -> np.ndarray:
    """(kinds, 3) float32, linear light. The square stands for the screen's curve, here and where it is undone."""
    return np.array([COLOURS[kind] for kind in sorted(COLOURS)], dtype=np.float32) ** 2 / 255**2


def _join_pixels(view: View) -> float:
    return JOIN_METRES * camera.FOCAL_PIXELS / view.distance_metres


def _lit(surface: capsules.Surface, view: View, upside_down: bool = False) -> tuple[Image.Image, Image.Image]:
    """The surface in the stage's light: its colours, and how much it covers of what is behind."""
    covered = np.flatnonzero(surface.cover > 0.002)
    layers = surface.layers.reshape(7, -1)[:, covered]
    normal = layers[1:4]
    normal /= np.sqrt(np.einsum("cp,cp->p", normal, normal)) + np.float32(1e-6)
    if upside_down:
        normal[1] *= -1
    open_sky = 1.0 if upside_down else _unoccluded(surface, view).reshape(-1)[covered]
    colour = np.sqrt(np.clip(_shade(normal, layers[4:], open_sky), 0, 1)) * 255 + 0.5
    patch = np.zeros((surface.cover.size, 3), dtype=np.uint8)
    patch[covered] = colour.T.astype(np.uint8)
    mask = (surface.cover * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(patch.reshape(*surface.cover.shape, 3)), Image.fromarray(mask)


def _shade(normal: np.ndarray, albedo: np.ndarray, open_sky: np.ndarray | float) -> np.ndarray:
    """Linear colour (3, pixels) of surfaces with these normals (3, pixels) in view axes: key, fill, sky, floor and rim."""
    key, fill, half, behind = _lights()
    lit = np.clip((key @ normal + 0.22) * (1 / 1.22), 0, 1) * open_sky
    lit = lit + FILL * np.clip(fill @ normal, 0, 1)
    up = (0.5 + 0.5 * normal[1]) * open_sky
    shine = np.clip(half @ normal, 0, 1) ** 2
    shine = shine * shine
    shine = shine * shine
    shine = shine * shine * shine
    graze = 1 - np.clip(normal[2], 0, 1)
    rim = graze * graze * graze * np.clip(behind @ normal + 0.35, 0, 1) * open_sky
    colour = np.empty_like(albedo)
    for channel in range(3):
        down = AMBIENT_DOWN[channel]
        light = lit * np.float32(KEY[channel]) + up * np.float32(AMBIENT_UP[channel] - down) + np.float32(down)
        colour[channel] = albedo[channel] * light + rim * np.float32(0.55 * RIM[channel]) + shine * lit * np.float32(0.10)
    return colour


@cache
def _lights() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Key, fill, the key's half-way to the viewer, and the rim's direction, in view axes."""
    turn = np.array([[1.0, 0.0, 0.0], camera.UP, camera.BACK])
    key = turn @ np.array([-0.50, 0.72, 0.62])
    key /= np.linalg.norm(key)
    half = key + np.array([0.0, 0.0, 1.0])
    behind = np.array([0.65, 0.55, -0.35])
    directions = (key, turn @ FILL_LIGHT, half / np.linalg.norm(half), behind / np.linalg.norm(behind))
    key, fill, half, behind = (direction.astype(np.float32) for direction in directions)
    return key, fill, half, behind


def _unoccluded(surface: capsules.Surface, view: View) -> np.ndarray:
    """How much light reaches each pixel past nearer parts around it: depth against its own blur, where there is a figure.

    Source: Luft, Colditz and Deussen, Image enhancement by unsharp masking the depth buffer, 2006.
    """
    height, width = surface.cover.shape
    small = (max(1, width // OCCLUSION_CELL), max(1, height // OCCLUSION_CELL))
    full = OCCLUSION_METRES * camera.FOCAL_PIXELS / view.distance_metres
    here = surface.cover > 0.5
    depth = np.where(here, surface.layers[0], 0)
    weight = _blurred(here.astype(np.float32), small)
    around = _blurred(depth, small) / np.maximum(weight, 1e-3)
    smooth = np.asarray(Image.fromarray(around).resize((width, height), Image.Resampling.BILINEAR))
    shade = np.clip((smooth - depth) * (1 / full), 0, 1)
    return 1 - 0.6 * shade


def _blurred(layer: np.ndarray, small: tuple[int, int]) -> np.ndarray:
    """A layer made small and smooth: averaged over cells, then over a cell's neighbours."""
    cells = np.asarray(Image.fromarray(layer).resize(small, Image.Resampling.BOX))
    for axis in (0, 1):
        padded = np.pad(cells, [(2, 2) if a == axis else (0, 0) for a in (0, 1)])
        length = cells.shape[axis]
        cells = np.mean([np.take(padded, np.arange(k, k + length), axis=axis) for k in range(5)], axis=0)
    return cells


def _draw_mirror(picture: Image.Image, figure: Figure, shot: Shot) -> None:
    """The dancer's faint image in the polished floor."""
    mirrored = shot.points * np.array([1, -1, 1], dtype=np.float32)
    parts = _parts(figure, shot.view, mirrored, MIRROR_SCALE)
    small_width, small_height = round(WIDTH * MIRROR_SCALE), round(HEIGHT * MIRROR_SCALE)
    surface = capsules.draw(parts, small_width, small_height, _join_pixels(shot.view) * MIRROR_SCALE)
    if surface is None:
        return
    patch, mask = _lit(surface, shot.view, upside_down=True)
    height, width = surface.cover.shape
    feet = float(parts.starts[:, 1].min()) - surface.top
    fade = np.clip(1 - (np.arange(height) - feet) / (MIRROR_ROWS * MIRROR_SCALE), 0, 1) ** 1.5 * MIRROR
    faint = Image.fromarray((np.asarray(mask) * fade[:, None]).astype(np.uint8))
    left, top = round(surface.left / MIRROR_SCALE), round(surface.top / MIRROR_SCALE)
    size = (min(round(width / MIRROR_SCALE), WIDTH - left), min(round(height / MIRROR_SCALE), HEIGHT - top))
    patch = patch.resize(size, Image.Resampling.BILINEAR)
    picture.paste(patch, (left, top), faint.resize(size, Image.Resampling.BILINEAR))


def _print(picture: Image.Image, left: str, right: str) -> None:
    for text, at_right in ((left, False), (right, True)):
        mask = _text(text)
        x = WIDTH - EDGE_PIXELS - mask.width if at_right else EDGE_PIXELS
        picture.paste(INK, (x, HEIGHT - EDGE_PIXELS - mask.height), mask)


@lru_cache(maxsize=64)
def _text(text: str) -> Image.Image:
    """The small print as a mask, in the font that comes with Pillow."""
    font = ImageFont.load_default(PRINT_PIXELS)
    mask = Image.new("L", (max(1, round(font.getlength(text))), round(PRINT_PIXELS * 1.3)))
    ImageDraw.Draw(mask).text((0, 0), text, fill=200, font=font)
    return mask
