"""What is drawn on: a film's pictures, and the maps that light and shadow are taken from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ballo.export.gl.context import SAMPLES
from ballo.export.gl.programs import tell

if TYPE_CHECKING:
    import moderngl

LIGHT_TEXELS = 1024
CAST_TEXELS = 192
UNDER_TEXELS = 96
"""The sides of the key light's map, of the floor's shadows, and of what light from around the floor gets."""


@dataclass(frozen=True)
class Target:
    """Textures, and what draws on all of them at once."""

    frame: moderngl.Framebuffer
    textures: tuple[Any, ...]

    def release(self) -> None:
        """Give both back."""
        self.frame.release()
        for texture in self.textures:
            texture.release()


def flat(context: moderngl.Context, size: tuple[int, int], *components: int, depth: bool = False, **form: Any) -> Target:
    """A target with a texture of so many components each, smooth between texels, its edges going on for ever."""
    textures = tuple(context.texture(size, count, **form) for count in components)
    for texture in textures:
        texture.repeat_x = texture.repeat_y = False
    depths = context.depth_renderbuffer(size) if depth else None
    return Target(context.framebuffer(textures, depths), (*textures, *([depths] if depths is not None else [])))


def depth_map(context: moderngl.Context) -> Target:
    """The key light's: how far away everything is, compared and smoothed as it is read."""
    texture = context.depth_texture((LIGHT_TEXELS, LIGHT_TEXELS))
    texture.compare_func = "<="
    texture.repeat_x = texture.repeat_y = False
    texture.filter = (context.LINEAR, context.LINEAR)
    return Target(context.framebuffer([], texture), (texture,))


def body_target(context: moderngl.Context, size: tuple[int, int]) -> Target:
    """The body, several samples a pixel: the square root of what a screen shows in linear light times its cover, and that."""
    colour = context.texture(size, 4, samples=SAMPLES)
    depth = context.depth_renderbuffer(size, samples=SAMPLES)
    return Target(context.framebuffer([colour], depth), (colour, depth))


class Screenful:
    """What is as large as the picture: the body, at half the size its image in the floor, and the planes that video is of."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int]) -> None:
        width, height = size
        assert width % 4 == height % 4 == 0, "chroma is laid out two rows in one"
        self.size, self.rows = size, height * 3 // 2
        self.body = body_target(context, size)
        self.image = flat(context, (width // 2, height // 2), 4, depth=True)
        # Luma and, of every pixel, how it differs from grey; below the luma there is room for what is made of that.
        self.planes = flat(context, (width, self.rows), 1, 2)
        self._below = context.framebuffer([self.planes.textures[0]])
        self._below.scissor = (0, height, width, self.rows - height)

    def read(self, chroma: moderngl.Program, sheet: moderngl.VertexArray) -> np.ndarray:
        """Put the chroma below the luma, and fetch both: (height * 3 / 2, width)."""
        self._below.use()
        self.planes.textures[1].use(0)
        tell(chroma, {"size": tuple(map(float, self.size)), "rows": float(self.rows)})
        sheet.render()
        planes = np.empty((self.rows, self.size[0]), dtype=np.uint8)
        self._below.read_into(planes, (0, 0, self.size[0], self.rows), components=1, alignment=1)
        return planes

    def release(self) -> None:
        """Give all of it back."""
        self._below.release()
        for target in (self.body, self.image, self.planes):
            target.release()
