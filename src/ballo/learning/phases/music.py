"""Phase 3: dance to music."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ballo.dataset.archive import SAMPLE_RATE, Archive
from ballo.errors import DataError
from ballo.inference import noise
from ballo.learning import losses, validation
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import CLOCK, clips, samples_per_frame
from ballo.learning.config import at_least
from ballo.learning.engine import EngineConfig
from ballo.learning.models.layers import MEL_BANDS, SPECTRA_PER_FRAME
from ballo.learning.models.music import Critic, CriticConfig, Generator, GeneratorConfig
from ballo.learning.models.spaces import Dance, State
from ballo.learning.normaliser import Normaliser
from ballo.learning.phases import fitting
from ballo.learning.phases.adversarial import Adversarial, AdversaryConfig
from ballo.learning.phases.adversarial import Critic as Judge
from ballo.learning.phases.sequences import draw_walk
from ballo.learning.shard import Shard


@dataclass(frozen=True)
class LossConfig:
    """What a generator lowers beside the critic's word.

    Args:
        distance: weight of the mean distance to the real dance (L1, in what the critic sees), at the start.
        distance_at_end: likewise at the end.
        distance_fades: share of the run over which the weight goes evenly from the one to the other.
        sameness: weight of two dances to the same music being closer than `apart_metres`. Each song has one dance in the
            data, so nothing else would keep the generator from ignoring its noise.
        apart_metres: see there.
        total_variation: weight of how much what the critic sees changes from frame to frame.
    """

    distance: float = 30.0
    distance_at_end: float = 2.0
    distance_fades: float = 0.5
    sameness: float = 30.0
    apart_metres: float = 0.08
    total_variation: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, 0, "distance", "distance_at_end", "distance_fades", "sameness", "apart_metres", "total_variation")
        if self.sameness and not self.apart_metres:
            raise ValueError("apart_metres must be above 0 where sameness counts")


@dataclass(frozen=True)
class MusicConfig:
    """Everything that decides a run of `ballo train music`; its TOML has a table for each part."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    adversary: AdversaryConfig = field(default_factory=AdversaryConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    batches: BatchConfig = field(default_factory=BatchConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)

    def __post_init__(self) -> None:
        if self.adversary.loss == "none" and not (self.losses.distance or self.losses.distance_at_end):
            raise ValueError("adversary.loss 'none' leaves nothing to learn from: give losses.distance a weight")


class MusicPhase:
    """A game over clips of movement with their music, and a distance to the real dance that fades."""

    def __init__(self, archive: Archive, config: MusicConfig, device: torch.device, shard: Shard) -> None:
        torch.manual_seed(config.engine.seed)
        self.archive, self.config, self.device, self.shard = archive, config, device, shard
        self.random = np.random.Generator(np.random.PCG64(config.engine.seed))
        generator = make_generator(archive, config)
        space, points = generator.space, fitting.points(archive, config.generator.space)
        fitting.check_window(space, config.batches.frames)
        critic = make_critic(archive, config, generator)
        heard = {generator.ear.takes} | ({critic.hears} if critic and critic.hears else set())
        heard |= {CLOCK} if generator.clocked else set()
        self.batches = Batches(archive, config.batches, sorted(heard), self.random, shard, points=points)
        shown = self.batches.clips.values()
        # What a distance to the real dance compares is scaled as a critic sees it, also where there is none.
        self.seen = critic.normaliser if critic else Normaliser(space.channels)
        fitting.fit_clips(generator.normaliser, self.seen, space, shown, config.generator.scaling)
        self.generator = generator.to(device)
        self.critic = critic.to(device) if critic else None
        self.seen = self.seen.to(device)
        self.game = Adversarial(config.adversary, self.random, shard)
        self._memory = noise.memory(config.generator.noise_seconds, archive.fps)
        self._validation = clips(archive, "val", validation.heard(generator))

    def draw(self) -> Batch:
        """A batch of windows, on the device that trains."""
        return self.batches.draw().to(self.device)

    def critic_loss(self, batch: Batch) -> Mapping[str, Tensor]:
        """The critic's terms, penalised on movement and music together."""
        with torch.no_grad():
            made = self._see_made(self._dance(batch))
        return self.game.critic_terms(self._see(batch), made, self._music(batch), self._judge(batch))

    def generator_loss(self, batch: Batch, progress: float) -> Mapping[str, Tensor]:
        """The critic's word, the distance to the real dance, how alike two dances to one music are, and how restless."""
        weights = self.config.losses
        batch = batch.paired() if weights.sameness else batch
        danced = self._dance(batch)
        made, real = self._see_made(danced), self._see(batch)
        terms = {}
        if self.critic is not None:
            terms["generator"] = self.game.generator_term(real, made, self._music(batch), self._judge(batch))
        if weights.distance or weights.distance_at_end:
            compared = self.generator.space.compared
            terms["distance"] = self._distance_weight(progress) * (made - real)[..., :compared].abs().mean()
        if weights.sameness:
            one, other = danced.moved.pose.chunk(2)
            terms["sameness"] = weights.sameness * losses.sameness(one, other, weights.apart_metres)
        if weights.total_variation:
            terms["variation"] = weights.total_variation * losses.total_variation(made)
        return terms

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """Figures over the validation songs."""
        assert isinstance(generator, Generator)
        return validation.over_songs(generator, self._validation, self.archive)

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        """The start of a dance to each validation song."""
        assert isinstance(generator, Generator)
        validation.save_dances(generator, self._validation, self.archive, folder, step)

    def describe(self) -> Mapping[str, Any]:
        """What the networks are and what they learn from."""
        return fitting.describe("music", self.archive, self.config)

    def _distance_weight(self, progress: float) -> float:
        weights = self.config.losses
        faded = min(progress / weights.distance_fades, 1.0) if weights.distance_fades > 0 else 1.0
        return weights.distance + (weights.distance_at_end - weights.distance) * faded

    def _dance(self, batch: Batch) -> Dance:
        """The generator's dance to a batch: it hears the warm-up first, without learning from it."""
        warm, frames, local = batch.warm_up_frames, batch.pose.shape[1], len(batch.pose)
        walk = draw_walk(self.random, self.shard, warm + frames, local, self.config.generator.noise_size, self._memory)
        walk = walk.to(self.device)
        state = self.generator.start(local)
        if warm:
            state = self._warm_up(batch, walk[:, :warm], state)
        danced: Dance = self.generator(*fitting.heard(self.generator, batch, 0, frames), walk[:, warm:], batch.style, state)
        return danced

    @torch.no_grad()
    def _warm_up(self, batch: Batch, walk: Tensor, state: State) -> State:
        warm = batch.warm_up_frames
        after: State = self.generator.listen(*fitting.heard(self.generator, batch, -warm, warm), walk, batch.style, state).state
        return after

    def _music(self, batch: Batch) -> tuple[Tensor, ...]:
        """What the critic hears with a clip."""
        assert self.critic is not None
        if self.critic.hears is None:
            return ()
        first = self.critic.first_heard
        return (batch.rows(self.critic.hears, first, batch.pose.shape[1] - first),)

    def _judge(self, batch: Batch) -> Judge:
        critic = self.critic
        assert critic is not None

        def judge(music: tuple[Tensor, ...]) -> Callable[[Tensor], Tensor]:
            told = critic.hear(music[0] if music else None, batch.style)
            return lambda clips: critic.judge(clips, told)

        return judge

    def _see(self, batch: Batch) -> Tensor:
        seen: Tensor = self.seen.normalise(self.generator.space.see(batch))
        return seen

    def _see_made(self, dance: Dance) -> Tensor:
        seen: Tensor = self.seen.normalise(self.generator.space.see_made(dance.numbers, dance.moved))
        return seen


def make_generator(archive: Archive, config: MusicConfig) -> Generator:
    """A fresh generator for an archive's skeleton, styles and frame rate."""
    made = fitting.space(archive, config.generator.space)
    return Generator(config.generator, made, len(archive.styles), samples_per_frame(archive.fps), SAMPLE_RATE)


def make_critic(archive: Archive, config: MusicConfig, generator: Generator) -> Critic | None:
    """A fresh critic of windows as long as a batch's; None where none is played against."""
    if config.adversary.loss == "none":
        return None
    space, frames = generator.space, config.batches.frames
    audio = MEL_BANDS * SPECTRA_PER_FRAME if config.critic.hears == "spectra" else generator.samples_per_frame
    try:
        return Critic(config.critic, space.channels, frames, space.left_out, len(archive.styles), audio)
    except ValueError as error:
        raise DataError(f"batches.frames {frames}: {error}") from error
