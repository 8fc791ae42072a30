"""The published points as a network's: the dancer's joints from them, and their root."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ballo.dataset import dancer
from ballo.learning import markers
from ballo.learning.models import points
from ballo.motion.skeleton import DANCER


def test_joints_are_those_of_a_person_of_middle_size(planted_points: Callable[[np.ndarray], np.ndarray]) -> None:
    given = planted_points(np.arange(40))
    given += np.random.default_rng(0).normal(scale=0.02, size=given.shape)  # every weight shows
    middle = dancer.Body(np.full(40, 0.5), np.ones(40))
    made = points.Joints(DANCER)(torch.from_numpy(given).float()[None])[0]
    np.testing.assert_allclose(made.numpy(), dancer.joints_of(given, middle), atol=1e-5)


def test_joints_turn_with_the_points(planted_points: Callable[[np.ndarray], np.ndarray]) -> None:
    given = torch.from_numpy(planted_points(np.arange(5))).float()[None]
    turn = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    joints = points.Joints(DANCER)
    torch.testing.assert_close(joints(given @ turn), joints(given) @ turn, atol=1e-5, rtol=0)


def test_the_root_lies_between_the_hips(planted_points: Callable[[np.ndarray], np.ndarray]) -> None:
    given = planted_points(np.arange(5))
    found = points.root(torch.from_numpy(given)[None])[0, :, 0]
    np.testing.assert_allclose(found, markers.root(given))
    np.testing.assert_allclose(found, (given[:, 7] + given[:, 16]) / 2)
    joints = torch.randn(1, 5, len(DANCER), 3)
    torch.testing.assert_close(points.root(joints)[0, :, 0], joints[0, :, 0])
