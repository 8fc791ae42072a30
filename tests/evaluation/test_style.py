"""Dances judged by a classifier of which all is known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.measures import style
from ballo.evaluation.measures.measure import TooFew
from ballo.metrics.style import StyleClassifier
from ballo.motion.skeleton import DANCER

STYLES = ("march", "waltz")


class _ByHeight:
    """A graph that takes clips whose first pelvis stands above 2 m for waltzes, at 9 to 1, and counts what it is asked."""

    def __init__(self):
        self.clips = 0

    def run(self, names, given):
        positions = given["positions"]
        self.clips += len(positions)
        high = positions[:, 0, 0, 1] > 2
        return [np.where(high[:, None], [[0.1, 0.9]], [[0.9, 0.1]]).astype(np.float32)]


@pytest.fixture
def judge():
    return StyleClassifier(STYLES, 25.0, 120, DANCER.joint_names, {}, _ByHeight())


@pytest.fixture
def danced(staged, judge):
    """What dancers do to a song, so many metres up from the real dance, a height a seed."""
    context = Context(archive=SimpleNamespace(), split="val", songs=())
    style.choose(context, judge)

    def make(*up, name="one", style="waltz", **more):
        song = staged(name, style, **more)
        return Danced(song, tuple(song.real + np.array([0, metres, 0]) for metres in up), context=context)

    return make


def test_clips_of_all_seeds_are_counted(danced):
    """200 frames hold two clips of 120 that begin 60 apart, for each seed."""
    one, other = danced(5, 0, 5), danced(0, 0, 0, name="other", style="march")
    assert style.accuracy([one]) == pytest.approx(100 * 2 / 3)
    found = style.confusion([one, other])
    assert found.confusion.tolist() == [[6, 0], [2, 4]]
    assert found.accuracy == pytest.approx(10 / 12)
    assert style.probability([one]) == pytest.approx(100 * (0.9 + 0.1 + 0.9) / 3)


def test_a_style_of_many_songs_counts_no_more_than_one_of_few(danced):
    """Three waltzes that are right and a march that is not: half."""
    songs = [danced(5, name=name) for name in "abc"] + [danced(5, name="d", style="march")]
    assert style.confusion(songs).accuracy == 0.75
    assert style.accuracy(songs) == pytest.approx(50)
    assert style.probability(songs) == pytest.approx(50)


def test_a_song_is_judged_once_however_often_it_is_drawn(danced, judge):
    song = danced(5, 0)
    assert style.accuracy([song]) == style.accuracy([song] * 7) == 50
    style.probability([song] * 3)
    assert judge.session.clips == 4


def test_styles_that_nobody_knows_are_said_so(danced):
    known, unknown = danced(5), danced(5, name="other", style="polka")
    with pytest.raises(TooFew, match="the classifier knows march, waltz"):
        style.accuracy([unknown])
    with pytest.raises(TooFew, match="the classifier knows march, waltz"):
        style.probability([unknown])
    assert style.accuracy([known, unknown]) == 100
    assert all(np.isnan(measure.of_song(unknown)) for measure in style.MEASURES)
    assert [measure.of_song(known) for measure in style.MEASURES] == pytest.approx([100, 90])


def test_where_no_clip_is_long_enough_there_is_too_little(danced):
    usable = np.arange(200) < 100
    with pytest.raises(TooFew, match=r"no clip of 4\.8 s"):
        style.accuracy([danced(5, usable=usable)])
    with pytest.raises(TooFew, match=r"no clip of 4\.8 s"):
        style.probability([danced(5, usable=usable)])
    with pytest.raises(TooFew, match="no dances"):
        style.accuracy([])


def test_joints_that_nobody_knows_are_said_so(staged):
    other = StyleClassifier(("waltz",), 25.0, 120, DANCER.joint_names[::-1], {}, _ByHeight())
    context = Context(archive=SimpleNamespace(), split="val", songs=())
    style.choose(context, other)
    song = staged()
    with pytest.raises(TooFew, match="judges the 22 joints right_hand"):
        style.accuracy([Danced(song, (song.real,), context=context)])


def test_the_shipped_one_judges_where_no_other_was_chosen(staged):
    song = staged()
    found = style.confusion([Danced(song, (song.real,), real=True)])
    assert found.confusion.shape == (4, 4)
    assert found.confusion.sum() == found.confusion[3].sum() == 2
