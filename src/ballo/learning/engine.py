"""One adversarial loop. It knows critics, generators, averages and checkpoints, and no dance: a phase tells it the rest."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from torch import nn

from ballo.errors import DataError
from ballo.learning import checkpoint, schedules
from ballo.learning.config import at_least
from ballo.learning.descent import Descent, Lowered, Pace
from ballo.learning.interrupts import Interrupted
from ballo.learning.journal import Journal
from ballo.learning.processes import Precision, Processes
from ballo.learning.protocol import Phase as Phase
from ballo.learning.protocol import Progress as Progress

T = TypeVar("T")
Figures = Mapping[str, float]

SAMPLES = "samples"


@dataclass(frozen=True)
class EngineConfig:
    """How long and how fast to train, and what to keep."""

    steps: int = 2200
    critic_steps: int = 2
    """Of the critic for each of the generator's; 0 leaves the critic as it is."""
    generator_rate: float = 2e-4
    critic_rate: float = 2e-4
    betas: tuple[float, float] = (0.0, 0.9)
    """Adam's memory of gradients and of their squares."""
    schedule: schedules.Schedule = "cosine"
    final_rate_share: float = 0.1
    """"cosine": the learning rate falls to this share of itself."""
    milestones: tuple[int, ...] = (10_000, 35_000, 50_000)
    milestone_factor: float = 0.8
    """"steps": the learning rate is multiplied by the factor at each milestone."""
    average_decay: float = 0.998
    """How much of the averaged generator, which is the one that ships, a step keeps."""
    accumulate: int = 1
    """Batches a step; their gradients are averaged."""
    clip_gradient: float = 0.0
    """Gradients are shortened to this norm; 0 leaves them."""
    clip_weights: float = 0.0
    """After each of its steps the critic's weights are cut to plus and minus this (WGAN of 2017: 0.01); 0 leaves them."""
    largest_loss: float = 1e6
    """A loss beyond it counts as divergence: a 32-bit number of that size is rounded by 0.06, which is what losses are told
    apart by. 0 accepts any number."""
    precision: Precision = "32"
    validate_every: int = 200
    save_every: int = 50
    sample_every: int = 0
    """Steps between sample clips; 0 makes them at the end only, as it does for the other two."""
    log_every: int = 10
    stop_on: str | None = None
    """A validation figure: the generator at its best is kept as best.safetensors."""
    stop_when: Literal["lower", "higher"] = "lower"
    """Which is better."""
    patience: int = 0
    """Validations without a better figure that end the run; 0 trains to the end."""
    seed: int = 0

    def __post_init__(self) -> None:
        at_least(self, 1, "steps", "accumulate", "log_every")
        at_least(self, 0, "critic_steps", "generator_rate", "critic_rate", "final_rate_share", "milestones", "milestone_factor")
        at_least(self, 0, "average_decay", "clip_gradient", "clip_weights", "largest_loss", "betas")
        at_least(self, 0, "validate_every", "save_every", "sample_every", "patience", "seed")
        if self.average_decay >= 1 or max(self.betas) >= 1:
            raise ValueError(f"{'betas' if max(self.betas) >= 1 else 'average_decay'} must be below 1")
        if self.patience and not self.stop_on:
            raise ValueError("patience needs stop_on, the validation figure to watch")

    def rate_share(self, step: int) -> float:
        """What the schedule makes of the learning rates after so many steps."""
        if self.schedule == "cosine":
            return schedules.cosine(step, self.steps, self.final_rate_share)
        return schedules.by_milestones(step, self.milestones, self.milestone_factor) if self.schedule == "steps" else 1.0


@dataclass
class _Best:
    """The best validation figure so far, the step it was found at, and how many validations have passed since."""

    figure: float | None = None
    step: int = 0
    waited: int = 0


class Engine:
    """Trains a phase in a run folder: checkpoint.safetensors to resume from, metrics.csv to look back on.

    Args:
        phase, config: what is trained, and how.
        folder: the run's; it exists.
        processes: this process among the run's; alone on the CPU by default.
        notes: more for the checkpoint's header.

    Batch normalisation in several processes: each normalises by its own part of a batch, so losses differ from those of one
    process on the whole batch (smaller parts, noisier statistics), and the running statistics that are kept are the first's.
    """

    def __init__(
        self,
        phase: Phase,
        config: EngineConfig,
        folder: Path,
        processes: Processes | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        self.phase, self.config, self.folder, self.step = phase, config, folder, 0
        self.processes = processes or Processes("cpu", config.precision)
        networks = {"generator": phase.generator} | ({"critic": phase.critic} if phase.critic is not None else {})
        for network in networks.values():
            self.processes.alike(network)
        self.average = copy.deepcopy(phase.generator).requires_grad_(False).eval()
        self._modules: dict[str, nn.Module] = {**networks, checkpoint.AVERAGE: self.average}
        self._descents = {name: _descent(name, network, config) for name, network in networks.items()}
        self._notes, self._best, self._pace = dict(notes or {}), _Best(), Pace()

    def resume(self, saved: checkpoint.Checkpoint | None = None) -> None:
        """Go on from a checkpoint (by default the folder's), as if the run had not been interrupted.

        Raises:
            DataError: there is none, or it is damaged, or of another architecture.
        """
        saved = saved or checkpoint.load(self.folder)
        checkpoint.restore(saved, self._modules, self._optimisers(), self.phase.random)
        self.step = int(saved.header["step"])
        self._best = _Best(**saved.header["best"])

    @property
    def done(self) -> bool:
        """Whether all steps are made, or patience has run out."""
        return self.step >= self.config.steps or bool(self.config.patience and self._best.waited >= self.config.patience)

    def train(self, report: Callable[[Progress], None], stop: Callable[[], bool] = lambda: False) -> None:
        """Train to the end, calling `report` after each step in the first process.

        Between steps `stop` is asked whether to end early; that, or a KeyboardInterrupt out of `report`, saves first. One that
        breaks into a step saves nothing, since half a step cannot be gone on from exactly.

        Raises:
            DataError: the run diverged, or validation has no figure `stop_on`.
            Interrupted: it was stopped, and has been saved.
            ExportError: the disk refused.
        """
        begun, first = time.monotonic(), self.step
        with ExitStack() as stack:
            journal = stack.enter_context(Journal(self.folder, self.step)) if self.processes.rank == 0 else None
            while not self.done:
                losses, gradients = self._advance()
                self.step += 1
                figures = self._keep(journal, losses, gradients)
                pace = (self.step - first) / (time.monotonic() - begun)
                progress = Progress(self.step, self.config.steps, losses, pace, figures)
                asked = bool(journal and _interrupted(report, progress)) or stop()
                if self.processes.any(asked) and not self.done:
                    self.save(journal)
                    raise Interrupted(self.step)

    def save(self, journal: Journal | None = None) -> None:
        """Write the checkpoint; raises ExportError if the disk refuses."""
        self.processes.first(lambda: self._save(journal))

    def critic_step(self) -> Lowered:
        """One step of the critic."""
        return self._descents["critic"].step(self.phase.draw, self.phase.critic_loss, self.processes, self._pace)

    def generator_step(self) -> Lowered:
        """One step of the generator, with a critic that stands still, and one of the average."""
        progress, critic = self.step / self.config.steps, self._descents.get("critic")
        with critic.still() if critic else nullcontext():
            lowered = self._descents["generator"].step(
                self.phase.draw, lambda batch: self.phase.generator_loss(batch, progress), self.processes, self._pace
            )
        self._follow()
        return lowered

    def _advance(self) -> tuple[dict[str, float], dict[str, float]]:
        """The critic's steps and the generator's: losses, and norms of gradients, of each network's last."""
        for descent in self._descents.values():
            descent.set_rate(self.config.rate_share(self.step))
        with self._pace.step():
            lowered = {}
            if "critic" in self._descents:
                for _ in range(self.config.critic_steps):
                    lowered["critic"] = self.critic_step()
            lowered["generator"] = self.generator_step()
            terms = {name: value for made in lowered.values() for name, value in made.terms.items()}
            norms = {f"{name}_gradient": made.gradient for name, made in lowered.items()}
            # One wait for the device a step; the norms are every process's alike.
            values = self.processes.mean(torch.stack([*terms.values(), *norms.values()])).tolist()
        losses, gradients = dict(zip(terms, values, strict=False)), dict(zip(norms, values[len(terms) :], strict=True))
        self._refuse_divergence(losses, gradients)
        return losses, gradients

    def _refuse_divergence(self, losses: Figures, gradients: Figures) -> None:
        bound = self.config.largest_loss or math.inf
        numbers = [*losses.values(), *gradients.values()]
        if all(map(math.isfinite, numbers)) and all(abs(loss) <= bound for loss in losses.values()):
            return
        found = ", ".join(f"{name} {value:.3g}" for name, value in {**losses, **gradients}.items())
        halves = [f"--set engine.{name}_rate={getattr(self.config, f'{name}_rate') / 2:.3g}" for name in self._descents]
        saved = "resume from the last checkpoint" if checkpoint.exists(self.folder) else "train anew"
        raise DataError(
            f"training diverged at step {self.step + 1} ({found}): {saved} with lower rates ({' '.join(halves)}) "
            "or --set engine.clip_gradient=1"
        )

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the averaged generator; early on it forgets its random start faster. Running statistics are means already."""
        decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.average.parameters(), self.phase.generator.parameters(), strict=True):
            mean.lerp_(now, 1 - decay)
        for kept, statistic in zip(self.average.buffers(), self.phase.generator.buffers(), strict=True):
            kept.copy_(statistic)

    def _keep(self, journal: Journal | None, losses: Figures, gradients: Figures) -> Mapping[str, float]:
        """Write down, validate, sample and save when it is time; the last step does all."""
        figures: Figures = {}
        if self._due(self.config.validate_every):
            figures = self.processes.first(lambda: self._aside(lambda: dict(self.phase.validate(self.average))))
            self._judge(figures)
        if journal and self._due(self.config.log_every):
            rates = {f"{name}_rate": descent.rate for name, descent in self._descents.items()}
            journal.metrics(self.step, {"loss": losses, "gradient": gradients, "rate": rates, "pace": self._pace.take()})
        if journal and figures:
            journal.validation(self.step, figures)
        if self._due(self.config.sample_every):
            self.processes.first(lambda: self._aside(self._sample))
        if self._due(self.config.save_every):
            self.save(journal)
        return figures

    def _due(self, every: int) -> bool:
        return self.done or bool(every and self.step % every == 0)

    def _judge(self, figures: Figures) -> None:
        """Keep the generator if it is the best so far; count how long it has not been."""
        name, best = self.config.stop_on, self._best
        if name is None:
            return
        if name not in figures:
            raise DataError(f"engine.stop_on: validation has no figure {name!r}; it has {', '.join(figures) or 'none'}")
        figure = figures[name]
        better = best.figure is None or (figure < best.figure if self.config.stop_when == "lower" else figure > best.figure)
        if not better or not math.isfinite(figure):
            best.waited += 1
            return
        self._best = _Best(figure, self.step)
        self.processes.first(lambda: checkpoint.save_best(self.folder, self.average, self._header()))

    def _sample(self) -> None:
        folder = self.folder / SAMPLES
        folder.mkdir(exist_ok=True)
        self.phase.sample(self.average, folder, self.step)

    def _aside(self, work: Callable[[], T]) -> T:
        """What `work` gives, without the run's random numbers having been touched: looking at a run does not change it."""
        numpy_state, torch_state = self.phase.random.bit_generator.state, torch.get_rng_state()
        try:
            return work()
        finally:
            self.phase.random.bit_generator.state = numpy_state
            torch.set_rng_state(torch_state)

    def _save(self, journal: Journal | None) -> None:
        if journal:
            journal.flush()
        checkpoint.save(self.folder, self._modules, self._optimisers(), self.phase.random, self._header())

    def _header(self) -> dict[str, Any]:
        return {"step": self.step, "best": dataclasses.asdict(self._best), **self._notes, **self.phase.describe()}

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {f"{name}_optimiser": descent.optimiser for name, descent in self._descents.items()}


def _descent(name: str, network: nn.Module, config: EngineConfig) -> Descent:
    return Descent(
        network,
        config.critic_rate if name == "critic" else config.generator_rate,
        betas=config.betas,
        accumulate=config.accumulate,
        clip_gradient=config.clip_gradient,
        clip_weights=config.clip_weights if name == "critic" else 0.0,
    )


def _interrupted(report: Callable[[Progress], None], progress: Progress) -> bool:
    try:
        report(progress)
    except KeyboardInterrupt:
        return True
    return False
