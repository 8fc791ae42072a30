"""Dances as sequences of figures: which half-bar of which recorded unit each half-bar of a song is danced like.

A song's beats are cut into half-bars (whole bars where a bar is of odd beats). A figure is a half-bar of a unit: "C-20-1 1" is
the second half-bar of that unit; standing about is one figure however long. To each half-bar of a dance goes the figure of the
half-bar that it is nearest to, among all that the style's training dances show, be they danced faster or slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.dataset.archive import Archive, Beats, Dance
from ballo.dataset.units import is_rest
from ballo.evaluation import trained
from ballo.metrics import copying, syntax
from ballo.metrics.nearest import Nearest
from ballo.metrics.syntax import Transitions

GAP = -1
"""The figure of a half-bar that nobody knows."""

_MOMENTS = 5  # poses of a half-bar that are compared, from its first moment to its last


@dataclass(frozen=True, eq=False)
class Figures:
    """The figures of a style, as training shows them.

    Args:
        names: of the n figures: a unit's tag and which half-bar of it.
        shown: half-bars of training as vectors, and `numbers` (N,) which figure each is.
        transitions: what follows what in training.
        sequences: the figures of each training dance, as its units tell them.
    """

    names: tuple[str, ...]
    shown: Nearest
    numbers: np.ndarray
    transitions: Transitions
    sequences: tuple[np.ndarray, ...]

    def of(self, dance: np.ndarray, fps: float, halves: np.ndarray) -> np.ndarray:
        """The figure (H,) of each half-bar of a dance.

        Args:
            dance: (T, J, 3) metres in heading frames.
            halves: (H, 2) seconds, see `half_bars`; `GAP` for those outside of the dance.
        """
        inside = _inside(halves, len(dance), fps)
        found = np.full(len(halves), GAP)
        found[inside] = self.numbers[self.shown(_vectors(dance, fps, halves[inside]))[1]]
        return found


def half_bars(seconds: np.ndarray, positions: np.ndarray, metre: int) -> np.ndarray:
    """(H, 2) seconds at which half-bars begin and end, one after another, whole bars where the metre is odd or 2.

    Args:
        seconds: (K,) of beats.
        positions: (K,) their places in the bar.
        metre: beats a bar.
    """
    beats = metre // 2 if metre % 2 == 0 and metre > 2 else metre
    first = np.flatnonzero(positions[: max(0, len(positions) - beats)] % beats == 0)
    whole = first[positions[first + beats] == (positions[first] + beats) % metre]
    return np.stack([seconds[whole], seconds[whole + beats]], axis=1)


def learn(archive: Archive, style: str) -> Figures | None:
    """The figures of a style; None if no training dance of it has units and beats."""
    names: dict[str, int] = {}
    vectors, numbers, sequences = [], [], []
    for dance in trained.trained(archive):
        if dance.style != style or dance.beats is None:
            continue
        halves = _halves(dance, dance.beats)
        told = told_of(dance, halves)
        usable = trained.usable(dance)
        kept = [name is not None and bool(usable[_frames(half, dance)].all()) for name, half in zip(told, halves, strict=True)]
        sequence = [names.setdefault(str(name), len(names)) if keep else GAP for name, keep in zip(told, kept, strict=True)]
        sequences.append(np.array(sequence, dtype=int))
        vectors.append(_vectors(trained.placed(dance), dance.fps, halves[kept]))
        numbers.append(sequences[-1][kept])
    if not names:
        return None
    transitions = syntax.learn(sequences, len(names))
    return Figures(tuple(names), Nearest.of(np.concatenate(vectors)), np.concatenate(numbers), transitions, tuple(sequences))


def told_of(dance: Dance, halves: np.ndarray) -> list[str | None]:
    """The names of a dance's figures by its own units; None where most frames of a half-bar show none."""
    begun = np.zeros(len(dance), dtype=int)
    for first, end in trained.runs(dance.unit):
        begun[first:end] = first
    names = list[str | None]()
    for half in halves:
        frames = _frames(half, dance)
        unit = np.bincount(dance.unit[frames] + 1).argmax() - 1 if frames.stop > frames.start else -1
        if unit < 0:
            names.append(None)
            continue
        first = begun[frames][dance.unit[frames] == unit][0]
        place = max(0, round((half[0] * dance.fps - first) / ((half[1] - half[0]) * dance.fps)))
        tag = dance.units[unit].tag
        names.append(f"{tag} {0 if is_rest(tag) else place}")
    return names


def _halves(dance: Dance, beats: Beats) -> np.ndarray:
    """Those within a dance."""
    halves = half_bars(beats.seconds, beats.positions, beats.metre)
    return halves[_inside(halves, len(dance), dance.fps)]


def _inside(halves: np.ndarray, frames: int, fps: float) -> np.ndarray:
    """(H,) whether half-bars lie within so many frames, give or take half a one."""
    return (halves[:, 0] * fps >= -0.5) & (halves[:, 1] * fps <= frames - 0.5)


def _frames(half: np.ndarray, dance: Dance) -> slice:
    first, end = np.clip(np.round(half * dance.fps).astype(int), 0, len(dance))
    return slice(int(first), int(end))


def _vectors(dance: np.ndarray, fps: float, halves: np.ndarray) -> np.ndarray:
    places = (halves[:, :1] + np.linspace(0, 1, _MOMENTS) * (halves[:, 1:] - halves[:, :1])) * fps
    return copying.moments(dance, np.clip(places, 0, len(dance) - 1))
