"""Axes hold their values and have round marks."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ballo.evaluation.page.axes import fitting, linear

SIZES = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)


@given(st.lists(SIZES, min_size=1, max_size=9))
def test_a_linear_axis_holds_all_values_between_two_to_six_marks(values):
    scale, marks = linear(values, 0.0, 100.0)
    reach = 1e-6 * (scale.high - scale.low)
    assert scale.low <= min(values) + reach
    assert scale.high >= max(values) - reach
    assert marks == sorted(set(marks))
    assert 2 <= len(marks) <= 7
    assert (marks[0], marks[-1]) == (scale.low, scale.high)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([0.2, 0.9], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([0.0], [0, 0.25, 0.5, 0.75, 1.0]),
        ([95.0, 100.0], [94, 96, 98, 100]),
        ([-0.3, 0.1], [-0.3, -0.2, -0.1, 0, 0.1]),
    ],
)
def test_known_axes(values, marks):
    assert linear(values, 0.0, 1.0)[1] == pytest.approx(marks)


def test_few_values_far_over_the_others_make_an_axis_logarithmic():
    scale, marks = fitting([0.7, 1.5, 2.0, 3.0, 30.0], 0.0, 1.0)
    assert scale.log
    assert marks == [0.1, 1, 10, 100]
    assert not fitting([0.7, 1.5, 2.0, 3.0, 10.0], 0.0, 1.0)[0].log
    assert not fitting([-1.0, 1.5, 2.0, 3.0, 100.0], 0.0, 1.0)[0].log


def test_what_is_nearly_nothing_does_not_stretch_a_logarithmic_axis():
    scale, _ = fitting([1e-9, 1.0, 1.0, 1.0, 50.0], 0.0, 1.0)
    assert scale.low == 0.01
