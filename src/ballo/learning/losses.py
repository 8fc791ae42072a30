"""Losses of adversarial training, as pure functions, and which of them go together.

Sources: Arjovsky et al. 2017, Wasserstein GAN; Gulrajani et al. 2017, Improved Training of Wasserstein GANs (WGAN-GP);
Petzka et al. 2018, On the Regularization of Wasserstein GANs (WGAN-LP); Goodfellow et al. 2014 (the plain GAN, with the
generator's loss that does not saturate); Jolicoeur-Martineau 2019 (relativistic pairing) with R1 and R2 as in Huang et al.
2024, The GAN is dead; long live the GAN!; Mao et al. 2019, Mode Seeking GANs (sameness, here with a bound).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

AdversaryName = Literal["wasserstein", "plain", "relativistic", "none"]
PenaltyName = Literal["two-sided", "one-sided", "r1-r2", "none"]


@runtime_checkable
class Adversary(Protocol):
    """What a critic and a generator lower, given scores of real and of made clips, pair by pair."""

    def critic(self, real: Tensor, made: Tensor) -> Tensor:
        """The critic's loss."""

    def generator(self, real: Tensor | None, made: Tensor) -> Tensor:
        """The generator's; `real` is given where `compares`."""

    compares: bool
    """Whether the generator's loss needs the scores of real clips."""


class Wasserstein:
    """The critic's estimate of the distance between data and dances, which it raises and the generator lowers."""

    compares = False

    def critic(self, real: Float[Tensor, " B"], made: Float[Tensor, " B"]) -> Float[Tensor, ""]:
        """The estimate, negated."""
        return made.mean() - real.mean()

    def generator(self, real: Tensor | None, made: Float[Tensor, " B"]) -> Float[Tensor, ""]:
        """As far as the generator has a part in it."""
        return -made.mean()


class Plain:
    """Real or made, as a logarithm of odds."""

    compares = False

    def critic(self, real: Float[Tensor, " B"], made: Float[Tensor, " B"]) -> Float[Tensor, ""]:
        """The cross-entropy of both."""
        return functional.softplus(-real).mean() + functional.softplus(made).mean()

    def generator(self, real: Tensor | None, made: Float[Tensor, " B"]) -> Float[Tensor, ""]:
        """That made clips are not taken for real; it does not saturate."""
        return functional.softplus(-made).mean()


class Relativistic:
    """Whether a real clip looks more real than the made one it is paired with."""

    compares = True

    def critic(self, real: Float[Tensor, " B"], made: Float[Tensor, " B"]) -> Float[Tensor, ""]:
        """That it does."""
        return functional.softplus(made - real).mean()

    def generator(self, real: Float[Tensor, " B"] | None, made: Float[Tensor, " B"]) -> Float[Tensor, ""]:
        """That it does not."""
        assert real is not None, "a pair has a real clip"
        return functional.softplus(real - made).mean()


ADVERSARIES: Mapping[str, Adversary] = {"wasserstein": Wasserstein(), "plain": Plain(), "relativistic": Relativistic()}


def between(real: Float[Tensor, "B ..."], made: Float[Tensor, "B ..."], share: Float[Tensor, " B"]) -> Float[Tensor, "B ..."]:
    """The point at `share` of the line from each made clip to a real one, ready to take a slope at."""
    share = share.view(-1, *[1] * (real.dim() - 1))
    return (share * real + (1 - share) * made).detach().requires_grad_()


def square_slopes(scores: Float[Tensor, " B"], inputs: Sequence[Tensor]) -> Float[Tensor, " B"]:
    """The square of the critic's slope over all its inputs (B, ...) together, where it gave `scores`."""
    slopes = torch.autograd.grad(scores.sum(), tuple(inputs), create_graph=True)
    return torch.stack([slope.flatten(1).square().sum(dim=1) for slope in slopes]).sum(dim=0)


def two_sided(square: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """How far slopes are from one (WGAN-GP)."""
    return (torch.sqrt(square + 1e-12) - 1).square().mean()


def one_sided(square: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """How far slopes are above one (WGAN-LP)."""
    return torch.relu(torch.sqrt(square + 1e-12) - 1).square().mean()


def sameness(one: Float[Tensor, "B T J 3"], other: Float[Tensor, "B T J 3"], apart_metres: float) -> Float[Tensor, ""]:
    """How far pairs of dances fall short of a mean joint distance: 1 where they are the same, 0 where far enough apart."""
    apart = torch.linalg.vector_norm(one - other + 1e-6, dim=-1).mean(dim=(1, 2))
    return torch.relu(1 - apart / apart_metres).mean()


def total_variation(clips: Float[Tensor, "B T channels"]) -> Float[Tensor, ""]:
    """How much clips change from one frame to the next."""
    return (clips[:, 1:] - clips[:, :-1]).abs().mean()
