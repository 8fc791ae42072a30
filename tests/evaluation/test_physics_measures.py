"""How bodies move and stand, of songs: dances made by hand, joins of the real ones, frame rates and bodies without feet."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ballo.evaluation.danced import Danced
from ballo.evaluation.measures import physics as measures
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

BY_NAME = {each.name: each for each in measures.MEASURES}


def placed(positions, metres=(1.0, 0.0, -2.0), radians=0.0):
    return kinematics.turned_about_y(positions, np.float64(radians)) + np.array(metres)


def still(song) -> Danced:
    return Danced(song, (np.repeat(song.real[:1], len(song.real), axis=0),))


def test_every_measure_is_of_this_family_and_says_what_it_is():
    assert len({each.name for each in measures.MEASURES}) == len({each.title for each in measures.MEASURES}) == len(BY_NAME)
    for each in measures.MEASURES:
        assert each.family == "physics"
        assert each.about.endswith(".")
        assert each.of_song is not None
    papers = {name for name, each in BY_NAME.items() if each.convention == "paper"}
    assert papers == {"jerkiness", "total_variation", "foot_contact_edge", "skating_lodge"}


def test_the_real_dance_is_like_itself(staged):
    song = staged()
    real = Danced(song, (song.real,), real=True)
    for name in ("speed_ratio", "acceleration_ratio", "jerk_ratio"):
        assert BY_NAME[name].of_song(real) == pytest.approx(1), name
        assert BY_NAME[name].of_song(Danced(song, (song.real,))) == pytest.approx(1), name


@pytest.mark.parametrize("frames", [80, 150])
def test_who_stops_early_is_held_to_what_was_danced_by_then(staged, planted, frames):
    """A real dance that slows down: its first part is as fast as itself, and faster than the whole."""
    real = planted(np.concatenate([2.6 * np.arange(100), 260 + 1.3 * np.arange(100)]))
    song = replace(staged(), real=real)
    for name in ("speed_ratio", "acceleration_ratio", "jerk_ratio"):
        assert BY_NAME[name].of_song(Danced(song, (real[:frames],))) == pytest.approx(1), name
        assert BY_NAME[name].of_song(Danced(song, (real[:frames], real))) == pytest.approx(1), name
        assert BY_NAME[name].of_song(Danced(song, (real[np.arange(200) % frames],))) > 1.02, name


def test_where_on_the_floor_a_dance_is_and_looks_does_not_matter(staged):
    song = staged()
    here, there = Danced(song, (song.real,)), Danced(song, (placed(song.real, radians=1.1),))
    for name, each in BY_NAME.items():
        if name in ("skating_lodge", "total_variation"):  # both go by the coordinates
            continue
        assert each.of_song(there) == pytest.approx(each.of_song(here), rel=1e-3, abs=1e-4), name


@pytest.mark.parametrize("fps", [29.97, 50.0, 60.0])
def test_the_frame_rate_does_not_matter(staged, planted, fps):
    def at(rate):
        real = planted(np.arange(0, 1000, 2 * 25.0 / rate))
        song = replace(staged(), fps=rate, real=real, keep=np.ones(len(real), bool), usable=np.ones(len(real), bool))
        return Danced(song, (placed(real + np.arange(len(real))[:, None, None] * [0.2 / rate, 0, 0]),))

    here, there = at(25.0), at(fps)
    for name, each in BY_NAME.items():
        assert each.of_song(there) == pytest.approx(each.of_song(here), rel=0.02, abs=0.01), name


def test_of_several_seeds_it_is_the_mean(staged):
    song = staged()
    fast = Danced(song, (song.real[::2],))
    both = Danced(song, (song.real, song.real[::2]))
    for name, each in BY_NAME.items():
        one, other = each.of_song(Danced(song, (song.real,))), each.of_song(fast)
        assert each.of_song(both) == pytest.approx((one + other) / 2), name


def test_twice_as_fast_is_twice_the_speed_four_times_the_acceleration_eight_times_the_jerk(staged, planted):
    song = staged(pace=1.0)
    quick = Danced(song, (planted(0.5 * np.arange(200)),))
    slow = Danced(song, (planted(0.25 * np.arange(400)),))
    for name, times in (("speed_ratio", 2), ("acceleration_ratio", 4), ("jerk", 8), ("jerk_ratio", 8), ("jerkiness", 64)):
        assert BY_NAME[name].of_song(quick) / BY_NAME[name].of_song(slow) == pytest.approx(times, rel=0.05), name


def test_the_real_dance_leaves_out_joins_and_others_do_not(staged):
    song = staged()
    torn = song.real.copy()
    torn[100:] += [0.5, 0, 0]
    keep = np.ones(200, dtype=bool)
    keep[94:107] = False
    mended = replace(staged(keep=keep), real=torn)
    whole = replace(staged(keep=keep))
    for name in ("acceleration_ratio", "jerk", "jerk_ratio", "foot_contact", "skate", "sliding"):
        without = BY_NAME[name].of_song(Danced(whole, (whole.real,), real=True))
        assert BY_NAME[name].of_song(Danced(mended, (torn,), real=True)) == pytest.approx(without, rel=1e-3), name
    for name in ("jerk", "jerk_ratio", "acceleration_ratio"):
        hidden = BY_NAME[name].of_song(Danced(mended, (torn,), real=True))
        assert BY_NAME[name].of_song(Danced(mended, (torn,))) > 1.1 * hidden, f"{name}: a generated dance hides nothing"


def test_a_still_dance(staged):
    found = {name: each.of_song(still(staged())) for name, each in BY_NAME.items()}
    for name in ("speed_ratio", "jerk", "jerkiness", "total_variation", "foot_contact", "skate", "sliding"):
        assert found[name] == 0, name
    assert found["foot_contact_edge"] == pytest.approx(0, abs=1e-12), "the best there is"
    assert (found["freezes"], found["frozen"]) == (1, pytest.approx(100))
    assert found["bone_variation"] == pytest.approx(0, abs=1e-6)


def test_who_dances_beside_a_still_real_dance_has_no_ratio(staged, planted):
    song = replace(staged(), real=np.repeat(staged().real[:1], 200, axis=0))
    for name in ("speed_ratio", "acceleration_ratio", "jerk_ratio"):
        assert math.isnan(BY_NAME[name].of_song(Danced(song, (planted(np.arange(200.0)),)))), name


def test_a_slide_is_measured_in_centimetres_a_second(staged):
    song = staged()
    (dance,) = still(song).by_seed
    glide = np.arange(200)[:, None] / 25
    slow, fast = (Danced(song, (dance + (glide * [speed, 0, 0])[:, None],)) for speed in (0.08, 0.2))
    assert (measures.skate(slow), measures.sliding(slow)) == pytest.approx((8, 0), rel=1e-3)
    assert (measures.skate(fast), measures.sliding(fast)) == pytest.approx((20, 100), rel=1e-3)


def test_feet_under_the_floor_and_over_it(staged):
    song = staged()
    (dance,) = still(song).by_seed
    lowest = dance[0, [joint for foot in DANCER.foot_joints for joint in foot], 1].min()
    for height, depth, under, over in ((-0.04, 4, 100, 0), (-0.005, 0.5, 0, 0), (0.02, 0, 0, 0), (0.04, 0, 0, 100)):
        half = dance + np.array([0, height - lowest, 0])
        half[100:, :, 1] -= height
        found = Danced(song, (half,))
        figures = measures.penetration(found), measures.under_floor(found), measures.floating(found)
        assert figures == pytest.approx((depth / 2, under / 2, over / 2), abs=1e-3)


def test_a_stretched_bone_is_seen(staged):
    song = staged()
    (dance,) = still(song).by_seed
    hand, wrist = DANCER.index("left_hand"), DANCER.index("left_wrist")
    stretched = dance.astype(np.float64)
    stretched[100:, hand] += 0.5 * (stretched[100:, hand] - stretched[100:, wrist])
    # Lengths 1 and 1.5: a deviation of 0.25 over a mean of 1.25, of one of 21 bones.
    assert measures.bone_variation(Danced(song, (stretched,))) == pytest.approx(20 / 21, rel=1e-4)


def test_the_published_ones_are_taken_at_the_rate_they_mean(staged, planted):
    """Of a 25 fps dance, PFC and FSR of what a camera of 30 fps would have seen."""
    from ballo.metrics.paper.contact import physical_foot_contact
    from ballo.metrics.paper.skating import foot_skating

    song = staged(pace=1.0)
    legs = np.array([[DANCER.index(f"{side}_{joint}") for joint in ("ankle", "toe")] for side in ("left", "right")])
    seen = planted(np.arange(0, 199.01, 25 / 30))
    danced = Danced(song, (planted(np.arange(200.0)),))
    assert measures.foot_contact_edge(danced) == pytest.approx(physical_foot_contact(seen[:, 0], seen[:, legs]), rel=0.01)
    skating = foot_skating(seen[:, legs[:, 0]], seen[:, legs[:, 1]])
    assert measures.skating_lodge(danced) == pytest.approx(100 * skating.ratio, nan_ok=True, abs=1)


@pytest.mark.parametrize("feet", [(), (("left_heel", "left_toe"),)])
def test_who_has_not_two_feet_has_no_figures_of_them(staged, feet):
    song = staged()
    body = replace(DANCER, feet=feet)
    danced = Danced(replace(song, skeleton=body), (song.real,))
    for name in ("foot_contact", "foot_contact_edge", "skating_lodge"):
        assert math.isnan(BY_NAME[name].of_song(danced)), name
    for name in ("skate", "sliding", "penetration", "under_floor", "floating"):
        assert math.isnan(BY_NAME[name].of_song(danced)) == (not feet), name


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_too_short_a_dance_has_no_figure_and_breaks_nothing(staged, frames):
    song = staged()
    found = {name: each.of_song(Danced(song, (song.real[:frames],))) for name, each in BY_NAME.items()}
    assert math.isnan(found["jerk"])
    assert math.isnan(found["jerkiness"])
    if frames == 1:
        for name in ("speed_ratio", "acceleration_ratio", "foot_contact", "foot_contact_edge", "skate", "sliding", "frozen"):
            assert math.isnan(found[name]), name
