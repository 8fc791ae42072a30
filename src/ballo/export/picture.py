"""A frame of the video: the stage, the dancer lit on it, and small print."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ballo.export import camera, capsules, stage, tiles
from ballo.export.camera import STANDARD, View
from ballo.export.canvas import Canvas
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO, Figure
from ballo.export.grid import draw_grid
from ballo.export.lettering import printable
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
OCCLUSION_PIXELS = 14
"""Surroundings reach so far to every side, in 720p."""
MIRROR_METRES = 0.72
"""The dancer's mirror image fades to nothing so far below her feet."""


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
        canvas.lay(surface.corners, _lit(surface, view, theme), surface.cover)


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
    """The surface in the stage's light: colours (3, T, PIXELS), 0 to 1, multiplied by their cover.

    Where it is `mirrored` in the floor, light comes from below, and parts do not shade one another.
    """
    x, y = surface.layers[1:3]
    toward = 1 - x * x
    toward -= y * y
    normal = np.stack([x, -y if mirrored else y, np.sqrt(np.clip(toward, 0, 1, out=toward), out=toward)])
    full_pixels = OCCLUSION_METRES * view.screen.focal_pixels / view.distance_metres
    reached = None if mirrored else _unoccluded(surface, full_pixels, OCCLUSION_PIXELS * view.screen.unit)
    colour = _shade(normal, surface.layers[3:], reached, _lights(float(view.turn)), theme)
    np.sqrt(np.clip(colour, 0, 1, out=colour), out=colour)
    colour *= surface.cover
    return colour


def _shade(
    normal: np.ndarray, albedo: np.ndarray, open_sky: np.ndarray | None, lights: tuple[np.ndarray, ...], theme: Theme
) -> np.ndarray:
    """Linear colour (3, ...) of surfaces with these normals (3, ...) in view axes: key, fill, sky, floor and rim.

    Of the first, the third and the last only that share arrives that `open_sky` (...) lets through; all by default.
    """
    key, fill, half, behind = lights
    lit = _facing(key / np.float32(1.22), normal, 0.22 / 1.22)
    up = np.float32(0.5) * normal[1]
    up += np.float32(0.5)
    graze = 1 - normal[2]
    rim = _facing(behind, normal, 0.35)
    for _ in range(3):
        rim *= graze
    if open_sky is not None:
        for light in (lit, up, rim):
            light *= open_sky
    lit += _facing(fill, normal)
    # To the 24th power, where a light of that strength is seen in the surface.
    shine = _facing(half, normal)
    shine *= shine
    shine *= shine
    shine *= shine
    shine *= shine * shine
    shine *= lit
    shine *= np.float32(0.10)
    colour = np.empty_like(albedo)
    for channel, light in enumerate(colour):
        down = theme.floor_light[channel]
        np.multiply(lit, np.float32(theme.key_light[channel]), out=light)
        light += up * np.float32(theme.sky_light[channel] - down)
        light += np.float32(down)
        light *= albedo[channel]
        light += rim * np.float32(0.35 * theme.rim_light[channel])
        light += shine
    return colour


def _facing(direction: np.ndarray, normal: np.ndarray, more: float = 0.0) -> np.ndarray:
    """Cosines between a direction (3,) and normals (3, ...), and some `more`, held between 0 and 1."""
    # Written out: a matrix product would wake a thread for every core for so little work.
    cosine = direction[0] * normal[0]
    cosine += direction[1] * normal[1]
    cosine += direction[2] * normal[2]
    if more:
        cosine += np.float32(more)
    return np.asarray(np.clip(cosine, 0, 1, out=cosine))


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


def _unoccluded(surface: capsules.Surface, full_pixels: float, around_pixels: float) -> np.ndarray:
    """(T, PIXELS) how much light reaches each pixel past nearer parts around it: its depth against the depth's own blur.

    Source: Luft, Colditz and Deussen, Image enhancement by unsharp masking the depth buffer, 2006.
    """
    place = surface.corners // tiles.TILE
    place = place - place.min(axis=0) + 1
    across, down = (place.max(axis=0) + 2).tolist()
    cells = np.zeros((2, down, tiles.CELLS, across, tiles.CELLS), dtype=np.float32)
    for layer, values in zip(cells, (surface.cover, surface.layers[0] * surface.cover), strict=True):
        layer[place[:, 1], :, place[:, 0], :] = tiles.in_cells(values)
    weight, depth = _blurred(cells.reshape(2, down * tiles.CELLS, -1), round(around_pixels / tiles.CELL))
    deeper = tiles.between_cells(depth / np.maximum(weight, np.float32(1e-3)), place)
    deeper -= surface.layers[0]
    deeper *= np.float32(1 / full_pixels)
    np.clip(deeper, 0, 1, out=deeper)
    deeper *= np.float32(-OCCLUSION)
    deeper += 1
    return deeper


def _blurred(cells: np.ndarray, reach: int) -> np.ndarray:
    """Cells (..., height, width) added up with so many neighbours on every side."""
    for axis in (-1, -2):
        sides = [(0, 0)] * cells.ndim
        sides[axis] = (reach + 1, reach)
        sums = np.moveaxis(np.cumsum(np.pad(cells, sides), axis=axis), axis, -1)
        cells = np.moveaxis(sums[..., 2 * reach + 1 :] - sums[..., : -2 * reach - 1], -1, axis)
    return cells


def _draw_mirror(canvas: Canvas, figure: Figure, view: View, points: np.ndarray, theme: Theme) -> None:
    """The dancer's faint image in the polished floor, drawn at half size."""
    mirrored = points * np.array([1, -1, 1], dtype=np.float32)
    parts = _parts(figure, view, mirrored, theme, 0.5)
    feet = parts.starts[:, 1].min()
    reach = MIRROR_METRES * view.screen.focal_pixels / view.distance_metres / 2
    # Most of the body is mirrored below where the image has faded, and need not be drawn.
    highest = np.minimum(parts.starts[:, 1], parts.ends[:, 1]) - parts.radii.max(axis=1)
    lowest = min(view.screen.height // 2, max(0, int(feet + reach) + 1))
    surface = capsules.draw(parts.only(highest < feet + reach), view.screen.width // 2, lowest)
    if surface is None:
        return
    rows = surface.corners[:, 1:] + tiles.CENTRES[1]
    fade = (theme.mirror * np.clip(1 - (rows - 0.5 - feet) / reach, 0, 1) ** 1.5).astype(np.float32)
    faint = np.concatenate([_lit(surface, view, theme, mirrored=True), surface.cover[None]]) * fade
    left, top, window = tiles.whole(surface.corners, faint, (view.screen.width // 2, lowest))
    canvas.lay_half(2 * left, 2 * top, window[:3], window[3])


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
    font = _font(pixels)
    text = printable(text)
    width = min(max(1, round(font.getlength(text))), STANDARD.width)
    mask = Image.new("L", (width, round(pixels * 1.3)))
    ImageDraw.Draw(mask).text((0, 0), text, fill=200, font=font)
    return np.asarray(mask).astype(np.float32) / 255


@lru_cache(maxsize=4)
def _font(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow, which unpacks it every time that it is asked for."""
    return ImageFont.load_default(pixels)
