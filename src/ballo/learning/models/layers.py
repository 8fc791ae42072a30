"""Layers that the models share: what hears the music, and what turns a frame's code into numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.config import at_least

MEL_BANDS = 64
SPECTRA_PER_FRAME = 2
SILENCE = -1.0
"""The level of a band in which nothing sounds."""


class MelFrontEnd(nn.Module):
    """Waveform blocks to log-mel spectra, two a frame, by matrix products alone: exact in chunks and quick in any runtime.

    A window is as long as a block (one frame of music) and starts at every half block, so N blocks give 2(N-1) whole
    windows. Bands follow Slaney's mel scale from 30 Hz; the logarithm's floor lies 60 dB under a full-scale tone.
    """

    cosines: Tensor
    sines: Tensor
    mel: Tensor

    def __init__(self, samples_per_frame: int, rate: int) -> None:
        super().__init__()
        if samples_per_frame % SPECTRA_PER_FRAME:
            raise ValueError("a frame must hold an even number of samples")
        self.samples, self.middle = samples_per_frame, samples_per_frame // 2
        # A cosine and the window are even about the window's middle, a sine is odd: half a window's rows do for each. The
        # first sample's row is left out, for there the window is zero.
        time, frequencies = np.arange(1, self.middle + 1), np.arange(self.middle + 1)
        phase = 2 * np.pi * np.outer(time, frequencies) / samples_per_frame
        window = np.hanning(samples_per_frame + 1)
        # Scaled so that a full-scale sine has power 1 in its bin, whatever the window.
        weight = window[time, None] * 2 / window.sum()
        self.register_buffer("cosines", torch.tensor(np.cos(phase) * weight, dtype=torch.float32), persistent=False)
        self.register_buffer("sines", torch.tensor((np.sin(phase) * weight)[:-1], dtype=torch.float32), persistent=False)
        mel = mel_weights(frequencies * rate / samples_per_frame, MEL_BANDS, 30.0, rate / 2)
        self.register_buffer("mel", torch.tensor(mel, dtype=torch.float32), persistent=False)
        self.channels = SPECTRA_PER_FRAME * MEL_BANDS

    def forward(self, blocks: Float[Tensor, "B N samples"]) -> Float[Tensor, "B N-1 channels"]:
        """Spectra of N blocks of samples, the two of a frame side by side: about -1 for silence, 1 for the loudest."""
        batch, count, samples = blocks.shape
        halves = blocks.reshape(batch, 2 * count, samples // 2)
        windows = torch.cat([halves[:, :-1], halves[:, 1:]], dim=-1)[:, : 2 * count - 2]
        power = ((self._even(windows) @ self.cosines).square() + (self._odd(windows) @ self.sines).square()) @ self.mel
        level = torch.log10(power + 1e-6) / 3 + 1
        return level.reshape(batch, count - 1, self.channels)

    def _even(self, windows: Float[Tensor, "B W samples"]) -> Float[Tensor, "B W half"]:
        """What a window's two halves, folded about its middle, have in common; the middle sample counts once."""
        once = windows[..., self.middle : self.middle + 1]
        return torch.cat([windows[..., 1 : self.middle] + windows[..., self.middle + 1 :].flip(-1), once], dim=-1)

    def _odd(self, windows: Float[Tensor, "B W samples"]) -> Float[Tensor, "B W rest"]:
        """In what they differ."""
        return windows[..., 1 : self.middle] - windows[..., self.middle + 1 :].flip(-1)


def mel_weights(bin_hertz: np.ndarray, bands: int, low_hertz: float, high_hertz: float) -> np.ndarray:
    """Triangular filters (bins, bands) spaced evenly on Slaney's mel scale, each summing to one.

    A filter narrower than the bins' spacing takes the two bins around its centre. Source: Slaney 1998, Auditory Toolbox.
    """
    edges = _hertz(np.linspace(_mel(low_hertz), _mel(high_hertz), bands + 2))
    spacing = bin_hertz[1] - bin_hertz[0]
    below, centre, above = edges[:-2], edges[1:-1], edges[2:]
    rising = (bin_hertz[:, None] - below) / np.maximum(centre - below, spacing)
    rising = np.where(centre - below < spacing, 1 - (centre - bin_hertz[:, None]) / spacing, rising)
    falling = (above - bin_hertz[:, None]) / np.maximum(above - centre, spacing)
    falling = np.where(above - centre < spacing, 1 - (bin_hertz[:, None] - centre) / spacing, falling)
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    return weights / weights.sum(axis=0)


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) / (np.log(6.4) / 27)


def _hertz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


Norm = Literal["layer", "batch"]


@dataclass(frozen=True)
class DecoderConfig:
    """Sizes of a frame decoder.

    Args:
        size: of its layers.
        blocks: how many residual blocks.
        norm: "layer" is of a frame alone; "batch" is the research system's, over all frames of all clips.
    """

    size: int = 256
    blocks: int = 2
    norm: Norm = "layer"

    def __post_init__(self) -> None:
        at_least(self, 1, "size")
        at_least(self, 0, "blocks")


class Linear(nn.Module):
    """A linear layer and its normalisation.

    Batch normalisation takes away what a bias adds, so that the bias could not learn: there is none then.
    """

    def __init__(self, size_in: int, size: int, norm: Norm) -> None:
        super().__init__()
        self.linear = nn.Linear(size_in, size, bias=norm == "layer")
        self.norm = nn.LayerNorm(size) if norm == "layer" else nn.BatchNorm1d(size)

    def forward(self, x: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:
        """Normalised, before any activation."""
        made = self.linear(x)
        return self.norm(made.flatten(0, -2)).view(made.shape)


class ResidualBlock(nn.Module):
    """Two linear layers with normalisation, added to their input.

    The research system's second layer read the block's input again, so that its first never learned; here it reads the
    first's output.
    """

    def __init__(self, size: int, norm: Norm = "layer") -> None:
        super().__init__()
        self.first, self.second = Linear(size, size, norm), Linear(size, size, norm)

    def forward(self, x: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch size"]:
        """The input plus what the two layers make of it."""
        return x + torch.relu(self.second(torch.relu(self.first(x))))


class FrameDecoder(nn.Module):
    """A frame's code to the numbers of its pose and of its travel: the first phase's generator, and the others' last part.

    The two have output layers of their own, so that a decoder which learnt still poses fits one that dances.
    """

    def __init__(self, codes: int, config: DecoderConfig, pose_size: int, travel_size: int = 0) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            Linear(codes, config.size, config.norm),
            nn.ReLU(),
            *[ResidualBlock(config.size, config.norm) for _ in range(config.blocks)],
        )
        self.pose = nn.Linear(config.size, pose_size)
        self.travel = nn.Linear(config.size, travel_size) if travel_size else None

    def forward(self, code: Float[Tensor, "*batch codes"]) -> Float[Tensor, "*batch numbers"]:
        """Numbers with mean 0 and deviation 1, the pose's first."""
        hidden = self.trunk(code)
        if self.travel is None:
            return self.pose(hidden)
        return torch.cat([self.pose(hidden), self.travel(hidden)], dim=-1)
