"""A frame of the video: the stage, the dancer lit on it, and small print."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ballo.export import camera, capsules, stage
from ballo.export.camera import STANDARD, View
from ballo.export.canvas import Canvas
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO, Figure
from ballo.export.grid import draw_grid
from ballo.export.pulses import Pulse, draw_pulse
from ballo.export.theme import LIGHT, Theme

JOIN_METRES = {TORSO: 0.022, LEFT: 0.006, RIGHT: 0.006, SKIN: 0.012, HAIR: 0.004}
"""Parts whose surfaces are nearer than this in depth melt into one: trunks softly, limbs just enough to hide their joints."""
PRINT_PIXELS = 21
EDGE_PIXELS = 34
"""From the picture's edges to the small print."""

FILL_LIGHT = np.array([0.85, 0.15, 0.5]) / np.linalg.norm([0.85, 0.15, 0.5])
FILL, BEHIND_FILL = 0.16, 0.34
"""How strong the fill light is, and how much is added to it for a camera that has the key light behind the dancer."""
OCCLUSION_METRES = 0.16
"""How much deeper than its surroundings a surface must lie to be in their full shade."""
OCCLUSION = 0.6
"""How much of the light that shade takes."""
OCCLUSION_CELL = 6
"""Surroundings are averaged over cells of this many pixels, and their neighbours."""
MIRROR_ROWS = 210
"""The dancer's mirror image fades to nothing so far below her feet, in 720p."""


@dataclass(frozen=True)
class Shot:
    """What one frame shows.

    Args:
        view: the camera.
        points: (points, 3) the figure's points in metres.
        left_print, right_print: the small print at the lower corners.
        theme: the look.
        title: large print on the wall behind the dancer.
        pulse: what is left of the last beat.
        rotations: (J, 4) local wxyz of the figure's own joints, for whoever draws a skin.
    """

    view: View
    points: np.ndarray
    left_print: str
    right_print: str
    theme: Theme = LIGHT
    title: str = ""
    pulse: Pulse | None = None
    rotations: np.ndarray | None = None


def draw(figure: Figure, shot: Shot) -> Canvas:
    """The frame, as large as its view's screen."""
    canvas = stage.backdrop(shot.view.screen, shot.theme, shot.title).copy()
    draw_grid(canvas, shot.view, shot.theme)
    if shot.pulse is not None:
        draw_pulse(canvas, shot.view, shot.pulse, shot.theme)
    draw_dancer(canvas, figure, shot.view, shot.points, shot.theme)
    draw_print(canvas, shot)
    return canvas


def draw_dancer(canvas: Canvas, figure: Figure, view: View, points: np.ndarray, theme: Theme = LIGHT) -> None:
    """Draw a figure by its points (points, 3) in metres, her shadow on the floor and her image in it."""
    _draw_mirror(canvas, figure, view, points, theme)
    starts, ends = points[figure.ends[:, 0]], points[figure.ends[:, 1]]
    stage.draw_shadow(canvas, view, starts, ends, figure.radii, theme)
    surface = capsules.draw(_parts(figure, view, points, theme), *view.screen.size)
    if surface is not None:
        canvas.lay(surface.rows, surface.columns, _lit(surface, view, theme), surface.cover)


def _parts(figure: Figure, view: View, points: np.ndarray, theme: Theme, scale: float = 1.0) -> capsules.Parts:
    pixels, pixels_a_metre = camera.screen(view, points)
    pixels, pixels_a_metre = pixels * scale, pixels_a_metre * scale
    radii = figure.radii * pixels_a_metre[figure.ends]
    colours, joins = _looks(theme)
    starts, ends = pixels[figure.ends[:, 0]], pixels[figure.ends[:, 1]]
    return capsules.Parts(starts, ends, radii, colours[figure.kinds], joins[figure.kinds] * pixels_a_metre[0])


@lru_cache(maxsize=8)
def _looks(theme: Theme) -> tuple[np.ndarray, np.ndarray]:
    """Each kind's colour (kinds, 3) in linear light, and its join (kinds,) in metres.

    A square stands for the screen's curve, here and where it is undone.
    """
    bodies = dict(theme.bodies)
    colours = np.array([bodies[kind] for kind in sorted(bodies)], dtype=np.float32) ** 2 / 255**2
    return colours, np.array([JOIN_METRES[kind] for kind in sorted(bodies)], dtype=np.float32)


def _lit(surface: capsules.Surface, view: View, theme: Theme, *, mirrored: bool = False) -> np.ndarray:
    """The surface in the stage's light: colours (3, N), 0 to 1, multiplied by their cover.

    Where it is `mirrored` in the floor, light comes from below, and parts do not shade one another.
    """
    x, y = surface.layers[1:3]
    normal = np.stack([x, -y if mirrored else y, np.sqrt(np.maximum(1 - x * x - y * y, 0))])
    full_pixels = OCCLUSION_METRES * view.screen.focal_pixels / view.distance_metres
    reached = np.ones_like(x) if mirrored else _unoccluded(surface, full_pixels, round(OCCLUSION_CELL * view.screen.unit))
    colour = _shade(normal, surface.layers[3:], reached, _lights(float(view.turn)), theme)
    np.sqrt(np.clip(colour, 0, 1, out=colour), out=colour)
    colour *= surface.cover
    return colour


def _shade(
    normal: np.ndarray, albedo: np.ndarray, open_sky: np.ndarray, lights: tuple[np.ndarray, ...], theme: Theme
) -> np.ndarray:
    """Linear colour (3, pixels) of surfaces with these normals (3, pixels) in view axes: key, fill, sky, floor and rim."""
    key, fill, half, behind = lights
    lit = np.clip((_towards(key, normal) + np.float32(0.22)) * np.float32(1 / 1.22), 0, 1) * open_sky
    lit += np.clip(_towards(fill, normal), 0, 1)
    up = (np.float32(0.5) + np.float32(0.5) * normal[1]) * open_sky
    shine = np.clip(_towards(half, normal), 0, 1) ** 2
    shine *= shine
    shine *= shine
    shine *= shine * shine
    shine *= lit
    graze = 1 - np.clip(normal[2], 0, 1)
    rim = graze * graze * graze * np.clip(_towards(behind, normal) + np.float32(0.35), 0, 1) * open_sky
    colour = np.empty_like(albedo)
    for channel in range(3):
        down = theme.floor_light[channel]
        light = lit * np.float32(theme.key_light[channel])
        light += up * np.float32(theme.sky_light[channel] - down)
        light += np.float32(down)
        light *= albedo[channel]
        light += rim * np.float32(0.35 * theme.rim_light[channel])
        light += shine * np.float32(0.10)
        colour[channel] = light
    return colour


def _towards(direction: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Cosines between a direction (3,) and normals (3, pixels), written out as in `canvas`."""
    return np.asarray(direction[0] * normal[0] + direction[1] * normal[1] + direction[2] * normal[2])


@lru_cache(maxsize=8)
def _lights(turn: float) -> tuple[np.ndarray, ...]:
    """Key, fill (as long as it is strong), the key's half-way to the viewer and the rim's direction, in a view's axes.

    The key light stays where it is when the camera turns, and the shadow with it; the others go with the camera.
    """
    view = View(np.zeros(3), 0.0, turn)
    key = view.to_axes(np.array([-0.50, 0.72, 0.62]))
    key /= np.linalg.norm(key)
    half = key + np.array([0.0, 0.0, 1.0])
    behind = np.array([0.65, 0.55, -0.35])
    fill = View(np.zeros(3), 0.0).to_axes(FILL_LIGHT) * (FILL + BEHIND_FILL * (1 - np.cos(turn)) / 2)
    directions = (key, fill, half / np.linalg.norm(half), behind / np.linalg.norm(behind))
    return tuple(np.asarray(direction, dtype=np.float32) for direction in directions)


def _unoccluded(surface: capsules.Surface, full_pixels: float, cell: int) -> np.ndarray:
    """(N,) how much light reaches each pixel past nearer parts around it: its depth against the depth's own blur.

    Source: Luft, Colditz and Deussen, Image enhancement by unsharp masking the depth buffer, 2006.
    """
    rows, columns = surface.rows - surface.rows.min(), surface.columns - surface.columns.min()
    height, width = int(rows.max()) // cell + 1, int(columns.max()) // cell + 1
    places = (rows // cell) * width + columns // cell
    weight, depth = (
        _blurred(np.bincount(places, values, height * width).astype(np.float32).reshape(height, width))
        for values in (surface.cover, surface.layers[0] * surface.cover)
    )
    around = depth / np.maximum(weight, np.float32(1e-3))
    smooth = Image.fromarray(around).resize((width * cell, height * cell), Image.Resampling.BILINEAR)
    deeper = np.asarray(smooth)[rows, columns]
    deeper -= surface.layers[0]
    deeper *= np.float32(1 / full_pixels)
    return np.asarray(1 - np.float32(OCCLUSION) * np.clip(deeper, 0, 1))


def _blurred(cells: np.ndarray) -> np.ndarray:
    """Cells added up with two neighbours on every side."""
    height, width = cells.shape
    padded = np.pad(cells, 2)
    tall = np.sum([padded[k : k + height] for k in range(5)], axis=0)
    return np.asarray(np.sum([tall[:, k : k + width] for k in range(5)], axis=0))


def _draw_mirror(canvas: Canvas, figure: Figure, view: View, points: np.ndarray, theme: Theme) -> None:
    """The dancer's faint image in the polished floor, drawn at half size."""
    mirrored = points * np.array([1, -1, 1], dtype=np.float32)
    parts = _parts(figure, view, mirrored, theme, 0.5)
    feet = parts.starts[:, 1].min()
    reach = MIRROR_ROWS * view.screen.unit / 2
    # Most of the body is mirrored below where the image has faded, and need not be drawn.
    highest = np.minimum(parts.starts[:, 1], parts.ends[:, 1]) - parts.radii.max(axis=1)
    lowest = min(view.screen.height // 2, max(0, int(feet + reach) + 1))
    surface = capsules.draw(parts.only(highest < feet + reach), view.screen.width // 2, lowest)
    if surface is None:
        return
    fade = (theme.mirror * np.clip(1 - (surface.rows - feet) / reach, 0, 1) ** 1.5).astype(np.float32)
    top, left = int(surface.rows.min()), int(surface.columns.min())
    height, width = int(surface.rows.max()) - top + 1, int(surface.columns.max()) - left + 1
    faint = np.zeros((4, height, width), dtype=np.float32)
    faint[:3, surface.rows - top, surface.columns - left] = _lit(surface, view, theme, mirrored=True) * fade
    faint[3, surface.rows - top, surface.columns - left] = surface.cover * fade
    canvas.lay_half(2 * left, 2 * top, faint[:3], faint[3])


def write(
    canvas: Canvas, text: str, left: int, bottom: int, widest: int, luma: float = LIGHT.ink_luma, unit: float = 1.0
) -> None:
    """Write small print into a canvas, cut to `widest` pixels."""
    mask = _text(text, unit)[:, :widest]
    canvas.tint(left, bottom - mask.shape[0], luma, mask)


def draw_print(canvas: Canvas, shot: Shot) -> None:
    """Write a shot's small print."""
    screen = shot.view.screen
    edge = round(EDGE_PIXELS * screen.unit)
    for text, at_right in ((shot.left_print, False), (shot.right_print, True)):
        width = min(_text(text, screen.unit).shape[1], screen.width * 2 // 3)
        left = screen.width - edge - width if at_right else edge
        write(canvas, text, left, screen.height - edge, width, shot.theme.ink_luma, screen.unit)


@lru_cache(maxsize=64)
def _text(text: str, unit: float = 1.0) -> np.ndarray:
    """The small print as shares of ink (height, width), in the font that comes with Pillow, cut to fit the picture."""
    pixels = round(PRINT_PIXELS * unit)
    font = ImageFont.load_default(pixels)
    width = min(max(1, round(font.getlength(text))), STANDARD.width)
    mask = Image.new("L", (width, round(pixels * 1.3)))
    ImageDraw.Draw(mask).text((0, 0), text, fill=200, font=font)
    return np.asarray(mask).astype(np.float32) / 255
