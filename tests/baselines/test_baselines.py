"""Baselines as dancers: lengths, seeds, refusals, and that none of them sees what it is judged by."""

from __future__ import annotations

import math
import shutil

import numpy as np
import pytest

from ballo import baselines
from ballo.dataset.archive import Archive
from ballo.errors import AudioError, BalloError, DataError

CHOSEN = ("markov", "retrieval", "other")


@pytest.mark.parametrize("name", baselines.NAMES)
@pytest.mark.parametrize("seconds", [12.0, 13.337, 31.0])
def test_a_dance_is_exactly_as_long_as_its_song(ballroom, name, seconds):
    song = ballroom.cut(seconds, start=1.7)
    motion = baselines.open(name, ballroom.archive.path).dance(song, style="cha-cha", seed=0)
    assert len(motion) == math.ceil(seconds * 25)
    assert motion.fps == 25
    assert (motion.meta["model"], motion.meta["style"], motion.meta["seed"]) == (name, "cha-cha", 0)
    assert motion.meta["start_seconds"] == 1.7


@pytest.mark.parametrize("name", baselines.NAMES)
def test_a_seed_is_a_dance(ballroom, name):
    song = ballroom.cut(20.0)
    one, again = (baselines.open(name, ballroom.archive.path).dance(song, style="cha-cha", seed=4) for _ in range(2))
    np.testing.assert_array_equal(one.rotations, again.rotations)
    np.testing.assert_array_equal(one.root, again.root)


@pytest.mark.parametrize("name", CHOSEN)
def test_another_seed_is_another_dance(ballroom, name):
    dancer, song = baselines.open(name, ballroom.archive.path), ballroom.cut(20.0)
    dances = [dancer.dance(song, style="cha-cha", seed=seed).rotations for seed in range(4)]
    assert len({rotations.tobytes() for rotations in dances}) > 1


@pytest.mark.parametrize("name", baselines.NAMES)
def test_the_validation_split_is_not_looked_at(ballroom, judged_otherwise, name):
    """With other dances and music to validate with, nothing changes."""
    song = ballroom.cut(20.0)
    for seed in range(3):
        here, there = (
            baselines.open(name, place.archive.path).dance(song, style="cha-cha", seed=seed)
            for place in (ballroom, judged_otherwise)
        )
        np.testing.assert_array_equal(here.rotations, there.rotations)


def test_styles_are_those_of_the_train_split(ballroom):
    dancer = baselines.open("mean", ballroom.archive.path)
    assert dancer.styles == ("cha-cha", "rumba")
    with pytest.raises(BalloError, match=r"mean dances no 'waltz': choose among cha-cha, rumba"):
        dancer.dance(ballroom.cut(5.0), style="waltz", seed=0)


def test_a_seed_is_a_number(ballroom):
    with pytest.raises(BalloError, match="a seed is a whole number"):
        baselines.open("mean", ballroom.archive.path).dance(ballroom.cut(5.0), style="rumba", seed=-1)


def test_names_with_an_archive(ballroom):
    dancer = baselines.opened(f"other:{ballroom.archive.path}")
    assert dancer is not None
    assert dancer.name == "other"
    assert baselines.opened("ballroom") is None
    assert baselines.opened("some:thing") is None
    assert baselines.opened("markov") is None
    with pytest.raises(BalloError, match="names no archive"):
        baselines.opened("markov:")


def test_an_unknown_name_is_answered_with_the_four(ballroom):
    with pytest.raises(BalloError, match=r"no baseline 'nobody': choose markov, retrieval, mean or other"):
        baselines.open("nobody", ballroom.archive.path)


def test_no_archive(tmp_path):
    with pytest.raises(DataError, match="is no ballo archive"):
        baselines.opened(f"retrieval:{tmp_path}")


def test_an_archive_without_train_dances(ballroom, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(ballroom.archive.path, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"split": "train"', '"split": "val"'))
    assert not Archive.open(folder).select("train")
    with pytest.raises(DataError, match="no dances to learn from"):
        baselines.open("mean", folder)


@pytest.mark.parametrize("name", ["markov", "retrieval"])
def test_music_without_a_beat_is_refused(ballroom, make_song, tmp_path, name):
    from ballo.music.audio import open_song

    silent = open_song(make_song(tmp_path / "silent.wav", 44100 * 8, level=0.0))
    with pytest.raises(AudioError, match="silent"):
        baselines.open(name, ballroom.archive.path).dance(silent, style="cha-cha", seed=0)
