"""A motion at another frame rate: the same movement, seen at other moments.

Source: Shoemake, Animating rotation with quaternion curves, SIGGRAPH 1985 (slerp); Schlag, Using geometric constructions to
interpolate orientation with quaternions, Graphics Gems II, 1991 (Catmull and Rom's curve made of slerps).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from ballo.errors import BalloError
from ballo.motion.motion import Motion

SLOWEST_FPS, FASTEST_FPS = 1, 1000
FILM_RATES = tuple(Fraction(1000 * whole, 1001) for whole in (24, 30, 48, 60, 120))
"""Frame rates that are written rounded, as 23.976, 29.97 and 59.94, and mean these."""
_ROUNDED = Fraction(1, 1000)
CHUNK_FRAMES = 4096
"""Rotations are turned this many frames at a time, so that an hour takes no more memory than its own arrays."""


def exact_rate(fps: float | Fraction) -> Fraction:
    """The frame rate that a number stands for: 29.97 is 30000/1001, 25 is 25, 12.5 is 25/2.

    Raises:
        BalloError: fewer than `SLOWEST_FPS` or more than `FASTEST_FPS`.
    """
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise BalloError(f"{float(fps):g} frames a second: give {SLOWEST_FPS} to {FASTEST_FPS}")
    rate = Fraction(fps)
    near = min(FILM_RATES, key=lambda film: abs(film - rate))
    if abs(near - rate) < _ROUNDED:
        return near
    # Where a rate was computed as one over a frame time, the last of its digits are of no meaning.
    return rate.limit_denominator(10_000)


def resampled(motion: Motion, fps: float | Fraction) -> Motion:
    """The motion at `fps` frames a second: frame k shows what the motion shows k / fps seconds from its first frame.

    Rotations and the root go along the smooth curve of Catmull and Rom through four frames, rotations by slerps, the shorter
    way round; contacts are those of the nearest frame. (One slerp from frame to frame has corners at the frames: from 25 to
    60 and back it is wrong by 0.5 mm where the curve is by 0.03, see docs/formats.md.) Moments are fractions, so nothing
    drifts however long it lasts; the length stays the same to within half a frame of the new rate. Moments beyond the last
    frame, by less than one of the old frames, show the last frame.
    At its own rate a motion comes back as it is. Nothing is filtered: at a lower rate this is what a slower camera sees.

    Raises:
        BalloError: no frame rate that a motion can have.
    """
    source, target = exact_rate(motion.fps), exact_rate(fps)
    if source == target or not len(motion):
        return replace(motion, fps=float(target))
    before, share = _moments(len(motion), source / target)
    turned = np.empty((len(before), len(motion.skeleton), 4), dtype=np.float32)
    for start in range(0, len(before), CHUNK_FRAMES):
        span = slice(start, start + CHUNK_FRAMES)
        turned[span] = _turning(motion.rotations, before[span], share[span])
    standing = motion.contacts[np.where(share < 0.5, before, np.minimum(before + 1, len(motion) - 1))]
    return replace(motion, rotations=turned, root=_cubic(motion.root, before, share), fps=float(target), contacts=standing)


def _moments(frames: int, step: Fraction) -> tuple[np.ndarray, np.ndarray]:
    """Where the new frames lie, `step` old frames apart: the old frame before each, and the share of the way to the next."""
    count = max(1, round(frames / step))
    up = np.arange(count, dtype=np.int64) * step.numerator
    before, rest = np.divmod(up, step.denominator)
    share = np.where(before < frames - 1, rest / step.denominator, 0.0)
    return np.minimum(before, frames - 1), share


def _turning(wxyz: np.ndarray, before: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(T', J, 4) rotations between frames of (T, J, 4), on the curve through two frames before and two after.

    Beyond its ends the motion turns on as it turned there.
    """
    last = len(wxyz) - 1
    q, r = wxyz[before].astype(np.float64), wxyz[np.minimum(before + 1, last)].astype(np.float64)
    t = share[:, None, None]
    p = np.where((before > 0)[:, None, None], wxyz[np.maximum(before - 1, 0)], _slerp(q, r, -1.0))
    s = np.where((before + 2 <= last)[:, None, None], wxyz[np.minimum(before + 2, last)], _slerp(q, r, 2.0))
    one, two, three = _slerp(p, q, t + 1), _slerp(q, r, t), _slerp(r, s, t - 1)
    return _slerp(_slerp(one, two, (t + 1) / 2), _slerp(two, three, t / 2), t)


def _slerp(start: np.ndarray, end: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """From one rotation (..., 4) the shorter way to another, or beyond. Below 1e-3 radians straight lines are as good."""
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    end = np.where(cosine < 0, -end, end)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    small = angle < 1e-3
    sine = np.where(small, 1.0, np.sin(angle))
    first = np.where(small, 1 - share, np.sin((1 - share) * angle) / sine)
    second = np.where(small, share, np.sin(share * angle) / sine)
    between = first * start + second * end
    return np.asarray(between / np.linalg.norm(between, axis=-1, keepdims=True))


def _cubic(values: np.ndarray, before: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(T, 3) values between frames, along the cubic that has the neighbours' slopes (Catmull and Rom)."""
    values = values.astype(np.float64)
    last = len(values) - 1
    beyond = np.concatenate([2 * values[:1] - values[min(1, last)], values, 2 * values[-1:] - values[max(0, last - 1)]])
    p, q, r, s = (beyond[np.minimum(before + k, last + 2)] for k in range(4))
    t = share[:, None]
    return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)))
