"""Motions to write in the tests of this folder. Fixtures give the makers, since test folders are not packages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton


@pytest.fixture(scope="session")
def smooth_dance() -> Callable[..., Motion]:
    return _smooth_dance


@pytest.fixture(scope="session")
def random_turns() -> Callable[..., Motion]:
    return _random_turns


def _smooth_dance(frames: int, *, fps: float = 25.0, seed: int = 0, skeleton: Skeleton = DANCER) -> Motion:
    """A figure that sways and travels by slow sines of random phase, with its lower foot on the floor."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / fps
    phase, pace = random.uniform(0, 2 * np.pi, (2, 1, len(skeleton), 3))
    wxyz = np.concatenate([np.ones((frames, len(skeleton), 1)), 0.2 * np.sin(pace * time + phase)], axis=-1)
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    root = np.stack([np.sin(time[:, 0, 0]), np.zeros(frames), 0.3 * time[:, 0, 0]], axis=-1)
    if skeleton.feet:
        root[:, 1] -= kinematics.floor_height(skeleton, kinematics.forward(skeleton, wxyz, root))
    contacts = np.zeros((frames, len(skeleton.feet)))
    return Motion(skeleton, wxyz, root, fps, contacts, {"style": "waltz", "seed": seed})


def _random_turns(frames: int, *, seed: int = 0, skeleton: Skeleton = DANCER) -> Motion:
    """Rotations drawn uniformly from all there are, with no continuity in time: the hardest case for Euler angles."""
    random = np.random.default_rng(seed)
    wxyz = random.normal(size=(frames, len(skeleton), 4))
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    contacts = random.random((frames, len(skeleton.feet))) < 0.5
    return Motion(skeleton, wxyz, random.uniform(-3, 3, (frames, 3)), 25.0, contacts, {"seed": seed})
