"""The library that an archive keeps comes out as it went in, and dances the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ballo.dataset import archiving, stock
from ballo.dataset.archive import REMASTERED, Archive
from ballo.dataset.archiving import Contents, Entry
from ballo.dataset.grids import Grid
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.rendering import Placement, render
from ballo.dataset.splits import Split
from ballo.dataset.units import Unit
from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

GRID = Grid(0.484, 0.143, 2, 4, "steps", 0.3, 0.01, 0.43, 114)
SPLIT = Split(("DANCE_C_2",), ())


@pytest.fixture(scope="module")
def library(take_15, planted_dancer):
    takes = {"17": planted_dancer(seconds=8.0, mood=2.0).take("17"), "15": take_15, "9": planted_dancer(seconds=3.0).take("9")}
    units = {
        "C-1-1": Unit("C-1-1", "15", 0.143, 0.143 + 4 * 0.484, 4, True, 4, 0),
        "C-2-1": Unit("C-2-1", "17", 1.111, 1.111 + 8 * 0.484, 8, False, 10, None),
    }
    scripts = {"DANCE_C_2": Script(("C-1-1", "C-2-1"), (4, 10), 30, 180), "DANCE_C_5": Script(("C-1-1",), (4,))}
    return Library(takes, {"15": GRID}, units, frozenset({*units, "C-9-9"}), frozenset({"C-2-1"}), scripts)


def write(path, library, planted):
    motion = Motion.from_positions(DANCER, planted(np.arange(50.0)), 25.0)
    entry = Entry("DANCE_C_2", "cha-cha", "train", motion, ((0, 50),), None, {})
    return archiving.write(path, Contents([entry], SPLIT, REMASTERED, library=library))


@pytest.fixture
def archive(tmp_path, library, planted):
    return write(tmp_path / "a", library, planted)


def test_what_goes_in_comes_out(archive, library):
    opened = stock.opened(archive)
    for part in ("units", "grids", "known", "held_out", "scripts"):
        assert getattr(opened, part) == getattr(library, part)
    assert set(opened.takes) == {"15", "17"}, "no unit is cut from 9"
    for name, take in opened.takes.items():
        given = library.takes[name]
        assert (take.name, take.fps, take.leg_metres, take.records) == (name, given.fps, given.leg_metres, given.records)
        np.testing.assert_array_equal(take.joints, given.joints.astype(np.float32))
        np.testing.assert_array_equal(take.repairs, given.repairs)


def test_takes_are_mapped_and_not_read(archive):
    joints = stock.opened(archive).takes["15"].joints
    assert isinstance(joints.base, np.memmap) or isinstance(joints, np.memmap)


def test_it_dances_as_it_did_to_a_tenth_of_a_millimetre(archive, library):
    units = list(library.units.values())
    placements = [Placement(units[0], 0), Placement(units[1], 4)]
    beats = np.arange(20) * 0.5
    before, after = (render(placements, each.takes, beats, 25.0, 0.0).motion for each in (library, stock.opened(archive)))
    assert np.abs(before.positions - after.positions).max() < 1e-4


def test_written_again_it_is_the_same_to_the_byte(archive, library, planted, tmp_path):
    write(tmp_path / "b", library, planted)
    write(tmp_path / "c", stock.opened(archive), planted)
    files = sorted(file.name for file in archive.path.iterdir())
    assert {"take_joints.npy", "take_repairs.npy"} <= set(files)
    for other in ("b", "c"):
        assert sorted(file.name for file in (tmp_path / other).iterdir()) == files
        for name in files:
            assert (archive.path / name).read_bytes() == (tmp_path / other / name).read_bytes()


def test_the_manifest_has_the_hashes_of_its_arrays(archive):
    assert {"take_joints.npy", "take_repairs.npy"} <= archive.manifest["arrays"].keys()


@pytest.mark.parametrize("array", ["take_joints", "take_repairs"])
def test_an_archive_that_lost_a_part_of_it_is_refused(archive, array):
    file = archive.path / f"{array}.npy"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DataError, match="damaged"):
        Archive.open(archive.path)
    file.unlink()
    with pytest.raises(DataError, match="damaged"):
        Archive.open(archive.path)


def test_a_manifest_that_lost_a_take_is_refused(archive):
    manifest = json.loads((archive.path / "manifest.json").read_text())
    manifest["library"]["takes"][0]["name"] = "16"
    (archive.path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="damaged"):
        stock.opened(Archive.open(archive.path))


def test_an_archive_without_one_says_how_to_get_one(tmp_path, planted):
    with pytest.raises(DataError, match=r"keeps no takes to arrange: make one .* --as remastered"):
        stock.opened(write(tmp_path / "a", None, planted))


def test_dances_to_the_same_music_share_it(tmp_path, planted):
    motion = Motion.from_positions(DANCER, planted(np.arange(50.0)), 25.0)
    one, other = (np.random.default_rng(seed).integers(-99, 99, 64_000).astype(np.int16) for seed in (1, 2))
    names = ("DANCE_C_2", "DANCE_C_2~1", "DANCE_C_3", "DANCE_C_2~2")
    entries = [
        Entry(name, "cha-cha", "train", motion, ((0, 50),), samples.copy(), {})
        for name, samples in zip(names, (one, one, other, one), strict=True)
    ]
    opened = archiving.write(tmp_path / "a", Contents(entries, Split(names, ())))
    assert len(np.load(tmp_path / "a" / "audio.npy")) == 128_000
    for dance, entry in zip(opened.dances, entries, strict=True):
        np.testing.assert_array_equal(dance.samples, entry.samples)
