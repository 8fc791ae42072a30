"""Training batches from an archive: windows of movement with their music, styles balanced, mirrored and turned up or down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ballo.dataset.archive import REMASTERED, Archive, Dance
from ballo.errors import DataError
from ballo.learning.models.layers import SILENCE
from ballo.learning.models.music import Generator
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton

SPLICE_FRAMES = 3
"""The publishers drew a straight line over so many frames on either side of a join."""


@dataclass(frozen=True)
class BatchConfig:
    """What a batch holds and how it is varied."""

    size: int = 24
    frames: int = 120
    warm_up_frames: int = 50
    """Frames of music that a generator hears before the window, so that it learns to go on as well as to begin."""
    begin_share: float = 0.25
    """Share of batches without a warm-up."""
    mirror: bool = True
    gain_decibels: float = 6.0


@dataclass(frozen=True)
class Batch:
    """Windows of T frames, their music from `warm_up_frames` before."""

    pose: Float[Tensor, "B T J 3"]
    travel: Float[Tensor, "B T 3"]
    spectra: Float[Tensor, "B N channels"]
    style: Int[Tensor, " B"]
    warm_up_frames: int

    def to(self, device: torch.device) -> Batch:
        """The same batch there."""
        pose, travel, spectra, style = (part.to(device) for part in (self.pose, self.travel, self.spectra, self.style))
        return Batch(pose, travel, spectra, style, self.warm_up_frames)

    def paired(self) -> Batch:
        """Half of the windows, each twice: window k and window k + B / 2 are the same (B = 1 gives the one twice)."""
        half = max(1, len(self.pose) // 2)
        pose, travel, spectra, style = (
            torch.cat([part[:half], part[:half]]) for part in (self.pose, self.travel, self.spectra, self.style)
        )
        return Batch(pose, travel, spectra, style, self.warm_up_frames)


@dataclass(frozen=True)
class Clip:
    """A dance as a generator emits it, with the spectra it would hear: those of frame t's context start at row t.

    `keep` (T,) is False where the recording was joined or broken.
    """

    name: str
    style: int
    pose: np.ndarray
    travel: np.ndarray
    spectra: np.ndarray
    keep: np.ndarray


def clips(archive: Archive, split: str, generator: Generator, rate: int) -> list[Clip]:
    """Every dance of a split that has music, ready to train on."""
    return [_clip(archive, dance, generator, rate) for dance in archive.select(split) if dance.samples is not None]


def _clip(archive: Archive, dance: Dance, generator: Generator, rate: int) -> Clip:
    motion = dance.motion()
    pose, travel = kinematics.unplace(motion.skeleton, motion.positions.astype(np.float64))
    samples = round(rate / motion.fps)
    blocks = len(motion) + generator.context_blocks
    first = -generator.context_before
    waveform = dance.music(first, blocks)
    with torch.no_grad():
        spectra = generator.front_end(torch.from_numpy(waveform).reshape(1, blocks, samples))[0].numpy()
    keep = np.zeros(len(motion), dtype=bool)
    for start, end in dance.usable:
        keep[start:end] = True
    # The publisher's straight lines are no movement; what remastering puts at its joins is.
    for join in dance.joins if archive.grade != REMASTERED else ():
        keep[max(0, round(join) - SPLICE_FRAMES) : round(join) + SPLICE_FRAMES + 1] = False
    style = archive.styles.index(dance.style)
    return Clip(dance.name, style, pose.astype(np.float32), travel.astype(np.float32), spectra, keep)


class Batches:
    """Draws batches without end. All randomness is in `random`, so that a run can be resumed exactly."""

    def __init__(self, archive: Archive, generator: Generator, config: BatchConfig, rate: int, seed: int) -> None:
        self.config, self.random = config, np.random.Generator(np.random.PCG64(seed))
        self.clips = {clip.name: clip for clip in clips(archive, "train", generator, rate)}
        windows = [w for w in archive.windows("train", frames=config.frames, hop=1) if w.dance.name in self.clips]
        if not windows:
            raise DataError("the archive's train split has no window of movement with music; prepare it again")
        self._windows = [(self.clips[window.dance.name], window.start) for window in windows]
        styles = np.array([clip.style for clip, _ in self._windows])
        counts = np.bincount(styles)
        self._chances = 1 / counts[styles] / np.count_nonzero(counts)
        self._mirrored = _mirrored_joints(archive.skeleton)
        self._skeleton = archive.skeleton
        self._context = generator.audio_encoder.context

    def codes(self, generator: Generator) -> np.ndarray:
        """(N, channels) of everything the generator should emit over the split, for its normaliser."""
        return np.concatenate([generator.encode(self._skeleton, clip.pose, clip.travel) for clip in self.clips.values()])

    def draw(self) -> Batch:
        """The next batch."""
        chosen = self.random.choice(len(self._windows), self.config.size, p=self._chances)
        warm = 0 if self.random.random() < self.config.begin_share else self.config.warm_up_frames
        picked = [self._windows[k] for k in chosen]
        pose, travel = self._movement(picked)
        length = warm + self.config.frames + self._context
        spectra = np.stack([_from(clip.spectra, start - warm, length) for clip, start in picked])
        gain = self.random.uniform(-1, 1, (len(picked), 1, 1)) * self.config.gain_decibels
        style = torch.tensor([clip.style for clip, _ in picked])
        return Batch(pose, travel, louder(torch.from_numpy(spectra), torch.tensor(gain, dtype=torch.float32)), style, warm)

    def _movement(self, picked: list[tuple[Clip, int]]) -> tuple[Tensor, Tensor]:
        frames = self.config.frames
        pose = np.stack([clip.pose[start : start + frames] for clip, start in picked])
        travel = np.stack([clip.travel[start : start + frames] for clip, start in picked])
        if self.config.mirror:
            flip = self.random.random(len(picked)) < 0.5
            pose[flip] = pose[flip][:, :, self._mirrored] * np.array([-1, 1, 1], dtype=np.float32)
            travel[flip] *= np.array([-1, 1, -1], dtype=np.float32)
        return torch.from_numpy(pose), torch.from_numpy(travel)


def _from(spectra: np.ndarray, first: int, length: int) -> np.ndarray:
    """Rows from `first` on; before the first row there is silence."""
    silent = max(0, -first)
    heard = spectra[max(0, first) : first + length]
    return np.concatenate([np.full((silent, spectra.shape[1]), SILENCE, dtype=spectra.dtype), heard])


def louder(spectra: Float[Tensor, "*batch channels"], decibels: Tensor) -> Float[Tensor, "*batch channels"]:
    """Spectra of the same music turned up: exactly what `MelFrontEnd` gives for the scaled waveform."""
    power = (torch.pow(10.0, 3 * (spectra - 1)) - 1e-6).clamp_min(0) * torch.pow(10.0, decibels / 10)
    return torch.log10(power + 1e-6) / 3 + 1


def _mirrored_joints(skeleton: Skeleton) -> list[int]:
    """For each joint, the one on the other side, by its name."""

    def other(name: str) -> str:
        if name.startswith("left_"):
            return "right_" + name.removeprefix("left_")
        return "left_" + name.removeprefix("right_") if name.startswith("right_") else name

    return [skeleton.index(other(name)) for name in skeleton.joint_names]
