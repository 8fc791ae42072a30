"""The scale of what a network emits, kept inside it, so that there is no scaler file to lose."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

Scaling = Literal["deviation", "range"]

SMALLEST_SCALE = 1e-3
"""Of a channel that never moves."""


class Normaliser(nn.Module):
    """Per-channel offset and scale, fitted on the train split and saved with the weights."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def fit(self, values: np.ndarray, scaling: Scaling = "deviation") -> None:
        """Take the scale from values (N, channels): mean 0 and deviation 1, or the range from 0 to 1."""
        if scaling == "deviation":
            # In 32 bits the sum of so many frames would lose digits.
            offset, scale = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
        else:
            offset, scale = values.min(axis=0), np.ptp(values, axis=0)
        self.mean.copy_(torch.from_numpy(offset))
        self.deviation.copy_(torch.from_numpy(np.maximum(scale, SMALLEST_SCALE)))

    def normalise(self, values: Float[Tensor, "*batch channels"]) -> Float[Tensor, "*batch channels"]:
        """The data's units to the scale."""
        return (values - self.mean) / self.deviation

    def restore(self, values: Float[Tensor, "*batch channels"]) -> Float[Tensor, "*batch channels"]:
        """The scale to the data's units."""
        return values * self.deviation + self.mean
