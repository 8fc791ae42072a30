"""Phase 2: dance from noise alone."""

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
from ballo.inference import noise
from ballo.learning import losses, validation
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import clips
from ballo.learning.config import at_least
from ballo.learning.engine import EngineConfig
from ballo.learning.models.sequences import Critic, CriticConfig, Generator, GeneratorConfig
from ballo.learning.models.spaces import Dance
from ballo.learning.phases import fitting
from ballo.learning.phases.adversarial import Adversarial, AdversaryConfig
from ballo.learning.phases.starting import DecoderStart, take_decoder
from ballo.learning.shard import Shard


@dataclass(frozen=True)
class LossConfig:
    """What a generator lowers beside the critic's word."""

    total_variation: float = 0.0
    """Weight of how much what the critic sees changes from frame to frame."""

    def __post_init__(self) -> None:
        at_least(self, 0, "total_variation")


@dataclass(frozen=True)
class SequencesConfig:
    """Everything that decides a run of `ballo train sequences`; its TOML has a table for each part."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    adversary: AdversaryConfig = field(default_factory=AdversaryConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    decoder: DecoderStart = field(default_factory=DecoderStart)
    batches: BatchConfig = field(default_factory=lambda: BatchConfig(warm_up_frames=25))
    engine: EngineConfig = field(default_factory=lambda: EngineConfig(steps=2000, critic_steps=3))

    def __post_init__(self) -> None:
        self.adversary.needs_critic()


class SequencesPhase:
    """A game over clips of movement."""

    def __init__(
        self, archive: Archive, config: SequencesConfig, device: torch.device, shard: Shard, start_from: Path | None = None
    ) -> None:
        torch.manual_seed(config.engine.seed)
        self.archive, self.config, self.device, self.shard = archive, config, device, shard
        self.random = np.random.Generator(np.random.PCG64(config.engine.seed))
        generator = make_generator(archive, config)
        space, points = generator.space, fitting.points(archive, config.generator.space)
        fitting.check_window(space, config.batches.frames)
        self.batches = Batches(archive, config.batches, (), self.random, shard, points=points)
        critic = Critic(config.critic, space.channels, config.batches.frames - space.left_out, len(archive.styles))
        shown = self.batches.clips.values()
        fitting.fit_clips(generator.normaliser, critic.normaliser, space, shown, config.generator.scaling)
        take_decoder(generator, config.decoder, start_from)
        self.generator, self.critic = generator.to(device), critic.to(device)
        self.game = Adversarial(config.adversary, self.random, shard)
        self._memory = noise.memory(config.generator.noise_seconds, archive.fps)
        self._validation = clips(archive, "val", ())

    def draw(self) -> Batch:
        """A batch of windows, on the device that trains."""
        return self.batches.draw().to(self.device)

    def critic_loss(self, batch: Batch) -> Mapping[str, Tensor]:
        """The critic's terms."""
        with torch.no_grad():
            made = self._see_made(self._dance(batch))
        return self.game.critic_terms(self._see(batch), made, (), lambda _: lambda clips: self.critic(clips, batch.style))

    def generator_loss(self, batch: Batch, progress: float) -> Mapping[str, Tensor]:
        """The critic's word, and how restless the clips are."""
        made = self._see_made(self._dance(batch))
        score = self.game.generator_term(self._see(batch), made, (), lambda _: lambda clips: self.critic(clips, batch.style))
        terms = {"generator": score}
        if self.config.losses.total_variation:
            terms["variation"] = self.config.losses.total_variation * losses.total_variation(made)
        return terms

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """How dances compare with those of the validation songs; none without such songs."""
        assert isinstance(generator, Generator)
        if not self._validation:
            return {}
        return dataclasses.asdict(validation.compare_freestyle(generator, self._validation, self.archive))

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        """A dance in each style."""
        assert isinstance(generator, Generator)
        for number, style in enumerate(self.archive.styles):
            dance = validation.freestyle(generator, number, 0, validation.SAMPLE_SECONDS, self.archive.fps)
            validation.save(dance, self.archive, style, folder / f"{step:07d}_{style}.npz")

    def describe(self) -> Mapping[str, Any]:
        """What the networks are and what they learn from."""
        return fitting.describe("sequences", self.archive, self.config)

    def _dance(self, batch: Batch) -> Dance:
        """The generator's dance of a batch: it goes on from a warm-up that it does not learn from."""
        warm, frames, local = batch.warm_up_frames, batch.pose.shape[1], len(batch.pose)
        walk = draw_walk(self.random, self.shard, warm + frames, local, self.config.generator.noise_size, self._memory)
        walk = walk.to(self.device)
        state = self.generator.start(local)
        if warm:
            with torch.no_grad():
                state = self.generator(walk[:, :warm], batch.style, state).state
        danced: Dance = self.generator(walk[:, warm:], batch.style, state)
        return danced

    def _see(self, batch: Batch) -> Tensor:
        seen: Tensor = self.critic.normaliser.normalise(self.generator.space.see(batch))
        return seen

    def _see_made(self, dance: Dance) -> Tensor:
        seen: Tensor = self.critic.normaliser.normalise(self.generator.space.see_made(dance.numbers, dance.moved))
        return seen


def draw_walk(random: np.random.Generator, shard: Shard, frames: int, local: int, size: int, memory: float) -> Tensor:
    """Noise (B, T, size) of this process's part of a batch, drawn for the whole of it."""
    white = random.standard_normal((frames, local * shard.count, size), dtype=np.float32)
    return torch.from_numpy(noise.wander(white[:, shard.rank :: shard.count], memory, None)).transpose(0, 1)


def make_generator(archive: Archive, config: SequencesConfig) -> Generator:
    """A fresh generator for an archive's skeleton, styles and frame rate."""
    return Generator(config.generator, fitting.space(archive, config.generator.space), len(archive.styles))
