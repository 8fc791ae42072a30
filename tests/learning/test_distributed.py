"""Several processes train as one: torchrun, for real, on the CPU."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.learning import toy_gan
from tests.learning.toy_gan import Toy

from ballo.dataset.archive import Archive
from ballo.learning import checkpoint
from ballo.learning.engine import Engine, EngineConfig, Progress

BIN = Path(sys.executable).parent
SMOKE = Path(__file__).parents[2] / "configs" / "smoke" / "music.toml"

pytestmark = [
    pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="this PyTorch has no gloo"),
    pytest.mark.skipif(not (BIN / "torchrun").exists(), reason="no torchrun beside this Python"),
]


def _torchrun(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "torchrun"), "--standalone", "--nproc-per-node", "2", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def _alone(folder: Path, config: EngineConfig) -> list[dict[str, float]]:
    folder.mkdir()
    losses: list[dict[str, float]] = []

    def report(progress: Progress) -> None:
        losses.append({"step": progress.step, **progress.losses})

    Engine(Toy(), config, folder).train(report)
    return losses


def test_two_processes_have_the_losses_of_one_on_the_same_batches(tmp_path: Path) -> None:
    """With a penalty, whose second gradient a wrapped module would not reduce, and a clip that comes after reducing."""
    config = {"steps": 12, "generator_rate": 3e-3, "critic_rate": 3e-3, "clip_gradient": 5.0, "accumulate": 2, "save_every": 6}
    config |= {"log_every": 1, "validate_every": 4, "stop_on": "away", "sample_every": 4}
    done = _torchrun(toy_gan.__file__, tmp_path / "two", json.dumps(config))
    assert done.returncode == 0, done.stderr
    expected = _alone(tmp_path / "one", EngineConfig(**config))
    got = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["step"] for row in got] == list(range(1, 13))  # the second process prints nothing
    for one, two in zip(expected, got, strict=True):
        assert two == pytest.approx(one, abs=1e-5)
    one, two = (checkpoint.load(tmp_path / name) for name in ("one", "two"))
    for name, value in one.tensors.items():
        torch.testing.assert_close(two.tensors[name], value, atol=1e-5, rtol=1e-4, msg=name)
    assert two.header["best"]["step"] == one.header["best"]["step"]
    _resumed_alone(tmp_path)


def _resumed_alone(tmp_path: Path) -> None:
    """A run of two processes goes on in one, as if it had always been one's."""
    shutil.copytree(tmp_path / "two", tmp_path / "on")
    engines = []
    for name in ("one", "on"):
        engines.append(Engine(Toy(seed=3), EngineConfig(steps=15), tmp_path / name))
        engines[-1].resume()
        engines[-1].train(lambda progress: None)
    for name, value in engines[0].phase.generator.state_dict().items():
        torch.testing.assert_close(engines[1].phase.generator.state_dict()[name], value, atol=1e-5, rtol=1e-4, msg=name)


def _metrics(folder: Path) -> list[dict[str, float]]:
    with (folder / "metrics.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return [{name: row[name] for name in row if name not in ("seconds_a_step", "loading_share")} for row in rows]


def test_the_music_phase_trains_in_two_processes_as_in_one(small_archive: Archive, tmp_path: Path) -> None:
    """The loss is the plain one: a Wasserstein critic's last bias has a gradient of pure rounding, of which Adam makes a full
    step, so that scores (never their differences) wander by the learning rate from one way of adding up to another."""
    arguments = ["train", "music", small_archive.path, "--config", SMOKE, "--device", "cpu", "--set", "adversary.loss=plain"]
    arguments += ["--set", "engine.log_every=1", "--set", "engine.steps=4", "-o"]
    for start, folder in (
        ([BIN / "ballo"], "one"),
        ([BIN / "torchrun", "--standalone", "--nproc-per-node", "2", BIN / "ballo"], "two"),
    ):
        done = subprocess.run([*map(str, [*start, *arguments, tmp_path / folder])], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("Done.") == 1
    one, two = _metrics(tmp_path / "one"), _metrics(tmp_path / "two")
    assert len(one) == 4
    for alone, together in zip(one, two, strict=True):
        assert together == pytest.approx(alone, rel=1e-5, abs=1e-5)
