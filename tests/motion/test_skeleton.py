"""What a skeleton refuses, what it knows of itself, and that the dancer is a person: symmetric, upright, left at +X."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton

NAMES = ("hip", "knee", "ankle", "tail")
PARENTS = (-1, 0, 1, 0)
OFFSETS = np.array([[0, 0, 0], [0, -0.3, 0.4], [0, -0.5, 0], [0, 0, -2.0]])


def body(**changes) -> Skeleton:
    return Skeleton(**{"joint_names": NAMES, "parents": PARENTS, "offsets": OFFSETS, "feet": (("ankle",),), **changes})


@pytest.fixture(scope="module")
def rest() -> dict[str, np.ndarray]:
    """Where the dancer's joints are at rest, the pelvis over the origin and her feet on the floor."""
    wxyz = np.tile([1.0, 0, 0, 0], (22, 1))
    positions = kinematics.forward(DANCER, wxyz, np.zeros(3))
    positions[:, 1] -= positions[:, 1].min()
    return dict(zip(DANCER.joint_names, positions, strict=True))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"joint_names": NAMES[:3]}, "same joints"),
        ({"parents": PARENTS[:3]}, "same joints"),
        ({"offsets": OFFSETS[:3]}, "same joints"),
        ({"offsets": OFFSETS[:, :2]}, "same joints"),
        ({"offsets": OFFSETS.ravel()}, "same joints"),
        ({"joint_names": ("hip", "knee", "knee", "tail")}, "differ"),
        ({"parents": (0, 0, 1, 0)}, "root"),
        ({"parents": (-1, -1, 1, 0)}, "root"),
        ({"parents": (-1, 2, 0, 0)}, "before its children"),
        ({"parents": (-1, 0, 2, 0)}, "before its children"),
        ({"parents": (-1, 0, 1, 4)}, "before its children"),
        ({"feet": (("ankle",), ("toe",))}, "toe"),
        ({"joint_names": (), "parents": (), "offsets": np.zeros((0, 3)), "feet": ()}, "root"),
    ],
)
def test_what_is_no_tree_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        body(**changes)


def test_it_knows_its_tree():
    skeleton = body(feet=(("ankle", "knee"), ("tail",)))
    assert len(skeleton) == 4
    assert skeleton.index("tail") == 3
    assert skeleton.children == ((1, 3), (2,), (), ())
    assert skeleton.foot_joints == ((2, 1), (3,))
    np.testing.assert_allclose(skeleton.bone_lengths, [0, 0.5, 0.5, 2.0])
    with pytest.raises(ValueError, match="not in tuple"):
        skeleton.index("nose")


def test_it_cannot_change():
    offsets = OFFSETS.copy()
    skeleton = body(offsets=offsets)
    offsets[1] = 9
    np.testing.assert_array_equal(skeleton.offsets, OFFSETS)
    with pytest.raises(ValueError, match="read-only"):
        skeleton.offsets[1] = 9
    with pytest.raises(dataclasses.FrozenInstanceError):
        skeleton.parents = (-1, 0, 0, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"joint_names": ("hip", "knee", "ankle", "tip")},
        {"parents": (-1, 0, 1, 1)},
        {"offsets": OFFSETS + 1e-9},
        {"feet": ()},
    ],
)
def test_skeletons_are_equal_when_all_they_say_is(changes):
    assert body() == body(offsets=OFFSETS.tolist())
    assert hash(body()) == hash(body(offsets=OFFSETS.tolist()))
    assert body() != body(**changes)
    assert body() != "a skeleton"


def test_the_dancer_has_22_joints_and_two_feet_of_heel_and_toe():
    assert len(DANCER) == len(DANCER.joint_names) == 22
    assert DANCER.joint_names[0] == "pelvis"
    assert DANCER.feet == (("left_heel", "left_toe"), ("right_heel", "right_toe"))
    assert (DANCER.bone_lengths[1:] > 0.05).all()


def test_the_dancers_left_is_plus_x_and_she_faces_plus_z(rest):
    for name, place in rest.items():
        if name.startswith("left"):
            assert place[0] > 0.04, name
    for side in ("left", "right"):
        assert rest[f"{side}_toe"][2] > rest[f"{side}_ankle"][2] > rest[f"{side}_heel"][2]


def test_the_dancer_is_symmetric(rest):
    for name, place in rest.items():
        twin = name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")
        np.testing.assert_allclose(rest[twin], place * [-1, 1, 1], atol=1e-12, err_msg=name)


def test_the_dancer_stands_upright_in_a_t_pose_with_flat_feet(rest):
    lowest = ["left_heel", "left_toe", "right_heel", "right_toe"]
    assert all(place[1] == pytest.approx(0.0, abs=1e-12) for name, place in rest.items() if name in lowest)
    assert all(place[1] > 0.05 for name, place in rest.items() if name not in lowest)
    up = ["left_toe", "left_ankle", "left_knee", "left_hip", "pelvis", "chest", "neck", "head"]
    heights = [rest[name][1] for name in up]
    assert heights == sorted(heights)
    assert 1.5 < rest["head"][1] < 1.68
    arm = [rest[f"left_{name}"] for name in ("shoulder", "elbow", "wrist", "hand")]
    np.testing.assert_allclose(np.diff(arm, axis=0)[:, 1:], 0, atol=1e-12)
    assert (np.diff(arm, axis=0)[:, 0] > 0).all()
