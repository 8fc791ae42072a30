"""Dances whose faults are known, because they were put there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ballo.inference import standing
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

FPS = 25.0


def on_the_floor(local: np.ndarray, root: np.ndarray, fps: float = FPS) -> Motion:
    """A motion of these rotations whose lowest foot point is at 0 in every frame."""
    positions = kinematics.forward(DANCER, local, root)
    root = root.copy()
    root[:, 1] -= kinematics.floor_height(DANCER, positions)
    positions[..., 1] += (root[:, 1] - positions[:, 0, 1])[:, None]
    return Motion(DANCER, local, root, fps, kinematics.contacts(DANCER, positions, fps))


@pytest.fixture
def still() -> Callable[..., Motion]:
    """A dancer who stands and breathes for so many frames."""
    return lambda frames, fps=FPS: standing.breathe(DANCER, frames, fps, {})


@pytest.fixture
def walk() -> Callable[..., Motion]:
    """A dancer who steps from foot to foot, arms swinging, with whatever the seed adds; her feet slide."""

    def make(frames: int, seed: int = 0, fps: float = FPS) -> Motion:
        draw = np.random.default_rng(seed)
        seconds = np.arange(frames) / fps
        local = np.tile([1.0, 0.0, 0.0, 0.0], (frames, len(DANCER), 1))
        beat = 2 * np.pi * (0.35 + 0.1 * draw.random()) * seconds

        def turn(joint: str, axis: str, radians: np.ndarray) -> None:
            number = DANCER.index(joint)
            local[:, number] = rotations.multiply(local[:, number], rotations.about(axis, radians))

        turn("pelvis", "y", 0.6 * np.sin(0.4 * seconds) + draw.random())
        for side, sign in (("left", 1.0), ("right", -1.0)):
            turn(f"{side}_hip", "x", 0.2 * sign * np.sin(beat) - 0.15)
            turn(f"{side}_knee", "x", 0.35 - 0.3 * sign * np.cos(beat))
            turn(f"{side}_ankle", "x", -0.2 + 0.15 * sign * np.cos(beat))
            turn(f"{side}_shoulder", "z", sign * (-1.0 + 0.3 * np.sin(beat)))
            turn(f"{side}_elbow", "y", -sign * (0.7 + 0.3 * np.cos(beat)))
        root = np.stack([0.2 * np.sin(seconds), np.zeros(frames), 0.25 * seconds], axis=1)
        return on_the_floor(local, root, fps)

    return make
