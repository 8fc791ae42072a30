"""The research system's third phase as it was published, in PyTorch: the generator ballo started from, with untrained weights.

A window of 0.2 s of music a frame, cut out in a loop, so that each sample is encoded five times; a convolutional encoder of it;
a recurrent cell over the codes and one over noise; a decoder to 23 points. Its sizes are the published ones; the residual
blocks do what they were meant to do. Axes: B clips, T frames, S samples.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

SAMPLES_A_SECOND = 16_000
WINDOW_SAMPLES, HOP_SAMPLES = 3200, 640
AUDIO_CODE, AUDIO_HIDDEN, AUDIO_LAYERS = 250, 240, 3
NOISE_SIZE, NOISE_HIDDEN = 10, 10
DECODER_SIZE, DECODER_BLOCKS = 256, 2
POINTS = 23


class AudioEncoder(nn.Sequential):
    """Windows (T, 1, S) to codes (T, code, 1): the published default of three designs."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [nn.Conv1d(1, 32, 250, stride=50, padding=124), nn.BatchNorm1d(32), nn.ReLU()]
        channels = 32
        for _ in range(5):
            wider = 2 * channels
            layers += [nn.Conv1d(channels, wider, 4, stride=2, padding=1), nn.BatchNorm1d(wider), nn.ReLU()]
            channels = wider
        super().__init__(*layers, nn.Conv1d(channels, AUDIO_CODE, 2))


class ResidualBlock(nn.Module):
    """Two linear layers added to their input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.Linear(size, size), nn.BatchNorm1d(size), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(T, size) to (T, size)."""
        moved: Tensor = x + self.layers(x)
        return moved


class Generator(nn.Module):
    """Music and noise to points."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = AudioEncoder()
        self.audio_gru = nn.GRU(AUDIO_CODE, AUDIO_HIDDEN, AUDIO_LAYERS, batch_first=True)
        self.noise_gru = nn.GRU(NOISE_SIZE, NOISE_HIDDEN, batch_first=True)
        self.decoder = nn.Sequential(
            nn.Linear(AUDIO_HIDDEN + NOISE_HIDDEN, DECODER_SIZE),
            nn.BatchNorm1d(DECODER_SIZE),
            nn.ReLU(),
            *[ResidualBlock(DECODER_SIZE) for _ in range(DECODER_BLOCKS)],
            nn.Linear(DECODER_SIZE, 3 * POINTS),
        )
        self.register_buffer("low", torch.full((3 * POINTS,), -1.0))
        self.register_buffer("span", torch.full((3 * POINTS,), 2.0))

    def forward(self, windows: Tensor, noise: Tensor) -> Tensor:
        """Windows (T, S) and noise (T, size) to points (T, 23, 3) in metres."""
        codes = self.audio_encoder(windows[:, None]).squeeze(-1)
        heard, _ = self.audio_gru(codes[None])
        wandering, _ = self.noise_gru(noise[None])
        scaled = self.decoder(torch.cat([heard, wandering], dim=-1)[0])
        metres = (scaled + 1) / 2 * self.span + self.low  # out of the range that the data was scaled to
        points: Tensor = metres.reshape(-1, POINTS, 3)
        return points


def windows(waveform: Tensor) -> Tensor:
    """A waveform (S,) cut into one window a frame (T, window), centred on it, by a loop as it was."""
    margin = (WINDOW_SAMPLES - HOP_SAMPLES) // 2
    padded = nn.functional.pad(waveform, (margin, margin))
    frames = len(waveform) // HOP_SAMPLES
    return torch.stack([padded[frame * HOP_SAMPLES : frame * HOP_SAMPLES + WINDOW_SAMPLES] for frame in range(frames)])


@torch.inference_mode()
def generate(generator: Generator, waveform: Tensor) -> Tensor:
    """The whole way from a waveform (S,) to points (T, 23, 3)."""
    cut = windows(waveform)
    points: Tensor = generator(cut, torch.randn(len(cut), NOISE_SIZE))
    return points
