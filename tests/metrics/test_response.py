"""What another song and another seed change: by hand, written out, and what must not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.diversity import joint_distance
from ballo.metrics.response import MusicResponse, multimodality, music_response

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def at(metres, frames=10, joints=3):
    """A dancer who stands so far along x."""
    return np.full((frames, joints, 3), [metres, 0.0, 0.0])


def test_nobody_changes_nothing_that_is_known():
    for by_seed, other_song in (([], []), ([], [at(0)]), ([at(0)], []), ([at(0)[:0]], [at(0)])):
        found = music_response(by_seed, other_song)
        assert all(math.isnan(value) for value in (found.song_change, found.seed_change, found.ratio))
    assert math.isnan(multimodality([at(0)]))
    assert math.isnan(joint_distance(at(0), at(0)[:0]))


def test_by_hand():
    """Seeds at 0, 1 and 3 m are 1, 3 and 2 m apart; to the other song they are 4, 4 and 7 m from where they were."""
    found = music_response([at(0), at(1), at(3)], [at(4), at(5), at(-4)])
    assert found == MusicResponse(song_change=5, seed_change=2, ratio=2.5)
    assert multimodality([at(0), at(1), at(3)]) == 2


def test_who_does_the_same_to_any_song_does_not_respond():
    assert music_response([at(0), at(1)], [at(0), at(1)]) == MusicResponse(0, 1, 0)


def test_where_seeds_change_nothing_there_is_no_ratio():
    found = music_response([at(0), at(0)], [at(2), at(2)])
    assert (found.song_change, found.seed_change) == (2, 0)
    assert math.isnan(found.ratio)


def test_seeds_that_danced_to_one_song_alone_do_not_count():
    assert music_response([at(0), at(2), at(4)], [at(1)]).song_change == 1


def test_dances_are_compared_in_order_as_far_as_both_go():
    moving = np.arange(6.0)[:, None, None] * np.ones((1, 3, 3))
    assert joint_distance(moving, moving[:4]) == 0
    assert joint_distance(moving, moving[2:]) == pytest.approx(2 * math.sqrt(3))


@laws
@given(seeds, st.integers(2, 4))
def test_written_out(seed, count):
    random = np.random.default_rng(seed)
    mine, others = (random.normal(size=(count, 7, 2, 3)) for _ in range(2))
    pairs = [
        math.dist(mine[one, frame, joint], mine[other, frame, joint])
        for one in range(count)
        for other in range(one)
        for frame in range(7)
        for joint in range(2)
    ]
    songs = [math.dist(mine[k, f, j], others[k, f, j]) for k in range(count) for f in range(7) for j in range(2)]
    found = music_response(list(mine), list(others))
    assert found.seed_change == pytest.approx(np.mean(pairs))
    assert found.song_change == pytest.approx(np.mean(songs))
    assert found.ratio == pytest.approx(np.mean(songs) / np.mean(pairs))


@laws
@given(seeds, st.floats(0.1, 10), st.permutations(range(3)))
def test_neither_size_nor_the_order_of_seeds_changes_the_ratio(seed, size, order):
    random = np.random.default_rng(seed)
    mine, others = (random.normal(size=(3, 7, 2, 3)) for _ in range(2))
    found = music_response(list(mine), list(others))
    other = music_response([size * mine[k] for k in order], [size * others[k] for k in order])
    assert other.ratio == pytest.approx(found.ratio)
    assert other.seed_change == pytest.approx(size * found.seed_change)


@pytest.mark.parametrize("other", [np.zeros((5, 3)), np.zeros((5, 4, 3)), np.zeros((5, 3, 2))])
def test_other_shapes_are_refused(other):
    with pytest.raises(ValueError, match=r"\(T, J, 3\)"):
        multimodality([at(0), other])
    with pytest.raises(ValueError, match=r"\(T, J, 3\)"):
        music_response([at(0)], [other])
