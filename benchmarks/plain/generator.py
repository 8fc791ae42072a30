"""The research system's third phase as it was published, in PyTorch: the generator ballo started from, with untrained weights.

A window of 0.2 s of music a frame, cut out in a loop, so that each sample is encoded five times; a convolutional encoder of it;
a recurrent cell over the codes and one over noise; a decoder to 23 points. Its sizes are the published ones; the residual
blocks do what they were meant to do. Axes: B clips, T frames, W windows, S samples.
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
    """Windows (W, 1, S) to codes (W, code, 1): the published default of three designs."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [nn.Conv1d(1, 32, 250, stride=50, padding=124), nn.BatchNorm1d(32), nn.ReLU()]
        channels = 32
        for _ in range(5):
            wider = 2 * channels
            layers += [nn.Conv1d(channels, wider, 4, stride=2, padding=1), nn.BatchNorm1d(wider), nn.ReLU()]
            channels = wider
        super().__init__(*layers, nn.Conv1d(channels, AUDIO_CODE, 2))


class WaveGanEncoder(nn.Sequential):
    """Windows (W, 1, S) to codes (W, code, 1): the published second design."""

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        channels = 1
        for wider in (32, 64, 128, 256):
            layers += [nn.Conv1d(channels, wider, 25, stride=4), nn.BatchNorm1d(wider), nn.ReLU()]
            channels = wider
        super().__init__(*layers, nn.Conv1d(channels, AUDIO_CODE, 5))


class ResidualBlock(nn.Module):
    """Two linear layers added to their input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.Linear(size, size), nn.BatchNorm1d(size), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(N, size) to (N, size)."""
        moved: Tensor = x + self.layers(x)
        return moved


class FrameDecoder(nn.Sequential):
    """Codes (N, size) to coordinates (N, 3 points), scaled."""

    def __init__(self, codes: int, points: int) -> None:
        super().__init__(
            nn.Linear(codes, DECODER_SIZE),
            nn.BatchNorm1d(DECODER_SIZE),
            nn.ReLU(),
            *[ResidualBlock(DECODER_SIZE) for _ in range(DECODER_BLOCKS)],
            nn.Linear(DECODER_SIZE, 3 * points),
        )


class Generator(nn.Module):
    """Music and noise to points."""

    low: Tensor
    span: Tensor

    def __init__(self, audio_encoder: nn.Module | None = None, points: int = POINTS) -> None:
        super().__init__()
        self.audio_encoder = audio_encoder or AudioEncoder()
        self.audio_gru = nn.GRU(AUDIO_CODE, AUDIO_HIDDEN, AUDIO_LAYERS, batch_first=True)
        self.noise_gru = nn.GRU(NOISE_SIZE, NOISE_HIDDEN, batch_first=True)
        self.decoder = FrameDecoder(AUDIO_HIDDEN + NOISE_HIDDEN, points)
        self.register_buffer("low", torch.full((3 * points,), -1.0))
        self.register_buffer("span", torch.full((3 * points,), 2.0))

    def forward(self, windows: Tensor, noise: Tensor) -> Tensor:
        """Windows (B, T, S) and noise (B, T, size) to coordinates (B, T, 3 points), scaled."""
        codes = self.audio_encoder(windows.flatten(0, 1)[:, None]).squeeze(-1).unflatten(0, noise.shape[:2])
        heard, _ = self.audio_gru(codes)
        wandering, _ = self.noise_gru(noise)
        decoded: Tensor = self.decoder(torch.cat([heard, wandering], dim=-1).flatten(0, 1))
        return decoded.unflatten(0, noise.shape[:2])

    def restore(self, scaled: Tensor) -> Tensor:
        """Out of the range that the data was scaled to, (T, 3 points), to points (T, points, 3) in metres."""
        metres: Tensor = (scaled + 1) / 2 * self.span + self.low
        return metres.reshape(len(metres), -1, 3)


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
    scaled: Tensor = generator(cut[None], torch.randn(1, len(cut), NOISE_SIZE))
    return generator.restore(scaled[0])
