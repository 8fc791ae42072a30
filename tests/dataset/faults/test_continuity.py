"""Frozen, straight, torn, spiky and missing stretches: found where they were planted, as long as they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.faults import continuity
from ballo.dataset.faults.parts import JOINTS
from ballo.motion import kinematics

FPS = 25.0
FRAMES = 300
places = st.integers(20, 200)


def ruled(points: np.ndarray, first: int, frames: int) -> np.ndarray:
    """A copy with a straight line from `first` to so many frames later."""
    spoilt = points.copy()
    share = np.linspace(0, 1, frames + 1)[:, None, None]
    spoilt[first : first + frames + 1] = points[first] * (1 - share) + points[first + frames] * share
    return spoilt


def test_a_clean_dance_has_none(clean):
    assert continuity.faults(clean(FRAMES), FPS, JOINTS) == []


@settings(max_examples=40)
@given(places, st.integers(10, 60))
def test_a_freeze_is_found_to_the_frame(clean, first, length):
    points = clean(FRAMES)
    points[first : first + length + 1] = points[first]
    assert continuity.frozen(points, FPS) == ((first, length),)
    (fault,) = [fault for fault in continuity.faults(points, FPS, JOINTS) if fault.kind == "frozen"]
    assert fault.stretches == ((first, first + length + 1),)
    assert (fault.severity, fault.size) == ("serious", length)


@given(places, st.integers(1, 9))
def test_a_moment_of_rest_is_no_freeze(clean, first, length):
    points = clean(FRAMES)
    points[first : first + length + 1] = points[first]
    assert continuity.frozen(points, FPS) == ()


@settings(max_examples=40)
@given(places, st.integers(4, 10), st.sampled_from([0.0, 1e-5]))
def test_a_straight_line_is_found_to_the_frame(clean, first, frames, rounding):
    points = ruled(clean(FRAMES), first, frames)
    if rounding:
        points = np.round(points / rounding) * rounding
    assert continuity.straight_lines(points, FPS) == ((first, first + frames + 1),)


def test_who_stands_still_goes_no_straight_line(clean):
    points = np.repeat(clean(1), 50, axis=0) + np.arange(50)[:, None, None] * 1e-4
    assert continuity.straight_lines(points, FPS) == ()


def test_the_line_out_of_a_freeze_is_no_splice(clean):
    points = clean(FRAMES)
    points[100:131] = points[100]
    faults = {fault.kind: fault for fault in continuity.faults(ruled(ruled(points, 130, 8), 200, 6), FPS, JOINTS, joins=1)}
    assert faults["frozen"].figures["thaws"] == [[130, 139]]
    assert faults["splices"].stretches == ((200, 207),)
    assert "as many as its script has joins" in faults["splices"].text


@settings(max_examples=40)
@given(places, st.integers(0, 21), st.floats(0.1, 2.0))
def test_a_spike_is_found_at_its_point(clean, frame, point, metres):
    points = clean(FRAMES)
    points[frame, point, 1] += metres
    assert [tuple(place) for place in np.argwhere(continuity.spikes(points))] == [(frame, point)]


@settings(max_examples=40)
@given(places, st.floats(40, 180), st.booleans())
def test_a_turn_between_two_frames_is_a_tear(clean, frame, degrees, clockwise):
    points = clean(FRAMES)
    middle = points[frame + 1, 0] * [1, 0, 1]
    radians = np.radians(-degrees if clockwise else degrees)
    points[frame + 1 :] = kinematics.turned_about_y(points[frame + 1 :] - middle, np.array(radians)) + middle
    ((found, turned, leapt),) = continuity.tears(points, JOINTS)
    assert found == frame
    assert np.degrees(turned) == pytest.approx(degrees, abs=3)
    assert leapt < continuity.LEAP_METRES


@settings(max_examples=40)
@given(places, st.floats(0.12, 3.0))
def test_a_leap_between_two_frames_is_a_tear(clean, frame, metres):
    points = clean(FRAMES)
    points[frame + 1 :, :, 0] += metres
    ((found, _, leapt),) = continuity.tears(points, JOINTS)
    assert found == frame
    assert leapt == pytest.approx(metres, abs=0.05)  # she goes on moving


def test_a_smooth_spin_is_no_tear(clean):
    points = clean(FRAMES)
    spin = np.radians(40) * np.arange(FRAMES)
    middle = points[:, :1] * [1, 0, 1]
    assert continuity.tears(kinematics.turned_about_y(points - middle, spin[:, None]) + middle, JOINTS) == ()


def test_too_few_frames_a_second_to_call_a_jump_a_fault(clean):
    kinds = {fault.kind for fault in continuity.faults(clean(FRAMES)[::10], FPS / 10, JOINTS)}
    assert kinds.isdisjoint({"tears", "spikes"})


@settings(max_examples=30)
@given(places, st.integers(2, 60), st.integers(0, 21), st.sampled_from(["not a number", "at the origin"]))
def test_a_missing_point_is_found(clean, first, length, point, how):
    points = clean(FRAMES)
    points[first : first + length, point] = np.nan if how == "not a number" else 0.0
    assert continuity.gaps(points, FPS, JOINTS) == (continuity.Gap(point, first, first + length, how),)


def test_a_point_left_behind_is_missing_from_the_frame_after(clean):
    points, hand = clean(FRAMES), 17
    points[100:140, hand] = points[100, hand]
    assert continuity.gaps(points, FPS, JOINTS) == (continuity.Gap(hand, 101, 140, "stopped"),)


def test_a_frozen_body_has_no_gaps(clean):
    points = clean(FRAMES)
    points[100:140] = points[100]
    assert continuity.gaps(points, FPS, JOINTS) == ()


def test_with_numbers_missing_only_that_is_said(clean):
    points = clean(FRAMES)
    points[50:60, 3] = np.nan
    (fault,) = continuity.faults(points, FPS, JOINTS)
    assert (fault.kind, fault.severity, fault.size, fault.stretches) == ("gaps", "serious", 10, ((50, 60),))


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_very_short_recordings_are_judged_without_a_fuss(clean, frames):
    assert continuity.faults(clean(frames), FPS, JOINTS) == []
