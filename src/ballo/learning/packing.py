"""A training run to a bundle: one ONNX graph that dances a chunk of music, and a manifest with what it learnt from."""

from __future__ import annotations

import dataclasses
import io
import logging
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ballo.dataset.archive import Dance
from ballo.dataset.recordings import is_dance
from ballo.inference import bundle
from ballo.inference.bundle import ALL, Hearing, Manifest
from ballo.learning import validation
from ballo.learning.batches import clips
from ballo.learning.models.music import Generator, State
from ballo.learning.phases import SAMPLE_RATE
from ballo.learning.runs import Trained
from ballo.metrics import report

OPSET = 20
STATES = ("audio_state", "noise_state", "feet_state")
INPUTS = ("blocks", "noise", "style", *STATES)
OUTPUTS = ("pose", "travel", *(f"next_{state}" for state in STATES))


def pack(trained: Trained, path: Path, seeds: int = 3) -> Manifest:
    """Write a run's generator as a bundle, with its figures on the archive's validation songs.

    Raises:
        BundleError, ExportError: the path cannot be written.
    """
    generator, archive = trained.generator, trained.archive
    heard = clips(archive, "val", generator, SAMPLE_RATE)
    measured = validation.measure(generator, heard, archive.skeleton, archive.fps, seeds) if heard else {}
    figures = {ALL if style is None else archive.styles[style]: _plain(found) for style, found in measured.items()}
    manifest = Manifest(
        path.stem,
        archive.styles,
        archive.fps,
        archive.skeleton,
        hearing(generator),
        _trained_on(trained),
        figures,
    )
    bundle.write(path, manifest, export(generator))
    return manifest


def _plain(figures: report.Figures) -> dict[str, float]:
    """Figures as JSON can hold them; those of too few songs are left out."""
    return {name: round(value, 4) for name, value in dataclasses.asdict(figures).items() if math.isfinite(value)}


def hearing(generator: Generator) -> Hearing:
    """How a generator takes music and noise."""
    state = generator.start(1)
    return Hearing(
        SAMPLE_RATE,
        generator.front_end.samples,
        generator.context_blocks,
        generator.context_before,
        generator.config.noise_size,
        generator.config.noise_seconds,
        {name: tuple(part.shape) for name, part in zip(STATES, _parts(state), strict=True)},
    )


def _trained_on(trained: Trained) -> dict[str, Any]:
    archive, engine = trained.archive, trained.config.engine
    songs = [dance for dance in archive.select("train") if dance.samples is not None]
    return {
        "data": f"{_named(songs)}, {archive.grade}: {', '.join(archive.styles)}",
        "songs": len(songs),
        "minutes": round(sum(dance.seconds for dance in songs) / 60, 1),
        "manifest_sha256": archive.manifest_sha256,
        "phase": trained.header["phase"],
        "steps": trained.header["step"],
        "seed": engine.seed,
        "weights": "average over the steps" if trained.averaged else "last step",
        "ballo": trained.header["ballo"],
    }


def _named(dances: Sequence[Dance]) -> str:
    """Whose dances these are, as far as their names tell."""
    if all(is_dance(dance.name.split("~")[0]) for dance in dances):
        return "Tang et al. 2018 and ChoreoNet (published without a licence)"
    return f"{len(dances)} dances of an archive of your own"


class ChunkDancer(nn.Module):
    """A generator with its front end and its state spelt out, as a graph has to have them."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(
        self,
        blocks: Float[Tensor, "B N samples"],
        noise: Float[Tensor, "B T noise"],
        style: Int[Tensor, " B"],
        audio_state: Float[Tensor, "layers B audio_hidden"],
        noise_state: Float[Tensor, "1 B noise_hidden"],
        feet_state: Float[Tensor, "B points 3"],
    ) -> tuple[Tensor, ...]:
        """N = T + context blocks of a frame's samples each, and what the chunk before left behind."""
        spectra = self.generator.front_end(blocks)
        danced = self.generator(spectra, noise, style, State(audio_state, noise_state, feet_state))
        return danced.pose, danced.travel, *_parts(danced.state)


def export(generator: Generator) -> bytes:
    """The graph, weights included, for any batch and any length."""
    dancer = ChunkDancer(generator.eval().cpu())
    batch, frames = torch.export.Dim("B", min=1, max=1024), torch.export.Dim("T", min=2, max=1_000_000)
    shapes = {
        "blocks": {0: batch, 1: frames + generator.context_blocks},
        "noise": {0: batch, 1: frames},
        "style": {0: batch},
        "audio_state": {1: batch},
        "noise_state": {1: batch},
        "feet_state": {0: batch},
    }
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        # torch.onnx swaps in a recurrent cell of any length while it exports. From the second export in a process on, PyTorch
        # would take the one it remembers instead, unrolled to the example's length.
        torch.ops.aten.gru.input._dispatch_cache.clear()
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            dancer,
            example(generator, batch=2, frames=3),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_shapes=shapes,
            verbose=False,
        )
    assert program is not None
    return _any_length(program.model_proto)


def example(generator: Generator, batch: int, frames: int) -> tuple[Tensor, ...]:
    """Inputs of the right shapes."""
    state = generator.start(batch)
    samples = generator.front_end.samples
    return (
        torch.randn(batch, frames + generator.context_blocks, samples) * 0.1,
        torch.randn(batch, frames, generator.config.noise_size),
        torch.zeros(batch, dtype=torch.int64),
        *_parts(state),
    )


def _parts(state: State) -> tuple[Tensor, ...]:
    """A state in the order of `STATES`."""
    return state.audio, state.noise, state.feet


def _any_length(model: onnx.ModelProto) -> bytes:
    """Free the graph of the example's length, which the exporter leaves in the recurrent cells' outputs."""
    for output in model.graph.output:
        if output.name in ("pose", "travel"):
            output.type.tensor_type.shape.dim[1].dim_param = "T"
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    buffer = io.BytesIO()
    onnx.save_model(model, buffer)
    return buffer.getvalue()
