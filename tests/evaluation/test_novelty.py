"""What is new of dances, against an archive of which all is known."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest

from ballo.dataset import archiving, splits
from ballo.dataset.archiving import Contents, Entry, Origin
from ballo.evaluation import trained
from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.measures import novelty
from ballo.evaluation.measures.measure import TooFew
from ballo.metrics import diversity
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

KNOWN, NEW = ("C-1-1", "take"), ("C-2-1", "take")


def entry(name, split, positions, unit, usable):
    motion = Motion.from_positions(DANCER, positions, 25.0)
    frames = len(positions)
    samples = archiving.as_int16(np.zeros(frames * 640 + 2 * 16_000, dtype=np.float32)) if split != "motion_only" else None
    origin = Origin((KNOWN, NEW), unit, np.zeros(frames, np.float32), np.zeros(frames, np.uint8))
    return Entry(name, "cha-cha", split, motion, usable, samples, {"joins": [float(np.argmax(unit))]}, origin)


@pytest.fixture(scope="module")
def archive(tmp_path_factory, planted):
    """Training shows frames 0 to 100 of the planted dance and keeps back 500 to 600; validation dances 20 to 100 and those."""
    unit = np.repeat(np.array([0, 1], np.int16), 100)
    positions = np.concatenate([planted(np.arange(100.0)), planted(np.arange(500.0, 600.0))])
    entries = [
        entry("DANCE_C_2", "train", positions, unit, ((0, 100),)),
        entry("DANCE_C_8", "val", positions[20:], unit[20:], ((0, 180),)),
    ]
    held_out = frozenset({NEW})
    folder = tmp_path_factory.mktemp("archives") / "two"
    return archiving.write(folder, Contents(entries, splits.shipped(), held_out=held_out))


@pytest.fixture
def song(staged, archive):
    return lambda *dances, **more: Danced(staged(**more), dances, context=Context(archive, "val", ()))


def test_what_training_shows_is_a_copy_and_what_it_keeps_back_is_new(archive, song, planted):
    copied, new = song(planted(np.arange(10.0, 90.0))), song(planted(np.arange(510.0, 590.0)))
    assert novelty.from_training(copied) == pytest.approx(0, abs=0.01)
    assert novelty.near_training(copied) == 100
    assert novelty.newness(copied) == pytest.approx(0, abs=0.01)
    assert novelty.from_training(new) > 1
    assert novelty.newness(new) == pytest.approx(1, rel=0.1)
    (kept,) = trained.held_back(archive)
    assert 80 <= len(kept) <= 100, "without what is near the join"


def test_noise_is_further_than_anything_new(song, planted):
    noisy = planted(np.arange(10.0, 90.0)) + np.random.default_rng(0).normal(scale=0.5, size=(80, 22, 3))
    assert novelty.newness(song(noisy)) > 2


def test_seeds_are_taken_together(song, planted):
    copied, new = planted(np.arange(0.0, 80.0)), planted(np.arange(510.0, 590.0))
    both = novelty.near_training(song(copied, new))
    assert both == pytest.approx((novelty.near_training(song(copied)) + novelty.near_training(song(new))) / 2)


def test_an_archive_that_holds_nothing_out_has_no_ratio(small_archive, staged, planted):
    danced = Danced(staged(), (planted(np.arange(80.0)),), context=Context(small_archive, "val", ()))
    assert novelty.from_training(danced) < 1
    with pytest.raises(TooFew, match="holds no movement out"):
        novelty.newness(danced)


def test_without_an_archive_nobody_knows_what_is_new(staged):
    with pytest.raises(TooFew, match="no archive"):
        novelty.from_training(Danced(staged(), (staged().real,)))


def test_spread_is_that_of_all_frames_and_pairs_within_a_hundredth(staged, planted):
    songs = [
        Danced(staged(str(k)), tuple(planted(170.0 * k + 31 * seed + np.arange(200)) for seed in range(3))) for k in range(6)
    ]
    exact = [diversity.spread(DANCER, dances) for dances in zip(*(song.by_seed for song in songs), strict=True)]
    assert novelty.song_spread(songs) == pytest.approx(100 * np.mean(exact), rel=0.01)


def test_a_song_drawn_twice_is_no_pair(staged, planted):
    songs = [Danced(staged(str(k)), (planted(170.0 * k + np.arange(200)),)) for k in range(3)]
    apart = {pair: novelty.song_spread([songs[pair[0]], songs[pair[1]]]) for pair in combinations(range(3), 2)}
    assert novelty.song_spread([songs[0], songs[0], songs[2]]) == pytest.approx(apart[0, 2])
    assert novelty.song_spread([songs[2], songs[1], songs[0]]) == pytest.approx(np.mean(list(apart.values())))
    assert math.isnan(novelty.song_spread([songs[0], songs[0]]))


def test_distances_agree_with_the_plain_ones(staged, planted):
    song = staged()
    dances = tuple(planted(61.0 * seed + np.arange(180 + seed)) for seed in range(3))
    danced = Danced(song, dances, dances[1:])
    assert novelty.seed_change(danced) == pytest.approx(100 * diversity.spread(DANCER, dances), rel=1e-5)
    to_real = [diversity.pose_distance(DANCER, dance, song.real) for dance in dances]
    assert novelty.distance(danced) == pytest.approx(100 * np.mean(to_real), rel=1e-5)
    changes = [diversity.pose_distance(DANCER, a, b) for a, b in pairwise(dances)]
    assert novelty.song_change(danced) == pytest.approx(100 * np.mean(changes), rel=1e-5)
    assert novelty.response(danced) == pytest.approx(novelty.song_change(danced) / novelty.seed_change(danced))


def test_one_seed_and_no_other_song_change_nothing_that_is_known(staged):
    song = staged()
    danced = Danced(song, (song.real,), real=True)
    assert novelty.distance(danced) == 0
    assert all(math.isnan(of(danced)) for of in (novelty.seed_change, novelty.song_change, novelty.response))
    assert math.isnan(novelty.song_spread([danced]))
