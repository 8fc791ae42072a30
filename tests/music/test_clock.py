"""The clock: by hand, by laws, and against the beats of a real song."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo import demo
from ballo.music import beats, clock
from ballo.music.clock import ARRIVAL, BAR_COSINE, BAR_SINE, BEAT_COSINE, BEAT_SINE, SINCE

laws = settings(max_examples=40)
seeds = st.integers(0, 2**32 - 1)


def turns(rows: np.ndarray, cosine: int, sine: int) -> np.ndarray:
    """Phases from 0 to 1."""
    return np.arctan2(rows[:, sine], rows[:, cosine]) / (2 * np.pi) % 1


def free_beats(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Beats of a tempo that wanders, numbered from anywhere in the bar."""
    random = np.random.default_rng(seed)
    metre = int(random.integers(2, 5))
    seconds = np.cumsum(random.uniform(0.2, 1.1, 9)) - 1.0
    return seconds, (np.arange(9) + random.integers(metre)) % metre, metre


def test_rows_by_hand() -> None:
    """A beat each half second, four to the bar, 8 frames a second; the first known beat is the bar's last, at 0.25 s."""
    rows = clock.rows(np.array([0.25, 0.75, 1.25]), np.array([3, 0, 1]), 4, 9, 8.0)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rows[:, BEAT_COSINE], [-1, 0, 1, 0, -1, 0, 1, 0, -1], atol=1e-6)
    np.testing.assert_allclose(rows[:, BEAT_SINE], [0, -1, 0, 1, 0, -1, 0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(turns(rows, BAR_COSINE, BAR_SINE)[:6], np.array([10, 11, 12, 13, 14, 15]) / 16, atol=1e-6)
    np.testing.assert_allclose(rows[6:9, BAR_COSINE], [1, np.cos(np.pi / 8), half], atol=1e-6)
    np.testing.assert_array_equal(rows[:, ARRIVAL], [0, 0, 1, 0, 0, 0, 1, 0, 0])
    np.testing.assert_allclose(rows[:, SINCE], [0.25, 0.375, 0, 0.125, 0.25, 0.375, 0, 0.125, 0.25], atol=1e-6)


def test_a_beat_between_two_frames_arrives_in_the_later() -> None:
    rows = clock.rows(np.array([0.11, 0.51, 0.93]), np.array([0, 1, 2]), 3, 25, 25.0)
    assert np.flatnonzero(rows[:, ARRIVAL]).tolist() == [3, 13, 24]
    np.testing.assert_allclose(rows[[3, 13, 24], SINCE], [0.01, 0.01, 0.03], atol=1e-6)
    np.testing.assert_allclose(turns(rows, BEAT_COSINE, BEAT_SINE)[3], 0.01 / 0.4, atol=1e-6)


def test_a_beat_kept_rounded_arrives_in_its_own_frame() -> None:
    for off in (-1e-6, 0.0, 1e-6):
        rows = clock.rows(np.arange(12) * 0.48 + off, np.arange(12) % 4, 4, 100, 25.0)
        assert np.flatnonzero(rows[:, ARRIVAL]).tolist() == list(range(0, 100, 12))
        assert rows[rows[:, ARRIVAL] == 1, SINCE].max() < 1e-5


def test_without_beats_there_is_no_clock() -> None:
    nothing = np.zeros(0)
    for seconds in (nothing, np.ones(1)):
        rows = clock.rows(seconds, seconds.astype(int), 4, 7, 25.0)
        assert rows.shape == (7, clock.CHANNELS)
        assert not rows.any()
    assert not clock.clock(None, 5, 25.0).any()
    assert clock.rows(np.arange(3.0), np.arange(3), 3, 0, 25.0).shape == (0, clock.CHANNELS)


@laws
@given(seeds, st.floats(10, 120))
def test_phases_run_on_without_a_jump_before_in_and_after_the_beats(seed: int, fps: float) -> None:
    seconds, positions, metre = free_beats(seed)
    rows = clock.rows(seconds, positions, metre, int(16 * fps), fps, -4.0)
    for cosine, sine, longest in ((BEAT_COSINE, BEAT_SINE, 1 / 0.2 / fps), (BAR_COSINE, BAR_SINE, 1 / 0.2 / fps / metre)):
        np.testing.assert_allclose(np.hypot(rows[:, cosine], rows[:, sine]), 1, atol=1e-5)
        steps = (np.diff(turns(rows, cosine, sine)) + 0.5) % 1 - 0.5
        assert steps.min() > 0
        assert steps.max() < longest + 1e-4


@laws
@given(seeds)
def test_every_beat_falls_on_phase_nought_to_the_millisecond(seed: int) -> None:
    seconds, positions, metre = free_beats(seed)
    for second, position in zip(seconds, positions, strict=True):
        around = clock.rows(seconds, positions, metre, 3, 1000.0, second - 0.001)
        phase = (turns(around, BEAT_COSINE, BEAT_SINE) + 0.5) % 1 - 0.5
        assert abs(phase[1]) < 1e-5
        assert phase[0] < 0 < phase[2]
        assert around[1, SINCE] < 1e-6
        bar = turns(around, BAR_COSINE, BAR_SINE)[1]
        assert abs((bar - position / metre + 0.5) % 1 - 0.5) < 1e-5


@laws
@given(seeds, st.integers(1, 80))
def test_a_song_in_parts_has_the_clock_of_the_whole(seed: int, cut: int) -> None:
    seconds, positions, metre = free_beats(seed)
    whole = clock.rows(seconds, positions, metre, 100, 25.0, 0.3)
    parts = [
        clock.rows(seconds, positions, metre, cut, 25.0, 0.3),
        clock.rows(seconds, positions, metre, 100 - cut, 25.0, 0.3 + cut / 25),
    ]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)


@laws
@given(seeds)
def test_each_beat_arrives_once(seed: int) -> None:
    seconds, positions, metre = free_beats(seed)
    rows = clock.rows(seconds, positions, metre, 300, 25.0, seconds[0] - 0.04)
    arrived = np.flatnonzero(rows[:, ARRIVAL]) / 25 + seconds[0] - 0.04
    inside = arrived[arrived < seconds[-1] + 0.04 - 1e-9]
    late = inside - seconds
    assert (late > -0.002).all()
    assert (late < 0.04).all()


def test_the_clock_of_a_real_song() -> None:
    tracked = beats.track(demo.song())
    rows = clock.clock(tracked, 300, 25.0)
    assert rows.dtype == np.float32
    places = np.interp(np.arange(300) / 25, tracked.times, np.arange(len(tracked.times)))
    inside = (np.arange(300) / 25 > tracked.times[0]) & (np.arange(300) / 25 < tracked.times[-1])
    apart = (turns(rows, BEAT_COSINE, BEAT_SINE) - places + 0.5) % 1 - 0.5
    assert inside.sum() > 100
    assert np.abs(apart[inside]).max() < 1e-4
    expected = ((tracked.times >= 0.0) & (tracked.times <= 299 / 25)).sum()
    assert rows[:, ARRIVAL].sum() == pytest.approx(expected, abs=2)  # the tempo goes on before the first and after the last
