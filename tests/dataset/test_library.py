"""What can be danced from a source: takes, beats and units, and which units nobody learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ballo.dataset import grids, library, recordings
from ballo.dataset.library import HELD_OUT_SHARE, choose_held_out
from ballo.dataset.recordings import Publication, Script
from ballo.dataset.units import Unit

NOTHING = Publication((), {}, ())


def build(source, publication=NOTHING, validation=()):
    return library.build(source.choreonet, source.folder, publication, validation)


@pytest.fixture(scope="module")
def source(tmp_path_factory, source_in, planted_dancer):
    """A long take of rumba, a short one at another tempo, and one that no unit is cut from."""
    filled = source_in(tmp_path_factory.mktemp("library"))
    dancer = planted_dancer()
    filled.take(dancer.markers("16"), dancer.intervals([4] * 13, take="16", letter="R", first_beat=4, jitter=0.15))
    short = planted_dancer(period=0.47, phase=0.4, seconds=13.0, mood=1.0)
    units = short.intervals([4] * 5, take="19", letter="R", first_beat=2)
    filled.take(short.markers("19"), [replace(unit, tag=f"R-{20 + n}-1") for n, unit in enumerate(units)])
    filled.take(planted_dancer(seconds=6.0).markers("99"))
    filled.row("16", "R-0-1", "", "", "11", "160", "4")
    filled.row("20", "W-1-1", "", "", "0", "100", "3")
    return filled


@pytest.fixture(scope="module")
def built(source):
    return build(source)


def test_takes_that_units_are_cut_from_are_read(built):
    made, problems = built
    assert problems == []
    assert sorted(made.takes) == ["16", "19"]
    assert len(made.units) == 13 + 5 + 1
    assert made.known == {*made.units, "W-1-1"}
    assert [unit.tag for unit in made.of_style("rumba")] == sorted(made.units)
    assert made.of_style("waltz") == []


def test_a_long_take_has_a_grid_and_a_short_one_gets_it_by_likeness(built):
    made, _ = built
    assert made.grids["16"].rule == grids.STEPS
    assert made.grids["16"].period_seconds == pytest.approx(0.484, rel=0.001)
    assert made.grids["19"].rule == grids.LIKENESS
    assert made.grids["19"].period_seconds == pytest.approx(0.47, rel=0.01)
    for unit in made.of_style("rumba"):
        assert unit.in_tempo
        assert unit.beats == 4
    starts = [(made.units[f"R-{n}-1"].start_seconds - 0.143) / 0.484 for n in range(1, 14)]
    np.testing.assert_allclose(starts, np.arange(4, 56, 4), atol=0.05)


def test_what_it_says_of_itself_is_plain(built):
    import json

    said = json.loads(json.dumps(built[0].described()))
    assert list(said) == ["takes"]
    assert said["takes"]["16"]["grid"]["rule"] == "steps"
    assert said["takes"]["16"]["seconds"] == 32.0
    assert [record["name"] for record in said["takes"]["16"]["records"]] == ["gaps", "spikes", "tilt", "heels"]


def test_the_same_source_is_the_same_library(source, built):
    again, _ = build(source)
    assert again.units == built[0].units
    assert again.grids == built[0].grids
    assert again.held_out == built[0].held_out


def test_the_key_knows_every_file(choreonet_folder, planted_dancer):
    source = choreonet_folder
    path = source.take(planted_dancer(seconds=2.0).markers("16"))
    source.row("16", "R-1-1", "", "", "0", "100", "4")
    first = library.key_of(source.choreonet, NOTHING)
    assert library.key_of(source.choreonet, NOTHING) == first
    source.row("16", "R-2-1", "", "", "100", "150", "2")
    second = library.key_of(source.choreonet, NOTHING)
    path.write_bytes(path.read_bytes() + b"\0")
    third = library.key_of(source.choreonet, NOTHING)
    (path.parent / "17.c3d").write_bytes(b"")
    assert len({first, second, third, library.key_of(source.choreonet, NOTHING)}) == 4


def test_takes_too_short_for_anything_are_takes(choreonet_folder, planted_dancer):
    """One bar, at the very start of its take, to its very end."""
    dancer = planted_dancer(seconds=2.2)
    choreonet_folder.take(dancer.markers("16"), dancer.intervals([4], take="16"))
    made, problems = build(choreonet_folder)
    assert problems == []
    assert made.grids == {}
    assert not made.units["C-1-1"].in_tempo


def test_every_take_broken_is_a_library_of_nothing(choreonet_folder):
    source = choreonet_folder
    source.row("16", "R-1-1", "", "", "0", "100", "4")
    (source.choreonet / "raw_c3d").mkdir()
    (source.choreonet / "raw_c3d" / "16.c3d").write_bytes(b"")
    made, problems = build(source)
    assert (made.units, made.takes, made.known) == ({}, {}, {"R-1-1"})
    assert [problem.path for problem in problems] == ["choreonet/raw_c3d/16.c3d"]
    assert made.held_out == frozenset()


# Held out.


def figures(*tags, beats=4):
    return {tag: Unit(tag, "16", 0.0, 2.0, beats, True, beats) for tag in tags}


def published(**scripts):
    return Publication((), {}, (), {name: Script(tuple(tags), (4,) * len(tags)) for name, tags in scripts.items()})


def test_a_tenth_of_each_styles_figures_is_held_out():
    cut = figures(*(f"C-{n}-1" for n in range(1, 41)), *(f"R-{n}-1" for n in range(1, 21)), "C-0-1", "C-0-2", "W-1-1")
    held_out = choose_held_out(cut, published(), ())
    assert sum(tag.startswith("C") for tag in held_out) == round(HELD_OUT_SHARE * 40)
    assert sum(tag.startswith("R") for tag in held_out) == round(HELD_OUT_SHARE * 20)
    assert not held_out & {"C-0-1", "C-0-2", "W-1-1"}


def test_what_validation_shows_and_training_does_not_is_held_out():
    cut = figures(*(f"C-{n}-1" for n in range(1, 11)))
    scripts = {
        "DANCE_C_2": ["C-1-1", "C-2-1", "C-3-1", "C-3-1"],
        "DANCE_C_8": ["C-2-1", "C-3-1", "C-4-1"],
    }
    assert choose_held_out(cut, published(**scripts), ["DANCE_C_8"]) == {"C-4-1"}
    scripts["DANCE_C_3"] = ["C-4-1", "C-4-1", "C-4-1"]
    assert choose_held_out(cut, published(**scripts), ["DANCE_C_8"]) == {"C-2-1"}


def test_the_choice_does_not_hang_on_the_order():
    tags = [f"C-{n}-1" for n in range(1, 31)]
    assert choose_held_out(figures(*tags), published(), ()) == choose_held_out(figures(*reversed(tags)), published(), ())


def test_recordings_are_hashed_into_the_key_of_what_is_rebuilt_from_them(choreonet_folder, planted_dancer):
    source = choreonet_folder
    dancer = planted_dancer(seconds=4.0)
    source.take(dancer.markers("16"))
    source.row("20", "W-1-1", "", "", "0", "100", "3")
    source.dance("DANCE_W_1", dancer.joints(np.arange(50) / 25))
    one = library.key_of(source.choreonet, recordings.read(source.folder))
    config = source.folder / "tang2018" / "DANCE_W_1" / "config.json"
    config.write_text(config.read_text() + " ")
    assert library.key_of(source.choreonet, recordings.read(source.folder)) != one
