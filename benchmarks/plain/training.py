"""The research system's second and third phases in training (2019), at its sizes, in PyTorch as one would write them first.

WGAN-GP over clips of 4.8 s. A step draws its clips, cuts the music into overlapping windows in a loop, copies them, and has the
generator dance with its graph recorded, also in the critic's step, which has no use for it. The critic judges real clips, made
ones and those in between in three calls, each of which hears the whole waveform anew; the generator's step works out gradients
for the critic's weights too. All the music and movement lie in memory. Axes: B clips, T frames, S samples.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ballo.dataset.archive import Archive, Dance
from benchmarks.plain import generator as published
from benchmarks.plain.generator import FrameDecoder, Generator, WaveGanEncoder

FRAMES = 120
PENALTY_WEIGHT = 10.0
CRITIC_STEPS = 8
"""For each of the generator's."""
MUSIC_BATCH, MUSIC_RATE = 7, 2e-4
SEQUENCE_BATCH, SEQUENCE_RATE = 24, 5e-4
SEQUENCE_NOISE, SEQUENCE_HIDDEN, SEQUENCE_LAYERS = 50, 50, 2
TOTAL_VARIATION_WEIGHT = 50.0
WIDTH, KERNEL, BLOCKS, BLOCK_KERNEL = 128, 25, 2, 7
CODE, FUSION = 100, 128


class Clips:
    """Draws clips of movement, scaled from 0 to 1, with their music; every style as often as any other."""

    def __init__(self, archive: Archive, batch: int, with_music: bool) -> None:
        dances = [dance for dance in archive.select("train") if dance.samples is not None]
        movement = [coordinates(dance) for dance in dances]
        low = np.min([clip.min(axis=0) for clip in movement], axis=0)
        high = np.max([clip.max(axis=0) for clip in movement], axis=0)
        self._movement = [torch.from_numpy((clip - low) / (high - low + 1e-6)) for clip in movement]
        self._music = [torch.from_numpy(dance.music(0, len(dance))) for dance in dances] if with_music else []
        counts = {style: sum(dance.style == style for dance in dances) for style in archive.styles}
        weights = np.array([1 / counts[dance.style] for dance in dances])
        self._weights, self._batch, self._random = weights / weights.sum(), batch, np.random.default_rng(0)
        self.channels = movement[0].shape[1]

    def draw(self) -> tuple[Tensor, Tensor | None]:
        """Movement (B, T, channels), and waveforms (B, S)."""
        movement, music = [], []
        for dance in self._random.choice(len(self._weights), size=self._batch, p=self._weights):
            start = int(self._random.integers(len(self._movement[dance]) - FRAMES + 1))
            movement.append(self._movement[dance][start : start + FRAMES])
            if self._music:
                hop = published.HOP_SAMPLES
                music.append(self._music[dance][start * hop : (start + FRAMES) * hop])
        return torch.stack(movement), torch.stack(music) if music else None


def coordinates(dance: Dance) -> np.ndarray:
    """(T, 3 points) around the dancer: the published points, or the joints of an archive that has none."""
    points = dance.motion().positions if dance.points is None else dance.points
    return np.asarray(points - points.mean(axis=1, keepdims=True), np.float32).reshape(len(dance), -1)


class TemporalBlock(nn.Module):
    """Two convolutions over time added to their input."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.Conv1d(WIDTH, WIDTH, BLOCK_KERNEL, padding=BLOCK_KERNEL // 2), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, T) to the same."""
        moved: Tensor = x + self.layers(x)
        return moved


class MovementEncoder(nn.Sequential):
    """Clips (B, channels, T) to codes (B, code, 1); a code of 1 is the second phase's critic."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__(
            nn.Conv1d(channels, WIDTH, KERNEL, padding=KERNEL // 2),
            *[TemporalBlock() for _ in range(BLOCKS)],
            nn.Conv1d(WIDTH, code, FRAMES),
        )


class WaveformEncoder(nn.Sequential):
    """Waveforms (B, 1, S) of whole clips to codes (B, code, 1)."""

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        channels = 1
        for wider in (32, 64, 128, 256, 512):
            layers += [nn.Conv1d(channels, wider, 25, stride=4, padding=11), nn.LeakyReLU(0.2)]
            channels = wider
        super().__init__(*layers, nn.Conv1d(channels, CODE, 75))


class Critic(nn.Module):
    """Movement, and music if it hears any, to a score."""

    def __init__(self, channels: int, hears: bool) -> None:
        super().__init__()
        self.movement_encoder = MovementEncoder(channels, CODE if hears else 1)
        self.audio_encoder = WaveformEncoder() if hears else None
        self.fusion = nn.Sequential(nn.Linear(2 * CODE, FUSION), nn.LeakyReLU(0.2), nn.Linear(FUSION, 1)) if hears else None

    def forward(self, movement: Tensor, waveforms: Tensor | None) -> Tensor:
        """(B, T, channels) and (B, S) to (B,)."""
        code: Tensor = self.movement_encoder(movement.transpose(1, 2)).flatten(1)
        if self.audio_encoder is not None and self.fusion is not None and waveforms is not None:
            heard = self.audio_encoder(waveforms[:, None]).flatten(1)
            code = self.fusion(torch.cat([code, heard], dim=1))
        return code[:, 0]


class SequenceGenerator(nn.Module):
    """Noise to movement, scaled."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gru = nn.GRU(SEQUENCE_NOISE, SEQUENCE_HIDDEN, SEQUENCE_LAYERS, batch_first=True)
        self.decoder = FrameDecoder(SEQUENCE_HIDDEN, channels // 3)

    def forward(self, noise: Tensor) -> Tensor:
        """(B, T, noise) to (B, T, channels)."""
        hidden, _ = self.gru(noise)
        decoded: Tensor = self.decoder(hidden.flatten(0, 1))
        return decoded.unflatten(0, noise.shape[:2])


class Training:
    """One phase in training: "music", "wavegan" (the same with the second encoder), or "sequences"."""

    def __init__(self, phase: str, archive: Archive) -> None:
        torch.manual_seed(0)
        self.hears = phase != "sequences"
        self.batch, rate = (MUSIC_BATCH, MUSIC_RATE) if self.hears else (SEQUENCE_BATCH, SEQUENCE_RATE)
        self.clips = Clips(archive, self.batch, self.hears)
        channels = self.clips.channels
        encoder = WaveGanEncoder() if phase == "wavegan" else None
        self.generator: nn.Module = Generator(encoder, channels // 3) if self.hears else SequenceGenerator(channels)
        self.critic = Critic(channels, self.hears)
        self.generator_optimiser = torch.optim.Adam(self.generator.parameters(), lr=rate)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), lr=rate)

    def critic_step(self) -> None:
        """One step of the critic."""
        real, waveforms = self.clips.draw()
        self.critic_optimiser.zero_grad()
        made = self.dance(waveforms)
        self.critic_loss(real, made, waveforms, torch.rand(len(real))).backward()
        self.critic_optimiser.step()

    def generator_step(self) -> None:
        """One step of the generator."""
        _, waveforms = self.clips.draw()
        self.generator_optimiser.zero_grad()
        made = self.dance(waveforms)
        self.generator_loss(made, waveforms).backward()
        self.generator_optimiser.step()

    def dance(self, waveforms: Tensor | None) -> Tensor:
        """Movement (B, T, channels), scaled, of a batch."""
        if waveforms is None:
            made: Tensor = self.generator(torch.randn(self.batch, FRAMES, SEQUENCE_NOISE))
            return made
        windows = torch.stack([published.windows(waveform) for waveform in waveforms])
        danced: Tensor = self.generator(windows, torch.randn(self.batch, FRAMES, published.NOISE_SIZE))
        return danced

    def critic_loss(self, real: Tensor, made: Tensor, waveforms: Tensor | None, share: Tensor) -> Tensor:
        """The distance that the critic sees, negated, and the penalty on its slope over movement and music."""
        distance = self.critic(real, waveforms).mean() - self.critic(made.detach(), waveforms).mean()
        share = share[:, None, None]
        between = [(share * real + (1 - share) * made).detach().requires_grad_()]
        if waveforms is not None:
            between.append(waveforms.detach().clone().requires_grad_())
        scores = self.critic(between[0], between[1] if waveforms is not None else None)
        slopes = torch.autograd.grad(scores.sum(), between, create_graph=True)
        length = torch.cat([slope.flatten(1) for slope in slopes], dim=1).norm(dim=1)
        penalty: Tensor = (length - 1).square().mean()
        return PENALTY_WEIGHT * penalty - distance

    def generator_loss(self, made: Tensor, waveforms: Tensor | None) -> Tensor:
        """The critic's score, negated; without music also how much the movement changes from frame to frame."""
        loss: Tensor = -self.critic(made, waveforms).mean()
        if waveforms is None:
            loss = loss + TOTAL_VARIATION_WEIGHT * (made[:, 1:] - made[:, :-1]).abs().mean()
        return loss
