"""One period for a whole song: an exact grid of beats where its tempo is constant.

Axes: F frames at FPS, K beats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.music.onsets import FPS

NEAR_SECONDS = 0.045
"""A beat this near to the grid's lies on it: under a musician's freedom, over the jitter of found onsets."""
STRETCH_BEATS = 8
CONSTANT_SHARE = 0.72
"""A grid that holds so much of a song holds the song; what is left may be a free introduction, or an end that slows down. Songs
that drift by 3 % reach 0.67."""


@dataclass(frozen=True)
class Grid:
    """Beats at `first` + k `period`, in frames, and the share of the song that it holds, 0 to 1."""

    first: float
    period: float
    share: float

    def between(self, start: float, end: float) -> np.ndarray:
        """(K,) the beats from the one nearest to start to the one nearest to end, in frames."""
        return self.first + self.period * np.arange(
            round((start - self.first) / self.period), round((end - self.first) / self.period) + 1
        )

    def numbered(self, beats: np.ndarray, numbers: np.ndarray, metre: int) -> np.ndarray:
        """Bar numbers of the grid's beats `between` the first and last of beats (K,) that were found freely and numbered (K,).

        A free beat may be missing or one too many, so the most votes count.
        """
        own = np.rint((beats - self.first) / self.period).astype(int)
        shift = int(np.bincount((numbers - own) % metre, minlength=metre).argmax())
        return np.arange(own[0], own[-1] + 1) + shift


def fit(strength: np.ndarray, beats: np.ndarray) -> Grid:
    """The grid that most onsets (F,) lie on, near the period and phase of the beats (K,) found freely."""
    smooth = _smoothed(strength)
    period = _sharpest_period(smooth, float(np.median(np.diff(beats))))
    first = _strongest_phase(smooth, period, beats)
    for reach in (6.0, 4.0, 3.0, 3.0):  # frames around the grid in which the onset of each beat is looked for
        first, period = _pulled(strength, first, period, reach)
    return Grid(first, period, _share(smooth, first, period, beats))


def _share(smooth: np.ndarray, first: float, period: float, beats: np.ndarray) -> float:
    """How much of a song a grid holds: the mean of the share of free beats on it, which stray where onsets are few, and of the
    share of stretches in which no grid moved by up to a quarter of a beat lies better on the onsets."""
    near = NEAR_SECONDS * FPS
    away = np.abs((beats - first + period / 2) % period - period / 2)
    places = np.arange(beats[0] + (first - beats[0]) % period, beats[-1], period)
    shifts = np.arange(-int(period / 4), int(period / 4) + 1)
    heard = np.interp(places[:, None] + shifts, np.arange(len(smooth)), smooth)
    size = min(STRETCH_BEATS, len(heard))
    stretches = np.lib.stride_tricks.sliding_window_view(heard, size, axis=0)[:: max(1, size // 2)].mean(axis=-1)
    unmoved = np.abs(shifts[stretches.argmax(axis=1)]) < near
    return float((np.mean(away < near) + np.mean(unmoved)) / 2)


def _smoothed(strength: np.ndarray) -> np.ndarray:
    kernel = np.exp(-0.5 * (np.arange(-5, 6) / 1.8) ** 2)
    return np.convolve(strength - strength.mean(), kernel / kernel.sum(), "same")


def _sharpest_period(strength: np.ndarray, near: float) -> float:
    """The period whose overtones stand out most in the spectrum of onsets, within 3 % of `near`; frames."""
    periods = near * np.exp(np.linspace(-0.03, 0.03, _steps(len(strength), near)))
    size = 1 << int(np.ceil(np.log2(4 * len(strength))))
    spectrum = np.abs(np.fft.rfft(strength, size))
    lines = np.arange(1, 9)[:, None] * size / periods
    lines = np.minimum(lines, len(spectrum) - 2)
    heard = np.interp(lines, np.arange(len(spectrum)), spectrum)
    return float(periods[heard.sum(axis=0).argmax()])


def _steps(frames: int, period: float) -> int:
    """Enough trial periods for neighbours to part by at most a frame at the song's end."""
    return 2 * int(0.03 * frames) + 201


def _strongest_phase(strength: np.ndarray, period: float, beats: np.ndarray) -> float:
    """Where in the period the grid's first beat lies: the strongest place near most of the free beats."""
    phases = np.arange(0, period, 0.5)
    counts = np.arange(int((len(strength) - 1) / period))
    heard = np.interp(phases[:, None] + counts * period, np.arange(len(strength)), strength).mean(axis=1)
    away = np.abs((beats[:, None] - phases + period / 2) % period - period / 2)
    votes = np.exp(-0.5 * (away / 3.0) ** 2).mean(axis=0)
    return float(phases[(votes * (1 + np.maximum(heard, 0) / (np.abs(heard).max() + 1e-9))).argmax()])


def _pulled(strength: np.ndarray, first: float, period: float, reach: float) -> tuple[float, float]:
    """The line through the onsets near the grid's beats, the strong and near counting most."""
    counts = np.arange(int((len(strength) - 1 - first) / period) + 1)
    grid = first + period * counts
    offsets = np.arange(-int(reach) - 1, int(reach) + 2)
    centre = np.rint(grid).astype(int)
    places = centre[:, None] + offsets
    heard = strength[np.clip(places, 0, len(strength) - 1)] * ((places >= 0) & (places < len(strength)))
    near = np.exp(-0.5 * ((places - grid[:, None]) / (reach / 1.5)) ** 2)
    weights = heard**2 * near
    weight = weights.sum(axis=1)
    onset = (weights * places).sum(axis=1) / (weight + 1e-9)
    weight = np.minimum(weight, 4 * np.median(weight) + 1e-9)
    slope, start = _line(counts, onset - grid, weight)
    return first + start, period + slope


def _line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the weighted least squares."""
    total = weight.sum() + 1e-12
    mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
    spread = (weight * (x - mean_x) ** 2).sum()
    slope = (weight * (x - mean_x) * (y - mean_y)).sum() / spread if spread > 1e-9 else 0.0
    return float(slope), float(mean_y - slope * mean_x)
