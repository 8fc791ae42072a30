"""How fast a song may be counted, and the beats that each way of counting would give.

Candidate periods are peaks of the onset strength's autocorrelation, heard in windows so that a tempo that drifts still peaks; a
tempo curve follows each through the song, and dynamic programming puts beats on onsets along it (after Ellis, Beat Tracking by
Dynamic Programming, JNMR 2007; own code). Axes: F frames at FPS, W windows, L lags in frames, K beats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ballo.music.onsets import FPS

SLOWEST_BPM, FASTEST_BPM = 59.0, 215.0
WINDOW_SECONDS, STEP_SECONDS = 8.0, 2.0
LONGEST_LAG_SECONDS = 5.0
RELATIVES = (1.0, 2.0, 0.5, 3.0, 1 / 3, 1.5, 2 / 3, 0.75, 4 / 3)
"""Metrical levels that are often mistaken for one another."""
TIGHTNESS = 90.0
SWAY = 0.14
"""How far a song's tempo may leave its average, as a share of it."""


@dataclass(frozen=True, eq=False)
class Repeats:
    """How onset strength repeats: autocorrelation by window (W, L), one at lag zero; the windows' middles in frames; and the
    mean power (R, B) of each region's onsets by how often a second they come, in bins of 1 / (2 x WINDOW_SECONDS) Hz."""

    by_window: np.ndarray
    middles: np.ndarray
    spectrum: np.ndarray

    @cached_property
    def overall(self) -> np.ndarray:
        """(L,) the mean autocorrelation."""
        return self.by_window.mean(axis=0)


def repeats(strength: np.ndarray) -> Repeats:
    """How onset strength (F, R) repeats in overlapping windows; autocorrelation is that of the last region."""
    size, step = round(WINDOW_SECONDS * FPS), round(STEP_SECONDS * FPS)
    padded = np.pad(strength - strength.mean(axis=0), ((0, max(0, size - len(strength)) + step), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=0)[::step]  # (W, R, size)
    windows = (windows - windows.mean(axis=-1, keepdims=True)) * np.hanning(size)
    power = np.abs(np.fft.rfft(windows, 2 * size)) ** 2
    lags = round(LONGEST_LAG_SECONDS * FPS)
    found = np.fft.irfft(power[:, -1])[:, :lags]
    taper = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), 2 * size)) ** 2)[:lags]
    energy = found[:, :1] + 0.05 * found[:, :1].mean() + 1e-9
    middles = np.arange(len(windows)) * step + size / 2
    return Repeats(found / energy / (taper / taper[0]), middles, power.mean(axis=0))


def candidates(found: Repeats, bpm: float | None = None, count: int = 9) -> np.ndarray:
    """Beat periods in seconds worth trying, likeliest first, with the levels related to them; the one nearest to a hint."""
    periods = 60 / np.geomspace(FASTEST_BPM, SLOWEST_BPM, 160)
    salience = _comb(found.overall, periods * FPS)
    inner = salience[1:-1]
    peaks = np.flatnonzero((inner >= salience[:-2]) & (inner > salience[2:])) + 1
    peaks = peaks[np.argsort(-salience[peaks], kind="stable")][:3]
    if bpm is not None:
        near = np.abs(np.log(periods * bpm / 60)) < 0.06
        return periods[near][salience[near].argmax()][None]
    kept: list[float] = []
    tried = [periods[peak] * ratio for peak in peaks for ratio in RELATIVES]
    for period in tried:
        usual = 60 / FASTEST_BPM <= period <= 60 / SLOWEST_BPM
        if usual and all(abs(np.log(period / other)) > 0.06 for other in kept):
            kept.append(period)
    return np.array(kept[:count] or [0.5])


def _comb(repeats_by_lag: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """How strongly onsets repeat at each lag (frames) and its multiples."""
    multiples, weights = np.arange(1, 5), np.array([1.0, 0.8, 0.5, 0.6])
    places = np.minimum(lags[..., None] * multiples, len(repeats_by_lag) - 1)
    heard = np.interp(places, np.arange(len(repeats_by_lag)), repeats_by_lag)
    inside = lags[..., None] * multiples < len(repeats_by_lag)
    return (heard * inside * weights).sum(axis=-1) / (inside * weights).sum(axis=-1)


def curve(found: Repeats, period_seconds: float, frames: int) -> np.ndarray:
    """(F,) the beat period in frames, moment by moment, near a candidate: the smoothest path through the windows' repeats."""
    ratios = np.exp(np.linspace(-SWAY, SWAY, 41))
    lags = period_seconds * FPS * ratios
    heard = np.stack([_comb(window, lags) for window in found.by_window])
    change = np.log(ratios[:, None] / ratios[None, :])
    cost = 400.0 * change**2
    score, came = 6 * heard[0], []
    for window in heard[1:]:
        reached = score[None, :] - cost
        came.append(reached.argmax(axis=1))
        score = reached.max(axis=1) + 6 * window
    path = [int(score.argmax())]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return np.interp(np.arange(frames), found.middles, lags[path[::-1]])


def beats(strength: np.ndarray, period_frames: np.ndarray) -> np.ndarray:
    """(K,) frames, fractional, that lie on onsets and about a period apart: the best path through the whole song.

    Frames nearer than the shortest step back depend on earlier ones only, so they are worked out together.
    """
    strength = strength / (strength.std() + 1e-9)
    nearest = max(2, int(0.6 * period_frames.min()))
    farthest = int(1.6 * period_frames.max()) + 1
    backs = np.arange(nearest, farthest + 1)
    total = np.zeros(len(strength) + farthest)
    came = np.full(len(strength), -1)
    for first in range(0, len(strength), nearest):
        last = min(first + nearest, len(strength))
        rows = np.arange(first, last)
        before = total[rows[:, None] + farthest - backs]
        reached = before - TIGHTNESS * np.log(backs / period_frames[first:last, None]) ** 2
        best = reached.argmax(axis=1)
        gain = reached[np.arange(last - first), best]
        total[rows + farthest] = strength[first:last] + np.maximum(gain, 0)
        came[first:last] = np.where(gain > 0, rows - backs[best], -1)
    tail = round(period_frames[-1])
    frame = len(strength) - tail + int(total[-tail:].argmax())
    path = [frame]
    while came[path[-1]] >= 0:
        path.append(came[path[-1]])
    return _between_frames(strength, np.array(path[::-1]))


def _between_frames(strength: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Peaks to a fraction of a frame, by the parabola through three of them."""
    inner = np.clip(frames, 1, len(strength) - 2)
    left, middle, right = strength[inner - 1], strength[inner], strength[inner + 1]
    bend = left - 2 * middle + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    return frames + np.where(np.abs(shift) <= 0.5, shift, 0.0)
