"""A file's sound as it decodes: mono pieces at the file's own rate, with what is broken in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ballo.errors import AudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_FULL_SCALE = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "flt": 1.0, "dbl": 1.0}
_SAMPLE_RATES = range(1_000, 1_000_001)  # outside lies no music, only a broken header
_FRAMES_A_PIECE = 16  # some 0.4 s of mp3; numpy handles them at the cost of one


@dataclass(frozen=True)
class Piece:
    """Consecutive mono float32 samples and their rate in Hz."""

    rate: int
    samples: np.ndarray


class Decoder:
    """One pass over the first sound of a file, with what the pass found wrong.

    Attributes:
        path: the file.
        damaged: parts could not be decoded and were left out.
        claimed: seconds of sound that the file says it holds; None if it does not say, or before the pass.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = False
        self.claimed: Fraction | None = None
        self._guessed = True

    def pieces(self) -> Iterator[Piece]:
        """Mono samples, a few frames a piece; frames that cannot be decoded are left out and set `damaged`.

        Raises:
            AudioError: the file is not audio, has no sound, or stores it in a way that nothing can be made of.
        """
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
            self.claimed = _claimed_seconds(container, stream)
            self._guessed = self.claimed is None or _follows_from_size(self.claimed, stream, self.path.stat().st_size)
            for _, alike in groupby(self._frames(container, stream), key=_kind):
                while frames := list(islice(alike, _FRAMES_A_PIECE)):
                    yield Piece(_rate(frames[0], self.path), _mono(frames, self.path))

    def claims_more_than(self, decoded: Fraction) -> bool:
        """Whether the file says for sure that it holds clearly more than `decoded` seconds (0.2 s and 1 % are forgiven)."""
        return self.claimed is not None and not self._guessed and decoded < self.claimed * Fraction(99, 100) - Fraction(1, 5)

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


def _claimed_seconds(container: InputContainer, stream: AudioStream) -> Fraction | None:
    if stream.duration is not None and stream.time_base is not None:
        return stream.duration * stream.time_base
    if container.duration is not None and len(container.streams) == 1:
        return Fraction(container.duration, 1_000_000)
    return None


def _follows_from_size(claimed: Fraction, stream: AudioStream, size_bytes: int) -> bool:
    """Whether a length is the file's size over the bit rate of its first frames, which a demuxer gives for want of better.

    That is wrong for variable rates, and cannot show that an end is missing.
    """
    bit_rate = stream.codec_context.bit_rate
    return bit_rate is not None and abs(claimed * bit_rate / (8 * size_bytes) - 1) < Fraction(1, 100)


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
    with np.errstate(over="ignore", invalid="ignore"):  # the reader refuses what overflows
        mono = channels.mean(axis=0, dtype=np.float64 if kind in ("dbl", "s32") else np.float32)
        if kind == "u8":
            mono -= _FULL_SCALE[kind]
        return (mono / _FULL_SCALE[kind]).astype(np.float32)
