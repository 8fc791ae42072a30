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
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ballo.errors import AudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# What a folder of songs is searched for; videos hold sound too, but must be named one by one.
AUDIO_SUFFIXES = frozenset(
    [".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".weba", ".webm", ".wma"]
)

_FULL_SCALE = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "flt": 1.0, "dbl": 1.0}
_SAMPLE_RATES = range(1_000, 1_000_001)  # outside lies no music, only a broken header
_FRAMES_A_PIECE = 16  # some 0.4 s of mp3; numpy handles them at the cost of one
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

    def _chosen(self) -> Iterator[_Piece]:
        """The music at its native rate, from start to stop, counted in exact fractions of a second."""
        elapsed = chosen = Fraction(0)
        peak = 0.0
        decoder = _Decoder(self.path)
        for piece in decoder.pieces():
            samples = piece.samples[self._stretch(piece, elapsed)]
            elapsed += Fraction(len(piece.samples), piece.rate)
            if samples.size:
                peak = max(peak, _peak(samples, self.path))
                chosen += Fraction(samples.size, piece.rate)
                self.expected_seconds = self._expected(decoder)
                yield _Piece(piece.rate, samples)
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

    def _expected(self, decoder: _Decoder) -> float | None:
        end = min((end for end in (self._stop, decoder.claimed) if end is not None), default=None)
        return None if end is None else max(0.0, float(end - self._start))

    def _stretch(self, piece: _Piece, elapsed: Fraction) -> slice:
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
    if not (math.isfinite(start_seconds) and start_seconds >= 0):
        raise AudioError(f"the start is {start_seconds:g} s; give zero or more seconds")
    if duration_seconds is not None and not (math.isfinite(duration_seconds) and duration_seconds > 0):
        raise AudioError(f"the duration is {duration_seconds:g} s; give more than zero seconds")
    path = Path(path)
    _check_file(path)
    # Through str, so that 0.1 is a tenth and not the float nearest to it.
    start = Fraction(str(float(start_seconds)))
    stop = None if duration_seconds is None else start + Fraction(str(float(duration_seconds)))
    song = Song(path, start, stop)
    next(song._chosen())
    return song


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


@dataclass(frozen=True)
class _Piece:
    """Consecutive mono float32 samples and their rate in Hz."""

    rate: int
    samples: np.ndarray


class _Decoder:
    """One pass over a file's sound at its native rate, with what the pass found wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = False
        self.claimed: Fraction | None = None

    def pieces(self) -> Iterator[_Piece]:
        """Mono samples, a few frames a piece; frames that cannot be decoded are left out and set `damaged`."""
        import av

        # The prefix keeps a name such as "concat:a" a file's name; the whitelist keeps a playlist in disguise off the network;
        # tags are not ours to judge, so their encoding may be wrong.
        try:
            container = av.open(f"file:{self.path}", metadata_errors="replace", options={"protocol_whitelist": "file"})
        except (av.FFmpegError, OSError, ValueError) as error:
            raise AudioError(f"{self.path}: not audio, or cut off at its start; give a song that a player can play") from error
        with container:
            stream = next((s for s in container.streams.audio if s.codec_context), None)  # None there: an unknown codec
            if stream is None:
                raise AudioError(f"{self.path}: has no sound that can be decoded; give an audio file, or a video with sound")
            self.claimed = _claimed_seconds(container, stream, self.path.stat().st_size)
            for _, alike in groupby(self._frames(container, stream), key=_kind):
                while frames := list(islice(alike, _FRAMES_A_PIECE)):
                    yield _Piece(_rate(frames[0], self.path), _mono(frames, self.path))

    def claims_more_than(self, decoded: Fraction) -> bool:
        """Whether the file claims clearly more sound than the `decoded` seconds (0.2 s and 1 % are forgiven)."""
        return self.claimed is not None and decoded < self.claimed * Fraction(99, 100) - Fraction(1, 5)

    def _frames(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        import av

        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, IndexError):  # IndexError: PyAV meets a stream that no header announced
                packet = None
                self.damaged = True
            if packet is None:
                return
            try:
                frames = [readable for frame in packet.decode() for readable in _readable(frame)]
            except av.FFmpegError:
                self.damaged = True
            else:
                yield from frames


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


def _claimed_seconds(container: InputContainer, stream: AudioStream, size_bytes: int) -> Fraction | None:
    """How long the file says its sound is; None if it does not say.

    Without a length in the file, the demuxer divides its size by the bit rate of its first frames. Such a guess is wrong for
    variable rates, and would not show a missing end.
    """
    if stream.duration is not None and stream.time_base is not None:
        claimed = stream.duration * stream.time_base
    elif container.duration is not None and len(container.streams) == 1:
        claimed = Fraction(container.duration, 1_000_000)
    else:
        return None
    bit_rate = stream.codec_context.bit_rate
    guessed = bit_rate and abs(claimed * bit_rate / (8 * size_bytes) - 1) < Fraction(1, 100)
    return None if guessed else claimed


def _readable(frame: AudioFrame) -> list[AudioFrame]:
    """The frame as `to_ndarray` can read it: packed, if it has eight planes or more, as PyAV 18 reads past their end."""
    import av

    if not frame.format.is_planar or frame.layout.nb_channels < 8:
        return [frame]
    return av.AudioResampler(format=frame.format.packed, layout=frame.layout, rate=frame.sample_rate).resample(frame)


def _rate(frame: AudioFrame, path: Path) -> int:
    if frame.sample_rate not in _SAMPLE_RATES:
        raise AudioError(f"{path}: claims {frame.sample_rate} samples a second; its header is broken")
    return frame.sample_rate


def _kind(frame: AudioFrame) -> tuple[int, str, int]:
    """What frames must share for their samples to be joined."""
    return frame.sample_rate, frame.format.name, frame.layout.nb_channels


def _mono(frames: list[AudioFrame], path: Path) -> np.ndarray:
    """(samples,) float32, the mean of the channels of consecutive frames of one kind."""
    sample_format, channel_count = frames[0].format, frames[0].layout.nb_channels
    kind = sample_format.packed.name
    if kind not in _FULL_SCALE:
        raise AudioError(f"{path}: stores samples as {kind}, which ballo cannot read; convert it to wav, flac or mp3")
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    channels = samples if sample_format.is_planar else samples.reshape(-1, channel_count).T
    with np.errstate(over="ignore", invalid="ignore"):  # `_peak` finds what overflows
        mono = channels.mean(axis=0, dtype=np.float64 if kind in ("dbl", "s32") else np.float32)
        if kind == "u8":
            mono -= _FULL_SCALE[kind]
        return (mono / _FULL_SCALE[kind]).astype(np.float32)


def _peak(samples: np.ndarray, path: Path) -> float:
    """The largest magnitude; AudioError if any sample is NaN, infinite or absurd."""
    peak = float(np.abs(samples).max())
    if not peak <= _LOUDEST:
        raise AudioError(f"{path}: holds samples that are NaN, infinite or absurdly loud; export it again")
    return peak
