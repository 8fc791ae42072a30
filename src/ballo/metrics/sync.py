"""Whether a dancer steps in time with the music, by a grid of its beats and by the music itself.

- `bar_phase.step_phase`: steps agree on a place in the beat. It believes the grid of beats.
- `onset_phase`: notes begin at one place in the beat as seen from the steps. It believes the tempo only.

All times of one dance are in seconds on one clock; which one does not matter. Songs are pooled, and chance is one random shift
a song: it keeps what dance and music have by themselves and breaks what they share. So one song alone cannot tell. What
happens within `JOIN_SECONDS` of a join of two recordings is left out. Shapes and numbers that make no sense are a ValueError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ballo.music.phase import DRAWS

JOIN_SECONDS = 0.24
"""Nearer than this to a join, motion is the editor's and not the dancer's."""

_LAGS = 24  # a beat's worth of lags: how finely onsets around steps are read
_HEARD_BEATS = 4  # onsets are heard so many beats around a step: a bar, so that it does not matter which beat is the loudest
_SHIFT_BEATS = 8  # steps are shifted by up to so many beats to either side


@dataclass(frozen=True, eq=False)
class InSong:
    """What a dancer does at moments of a song.

    Args:
        events: (S,) seconds, her steps or her motion beats, in any order.
        beats: (K,) seconds, increasing, at least 2, the music's beats; beyond them their last tempo goes on.
        joins: (N,) seconds at which recordings are joined.
    """

    events: np.ndarray
    beats: np.ndarray
    joins: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        check_times("events", self.events)
        check_times("joins", self.joins)
        check_beats(self.beats)

    @property
    def counted(self) -> np.ndarray:
        """(S',) the events that count: those away from joins."""
        return self.events[away(self.events, self.joins)]


@dataclass(frozen=True, eq=False)
class Heard:
    """A dance, and how strongly notes begin in its music.

    Args:
        danced: its steps. Of its beats only the time from one to the next is used.
        strength: (F,) onset strength, 0 or more.
        rate: its values a second.
        start_seconds: when the first of them is.
    """

    danced: InSong
    strength: np.ndarray
    rate: float
    start_seconds: float = 0.0

    def __post_init__(self) -> None:
        check_times("strength", self.strength)
        if len(self.strength) and self.strength.min() < 0:
            raise ValueError("onset strength is 0 or more")
        check_rate(self.rate)


@dataclass(frozen=True, eq=False)
class OnsetAgreement:
    """Where in the beat, as seen from the steps, the music's notes begin.

    Args:
        resultant: 0 to 1; 1 if every note begins at one lag, 0 if notes begin anywhere or as often on as off the beat.
        lag_beats: the middle of that energy, -0.5 to 0.5: how many beats after a step. In time is near 0.
        gain: onset strength at its best lag over its mean; 1 is none.
        gain_lag_beats: that lag.
        p_value: how often one random shift a song gives as large a resultant.
        events: how many steps were heard.
        lags: (L,) beats, -0.5 to 0.5.
        curve: (L,) mean onset strength at steps plus each lag, a song's mean being 1.
    """

    resultant: float
    lag_beats: float
    gain: float
    gain_lag_beats: float
    p_value: float
    events: int
    lags: np.ndarray
    curve: np.ndarray


def onset_phase(dances: Sequence[Heard], *, draws: int = DRAWS, seed: int = 0) -> OnsetAgreement:
    """Whether the music's notes begin at one place in the beat as seen from the steps, over all songs.

    Onset strength, divided by its mean around each song's steps, is read two beats to either side of every step and summed.
    The resultant is the harmonic of that curve at the beat period, over its sum. Of the grid it uses the period alone, so a
    grid of the right tempo that lies wrongly by some part of a beat gives what the right one gives; and a dance that was set
    on beats at the wrong place in some songs sees notes at other lags there, which cancel when songs are pooled. Steps that
    are late by the same part of a beat in every song agree still: look at the lag. Notes half-way between beats as strong
    as on them say nothing. Chance shifts the steps of each song by up to 8 beats.

    Tang's source takes on the beats of 19 songs: lag -.05, p = .0002; the dances as published: p = .7.
    """
    around = [part for part in map(_around_steps, dances) if part is not None]
    lags = np.arange(_LAGS) / _LAGS - 0.5
    if not around:
        return OnsetAgreement(0.0, 0.0, 1.0, 0.0, 1.0, 0, lags, np.ones(_LAGS))
    steps = sum(count for _, count in around)
    sums = np.array([total for total, _ in around])
    heard = _HEARD_BEATS * _LAGS
    wave = np.exp(2j * np.pi * (np.arange(heard) / _LAGS - _HEARD_BEATS / 2))
    turned = np.array([np.correlate(total, wave.conj()) for total in sums])
    energy = np.array([np.correlate(total, np.ones(heard)) for total in sums])
    songs, unshifted = np.arange(len(sums)), _SHIFT_BEATS * _LAGS
    shifts = np.random.default_rng(seed).integers(2 * unshifted, size=(draws, len(sums)))
    chance = np.abs(turned[songs, shifts].sum(axis=1)) / np.maximum(energy[songs, shifts].sum(axis=1), 1e-12)
    harmonic = complex(turned[:, unshifted].sum() / max(energy[:, unshifted].sum(), 1e-12))
    reached = int((chance >= abs(harmonic) - 1e-12).sum())
    middle = unshifted + heard // 2
    curve = sums[:, middle - _LAGS // 2 : middle + _LAGS // 2].sum(axis=0) / steps
    return OnsetAgreement(
        resultant=abs(harmonic),
        lag_beats=float(np.angle(harmonic) / (2 * np.pi)),
        gain=float(curve.max() / max(curve.mean(), 1e-12)),
        gain_lag_beats=float(lags[curve.argmax()]),
        p_value=(reached + 1) / (draws + 1),
        events=steps,
        lags=lags,
        curve=curve,
    )


def away(seconds: np.ndarray, joins: np.ndarray, reach_seconds: float = JOIN_SECONDS) -> np.ndarray:
    """(S,) whether each time is at least `reach_seconds` (to the nanosecond) from every join."""
    return to_nearest(seconds, np.sort(joins)) >= reach_seconds - 1e-9


def to_nearest(seconds: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(S,) how far each time is from the nearest of others (N,), which increase; infinitely far from none."""
    if not len(others):
        return np.full(len(seconds), np.inf)
    after = np.minimum(np.searchsorted(others, seconds), len(others) - 1)
    return np.minimum(np.abs(seconds - others[after]), np.abs(seconds - others[np.maximum(after - 1, 0)]))


def _around_steps(heard: Heard) -> tuple[np.ndarray, int] | None:
    """Onset strength summed over a song's steps, at (2 _SHIFT_BEATS + _HEARD_BEATS) _LAGS lags, and how many steps.

    None if none is heard: steps without music around them do not count.
    """
    steps, beats, last = heard.danced.counted, heard.danced.beats, len(heard.strength) - 1
    place = np.clip(np.searchsorted(beats, steps, side="right") - 1, 0, len(beats) - 2)
    reach = (2 * _SHIFT_BEATS + _HEARD_BEATS) * _LAGS // 2
    lags = np.arange(-reach, reach) / _LAGS
    frames = (steps[:, None] + lags * np.diff(beats)[place, None] - heard.start_seconds) * heard.rate
    inside = (frames >= 0) & (frames <= last)
    near = np.abs(lags) <= _HEARD_BEATS / 2
    whole = inside[:, near].all(axis=1)
    frames, inside = frames[whole], inside[whole]
    if not whole.any():
        return None
    values = np.interp(frames, np.arange(last + 1), heard.strength) * inside
    total = values.sum()
    return (values.sum(axis=0) * (inside.sum() / total), int(whole.sum())) if total > 0 else None


def check_times(name: str, values: np.ndarray) -> None:
    """Refuse what is not one row of finite numbers."""
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(f"{name} must be one row of finite numbers, not {values.shape}")


def check_beats(beats: np.ndarray) -> None:
    """Refuse beats that do not increase or are fewer than two."""
    check_times("beats", beats)
    if len(beats) < 2 or not (np.diff(beats) > 0).all():
        raise ValueError("beats must be at least 2 and increase")


def check_rate(rate: float) -> None:
    """Refuse a rate that is none."""
    if not 0 < rate < np.inf:
        raise ValueError(f"a rate must be positive and finite, not {rate}")
