"""The loop: resumed runs end where uninterrupted ones do, interrupts save, divergence says so, checkpoints survive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import checkpoint, runs
from ballo.learning.engine import Engine, EngineConfig, Progress
from ballo.learning.phases import MusicConfig, MusicPhase


def _silent(progress: Progress) -> None:
    pass


def _engine(archive: Archive, config: MusicConfig, folder: Path) -> Engine:
    folder.mkdir(exist_ok=True)
    return Engine(MusicPhase(archive, config, torch.device("cpu")), config.engine, folder)


def test_a_resumed_run_ends_with_the_weights_of_one_that_was_not_stopped(
    small_archive: Archive, smoke: MusicConfig, tmp_path: Path
) -> None:
    whole = _engine(small_archive, smoke, tmp_path / "whole")
    whole.train(_silent)

    def stop_at_three(progress: Progress) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _engine(small_archive, smoke, tmp_path / "cut").train(stop_at_three)
    torch.manual_seed(99)  # whatever happened in between
    resumed = _engine(small_archive, smoke, tmp_path / "cut")
    resumed.resume()
    assert resumed.step == 3
    resumed.train(_silent)
    for network in ("generator", "critic"):
        one, other = (getattr(engine.phase, network).state_dict() for engine in (whole, resumed))
        for name, value in one.items():
            assert torch.equal(value, other[name]), name
    for name, value in whole.average.state_dict().items():
        assert torch.equal(value, resumed.average.state_dict()[name]), name


def test_the_average_follows_the_generator(small_archive: Archive, smoke: MusicConfig, tmp_path: Path) -> None:
    engine = _engine(small_archive, smoke, tmp_path / "run")
    start = {name: value.clone() for name, value in engine.average.named_parameters()}
    engine.train(_silent)
    now = dict(engine.phase.generator.named_parameters())
    for name, mean in engine.average.named_parameters():
        assert not torch.equal(mean, start[name]), name
        assert (mean - now[name]).abs().max() <= (start[name] - now[name]).abs().max(), name


class _Broken:
    """A phase whose loss is no number."""

    def __init__(self) -> None:
        self.generator, self.critic = nn.Linear(1, 1), nn.Linear(1, 1)
        self.random = np.random.default_rng(0)

    def draw(self) -> None:
        pass

    def critic_loss(self, batch: Any) -> Mapping[str, Tensor]:
        return {"critic": self.critic.weight.sum()}

    def generator_loss(self, batch: Any, progress: float) -> Mapping[str, Tensor]:
        return {"generator": self.generator.weight.sum() * float("nan")}

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        return {}

    def describe(self) -> Mapping[str, Any]:
        return {}


def test_divergence_names_the_step_and_the_losses(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"diverged at step 0.*generator.*nan"):
        Engine(_Broken(), EngineConfig(steps=5), tmp_path).train(_silent)


def test_a_run_writes_its_figures_down(small_archive: Archive, smoke: MusicConfig, tmp_path: Path) -> None:
    _engine(small_archive, smoke, tmp_path / "run").train(_silent)
    rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    assert rows[0].startswith("step,critic,penalty,generator,distance,sameness,")
    assert [row.split(",")[0] for row in rows[1:]] == ["3", "6"]


def test_a_killed_save_leaves_the_checkpoint_before(
    small_archive: Archive, smoke: MusicConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _engine(small_archive, smoke, tmp_path / "run")
    engine.save()
    kept = (tmp_path / "run" / checkpoint.FILE).read_bytes()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full_disk)
    with pytest.raises(Exception, match="No space left"):
        engine.save()
    assert (tmp_path / "run" / checkpoint.FILE).read_bytes() == kept
    assert [path.name for path in (tmp_path / "run").iterdir()] == [checkpoint.FILE]


@pytest.mark.parametrize("spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"x" * 100])
def test_a_damaged_checkpoint_is_refused(small_archive: Archive, smoke: MusicConfig, tmp_path: Path, spoil: Any) -> None:
    _engine(small_archive, smoke, tmp_path / "run").save()
    path = tmp_path / "run" / checkpoint.FILE
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match="damaged"):
        checkpoint.load(tmp_path / "run")


def test_runs_refuse_what_would_mix_them_up(small_archive: Archive, smoke: MusicConfig, tmp_path: Path) -> None:
    archive, folder = small_archive.path, tmp_path / "run"
    with pytest.raises(DataError, match="no checkpoint"):
        runs.train_music(archive, folder, None, True, _silent)
    _engine(small_archive, replace(smoke, engine=replace(smoke.engine, steps=1)), folder).save()
    with pytest.raises(DataError, match="already holds a run"):
        runs.train_music(archive, folder, None, False, _silent)
    with pytest.raises(DataError, match="leave out --config"):
        runs.train_music(archive, folder, tmp_path / "x.toml", True, _silent)
