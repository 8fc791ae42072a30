"""Repairs hold to planted dances and to laws; each says in its record what it did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ballo.dataset import dancer, recordings, repair
from ballo.dataset.recordings import Recording
from ballo.dataset.repair import Unusable
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FRAMES = np.arange(150.0)


def recording_of(published, **options) -> Recording:
    published.dance(**options)
    (recording,) = recordings.read(published.folder).recordings
    return recording


@pytest.fixture
def points(planted_points):
    return planted_points(FRAMES)


def test_repair_finds_the_planted_dance_again(published, planted):
    motion = repair.repair(recording_of(published)).motion
    truth = planted(FRAMES)
    truth[..., [0, 2]] -= truth[0, 0, [0, 2]]
    distance = np.linalg.norm(motion.positions - truth, axis=-1)
    assert distance[:, [DANCER.index(name) for name in ("pelvis", "left_toe", "right_heel", "left_knee")]].max() < 0.01
    assert distance.max() < 0.02


def test_the_dance_is_as_long_as_its_music(published):
    recording = recording_of(published, window=161, units=(3, 4, 2, 4))
    repaired = repair.repair(recording)
    assert len(recording.points) < 161
    assert len(repaired.motion) == 161
    timed = next(record for record in repaired.records if record.name == "time base")
    assert timed.figures["published_frames"] == len(recording.points)
    assert timed.figures["window_frames"] == 161


def test_bones_are_constant(published):
    positions = repair.repair(recording_of(published)).motion.positions.astype(np.float64)
    bones = np.linalg.norm(positions[:, 1:] - positions[:, list(DANCER.parents[1:])], axis=-1)
    np.testing.assert_allclose(bones, np.broadcast_to(DANCER.bone_lengths[1:], bones.shape), atol=1e-5)


def test_the_floor_is_zero_in_every_frame_even_where_the_published_one_drifts(published, points):
    points[:, :, 1] += np.linspace(0, 0.4, len(points))[:, None]
    repaired = repair.repair(recording_of(published, points=points, units=None))
    floor = kinematics.floor_height(DANCER, repaired.motion.positions.astype(np.float64))
    np.testing.assert_allclose(floor, 0, atol=1e-5)
    drift = next(record for record in repaired.records if record.name == "floor")
    assert drift.figures["published_drift_metres"] == pytest.approx(0.4, abs=0.08)


@given(arrays(np.float64, (3, 23, 3), elements=st.floats(-500, 500)))
def test_handedness_is_an_involution(points_cm):
    once, _ = repair.right_handed(points_cm)
    twice, _ = repair.right_handed(once * 100)
    np.testing.assert_allclose(twice * 100, points_cm, atol=1e-9)


def test_left_is_left_and_toes_point_ahead(published):
    motion = repair.repair(recording_of(published)).motion
    positions = motion.positions.astype(np.float64)
    facing = kinematics.turned_about_y(positions - positions[:, :1], -kinematics.heading(DANCER, positions)[:, None])
    for side, sign in (("left", 1), ("right", -1)):
        assert (sign * facing[:, DANCER.index(f"{side}_hip"), 0] > 0.05).all()
        toe, heel = DANCER.index(f"{side}_toe"), DANCER.index(f"{side}_heel")
        assert (facing[:, toe, 2] > facing[:, heel, 2]).all()


def test_a_spike_is_put_back_and_its_neighbours_are_left_alone(points):
    spoilt = points.copy()
    spoilt[70, dancer.LEFT_FINGER] += [0.3, 0.0, -0.2]
    mended, record = repair.without_spikes(spoilt)
    assert record.figures["points"] == 1
    np.testing.assert_allclose(mended[70, dancer.LEFT_FINGER], points[70, dancer.LEFT_FINGER], atol=0.002)
    mended[70, dancer.LEFT_FINGER] = points[70, dancer.LEFT_FINGER]
    np.testing.assert_array_equal(mended, points)


def test_a_clean_dance_keeps_its_points(points):
    for stage in (repair.without_spikes, repair.steady_head):
        mended, record = stage(points)
        np.testing.assert_array_equal(mended, points)
        assert not any(record.figures.values())


@pytest.mark.parametrize("frames", [2, 3, 4, 5])
def test_very_short_dances_are_repaired(published, planted_points, frames):
    recording = recording_of(published, points=planted_points(np.arange(float(frames))), window=frames, units=None)
    assert len(repair.repair(recording).motion) == frames


def test_a_collapsed_head_is_bridged(points):
    spoilt = points.copy()
    spoilt[40:53, dancer.LEFT_HEAD] = spoilt[40:53, dancer.RIGHT_HEAD]
    mended, record = repair.steady_head(spoilt)
    assert record.figures["frames"] == 13
    head = mended[:, [0, 1]].mean(axis=1)
    np.testing.assert_allclose(head, points[:, [0, 1]].mean(axis=1), atol=0.03)


def test_a_frozen_stretch_is_kept_out(points):
    held = np.concatenate([points[:60], points[[60] * 20], points[61:]])
    usable, record = repair.usable_ranges(held, 25.0)
    assert usable == ((0, 60), (80, 169))
    assert record.figures["frozen"] == [[60, 80]]


def test_a_short_hold_is_dancing(points):
    held = np.concatenate([points[:60], points[[60] * 8], points[61:]])
    assert repair.usable_ranges(held, 25.0)[0] == ((0, 157),)


def test_a_tear_is_kept_out(points):
    centre = points[70:, [dancer.LEFT_BELT]]
    points[70:] = kinematics.turned_about_y(points[70:] - centre, np.full((80, 1), 1.5)) + centre
    usable, record = repair.usable_ranges(points, 25.0)
    assert usable == ((0, 69), (71, 150))
    assert record.figures["torn"] == [69]


def test_a_dance_full_of_spikes_is_refused(published, points):
    random = np.random.default_rng(0)
    for frame in range(3, 147, 6):
        points[frame, random.integers(23)] += 0.5
    with pytest.raises(Unusable, match="jumps in"):
        repair.repair(recording_of(published, points=points, units=None))


def test_a_first_release_without_a_script_is_refused(published):
    recording = recording_of(published, units=None)
    repair.repair(recording)
    with pytest.raises(Unusable, match="time base unknown"):
        repair.repair(dataclasses.replace(recording, release=recordings.FIRST))


def test_points_that_drop_out_for_a_while_are_kept_out(published, points):
    points[50:100] = 0.0
    repaired = repair.repair(recording_of(published, points=points, units=None))
    assert len(repaired.usable) == 2
    assert all(end <= 50 or first >= 100 for first, end in repaired.usable)


def test_points_that_never_come_in_are_refused(published, points):
    with pytest.raises(Unusable, match="no human body"):
        repair.repair(recording_of(published, points=np.zeros_like(points), units=None))


def test_a_statue_is_refused(published, points):
    with pytest.raises(Unusable, match="nobody moves"):
        repair.repair(recording_of(published, points=points[[0] * 150], units=None))


def test_the_smaller_person_takes_the_same_steps_in_proportion(points):
    """Half the way in half the size is the same dance."""
    small = 0.9 * points
    body, small_body = (dancer.Body(np.ones(len(points)), dancer.body_of(p).leg_metres) for p in (points, small))
    tall_way = dancer.retarget(dancer.joints_of(points, body), body.leg_metres, 25.0).root
    small_way = dancer.retarget(dancer.joints_of(small, small_body), small_body.leg_metres, 25.0).root
    np.testing.assert_allclose(small_way[:, [0, 2]], tall_way[:, [0, 2]], atol=0.02)


def test_two_bodies_are_told_apart_and_their_switch_is_counted(points):
    shorter = points.copy()
    for belt, knee in ((dancer.LEFT_BELT, dancer.LEFT_KNEE), (dancer.RIGHT_BELT, dancer.RIGHT_KNEE)):
        thigh = shorter[80:, belt] - shorter[80:, knee]
        shorter[80:, belt] = shorter[80:, knee] + thigh * 0.445 / np.linalg.norm(thigh, axis=-1, keepdims=True)
    body = dancer.body_of(shorter)
    assert body.switches == 1
    assert (body.tall[:70] > 0.9).all()
    assert (body.tall[95:] < 0.1).all()


def test_every_stage_leaves_a_record(published):
    records = repair.repair(recording_of(published)).records
    assert [record.name for record in records] == [
        "way", "handedness", "time base", "spikes", "head", "body", "floor", "left out",
    ]  # fmt: skip
    assert all(record.what and record.as_json()["figures"] for record in records)
