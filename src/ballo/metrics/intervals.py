"""How far a figure over songs could be another with other songs: 95 % intervals.

Songs are drawn, never the windows of one, which are not independent. Under `LEAST_SONGS` a bootstrap says too little, and
there is a range instead, which an interval's `method` tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

LEAST_SONGS = 10
"""So many songs are bootstrapped; of fewer there is the range."""

_Z = 1.959964  # what 2.5 % of a normal distribution lie over

Method = Literal["bootstrap", "range", "leaving one out", "none"]


@dataclass(frozen=True)
class Interval:
    """From where to where a figure over songs goes.

    Args:
        low, high: its ends; nan where there are none.
        songs: how many have a value.
        method: "bootstrap": 95 % of what other songs would give lie in it. "range": the least and the greatest of the songs'
            own values. "leaving one out": those of the figure over all songs but one. "none": too few songs for either.
    """

    low: float
    high: float
    songs: int
    method: Method

    @property
    def label(self) -> str:
        """What it is, for people."""
        return {
            "bootstrap": f"95 % over {self.songs} songs",
            "range": f"range of {self.songs} songs",
            "leaving one out": f"range leaving out one of {self.songs} songs",
            "none": "no interval",
        }[self.method]


def bootstrap_mean(values: np.ndarray, draws: int = 1000, seed: int = 0) -> Interval:
    """The 95 % interval of a mean over songs; for fewer than `LEAST_SONGS` the range of the songs.

    Percentiles of the means of songs drawn with replacement, taken a little further out than 2.5 and 97.5 %, as Student's t
    asks of so few. They hold the true mean of normal values in 95 % of trials with 10 songs as with 60, of exponential ones in
    90 % with 10 and 93 % with 60; plain percentiles with 10 in 90 and 86 %.

    Args:
        values: (S,) one a song; a song without a value, nan, does not count.

    Raises:
        ValueError: another shape, infinite values, or no draw.

    Source: Hesterberg, "What teachers should know about the bootstrap", The American Statistician 2015: expanded percentiles.
    """
    _check_draws(draws)
    if values.ndim != 1 or np.isinf(values).any():
        raise ValueError(f"values must be (S,) finite numbers or nan, not {values.shape}")
    found = values[~np.isnan(values)].astype(np.float64)
    if len(found) >= LEAST_SONGS:
        drawn = np.random.default_rng(seed).integers(len(found), size=(draws, len(found)))
        return Interval(*_ends(found[drawn].mean(axis=1), len(found)), len(found), "bootstrap")
    if len(found) > 1:
        return Interval(float(found.min()), float(found.max()), len(found), "range")
    return Interval(float("nan"), float("nan"), len(found), "none")


def bootstrap(statistic: Callable[[np.ndarray], float], songs: int, draws: int = 200, seed: int = 0) -> Interval:
    """The 95 % interval of anything of several songs together; for fewer than `LEAST_SONGS` the range leaving one out in turn.

    A sample with repeated songs is less diverse than any of as many songs, so a distance between distributions is larger for
    it: all draws of a Frechet distance can lie over the figure itself. What draws tell is how far the figure scatters, not
    where it lies, so the interval is the figure plus the percentiles (see `bootstrap_mean`) of the draws about their mean.
    Nothing stops its lower end at 0.

    Args:
        statistic: of (n,) indices of songs, some of them repeated, its value; nan where these have none.
        songs: how many there are.

    Returns:
        Without ends, where the statistic of all songs, or of half of the draws, has no value.

    Raises:
        ValueError: no draw, or fewer songs than none.
    """
    _check_draws(draws)
    if songs < 0:
        raise ValueError(f"songs must be 0 or more, not {songs}")
    everyone = np.arange(songs)
    none = Interval(float("nan"), float("nan"), songs, "none")
    if songs >= LEAST_SONGS:
        random = np.random.default_rng(seed)
        value = float(statistic(everyone))
        drawn = np.array([statistic(random.integers(songs, size=songs)) for _ in range(draws)])
        known = drawn[np.isfinite(drawn)]
        if not math.isfinite(value) or 2 * len(known) < draws:
            return none
        return Interval(*_ends(value + known - known.mean(), songs), songs, "bootstrap")
    left = np.array([statistic(np.delete(everyone, song)) for song in everyone]) if songs > 1 else np.zeros(0)
    if not len(left) or not np.isfinite(left).all():
        return none
    return Interval(float(left.min()), float(left.max()), songs, "leaving one out")


def _ends(drawn: np.ndarray, songs: int) -> tuple[float, float]:
    tail = 100 * _tail(songs)
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return float(low), float(high)


def _tail(songs: int) -> float:
    """The share of draws beyond either end: what of a normal distribution lies beyond Student's t of so many songs, widened by
    sqrt(n / (n - 1)), since draws scatter by the variance of the songs and not by its unbiased estimate."""
    freedom = songs - 1
    student = _Z + (_Z**3 + _Z) / (4 * freedom) + (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / (96 * freedom**2)
    return 0.5 * math.erfc(student * math.sqrt(songs / freedom) / math.sqrt(2))


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise ValueError(f"draws must be 1 or more, not {draws}")
