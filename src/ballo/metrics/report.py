"""Generated dances beside the real ones of the same songs: the figures that a model card states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics import diversity, physics
from ballo.motion.skeleton import Skeleton


@dataclass(frozen=True)
class Danced:
    """One song: the real dance, the generated ones, and the same seeds danced to another song in the same style.

    Args:
        real: (T, J, 3) metres.
        keep: (T,) bool, real frames that jerk counts (joins of the recording are left out).
        by_seed: generated dances (T, J, 3), one a seed.
        other_song: generated dances of the same seeds and style to another song.
    """

    real: np.ndarray
    keep: np.ndarray
    by_seed: Sequence[np.ndarray]
    other_song: Sequence[np.ndarray]


@dataclass(frozen=True)
class Figures:
    """How generated dances compare with real ones, averaged over songs and seeds. Distances in metres."""

    songs: int
    seeds: int
    speed_ratio: float
    jerk_ratio: float
    freezes: int
    """Stretches over a second in which a generated dance stands still in a song whose real dance never does."""
    seed_change: float
    song_change: float
    real_spread: float
    """Mean distance between real dances: what `seed_change` is to be seen against."""
    real_distance: float
    """Mean distance to the song's own real dance: low for what regression makes, whether it dances or not."""


def compare(skeleton: Skeleton, fps: float, songs: Mapping[str, Danced]) -> Figures:
    """The figures over songs. Raises ValueError with no song."""
    if not songs:
        raise ValueError("nothing to compare: no song")
    danced = list(songs.values())
    seed_changes = [diversity.spread(skeleton, song.by_seed) for song in danced]
    song_changes = [
        diversity.pose_distance(skeleton, here, there)
        for song in danced
        for here, there in zip(song.by_seed, song.other_song, strict=True)
    ]
    real_distances = [diversity.pose_distance(skeleton, song.real, dance) for song in danced for dance in song.by_seed]
    return Figures(
        songs=len(danced),
        seeds=len(danced[0].by_seed),
        speed_ratio=float(np.mean([_speed_ratio(song, fps) for song in danced])),
        jerk_ratio=float(np.mean([_jerk_ratio(song, fps) for song in danced])),
        freezes=sum(_freezes(song, fps) for song in danced),
        seed_change=float(np.mean(seed_changes)),
        song_change=float(np.mean(song_changes)) if song_changes else float("nan"),
        real_spread=diversity.spread(skeleton, [song.real for song in danced]),
        real_distance=float(np.mean(real_distances)),
    )


def _speed_ratio(song: Danced, fps: float) -> float:
    generated = np.mean([physics.joint_speed(dance, fps).mean() for dance in song.by_seed])
    return float(generated / physics.joint_speed(song.real, fps).mean())


def _jerk_ratio(song: Danced, fps: float) -> float:
    generated = np.mean([physics.jerk(dance, fps) for dance in song.by_seed])
    return float(generated / physics.jerk(song.real, fps, song.keep))


def _freezes(song: Danced, fps: float) -> int:
    if physics.freezes(song.real, fps):
        return 0
    return sum(len(physics.freezes(dance, fps)) for dance in song.by_seed)
