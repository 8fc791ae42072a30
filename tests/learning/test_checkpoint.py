"""Checkpoints: what a crash leaves can be gone on from, and what does not fit is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.learning.toy_gan import Toy
from torch import nn

from ballo.errors import DataError, ExportError
from ballo.learning import checkpoint
from ballo.learning.engine import Engine, EngineConfig


def _engine(folder: Path, **sizes: Any) -> Engine:
    return Engine(Toy(**sizes), EngineConfig(steps=2), folder)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A run saved at step 1, and before that at 0."""
    made = _engine(tmp_path)
    made.save()
    made._advance()
    made.step = 1
    made.save()
    return tmp_path


def test_the_checkpoint_before_the_last_stays(saved: Path) -> None:
    assert checkpoint.read(saved / checkpoint.FILE).header["step"] == 1
    assert checkpoint.read(saved / checkpoint.PREVIOUS).header["step"] == 0


class _Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


def test_a_save_killed_between_its_renames_leaves_a_run_to_resume(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renames: list[Path] = []
    plain = Path.replace

    def once(self: Path, target: Path) -> Path:
        if renames:
            raise _Killed
        renames.append(Path(target))
        return plain(self, target)

    made = _engine(saved)
    made.resume()
    monkeypatch.setattr(Path, "replace", once)
    with pytest.raises(_Killed):
        made.save()
    monkeypatch.undo()
    assert [path.name for path in renames] == [checkpoint.PREVIOUS]
    assert not (saved / checkpoint.FILE).exists()
    assert checkpoint.exists(saved)
    said: list[str] = []
    assert checkpoint.load(saved, said.append).header["step"] == 1
    assert said == [f"{saved / checkpoint.FILE} is missing: going on from the checkpoint before it, step 1"]
    again = _engine(saved)
    again.resume()
    again.save()
    assert checkpoint.read(saved / checkpoint.FILE).header["step"] == 1


SPOILERS = [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"x" * 100, lambda raw: b"\xff" * 100]


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_damaged_checkpoint_gives_way_to_the_one_before(saved: Path, spoil: Any) -> None:
    path = saved / checkpoint.FILE
    path.write_bytes(spoil(path.read_bytes()))
    said: list[str] = []
    assert checkpoint.load(saved, said.append).header["step"] == 0
    assert said == [f"{path} is damaged: going on from the checkpoint before it, step 0"]
    (saved / checkpoint.PREVIOUS).unlink()
    with pytest.raises(DataError, match="is damaged"):
        checkpoint.load(saved)


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no checkpoint.safetensors: name the folder"):
        checkpoint.load(tmp_path)


def test_another_version_is_refused_though_there_is_one_before(saved: Path) -> None:
    header = {"ballo": json.dumps({"format": 1, "step": 3})}
    save_file({"generator.weight": torch.zeros(1)}, saved / checkpoint.FILE, metadata=header)
    with pytest.raises(DataError, match=r"another version of ballo \(format 1, this reads 2\)"):
        checkpoint.load(saved)


@pytest.mark.parametrize("sizes", [{"hidden": 17}, {"normalised": True}])
def test_another_architecture_is_refused(saved: Path, sizes: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"of another architecture: .*generator\.\d") as caught:
        _engine(saved, **sizes).resume()
    assert "\n" not in str(caught.value)


def test_other_trainable_weights_are_refused(saved: Path) -> None:
    toy = Toy()
    toy.generator[0].requires_grad_(False)
    with pytest.raises(DataError, match="trained 4 weights of its generator_optimiser, the config says 2"):
        Engine(toy, EngineConfig(), saved).resume()


def test_a_refusing_disk_leaves_both_checkpoints(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in saved.iterdir()}

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full_disk)
    with pytest.raises(ExportError, match="No space left"):
        _engine(saved).save()
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before


def test_what_a_killed_save_left_is_cleared_away(saved: Path) -> None:
    kept = sorted(saved.iterdir())
    for name in (".checkpoint.0a1b2c3d.safetensors", ".best.0a1b2c3d.safetensors"):
        (saved / name).write_bytes(b"half")
    checkpoint.clear_unfinished(saved)
    assert sorted(saved.iterdir()) == kept


def test_a_networks_weights_come_back(saved: Path) -> None:
    fresh = Toy(seed=5).generator
    found = checkpoint.load(saved)
    found.fill("generator", fresh)
    assert isinstance(fresh[0], nn.Linear)
    assert torch.equal(fresh[0].weight, found.part("generator")["0.weight"])
