"""configs/: the files that say what the code does by itself say so, and what no network can be is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import config, phases

CONFIGS = Path(__file__).parents[2] / "configs"
ABLATIONS = sorted(path.stem for path in (CONFIGS / "ablations").glob("*.toml"))


def _phases_of(ablation: str) -> list[str]:
    return [phase for phase in phases.KINDS if ablation.startswith(f"{phase}-")] or ["poses", "sequences", "music"]


@pytest.mark.parametrize("phase", ["poses", "sequences", "music", "style"])
def test_the_defaults_as_written_are_the_defaults(phase: str) -> None:
    assert config.read(CONFIGS / f"{phase}.toml", phases.KINDS[phase].config) == phases.KINDS[phase].config()


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_an_ablation_changes_something_of_the_defaults_or_of_the_seed(ablation: str) -> None:
    for phase in _phases_of(ablation):
        kind = phases.KINDS[phase].config
        seed = CONFIGS / "seed" / f"{phase}.toml"
        bases = [[], *([[config.from_file(seed)]] if seed.exists() else [])]
        over = config.from_file(CONFIGS / "ablations" / f"{ablation}.toml")
        assert any(config.layered(kind, [*base, over]) != config.layered(kind, base) for base in bases)


def test_the_seeds_sizes_are_those_published() -> None:
    """SEED's numbers, where a config names them; how they become layers is the models' tests."""
    poses, sequences, music = (
        config.read(CONFIGS / "seed" / f"{phase}.toml", phases.KINDS[phase].config) for phase in ("poses", "sequences", "music")
    )
    assert (poses.generator.noise_size, poses.generator.decoder.size, poses.batches.size) == (10, 128, 64)
    assert (poses.engine.critic_steps, poses.engine.generator_rate, poses.adversary.penalty_weight) == (5, 1e-4, 10.0)
    assert (sequences.generator.hidden, sequences.generator.layers, sequences.generator.decoder.size) == (50, 2, 256)
    assert (sequences.critic.temporal.width, sequences.critic.temporal.kernel, sequences.losses.total_variation) == (
        128,
        25,
        50.0,
    )
    assert (sequences.batches.size, sequences.batches.frames, sequences.engine.critic_steps) == (24, 120, 8)
    assert [round(sequences.engine.rate_share(step), 3) for step in (9_999, 10_000, 35_000, 50_000)] == [1.0, 0.8, 0.64, 0.512]
    assert (music.generator.ear.size, music.generator.audio_hidden, music.generator.audio_layers) == (250, 240, 3)
    assert (music.generator.noise_size, music.generator.noise_hidden, music.batches.size) == (10, 10, 7)
    assert (music.critic.hears, music.critic.code, music.critic.fusion, music.engine.generator_rate) == (
        "waveform",
        100,
        128,
        2e-4,
    )
    for read in (poses, sequences, music):
        assert (read.generator.space, read.generator.scaling, read.generator.decoder.norm) == ("coordinates", "range", "batch")


WRONG = [
    ("poses", "generator.noise_size=-3", "generator.noise_size must be at least 1"),
    ("poses", "generator.style_size=-1", "generator.style_size must be at least 0"),
    ("poses", "critic.size=0", "critic.size must be at least 1"),
    ("poses", "adversary.loss=none", "adversary.loss must not be 'none'"),
    ("poses", "adversary.penalty_weight=-1", "adversary.penalty_weight must be at least 0"),
    ("sequences", "generator.layers=0", "generator.layers must be at least 1"),
    ("sequences", "generator.noise_seconds=-1", "generator.noise_seconds must be at least 0"),
    ("sequences", "critic.stages=0", "critic.stages must be at least 1"),
    ("sequences", "critic.temporal.kernel=4", "critic.temporal.kernel must be an odd number"),
    ("sequences", "losses.total_variation=-1", "losses.total_variation must be at least 0"),
    ("sequences", "adversary.loss=none", "adversary.loss must not be 'none'"),
    ("sequences", "generator.decoder.size=-8", "generator.decoder.size must be at least 1"),
    ("music", "generator.audio_hidden=-1", "generator.audio_hidden must be at least 1"),
    ("music", "generator.ear.kernel=10", "generator.ear.kernel must be at most 9"),
    ("music", "generator.ear.last=tanh", "generator.ear.last must be 'identity' with mel spectra"),
    ("music", "critic.code=0", "critic.code must be at least 1"),
    ("music", "losses.apart_metres=0", "losses.apart_metres must be above 0"),
    ("music", "losses.distance=-1", "losses.distance must be at least 0"),
]


@pytest.mark.parametrize(("phase", "change", "reason"), WRONG)
def test_what_no_network_can_be_is_refused_in_one_line(phase: str, change: str, reason: str) -> None:
    with pytest.raises(DataError) as caught:
        config.layered(phases.KINDS[phase].config, [config.from_change(change)])
    assert f"--set {change}: {reason}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_generator_that_nothing_teaches_is_refused() -> None:
    layers = [config.from_change(f"{key}") for key in ("adversary.loss=none", "losses.distance=0", "losses.distance_at_end=0")]
    with pytest.raises(DataError, match="leaves nothing to learn from"):
        config.layered(phases.KINDS["music"].config, layers)


@pytest.mark.parametrize(
    ("phase", "tables", "reason"),
    [
        ("music", {"batches": {"frames": 3}}, "batches.frames must be at least 4, not 3"),
        ("sequences", {"batches": {"frames": 1}}, "batches.frames must be at least 4, not 1"),
    ],
)
def test_windows_in_which_nothing_moves_are_refused(
    begun: Callable[..., Any], phase: str, tables: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        begun(phase, **tables)


def test_a_frame_rate_that_cuts_samples_is_refused(begun: Callable[..., Any], small_archive: Archive) -> None:
    with pytest.raises(DataError, match="a frame at 30 a second holds no even number of samples"):
        begun("music", archive=replace(small_archive, fps=30.0))
