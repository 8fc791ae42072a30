"""Losses of adversarial training. Source: Gulrajani et al. 2017, Improved Training of Wasserstein GANs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def wasserstein_critic(real: Float[Tensor, " B"], fake: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """What the critic lowers: its estimate, negated, of the distance between data and dances."""
    return fake.mean() - real.mean()


def wasserstein_generator(fake: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """What the generator lowers."""
    return -fake.mean()


def gradient_penalty(
    critic: Callable[[Tensor, Tensor], Tensor],
    real: Float[Tensor, "B T movement"],
    fake: Float[Tensor, "B T movement"],
    spectra: Float[Tensor, "B T channels"],
) -> Float[Tensor, ""]:
    """How far the critic's slope is from one, on both of its inputs, at random points between real and generated clips."""
    share = torch.rand(len(real), 1, 1, device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_()
    heard = spectra.detach().requires_grad_()
    slopes = torch.autograd.grad(critic(between, heard).sum(), (between, heard), create_graph=True)
    squares = torch.stack([slope.flatten(1).square().sum(dim=1) for slope in slopes]).sum(dim=0)
    return (torch.sqrt(squares + 1e-12) - 1).square().mean()
