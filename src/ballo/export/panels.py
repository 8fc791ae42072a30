"""Dancers side by side: a panel each, cut out of the stage's picture around her, on floors that meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ballo.export import camera, picture
from ballo.export.canvas import Canvas
from ballo.export.figure import Figure, figure_for
from ballo.export.renderers import Draw
from ballo.motion.motion import Motion

WIDTH, HEIGHT = 480, 640
"""Of a panel, pixels."""
LEFT, TOP = (camera.WIDTH - WIDTH) // 2, 52
"""Where it lies in the stage's picture."""
CHUNK_FRAMES = 512
"""Points are computed for this many frames at a time."""
SEAM_LUMA, SEAM = 226.0, 0.75
"""The line between panels, two pixels wide: its luma, and how much of the picture it covers."""
LABEL_LEFT, LABEL_BOTTOM = 24, 26
"""From a panel's edges to its label."""


@dataclass(frozen=True)
class Dancer:
    """A dance at the panels' times.

    Args:
        figure: her body.
        motion: the dance.
        shown: (F,) which of its frames each of the panels' frames shows.
        pivots: (F, 3) where her camera looks, metres.
    """

    figure: Figure
    motion: Motion
    shown: np.ndarray
    pivots: np.ndarray

    @classmethod
    def of(cls, motion: Motion, frames: int, fps: float) -> Dancer:
        """The dance for `frames` at `fps`, each showing what stands at its time."""
        shown = np.minimum(np.arange(frames) / fps * motion.fps + 1e-6, len(motion) - 1).astype(int)
        return cls(figure_for(motion.skeleton), motion, shown, camera.follow(motion.root, motion.fps)[shown])

    def points(self, span: slice) -> np.ndarray:
        """The body's points (F, points, 3) in some of the frames."""
        shown = self.shown[span]
        return self.figure.points(self.motion.rotations[shown], self.motion.root[shown])

    def needed(self) -> np.ndarray:
        """How far her camera must be for all of her to be in the panel: (F,) metres."""
        spans = _spans(len(self.shown))
        return np.concatenate([camera.needed_distance(self.points(span), self.pivots[span], WIDTH) for span in spans])


def drawings(
    dancers: Sequence[Dancer], labels: Sequence[str], fps: float, draw: Draw = picture.draw
) -> Iterator[Callable[[], Canvas]]:
    """Calls that draw each frame: panels from left to right, their labels below, the seams between them."""
    distances = camera.distances(np.max([dancer.needed() for dancer in dancers], axis=0), fps)
    for span in _spans(len(distances)):
        chunks = [dancer.points(span) for dancer in dancers]
        for number in range(span.start, span.stop):
            shots = [
                picture.Shot(
                    camera.View(dancer.pivots[number], float(distances[number])),
                    chunk[number - span.start],
                    "",
                    "",
                    rotations=dancer.motion.rotations[dancer.shown[number]],
                )
                for dancer, chunk in zip(dancers, chunks, strict=True)
            ]
            yield partial(_draw, [dancer.figure for dancer in dancers], shots, labels, draw)


def _draw(figures: Sequence[Figure], shots: Sequence[picture.Shot], labels: Sequence[str], draw: Draw) -> Canvas:
    box = LEFT, TOP, LEFT + WIDTH, TOP + HEIGHT
    drawn = Canvas.beside([draw(figure, shot).cut(*box) for figure, shot in zip(figures, shots, strict=True)])
    for number, label in enumerate(labels):
        if label:
            picture.write(drawn, label, number * WIDTH + LABEL_LEFT, HEIGHT - LABEL_BOTTOM, WIDTH - 2 * LABEL_LEFT)
        if number:
            drawn.tint(number * WIDTH - 1, 0, SEAM_LUMA, np.full((HEIGHT, 2), SEAM, dtype=np.float32))
    return drawn


def _spans(frames: int) -> list[slice]:
    return [slice(start, min(start + CHUNK_FRAMES, frames)) for start in range(0, frames, CHUNK_FRAMES)]
