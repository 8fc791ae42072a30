"""Bones that keep their length or do not: refused shapes, lengths by hand and written out, and what must not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import variation

from ballo.metrics import bones
from ballo.motion.skeleton import DANCER

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
PARENTS = (-1, 0, 1, 1)


def test_a_dancer_of_bones_keeps_them(planted):
    found = bones.bone_variation(planted(np.arange(100.0)), DANCER.parents)
    assert found.worst < 1e-9
    assert found.by_joint.shape == (22,)


def test_bones_by_hand():
    positions = np.zeros((2, 4, 3))
    positions[:, 1, 0] = [1.0, 3.0]  # 1 and 3: mean 2, deviation 1
    positions[:, 2] = positions[:, 1] + [0, 2, 0]
    positions[:, 3] = positions[:, 1] + np.array([[0, 0, 1.0], [0, 1.1, 0]])
    found = bones.bone_variation(positions, PARENTS)
    np.testing.assert_allclose(found.by_joint, [0, 0.5, 0, 0.05 / 1.05], atol=1e-12)
    assert found.mean == pytest.approx((0.5 + 0.05 / 1.05) / 3)
    assert found.worst == pytest.approx(0.5)


def test_a_bone_of_no_length_does_not_vary():
    assert bones.bone_variation(np.zeros((9, 4, 3)), PARENTS).worst == 0


def test_roots_alone_have_no_bones():
    found = bones.bone_variation(np.ones((5, 2, 3)), (-1, -1))
    np.testing.assert_array_equal(found.by_joint, [0, 0])
    assert np.isnan([found.mean, found.worst]).all()


@laws
@given(seeds)
def test_variation_written_out_and_by_scipy(seed):
    positions = np.random.default_rng(seed).normal(size=(7, 4, 3))
    found = bones.bone_variation(positions, PARENTS)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            lengths = [math.dist(frame[joint], frame[parent]) for frame in positions]
            mean = sum(lengths) / 7
            spread = math.sqrt(sum((length - mean) ** 2 for length in lengths) / 7)
            assert found.by_joint[joint] == pytest.approx(spread / mean) == pytest.approx(variation(lengths))
    assert found.worst == found.by_joint.max()


@laws
@given(seeds, st.tuples(*[st.floats(-9, 9)] * 3), st.floats(0.1, 9))
def test_where_and_how_large_a_body_is_does_not_matter(seed, shift, size):
    positions = np.random.default_rng(seed).normal(size=(7, 4, 3))
    moved = bones.bone_variation(positions * size + np.array(shift), PARENTS)
    np.testing.assert_allclose(moved.by_joint, bones.bone_variation(positions, PARENTS).by_joint, atol=1e-9)


@pytest.mark.parametrize("shape", [(0, 4, 3), (9, 4), (9, 3, 3), (9, 4, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(T, 4, 3\)"):
        bones.bone_variation(np.zeros(shape), PARENTS)


@pytest.mark.parametrize("parents", [(-1, 0, 4), (-2, 0, 1)])
def test_parents_are_joints(parents):
    with pytest.raises(ValueError, match="parents"):
        bones.bone_variation(np.zeros((9, 3, 3)), parents)
