"""What of a dance is measured, by grade."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ballo.dataset.archive import FULL_SCALE
from ballo.motion.skeleton import Skeleton
from ballo.motion.steps import steps
from ballo.music import onsets
from ballo.report import danced


def test_of_a_published_dance_its_points_are_measured(as_published, remastered):
    dance, known = danced.read(as_published, remastered)[0], as_published.dances[0]
    assert np.array_equal(dance.positions, known.points)
    assert np.array_equal(dance.toes, known.points[:, [11, 20]])
    assert dance.bones[8] == 7
    assert [index for index, other in enumerate(dance.bones) if other < 0] == [1, 2, 3, 6, 12, 14, 15, 16, 22]
    feet = known.points[:, [10, 11, 19, 20]]
    four = Skeleton(("a", "b", "c", "d"), (-1, 0, 0, 0), np.zeros((4, 3)), (("a", "b"), ("c", "d")))
    assert np.array_equal(steps(dance.skeleton, dance.positions, 25.0), steps(four, feet, 25.0))


def test_of_other_grades_the_motion_is(remastered):
    dance, known = danced.read(remastered)[0], remastered.dances[0]
    assert np.array_equal(dance.positions, known.motion().positions)
    assert tuple(dance.bones) == known.skeleton.parents
    assert dance.joins.tolist() == [4.0, 8.02]


def test_beats_come_from_the_other_archive_where_the_song_has_them(as_published, remastered, later_seconds):
    borrowed, owned = danced.read(as_published, remastered), danced.read(remastered)
    assert [dance.name for dance in borrowed] == ["DANCE_C_2", "DANCE_W_4"]
    assert borrowed[1].beats.seconds == pytest.approx(owned[2].beats.seconds - later_seconds)
    assert [dance.downbeat for dance in owned] == [0, 3, 1]
    assert (borrowed[1].beats.metre, borrowed[1].downbeat) == (3, 1)
    assert [dance.beats for dance in danced.read(as_published)] == [None, None]


def test_beats_are_not_borrowed_from_a_song_whose_beginning_is_unknown(as_published, remastered):
    nowhere = replace(remastered, dances=tuple(replace(dance, provenance={}) for dance in remastered.dances))
    assert danced.read(as_published, nowhere)[0].beats is None


def test_without_music_there_are_no_beats_to_be_in_time_with(remastered):
    silent = replace(remastered, dances=(replace(remastered.dances[0], samples=None),))
    (dance,) = danced.read(silent)
    assert (dance.beats, dance.strength, dance.steps(), dance.heard(), dance.downbeat) == (None, None, None, None, None)


def test_notes_are_heard_where_they_are(remastered):
    dance = danced.read(remastered)[0]
    seconds = dance.heard_from + np.arange(len(dance.strength)) / onsets.FPS
    for beat in dance.beats.seconds[(dance.beats.seconds > 0) & (dance.beats.seconds < 11)]:
        near = np.abs(seconds - beat) < 0.1
        assert abs(seconds[near][dance.strength[near].argmax()] - beat) < 0.015


def test_it_does_not_matter_in_what_blocks_music_is_heard(remastered):
    samples = remastered.dances[0].samples
    whole = onsets.regions(onsets.listen([samples.astype(np.float32) / FULL_SCALE])).mean(axis=1)
    assert len(samples) > 10 * 16_000
    assert danced.onset_strength(samples) == pytest.approx(whole, abs=1e-5)


def test_progress_is_told(remastered):
    told = []
    danced.read(remastered, progress=lambda *what: told.append(what))
    assert told == [("DANCE_C_2", 0, 3), ("DANCE_C_10", 1, 3), ("DANCE_W_4", 2, 3)]
