"""A dance filmed by a straightforward script: python benchmarks/plain/film.py SONG OUT.mp4

The dance comes from ballo; what is plain is the drawing: Pillow draws thick lines for bones and thin ones for the floor at
twice the size, scales each picture down, and hands it to the same encoder at the same settings. It carries no sound.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

import ballo
from ballo.export.video import QUALITY

WIDTH, HEIGHT, SCALE = 1280, 720, 2
PIXELS_A_METRE = 300 * SCALE
BONE_PIXELS = 14 * SCALE
BACKGROUND, FLOOR, BODY = (236, 238, 241), (205, 209, 214), (40, 62, 92)


def main(song: Path, output: Path) -> None:
    """Dance, draw, encode."""
    motion = ballo.dance(song)
    with av.open(str(output), "w") as container:
        stream = container.add_stream("libx264", rate=round(motion.fps), options=QUALITY)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for points, root in zip(motion.positions, motion.root, strict=True):
            picture = draw(points, root, motion.skeleton.parents)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")))
        container.mux(stream.encode(None))


def draw(points: np.ndarray, root: np.ndarray, parents: tuple[int, ...]) -> Image.Image:
    """One picture, seen from the front and a little above, the root in the middle."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), BACKGROUND)
    pen = ImageDraw.Draw(image)
    for metres in np.arange(-4, 4.5, 0.5) - root[0] % 0.5:
        _line(pen, seen(np.array([[metres, 0, -4], [metres, 0, 4]])), 2, FLOOR)
    for metres in np.arange(-4, 4.5, 0.5) - root[2] % 0.5:
        _line(pen, seen(np.array([[-4, 0, metres], [4, 0, metres]])), 2, FLOOR)
    pixels = seen(points - root * [1, 0, 1])
    for joint, parent in enumerate(parents):
        if parent >= 0:
            _line(pen, pixels[[parent, joint]], BONE_PIXELS, BODY)
        x, y = pixels[joint]
        pen.ellipse((x - BONE_PIXELS / 2, y - BONE_PIXELS / 2, x + BONE_PIXELS / 2, y + BONE_PIXELS / 2), fill=BODY)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def seen(points: np.ndarray) -> np.ndarray:
    """Points (N, 3) in metres to pixels (N, 2) of the large picture."""
    x = WIDTH * SCALE / 2 + points[:, 0] * PIXELS_A_METRE
    y = HEIGHT * SCALE * 0.88 - (points[:, 1] - 0.15 * points[:, 2]) * PIXELS_A_METRE
    return np.stack([x, y], axis=1)


def _line(pen: ImageDraw.ImageDraw, ends: np.ndarray, width: int, colour: tuple[int, int, int]) -> None:
    pen.line([tuple(end) for end in ends.tolist()], fill=colour, width=width)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
