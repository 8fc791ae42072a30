"""Phase 1: still figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ballo.dataset.archive import Archive
from ballo.learning import validation
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import clips
from ballo.learning.engine import EngineConfig
from ballo.learning.models.poses import Critic, CriticConfig, Generator, GeneratorConfig
from ballo.learning.phases import fitting
from ballo.learning.phases.adversarial import Adversarial, AdversaryConfig
from ballo.learning.shard import Shard

SAMPLED = 16
"""Figures of each style in a sample."""


@dataclass(frozen=True)
class PosesConfig:
    """Everything that decides a run of `ballo train poses`; its TOML has a table for each part."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    adversary: AdversaryConfig = field(default_factory=AdversaryConfig)
    batches: BatchConfig = field(default_factory=lambda: BatchConfig(size=64, frames=1, warm_up_frames=0))
    engine: EngineConfig = field(default_factory=lambda: EngineConfig(steps=6000, critic_steps=3, validate_every=1000))

    def __post_init__(self) -> None:
        self.adversary.needs_critic()


class PosesPhase:
    """A game over figures."""

    def __init__(self, archive: Archive, config: PosesConfig, device: torch.device, shard: Shard) -> None:
        torch.manual_seed(config.engine.seed)
        self.archive, self.config, self.device, self.shard = archive, config, device, shard
        self.random = np.random.Generator(np.random.PCG64(config.engine.seed))
        generator = make_generator(archive, config)
        space, points = generator.space, fitting.points(archive, config.generator.space)
        self.batches = Batches(archive, config.batches, (), self.random, shard, points=points)
        critic = Critic(config.critic, space.figure_channels, len(archive.styles))
        shown = self.batches.clips.values()
        fitting.fit_figures(generator.normaliser, critic.normaliser, space, shown, config.generator.scaling)
        self.generator, self.critic = generator.to(device), critic.to(device)
        self.game = Adversarial(config.adversary, self.random, shard)
        self._validation = clips(archive, "val", ())

    def draw(self) -> Batch:
        """A batch of figures, on the device that trains."""
        return self.batches.draw_poses(self.config.batches.size).to(self.device)

    def critic_loss(self, batch: Batch) -> Mapping[str, Tensor]:
        """The critic's terms."""
        with torch.no_grad():
            made = self._make(batch)
        return self.game.critic_terms(self._see(batch), made, (), lambda _: lambda clips: self.critic(clips, batch.style))

    def generator_loss(self, batch: Batch, progress: float) -> Mapping[str, Tensor]:
        """The critic's word."""
        real, made = self._see(batch), self._make(batch)
        return {"generator": self.game.generator_term(real, made, (), lambda _: lambda clips: self.critic(clips, batch.style))}

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """How figures compare with those of the validation songs; none without such songs."""
        assert isinstance(generator, Generator)
        if not self._validation:
            return {}
        return dataclasses.asdict(validation.compare_figures(generator, self._validation))

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        """Figures of each style, a frame each."""
        assert isinstance(generator, Generator)
        for number, style in enumerate(self.archive.styles):
            made = validation.figures(generator, number, 0, SAMPLED)
            validation.save(made, self.archive, style, folder / f"{step:07d}_{style}.npz")

    def describe(self) -> Mapping[str, Any]:
        """What the networks are and what they learn from."""
        return fitting.describe("poses", self.archive, self.config)

    def _make(self, batch: Batch) -> Tensor:
        size = (len(batch.pose) * self.shard.count, self.config.generator.noise_size)
        noise = self.shard.part(self.random.standard_normal(size, dtype=np.float32))
        numbers = self.generator.numbers(torch.from_numpy(noise.copy()).to(self.device), batch.style)
        made: Tensor = self.critic.normaliser.normalise(self.generator.space.see_made_figures(numbers))
        return made

    def _see(self, batch: Batch) -> Tensor:
        seen: Tensor = self.critic.normaliser.normalise(self.generator.space.see_figures(batch))
        return seen


def make_generator(archive: Archive, config: PosesConfig) -> Generator:
    """A fresh generator for an archive's skeleton and styles."""
    return Generator(config.generator, fitting.space(archive, config.generator.space), len(archive.styles))
