"""Braking and bars: feet known by hand, shares written out, one common bar, chance, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics import bars
from ballo.metrics.bars import Braked, Fold
from ballo.motion.skeleton import DANCER

laws = settings(max_examples=15)
seeds = st.integers(0, 2**32 - 1)


def braked(shift_beats: float = 0.0, period: float = 0.5, noise: float = 0.5, seed: int = 0, fps: float = 25.0) -> Braked:
    """Braking that comes round with the bar of four, its highest so many beats after the downbeat."""
    t = np.arange(round(60 * fps)) / fps
    random = np.random.default_rng(seed)
    signal = np.cos(2 * np.pi * (t / period - shift_beats) / 4) + random.normal(size=len(t)) * noise
    return Braked(signal + 3, fps, np.arange(-8, 200) * period, 8, 4)


def test_nothing_has_no_share():
    empty = Fold(0.0, 0.0, 0.0, 1.0, 0)
    assert bars.bar_fold([]) == empty
    for values in (np.zeros(0), np.ones(100)):
        assert bars.bar_fold([Braked(values, 25.0, np.arange(9.0), 0, 4)]) == empty
    near = Braked(np.arange(5.0), 25.0, np.arange(9.0), 0, 4, np.array([0.1]))
    assert bars.bar_fold([near]) == empty


def test_what_the_bar_says_in_full_is_explained_in_full():
    beats = np.arange(120) * 0.5
    t = np.arange(1000) / 20
    signal = np.floor(t / 0.5 + 1e-9) % 4  # the number of the beat in the bar
    found = bars.bar_fold([Braked(signal, 20.0, beats, 0, 4)], draws=50)
    assert found.explained == pytest.approx(1)
    assert found.frames == 1000


def test_songs_that_share_a_bar_agree_and_songs_that_do_not_cancel():
    together = bars.bar_fold([braked(seed=song, period=0.45 + 0.03 * song) for song in range(6)], draws=300)
    # A cosine of variance 1/2 beside noise of variance 1/4.
    assert together.explained == pytest.approx(2 / 3, abs=0.03)
    assert together.p_value < 0.01
    assert together.null_mean < 0.25 < together.null_99 < together.explained
    apart = bars.bar_fold([braked(4 * song / 6, seed=song) for song in range(6)], draws=300)
    assert apart.explained < 0.02
    assert apart.p_value > 0.5


def test_one_song_alone_cannot_tell():
    alone = bars.bar_fold([braked()], draws=200)
    assert alone.null_mean == pytest.approx(alone.explained, rel=0.05)
    assert alone.p_value > 0.05


def test_feet_that_know_no_bar_are_chance():
    random = np.random.default_rng(0)
    dances = [Braked(random.normal(size=1500), 25.0, np.arange(130) * 0.5, 0, 4) for _ in range(5)]
    found = bars.bar_fold(dances, draws=200)
    assert found.explained == pytest.approx(15 / 7500, abs=0.002)
    assert found.p_value > 0.02


@laws
@given(seeds, st.integers(2, 5), st.integers(2, 20))
def test_the_share_written_out(seed, metre, bins):
    random = np.random.default_rng(seed)
    pooled, cells, dances = [], [], []
    for _ in range(3):
        beats, values = np.cumsum(random.uniform(0.4, 0.7, 40)), random.random(300)
        joins, start, downbeat = random.uniform(0, 12, 2), float(random.uniform(0, 3)), int(random.integers(metre))
        dances.append(Braked(values, 25.0, beats, downbeat, metre, joins, start))
        kept = [frame for frame in range(300) if min(abs(start + frame / 25 - joins)) >= 0.24]
        mean = sum(values[frame] for frame in kept) / len(kept)
        deviation = (sum((values[frame] - mean) ** 2 for frame in kept) / len(kept)) ** 0.5
        for frame in kept:
            time = start + frame / 25
            last = max([k for k, beat in enumerate(beats[:-1]) if beat <= time], default=0)
            place = last + (time - beats[last]) / (beats[last + 1] - beats[last]) - downbeat
            pooled.append((values[frame] - mean) / deviation)
            cells.append(int(place / metre % 1 * bins))
    total = sum(value**2 for value in pooled)
    between = 0.0
    for cell in set(cells):
        here = [value for value, other in zip(pooled, cells, strict=True) if other == cell]
        between += sum(here) ** 2 / len(here)
    found = bars.bar_fold(dances, bins=bins, draws=5)
    assert found.frames == len(pooled)
    assert found.explained == pytest.approx(between / total)


def test_how_hard_and_when_a_song_is_danced_does_not_matter():
    plain = [braked(seed=song) for song in range(3)]
    other = [
        Braked(each.braking * (10 ** (2 * song)) + song, each.fps, each.beats + 7.5, each.downbeat - 4, 4, each.joins, 7.5)
        for song, each in enumerate(plain)
    ]
    assert bars.bar_fold(plain, draws=5).explained == pytest.approx(bars.bar_fold(other, draws=5).explained, abs=1e-6)


def test_frames_near_joins_do_not_count():
    calm = braked()
    wild = calm.braking.copy()
    joins = np.array([10.0, 30.0])
    for join in joins:
        wild[round(join * 25) - 5 : round(join * 25) + 6] = 1000
    found = bars.bar_fold([Braked(wild, 25.0, calm.beats, 8, 4, joins)], draws=5)
    assert found.frames == 1500 - 2 * 11
    assert found.explained == pytest.approx(bars.bar_fold([calm], draws=5).explained, abs=0.02)


@pytest.mark.parametrize("fps", [20.0, 50.0, 120.0])
def test_the_frame_rate_hardly_matters(fps):
    values = [bars.bar_fold([braked(fps=rate, noise=0.0)], draws=5).explained for rate in (25.0, fps)]
    assert values[0] == pytest.approx(values[1], abs=0.01)
    assert values[0] > 0.98


@pytest.mark.parametrize(
    ("braking", "fps", "beats", "metre"),
    [
        (np.ones((5, 2)), 25.0, np.arange(9.0), 4),
        (np.array([np.nan]), 25.0, np.arange(9.0), 4),
        (np.ones(5), 0.0, np.arange(9.0), 4),
        (np.ones(5), 25.0, np.ones(9), 4),
        (np.ones(5), 25.0, np.arange(9.0), 0),
    ],
)
def test_what_makes_no_sense_is_refused(braking, fps, beats, metre):
    with pytest.raises(ValueError, match=r"braking|rate|beats|bar"):
        Braked(braking, fps, beats, 0, metre)


# Braking.


def feet_moving(speed: np.ndarray, fps: float) -> np.ndarray:
    """(T, 22, 3): every joint goes ahead at a speed (T,)."""
    positions = np.zeros((len(speed), len(DANCER), 3))
    positions[..., 2] = (np.cumsum(speed) / fps)[:, None]
    return positions


@pytest.mark.parametrize("frames", [0, 1])
def test_too_short_a_dance_does_not_brake(frames):
    np.testing.assert_array_equal(bars.braking(DANCER, np.zeros((frames, 22, 3)), 25.0), np.zeros(frames))


@pytest.mark.parametrize("fps", [25.0, 80.0])
def test_feet_that_slow_down_evenly_brake_as_much_for_each_foot(fps):
    t = np.arange(round(4 * fps)) / fps
    speed = np.where(t < 2, t, 4 - t)
    braking = bars.braking(DANCER, feet_moving(speed, fps), fps)
    inner = (t > 2.4) & (t < 3.6)
    np.testing.assert_allclose(braking[inner], 2.0, atol=1e-6)  # two feet, 1 m/s^2 each
    assert np.abs(braking[(t > 0.4) & (t < 1.6)]).max() == 0
