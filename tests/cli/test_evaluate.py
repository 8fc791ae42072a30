"""`ballo evaluate` as a user types it."""

from __future__ import annotations

import io
import json

import pytest


def test_a_table_and_files(ballo, folder, small_archive):
    files = ("-o", "a.json", "-o", "a.md", "-o", "a.csv")
    how = ("--against", small_archive.path, "--split", "train", "--seeds", 2, "--minutes", 2, *files)
    said = ballo("evaluate", "mean", "other", "real", *how)
    assert said.status == 0
    assert said.err == ""
    lines = said.out.splitlines()
    assert all(len(line) <= 100 for line in lines[1:])
    assert next(line for line in lines if "all songs" in line).split() == ["all", "songs", "real", "mean", "other"]
    speed = [line for line in lines if line.strip().startswith("speed / real")][-2]
    # Who danced first is danced: each style has one train dance, and it is this song's own.
    assert speed.split()[-3:] == ["1.00", "0.00", "1.00"]
    assert "learnt from" in said.out
    written = json.loads((folder / "a.json").read_text())
    controls = ["halves", "frozen", "noise", "key_poses", "smoothed", "other_songs"]
    assert [row["name"] for row in written["rows"]] == ["real", *controls, "mean", "other"]
    assert written["rows"][-1]["by_song"]["DANCE_C_2"]["distance"] == 0
    assert len(written["long"]["mean"]["minutes"]["waltz"]) == 2
    assert (folder / "a.md").read_text().count("| L1 to real, cm |") == 2
    assert (folder / "a.csv").read_text().startswith("dancer,kind,over,name,measure,unit,value,low,high,interval,songs,note\n")


def test_a_fault_of_one_leaves_the_others(ballo, small_archive):
    said = ballo("evaluate", "someone", "mean", "--against", small_archive.path, "--seeds", "1", "--minutes", "0")
    assert said.status == 1
    assert "nobody is called 'someone'" in said.err
    assert said.err.count("\n") == 1
    assert "L1 to real" in said.out


def test_a_model_without_the_style_says_which_song_it_left_out(ballo, small_archive, toy_bundle):
    said = ballo("evaluate", toy_bundle, "mean", "--against", small_archive.path, "--seeds", "1", "--minutes", "0")
    assert said.status == 1
    assert said.err == "ballo: toy did not dance DANCE_W_1: toy dances no 'waltz': choose among march, jig\n"


def test_a_models_own_output_is_measured_where_it_is_asked_for(ballo, folder, small_archive, toy_bundle):
    how = ("mean", "--against", small_archive.path, "--seeds", "1", "--minutes", "0", "--raw", "-o", "a.json", "-o", "a.html")
    said = ballo("evaluate", toy_bundle, *how)
    assert said.err.startswith("ballo: toy raw did not dance DANCE_W_1")
    written = json.loads((folder / "a.json").read_text())
    assert [row["name"] for row in written["rows"][-2:]] == ["toy raw", "mean"]
    assert written["rows"][-2]["about"] == "as the model gives it, without cleanup"
    assert written["command"].endswith(" --minutes 0 --raw")
    assert "as the model gives it, without cleanup" in (folder / "a.html").read_text()
    assert "toy raw: as the model gives it, without cleanup." in said.out


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("someone",), "nobody is called 'someone'"),
        (("markov",), "keeps no takes to arrange"),
        (("mean", "--split", "test"), "has no songs in its split 'test'"),
        (("mean", "--seeds", "0"), "--seeds 0: give 1 to 100"),
        (("mean", "--minutes", "-1"), "--minutes -1: give 0 to 60"),
        (("mean", "--metrics", "fid"), "no sound metric is called 'fid': ballo evaluate --list-metrics says all"),
        (("mean", "--metrics", "alignment_fact"), "it is of the other --convention"),
        (("mean", "--metrics", ","), "--metrics names nothing to measure"),
        (("mean", "--folds", "1"), "1 folds"),
        (("mean", "--style-model", "nowhere.onnx"), "nowhere.onnx"),
        (("mean", "-o", "a.txt"), "cannot write a.txt: choose a suffix among .csv, .html, .json, .md"),
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
    said = ballo(
        "evaluate",
        "mean",
        "other",
        *asked,
        "--against",
        small_archive.path,
        "--seeds",
        "1",
        "--split",
        "train",
        "--minutes",
        "0",
    )
    assert said.status == 0
    assert all(len(line) <= 100 for line in said.out.splitlines()[1:])


def test_nothing_of_a_table_is_cut_off(ballo, small_archive):
    """Titles and intervals of every measure, and as many dancers as there is room for."""
    asked = ["mean", "other", *(f"{name}:{small_archive.path}" for name in ("mean", "other"))]
    how = ("--against", small_archive.path, "--seeds", "1", "--split", "train", "--minutes", "0", "--metrics", "all")
    said = ballo("evaluate", *asked, *how)
    assert said.status == 0
    cut = [line for line in said.out.splitlines() if "…" in line]
    assert all("mean:" in line or "other:" in line for line in cut), "names of archives alone"
    assert all(len(line) <= 100 for line in said.out.splitlines()[1:])
    assert "Under a number: the least and the greatest of one song" in said.out


def test_an_interval_too_long_for_its_column_takes_two_lines():
    from rich.console import Console

    from ballo.cli import scores
    from ballo.evaluation.table import Line

    console = Console(width=scores.WIDTH, record=True, file=io.StringIO())
    line = Line("  steps to beats, over shifted", ("-0.05",) * 6, ("-0.091..-0.012", "0.01..0.02", "", "", "", ""))
    console.print(scores._table("all songs", ["one", "two", "three", "four", "five", "six"], [line]))
    shown = console.export_text().splitlines()[2:]
    assert [text.split() for text in shown] == [
        ["steps", "to", "beats,", "over", *["-0.05"] * 6],
        ["shifted", "-0.091..", "0.01..0.02"],
        ["-0.012"],
    ]


def test_certain_metrics_by_name_or_family(ballo, folder, small_archive):
    how = ("--against", small_archive.path, "--split", "train", "--seeds", "1", "--minutes", "0", "-o", "a.json")
    said = ballo("evaluate", "mean", *how, "--metrics", "skate,novelty")
    assert said.status == 0
    written = json.loads((folder / "a.json").read_text())
    names = [each["name"] for each in written["measures"]]
    assert "skate" in names
    assert "newness" in names
    assert "jerk" not in names
    assert set(written["rows"][0]["all"]) == set(names)
    assert "foot skate" in said.out
    assert "jerk" not in said.out.split("- ")[0]


def test_published_conventions_are_measured_where_asked_for(ballo, folder, small_archive):
    how = ("--against", small_archive.path, "--split", "train", "--seeds", "1", "--minutes", "0", "--convention", "paper")
    said = ballo("evaluate", "mean", *how, "-o", "a.json")
    assert said.status == 0
    measured = {each["name"]: each["convention"] for each in json.loads((folder / "a.json").read_text())["measures"]}
    assert {"alignment_fact", "alignment_bailando", "foot_contact_edge", "skating_lodge", "paper_fid_kinetic"} <= set(measured)
    assert "sound" not in measured.values()


def test_songs_left_out_in_turn(ballo, folder, small_archive, toy_bundle):
    how = ("--against", small_archive.path, "--folds", "2", "--seeds", "1", "--minutes", "0", "-o", "a.json")
    said = ballo("evaluate", "mean", toy_bundle, *how)
    assert said.status == 1, "styles with one song have nothing left to learn from"
    assert "mean did not dance DANCE_R_2: mean dances no 'rumba'" in said.err
    assert "toy did not dance DANCE_C_2, DANCE_R_2, DANCE_W_4: learnt from another archive" in said.err, "one line a reason"
    assert "toy did not dance DANCE_W_1: toy dances no 'waltz'" in said.err, "a validation song it may dance"
    written = json.loads((folder / "a.json").read_text())
    assert written["split"] == "2 folds"
    assert set(written["songs"]) == {"DANCE_C_2", "DANCE_R_2", "DANCE_W_1", "DANCE_W_4"}
    (mean,) = [row for row in written["rows"] if row["name"] == "mean"]
    assert set(mean["by_song"]) == {"DANCE_W_1", "DANCE_W_4"}


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda path, archive: archive.path, "is an archive, and nobody who dances"),
        (lambda path, archive: (path / "run.checkpoint.safetensors").parent, "is a training run: make a .ballo file of it"),
        (lambda path, archive: path / "DANCE_W_1.npz", "is a motion file: name the folder that it is in"),
        (lambda path, archive: path / "nowhere", "or the path of a .ballo file or of a folder"),
    ],
    ids=["archive", "run", "file", "nothing"],
)
def test_what_people_take_for_dancers(ballo, folder, small_archive, make, refusal):
    (folder / "checkpoint.safetensors").write_bytes(b"")
    (folder / "DANCE_W_1.npz").write_bytes(b"")
    assert refusal in ballo("evaluate", make(folder, small_archive), "--against", small_archive.path).refusal


def test_a_file_that_the_system_refuses_leaves_the_others(ballo, folder, small_archive, monkeypatch):
    from pathlib import Path

    replace = Path.replace

    def refuse(self, target):
        if target.name == "a.json":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    how = ("--against", small_archive.path, "--seeds", "1", "--minutes", "0", "--metrics", "skate")
    said = ballo("evaluate", "mean", *how, "-o", "a.json", "-o", "a.csv")
    assert said.status == 1
    assert said.err == "ballo: cannot write a.json: No space left on device\n"
    assert [path.name for path in folder.iterdir()] == ["a.csv"]


def test_folders_of_one_name_are_told_apart(ballo, folder, small_archive):
    (dance,) = small_archive.select("val")
    for parent in ("one", "two"):
        (folder / parent / "same").mkdir(parents=True)
        dance.motion().save(folder / parent / "same" / f"{dance.name}.npz")
        (folder / parent / "same" / "stranger.npz").write_bytes(b"")
    said = ballo("evaluate", "one/same", "two/same", "--against", small_archive.path, "--seeds", "1", "--minutes", "0")
    assert said.status == 1
    assert [line.split(": ")[1] for line in said.err.splitlines()] == ["same", "two/same"]


def test_what_can_be_measured_is_listed(ballo):
    said = ballo("evaluate", "--list-metrics")
    assert said.status == 0
    assert "  foot_contact_edge  " in said.out
    assert "  steps_to_music_over_shifted   steps to beats, over shifted" in said.out


def test_a_folder_of_motion_files_is_a_dancer(ballo, folder, small_archive):
    dances = folder / "theirs"
    dances.mkdir()
    for dance in small_archive.select("train"):
        dance.motion().save(dances / f"{dance.name}.npz")
    (dances / "DANCE_W_4.npz").write_bytes(b"broken")
    how = ("--against", small_archive.path, "--split", "train", "--seeds", "1", "--minutes", "0", "-o", "a.json")
    said = ballo("evaluate", dances, "mean", *how)
    assert said.status == 1
    assert said.err.count("\n") == 1
    assert said.err.startswith("ballo: theirs did not dance DANCE_W_4: DANCE_W_4.npz ")
    (theirs,) = [row for row in json.loads((folder / "a.json").read_text())["rows"] if row["name"] == "theirs"]
    assert theirs["all"]["distance"]["value"] == pytest.approx(0, abs=0.1)
    assert theirs["all"]["distance"]["songs"] == 2


def test_a_page(ballo, folder, small_archive):
    how = ("--against", small_archive.path, "--split", "train", "--seeds", "1", "--minutes", "0", "-o", "a.html")
    said = ballo("evaluate", "other", *how)
    assert said.status == 0
    page = (folder / "a.html").read_text()
    assert page.startswith("<!doctype html>")
    assert 'src="http' not in page
