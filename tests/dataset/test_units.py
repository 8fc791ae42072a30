"""Units on the beats of their take: hand-made bounds, wrong beats and takes that end too soon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset import grids, units
from ballo.dataset.adapters.choreonet import Interval
from ballo.dataset.grids import Grid
from ballo.dataset.takes import Take
from ballo.dataset.units import Unit

PERIOD, PHASE, FPS = 0.5, 0.2, 80.0
laws = settings(max_examples=40)


def still_take(name="15", seconds=60.0, leg=0.846):
    frames = round(seconds * FPS)
    return Take(name, FPS, np.zeros((frames, 22, 3)), leg, np.zeros(frames, np.uint8))


def grid(*, downbeat=0, bar=4):
    return Grid(PERIOD, PHASE, downbeat, bar, grids.STEPS, 0.5, 0.01, 0.5, 100)


def interval(tag, first_beat, end_beat, beats, *, take="15"):
    first, end = ((PHASE + beat * PERIOD) * FPS for beat in (first_beat, end_beat))
    return Interval(take, tag, first, end - 1, beats)


def cut(*intervals, on=None, take=None):
    take = take or still_take()
    return units.cut(intervals, {take.name: take}, {take.name: on or grid()} if on is not False else {})


def beats_of(unit):
    """Where a unit starts and ends, in beats of the grid."""
    return (unit.start_seconds - PHASE) / PERIOD, (unit.end_seconds - PHASE) / PERIOD


@laws
@given(st.lists(st.sampled_from([4, 8]), min_size=1, max_size=10), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_jittered_bounds_snap_to_the_true_beats(lengths, downbeat, seed):
    """A fifth of a second off is .4 of a beat."""
    random = np.random.default_rng(seed)
    bounds = downbeat + 4 + np.cumsum([0, *lengths])
    off = random.uniform(-0.4, 0.4, len(bounds))
    rough = [
        interval(f"C-{number}-1", start, end, count)
        for number, (start, end, count) in enumerate(zip((bounds + off)[:-1], (bounds + off)[1:], lengths, strict=True), 1)
    ]
    found = cut(*rough, on=grid(downbeat=downbeat))
    for number, (start, count) in enumerate(zip(bounds, lengths, strict=False), 1):
        each = found[f"C-{number}-1"]
        assert beats_of(each) == pytest.approx((start, start + count))
        assert (each.beats, each.said_beats, each.in_tempo, each.place) == (count, count, True, 0)


def test_a_bar_is_cut_on_a_bar_though_its_bounds_say_a_beat_before():
    found = cut(interval("C-1-1", 7.2, 11.2, 4))
    assert beats_of(found["C-1-1"]) == pytest.approx((8, 12))


def test_a_unit_keeps_the_place_in_the_bar_where_no_bar_is_near():
    found = cut(interval("C-1-1", 10.0, 14.0, 4))
    assert beats_of(found["C-1-1"]) == pytest.approx((10, 14))
    assert found["C-1-1"].place == 2


def test_half_a_bar_starts_on_an_even_beat():
    found = cut(interval("C-1-1", 9.3, 11.3, 2))
    assert beats_of(found["C-1-1"]) == pytest.approx((10, 12))
    assert found["C-1-1"].place == 2


def test_a_unit_with_more_movement_than_beats_keeps_what_leads_on():
    """C-1-1 is said to last 8 beats and lasts 12; the next unit begins where it ends."""
    found = cut(interval("C-1-1", 4, 16.1, 8), interval("C-2-1", 16.1, 20, 4))
    assert beats_of(found["C-1-1"]) == pytest.approx((8, 16))
    alone = cut(interval("C-1-1", 4, 16.1, 8))
    assert beats_of(alone["C-1-1"]) == pytest.approx((4, 12))


def test_a_unit_with_fewer_beats_than_it_is_said_to_have():
    found = cut(interval("C-1-1", 4, 8, 8))
    assert (found["C-1-1"].beats, found["C-1-1"].said_beats) == (4, 8)


def test_beats_that_nobody_tells_are_counted():
    found = cut(interval("C-1-1", 4, 12.1, None))
    assert (found["C-1-1"].beats, found["C-1-1"].said_beats) == (8, 8)


def test_tangos_beats_are_counted_and_have_no_place():
    found = cut(interval("T-1-1", 5.1, 8.2, 4), on=grid(bar=4))
    assert beats_of(found["T-1-1"]) == pytest.approx((5, 8))
    assert (found["T-1-1"].place, found["T-1-1"].beats) == (None, 3)


def test_waltz_has_bars_of_three():
    found = cut(interval("W-1-1", 6.2, 9.2, 3), on=grid(bar=3))
    assert beats_of(found["W-1-1"]) == pytest.approx((6, 9))
    assert (units.bar_of("W-1-1"), units.bar_of("R-1-1")) == (3, 4)


def test_standing_about_lasts_whole_bars():
    found = cut(interval("C-0-1", 4, 10.2, 6))
    assert found["C-0-1"].rest
    assert found["C-0-1"].beats % 4 in (0, 2)
    stretched = cut(interval("C-0-1", 4, 10.2, 6), interval("C-1-1", 12, 16, 4), on=False)
    assert stretched["C-0-1"].beats == 8


def test_the_first_of_one_tag_counts_and_one_without_end_does_not():
    """T-0-0 occurs twice, once without an end."""
    endless = replace(interval("C-0-0", 30, 40, None), end_frame=None)
    found = cut(endless, interval("C-0-0", 4, 8, 4), interval("C-0-0", 20, 24, 4))
    assert beats_of(found["C-0-0"]) == pytest.approx((4, 8))


def test_units_of_takes_that_are_not_there_are_not_there():
    assert cut(interval("W-1-1", 4, 8, 4, take="20")) == {}


def test_a_take_that_breaks_off_loses_the_units_after():
    """A unit of which a tenth is missing is there, one of which more is missing is not."""
    takes = {"15": still_take(seconds=PHASE + 16 * PERIOD)}
    rows = [
        interval("C-1-1", 4, 8, 4),
        interval("C-2-1", 12, 16.3, 4),
        interval("C-3-1", 14, 18, 4),
        interval("C-4-1", 40, 44, 4),
    ]
    assert [units.broken_off(row, takes) for row in rows] == [False, False, True, True]
    assert not units.broken_off(interval("C-1-1", 40, 44, 4, take="20"), takes)
    assert not units.broken_off(replace(interval("C-1-1", 40, 44, 4), end_frame=None), takes)


def test_the_first_and_last_units_stay_inside_their_take():
    take = still_take(seconds=PHASE + 24.2 * PERIOD)
    found = cut(interval("C-1-1", -0.4, 4, 4), interval("C-2-1", 20.4, 24.4, 4), take=take)
    assert beats_of(found["C-1-1"]) == pytest.approx((0, 4))
    assert beats_of(found["C-2-1"]) == pytest.approx((20, 24))


# Without a grid.


def test_without_a_grid_units_last_from_bound_to_bound():
    found = cut(interval("R-1-1", 4, 8, 4), interval("R-2-1", 8, 16, 8), on=False)
    assert beats_of(found["R-1-1"]) == pytest.approx((4, 8 - 1 / FPS / PERIOD))
    assert (found["R-2-1"].beats, found["R-2-1"].in_tempo, found["R-2-1"].place) == (8, False, None)


def test_without_a_grid_wrong_beats_show_by_the_tempo():
    rows = [interval(f"R-{number}-1", 4 * number, 4 * number + 4, 4) for number in range(1, 6)]
    found = cut(*rows, interval("R-9-1", 30, 38, 4), on=False)
    assert (found["R-9-1"].beats, found["R-9-1"].said_beats) == (8, 4)


def test_each_dancer_has_a_tempo_of_her_own():
    takes = {"a": still_take("a", leg=0.846), "b": still_take("b", leg=0.78)}
    rows = [interval("R-1-1", 4, 8, 4, take="a"), interval("R-2-1", 4, 9, 4, take="b")]
    tempi = units.tempi_of(rows, takes, {})
    assert tempi[units.who_of(takes["a"], "R-1-1")] == pytest.approx(PERIOD, abs=0.01)
    assert tempi[units.who_of(takes["b"], "R-2-1")] == pytest.approx(1.25 * PERIOD, abs=0.01)
    known = units.tempi_of(rows, takes, {"b": replace(grid(), period_seconds=0.7)})
    assert known[units.who_of(takes["b"], "R-2-1")] == 0.7


# One unit.


@laws
@given(st.floats(0, 50), st.floats(0.3, 8), st.integers(1, 16), st.floats(-20, 20))
def test_a_units_beats_are_even_in_its_take(start, lasts, beats, beat):
    unit = Unit("C-1-1", "15", start, start + lasts, beats, True, beats)
    assert float(unit.seconds(np.array(0.0))) == start
    assert float(unit.seconds(np.array(float(beats)))) == pytest.approx(start + lasts)
    assert float(unit.seconds(np.array(beat))) == pytest.approx(start + beat * lasts / beats)


def test_a_tag_tells_style_and_rest():
    assert [Unit(tag, "1", 0, 1, 4, True, 4).style for tag in ("C-1-1", "R-1-1", "T-1-1", "W-1-1")] == [
        "cha-cha",
        "rumba",
        "tango",
        "waltz",
    ]
    assert [units.is_rest(tag) for tag in ("C-0-1", "C-10-1", "HOLD", "C-1-0")] == [True, False, False, False]


def test_standing_about_does_not_tell_the_tempo(take_15):
    """A dancer who stands about for long would make her figures look fast."""
    fps = take_15.fps
    intervals = [
        Interval(take_15.name, "R-0-1", 0.0, 4.0 * fps, 16),
        Interval(take_15.name, "R-0-2", 4.0 * fps, 8.0 * fps, 16),
        Interval(take_15.name, "R-1-1", 8.0 * fps, 12.0 * fps, 8),
    ]
    (tempo,) = units.tempi_of(intervals, {take_15.name: take_15}, {}).values()
    assert tempo == pytest.approx(0.5)
    (resting,) = units.tempi_of(intervals[:2], {take_15.name: take_15}, {}).values()
    assert resting == pytest.approx(0.25)
