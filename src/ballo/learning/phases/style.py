"""A classifier of styles, which judges and makes nothing: `ballo evaluate` asks it in which style somebody danced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ballo.dataset.archive import Archive
from ballo.learning.batches import Batch, BatchConfig, Batches
from ballo.learning.clips import Clip, clips
from ballo.learning.config import at_least
from ballo.learning.engine import EngineConfig
from ballo.learning.models.style import Classifier, ClassifierConfig
from ballo.learning.phases import fitting
from ballo.learning.shard import Shard
from ballo.metrics.style import StyleAccuracy, style_accuracy
from ballo.motion.formats import whole

UNSEEN_SHARE = 1 / 3
"""A clip of never-seen movement is one of which at least so much is: units are bars, and clips are longer."""

_BLURRED_FRAMES, _BLUR_REACH = 2.5, 8


@dataclass(frozen=True)
class VariationConfig:
    """What training clips are turned into, so that a classifier judges movement and not how smoothly it was captured.

    Args:
        noise_metres: deviation of the noise on every joint, drawn evenly from 0 up to it for each clip.
        smoothing: how far a clip goes towards a Gaussian-smoothed one (2.5 frames), drawn evenly from 0 up to it.
        still_share: clips held at their middle frame, of which it has to learn to say that they may be of any style.
    """

    noise_metres: float = 0.02
    smoothing: float = 1.0
    still_share: float = 0.1

    def __post_init__(self) -> None:
        at_least(self, 0, "noise_metres", "smoothing", "still_share")
        for name in ("smoothing", "still_share"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} must be at most 1, not {getattr(self, name)}")


@dataclass(frozen=True)
class StyleConfig:
    """Everything that decides a run of `ballo train style`; its TOML has a table for each part."""

    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)
    variation: VariationConfig = field(default_factory=VariationConfig)
    batches: BatchConfig = field(default_factory=lambda: BatchConfig(size=32, warm_up_frames=0, stretch=0.05))
    engine: EngineConfig = field(
        default_factory=lambda: EngineConfig(
            steps=600, critic_steps=0, generator_rate=1e-3, betas=(0.9, 0.999), average_decay=0.98, validate_every=100
        )
    )


@dataclass(frozen=True, eq=False)
class RealClips:
    """Clips of an archive's dances: positions (N, T, J, 3) metres, style numbers (N,), share of never-seen frames (N,)."""

    positions: np.ndarray
    styles: np.ndarray
    unseen: np.ndarray


@dataclass(frozen=True, eq=False)
class _Varied:
    """A batch of clips, what each should be taken for (B, S), and all of it on the device."""

    positions: Tensor
    wanted: Tensor


class StylePhase:
    """Told apart: the styles of real clips."""

    critic: nn.Module | None = None

    def __init__(self, archive: Archive, config: StyleConfig, device: torch.device, shard: Shard) -> None:
        torch.manual_seed(config.engine.seed)
        self.archive, self.config, self.device, self.shard = archive, config, device, shard
        self.random = np.random.Generator(np.random.PCG64(config.engine.seed))
        self.batches = Batches(archive, config.batches, (), self.random, shard)
        classifier = make_classifier(archive, config)
        fit(classifier, self.batches.clips.values(), config.batches.frames)
        self.generator = classifier.to(device)
        self._validation = real_clips(archive, "val", config.batches.frames)

    def draw(self) -> _Varied:
        """A batch of clips, varied, on the device that trains."""
        batch = self.batches.draw()
        positions, wanted = self._vary(batch)
        return _Varied(positions[:, :: self.config.classifier.every].to(self.device), wanted.to(self.device))

    def critic_loss(self, batch: _Varied) -> Mapping[str, Tensor]:
        """Nothing judges the judge."""
        return {}

    def generator_loss(self, batch: _Varied, progress: float) -> Mapping[str, Tensor]:
        """The cross entropy."""
        return {"style": functional.cross_entropy(self.generator(batch.positions), batch.wanted)}

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        """Accuracies on the clips of the validation songs; none without such songs."""
        assert isinstance(generator, Classifier)
        return accuracies(*judged(generator, self._validation)) if len(self._validation.styles) else {}

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        """The confusion matrix of the validation clips: a row a style danced, a column a style taken for."""
        assert isinstance(generator, Classifier)
        found, _ = judged(generator, self._validation)
        names = self.archive.styles
        rows = [",".join([name, *map(str, row)]) for name, row in zip(names, found.confusion.tolist(), strict=True)]
        with whole(folder / f"{step:07d}_confusion.csv") as unfinished:
            unfinished.write_text("\n".join([",".join(["danced", *names]), *rows]) + "\n", encoding="utf-8")

    def describe(self) -> Mapping[str, Any]:
        """What the network is and what it learns from."""
        return fitting.describe("style", self.archive, self.config)

    def _vary(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Clips, smoothed, held still and with noise by chance; the same draws whatever a process's part."""
        config, count = self.config.variation, len(batch.pose) * self.shard.count
        chances = self.shard.part(self.random.random((count, 3), dtype=np.float32))
        smoothed, still, noisy = torch.from_numpy(chances.copy())[:, :, None, None, None].unbind(dim=1)
        noise = self.shard.part(self.random.standard_normal((count, *batch.pose.shape[1:]), dtype=np.float32))
        clips = batch.pose + config.smoothing * smoothed * (blurred(batch.pose) - batch.pose)
        held = still < config.still_share
        clips = torch.where(held, clips[:, clips.shape[1] // 2, None], clips)
        clips = clips + config.noise_metres * noisy * torch.from_numpy(noise.copy())
        styles = len(self.archive.styles)
        wanted = functional.one_hot(batch.style, styles).float()
        return clips, torch.where(held[:, 0, 0], torch.full_like(wanted, 1 / styles), wanted)


def blurred(pose: Float[Tensor, "B T J 3"]) -> Float[Tensor, "B T J 3"]:
    """Clips with every coordinate smoothed over time."""
    around = torch.arange(-_BLUR_REACH, _BLUR_REACH + 1, dtype=pose.dtype)
    kernel = torch.exp(-0.5 * (around / _BLURRED_FRAMES) ** 2)
    by_time = pose.permute(0, 2, 3, 1)
    rows = functional.pad(by_time.reshape(-1, 1, pose.shape[1]), (_BLUR_REACH, _BLUR_REACH), mode="replicate")
    smooth = functional.conv1d(rows, (kernel / kernel.sum())[None, None])
    return smooth.reshape(by_time.shape).permute(0, 3, 1, 2)


def make_classifier(archive: Archive, config: StyleConfig) -> Classifier:
    """A fresh classifier for an archive's skeleton and styles."""
    return Classifier(config.classifier, archive.skeleton, len(archive.styles))


def real_clips(archive: Archive, split: str, frames: int) -> RealClips:
    """Every clip of `frames` frames in the usable ranges of a split's dances, half a clip apart."""
    found = [
        (clip.pose[start : start + frames], clip.style, dance.unseen[start : start + frames].mean())
        for clip, dance in zip(clips(archive, split, ()), archive.select(split), strict=True)
        for start in starts(clip, frames)
    ]
    positions = [clip for clip, _, _ in found]
    return RealClips(
        np.stack(positions) if found else np.zeros((0, frames, len(archive.skeleton), 3), np.float32),
        np.array([style for _, style, _ in found], dtype=np.int64),
        np.array([unseen for _, _, unseen in found], dtype=np.float64),
    )


def starts(clip: Clip, frames: int) -> list[int]:
    """Where windows of `frames` frames begin, half a window apart, nothing of them unusable."""
    hop = max(1, frames // 2)
    return [start for first, end in clip.usable for start in range(first, end - frames + 1, hop)]


@torch.no_grad()
def fit(classifier: Classifier, dances: Iterable[Clip], frames: int) -> None:
    """Scale what a classifier sees as clips of the dances have it."""
    cut = [clip.pose[start : start + frames] for clip in dances for start in starts(clip, frames)]
    seen = [classifier.see(torch.from_numpy(clip[:: classifier.config.every])[None])[0] for clip in cut]
    classifier.normaliser.fit(torch.cat(seen).numpy())


@torch.no_grad()
def judged(classifier: Classifier, shown: RealClips) -> tuple[StyleAccuracy, StyleAccuracy]:
    """How a classifier, as it is in use, takes clips: all of them, and those of never-seen movement."""
    device = classifier.scores.weight.device
    if not len(shown.styles):
        none = np.zeros((0, classifier.scores.out_features))
        return style_accuracy(none, shown.styles), style_accuracy(none, shown.styles)
    parts = [
        classifier(torch.from_numpy(part[:, :: classifier.config.every]).to(device)).softmax(dim=-1).cpu().numpy()
        for part in np.array_split(shown.positions, max(1, len(shown.positions) // 64))
    ]
    found, unseen = np.concatenate(parts), shown.unseen >= UNSEEN_SHARE
    return style_accuracy(found, shown.styles), style_accuracy(found[unseen], shown.styles[unseen])


def accuracies(found: StyleAccuracy, unseen: StyleAccuracy) -> dict[str, float]:
    """Shares of clips taken for what they are: of all, the mean over styles, and of never-seen movement where there is any."""
    figures = {"accuracy": found.accuracy, "mean_over_styles": found.mean_over_styles}
    return figures | ({"unseen": unseen.accuracy} if unseen.clips else {})
