"""Which style a clip is danced in: one wide convolution over time, a residual block, a recurrent cell, and a score a style.

It judges movement, of a body and a posture that it is not told: of world positions it takes the directions of the bones in the
heading frame, less their means over the clip, so that heights, limbs, markers set elsewhere and any pose that is merely held
say nothing. Form: the classifier of the research system (2019), whose input were 69 raw coordinates.

Axes: B clips, T frames, J joints, C channels (three a bone), S styles.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.config import at_least
from ballo.learning.models.body import unit
from ballo.learning.models.temporal import TemporalBlock, TemporalConfig
from ballo.learning.normaliser import Normaliser
from ballo.motion.skeleton import Skeleton


@dataclass(frozen=True)
class ClassifierConfig:
    """Sizes of a classifier of styles.

    Args:
        temporal: the convolutions.
        every: one in so many of the archive's frames is looked at; T counts these.
        hidden: of the recurrent cell.
        dropout: share of the convolutions' and the cell's channels that are left out of a training step.
        posture: whether it also sees the means, and so how somebody holds herself, and her markers.
    """

    temporal: TemporalConfig = field(default_factory=lambda: TemporalConfig(width=128, kernel=9, blocks=1, block_kernel=3))
    every: int = 2
    hidden: int = 64
    dropout: float = 0.2
    posture: bool = False

    def __post_init__(self) -> None:
        at_least(self, 1, "every", "hidden")
        at_least(self, 0, "dropout")
        if self.dropout >= 1:
            raise ValueError(f"dropout must be below 1, not {self.dropout}")


class Classifier(nn.Module):
    """World positions of clips to a score for each style."""

    def __init__(self, config: ClassifierConfig, skeleton: Skeleton, styles: int) -> None:
        super().__init__()
        self.config, self.skeleton = config, skeleton
        self._hips = (skeleton.index("left_hip"), skeleton.index("right_hip"))
        self._parents = list(skeleton.parents[1:])
        temporal = config.temporal
        channels = 3 * len(self._parents)
        self.normaliser = Normaliser(channels)
        self.first = nn.Conv1d(channels, temporal.width, temporal.kernel, padding=temporal.kernel // 2)
        self.blocks = nn.Sequential(*[TemporalBlock(temporal.width, temporal.block_kernel) for _ in range(temporal.blocks)])
        self.cell = nn.GRU(temporal.width, config.hidden, batch_first=True)
        self.dropout = nn.Dropout(config.dropout)
        self.scores = nn.Linear(config.hidden, styles)

    def see(self, positions: Float[Tensor, "B T J 3"]) -> Float[Tensor, "B T C"]:
        """What it judges by: unit bones in the heading frame, less their means over the clip."""
        bones = unit(positions[:, :, 1:] - positions[:, :, self._parents])
        left, right = self._hips
        across = positions[:, :, left] - positions[:, :, right]
        # Facing +Z the hip line points along +X; a dancer whose hips stand one over the other keeps the frame of the world.
        flat = torch.stack([across[..., 0] + 1e-9, torch.zeros_like(across[..., 0]), across[..., 2]], dim=-1)
        cosine, _, sine = unit(flat).unbind(dim=-1)
        x, y, z = bones.unbind(dim=-1)
        cosine, sine = cosine[..., None], sine[..., None]
        turned = torch.stack([x * cosine + z * sine, y, z * cosine - x * sine], dim=-1).flatten(2)
        return turned if self.config.posture else turned - turned.mean(dim=1, keepdim=True)

    def forward(self, positions: Float[Tensor, "B T J 3"]) -> Float[Tensor, "B S"]:
        """Scores before the softmax."""
        seen = self.normaliser.normalise(self.see(positions))
        moves = torch.relu(self.first(seen.transpose(1, 2)))
        moves = self.dropout(self.blocks(moves).transpose(1, 2))
        states, _ = self.cell(moves)
        return self.scores(self.dropout(states.mean(dim=1)))
