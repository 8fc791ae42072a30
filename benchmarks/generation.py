"""Music to movement: from decoded samples to joint positions in the world, in frames a second.

The plain version is the research system's generator in PyTorch at its published sizes (plain/generator.py), untrained: its
weights do not change its speed. ballo's run is all of `dance` but decoding before it and the search for joint rotations after
it: cutting blocks, noise, the graph chunk by chunk, setting the dance into the world. Beside the bundle that ships stands the
same design at the research system's own sizes, so that the design's share of the gain can be told from the sizes'.

Each runs in processes of its own, in turns. The plain version is measured on one thread and on all cores, and the better of
the two counts: on a busy machine PyTorch on all cores falls to a fraction. ballo, on one thread, does not, which would flatter
it. Even so, only a machine with nothing else to do gives this gain its true size.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from statistics import median

from ballo.inference import bundle
from ballo.inference.bundle import Bundle, Manifest
from benchmarks import timing
from benchmarks.generating import SECONDS
from benchmarks.table import Row, Settings, at_least, cores

TARGET_GAIN = 5.0
ROUNDS = 5
ROOT = Path(__file__).resolve().parents[1]


def run(settings: Settings) -> list[Row]:
    path = bundle.find(None)
    shipped = bundle.read(path)
    frames = SECONDS * shipped.manifest.fps
    ways = {"shipped": [str(path.resolve())]}
    with_torch = importlib.util.find_spec("torch") is not None
    if with_torch:
        same = same_sizes(shipped.manifest)
        same_path = bundle.write(settings.folder / "same.ballo", same.manifest, same.graph)
        ways |= {"same": [str(same_path)], "plain, 1 thread": ["plain", "1"]}
        if cores() > 1:
            ways[f"plain, {cores()} threads"] = ["plain", str(cores())]
    measured = timing.in_turns(
        {name: lambda way=way: _seconds(way) for name, way in ways.items()},  # type: ignore[misc]
        settings.rounds(ROUNDS),
        warm_up=False,
    )
    work = f"{SECONDS} s of samples to positions, "
    if not with_torch:
        remark = "The research system and ballo at its sizes need PyTorch: pip install 'ballo[train]'."
        return [Row(f"{work}shipped model", "frames/s", frames / median(measured["shipped"]), remark=remark)]
    from benchmarks import arithmetic

    best = min((name for name in ways if name.startswith("plain")), key=lambda name: median(measured[name]))
    paces = ", ".join(f"{frames / median(measured[name]):,.0f} on {name[7:]}" for name in ways if name.startswith("plain"))
    gained = {name: timing.gain(measured[name], measured[best]) for name in ("shipped", "same")}

    def row(name: str, model: str, remark: str) -> Row:
        own, other = (frames / median(measured[which]) for which in (name, best))
        return Row(work + model, "frames/s", own, other, gained[name], remark=remark)

    return [
        replace(
            row(
                "shipped",
                "shipped model",
                f"Plain: the research system's generator (2019) in PyTorch, {_plain_size()}; {paces}, the better counts. "
                f"ballo, on one thread: {arithmetic.of_bundle(shipped)}.",
            ),
            target=at_least(TARGET_GAIN, "x plain", gained["shipped"]),
        ),
        row(
            "same",
            "ballo at the research system's sizes",
            f"ballo's design, untrained, with recurrent cells, codes and decoder of the plain version's sizes: "
            f"{arithmetic.of_bundle(same)}.",
        ),
    ]


def _seconds(way: list[str]) -> float:
    """The median of some repeats in a process of its own."""
    command = [*timing.PYTHON, "-m", "benchmarks.generating", *way]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return float(median(json.loads(told.stdout)))


def _plain_size() -> object:
    import torch

    from benchmarks import arithmetic
    from benchmarks.plain import generator

    windows, noise = torch.zeros(1, 100, generator.WINDOW_SAMPLES), torch.zeros(1, 100, generator.NOISE_SIZE)
    return arithmetic.of_module(generator.Generator().eval(), 100, windows, noise)


def same_sizes(manifest: Manifest) -> Bundle:
    """ballo's design as large as the research system, untrained, dancing as `manifest` says otherwise."""
    from ballo.learning import exporting, packing
    from ballo.learning.models import spaces
    from ballo.learning.models.layers import DecoderConfig
    from ballo.learning.models.music import EarConfig, Generator, GeneratorConfig
    from benchmarks.plain import generator as plain

    sizes = GeneratorConfig(
        ear=EarConfig(size=plain.AUDIO_CODE),
        audio_hidden=plain.AUDIO_HIDDEN,
        audio_layers=plain.AUDIO_LAYERS,
        noise_size=plain.NOISE_SIZE,
        noise_hidden=plain.NOISE_HIDDEN,
        decoder=DecoderConfig(plain.DECODER_SIZE, plain.DECODER_BLOCKS),
    )
    hearing, skeleton = manifest.hearing, manifest.skeleton
    assert hearing is not None
    space = spaces.make(sizes.space, skeleton, manifest.fps, len(skeleton))
    generator = Generator(sizes, space, len(manifest.styles), hearing.samples_per_block, hearing.rate)
    spelt = exporting.graph(generator)
    return Bundle(packing.manifest_of("same", generator, spelt, manifest.styles, manifest.fps), exporting.export(spelt), "")
