"""A generator's dances to songs it was not trained on, during training and without ONNX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ballo.inference.noise import NoiseStream
from ballo.learning.batches import Clip
from ballo.learning.models.music import Generator
from ballo.metrics import report
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton

ORIGIN = np.zeros(2)


def measure(
    generator: Generator, clips: Sequence[Clip], skeleton: Skeleton, fps: float, seeds: int = 2
) -> dict[int | None, report.Figures]:
    """Dance every clip's song in its style with some seeds, and the next clip's song as well, and compare.

    Returns:
        Figures by style number, and over all songs under None.
    """
    songs, styles = {}, {}
    for clip, other in zip(clips, [*clips[1:], *clips[:1]], strict=True):
        real, _, _ = kinematics.place(clip.pose, clip.travel, ORIGIN, 0.0)
        by_seed = [perform(generator, clip, clip.style, seed, fps) for seed in range(seeds)]
        other_song = [perform(generator, other, clip.style, seed, fps) for seed in range(seeds)]
        songs[clip.name], styles[clip.name] = report.Danced(real, clip.keep, by_seed, other_song), clip.style
    figures: dict[int | None, report.Figures] = {None: report.compare(skeleton, fps, songs)}
    for style in sorted(set(styles.values())):
        of_style = {name: danced for name, danced in songs.items() if styles[name] == style}
        figures[style] = report.compare(skeleton, fps, of_style)
    return figures


@torch.no_grad()
def perform(generator: Generator, clip: Clip, style: int, seed: int, fps: float) -> np.ndarray:
    """A dance (T, J, 3) to a clip's music, whole."""
    noise = NoiseStream(seed, generator.config.noise_size, generator.config.noise_seconds, fps).take(len(clip.pose))
    device = generator.style.weight.device
    danced = generator(
        torch.from_numpy(clip.spectra)[None].to(device),
        torch.from_numpy(noise)[None].to(device),
        torch.tensor([style], device=device),
        generator.start(1),
    )
    positions, _, _ = kinematics.place(danced.pose[0].cpu().numpy(), danced.travel[0].cpu().numpy(), ORIGIN, 0.0)
    return positions
