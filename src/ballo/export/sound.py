"""A stretch of a song as it was recorded, in channels and rate that every player takes, streamed in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from ballo.errors import AudioError

KEPT_RATES = (32000, 44100, 48000)
"""Hz; a song at any other rate is resampled to the last of these."""


@dataclass(frozen=True)
class SoundFormat:
    """What `stretch` yields: float planes at `rate` Hz, "mono" or "stereo"."""

    rate: int
    layout: str


def format_of(song: Path) -> SoundFormat:
    """The format nearest to the song's own.

    Raises:
        AudioError: it cannot be opened, or has no sound.
    """
    with _opened(song) as container:
        if not container.streams.audio:
            raise AudioError(f"{song}: has no sound; give an audio file, or a video with sound")
        stream = container.streams.audio[0]
        rate = stream.rate if stream.rate in KEPT_RATES else KEPT_RATES[-1]
        return SoundFormat(rate, "mono" if stream.channels == 1 else "stereo")


def stretch(song: Path, sound: SoundFormat, start_seconds: float, seconds: float) -> Iterator[AudioFrame]:
    """The song from `start_seconds` for `seconds`, or to its end, in `sound`'s format; frames are numbered from 0 in samples.

    Time zero is the first sample that decodes, as in `ballo.music.audio`, and what does not decode is left out.
    """
    at = -round(start_seconds * sound.rate)
    last = round(seconds * sound.rate)
    for frame in _resampled(song, sound):
        first, end = max(0, -at), min(frame.samples, last - at)
        if first < end:
            yield _cut(frame, first, end, at + first)
        at += frame.samples
        if at >= last:
            return


def _cut(frame: AudioFrame, first: int, end: int, pts: int) -> AudioFrame:
    whole = first == 0 and end == frame.samples
    kept = frame
    if not whole:
        kept = AudioFrame.from_ndarray(frame.to_ndarray()[:, first:end].copy(), format="fltp", layout=frame.layout.name)
        kept.sample_rate = frame.sample_rate
    kept.pts, kept.time_base = pts, Fraction(1, frame.sample_rate)
    return kept


def _resampled(song: Path, sound: SoundFormat) -> Iterator[AudioFrame]:
    """All of the song in `sound`'s format; a file that changes its own format midway starts a new resampler there."""
    resampler, form = None, None
    for frame in _decoded(song):
        if resampler is None or form != (frame.sample_rate, frame.format.name, frame.layout.name):
            if resampler is not None:
                yield from resampler.resample(None)
            form = (frame.sample_rate, frame.format.name, frame.layout.name)
            resampler = AudioResampler(format="fltp", layout=sound.layout, rate=sound.rate)
        frame.pts = None
        yield from resampler.resample(frame)
    if resampler is not None:
        yield from resampler.resample(None)


def _decoded(song: Path) -> Iterator[AudioFrame]:
    with _opened(song) as container:
        packets = container.demux(container.streams.audio[0])
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            yield from frames


def _opened(song: Path) -> av.container.InputContainer:
    try:
        # As music.audio opens it: a file and nothing else, whatever its name or content says.
        return av.open(f"file:{song}", metadata_errors="replace", options={"protocol_whitelist": "file"})
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"{song}: cannot be opened as audio; give a song that a player can play") from error
