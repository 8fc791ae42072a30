"""Music to movement, in this process: from decoded samples to joint positions in the world, in frames a second.

The plain version is the research system's generator in PyTorch at its published sizes (plain/generator.py), untrained: its
weights do not change its speed. ballo's run is all of `dance` but decoding before it and the search for joint rotations after
it: cutting blocks, noise, the graph chunk by chunk, setting the dance into the world. Beside the bundle that ships stands the
same design at the research system's own sizes, so that the design's share of the gain can be told from the sizes'. All three
use the threads that their library chooses.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING, cast

import numpy as np

from ballo import demo
from ballo.inference import bundle
from ballo.inference.bundle import Bundle, Manifest
from ballo.inference.choreographer import CHUNK_SECONDS, Choreographer
from ballo.motion import kinematics
from ballo.music import audio
from benchmarks import timing
from benchmarks.table import Row, Settings, Target, at_least

if TYPE_CHECKING:
    from ballo.music.audio import Song

SECONDS = 60
TARGET_GAIN = 5.0
ROUNDS = 7


class Samples:
    """Music that is decoded already, handed out as a `Song` does."""

    def __init__(self, samples: np.ndarray, rate: int) -> None:
        self._samples, self._rate = samples, rate

    def blocks(self, rate: int, samples: int) -> Iterator[np.ndarray]:
        """Blocks of exactly so many samples; the last may be shorter."""
        assert rate == self._rate, "decoded for another model"
        for start in range(0, len(self._samples), samples):
            yield self._samples[start : start + samples]


def run(settings: Settings) -> list[Row]:
    shipped = bundle.read(bundle.find(None))
    fps, rate = shipped.manifest.fps, shipped.manifest.hearing.rate
    waveform = music(rate)
    frames = SECONDS * fps
    work = f"{SECONDS} s of samples to positions, {{}}"
    shipped_call = _ours(shipped, waveform)
    if importlib.util.find_spec("torch") is None:
        own = timing.in_turns({"shipped": lambda: timing.seconds_of(shipped_call)}, settings.rounds(ROUNDS))
        remark = "The research system and ballo at its sizes need PyTorch: pip install 'ballo[train]'."
        return [Row(work.format("shipped model"), "frames/s", frames / median(own["shipped"]), remark=remark)]
    from benchmarks import arithmetic

    plain_call, plain_size = _plain(waveform)
    same = same_sizes(shipped.manifest)
    same_call = _ours(same, waveform)
    measured = timing.in_turns(
        {
            "plain": lambda: timing.seconds_of(plain_call),
            "shipped": lambda: timing.seconds_of(shipped_call),
            "same": lambda: timing.seconds_of(same_call),
        },
        settings.rounds(ROUNDS),
    )

    def row(model: str, name: str, remark: str, judge: Callable[[float], Target] | None) -> Row:
        gained = timing.gain(measured[name], measured["plain"])
        own, plain = (frames / median(measured[who]) for who in (name, "plain"))
        return Row(work.format(model), "frames/s", own, plain, gained, judge(gained) if judge else None, remark)

    plain_is = f"Plain: the research system's generator (2019) in PyTorch, {plain_size}."
    return [
        row(
            "shipped model",
            "shipped",
            f"{plain_is} ballo: {arithmetic.of_bundle(shipped)}.",
            lambda gained: at_least(TARGET_GAIN, "x plain", gained),
        ),
        row(
            "ballo at the research system's sizes",
            "same",
            f"ballo's design, untrained, with recurrent cells, codes and decoder of the plain version's sizes: "
            f"{arithmetic.of_bundle(same)}.",
            None,
        ),
    ]


def music(rate: int) -> np.ndarray:
    """The demo song for so many seconds, over and over."""
    song = audio.read(demo.song(), rate=rate)
    return np.tile(song, SECONDS * rate // len(song) + 1)[: SECONDS * rate]


def _ours(chosen: Bundle, waveform: np.ndarray) -> Callable[[], np.ndarray]:
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


def _plain(waveform: np.ndarray) -> tuple[Callable[[], object], object]:
    """The research system's way, and how large it is."""
    import torch

    from benchmarks import arithmetic
    from benchmarks.plain import generator as plain

    assert len(waveform) == SECONDS * plain.SAMPLES_A_SECOND, "the research system hears 16,000 samples a second"
    network, samples = plain.Generator().eval(), torch.from_numpy(waveform)
    windows, noise = torch.zeros(100, plain.WINDOW_SAMPLES), torch.zeros(100, plain.NOISE_SIZE)
    return lambda: plain.generate(network, samples), arithmetic.of_module(network, 100, windows, noise)


def same_sizes(manifest: Manifest) -> Bundle:
    """ballo's design as large as the research system, untrained, dancing as `manifest` says otherwise."""
    from dataclasses import replace

    from ballo.learning import packing
    from ballo.learning.models.music import Generator, GeneratorConfig
    from benchmarks.plain import generator as plain

    sizes = GeneratorConfig(
        audio_channels=plain.AUDIO_CODE,
        audio_hidden=plain.AUDIO_HIDDEN,
        audio_layers=plain.AUDIO_LAYERS,
        noise_size=plain.NOISE_SIZE,
        noise_hidden=plain.NOISE_HIDDEN,
        decoder_size=plain.DECODER_SIZE,
        decoder_blocks=plain.DECODER_BLOCKS,
    )
    hearing = manifest.hearing
    generator = Generator(sizes, manifest.skeleton, len(manifest.styles), hearing.samples_per_block, hearing.rate)
    return Bundle(replace(manifest, hearing=packing.hearing(generator)), packing.export(generator), "")
