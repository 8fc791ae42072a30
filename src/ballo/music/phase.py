"""Where events fall in the beat: phases over a grid, how much they agree, and how likely that is by chance.

Phases are in turns: 0 on a beat (or on a bar line), 0.5 half-way to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 4000
BINS = 16


@dataclass(frozen=True)
class Agreement:
    """How much phases agree.

    Args:
        resultant: length of the mean of exp(2 pi i phase); 1 if all are the same, about 1 / sqrt(events) if they are random.
        phase: the mean phase in turns, -0.5 to 0.5.
        p_value: how often one random shift a group gives as large a resultant, at least 1 / (draws + 1); 1 without events.
        events: how many.
    """

    resultant: float
    phase: float
    p_value: float
    events: int


def on_grid(seconds: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """Times (S,) in beats of a grid: 2.25 is a quarter after its third beat; beyond its ends the last tempo goes on.

    Args:
        beats: (K,) seconds, increasing, at least 2.
    """
    beats = np.asarray(beats, dtype=np.float64)
    place = np.clip(np.searchsorted(beats, seconds, side="right") - 1, 0, len(beats) - 2)
    return place + (seconds - beats[place]) / (beats[place + 1] - beats[place])


def at_beat(places: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The inverse of `on_grid`: places in beats (S,) to seconds."""
    beats = np.asarray(beats, dtype=np.float64)
    left = np.clip(np.floor(places).astype(int), 0, len(beats) - 2)
    return beats[left] + (places - left) * (beats[left + 1] - beats[left])


def agreement(groups: Sequence[np.ndarray], *, draws: int = DRAWS, seed: int = 0) -> Agreement:
    """How much the phases of several groups (one a song) agree with one another and across groups.

    The null shifts each group by one random phase: it keeps what a group has by itself and breaks what it shares with the
    music.

    Args:
        groups: phases in turns, one array a group; empty ones are left out.

    Source: Mardia and Jupp, "Directional Statistics", 2000, 2.2; the null is a permutation by rotation.
    """
    groups = [np.asarray(group, dtype=np.float64) for group in groups if len(group)]
    if not groups:
        return Agreement(0.0, 0.0, 1.0, 0)
    sums = np.array([np.exp(2j * np.pi * group).sum() for group in groups])
    events = sum(len(group) for group in groups)
    mean = sums.sum() / events
    turned = np.exp(2j * np.pi * np.random.default_rng(seed).random((draws, len(groups)))) @ sums
    reached = int((np.abs(turned) / events >= abs(mean) - 1e-12).sum())
    return Agreement(float(abs(mean)), float(np.angle(mean) / (2 * np.pi)), (reached + 1) / (draws + 1), events)


def explained(values: np.ndarray, turns: np.ndarray, bins: int = BINS) -> float:
    """The share of the variance of values (T,) that their place in the turn, turns (T,) modulo 1 in `bins`, explains.

    0 where there is nothing to explain: no values, or all of them the same. Random values give about (bins - 1) / T.
    """
    variance = float(values.var()) if len(values) else 0.0
    if variance == 0:
        return 0.0
    place = (turns % 1 * bins).astype(int) % bins
    counts = np.bincount(place, minlength=bins)
    means = np.bincount(place, values, bins) / np.maximum(counts, 1)
    return float(means[place].var() / variance)
