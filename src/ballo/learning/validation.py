"""A generator's movement beside that of the validation songs, during training and without ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ballo.dataset.archive import Archive
from ballo.inference.noise import NoiseStream
from ballo.learning.clips import CLOCK, MARGIN, Clip
from ballo.learning.models import poses, sequences
from ballo.learning.models.spaces import Dance, State
from ballo.metrics import diversity, physics, report
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

ORIGIN = np.zeros(2)
SAMPLE_SECONDS = 20.0
FIGURES = 512
"""Figures that are compared, of each kind."""


class Ear(Protocol):
    """What hears: which rows of music it takes, and how many before and after a frame's own."""

    @property
    def takes(self) -> str:
        """Spectra or blocks: `clips.MUSIC`."""

    @property
    def before(self) -> int:
        """Rows before."""

    @property
    def after(self) -> int:
        """Rows after."""


class NoiseConfig(Protocol):
    """The part of a generator's config that says what noise it takes."""

    @property
    def noise_size(self) -> int:
        """Numbers a frame."""

    @property
    def noise_seconds(self) -> float:
        """How long it remembers."""


class Dancer(Protocol):
    """A generator that hears: see `models.music.Generator`."""

    @property
    def ear(self) -> Ear:
        """What it hears with."""

    @property
    def config(self) -> NoiseConfig:
        """Its sizes."""

    clocked: bool

    def start(self, batch: int) -> State:
        """The state before the first frame."""

    def __call__(self, rows: Tensor, clock: Tensor | None, noise: Tensor, style: Tensor, state: State) -> Dance:
        """The dance to T frames' rows and their context."""


@dataclass(frozen=True)
class FreestyleFigures:
    """How dances to no music compare with real ones: ratios to them, and metres between two seeds and two real dances."""

    speed_ratio: float
    jerk_ratio: float
    freezes: int
    seed_change: float
    real_spread: float


@dataclass(frozen=True)
class FigureFigures:
    """How still figures compare with real ones, in metres of mean joint distance.

    Args:
        precision: from a generated figure to the nearest real one; small where figures are real.
        recall: from a real figure to the nearest generated one; small where every figure occurs.
        real: from a real figure to the nearest of as many other real ones: what the two are to be seen against.
        spread_ratio: mean distance between two generated figures, over that between two real ones.
    """

    precision: float
    recall: float
    real: float
    spread_ratio: float


def heard(generator: Dancer) -> list[str]:
    """The kinds of rows that a generator takes."""
    return [generator.ear.takes, *([CLOCK] if generator.clocked else [])]


def measure(
    generator: Dancer, clips: Sequence[Clip], skeleton: Skeleton, fps: float, seeds: int = 2
) -> dict[int | None, report.Figures]:
    """Dance every clip's song in its style with some seeds, and the next clip's song as well, and compare.

    Returns:
        Figures by style number, and over all songs under None.
    """
    songs, styles = {}, {}
    for clip, other in zip(clips, [*clips[1:], *clips[:1]], strict=True):
        by_seed = [perform(generator, clip, clip.style, seed, fps) for seed in range(seeds)]
        other_song = [perform(generator, other, clip.style, seed, fps) for seed in range(seeds)]
        songs[clip.name], styles[clip.name] = report.Danced(_real(clip), clip.keep, by_seed, other_song), clip.style
    figures: dict[int | None, report.Figures] = {None: report.compare(skeleton, fps, songs)}
    for style in sorted(set(styles.values())):
        of_style = {name: danced for name, danced in songs.items() if styles[name] == style}
        figures[style] = report.compare(skeleton, fps, of_style)
    return figures


def over_songs(generator: Dancer, clips: Sequence[Clip], archive: Archive) -> dict[str, float]:
    """The figures over all songs as a run writes them down; none without songs."""
    if not clips:
        return {}
    figures = measure(generator, clips, archive.skeleton, archive.fps)[None]
    return {name: float(value) for name, value in asdict(figures).items()}


def save_dances(generator: Dancer, clips: Sequence[Clip], archive: Archive, folder: Path, step: int) -> None:
    """Write the start of a dance to each song."""
    for clip in clips:
        dance = perform(generator, clip, clip.style, 0, archive.fps)[: round(SAMPLE_SECONDS * archive.fps)]
        save(dance, archive, archive.styles[clip.style], folder / f"{step:07d}_{clip.name}.npz")


@torch.no_grad()
def perform(generator: Dancer, clip: Clip, style: int, seed: int, fps: float) -> np.ndarray:
    """A dance (T, J, 3) to a clip's music, whole."""
    frames, device = len(clip.pose), _device(generator)
    ear, numbers = generator.ear, torch.tensor([style], device=device)
    rows = clip.music[ear.takes][MARGIN - ear.before : MARGIN + frames + ear.after]
    clock = clip.music[CLOCK][MARGIN : MARGIN + frames] if generator.clocked else None
    walk = NoiseStream(seed, generator.config.noise_size, generator.config.noise_seconds, fps).take(frames)

    def on_device(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values))[None].to(device)

    told = None if clock is None else on_device(clock)
    return _placed(generator(on_device(rows), told, on_device(walk), numbers, generator.start(1)))


@torch.no_grad()
def freestyle(generator: sequences.Generator, style: int, seed: int, seconds: float, fps: float) -> np.ndarray:
    """A dance (T, J, 3) to no music."""
    config, device = generator.config, _device(generator)
    walk = NoiseStream(seed, config.noise_size, config.noise_seconds, fps).take(round(seconds * fps))
    numbers = torch.tensor([style], device=device)
    return _placed(generator(torch.from_numpy(walk)[None].to(device), numbers, generator.start(1)))


@torch.no_grad()
def figures(generator: poses.Generator, style: int, seed: int, count: int) -> np.ndarray:
    """Still figures (N, J, 3)."""
    white = np.random.Generator(np.random.PCG64(seed)).standard_normal((1, count, generator.config.noise_size), np.float32)
    made = generator(torch.from_numpy(white).to(_device(generator)), torch.tensor([style], device=_device(generator)))
    return made[0].cpu().numpy()


def compare_freestyle(generator: sequences.Generator, clips: Sequence[Clip], archive: Archive) -> FreestyleFigures:
    """Dance as long as each clip in its style, with two seeds."""
    skeleton, fps = archive.skeleton, archive.fps
    speeds, jerks, changes, freezes = [], [], [], 0
    for clip in clips:
        real, seconds = _real(clip), len(clip.pose) / fps
        made = [freestyle(generator, clip.style, seed, seconds, fps) for seed in range(2)]
        speed = physics.joint_speed(real, fps).mean()
        jerk = physics.jerk(real, fps, clip.keep)
        speeds += [physics.joint_speed(dance, fps).mean() / speed for dance in made]
        jerks += [physics.jerk(dance, fps) / jerk for dance in made]
        changes.append(diversity.spread(skeleton, made))
        freezes += sum(len(physics.freezes(dance, fps)) for dance in made)
    real_spread = diversity.spread(skeleton, [_real(clip) for clip in clips])
    return FreestyleFigures(float(np.mean(speeds)), float(np.mean(jerks)), freezes, float(np.mean(changes)), real_spread)


def compare_figures(generator: poses.Generator, clips: Sequence[Clip]) -> FigureFigures:
    """Figures of every style against frames of the clips, all in the heading frame."""
    skeleton = generator.space.skeleton
    frames = np.concatenate([clip.pose[clip.keep] for clip in clips])
    chosen = np.random.default_rng(0).permutation(len(frames))[: 2 * FIGURES]
    real, more = frames[chosen[::2]], frames[chosen[1::2]]
    styles = sorted({clip.style for clip in clips})
    made = np.concatenate([figures(generator, style, style, -(-len(real) // len(styles))) for style in styles])[: len(real)]
    facing = kinematics.heading(skeleton, made)
    made = kinematics.turned_about_y(made, -facing[:, None])
    apart = _distances(made, real)
    among = _distances(real, more)
    spread = _distances(made, made).mean() / _distances(real, real).mean()
    return FigureFigures(
        float(apart.min(axis=1).mean()), float(apart.min(axis=0).mean()), float(among.min(axis=1).mean()), float(spread)
    )


def save(dance: np.ndarray, archive: Archive, style: str, path: Path) -> None:
    """Write a dance (T, J, 3) as a motion."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Motion.from_positions(archive.skeleton, dance, archive.fps, meta={"style": style}).save(path)


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N, M) mean joint distances between figures (N, J, 3) and (M, J, 3)."""
    return np.stack([np.linalg.norm(figure - other, axis=-1).mean(axis=-1) for figure in one])


def _real(clip: Clip) -> np.ndarray:
    world, _, _ = kinematics.place(clip.pose, clip.travel, ORIGIN, 0.0)
    return world


def _placed(dance: Dance) -> np.ndarray:
    pose, travel = (part[0].float().cpu().numpy() for part in (dance.moved.pose, dance.moved.travel))
    world, _, _ = kinematics.place(pose, travel, ORIGIN, 0.0)
    return world


def _device(generator: object) -> torch.device:
    assert isinstance(generator, torch.nn.Module)
    return next(generator.parameters()).device
