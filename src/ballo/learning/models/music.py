"""Music-conditioned dance: a recurrent generator that listens, and a critic that compares movement with music.

The third phase of the research system ballo started from (2019), with these departures: a log-mel front end reads each
sample once; frames are bone directions and travel instead of coordinates; the dancer turns and moves over the floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ballo.learning.models.layers import MelFrontEnd, PoseDecoder, ResidualBlock, StandingFeet
from ballo.learning.normaliser import Normaliser
from ballo.motion.skeleton import Skeleton

TRAVEL = 3
"""Metres to the left, metres ahead, and radians of turn, since the frame before."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator."""

    audio_channels: int = 128
    audio_kernel: int = 5
    audio_hidden: int = 256
    audio_layers: int = 2
    noise_size: int = 16
    noise_hidden: int = 64
    noise_seconds: float = 1.0
    """How long the noise remembers: the time constant of the process that a seed draws."""
    style_size: int = 16
    decoder_size: int = 256
    decoder_blocks: int = 2


@dataclass(frozen=True)
class CriticConfig:
    """Sizes of the critic."""

    pose_channels: int = 64
    audio_channels: int = 48
    code_size: int = 100
    fusion_size: int = 128
    stages: int = 4


@dataclass(frozen=True)
class State:
    """What the generator carries from one chunk of music to the next."""

    audio: Float[Tensor, "layers B audio_hidden"]
    noise: Float[Tensor, "1 B noise_hidden"]
    feet: Float[Tensor, "B points 3"]


@dataclass(frozen=True)
class Heard:
    """A code for each frame, and what the cells remember after the last."""

    codes: Float[Tensor, "B T codes"]
    state: State


@dataclass(frozen=True)
class Dance:
    """What a generator makes of a chunk, and what goes on from there."""

    pose: Float[Tensor, "B T J 3"]
    travel: Float[Tensor, "B T 3"]
    state: State


class AudioEncoder(nn.Module):
    """Log-mel spectra to one code a frame; valid convolutions, so that a chunk with its context is exact."""

    def __init__(self, channels: int, config: GeneratorConfig) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            [
                nn.Conv1d(channels, config.audio_channels, config.audio_kernel),
                nn.Conv1d(config.audio_channels, config.audio_channels, config.audio_kernel),
            ]
        )
        self.context = len(self.convolutions) * (config.audio_kernel - 1)

    def forward(self, spectra: Float[Tensor, "B N channels"]) -> Float[Tensor, "B T audio_channels"]:
        """N = T + `context` frames of spectra to T codes."""
        x = spectra.transpose(1, 2)
        for convolution in self.convolutions:
            x = torch.relu(convolution(x))
        return x.transpose(1, 2)


class Generator(nn.Module):
    """Waveform, noise and style to poses and travel, in chunks of any length."""

    def __init__(self, config: GeneratorConfig, skeleton: Skeleton, styles: int, samples_per_frame: int, rate: int) -> None:
        super().__init__()
        self.config = config
        self.front_end = MelFrontEnd(samples_per_frame, rate)
        self.audio_encoder = AudioEncoder(self.front_end.channels, config)
        self.style = nn.Embedding(styles, config.style_size)
        self.audio_gru = nn.GRU(
            config.audio_channels + config.style_size, config.audio_hidden, config.audio_layers, batch_first=True
        )
        self.noise_gru = nn.GRU(config.noise_size, config.noise_hidden, batch_first=True)
        self.pose_decoder = PoseDecoder(skeleton)
        self.standing_feet = StandingFeet(skeleton)
        codes = config.audio_hidden + config.noise_hidden + config.style_size
        self.frame_decoder = nn.Sequential(
            nn.Linear(codes, config.decoder_size),
            nn.LayerNorm(config.decoder_size),
            nn.ReLU(),
            *[ResidualBlock(config.decoder_size) for _ in range(config.decoder_blocks)],
            nn.Linear(config.decoder_size, self.pose_decoder.size + TRAVEL),
        )
        self.normaliser = Normaliser(self.pose_decoder.size + TRAVEL)
        self.context_blocks = self.audio_encoder.context + 1
        self.context_before = (self.context_blocks + 1) // 2

    def start(self, batch: int) -> State:
        """The state before the first frame."""
        device = self.style.weight.device
        audio = torch.zeros(self.config.audio_layers, batch, self.config.audio_hidden, device=device)
        noise = torch.zeros(1, batch, self.config.noise_hidden, device=device)
        # Where the feet were before the first frame decides only where the dance begins.
        return State(audio, noise, torch.zeros(batch, len(self.standing_feet.joints), 3, device=device))

    def forward(
        self,
        spectra: Float[Tensor, "B N channels"],
        noise: Float[Tensor, "B T noise"],
        style: Int[Tensor, " B"],
        state: State,
    ) -> Dance:
        """Dance to spectra (`front_end` of the blocks) of T frames and their context."""
        heard = self.listen(spectra, noise, style, state)
        frame = self.normaliser.restore(self.frame_decoder(heard.codes))
        code, own, turn = torch.split(frame, [self.pose_decoder.size, TRAVEL - 1, 1], dim=-1)
        pose = self.pose_decoder(code)
        carried, feet = self.standing_feet(pose, turn.squeeze(-1), state.feet)
        return Dance(pose, torch.cat([carried + own, turn], dim=-1), replace(heard.state, feet=feet))

    @torch.no_grad()
    def encode(self, skeleton: Skeleton, pose: np.ndarray, travel: np.ndarray) -> np.ndarray:
        """What the frame decoder should emit (T, channels), before normalising, to dance `pose` and `travel`."""
        now, turn = torch.from_numpy(pose)[None], torch.from_numpy(travel)[None, :, 2]
        carried, _ = self.standing_feet(now, turn, now[:, 0, self.standing_feet.joints])
        own = travel[:, :2] - carried[0].numpy()
        return np.concatenate([self.pose_decoder.encode(skeleton, pose.astype(np.float64)), own, travel[:, 2:]], axis=1)

    def listen(
        self,
        spectra: Float[Tensor, "B N channels"],
        noise: Float[Tensor, "B T noise"],
        style: Int[Tensor, " B"],
        state: State,
    ) -> Heard:
        """The recurrent part alone: what a frame is decoded from."""
        embedded = self.style(style)[:, None].expand(-1, noise.shape[1], -1)
        encoded = torch.cat([self.audio_encoder(spectra), embedded], dim=-1)
        audio, audio_state = self.audio_gru(encoded, state.audio)
        wandering, noise_state = self.noise_gru(noise, state.noise)
        return Heard(torch.cat([audio, wandering, embedded], dim=-1), State(audio_state, noise_state, state.feet))


class Critic(nn.Module):
    """How real a clip looks with its music: a pose encoder and an audio encoder, fused by two linear layers."""

    def __init__(self, config: CriticConfig, movement_channels: int, audio_channels: int, styles: int, frames: int) -> None:
        super().__init__()
        self.normaliser = Normaliser(movement_channels)
        self.pose_encoder = _clip_encoder(movement_channels, config.pose_channels, config.stages, frames, config.code_size)
        self.audio_encoder = _clip_encoder(audio_channels, config.audio_channels, config.stages, frames, config.code_size)
        self.style = nn.Embedding(styles, config.code_size)
        self.fusion = nn.Sequential(
            nn.Linear(3 * config.code_size, config.fusion_size),
            nn.LeakyReLU(0.2),
            # No bias: a Wasserstein critic is only ever compared with itself, so a bias here could not learn.
            nn.Linear(config.fusion_size, 1, bias=False),
        )

    def forward(
        self,
        movement: Float[Tensor, "K T movement"],
        spectra: Float[Tensor, "B T channels"],
        style: Int[Tensor, " B"],
    ) -> Float[Tensor, " K"]:
        """A score for each clip; higher is more like the data. Movement comes through `normaliser`.

        K may be a multiple of B: several clips, B by B, to the same music, which is then heard once.
        """
        heard = torch.cat([self.audio_encoder(spectra.transpose(1, 2)), self.style(style)], dim=-1)
        movement_code = self.pose_encoder(movement.transpose(1, 2))
        heard = heard.repeat(len(movement) // len(spectra), 1)
        return self.fusion(torch.cat([movement_code, heard], dim=-1)).squeeze(-1)


def _clip_encoder(channels: int, width: int, stages: int, frames: int, code_size: int) -> nn.Sequential:
    """Convolutions over time, each but the first halving it and widening, then one linear layer over what is left."""
    layers: list[nn.Module] = [nn.Conv1d(channels, width, 5, padding=2), nn.LeakyReLU(0.2)]
    for _ in range(stages - 1):
        wider = width * 3 // 2
        layers += [nn.Conv1d(width, wider, 5, stride=2, padding=2), nn.LeakyReLU(0.2)]
        width, frames = wider, (frames + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * frames, code_size))
