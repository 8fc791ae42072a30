"""What sees a whole clip of movement: the critic of sequences, and the movement half of the critic that also hears.

Axes: B clips, T frames, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.models.encoders import Closing


@dataclass(frozen=True)
class TemporalConfig:
    """Sizes of an encoder of movement; kernels are odd numbers of frames."""

    width: int = 128
    kernel: int = 25
    blocks: int = 2
    block_kernel: int = 7


class TemporalBlock(nn.Module):
    """Two convolutions over time, added to their input; the second reads what the first made."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(width, width, kernel, padding=kernel // 2)
        self.second = nn.Conv1d(width, width, kernel, padding=kernel // 2)

    def forward(self, x: Float[Tensor, "B C T"]) -> Float[Tensor, "B C T"]:
        """The input plus what the two layers make of it."""
        return x + torch.relu(self.second(torch.relu(self.first(x))))


class TemporalEncoder(nn.Module):
    """A clip of `frames` frames to one code: a wide convolution over time, residual blocks, one convolution over all of it.

    A code of 1 makes it a critic of sequences. The last bias is left out then: a critic's scores are only ever compared with
    each other, so that it could not learn.
    """

    def __init__(self, channels: int, frames: int, config: TemporalConfig, code: int = 1, bias: bool = True) -> None:
        super().__init__()
        if config.kernel % 2 == 0 or config.block_kernel % 2 == 0:
            raise ValueError("a kernel over time must be an odd number of frames")
        self.layers = nn.Sequential(
            nn.Conv1d(channels, config.width, config.kernel, padding=config.kernel // 2),
            *[TemporalBlock(config.width, config.block_kernel) for _ in range(config.blocks)],
        )
        self.closing = Closing(config.width, code, frames, bias=bias)
        self.size = code

    def forward(self, movement: Float[Tensor, "B T C"]) -> Float[Tensor, "B code"]:
        """Clips, each to its code."""
        return self.closing(self.layers(movement.transpose(1, 2)))
