"""A take made whole: what was planted wrong is found and put right, and what was right stays."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ballo.dataset import takes
from ballo.dataset.adapters.choreonet import Markers
from ballo.dataset.takes import FEET, Repair, from_markers
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps

LEFT_HEEL, LEFT_TOE, RIGHT_HEEL, RIGHT_TOE = FEET


@pytest.fixture(scope="module")
def dancer(planted_dancer):
    return planted_dancer()


@pytest.fixture(scope="module")
def true(dancer):
    return dancer.joints(dancer.frames)


@pytest.fixture
def markers(dancer):
    """The dancer's markers, to spoil."""
    return dancer.markers()


def spoiled(markers, points=None, labels=None):
    return Markers(markers.name, markers.points if points is None else points, labels or markers.labels, markers.fps)


def number(markers, label):
    return markers.labels.index(label)


def figures(take, name):
    return next(record.figures for record in take.records if record.name == name)


def test_a_clean_take_comes_through(take_15, true):
    assert np.abs(take_15.joints - true).max() < 0.001
    assert not take_15.repairs.any()
    assert take_15.leg_metres == pytest.approx(0.846, abs=0.001)
    assert figures(take_15, "gaps") == {"frames": 0}
    assert figures(take_15, "spikes")["points"] == 0
    assert figures(take_15, "tilt")["published_tilt_cm_a_metre"] < 0.05
    assert figures(take_15, "heels")["mistake"] is False


def test_her_steps_are_found_where_they_are(take_15, dancer):
    planted = dancer.landings[(dancer.landings > 0.3) & (dancer.landings < dancer.seconds - 0.3)]
    found = take_15.steps[(take_15.steps > 0.2) & (take_15.steps < dancer.seconds - 0.2)]
    assert len(found) == len(planted)
    assert np.abs(found - planted).max() < 0.015


@pytest.mark.parametrize(("x", "z"), [(0.015, 0.0), (-0.009, 0.013)])
def test_a_tilted_floor_is_levelled(markers, true, x, z):
    turn = rotations.between(np.array([0.0, 1.0, 0.0]), np.array([x, 1.0, z]))
    take = from_markers(spoiled(markers, markers.points @ turn.T + [0, 0.3, 0]))
    assert figures(take, "tilt")["published_tilt_cm_a_metre"] == pytest.approx(100 * np.hypot(x, z), abs=0.1)
    standing = take.joints[:, [LEFT_TOE, RIGHT_TOE], 1].min(axis=1)
    assert np.abs(standing).max() < 0.004
    assert np.abs(take.joints[..., 1] - true[..., 1]).max() < 0.01


def test_a_floor_too_steep_to_be_one_is_left(markers):
    """Someone on a ramp, or a marker's mistake: nothing is turned, only the height is set."""
    turn = rotations.between(np.array([0.0, 1.0, 0.0]), np.array([0.1, 1.0, 0.0]))
    take = from_markers(spoiled(markers, markers.points @ turn.T))
    assert figures(take, "tilt")["published_tilt_cm_a_metre"] == 0


def test_who_stays_in_one_place_says_nothing_of_the_floor(dancer, markers):
    """Feet within a few centimetres of a line: a plane through them could be any."""
    home = dancer.home(dancer.frames) * [1, 0, 1]
    take = from_markers(spoiled(markers, markers.points - home[:, None]))
    assert figures(take, "tilt")["published_tilt_cm_a_metre"] == 0


def test_heels_that_sit_too_high_are_lowered(markers, true):
    for label in ("LHEE", "RHEE"):
        markers.points[:, number(markers, label), 1] += 0.07
    take = from_markers(markers)
    assert figures(take, "heels")["mistake"] is True
    assert figures(take, "heels")["heel_above_toe_cm"] == pytest.approx([7, 7], abs=0.1)
    assert ((take.repairs & Repair.HEEL) != 0).all()
    assert np.abs(take.joints[:, [LEFT_HEEL, RIGHT_HEEL], 1] - true[:, [LEFT_HEEL, RIGHT_HEEL], 1]).max() < 0.015


def test_heels_a_little_off_are_levelled_without_a_word(markers, true):
    markers.points[:, number(markers, "LHEE"), 1] += 0.012
    take = from_markers(markers)
    assert not take.repairs.any()
    assert np.abs(take.joints[:, LEFT_HEEL, 1] - true[:, LEFT_HEEL, 1]).max() < 0.004


def test_one_heel_always_high_is_how_she_dances(markers, true):
    markers.points[:, number(markers, "LHEE"), 1] += 0.07
    take = from_markers(markers)
    assert not take.repairs.any()
    assert np.abs(take.joints[:, LEFT_HEEL, 1] - true[:, LEFT_HEEL, 1] - 0.07).max() < 0.002


@pytest.mark.parametrize(("first", "end"), [(800, 816), (0, 10), (2550, 2560)])
def test_gaps_are_bridged_and_marked(markers, true, first, end):
    for label in ("LELB", "RFHD"):
        markers.points[first:end, number(markers, label)] = np.nan
    take = from_markers(markers)
    np.testing.assert_array_equal(np.flatnonzero(take.repairs), np.arange(first, end))
    assert set(take.repairs[first:end]) == {Repair.FILLED}
    assert figures(take, "gaps") == {"frames": end - first}
    assert np.abs(take.joints - true).max() < (0.01 if 0 < first < 2000 else 0.1)


def test_a_gap_in_a_long_take_needs_no_gigabytes(markers):
    long = np.tile(markers.points, (5, 1, 1))
    long[5000:5004, 3] = np.nan
    whole = spoiled(markers, long)
    tracemalloc.start()
    takes._without_gaps(whole)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * long.nbytes


def test_markers_that_jump_are_put_back(markers, true):
    jumps = {300: "RKNE", 900: "LFIN", 1500: "T10", 2100: "LTOE"}
    for frame, label in jumps.items():
        markers.points[frame, number(markers, label)] += [0.15, 0.1, -0.2]
    take = from_markers(markers)
    assert np.flatnonzero(take.repairs).tolist() == sorted(jumps)
    assert set(take.repairs[sorted(jumps)]) == {Repair.SPIKE}
    assert np.abs(take.joints - true).max() < 0.005


def test_a_marker_that_joints_need_must_be_there(markers):
    for label in ("T10", "LWRA", "RTOE"):
        renamed = tuple("OTHER" if each == label else each for each in markers.labels)
        with pytest.raises(ValueError, match=f"no marker {label}"):
            from_markers(spoiled(markers, labels=renamed))
        unseen = markers.points.copy()
        unseen[:, number(markers, label)] = np.nan
        with pytest.raises(ValueError, match=f"the marker {label} is never seen"):
            from_markers(spoiled(markers, unseen))


def test_markers_nobody_needs_may_be_missing(markers, true):
    markers.points[:, number(markers, "LTHI")] = np.nan
    take = from_markers(markers)
    assert np.abs(take.joints - true).max() < 0.001


def test_what_is_no_human_body_is_refused(markers):
    for size in (0.2, 3.0):
        with pytest.raises(ValueError, match="no human body: legs of"):
            from_markers(spoiled(markers, markers.points * size))


def test_a_handful_of_frames_is_a_take(markers):
    for frames in (2, 3, 9):
        take = from_markers(spoiled(markers, markers.points[:frames]))
        assert len(take) == len(take.play.pose) == frames
        assert not len(take.steps)


# As `DANCER` plays it.


def test_played_she_is_herself_in_her_own_frame(take_15, true):
    play = take_15.play
    played = kinematics.forward(DANCER, play.pose, np.zeros((len(true), 3)))
    heading = kinematics.heading(DANCER, true)
    np.testing.assert_allclose(np.unwrap(heading), play.heading, atol=1e-3)
    own = kinematics.turned_about_y(true - true[:, :1], -heading[:, None])
    assert np.abs(played - own).max() < 0.002
    assert np.abs(kinematics.heading(DANCER, played)).max() < 1e-3
    assert np.sum(play.pose[1:] * play.pose[:-1], axis=-1).min() > 0.99


def test_standing_feet_do_not_slip_and_count(take_15, dancer):
    standing = dancer.standing(dancer.frames)
    deep = np.array([standing[max(0, frame - 2) : frame + 3].all(axis=0) for frame in range(len(standing))])
    points = deep.repeat(2, axis=1)
    assert np.linalg.norm(take_15.play.slip, axis=-1)[points].max() < 0.001
    swinging = (~standing).repeat(2, axis=1)
    assert np.median(take_15.play.stance[points]) > 100 * np.median(take_15.play.stance[swinging])


def test_a_crawling_marker_is_no_slip_but_a_slide_is():
    """Feet that stand crawl at 3 cm/s; at 60 cm/s they slide, and all of that is kept."""
    for speed, kept in ((0.03, 0.04), (0.6, 1.0)):
        t = np.arange(80) / 80
        wxyz = np.zeros((80, len(DANCER), 4))
        wxyz[..., 0] = 1
        root = np.stack([speed * t, np.full(80, 0.981), np.zeros(80)], axis=1)
        take = takes.Take("slide", 80.0, kinematics.forward(DANCER, wxyz, root), 0.846, np.zeros(80, np.uint8))
        slip = take.play.slip[10:-10]
        np.testing.assert_allclose(slip[..., 0], speed * kept, atol=0.03 * speed)
        np.testing.assert_allclose(slip[..., 1], 0, atol=1e-9)


def test_steps_of_a_take_are_those_of_its_joints(take_15):
    np.testing.assert_array_equal(take_15.steps, steps(DANCER, take_15.joints, 80.0))
