"""What is shown, frame by frame, for whoever encodes it: one dancer in the whole picture, or several in panels side by side."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from ballo.errors import ExportError
from ballo.export import camera, panels, picture
from ballo.export.canvas import Canvas
from ballo.export.figure import Figure, figure_for
from ballo.motion.motion import Motion

CHUNK_FRAMES = 512
"""Points are computed for this many frames at a time."""
MOST_WORKERS = 2
"""Threads that draw. They share the interpreter, so more of them get in one another's way; the encoder has the other cores."""
MARK = "ballo"
MOST_BESIDE = 4
"""Dancers side by side."""


@dataclass(frozen=True)
class Reel:
    """Frames to be drawn.

    Args:
        frames: how many.
        fps: how many a second.
        size: width and height in pixels, even.
        drawings: one call a frame that draws it, in order.
    """

    frames: int
    fps: float
    size: tuple[int, int]
    drawings: Iterator[Callable[[], Canvas]]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.fps

    def drawn(self) -> Iterator[Canvas]:
        """The frames in order, drawn a few ahead of whoever takes them."""
        workers = max(1, min(MOST_WORKERS, (os.cpu_count() or 1) - 1))
        waiting: deque[Future[Canvas]] = deque()
        pool = ThreadPoolExecutor(workers)
        try:
            for drawing in self.drawings:
                waiting.append(pool.submit(drawing))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def of(motion: Motion, title: str | None = None) -> Reel:
    """One dancer in the whole picture; the title, her style and the time are printed below.

    Raises:
        ExportError: the motion has no frames.
    """
    _check_frames([motion])
    figure = figure_for(motion.skeleton)
    drawings = (partial(picture.draw, figure, shot) for shot in _shots(motion, figure, title))
    return Reel(len(motion), motion.fps, (camera.WIDTH, camera.HEIGHT), drawings)


def beside(motions: Sequence[Motion], labels: Sequence[str] = ()) -> Reel:
    """Up to four dancers side by side, each in a panel of her own with a label and a camera that follows her.

    All cameras stand equally far away, so that sizes can be compared. They keep time with one another, whatever their frame
    rates: the reel has the highest of these, and ends with the shortest.

    Raises:
        ExportError: there are none or too many, or one has no frames.
    """
    if not 1 <= len(motions) <= MOST_BESIDE:
        raise ExportError(f"1 to {MOST_BESIDE} dances go side by side, not {len(motions)}")
    assert not labels or len(labels) == len(motions), "a label for each dance, or none"
    _check_frames(motions)
    fps = max(motion.fps for motion in motions)
    frames = max(1, int(min(motion.seconds for motion in motions) * fps + 1e-6))
    shown = [panels.Dancer.of(motion, frames, fps) for motion in motions]
    size = (panels.WIDTH * len(motions), panels.HEIGHT)
    return Reel(frames, fps, size, panels.drawings(shown, labels or [""] * len(motions), fps))


def _check_frames(motions: Sequence[Motion]) -> None:
    if not all(len(motion) for motion in motions):
        raise ExportError("cannot make a film of a motion without frames; dance to a longer stretch of music")


def _shots(motion: Motion, figure: Figure, title: str | None) -> Iterator[picture.Shot]:
    """What each frame shows, the camera's whole path being planned first."""
    pivots = camera.follow(motion.root, motion.fps)
    needed = [camera.needed_distance(points, pivots[span]) for span, points in _chunks(motion, figure)]
    distances = camera.distances(np.concatenate(needed), motion.fps)
    head = "   ".join(str(part) for part in (title, motion.meta.get("style")) if part)
    for span, chunk in _chunks(motion, figure):
        for number, points in enumerate(chunk, start=span.start):
            view = camera.View(pivots[number], float(distances[number]))
            yield picture.Shot(view, points, f"{head}   {_clock(number / motion.fps)}".strip(), MARK)


def _chunks(motion: Motion, figure: Figure) -> Iterator[tuple[slice, np.ndarray]]:
    for start in range(0, len(motion), CHUNK_FRAMES):
        span = slice(start, min(start + CHUNK_FRAMES, len(motion)))
        yield span, figure.points(motion.rotations[span], motion.root[span])


def _clock(seconds: float) -> str:
    """Minutes, seconds and tenths, as "0:12.4"."""
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
