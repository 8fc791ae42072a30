"""The loop: it steps as a loop written out by hand, resumed runs end where uninterrupted ones do, divergence says so."""

from __future__ import annotations

import ast
import copy
import json
import math
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.learning import toy_gan
from tests.learning.toy_gan import Toy
from torch import Tensor, nn

from ballo.errors import DataError
from ballo.learning import checkpoint, engine, schedules
from ballo.learning import folder as run_folder
from ballo.learning.engine import Engine, EngineConfig, Progress
from ballo.learning.interrupts import Interrupted

SHORT = EngineConfig(steps=8, validate_every=3, save_every=2, log_every=1, stop_on="away")


def _silent(progress: Progress) -> None:
    pass


def _engine(folder: Path, config: EngineConfig = SHORT, toy: Toy | None = None) -> Engine:
    folder.mkdir(exist_ok=True)
    return Engine(toy or Toy(), config, folder)


def _trained(folder: Path, config: EngineConfig = SHORT, toy: Toy | None = None) -> Engine:
    made = _engine(folder, config, toy)
    made.train(_silent)
    return made


def _expect_equal(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def _stop_at(step: int) -> Any:
    def report(progress: Progress) -> None:
        if progress.step == step:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"accumulate": 3, "clip_gradient": 0.5},
        {"critic_steps": 3, "clip_weights": 0.05, "schedule": "constant"},
        {"schedule": "steps", "milestones": (1, 3), "milestone_factor": 0.5},
        {"critic_steps": 0},
        {"betas": (0.5, 0.99), "average_decay": 0.3, "final_rate_share": 0.4},
    ],
)
def test_it_steps_as_a_loop_written_out_by_hand(tmp_path: Path, config: dict[str, Any]) -> None:
    settings = EngineConfig(steps=5, generator_rate=3e-3, critic_rate=2e-3, validate_every=0, **config)
    engine = _trained(tmp_path, settings)
    plain, average = _by_hand(settings)
    for name, expected, got in (
        ("generator", plain.generator, engine.phase.generator),
        ("critic", plain.critic, engine.phase.critic),
        ("average", average, engine.average),
    ):
        for (weight, value), other in zip(expected.state_dict().items(), got.state_dict().values(), strict=True):
            torch.testing.assert_close(other, value, atol=1e-6, rtol=1e-5, msg=lambda said, at=(name, weight): f"{at}: {said}")


def _by_hand(settings: EngineConfig) -> tuple[Toy, nn.Module]:
    toy = Toy()
    average = copy.deepcopy(toy.generator)
    both = (toy.generator, settings.generator_rate), (toy.critic, settings.critic_rate)
    of_generator, of_critic = (torch.optim.Adam(network.parameters(), lr=rate, betas=settings.betas) for network, rate in both)
    for step in range(settings.steps):
        share = {
            "cosine": settings.final_rate_share + (1 - settings.final_rate_share) * math.cos(math.pi * step / 5 / 2) ** 2,
            "steps": 0.5 ** ((step >= 1) + (step >= 3)),
            "constant": 1.0,
        }[settings.schedule]
        of_generator.param_groups[0]["lr"] = settings.generator_rate * share
        of_critic.param_groups[0]["lr"] = settings.critic_rate * share
        for number in range(settings.critic_steps + 1):
            last = number == settings.critic_steps
            network, optimiser = (toy.generator, of_generator) if last else (toy.critic, of_critic)
            whole = torch.zeros(())
            for _ in range(settings.accumulate):
                batch = toy.draw()
                terms = toy.generator_loss(batch, step / 5) if last else toy.critic_loss(batch)
                whole = whole + sum(terms.values()) / settings.accumulate
            gradients = torch.autograd.grad(whole, list(network.parameters()), allow_unused=True)
            norm = math.sqrt(sum(float(g.square().sum()) for g in gradients if g is not None))
            shrink = settings.clip_gradient / norm if 0 < settings.clip_gradient < norm else 1.0
            for weight, gradient in zip(network.parameters(), gradients, strict=True):
                weight.grad = None if gradient is None else gradient * shrink
            optimiser.step()
            if settings.clip_weights and not last:
                for weight in network.parameters():
                    weight.data = weight.data.clip(-settings.clip_weights, settings.clip_weights)
        decay = min(settings.average_decay, (1 + step) / (10 + step))
        for mean, now in zip(average.parameters(), toy.generator.parameters(), strict=True):
            mean.data = decay * mean.data + (1 - decay) * now.data
    return toy, average


def test_schedules_end_where_they_should() -> None:
    assert [schedules.cosine(step, 10, 0.2) for step in (0, 5, 10, 12)] == pytest.approx([1.0, 0.6, 0.2, 0.2])
    shares = [schedules.by_milestones(step, (10_000, 35_000, 50_000), 0.8) for step in (0, 9_999, 10_000, 34_999, 60_000)]
    assert shares == pytest.approx([1, 1, 0.8, 0.8, 0.512])


def test_the_average_has_the_running_statistics_of_the_generator(tmp_path: Path) -> None:
    made = _trained(tmp_path, toy=Toy(normalised=True))
    statistics = dict(made.phase.generator.named_buffers())
    assert any(name.endswith("running_mean") and value.abs().max() > 0 for name, value in statistics.items())
    _expect_equal(dict(made.average.named_buffers()), statistics)
    assert not made.average.training


@pytest.mark.parametrize("normalised", [False, True])
def test_a_resumed_run_ends_with_the_weights_of_one_that_was_not_stopped(tmp_path: Path, normalised: bool) -> None:
    whole = _trained(tmp_path / "whole", toy=Toy(normalised=normalised))
    with pytest.raises(Interrupted, match="step 5"):
        _engine(tmp_path / "cut", toy=Toy(normalised=normalised)).train(_stop_at(5))
    torch.manual_seed(99)  # whatever happened in between
    resumed = _engine(tmp_path / "cut", toy=Toy(normalised=normalised, seed=1))
    resumed.resume()
    assert resumed.step == 5
    resumed.train(_silent)
    _expect_same_run(tmp_path / "whole", tmp_path / "cut")
    _expect_equal(whole.phase.generator.state_dict(), resumed.phase.generator.state_dict())


def _expect_same_run(one: Path, other: Path) -> None:
    """Weights, optimisers, chance, the best so far: all of the last checkpoints."""
    a, b = checkpoint.load(one), checkpoint.load(other)
    _expect_equal(a.tensors, b.tensors)
    assert a.header == b.header
    _expect_equal(checkpoint.read(one / checkpoint.BEST).tensors, checkpoint.read(other / checkpoint.BEST).tensors)
    rows = [[row.rsplit(",", 2)[0] for row in (run / "metrics.csv").read_text().splitlines()] for run in (one, other)]
    assert rows[0] == rows[1]
    assert (one / "validation.csv").read_text() == (other / "validation.csv").read_text()


PROGRAM = {"steps": 40, "validate_every": 7, "save_every": 5, "log_every": 1, "stop_on": "away"}


def _start(folder: Path, *arguments: str, **config: int) -> subprocess.Popen[str]:
    command = [sys.executable, toy_gan.__file__, str(folder), json.dumps(PROGRAM | config), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for(program: subprocess.Popen[str], step: int) -> None:
    assert program.stdout is not None
    for line in program.stdout:
        if json.loads(line)["step"] == step:
            return
    pytest.fail(f"ended before step {step}: {program.communicate()[1]}")


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    cut = _start(tmp_path / "cut", "--pause", "0.02")
    _wait_for(cut, 18)
    cut.send_signal(signal.SIGKILL)
    cut.communicate()
    assert cut.returncode == -signal.SIGKILL
    config = EngineConfig(**PROGRAM)
    with run_folder.held(tmp_path / "cut"):
        resumed = _engine(tmp_path / "cut", config, Toy(seed=1))
        resumed.resume()
        assert 15 <= resumed.step < 40
        resumed.train(_silent)
    _trained(tmp_path / "whole", config)
    _expect_same_run(tmp_path / "whole", tmp_path / "cut")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_between_steps_and_a_run_in_use_is_refused(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "run"
    program = _start(folder, "--pause", "0.02", steps=100_000)
    _wait_for(program, 3)
    with pytest.raises(DataError, match=f"is being trained in by process {program.pid}:"), run_folder.held(folder):
        pass
    program.send_signal(number)
    said = program.communicate()[1]
    assert program.returncode == 130
    assert said == f"saved at {checkpoint.load(folder).header['step']}\n"
    with run_folder.held(folder):
        pass


def test_what_breaks_into_a_step_saves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy()
    made = _engine(tmp_path, toy=toy)

    def second_press(batch: Tensor, progress: float) -> Mapping[str, Tensor]:
        raise KeyboardInterrupt

    def report(progress: Progress) -> None:
        if progress.step == 3:
            monkeypatch.setattr(toy, "generator_loss", second_press)

    with pytest.raises(KeyboardInterrupt):
        made.train(report)
    assert checkpoint.load(tmp_path).header["step"] == 2


def test_looking_at_a_run_does_not_change_it(tmp_path: Path) -> None:
    seen = _trained(tmp_path / "seen", replace(SHORT, validate_every=1, sample_every=1))
    unseen = _trained(tmp_path / "unseen", replace(SHORT, validate_every=0))
    _expect_equal(seen.phase.generator.state_dict(), unseen.phase.generator.state_dict())
    assert sorted(path.name for path in (tmp_path / "seen" / "samples").iterdir()) == [f"{k:07d}.npy" for k in range(1, 9)]
    assert [path.name for path in (tmp_path / "unseen" / "samples").iterdir()] == ["0000008.npy"]


class _Scripted(Toy):
    """Validates to figures from a list."""

    def __init__(self, *figures: float) -> None:
        super().__init__()
        self.figures = list(figures)

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        super().validate(generator)
        return {"score": self.figures[len(self.validated) - 1]}


@pytest.mark.parametrize(
    ("better", "figures", "best", "end"),
    [
        ("lower", [3.0, 2.0, 2.5, 2.0, 1.0], 2, 4),
        ("higher", [3.0, 4.0, 2.5, float("nan"), 5.0], 2, 4),
        ("lower", [float("nan"), 2.0, 1.0, 3.0, 0.0], 5, 5),
    ],
)
def test_it_stops_when_validation_gets_no_better_and_keeps_the_best(
    tmp_path: Path, better: Any, figures: list[float], best: int, end: int
) -> None:
    toy = _Scripted(*figures)
    config = EngineConfig(steps=5, validate_every=1, save_every=0, stop_on="score", stop_when=better, patience=2)
    made = _trained(tmp_path, config, toy)
    assert made.step == end
    assert made.done
    kept = checkpoint.read(tmp_path / checkpoint.BEST)
    assert kept.header["step"] == best
    _expect_equal(kept.part("average"), toy.validated[best - 1])
    again = _engine(tmp_path, config, _Scripted())
    again.resume()
    assert again.done


def test_patience_goes_on_counting_after_a_resume(tmp_path: Path) -> None:
    config = EngineConfig(steps=9, validate_every=1, save_every=0, stop_on="score", patience=3)
    with pytest.raises(Interrupted):
        _engine(tmp_path, config, _Scripted(1.0, 2.0, 2.0)).train(_stop_at(3))
    again = _engine(tmp_path, config, _Scripted(2.0, 2.0))
    again.resume()
    again.train(_silent)
    assert again.step == 4


def test_a_figure_that_validation_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"engine.stop_on: validation has no figure 'jerk'; it has away"):
        _trained(tmp_path, replace(SHORT, stop_on="jerk"))


class _Diverging(Toy):
    """After three batches of a loss, that loss is something else."""

    def __init__(self, network: str, spoil: Any) -> None:
        super().__init__()
        self.network, self.spoil = network, spoil

    def critic_loss(self, batch: Tensor) -> Mapping[str, Tensor]:
        terms = dict(super().critic_loss(batch))
        return terms | ({"critic": self.spoil(terms["critic"])} if self.network == "critic" and self.drawn > 9 else {})

    def generator_loss(self, batch: Tensor, progress: float) -> Mapping[str, Tensor]:
        terms = dict(super().generator_loss(batch, progress))
        return terms | ({"spread": self.spoil(terms["spread"])} if self.network == "generator" and self.drawn > 9 else {})


@pytest.mark.parametrize(
    ("network", "spoil", "named"),
    [
        ("generator", lambda loss: loss * float("nan"), "spread nan"),
        ("critic", lambda loss: loss - 2e6, r"critic -2e\+06"),
        ("critic", lambda loss: loss / 0, "critic nan"),
        ("generator", lambda loss: loss + 0 * torch.sqrt(loss * 0), "generator_gradient nan"),
    ],
)
def test_divergence_stops_with_what_to_try_and_leaves_the_checkpoint(
    tmp_path: Path, network: str, spoil: Any, named: str
) -> None:
    made = _engine(tmp_path, replace(SHORT, save_every=1), _Diverging(network, spoil))
    with pytest.raises(DataError, match=rf"diverged at step 4 \(.*{named}.*clip_gradient") as caught:
        made.train(_silent)
    assert "\n" not in str(caught.value)
    assert "--set engine.generator_rate=0.0001" in str(caught.value)
    kept = checkpoint.load(tmp_path)
    assert kept.header["step"] == 3
    assert all(value.isfinite().all() for value in kept.tensors.values())


def test_a_bound_of_nothing_lets_large_losses_be(tmp_path: Path) -> None:
    toy = _Diverging("critic", lambda loss: loss - 2e6)
    assert _trained(tmp_path, replace(SHORT, largest_loss=0.0), toy).step == 8


def test_a_generator_learns_without_a_critic(tmp_path: Path) -> None:
    class Alone(Toy):
        def __init__(self) -> None:
            super().__init__()
            self.critic = None

        def generator_loss(self, batch: Tensor, progress: float) -> Mapping[str, Tensor]:
            return {"distance": (self.generator(self._local(4)) - batch).abs().mean()}

    losses = []
    _engine(tmp_path, EngineConfig(steps=150, generator_rate=0.05), Alone()).train(
        lambda p: losses.append(p.losses["distance"])
    )
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])
    assert not any(name.startswith("critic") for name in checkpoint.load(tmp_path).tensors)


def test_the_critic_stands_still_under_the_generator_and_frozen_weights_stay(tmp_path: Path) -> None:
    toy = Toy()
    toy.generator[0].requires_grad_(False)
    frozen = toy.generator[0].weight.clone()
    needed: list[tuple[bool, ...]] = []
    plain = toy.generator_loss

    def watched(batch: Tensor, progress: float) -> Mapping[str, Tensor]:
        needed.append(tuple(weight.requires_grad for weight in toy.critic.parameters()))
        return plain(batch, progress)

    toy.generator_loss = watched
    _trained(tmp_path, toy=toy)
    assert set(needed) == {(False,) * 3}
    assert all(weight.requires_grad for weight in toy.critic.parameters())
    assert torch.equal(toy.generator[0].weight, frozen)
    assert not toy.generator[0].weight.requires_grad


def test_half_precision_is_used_where_it_was_asked_for(tmp_path: Path) -> None:
    for precision, expected in (("32", torch.float32), ("bf16", torch.bfloat16)):
        toy, seen = Toy(), set()
        toy.generator[0].register_forward_hook(lambda module, given, made, seen=seen: seen.add(made.dtype))
        toy.validate = lambda generator: {}
        toy.sample = lambda generator, folder, step: None
        _trained(tmp_path / precision, EngineConfig(steps=3, precision=precision), toy)
        assert seen == {expected}
        assert all(weight.dtype == torch.float32 for weight in toy.generator.parameters())


def test_a_run_writes_its_figures_down(tmp_path: Path) -> None:
    _trained(tmp_path, replace(SHORT, log_every=3))
    head, *rows = (tmp_path / "metrics.csv").read_text().splitlines()
    columns = "step,critic,penalty,generator,spread,critic_gradient,generator_gradient,generator_rate,critic_rate"
    assert head == columns + ",seconds_a_step,loading_share"
    assert [row.split(",")[0] for row in rows] == ["3", "6", "8"]
    assert all(0 < float(row.split(",")[-1]) < 1 for row in rows)
    validated = (tmp_path / "validation.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in validated] == ["step", "3", "6", "8"]


def test_a_full_disk_is_refused_in_one_line_and_both_checkpoints_stay(tmp_path: Path) -> None:
    program = """
import resource, sys
from ballo.errors import BalloError
from ballo.learning.engine import Engine, EngineConfig
from pathlib import Path
from tests.learning.toy_gan import Toy
made = Engine(Toy(), EngineConfig(steps=9, save_every=1, validate_every=0), Path(sys.argv[1]))
def report(progress):
    if progress.step == 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
try:
    made.train(report)
except BalloError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith(f"cannot write {tmp_path / checkpoint.FILE}")
    assert checkpoint.read(tmp_path / checkpoint.FILE).header["step"] == 4
    assert checkpoint.read(tmp_path / checkpoint.PREVIOUS).header["step"] == 3
    assert not list(tmp_path.glob(".checkpoint.*"))


def test_the_engine_knows_no_dance() -> None:
    tree = ast.parse(Path(engine.__file__).read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {name for name in named if name and name.startswith("ballo")}
    assert not [name for name in ours if not name.startswith(("ballo.learning", "ballo.errors"))]
    assert not {name for name in ours if "phases" in name or "models" in name or "batches" in name}
