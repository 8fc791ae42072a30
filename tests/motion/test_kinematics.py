"""Kinematics by hand, by the laws of rigid bodies and by another author's rotations; the floor, the feet, the way on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER, Skeleton

ARM = Skeleton(("shoulder", "elbow", "hand"), (-1, 0, 1), np.array([[0, 0, 0], [0.3, 0, 0], [0.25, 0, 0]]))
LEFT_HEEL, LEFT_TOE, RIGHT_HEEL, RIGHT_TOE = DANCER.foot_joints[0] + DANCER.foot_joints[1]
FPS = 25.0
laws = settings(max_examples=15)
seeds = st.integers(0, 2**32 - 1)


def random_pose(seed: int, frames: int, spread: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Local rotations (T, 22, 4) drawn from all there are, or about `spread` radians from rest, and roots (T, 3)."""
    random = np.random.default_rng(seed)
    shape = (frames, len(DANCER))
    vectors = random.normal(size=(*shape, 4)) if spread is None else random.normal(scale=spread, size=(*shape, 4)) / 2
    if spread is not None:
        vectors[..., 0] = 1
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), random.uniform(-2, 2, (frames, 3))


def bodies(seed: int, frames: int) -> np.ndarray:
    """(T, 22, 3) dancers who lean and turn a little from frame to frame, from any heading on."""
    wxyz, root = random_pose(seed, frames, spread=0.3)
    turned = kinematics.forward(DANCER, wxyz, np.zeros_like(root))
    random = np.random.default_rng(seed)
    headings = random.uniform(-np.pi, np.pi) + np.cumsum(random.uniform(-0.7, 0.7, frames))
    return kinematics.turned_about_y(turned, headings[:, None]) + root[:, None]


def standing(frames: int = 1) -> np.ndarray:
    """(T, 22, 3) the dancer at rest on the floor."""
    positions = kinematics.forward(DANCER, np.tile([1.0, 0, 0, 0], (frames, 22, 1)), np.zeros((frames, 3)))
    return positions + np.array([0, 0.062 + 0.485 + 0.361 + 0.073, 0])


def wrapped(radians: np.ndarray) -> np.ndarray:
    return (radians + np.pi) % (2 * np.pi) - np.pi


# Rotations to positions.


def test_an_arm_bent_by_hand():
    root = np.array([1.0, 2.0, 3.0])
    lifted, bent = rotations.about("z", np.pi / 2), rotations.about("z", -np.pi / 2)
    still = rotations.about("x", 0.0)
    positions = kinematics.forward(ARM, np.stack([lifted, bent, still]), root)
    np.testing.assert_allclose(positions, [[1, 2, 3], [1, 2.3, 3], [1.25, 2.3, 3]], atol=1e-12)
    # The elbow's own turn is in the upper arm's frame: lifted, "about x" twists about world y.
    twisted = kinematics.forward(
        ARM, np.stack([lifted, rotations.multiply(rotations.about("x", np.pi / 2), bent), still]), root
    )
    np.testing.assert_allclose(twisted[2], [1, 2.3, 3 - 0.25], atol=1e-12)


def test_the_hands_own_rotation_moves_nothing():
    straight = np.tile([1.0, 0, 0, 0], (3, 1))
    turned = straight.copy()
    turned[2] = rotations.about("y", 1.0)
    np.testing.assert_array_equal(kinematics.forward(ARM, straight, np.zeros(3)), kinematics.forward(ARM, turned, np.zeros(3)))


@laws
@given(seeds)
def test_forward_is_what_scipys_rotations_give_joint_by_joint(seed):
    wxyz, root = random_pose(seed, 1)
    world, expected = [], []
    offsets = DANCER.offsets.copy()  # scipy takes no read-only array
    for joint, parent in enumerate(DANCER.parents):
        local = Rotation.from_quat(np.roll(wxyz[0, joint], -1))
        world.append(local if parent < 0 else world[parent] * local)
        expected.append(root[0] if parent < 0 else expected[parent] + world[parent].apply(offsets[joint]))
    np.testing.assert_allclose(kinematics.forward(DANCER, wxyz, root)[0], expected, atol=1e-12)


@laws
@given(seeds)
def test_bones_keep_their_lengths(seed):
    positions = kinematics.forward(DANCER, *random_pose(seed, 3))
    bones = np.linalg.norm(positions[:, 1:] - positions[:, list(DANCER.parents[1:])], axis=-1)
    np.testing.assert_allclose(bones, np.tile(DANCER.bone_lengths[1:], (3, 1)), atol=1e-12)


@laws
@given(seeds)
def test_turning_and_moving_the_root_turns_and_moves_the_whole_body(seed):
    wxyz, root = random_pose(seed, 2)
    plain = kinematics.forward(DANCER, wxyz, np.zeros_like(root))
    turn = random_pose(seed + 1, 1)[0][0, 0]
    wxyz[:, 0] = rotations.multiply(turn, wxyz[:, 0])
    expected = plain @ rotations.to_matrix(turn).T + root[:, None]
    np.testing.assert_allclose(kinematics.forward(DANCER, wxyz, root), expected, atol=1e-12)


def test_forward_takes_any_leading_axes_and_keeps_the_precision():
    wxyz, root = random_pose(0, 6)
    whole = kinematics.forward(DANCER, wxyz, root)
    clips = kinematics.forward(DANCER, wxyz.reshape(2, 3, 22, 4), root.reshape(2, 3, 3))
    np.testing.assert_array_equal(clips.reshape(6, 22, 3), whole)
    single = kinematics.forward(DANCER, wxyz.astype(np.float32), root.astype(np.float32))
    assert (whole.dtype, single.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(single, whole, atol=1e-5)


# Positions to rotations.


@laws
@given(seeds)
def test_solving_random_poses_gives_their_positions_back(seed):
    wxyz, root = random_pose(seed, 4)
    positions = kinematics.forward(DANCER, wxyz, root)
    solved = kinematics.solve(DANCER, positions)
    np.testing.assert_allclose(np.linalg.norm(solved, axis=-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(kinematics.forward(DANCER, solved, root), positions, atol=1e-6)
    assert (np.sum(solved[1:] * solved[:-1], axis=-1) >= 0).all()


@laws
@given(seeds)
def test_a_limb_takes_no_twist_and_a_leaf_does_not_turn(seed):
    solved = kinematics.solve(DANCER, kinematics.forward(DANCER, *random_pose(seed, 3)))
    for joint, children in enumerate(DANCER.children):
        if len(children) == 1:
            bone = DANCER.offsets[children[0]]
            # The smallest rotation has its axis at right angles to the bone.
            np.testing.assert_allclose(solved[:, joint, 1:] @ bone, 0, atol=1e-6)
        elif not children:
            np.testing.assert_allclose(np.abs(solved[:, joint, 0]), 1, atol=1e-9)


@laws
@given(seeds, st.floats(0.3, 3))
def test_the_size_of_the_body_does_not_matter(seed, size):
    positions = kinematics.forward(DANCER, *random_pose(seed, 2, spread=0.5))
    np.testing.assert_allclose(kinematics.solve(DANCER, positions * size), kinematics.solve(DANCER, positions), atol=1e-9)


def test_a_body_at_rest_turns_nothing():
    np.testing.assert_allclose(kinematics.solve(DANCER, standing(2)), np.tile([1.0, 0, 0, 0], (2, 22, 1)), atol=1e-9)


def test_a_lone_joint_does_not_turn():
    dot = Skeleton(("dot",), (-1,), np.zeros((1, 3)))
    np.testing.assert_array_equal(kinematics.solve(dot, np.ones((2, 1, 3))), [[[1, 0, 0, 0]]] * 2)


# The floor.


@pytest.mark.parametrize("height", [-0.3, 0.0, 1.25])
def test_flat_feet_are_a_soft_minimum_of_four_equal_heights_above_the_floor(height):
    softness = kinematics.FLOOR_SOFTNESS_METRES
    positions = standing() + np.array([0, height, 0])
    np.testing.assert_allclose(kinematics.floor_height(DANCER, positions), height - softness * np.log(4), atol=1e-12)
    positions[:, [RIGHT_HEEL, RIGHT_TOE], 1] += 1
    np.testing.assert_allclose(kinematics.floor_height(DANCER, positions), height - softness * np.log(2), atol=1e-12)
    positions[:, LEFT_HEEL, 1] += 1
    np.testing.assert_allclose(kinematics.floor_height(DANCER, positions), height, atol=1e-12)


@laws
@given(seeds, st.floats(-5, 5))
def test_the_floor_is_just_under_the_lowest_foot_and_rises_with_the_dancer(seed, lift):
    positions = kinematics.forward(DANCER, *random_pose(seed, 6)).reshape(2, 3, 22, 3)
    floor = kinematics.floor_height(DANCER, positions)
    assert floor.shape == (2, 3)
    lowest = positions[..., [LEFT_HEEL, LEFT_TOE, RIGHT_HEEL, RIGHT_TOE], 1].min(axis=-1)
    assert (floor <= lowest + 1e-12).all()
    assert (floor >= lowest - kinematics.FLOOR_SOFTNESS_METRES * np.log(4) - 1e-12).all()
    np.testing.assert_allclose(kinematics.floor_height(DANCER, positions + np.array([0, lift, 0])), floor + lift, atol=1e-9)


def test_hands_below_the_feet_are_not_the_floor():
    positions = standing()
    floor = kinematics.floor_height(DANCER, positions)
    positions[:, DANCER.index("left_hand"), 1] = -1
    np.testing.assert_array_equal(kinematics.floor_height(DANCER, positions), floor)


# Standing feet.


def test_planted_feet_stand():
    assert kinematics.contacts(DANCER, standing(5), FPS).tolist() == [[True, True]] * 5


@pytest.mark.parametrize(("speed", "stands"), [(0.3, True), (0.39, True), (0.41, False), (3.0, False)])
@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_a_sliding_foot_does_not_stand(speed, fps, stands):
    positions = standing(6)
    slid = np.arange(6)[:, None, None] * np.array([0.6, 0, 0.8]) * speed / fps
    positions[:, [RIGHT_HEEL, RIGHT_TOE]] += slid
    assert kinematics.contacts(DANCER, positions, fps).tolist() == [[True, stands]] * 6


@pytest.mark.parametrize(("height", "stands"), [(0.039, True), (0.041, False), (1.0, False), (-0.1, True)])
def test_a_raised_foot_does_not_stand(height, stands):
    positions = standing(3)
    positions[:, [LEFT_HEEL, LEFT_TOE], 1] += height
    assert kinematics.contacts(DANCER, positions, FPS).tolist() == [[stands, True]] * 3


def test_a_foot_stands_on_its_lower_point_alone():
    positions = standing(4)
    positions[:, LEFT_HEEL] += np.arange(4)[:, None] * [0, 0.1, 0.1] + [0, 0.02, 0]
    positions[:, RIGHT_TOE] += np.arange(4)[:, None] * [0.1, 0, 0]
    positions[:, RIGHT_HEEL, 1] += 0.02
    assert kinematics.contacts(DANCER, positions, FPS).tolist() == [[True, False]] * 4


def test_a_step_makes_the_frames_on_both_sides_of_it_moving():
    positions = standing(6)
    positions[3:, [LEFT_HEEL, LEFT_TOE], 2] += 0.3
    left = kinematics.contacts(DANCER, positions, FPS)[:, 0]
    assert left.tolist() == [True, True, False, False, True, True]


def test_limits_of_standing_are_the_callers():
    positions = standing(3) + [0, 0.2, 0] + np.arange(3)[:, None, None] * [0.04, 0, 0]
    assert not kinematics.contacts(DANCER, positions, FPS).any()
    assert not kinematics.contacts(DANCER, positions, FPS, height_metres=0.21).any()
    assert not kinematics.contacts(DANCER, positions, FPS, speed=1.01).any()
    assert kinematics.contacts(DANCER, positions, FPS, height_metres=0.21, speed=1.01).all()


def test_one_frame_stands_by_its_height_and_none_by_nothing():
    assert kinematics.contacts(DANCER, standing(1), FPS).tolist() == [[True, True]]
    assert kinematics.contacts(DANCER, standing(0), FPS).shape == (0, 2)


# The way on the floor.


@laws
@given(seeds, st.floats(-10, 10))
def test_turning_about_y_is_the_rotation_about_y(seed, radians):
    points = np.random.default_rng(seed).normal(size=(5, 3))
    matrix = rotations.to_matrix(rotations.about("y", radians))
    np.testing.assert_allclose(kinematics.turned_about_y(points, np.full(5, radians)), points @ matrix.T, atol=1e-12)


@pytest.mark.parametrize(
    ("ahead", "radians"), [((0, 0, 1), 0.0), ((1, 0, 0), np.pi / 2), ((-1, 0, 0), -np.pi / 2), ((0.6, 0, -0.8), 2.498091545)]
)
def test_the_heading_is_where_the_toes_point(ahead, radians):
    left = np.cross([0, 1, 0], ahead)
    body = standing() @ np.stack([left, [0, 1, 0], ahead])
    toes = (body[0, LEFT_TOE] - body[0, LEFT_HEEL])[[0, 2]]
    np.testing.assert_allclose(toes / np.linalg.norm(toes), np.array(ahead)[[0, 2]], atol=1e-12)
    np.testing.assert_allclose(kinematics.heading(DANCER, body), radians, atol=1e-9)


@laws
@given(seeds, st.floats(-10, 10))
def test_the_heading_turns_with_the_body_wherever_it_is(seed, radians):
    positions = bodies(seed, 4)
    moved = kinematics.turned_about_y(positions, np.full((4, 1), radians)) + np.array([3, -1, 2])
    turned = kinematics.heading(DANCER, moved) - kinematics.heading(DANCER, positions)
    np.testing.assert_allclose(wrapped(turned - radians), 0, atol=1e-9)


@pytest.mark.parametrize("bow", [-1.2, 0.4, 1.3])
def test_a_bow_does_not_change_the_heading(bow):
    body = standing() @ rotations.to_matrix(rotations.about("x", bow)).T
    body = kinematics.turned_about_y(body, np.full((1, 1), 0.7))
    np.testing.assert_allclose(kinematics.heading(DANCER, body), 0.7, atol=1e-9)


@pytest.mark.parametrize(
    ("heading", "step", "expected"),
    [
        (0.0, (0.0, 0.1), (0.0, 0.1)),
        (0.0, (0.1, 0.0), (0.1, 0.0)),
        (np.pi / 2, (0.0, 0.1), (0.1, 0.0)),
        (np.pi / 2, (0.1, 0.0), (0.0, -0.1)),
        (np.pi, (0.0, 0.1), (0.0, -0.1)),
        (np.pi / 4, (0.0, 0.1), (0.1 / np.sqrt(2), 0.1 / np.sqrt(2))),
    ],
)
def test_a_walk_in_a_straight_line(heading, step, expected):
    travel = np.tile([*step, 0.0], (4, 1))
    pose = np.tile([[0.0, 0.9, 0.0], [0.0, 1.0, 1.0]], (4, 1, 1))
    start = np.array([5.0, -2.0])
    world, end, faces = kinematics.place(pose, travel, start, heading)
    steps = np.arange(1, 5)[:, None] * np.array(expected)
    np.testing.assert_allclose(world[:, 0, [0, 2]], start + steps, atol=1e-12)
    np.testing.assert_allclose(world[..., 1], [[0.9, 1.0]] * 4, atol=1e-12)
    # The point a metre ahead of her stays a metre ahead.
    facing = np.tile([np.sin(heading), np.cos(heading)], (4, 1))
    np.testing.assert_allclose((world[:, 1] - world[:, 0])[:, [0, 2]], facing, atol=1e-12)
    np.testing.assert_allclose(end, start + 4 * np.array(expected), atol=1e-12)
    assert faces == heading


def test_a_walk_in_a_circle_comes_home():
    count, step = 40, 0.1
    travel = np.tile([0.0, step, 2 * np.pi / count], (count, 1))
    world, end, faces = kinematics.place(np.zeros((count, 1, 3)), travel, np.zeros(2), 0.0)
    np.testing.assert_allclose(end, 0, atol=1e-12)
    assert faces == pytest.approx(2 * np.pi)
    path = world[:, 0, [0, 2]]
    # A regular polygon: its corners are as far from its middle as its side and angle say.
    radius = step / (2 * np.sin(np.pi / count))
    np.testing.assert_allclose(np.linalg.norm(path - path.mean(axis=0), axis=1), radius, atol=1e-12)
    # A positive turn goes from ahead (+Z) to her left (+X).
    assert path.mean(axis=0)[0] > 0.9 * radius


def test_a_step_goes_where_she_faced_before_she_turned():
    travel = np.array([[0.0, 1.0, np.pi / 2], [0.0, 1.0, 0.0]])
    world, _, _ = kinematics.place(np.zeros((2, 1, 3)), travel, np.zeros(2), 0.0)
    np.testing.assert_allclose(world[:, 0], [[0, 0, 1], [1, 0, 1]], atol=1e-12)


@laws
@given(seeds, st.lists(st.integers(0, 30), max_size=4).map(sorted))
def test_chunks_are_placed_as_the_whole(seed, cuts):
    random = np.random.default_rng(seed)
    pose = random.normal(size=(30, 4, 3)).astype(np.float32)
    travel = random.normal(scale=[0.1, 0.1, 0.5], size=(30, 3)).astype(np.float32)
    whole, whole_end, whole_faces = kinematics.place(pose, travel, np.array([1.0, 2.0]), 0.5)
    end, faces, chunks = np.array([1.0, 2.0]), 0.5, []
    for start, stop in zip([0, *cuts], [*cuts, 30], strict=True):
        chunk, end, faces = kinematics.place(pose[start:stop], travel[start:stop], end, faces)
        chunks.append(chunk)
    np.testing.assert_allclose(np.concatenate(chunks), whole, rtol=0, atol=1e-12)
    np.testing.assert_allclose([*end, faces], [*whole_end, whole_faces], rtol=0, atol=1e-12)


def test_a_long_walk_in_single_precision_adds_up_in_double():
    travel = np.tile(np.array([0.0, 0.01, 0.0], np.float32), (50_000, 1))
    world, end, _ = kinematics.place(np.zeros((50_000, 1, 3), np.float32), travel, np.zeros(2), 0.0)
    assert world.dtype == np.float64
    assert end[1] == pytest.approx(50_000 * float(np.float32(0.01)), abs=1e-8)
    assert world[-1, 0, 2] == end[1]


@laws
@given(seeds, st.integers(1, 8))
def test_placing_what_was_taken_apart_gives_the_dance_back(seed, frames):
    positions = bodies(seed, frames)
    kept = positions.copy()
    pose, travel = kinematics.unplace(DANCER, positions)
    np.testing.assert_array_equal(positions, kept)
    np.testing.assert_array_equal(travel[0], 0)
    np.testing.assert_allclose(pose[:, 0, [0, 2]], 0, atol=1e-12)
    np.testing.assert_allclose(pose[:, 0, 1], positions[:, 0, 1], atol=1e-12)
    np.testing.assert_allclose(kinematics.heading(DANCER, pose), 0, atol=1e-9)
    faces = kinematics.heading(DANCER, positions)
    world, end, last = kinematics.place(pose, travel, positions[0, 0, [0, 2]], faces[0])
    np.testing.assert_allclose(world, positions, atol=1e-9)
    np.testing.assert_allclose(end, positions[-1, 0, [0, 2]], atol=1e-9)
    np.testing.assert_allclose(wrapped(last - faces[-1]), 0, atol=1e-9)


@laws
@given(seeds, st.floats(-np.pi, np.pi), st.floats(-5, 5))
@example(0, np.pi, 0.0)
def test_taking_apart_what_was_placed_gives_pose_and_travel_back(seed, heading, x):
    random = np.random.default_rng(seed)
    pose, _ = kinematics.unplace(DANCER, bodies(seed, 6))
    travel = random.uniform(-1, 1, (6, 3)) * [0.2, 0.2, 3.1]
    world, _, _ = kinematics.place(pose, travel, np.array([x, 1.0]), heading)
    again, moved = kinematics.unplace(DANCER, world)
    np.testing.assert_allclose(again, pose, atol=1e-9)
    np.testing.assert_allclose(moved[1:], travel[1:], atol=1e-9)


def test_a_turn_through_the_back_is_no_jump():
    headings = np.linspace(2.0, 9.0, 40)
    _, travel = kinematics.unplace(DANCER, kinematics.turned_about_y(standing(40), headings[:, None]))
    np.testing.assert_allclose(travel[1:, 2], 7.0 / 39, atol=1e-9)


def test_no_frames_come_apart_into_none():
    pose, travel = kinematics.unplace(DANCER, standing(0))
    assert (pose.shape, travel.shape) == ((0, 22, 3), (0, 3))
    world, end, faces = kinematics.place(pose, travel, np.array([1.0, 2.0]), 0.5)
    assert world.shape == (0, 22, 3)
    assert (*end, faces) == (1.0, 2.0, 0.5)
