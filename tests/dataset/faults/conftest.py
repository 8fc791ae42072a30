"""A dance with nothing wrong with it, to plant faults in: its joints, and its 23 points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ballo.motion.skeleton import DANCER

FEET = [joint for foot in DANCER.foot_joints for joint in foot]

Dance = Callable[[int], np.ndarray]


def walked(positions: np.ndarray) -> np.ndarray:
    """How far to move each frame (T, 3) so that the lowest foot stays where it is."""
    feet = positions[:, FEET]
    lowest = feet[1:, :, 1].argmin(axis=1)
    steps = -np.diff(feet, axis=0)[np.arange(len(lowest)), lowest]
    return np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)]) * [1, 0, 1]


@pytest.fixture(scope="session")
def clean(planted) -> Dance:
    """So many frames of joints (T, 22, 3) in metres, right-handed, the lowest foot standing on the floor."""

    def joints(frames: int) -> np.ndarray:
        positions = planted(np.arange(float(frames)))
        return positions + walked(positions)[:, None]

    return joints


@pytest.fixture(scope="session")
def clean_points(planted, planted_points) -> Dance:
    """The same dance as the 23 published points, right-handed."""

    def points(frames: int) -> np.ndarray:
        times = np.arange(float(frames))
        return planted_points(times) + walked(planted(times))[:, None]

    return points
