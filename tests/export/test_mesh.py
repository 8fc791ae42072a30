"""The dancer's body: a closed surface, carried by her joints, on any dancer's bones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.export import humanoid, mesh, surface
from ballo.motion.skeleton import DANCER, Skeleton

STILL = np.tile([1.0, 0.0, 0.0, 0.0], (len(DANCER), 1))


def scaled(by: float) -> Skeleton:
    return Skeleton(DANCER.joint_names, DANCER.parents, DANCER.offsets * by, DANCER.feet)


def edges(triangles: np.ndarray) -> np.ndarray:
    return np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)]).astype(int)


def volume(body: mesh.Mesh) -> float:
    corners = body.vertices.astype(float)[body.triangles]
    return float(np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


@pytest.fixture(scope="module")
def body() -> mesh.Mesh:
    return mesh.mesh_for(DANCER)


def test_it_is_closed_and_faces_outward(body):
    directed = edges(body.triangles)
    assert len(np.unique(directed, axis=0)) == len(directed)
    assert {tuple(edge) for edge in directed} == {tuple(edge[::-1]) for edge in directed}
    corners = body.vertices[body.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    agrees = np.einsum("fi,fi->f", facing, body.normals[body.triangles].mean(axis=1)) > 0
    assert agrees.mean() > 0.995
    assert 0.045 < volume(body) < 0.075


def test_it_is_of_a_size_to_send_and_stands_on_the_floor(body):
    assert 3000 < len(body.vertices) < 9000
    assert abs(body.vertices[:, 1].min()) < 1e-3
    assert 1.68 < body.vertices[:, 1].max() < 1.76
    assert np.all(np.diff(body.kinds) >= 0)
    assert set(body.kinds.tolist()) == set(range(5))


def test_left_and_right_are_mirror_images(body):
    left, right = (body.vertices[np.unique(body.triangles[body.kinds == kind])] for kind in (1, 2))
    mirrored = right * [-1, 1, 1]
    assert abs(np.sort(left[:, 0]) - np.sort(mirrored[:, 0])).max() < 2e-3


def test_weights_are_shares(body):
    assert np.allclose(body.weights.sum(axis=1), 1, atol=1e-6)
    assert body.weights.min() >= 0
    names = np.array(DANCER.joint_names)
    hand = body.vertices[:, 0] > 0.82
    sole = (body.vertices[:, 1] < 0.02) & (body.vertices[:, 0] < 0)
    assert set(names[body.joints[hand][body.weights[hand] > 0]]) == {"left_hand"}
    assert set(names[body.joints[sole][body.weights[sole] > 0]]) == {"right_ankle"}


def test_at_rest_it_is_where_it_was_made(body):
    assert abs(body.posed(DANCER, STILL, body.rest[0]) - body.vertices).max() < 1e-6


def test_a_turn_of_the_whole_carries_the_whole(body):
    turned = STILL.copy()
    turned[0] = [np.sqrt(0.5), 0, np.sqrt(0.5), 0]
    quarter = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    expected = (body.vertices - body.rest[0]) @ quarter.T + body.rest[0]
    assert abs(body.posed(DANCER, turned, body.rest[0]) - expected).max() < 1e-6


def test_a_bent_knee_leaves_the_thigh_and_turns_the_foot(body):
    bent = STILL.copy()
    bent[DANCER.index("left_knee")] = [np.cos(0.5), np.sin(0.5), 0, 0]
    moved = np.linalg.norm(body.posed(DANCER, bent, body.rest[0]) - body.vertices, axis=1)
    left = body.vertices[:, 0] > 0
    assert moved[(body.vertices[:, 1] > 0.52) | ~left].max() < 1e-6
    assert moved[left & (body.vertices[:, 1] < 0.3)].min() > 0.1


@pytest.mark.parametrize("by", [0.6, 1.0, 1.3])
def test_a_larger_dancer_has_a_larger_body(body, by):
    other = mesh.mesh_for(scaled(by))
    assert abs(other.vertices - by * body.vertices).max() < 1e-5
    assert abs(other.normals - body.normals).max() < 1e-4


@settings(max_examples=15)
@given(st.lists(st.floats(0.75, 1.35), min_size=22, max_size=22))
def test_it_fits_any_lengths(lengths):
    skeleton = Skeleton(DANCER.joint_names, DANCER.parents, DANCER.offsets * np.array(lengths)[:, None], DANCER.feet)
    body = mesh.mesh_for(skeleton)
    assert np.isfinite(body.vertices).all()
    assert 0.02 < volume(body) < 0.2
    reach = np.linalg.norm(body.vertices[:, None] - body.rest, axis=2).min(axis=1)
    assert reach.max() < 0.4


def test_soles_are_on_the_floor_whatever_the_height_of_the_ankle():
    offsets = DANCER.offsets.copy()
    offsets[[DANCER.index(f"{side}_{point}") for side in ("left", "right") for point in ("heel", "toe")], 1] *= 1.4
    skeleton = Skeleton(DANCER.joint_names, DANCER.parents, offsets, DANCER.feet)
    assert abs(mesh.mesh_for(skeleton).vertices[:, 1].min()) < 2e-3


def test_skeletons_that_differ_in_lengths_alone_have_bodies_of_their_own():
    assert mesh.mesh_for(scaled(1.1)).vertices[:, 1].max() > mesh.mesh_for(scaled(1.0)).vertices[:, 1].max() + 0.1


def test_a_skeleton_that_is_no_dancer_gets_a_part_on_every_bone():
    skeleton = Skeleton(("a", "b", "c"), (-1, 0, 1), np.array([[0, 0, 0], [0, 1.0, 0], [0.5, 0, 0]]))
    body = mesh.mesh_for(skeleton)
    assert volume(body) > 0
    assert set(body.joints[:, 0].tolist()) == {0, 1}
    assert body.joints.shape == body.weights.shape == (len(body.vertices), 4), "as many as engines take, of three joints"
    alone = mesh.mesh_for(Skeleton(("a",), (-1,), np.zeros((1, 3))))
    assert volume(alone) > 0


def test_a_ball_is_round_and_a_cut_is_straight():
    shape = surface.mesh(surface.ball((0, 0, 0), (0.1, 0.1, 0.1)), (-0.12,) * 3, (0.12,) * 3, 0.02)
    assert abs(np.linalg.norm(shape.vertices, axis=1) - 0.1).max() < 1e-5
    assert abs(shape.normals - shape.vertices / 0.1).max() < 1e-3
    halved, sources, above = surface.cut(shape, shape.vertices[:, 1] - 0.03)
    heights = halved.vertices[halved.triangles][..., 1]
    assert heights[above].min() > 0.03 - 1e-6
    assert heights[~above].max() < 0.03 + 1e-6
    assert sources.max() < len(shape.triangles)
    assert len(np.unique(edges(halved.triangles), axis=0)) == len(edges(halved.triangles))


def test_the_table_of_names_knows_every_joint_once():
    assert tuple(humanoid.HUMANOID) != ()
    assert set(humanoid.HUMANOID) == set(DANCER.joint_names)
    for style in ("mixamo", "unreal"):
        assert len(set(humanoid.bone_names(DANCER, style))) == 22
    limbs = [
        f"{side}{limb}"
        for side in ("left", "right")
        for limb in ("UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand")
    ]
    required = {"hips", "spine", "head", *limbs}
    assert required <= {names.vrm for names in humanoid.HUMANOID.values()}
