"""From a run to a bundle: ONNX dances as PyTorch does, in chunks as whole, to a real file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

import ballo
from ballo import demo
from ballo.dataset.archive import Archive
from ballo.inference import bundle
from ballo.inference.choreographer import Choreographer
from ballo.learning import packing, runs
from ballo.learning.batches import clips
from ballo.learning.models.music import Generator, GeneratorConfig
from ballo.learning.phases import SAMPLE_RATE
from ballo.learning.validation import perform
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER
from ballo.music.audio import open_song


@pytest.fixture(scope="module")
def packed(small_archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run of the smoke config, and its bundle."""
    folder = tmp_path_factory.mktemp("packing")
    smoke = Path(__file__).parents[2] / "configs" / "smoke.toml"
    runs.train_music(small_archive.path, folder / "run", smoke, False, lambda progress: None)
    packing.pack(runs.load_music(folder / "run"), folder / "small.ballo")
    return folder / "run", folder / "small.ballo"


@pytest.fixture(scope="module")
def full_size() -> tuple[Generator, onnxruntime.InferenceSession]:
    """The shipped sizes, untrained."""
    torch.manual_seed(1)
    generator = Generator(GeneratorConfig(), DANCER, 3, 640, SAMPLE_RATE).eval()
    graph = packing.export(generator)
    return generator, onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(("batch", "frames"), [(1, 1), (1, 250), (3, 40)])
def test_onnx_dances_as_pytorch_does(
    full_size: tuple[Generator, onnxruntime.InferenceSession], batch: int, frames: int
) -> None:
    generator, session = full_size
    inputs = packing.example(generator, batch, frames)
    with torch.no_grad():
        expected = packing.ChunkDancer(generator)(*inputs)
    fed = {name: tensor.numpy() for name, tensor in zip(packing.INPUTS, inputs, strict=True)}
    for name, got, want in zip(packing.OUTPUTS, session.run(None, fed), expected, strict=True):
        np.testing.assert_allclose(got, want.numpy(), atol=5e-5, err_msg=name)


def test_the_graph_is_of_the_opset_that_browsers_know(full_size: object, packed: tuple[Path, Path]) -> None:
    import onnx

    graph = onnx.load_from_string(bundle.read(packed[1]).graph)
    assert [entry.version for entry in graph.opset_import if not entry.domain] == [packing.OPSET]
    assert {node.domain for node in graph.graph.node} == {""}


def test_a_bundle_dances_a_song_as_its_run_does(packed: tuple[Path, Path], small_archive: Archive) -> None:
    """The whole road of inference against PyTorch on the same samples: decoded, cut into blocks, placed, solved."""
    run, path = packed
    trained = runs.load_music(run)
    clip = clips(small_archive, "val", trained.generator, SAMPLE_RATE)[0]
    expected = perform(trained.generator, clip, clip.style, 5, 25.0)
    dance = small_archive.select("val")[0]
    choreographer = Choreographer.load(path)
    hearing = choreographer.manifest.hearing
    before = hearing.blocks_before
    music = dance.music(-before, len(dance) + hearing.context_blocks).reshape(-1, hearing.samples_per_block)
    got = _dance_blocks(choreographer, music, clip.style, 5, len(dance))
    np.testing.assert_allclose(got, expected, atol=1e-4)


def _dance_blocks(choreographer: Choreographer, blocks: np.ndarray, style: int, seed: int, frames: int) -> np.ndarray:
    from ballo.inference.noise import NoiseStream

    hearing = choreographer.manifest.hearing
    noise = NoiseStream(seed, hearing.noise_size, hearing.noise_seconds, 25.0).take(frames)
    states = {name: np.zeros(shape, np.float32) for name, shape in hearing.state_shapes.items()}
    inputs = {"blocks": blocks[None], "noise": noise[None], "style": np.array([style])}
    pose, travel, *_ = choreographer._session.run(None, inputs | states)
    world, _, _ = kinematics.place(pose[0], travel[0], np.zeros(2), 0.0)
    local = kinematics.solve(choreographer.manifest.skeleton, world)
    return kinematics.forward(choreographer.manifest.skeleton, local, world[:, 0])


def test_chunks_dance_as_the_whole_does(packed: tuple[Path, Path]) -> None:
    choreographer = Choreographer.load(packed[1])
    whole, cut = (choreographer.dance(open_song(demo.song()), seed=1, chunk_seconds=seconds) for seconds in (100.0, 1.7))
    np.testing.assert_allclose(cut.positions, whole.positions, atol=1e-5)
    np.testing.assert_allclose(cut.rotations, whole.rotations, atol=1e-4)


def test_the_manifest_says_what_the_run_was(packed: tuple[Path, Path], small_archive: Archive) -> None:
    manifest = bundle.read(packed[1]).manifest
    assert manifest.name == "small"
    assert manifest.styles == small_archive.styles
    assert manifest.trained_on["songs"] == 3
    assert manifest.trained_on["steps"] == 6
    assert manifest.trained_on["manifest_sha256"] == small_archive.manifest_sha256
    told = "Tang et al. 2018 and ChoreoNet (published without a licence), repaired: cha-cha, rumba, waltz"
    assert manifest.trained_on["data"] == told
    assert manifest.figures[bundle.ALL]["songs"] == 1
    assert manifest.figures["waltz"] == manifest.figures[bundle.ALL]


def test_from_song_to_file_in_python(packed: tuple[Path, Path], tmp_path: Path) -> None:
    motion = ballo.dance(demo.song(), model=packed[1], style="waltz", seed=2, duration=4.0)
    assert len(motion) == 100
    assert motion.save(tmp_path / "dance.bvh").stat().st_size > 10_000
