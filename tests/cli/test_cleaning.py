"""`ballo dance` cleans up what models dance, unless it is told not to, and keeps a dance where it should be."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from ballo import demo
from ballo.cli.cleaning import Cleaning
from ballo.export import npz
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleanup import PLACE_ONLY, clean
from ballo.inference.cleanup_steps import CleanupConfig
from ballo.music.audio import open_song


@pytest.fixture
def song(folder):
    return shutil.copy(demo.song(), folder / "song.mp3")


@pytest.fixture
def own(shipped, song):
    """What the model dances to the first 3 s of the song."""
    return Choreographer.load().dance(open_song(song, duration_seconds=3), style="march")


def danced(ballo, folder, *options):
    said = ballo("dance", "song.mp3", "--duration", 3, "--style", "march", "-o", "a.npz", *options)
    assert (said.status, said.err) == (0, "")
    return npz.read(folder / "a.npz")


def test_raw_is_the_models_own_output_and_a_dance_is_cleaned_up_otherwise(ballo, folder, own):
    assert danced(ballo, folder, "--raw") == own
    assert danced(ballo, folder) == clean(own)
    assert not np.array_equal(clean(own).root, own.root)


def test_on_the_spot_and_on_a_stage(ballo, folder, own):
    assert danced(ballo, folder, "--in-place") == clean(own, CleanupConfig(in_place=True))
    assert danced(ballo, folder, "--bounds", "4x2.5") == clean(own, CleanupConfig(bounds=(4.0, 2.5)))


def test_recordings_are_replayed_as_they_are_but_where_they_are_wanted(own):
    assert Cleaning()(own, replayed=True) is own
    assert Cleaning(in_place=True)(own, replayed=True) == clean(own, replace(PLACE_ONLY, in_place=True))
    assert Cleaning(bounds=(3.0, 3.0))(own, replayed=True).meta["cleanup"] == ["bounds 3x3"]
    assert Cleaning(raw=True)(own) is own


def test_a_dancer_who_stands_in_silence_is_left_alone(own):
    silent = replace(own, meta=own.meta | {"silent": True})
    assert Cleaning()(silent) is silent


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--raw", "--in-place"], "--raw and --in-place contradict one another: leave one out"),
        (["--raw", "--bounds", "4x4"], "--raw and --bounds contradict one another: leave one out"),
        (["--in-place", "--bounds", "4x4"], "--in-place and --bounds contradict one another: leave one out"),
        (["--bounds", "4"], "--bounds 4: give width and depth in metres, as in 4x4"),
        (["--bounds", "1x1"], "--bounds 1x1: a stage is at least 2 m wide and deep; --in-place needs no room"),
    ],
)
def test_what_cannot_be_asked_for(ballo, folder, song, options, reason):
    assert ballo("dance", "song.mp3", *options).refusal == reason
    assert {path.name for path in folder.iterdir()} == {"song.mp3"}


def test_figures_do_not_move(ballo, folder):
    assert ballo("dance", "--poses", 4, "--raw").refusal == "--raw is for dances: leave it out, or --poses"
