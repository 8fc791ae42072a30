"""Figures of a generator beside real movement: real movement itself, handed in as generated, is beyond reproach."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ballo.dataset.archive import Archive
from ballo.export import npz
from ballo.learning import validation
from ballo.learning.clips import Clip, clips
from ballo.learning.models.spaces import Dance, Moved
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER


@pytest.fixture(scope="module")
def shown(small_archive: Archive) -> list[Clip]:
    return clips(small_archive, "train", ("spectra",))


class _Figures:
    """Hands out frames of dances as if it had made them, turned this way and that."""

    space = SimpleNamespace(skeleton=DANCER)

    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], Any]:
    def hand(frames: np.ndarray) -> Any:
        random = np.random.default_rng(5)

        def made(generator: Any, style: int, seed: int, count: int) -> np.ndarray:
            chosen = frames[random.integers(len(frames), size=count)]
            return kinematics.turned_about_y(chosen, random.uniform(-3, 3, (count, 1)))

        monkeypatch.setattr(validation, "figures", made)
        return _Figures(frames)

    return hand


def test_real_figures_are_as_near_to_real_ones_as_these_are_to_each_other(
    shown: list[Clip], handed: Callable[[np.ndarray], Any]
) -> None:
    """Frames of the dances other than those they are compared with."""
    frames = np.concatenate([clip.pose for clip in shown])
    others = frames[np.random.default_rng(0).permutation(len(frames))[1::2]]
    found = validation.compare_figures(handed(others), shown)
    assert found.precision == pytest.approx(found.real, rel=0.2)
    assert found.real < found.recall < 2 * found.real, "drawn with replacement, they miss some"
    assert found.spread_ratio == pytest.approx(1, abs=0.1)


def test_the_mean_figure_alone_has_no_spread_and_recalls_little(shown: list[Clip], handed: Callable[[np.ndarray], Any]) -> None:
    frames = np.concatenate([clip.pose for clip in shown])
    found = validation.compare_figures(handed(frames.mean(axis=0, keepdims=True)), shown)
    assert found.spread_ratio == pytest.approx(0, abs=1e-3)
    assert found.recall > 5 * found.real


class _Replaying(torch.nn.Module):
    """A generator of sequences or of music that dances what it was shown, in turn."""

    def __init__(self, danced: list[Clip], takes: str = "spectra") -> None:
        super().__init__()
        self.config = SimpleNamespace(noise_size=2, noise_seconds=1.0)
        self.ear = SimpleNamespace(takes=takes, before=1, after=2)
        self.clocked, self.weight = False, torch.nn.Parameter(torch.zeros(1))
        self.danced, self.given = danced, []  # type: ignore[var-annotated]

    def start(self, batch: int) -> dict[str, torch.Tensor]:
        return {}

    def forward(self, *given: Any) -> Dance:
        self.given.append(given)
        noise, style = given[-3], given[-2]
        clip = next(clip for clip in self.danced if clip.style == style)
        pose, travel = (torch.from_numpy(x)[None, : noise.shape[1]] for x in (clip.pose, clip.travel))
        return Dance(pose.flatten(2), Moved(pose, travel, {}), {})


def test_real_dances_have_real_speed_and_jerk_and_do_not_freeze(small_archive: Archive, shown: list[Clip]) -> None:
    generator: Any = _Replaying(shown)
    found = validation.compare_freestyle(generator, shown, small_archive)
    assert found.speed_ratio == pytest.approx(1, abs=1e-4)
    assert found.jerk_ratio == pytest.approx(1, abs=1e-3)
    assert found.freezes == 0
    assert found.seed_change == pytest.approx(0, abs=1e-6), "both seeds dance the same"
    assert found.real_spread > 0.01


def test_measuring_by_style_and_over_all(small_archive: Archive, shown: list[Clip]) -> None:
    generator: Any = _Replaying(shown)
    figures = validation.measure(generator, shown, DANCER, 25.0)
    assert set(figures) == {None, *(clip.style for clip in shown)}
    for found in figures.values():
        assert found.speed_ratio == pytest.approx(1, abs=1e-3)
        assert found.jerk_ratio == pytest.approx(1, abs=1e-2)


def test_a_generator_hears_the_rows_around_every_frame(small_archive: Archive, shown: list[Clip]) -> None:
    generator: Any = _Replaying(shown)
    validation.perform(generator, shown[0], shown[0].style, 3, 25.0)
    rows, clock, noise, style, _ = generator.given[0]
    frames = len(shown[0].pose)
    assert rows.shape[1] == frames + 3
    np.testing.assert_array_equal(rows[0], shown[0].music["spectra"][7 : 8 + frames + 2])
    assert clock is None
    assert noise.shape == (1, frames, 2)
    assert style.tolist() == [shown[0].style]


def test_what_is_saved_is_what_was_danced(small_archive: Archive, shown: list[Clip], tmp_path: Any) -> None:
    world, _, _ = kinematics.place(shown[0].pose, shown[0].travel, np.zeros(2), 0.0)
    validation.save(world, small_archive, "waltz", tmp_path / "made" / "here.npz")
    saved = npz.read(tmp_path / "made" / "here.npz")
    np.testing.assert_allclose(saved.positions, world, atol=1e-3)
    assert (saved.fps, saved.meta["style"]) == (25.0, "waltz")


@pytest.mark.parametrize("phase", ["poses", "sequences", "music"])
def test_an_archive_without_songs_to_validate_on_gives_no_figures(
    begun: Callable[..., Any], small_archive: Archive, phase: str
) -> None:
    from dataclasses import replace

    training = replace(small_archive, dances=tuple(d for d in small_archive.dances if d.split == "train"))
    built = begun(phase, archive=training)
    assert built.validate(built.generator) == {}
