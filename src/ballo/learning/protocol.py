"""What the engine and what it trains say to each other: a phase's losses one way, a run's progress the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn


class Phase(Protocol):
    """What is being trained: one network or two, and what each of them lowers."""

    random: np.random.Generator
    """All of a run's chance, alike in every process: draws are for the global batch, of which each takes its part."""

    @property
    def generator(self) -> nn.Module:
        """The network that makes."""

    @property
    def critic(self) -> nn.Module | None:
        """The network that judges; with None only the generator's loss is lowered."""

    def draw(self) -> Any:
        """The next batch (this process's part of it), on the device."""

    def critic_loss(self, batch: Any) -> Mapping[str, Tensor]:
        """Named terms, means over the batch; their sum is lowered."""

    def generator_loss(self, batch: Any, progress: float) -> Mapping[str, Tensor]:
        """Likewise; `progress` goes from 0 to 1 over the run."""

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """Figures of a generator on clips it has not seen."""

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        """Write sample clips of a generator into a folder."""

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
