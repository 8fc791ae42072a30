"""Songs to read in the tests of this folder: encoded by PyAV, except for wav, which the standard library writes."""

from __future__ import annotations

import importlib.util
import sys
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

# suffix -> codec, sample format, options
CODECS = {
    ".wav": ("pcm_s16le", "s16", {}),
    ".flac": ("flac", "s16", {}),
    ".mp3": ("libmp3lame", "fltp", {}),
    ".m4a": ("aac", "fltp", {}),
    ".ogg": ("vorbis", "fltp", {"strict": "experimental"}),
    ".opus": ("libopus", "flt", {}),
    ".webm": ("libopus", "flt", {}),
    ".mp4": ("aac", "fltp", {}),
}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


@pytest.fixture(scope="session")
def synthesis() -> ModuleType:
    """synthesis.py beside this file: songs whose beats are known exactly."""
    specification = importlib.util.spec_from_file_location("synthesis", Path(__file__).with_name("synthesis.py"))
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["synthesis"] = module  # where dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def encode() -> Callable[..., Path]:
    return _encode


@pytest.fixture(scope="session")
def write_wav() -> Callable[..., Path]:
    return _write_wav


@pytest.fixture(scope="session")
def click_song() -> Callable[..., np.ndarray]:
    return _click_song


def _encode(path: Path, samples: np.ndarray, rate: int, codec: tuple[str, str, dict[str, str]] | None = None) -> Path:
    """Writes (channels, N) samples in [-1, 1] with the suffix's codec or the one given; .mp4 gets a black picture too."""
    name, sample_format, options = codec or CODECS[path.suffix]
    if name == "vorbis" and len(samples) == 1:  # FFmpeg's own encoder knows stereo only
        samples = np.repeat(samples, 2, axis=0)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=25) if path.suffix == ".mp4" else None
        stream = container.add_stream(name, rate=rate, layout=LAYOUTS[len(samples)], options=options)
        stream.format = sample_format
        if pictures is not None:
            _encode_pictures(container, pictures, seconds=samples.shape[1] / rate)
        packed = np.ascontiguousarray(samples.T, dtype=np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=LAYOUTS[len(samples)])
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _encode_pictures(container: av.container.OutputContainer, stream: av.VideoStream, seconds: float) -> None:
    stream.width = stream.height = 64
    for _ in range(int(np.ceil(25 * seconds))):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
    container.mux(stream.encode(None))


def _write_wav(path: Path, integers: np.ndarray, rate: int) -> Path:
    """Writes (N, channels) int16 samples with the standard library."""
    with wave.open(str(path), "wb") as file:
        file.setparams((integers.shape[1], 2, rate, 0, "NONE", ""))
        file.writeframes(integers.astype("<i2").tobytes())
    return path


def _click_song(rate: int, *, seconds: float = 1.5, click_seconds: float = 1.0) -> np.ndarray:
    """(N,) a quiet 440 Hz tone and one short click, a Hann window of 2 ms that begins at `click_seconds`."""
    song = 0.05 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    width, begin = round(0.002 * rate), round(click_seconds * rate)
    song[begin : begin + width] += 0.8 * np.hanning(width)
    return song
