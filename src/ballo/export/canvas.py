"""A picture in the planes that video is encoded from, so that no frame has to be converted whole.

Luma has a sample a pixel and chroma one for two by two; 8 bits, limited range.
Source: ITU-R BT.709.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ballo.export import tiles

LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
"""Weights of red, green and blue."""
BLACK, GREY = 16.0, 128.0
"""Luma's zero and chroma's."""
LUMA_STEPS, CHROMA_STEPS = 219.0, 224.0


@dataclass(frozen=True)
class Canvas:
    """Luma (height, width) and chroma (2, height / 2, width / 2), views of one (height * 3 / 2, width) array of uint8."""

    planes: np.ndarray

    @classmethod
    def of(cls, colour: np.ndarray) -> Canvas:
        """A canvas of an RGB picture (height, width, 3), 0 to 1, both sides even."""
        height, width, _ = colour.shape
        canvas = cls(np.zeros((height * 3 // 2, width), dtype=np.uint8))
        canvas.chroma[:] = int(GREY)
        canvas.paste(0, 0, np.moveaxis(colour, -1, 0), np.ones((height, width), dtype=np.float32))
        return canvas

    @property
    def luma(self) -> np.ndarray:
        """(height, width)."""
        return self.planes[: len(self.planes) * 2 // 3]

    @property
    def chroma(self) -> np.ndarray:
        """(2, height / 2, width / 2): blue and red difference."""
        height, width = self.luma.shape
        return self.planes[height:].reshape(2, height // 2, width // 2)

    def as_rgb(self) -> np.ndarray:
        """The picture (height, width, 3) in uint8, for what is no video."""
        from av.video.frame import VideoFrame

        frame = VideoFrame.from_ndarray(self.planes, format="yuv420p")
        return frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_color_range="JPEG")

    def cut(self, left: int, top: int, right: int, bottom: int) -> Canvas:
        """A canvas of its own of a rectangle; all sides even."""
        luma = self.luma[top:bottom, left:right]
        chroma = self.chroma[:, top // 2 : bottom // 2, left // 2 : right // 2]
        return Canvas(np.concatenate([luma, chroma.reshape(-1, right - left)]))

    @classmethod
    def beside(cls, canvases: Sequence[Canvas]) -> Canvas:
        """One canvas of several of equal height, from left to right."""
        luma = np.concatenate([canvas.luma for canvas in canvases], axis=1)
        chroma = np.concatenate([canvas.chroma for canvas in canvases], axis=2)
        return cls(np.concatenate([luma, chroma.reshape(-1, luma.shape[1])]))

    def copy(self) -> Canvas:
        """Another canvas with the same picture."""
        return Canvas(self.planes.copy())

    def tint(self, left: int, top: int, luma: float, share: np.ndarray) -> None:
        """Bring the luma of a rectangle towards a value by `share` (height, width), 0 to 1. Chroma stays as it is."""
        window = self.luma[top : top + share.shape[0], left : left + share.shape[1]]
        window[...] = window + (luma - window) * share + 0.5

    def shade(self, left: int, top: int, luma: int, share: Image.Image) -> None:
        """As `tint`, by a picture of 256 levels of grey, which is worked out in whole numbers and several times as fast."""
        window = self.luma[top : top + share.height, left : left + share.width]
        shaded = Image.fromarray(np.ascontiguousarray(window))
        shaded.paste(luma, (0, 0, *share.size), share)
        window[...] = np.asarray(shaded)

    def paste(self, left: int, top: int, colour: np.ndarray, cover: np.ndarray) -> None:
        """Lay colours (3, h, w), 0 to 1 and already multiplied by their cover (h, w), over a rectangle; all of it even."""
        height, width = cover.shape
        light, blue, red = _apart(colour)
        under = self.luma[top : top + height, left : left + width]
        under[...] = _over(under, light, cover)
        four = [(layer[::2, ::2] + layer[1::2, ::2] + layer[::2, 1::2] + layer[1::2, 1::2]) / 4 for layer in (cover, blue, red)]
        window = self.chroma[:, top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
        window[...] = _leaning(window, *four)

    def lay(self, corners: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> None:
        """Lay colours (3, T, PIXELS), 0 to 1 and already multiplied by their cover (T, PIXELS), over tiles in the picture.

        Args:
            corners: (T, 2) as of `tiles`; the picture's sides are whole tiles.
        """
        light, blue, red = _apart(colour)
        width = self.luma.shape[1]
        at = (corners[:, 1] * width + corners[:, 0])[:, None] + tiles.places(tiles.TILE, width)
        luma = self.luma.reshape(-1)
        luma[at] = _over(luma[at], light, cover)
        width = self.chroma.shape[2]
        at = (corners[:, 1] // 2 * width + corners[:, 0] // 2)[:, None] + tiles.places(tiles.TILE // 2, width)
        chroma = self.chroma.reshape(2, -1)
        chroma[:, at] = _leaning(chroma[:, at], *(tiles.in_fours(layer) for layer in (cover, blue, red)))

    def lay_half(self, left: int, top: int, colour: np.ndarray, cover: np.ndarray) -> None:
        """Lay colours (3, h, w), 0 to 1 and already multiplied by their cover (h, w), at half the picture's size.

        `left` and `top` are in pixels of the picture, even.
        """
        height, width = cover.shape
        light, blue, red = _apart(colour)
        size = (2 * width, 2 * height)
        fine_light, fine_cover = (
            np.asarray(Image.fromarray(layer).resize(size, Image.Resampling.BILINEAR)) for layer in (light, cover)
        )
        under = self.luma[top : top + 2 * height, left : left + 2 * width]
        under[...] = _over(under, fine_light, fine_cover)
        window = self.chroma[:, top // 2 : top // 2 + height, left // 2 : left // 2 + width]
        window[...] = _leaning(window, cover, blue, red)


def _apart(colour: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours (3, ...) as light (...) and how far blue and red lie over it."""
    # Written out: a matrix product would wake a thread for every core for so little work.
    light = LUMA[0] * colour[0]
    light += LUMA[1] * colour[1]
    light += LUMA[2] * colour[2]
    return light, colour[2] - light, colour[0] - light


def _over(under: np.ndarray, light: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Luma under some light that is multiplied by its cover, each (...), as it is then."""
    luma = np.float32(BLACK) - under
    luma *= cover
    luma += under
    luma += light * np.float32(LUMA_STEPS)
    luma += np.float32(0.5)
    return luma.astype(np.uint8)


def _leaning(under: np.ndarray, cover: np.ndarray, blue: np.ndarray, red: np.ndarray) -> np.ndarray:
    """Chroma (2, ...) under differences from grey that are multiplied by their cover, each (...), as it is then."""
    chroma = np.empty(under.shape, dtype=np.float32)
    for lean, before, difference, weight in zip(chroma, under, (blue, red), (LUMA[2], LUMA[0]), strict=True):
        np.subtract(np.float32(GREY), before, out=lean)
        lean *= cover
        lean += before
        lean += difference * np.float32(CHROMA_STEPS / (2 * (1 - weight)))
        lean += np.float32(0.5)
    return chroma.astype(np.uint8)
