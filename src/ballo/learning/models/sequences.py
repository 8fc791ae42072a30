"""Dance from noise alone, of any length: the research system's second phase (2019), a recurrent generator over the first
phase's decoder, and a critic of temporal convolutions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ballo.learning.config import at_least
from ballo.learning.models.layers import DecoderConfig, FrameDecoder
from ballo.learning.models.spaces import Dance, Space, SpaceName, State
from ballo.learning.models.temporal import Strided, TemporalConfig, TemporalEncoder
from ballo.learning.normaliser import Normaliser, Scaling


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator."""

    space: SpaceName = "directions"
    scaling: Scaling = "deviation"
    noise_size: int = 50
    noise_seconds: float = 1.0
    """How long the noise remembers: the time constant of the process that a seed draws; 0 for white noise."""
    hidden: int = 128
    layers: int = 2
    style_size: int = 4
    """Of a style's embedding; 0 for dances of no particular style."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)

    def __post_init__(self) -> None:
        at_least(self, 1, "noise_size", "hidden", "layers")
        at_least(self, 0, "noise_seconds", "style_size")


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of the critic.

    Args:
        movement: "strided" convolutions that halve time, or "temporal" ones, the research system's.
        width: channels of the first strided convolution.
        stages: how many of them.
        temporal: sizes of the others.
        style_size: of a style's embedding, more channels of every frame; 0 for a critic that is told none.
    """

    movement: Literal["strided", "temporal"] = "strided"
    width: int = 64
    stages: int = 4
    temporal: TemporalConfig = field(default_factory=TemporalConfig)
    style_size: int = 4

    def __post_init__(self) -> None:
        at_least(self, 1, "width", "stages")
        at_least(self, 0, "style_size")


class Generator(nn.Module):
    """Noise and style to poses and travel, in chunks of any length."""

    def __init__(self, config: GeneratorConfig, space: Space, styles: int) -> None:
        super().__init__()
        self.config, self.space = config, space
        self.style = nn.Embedding(styles, config.style_size) if config.style_size else None
        self.noise_gru = nn.GRU(config.noise_size + config.style_size, config.hidden, config.layers, batch_first=True)
        self.frame_decoder = FrameDecoder(config.hidden, config.decoder, space.pose_size, space.travel_size)
        self.normaliser = Normaliser(space.pose_size + space.travel_size)

    def start(self, batch: int) -> State:
        """The state before the first frame."""
        noise = torch.zeros(self.config.layers, batch, self.config.hidden, device=self.normaliser.mean.device)
        return {"noise": noise, **self.space.start(batch, noise.device)}

    def forward(self, noise: Float[Tensor, "B T noise"], style: Int[Tensor, " B"], state: State) -> Dance:
        """Dance T frames."""
        if self.style is not None:
            noise = torch.cat([noise, self.style(style)[:, None].expand(-1, noise.shape[1], -1)], dim=-1)
        hidden, after = self.noise_gru(noise, state["noise"])
        numbers = self.normaliser.restore(self.frame_decoder(hidden))
        moved = self.space.decode(numbers, state)
        return Dance(numbers, moved, {"noise": after, **moved.state})


class Critic(nn.Module):
    """How real a clip looks: convolutions over time, a style's embedding as more channels of every frame."""

    def __init__(self, config: CriticConfig, channels: int, frames: int, styles: int) -> None:
        super().__init__()
        self.normaliser = Normaliser(channels)
        self.style = nn.Embedding(styles, config.style_size) if config.style_size else None
        told = channels + config.style_size
        self.encoder = (
            Strided(told, config.width, config.stages, frames, code=1, bias=False)
            if config.movement == "strided"
            else TemporalEncoder(told, frames, config.temporal, code=1, bias=False)
        )

    def forward(self, movement: Float[Tensor, "K T channels"], style: Int[Tensor, " B"]) -> Float[Tensor, " K"]:
        """A score for each clip; higher is more like the data. K may be a multiple of B: B by B of the same styles."""
        if self.style is not None:
            embedded = self.style(style)[:, None].expand(-1, movement.shape[1], -1)
            movement = torch.cat([movement, embedded.repeat(len(movement) // len(style), 1, 1)], dim=-1)
        return self.encoder(movement).squeeze(-1)
