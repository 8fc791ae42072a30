"""One adversarial loop. It knows critics, generators, averages and checkpoints, and no dance: a phase tells it the rest."""

from __future__ import annotations

import copy
import csv
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ballo.errors import DataError
from ballo.learning import checkpoint


@dataclass(frozen=True)
class EngineConfig:
    """How long and how fast to train."""

    steps: int = 2200
    critic_steps: int = 2
    generator_rate: float = 2e-4
    critic_rate: float = 2e-4
    average_decay: float = 0.998
    """How much of the averaged generator, which is the one that ships, a step keeps."""
    final_rate_share: float = 0.1
    """The learning rate falls along a cosine to this share of itself."""
    validate_every: int = 200
    save_every: int = 50
    seed: int = 0


class Phase(Protocol):
    """What is being trained: two networks, and what each of them lowers."""

    random: np.random.Generator

    @property
    def generator(self) -> nn.Module:
        """The network that makes."""

    @property
    def critic(self) -> nn.Module:
        """The network that judges."""

    def draw(self) -> Any:
        """The next batch."""

    def critic_loss(self, batch: Any) -> Mapping[str, Tensor]:
        """Named terms; their sum is lowered."""

    def generator_loss(self, batch: Any, progress: float) -> Mapping[str, Tensor]:
        """Likewise; `progress` goes from 0 to 1 over the run."""

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """Figures of a generator on clips it has not seen."""

    def describe(self) -> Mapping[str, Any]:
        """What a checkpoint's header says of the phase: its name, config and data."""


@dataclass
class Progress:
    """Where a run is, for a progress line."""

    step: int
    steps: int
    losses: Mapping[str, float]
    steps_per_second: float
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds_left(self) -> float:
        """At the pace so far."""
        return (self.steps - self.step) / self.steps_per_second if self.steps_per_second else math.inf


class Engine:
    """Trains a phase in a run folder: checkpoint.safetensors to resume from, metrics.csv to look back on."""

    def __init__(self, phase: Phase, config: EngineConfig, folder: Path) -> None:
        self.phase, self.config, self.folder, self.step = phase, config, folder, 0
        self.average = copy.deepcopy(phase.generator).requires_grad_(False)
        self._optimisers = {
            "generator_optimiser": _adam(phase.generator, config.generator_rate),
            "critic_optimiser": _adam(phase.critic, config.critic_rate),
        }
        self._modules = {"generator": phase.generator, "critic": phase.critic, "average": self.average}

    def resume(self) -> None:
        """Go on from the folder's checkpoint, as if the run had not been interrupted."""
        saved = checkpoint.load(self.folder)
        checkpoint.restore(saved, self._modules, self._optimisers, self.phase.random)
        self.step = int(saved.header["step"])

    def train(self, report: Callable[[Progress], None]) -> None:
        """Train to the end, calling `report` after each step. An interrupt saves first, then is passed on.

        Raises:
            DataError: the losses are no longer numbers.
        """
        begun, first = time.monotonic(), self.step
        try:
            while self.step < self.config.steps:
                losses = self._advance()
                self.step += 1
                figures = self._keep(losses)
                pace = (self.step - first) / (time.monotonic() - begun)
                report(Progress(self.step, self.config.steps, losses, pace, figures))
        except KeyboardInterrupt:
            self.save()
            raise

    def save(self) -> None:
        """Write the checkpoint."""
        header = {"step": self.step, **self.phase.describe()}
        checkpoint.save(self.folder, self._modules, self._optimisers, self.phase.random, header)

    def _advance(self) -> dict[str, float]:
        """The critic's steps, the generator's, and the average's."""
        progress = self.step / self.config.steps
        self._set_rates(progress)
        self.phase.critic.requires_grad_(True)
        for _ in range(self.config.critic_steps):
            critic_terms = dict(self.phase.critic_loss(self.phase.draw()))
            self._lower("critic_optimiser", critic_terms)
        self.phase.critic.requires_grad_(False)
        generator_terms = dict(self.phase.generator_loss(self.phase.draw(), progress))
        self._lower("generator_optimiser", generator_terms)
        self._follow()
        losses = {name: float(term.detach()) for name, term in (critic_terms | generator_terms).items()}
        if not all(math.isfinite(value) for value in losses.values()):
            raise DataError(f"training diverged at step {self.step}: {losses}; lower the rates or resume with a new seed")
        return losses

    def _lower(self, optimiser: str, terms: Mapping[str, Tensor]) -> None:
        self._optimisers[optimiser].zero_grad(set_to_none=True)
        torch.autograd.backward(torch.stack(list(terms.values())).sum())
        self._optimisers[optimiser].step()

    def _set_rates(self, progress: float) -> None:
        low = self.config.final_rate_share
        share = low + (1 - low) * (1 + math.cos(math.pi * progress)) / 2
        for name, rate in (("generator", self.config.generator_rate), ("critic", self.config.critic_rate)):
            for group in self._optimisers[f"{name}_optimiser"].param_groups:
                group["lr"] = rate * share

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the averaged generator; early on it forgets its random start faster."""
        decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.average.parameters(), self.phase.generator.parameters(), strict=True):
            mean.lerp_(now, 1 - decay)

    def _keep(self, losses: Mapping[str, float]) -> Mapping[str, float]:
        """Validate and save when it is time; the last step does both."""
        last = self.step == self.config.steps
        figures: Mapping[str, float] = {}
        if last or self.step % self.config.validate_every == 0:
            figures = self.phase.validate(self.average)
            self._write_row({"step": self.step, **losses, **figures})
        if last or self.step % self.config.save_every == 0:
            self.save()
        return figures

    def _write_row(self, row: Mapping[str, float]) -> None:
        path = self.folder / "metrics.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if new:
                writer.writeheader()
            writer.writerow({name: f"{value:.6g}" for name, value in row.items()})


def _adam(module: nn.Module, rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(module.parameters(), lr=rate, betas=(0.0, 0.9))
