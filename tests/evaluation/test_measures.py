"""Measures against what they must be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ballo.evaluation.danced import Danced
from ballo.evaluation.evaluate import row
from ballo.evaluation.measures import MEASURES
from ballo.evaluation.measures import standing as measures
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER


def placed(positions, metres=(1.0, 0.0, -2.0), radians=0.0):
    return kinematics.turned_about_y(positions, np.float64(radians)) + np.array(metres)


def test_the_real_dance_is_like_itself(staged):
    song = staged()
    figures = row("real", [Danced(song, (song.real,), real=True)], {}).figures
    assert figures["speed_ratio"].value == pytest.approx(1)
    assert figures["jerk_ratio"].value == pytest.approx(1)
    assert figures["distance"].value == 0
    for name in ("seed_change", "song_change", "response", "song_spread", "style_accuracy", "in_time_p"):
        assert math.isnan(figures[name].value), name


def test_where_on_the_floor_a_dance_is_does_not_matter(staged):
    song = staged()
    there = Danced(song, (placed(song.real, radians=1.1),))
    assert measures.distance(there) == pytest.approx(0, abs=1e-4)
    assert measures.speed_ratio(there) == pytest.approx(1)
    assert measures.jerk_ratio(there) == pytest.approx(1, rel=1e-3)


def test_distance_of_a_dance_made_by_hand(staged):
    """One hand of 22 joints is 11 cm off in half of the frames: 11 / 22 / 2 cm on average."""
    song = staged()
    moved = song.real.astype(np.float64)
    moved[:100, DANCER.index("left_hand"), 1] += 0.11
    assert measures.distance(Danced(song, (moved,))) == pytest.approx(0.25, rel=1e-4)
    assert measures.distance(Danced(song, (moved, song.real))) == pytest.approx(0.125, rel=1e-4)


def test_twice_as_fast_is_twice_the_speed_and_eight_times_the_jerk(staged, planted):
    song = staged(pace=1.0)
    quick = Danced(song, (planted(0.5 * np.arange(200)),))
    slow = Danced(song, (planted(0.25 * np.arange(400)),))
    assert measures.speed_ratio(quick) / measures.speed_ratio(slow) == pytest.approx(2, rel=0.01)
    assert measures.jerk(quick) / measures.jerk(slow) == pytest.approx(8, rel=0.05)


def test_jerkiness_and_total_variation_of_a_joint_on_a_cubic(staged):
    """x = t^3 mm of one joint at frame t: its third difference is 6 mm everywhere."""
    t = np.arange(30)
    positions = np.zeros((30, 22, 3))
    positions[:, 5, 0] = t**3 / 1000
    song = Danced(staged(), (positions,))
    assert measures.jerkiness(song) == pytest.approx(0.36)
    assert measures.variation(song) == pytest.approx(100 * (29**3 / 1000) / 29 / 66)


def test_jerk_of_the_real_dance_leaves_out_joins(staged):
    song = staged()
    torn = song.real.copy()
    torn[100:] += 0.5
    keep = np.ones(200, dtype=bool)
    keep[94:107] = False
    mended = staged(keep=keep)
    object.__setattr__(mended, "real", torn)
    whole = measures.jerk(Danced(song, (song.real,), real=True))
    assert measures.jerk(Danced(mended, (torn,), real=True)) == pytest.approx(whole, rel=0.1)
    assert measures.jerk(Danced(mended, (torn,))) > 1.5 * whole, "a generated dance hides nothing"


def test_changes_by_seed_and_by_song(staged):
    song = staged()
    raised = song.real.astype(np.float64)
    raised[..., 1] += 0.1
    higher = raised + np.array([0, 0.1, 0])
    danced = Danced(song, (song.real, raised), (higher, higher))
    assert measures.seed_change(danced) == pytest.approx(10, rel=1e-4)
    assert measures.song_change(danced) == pytest.approx((20 + 10) / 2, rel=1e-4)
    assert measures.response(danced) == pytest.approx(1.5, rel=1e-4)
    other = Danced(staged("two"), (raised, raised))
    assert measures.song_spread([danced, other]) == pytest.approx((10 + 0) / 2, rel=1e-4)


def test_a_still_dance(staged):
    song = staged()
    still = Danced(song, (np.repeat(song.real[:1], 200, axis=0),))
    for name in ("speed_ratio", "jerk", "jerkiness", "total_variation"):
        assert row("still", [still], {}).figures[name].value == 0
    assert measures.freezes(still) == 1
    assert measures.frozen(still) == pytest.approx(100, abs=1)
    assert math.isnan(measures.in_time([still]))
    assert math.isnan(measures.response(Danced(song, still.by_seed * 2, still.by_seed * 2)))


def test_steps_in_time_are_told_from_steps_out_of_time(staged, planted):
    """Beats where the dancer steps, and as many at random."""
    song = staged()
    steps = measures.steps_of(Danced(song, (song.real,))).events
    assert len(steps) > 4
    on = staged(beats=np.sort(np.unique(np.concatenate([steps, [steps[-1] + 1]]))))
    assert measures.in_time([Danced(on, (on.real,))]) == pytest.approx(1)
    assert measures.in_time([Danced(song, (song.real,))]) < 0.95
    assert math.isnan(measures.in_time_by_chance([Danced(on, (on.real,))]))


def test_a_slide_is_measured_in_centimetres_a_second(staged):
    song = staged()
    sliding = np.repeat(song.real[:1].astype(np.float64), 200, axis=0)
    sliding[..., 0] += 0.2 / 25 * np.arange(200)[:, None]
    assert measures.skate(Danced(song, (sliding,))) == pytest.approx(20, rel=1e-3)


def test_a_song_of_several_has_its_range(staged):
    one, two = staged("one"), staged("two", "tango", start=300.0)
    lifted = two.real + np.array([0, 0.1, 0])
    found = row("somebody", [Danced(one, (one.real,)), Danced(two, (lifted,))], {"three": "no beat"})
    distance = found.figures["distance"]
    assert (distance.value, distance.least, distance.most, distance.songs) == pytest.approx((5, 0, 10, 2), abs=1e-3)
    assert found.by_style["tango"]["distance"].value == pytest.approx(10, rel=1e-4)
    assert found.by_song["one"]["distance"] == pytest.approx(0, abs=1e-4)
    assert found.left_out == {"three": "no beat"}


def test_names_are_one_each():
    assert len({each.name for each in MEASURES}) == len({each.title for each in MEASURES}) == len(MEASURES)
