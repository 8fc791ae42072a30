"""Trains step by step as it is told to: python -m benchmarks.training_steps SIDE WORK ARCHIVE

SIDE is "ballo", "denormals" (ballo, but without flushing them), "gpu" (ballo on one) or "plain"; WORK is one of `WORKS`. Each
line on standard input is a word, and each is answered by a line of JSON:

- "round": a critic step and a generator step, {"critic": [seconds, processor seconds], "generator": [...]};
- "iteration": what the engine does a step, {"seconds": ..., "loading": ..., "windows": ...};
- "facts": multiply-accumulates of a "critic" and of a "generator" step, counted in one more of each, how many clips the critic
  has "seen" and how many waveforms it has "heard" in its step, and the "peak_megabytes" before;
- "device": {"steps_a_second": ..., "busy": ...} of iterations on a GPU.

Sides live at once, each in a process of its own, and take turns step by step; who waits does nothing. So each has the threads
and the handling of denormal numbers that it would have alone, both of which are set once for a whole process.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from ballo.dataset.archive import Archive
from ballo.learning import config, phases
from ballo.learning.engine import Engine
from ballo.learning.processes import Device, Processes
from ballo.learning.shard import Shard
from benchmarks import arithmetic, timing
from benchmarks.plain.training import Training

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
WORKS: dict[str, tuple[str, list[str], list[str]]] = {
    "music": ("music", ["seed/music.toml"], []),
    "wavegan": ("music", ["seed/music.toml", "ablations/music-wavegan.toml"], []),
    "sequences": ("sequences", ["seed/sequences.toml"], []),
    "defaults": ("music", [], []),
    "varied": ("music", [], ["batches.stretch=0.1", "batches.start_phase=true"]),
}
"""The research system's phases at its sizes; ballo's defaults, and these with every variation of windows. Each by the phase's
name, the configs laid over one another, and changes to them."""
DEVICE_ITERATIONS = 20


class Side(Protocol):
    """Something in training."""

    @property
    def critic(self) -> nn.Module:
        """The network that judges."""

    def critic_step(self) -> object:
        """One step of it."""

    def generator_step(self) -> object:
        """One step of the other."""


class Ours:
    """A phase of ballo's under its engine, as `ballo train` sets them up."""

    def __init__(self, work: str, archive: Archive, folder: Path, device: Device) -> None:
        name, files, changes = WORKS[work]
        layers = [config.from_file(CONFIGS / file) for file in files] + [config.from_change(change) for change in changes]
        settings = config.layered(phases.KINDS[name].config, layers)
        processes = Processes(device, settings.engine.precision)
        self.phase: Any = phases.build(name, archive, settings, processes.device, Shard())
        self.engine = Engine(self.phase, settings.engine, folder, processes)
        self.critic_step, self.generator_step = self.engine.critic_step, self.engine.generator_step
        critic = self.phase.critic
        assert isinstance(critic, nn.Module), "the benchmarked phases have one"
        self.critic = critic

    def iteration(self) -> None:
        """The critic's steps and the generator's."""
        for _ in range(self.engine.config.critic_steps):
            self.critic_step()
        self.generator_step()

    def timed_iteration(self) -> dict[str, float]:
        """How long one takes, how long it waits for batches, and how many different windows it learns from."""
        loading, windows, draw = 0.0, 0, self.phase.draw

        def drawn() -> Any:
            nonlocal loading, windows
            begun = time.perf_counter()
            batch = draw()
            loading += time.perf_counter() - begun
            windows += len(batch.pose)
            return batch

        self.phase.draw = drawn
        seconds = timing.seconds_of(self.iteration)
        self.phase.draw = draw
        if self.phase.config.losses.sameness:  # half of the generator's batch is danced, each window twice
            size = self.phase.config.batches.size
            windows -= size - max(1, size // 2)
        return {"seconds": seconds, "loading": loading, "windows": windows}


def timed_round(side: Side) -> dict[str, tuple[float, float]]:
    """Seconds on the clock and of the processor, of a step of each kind."""
    return {"critic": _timed(side.critic_step), "generator": _timed(side.generator_step)}


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    begun = time.process_time()
    seconds = timing.seconds_of(step)
    return seconds, time.process_time() - begun


def facts(side: Side) -> dict[str, float | None]:
    """What steps cost beside time."""
    peak, critic = peak_megabytes(), side.critic
    movement = getattr(critic, "movement_encoder", None) or getattr(critic, "encoder", None)
    with _counted(movement) as seen, _counted(getattr(critic, "audio_encoder", None)) as heard:
        of_critic = arithmetic.of_call(side.critic_step)
    of_generator = arithmetic.of_call(side.generator_step)
    counts = {"seen": sum(seen), "heard": sum(heard)}
    return {"critic": of_critic, "generator": of_generator, "peak_megabytes": peak, **counts}


@contextmanager
def _counted(network: nn.Module | None) -> Iterator[list[int]]:
    """How many clips a network is given, call by call; empty without one."""
    counts: list[int] = []
    if network is None:
        yield counts
        return
    hook = network.register_forward_pre_hook(lambda _, given: counts.append(len(given[0])))
    yield counts
    hook.remove()


def peak_megabytes() -> float | None:
    """The most memory this process has held; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells is never under what the parent held
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(held.split()[1]) * 1024 / 1e6
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def on_device(side: Ours) -> dict[str, float]:
    """Iterations a second on a GPU, and the share of that time in which it computes, by its own record of its work."""
    from torch.autograd.profiler_util import DeviceType
    from torch.profiler import ProfilerActivity, profile

    def iterations() -> None:
        for _ in range(DEVICE_ITERATIONS):
            side.iteration()
        torch.cuda.synchronize()

    iterations()
    seconds = timing.seconds_of(iterations)
    with profile(activities=[ProfilerActivity.CUDA]) as record:
        iterations()
    kernels = [event for event in record.key_averages() if event.device_type == DeviceType.CUDA]
    busy = sum(event.self_device_time_total for event in kernels) / 1e6
    return {"steps_a_second": DEVICE_ITERATIONS / seconds, "busy": busy / seconds}


def main(side: str, work: str, archive: Path) -> None:
    """Answer words until there are none."""
    if side in ("ballo", "gpu"):
        torch.set_flush_denormal(True)
    with tempfile.TemporaryDirectory() as folder:
        opened = Archive.open(archive)
        trained: Any = (
            Training(work, opened) if side == "plain" else Ours(work, opened, Path(folder), "cuda" if side == "gpu" else "cpu")
        )
        answers: dict[str, Callable[[], object]] = {
            "round": lambda: timed_round(trained),
            "iteration": lambda: trained.timed_iteration(),
            "facts": lambda: facts(trained),
            "device": lambda: on_device(trained),
        }
        for word in sys.stdin:
            print(json.dumps(answers[word.strip()]()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
