"""The bar of many songs: the same as one fold gives, styles apart, joins on bar lines, seeds together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.bar_phase import InBars, bar_folds, bar_phase, fold, step_phase, turn
from ballo.metrics.bars import Braked, bar_fold
from ballo.metrics.sync import InSong
from ballo.music.phase import agreement, on_grid

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def braked(random: np.random.Generator, metre: int = 4, on: float = 0.0, joins: int = 0) -> Braked:
    """Noise, and as much again at one place in the bar."""
    beats = np.arange(120) * random.uniform(0.45, 0.7)
    seconds = np.arange(1000) / 25
    turns = (np.interp(seconds, beats, np.arange(120.0)) / metre - on) % 1
    return Braked(random.random(1000) + (turns < 0.1), 25.0, beats, 0, metre, random.uniform(0, 40, joins))


@laws
@given(seeds, st.integers(1, 5))
def test_of_one_group_it_is_what_one_fold_gives(seed, count):
    random = np.random.default_rng(seed)
    dances = [braked(random, on=0.3, joins=4) for _ in range(count)]
    here, there = bar_folds([fold([dance]) for dance in dances], draws=400), bar_fold(dances, draws=400)
    assert here.explained == pytest.approx(there.explained, abs=1e-9)
    assert here.frames == there.frames
    assert here.null_mean == pytest.approx(there.null_mean, rel=0.25, abs=0.002)


def test_groups_may_have_their_own_place_and_metre():
    random = np.random.default_rng(0)
    songs = [fold([braked(random, 4, 0.1)]) for _ in range(5)] + [fold([braked(random, 3, 0.6)]) for _ in range(5)]
    apart, together = bar_folds(songs, [*"aaaaabbbbb"]), bar_folds(songs)
    assert apart.explained > 1.5 * together.explained
    assert apart.p_value < 0.002
    each = [bar_folds(songs[:5]).explained, bar_folds(songs[5:]).explained]
    assert apart.explained == pytest.approx(np.mean(each)), "as many frames in both"


def test_seeds_share_their_songs_chance():
    """The same dance twenty times over: no more than one song says, which is nothing."""
    random = np.random.default_rng(1)
    one, other = braked(random, on=0.2), braked(random, on=0.7)
    found = bar_folds([fold([one] * 20), fold([other] * 20)])
    assert found.explained == pytest.approx(bar_folds([fold([one]), fold([other])]).explained)
    assert found.p_value > 0.05
    alone = bar_folds([fold([one] * 20)])
    assert alone.null_mean == pytest.approx(alone.explained, rel=0.2)


def test_no_frames_explain_nothing():
    still = Braked(np.ones(100), 25.0, np.arange(9.0), 0, 4)
    for songs in ([], [fold([])], [fold([still])]):
        assert bar_folds(songs).explained == 0
        assert bar_folds(songs).p_value == 1


def in_bars(
    events: np.ndarray, period: float = 0.5, metre: int = 4, downbeat: int = 0, joins: np.ndarray | None = None
) -> InBars:
    beats = np.arange(200) * period
    return InBars(InSong(events, beats, np.zeros(0) if joins is None else joins), downbeat, metre)


def test_steps_on_one_place_of_the_bar_by_hand():
    """On the second beat of four, in a song whose bars begin with its third beat: three quarters of a bar late."""
    songs = [in_bars(np.arange(5, 150, 4) * period, period, downbeat=2) for period in (0.45, 0.5, 0.6, 0.65)]
    found = bar_phase([turn(song) for song in songs])
    assert found.resultant == pytest.approx(1)
    assert found.phase == pytest.approx(-0.25)
    assert found.p_value < 0.002
    assert found.events == 4 * 37
    everywhere = bar_phase([turn(in_bars(np.arange(4, 164) * 0.5))])
    assert everywhere.resultant == pytest.approx(0, abs=1e-9)


@laws
@given(seeds, st.integers(1, 4))
def test_without_joins_steps_agree_on_a_place_in_the_beat_as_any_phases_do(seed, count):
    random = np.random.default_rng(seed)
    songs = [InSong(random.uniform(5, 60, 30), np.cumsum(random.uniform(0.4, 0.7, 150))) for _ in range(count)]
    here = step_phase(songs, draws=2000)
    there = agreement([on_grid(song.counted, song.beats) % 1 for song in songs], draws=2000)
    assert (here.resultant, here.events) == pytest.approx((there.resultant, there.events))
    assert math.cos(2 * math.pi * (here.phase - there.phase)) == pytest.approx(1)
    if count > 1:
        assert here.p_value == pytest.approx(there.p_value, abs=0.06)


def test_groups_agree_with_themselves():
    early, late = np.arange(4, 150, 4) * 0.5, np.arange(6, 150, 4) * 0.5
    songs = [turn(in_bars(steps)) for steps in (early, early, early, late, late, late)]
    assert bar_phase(songs).resultant == pytest.approx(0, abs=0.03)
    apart = bar_phase(songs, [*"aaabbb"], draws=4000)
    assert apart.resultant == pytest.approx(1)
    assert apart.p_value < 0.002
    assert apart.phase == 0


def test_random_steps_with_joins_on_bar_lines_agree_on_nothing():
    """Leaving out what is near joins leaves a gap at one place of the bar, which plain rotation takes for agreement."""
    random = np.random.default_rng(2)
    here, plain = [], []
    for _ in range(25):
        songs = [
            in_bars(np.sort(random.uniform(0, 60, 90)), period, joins=np.arange(0, 120, 4) * period)
            for period in np.linspace(0.45, 0.7, 12)
        ]
        here.append(bar_phase([turn(song) for song in songs], draws=300).p_value)
        turns = [song.danced.counted / (4 * song.danced.beats[1]) for song in songs]
        plain.append(agreement(turns, draws=300).p_value)
    assert np.mean(plain) < 0.1
    assert 0.3 < np.mean(here) < 0.75


def test_nobody_steps_and_no_bars():
    nobody = turn(in_bars(np.zeros(0)))
    assert bar_phase([]).p_value == bar_phase([nobody]).p_value == 1
    assert bar_phase([nobody, turn(in_bars(np.array([2.0, 4.0])))]).resultant == pytest.approx(1)
    with pytest.raises(ValueError, match="at least one beat"):
        in_bars(np.zeros(0), metre=0)
