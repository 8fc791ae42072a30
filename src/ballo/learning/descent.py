"""One network's steps downhill: batches drawn, losses worked out, gradients averaged, clipped and taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ballo.learning.processes import Processes

Loss = Callable[[Any], Mapping[str, Tensor]]


@dataclass(frozen=True)
class Lowered:
    """What one step came to: loss terms (means over its batches), and the norm of its gradient before clipping."""

    terms: Mapping[str, Tensor]
    gradient: Tensor


class Pace:
    """How long steps take, and which share of that the waiting for batches."""

    def __init__(self) -> None:
        self._steps, self._seconds, self._loading = 0, 0.0, 0.0

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around a step."""
        began = time.perf_counter()
        yield
        self._seconds += time.perf_counter() - began
        self._steps += 1

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Around drawing a batch."""
        began = time.perf_counter()
        yield
        self._loading += time.perf_counter() - began

    def take(self) -> dict[str, float]:
        """Means since they were last taken."""
        seconds, loading = self._seconds / max(self._steps, 1), self._loading / (self._seconds or 1.0)
        self._steps, self._seconds, self._loading = 0, 0.0, 0.0
        return {"seconds_a_step": seconds, "loading_share": loading}


class Descent:
    """Adam on the trainable weights of a network.

    Args:
        network: whose weights.
        rate: their learning rate before any schedule.
        betas: Adam's memory of gradients and of their squares.
        accumulate: batches a step.
        clip_gradient: longest gradient, 0 for any.
        clip_weights: largest weight, 0 for any.
    """

    def __init__(
        self,
        network: nn.Module,
        rate: float,
        *,
        betas: tuple[float, float],
        accumulate: int,
        clip_gradient: float,
        clip_weights: float,
    ) -> None:
        self.weights = [weight for weight in network.parameters() if weight.requires_grad]
        self.optimiser = torch.optim.Adam(self.weights, lr=rate, betas=betas)
        self._rate, self._accumulate = rate, accumulate
        self._clip_gradient, self._clip_weights = clip_gradient, clip_weights

    @property
    def rate(self) -> float:
        """The learning rate now."""
        return float(self.optimiser.param_groups[0]["lr"])

    def set_rate(self, share: float) -> None:
        """Let the learning rate be this share of what it was at the start."""
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate * share

    def step(self, draw: Callable[[], Any], loss: Loss, processes: Processes, pace: Pace) -> Lowered:
        """Lower the sum of a loss's terms, meant over the step's batches in all processes.

        The gradient is clipped after it was averaged, so that one process clips as many do.
        """
        self.optimiser.zero_grad(set_to_none=True)
        means: dict[str, Tensor] = {}
        for _ in range(self._accumulate):
            with pace.loading():
                batch = draw()
            with processes.autocast():
                terms = {name: term.float() / self._accumulate for name, term in loss(batch).items()}
            torch.autograd.backward(torch.stack(list(terms.values())).sum())
            means = {name: term.detach() + means.get(name, 0.0) for name, term in terms.items()}
        processes.average_gradients(self.weights)
        norm = self._clip()
        self.optimiser.step()
        if self._clip_weights:
            torch._foreach_clamp_min_(weights := [weight.detach() for weight in self.weights], -self._clip_weights)
            torch._foreach_clamp_max_(weights, self._clip_weights)
        return Lowered(means, norm)

    def _clip(self) -> Tensor:
        """Shorten the gradient; its norm before."""
        norm = nn.utils.get_total_norm([weight.grad for weight in self.weights if weight.grad is not None])
        if self._clip_gradient:
            nn.utils.clip_grads_with_norm_(self.weights, self._clip_gradient, norm)
        return norm

    @contextmanager
    def still(self) -> Iterator[None]:
        """Within it no gradient of these weights is worked out."""
        for weight in self.weights:
            weight.requires_grad_(False)
        try:
            yield
        finally:
            for weight in self.weights:
                weight.requires_grad_(True)
