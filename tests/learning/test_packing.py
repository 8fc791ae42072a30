"""From a run to a bundle: what it says of itself, and that it dances as the run did, in chunks as whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ballo import demo
from ballo.dataset.archive import Archive
from ballo.inference import bundle
from ballo.inference.choreographer import Choreographer
from ballo.inference.noise import NoiseStream
from ballo.learning import config, packing, runs, validation
from ballo.learning.clips import clips
from ballo.motion import kinematics
from ballo.music.audio import open_song


@pytest.fixture(scope="module")
def packed(
    small_archive: Archive, configured: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[runs.Trained, Choreographer]]:
    """A run of a phase and its bundle, made once: music hears the beats as well."""
    folder, made = tmp_path_factory.mktemp("packing"), dict[str, tuple[runs.Trained, Choreographer]]()
    files = {"music": ("ablations/music-clock",)}

    def pack(phase: str) -> tuple[runs.Trained, Choreographer]:
        if phase not in made:
            settings = configured(phase, *files.get(phase, ()), engine={"steps": 2})
            (folder / f"{phase}.toml").write_text(config.toml(settings))
            options = runs.Options([folder / f"{phase}.toml"])
            runs.train(phase, small_archive.path, folder / phase, options)
            trained = runs.load(folder / phase)
            packing.pack(trained, folder / f"{phase}.ballo", seeds=1)
            made[phase] = trained, Choreographer.load(folder / f"{phase}.ballo")
        return made[phase]

    return pack


@pytest.mark.parametrize("phase", ["poses", "sequences", "music"])
def test_a_bundle_says_what_the_run_was(packed: Callable[..., Any], small_archive: Archive, phase: str) -> None:
    trained, choreographer = packed(phase)
    manifest, generator = choreographer.manifest, trained.generator
    assert (manifest.name, manifest.kind, manifest.fps) == (phase, phase, 25.0)
    assert manifest.styles == small_archive.styles
    assert manifest.noise == bundle.Noise(generator.config.noise_size, getattr(generator.config, "noise_seconds", 0.0))
    hearing = bundle.Hearing(16_000, 640, 9, 5, True)
    assert manifest.hearing == (hearing if phase == "music" else None)
    assert manifest.trained_on["songs"] == 3
    assert (manifest.trained_on["phase"], manifest.trained_on["steps"]) == (phase, 2)
    assert manifest.trained_on["manifest_sha256"] == small_archive.manifest_sha256
    told = "Tang et al. 2018 and ChoreoNet (published without a licence), repaired: cha-cha, rumba, waltz"
    assert manifest.trained_on["data"] == told
    figures = manifest.figures[bundle.ALL]
    assert figures.keys() & {"precision", "speed_ratio"}
    assert all(np.isfinite(value) for value in figures.values())


def test_figures_are_the_runs(packed: Callable[..., Any]) -> None:
    trained, choreographer = packed("poses")
    for number, style in enumerate(choreographer.styles):
        got = choreographer.poses(5, style=style, seed=4)
        np.testing.assert_allclose(got, validation.figures(trained.generator, number, 4, 5), atol=1e-5)


def test_a_dance_without_music_is_the_runs(packed: Callable[..., Any]) -> None:
    trained, choreographer = packed("sequences")
    whole = choreographer.freestyle(5.0, style="rumba", seed=4, chunk_seconds=100.0)
    expected = validation.freestyle(trained.generator, 1, 4, 5.0, 25.0)
    np.testing.assert_allclose(whole.positions, _solved(choreographer, expected), atol=1e-4)
    cut = choreographer.freestyle(5.0, style="rumba", seed=4, chunk_seconds=0.7)
    np.testing.assert_allclose(cut.positions, whole.positions, atol=1e-4)


def test_a_dance_to_a_song_is_the_runs(packed: Callable[..., Any], small_archive: Archive) -> None:
    """The graph on an archive's samples and beats, against PyTorch on a clip of them."""
    trained, choreographer = packed("music")
    clip = clips(small_archive, "val", validation.heard(trained.generator))[0]
    expected = validation.perform(trained.generator, clip, clip.style, 5, 25.0)
    dance, hearing, manifest = small_archive.select("val")[0], choreographer.manifest.hearing, choreographer.manifest
    blocks = dance.music(-hearing.blocks_before, len(dance) + hearing.context_blocks).reshape(-1, hearing.samples_per_block)
    noise = NoiseStream(5, manifest.noise.size, manifest.noise.seconds, 25.0).take(len(dance))
    heard = {"blocks": blocks[None], "clock": clip.music["clock"][None, 8:-8]}
    chunk, _ = choreographer._step(heard, noise, clip.style, choreographer._states())
    world, _, _ = kinematics.place(chunk.pose, chunk.travel, np.zeros(2), 0.0)
    np.testing.assert_allclose(world, expected, atol=1e-4)


def _solved(choreographer: Choreographer, world: np.ndarray) -> np.ndarray:
    skeleton = choreographer.skeleton
    return kinematics.forward(skeleton, kinematics.solve(skeleton, world), world[:, 0])


def test_chunks_dance_to_a_song_as_the_whole_does(packed: Callable[..., Any]) -> None:
    _, choreographer = packed("music")
    song = open_song(demo.song(), duration_seconds=8.0)
    whole, cut = (choreographer.dance(song, seed=1, chunk_seconds=seconds) for seconds in (100.0, 1.7))
    np.testing.assert_allclose(cut.positions, whole.positions, atol=1e-4)
