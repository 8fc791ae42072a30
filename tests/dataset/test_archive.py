"""What is written to an archive comes out of it; what is no archive is refused and left alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ballo.dataset import archive, archiving
from ballo.dataset.archive import Archive, Batch
from ballo.dataset.archiving import Contents, Entry
from ballo.dataset.recordings import Problem
from ballo.dataset.splits import Split
from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

SPLIT = Split(("DANCE_C_2", "DANCE_R_2"), ("DANCE_C_8",), ("DANCE_W_2",))
RATE = archive.SAMPLE_RATE
PROBLEMS = [Problem("x/y.json", "empty", False, "DANCE_R_2")]


def entry_of(name, style, planted, frames, usable, *, music=True, split="train"):
    motion = Motion.from_positions(DANCER, planted(np.arange(float(frames))), 25.0)
    samples = np.random.default_rng(frames).uniform(-1, 1, frames * 640 + 2 * RATE) if music else None
    provenance = {"repairs": [{"name": "time base", "what": "", "figures": {}}], "joins": [40.5], "sources": {"a": "b"}}
    return Entry(name, style, split, motion, usable, None if samples is None else archiving.as_int16(samples), provenance)


@pytest.fixture
def entries(planted):
    return [
        entry_of("DANCE_C_2", "cha-cha", planted, 200, ((0, 90), (100, 200))),
        entry_of("DANCE_C_8", "cha-cha", planted, 150, ((0, 150),), split="val"),
        entry_of("DANCE_W_2", "waltz", planted, 60, ((0, 60),), music=False, split="motion_only"),
    ]


@pytest.fixture
def path(tmp_path, entries):
    archiving.write(tmp_path / "a", Contents(entries, SPLIT, skipped={"DANCE_R_2": "gone"}, problems=PROBLEMS))
    return tmp_path / "a"


def test_what_goes_in_comes_out(path, entries):
    opened = Archive.open(path)
    assert opened.styles == ("cha-cha", "waltz")
    assert (opened.skeleton, opened.fps) == (DANCER, 25.0)
    for dance, entry in zip(opened.dances, entries, strict=True):
        assert (dance.name, dance.style, dance.split, dance.usable) == (entry.name, entry.style, entry.split, entry.usable)
        motion = dance.motion()
        for array in ("rotations", "root", "contacts"):
            np.testing.assert_array_equal(getattr(motion, array), getattr(entry.motion, array))
        assert dance.seconds == len(entry.motion) / 25
        assert dance.joins == (40.5,)


def test_the_manifest_tells_where_all_came_from(path):
    manifest = json.loads((path / "manifest.json").read_text())
    assert (manifest["format_version"], manifest["ballo_version"]) == (2, "0.1.0")
    assert manifest["skeleton"]["joint_names"] == list(DANCER.joint_names)
    assert manifest["split"] == SPLIT.as_json()
    assert manifest["skipped"] == {"DANCE_R_2": "gone"}
    assert manifest["problems"] == [{"path": "x/y.json", "reason": "empty", "expected": False, "dance": "DANCE_R_2"}]
    assert manifest["dances"][0]["sources"] == {"a": "b"}


def test_the_same_dances_make_the_same_bytes(path, entries, tmp_path):
    archiving.write(tmp_path / "b", Contents(entries, SPLIT, skipped={"DANCE_R_2": "gone"}, problems=PROBLEMS))
    for file in path.iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_windows_lie_inside_usable_ranges(path):
    opened = Archive.open(path)
    windows = opened.windows("train", frames=80, hop=7)
    assert [window.start for window in windows] == [0, 7, 100, 107, 114]
    for window in windows:
        assert any(first <= window.start and window.start + 80 <= end for first, end in window.dance.usable)
        assert len(window.motion()) == 80
        assert len(window.music(1.0)) == 80 * 640 + 2 * RATE
    assert not opened.windows("train", frames=101)


def test_windows_do_not_cross_the_split(path):
    opened = Archive.open(path)
    for split in ("train", "val", "motion_only"):
        assert {window.dance.split for window in opened.windows(split, frames=50)} == {split}
    assert [dance.name for dance in opened.select("val")] == ["DANCE_C_8"]


def test_music_starts_at_its_frame(path, entries):
    dance = Archive.open(path).dances[0]
    heard = dance.music(50, 100)
    np.testing.assert_allclose(heard, entries[0].samples[RATE + 32000 : RATE + 96000] / 32767, atol=1e-6)
    np.testing.assert_array_equal(dance.music(50, 100, 0.5)[8000:-8000], heard)


def test_music_beyond_the_margin_is_refused(path):
    dance, _, silent = Archive.open(path).dances
    dance.music(0, len(dance), 1.0)
    for start, frames, margin in ((0, 10, 1.01), (0, len(dance) + 26, 0.0), (-26, 10, 0.0)):
        with pytest.raises(ValueError, match="has no music for"):
            dance.music(start, frames, margin)
    with pytest.raises(ValueError, match="has no music"):
        silent.music(0, 10)


def test_an_archive_without_any_music_opens(tmp_path, entries):
    archiving.write(tmp_path / "still", Contents(entries[2:], SPLIT))
    assert Archive.open(tmp_path / "still").dances[0].samples is None


def test_loud_samples_are_clipped(tmp_path, entries):
    entries[0].samples[:] = archiving.as_int16(np.array([1.7]))
    archiving.write(tmp_path / "loud", Contents(entries, SPLIT))
    assert Archive.open(tmp_path / "loud").dances[0].music(0, 5).max() == 1.0


def test_an_archive_is_replaced_and_nothing_else_is(path, entries, tmp_path):
    archiving.write(path, Contents(entries[:1], SPLIT))
    assert len(Archive.open(path).dances) == 1
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="exists and is no ballo archive"):
        archiving.write(precious, Contents(entries, SPLIT))
    assert (precious / "thesis.txt").read_text() == "years of work"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "precious"]


def test_an_empty_folder_is_filled(tmp_path, entries):
    (tmp_path / "empty").mkdir()
    archiving.write(tmp_path / "empty", Contents(entries, SPLIT))
    assert len(Archive.open(tmp_path / "empty").dances) == 3


def test_a_failed_write_leaves_the_old_archive_and_no_halves(path, entries, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataError, match="No space left"):
        archiving.write(path, Contents(entries[:1], SPLIT))
    assert len(Archive.open(path).dances) == 3
    assert [file.name for file in path.parent.iterdir()] == ["a"]


def test_a_place_in_no_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="make it first"):
        archiving.check(tmp_path / "none" / "a")


def test_what_is_no_archive_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(DataError, match="is no ballo archive"):
            Archive.open(place)
    (tmp_path / "manifest.json").write_text('{"format": "something else"}')
    with pytest.raises(DataError, match="is no ballo archive"):
        Archive.open(tmp_path)


def test_a_newer_version_is_refused(path):
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "format_version": 3}))
    with pytest.raises(DataError, match="of version 3, this ballo reads 2: update ballo"):
        Archive.open(path)


@pytest.mark.parametrize("array", ["rotations", "root", "contacts", "unit", "source", "repairs", "audio"])
def test_a_damaged_archive_is_refused(path, array):
    file = path / f"{array}.npy"
    whole = file.read_bytes()
    for broken in (whole[:-1000], b"", b"not an array at all"):
        file.write_bytes(broken)
        with pytest.raises(DataError, match="damaged"):
            Archive.open(path)
    np.save(file, np.zeros((3, 3)))
    with pytest.raises(DataError, match="the manifest says"):
        Archive.open(path)
    file.unlink()
    with pytest.raises(DataError, match="damaged"):
        Archive.open(path)


@pytest.mark.parametrize("key", ["dances", "skeleton", "fps"])
def test_a_manifest_that_lacks_a_part_is_refused(path, key):
    manifest = json.loads((path / "manifest.json").read_text())
    del manifest[key]
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="damaged"):
        Archive.open(path)


def test_a_batch_is_its_windows(path):
    opened = Archive.open(path)
    windows = opened.windows("train", frames=80, hop=7)[:3]
    batch = Batch.of(windows)
    for number, window in enumerate(windows):
        motion = window.motion()
        for array in ("rotations", "root", "contacts"):
            np.testing.assert_array_equal(getattr(batch, array)[number], getattr(motion, array))
        assert batch.samples is not None
        np.testing.assert_allclose(batch.samples[number] / 32767, window.music(), atol=1e-6)
    assert batch.rotations.base is None
    silent = opened.windows("motion_only", frames=40)
    assert Batch.of(silent[:1]).samples is None
    with pytest.raises(ValueError, match="at least one array"):
        Batch.of([])


def test_a_window_is_a_view(path):
    window = Archive.open(path).windows("train", frames=80)[0]
    assert np.shares_memory(window.motion().rotations, window.dance.rotations)
    assert np.shares_memory(window.dance.heard(0, 10), window.dance.samples)
