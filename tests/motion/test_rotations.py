"""Rotations hold to the laws of their algebra, and to scipy, another author's program for the same."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from ballo.motion import rotations

ORDERS = ["".join(order) for order in permutations("xyz")]
IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])
laws = settings(max_examples=25)


def _units(size: int, leading: tuple[int, ...] = ()) -> st.SearchStrategy[np.ndarray]:
    raw = arrays(np.float64, (*leading, size), elements=st.floats(-1, 1, width=32))
    long = raw.filter(lambda values: np.linalg.norm(values, axis=-1).min() > 0.1)
    return long.map(lambda values: values / np.linalg.norm(values, axis=-1, keepdims=True))


quaternions, directions = _units(4), _units(3)


def as_scipy(wxyz: np.ndarray) -> Rotation:
    return Rotation.from_quat(np.roll(wxyz, -1, axis=-1))


def apart_radians(one: np.ndarray, other: np.ndarray) -> float:
    """The largest angle between rotations, whatever the quaternions' signs."""
    chord = np.minimum(np.linalg.norm(one - other, axis=-1), np.linalg.norm(one + other, axis=-1))
    return float(4 * np.arcsin(chord / 2).max())


def assert_proper(matrix: np.ndarray, atol: float = 1e-9) -> None:
    eye = np.broadcast_to(np.eye(3), matrix.shape)
    np.testing.assert_allclose(matrix @ np.swapaxes(matrix, -1, -2), eye, atol=atol)
    np.testing.assert_allclose(np.linalg.det(matrix), 1.0, atol=atol)


# The algebra.


@laws
@given(quaternions, quaternions, quaternions)
def test_multiplication_is_associative(a, b, c):
    left = rotations.multiply(rotations.multiply(a, b), c)
    np.testing.assert_allclose(left, rotations.multiply(a, rotations.multiply(b, c)), atol=1e-12)


@laws
@given(quaternions)
def test_identity_changes_nothing_and_the_inverse_undoes(a):
    np.testing.assert_allclose(rotations.multiply(IDENTITY, a), a, atol=1e-15)
    np.testing.assert_allclose(rotations.multiply(a, IDENTITY), a, atol=1e-15)
    np.testing.assert_allclose(rotations.multiply(a, rotations.inverse(a)), IDENTITY, atol=1e-12)
    np.testing.assert_allclose(rotations.multiply(rotations.inverse(a), a), IDENTITY, atol=1e-12)


@laws
@given(quaternions, quaternions)
def test_the_inverse_of_a_product_is_the_product_of_inverses_turned_round(a, b):
    both = rotations.multiply(rotations.inverse(b), rotations.inverse(a))
    np.testing.assert_allclose(rotations.inverse(rotations.multiply(a, b)), both, atol=1e-12)


@laws
@given(quaternions, quaternions)
def test_products_are_scipys(a, b):
    assert apart_radians(rotations.multiply(a, b), np.roll((as_scipy(a) * as_scipy(b)).as_quat(), 1)) < 1e-9


@laws
@given(quaternions, quaternions)
def test_matrices_are_scipys_and_multiply_as_quaternions_do(a, b):
    np.testing.assert_allclose(rotations.to_matrix(a), as_scipy(a).as_matrix(), atol=1e-12)
    product = rotations.to_matrix(a) @ rotations.to_matrix(b)
    np.testing.assert_allclose(rotations.to_matrix(rotations.multiply(a, b)), product, atol=1e-12)
    assert_proper(product)


def test_the_right_factor_turns_first():
    y_to_z, x_to_y = rotations.about("x", np.pi / 2), rotations.about("z", np.pi / 2)
    both = rotations.to_matrix(rotations.multiply(x_to_y, y_to_z))
    np.testing.assert_allclose(both @ [0, 1, 0], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(both @ [1, 0, 0], [0, 1, 0], atol=1e-15)


@pytest.mark.parametrize(("axis", "start", "end"), [("x", 1, 2), ("y", 2, 0), ("z", 0, 1)])
def test_a_positive_turn_about_an_axis_is_right_handed(axis, start, end):
    turned = rotations.to_matrix(rotations.about(axis, np.pi / 2)) @ np.eye(3)[start]
    np.testing.assert_allclose(turned, np.eye(3)[end], atol=1e-15)


@pytest.mark.parametrize("axis", "xyz")
def test_turns_about_one_axis_add_up(axis):
    radians = np.linspace(-3, 3, 14).reshape(2, 7)
    both = rotations.multiply(rotations.about(axis, radians), rotations.about(axis, 0.4))
    assert both.shape == (2, 7, 4)
    np.testing.assert_allclose(both, rotations.about(axis, radians + 0.4), atol=1e-12)


@laws
@given(_units(4, (2, 3)), _units(4, (3,)))
def test_any_leading_axes_give_what_one_by_one_gives(many, row):
    products, matrices = rotations.multiply(many, row), rotations.to_matrix(many)
    back = rotations.from_matrix(matrices)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(products[index], rotations.multiply(many[index], row[index[1]]))
        np.testing.assert_allclose(matrices[index], rotations.to_matrix(many[index]), atol=1e-15)
        np.testing.assert_allclose(back[index], rotations.from_matrix(matrices[index]), atol=1e-15)


# Matrices back to quaternions.


@laws
@given(quaternions)
def test_a_matrix_gives_its_quaternion_back_with_w_not_negative(a):
    back = rotations.from_matrix(rotations.to_matrix(a))
    assert back[0] >= 0
    assert np.linalg.norm(back) == pytest.approx(1.0, abs=1e-12)
    assert apart_radians(back, a) < 1e-9


@laws
@given(directions, st.sampled_from([0.0, 1e-12, 1e-9, 1e-7, 1e-4, 1e-2]), st.sampled_from([-1.0, 1.0]))
@example(np.array([1.0, 0.0, 0.0]), 0.0, 1.0)
@example(np.array([0.0, 1.0, 0.0]), 0.0, 1.0)
@example(np.array([0.0, 0.0, 1.0]), 0.0, 1.0)
@example(np.array([0.6, -0.8, 0.0]), 0.0, 1.0)
def test_near_half_a_turn_no_digit_is_lost(axis, short_of, sign):
    vector = Rotation.from_rotvec(axis * sign * (np.pi - short_of))
    back = rotations.from_matrix(vector.as_matrix())
    assert apart_radians(back, np.roll(vector.as_quat(), 1)) < 1e-9


# Euler angles.


@laws
@given(quaternions)
def test_euler_angles_come_back_in_every_order(a):
    for order in ORDERS:
        angles = rotations.to_euler(a, order)
        assert abs(angles[1]) <= np.pi / 2
        assert apart_radians(rotations.from_euler(angles, order), a) < 2e-6, order


@laws
@given(st.tuples(st.floats(-3, 3), st.floats(-1.5, 1.5), st.floats(-3, 3)).map(np.array))
def test_euler_angles_are_scipys_intrinsic_ones(angles):
    for order in ORDERS:
        theirs = Rotation.from_euler(order.upper(), angles)
        ours = rotations.from_euler(angles, order)
        assert apart_radians(ours, np.roll(theirs.as_quat(), 1)) < 1e-9
        np.testing.assert_allclose(rotations.to_euler(ours, order), angles, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("short_of", [0.0, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
def test_near_gimbal_lock_the_rotation_comes_back(order, short_of):
    outer = np.linspace(-3, 3, 7)
    first, middle, last = np.meshgrid(outer, [short_of - np.pi / 2, np.pi / 2 - short_of], outer)
    wxyz = rotations.from_euler(np.stack([first, middle, last], axis=-1), order)
    assert apart_radians(rotations.from_euler(rotations.to_euler(wxyz, order), order), wxyz) < 2e-6


def test_at_gimbal_lock_the_first_angle_takes_all():
    angles = rotations.to_euler(rotations.from_euler(np.array([0.5, np.pi / 2, 0.2]), "zxy"), "zxy")
    np.testing.assert_allclose(angles, [0.7, np.pi / 2, 0.0], atol=1e-7)


@pytest.mark.parametrize("order", ["", "xy", "xyx", "XYZ", "xyzx", "abc"])
def test_an_order_names_three_different_axes(order):
    with pytest.raises(ValueError, match="order"):
        rotations.to_euler(IDENTITY, order)


# The rotation between two directions.


@laws
@given(directions, directions, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_between_turns_one_direction_into_the_other_by_the_angle_between_them(start, end, start_length, end_length):
    matrix = rotations.between(start * start_length, end * end_length)
    assert_proper(matrix)
    np.testing.assert_allclose(matrix @ start, end, atol=2e-6)
    # The trace is 1 + 2 cos(angle), so this is the smallest rotation that does it.
    assert (np.trace(matrix) - 1) / 2 == pytest.approx(start @ end, abs=1e-9)


@laws
@given(directions, directions, st.sampled_from([1e-3, 1e-4, 1e-5, 3e-6, 2e-6, 1.5e-6, 1e-6, 1e-9, 0.0]))
def test_between_nearly_opposite_directions_is_still_a_rotation(start, other, short_of):
    side = other - (other @ start) * start
    if np.linalg.norm(side) < 0.1:
        side = np.cross(start, np.eye(3)[np.argmin(np.abs(start))])
    side /= np.linalg.norm(side)
    end = -start * np.cos(short_of) + side * np.sin(short_of)
    matrix = rotations.between(start, end)
    assert_proper(matrix)
    np.testing.assert_allclose(matrix @ start, end, atol=2e-6)


@pytest.mark.parametrize("start", [*np.eye(3), np.array([3.0, 0.0, -4.0]), np.array([1.0, 2.0, 3.0])])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_between_opposite_directions_is_half_a_turn(start, dtype):
    matrix = rotations.between(start.astype(dtype), -start.astype(dtype))
    assert_proper(matrix, atol=1e-6)
    np.testing.assert_allclose(matrix @ start, -start, atol=1e-5)
    assert np.trace(matrix) == pytest.approx(-1, abs=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("start", "end"), [((0, 0, 0), (1, 2, 3)), ((1, 2, 3), (0, 0, 0)), ((0, 0, 0), (0, 0, 0))])
def test_a_zero_vector_turns_nothing(start, end, dtype):
    np.testing.assert_array_equal(rotations.between(np.array(start, dtype), np.array(end, dtype)), np.eye(3))


def test_between_takes_each_pair_for_itself():
    start = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 0], [0, 0, 1.0]])
    end = np.array([[0, 1.0, 0], [0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]])
    many = rotations.between(start, end)
    for pair in range(4):
        np.testing.assert_array_equal(many[pair], rotations.between(start[pair], end[pair]))


# The best rotation between two sets of vectors.


@laws
@given(quaternions, st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_fit_finds_the_rotation_that_was_planted(a, count, seed):
    rest = np.random.default_rng(seed).normal(size=(count, 3))
    matrix = rotations.to_matrix(a)
    np.testing.assert_allclose(rotations.fit(rest, rest @ matrix.T), matrix, atol=1e-6)


@laws
@given(quaternions, st.integers(3, 6), st.integers(0, 2**32 - 1))
def test_fit_to_noisy_vectors_is_scipys(a, count, seed):
    random = np.random.default_rng(seed)
    rest = random.normal(size=(count, 3))
    posed = rest @ rotations.to_matrix(a).T + random.normal(scale=0.1, size=(count, 3))
    theirs, _ = Rotation.align_vectors(posed, rest)
    np.testing.assert_allclose(rotations.fit(rest, posed), theirs.as_matrix(), atol=1e-6)


def test_fit_to_a_mirror_image_is_the_best_rotation_and_not_the_mirror():
    rest = np.array([[1.0, 0, 0], [0, 2.0, 0], [0, 0, 3.0], [1.0, 1.0, 1.0]])
    mirrored = rest * [-1, 1, 1]
    matrix = rotations.fit(rest, mirrored)
    assert_proper(matrix)
    theirs, _ = Rotation.align_vectors(mirrored, rest)
    np.testing.assert_allclose(matrix, theirs.as_matrix(), atol=1e-9)


def test_fit_takes_vectors_of_one_plane_and_any_leading_axes():
    hips = np.array([[0.0, 0.125, 0], [0.1, -0.06, 0], [-0.1, -0.06, 0]])
    planted = rotations.to_matrix(rotations.about("y", np.linspace(-3, 3, 10).reshape(2, 5)))
    np.testing.assert_allclose(rotations.fit(hips, hips @ np.swapaxes(planted, -1, -2)), planted, atol=1e-9)


# Signs that do not jump.


@laws
@given(arrays(np.float64, (12, 3), elements=st.sampled_from([-1.0, 1.0])), st.integers(0, 2**32 - 1))
def test_continuous_keeps_the_rotations_and_the_first_sign(signs, seed):
    wxyz = np.random.default_rng(seed).normal(size=(12, 3, 4))
    calm = rotations.continuous(wxyz * signs[..., None])
    np.testing.assert_array_equal(np.abs(calm), np.abs(wxyz))
    np.testing.assert_array_equal(np.abs(np.sum(calm * wxyz, axis=-1)), np.sum(wxyz * wxyz, axis=-1))
    np.testing.assert_array_equal(calm[0], wxyz[0] * signs[0, :, None])
    assert (np.sum(calm[1:] * calm[:-1], axis=-1) >= 0).all()


def test_continuous_undoes_planted_flips_joint_by_joint():
    smooth = np.stack([rotations.about("x", np.linspace(0, 12, 100)), rotations.about("y", np.linspace(0, -9, 100))], axis=1)
    flips = np.random.default_rng(3).choice([-1.0, 1.0], size=(100, 2, 1))
    flips[0] = 1
    np.testing.assert_array_equal(rotations.continuous(smooth * flips), smooth)


@pytest.mark.parametrize("frames", [0, 1])
def test_nothing_can_jump_in_fewer_than_two_frames(frames):
    wxyz = np.full((frames, 2, 4), -0.5)
    np.testing.assert_array_equal(rotations.continuous(wxyz), wxyz)


# Rotation vectors.

vectors = arrays(np.float64, (3,), elements=st.floats(-12, 12))


@laws
@given(vectors)
@example(np.zeros(3))
@example(np.array([1e-12, 0, 0]))
@example(np.array([0, np.pi, 0]))
def test_from_vector_is_scipys_for_angles_of_any_size(vector):
    wxyz = rotations.from_vector(vector)
    assert np.linalg.norm(wxyz) == pytest.approx(1)
    np.testing.assert_allclose(rotations.to_matrix(wxyz), Rotation.from_rotvec(vector).as_matrix(), atol=1e-9)


@laws
@given(quaternions)
@example(IDENTITY)
@example(-IDENTITY)
@example(np.array([1.0, 1e-13, 0, 0]))
def test_to_vector_is_scipys_and_the_shorter_way(wxyz):
    vector = rotations.to_vector(wxyz)
    known = as_scipy(wxyz).as_rotvec()
    assert np.linalg.norm(vector) <= np.pi + 1e-9
    if abs(wxyz[0]) > 1e-6:  # half a turn has two shorter ways
        np.testing.assert_allclose(vector, known, atol=1e-7)
    np.testing.assert_allclose(rotations.to_vector(-wxyz) if abs(wxyz[0]) > 1e-6 else vector, vector, atol=1e-12)


@laws
@given(quaternions)
def test_vectors_and_quaternions_are_each_others_inverse(wxyz):
    assert apart_radians(rotations.from_vector(rotations.to_vector(wxyz)), wxyz) < 1e-6


@laws
@given(directions, st.floats(0, 2 * np.pi - 0.01))
def test_the_way_that_the_sign_tells_goes_past_half_a_turn(axis, angle):
    wxyz = rotations.from_vector(axis * angle)
    np.testing.assert_allclose(rotations.to_vector(wxyz, shorter=False), axis * angle, atol=1e-6)
    shorter = angle if angle <= np.pi else angle - 2 * np.pi
    if abs(angle - np.pi) > 1e-3:
        np.testing.assert_allclose(rotations.to_vector(wxyz), axis * shorter, atol=1e-6)


def test_vectors_of_a_turning_joint_go_on_past_half_a_turn():
    """Signs made to go on, the vectors do."""
    angles = np.linspace(0, 1.9 * np.pi, 50)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(50, 1))
    signs[0] = 1
    turning = rotations.continuous(rotations.about("x", angles) * signs)
    np.testing.assert_allclose(rotations.to_vector(turning, shorter=False)[:, 0], angles, atol=1e-9)


def test_vectors_keep_leading_axes():
    wxyz = rotations.about("z", np.linspace(-3, 3, 24).reshape(2, 3, 4))
    assert rotations.to_vector(wxyz).shape == (2, 3, 4, 3)
    np.testing.assert_allclose(rotations.to_vector(wxyz)[..., 2], np.linspace(-3, 3, 24).reshape(2, 3, 4))
    assert rotations.from_vector(np.zeros((0, 3))).shape == (0, 4)
