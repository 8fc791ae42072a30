"""What cleanup does to dances, generated, free and real: the tables of docs/cleanup.md.

    python scripts/measure_cleanup.py ARCHIVE [--model BUNDLE] [--seeds 3] [--steps]

The model dances every validation song in the song's own style, the model without music for 40 s in each of its styles; "real"
are the archive's dances, and a baseline that replays recordings stands beside them. Feet are judged where they were before:
contacts are fixed on the dance as it was. `--steps` leaves each step out in turn.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ballo.baselines import opened
from ballo.dataset.archive import Archive
from ballo.evaluation.songs import Staged, staged
from ballo.inference.bundle import SEQUENCES
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleanup import clean
from ballo.inference.cleanup_steps import STEPS, CleanupConfig
from ballo.metrics import alignment, bar_phase, feet, physics
from ballo.metrics.sync import InSong
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.steps import steps

FREE_SECONDS = 40.0

READINGS = ("the carrying toe, median", "toes that stood", "heel or toe, the lower", "their heels")
"""Of how feet slide: the toe that was the lower one and near the floor; and, on average, of feet that stood by
`kinematics.contacts` the toes, the point that was the lower, and the heels, which go round it."""


@dataclass(frozen=True, eq=False)
class Clip:
    """One dance, the song it is danced to, and whether it is the song's real dance."""

    motion: Motion
    staged: Staged | None = None
    real: bool = False

    @property
    def keep(self) -> np.ndarray | None:
        """(T,) bool, frames that count: all but a real dance's joins."""
        return self.staged.keep if self.staged is not None and self.real else None


def main() -> None:
    """Print the tables, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", action="store_true")
    arguments = parser.parse_args()
    with staged(Archive.open(arguments.archive), "val") as songs:
        kinds = _danced(songs, arguments)
        _table(kinds, CleanupConfig(), "all steps")
        _by_style(kinds["generated"])
        if arguments.steps:
            for step in STEPS:
                _table(kinds, replace(CleanupConfig(), **{step: False}), f"without {step}")


def _danced(songs: Sequence[Staged], arguments: argparse.Namespace) -> Mapping[str, list[Clip]]:
    """Every dance as it is before cleanup, by kind."""
    model, free = Choreographer.load(arguments.model), Choreographer.load(kind=SEQUENCES)
    archive, seeds = Archive.open(arguments.archive), range(arguments.seeds)
    markov = opened(f"markov:{arguments.archive}")
    assert markov is not None
    return {
        "generated": [
            Clip(model.dance(song.song(), style=song.style, seed=seed), song)
            for song in songs
            if song.style in model.styles
            for seed in seeds
        ],
        "free": [Clip(free.freestyle(FREE_SECONDS, style=style, seed=seed)) for style in free.styles for seed in seeds],
        "markov": [Clip(markov.dance(song.song(), style=song.style, seed=0), song) for song in songs],
        "real": [Clip(_named(archive, song.name), song, real=True) for song in songs],
    }


def _named(archive: Archive, name: str) -> Motion:
    return next(dance for dance in archive.dances if dance.name == name).motion()


def _table(kinds: Mapping[str, list[Clip]], config: CleanupConfig, title: str) -> None:
    """One Markdown table: a line a figure, a column a kind of dance, before and after."""
    columns = {kind: _figures(clips, config) for kind, clips in kinds.items()}
    print(f"\n### {title}\n\n| | {' | '.join(columns)} |\n|---{'|---' * len(columns)}|")
    for name in next(iter(columns.values())):
        print(f"| {name} | {' | '.join(figures[name] for figures in columns.values())} |")


def _by_style(clips: Sequence[Clip]) -> None:
    """One Markdown table: how much of the skate of dances to songs goes in each style."""
    styles: dict[str, list[dict[str, tuple[float, float]]]] = {}
    for clip in clips:
        assert clip.staged is not None
        styles.setdefault(clip.staged.style, []).append(_fixed(clip, Clip(clean(clip.motion), clip.staged)))
    print(f"\n### by style\n\n| | {' | '.join(styles)} |\n|---{'|---' * len(styles)}|")
    for reading in READINGS:
        cells = [_gone(each, reading) for each in styles.values()]
        print(f"| {reading}: gone of all; median, worst clip, % | {' | '.join(cells)} |")


def _figures(clips: Sequence[Clip], config: CleanupConfig) -> dict[str, str]:
    """Name to "before to after", over the dances of one kind."""
    cleaned, seconds = [], 0.0
    for clip in clips:
        began = time.process_time()
        cleaned.append(Clip(clean(clip.motion, config), clip.staged, clip.real))
        seconds += time.process_time() - began
    fixed = [_fixed(before, after) for before, after in zip(clips, cleaned, strict=True)]
    moved = [_moved(before.motion, after.motion) for before, after in zip(clips, cleaned, strict=True)]
    before, after = ([_alone(clip) for clip in some] for some in (clips, cleaned))
    rows = {f"{reading}, cm/s": _pair(*_speeds(fixed, reading), 100, 1) for reading in READINGS}
    rows |= {f"{reading}: gone of all; median, worst clip, %": _gone(fixed, reading) for reading in READINGS}
    scales = {
        "skate, cm/s": 100,
        "sliding ratio, %": 100,
        "deepest under the floor, mm": 1000,
        "floating, %": 100,
        "jerk, m/s3": 1,
    }
    for (name, scale), b, a in zip(scales.items(), np.transpose(before), np.transpose(after), strict=True):
        of = np.max if name.startswith("deepest") else np.mean
        rows[name] = _pair(float(of(b)), float(of(a)), scale, 1)
    rows["moved against the pelvis: mean, most, mm"] = (
        f"{1000 * np.mean([m[0] for m in moved]):.1f}, {1000 * max(m[1] for m in moved):.0f}"
    )
    rows["path's end moved, of path's length, %"] = f"{100 * np.mean([m[2] for m in moved]):.0f}"
    for name, value in _in_time(clips).items():
        rows[name] = value if value == "-" else f"{value} to {_in_time(cleaned)[name]}"
    rows["frames a second"] = f"{sum(len(clip.motion) for clip in clips) / seconds:.0f}"
    return rows


def _pair(before: float, after: float, scale: float, digits: int) -> str:
    return f"{scale * before:.{digits}f} to {scale * after:.{digits}f}"


def _speeds(fixed: Sequence[Mapping[str, tuple[float, float]]], reading: str) -> tuple[float, float]:
    """Its mean over dances, before and after."""
    before, after = np.mean([found[reading] for found in fixed], axis=0)
    return float(before), float(after)


def _gone(fixed: Sequence[Mapping[str, tuple[float, float]]], reading: str) -> str:
    """How much of it went: of its mean over dances; in the median dance, and where least did; in %."""
    before, after = _speeds(fixed, reading)
    each = 100 * (1 - np.array([found[reading][1] / found[reading][0] for found in fixed]))
    return f"{100 * (1 - after / before):.0f}; {np.median(each):.0f}, {each.min():.0f}"


def _fixed(before: Clip, after: Clip) -> dict[str, tuple[float, float]]:
    """How fast what touched the floor before goes, before and after, in metres a second, by reading."""
    motion, skeleton, fps = before.motion, before.motion.skeleton, before.motion.fps
    counted = (np.ones(len(motion), dtype=bool) if before.keep is None else before.keep)[:, None]
    old, heights = motion.positions, motion.positions[..., 1]
    feet_points = np.array([[foot[0], foot[-1]] for foot in skeleton.foot_joints])
    heels, toes = feet_points.T
    carries = heights[:, toes].argmin(axis=1)[:, None] == np.arange(len(toes))
    touches = carries & (heights[:, toes] - feet.running_floor(old[:, toes], fps)[:, None] < feet.CONTACT_METRES) & counted
    stood = kinematics.contacts(skeleton, old, fps) & counted
    lower = heights[:, feet_points].argmin(axis=2)[..., None]
    found = []
    for dance in (before, after):
        speed = _over_the_floor(dance.motion.positions, fps)
        lowest = np.take_along_axis(speed[:, feet_points], lower, axis=2)[..., 0]
        means = (speed[:, toes][stood].mean(), lowest[stood].mean(), speed[:, heels][stood].mean())
        found.append((np.median(speed[:, toes][touches]), *means))
    return {reading: (float(old), float(new)) for reading, old, new in zip(READINGS, *found, strict=True)}


def _over_the_floor(points: np.ndarray, fps: float) -> np.ndarray:
    """Of (T, P, 3) metres: (T, P) metres a second, horizontally, as in `metrics.feet`."""
    reach, frames = max(1, round(feet.VELOCITY_SECONDS * fps)), np.arange(len(points))
    start, end = np.maximum(frames - reach, 0), np.minimum(frames + reach, len(points) - 1)
    steps = (points[end].astype(np.float64) - points[start])[..., [0, 2]]
    return np.linalg.norm(steps, axis=-1) * (fps / (end - start))[:, None]


def _alone(clip: Clip) -> tuple[float, float, float, float, float]:
    """Skate, sliding, the deepest, floating and jerk of one dance."""
    motion, skeleton = clip.motion, clip.motion.skeleton
    positions, toes = motion.positions.astype(np.float64), [foot[-1] for foot in skeleton.foot_joints]
    standing = feet.standing(positions[:, [joint for foot in skeleton.foot_joints for joint in foot]])
    return (
        feet.skate(positions[:, toes], motion.fps, keep=clip.keep).median,
        feet.sliding_ratio(positions[:, toes], motion.fps, keep=clip.keep),
        standing.deepest,
        standing.over_share,
        physics.jerk(positions, motion.fps, clip.keep),
    )


def _moved(before: Motion, after: Motion) -> tuple[float, float, float]:
    """How far joints moved against the pelvis, mean and most, and how far off the path ends, of its length."""
    old, new = before.positions.astype(np.float64), after.positions.astype(np.float64)
    apart = np.linalg.norm((new - new[:, :1]) - (old - old[:, :1]), axis=-1)
    length = np.linalg.norm(np.diff(old[:, 0, [0, 2]], axis=0), axis=-1).sum()
    return float(apart.mean()), float(apart.max()), float(np.linalg.norm(new[-1, 0] - old[-1, 0]) / length)


def _in_time(clips: Sequence[Clip]) -> dict[str, str]:
    """How dances keep time, over all songs; nothing of those danced to none."""
    timed: dict[str, list[InSong]] = {"motion beats": [], "steps": []}
    for clip in clips:
        if clip.staged is not None and clip.staged.beats is not None:
            positions, fps = clip.motion.positions.astype(np.float64), clip.motion.fps
            joins = clip.staged.joins if clip.real else np.zeros(0)
            timed["motion beats"].append(InSong(alignment.motion_beats(positions, fps), clip.staged.beats, joins))
            timed["steps"].append(InSong(steps(clip.motion.skeleton, positions, fps), clip.staged.beats, joins))
    if not timed["steps"]:
        return dict.fromkeys(("alignment to music", "alignment to motion", "alignment of steps", "step phase", "steps"), "-")
    beats, stepped = alignment.alignment(timed["motion beats"]), alignment.alignment(timed["steps"])
    return {
        "alignment to music": f"{beats.to_music.value:.3f}",
        "alignment to motion": f"{beats.to_motion.value:.3f}",
        "alignment of steps": f"{stepped.to_music.value:.3f}",
        "step phase": f"{bar_phase.step_phase(timed['steps']).resultant:.3f}",
        "steps": f"{sum(len(danced.events) for danced in timed['steps'])}",
    }


if __name__ == "__main__":
    main()
