"""What a critic and a generator lower, whatever they judge and make: the terms of every phase that has a critic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ballo.learning import losses
from ballo.learning.config import at_least
from ballo.learning.losses import AdversaryName, PenaltyName
from ballo.learning.shard import Shard

Critic = Callable[[tuple[Tensor, ...]], Callable[[Tensor], Tensor]]
"""A critic takes in conditions (B, ...) once, and then scores clips (K, ...) under them, K being a multiple of the batch."""


@dataclass(frozen=True)
class AdversaryConfig:
    """The game that generator and critic play.

    Args:
        loss: "wasserstein", "plain" (a classifier of real and made), "relativistic" (by pairs), or "none": no critic at all,
            the generator learns from its other terms alone.
        penalty: on the critic's slope: "two-sided" (WGAN-GP), "one-sided" (WGAN-LP), "r1-r2" (slopes at real and at made
            clips), or "none" (with weight clipping, say).
        penalty_weight: of it; of each of R1 and R2 the half.
        weight: of the critic's word in what the generator lowers.
    """

    loss: AdversaryName = "wasserstein"
    penalty: PenaltyName = "two-sided"
    penalty_weight: float = 10.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        at_least(self, 0, "penalty_weight", "weight")

    def needs_critic(self) -> None:
        """Refuse "none" (ValueError), for a phase whose generator has nothing else to learn from."""
        if self.loss == "none":
            raise ValueError("adversary.loss must not be 'none': only the music phase can learn without a critic")


class Adversarial:
    """The terms of one game; its random numbers are drawn for the whole batch of all processes and cut to this one's."""

    def __init__(self, config: AdversaryConfig, random: np.random.Generator, shard: Shard) -> None:
        self.config, self._random, self._shard = config, random, shard

    def critic_terms(self, real: Tensor, made: Tensor, conditions: tuple[Tensor, ...], critic: Critic) -> Mapping[str, Tensor]:
        """The critic's loss and penalty on real and made clips (B, ...).

        The penalty is on the slope over the clips and over the conditions together.
        """
        adversary = losses.ADVERSARIES[self.config.loss]
        if self.config.penalty == "none":
            of_real, of_made = critic(conditions)(torch.cat([real, made])).chunk(2)
            return {"critic": adversary.critic(of_real, of_made)}
        if self.config.penalty == "r1-r2":
            return self._at_both(real, made, conditions, critic)
        conditions = tuple(condition.detach().requires_grad_() for condition in conditions)
        score = critic(conditions)
        of_real, of_made = score(torch.cat([real, made])).chunk(2)
        # In a call of its own: a slope taken through a call is worked out for every clip in it.
        middle = losses.between(real, made, self._shares(real))
        square = losses.square_slopes(score(middle), (middle, *conditions))
        penalty = losses.two_sided(square) if self.config.penalty == "two-sided" else losses.one_sided(square)
        return {"critic": adversary.critic(of_real, of_made), "penalty": self.config.penalty_weight * penalty}

    def _at_both(self, real: Tensor, made: Tensor, conditions: tuple[Tensor, ...], critic: Critic) -> Mapping[str, Tensor]:
        """R1 and R2: the slope's square at real and at made clips."""
        conditions = tuple(condition.detach().requires_grad_() for condition in conditions)
        clips = torch.cat([real, made]).detach().requires_grad_()
        scores = critic(conditions)(clips)
        of_real, of_made = scores.chunk(2)
        square = losses.square_slopes(scores, (clips,)).sum() / len(real)
        if conditions:
            # A pair shares its conditions. Real's slope over them and made's must not cancel: they are taken one by one.
            square = square + sum(losses.square_slopes(given, conditions).mean() for given in (of_real, of_made))
        return {
            "critic": losses.ADVERSARIES[self.config.loss].critic(of_real, of_made),
            "penalty": self.config.penalty_weight / 2 * square,
        }

    def generator_term(self, real: Tensor, made: Tensor, conditions: tuple[Tensor, ...], critic: Critic) -> Tensor:
        """What the critic says of made clips, weighted."""
        adversary, score = losses.ADVERSARIES[self.config.loss], critic(conditions)
        if not adversary.compares:
            return self.config.weight * adversary.generator(None, score(made))
        of_real, of_made = score(torch.cat([real, made])).chunk(2)
        return self.config.weight * adversary.generator(of_real.detach(), of_made)

    def _shares(self, real: Tensor) -> Tensor:
        whole = self._random.random(len(real) * self._shard.count, dtype=np.float32)
        return torch.from_numpy(self._shard.part(whole).copy()).to(real.device)
