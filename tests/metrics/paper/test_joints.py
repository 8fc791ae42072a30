"""SMPL's joints from ballo's dancer."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.metrics.paper.joints import SMPL_JOINTS, smpl_joints
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton

T_POSE = kinematics.forward(DANCER, np.tile([1.0, 0, 0, 0], (22, 1)), np.zeros(3))


def test_joints_that_she_has_are_hers():
    found = smpl_joints(DANCER, T_POSE)
    assert found.shape == (24, 3)
    for name, own in {"root": "pelvis", "lhip": "left_hip", "rknee": "right_knee", "ltoes": "left_toe", "neck": "neck",
                      "head": "head", "lwrist": "left_wrist", "rhand": "right_hand"}.items():  # fmt: skip
        np.testing.assert_array_equal(found[SMPL_JOINTS.index(name)], T_POSE[DANCER.index(own)])


def test_joints_that_she_lacks_lie_where_they_should():
    at = dict(zip(SMPL_JOINTS, smpl_joints(DANCER, T_POSE), strict=True))
    spine = [at[name][1] for name in ("root", "belly", "spine", "chest", "neck", "head")]
    assert spine == sorted(spine)
    assert all(abs(at[name][0]) < 1e-12 for name in ("belly", "spine", "chest"))
    assert 0 < at["linshoulder"][0] < at["lshoulder"][0]
    assert at["rinshoulder"][0] == -at["linshoulder"][0]


def test_any_number_of_axes_and_any_place():
    dance = np.random.default_rng(0).normal(size=(4, 5, 22, 3))
    found = smpl_joints(DANCER, dance)
    assert found.shape == (4, 5, 24, 3)
    np.testing.assert_allclose(found[2, 3], smpl_joints(DANCER, dance[2, 3]))
    np.testing.assert_allclose(smpl_joints(DANCER, dance + 3.0), found + 3.0)


def test_others_are_refused():
    with pytest.raises(ValueError, match="22, 3"):
        smpl_joints(DANCER, np.zeros((9, 21, 3)))
    nobody = Skeleton(tuple(f"joint_{k}" for k in range(22)), DANCER.parents, DANCER.offsets)
    with pytest.raises(ValueError, match="not in tuple"):
        smpl_joints(nobody, np.zeros((9, 22, 3)))
