"""Beat alignment as two papers' codes compute it. Everything is in frames: neither code knows how long a frame is.

`fact`: Li et al., "AI Choreographer", ICCV 2021; google-research/mint, tools/calculate_beat_scores.py. The mean over MOTION
beats; a motion beat is a frame whose summed joint speed is below that of the 10 frames to either side ("10 for 60FPS"); sigma
is 3 frames, 50 ms at the 60 frames a second of AIST++.

`bailando`: Siyao et al., "Bailando", CVPR 2022; lisiyao21/Bailando, utils/beat_align_score.py. The mean over MUSIC beats; mean
joint speed is smoothed by a Gaussian of 5 frames, and every local minimum of it is a motion beat; sigma is 3 frames at whatever
frame rate. LODGE (li-ronghui/LODGE, metric/beat_align_score.py) has the same functions for FineDance at 30 frames a second,
where 3 frames are 100 ms and the Gaussian is 167 ms, against 50 and 83 at 60: the same dance scores higher there. EDGE
(Stanford-TML/EDGE) publishes no code for the beat alignment that its paper reports.

Faults, kept:
- Each is one-sided: who does little scores easily in `fact`, who never rests in `bailando`.
- Frames, not seconds: the score grows as the frame rate falls.
- Chance is not shown and is what papers report. Scaling the movement changes nothing, so a body frozen but for a jitter of a
  micron scores as white noise does.
- Speed is that between two frames: `fact` gives it to the later one, `bailando` to the earlier, half a frame off either way.
- Music beats are whole frames. Dances without motion beats score 0 in `fact` and stop `bailando`'s code, which `bailando` says
  by nan; without music beats both codes stop: nan.
- In `bailando` beats after the last speed do not count; in LODGE they do: it cuts the wrong thing, so that a recording longer
  than the dance adds beats which nothing can meet. Give `bailando` music as long as the dance.
- FACT cuts the 2 s of movement that its model was given to begin with from motion and music beats alike; cut them before.
"""

from __future__ import annotations

import math

import numpy as np

SIGMA_FRAMES = 3
FACT_FPS = 60.0
"""What `fact`'s constants are meant for."""

FACT_ORDER = 10
BAILANDO_SMOOTHING = 5

_TRUNCATE = 4  # scipy.ndimage.gaussian_filter stops at 4 sigma


def music_frames(seconds: np.ndarray, fps: float, frames: int) -> np.ndarray:
    """The frames (B,) nearest to beats at `seconds` (K,), once each and those inside of a dance of `frames` frames.

    The codes have beats on frames from the start, as features of the music at the dance's frame rate.
    """
    nearest = np.unique(np.floor(np.asarray(seconds) * fps + 0.5).astype(int))
    return nearest[(nearest >= 0) & (nearest < frames)]


def fact(positions: np.ndarray, music: np.ndarray) -> float:
    """FACT's beat alignment of a dance (T, J, 3) to music beats at frames (B,); 0 without motion beats, nan without music's.

    Raises:
        ValueError: positions of another shape.
    """
    if not len(music):
        return float("nan")
    found = fact_beats(positions)
    return _score(found, np.asarray(music)) if len(found) else 0.0


def bailando(positions: np.ndarray, music: np.ndarray) -> float:
    """Bailando's, and LODGE's, beat alignment of a dance (T, J, 3) to music beats at frames (B,); nan without beats of either.

    Raises:
        ValueError: positions of another shape.
    """
    found = bailando_beats(positions)
    music = np.asarray(music)[np.asarray(music) < len(positions) - 1]
    return _score(music, found) if len(found) and len(music) else float("nan")


def fact_beats(positions: np.ndarray) -> np.ndarray:
    """(B,) frames that FACT takes for motion beats, in a dance (T, J, 3). Sums are in float32, as there."""
    _check(positions)
    if len(positions) < 2:
        return np.zeros(0, dtype=int)
    speed = np.concatenate([np.zeros(1, np.float32), _speeds(positions, np.float32).sum(axis=1)])
    return _minima(speed, FACT_ORDER)


def bailando_beats(positions: np.ndarray) -> np.ndarray:
    """(B,) frames that Bailando takes for motion beats, in a dance (T, J, 3): of the frame before each movement.

    As there, float32 positions have float32 speeds, smoothed ones too: where a body hardly moves, rounding makes minima.
    """
    _check(positions)
    if len(positions) < 2:
        return np.zeros(0, dtype=int)
    speed = _speeds(positions, np.float32 if positions.dtype == np.float32 else np.float64).mean(axis=1)
    return _minima(smoothed(speed, BAILANDO_SMOOTHING).astype(speed.dtype), 1)


def smoothed(values: np.ndarray, sigma: float) -> np.ndarray:
    """(T,) values as scipy.ndimage.gaussian_filter smooths them: up to 4 sigma, the ends mirrored with the last value twice."""
    reach = int(_TRUNCATE * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    mirrored = np.pad(values.astype(np.float64), reach, mode="symmetric")
    return np.convolve(mirrored, weights / weights.sum(), mode="valid")


def _speeds(positions: np.ndarray, kind: type[np.floating]) -> np.ndarray:
    """(T - 1, J) metres a frame."""
    moved = np.diff(positions, axis=0).astype(kind)
    return np.asarray(np.sqrt((moved * moved).sum(axis=-1)))


def _minima(values: np.ndarray, order: int) -> np.ndarray:
    """(B,) where values are below all that are up to `order` away, as scipy.signal.argrelmin has it: beyond the ends the last
    value goes on, so that the ends themselves are no minima."""
    least = np.ones(len(values), dtype=bool)
    padded = np.pad(values, order, mode="edge")
    for away in range(1, order + 1):
        least &= (values < padded[order - away : len(padded) - order - away]) & (
            values < padded[order + away : len(values) + order + away]
        )
    return np.flatnonzero(least)


def _score(frames: np.ndarray, others: np.ndarray) -> float:
    """The mean over frames (B,) of exp(-d^2 / 2 sigma^2), d to the nearest of others (C,), which increase."""
    after = np.minimum(np.searchsorted(others, frames), len(others) - 1)
    off = np.minimum(np.abs(others[after] - frames), np.abs(others[np.maximum(after - 1, 0)] - frames))
    return math.fsum(np.exp(-(off.astype(np.float64) ** 2) / 2 / SIGMA_FRAMES**2)) / len(frames)


def _check(positions: np.ndarray) -> None:
    if positions.ndim != 3 or positions.shape[-1] != 3:
        raise ValueError(f"positions must be (T, J, 3), not {positions.shape}")
