"""`ballo beats`: what it prints and writes, and one clear line for everything in which no beats can be found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ballo import demo


@pytest.fixture
def waltz(folder: Path) -> Path:
    """The demo song as waltz.mp3 in the current folder."""
    return Path(shutil.copy(demo.song(), folder / "waltz.mp3"))


def test_a_person_reads_tempo_metre_and_every_bar(ballo, waltz):
    said = ballo("beats", "waltz.mp3")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "waltz.mp3: 3/4 at 90.0 beats a minute"
    assert "first downbeat at 0.25" in lines[1]
    assert "55 beats in 19 bars, 0:00 to 0:36" in lines[1]
    assert lines[2].startswith("  constant tempo: one grid, 0.666")
    assert lines[3] == "  confidence 1.00"
    assert lines[4].split() == ["bar", "1", "2", "3"]
    rows = [[float(cell) for cell in line.split()] for line in lines[5:]]
    assert [row[0] for row in rows] == list(range(1, 20))
    printed = [seconds for row in rows for seconds in row[1:]]
    np.testing.assert_allclose(printed, demo.beats().beats_seconds, atol=0.01)
    assert max(map(len, lines)) <= 80


def test_json_on_the_terminal_is_an_object_a_line(ballo, waltz, folder):
    shutil.copy(waltz, folder / "again.mp3")
    said = ballo("beats", "waltz.mp3", "again.mp3", "--json")
    assert (said.status, said.err) == (0, "")
    one, other = (json.loads(line) for line in said.out.splitlines())
    assert (one["song"], other["song"]) == ("waltz.mp3", "again.mp3")
    assert one["beats_seconds"] == other["beats_seconds"]
    assert (one["metre"], one["constant"]) == (3, True)
    assert one["bpm"] == pytest.approx(90, abs=0.02)
    assert one["downbeats_seconds"] == [b for b, place in zip(one["beats_seconds"], one["positions"], strict=True) if not place]


def test_files(ballo, waltz, folder):
    said = ballo("beats", "waltz.mp3", "-o", "a.json", "-o", "b.TXT")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-2:] == ["Wrote a.json  (55 beats)", "Wrote b.TXT  (55 beats)"]
    stored = json.loads((folder / "a.json").read_text())
    rows = [line.split("\t") for line in (folder / "b.TXT").read_text().splitlines()]
    assert [row[2] for row in rows] == [str(place + 1) for place in stored["positions"]]
    np.testing.assert_allclose([float(row[0]) for row in rows], stored["beats_seconds"], atol=1e-4)
    assert all(row[0] == row[1] for row in rows)
    assert {path.name for path in folder.iterdir()} == {"waltz.mp3", "a.json", "b.TXT"}


def test_hints(ballo, waltz):
    lines = ballo("beats", "waltz.mp3", "--metre", 4, "--bpm", 180).out.splitlines()
    assert lines[0].startswith("waltz.mp3: 4/4 at 180.")


def test_a_folder_and_a_broken_song_among_them(ballo, waltz, folder):
    (folder / "broken.mp3").write_text("words")
    said = ballo("beats", folder)
    assert said.status == 1
    assert "waltz.mp3: 3/4" in said.out
    assert [line.split(": ")[-1] for line in said.err.splitlines()][-1] == "1 of 2 songs left out"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["hush.wav"], "hush.wav: is silent"),
        (["short.wav"], "too short to find a beat in"),
        (["gone.mp3"], "gone.mp3: no such file"),
        (["waltz.mp3", "--metre", "5"], "a metre is 2, 3 or 4 beats a bar, not 5"),
        (["waltz.mp3", "--bpm", "9"], "a tempo is 59 to 215 beats a minute, not 9"),
        (["waltz.mp3", "--bpm", "fast"], "invalid value for '--bpm'"),
        (["waltz.mp3", "-o", "a.mp4"], "cannot write a.mp4: choose a suffix among .json, .txt"),
        (["waltz.mp3", "-o", "nowhere/a.json"], "there is no folder nowhere"),
        (["waltz.mp3", "-o", "folder.txt"], "folder.txt: it is a folder"),
        (["waltz.mp3", "short.wav", "-o", "a.json"], "-o takes one song's beats"),
        (["song.json", "-o", "song.json"], "cannot write song.json: it is the song"),
        ([], "missing argument 'SONG'; see ballo beats --help"),
    ],
)
def test_refusals(ballo, waltz, folder, make_song, arguments, reason):
    make_song(folder / "hush.wav", 5 * 44_100, level=0.0)
    make_song(folder / "short.wav", 44_100)
    (folder / "folder.txt").mkdir()
    shutil.copy(waltz, folder / "song.json")
    before = {path.name for path in folder.iterdir()}
    assert reason in ballo("beats", *arguments).refusal
    assert {path.name for path in folder.iterdir()} == before
