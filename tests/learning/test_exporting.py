"""ONNX dances as PyTorch does: every kind of generator, other batches and lengths than the graph was traced with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from ballo.learning import exporting, packing
from ballo.learning.models import melody, music, poses, sequences
from ballo.learning.models.layers import DecoderConfig
from ballo.learning.models.melody import GeneratorConfig as MelodyConfig
from ballo.learning.models.music import EarConfig
from ballo.learning.models.music import GeneratorConfig as MusicConfig
from ballo.learning.models.poses import GeneratorConfig as PosesConfig
from ballo.learning.models.sequences import GeneratorConfig as SequencesConfig
from ballo.learning.models.spaces import Coordinates, Directions, Space
from ballo.motion.skeleton import DANCER

Make = Callable[[], exporting.Generator]

SMALL = DecoderConfig(16, 1)
SEED = DecoderConfig(16, 1, "batch")


# An export takes seconds whatever its size: each of these stands for several variants, none of them alike.
def _bones() -> Space:
    return Directions(DANCER, 25.0)


def _points() -> Space:
    return Coordinates(DANCER, 23)


def _music(body: Space, **changes: Any) -> music.Generator:
    sizes: dict[str, Any] = {"audio_hidden": 10, "noise_size": 4, "noise_hidden": 6, "style_size": 3, "decoder": SMALL}
    return music.Generator(MusicConfig(**(sizes | changes)), body, 3, 640, 16_000)


def _ear(kind: Any, norm: Any = "batch") -> EarConfig:
    return EarConfig(kind, size=8, norm=norm)


KINDS: dict[str, Make] = {
    "poses of points, told nothing": lambda: poses.Generator(PosesConfig("coordinates", "range", 5, 0, SEED), _points(), 3),
    "sequences": lambda: sequences.Generator(SequencesConfig(hidden=9, noise_size=5, decoder=SMALL), _bones(), 3),
    "sequences of points, told nothing": lambda: sequences.Generator(
        SequencesConfig("coordinates", "range", 5, 0.0, 9, 2, 0, SEED), _points(), 3
    ),
    "music with a clock": lambda: _music(_bones(), clock=True),
    "strided windows, points": lambda: _music(_points(), space="coordinates", ear=_ear("strided"), decoder=SEED, style_size=0),
    "wavegan windows": lambda: _music(_bones(), ear=_ear("wavegan")),
    "unet windows": lambda: _music(_bones(), ear=_ear("unet")),
    "melody, told nothing": lambda: melody.Generator(
        MelodyConfig(hidden=8, temporal=False, masking=False, style_size=0), _bones(), 3, 640, 16_000
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def exported(request: pytest.FixtureRequest) -> tuple[exporting.Generator, exporting.Graph, bytes]:
    """A generator with weights and statistics of chance, spelt out, and its graph."""
    torch.manual_seed(1)
    generator = KINDS[request.param]().eval()
    for name, buffer in generator.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        elif name.endswith(("running_var", "deviation")):
            buffer.uniform_(0.5, 1.5)
    graph = exporting.graph(generator)
    return generator, graph, exporting.export(graph)


def _inputs(graph: exporting.Graph, batch: int, frames: int) -> dict[str, torch.Tensor]:
    """Inputs by chance, of the shapes that the graph says are free."""
    made = {}
    for name, example in graph.inputs.items():
        shape = list(example.shape)
        for axis, free in graph.free[name].items():
            shape[axis] = batch if isinstance(free, str) else frames + free
        made[name] = torch.arange(batch) % 3 if name == "style" else torch.randn(shape) * 0.3
    return made


@pytest.mark.parametrize(("batch", "frames"), [(1, 1), (1, 40), (3, 11)])
def test_onnx_dances_as_pytorch_does(
    exported: tuple[exporting.Generator, exporting.Graph, bytes], batch: int, frames: int
) -> None:
    _, graph, content = exported
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = _inputs(graph, batch, frames)
    with torch.no_grad():
        expected = graph.module(*given.values())
    got = session.run(None, {name: value.numpy() for name, value in given.items()})
    assert [output.name for output in session.get_outputs()] == list(graph.outputs)
    for name, one, other in zip(graph.outputs, got, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-4, err_msg=name)
    assert got[0].shape == (batch, frames, len(DANCER), 3)
    assert got[1].shape == (batch, frames, 3)


def test_the_graph_takes_what_its_manifest_says(exported: tuple[exporting.Generator, exporting.Graph, bytes]) -> None:
    """Also a style or a noise that the model takes no notice of: whoever dances with a bundle need not know."""
    generator, graph, content = exported
    manifest = packing.manifest_of("model", generator, graph, ("a", "b", "c"), 25.0)
    model = onnx.load_from_string(content)
    assert {given.name for given in model.graph.input} == manifest.inputs == set(graph.inputs)
    assert list(manifest.state_shapes) == list(graph.states)
    for name, shape in manifest.state_shapes.items():
        start = generator.start(1)[name.removesuffix("_state")]  # type: ignore[union-attr]
        assert shape == tuple(start.shape)


def test_the_graph_is_of_the_opset_that_browsers_know(exported: tuple[exporting.Generator, exporting.Graph, bytes]) -> None:
    model = onnx.load_from_string(exported[2])
    assert [entry.version for entry in model.opset_import if not entry.domain] == [exporting.OPSET]
    assert {node.domain for node in model.graph.node} == {""}
