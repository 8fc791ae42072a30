"""How much energy each joint of a dancer spends: three numbers a joint, by which clips are told apart.

Source: Onuma et al., "FMDistance: a fast and effective distance function for motion capture data", Eurographics 2008, by way
of fairmotion and AIST++. Here with the clip's own frame rate, and with an acceleration that is one: see `paper.kinetic` for
what papers report.
"""

from __future__ import annotations

import math

import numpy as np

from ballo.metrics.sync import check_rate

SPAN_SECONDS = 0.16
"""Velocity is taken from half of it before to half of it after, at any frame rate. Over half as long, errors of single frames
outweigh the dance: resampling from 25 to 50 frames a second then changes distances by a tenth."""

FEATURES = ("horizontal energy", "vertical energy", "expenditure")
"""Of each joint in turn: mean squares of its horizontal and vertical velocity, (m/s)^2; mean size of acceleration, m/s^2."""


def kinetic_features(clips: np.ndarray, fps: float) -> np.ndarray:
    """What each joint spends in each clip: (B, T, J, 3) metres, Y up, to (B, 3 J), joint by joint as `FEATURES` says.

    The same wherever a dancer is and whichever way she faces. Clips may be of any length that holds twice `SPAN_SECONDS`.

    Raises:
        ValueError: other shapes, clips too short, or a frame rate that is none.
    """
    clips = checked(clips, fps)
    velocity, acceleration = derivatives(clips, fps)
    features = np.empty((len(clips), clips.shape[2], 3))
    features[..., 0] = (velocity[..., 0] ** 2 + velocity[..., 2] ** 2).mean(axis=1, dtype=np.float64)
    features[..., 1] = (velocity[..., 1] ** 2).mean(axis=1, dtype=np.float64)
    features[..., 2] = np.sqrt((acceleration**2).sum(axis=-1)).mean(axis=1, dtype=np.float64)
    return features.reshape(len(clips), 3 * clips.shape[2])


def derivatives(clips: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Velocity and acceleration over `SPAN_SECONDS`: (B, T, J, 3) metres to two (B, T', J, 3), m/s and m/s^2.

    With h half the span they are (p(t+h) - p(t-h)) / 2h and (p(t+h) - 2 p(t) + p(t-h)) / h^2. Where h is no whole number of
    frames, p(t+h) is on the cubic through the four frames around it. T' are the frames that have all of these.
    """
    half = SPAN_SECONDS / 2
    first, last = margin(fps), clips.shape[1] - margin(fps)
    after = np.zeros_like(clips[:, first:last])
    before = after.copy()
    for frame, weight in _taps(half * fps):
        after += weight * clips[:, first + frame : last + frame]
        before += weight * clips[:, first - frame : last - frame]
    return (after - before) / (2 * half), (after + before - 2 * clips[:, first:last]) / half**2


def margin(fps: float) -> int:
    """How many frames at each end of a clip have no velocity."""
    return max(abs(frame) for frame, _ in _taps(SPAN_SECONDS / 2 * fps))


def checked(clips: np.ndarray, fps: float) -> np.ndarray:
    """Clips as floating point; refuse what are none, or too short ones (ValueError)."""
    if clips.ndim != 4 or clips.shape[-1] != 3 or not clips.shape[2]:
        raise ValueError(f"clips must be (B, T, J, 3), not {clips.shape}")
    check_rate(fps)
    if clips.shape[1] < 2 * margin(fps) + 1:
        raise ValueError(f"clips must have at least {2 * margin(fps) + 1} frames at {fps:g} a second, not {clips.shape[1]}")
    if not np.isfinite(clips).all():
        raise ValueError("clips must be finite numbers")
    return clips if clips.dtype.kind == "f" else clips.astype(np.float64)


def _taps(frames: float) -> tuple[tuple[int, float], ...]:
    """Which frames, with which weights, give the place `frames` later: one frame if that is whole, else Lagrange's four."""
    whole = math.floor(frames + 1e-6)
    if abs(frames - whole) < 1e-6 and whole:
        return ((whole, 1.0),)
    at = range(whole - 1, whole + 3)
    return tuple((here, math.prod((frames - there) / (here - there) for there in at if there != here)) for here in at)
