"""Tempo: feet that move once a beat, twice a beat, a tenth too fast; against plain sums; noise; laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics import tempo
from ballo.metrics.tempo import Moved, Recurrence, tempo_coupling

laws = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def stepping(period: float, seconds: float = 60.0, fps: float = 25.0, accent: int = 1, late: float = 0.0) -> np.ndarray:
    """A foot that moves and stands once every period, three times as far every `accent` times."""
    turns = (np.arange(round(seconds * fps)) / fps - late) / period
    size = np.where(np.floor(turns) % accent == 0, 3.0, 1.0)
    return size * np.clip(np.sin(2 * np.pi * turns), 0, None)


def moved(period: float, speed: np.ndarray, metre: int = 4, fps: float = 25.0, joins: tuple[float, ...] = ()) -> Moved:
    return Moved(speed, fps, np.arange(200) * period, metre, np.array(joins))


def test_once_a_beat():
    """At 120 beats a minute and 50 frames a second a beat is 25 frames exactly: all of it comes again."""
    found = tempo.of_song([moved(0.5, stepping(0.5, fps=50), fps=50)])
    assert (found.beat, found.half_bar, found.bar) == pytest.approx((1, 1, 1), abs=1e-6)
    assert found.half_beat < 0.2, "at half a beat, where the foot stands, the odd times of it have none"
    assert (found.tempo, found.in_tempo) == pytest.approx((1, 1))
    assert found.gain > 0.7


def test_twice_a_beat_is_as_much_at_half_a_beat():
    found = tempo.of_song([moved(0.5, stepping(0.25, fps=52), fps=52)])
    assert (found.half_beat, found.beat, found.bar) == pytest.approx((1, 1, 1), abs=1e-6)
    assert found.tempo == pytest.approx(1)


def test_once_a_bar_is_none_at_a_beat():
    found = tempo.of_song([moved(0.5, stepping(2.0, fps=50), fps=50)])
    assert found.bar == pytest.approx(1, abs=1e-6)
    assert found.beat < 0.2 < found.gain


@pytest.mark.parametrize("off", [0.9, 1.1])
def test_a_tenth_off_is_nothing(off):
    """An accent each bar makes the bar's own tempo clear; a tenth off is met by chance only."""
    found = tempo.of_song([moved(0.5, stepping(0.5 / off, accent=4))])
    assert found.tempo == pytest.approx(off, rel=0.011)
    assert found.in_tempo == 0
    assert found.gain < 0.1 < tempo.of_song([moved(0.5, stepping(0.5, accent=4))]).gain


def test_plain_sums_give_the_same():
    random = np.random.default_rng(0)
    speed, joins = random.random(400), (4.0, 9.2)
    found = Recurrence.of(moved(0.5, speed, joins=joins))
    kept = [min(abs(frame / 25 - join) for join in joins) >= 0.24 - 1e-9 for frame in range(400)]
    mean = np.mean([value for value, keep in zip(speed, kept, strict=True) if keep])
    variance = np.mean([(value - mean) ** 2 for value, keep in zip(speed, kept, strict=True) if keep])
    for lag in (0, 1, 13, 50, 200):
        pairs = [(speed[t] - mean) * (speed[t + lag] - mean) for t in range(400 - lag) if kept[t] and kept[t + lag]]
        assert found.correlation[lag] == pytest.approx(np.mean(pairs) / variance, abs=1e-9)
    assert found.at(np.array([2.0]), 2)[0] == pytest.approx(found.correlation[[50, 100]].mean())


def test_who_keeps_the_tempo_of_her_song_is_told_from_who_does_not():
    periods = [0.45, 0.48, 0.51, 0.54, 0.57, 0.6]
    own = tempo_coupling([[moved(p, stepping(p, accent=4, late=0.2 * p))] for p in periods])
    assert own.in_tempo == 1
    assert own.p_value == pytest.approx(1 / math.factorial(6))
    assert own.gain == pytest.approx(np.mean([song.gain for song in own.songs]))
    turned = tempo_coupling([[moved(p, stepping(q, accent=4))] for p, q in zip(periods, periods[::-1], strict=True)])
    assert turned.p_value > 0.2


def test_who_knows_the_style_only_keeps_the_tempo_of_no_song_of_it():
    """Two styles of two tempi; the dancer has the middle of each."""
    songs = [(style + off, style) for style in (0.475, 0.675) for off in (-0.009, -0.003, 0.004, 0.008)]
    dances = [[moved(p, stepping(q, accent=4), metre=4)] for p, q in songs]
    assert tempo_coupling(dances).p_value < 0.02
    assert tempo_coupling(dances, [*"aaaabbbb"]).p_value > 0.2
    kept = [[moved(p, stepping(p, accent=4), metre=4)] for p, _ in songs]
    assert tempo_coupling(kept, [*"aaaabbbb"]).p_value == pytest.approx(1 / 576)


def test_noise_is_at_chance():
    random = np.random.default_rng(5)
    songs = [[moved(period, random.random(1400)) for _ in range(3)] for period in np.linspace(0.45, 0.7, 20)]
    found = tempo_coupling(songs)
    assert found.gain == pytest.approx(0, abs=0.012)
    assert found.in_tempo == pytest.approx(0.13, abs=0.12)
    assert found.p_value > 0.02


def test_nothing_to_measure():
    still, short = moved(0.5, np.ones(1000)), moved(0.5, np.random.default_rng(0).random(60))
    for dances in ([still], [short], [moved(0.5, np.zeros(0))], [moved(0.5, np.ones(50), joins=tuple(np.arange(0, 2, 0.1)))]):
        assert math.isnan(tempo.of_song(dances).gain)
        assert math.isnan(tempo_coupling([dances]).gain)
    assert tempo_coupling([]).p_value == 1
    assert math.isnan(tempo_coupling([[]]).in_tempo)
    mixed = tempo_coupling([[still], [moved(0.5, stepping(0.5))], []], ["a", "b", "c"])
    assert mixed.gain == pytest.approx(mixed.songs[1].gain)
    assert mixed.p_value == 1


@pytest.mark.parametrize(
    "wrong", [{"metre": 0}, {"fps": 0.0}, {"beats": np.zeros(1)}, {"speed": np.full(9, np.nan)}, {"joins": np.zeros((2, 2))}]
)
def test_nonsense_is_refused(wrong):
    right = {"speed": np.ones(9), "fps": 25.0, "beats": np.arange(4.0), "metre": 4}
    with pytest.raises(ValueError, match=r"beat|rate|speed|joins"):
        Moved(**(right | wrong))


@laws
@given(seeds, st.floats(0.01, 100), st.floats(-5, 5), st.floats(-30, 30))
def test_how_hard_and_where_in_the_beat_do_not_matter(seed, scale, offset, shift):
    speed = np.random.default_rng(seed).random(800)
    here = tempo.of_song([moved(0.5, speed)])
    there = tempo.of_song([Moved(scale * speed + offset, 25.0, shift + np.arange(200) * 0.5, 4)])
    assert (there.beat, there.bar, there.nearby) == pytest.approx((here.beat, here.bar, here.nearby), abs=1e-6)
    assert max(here.half_beat, here.beat, here.half_bar, here.bar) <= 1.2


@pytest.mark.parametrize("fps", [20.0, 50.0, 120.0])
def test_the_frame_rate_hardly_matters(fps):
    found = [tempo.of_song([moved(0.53, stepping(0.53, fps=rate, accent=4), fps=rate)]).gain for rate in (25.0, fps)]
    assert found[1] == pytest.approx(found[0], rel=0.08)
