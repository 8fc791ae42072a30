"""Any file with sound to mono float32 samples, streamed in constant memory.

Time zero is the first sample that the file's own sound decodes to: encoder delay that the file declares (MP4 edit lists, Opus
pre-skip, the LAME tag of an mp3) is trimmed by the decoder, as players do. An mp3 without a LAME tag, or raw AAC, declares
nothing and plays 25 to 50 ms late everywhere, here too. Timestamps in the file are ignored: sound is what decodes, in order.

Channels are averaged, so a sound equal in all of them keeps its level. Samples keep the file's scale: full scale is 1.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np

from ballo.errors import AudioError
from ballo.music.decoding import Decoder, Piece

# What a folder of songs is searched for; videos hold sound too, but must be named one by one.
AUDIO_SUFFIXES = frozenset(
    [".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".weba", ".webm", ".wma"]
)

_LOUDEST = 1e6  # times full scale; beyond it a float file is broken, and a resampler could overflow


class Song:
    """The chosen stretch of a file's sound; made by `open_song`, which has checked it.

    Every call of `blocks` decodes anew. A pass that runs to its end fills in what only decoding can tell:

    Attributes:
        path: the file.
        start_seconds: where the music starts in it.
        expected_seconds: how long the music should be by what the file claims; None if it does not say. For progress only.
        seconds: exact length of the chosen music, native sample count over native rate; None before the first whole pass.
        truncated: the file ended well before the length it claims, or parts of it could not be decoded and were left out.
        peak: the largest magnitude among the chosen samples, full scale being 1; 0 is silence.
    """

    def __init__(self, path: Path, start: Fraction, stop: Fraction | None) -> None:
        self.path = path
        self.seconds: Fraction | None = None
        self.truncated = False
        self.peak = 0.0
        self.start_seconds = float(start)
        self.expected_seconds: float | None = None
        self._start = start
        self._stop = stop

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the file's bytes (AudioError if it can no longer be read)."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def blocks(self, rate: int, samples: int) -> Iterator[np.ndarray]:
        """The music as mono float32 blocks of exactly `samples` samples at `rate` Hz; the last may be shorter, never empty.

        Raises:
            AudioError: nothing decodes after the start, or samples are not finite numbers.
        """
        held: list[np.ndarray] = []
        count = 0
        for piece in self._resampled(rate):
            held.append(piece)
            count += len(piece)
            if count >= samples:
                joined = np.concatenate(held)
                whole = count - count % samples
                yield from joined[:whole].reshape(-1, samples)
                held, count = [joined[whole:]], count - whole
        if count:
            yield np.concatenate(held)

    def _resampled(self, rate: int) -> Iterator[np.ndarray]:
        """The music at `rate` Hz; a file that changes its own rate midway starts a new resampler there."""
        import soxr

        for native_rate, run in groupby(self._chosen(), key=lambda piece: piece.rate):
            resampler = soxr.ResampleStream(native_rate, rate, 1, dtype="float32")
            for piece in run:
                yield resampler.resample_chunk(piece.samples)
            yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)

    def _chosen(self) -> Iterator[Piece]:
        """The music at its native rate, from start to stop, counted in exact fractions of a second."""
        elapsed = chosen = Fraction(0)
        peak = 0.0
        decoder = Decoder(self.path)
        for piece in decoder.pieces():
            samples = piece.samples[self._stretch(piece, elapsed)]
            elapsed += Fraction(len(piece.samples), piece.rate)
            if samples.size:
                peak = max(peak, _peak(samples, self.path))
                chosen += Fraction(samples.size, piece.rate)
                self.expected_seconds = self._expected(decoder)
                yield Piece(piece.rate, samples)
            if self._stop is not None and elapsed >= self._stop:
                break
        if not elapsed:
            raise AudioError(f"{self.path}: its sound cannot be decoded; give a song that a player can play")
        if not chosen:
            found = f"{float(elapsed):.2f} s of sound, nothing to dance from {float(self._start):g} s on"
            raise AudioError(f"{self.path}: {found}; choose an earlier start or a longer duration")
        reached_end = self._stop is None or elapsed < self._stop
        self.seconds, self.peak = chosen, peak
        self.truncated = decoder.damaged or (reached_end and decoder.claims_more_than(elapsed))

    def _expected(self, decoder: Decoder) -> float | None:
        """Seconds from the start to the claimed end or the chosen stop, whichever comes first."""
        end = min((end for end in (self._stop, decoder.claimed) if end is not None), default=None)
        return None if end is None else max(0.0, float(end - self._start))

    def _stretch(self, piece: Piece, elapsed: Fraction) -> slice:
        """Which samples of a piece that begins `elapsed` seconds into the file are chosen."""
        first = max(0, round((self._start - elapsed) * piece.rate))
        return slice(first, None if self._stop is None else max(first, round((self._stop - elapsed) * piece.rate)))


def open_song(path: str | Path, *, start_seconds: float = 0.0, duration_seconds: float | None = None) -> Song:
    """Opens a file with sound, having decoded it as far as the start to see that there is music.

    Args:
        path: an audio file, or a video with sound.
        start_seconds: where the music starts in the file, to the nearest sample.
        duration_seconds: how long it lasts at most; to the file's end if None.

    Raises:
        AudioError: the file is missing, empty, unreadable, not audio or without sound, or holds nothing after the start; the
            start is negative or the duration is not above zero.
    """
    check_stretch(start_seconds, duration_seconds)
    path = Path(path)
    _check_file(path)
    # Through str, so that 0.1 is a tenth and not the float nearest to it.
    start = Fraction(str(float(start_seconds)))
    stop = None if duration_seconds is None else start + Fraction(str(float(duration_seconds)))
    song = Song(path, start, stop)
    next(song._chosen())
    return song


def check_stretch(start_seconds: float, duration_seconds: float | None) -> None:
    """Refuse a start or duration that fits no song (AudioError)."""
    if not (math.isfinite(start_seconds) and start_seconds >= 0):
        raise AudioError(f"the start is {start_seconds:g} s; give zero or more seconds")
    if duration_seconds is not None and not (math.isfinite(duration_seconds) and duration_seconds > 0):
        raise AudioError(f"the duration is {duration_seconds:g} s; give more than zero seconds")


def read(path: str | Path, *, rate: int = 16000, start_seconds: float = 0.0, seconds: float | None = None) -> np.ndarray:
    """The whole of a song as (N,) mono float32 at `rate` Hz; arguments and errors as `open_song`'s."""
    song = open_song(path, start_seconds=start_seconds, duration_seconds=seconds)
    return np.concatenate([np.zeros(0, np.float32), *song.blocks(rate, 10 * rate)])


def songs_in(folder: str | Path) -> list[Path]:
    """The audio files of a folder by their suffix, sorted by name; hidden files and deeper folders are left out.

    Raises:
        AudioError: there is no such folder, it cannot be read, or it holds no songs.
    """
    folder = Path(folder)
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, error) from error
    songs = [p for p in entries if p.suffix.lower() in AUDIO_SUFFIXES and not p.name.startswith(".") and p.is_file()]
    if not songs:
        known = " ".join(sorted(AUDIO_SUFFIXES))
        raise AudioError(f"no songs in {folder}; give a folder with files that end in one of {known}")
    return songs


def _check_file(path: Path) -> None:
    """Tells apart the faults that a decoder would report as one."""
    try:
        if path.is_dir():
            raise AudioError(f"{path}: is a folder; give an audio file")
        if path.exists() and not path.is_file():  # a pipe can be read only once, a device has no end
            raise AudioError(f"{path}: is not a regular file; give an audio file")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioError(f"{path}: is empty; give an audio file")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> AudioError:
    if isinstance(error, FileNotFoundError):
        return AudioError(f"{path}: no such file or folder; check the name")
    if isinstance(error, PermissionError):
        return AudioError(f"{path}: permission denied; allow reading it")
    return AudioError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})")


def _peak(samples: np.ndarray, path: Path) -> float:
    """The largest magnitude; AudioError if any sample is NaN, infinite or absurd."""
    peak = float(np.abs(samples).max())
    if not peak <= _LOUDEST:
        raise AudioError(f"{path}: holds samples that are NaN, infinite or absurdly loud; export it again")
    return peak
