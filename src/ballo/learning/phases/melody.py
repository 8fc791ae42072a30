"""The LSTM autoencoder of Tang et al. 2018, trained as they say: by two squared errors, without a critic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ballo.dataset.archive import SAMPLE_RATE, Archive
from ballo.learning import validation
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import MARGIN, clips, samples_per_frame
from ballo.learning.config import at_least
from ballo.learning.engine import EngineConfig
from ballo.learning.models.melody import Generator, GeneratorConfig
from ballo.learning.models.spaces import State
from ballo.learning.normaliser import Normaliser
from ballo.learning.phases import fitting
from ballo.learning.shard import Shard


@dataclass(frozen=True)
class LossConfig:
    """What the generator lowers.

    Args:
        movement: weight of the mean squared distance to the real dance, in what a critic of the space would see.
        features: weight of the mean squared error of the acoustic features that the autoencoder gives back.
        enough: that error need not fall below this: a code that goes on learning the music would do so at the dance's cost.
            In variances of the features, of which a masked code left 0.8 after 300 steps; the accounts of the paper give
            bounds (0.06, 0.045, 0.0006) on other scales.
    """

    movement: float = 1.0
    features: float = 1.0
    enough: float = 0.5

    def __post_init__(self) -> None:
        at_least(self, 0, "movement", "features", "enough")


@dataclass(frozen=True)
class MelodyConfig:
    """Everything that decides a run of `ballo train melody`; its TOML has a table for each part.

    Batches of 10 clips of 120 frames, and Adam's rate and memory, are those of the accounts of the paper (see `models.melody`).
    """

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    batches: BatchConfig = field(default_factory=lambda: BatchConfig(size=10))
    engine: EngineConfig = field(
        default_factory=lambda: EngineConfig(steps=4000, critic_steps=0, generator_rate=1e-3, betas=(0.9, 0.999))
    )


class MelodyPhase:
    """A regression of movement on music, through a code that must tell the music."""

    critic: nn.Module | None = None

    def __init__(self, archive: Archive, config: MelodyConfig, device: torch.device, shard: Shard) -> None:
        torch.manual_seed(config.engine.seed)
        self.archive, self.config, self.device, self.shard = archive, config, device, shard
        self.random = np.random.Generator(np.random.PCG64(config.engine.seed))
        generator = make_generator(archive, config)
        space, points = generator.space, fitting.points(archive, config.generator.space)
        fitting.check_window(space, config.batches.frames)
        heard = validation.heard(generator)
        self.batches = Batches(archive, config.batches, heard, self.random, shard, points=points)
        shown = self.batches.clips.values()
        seen = Normaliser(space.channels)
        fitting.fit_clips(generator.normaliser, seen, space, shown, config.generator.scaling)
        features = [_features(generator, clip.music[generator.ear.takes]) for clip in shown]
        generator.acoustic_normaliser.fit(np.concatenate(features))
        self.generator, self.seen = generator.to(device), seen.to(device)
        self._validation = clips(archive, "val", heard)

    def draw(self) -> Batch:
        """A batch of windows, on the device that trains."""
        return self.batches.draw().to(self.device)

    def critic_loss(self, batch: Batch) -> Mapping[str, Tensor]:
        """Nothing judges."""
        return {}

    def generator_loss(self, batch: Batch, progress: float) -> Mapping[str, Tensor]:
        """The squared errors of the movement and of the features."""
        generator, weights = self.generator, self.config.losses
        rows, clock = fitting.heard(generator, batch, 0, batch.pose.shape[1])
        heard = generator.listen(rows, clock, batch.style, self._warmed(batch))
        danced = generator.dance(heard, clock, batch.style)
        made = self.seen.normalise(generator.space.see_made(danced.numbers, danced.moved))
        real = self.seen.normalise(generator.space.see(batch))
        apart = (made - real)[..., : generator.space.compared].square().mean()
        lost = (generator.recall(heard, clock) - heard.features).square().mean()
        return {"movement": weights.movement * apart, "features": weights.features * lost.clamp_min(weights.enough)}

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """Figures over the validation songs."""
        assert isinstance(generator, Generator)
        return validation.over_songs(generator, self._validation, self.archive)

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        """The start of a dance to each validation song."""
        assert isinstance(generator, Generator)
        validation.save_dances(generator, self._validation, self.archive, folder, step)

    def describe(self) -> Mapping[str, Any]:
        """What the network is and what it learns from."""
        return fitting.describe("melody", self.archive, self.config)

    @torch.no_grad()
    def _warmed(self, batch: Batch) -> State:
        """The state after the music before the window, from which nothing is learnt."""
        state: State = self.generator.start(len(batch.pose))
        if not batch.warm_up_frames:
            return state
        rows, clock = fitting.heard(self.generator, batch, -batch.warm_up_frames, batch.warm_up_frames)
        heard = self.generator.listen(rows, clock, batch.style, state)
        after: State = self.generator.dance(heard, clock, batch.style).state
        return after


@torch.no_grad()
def _features(generator: Generator, rows: np.ndarray) -> np.ndarray:
    """(T, features) of a clip's rows of music."""
    ear = generator.ear
    heard = rows[MARGIN - ear.before : len(rows) - MARGIN + ear.after]
    made: np.ndarray = ear(torch.from_numpy(np.ascontiguousarray(heard))[None])[0].numpy()
    return made


def make_generator(archive: Archive, config: MelodyConfig) -> Generator:
    """A fresh generator for an archive's skeleton, styles and frame rate."""
    made = fitting.space(archive, config.generator.space)
    return Generator(config.generator, made, len(archive.styles), samples_per_frame(archive.fps), SAMPLE_RATE)
