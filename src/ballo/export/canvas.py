"""A picture in the planes that video is encoded from, so that no frame has to be converted whole.

Luma has a sample a pixel and chroma one for two by two; 8 bits, limited range.
Source: ITU-R BT.709.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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

    def paste(self, left: int, top: int, colour: np.ndarray, cover: np.ndarray) -> None:
        """Lay colours (3, h, w), 0 to 1 and already multiplied by their cover (h, w), over a rectangle; all of it even."""
        height, width = cover.shape
        window = self.luma[top : top + height, left : left + width]
        # Written out, here and below: a matrix product would wake a thread for every core for so little work.
        light = LUMA[0] * colour[0] + LUMA[1] * colour[1] + LUMA[2] * colour[2]
        window[...] = window + (np.float32(BLACK) - window) * cover + light * np.float32(LUMA_STEPS) + np.float32(0.5)
        red, green, blue = colour[:, ::2, ::2] + colour[:, 1::2, ::2] + colour[:, ::2, 1::2] + colour[:, 1::2, 1::2]
        clear = 1 - (cover[::2, ::2] + cover[1::2, ::2] + cover[::2, 1::2] + cover[1::2, 1::2]) / 4
        grey = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
        half = np.s_[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
        for plane, single, weight in ((0, blue, LUMA[2]), (1, red, LUMA[0])):
            under = self.chroma[plane][half]
            lean = (single - grey) * np.float32(CHROMA_STEPS / 4 / (2 * (1 - weight)))
            under[...] = (under - np.float32(GREY)) * clear + lean + np.float32(GREY + 0.5)
