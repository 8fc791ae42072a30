"""Writing a motion: refused before any work is done, or written whole, or not there at all."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

import ballo
from ballo.errors import ExportError
from ballo.motion import formats

MOTION = object()
"""Writers get it as it is: nothing in the table looks into a motion."""


@pytest.fixture
def writer(monkeypatch):
    """Puts a function in the table, alone, as the writer of .dance."""

    def plant(function) -> None:
        module = ModuleType("planted_writer")
        module.write = function
        monkeypatch.setitem(sys.modules, "planted_writer", module)
        monkeypatch.setattr(formats, "_writers", {})
        formats.register({".dance": "planted_writer:write"})

    return plant


@pytest.fixture
def never(writer) -> None:
    """A writer that must not be called."""

    def write(motion, path):
        raise AssertionError("a refused motion was written")

    writer(write)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_motion_is_written_and_its_path_returned(tmp_path, writer):
    seen = {}

    def write(motion, path, **options):
        seen.update(motion=motion, options=options, suffix=path.suffix)
        path.write_text("whole")

    writer(write)
    assert formats.write(MOTION, tmp_path / "a.dance", song="song.mp3") == tmp_path / "a.dance"
    assert seen == {"motion": MOTION, "options": {"song": "song.mp3"}, "suffix": ".dance"}
    assert names(tmp_path) == ["a.dance"]
    assert (tmp_path / "a.dance").read_text() == "whole"


def test_the_suffix_may_be_in_capitals(tmp_path, writer):
    writer(lambda motion, path: path.write_text("whole"))
    formats.write(MOTION, tmp_path / "A.DANCE")
    assert names(tmp_path) == ["A.DANCE"]


def test_a_file_in_the_working_folder_needs_no_folder_in_its_name(tmp_path, monkeypatch, writer):
    monkeypatch.chdir(tmp_path)
    writer(lambda motion, path: path.write_text("whole"))
    formats.write(MOTION, Path("a.dance"))
    assert names(tmp_path) == ["a.dance"]


def test_suffixes_are_listed_in_order_and_a_later_writer_replaces_an_earlier_one(monkeypatch):
    monkeypatch.setattr(formats, "_writers", {})
    formats.register({".b": "one:write", ".c": "one:write"})
    formats.register({".a": "two:write", ".c": "two:write"})
    assert formats.suffixes() == (".a", ".b", ".c")
    assert formats._writers[".c"] == "two:write"


def test_importing_ballo_fills_the_table_with_writers_that_exist():
    assert ballo.__version__
    assert {".bvh", ".npz", ".mp4"} <= set(formats.suffixes())
    for target in formats._writers.values():
        module, function = target.split(":")
        assert callable(getattr(importlib.import_module(module), function))


# Refusals.


@pytest.mark.parametrize("name", ["a.dans", "a", ".dance", "a.dance.txt"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path, never, name):
    with pytest.raises(ExportError, match=r"choose a suffix among \.dance$"):
        formats.write(MOTION, tmp_path / name)
    assert names(tmp_path) == []


def test_a_missing_folder_is_refused(tmp_path, never):
    with pytest.raises(ExportError, match=r"there is no folder .*missing; make it first"):
        formats.write(MOTION, tmp_path / "missing" / "a.dance")
    assert names(tmp_path) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, never):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ExportError, match="there is no folder"):
        formats.write(MOTION, tmp_path / "file" / "a.dance")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path, never):
    (tmp_path / "a.dance").mkdir()
    with pytest.raises(ExportError, match="it is a folder"):
        formats.write(MOTION, tmp_path / "a.dance")
    assert names(tmp_path) == ["a.dance"]


def test_a_folder_that_the_system_says_is_closed_is_refused(tmp_path, never, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != (tmp_path, os.W_OK))
    with pytest.raises(ExportError, match="no permission to write"):
        formats.write(MOTION, tmp_path / "a.dance")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to this user")
def test_a_closed_folder_is_refused(tmp_path, never):
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ExportError, match="no permission to write"):
        formats.write(MOTION, tmp_path / "closed" / "a.dance")


def test_a_refusal_is_one_line(tmp_path, never):
    for path in (tmp_path / "a.txt", tmp_path / "no" / "a.dance", tmp_path / "a"):
        with pytest.raises(ExportError) as refusal:
            formats.check(path)
        assert "\n" not in str(refusal.value)


# Whole or not at all.


def half(path: Path) -> None:
    path.write_text("half")


def test_the_file_appears_only_when_it_is_whole(tmp_path, writer):
    target = tmp_path / "a.dance"
    target.write_text("before")

    def write(motion, path):
        path.write_text("ha")
        assert target.read_text() == "before"
        assert path.parent == tmp_path  # the same disk, so that the last step is one rename
        path.write_text("after")

    writer(write)
    formats.write(MOTION, target)
    assert target.read_text() == "after"
    assert names(tmp_path) == ["a.dance"]


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be replaced there")
def test_who_has_the_old_file_open_reads_it_to_the_end(tmp_path, writer):
    target = tmp_path / "a.dance"
    target.write_text("before")
    writer(lambda motion, path: path.write_text("after"))
    with target.open() as old:
        formats.write(MOTION, target)
        assert old.read() == "before"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, MemoryError])
@pytest.mark.parametrize("before", [None, "before"])
def test_a_writer_that_stops_midway_leaves_nothing(tmp_path, writer, error, before):
    target = tmp_path / "a.dance"
    if before:
        target.write_text(before)

    def write(motion, path):
        half(path)
        raise error("midway")

    writer(write)
    with pytest.raises(error, match="midway"):
        formats.write(MOTION, target)
    assert names(tmp_path) == (["a.dance"] if before else [])
    assert not before or target.read_text() == before


def test_a_full_disk_is_said_in_one_line_with_the_name_that_was_asked_for(tmp_path, writer):
    def write(motion, path):
        half(path)
        raise OSError(28, "No space left on device", str(path))

    writer(write)
    with pytest.raises(ExportError, match=r"^cannot write .*a\.dance: No space left on device$") as refusal:
        formats.write(MOTION, tmp_path / "a.dance")
    assert isinstance(refusal.value.__cause__, OSError)
    assert names(tmp_path) == []


def test_a_writer_that_writes_nothing_has_failed(tmp_path, writer):
    writer(lambda motion, path: None)
    with pytest.raises(ExportError, match=r"cannot write .*a\.dance"):
        formats.write(MOTION, tmp_path / "a.dance")
    assert names(tmp_path) == []


def test_an_interrupt_in_the_block_itself_leaves_nothing(tmp_path):
    block = formats.whole(tmp_path / "a.dance")
    unfinished = block.__enter__()
    half(unfinished)
    assert names(tmp_path) == [unfinished.name]
    assert not block.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert names(tmp_path) == []


def test_two_at_once_do_not_meet(tmp_path):
    with formats.whole(tmp_path / "a.dance") as one, formats.whole(tmp_path / "a.dance") as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert names(tmp_path) == ["a.dance"]
    assert (tmp_path / "a.dance").read_text() == "one"
