"""A dance at its music's tempo, on its beats, in its bars; and dances that are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.faults import sync
from ballo.music.beats import Beats


def grid(bpm: float, metre: int = 4, seconds: float = 90.0) -> Beats:
    """A song of constant tempo whose first downbeat sounds at 0.3 s."""
    times = np.arange(0.3, seconds, 60 / bpm)
    return Beats(times, np.arange(len(times)) % metre, metre, bpm, True, 1.0)


def stepped(beats: Beats, draw: np.random.Generator, jitter: float = 0.06, every: int = 1) -> np.ndarray:
    """Steps on three of four beats, by and large."""
    kept = beats.times[::every]
    kept = kept[draw.random(len(kept)) < 0.75]
    return kept + draw.normal(0, jitter, len(kept))


@given(st.floats(60, 140), st.floats(0.75, 1.3), st.sampled_from([0.5, 1.0, 2.0]))
def test_the_tempo_is_told_by_octaves_that_fit(music, ratio, octave):
    """Half and double time are the same tempo, if they fit; otherwise none is preferred."""
    pace = sync.tempo(160, 160 * 60 / (music * ratio * octave), grid(music))
    if abs(ratio - 1) < 0.029:
        assert pace.ratio == pytest.approx(ratio)
        assert pace.music_bpm == pytest.approx(music * octave)
    elif octave == 1.0:
        assert pace.ratio == pytest.approx(ratio)
    kinds = [fault.kind for fault in sync.faults(pace, sync.against(np.zeros(0), np.zeros(0)), _none())]
    assert kinds == (
        ["tempo"] if abs(pace.ratio - 1) > 0.02 else ["tempo drift"] if abs(160 * (1 - 1 / pace.ratio)) > 0.5 else []
    )


def test_the_script_of_t_5_is_made_for_another_tempo():
    """DANCE_T_5: 480 beats in 102.4 s, to a song of 127.8."""
    assert sync.tempo(480, 102.4, grid(127.83)).ratio == pytest.approx(2.2, abs=0.01)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(70, 130), st.floats(-0.5, 0.5))
def test_steps_on_the_beat_are_told_from_chance(seed, bpm, phase):
    beats = grid(bpm)
    seconds = stepped(beats, np.random.default_rng(seed)) + phase * 60 / bpm
    step = sync.against(seconds, beats.times)
    assert step.p_value < 0.01
    assert step.resultant > 0.5
    assert abs((step.phase - phase + 0.5) % 1 - 0.5) < 0.1
    assert "out of step" not in {fault.kind for fault in sync.faults(None, step, step)}


def test_steps_at_random_are_by_chance_in_step_as_often_as_the_test_says():
    beats, draw = grid(100), np.random.default_rng(5)
    values = np.array([sync.against(draw.uniform(5, 85, 60), beats.times, draws=400).p_value for _ in range(200)])
    assert 0.01 <= (values <= 0.05).mean() <= 0.10
    assert 0.4 < values.mean() < 0.6


@pytest.mark.parametrize("ratio", [0.83, 0.9, 1.11, 1.2])
def test_steps_on_the_beats_of_another_tempo_are_out_of_step(ratio):
    seconds = stepped(grid(100 * ratio), np.random.default_rng(2))
    step = sync.against(seconds, grid(100).times)
    assert step.p_value > 0.05
    (fault,) = sync.faults(None, step, step)
    assert (fault.kind, fault.severity) == ("out of step", "serious")


def test_steps_that_keep_the_beat_but_not_the_bar():
    beats, draw = grid(100), np.random.default_rng(4)
    any_beat = stepped(beats, draw)
    first_beat = stepped(beats, draw, every=4)
    loose, tight = (sync.against(seconds, beats.downbeats) for seconds in (any_beat, first_beat))
    assert tight.resultant > 0.9 > 0.3 > loose.resultant
    assert tight.p_value < 0.01
    (fault,) = sync.faults(None, sync.against(any_beat, beats.times), _none())
    assert (fault.kind, fault.severity) == ("out of bar", "note")


def test_a_few_steps_tell_nothing():
    step = sync.against(np.arange(19) * 0.77, grid(100).times)
    assert sync.faults(None, step, step) == []


def test_steps_near_a_splice_are_left_out():
    drawn = np.zeros(200, dtype=bool)
    drawn[100:107] = True
    seconds = np.arange(0, 8, 0.1)
    kept = sync.steps_away_from(drawn, seconds, 25.0)
    np.testing.assert_array_equal(kept, seconds[(seconds < 3.76) | (seconds > 4.48)])
    np.testing.assert_array_equal(sync.steps_away_from(np.zeros(200, dtype=bool), seconds, 25.0), seconds)


def _none() -> sync.Step:
    return sync.Step(np.zeros(0), 0.0, 0.0, 1.0)
