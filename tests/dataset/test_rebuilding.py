"""A take put together again from the dances that were cut out of it, as their publishers cut them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ballo.dataset import chaining, grids, rebuilding, units
from ballo.dataset.recordings import SECOND, Recording, Script
from ballo.dataset.takes import FEET, Repair
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FRAMES = 50  # of a unit in a published dance
BENT, BEFORE, AFTER = 10, 2, 3
ORDERS = [
    [1, 2, 3, 6, 5, 8, 7, 12, 10],
    [4, 6, 7, 2, 9, 10, 11, 1, 5],
    [8, 9, 3, 12, 4, 5, 1, 11, 2],
    [10, 12, 11, 3, 7, 8, 6, 9, 4],
]


def turned(points, radians):
    return kinematics.turned_about_y(points, np.array(radians))


class Publisher:
    """What the publishers did to a take: cut, turned, chained, bent, spliced, and let the way slip."""

    def __init__(self, dancer, points_of, intervals):
        self.dancer, self.points_of, self.intervals = dancer, points_of, intervals

    def clip(self, number):
        """(FRAMES, 23, 3) metres of a unit in the take, and (FRAMES, 22, 3) its joints."""
        unit = self.intervals[number - 1]
        seconds = np.linspace(unit.first_frame, unit.end_frame, FRAMES) / 80
        joints = self.dancer.joints(seconds)
        return self.points_of(joints), joints

    def chained(self, order):
        """(F, 23, 3) metres, each clip turned and moved to where the one before ends, and the turns."""
        parts, turns, at, faces = [], [], np.zeros(3), None
        for number in order:
            points, joints = self.clip(number)
            heading = kinematics.heading(DANCER, joints)
            turn = 0.0 if faces is None else faces - heading[0]
            points, root = turned(points, turn), turned(joints[:, 0], turn)
            points = points + (at - root[0]) * [1, 0, 1]
            parts.append(points)
            turns.append(turn)
            at, faces = root[-1] + (at - root[0]) * [1, 0, 1], heading[-1] + turn
        return parts, turns

    def dance(self, name, order, *, style="W", collapse=()):
        """The published dance."""
        parts, turns = self.chained(order)
        share = np.clip(1 - np.arange(FRAMES) / BENT, 0, 1)[:, None, None]
        halves = [(after[0] - before[-1]) / 2 for before, after in itertools.pairwise(parts)]
        for place, half in enumerate(halves):
            parts[place] = parts[place] + share[::-1] * half
            parts[place + 1] = parts[place + 1] - share * half
        points = np.concatenate(parts)
        for join in range(FRAMES, len(points), FRAMES):
            first, last = join - BEFORE - 1, join + AFTER
            even = np.linspace(0, 1, last - first + 1)[:, None, None]
            points[first : last + 1] = points[first] * (1 - even) + points[last] * even
        for first, end in collapse:
            points[first:end, 0] = points[first:end, 1]
        points = points * [-100, 100, 100]
        center = (points[:, 7] + points[:, 16]) / 2
        steps = np.diff(center[:, [0, 2]], axis=0)
        for place, turn in enumerate(turns):
            cosine, sine = np.cos(turn), np.sin(turn)
            inside = slice(place * FRAMES, (place + 1) * FRAMES - 1)
            raw = steps[inside] @ np.array([[cosine, -sine], [sine, cosine]])
            x, z = raw.T
            steps[inside] = np.stack([cosine * x - sine * z, sine * z + cosine * z], axis=1)
        slipped = center.copy()
        slipped[1:, [0, 2]] = center[0, [0, 2]] + np.cumsum(steps, axis=0)
        points, center = np.round(points + (slipped - center)[:, None], 3), np.round(slipped, 3)
        script = Script(tuple(f"{style}-{number}-1" for number in order), (4,) * len(order))
        return Recording(name, SECOND, points, center, 0, len(points), script)


@pytest.fixture(scope="module")
def dancer(planted_dancer):
    return planted_dancer(seconds=32.0)


@pytest.fixture(scope="module")
def intervals(dancer):
    return dancer.intervals([4] * 12, take="20", letter="W", first_beat=4)


@pytest.fixture(scope="module")
def publisher(dancer, intervals, points_of):
    return Publisher(dancer, points_of, intervals)


@pytest.fixture(scope="module")
def dances(publisher):
    return [publisher.dance(f"DANCE_W_{number}", order) for number, order in enumerate(ORDERS, 1)]


def rebuilt(intervals, dances):
    return rebuilding.rebuild("20", intervals, dances, chaining.turns_by_dance(dances))


@pytest.fixture(scope="module")
def take(intervals, dances):
    return rebuilt(intervals, dances)


def in_her_frame(joints):
    centred = joints - joints[:, :1] * [1, 0, 1]
    return kinematics.turned_about_y(centred, -kinematics.heading(DANCER, joints)[:, None])


def shown(take, intervals):
    """Frames of the take that come from a published clip."""
    frames = np.arange(len(take))
    inside = (frames >= intervals[0].first_frame) & (frames < intervals[-1].end_frame)
    return np.flatnonzero(inside & ((take.repairs & Repair.SPLICE) == 0))


def test_each_moment_is_what_she_did_then(take, intervals, dancer):
    frames = shown(take, intervals)
    assert len(frames) > 0.85 * (intervals[-1].end_frame - intervals[0].first_frame)
    apart = np.linalg.norm(in_her_frame(take.joints[frames]) - in_her_frame(dancer.joints(frames / 80)), axis=-1)
    # Feet swing in six published frames, the rest is slower.
    assert apart.mean() < 0.001
    assert np.percentile(apart, 95) < 0.004
    upper = [DANCER.index(name) for name in ("chest", "neck", "head", "left_elbow", "right_hand", "left_knee")]
    assert np.percentile(apart[:, upper], 95) < 0.002


def test_bent_as_published_it_would_be_far_off(intervals, dances, dancer):
    """What the straightening is for: the published ends of units, turned to her frame, against what she did."""
    errors = []
    for dance, order in zip(dances, ORDERS, strict=True):
        points = dance.points * [-1, 1, 1] / 100
        across = points[:, 7] - points[:, 16]
        for place, number in enumerate(order[1:], 1):
            at = place * FRAMES + AFTER + 1
            unit = intervals[number - 1]
            moment = (unit.first_frame + (AFTER + 1) / (FRAMES - 1) * (unit.end_frame - unit.first_frame)) / 80
            true = dancer.joints(np.array([moment]))
            facing = -float(np.arctan2(-across[at, 2], across[at, 0]))
            hand = turned(points[at, 22] - (points[at, 7] + points[at, 16]) / 2, facing)
            known = turned(true[0, DANCER.index("left_hand")] - true[0, 0], -float(kinematics.heading(DANCER, true)[0]))
            errors.append(np.linalg.norm(hand - known))
    assert np.median(errors) > 0.03


def test_she_goes_where_she_went(take, intervals, dancer):
    frames = shown(take, intervals)
    true = dancer.joints(frames / 80)
    turn = kinematics.heading(DANCER, true)[0] - kinematics.heading(DANCER, take.joints[frames[:1]])[0]
    way, known = turned(take.joints[frames, 0], turn), true[:, 0]
    apart = np.linalg.norm(((way - way[0]) - (known - known[0]))[:, [0, 2]], axis=-1)
    length = np.linalg.norm(np.diff(known, axis=0), axis=-1).sum()
    assert length > 8
    assert apart.max() < 0.02 * length


def test_her_bones_and_floor(take, intervals):
    frames = shown(take, intervals)
    assert take.leg_metres == pytest.approx(0.846, abs=0.005)
    lowest = take.joints[frames][:, FEET, 1].min(axis=1)
    assert np.abs(lowest).max() < 0.03
    assert np.median(np.abs(lowest)) < 0.005


def test_before_the_first_unit_she_waits(take, intervals):
    first = int(intervals[0].first_frame)
    assert first > 100
    np.testing.assert_allclose(take.joints[: first - 2], take.joints[:1].repeat(first - 2, axis=0), atol=1e-6)
    assert ((take.repairs[: first - 2] & Repair.SPLICE) != 0).all()


def test_her_beats_are_found_in_it(take, intervals, dancer):
    grid = grids.find(take, intervals, 4)
    assert grid.period_seconds == pytest.approx(dancer.period, rel=0.002)
    apart = (grid.phase_seconds - dancer.phase) / dancer.period
    assert abs(apart - round(apart)) * dancer.period < 0.02
    cut = units.cut(intervals, {"20": take}, {"20": grid})
    assert len(cut) == 12


def test_a_splice_is_marked_and_short(take, intervals):
    frames = np.arange(len(take))
    spliced = np.flatnonzero((take.repairs & Repair.SPLICE) != 0)
    spliced = spliced[spliced >= intervals[0].first_frame + 10]
    bounds = np.array([unit.end_frame for unit in intervals])
    assert np.abs(spliced[:, None] - bounds).min(axis=1).max() <= (AFTER + 1) * 155 / 49 + 2
    assert len(frames) >= bounds[-1] - 10


def test_one_record_says_what_was_done(take):
    (record,) = take.records
    assert (record.name, record.figures["units"], record.figures["uses"]) == ("rebuilt", 12, sum(map(len, ORDERS)))


def test_a_unit_that_no_dance_shows_is_led_over_and_not_taken_for_one(publisher, intervals):
    dances = [publisher.dance("DANCE_W_1", [1, 2, 3]), publisher.dance("DANCE_W_2", [5, 6, 7, 1])]
    take = rebuilt(intervals, dances)
    lost = [unit.tag for unit in intervals if units.bridged(unit, {"20": take}) or units.broken_off(unit, {"20": take})]
    assert lost == ["W-4-1", "W-8-1", "W-9-1", "W-10-1", "W-11-1", "W-12-1"]


def test_a_collapsed_head_is_bridged_and_marked(publisher, intervals, dancer):
    dances = [publisher.dance("DANCE_W_1", [1, 2, 3, 4], collapse=[(20, 26)])]
    take = rebuilt(intervals[:4], dances)
    marked = np.flatnonzero((take.repairs & Repair.HEAD) != 0)
    first = intervals[0].first_frame
    frames = first + np.arange(20, 26) / 49 * (intervals[0].end_frame - first)
    a_frame = 49 / 155
    assert frames[0] - 2 / a_frame <= marked.min() <= frames[0]
    assert frames[-1] <= marked.max() <= frames[-1] + 2 / a_frame
    assert (np.diff(marked) == 1).all()
    apart = in_her_frame(take.joints[marked]) - in_her_frame(dancer.joints(marked / 80))
    assert np.linalg.norm(apart[:, DANCER.index("head")], axis=-1).max() < 0.03


def test_a_use_without_a_collapsed_head_is_chosen(publisher, intervals):
    whole = publisher.dance("DANCE_W_2", [1, 2, 3, 4])
    broken = publisher.dance("DANCE_W_1", [1, 2, 3, 4], collapse=[(20, 26)])
    take = rebuilt(intervals[:4], [broken, whole])
    assert not (take.repairs & Repair.HEAD).any()


def test_nothing_shown_is_no_take(publisher, intervals):
    assert rebuilt(intervals, []) is None
    other = publisher.dance("DANCE_C_1", [1, 2], style="C")
    assert rebuilt(intervals, [other]) is None


def test_a_dance_of_unknown_time_base_shows_nothing(publisher, intervals):
    dance = publisher.dance("DANCE_W_1", [1, 2, 3])
    longer = Recording(dance.name, SECOND, dance.points[:-7], dance.center[:-7], 0, 150, dance.script)
    assert rebuilt(intervals, [longer]) is None


def test_the_same_take_twice(take, intervals, dances):
    again = rebuilt(intervals, dances)
    assert again.joints.tobytes() == take.joints.tobytes()
    assert again.repairs.tobytes() == take.repairs.tobytes()
