"""Baselines that learn anew without a fold's songs: nothing of these songs reaches them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ballo import baselines
from ballo.baselines.markov import trained
from ballo.baselines.repertoire import Repertoire
from ballo.dataset import stock
from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.evaluation.folds import folds

COUNT = 3


def spoilt(archive: Archive, songs: tuple[str, ...]) -> Archive:
    """The archive with other movement, other music and other scripts for some songs."""
    dances = []
    for dance in archive.dances:
        if dance.name in songs:
            away, quiet = np.array(dance.root) + 5, np.array(dance.samples)[::-1].copy()
            turned = np.array(dance.rotations)[::-1].copy()
            dance = replace(dance, root=away, samples=quiet, rotations=turned)
        dances.append(dance)
    library = archive.manifest["library"]
    scripts = {
        name: script | {"tags": ["C-4-1"] * len(script["tags"])} if name in songs else script
        for name, script in library["scripts"].items()
    }
    manifest = {**archive.manifest, "library": {**library, "scripts": scripts}}
    return replace(archive, dances=tuple(dances), manifest=manifest)


@pytest.mark.parametrize("name", baselines.NAMES)
@pytest.mark.parametrize("number", range(COUNT))
def test_a_fold_s_songs_do_not_matter_to_who_learns_without_them(ballroom, name, number):
    fold = folds(ballroom.archive, COUNT)[number]
    there = folds(spoilt(ballroom.archive, fold.songs), COUNT)[number]
    assert there.songs == fold.songs
    song = ballroom.cut(20.0)
    for seed in range(3):
        dances = [baselines.learnt(name, each.archive).dance(song, style="cha-cha", seed=seed) for each in (fold, there)]
        np.testing.assert_array_equal(dances[0].rotations, dances[1].rotations)
        np.testing.assert_array_equal(dances[0].root, dances[1].root)


@pytest.mark.parametrize("name", baselines.NAMES)
def test_the_other_songs_do_matter(ballroom, name):
    """So that the test above is not passed by who learns nothing."""
    fold = folds(ballroom.archive, COUNT)[0]
    kept = tuple(dance.name for dance in fold.archive.select("train"))
    there = folds(spoilt(ballroom.archive, kept), COUNT)[0]
    song = ballroom.cut(20.0)
    dances = [baselines.learnt(name, each.archive).dance(song, style="cha-cha", seed=0) for each in (fold, there)]
    assert np.abs(dances[0].rotations - dances[1].rotations).max() > 1e-3


def test_the_chain_knows_only_scripts_of_a_fold_s_train_dances(ballroom):
    for fold in folds(ballroom.archive, COUNT):
        library = trained(stock.opened(fold.archive), Repertoire.of(fold.archive))
        assert not set(library.scripts) & set(fold.songs)
        danced = {tag for script in library.scripts.values() for tag in script.tags}
        assert all(tag in danced or unit.rest for tag, unit in library.units.items())


def test_a_whole_archive_is_learnt_from_as_by_its_path(ballroom):
    song = ballroom.cut(12.0)
    by_path = baselines.open("retrieval", ballroom.archive.path).dance(song, style="cha-cha", seed=1)
    opened = baselines.learnt("retrieval", ballroom.archive).dance(song, style="cha-cha", seed=1)
    np.testing.assert_array_equal(by_path.rotations, opened.rotations)


def test_an_unknown_baseline_is_refused(ballroom):
    with pytest.raises(BalloError, match=r"no baseline 'someone': choose markov, retrieval, mean or other"):
        baselines.learnt("someone", ballroom.archive)
