"""What follows what in a style's scripts: a Markov chain over its units, and new scripts of an exact length drawn from it.

The chain knows nothing of music but its bars. It is learnt from the scripts of the dances that models learn from. Waiting
(HOLD) is no state: units are put on their bars anew wherever they are danced (see `remaster.barred`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ballo.dataset import remaster
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.remaster import HOLD
from ballo.dataset.units import Unit

BACK_OFF_COUNT = 1.0
"""As many times as this, each unit is taken to have led where the chain backs off to. Learning from all dances but one, that
one's script is likeliest at 0.25 for tango and at 2 to 4 for the others, and little less likely at 1."""

GOES_ON_SHARE = 0.5
"""Half of backing off is to the unit that the same take goes on to; the rest to any, as often as it is danced, or, after a
beginning, as often as it follows any beginning."""

WAITING_WEIGHT = 0.25
"""Backing off is this much less likely to what needs a wait, or starts a short unit off its place in the bar. Steps that
scripts take keep their share, wait or not."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A style's units and what follows each of them.

    Args:
        units: the states, n of them.
        counts: (n, n) how often each was followed by each.
        first: (n,) how likely a dance starts with each.
        last: (n,) whether a dance may end with each.
        following: (n, n) how likely each is followed by each while the music goes on. Where a dance ends for certain, nothing
            follows. The columns of such ends come on top: how likely each is followed by them, times the same number.
        ends: (n,) which those are.
    """

    units: tuple[Unit, ...]
    counts: np.ndarray
    first: np.ndarray
    last: np.ndarray
    following: np.ndarray
    ends: np.ndarray

    def bits(self, beats: float, *, backing_off: bool = False) -> float:
        """How many bits the scripts surprise with every so many beats (2 are a half-bar of 4/4), knowing what is danced.

        Args:
            backing_off: of the chain as it is drawn from; else of the bare counts.
        """
        visits = self.counts.sum(axis=1)
        if not visits.any():
            return 0.0
        rows = self.following * ~self.ends if backing_off else self.counts / np.maximum(visits, 1)[:, None]
        surprise = -(rows * np.log2(np.where(rows > 0, rows, 1.0))).sum(axis=1)
        lengths = np.array([unit.beats for unit in self.units])
        return float((visits * surprise).sum() / (visits * lengths).sum() * beats)

    @cached_property
    def lengths(self) -> np.ndarray:
        """(n,) beats of each unit."""
        return np.array([unit.beats for unit in self.units])

    def waits(self, position: int, metre: int) -> np.ndarray:
        """(n, n) beats to wait between each unit and each, where the first ends on a beat of the bar."""
        late = np.array([(unit.place or 0) - position for unit in self.units]) % metre
        held = np.array([[remaster.barred(a, b, metre) for b in self.units] for a in self.units])
        return late * held

    def misplaced(self, position: int) -> np.ndarray:
        """(n, n) whether each unit, danced after each without a wait, would start off its place in the bar."""
        off = np.array([unit.place is not None and unit.place != position for unit in self.units])
        return off & ~np.array([[remaster.contiguous(a, b) for b in self.units] for a in self.units])


def learn(scripts: Iterable[Script], style: str, library: Library, *, held_out: bool = False) -> Chain:
    """The chain of a style.

    Args:
        scripts: to learn from; those of other styles are passed over.
        held_out: whether units kept out of training may be danced. If not, nothing is learnt of what leads to or from them.

    Raises:
        ValueError: the library has no unit of the style.
    """
    units = tuple(unit for unit in library.of_style(style) if held_out or unit.tag not in library.held_out)
    if not units:
        raise ValueError(f"no unit of {style}")
    number = {unit.tag: index for index, unit in enumerate(units)}
    size = len(units)
    counts, begun, ended, danced = np.zeros((size, size)), np.zeros(size), np.zeros(size), np.zeros(size)
    for script in scripts:
        states = [number.get(tag, -1) for tag in _resolved(script, style, library)]
        if not states or states == [-1] * len(states):
            continue
        begun[states[0]] += states[0] >= 0
        ended[states[-1]] += states[-1] >= 0
        for state in states:
            danced[state] += state >= 0
        for here, there in itertools.pairwise(states):
            counts[here, there] += here >= 0 and there >= 0
    rests = np.array([unit.rest for unit in units], dtype=bool)
    first = _preferred(begun * rests, begun, rests.astype(float), np.ones(size))
    last = _preferred(ended * rests, rests * (first == 0), ended, np.ones(size)) > 0
    begins, ends = (first > 0) & rests, last & rests & (first == 0)
    following = _following(units, counts, danced, begins, ends)
    return Chain(units, counts, first / first.sum(), last, following, ends)


def _preferred(*weights: np.ndarray) -> np.ndarray:
    """The first of them that is not all zero."""
    return next(each for each in weights if each.any()).astype(float)


def _resolved(script: Script, style: str, library: Library) -> list[str]:
    """A script's tags, without waits, with rests of the style for START and END; none if it is of another style."""
    if not any(tag in library.units and library.units[tag].style == style for tag in script.tags):
        return []
    asked = zip(script.tags, script.beats, strict=True)
    units = [(tag, remaster.unit_of(tag, said, style, library, None)) for tag, said in asked if tag != HOLD]
    return [tag if unit is None else unit.tag for tag, unit in units]


def _following(
    units: Sequence[Unit], counts: np.ndarray, danced: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """Counts to probabilities, backing off: (n, n).

    Args:
        danced: (n,) how often each is danced.
        begins, ends: (n,) what stands at the beginning of dances, and at their end for certain.
    """
    figures = np.array([not unit.rest for unit in units])
    size = len(units)
    anywhere = _preferred(danced * (figures | ends), (figures | ends).astype(float), np.ones(size))
    # An end that no script has is led to as seldom as the least danced unit.
    anywhere[ends & (anywhere == 0)] = anywhere[anywhere > 0].min()
    opened = _preferred(counts[begins].sum(axis=0), anywhere)
    anywhere = np.where(begins[:, None], opened / opened.sum(), anywhere / anywhere.sum())
    goes_on = np.array([[remaster.contiguous(a, b) for b in units] for a in units]) * (figures | ends)
    follows = goes_on.any(axis=1, keepdims=True)
    back_off = np.where(follows, GOES_ON_SHARE * goes_on + (1 - GOES_ON_SHARE) * anywhere, anywhere)
    following = counts + BACK_OFF_COUNT * back_off
    # When music goes on, ends are no choice: units that dances happened to end after are not to be shunned for it.
    following /= np.maximum(following[:, ~ends].sum(axis=1, keepdims=True), np.finfo(float).tiny)
    following[ends] = 0
    return following


def compose(chain: Chain, positions: np.ndarray, metre: int, random: np.random.Generator) -> list[Unit] | None:
    """Units that fill a stretch of beats to the last, as likely as the chain, given that they do.

    They start with a beginning and end with an ending if there is room for both; else the beginning is given up before the
    ending. The chance of ending in time is known backwards from the end for every beat and unit; each unit is drawn by the
    chain times that chance.

    Args:
        positions: (K,) place in the bar of the beats from the first that is danced on to the one that the dance ends on.
        metre: beats a bar.

    Returns:
        None if no units are as short as the stretch.
    """
    steps = [_steps(chain, position, metre) for position in range(metre)]
    anything = np.ones(len(chain.units))
    for last in (chain.last, anything > 0):
        chances = _chances(chain, steps, positions, last)
        for first in (chain.first, anything):
            units = _drawn(chain, steps, first, chances, positions, random)
            if units is not None:
                return units
    return None


@dataclass(frozen=True, eq=False)
class _Steps:
    """From each unit to each, from one position in the bar: (n, n) beats taken, waiting and dancing, and how likely."""

    beats: np.ndarray
    weights: np.ndarray


def _steps(chain: Chain, position: int, metre: int) -> _Steps:
    waits = chain.waits(position, metre)
    awkward = ((waits > 0) | chain.misplaced(position)) & (chain.counts == 0)
    weights = chain.following * np.where(awkward, WAITING_WEIGHT, 1.0)
    mass = np.maximum(weights[:, ~chain.ends].sum(axis=1, keepdims=True), np.finfo(float).tiny)
    return _Steps(waits + chain.lengths, weights / mass)


@dataclass(frozen=True, eq=False)
class _Chances:
    """How likely a dance ends on the last beat, from each beat on which each unit has just ended.

    Args:
        shares: (K, n) of each beat's largest.
        logs: (K,) the natural logarithm of each beat's largest, which over hours is too small for a number.
    """

    shares: np.ndarray
    logs: np.ndarray

    def at(self, beats: np.ndarray) -> np.ndarray:
        """Of each unit when it ends on its beat, (n,) or (..., n), to one scale for all."""
        logs = self.logs[beats]
        largest = logs.max()
        if largest == -np.inf:
            return np.zeros(beats.shape)
        return self.shares[beats, np.arange(beats.shape[-1])] * np.exp(logs - largest)


def _chances(chain: Chain, steps: Sequence[_Steps], positions: np.ndarray, last: np.ndarray) -> _Chances:
    final, size = len(positions) - 1, len(chain.units)
    # Beats after the last keep no chance: who gets there has missed it.
    rows = final + 1 + max(int(step.beats.max()) for step in steps)
    chances = _Chances(np.zeros((rows, size)), np.full(rows, -np.inf))
    chances.shares[final], chances.logs[final] = last, 0.0
    for beat in range(final - 1, -1, -1):
        step = steps[positions[beat]]
        arrived = beat + step.beats
        row = (step.weights * chances.at(arrived)).sum(axis=1)
        if row.any():
            chances.shares[beat] = row / row.max()
            chances.logs[beat] = chances.logs[arrived].max() + np.log(row.max())
    return chances


def _drawn(
    chain: Chain,
    steps: Sequence[_Steps],
    first: np.ndarray,
    chances: _Chances,
    positions: np.ndarray,
    random: np.random.Generator,
) -> list[Unit] | None:
    """Units drawn one after another, or None if none fit."""
    beat, final, units = 0, len(positions) - 1, list[Unit]()
    taken, likely = chain.lengths, first
    while beat < final:
        weights = likely * chances.at(np.minimum(beat + taken, len(chances.logs) - 1))
        if not weights.any():
            return None
        state = int(random.choice(len(weights), p=weights / weights.sum()))
        units.append(chain.units[state])
        beat += int(taken[state])
        step = steps[positions[beat]]
        taken, likely = step.beats[state], step.weights[state]
    return units
