"""AIST++'s 32 relations: as loops compute them, faults and all."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.plain import features as plain
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.paper.geometric import geometric_features
from ballo.metrics.paper.joints import SMPL_JOINTS, smpl_joints
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

laws = settings(max_examples=15)
seeds = st.integers(0, 2**32 - 1)
T_POSE = smpl_joints(DANCER, kinematics.forward(DANCER, np.tile([1.0, 0, 0, 0], (22, 1)), np.array([0.0, 1.0, 0.0])))


def wandering(seed, frames=30, joints=24):
    steps = np.random.default_rng(seed).normal(size=(frames, 24, 3)) * 0.02
    return (T_POSE + steps.cumsum(axis=0))[:, :joints]


def moving(joint, *velocity, frames=10):
    dance = np.repeat(T_POSE[None], frames, axis=0)
    dance[:, SMPL_JOINTS.index(joint)] += np.arange(frames)[:, None] * np.array(velocity) / 120
    return geometric_features(dance)


@laws
@given(seeds, st.sampled_from([22, 24]))
def test_it_agrees_with_the_loops(seed, joints):
    dance = wandering(seed, joints=joints)
    np.testing.assert_allclose(geometric_features(dance), plain.published_geometric(dance), atol=1e-12)


def test_random_dances_reach_most_relations():
    shares = np.stack([geometric_features(wandering(seed)) for seed in range(20)])
    assert (shares.std(axis=0) > 0).sum() >= 24


def test_what_is_forwards_of_the_left_hand_is_backwards_of_the_right():
    assert moving("lwrist", 0, 0, 1.0)[1] == 1
    assert moving("rwrist", 0, 0, 1.0)[0] == 0
    assert moving("rwrist", 0, 0, -1.0)[0] == 1


def test_a_hand_that_moves_up_is_not_seen_but_a_chest_that_does_is():
    assert not moving("rwrist", 0, 1.0, 0)[4:6].any()
    assert moving("chest", 0, 1.0, 0)[4:6].all()


def test_thresholds_are_of_a_hundred_and_twenty_frames_a_second():
    """A hand is fast from 2.5 times 25.7 cm a second."""
    assert moving("rwrist", 0, 0, 0.65)[12] == 1
    assert moving("rwrist", 0, 0, 0.63)[12] == 0


def test_points_that_coincide_hold_nothing_that_needs_a_direction():
    found = geometric_features(np.zeros((5, 24, 3)))
    np.testing.assert_array_equal(np.flatnonzero(found), [29, 30])  # hands are low


@pytest.mark.parametrize(("shape", "told"), [((2, 24, 3), "3 frames"), ((9, 23, 3), "22 or 24"), ((9, 24), "3 frames")])
def test_what_is_no_dance_is_refused(shape, told):
    with pytest.raises(ValueError, match=told):
        geometric_features(np.zeros(shape))
