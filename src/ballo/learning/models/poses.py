"""Still figures from noise: the research system's first phase (2019), a residual generator and a residual critic."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ballo.learning.config import at_least
from ballo.learning.models.layers import DecoderConfig, FrameDecoder
from ballo.learning.models.spaces import Space, SpaceName
from ballo.learning.normaliser import Normaliser, Scaling


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator."""

    space: SpaceName = "directions"
    scaling: Scaling = "deviation"
    noise_size: int = 50
    style_size: int = 4
    """Of a style's embedding; 0 for figures of no particular style."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)

    def __post_init__(self) -> None:
        at_least(self, 1, "noise_size")
        at_least(self, 0, "style_size")


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of the critic."""

    size: int = 256
    blocks: int = 2
    style_size: int = 4

    def __post_init__(self) -> None:
        at_least(self, 1, "size")
        at_least(self, 0, "blocks", "style_size")


class Generator(nn.Module):
    """Noise to figures."""

    def __init__(self, config: GeneratorConfig, space: Space, styles: int) -> None:
        super().__init__()
        self.config, self.space = config, space
        self.style = nn.Embedding(styles, config.style_size) if config.style_size else None
        self.frame_decoder = FrameDecoder(config.noise_size + config.style_size, config.decoder, space.pose_size)
        self.normaliser = Normaliser(space.pose_size)

    def numbers(self, noise: Float[Tensor, "*batch noise"], style: Int[Tensor, " *batch"]) -> Float[Tensor, "*batch numbers"]:
        """What the space makes figures of, in the data's units."""
        code = noise if self.style is None else torch.cat([noise, self.style(style)], dim=-1)
        return self.normaliser.restore(self.frame_decoder(code))

    def forward(self, noise: Float[Tensor, "B T noise"], style: Int[Tensor, " B"]) -> Float[Tensor, "B T J 3"]:
        """T figures a style number, in metres, standing on the floor."""
        return self.space.figures(self.numbers(noise, style[:, None].expand(noise.shape[:2])))


class Critic(nn.Module):
    """How real a figure looks: linear layers with skip connections, without normalisation."""

    def __init__(self, config: CriticConfig, channels: int, styles: int) -> None:
        super().__init__()
        self.normaliser = Normaliser(channels)
        self.style = nn.Embedding(styles, config.style_size) if config.style_size else None
        self.first = nn.Linear(channels + config.style_size, config.size)
        self.blocks = nn.ModuleList([_Block(config.size) for _ in range(config.blocks)])
        # No bias: a Wasserstein critic is only ever compared with itself, so a bias here could not learn.
        self.last = nn.Linear(config.size, 1, bias=False)

    def forward(self, figures: Float[Tensor, "K channels"], style: Int[Tensor, " B"]) -> Float[Tensor, " K"]:
        """A score for each figure; higher is more like the data. K may be a multiple of B: B by B of the same styles."""
        x = figures
        if self.style is not None:
            x = torch.cat([x, self.style(style).repeat(len(x) // len(style), 1)], dim=-1)
        x = torch.relu(self.first(x))
        for block in self.blocks:
            x = block(x)
        return self.last(x).squeeze(-1)


class _Block(nn.Module):
    """Two linear layers added to their input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(size, size), nn.Linear(size, size)

    def forward(self, x: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch size"]:
        """The second layer reads the first's output."""
        return x + torch.relu(self.second(torch.relu(self.first(x))))
