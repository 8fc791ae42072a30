"""The beat grid that a take was danced to, found from the dancer's feet and from the bounds of the take's hand-cut units.

Each take was danced to music of constant tempo that nobody kept. Beat k lies at phase + k period seconds into the take.

- The bounds of the units give the tempo to a few per cent: they were cut by hand, a fifth of a second off.
- What feet do comes round with the bar: folded at the right period, their braking agrees best. That gives the period.
- Steps that agree on a beat give its phase (and the last digit of the period). Where they do not, as in rumba, which is
  danced to the bar, the bounds give the phase.

A take with too few beats for that, or whose feet show no period, may still be found by its likeness: feet brake at the same
places in the bar in all takes of a dance. A take without figures has no grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset.adapters.choreonet import Interval
from ballo.dataset.takes import Take
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import foot_speed
from ballo.music.phase import explained

STEPS, BOUNDS, LIKENESS = "steps", "bounds", "likeness"

SIGNIFICANT = 0.01
"""A grid is believed where chance would give one as good less often than this."""

_FEWEST_BEATS = 40
_TEMPO_SHARE = 0.05  # how far the bounds' tempo may be off ...
_NEAR_SHARE = 0.01  # ... and how far that of another take of the same dance
_FINE_SHARE = 0.004  # how far the bar fold's may be
_SCAN_STEPS, _FOLD_RATE, _DRAWS, _BINS = 201, 20.0, 99, 16
_LIKENESS_SHARE, _LIKENESS_PHASES, _CLEAR = 0.10, 64, 2.5  # tempi and phases to try; how many deviations make a match


@dataclass(frozen=True)
class Grid:
    """The beats of a take.

    Args:
        period_seconds: from beat to beat.
        phase_seconds: where in the take beat 0 lies.
        downbeat: which beat opens a bar, modulo `bar`.
        bar: beats a bar.
        rule: what gave its phase, "steps", "bounds" or "likeness".
        fold: share of the variance of the feet's braking that the place in the bar explains.
        fold_p_value: how often feet in no tempo would show as much.
        resultant: how much the steps agree on a place in the beat, 0 to 1.
        steps: how many steps there are.
    """

    period_seconds: float
    phase_seconds: float
    downbeat: int
    bar: int
    rule: str
    fold: float
    fold_p_value: float
    resultant: float
    steps: int

    def beat(self, seconds: np.ndarray | float) -> np.ndarray:
        """Seconds of the take to beats of the grid."""
        return (np.asarray(seconds) - self.phase_seconds) / self.period_seconds

    def seconds(self, beat: np.ndarray | float) -> np.ndarray:
        """The inverse of `beat`."""
        return self.phase_seconds + np.asarray(beat) * self.period_seconds


@dataclass(frozen=True)
class _Bounds:
    """The hand-made bounds of a take's units: (U,) starts and durations in seconds, and lengths in beats."""

    starts: np.ndarray
    durations: np.ndarray
    lengths: np.ndarray

    @property
    def end(self) -> float:
        return float((self.starts + self.durations).max())


def find(take: Take, intervals: Sequence[Interval], bar: int, near: float | None = None) -> Grid | None:
    """The grid of a take, or None if it has none.

    Args:
        intervals: the take's units.
        bar: beats after which the dance comes round: 3 in waltz, 4 else.
        near: the beat period in seconds of another take of the same dance, to look for nearby and nowhere else; steps that
            agree there are enough.
    """
    timed = sorted((u.first_frame / take.fps, u.end_frame / take.fps, u.beats) for u in intervals if u.end_frame and u.beats)
    if sum(beats for _, _, beats in timed) < _FEWEST_BEATS:
        return None
    starts, ends, lengths = (np.array(column, dtype=float) for column in zip(*timed, strict=True))
    bounds = _Bounds(starts, ends - starts, lengths)
    rough = float(np.median(bounds.durations / bounds.lengths))
    if near is not None and abs(near / rough - 1) > _TEMPO_SHARE:
        return None
    scan = (rough, _TEMPO_SHARE) if near is None else (near, _NEAR_SHARE)
    period, fold, fold_p_value = _bar_period(take, bounds, bar, *scan)
    steps = take.steps[(take.steps >= starts[0]) & (take.steps <= bounds.end)]
    finer, resultant = _step_period(steps, period)
    in_step = len(steps) * resultant**2 > -np.log(SIGNIFICANT)  # Rayleigh's test
    if fold_p_value > SIGNIFICANT and not (near and in_step):
        return None
    if in_step:
        rule, period = STEPS, finer
        phase = float(np.angle(np.exp(2j * np.pi * steps / period).sum()) / (2 * np.pi) * period)
    else:
        rule, resultant = BOUNDS, float(_resultant(steps, np.array([period]))[0])
        phase = _phase_of_bounds(bounds, period, bar)
    downbeat = _downbeat(bounds, period, phase, bar)
    return Grid(period, phase, downbeat, bar, rule, fold, fold_p_value, resultant, len(steps))


def _bar_period(take: Take, bounds: _Bounds, bar: int, near: float, share: float) -> tuple[float, float, float]:
    """The beat period within a share of `near` at which the braking of the feet folds best into bars, how well, and a p-value.

    The null is the same braking cut into pieces of two bars, each shifted in itself at random: it keeps what feet do and
    loses the tempo.
    """
    danced, seconds = _braking(take, float(bounds.starts[0]), bounds.end)
    periods = near * np.linspace(1 - share, 1 + share, _SCAN_STEPS)
    folds = np.array([explained(danced, seconds / (period * bar)) for period in periods])
    best = int(folds.argmax())
    random, piece = np.random.default_rng(0), round(2 * bar * near * _FOLD_RATE)
    coarse = periods[:: max(1, _SCAN_STEPS // 50)]
    reached = 0
    for _ in range(_DRAWS):
        parts = [danced[at : at + piece] for at in range(0, len(danced), piece)]
        shuffled = np.concatenate([np.roll(part, random.integers(len(part))) for part in parts])
        reached += max(explained(shuffled, seconds / (period * bar)) for period in coarse) >= folds[best]
    return float(periods[best]), float(folds[best]), (int(reached) + 1) / (_DRAWS + 1)


def _braking(take: Take, start_seconds: float, end_seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """How hard both feet brake between two moments of a take, at about `_FOLD_RATE` a second, and when: (S,) and (S,)."""
    every = max(1, round(take.fps / _FOLD_RATE))
    speed = foot_speed(DANCER, take.joints, take.fps).sum(axis=1)
    braking = np.clip(-np.gradient(speed, 1 / take.fps), 0, None)
    frames = np.arange(round(start_seconds * take.fps), min(round(end_seconds * take.fps), len(take)) - every, every)
    return np.add.reduceat(braking, np.append(frames, frames[-1] + every))[:-1], frames / take.fps


def profile(take: Take, grid: Grid, intervals: Sequence[Interval]) -> np.ndarray:
    """(bins,) how hard feet brake at each place in the bar, over the units of a take, of mean 0 and deviation 1."""
    start, end = _extent(take, intervals)
    danced, seconds = _braking(take, start, end)
    place = ((grid.beat(seconds) - grid.downbeat) / grid.bar % 1 * _BINS).astype(int) % _BINS
    means = np.bincount(place, danced, _BINS) / np.maximum(np.bincount(place, minlength=_BINS), 1)
    return (means - means.mean()) / means.std()


def match(take: Take, intervals: Sequence[Interval], like: np.ndarray, bar: int, near: float) -> Grid | None:
    """The grid on which a take's feet brake where another take's do, or None if no place is clearly better than others.

    Args:
        intervals: the take's units, without those in which nobody dances.
        like: the other take's `profile`.
        bar: beats a bar.
        near: about how many seconds a beat of it lasts.
    """
    start, end = _extent(take, intervals)
    danced, seconds = _braking(take, start, end)
    if danced.std() == 0:
        return None
    level = (danced - danced.mean()) / danced.std()
    periods = near * np.linspace(1 - _LIKENESS_SHARE, 1 + _LIKENESS_SHARE, _SCAN_STEPS)
    shifts = np.arange(_LIKENESS_PHASES) / _LIKENESS_PHASES
    place = ((seconds / (periods[:, None, None] * bar) - shifts[:, None]) % 1 * len(like)).astype(int) % len(like)
    likeness = (like[place] * level).mean(axis=-1)
    tempo, shift = np.unravel_index(int(likeness.argmax()), likeness.shape)
    if likeness.max() < _CLEAR * likeness.std():
        return None
    period = float(periods[tempo])
    steps = take.steps[(take.steps >= start) & (take.steps <= end)]
    fold = explained(danced, seconds / (period * bar))
    resultant = float(_resultant(steps, np.array([period]))[0])
    return Grid(period, float(shifts[shift]) * bar * period, 0, bar, LIKENESS, fold, 1.0, resultant, len(steps))


def _extent(take: Take, intervals: Sequence[Interval]) -> tuple[float, float]:
    """From the first to the last of a take's units, seconds."""
    first = min(unit.first_frame for unit in intervals)
    return first / take.fps, max(unit.end_frame or 0.0 for unit in intervals) / take.fps


def _step_period(steps: np.ndarray, period: float) -> tuple[float, float]:
    """The period very near `period` at which steps agree most, and how much."""
    periods = period * np.linspace(1 - _FINE_SHARE, 1 + _FINE_SHARE, _SCAN_STEPS)
    lengths = _resultant(steps, periods)
    best = int(lengths.argmax())
    return float(periods[best]), float(lengths[best])


def _resultant(steps: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """(P,) |mean exp(2 pi i step / period)|."""
    return np.abs(np.exp(2j * np.pi * steps / periods[:, None]).mean(axis=1)) if len(steps) else np.zeros(len(periods))


def _phase_of_bounds(bounds: _Bounds, period: float, bar: int) -> float:
    """The phase on which units start: on even beats in 4/4, on the bar in 3/4."""
    together = period * (2 if bar % 2 == 0 else bar)
    return float(np.angle(np.exp(2j * np.pi * bounds.starts / together).sum()) / (2 * np.pi) * together)


def _downbeat(bounds: _Bounds, period: float, phase: float, bar: int) -> int:
    """The beat of the bar on which units of whole bars start, on average."""
    whole = bounds.lengths % bar == 0
    starts = (bounds.starts[whole if whole.any() else slice(None)] - phase) / period
    return round(float(np.angle(np.exp(2j * np.pi * starts / bar).sum()) / (2 * np.pi) * bar)) % bar
