"""`ballo evaluate` as a user types it."""

from __future__ import annotations

import json

import pytest


def test_a_table_and_files(ballo, folder, small_archive):
    files = ("-o", "a.json", "-o", "a.md", "-o", "a.csv")
    how = ("--against", small_archive.path, "--split", "train", "--seeds", 2, *files)
    said = ballo("evaluate", "mean", "other", "real", *how)
    assert said.status == 0
    assert said.err == ""
    lines = said.out.splitlines()
    assert all(len(line) <= 100 for line in lines[1:])
    assert next(line for line in lines if "all songs" in line).split() == ["all", "songs", "real", "mean", "other"]
    speed = next(line for line in lines if line.strip().startswith("speed / real"))
    # Who danced first is danced: each style has one train dance, and it is this song's own.
    assert speed.split()[-3:] == ["1.00", "0.00", "1.00"]
    assert "learnt from" in said.out
    written = json.loads((folder / "a.json").read_text())
    assert [row["name"] for row in written["rows"]] == ["real", "mean", "other"]
    assert written["rows"][2]["by_song"]["DANCE_C_2"]["distance"] == 0
    assert (folder / "a.md").read_text().count("| L1 to real, cm |") == 1
    assert (folder / "a.csv").read_text().startswith("dancer,over,name,measure,unit,value,least,most\n")


def test_a_fault_of_one_leaves_the_others(ballo, small_archive):
    said = ballo("evaluate", "someone", "mean", "--against", small_archive.path, "--seeds", "1")
    assert said.status == 1
    assert "nobody is called 'someone'" in said.err
    assert said.err.count("\n") == 1
    assert "L1 to real" in said.out


def test_a_model_without_the_style_says_which_song_it_left_out(ballo, small_archive, toy_bundle):
    said = ballo("evaluate", toy_bundle, "mean", "--against", small_archive.path, "--seeds", "1")
    assert said.status == 1
    assert said.err == "ballo: toy did not dance DANCE_W_1: toy dances no 'waltz': choose among march, jig\n"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("someone",), "nobody is called 'someone'"),
        (("markov",), "keeps no takes to arrange"),
        (("mean", "--split", "test"), "has no songs in its split 'test'"),
        (("mean", "--seeds", "0"), "--seeds 0: give 1 to 100"),
        (("mean", "-o", "a.txt"), "cannot write a.txt: choose a suffix among .csv, .json, .md"),
        (("mean", "-o", "nowhere/a.md"), "there is no folder nowhere"),
    ],
)
def test_refusals(ballo, small_archive, arguments, refusal):
    assert refusal in ballo("evaluate", *arguments, "--against", small_archive.path).refusal


def test_no_archive(ballo, folder):
    assert "is no ballo archive" in ballo("evaluate", "mean", "--against", folder).refusal


def test_nothing_is_written_into_an_archive(ballo, small_archive):
    said = ballo("evaluate", "mean", "--against", small_archive.path, "-o", small_archive.path / "a.md")
    assert "that folder is an archive" in said.refusal


def test_more_dancers_than_fit_beside_one_another(ballo, small_archive):
    asked = [f"{name}:{small_archive.path}" for name in ("mean", "other")]
    said = ballo("evaluate", "mean", "other", *asked, "--against", small_archive.path, "--seeds", "1", "--split", "train")
    assert said.status == 0
    assert all(len(line) <= 100 for line in said.out.splitlines()[1:])
