"""A frame of the video: the stage, the dancer lit on it, and small print."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ballo.export import camera, capsules, stage
from ballo.export.camera import HEIGHT, WIDTH, View
from ballo.export.canvas import Canvas
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO, Figure

JOIN_METRES = {TORSO: 0.022, LEFT: 0.006, RIGHT: 0.006, SKIN: 0.012, HAIR: 0.004}
"""Parts whose surfaces are nearer than this in depth melt into one: trunks softly, limbs just enough to hide their joints."""
COLOURS = {TORSO: (58, 66, 98), LEFT: (226, 112, 84), RIGHT: (168, 62, 100), SKIN: (240, 208, 184), HAIR: (62, 46, 56)}
INK_LUMA = 84.0
PRINT_PIXELS = 21
EDGE_PIXELS = 34
"""From the picture's edges to the small print."""

AMBIENT_UP, AMBIENT_DOWN = np.array([0.36, 0.39, 0.47]), np.array([0.25, 0.20, 0.18])
"""Light from the sky and from the floor, linear."""
KEY = np.array([1.02, 0.96, 0.88])
RIM = np.array([0.62, 0.66, 0.74])
FILL_LIGHT = np.array([0.85, 0.15, 0.5]) / np.linalg.norm([0.85, 0.15, 0.5])
FILL = 0.16
OCCLUSION_METRES = 0.16
"""How much deeper than its surroundings a surface must lie to be in their full shade."""
OCCLUSION = 0.6
"""How much of the light that shade takes."""
OCCLUSION_CELL = 6
"""Surroundings are averaged over cells of this many pixels, and their neighbours."""
MIRROR = 0.20
"""How much of the dancer's mirror image is seen at the feet; it fades to nothing MIRROR_ROWS below."""
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


def draw(figure: Figure, shot: Shot) -> Canvas:
    """The frame, WIDTH x HEIGHT."""
    canvas = stage.backdrop().copy()
    stage.draw_grid(canvas, shot.view)
    draw_dancer(canvas, figure, shot.view, shot.points)
    _print(canvas, shot.left_print, shot.right_print)
    return canvas


def draw_dancer(canvas: Canvas, figure: Figure, view: View, points: np.ndarray) -> None:
    """Draw a figure by its points (points, 3) in metres, her shadow on the floor and her image in it."""
    _draw_mirror(canvas, figure, view, points)
    starts, ends = points[figure.ends[:, 0]], points[figure.ends[:, 1]]
    stage.draw_shadow(canvas, view, starts, ends, figure.radii)
    surface = capsules.draw(_parts(figure, view, points), WIDTH, HEIGHT)
    if surface is not None:
        canvas.paste(surface.left, surface.top, _lit(surface, view), surface.cover)


def _parts(figure: Figure, view: View, points: np.ndarray, scale: float = 1.0) -> capsules.Parts:
    pixels, pixels_a_metre = camera.screen(view, points)
    pixels, pixels_a_metre = pixels * scale, pixels_a_metre * scale
    radii = figure.radii * pixels_a_metre[figure.ends]
    colours, joins = _looks()
    starts, ends = pixels[figure.ends[:, 0]], pixels[figure.ends[:, 1]]
    return capsules.Parts(starts, ends, radii, colours[figure.kinds], joins[figure.kinds] * pixels_a_metre[0])


@cache
def _looks() -> tuple[np.ndarray, np.ndarray]:
    """Each kind's colour (kinds, 3) in linear light, and its join (kinds,) in metres.

    A square stands for the screen's curve, here and where it is undone.
    """
    kinds = sorted(COLOURS)
    colours = np.array([COLOURS[kind] for kind in kinds], dtype=np.float32) ** 2 / 255**2
    return colours, np.array([JOIN_METRES[kind] for kind in kinds], dtype=np.float32)


def _lit(surface: capsules.Surface, view: View, *, mirrored: bool = False) -> np.ndarray:
    """The surface in the stage's light: colours (3, height, width), 0 to 1, multiplied by their cover.

    Where it is `mirrored` in the floor, light comes from below, and parts do not shade one another.
    """
    covered = np.flatnonzero(surface.cover > 0.002)
    layers = surface.layers.reshape(6, -1)[1:, covered]
    x, y = layers[:2]
    normal = np.stack([x, -y if mirrored else y, np.sqrt(np.maximum(1 - x * x - y * y, 0))])
    full_pixels = OCCLUSION_METRES * camera.FOCAL_PIXELS / view.distance_metres
    reached = np.ones_like(x) if mirrored else _unoccluded(surface, covered, full_pixels)
    colour = np.sqrt(np.clip(_shade(normal, layers[2:], reached), 0, 1))
    lit = np.zeros((3, surface.cover.size), dtype=np.float32)
    lit[:, covered] = colour * surface.cover.reshape(-1)[covered]
    return lit.reshape(3, *surface.cover.shape)


def _shade(normal: np.ndarray, albedo: np.ndarray, open_sky: np.ndarray) -> np.ndarray:
    """Linear colour (3, pixels) of surfaces with these normals (3, pixels) in view axes: key, fill, sky, floor and rim."""
    key, fill, half, behind = _lights()
    lit = np.clip((_towards(key, normal) + 0.22) * (1 / 1.22), 0, 1) * open_sky
    lit = lit + FILL * np.clip(_towards(fill, normal), 0, 1)
    up = (0.5 + 0.5 * normal[1]) * open_sky
    shine = np.clip(_towards(half, normal), 0, 1) ** 2
    shine = shine * shine
    shine = shine * shine
    shine = shine * shine * shine
    graze = 1 - np.clip(normal[2], 0, 1)
    rim = graze * graze * graze * np.clip(_towards(behind, normal) + 0.35, 0, 1) * open_sky
    colour = np.empty_like(albedo)
    for channel in range(3):
        down = AMBIENT_DOWN[channel]
        light = lit * np.float32(KEY[channel]) + up * np.float32(AMBIENT_UP[channel] - down) + np.float32(down)
        colour[channel] = albedo[channel] * light + rim * np.float32(0.35 * RIM[channel]) + shine * lit * np.float32(0.10)
    return colour


def _towards(direction: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Cosines between a direction (3,) and normals (3, pixels), written out as in `canvas`."""
    return direction[0] * normal[0] + direction[1] * normal[1] + direction[2] * normal[2]


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


def _unoccluded(surface: capsules.Surface, covered: np.ndarray, full_pixels: float) -> np.ndarray:
    """How much light reaches each covered pixel past nearer parts around it: its depth against the depth's own blur.

    Source: Luft, Colditz and Deussen, Image enhancement by unsharp masking the depth buffer, 2006.
    """
    height, width = surface.cover.shape
    small = (max(1, width // OCCLUSION_CELL), max(1, height // OCCLUSION_CELL))
    weight = _blurred(surface.cover, small)
    around = _blurred(surface.layers[0] * surface.cover, small) / np.maximum(weight, 1e-3)
    smooth = np.asarray(Image.fromarray(around).resize((width, height), Image.Resampling.BILINEAR))
    deeper = smooth.reshape(-1)[covered] - surface.layers[0].reshape(-1)[covered]
    return 1 - OCCLUSION * np.clip(deeper * (1 / full_pixels), 0, 1)


def _blurred(layer: np.ndarray, small: tuple[int, int]) -> np.ndarray:
    """A layer made small and smooth: averaged over cells, then over a cell's neighbours."""
    cells = np.asarray(Image.fromarray(layer).resize(small, Image.Resampling.BOX))
    for axis in (0, 1):
        padded = np.pad(cells, [(2, 2) if a == axis else (0, 0) for a in (0, 1)])
        length = cells.shape[axis]
        cells = np.mean([np.take(padded, np.arange(k, k + length), axis=axis) for k in range(5)], axis=0)
    return cells


def _draw_mirror(canvas: Canvas, figure: Figure, view: View, points: np.ndarray) -> None:
    """The dancer's faint image in the polished floor, drawn at half size."""
    mirrored = points * np.array([1, -1, 1], dtype=np.float32)
    parts = _parts(figure, view, mirrored, 0.5)
    feet = parts.starts[:, 1].min()
    # Most of the body is mirrored below where the image has faded, and need not be drawn.
    highest = np.minimum(parts.starts[:, 1], parts.ends[:, 1]) - parts.radii.max(axis=1)
    surface = capsules.draw(parts.only(highest < feet + MIRROR_ROWS / 2), WIDTH // 2, HEIGHT // 2)
    if surface is None:
        return
    height, width = surface.cover.shape
    below_feet = np.arange(height) + surface.top - feet
    fade = MIRROR * np.clip(1 - below_feet / (MIRROR_ROWS / 2), 0, 1) ** 1.5
    faint = np.concatenate([_lit(surface, view, mirrored=True), surface.cover[None]]) * fade[:, None].astype(np.float32)
    size = (2 * width, 2 * height)
    red, green, blue, cover = (np.asarray(Image.fromarray(layer).resize(size, Image.Resampling.BILINEAR)) for layer in faint)
    canvas.paste(2 * surface.left, 2 * surface.top, np.stack([red, green, blue]), cover)


def write(canvas: Canvas, text: str, left: int, bottom: int, widest: int) -> None:
    """Write small print into a canvas, cut to `widest` pixels."""
    mask = _text(text)[:, :widest]
    canvas.tint(left, bottom - mask.shape[0], INK_LUMA, mask)


def _print(canvas: Canvas, left: str, right: str) -> None:
    for text, at_right in ((left, False), (right, True)):
        width = _text(text).shape[1]
        write(canvas, text, WIDTH - EDGE_PIXELS - width if at_right else EDGE_PIXELS, HEIGHT - EDGE_PIXELS, width)


@lru_cache(maxsize=64)
def _text(text: str) -> np.ndarray:
    """The small print as shares of ink (height, width), in the font that comes with Pillow, cut to fit the picture."""
    font = ImageFont.load_default(PRINT_PIXELS)
    width = min(max(1, round(font.getlength(text))), WIDTH // 2)
    mask = Image.new("L", (width, round(PRINT_PIXELS * 1.3)))
    ImageDraw.Draw(mask).text((0, 0), text, fill=200, font=font)
    return np.asarray(mask).astype(np.float32) / 255
