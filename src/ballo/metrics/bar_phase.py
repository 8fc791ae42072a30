"""Whether dances come round with the bar at one place in it, style by style: what feet do in it, and when steps fall.

What `bars.bar_fold` does for a few dances of one style, for many songs of several styles, each with several
dances: songs agree with those of their group only, and chance shifts all dances to a song together.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.bars import DRAWS, Braked, Fold, standardised
from ballo.metrics.sync import InSong, away
from ballo.music.phase import BINS, Agreement, at_beat, on_grid
from ballo.music.phase import DRAWS as DRAWS_OF_STEPS

_FINE = 8  # chance shifts a bar by so many parts of a bin
_SHIFTS = 64  # or by so many parts of itself


@dataclass(frozen=True, eq=False)
class Folded:
    """The dances to one song, folded on its bar; enough to fold them with others', at any shift.

    Args:
        sums: (F,) of the signal, which has mean 0 and variance 1 in each dance, over F parts of the bar.
        counts: (F,) frames in them.
    """

    sums: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class InBars:
    """What a dancer does at moments of a song whose bars are known.

    Args:
        danced: the moments; several dances' together, if there are several.
        downbeat: the index of a beat that opens a bar; it may lie beyond the beats.
        metre: beats a bar.
    """

    danced: InSong
    downbeat: int
    metre: int

    def __post_init__(self) -> None:
        if self.metre < 1:
            raise ValueError(f"a bar has at least one beat, not {self.metre}")


@dataclass(frozen=True, eq=False)
class Turned:
    """The steps to one song on the circle of its bar, if the bar begins n / S of a bar later.

    Args:
        resultants: (S,) complex, sums over steps of exp(2 pi i place in the bar).
        counts: (S,) how many steps.
    """

    resultants: np.ndarray
    counts: np.ndarray


def turn(steps: InBars) -> Turned:
    """The steps to one song on the circle of its bar.

    Joins go with the bar. They lie on beats, so that steps which are left out there are missing at one place in the bar, where
    they would be missing of a dance at random too: what is left seems to agree on the opposite one.
    """
    song = steps.danced
    late = np.arange(_SHIFTS) / _SHIFTS
    events, joined = song.counted, on_grid(np.sort(song.joins), song.beats)
    turns = (on_grid(events, song.beats) - steps.downbeat) / steps.metre - late[:, None]
    kept = np.stack([away(events, at_beat(joined + part * steps.metre, song.beats)) for part in late])
    return Turned((np.exp(2j * np.pi * turns) * kept).sum(axis=1), kept.sum(axis=1).astype(float))


def fold(dances: Sequence[Braked], bins: int = BINS) -> Folded:
    """The dances to one song, folded on its bar."""
    sums, counts = np.zeros(bins * _FINE), np.zeros(bins * _FINE)
    for dance in dances:
        values, turns = standardised(dance)
        places = (turns % 1 * len(sums)).astype(int) % len(sums)
        sums += np.bincount(places, values, len(sums))
        counts += np.bincount(places, minlength=len(sums))
    return Folded(sums, counts)


def bar_folds(songs: Sequence[Folded], groups: Sequence[Hashable] | None = None, *, draws: int = DRAWS, seed: int = 0) -> Fold:
    """The share of the variance of a signal that the place in the bar explains, groups of songs folded apart.

    Of one group it is what `bars.bar_fold` gives; of several, the variance explained in all of them over all there is. Chance
    shifts the bar of each song, so a group of one song says nothing about chance.

    Args:
        songs: each with all of its dances.
        groups: of each song, such as its style; one, if not given.
    """
    labels = [0] * len(songs) if groups is None else list(groups)
    frames = float(sum(song.counts.sum() for song in songs))
    if not frames:
        return Fold(0.0, 0.0, 0.0, 1.0, 0)
    random = np.random.default_rng(seed)
    between, chance = 0.0, np.zeros(draws)
    for label in dict.fromkeys(labels):
        members = [song for song, of in zip(songs, labels, strict=True) if of == label]
        sums, counts = (
            np.stack([_shifted(part) for part in parts])
            for parts in ([member.sums for member in members], [member.counts for member in members])
        )
        places, shifts = np.arange(len(members)), random.integers(sums.shape[1], size=(draws, len(members)))
        between += float(_between(sums[:, 0].sum(axis=0), counts[:, 0].sum(axis=0)))
        chance += _between(sums[places, shifts].sum(axis=1), counts[places, shifts].sum(axis=1))
    share, chance = between / frames, chance / frames
    reached = int((chance >= share - 1e-12).sum())
    return Fold(share, float(chance.mean()), float(np.percentile(chance, 99)), (reached + 1) / (draws + 1), int(frames))


def bar_phase(
    songs: Sequence[Turned], groups: Sequence[Hashable] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Agreement:
    """How much steps agree on a place in the bar, groups of songs apart: the resultant of each, weighted by its steps.

    With bars of one beat it is how much they agree on a place in the beat. Of one group it is `phase.agreement` of places in
    the bar; several groups have no phase in common, and 0 is said. Who steps on every beat alike has none. Chance shifts the
    bar of each song at random.
    """
    labels = [0] * len(songs) if groups is None else list(groups)
    events = sum(song.counts[0] for song in songs)
    if not events:
        return Agreement(0.0, 0.0, 1.0, 0)
    resultants, counts = np.stack([song.resultants for song in songs]), np.stack([song.counts for song in songs])
    kinds = list(dict.fromkeys(labels))
    of = np.array([[label == kind for kind in kinds] for label in labels], dtype=float)
    value = float(np.abs(resultants[:, 0] @ of).sum() / events)
    places, shifts = np.arange(len(songs)), np.random.default_rng(seed).integers(_SHIFTS, size=(draws, len(songs)))
    chance = np.abs(resultants[places, shifts] @ of).sum(axis=1) / np.maximum(counts[places, shifts].sum(axis=1), 1)
    reached = int((chance >= value - 1e-9).sum())
    phase = float(np.angle(resultants[:, 0].sum()) / (2 * np.pi)) if len(kinds) == 1 else 0.0
    return Agreement(value, phase, (reached + 1) / (draws + 1), int(events))


def step_phase(dances: Sequence[InSong], *, draws: int = DRAWS_OF_STEPS, seed: int = 0) -> Agreement:
    """Whether steps fall at one place in the beat, over all songs: the resultant of their phases on the beat grid.

    A wrong grid cannot be told from a dancer out of time, and a dance that was made on a wrong grid passes: see
    `sync.onset_phase`. Tang 2018 as published: not significant; source takes on a song's beats: .46 cha-cha, .30 tango.
    """
    return bar_phase([turn(InBars(dance, downbeat=0, metre=1)) for dance in dances], draws=draws, seed=seed)


def _shifted(values: np.ndarray) -> np.ndarray:
    """(F, bins) values (F,) in fine parts of a bar, summed into bins, the bar shifted by every one of the parts."""
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([values, values, values[:_FINE]]), _FINE).sum(axis=1)
    parts = len(values)
    return np.asarray(windows[np.add.outer(np.arange(parts), np.arange(0, parts, _FINE))])


def _between(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(...) the sum of squares that (..., bins) sums and counts explain, around their mean."""
    squares = (sums**2 / np.maximum(counts, 1)).sum(axis=-1)
    return np.asarray(squares - sums.sum(axis=-1) ** 2 / np.maximum(counts.sum(axis=-1), 1))
