"""Losses of adversarial training.

Sources: Gulrajani et al. 2017, Improved Training of Wasserstein GANs; Mao et al. 2019, Mode Seeking GANs (sameness, here with
a bound).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def wasserstein_critic(real: Float[Tensor, " B"], fake: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """What the critic lowers: its estimate, negated, of the distance between data and dances."""
    return fake.mean() - real.mean()


def wasserstein_generator(fake: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """What the generator lowers."""
    return -fake.mean()


def between(real: Float[Tensor, "B T movement"], fake: Float[Tensor, "B T movement"]) -> Float[Tensor, "B T movement"]:
    """A random point on the line from each real clip to a generated one, ready to take a slope at."""
    share = torch.rand(len(real), 1, 1, device=real.device)
    return (share * real + (1 - share) * fake).detach().requires_grad_()


def gradient_penalty(scores: Float[Tensor, " B"], inputs: Sequence[Tensor]) -> Float[Tensor, ""]:
    """How far the critic's slope is from one, over all its inputs (B, ...) together, where it gave `scores`."""
    slopes = torch.autograd.grad(scores.sum(), tuple(inputs), create_graph=True)
    squares = torch.stack([slope.flatten(1).square().sum(dim=1) for slope in slopes]).sum(dim=0)
    return (torch.sqrt(squares + 1e-12) - 1).square().mean()


def sameness(one: Float[Tensor, "B T J 3"], other: Float[Tensor, "B T J 3"], apart_metres: float) -> Float[Tensor, ""]:
    """How far pairs of dances fall short of a mean joint distance: 1 where they are the same, 0 where far enough apart."""
    apart = torch.linalg.vector_norm(one - other + 1e-6, dim=-1).mean(dim=(1, 2))
    return torch.relu(1 - apart / apart_metres).mean()
