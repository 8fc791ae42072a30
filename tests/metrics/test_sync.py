"""Steps and music: known phases, wrong grids, chance, what must not matter, and every figure worked out a second way."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics import bar_phase, sync
from ballo.metrics.sync import Heard, InSong

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
RATE = 100.0


def beats_of(period: float, first: float = 0.0, count: int = 80) -> np.ndarray:
    return first + np.arange(count) * period


def songs(count: int = 6) -> list[np.ndarray]:
    """Beats of songs of different tempi and beginnings."""
    return [beats_of(0.45 + 0.03 * song, 1.0 + 0.37 * song) for song in range(count)]


def clicks(times: np.ndarray, seconds: float = 70.0, width: float = 0.02, floor: float = 0.05) -> np.ndarray:
    """Onset strength of notes at times, at RATE."""
    at = np.arange(round(seconds * RATE)) / RATE
    return floor + np.exp(-0.5 * ((at[:, None] - times) / width) ** 2).sum(axis=1)


def dancer(beats: np.ndarray, late_beats: float = 0.0, random: np.random.Generator | None = None) -> np.ndarray:
    """Steps on most beats, late by a share of a beat, unsteady if there is a generator."""
    steps = beats[5:-5] + late_beats * (beats[1] - beats[0])
    if random is None:
        return steps
    steps = steps + random.normal(scale=0.04, size=len(steps))
    return steps[random.random(len(steps)) < 0.7]


# Where steps fall in the beat.


def test_without_dances_or_steps_there_is_no_agreement():
    for dances in ([], [InSong(np.zeros(0), beats_of(0.5))]):
        assert bar_phase.step_phase(dances).p_value == sync.onset_phase([]).p_value == 1.0
        assert bar_phase.step_phase(dances).events == 0


@pytest.mark.parametrize("late", [0.0, 0.2, -0.3])
def test_who_steps_at_one_place_of_every_beat_agrees_fully(late):
    found = bar_phase.step_phase([InSong(dancer(beats, late), beats) for beats in songs()])
    assert found.resultant == pytest.approx(1)
    assert found.phase == pytest.approx(late, abs=1e-9)
    assert found.events == 6 * 70
    assert found.p_value < 0.001


def test_half_a_beat_late_is_half_a_turn():
    found = bar_phase.step_phase([InSong(dancer(beats, 0.5), beats) for beats in songs()])
    assert abs(found.phase) == pytest.approx(0.5)


def test_steps_at_random_agree_as_chance_does():
    random = np.random.default_rng(3)
    p_values = [
        bar_phase.step_phase([InSong(random.uniform(5, 30, 50), beats) for beats in songs()], draws=400).p_value
        for _ in range(100)
    ]
    assert 0.35 < np.mean(p_values) < 0.65
    assert np.mean(np.array(p_values) < 0.1) < 0.25


def test_a_wrong_place_of_the_grid_in_half_the_songs_shows():
    random = np.random.default_rng(0)
    right, wrong = [], []
    for song, beats in enumerate(songs()):
        steps = dancer(beats, 0.0, random)
        right.append(InSong(steps, beats))
        wrong.append(InSong(steps, beats + (song % 2) * (beats[1] - beats[0]) / 2))
    assert bar_phase.step_phase(right).p_value < 0.001
    assert bar_phase.step_phase(wrong).p_value > 0.05
    assert bar_phase.step_phase(wrong).resultant < 0.2


def test_the_resultant_written_out():
    random = np.random.default_rng(5)
    dances = [InSong(random.uniform(2, 30, 40), beats, random.uniform(2, 30, 3)) for beats in songs(3)]
    phasors = []
    for dance in dances:
        for step in dance.events:
            if all(abs(step - join) >= 0.24 for join in dance.joins):
                last = max(k for k, beat in enumerate(dance.beats) if beat <= step)
                share = (step - dance.beats[last]) / (dance.beats[last + 1] - dance.beats[last])
                phasors.append(cmath.exp(2j * math.pi * share))
    mean = sum(phasors) / len(phasors)
    found = bar_phase.step_phase(dances)
    assert found.events == len(phasors) < 120
    assert found.resultant == pytest.approx(abs(mean))
    assert found.phase == pytest.approx(cmath.phase(mean) / (2 * math.pi))


@laws
@given(seeds, st.floats(-50, 50))
def test_when_the_clock_starts_does_not_matter(seed, shift):
    random = np.random.default_rng(seed)
    here = [InSong(random.uniform(3, 30, 30), beats, random.uniform(3, 30, 2)) for beats in songs(3)]
    there = [InSong(dance.events + shift, dance.beats + shift, dance.joins + shift) for dance in here]
    one, other = bar_phase.step_phase(here, draws=50), bar_phase.step_phase(there, draws=50)
    assert (one.resultant, one.events) == (pytest.approx(other.resultant, abs=1e-9), other.events)
    strength = random.random(6000)
    one_heard = sync.onset_phase([Heard(dance, strength, RATE) for dance in here], draws=50)
    other_heard = sync.onset_phase([Heard(dance, strength, RATE, shift) for dance in there], draws=50)
    np.testing.assert_allclose(one_heard.curve, other_heard.curve, atol=1e-6)


@pytest.mark.parametrize(
    "events",
    [np.zeros((2, 2)), np.array([np.nan]), np.array([np.inf]), np.array(1.0)],
)
def test_events_and_joins_are_rows_of_finite_numbers(events):
    with pytest.raises(ValueError, match="events"):
        InSong(events, beats_of(0.5))
    with pytest.raises(ValueError, match="joins"):
        InSong(np.zeros(1), beats_of(0.5), events)


@pytest.mark.parametrize("beats", [np.zeros(0), np.ones(1), np.array([1.0, 1.0]), np.array([2.0, 1.0])])
def test_beats_increase(beats):
    with pytest.raises(ValueError, match="beats"):
        InSong(np.ones(1), beats)


@pytest.mark.parametrize(("strength", "rate"), [(np.full(5, -0.1), 100.0), (np.ones((5, 2)), 100.0), (np.ones(5), 0.0)])
def test_onset_strength_is_not_negative_and_has_a_rate(strength, rate):
    with pytest.raises(ValueError, match=r"strength|rate"):
        Heard(InSong(np.ones(1), beats_of(0.5)), strength, rate)


# Away from joins.


@laws
@given(seeds)
def test_away_from_joins_is_far_from_each(seed):
    random = np.random.default_rng(seed)
    times, joins = random.uniform(0, 5, 40), random.uniform(0, 5, int(random.integers(6)))
    expected = [all(abs(time - join) >= 0.24 for join in joins) for time in times]
    assert sync.away(times, joins).tolist() == expected


def test_just_so_far_is_away_whatever_the_rounding():
    joins = np.array([10.0, 30.0])
    for side in (-0.24, 0.24):
        assert sync.away(joins + side, joins).all()
        assert not sync.away(joins + side * 0.9999, joins).any()
    assert sync.away(np.arange(3.0), np.zeros(0)).all()


# Where notes begin as seen from steps.


def heard(late: float = 0.0, grid_off: float = 0.0, music_off: float = 0.0, seed: int = 0) -> list[Heard]:
    """Six songs; in every second one the grid or the music lies so many beats off."""
    random, dances = np.random.default_rng(seed), []
    for song, beats in enumerate(songs()):
        period, every_second = beats[1] - beats[0], song % 2
        steps = dancer(beats, late, random)
        strength = clicks(beats + every_second * music_off * period) * (1 + song)
        dances.append(Heard(InSong(steps, beats + every_second * grid_off * period), strength, RATE))
    return dances


@pytest.mark.parametrize("late", [0.0, 0.25, -0.25])
def test_notes_are_heard_so_far_from_the_steps(late):
    found = sync.onset_phase(heard(late))
    assert found.resultant > 0.4
    assert found.lag_beats == pytest.approx(-late, abs=0.03)
    assert found.gain_lag_beats == pytest.approx(-late, abs=0.1)
    assert found.gain > 2
    assert found.p_value < 0.001
    assert found.curve.mean() == pytest.approx(1, abs=0.05)
    assert abs(sync.onset_phase(heard(0.5)).lag_beats) == pytest.approx(0.5, abs=0.03)


def test_a_dance_set_on_a_wrong_grid_in_half_the_songs_cannot_pass():
    # Its steps agree with the grid it was set on; the notes lie elsewhere.
    wrong = heard(music_off=0.5)
    assert bar_phase.step_phase([dance.danced for dance in wrong]).p_value < 0.001
    found = sync.onset_phase(wrong)
    assert found.p_value > 0.05
    assert found.resultant < 0.15


def test_a_wrong_grid_cannot_change_what_the_right_one_says():
    right, wrong = sync.onset_phase(heard()), sync.onset_phase(heard(grid_off=0.5))
    assert bar_phase.step_phase([dance.danced for dance in heard(grid_off=0.5)]).p_value > 0.05
    np.testing.assert_allclose(right.curve, wrong.curve, atol=1e-9)
    assert right.p_value == wrong.p_value


def test_music_that_knows_nothing_of_the_steps_agrees_as_chance_does():
    random = np.random.default_rng(1)
    p_values = []
    for _ in range(25):
        dances = [Heard(InSong(dancer(beats), beats), clicks(beats + random.random()), RATE) for beats in songs()]
        p_values.append(sync.onset_phase(dances, draws=200).p_value)
    assert 0.3 < np.mean(p_values) < 0.7
    assert np.mean(np.array(p_values) < 0.1) < 0.25


def test_how_loud_a_song_is_does_not_matter():
    quiet = [Heard(each.danced, each.strength * (0.01 if song == 2 else 1.0), RATE) for song, each in enumerate(heard())]
    np.testing.assert_allclose(sync.onset_phase(quiet).curve, sync.onset_phase(heard()).curve)


def test_the_curve_written_out():
    random = np.random.default_rng(7)
    beats = np.cumsum(random.uniform(0.4, 0.6, 90))
    steps, strength = random.uniform(12, 30, 15), random.random(5000)
    found = sync.onset_phase([Heard(InSong(steps, beats), strength, RATE)])
    assert found.events == 15
    everything, around, x, y, energy = [], np.zeros(24), 0.0, 0.0, 0.0
    for step in steps:
        last = max(k for k, beat in enumerate(beats) if beat <= step)
        for number in range(-240, 240):
            place = (step + number / 24 * (beats[last + 1] - beats[last])) * RATE
            low = int(place)
            value = strength[low] + (place - low) * (strength[low + 1] - strength[low])
            everything.append(value)
            if -12 <= number < 12:
                around[number + 12] += value / 15
            if -48 <= number < 48:
                x += value * math.cos(2 * math.pi * number / 24)
                y += value * math.sin(2 * math.pi * number / 24)
                energy += value
    np.testing.assert_allclose(found.curve, around / np.mean(everything))
    assert found.resultant == pytest.approx(math.hypot(x, y) / energy)
    assert found.lag_beats == pytest.approx(math.atan2(y, x) / (2 * math.pi))
    assert found.gain == pytest.approx(around.max() / around.mean())
    assert found.gain_lag_beats == pytest.approx((around.argmax() - 12) / 24)


@pytest.mark.parametrize("strength", [np.zeros(0), np.zeros(7000), np.ones(1)])
def test_music_without_notes_says_nothing(strength):
    found = sync.onset_phase([Heard(InSong(dancer(beats), beats), strength, RATE) for beats in songs()])
    assert (found.resultant, found.gain, found.p_value, found.events) == (0.0, 1.0, 1.0, 0)


def test_even_music_has_no_lag():
    found = sync.onset_phase([Heard(InSong(dancer(beats), beats), np.ones(7000), RATE) for beats in songs()])
    assert found.resultant == pytest.approx(0, abs=1e-9)
    assert found.gain == pytest.approx(1)
    assert found.p_value > 0.05


def test_steps_outside_the_music_are_not_heard():
    beats = beats_of(0.5)
    dance = InSong(np.array([-3.0, 10.0, 500.0]), beats)
    assert sync.onset_phase([Heard(dance, clicks(beats), RATE)]).events == 1


def test_the_rate_of_the_music_hardly_matters():
    fine = [Heard(each.danced, np.repeat(each.strength, 2), 2 * RATE, -0.25 / RATE) for each in heard()]
    assert sync.onset_phase(fine).resultant == pytest.approx(sync.onset_phase(heard()).resultant, rel=0.02)
