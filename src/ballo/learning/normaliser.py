"""Mean and deviation of what a network emits, kept inside it, so that there is no scaler file to lose."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn


class Normaliser(nn.Module):
    """Per-channel mean and deviation, fitted on the train split and saved with the weights."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def fit(self, values: np.ndarray) -> None:
        """Take mean and deviation from values (N, channels). A channel that never moves keeps a small deviation."""
        self.mean.copy_(torch.from_numpy(values.mean(axis=0)))
        self.deviation.copy_(torch.from_numpy(np.maximum(values.std(axis=0), 1e-3)))

    def normalise(self, values: Float[Tensor, "*batch channels"]) -> Float[Tensor, "*batch channels"]:
        """Data's units to mean 0, deviation 1."""
        return (values - self.mean) / self.deviation

    def restore(self, values: Float[Tensor, "*batch channels"]) -> Float[Tensor, "*batch channels"]:
        """Mean 0, deviation 1 to data's units."""
        return values * self.deviation + self.mean
