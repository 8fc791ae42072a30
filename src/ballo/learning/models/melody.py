"""The LSTM autoencoder of Tang, Jia and Mao 2018, "Dance with Melody: An LSTM-autoencoder Approach to Music-oriented Dance
Synthesis" (ACM MM), the work that the data comes from: a deterministic map from music to movement, with no critic.

An autoencoder of recurrent cells reduces each frame's acoustic features to a short code. A mask lets the code through in the
frames in which a beat arrives and in no other, so that music is heard beat by beat; the temporal indexes, given at every frame,
tell how far the beat has come. From both, three layers of LSTM make the pose.

The paper was not at hand; what is built is what its abstract says and what two public accounts of it agree on
(github.com/jialei0701/ANN and github.com/listentomi/Let_us_dance_together, students' reproductions, neither by the authors):
the sixteen features, three temporal indexes (the frame's number, the arrival of a beat, frames since the beat), the order of
the layers, the mask, three layers, the two squared errors with a bound under the one of features. One of them says that the
paper gives no widths; `GeneratorConfig` has theirs. Ballo's own are: the place in the bar instead of the frame's number, which
in a song runs beyond all it had in training; one model of all dances, told the style, instead of one a dance; its output
spaces, of which "coordinates" is the paper's; no dropout, since a run's chance has one source.
Axes: B clips, N rows, T frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ballo.learning.config import at_least
from ballo.learning.models.acoustics import Acoustics, AcousticsConfig
from ballo.learning.models.spaces import Dance, Space, SpaceName, State
from ballo.learning.normaliser import Normaliser, Scaling
from ballo.music import clock as clocks

TEMPORAL = (clocks.ARRIVAL, clocks.SINCE, clocks.BAR_COSINE, clocks.BAR_SINE)
"""The temporal indexes: which numbers of a clock's row."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes and variants of the generator.

    Args:
        space: what its numbers mean.
        scaling: how they are scaled.
        acoustics: the features it hears.
        dense: size of the layer before each cell.
        hidden: size of each cell.
        coder_layers: cells of the autoencoder's either half.
        layers: cells that dance.
        reduced: size of the code.
        temporal: whether the cells are told the temporal indexes; else the model knows of a beat by its mask alone.
        masking: whether the code passes on beats only; else it passes at every frame.
        style_size: of a style's embedding; 0 for dances of no particular style, as in the paper.
        noise_size: numbers of noise a frame, of which it takes no notice: one music has one dance.
        noise_seconds: likewise.
    """

    space: SpaceName = "directions"
    scaling: Scaling = "deviation"
    acoustics: AcousticsConfig = field(default_factory=AcousticsConfig)
    dense: int = 24
    hidden: int = 32
    coder_layers: int = 1
    layers: int = 3
    reduced: int = 10
    temporal: bool = True
    masking: bool = True
    style_size: int = 4
    noise_size: int = 1
    noise_seconds: float = 0.0

    def __post_init__(self) -> None:
        at_least(self, 1, "dense", "hidden", "coder_layers", "layers", "reduced", "noise_size")
        at_least(self, 0, "style_size", "noise_seconds")


@dataclass(frozen=True)
class Heard:
    """What the cells that listen make of the music.

    Args:
        features: acoustic features, scaled.
        reduced: the code of each frame after the mask.
        state: what goes on from there.
    """

    features: Float[Tensor, "B T features"]
    reduced: Float[Tensor, "B T reduced"]
    state: State


class Cells(nn.Module):
    """A dense layer, the temporal indexes beside it, and layers of LSTM."""

    def __init__(self, size_in: int, dense: int, told: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.dense, self.lstm = nn.Linear(size_in, dense), nn.LSTM(dense + told, hidden, layers, batch_first=True)

    def forward(
        self,
        x: Float[Tensor, "B T in"],
        told: Float[Tensor, "B T told"],
        hidden: Float[Tensor, "layers B hidden"],
        cell: Float[Tensor, "layers B hidden"],
    ) -> tuple[Float[Tensor, "B T hidden"], Float[Tensor, "layers B hidden"], Float[Tensor, "layers B hidden"]]:
        """What the last layer says at each frame, and what the layers hold after the last."""
        said, (hidden, cell) = self.lstm(torch.cat([torch.relu(self.dense(x)), told], dim=-1), (hidden, cell))
        return said, hidden, cell

    def start(self, batch: int) -> Float[Tensor, "layers B hidden"]:
        """What they hold before the first frame, of either kind."""
        return self.dense.weight.new_zeros(self.lstm.num_layers, batch, self.lstm.hidden_size)


class Generator(nn.Module):
    """Music and style to poses and travel, in chunks of any length."""

    def __init__(self, config: GeneratorConfig, space: Space, styles: int, samples_per_frame: int, rate: int) -> None:
        super().__init__()
        self.config, self.space, self.samples_per_frame = config, space, samples_per_frame
        self.clocked = config.temporal or config.masking
        self.ear = Acoustics(config.acoustics, samples_per_frame, rate)
        self.acoustic_normaliser = Normaliser(self.ear.size)
        self.style = nn.Embedding(styles, config.style_size) if config.style_size else None
        told = len(TEMPORAL) if config.temporal else 0
        self.encoder = Cells(self.ear.size, config.dense, told, config.hidden, config.coder_layers)
        self.reduce = nn.Linear(config.hidden, config.reduced)
        self.decoder = Cells(config.reduced, config.dense, told, config.hidden, config.coder_layers)
        self.restore = nn.Linear(config.hidden, self.ear.size)
        self.dancer = Cells(config.reduced + config.style_size, config.dense, told, config.hidden, config.layers)
        self.frame = nn.Linear(config.hidden, space.pose_size + space.travel_size)
        self.normaliser = Normaliser(space.pose_size + space.travel_size)

    def start(self, batch: int) -> State:
        """The state before the first frame."""
        listening, dancing = self.encoder.start(batch), self.dancer.start(batch)
        return {
            "encoder_hidden": listening,
            "encoder_cell": listening.clone(),
            "dancer_hidden": dancing,
            "dancer_cell": dancing.clone(),
            **self.space.start(batch, dancing.device),
        }

    def rows(self, blocks: Float[Tensor, "B N samples"]) -> Float[Tensor, "B N samples"]:
        """What the ear takes, of music in blocks of one frame's samples each: the blocks."""
        return blocks

    def forward(
        self,
        rows: Float[Tensor, "B N samples"],
        clock: Float[Tensor, "B T clock"] | None,
        noise: Float[Tensor, "B T noise"],
        style: Int[Tensor, " B"],
        state: State,
    ) -> Dance:
        """Dance to the rows of T frames and their context; `clock` may be None only where `clocked` is False."""
        return self.dance(self.listen(rows, clock, style, state), clock, style)

    def listen(
        self,
        rows: Float[Tensor, "B N samples"],
        clock: Float[Tensor, "B T clock"] | None,
        style: Int[Tensor, " B"],
        state: State,
    ) -> Heard:
        """The autoencoder's first half, and the mask."""
        features = self.acoustic_normaliser.normalise(self.ear(rows))
        told = self._told(features, clock)
        said, hidden, cell = self.encoder(features, told, state["encoder_hidden"], state["encoder_cell"])
        reduced = self.reduce(said)
        if self.config.masking:
            assert clock is not None, "a mask needs a clock"
            reduced = reduced * clock[..., clocks.ARRIVAL, None]
        return Heard(features, reduced, {**state, "encoder_hidden": hidden, "encoder_cell": cell})

    def dance(self, heard: Heard, clock: Float[Tensor, "B T clock"] | None, style: Int[Tensor, " B"]) -> Dance:
        """The cells that dance to what is heard."""
        state, told = heard.state, self._told(heard.reduced, clock)
        said, hidden, cell = self.dancer(self._styled(heard.reduced, style), told, state["dancer_hidden"], state["dancer_cell"])
        numbers = self.normaliser.restore(self.frame(said))
        moved = self.space.decode(numbers, state)
        return Dance(numbers, moved, {**state, "dancer_hidden": hidden, "dancer_cell": cell, **moved.state})

    def recall(self, heard: Heard, clock: Float[Tensor, "B T clock"] | None) -> Float[Tensor, "B T features"]:
        """The autoencoder's second half: the scaled features again, from the code alone. Only training needs it."""
        nothing = self.decoder.start(len(heard.reduced))
        said, _, _ = self.decoder(heard.reduced, self._told(heard.reduced, clock), nothing, nothing)
        return self.restore(said)

    def _told(self, like: Float[Tensor, "B T any"], clock: Float[Tensor, "B T clock"] | None) -> Float[Tensor, "B T told"]:
        if not self.config.temporal:
            return like[..., :0]
        assert clock is not None, "temporal indexes need a clock"
        return clock[..., list(TEMPORAL)]

    def _styled(self, reduced: Float[Tensor, "B T reduced"], style: Int[Tensor, " B"]) -> Float[Tensor, "B T more"]:
        if self.style is None:
            return reduced
        return torch.cat([reduced, self.style(style)[:, None].expand(-1, reduced.shape[1], -1)], dim=-1)
