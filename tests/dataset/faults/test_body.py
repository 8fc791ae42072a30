"""One body, its left on its left, its markers in place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.faults import body
from ballo.dataset.faults.parts import JOINTS, POINTS
from ballo.motion.skeleton import DANCER

FPS = 25.0
FRAMES = 500
NEVER = np.zeros(FRAMES, dtype=bool)
Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def test_a_clean_dance_has_none(clean):
    assert body.faults(clean(FRAMES), FPS, JOINTS, NEVER) == []


@pytest.mark.parametrize(("layout", "parts"), [("clean", JOINTS), ("clean_points", POINTS)])
@pytest.mark.parametrize("axis", [0, 2])
def test_a_mirror_turns_the_verdict(request, layout, parts, axis):
    points = request.getfixturevalue(layout)(FRAMES)
    straight = body.handedness(points, parts)
    points[..., axis] *= -1
    mirrored = body.handedness(points, parts)
    assert (straight.mirrored, mirrored.mirrored) == (False, True)
    assert mirrored.by_toes == pytest.approx(1 - straight.by_toes)
    assert straight.by_toes == 0


def test_a_turned_room_is_no_mirror(clean):
    points = clean(FRAMES) @ Z_UP.T
    assert body.handedness(points, JOINTS).mirrored is False
    assert body.handedness(points * [1, -1, 1], JOINTS).mirrored is True


def test_swapped_names_look_mirrored(clean):
    swapped = [
        DANCER.index(name.replace("left", "x").replace("right", "left").replace("x", "right")) for name in DANCER.joint_names
    ]
    assert body.handedness(clean(FRAMES)[:, swapped], JOINTS).mirrored is True


def test_a_point_of_a_person_has_no_sides():
    assert body.handedness(np.zeros((5, 22, 3)), JOINTS).mirrored is None


@settings(max_examples=25)
@given(st.lists(st.integers(90, 160), min_size=1, max_size=8), st.floats(1.13, 1.5))
def test_bodies_are_counted_and_switches_found(clean, turns, ratio):
    switches = np.cumsum(turns)
    points = clean(int(switches[-1]) + 90)
    larger = np.searchsorted(switches, np.arange(len(points)), side="right") % 2 == 1
    points[larger] *= ratio
    found = body.bodies(points, FPS, JOINTS)
    assert found.switches == tuple(switches)
    assert found.metres[1] / found.metres[0] == pytest.approx(ratio, rel=0.01)
    np.testing.assert_array_equal(found.larger, larger)


@given(st.floats(0.5, 1.6))
def test_one_body_of_any_size_is_one(clean, size):
    assert body.bodies(clean(FRAMES) * size, FPS, JOINTS).switches == ()


def test_a_body_that_grows_is_not_two(clean):
    points = clean(FRAMES) * np.linspace(1, 1.5, FRAMES)[:, None, None]
    assert body.bodies(points, FPS, JOINTS).switches == ()


def test_the_publishers_wrists_are_different_places(clean, clean_points):
    assert set(body.unequal(clean_points(FRAMES), POINTS)) >= {"wrist to finger"}
    assert body.unequal(clean(FRAMES), JOINTS) == {}


def test_a_lost_wrist_is_found_where_it_is(clean):
    points = clean(FRAMES)
    points[200:212, DANCER.index("left_wrist")] += 0.1
    found = body.arm_changes(points, FPS, JOINTS, NEVER)
    np.testing.assert_array_equal(np.flatnonzero(found), np.arange(200, 212))
    (fault,) = body.faults(points, FPS, JOINTS, NEVER)
    assert (fault.kind, fault.size, fault.stretches) == ("wrists", 12, ((200, 212),))


def test_a_wrist_on_a_splice_is_the_splices_fault(clean):
    points, drawn = clean(FRAMES), NEVER.copy()
    points[200:206, DANCER.index("left_wrist")] += 0.1
    drawn[199:207] = True
    assert not body.arm_changes(points, FPS, JOINTS, drawn).any()


@settings(max_examples=25)
@given(st.integers(0, 400), st.integers(1, 90))
def test_a_collapsed_head_is_found_where_it_is(clean_points, first, length):
    points = clean_points(FRAMES)
    points[first : first + length, 0] = points[first : first + length, 1] + 0.01
    np.testing.assert_array_equal(
        np.flatnonzero(body.head_collapses(points, POINTS)), np.arange(first, min(FRAMES, first + length))
    )
