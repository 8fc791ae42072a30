"""What a dancer does when there is nothing to hear: she stands, and breathes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

BREATHS_PER_SECOND = 0.25
ARMS_DOWN_RADIANS = np.radians(78.0)
CHEST_RADIANS = np.radians(1.2)
SHOULDER_RADIANS = np.radians(1.5)


def breathe(skeleton: Skeleton, frames: int, fps: float, meta: dict[str, Any]) -> Motion:
    """A motion (T = `frames`) of standing at ease from the rest pose, arms down, the chest rising and falling."""
    phase = 2 * np.pi * BREATHS_PER_SECOND * np.arange(frames) / fps
    breath = (1 - np.cos(phase)) / 2
    local = np.tile([1.0, 0.0, 0.0, 0.0], (frames, len(skeleton), 1))
    local[:, skeleton.index("chest")] = rotations.about("x", -CHEST_RADIANS * breath)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        arm = sign * (ARMS_DOWN_RADIANS - SHOULDER_RADIANS * breath)
        local[:, skeleton.index(f"{side}_shoulder")] = rotations.about("z", arm)
    feet = kinematics.forward(skeleton, local, np.zeros((frames, 3)))
    root = np.zeros((frames, 3))
    root[:, 1] = -kinematics.floor_height(skeleton, feet)
    standing = np.ones((frames, len(skeleton.feet)), dtype=bool)
    return Motion(skeleton, local, root, fps, standing, meta)
