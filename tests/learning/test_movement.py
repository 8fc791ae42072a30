"""What a critic sees, on a walker whose feet stand."""

from __future__ import annotations

import numpy as np
import torch

from ballo.learning import movement
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FPS = 25.0


def test_velocities_are_over_the_floor_and_turned_into_the_heading_frame(planted) -> None:
    world = planted(np.arange(50))
    pose, travel = kinematics.unplace(DANCER, world)
    seen = movement.describe(torch.tensor(pose)[None], torch.tensor(travel)[None], FPS)[0].numpy()
    seen = seen.reshape(len(world) - 2, 3, len(DANCER), 3)
    facing = np.unwrap(kinematics.heading(DANCER, world))
    velocity = kinematics.turned_about_y(np.diff(world, axis=0) * FPS, -facing[:-1, None])
    np.testing.assert_allclose(seen[:, 0], pose[2:], atol=1e-9)
    np.testing.assert_allclose(seen[:, 1], velocity[1:], atol=1e-9)
    np.testing.assert_allclose(seen[:, 2], np.diff(velocity, axis=0) * FPS, atol=1e-6)
