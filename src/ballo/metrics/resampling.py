"""A motion at another frame rate: derivatives compare only where they are taken from frames as far apart."""

from __future__ import annotations

import math

import numpy as np

from ballo.metrics.sync import check_rate

DERIVATIVE_FPS = 25.0
"""The frame rate at which jerk and acceleration are taken: noise makes both grow with it."""

_POLE = math.sqrt(3) - 2  # of the filter that makes a cubic spline go through its samples
_REACH = 24  # its 24th power is 2e-14


def resample(values: np.ndarray, fps: float, to_fps: float = DERIVATIVE_FPS) -> np.ndarray:
    """Values (T, ...) every 1 / `to_fps` s from the first frame on, by the cubic spline through them: (T', ...) float64.

    Frames of the one rate that are frames of the other stay as they are, and a cubic stays that cubic, at the ends too.
    Nothing is filtered: at a lower rate this is what a slower camera would have seen. Of a captured take at 29.97 fps the
    jerk at 25 fps is 1.7 % less than that of the take seen at 25 (with a cubic through four frames it would be 6.6 %).
    The same rate gives the values back as they are, in their own type.

    Raises:
        ValueError: a rate that is none, or values without an axis of frames.

    Source: Unser, "Splines: a perfect fit for signal and image processing", IEEE Signal Processing Magazine 1999.
    """
    check_rate(fps)
    check_rate(to_fps)
    if not values.ndim:
        raise ValueError("values must have an axis of frames")
    if fps == to_fps or len(values) < 2:
        return values
    if (step := round(fps / to_fps)) * to_fps == fps:
        return values[::step].astype(np.float64)  # the spline goes through its samples
    places = _places(len(values), fps, to_fps)
    before = np.minimum(places.astype(int), len(values) - 2)
    t = (places - before).reshape(-1, *[1] * (values.ndim - 1))
    basis = ((1 - t) ** 3 / 6, (4 - 6 * t**2 + 3 * t**3) / 6, (1 + 3 * t + 3 * t**2 - 3 * t**3) / 6, t**3 / 6)
    knots = _knots(values.astype(np.float64))
    return sum((weight * knots[before + step] for step, weight in enumerate(basis)), start=np.zeros(1))


def resample_keep(keep: np.ndarray, fps: float, to_fps: float = DERIVATIVE_FPS) -> np.ndarray:
    """Which of the frames that `resample` gives count (T',): those between, or on, frames that do, (T,) bool.

    A spline carries a jump over a frame left out into those around it, by a quarter as much with each: leave out some more.
    """
    check_rate(fps)
    check_rate(to_fps)
    if fps == to_fps or len(keep) < 2:
        return keep
    places = _places(len(keep), fps, to_fps)
    return keep[np.floor(places + 1e-9).astype(int)] & keep[np.minimum(np.ceil(places - 1e-9).astype(int), len(keep) - 1)]


def _places(frames: int, fps: float, to_fps: float) -> np.ndarray:
    """(T',) where the new frames lie among the old; the last of them may lie a hair beyond the last of these."""
    return np.minimum(np.arange(int((frames - 1) * to_fps / fps + 1e-9) + 1) * (fps / to_fps), frames - 1)


def _knots(values: np.ndarray) -> np.ndarray:
    """(T + 2, ...) weights of the B-splines around each frame, from one before the first to one after the last.

    Beyond its ends a motion goes on as the cubic through its last four frames.
    """
    count = min(4, len(values))
    beyond = np.vander(np.arange(-_REACH - 1, 0), count) @ np.linalg.inv(np.vander(np.arange(count), count))
    before, after = np.tensordot(beyond, values[:count], 1), np.tensordot(beyond, values[::-1][:count], 1)[::-1]
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values, after]), 2 * _REACH + 1, axis=0)
    return windows @ (math.sqrt(3) * _POLE ** np.abs(np.arange(-_REACH, _REACH + 1)))
