"""Scripts danced on the beats of a song: what there is on its bars, what there is not by waiting, and nothing in silence."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.dataset import remaster, units
from ballo.dataset.archive import Beats
from ballo.dataset.grids import STEPS, Grid
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.remaster import Score, perform, steady
from ballo.dataset.takes import Repair
from ballo.dataset.units import Unit

PERIOD, PHASE = 0.484, 0.143


def unit(tag, first_beat, beats, place=0):
    start, end = PHASE + np.array([first_beat, first_beat + beats]) * PERIOD
    return Unit(tag, "15", float(start), float(end), beats, True, beats, place)


@pytest.fixture(scope="module")
def library(take_15):
    """Bars C-1-1 to C-14-1, a beginning, half a bar, a bar that starts on 3, and one at the take's very end."""
    cut = [unit(f"C-{number}-1", 4 * number, 4) for number in range(1, 15)]
    cut += [unit("C-0-1", 0, 4), unit("C-0-2", 0, 8), unit("C-20-1", 4, 2), unit("C-21-1", 22, 4, place=2)]
    cut += [unit("C-22-1", 60, 4), unit("C-23-1", 56, 8)]
    grid = Grid(PERIOD, PHASE, 0, 4, STEPS, 0.8, 0.01, 0.6, 80)
    by_tag = {each.tag: each for each in cut}
    return Library({"15": take_15}, {"15": grid}, by_tag, frozenset({*by_tag, "C-99-1"}), frozenset({"C-6-1"}))


def song(beats=80, period=0.5, first=0.3, bar=4, end=None):
    seconds = first + np.arange(beats) * period
    return Score(Beats(seconds, np.arange(beats) % bar, bar), float(seconds[-1]) if end is None else end)


def script(*items):
    return Script(tuple(tag for tag, _ in items), tuple(beats for _, beats in items))


def danced(made):
    """(tag, first beat, beats) of each placement."""
    return [(placed.unit.tag, placed.beat, placed.unit.beats) for placed in made.placements]


def performed(library, *items, score=None, fps=25.0, start=0.0):
    return perform(script(*items), "cha-cha", score or song(), library, fps, start)


def test_units_follow_one_another_on_the_beats(library):
    made = performed(library, ("C-1-1", 4), ("C-2-1", 4), ("C-9-1", 4))
    assert danced(made) == [("C-1-1", 0, 4), ("C-2-1", 4, 4), ("C-9-1", 8, 4)]
    assert made.start_seconds == pytest.approx(0.3)
    assert made.beats.seconds[0] == 0
    assert len(made.rendered.motion) == 12 * 0.5 * 25
    assert made.rendered.joins == (pytest.approx(8 * 0.5 * 25),)
    assert (made.missing, made.left) == ((), 0)


def test_each_unit_lasts_its_own_beats_whatever_the_script_says(library):
    made = performed(library, ("C-1-1", 7), ("C-23-1", 4), ("C-3-1", 2))
    assert danced(made) == [("C-1-1", 0, 4), ("C-23-1", 4, 8), ("C-3-1", 12, 4)]


@pytest.mark.parametrize(("from_seconds", "first"), [(0.0, 0), (0.54, 0), (0.56, 4), (2.2, 4), (2.6, 8), (-3.0, 0)])
def test_a_dance_starts_on_the_bar_next_to_its_published_start(library, from_seconds, first):
    """Half a beat before it will do."""
    assert danced(performed(library, ("C-1-1", 4), start=from_seconds))[0][1] == first


def test_a_song_that_is_over_gives_no_dance(library):
    assert performed(library, ("C-1-1", 4), start=100.0) is None
    assert performed(library, ("C-1-1", 4), score=song(beats=3)) is None


def test_a_script_that_is_longer_than_the_song_stops(library):
    made = performed(library, *[(f"C-{number}-1", 4) for number in range(1, 8)], score=song(beats=11))
    assert danced(made) == [("C-1-1", 0, 4), ("C-2-1", 4, 4)]
    assert made.left == 5
    assert made.provenance()["left_of_script"] == 5


def test_nothing_is_danced_after_the_sound_ends(library):
    made = performed(library, ("C-1-1", 4), ("C-2-1", 4), ("C-3-1", 4), score=song(end=0.3 + 9 * 0.5))
    assert danced(made)[-1] == ("C-2-1", 4, 4)
    assert made.left == 1


# HOLD.


def test_a_hold_goes_on_with_the_take(library):
    made = performed(library, ("C-1-1", 4), ("HOLD", 4), ("C-9-1", 4))
    assert danced(made) == [("C-1-1", 0, 4), ("HOLD", 4, 4), ("C-9-1", 8, 4)]
    goes_on = made.placements[1].unit
    assert (goes_on.start_seconds, goes_on.end_seconds) == pytest.approx(
        (library.units["C-2-1"].start_seconds, library.units["C-2-1"].end_seconds)
    )
    assert not (made.rendered.repairs & Repair.HELD).any()
    assert made.rendered.joins == (pytest.approx(100.0),)


@pytest.mark.parametrize(("said", "lasts"), [(1, 2), (2, 2), (3, 2), (5, 6), (6, 6), (7, 6)])
def test_a_hold_is_made_to_end_where_the_next_bar_begins(library, said, lasts):
    """After half a bar: 2, 6, 10 beats put the next unit on its bar."""
    made = performed(library, ("C-20-1", 2), ("HOLD", said), ("C-9-1", 4))
    assert danced(made) == [("C-20-1", 0, 2), ("HOLD", 2, lasts), ("C-9-1", 2 + lasts, 4)]


def test_a_hold_that_is_not_needed_goes(library):
    made = performed(library, ("C-1-1", 4), ("HOLD", 1), ("C-9-1", 4))
    assert danced(made) == [("C-1-1", 0, 4), ("C-9-1", 4, 4)]


def test_without_a_hold_the_take_goes_on_until_the_next_units_place(library):
    made = performed(library, ("C-1-1", 4), ("C-21-1", 4), ("C-9-1", 4))
    assert danced(made) == [("C-1-1", 0, 4), ("HOLD", 4, 2), ("C-21-1", 6, 4), ("HOLD", 10, 2), ("C-9-1", 12, 4)]
    positions = made.beats.positions
    for placed in made.placements:
        if placed.unit.tag in library.units:
            assert positions[placed.beat] == placed.unit.place


def test_units_that_go_on_in_their_take_are_not_torn_apart(library):
    """C-20-1 shifts what follows by half a bar; what follows it in its take goes on as it did there."""
    half = unit("C-30-1", 8, 4, place=0)
    shifted = Library(library.takes, library.grids, {**library.units, "C-30-1": half}, library.known, frozenset())
    made = perform(script(("C-20-1", 2), ("C-1-1", 4), ("C-30-1", 4)), "cha-cha", song(), shifted, 25.0, 0.0)
    assert danced(made) == [("C-20-1", 0, 2), ("HOLD", 2, 2), ("C-1-1", 4, 4), ("C-30-1", 8, 4)]


def test_a_hold_at_the_end_of_its_take_waits(library):
    made = performed(library, ("C-22-1", 4), ("HOLD", 8))
    held = (made.rendered.repairs & Repair.HELD) != 0
    assert danced(made) == [("C-22-1", 0, 4), ("HOLD", 4, 8)]
    np.testing.assert_array_equal(held, made.rendered.placement == 1)
    assert remaster.usable(made, len(made.rendered.motion), None) == ((0, 50),)


def test_a_hold_with_nobody_before_it_is_left_out(library):
    assert danced(performed(library, ("HOLD", 4), ("C-1-1", 4))) == [("C-1-1", 0, 4)]


def test_holds_after_one_another(library):
    made = performed(library, ("C-1-1", 4), ("HOLD", 4), ("HOLD", 4), ("C-9-1", 4))
    assert danced(made)[-1] == ("C-9-1", 12, 4)
    assert sum(beats for _, _, beats in danced(made)) == 16


# Beginnings, and what nobody cut.


def test_a_start_is_a_beginning_of_the_same_style(library):
    assert danced(performed(library, ("START", 8), ("C-1-1", 4)))[0] == ("C-0-2", 0, 8)
    assert danced(performed(library, ("START", 3), ("C-1-1", 4)))[0] == ("C-0-1", 0, 4)
    with_end = danced(performed(library, ("C-1-1", 4), ("END", 4)))
    assert with_end[1] == ("C-0-1", 4, 4)


def test_a_clip_that_nobody_published_is_waited_for(library):
    made = performed(library, ("C-1-1", 4), ("C-99-1", 8), ("C-3-1", 4))
    assert danced(made) == [("C-1-1", 0, 4), ("C-99-1", 4, 8), ("C-3-1", 12, 4)]
    assert made.missing == (("C-99-1", pytest.approx(2.0), pytest.approx(6.0)),)
    assert made.provenance()["missing"] == [["C-99-1", 2.0, 6.0]]
    held = (made.rendered.repairs & Repair.HELD) != 0
    np.testing.assert_array_equal(np.flatnonzero(held), np.arange(50, 150))
    assert remaster.usable(made, 200, None) == ((0, 50), (150, 200))
    still = held & ((made.rendered.repairs & Repair.JOIN) == 0)
    assert np.abs(np.diff(made.rendered.motion.rotations[still], axis=0)).max() < 1e-5


def test_a_clip_missing_at_the_start_is_left_out(library):
    made = performed(library, ("C-99-1", 8), ("C-1-1", 4))
    assert danced(made) == [("C-1-1", 0, 4)]


def test_nothing_there_is_no_dance(library):
    assert performed(library, ("C-99-1", 8), ("HOLD", 4)) is None


def test_strange_tags_are_counted(library):
    strange = remaster.unknown_tags(script(("START", 4), ("C-99-1", 4), ("C-77-1", 4), ("HOLD", 4), ("C-77-1", 4)), library)
    assert strange == {"C-77-1": 2}


# What is known of each frame.


def test_every_frame_knows_its_unit_and_moment(library):
    made = performed(library, ("C-1-1", 4), ("HOLD", 4), ("C-9-1", 4), ("C-1-1", 4))
    origin = made.origin
    assert origin.units == (("C-1-1", "15"), ("C-9-1", "15"))
    assert origin.unit.tolist() == [0] * 50 + [-1] * 50 + [1] * 50 + [0] * 50
    for frame in (0, 30, 120, 170):
        placed = made.placements[made.rendered.placement[frame]]
        beat = frame / 25 / 0.5 - placed.beat
        known = placed.unit.start_seconds + beat * PERIOD
        assert origin.source_seconds[frame] == pytest.approx(known, abs=1e-4)


def test_held_out_movement_is_in_no_window_under_any_name(library):
    """C-6-1 is held out; a HOLD after C-5-1 goes on into it, and C-21-1 overlaps its first half."""
    made = performed(library, ("C-5-1", 4), ("HOLD", 4), ("C-9-1", 4), ("C-6-1", 4), ("C-1-1", 4))
    assert danced(made)[1] == ("HOLD", 4, 4)
    assert remaster.usable(made, 500, library.held_out) == ((0, 50), (100, 150), (200, 250))
    assert remaster.usable(made, 500, None) == ((0, 250),)
    overlapping = performed(library, ("C-1-1", 4), ("HOLD", 2), ("C-21-1", 4), ("C-9-1", 4))
    inside = library.units["C-6-1"]
    for first, end in remaster.usable(overlapping, 500, library.held_out):
        seconds = overlapping.rendered.source_seconds[first:end]
        assert not ((seconds > inside.start_seconds + 1e-6) & (seconds < inside.end_seconds)).any()


def test_silence_is_not_learnt_from(library):
    made = performed(library, ("C-1-1", 4), ("C-2-1", 4))
    assert remaster.usable(made, 60, None) == ((0, 60),)
    assert remaster.usable(made, 0, None) == ()


@pytest.mark.parametrize("fps", [24.0, 30.0, 59.94, 120.0])
def test_any_frame_rate(library, fps):
    made = performed(library, ("C-1-1", 4), ("C-99-1", 4), ("C-9-1", 4), fps=fps)
    assert len(made.rendered.motion) == int(6.0 * fps + 1e-9)
    assert made.missing == (("C-99-1", pytest.approx(2.0), pytest.approx(4.0)),)


@pytest.mark.parametrize("ratio", [0.6, 1.6])
def test_much_slower_and_faster_songs(library, ratio):
    made = performed(library, ("C-1-1", 4), ("C-9-1", 4), score=song(period=PERIOD * ratio))
    rate = np.diff(made.rendered.source_seconds[:20]) * 25
    np.testing.assert_allclose(rate, 1 / ratio, atol=1e-6)


# Without music.


def test_without_music_a_script_lasts_as_long_as_it_was_published(library):
    score = steady(script(("C-1-1", 4), ("C-9-1", 8)), 4, 25 * 9)
    np.testing.assert_allclose(np.diff(score.beats.seconds), 9 / 12)
    assert score.beats.positions[:5].tolist() == [0, 1, 2, 3, 0]
    made = perform(script(("C-1-1", 4), ("C-23-1", 8)), "cha-cha", score, library, 25.0, 0.0)
    assert len(made.rendered.motion) == 225
    assert made.left == 0


def test_a_bar_is_known_by_the_style_of_a_tag():
    assert [units.bar_of(tag) for tag in ("C-1-1", "R-1-1", "T-1-1", "W-1-1")] == [4, 4, 4, 3]


@pytest.mark.parametrize(("period", "bars"), [(0.4, 3), (0.5, 2), (0.9, 1), (4.0, 1)])
def test_standing_about_takes_the_bars_that_keep_its_pace(period, bars):
    rest = Unit("R-0-3", "ll_lb_11_1", 0.0, 4.7, 8, False, 8)
    beats = Beats(np.arange(60) * period, np.arange(60) % 4, 4)
    assert remaster._at_rest(rest, beats).beats == 4 * bars
    figure = Unit("R-19-1", "16", 0.0, 4.7, 8, False, 8)
    assert remaster._at_rest(figure, beats) is figure
    held = Unit("HOLD", "16", 4.7, 4.7, 2, False, 2)
    assert remaster._at_rest(held, beats) is held
