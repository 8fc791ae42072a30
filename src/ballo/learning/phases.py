"""The phases of training: which networks, which data, which losses. The engine runs them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ballo.dataset.archive import Archive
from ballo.inference import noise
from ballo.learning import losses, movement, validation
from ballo.learning.batches import Batch, BatchConfig, Batches, clips
from ballo.learning.engine import EngineConfig
from ballo.learning.models.music import Critic, CriticConfig, Dance, Generator, GeneratorConfig, State
from ballo.version import VERSION

SAMPLE_RATE = 16_000


@dataclass(frozen=True)
class LossConfig:
    """Weights of the music phase's losses."""

    gradient_penalty: float = 10.0
    distance: float = 30.0
    """Of the mean distance to the real dance (positions and velocities, in deviations), at the start."""
    distance_at_end: float = 2.0
    distance_fades: float = 0.5
    """Share of the run over which the weight falls evenly from the one to the other."""
    sameness: float = 30.0
    """Of two dances to the same music being closer than `apart_metres`. Each song has one dance in the data, so nothing else
    would keep the generator from ignoring its noise."""
    apart_metres: float = 0.08


@dataclass(frozen=True)
class MusicConfig:
    """Everything that decides a run of `ballo train music`; its TOML has a table for each part."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    batches: BatchConfig = field(default_factory=BatchConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)


class MusicPhase:
    """Music-conditioned dance: a Wasserstein GAN with gradient penalty, and a distance to the real dance that fades."""

    def __init__(self, archive: Archive, config: MusicConfig, device: torch.device) -> None:
        torch.manual_seed(config.engine.seed)
        self.archive, self.config, self.device = archive, config, device
        generator = make_generator(archive, config)
        self.batches = Batches(archive, generator, config.batches, SAMPLE_RATE, config.engine.seed)
        self.random = self.batches.random
        generator.normaliser.fit(self.batches.codes(generator))
        critic = make_critic(archive, config, generator)
        critic.normaliser.fit(np.concatenate([self._seen(clip.pose, clip.travel) for clip in self.batches.clips.values()]))
        self.generator, self.critic = generator.to(device), critic.to(device)
        self._validation = clips(archive, "val", generator, SAMPLE_RATE)
        self._memory = noise.memory(config.generator.noise_seconds, archive.fps)

    def draw(self) -> Batch:
        """A batch of windows, on the device that trains."""
        return self.batches.draw().to(self.device)

    def critic_loss(self, batch: Batch) -> Mapping[str, Tensor]:
        """Wasserstein estimate and gradient penalty."""
        with torch.no_grad():
            fake = self._see(self._dance(batch))
        real, heard = self._see(batch), self._heard(batch).requires_grad_()
        middle = losses.between(real, fake)
        scores = self.critic(torch.cat([real, fake, middle]), heard, batch.style)
        of_real, of_fake, of_middle = scores.chunk(3)
        penalty = losses.gradient_penalty(of_middle, (middle, heard))
        return {
            "critic": losses.wasserstein_critic(of_real, of_fake),
            "penalty": self.config.losses.gradient_penalty * penalty,
        }

    def generator_loss(self, batch: Batch, progress: float) -> Mapping[str, Tensor]:
        """The critic's word, the fading distance to the real dance, and how alike two dances to one music are."""
        batch = batch.paired()
        danced = self._dance(batch)
        fake, real = self._see(danced), self._see(batch)
        weights = self.config.losses
        faded = min(progress / weights.distance_fades, 1.0) if weights.distance_fades > 0 else 1.0
        weight = weights.distance + (weights.distance_at_end - weights.distance) * faded
        without_acceleration = fake.shape[-1] * 2 // 3
        distance = (fake - real)[..., :without_acceleration].abs().mean()
        score = self.critic(fake, self._heard(batch), batch.style)
        one, other = danced.pose.chunk(2)
        return {
            "generator": losses.wasserstein_generator(score),
            "distance": weight * distance,
            "sameness": weights.sameness * losses.sameness(one, other, weights.apart_metres),
        }

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """Figures over the validation songs."""
        assert isinstance(generator, Generator)
        figures = validation.measure(generator, self._validation, self.archive.skeleton, self.archive.fps)[None]
        return {name: float(value) for name, value in dataclasses.asdict(figures).items()}

    def describe(self) -> Mapping[str, Any]:
        """Enough to build the networks again, and to say what they learnt from."""
        return {
            "phase": "music",
            "config": dataclasses.asdict(self.config),
            "archive": str(self.archive.path.resolve()),
            "manifest_sha256": self.archive.manifest_sha256,
            "styles": list(self.archive.styles),
            "fps": self.archive.fps,
            "ballo": VERSION,
        }

    def _dance(self, batch: Batch) -> Dance:
        """The generator's dance to a batch: it hears the warm-up first, without learning from it."""
        warm, frames = batch.warm_up_frames, batch.pose.shape[1]
        size = (warm + frames, len(batch.pose), self.config.generator.noise_size)
        white = self.random.standard_normal(size, dtype=np.float32)
        walk = torch.from_numpy(noise.wander(white, self._memory, None)).transpose(0, 1).to(self.device)
        state = self.generator.start(len(batch.pose))
        if warm:
            state = self._warm_up(batch, walk[:, :warm], state)
        danced: Dance = self.generator(batch.spectra[:, warm:], walk[:, warm:], batch.style, state)
        return danced

    @torch.no_grad()
    def _warm_up(self, batch: Batch, walk: Tensor, state: State) -> State:
        heard = batch.spectra[:, : batch.warm_up_frames + self.generator.audio_encoder.context]
        after: State = self.generator.listen(heard, walk, batch.style, state).state
        return after

    def _see(self, moved: Batch | Dance) -> Tensor:
        seen: Tensor = self.critic.normaliser.normalise(movement.describe(moved.pose, moved.travel, self.archive.fps))
        return seen

    def _seen(self, pose: np.ndarray, travel: np.ndarray) -> np.ndarray:
        one = movement.describe(torch.from_numpy(pose)[None], torch.from_numpy(travel)[None], self.archive.fps)
        return one[0].numpy()

    def _heard(self, batch: Batch) -> Tensor:
        """The spectra of the frames that `movement.describe` keeps, without the context around them."""
        encoder = self.generator.audio_encoder
        first = batch.warm_up_frames + encoder.context // 2 + movement.FRAMES_LEFT_OUT
        return batch.spectra[:, first : first + batch.pose.shape[1] - movement.FRAMES_LEFT_OUT]


def make_generator(archive: Archive, config: MusicConfig) -> Generator:
    """A fresh generator for an archive's skeleton, styles and frame rate."""
    samples = round(SAMPLE_RATE / archive.fps)
    return Generator(config.generator, archive.skeleton, len(archive.styles), samples, SAMPLE_RATE)


def make_critic(archive: Archive, config: MusicConfig, generator: Generator) -> Critic:
    """A fresh critic of windows as long as a batch's."""
    frames = config.batches.frames - movement.FRAMES_LEFT_OUT
    channels = movement.CHANNELS_PER_JOINT * len(archive.skeleton)
    return Critic(config.critic, channels, generator.front_end.channels, len(archive.styles), frames)
