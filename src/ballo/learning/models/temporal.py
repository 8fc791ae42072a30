"""What sees a whole clip of movement: the critic of sequences, and the movement half of the critic that also hears.

Axes: B clips, T frames, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.config import at_least
from ballo.learning.models.convolutions import Closing


@dataclass(frozen=True)
class TemporalConfig:
    """Sizes of an encoder of movement; kernels are odd numbers of frames."""

    width: int = 128
    kernel: int = 25
    blocks: int = 2
    block_kernel: int = 7

    def __post_init__(self) -> None:
        at_least(self, 1, "width", "kernel", "block_kernel")
        at_least(self, 0, "blocks")
        for name in ("kernel", "block_kernel"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} must be an odd number of frames, not {getattr(self, name)}")


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
        self.layers = nn.Sequential(
            nn.Conv1d(channels, config.width, config.kernel, padding=config.kernel // 2),
            *[TemporalBlock(config.width, config.block_kernel) for _ in range(config.blocks)],
        )
        self.closing = Closing(config.width, code, frames, bias=bias)
        self.size = code

    def forward(self, movement: Float[Tensor, "B T C"]) -> Float[Tensor, "B code"]:
        """Clips, each to its code."""
        return self.closing(self.layers(movement.transpose(1, 2)))


class Strided(nn.Module):
    """Convolutions over time, each but the first halving it and widening, then one linear layer over what is left."""

    def __init__(self, channels: int, width: int, stages: int, frames: int, code: int, bias: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv1d(channels, width, 5, padding=2), nn.LeakyReLU(0.2)]
        for _ in range(stages - 1):
            wider = width * 3 // 2
            layers += [nn.Conv1d(width, wider, 5, stride=2, padding=2), nn.LeakyReLU(0.2)]
            width, frames = wider, (frames + 1) // 2
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * frames, code, bias=bias))

    def forward(self, rows: Float[Tensor, "B T C"]) -> Float[Tensor, "B code"]:
        """Clips, each to its code."""
        return self.layers(rows.transpose(1, 2))
