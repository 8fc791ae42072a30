"""Losses of adversarial training. Source: Gulrajani et al. 2017, Improved Training of Wasserstein GANs."""

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
