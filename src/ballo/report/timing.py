"""What feet and music do through the bar and through the beat: the curves that the measures of time are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.sync import away
from ballo.motion.steps import foot_speed
from ballo.music import onsets
from ballo.music.phase import on_grid
from ballo.report.danced import Danced
from ballo.report.measures import braked

BAR_BINS_A_BEAT = 12
BEAT_BINS = 24


@dataclass(frozen=True, eq=False)
class Timing:
    """Dances of a style on the beats of their music.

    Args:
        metre: beats a bar, the most frequent; dances of other metres are in the phases alone.
        dances: how many are folded on a bar.
        speed: (B,) mean speed of a foot through the bar, m/s, bin 0 beginning on the first beat.
        braking: (B,) how hard feet brake, each dance in its standard deviations from its mean.
        music: (B,) onset strength, each song's mean being 1.
        phases: (P,) how many steps come down in each part of the beat, bin 0 being centred on the beat.
    """

    metre: int
    dances: int
    speed: np.ndarray
    braking: np.ndarray
    music: np.ndarray
    phases: np.ndarray


def timing(dances: Sequence[Danced]) -> Timing | None:
    """Fold dances on the bars of their music; None without any whose bars are known."""
    known = list(braked(dances))
    if not known:
        return None
    metre, _ = Counter(signal.metre for _, signal in known).most_common(1)[0]
    bins = metre * BAR_BINS_A_BEAT
    moving, braking, music = _Fold(bins), _Fold(bins), _Fold(bins)
    folded = [(dance, signal) for dance, signal in known if signal.metre == metre]
    for dance, signal in folded:
        seconds = np.arange(len(dance.positions)) / dance.fps
        kept = away(seconds, dance.joins)
        turns = (on_grid(seconds, signal.beats) - signal.downbeat) / metre
        moving.add(turns[kept], foot_speed(dance.skeleton, dance.positions, dance.fps).mean(axis=1)[kept])
        values = signal.braking[kept]
        if values.any() and values.std() > 0:
            braking.add(turns[kept], (values - values.mean()) / values.std())
        if dance.strength is not None and dance.strength.any():
            heard = dance.heard_from + np.arange(len(dance.strength)) / onsets.FPS
            within = (heard >= 0) & (heard < dance.seconds)
            places = (on_grid(heard[within], signal.beats) - signal.downbeat) / metre
            music.add(places, dance.strength[within] / max(dance.strength[within].mean(), 1e-12))
    return Timing(metre, len(folded), moving.means, braking.means, music.means, _phases(dances))


def _phases(dances: Sequence[Danced]) -> np.ndarray:
    places = [on_grid(found.counted, found.beats) for dance in dances if (found := dance.steps()) is not None]
    turns = np.concatenate(places) % 1
    return np.bincount(np.round(turns * BEAT_BINS).astype(int) % BEAT_BINS, minlength=BEAT_BINS)


class _Fold:
    """Means of values by their place in a turn."""

    def __init__(self, bins: int) -> None:
        self._sums, self._counts = np.zeros(bins), np.zeros(bins)

    def add(self, turns: np.ndarray, values: np.ndarray) -> None:
        bins = len(self._sums)
        place = (turns % 1 * bins).astype(int) % bins
        self._sums += np.bincount(place, values, bins)
        self._counts += np.bincount(place, minlength=bins)

    @property
    def means(self) -> np.ndarray:
        return self._sums / np.maximum(self._counts, 1)
