"""Leaving songs out: every song once, styles dealt evenly, and nothing of a fold in what it is learnt without."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.archive import Archive, Dance, Unit
from ballo.dataset.splits import TRAIN, VALIDATION
from ballo.errors import DataError
from ballo.evaluation.folds import folds, song_of, unlearnt
from ballo.evaluation.songs import staged
from ballo.motion.skeleton import DANCER

UNITS = (Unit("W-1-1", "a", False), Unit("W-2-1", "a", True))


def dance(name, style="waltz", split="train", *, music=None, frames=100, **more):
    """Music is told by a number, by default the name's own."""
    seed = sum(ord(letter) * 31**place for place, letter in enumerate(name)) if music is None else music
    samples = np.random.default_rng(seed).integers(-900, 900, size=20 * 16_000 + frames * 640).astype(np.int16)
    blank = np.zeros((frames, 3), np.float32)
    given = {
        "samples": None if split == "motion_only" else samples[: 32_000 + frames * 640],
        "usable": ((0, frames),),
        "units": UNITS,
        "unit": np.zeros(frames, np.int16),
    } | more
    return Dance(name, style, split, given.pop("usable"), DANCER, 25.0, np.zeros((frames, 22, 4)), blank, blank > 0, **given)


def archive(*dances, scripts=None):
    names = {part: [each.name for each in dances if each.split == part] for part in ("train", "val", "motion_only")}
    manifest = {"split": names, "library": {"scripts": scripts or {}, "units": ["all"]}}
    return Archive(Path("somewhere"), tuple(dances), DANCER, 25.0, "remastered", UNITS, manifest)


@settings(max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4).filter(lambda sizes: sum(sizes) > 1),
    count=st.integers(2, 8),
    seed=st.integers(0, 99),
)
def test_every_song_is_left_out_once_and_styles_are_dealt_evenly(sizes, count, seed):
    random = np.random.default_rng(seed)
    dances = [
        dance(f"D_{style}_{k}", style=f"style {style}", split=str(random.choice(["train", "val"])), frames=10)
        for style, size in enumerate(sizes)
        for k in range(size)
    ]
    count = min(count, len(dances))
    found = folds(archive(*dances), count)
    assert sorted(name for fold in found for name in fold.songs) == sorted(each.name for each in dances)
    assert max(len(fold.songs) for fold in found) - min(len(fold.songs) for fold in found) <= 1
    for style in range(len(sizes)):
        shares = [sum(name.startswith(f"D_{style}_") for name in fold.songs) for fold in found]
        assert max(shares) - min(shares) <= 1
    for fold in found:
        train = {each.name for each in fold.archive.select(TRAIN)}
        assert train == {each.name for each in dances} - set(fold.songs)
        assert tuple(each.name for each in fold.archive.select(VALIDATION)) == fold.songs
    assert [fold.songs for fold in folds(archive(*dances), count)] == [fold.songs for fold in found]


def test_arrays_are_shared_and_the_archive_is_left_as_it_was():
    whole = archive(dance("a"), dance("b", split="val"), dance("c"))
    before = [(each.name, each.split, each.usable) for each in whole.dances]
    for fold in folds(whole, 3):
        for seen in fold.archive.dances:
            (own,) = (each for each in whole.dances if each.name == seen.name)
            assert seen.rotations is own.rotations
            assert seen.samples is own.samples
    assert [(each.name, each.split, each.usable) for each in whole.dances] == before


def test_dances_to_one_song_are_left_out_together():
    """One song in two cuts and two styles; a fold that leaves it out leaves out both."""
    whole = archive(dance("a", music=5), dance("b", style="tango", music=5), dance("c"), dance("d"))
    long = replace(whole.dances[1], samples=np.concatenate([whole.dances[1].samples, np.ones(9, np.int16)]))
    whole = replace(whole, dances=(whole.dances[0], replace(long, usable=((0, 50),)), *whole.dances[2:]))
    assert song_of(whole) == {"a": "a", "b": "b", "c": "c", "d": "d"}  # under ten seconds: another end is another song
    frames = 400
    whole = archive(dance("a", music=5, frames=frames), dance("b", music=5, frames=frames + 9), dance("c"), dance("d"))
    assert song_of(whole)["b"] == "a"
    for fold in folds(whole, 3):
        assert ("a" in fold.songs) == ("b" in fold.songs)
        assert "a" not in {song_of(whole)[each.name] for each in fold.archive.select(TRAIN)} or "a" not in fold.songs


def test_silence_at_the_start_does_not_make_two_songs_one():
    quiet = [replace(dance(name), samples=np.zeros(96_000, np.int16)) for name in "ab"]
    assert song_of(archive(*quiet)) == {"a": "a", "b": "b"}


def test_arranged_dances_are_in_no_fold():
    """Their figures follow one another as in the scripts of all songs, the fold's too."""
    arranged = [dance(f"a~{k}", provenance={"arranged": {"seed": k}}) for k in (1, 2)]
    found = folds(archive(dance("a"), *arranged, dance("b"), dance("m", split="motion_only")), 2)
    assert sorted(name for fold in found for name in fold.songs) == ["a", "b"]
    for fold in found:
        assert {each.name for each in fold.archive.dances} == {"a", "b", "m"}
        assert [each.name for each in fold.archive.select("motion_only")] == ["m"]


def test_scripts_of_a_fold_s_songs_are_not_in_its_library():
    scripts = {"a": ["one"], "b": ["two"], "c": ["three"]}
    whole = archive(dance("a"), dance("b", split="val"), dance("c"), scripts=scripts)
    for fold in folds(whole, 3):
        (left_out,) = fold.songs
        assert set(fold.archive.manifest["library"]["scripts"]) == set(scripts) - {left_out}
        assert fold.archive.manifest["split"] == {
            "train": sorted(set(scripts) - {left_out}),
            "val": [left_out],
            "motion_only": [],
        }
        assert fold.archive.manifest["library"]["units"] == ["all"]
    assert set(whole.manifest["library"]["scripts"]) == set(scripts)


def test_held_out_movement_stays_unlearnt_where_validation_dances_are_learnt_from():
    unit = np.zeros(100, np.int16)
    unit[30:45], unit[0:5], unit[99:] = 1, 1, 1
    whole = archive(dance("a"), dance("v", split="val", unit=unit, usable=((0, 50), (60, 100))))
    first, second = folds(whole, 2)
    (learnt,) = first.archive.select(TRAIN)
    assert learnt.name == "v"
    assert learnt.usable == ((5, 30), (45, 50), (60, 99))
    (judged,) = second.archive.select(VALIDATION)
    assert judged.usable == ((0, 50), (60, 100))


@pytest.mark.parametrize("count", [-1, 0, 1, 4])
def test_folds_that_cannot_be_are_refused(count):
    with pytest.raises(DataError, match=rf"{count} folds: the archive somewhere has 3 songs, so give 2 to 3"):
        folds(archive(dance("a"), dance("b"), dance("c"), dance("m", split="motion_only")), count)


def test_a_fold_s_songs_are_staged(small_archive):
    found = folds(small_archive, 4)
    assert Counter(name for fold in found for name in fold.songs) == Counter(d.name for d in small_archive.dances)
    for fold in found:
        with staged(fold.archive, VALIDATION) as songs:
            assert tuple(song.name for song in songs) == fold.songs


def test_what_a_bundle_did_not_learn_from(small_archive):
    names, said = unlearnt({"manifest_sha256": small_archive.manifest_sha256, "songs": 3}, small_archive)
    assert names == {"DANCE_W_1"}
    assert said == "learnt from this archive and cannot learn anew: it dances the 1 song of its validation split"
    names, said = unlearnt({"manifest_sha256": "another", "songs": 37}, small_archive)
    assert names == {"DANCE_W_1"}
    assert "from another archive (37 songs)" in said
    assert "as if that had been split alike" in said
