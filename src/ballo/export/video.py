"""A motion as a film (.mp4): 720p H.264 that browsers play, with the song's own sound."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from ballo.errors import ExportError
from ballo.export import reel, sound
from ballo.export.pulses import Beat
from ballo.export.reel import Look, Reel
from ballo.motion.motion import Motion
from ballo.music import audio

QUALITY = {
    "preset": "superfast",
    "crf": "19.5",
    "x264-params": "mbtree=1:rc-lookahead=5:scenecut=0:weightp=0:b-adapt=0:me=dia:subme=0",
}
"""x264's own scales. Macroblock trees halve the file of its fast presets. A film without cuts, fades or haste needs no search
for them, which takes a quarter of the time."""
SOUND_BITS_A_SECOND = 192_000


def write(
    motion: Motion,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    size: str = "720p",
    camera: str = "follow",
    theme: str = "light",
    title: str | None = None,
    caption: str | None = None,
    beats: bool = False,
    renderer: str = "plain",
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a film of `motion` to `path`, in memory that does not grow with its length beyond the motion's own.

    Args:
        motion: what is danced; its `meta["style"]` is printed with the time.
        path: the .mp4.
        song: whose sound it carries, from `start_seconds` for as long as the motion lasts or the song does; silent if None.
        start_seconds: where in the song the motion starts.
        size: "720p", "1080p", or "vertical" for a phone (1080 x 1920).
        camera: "follow" the dancer, stand in "front" with the whole way of the dance in the picture, or "orbit" around her.
        theme: "light" or "dark".
        title: large print behind the dancer.
        caption: small print before the style.
        beats: show the song's beats, by rings on the floor.
        renderer: "plain", or "gl" for the body of the .glb, in softer light (`ballo.export.gl`).
        progress: called after each frame with how many are done.

    Raises:
        ExportError: the motion has no frames, there is no such size, camera, theme or renderer, the renderer cannot draw here,
            beats of no song, or the encoder failed.
        AudioError: the song cannot be read, or has no sound after the start.
    """
    look = Look(size, camera, theme, title or "", caption or "", renderer=renderer)
    shown = reel.of(motion, look)
    if beats:
        shown = reel.of(motion, replace(look, beats=_beats(motion, song, start_seconds)))
    write_reel(shown, path, song=song, start_seconds=start_seconds, progress=progress)


def _beats(motion: Motion, song: Path | None, start_seconds: float) -> list[Beat]:
    """The song's beats while the motion lasts, in seconds of the film."""
    from ballo.music import beats

    if song is None:
        raise ExportError("the beats are a song's: name one, or leave them out")
    # A few bars are counted better with all that sounds before them.
    try:
        found = beats.track(song, duration_seconds=start_seconds + max(motion.seconds, beats.SHORTEST_SECONDS))
    except beats.NoBeat:
        return []
    beginnings = zip((found.times - start_seconds).tolist(), found.positions.tolist(), strict=True)
    return [Beat(seconds, place == 0) for seconds, place in beginnings]


def write_reel(
    shown: Reel,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a film of a reel to `path`; see `write`."""
    song = None if song is None else Path(song)
    if song is not None:
        audio.open_song(song, start_seconds=start_seconds)
    try:
        with av.open(f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"}) as container:
            _encode(shown, container, song, start_seconds, progress or (lambda done: None))
    except av.FFmpegError as error:
        raise ExportError(f"cannot write the film: {error.strerror or error}") from error


def _encode(
    shown: Reel, container: OutputContainer, song: Path | None, start_seconds: float, progress: Callable[[int], None]
) -> None:
    """Encode pictures and sound side by side, each picture followed by the sound that is heard while it stands."""
    rate = Fraction(shown.fps).limit_denominator(100_000)
    pictures = _add_pictures(container, rate, shown.size)
    track = None if song is None else _Track(container, song, start_seconds, shown.seconds)
    for number, canvas in enumerate(shown.drawn()):
        frame = VideoFrame.from_ndarray(canvas.planes, format="yuv420p")
        frame.pts, frame.time_base = number, 1 / rate
        container.mux(pictures.encode(frame))
        if track is not None:
            track.encode_until((number + 1) / rate)
        progress(number + 1)
    container.mux(pictures.encode(None))
    if track is not None:
        track.finish()


def _add_pictures(container: OutputContainer, rate: Fraction, size: tuple[int, int]) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options=QUALITY)
    (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
    context = stream.codec_context
    # The other cores draw, and a picture that several threads encode takes a tenth more work.
    context.thread_count = max(1, (os.cpu_count() or 1) // 2)
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
