"""A motion as a film (.mp4): 720p H.264 that browsers play, with the song's own sound."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from ballo.errors import ExportError
from ballo.export import camera, picture, sound
from ballo.export.figure import Figure, figure_for
from ballo.motion.motion import Motion
from ballo.music import audio

QUALITY = {"preset": "superfast", "crf": "20", "x264-params": "mbtree=1:rc-lookahead=10"}
"""x264's own scales. Macroblock trees halve the file of its fast presets; slower ones take the time of a frame's drawing."""
SOUND_BITS_A_SECOND = 192_000
CHUNK_FRAMES = 512
"""Points are computed for this many frames at a time."""
MOST_WORKERS = 2
"""Threads that draw. They share the interpreter, so more of them get in one another's way; the encoder has the other cores."""
MARK = "ballo"


def write(
    motion: Motion,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    title: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a film of `motion` to `path`, in memory that does not grow with its length beyond the motion's own.

    Args:
        motion: what is danced; its `meta["style"]` is printed with the time.
        path: the .mp4.
        song: whose sound it carries, from `start_seconds` for as long as the motion lasts or the song does; silent if None.
        start_seconds: where in the song the motion starts.
        title: printed before the style.
        progress: called after each frame with how many are done.

    Raises:
        ExportError: the motion has no frames, or the encoder failed.
        AudioError: the song cannot be read, or has no sound after the start.
    """
    if not len(motion):
        raise ExportError("cannot make a film of a motion without frames; dance to a longer stretch of music")
    song = None if song is None else Path(song)
    if song is not None:
        audio.open_song(song, start_seconds=start_seconds)
    try:
        with av.open(f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"}) as container:
            _encode(motion, container, song, start_seconds, title, progress or (lambda done: None))
    except av.FFmpegError as error:
        raise ExportError(f"cannot write the film: {error.strerror or error}") from error


def _encode(
    motion: Motion,
    container: OutputContainer,
    song: Path | None,
    start_seconds: float,
    title: str | None,
    progress: Callable[[int], None],
) -> None:
    """Encode pictures and sound side by side, each picture followed by the sound that is heard while it stands."""
    rate = Fraction(motion.fps).limit_denominator(100_000)
    pictures = _add_pictures(container, rate)
    track = None if song is None else _Track(container, song, start_seconds, motion.seconds)
    for number, frame in enumerate(_frames(motion, title)):
        frame.pts, frame.time_base = number, 1 / rate
        container.mux(pictures.encode(frame))
        if track is not None:
            track.encode_until((number + 1) / rate)
        progress(number + 1)
    container.mux(pictures.encode(None))
    if track is not None:
        track.finish()


def _add_pictures(container: OutputContainer, rate: Fraction) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options=QUALITY)
    stream.width, stream.height, stream.pix_fmt = camera.WIDTH, camera.HEIGHT, "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / rate
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


class _Track:
    """The film's sound, encoded bit by bit as the pictures advance."""

    def __init__(self, container: OutputContainer, song: Path, start_seconds: float, seconds: float) -> None:
        sound_format = sound.format_of(song)
        self._container = container
        self._stream: AudioStream = container.add_stream("aac", rate=sound_format.rate, layout=sound_format.layout)
        self._stream.bit_rate = SOUND_BITS_A_SECOND
        self._frames = sound.stretch(song, sound_format, start_seconds, seconds)
        self._rate = sound_format.rate
        self._samples = 0

    def encode_until(self, seconds: Fraction) -> None:
        """Encode on until `seconds` are reached, or the song's end."""
        while self._samples < seconds * self._rate:
            frame = next(self._frames, None)
            if frame is None:
                return
            self._samples += frame.samples
            self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Encode what is left."""
        for frame in self._frames:
            self._container.mux(self._stream.encode(frame))
        self._container.mux(self._stream.encode(None))


def _frames(motion: Motion, title: str | None) -> Iterator[VideoFrame]:
    """The film's pictures in order, drawn a few ahead of the encoder."""
    figure = figure_for(motion.skeleton)
    workers = max(1, min(MOST_WORKERS, (os.cpu_count() or 1) - 1))
    waiting: deque[Future[VideoFrame]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for shot in _shots(motion, figure, title):
            waiting.append(pool.submit(_draw, figure, shot))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _draw(figure: Figure, shot: picture.Shot) -> VideoFrame:
    return VideoFrame.from_ndarray(picture.draw(figure, shot).planes, format="yuv420p")


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
