"""What can be heard of a song moment by moment: how loud each pitch range is, and how suddenly it grew.

Frames lie 10 ms apart and are centred: frame n tells of the sound around sample n x 160 at 16 kHz. Axes: N samples, F frames,
M mel bands, H harmony frames (100 ms apart, centred likewise), C classes of pitch.

After Boeck and Widmer (DAFx 2013, maximum filter vibrato suppression) and Mueller (Fundamentals of Music Processing, 2015,
chroma); no code of theirs is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

RATE = 16_000
HOP = 160
FPS = RATE / HOP
WINDOW = 512
HARMONY_HOP = 1600
HARMONY_FPS = RATE / HARMONY_HOP
HARMONY_WINDOW = 4096

MEL_BANDS = 36
LOWEST_HERTZ, HIGHEST_HERTZ = 30.0, 7_500.0

REGIONS_HERTZ = (160.0, 500.0, 2_500.0)
"""Where the four regions of onsets part: bass and kick drum; lower harmony; voices and snare; cymbals."""

LAG = 2
"""Frames over which a rise counts: a little less than the window, so that a sharp attack rises in one step."""

EARLY_SECONDS = 0.0115
"""How much earlier than the sound itself its onset strength peaks, since a window reaches ahead and loudness is compressed;
measured on synthesised attacks, see tests/music/test_beats.py."""


@dataclass(frozen=True, eq=False)
class Sound:
    """What was heard: mel magnitudes (F, M) and pitch classes (H, C), below and above middle C apart, all from 0 up."""

    mel: np.ndarray
    pitches: np.ndarray

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return len(self.mel) / FPS


class Listener:
    """Hears samples as they come, in bounded memory: two windows of them are held."""

    def __init__(self) -> None:
        self._fine = _Frames(WINDOW, HOP)
        self._coarse = _Frames(HARMONY_WINDOW, HARMONY_HOP)

    def hear(self, samples: np.ndarray) -> Sound:
        """The frames that these samples (N,) complete: about a window's half later than the sound."""
        return _analysed(self._fine.take(samples), self._coarse.take(samples))

    def finish(self) -> Sound:
        """The last frames, with silence after the end."""
        return _analysed(self._fine.rest(), self._coarse.rest())


def listen(blocks: Iterable[np.ndarray]) -> Sound:
    """All of a song, given as blocks of samples (N,) at RATE."""
    listener = Listener()
    heard = [*(listener.hear(block) for block in blocks), listener.finish()]
    return Sound(np.concatenate([part.mel for part in heard]), np.concatenate([part.pitches for part in heard]))


class _Frames:
    """Cuts a stream into overlapping windows, the first centred on the first sample."""

    def __init__(self, window: int, hop: int) -> None:
        self._window, self._hop = window, hop
        self._held = np.zeros(window // 2, np.float32)

    def take(self, samples: np.ndarray) -> np.ndarray:
        self._held = np.concatenate([self._held, samples.astype(np.float32, copy=False)])
        count = max(0, (len(self._held) - self._window) // self._hop + 1)
        if not count:
            return np.zeros((0, self._window), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(self._held, self._window)[:: self._hop]
        self._held = self._held[count * self._hop :]
        return frames

    def rest(self) -> np.ndarray:
        """Windows centred on samples that are still held, filled up with silence."""
        return self.take(np.zeros(self._window // 2, np.float32))


def _analysed(fine: np.ndarray, coarse: np.ndarray) -> Sound:
    return Sound(_magnitudes(fine) @ _mel_weights(), np.sqrt(_magnitudes(coarse)) @ _pitch_weights())


def _magnitudes(frames: np.ndarray) -> np.ndarray:
    window = np.hanning(frames.shape[1] + 1)[:-1].astype(np.float32)
    return np.abs(np.fft.rfft(frames * (2 / window.sum() * window), axis=1)).astype(np.float32)


def _mel(hertz: float | np.ndarray) -> np.ndarray:
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)


@cache
def _edges_hertz() -> np.ndarray:
    """(M + 2,) where the triangles of mel bands begin, peak and end."""
    return 700.0 * np.expm1(np.linspace(_mel(LOWEST_HERTZ), _mel(HIGHEST_HERTZ), MEL_BANDS + 2) / 1127.0)


@cache
def _mel_weights() -> np.ndarray:
    """(WINDOW / 2 + 1, M): triangles, each summing to one, widened at least to the spectrum's own resolution."""
    edges = _edges_hertz()
    bins = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    width = RATE / WINDOW
    low, peak, high = edges[:-2], edges[1:-1], edges[2:]
    rise = (bins[:, None] - np.minimum(low, peak - width)) / (peak - np.minimum(low, peak - width))
    fall = (np.maximum(high, peak + width) - bins[:, None]) / (np.maximum(high, peak + width) - peak)
    weights = np.clip(np.minimum(rise, fall), 0, None)
    return (weights / weights.sum(axis=0)).astype(np.float32)


@cache
def _pitch_weights() -> np.ndarray:
    """(HARMONY_WINDOW / 2 + 1, 24): bins to pitch classes, from 50 Hz to middle C and from there to 2 kHz."""
    bins = np.arange(HARMONY_WINDOW // 2 + 1) * RATE / HARMONY_WINDOW
    weights = np.zeros((len(bins), 24), np.float32)
    chosen = np.flatnonzero((bins > 50) & (bins < 2_000))
    pitch = 69 + 12 * np.log2(bins[chosen] / 440)
    for note in range(12):
        away = (pitch - note + 6) % 12 - 6
        near = np.exp(-0.5 * (away / 0.5) ** 2)
        for half, inside in enumerate((pitch < 60, pitch >= 60)):
            weights[chosen, note + 12 * half] = near * inside
    return weights


def loudness(sound: Sound) -> np.ndarray:
    """(F, M) compressed loudness, the song's own loud moments being the reference, so that its level does not matter."""
    level = sound.mel.mean(axis=1)
    reference = np.percentile(level[level > 0], 90) if (level > 0).any() else 1.0
    return np.log1p(sound.mel * np.float32(60 / reference))


def regions(sound: Sound) -> np.ndarray:
    """(F, 4) onset strength by pitch region, each about one on average over the song, whatever the region's loudness."""
    loud = loudness(sound)
    padded = np.pad(loud, ((LAG, 0), (1, 1)), mode="edge")
    before = np.maximum(np.maximum(padded[:-LAG, :-2], padded[:-LAG, 1:-1]), padded[:-LAG, 2:])
    rise = np.maximum(loud - before, 0)
    first = np.searchsorted(_edges_hertz()[1:-1], REGIONS_HERTZ)
    strength = np.stack([part.mean(axis=1) for part in np.split(rise, first, axis=1)], axis=1)
    return strength / (_surroundings(strength) + 0.2 * strength.mean() + 1e-9)


def _surroundings(strength: np.ndarray, seconds: float = 8.0) -> np.ndarray:
    """Mean of the frames around each frame, (F, R)."""
    half = min(round(seconds * FPS / 2), len(strength))
    total = np.concatenate([np.zeros((1, strength.shape[1])), np.cumsum(strength, axis=0, dtype=np.float64)])
    first = np.clip(np.arange(len(strength)) - half, 0, None)
    last = np.clip(np.arange(len(strength)) + half + 1, None, len(strength))
    return (total[last] - total[first]) / (last - first)[:, None]


def audible(sound: Sound, below: float = 0.01) -> tuple[float, float]:
    """Seconds at which the song begins and ends to be louder than `below` times its loud moments; (0, 0) for silence."""
    level = sound.mel.mean(axis=1)
    if not (level > 1e-6).any():
        return 0.0, 0.0
    heard = np.flatnonzero(level > below * np.percentile(level[level > 1e-6], 90))
    return heard[0] / FPS, (heard[-1] + 1) / FPS
