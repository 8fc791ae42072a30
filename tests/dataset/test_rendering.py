"""Units danced in time: the take itself where nothing is asked of it, and its laws wherever something is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BPoly

from ballo.dataset import rendering, staging
from ballo.dataset.rendering import Placement, render
from ballo.dataset.takes import FEET, Repair, Take
from ballo.dataset.units import Unit
from ballo.metrics import feet
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps

PERIOD, PHASE = 0.484, 0.143
STEPS_IN_BAR = np.array([0.0, 1.0, 2.0, 3.0, 3.5])
laws = settings(max_examples=12)


def unit(first_beat, beats, tag="C-1-1", *, take="15", place=0):
    start, end = PHASE + np.array([first_beat, first_beat + beats]) * PERIOD
    return Unit(tag, take, float(start), float(end), beats, True, beats, place)


def placed(*units, first=0):
    beats = first + np.cumsum([0, *(each.beats for each in units)])
    return [Placement(each, int(beat), item) for item, (each, beat) in enumerate(zip(units, beats, strict=False))]


def even(period=PERIOD, beats=80, start=0.0):
    return start + np.arange(beats) * period


def in_her_frame(positions):
    """(T, 22, 3): over the origin, facing +Z, the pelvis at 0."""
    return kinematics.turned_about_y(positions - positions[:, :1], -kinematics.heading(DANCER, positions)[:, None])


def world(motion):
    return kinematics.forward(DANCER, motion.rotations.astype(float), motion.root.astype(float))


def late(positions, fps, period):
    """(S,) how late each step comes after the nearest moment at which the planted dancer steps, in beats."""
    beats = steps(DANCER, positions, fps) / period
    at = np.concatenate([STEPS_IN_BAR, [4.0]])
    apart = (beats % 4)[:, None] - at
    return apart[np.arange(len(beats)), np.abs(apart).argmin(axis=1)]


@pytest.fixture(scope="module")
def takes(take_15, planted_dancer):
    other = planted_dancer(mood=2.0, phase=0.31)
    return {"15": take_15, "17": other.take("17")}


@pytest.fixture(scope="module")
def chained(takes):
    """Units out of order and from two takes: joins at 4, 8 and 16 beats, none at 12."""
    two = unit(4.0 + (0.31 - PHASE) / PERIOD, 4, "C-8-1", take="17")
    return placed(unit(8, 4, "C-3-1"), two, unit(20, 4, "C-6-1"), unit(24, 4, "C-7-1"), unit(0, 8, "C-1-1"))


# The take itself.


@pytest.mark.parametrize("fps", [25.0, 24.0, 30.0, 59.94, 80.0, 120.0])
def test_at_its_own_tempo_a_unit_is_the_planted_dance(takes, planted_dancer, fps):
    rendered = render(placed(unit(4, 16)), takes, even(), fps, 0.0)
    seconds = PHASE + 4 * PERIOD + np.arange(len(rendered.motion)) / fps
    assert len(rendered.motion) == int(16 * PERIOD * fps)
    np.testing.assert_allclose(rendered.source_seconds, seconds, atol=1e-9)
    true = in_her_frame(planted_dancer().joints(seconds))
    assert np.abs(in_her_frame(world(rendered.motion)) - true).max() < 0.004
    own = rotations.to_vector(
        rotations.multiply(rotations.inverse(takes["15"].play.pose[400]), _at(rendered, takes["15"], 400 / 80))
    )
    assert np.degrees(np.linalg.norm(own[1:], axis=-1)).max() < 0.5


def _at(rendered, take, source_seconds):
    frame = np.abs(rendered.source_seconds - source_seconds).argmin()
    pose = rendered.motion.rotations[frame].astype(float)
    if abs(rendered.source_seconds[frame] - source_seconds) > 1e-3:
        # Between frames the nearest one is compared with the take there.
        there = rendering._Clip(Placement(unit(4, 16), 0), take, even()).pose(
            np.array([frame / rendered.motion.fps, source_seconds - PHASE - 4 * PERIOD])
        )
        pose = rotations.multiply(pose, rotations.multiply(rotations.inverse(there[0]), there[1]))
    return pose


def test_the_way_over_the_floor_is_hers(takes, planted_dancer):
    rendered = render(placed(unit(4, 24)), takes, even(), 50.0, 0.0)
    true = planted_dancer().joints(rendered.source_seconds)
    moved = kinematics.turned_about_y(true, -kinematics.heading(DANCER, true)[:1, None])
    way, known = world(rendered.motion)[:, 0, [0, 2]], moved[:, 0, [0, 2]]
    assert np.linalg.norm((way - way[0]) - (known - known[0]), axis=-1).max() < 0.03  # of 5 m


def test_units_that_follow_one_another_are_one(takes):
    cut = render(placed(unit(4, 4), unit(8, 4, "C-2-1"), unit(12, 8, "C-3-1")), takes, even(), 25.0, 0.0)
    whole = render(placed(unit(4, 16)), takes, even(), 25.0, 0.0)
    assert cut.joins == ()
    np.testing.assert_allclose(cut.motion.rotations, whole.motion.rotations, atol=1e-6)
    np.testing.assert_allclose(cut.motion.root, whole.motion.root, atol=1e-6)
    assert not (cut.repairs & Repair.JOIN).any()
    assert np.flatnonzero(np.diff(cut.placement)).tolist() == [int(4 * PERIOD * 25), int(8 * PERIOD * 25)]


def test_the_same_bytes_twice(takes, chained):
    one, other = (render(chained, takes, even(0.5), 25.0, 0.0) for _ in range(2))
    assert one.motion.rotations.tobytes() == other.motion.rotations.tobytes()
    assert one.motion.root.tobytes() == other.motion.root.tobytes()
    assert one.repairs.tobytes() == other.repairs.tobytes()


# In time.


@pytest.mark.parametrize("ratio", [0.6, 0.8, 1.0, 1.25, 1.6])
def test_steps_land_on_the_beats_of_any_tempo(takes, ratio):
    rendered = render(placed(unit(4, 24)), takes, even(PERIOD * ratio), 50.0, 0.0)
    # What counts as a step goes by metres a second: played as fast as it was danced, each counts as it did there.
    off = late(world(rendered.motion), 50.0 * ratio, PERIOD)
    assert len(off) >= 27
    assert abs(off.mean()) < 0.03
    assert off.std() < 0.03


def test_steps_follow_beats_that_are_not_even(takes):
    beats = even(0.5) + 0.06 * np.sin(np.arange(80) * 0.7)
    rendered = render(placed(unit(0, 24), first=4), takes, beats, 50.0, beats[4])
    seconds = steps(DANCER, world(rendered.motion), 50.0) + beats[4]
    apart = np.interp(seconds, beats, np.arange(80)) % 4 - np.concatenate([STEPS_IN_BAR, [4.0]])[:, None]
    assert np.abs(apart).min(axis=0).max() < 0.06


def test_frames_start_where_they_are_told_to(takes):
    beats = even(0.5, start=0.37)
    rendered = render(placed(unit(4, 8), first=6), takes, beats, 25.0, beats[6])
    assert rendered.source_seconds[0] == pytest.approx(PHASE + 4 * PERIOD)
    assert len(rendered.motion) == 100


def test_25_and_50_frames_a_second_are_the_same_dance(takes, chained):
    slow, fast = (render(chained, takes, even(0.5), fps, 0.0) for fps in (25.0, 50.0))
    one, other = world(slow.motion), world(fast.motion)[::2][: len(slow.motion)]
    assert np.linalg.norm(in_her_frame(one) - in_her_frame(other), axis=-1).max() < 1e-3
    assert np.linalg.norm((one[:, 0] - one[0, 0]) - (other[:, 0] - other[0, 0]), axis=-1).max() < 0.05


# On the floor.


def test_bones_keep_their_lengths(takes, chained):
    positions = world(render(chained, takes, even(0.45), 25.0, 0.0).motion)
    bones = np.linalg.norm(positions[:, 1:] - positions[:, list(DANCER.parents[1:])], axis=-1)
    assert np.abs(bones - DANCER.bone_lengths[1:]).max() < 1e-6


def test_standing_feet_stand(takes, planted_dancer):
    rendered = render(placed(unit(4, 24)), takes, even(0.5), 50.0, 0.0)
    standing = planted_dancer().standing(rendered.source_seconds)
    # Away from landings and lift-offs, which frames and smoothing blur.
    deep = np.array([standing[max(0, f - 4) : f + 5].all(axis=0) for f in range(len(standing))])
    speed = np.linalg.norm(np.gradient(world(rendered.motion)[:, FEET][..., [0, 2]], 1 / 50, axis=0), axis=-1)
    assert np.median(speed[deep.repeat(2, axis=1)]) < 0.01
    assert np.percentile(speed[deep.repeat(2, axis=1)], 95) < 0.05
    assert feet.skate(world(rendered.motion)[:, [FEET[1], FEET[3]]], 50.0).median < 0.01


def test_a_foot_is_on_the_floor_always(takes, chained):
    lowest = world(render(chained, takes, even(0.5), 25.0, 0.0).motion)[:, FEET, 1].min(axis=1)
    assert lowest.min() > -0.005
    assert lowest.max() < 0.015


def test_a_smaller_dancers_way_is_made_as_long_as_the_dancers_legs(planted_dancer):
    small = planted_dancer().markers("small")
    small = type(small)(small.name, small.points * 0.9, small.labels, small.fps)
    from ballo.dataset.takes import from_markers

    one, other = (render(placed(unit(4, 16)), {"15": take}, even(), 25.0, 0.0) for take in (from_markers(small), _whole(small)))
    assert np.abs(world(one.motion) - world(other.motion)).max() < 0.03


def _whole(small):
    from ballo.dataset.takes import from_markers

    return from_markers(type(small)(small.name, small.points / 0.9, small.labels, small.fps))


def test_she_stays_on_the_stage(takes):
    """The same bar over and over is the same way over and over: it must be bent."""
    ahead = [unit(4, 4, f"C-{number}-1") for number in range(1, 19)]
    rendered = render(placed(*ahead), takes, even(0.4), 25.0, 0.0)
    path = rendered.motion.root[:, [0, 2]]
    assert np.abs(path).max() <= staging.STAGE_METRES / 2
    positions = world(rendered.motion)
    assert np.abs(np.diff(np.unwrap(kinematics.heading(DANCER, positions)))).max() * 25 < 3


# Joins.


def test_joins_are_where_takes_change(takes, chained):
    rendered = render(chained, takes, even(0.5), 25.0, 0.0)
    assert rendered.joins == (50.0, 100.0, 200.0)
    assert rendered.placement.tolist() == np.repeat([0, 1, 2, 3, 4], [50, 50, 50, 50, 100]).tolist()
    joined = (rendered.repairs & Repair.JOIN) != 0
    near = np.abs(np.arange(300)[:, None] / 25 - np.array([2.0, 4.0, 8.0])).min(axis=1)
    np.testing.assert_array_equal(joined, near < rendering.JOIN_SECONDS)


def test_off_joins_the_dance_is_the_take(takes, chained, planted_dancer):
    rendered = render(chained, takes, even(), 50.0, 0.0)
    free = (rendered.repairs & Repair.JOIN) == 0
    for number, each in enumerate(chained):
        mine = free & (rendered.placement == number)
        dancer = planted_dancer() if each.unit.take == "15" else planted_dancer(mood=2.0, phase=0.31)
        true = in_her_frame(dancer.joints(rendered.source_seconds[mine]))
        assert mine.sum() > 15
        assert np.abs(in_her_frame(world(rendered.motion)[mine]) - true).max() < 0.004


def test_nothing_jumps_at_a_join(takes, chained):
    rendered = render(chained, takes, even(), 50.0, 0.0)
    positions = world(rendered.motion)
    heading = np.unwrap(kinematics.heading(DANCER, positions))
    # Her fastest without joins: hands and feet 3 m/s, 60 m/s^2; turning .5 rad/s.
    whole = world(render(placed(unit(0, 24)), takes, even(), 50.0, 0.0).motion)
    for order, slack in ((1, 1.5), (2, 1.5)):
        usual = np.abs(np.diff(whole, order, axis=0)).max()
        assert np.abs(np.diff(positions, order, axis=0)).max() < slack * usual
    assert np.abs(np.diff(heading)).max() * 50 < 1.5


@laws
@given(st.integers(0, 2**32 - 1))
def test_a_quintic_starts_as_told_and_comes_to_rest(seed):
    value, rate, bend = np.random.default_rng(seed).normal(size=(3, 5))
    t = np.linspace(0, 1, 50)
    known = BPoly.from_derivatives([0, 1], [[value, rate, bend], np.zeros((3, 5))])
    np.testing.assert_allclose(rendering._quintic(t, value, rate, bend), known(t), atol=1e-9)


def test_value_and_two_derivatives_go_on_across_a_join():
    """An arm that swings at up to 25 rad/s^2, and another; as seen from either side, from two thousand frames a second."""
    takes = {"a": _swinging("a", lambda t: np.sin(5 * t)), "b": _swinging("b", lambda t: 0.4 + 0.5 * np.cos(4 * t))}
    units = [Unit("C-1-1", "a", 0.5, 2.5, 4, True, 4), Unit("C-2-1", "b", 1.3, 3.3, 4, True, 4)]
    fps, frame = 2000.0, 4000
    rendered = render(placed(*units), takes, even(0.5), fps, 0.0)
    raised = rotations.to_euler(rendered.motion.rotations[:, DANCER.index("left_shoulder")].astype(float), "zxy")[:, 0]
    sides = []
    for side in (slice(frame - 60, frame - 1), slice(frame + 1, frame + 60)):
        fits = np.polyfit((np.arange(side.start, side.stop) - frame) / fps, raised[side], 4)
        sides.append((fits[-1], fits[-2], 2 * fits[-3]))
    (value, rate, bend), others = sides
    assert (value, rate, bend) == pytest.approx(others, abs=4)
    assert value == pytest.approx(others[0], abs=0.001)
    assert rate == pytest.approx(others[1], abs=0.05)
    assert abs(np.sin(12.5) - 0.4 - 0.5 * np.cos(5.2)) > 0.5  # there was something to join
    assert value == pytest.approx((np.sin(12.5) + 0.4 + 0.5 * np.cos(5.2)) / 2, abs=0.005)
    assert bend == pytest.approx((-25 * np.sin(12.5) - 8 * np.cos(5.2)) / 2, abs=4)


def _posed(name, frames, *, root=None, heading=None, raised=None, leg=0.846):
    """A take of a dancer who stands straight, moves and turns as told, and raises her left arm."""
    wxyz = np.zeros((frames, len(DANCER), 4))
    wxyz[..., 0] = 1
    if heading is not None:
        wxyz[:, 0] = rotations.about("y", heading)
    if raised is not None:
        wxyz[:, DANCER.index("left_shoulder")] = rotations.about("z", raised)
    root = np.zeros((frames, 3)) if root is None else root
    joints = kinematics.forward(DANCER, wxyz, root + np.array([0, 0.981, 0]))
    return Take(name, 80.0, joints, leg, np.zeros(frames, np.uint8))


def _swinging(name, angle, seconds=4.0):
    t = np.arange(round(seconds * 80)) / 80
    return _posed(name, len(t), raised=angle(t))


def _sliding(name, speed, seconds=4.0, leg=0.846):
    """She glides ahead on both feet."""
    t = np.arange(round(seconds * 80)) / 80
    return _posed(name, len(t), root=np.stack([0 * t, 0 * t, speed * t], axis=1), leg=leg)


def _turning(name, degrees_a_second, start_degrees, seconds=4.0):
    """A take in which nothing happens but the left arm turning about the left shoulder, hanging or overhead."""
    return _swinging(name, lambda t: np.radians(start_degrees + degrees_a_second * t), seconds)


@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.6])
@pytest.mark.parametrize("leg", [0.846, 0.705])
def test_a_slide_is_as_long_at_any_tempo_and_as_long_as_the_legs(ratio, leg):
    """A standing foot that crawls is held; one that slides at 60 cm/s takes her along."""
    takes = {"a": _sliding("a", 0.6, leg=leg)}
    glide = Unit("C-1-1", "a", 0.5, 2.5, 4, True, 4)
    rendered = render(placed(glide), takes, even(0.5 * ratio), 50.0, 0.0)
    path = rendered.motion.root[:, 2].astype(float)
    lasts = (len(path) - 1) / 50 / ratio
    assert path[-1] - path[0] == pytest.approx(0.6 * lasts * DANCER.bone_lengths[[5, 6]].sum() / leg, rel=0.01)


def test_who_slides_comes_to_a_stand_at_a_join():
    takes = {"a": _sliding("a", 0.6), "b": _sliding("b", 0.0)}
    units = [Unit("C-1-1", "a", 0.5, 2.5, 4, True, 4), Unit("C-2-1", "b", 0.5, 2.5, 4, True, 4)]
    rendered = render(placed(*units), takes, even(0.5), 100.0, 0.0)
    speed = np.diff(rendered.motion.root[:, 2].astype(float)) * 100
    assert speed[:150] == pytest.approx(0.6, abs=0.01)
    assert speed[250:] == pytest.approx(0, abs=0.01)
    assert np.abs(np.diff(speed)).max() < 0.06


def test_who_turns_stops_turning_at_a_join_little_by_little():
    t = np.arange(320) / 80
    takes = {"a": _posed("a", 320, heading=2 * t), "b": _posed("b", 320)}
    units = [Unit("C-1-1", "a", 0.5, 2.5, 4, True, 4), Unit("C-2-1", "b", 0.5, 2.5, 4, True, 4)]
    rendered = render(placed(*units), takes, even(0.5), 100.0, 0.0)
    rate = np.diff(np.unwrap(kinematics.heading(DANCER, world(rendered.motion)))) * 100
    assert rate[:135] == pytest.approx(2, abs=0.01)
    assert rate[265:] == pytest.approx(0, abs=0.01)
    assert rate[199] == pytest.approx(1, abs=0.05)
    assert np.abs(np.diff(rate)).max() < 0.08


def test_who_sinks_and_rises_keeps_her_feet_on_the_floor(planted_dancer):
    takes = {"15": planted_dancer(bob=0.12).take()}
    rendered = render(placed(unit(4, 24)), takes, even(0.4), 25.0, 0.0)
    assert np.ptp(rendered.motion.root[:, 1]) > 0.1
    lowest = world(rendered.motion)[:, FEET, 1].min(axis=1)
    assert lowest.min() > -0.005
    assert lowest.max() < 0.015


@pytest.mark.parametrize("apart", [170.0, 179.0, 180.0, 181.0, 190.0])
def test_a_join_of_opposite_poses_does_not_fling_limbs(apart):
    """The shorter way round changes side within the moments that the join looks at."""
    takes = {"a": _turning("a", 20.0, -90.0), "b": _turning("b", -20.0, -90.0 + apart + 80.0)}
    units = [Unit("C-1-1", "a", 0.0, 2.0, 4, True, 4, None), Unit("C-2-1", "b", 2.0, 4.0 - 1 / 80, 4, True, 4, None)]
    rendered = render(placed(*units), takes, even(0.5), 50.0, 0.0)
    elbow = world(rendered.motion)[:, DANCER.index("left_elbow")]
    # Half a turn in 1.2 s by a quintic, and an arm of 30 cm.
    assert np.linalg.norm(np.diff(elbow, axis=0), axis=-1).max() * 50 < 2.5


@pytest.mark.parametrize("which", ["start", "end"])
def test_the_very_start_and_end_of_a_take_are_joined_like_the_rest(which):
    """Two arms rise at one speed and meet at one height, so the arm goes on rising as if there were no join."""
    last = (4.0 * 80 - 1) / 80
    first, second = ((last - 2.0, last), (1.0, 3.0)) if which == "end" else ((1.0, 3.0), (0.0, 2.0))
    takes = {"a": _turning("a", 30.0, -90.0), "b": _turning("b", 30.0, -90.0 + 30 * (first[1] - second[0]))}
    units = [Unit("C-1-1", "a", *first, 4, True, 4), Unit("C-2-1", "b", *second, 4, True, 4)]
    rendered = render(placed(*units), takes, even(0.5), 50.0, 0.0)
    raised = rotations.to_euler(rendered.motion.rotations[:, DANCER.index("left_shoulder")].astype(float), "zxy")[:, 0]
    assert len(rendered.joins) == 1
    np.testing.assert_allclose(np.degrees(np.diff(raised)) * 50, 30, atol=0.5)


def test_waiting_is_marked_and_still(takes):
    held = Unit("HOLD", "15", PHASE + 8 * PERIOD, PHASE + 8 * PERIOD, 4, True, 4)
    rendered = render(placed(unit(4, 4), held, unit(8, 4, "C-3-1")), takes, even(0.5), 50.0, 0.0)
    waits = (rendered.repairs & Repair.HELD) != 0
    np.testing.assert_array_equal(waits, rendered.placement == 1)
    still = waits & ((rendered.repairs & Repair.JOIN) == 0)
    assert still.sum() > 30
    assert np.abs(np.diff(world(rendered.motion)[still], axis=0)).max() < 1e-3


def test_units_with_gaps_or_none_are_refused(takes):
    for placements in (
        [],
        [Placement(unit(0, 4), 0), Placement(unit(4, 4), 5)],
        [Placement(unit(0, 4), 0), Placement(unit(4, 4), 3)],
    ):
        with pytest.raises(ValueError, match="follow one another"):
            render(placements, takes, even(), 25.0, 0.0)


@pytest.mark.parametrize("fps", [5.0, 25.0, 240.0])
@pytest.mark.parametrize("beats", [1, 2])
def test_the_shortest_dances(takes, fps, beats):
    rendered = render(placed(unit(4, beats), unit(12, beats, "C-2-1")), takes, even(0.3), fps, 0.0)
    assert len(rendered.motion) == max(2, int(np.floor(0.3 * 2 * beats * fps + 1e-9)))
    assert len(rendered.placement) == len(rendered.source_seconds) == len(rendered.repairs) == len(rendered.motion)


def test_stretched_units_say_so(takes):
    loose = Unit("C-9-1", "15", 3.0, 5.0, 4, False, 4)
    rendered = render(placed(unit(4, 4), loose), takes, even(0.5), 25.0, 0.0)
    np.testing.assert_array_equal((rendered.repairs & Repair.STRETCHED) != 0, rendered.placement == 1)
