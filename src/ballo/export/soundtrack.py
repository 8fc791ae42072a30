"""A stretch of a song for a page: an mp3, which every browser plays to the sample, and how loud it is from moment to moment.

Chromium without codecs under licence plays no AAC, and Safari no Ogg; all play mp3. Its encoder writes how many samples it
added before and after (the LAME tag), and browsers leave those out, as `ballo.music.audio` does.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame

from ballo.errors import AudioError, ExportError
from ballo.export import sound

BITS_A_SECOND = {"mono": 64_000, "stereo": 112_000}
TYPE = "audio/mpeg"
MOST_MOMENTS = 2400
"""How many numbers say how loud a song is; at most one for each `MOMENT_SECONDS`."""
MOMENT_SECONDS = 0.02


@dataclass(frozen=True)
class Soundtrack:
    """A stretch of a song.

    Args:
        mp3: the file.
        seconds: how long it sounds.
        loudness: (M,) uint8, evenly spread over it; 255 is its loudest.
    """

    mp3: bytes
    seconds: float
    loudness: np.ndarray


def of(song: Path, start_seconds: float, seconds: float) -> Soundtrack:
    """The song from `start_seconds` for `seconds`, or to its end.

    Raises:
        AudioError: it cannot be read, or has no sound there.
        ExportError: the encoder failed.
    """
    kept = sound.format_of(song)
    block = round(MOMENT_SECONDS * kept.rate)
    file, levels, samples = io.BytesIO(), _Levels(block), 0
    try:
        with av.open(file, "w", format="mp3", options={"id3v2_version": "0"}) as container:
            stream = container.add_stream("libmp3lame", rate=kept.rate, layout=kept.layout)
            stream.bit_rate = BITS_A_SECOND[kept.layout]
            for frame in sound.stretch(song, kept, start_seconds, seconds):
                frame.pts, frame.time_base = samples, Fraction(1, kept.rate)
                samples += frame.samples
                levels.add(frame)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise ExportError(f"cannot encode the sound of {song}: {error.strerror or error}") from error
    if not samples:
        raise AudioError(f"{song}: has no sound from {start_seconds:g} s on; choose an earlier start")
    return Soundtrack(file.getvalue(), samples / kept.rate, _as_bytes(levels.all()))


class _Levels:
    """The root mean square of each block of so many samples."""

    def __init__(self, block: int) -> None:
        self._block, self._held, self._levels = block, np.zeros(0, dtype=np.float32), [np.zeros(0)]

    def add(self, frame: AudioFrame) -> None:
        power = np.square(np.nan_to_num(frame.to_ndarray())).mean(axis=0)
        joined = np.concatenate([self._held, power])
        whole = len(joined) - len(joined) % self._block
        self._levels.append(np.sqrt(joined[:whole].reshape(-1, self._block).mean(axis=1)))
        self._held = joined[whole:]

    def all(self) -> np.ndarray:
        last = [np.sqrt(self._held.mean(keepdims=True))] if len(self._held) else []
        return np.concatenate([*self._levels, *last])


def _as_bytes(levels: np.ndarray) -> np.ndarray:
    """(M,) uint8: the loudest of each of at most `MOST_MOMENTS` stretches."""
    count = min(MOST_MOMENTS, len(levels))
    edges = np.linspace(0, len(levels), count + 1).astype(int)
    loudest = np.maximum.reduceat(levels, edges[:-1])
    full = float(np.quantile(loudest, 0.995))
    return np.rint(255 * np.clip(loudest / full, 0, 1)).astype(np.uint8) if full > 0 else np.zeros(count, np.uint8)
