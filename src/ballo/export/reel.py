"""What is shown, frame by frame, for whoever encodes it: one dancer in the whole picture, or several in panels side by side."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from ballo.errors import ExportError
from ballo.export import camera, crew, panels, picture
from ballo.export.canvas import Canvas
from ballo.export.figure import Figure, figure_for
from ballo.export.pulses import Beat, pulse_at
from ballo.export.renderers import PLAIN, renderer_named
from ballo.export.theme import Theme, theme_named
from ballo.motion.motion import Motion

CHUNK_FRAMES = 512
"""Points are computed for this many frames at a time."""
MOST_PROCESSES = 4
"""That draw, where there are so many cores: more draw faster than a film is encoded."""
FEWEST_FOR_PROCESSES = 100
"""Frames: fewer are drawn by the time that processes have started."""
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
        cores = os.cpu_count() or 1
        if self.frames < FEWEST_FOR_PROCESSES or cores < 2:
            yield from _ahead(self.drawings, 1)
            return
        workers = min(MOST_PROCESSES, cores)
        with crew.hired(workers, self.size) as draw:
            yield from _ahead((partial(draw, drawing) for drawing in self.drawings), workers)


def _ahead(calls: Iterable[Callable[[], Canvas]], workers: int) -> Iterator[Canvas]:
    """What the calls give, in order, made by so many threads, a few calls ahead."""
    waiting: deque[Future[Canvas]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for call in calls:
            waiting.append(pool.submit(call))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Look:
    """How a film of one dancer looks.

    Args:
        size: one of `camera.SCREENS`.
        camera: one of `camera.CAMERAS`.
        theme: one of `theme.THEMES`.
        title: large print behind the dancer.
        caption: small print before her style and the time.
        beats: those of the music, each seen on the floor; seconds of the film.
        renderer: one of `renderers.RENDERERS`.
    """

    size: str = "720p"
    camera: str = camera.FOLLOW
    theme: str = "light"
    title: str = ""
    caption: str = ""
    beats: Sequence[Beat] = ()
    renderer: str = PLAIN


def of(motion: Motion, look: Look | None = None) -> Reel:
    """One dancer in the whole picture; her style and the time are printed below.

    Raises:
        ExportError: the motion has no frames, there is no such size, camera, theme or renderer, or it cannot draw here.
    """
    _check_frames([motion])
    look = look or Look()
    screen, theme = camera.screen_named(look.size), theme_named(look.theme)
    camera.check(look.camera)
    figure, draw = figure_for(motion.skeleton), renderer_named(look.renderer)
    drawings = (partial(draw, figure, shot) for shot in _shots(motion, figure, look, screen, theme))
    return Reel(len(motion), motion.fps, screen.size, drawings)


def beside(motions: Sequence[Motion], labels: Sequence[str] = (), renderer: str = PLAIN) -> Reel:
    """Up to four dancers side by side, each in a panel of her own with a label and a camera that follows her.

    All cameras stand equally far away, so that sizes can be compared. They keep time with one another, whatever their frame
    rates: the reel has the highest of these, and ends with the shortest.

    Raises:
        ExportError: there are none or too many, one has no frames, there is no such renderer, or it cannot draw here.
    """
    if not 1 <= len(motions) <= MOST_BESIDE:
        raise ExportError(f"1 to {MOST_BESIDE} dances go side by side, not {len(motions)}")
    assert not labels or len(labels) == len(motions), "a label for each dance, or none"
    _check_frames(motions)
    fps = max(motion.fps for motion in motions)
    frames = max(1, int(min(motion.seconds for motion in motions) * fps + 1e-6))
    shown = [panels.Dancer.of(motion, frames, fps) for motion in motions]
    size = (panels.WIDTH * len(motions), panels.HEIGHT)
    return Reel(frames, fps, size, panels.drawings(shown, labels or [""] * len(motions), fps, renderer_named(renderer)))


def _check_frames(motions: Sequence[Motion]) -> None:
    if not all(len(motion) for motion in motions):
        raise ExportError("cannot make a film of a motion without frames; dance to a longer stretch of music")


def _shots(motion: Motion, figure: Figure, look: Look, screen: camera.Screen, theme: Theme) -> Iterator[picture.Shot]:
    """What each frame shows, the camera's whole path being planned first."""
    # In a narrow picture both her arms have to find room.
    upright = screen.height > screen.width
    aim = np.concatenate([_middles(points) for _, points in _chunks(motion, figure)]) if upright else motion.root
    pivots, turns = camera.path(look.camera, aim, motion.fps)
    needed = np.concatenate(
        [
            camera.needed_distance(points, pivots[span], turns=turns[span], screen=screen)
            for span, points in _chunks(motion, figure)
        ]
    )
    if look.camera == camera.FRONT:
        needed[:] = needed.max()
    distances = camera.distances(needed, motion.fps, screen.distance_metres)
    places = camera.follow(motion.root, motion.fps)[:, [0, 2]]
    head = "   ".join(str(part) for part in (look.caption, motion.meta.get("style")) if part)
    for span, chunk in _chunks(motion, figure):
        for number, points in enumerate(chunk, start=span.start):
            seconds = number / motion.fps
            view = camera.View(pivots[number], float(distances[number]), float(turns[number]), screen)
            pulse = pulse_at(look.beats, seconds, places[number])
            small = f"{head}   {_clock(seconds)}".strip()
            yield picture.Shot(view, points, small, MARK, theme, look.title, pulse, motion.rotations[number])


def _middles(points: np.ndarray) -> np.ndarray:
    """The middle (T, 3) of the box that holds the points (T, N, 3)."""
    return np.asarray((points.min(axis=1) + points.max(axis=1)) / 2)


def _chunks(motion: Motion, figure: Figure) -> Iterator[tuple[slice, np.ndarray]]:
    for start in range(0, len(motion), CHUNK_FRAMES):
        span = slice(start, min(start + CHUNK_FRAMES, len(motion)))
        yield span, figure.points(motion.rotations[span], motion.root[span])


def _clock(seconds: float) -> str:
    """Minutes, seconds and tenths, as "0:12.4"."""
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
