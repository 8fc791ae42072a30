"""Seconds of one way to generate, as JSON: python -m benchmarks.generating BUNDLE.ballo | plain THREADS

A process of its own for each: the thread pools of two libraries in one process wait for each other, by spinning.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ballo import demo
from ballo.inference import bundle
from ballo.inference.bundle import Bundle
from ballo.inference.choreographer import CHUNK_SECONDS, Choreographer
from ballo.motion import kinematics
from ballo.music import audio
from benchmarks import timing

if TYPE_CHECKING:
    from ballo.music.audio import Song

SECONDS = 60
REPEATS = 5


class Samples:
    """Music that is decoded already, handed out as a `Song` does."""

    def __init__(self, samples: np.ndarray, rate: int) -> None:
        self._samples, self._rate = samples, rate

    def blocks(self, rate: int, samples: int) -> Iterator[np.ndarray]:
        """Blocks of exactly so many samples; the last may be shorter."""
        assert rate == self._rate, "decoded for another model"
        for start in range(0, len(self._samples), samples):
            yield self._samples[start : start + samples]


def music(rate: int) -> np.ndarray:
    """The demo song for so many seconds, over and over."""
    song = audio.read(demo.song(), rate=rate)
    return np.tile(song, SECONDS * rate // len(song) + 1)[: SECONDS * rate]


def ours(chosen: Bundle, waveform: np.ndarray) -> Callable[[], np.ndarray]:
    choreographer, manifest = Choreographer(chosen), chosen.manifest
    song = cast("Song", Samples(waveform, manifest.hearing.rate))
    frames_a_chunk = round(CHUNK_SECONDS * manifest.fps)

    def generate() -> np.ndarray:
        placed, stands, heading = [], np.zeros(2), 0.0
        for chunk in choreographer._chunks(song, 0, 0, frames_a_chunk):
            world, stands, heading = kinematics.place(chunk.pose, chunk.travel, stands, heading)
            placed.append(world)
        return np.concatenate(placed)

    return generate


def plain(waveform: np.ndarray, threads: int) -> Callable[[], object]:
    """The research system's way."""
    import torch

    from benchmarks.plain import generator

    assert len(waveform) == SECONDS * generator.SAMPLES_A_SECOND, "the research system hears 16,000 samples a second"
    torch.set_num_threads(threads)
    network, samples = generator.Generator().eval(), torch.from_numpy(waveform)
    return lambda: generator.generate(network, samples)


def main(arguments: list[str]) -> list[float]:
    """Seconds of each repeat, after one that does not count."""
    if arguments[0] == "plain":
        call = plain(music(16_000), int(arguments[1]))
    else:
        chosen = bundle.read(Path(arguments[0]))
        call = ours(chosen, music(chosen.manifest.hearing.rate))
    call()
    return [timing.seconds_of(call) for _ in range(REPEATS)]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
