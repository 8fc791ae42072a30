"""Music-conditioned dance: a recurrent generator that listens, and a critic that compares movement with music.

The third phase of the research system ballo started from (2019). Its own design is a choice of sizes and variants
(configs/seed/music.toml). ballo's defaults depart from it: a log-mel front end reads each sample once; frames are bone
directions and travel instead of coordinates; the dancer turns and moves over the floor; a model may be told where beats are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ballo.learning.clips import MARGIN
from ballo.learning.config import at_least
from ballo.learning.models.encoders import EncoderConfig, WaveformConfig, WaveformEncoder, WindowEar
from ballo.learning.models.layers import DecoderConfig, FrameDecoder, MelFrontEnd
from ballo.learning.models.spaces import Dance, Space, SpaceName, State
from ballo.learning.models.temporal import Strided, TemporalConfig, TemporalEncoder
from ballo.learning.normaliser import Normaliser, Scaling

EarName = Literal["mel", "strided", "wavegan", "unet"]

PHASES = 4
"""Of what `ballo.music.clock` tells, a generator takes the first: cosine and sine of the place in the beat and in the bar."""


@dataclass(frozen=True)
class EarConfig:
    """How the generator hears.

    Args:
        kind: "mel" spectra, or one of the research system's three encoders of a window of 0.2 s a frame.
        size: of a frame's code.
        kernel: of the two convolutions over mel spectra, in frames.
        last: the activation of a window encoder's code.
        norm: of a window encoder: "batch" as published; "layer" depends on no other clip.
    """

    kind: EarName = "mel"
    size: int = 128
    kernel: int = 5
    last: Literal["identity", "relu", "tanh"] = "identity"
    norm: Literal["batch", "layer"] = "batch"

    def __post_init__(self) -> None:
        at_least(self, 1, "size", "kernel")
        if self.kernel > MARGIN + 1:
            raise ValueError(f"kernel must be at most {MARGIN + 1}, as batches hold {MARGIN} frames of music around a window")
        if self.kind == "mel" and self.last != "identity":
            raise ValueError(f"last must be 'identity' with mel spectra, not {self.last!r}: it is of the encoders of windows")


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes and variants of the generator."""

    space: SpaceName = "directions"
    scaling: Scaling = "deviation"
    ear: EarConfig = field(default_factory=EarConfig)
    clock: bool = False
    """Whether it is told where in the beat and in the bar each frame lies (`ballo.music.clock`)."""
    audio_hidden: int = 256
    audio_layers: int = 2
    noise_size: int = 16
    noise_hidden: int = 64
    noise_seconds: float = 1.0
    """How long the noise remembers: the time constant of the process that a seed draws; 0 for white noise."""
    style_size: int = 16
    """Of a style's embedding, which the cell that listens and the decoder both read; 0 for dances of no particular style."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)

    def __post_init__(self) -> None:
        at_least(self, 1, "audio_hidden", "audio_layers", "noise_size", "noise_hidden")
        at_least(self, 0, "noise_seconds", "style_size")


@dataclass(frozen=True)
class CriticConfig:
    """Sizes and variants of the critic.

    Args:
        movement: "strided" convolutions that halve time, or "temporal" ones, the second phase's critic.
        hears: mel "spectra", the "waveform" of the whole clip, or "nothing": a critic without audio.
        style: whether it is told the style.
        width: channels of the movement's convolutions, where they are strided.
        temporal: the others' sizes.
        audio_width: channels of the convolutions over spectra, or of the first over the waveform.
        stages: how many strided convolutions.
        code: size of each encoder's code.
        fusion: size of the layer that fuses them.
    """

    movement: Literal["strided", "temporal"] = "strided"
    hears: Literal["spectra", "waveform", "nothing"] = "spectra"
    style: bool = True
    width: int = 64
    temporal: TemporalConfig = field(default_factory=TemporalConfig)
    audio_width: int = 48
    stages: int = 4
    code: int = 100
    fusion: int = 128

    def __post_init__(self) -> None:
        at_least(self, 1, "width", "audio_width", "stages", "code", "fusion")


class MelEar(nn.Module):
    """Log-mel spectra to one code a frame; valid convolutions, so that a chunk with its context is exact."""

    takes = "spectra"

    def __init__(self, channels: int, size: int, kernel: int) -> None:
        super().__init__()
        self.size = size
        self.convolutions = nn.ModuleList([nn.Conv1d(channels, size, kernel), nn.Conv1d(size, size, kernel)])
        context = len(self.convolutions) * (kernel - 1)
        self.before, self.after = context // 2, context - context // 2

    def forward(self, rows: Float[Tensor, "B N channels"]) -> Float[Tensor, "B T size"]:
        """Spectra from `before` frames before the first to `after` after the last, to T codes."""
        x = rows.transpose(1, 2)
        for convolution in self.convolutions:
            x = torch.relu(convolution(x))
        return x.transpose(1, 2)


Ear = MelEar | WindowEar


@dataclass(frozen=True)
class Heard:
    """A code for each frame, and what the cells remember after the last."""

    codes: Float[Tensor, "B T codes"]
    state: State


class Generator(nn.Module):
    """Music, noise and style to poses and travel, in chunks of any length."""

    def __init__(self, config: GeneratorConfig, space: Space, styles: int, samples_per_frame: int, rate: int) -> None:
        super().__init__()
        self.config, self.space = config, space
        self.front_end = MelFrontEnd(samples_per_frame, rate) if config.ear.kind == "mel" else None
        self.ear = _ear(config.ear, self.front_end, samples_per_frame)
        self.clocked, self.samples_per_frame = config.clock, samples_per_frame
        self.style = nn.Embedding(styles, config.style_size) if config.style_size else None
        told = config.ear.size + PHASES * config.clock + config.style_size
        self.audio_gru = nn.GRU(told, config.audio_hidden, config.audio_layers, batch_first=True)
        self.noise_gru = nn.GRU(config.noise_size, config.noise_hidden, batch_first=True)
        codes = config.audio_hidden + config.noise_hidden + config.style_size
        self.frame_decoder = FrameDecoder(codes, config.decoder, space.pose_size, space.travel_size)
        self.normaliser = Normaliser(space.pose_size + space.travel_size)

    def start(self, batch: int) -> State:
        """The state before the first frame."""
        audio = torch.zeros(self.config.audio_layers, batch, self.config.audio_hidden, device=self.normaliser.mean.device)
        noise = audio.new_zeros(1, batch, self.config.noise_hidden)
        return {"audio": audio, "noise": noise, **self.space.start(batch, audio.device)}

    def rows(self, blocks: Float[Tensor, "B N samples"]) -> Float[Tensor, "B rows channels"]:
        """What the ear takes, of music in blocks of one frame's samples each; spectra are one fewer than blocks."""
        return blocks if self.front_end is None else self.front_end(blocks)

    def forward(
        self,
        rows: Float[Tensor, "B N channels"],
        clock: Float[Tensor, "B T clock"] | None,
        noise: Float[Tensor, "B T noise"],
        style: Int[Tensor, " B"],
        state: State,
    ) -> Dance:
        """Dance to the rows of T frames and their context."""
        heard = self.listen(rows, clock, noise, style, state)
        numbers = self.normaliser.restore(self.frame_decoder(heard.codes))
        moved = self.space.decode(numbers, state)
        return Dance(numbers, moved, {**heard.state, **moved.state})

    def listen(
        self,
        rows: Float[Tensor, "B N channels"],
        clock: Float[Tensor, "B T clock"] | None,
        noise: Float[Tensor, "B T noise"],
        style: Int[Tensor, " B"],
        state: State,
    ) -> Heard:
        """The recurrent part alone: what a frame is decoded from."""
        embedded = [] if self.style is None else [self.style(style)[:, None].expand(-1, noise.shape[1], -1)]
        told = [clock[..., :PHASES]] if clock is not None and self.clocked else []
        audio, audio_state = self.audio_gru(torch.cat([self.ear(rows), *told, *embedded], dim=-1), state["audio"])
        wandering, noise_state = self.noise_gru(noise, state["noise"])
        after = {**state, "audio": audio_state, "noise": noise_state}
        return Heard(torch.cat([audio, wandering, *embedded], dim=-1), after)


def _ear(config: EarConfig, front_end: MelFrontEnd | None, samples_per_frame: int) -> Ear:
    if front_end is not None:
        return MelEar(front_end.channels, config.size, config.kernel)
    assert config.kind != "mel"
    return WindowEar(samples_per_frame, EncoderConfig(config.kind, config.size, config.last, config.norm))


class Critic(nn.Module):
    """How real a clip looks with its music: a movement encoder and an audio encoder, fused by two linear layers."""

    def __init__(
        self, config: CriticConfig, movement_channels: int, frames: int, left_out: int, styles: int, audio: int
    ) -> None:
        """`frames` of a whole clip, the first `left_out` of which the critic does not see; `audio`: numbers a row of music."""
        super().__init__()
        self.hears = None if config.hears == "nothing" else {"spectra": "spectra", "waveform": "blocks"}[config.hears]
        self.normaliser = Normaliser(movement_channels)
        seen = frames - left_out
        if config.movement == "strided":
            self.movement_encoder: nn.Module = Strided(movement_channels, config.width, config.stages, seen, config.code)
        else:
            self.movement_encoder = TemporalEncoder(movement_channels, seen, config.temporal, code=config.code)
        # A waveform is heard whole; spectra are those of the frames that are seen.
        self.first_heard = left_out if config.hears == "spectra" else 0
        self.audio_encoder: nn.Module | None = None
        if config.hears == "spectra":
            self.audio_encoder = Strided(audio, config.audio_width, config.stages, seen, config.code)
        elif config.hears == "waveform":
            sizes = WaveformConfig(config.audio_width, code=config.code)
            self.audio_encoder = nn.Sequential(nn.Flatten(), WaveformEncoder(frames * audio, sizes))
        self.style = nn.Embedding(styles, config.code) if config.style else None
        parts = 1 + (self.audio_encoder is not None) + (self.style is not None)
        self.fusion = nn.Sequential(
            nn.Linear(parts * config.code, config.fusion),
            nn.LeakyReLU(0.2),
            # No bias: a Wasserstein critic is only ever compared with itself, so a bias here could not learn.
            nn.Linear(config.fusion, 1, bias=False),
        )

    def forward(
        self,
        movement: Float[Tensor, "K T movement"],
        music: Float[Tensor, "B N channels"] | None,
        style: Int[Tensor, " B"],
    ) -> Float[Tensor, " K"]:
        """A score for each clip; higher is more like the data. Movement comes through `normaliser`.

        K may be a multiple of B: several clips, B by B, to the same music, which is then heard once.
        """
        return self.judge(movement, self.hear(music, style))

    def hear(self, music: Float[Tensor, "B N channels"] | None, style: Int[Tensor, " B"]) -> Float[Tensor, "B codes"]:
        """What it makes of the music and the style, to judge any number of clips by."""
        heard = [] if self.audio_encoder is None else [self.audio_encoder(music)]
        told = [] if self.style is None else [self.style(style)]
        return torch.cat([*heard, *told], dim=-1) if heard or told else style.new_zeros(len(style), 0, dtype=torch.float32)

    def judge(self, movement: Float[Tensor, "K T movement"], heard: Float[Tensor, "B codes"]) -> Float[Tensor, " K"]:
        """A score for each clip under what was heard."""
        codes = [self.movement_encoder(movement), heard.repeat(len(movement) // len(heard), 1)]
        return self.fusion(torch.cat(codes, dim=-1)).squeeze(-1)
