"""What is said of a figure beside the real dances' and the controls'."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE, NEAR_REAL, Measure
from ballo.evaluation.row import Figure, Row
from ballo.evaluation.verdicts import as_good, off, passing, verdict
from ballo.metrics.intervals import Interval

NAN = math.nan


def figure(value, low=None, high=None):
    span = None if low is None else Interval(low, high, 7, "range")
    return Figure(value, span, 7)


def measure(better):
    return Measure("m", "m", "", better)


@pytest.mark.parametrize(
    ("better", "value", "good"),
    [
        (LESS, 2.9, True),
        (LESS, 0.1, True),
        (LESS, 3.1, False),
        (MORE, 1.1, True),
        (MORE, 9.0, True),
        (MORE, 0.9, False),
        (NEAR_REAL, 1.0, True),
        (NEAR_REAL, 0.9, False),
        (NEAR_REAL, 3.1, False),
    ],
)
def test_real_dances_from_1_to_3(better, value, good):
    assert as_good(measure(better), figure(value), figure(2.0, 1.0, 3.0)) is good


def test_ratios_are_good_where_their_interval_holds_1():
    real = figure(1.0, 1.0, 1.0)
    assert as_good(measure(NEAR_ONE), figure(1.2, 0.9, 1.5), real)
    assert not as_good(measure(NEAR_ONE), figure(1.2, 1.05, 1.5), real)
    assert as_good(measure(NEAR_ONE), figure(1.0), real)


def test_a_chance_is_good_where_it_is_small_whatever_that_of_real_dances():
    chance = replace(measure(LESS), interval=False)
    assert verdict(chance, figure(0.04), figure(0.001), []) == "as real"
    assert verdict(chance, figure(0.3), figure(0.8), []) == ""
    assert verdict(chance, figure(0.9), figure(0.001), [figure(0.1)] * 4) == ""


def test_nobody_is_as_good_as_what_is_compared_with():
    assert not as_good(measure(LESS), figure(0.0), figure(0.0, 0.0, 0.0))


@pytest.mark.parametrize(("value", "real"), [(NAN, 1.0), (1.0, NAN)])
def test_without_a_number_nothing_is_said(value, real):
    assert not as_good(measure(LESS), figure(value), figure(real))
    assert verdict(measure(NEAR_REAL), figure(value), figure(real), [figure(0.0)] * 4) == ""


def test_an_interval_without_ends_is_none():
    assert as_good(measure(LESS), figure(1.0), figure(2.0, NAN, NAN))
    assert not as_good(measure(LESS), figure(2.1), figure(2.0, NAN, NAN))


@pytest.mark.parametrize(
    ("better", "value", "said"),
    [
        (LESS, 8.1, "worst"),
        (LESS, 7.9, ""),
        (MORE, 0.4, "worst"),
        (MORE, 0.6, ""),
        (NEAR_REAL, 8.1, "worst"),
        (LESS, 2.0, "as real"),
    ],
)
def test_the_worst_is_worse_than_every_control(better, value, said):
    controls = [figure(0.5), figure(8.0), figure(4.0), figure(NAN)]
    assert verdict(measure(better), figure(value), figure(2.0, 1.0, 3.0), controls) == said


def test_two_controls_are_too_few_to_be_worse_than():
    assert verdict(measure(LESS), figure(9.0), figure(2.0, 1.0, 3.0), [figure(1.0), figure(8.0), figure(NAN)]) == ""


def test_what_nobody_knows_is_infinitely_far_from_best():
    assert off(measure(LESS), NAN, 1.0) == math.inf
    assert off(measure(NEAR_REAL), 1.0, NAN) == math.inf
    assert off(measure(NEAR_ONE), 0.75, NAN) == 0.25


def test_controls_that_pass():
    rows = [Row(name, "control", {"m": figure(value)}, {}, {}) for name, value in (("a", 2.0), ("b", 4.0))]
    rows.append(Row("c", "control", {}, {}, {}))
    found = passing(measure(LESS), rows, lambda row: row.figures, figure(2.0, 1.0, 3.0))
    assert [row.name for row in found] == ["a"]
    assert passing(measure(LESS), rows, lambda row: row.figures, None) == []


def test_no_control_passes_for_real_dances_that_chance_does_as_well_as():
    chance = replace(measure(LESS), interval=False)
    rows = [Row("a", "control", {"m": figure(0.01)}, {}, {})]
    assert passing(chance, rows, lambda row: row.figures, figure(0.02)) == rows
    assert passing(chance, rows, lambda row: row.figures, figure(0.4)) == []
