"""Steps: the moments at which a swinging foot comes down to stand."""

from __future__ import annotations

import numpy as np

from ballo.motion.skeleton import Skeleton

SMOOTHING_SECONDS = 0.04
SWING_SPEED = 0.60
"""A foot that has been this fast, in metres a second, has swung ..."""
LANDING_SPEED = 0.35
"""... and has stepped when it falls to this speed."""


def foot_speed(skeleton: Skeleton, positions: np.ndarray, fps: float) -> np.ndarray:
    """How fast each foot moves, the mean over its points, smoothed by a Gaussian of `SMOOTHING_SECONDS`.

    Args:
        positions: (T, J, 3) metres.

    Returns:
        (T, feet) metres a second, in the order of `skeleton.feet`; frame t is the speed around frame t.
    """
    speeds = np.zeros((len(positions), len(skeleton.feet)))
    if len(positions) < 2:
        return speeds
    for foot, joints in enumerate(skeleton.foot_joints):
        velocity = np.gradient(positions[:, list(joints)].astype(np.float64), 1 / fps, axis=0)
        speeds[:, foot] = np.linalg.norm(velocity, axis=-1).mean(axis=1)
    return smooth(speeds, SMOOTHING_SECONDS * fps)


def steps(skeleton: Skeleton, positions: np.ndarray, fps: float) -> np.ndarray:
    """When a foot steps: its speed falls through `LANDING_SPEED` after a swing above `SWING_SPEED`.

    Args:
        positions: (T, J, 3) metres.

    Returns:
        (S,) seconds from the first frame, increasing, over all feet, between frames by straight lines.
    """
    speeds = foot_speed(skeleton, positions, fps)
    moments = [landing for column in speeds.T for landing in _landings(column)]
    return np.sort(np.array(moments, dtype=np.float64)) / fps


def _landings(speed: np.ndarray) -> list[float]:
    """The places, in frames, where a foot's speed (T,) falls through the one threshold after it was above the other."""
    falls = np.flatnonzero((speed[:-1] >= LANDING_SPEED) & (speed[1:] < LANDING_SPEED))
    begun, landings = 0, []
    for fall in falls:
        if speed[begun : fall + 1].max() > SWING_SPEED:
            landings.append(float(fall + (speed[fall] - LANDING_SPEED) / (speed[fall] - speed[fall + 1])))
        begun = int(fall) + 1
    return landings


def smooth(values: np.ndarray, sigma_frames: float) -> np.ndarray:
    """(T, ...) values smoothed in time by a Gaussian of `sigma_frames`, ends repeated."""
    reach = max(1, round(4 * sigma_frames))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_frames) ** 2)
    padded = np.pad(values, [(reach, reach), *[(0, 0)] * (values.ndim - 1)], mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=0)
    return windows @ (weights / weights.sum())
