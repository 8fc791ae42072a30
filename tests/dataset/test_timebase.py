"""The time base puts every clip at its place in the music."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline

from ballo.dataset import timebase

scripts = st.lists(st.integers(2, 16), min_size=1, max_size=30)


@given(scripts, st.floats(3.0, 25.0))
def test_the_second_releases_rule_fills_the_window(units, frames_a_beat):
    window = round(sum(units) * frames_a_beat)
    frames = sum(beats * window // sum(units) for beats in units)
    found = timebase.find(frames, window, units)
    assert found.rule == timebase.SCRIPT_SECOND
    assert len(found.places) == frames
    assert (np.diff(found.places) > 0.99).all()
    np.testing.assert_allclose(found.places[[0, -1]], [0, window - 1], atol=1e-6)


@given(scripts)
def test_clips_start_where_the_music_has_them(units):
    window = 40 * len(units) + 7
    lengths = [beats * window // sum(units) for beats in units]
    places = timebase.find(sum(lengths), window, units).places
    starts = np.cumsum([0, *lengths[:-1]])
    true_starts = np.cumsum([0, *units[:-1]]) * window / sum(units)
    np.testing.assert_allclose(places[starts], true_starts, atol=1e-6)


def test_the_first_releases_rule_is_known_by_its_length():
    """DANCE_R_6's first release: 176 beats, 2,200 frames, and music for 3,921."""
    units = [4] * 44
    found = timebase.find(2200, 3921, units)
    assert found.rule == timebase.SCRIPT_FIRST
    assert len(found.joins) == 43
    assert found.joins[0] == round(3921 / 44)


def test_without_a_fitting_script_the_whole_is_stretched():
    for units in (None, [4, 4]):
        found = timebase.find(51, 100, units)
        assert found.rule == timebase.STRETCH
        np.testing.assert_allclose(found.places, np.linspace(0, 99, 51))


@given(st.integers(2, 40))
def test_whole_places_come_back_unchanged(frames):
    values = np.random.default_rng(frames).normal(size=(frames, 2, 3))
    unchanged = timebase.TimeBase("none", np.arange(float(frames)))
    np.testing.assert_allclose(timebase.resample(values, unchanged), values, atol=1e-12)


def test_a_straight_line_stays_straight_on_uneven_places():
    places = np.array([0.0, 0.7, 2.1, 2.9, 5.0])
    line = timebase.resample(3 * places[:, None] + 1, timebase.TimeBase("uneven", places))
    np.testing.assert_allclose(line[:, 0], 3 * np.arange(6) + 1, atol=1e-12)


def test_a_wave_is_found_again_between_half_as_many_samples():
    places = np.arange(0, 200.5, 2)
    wave = timebase.resample(np.sin(places / 6), timebase.TimeBase("half", places))
    np.testing.assert_allclose(wave, np.sin(np.arange(201) / 6), atol=0.01)


@given(st.integers(1, 30), st.lists(st.floats(-3, 33), min_size=1, max_size=20))
def test_sampling_a_straight_line_gives_its_places(frames, places):
    """Also between the last two; beyond the ends, the end."""
    line = 2 + 3 * np.arange(frames)[:, None, None] * np.array([[1.0, -2.0]])
    known = 2 + 3 * np.clip(places, 0, frames - 1)[:, None, None] * np.array([[1.0, -2.0]])
    np.testing.assert_allclose(timebase.sample(line, np.array(places)), known, atol=1e-9)


def test_sampling_at_frames_gives_them_and_between_them_scipys_cubic():
    values = np.random.default_rng(0).normal(size=(12, 4))
    np.testing.assert_allclose(timebase.sample(values, np.arange(12.0)), values, atol=1e-12)
    inner = np.linspace(1, 10, 300)
    spline = CubicHermiteSpline(np.arange(12), values, np.gradient(values, axis=0))
    np.testing.assert_allclose(timebase.sample(values, inner), spline(inner), atol=1e-9)


def test_sampling_keeps_parabolas():
    """Catmull and Rom's slopes are those of the parabola through three neighbours."""
    places = np.linspace(1, 8, 77)
    np.testing.assert_allclose(timebase.sample(np.arange(10.0) ** 2, places), places**2, atol=1e-9)
