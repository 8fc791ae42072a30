"""Generators to ONNX graphs as `inference.bundle` describes them: state spelt out, any batch, any length."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx
import torch
from torch import Tensor, nn

from ballo.learning.models import melody, music, poses, sequences
from ballo.learning.models.spaces import Dance, State
from ballo.learning.models.style import Classifier
from ballo.learning.normaliser import Normaliser
from ballo.metrics.style import INPUT as POSITIONS
from ballo.music.clock import CHANNELS

OPSET = 20
BATCH, FRAMES = 2, 3
"""Of the example that a graph is traced with."""

Axes = Mapping[int, str | int]
"""An input's axes that may be of any length, by number: "B", or how many more than T."""

Hearer = music.Generator | melody.Generator
Generator = Hearer | sequences.Generator | poses.Generator


@dataclass(frozen=True)
class Graph:
    """A generator with its inputs in order, and which of their axes may be of any length."""

    module: nn.Module
    inputs: Mapping[str, Tensor]
    free: Mapping[str, Axes]
    states: tuple[str, ...]
    gives: tuple[str, ...] = ("pose", "travel")

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it gives, its next states last."""
        return (*self.gives, *(f"next_{state}" for state in self.states))


class _Spelt(nn.Module):
    """A generator that takes and gives its states one by one."""

    def __init__(self, generator: Generator, states: Sequence[str]) -> None:
        super().__init__()
        self.generator, self.states = generator, tuple(states)

    def given(self, dance: Dance) -> tuple[Tensor, ...]:
        return dance.moved.pose, dance.moved.travel, *(dance.state[name] for name in self.states)

    def state(self, values: Sequence[Tensor]) -> State:
        return dict(zip(self.states, values, strict=True))


class _Hearing(_Spelt):
    """Blocks, perhaps a clock, noise, style, states."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        blocks, *rest = inputs
        generator = self.generator
        assert isinstance(generator, Hearer)
        clock = rest.pop(0) if generator.clocked else None
        noise, style, *values = rest
        return self.given(generator(generator.rows(blocks), clock, noise, style, self.state(values)))


class _Free(_Spelt):
    """Noise, style, states."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        noise, style, *values = inputs
        return self.given(self.generator(noise, style, self.state(values)))


class _Still(nn.Module):
    """Noise and style to figures, which travel nowhere."""

    def __init__(self, generator: poses.Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        noise, style = inputs
        pose = self.generator(noise, style)
        return pose, torch.zeros_like(pose[:, :, 0])


def graph(generator: Generator) -> Graph:
    """A generator ready to be exported, with an example of its inputs."""
    normaliser = generator.normaliser
    assert isinstance(normaliser, Normaliser)
    noise = torch.randn(BATCH, FRAMES, generator.config.noise_size)
    style = torch.zeros(BATCH, dtype=torch.int64)
    if isinstance(generator, poses.Generator):
        return Graph(_Still(generator), {"noise": noise, "style": style}, {"noise": {0: "B", 1: 0}, "style": {0: "B"}}, ())
    state = generator.start(BATCH)
    names = tuple(state)
    # A cell's state has the batch second, after its layers; the feet have it first.
    axes: dict[str, Axes] = {f"{name}_state": {0 if name == "feet" else 1: "B"} for name in names}
    inputs = {"noise": noise, "style": style} | {f"{name}_state": value for name, value in state.items()}
    free: dict[str, Axes] = {"noise": {0: "B", 1: 0}, "style": {0: "B"}, **axes}
    states = tuple(f"{name}_state" for name in names)
    if isinstance(generator, sequences.Generator):
        return Graph(_Free(generator, names), inputs, free, states)
    context = context_blocks(generator)
    heard = {"blocks": torch.randn(BATCH, FRAMES + context, generator.samples_per_frame) * 0.1}
    if generator.clocked:
        heard["clock"] = torch.randn(BATCH, FRAMES, CHANNELS)
    heard_axes: dict[str, Axes] = {"blocks": {0: "B", 1: context}, "clock": {0: "B", 1: 0}}
    free = {name: heard_axes[name] for name in heard} | free
    return Graph(_Hearing(generator, names), heard | inputs, free, states)


class _Likely(nn.Module):
    """Positions to the probabilities of styles."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, *inputs: Tensor) -> Tensor:
        (positions,) = inputs
        likely: Tensor = self.classifier(positions).softmax(dim=-1)
        return likely


def judging(classifier: Classifier) -> Graph:
    """A classifier of styles ready to be exported."""
    positions = torch.randn(BATCH, FRAMES, len(classifier.skeleton), 3)
    return Graph(_Likely(classifier), {POSITIONS: positions}, {POSITIONS: {0: "B", 1: 0}}, (), ("probabilities",))


def context_blocks(generator: Hearer) -> int:
    """How many blocks more than frames a generator takes: a row of spectra needs the block before it as well."""
    return generator.ear.before + generator.ear.after + _before(generator)


def blocks_before(generator: Hearer) -> int:
    """How many of these lie before the first frame."""
    return generator.ear.before + _before(generator)


def _before(generator: Hearer) -> int:
    return int(generator.ear.takes == "spectra")


def export(graph: Graph) -> bytes:
    """The graph, weights included, for any batch and any length."""
    batch, frames = torch.export.Dim("B", min=1, max=1024), torch.export.Dim("T", min=2, max=1_000_000)

    def dimension(axis: str | int) -> object:
        return batch if isinstance(axis, str) else frames + axis if axis else frames

    shapes = tuple({axis: dimension(free) for axis, free in graph.free[name].items()} for name in graph.inputs)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        # torch.onnx swaps in a recurrent cell of any length while it exports. From the second export in a process on, PyTorch
        # would take the one it remembers instead, unrolled to the example's length.
        torch.ops.aten.gru.input._dispatch_cache.clear()
        torch.ops.aten.lstm.input._dispatch_cache.clear()
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            graph.module.eval().cpu(),
            tuple(graph.inputs.values()),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=tuple(graph.inputs),
            output_names=graph.outputs,
            dynamic_shapes={"inputs": shapes},
            verbose=False,
        )
    assert program is not None
    return _untraced(_any_length(program.model_proto))


def _any_length(model: onnx.ModelProto) -> onnx.ModelProto:
    """Free the graph of the example's length, which the exporter leaves in the recurrent cells' outputs."""
    for output in model.graph.output:
        if output.name in ("pose", "travel"):
            output.type.tensor_type.shape.dim[1].dim_param = "T"
    del model.graph.value_info[:]
    return model


def _untraced(model: onnx.ModelProto) -> bytes:
    """The graph without what the exporter notes of the code it came from: paths of somebody's machine, a tenth of the file."""
    for noted in (*model.graph.node, *model.graph.input, *model.graph.output, model.graph):
        del noted.metadata_props[:]
    onnx.checker.check_model(model)
    buffer = io.BytesIO()
    onnx.save_model(model, buffer)
    return buffer.getvalue()
