"""Curves through the bar and the beat, of feet whose moments are known."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.dataset.archive import Beats
from ballo.motion.skeleton import Skeleton
from ballo.report.danced import Danced
from ballo.report.timing import BAR_BINS_A_BEAT, BEAT_BINS, timing

FEET = Skeleton(("a", "b", "c", "d"), (-1, 0, 0, 0), np.zeros((4, 3)), (("a", "b"), ("c", "d")))
FPS = 50.0


def dancer(late_beats: float, metre: int = 4, period: float = 0.6, joins=(), strength=None, downbeat: int = 0) -> Danced:
    """Feet that step in turn once a beat, 0.5 m in 0.3 s, coming to rest `late_beats` after it; on the first beat they wait."""
    seconds = np.arange(round(30 * FPS)) / FPS
    beats = period * np.arange(60)
    way = np.zeros((2, len(seconds)))
    for index, beat in enumerate(beats):
        if (index - downbeat) % metre:
            share = np.clip((seconds - (beat + late_beats * period - 0.3)) / 0.3, 0, 1)
            way[index % 2] += 0.5 * (10 * share**3 - 15 * share**4 + 6 * share**5)
    positions = np.zeros((len(seconds), 4, 3))
    positions[:, :2, 2], positions[:, 2:, 2] = way[0, :, None], way[1, :, None]
    known = Beats(beats, (np.arange(60) - downbeat) % metre, metre)
    return Danced("x", "march", "train", FEET, positions, (-1, 0, -1, 2), FPS, np.array(joins, float), known, strength)


def test_steps_fall_where_they_do_in_the_beat():
    on = timing([dancer(0.0)])
    late = timing([dancer(0.25)])
    # A foot has stepped a little before it rests.
    assert abs((on.phases.argmax() + BEAT_BINS // 2) % BEAT_BINS - BEAT_BINS // 2) <= 3
    assert (late.phases.argmax() - on.phases.argmax()) % BEAT_BINS == pytest.approx(BEAT_BINS / 4, abs=1)
    assert on.phases.sum() == len(dancer(0.0).steps().counted)


def test_the_beat_is_in_the_middle_of_its_part():
    late = float(np.median((dancer(0.0).steps().counted / 0.6 + 0.5) % 1 - 0.5))
    for off in (-0.015, 0.015):
        assert timing([dancer(off - late)]).phases.argmax() == 0


def test_the_bar_begins_where_the_music_says():
    folds = [timing([dancer(0.0, downbeat=downbeat)]).speed for downbeat in (0, 1)]
    assert folds[1] == pytest.approx(folds[0], abs=0.1)


def test_feet_move_before_each_beat_but_the_first_and_brake_into_it():
    found = timing([dancer(0.0)])
    assert (found.metre, found.dances, len(found.speed)) == (4, 1, 4 * BAR_BINS_A_BEAT)
    before = [found.speed[(beat * BAR_BINS_A_BEAT - 3) % len(found.speed)] for beat in range(4)]
    assert before[0] < 0.1 * min(before[1:])
    # Speed peaks half-way through a step, 0.15 s before the beat, and braking after that.
    peak = found.speed[: 2 * BAR_BINS_A_BEAT].argmax() + 0.5
    assert peak / BAR_BINS_A_BEAT == pytest.approx(1 - 0.15 / 0.6, abs=0.1)
    assert found.braking[: 2 * BAR_BINS_A_BEAT].argmax() + 0.5 > peak
    # Three steps of half a metre in a bar of 2.4 s, by one of two feet.
    assert found.speed.mean() == pytest.approx(3 * 0.5 / 2.4 / 2, rel=0.03)


def test_music_is_folded_on_the_same_bar():
    at = np.arange(3200) / 100
    heard_from = dancer(0.0).heard_from
    strength = 0.1 + np.exp(-0.5 * (((at + heard_from + 1.2) % 2.4 - 1.2) / 0.03) ** 2)
    found = timing([dancer(0.0, strength=strength)])
    assert found.music.argmax() in (0, 4 * BAR_BINS_A_BEAT - 1)
    assert found.music.mean() == pytest.approx(1, abs=0.05)


def test_what_happens_at_joins_is_left_out():
    everywhere = timing([dancer(0.0, joins=np.arange(0, 30, 2.4) + 0.6)])
    second = slice(BAR_BINS_A_BEAT - 4, BAR_BINS_A_BEAT + 4)
    assert everywhere.speed[second].max() == 0
    assert timing([dancer(0.0)]).speed[second].max() > 0.5


def test_the_most_frequent_metre_is_folded():
    found = timing([dancer(0.0, 4), dancer(0.0, 3), dancer(0.1, 3)])
    assert (found.metre, found.dances) == (3, 2)


def test_without_bars_there_is_nothing_to_fold():
    assert timing([]) is None
