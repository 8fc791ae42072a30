"""Standing and breathing."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.inference import standing
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FPS = 25.0


@pytest.fixture(scope="module")
def motion():
    return standing.breathe(DANCER, 250, FPS, {"style": "waltz"})


def joint(motion, name):
    return motion.positions[:, DANCER.index(name)]


def test_feet_are_on_the_floor_and_stay(motion):
    feet = motion.positions[:, [index for foot in DANCER.foot_joints for index in foot]]
    assert np.abs(kinematics.floor_height(DANCER, motion.positions)).max() < 1e-5
    assert np.ptp(feet, axis=0).max() < 1e-6
    assert feet[..., 1].min() > -1e-3
    assert feet[..., 1].max() < 0.02
    assert motion.contacts.all()


def test_bones_keep_their_length(motion):
    bones = motion.positions[:, 1:] - motion.positions[:, list(DANCER.parents[1:])]
    assert np.linalg.norm(bones, axis=-1) == pytest.approx(np.tile(DANCER.bone_lengths[1:], (250, 1)), abs=1e-6)


def test_the_chest_breathes_a_little_four_seconds_a_breath(motion):
    head = joint(motion, "head")
    moved = np.linalg.norm(head - head[0], axis=-1)
    assert 0.002 < moved.max() < 0.03
    assert moved[100] < 1e-5
    assert moved[50] == pytest.approx(moved.max())


def test_arms_hang_and_she_faces_ahead(motion):
    for side, sign in (("left", 1), ("right", -1)):
        shoulder, hand = joint(motion, f"{side}_shoulder"), joint(motion, f"{side}_hand")
        assert (shoulder[:, 1] - hand[:, 1]).min() > 0.55
        assert (sign * hand[:, 0]).min() > 0.15
    assert np.abs(kinematics.heading(DANCER, motion.positions)).max() < 1e-6


def test_it_is_smooth(motion):
    acceleration = np.diff(motion.positions, n=2, axis=0) * FPS**2
    assert np.linalg.norm(acceleration, axis=-1).max() < 0.2


@pytest.mark.parametrize("frames", [1, 3])
def test_the_shortest(frames):
    motion = standing.breathe(DANCER, frames, 30.0, {})
    assert len(motion) == frames
    assert motion.fps == 30.0
