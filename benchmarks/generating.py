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
from ballo.music import audio, beats
from benchmarks import timing

if TYPE_CHECKING:
    from ballo.music.audio import Song

SECONDS = 60
REPEATS = 5


class Samples:
    """Music that is decoded already, at each rate that is asked for, handed out as a `Song` does."""

    path = Path("the demo song")

    def __init__(self, *rates: int) -> None:
        self._samples = {rate: music(rate) for rate in rates}

    def blocks(self, rate: int, samples: int) -> Iterator[np.ndarray]:
        """Blocks of exactly so many samples; the last may be shorter."""
        decoded = self._samples[rate]
        for start in range(0, len(decoded), samples):
            yield decoded[start : start + samples]


def music(rate: int) -> np.ndarray:
    """The demo song for so many seconds, over and over."""
    song = audio.read(demo.song(), rate=rate)
    return np.tile(song, SECONDS * rate // len(song) + 1)[: SECONDS * rate]


def ours(chosen: Bundle) -> Callable[[], np.ndarray]:
    choreographer, manifest = Choreographer(chosen), chosen.manifest
    assert manifest.hearing is not None, "a model of music hears"
    song = cast("Song", Samples(manifest.hearing.rate, beats.RATE))
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
    call = plain(music(16_000), int(arguments[1])) if arguments[0] == "plain" else ours(bundle.read(Path(arguments[0])))
    call()
    return [timing.seconds_of(call) for _ in range(REPEATS)]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
