"""Whether what feet do comes round with the bar, at one place in the bar for all songs.

See `sync` for what is pooled, left out and refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ballo.metrics.sync import away, check_beats, check_rate, check_times
from ballo.motion.skeleton import Skeleton
from ballo.motion.steps import foot_speed
from ballo.music.phase import BINS, explained, on_grid

DRAWS = 1000


@dataclass(frozen=True, eq=False)
class Braked:
    """How hard a dancer's feet brake through the bars of a song.

    Args:
        braking: (T,) as `braking` gives it; any signal will do.
        fps: frames a second.
        beats: (K,) seconds, increasing, at least 2.
        downbeat: the index of a beat that opens a bar; it may lie beyond the beats.
        metre: beats a bar.
        joins: (N,) seconds.
        start_seconds: when the first frame is.
    """

    braking: np.ndarray
    fps: float
    beats: np.ndarray
    downbeat: int
    metre: int
    joins: np.ndarray = field(default_factory=lambda: np.zeros(0))
    start_seconds: float = 0.0

    def __post_init__(self) -> None:
        check_times("braking", self.braking)
        check_times("joins", self.joins)
        check_beats(self.beats)
        check_rate(self.fps)
        if self.metre < 1:
            raise ValueError(f"a bar has at least one beat, not {self.metre}")


@dataclass(frozen=True)
class Fold:
    """The share of the variance of the feet's braking that the place in the bar explains.

    Args:
        explained: 0 to 1.
        null_mean: the same by chance, on average ...
        null_99: ... and in the best of a hundred.
        p_value: how often chance reaches it.
        frames: how many frames count.
    """

    explained: float
    null_mean: float
    null_99: float
    p_value: float
    frames: int


def braking(skeleton: Skeleton, positions: np.ndarray, fps: float) -> np.ndarray:
    """How hard the feet brake: the fall of the sum of their speeds, 0 where it rises. (T, J, 3) metres to (T,) m/s^2."""
    if len(positions) < 2:
        return np.zeros(len(positions))
    speed = foot_speed(skeleton, positions, fps).sum(axis=1)
    return np.clip(-np.gradient(speed, 1 / fps), 0, None)


def standardised(dance: Braked) -> tuple[np.ndarray, np.ndarray]:
    """A dance's braking of mean 0 and variance 1 away from joins, and where each frame is in bars: both (F,), or none of it."""
    seconds = dance.start_seconds + np.arange(len(dance.braking)) / dance.fps
    kept = away(seconds, dance.joins)
    values = dance.braking[kept] - dance.braking[kept].mean() if kept.any() else np.zeros(0)
    if not values.any():
        return np.zeros(0), np.zeros(0)
    return values / values.std(), (on_grid(seconds[kept], dance.beats) - dance.downbeat) / dance.metre


def bar_fold(dances: Sequence[Braked], *, bins: int = BINS, draws: int = DRAWS, seed: int = 0) -> Fold:
    """How much of what feet do, over all songs, the place in the bar explains: all songs folded on one bar.

    Each song's braking is first centred and divided by its standard deviation, so that neither a hard dancer nor a quiet
    song weighs more. By chance each song's bar is shifted at random, so a share that every song has by itself, at a place of
    its own, is in the null: it grows as songs get few.
    """
    signals, places = [], []
    for dance in dances:
        values, turns = standardised(dance)
        if len(values):
            signals.append(values)
            places.append(turns)
    if not signals:
        return Fold(0.0, 0.0, 0.0, 1.0, 0)
    pooled, bars = np.concatenate(signals), np.concatenate(places)
    owner = np.repeat(np.arange(len(places)), [len(place) for place in places])
    share = explained(pooled, bars, bins)
    shifts = np.random.default_rng(seed).random((draws, len(places)))
    chance = np.array([explained(pooled, bars + shift[owner], bins) for shift in shifts])
    reached = int((chance >= share - 1e-12).sum())
    return Fold(share, float(chance.mean()), float(np.percentile(chance, 99)), (reached + 1) / (draws + 1), len(pooled))
