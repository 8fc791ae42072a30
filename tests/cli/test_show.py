"""`ballo data show`, as a user types it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ballo.dataset import archiving, splits
from ballo.dataset.archiving import Contents, Origin
from ballo.export import npz
from ballo.motion import bvh
from ballo.music.audio import open_song


@pytest.fixture
def of_units(small_archive, tmp_path):
    """A silent dance of two units, the first shown twice in a row, with a pause between."""
    entry = archiving.entry_of(small_archive.dances[0])
    unit = np.repeat([1, 1, -1, 0], [40, 30, 5, 75]).astype(np.int16)
    source = np.concatenate([2 + np.arange(40) / 25, 2 + np.arange(30) / 25, np.zeros(5), 7 + np.arange(75) / 20])
    origin = Origin((("C-1", "15"), ("C-2", "ll")), unit, source.astype(np.float32), np.zeros(150, np.uint8))
    entry = replace(entry, origin=origin, samples=None)
    contents = Contents([entry], splits.shipped(), "remastered", held_out=frozenset([("C-2", "ll")]))
    return archiving.write(tmp_path / "of_units", contents)


def test_every_format_at_once_holds_the_stretch(ballo, folder, small_archive):
    said = ballo("data", "show", small_archive.path, "r_2", "-o", "a.npz", "-o", "a.bvh", "--start", 1, "--duration", 2)
    assert (said.status, said.out) == (0, "Wrote a.npz  (0:02, rumba, train)\nWrote a.bvh  (0:02, rumba, train)\n")
    motion = npz.read(folder / "a.npz")
    expected = small_archive.dances[1].motion(25, 50)
    assert np.array_equal(motion.rotations, expected.rotations)
    assert np.array_equal(motion.root, expected.root)
    assert (motion.meta["dance"], motion.meta["start_frame"]) == ("DANCE_R_2", 25)
    assert len(bvh.read(folder / "a.bvh")) == 50


def test_a_film_sounds_as_the_archive_does(ballo, folder, small_archive):
    dance = small_archive.dances[1]
    said = ballo("data", "show", small_archive.path, "DANCE_R_2", "-o", "a.mp4", "--start", 1, "--duration", 2)
    assert said.status == 0, said.err
    heard = np.concatenate(list(open_song(folder / "a.mp4").blocks(16_000, 16_000)))
    expected = dance.music(25, 50)
    # The archive's noise is white: only where it lies right does it look like itself after compression.
    likeness = [float(np.corrcoef(heard[8000:24000], expected[8000 + lag : 24000 + lag])[0, 1]) for lag in (-40, 0, 40)]
    assert likeness[1] > 0.6 > 10 * abs(likeness[0])
    assert abs(likeness[2]) < 0.06


def test_a_film_without_music_says_so_and_is_named_after_the_dance(ballo, folder, of_units):
    said = ballo("data", "show", of_units.path, "C_2", "--duration", 0.4)
    assert said.out == "Wrote DANCE_C_2.mp4  (0:00, cha-cha, train, no music in the archive)\n"
    assert (folder / "DANCE_C_2.mp4").stat().st_size > 1000


def test_arrays_tell_which_unit_each_run_of_frames_shows(ballo, folder, of_units):
    ballo("data", "show", of_units.path, "C_2", "-o", "a.npz", "--start", 0.8)
    shown = npz.read(folder / "a.npz").meta["units"]
    assert [(run["unit"], run["take"], run["held_out"], run["frames"]) for run in shown] == [
        ("C-2", "ll", True, [0, 20]),
        ("C-2", "ll", True, [20, 50]),
        ("C-1", "15", False, [55, 130]),
    ]
    assert [run["source_seconds"] for run in shown] == [[2.8, 3.56], [2.0, 3.16], [7.0, 10.7]]


def test_dances_that_look_like_a_wrong_name_are_told(ballo, small_archive):
    said = ballo("data", "show", small_archive.path, "DANCE_W_2")
    assert said.refusal.startswith(f"there is no dance DANCE_W_2 in {small_archive.path}: did you mean DANCE_W_")
    assert "DANCE_R_2" in said.refusal


def test_of_a_name_like_none_some_dances_are_told(ballo, small_archive):
    refusal = ballo("data", "show", small_archive.path, "?").refusal
    assert refusal.endswith("it has DANCE_C_2, DANCE_R_2, DANCE_W_4, DANCE_W_1")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--start", 6], "DANCE_C_2 lasts 6.0 s: give a --start before its end"),
        (["--duration", 0.001], "less than a frame"),
        (["--start", -1], "start"),
        (["--start", "nan"], "start"),
        (["--duration", 0], "duration"),
        (["-o", "a.txt"], "choose a suffix among .bvh, .gif"),
        (["-o", "nowhere/a.npz"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_anything_is_written(ballo, folder, small_archive, options, reason):
    assert reason in ballo("data", "show", small_archive.path, "C_2", *options).refusal
    assert not list(folder.iterdir())


def test_the_mean_figure_of_each_style(ballo, folder, small_archive):
    said = ballo("data", "show", small_archive.path, "--mean", "-o", "mean.png")
    assert (said.status, said.err, said.out) == (0, "", "Wrote mean.png  (mean figures of cha-cha, rumba, waltz, all)\n")
    with Image.open(folder / "mean.png") as picture:
        assert picture.size[0] > 2 * picture.size[1]
    ballo("data", "show", small_archive.path, "--mean")
    assert (folder / "mean.png").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "name a dance of the archive, or give --mean"),
        (["C_2", "--mean"], "--mean draws the mean over all train dances: leave out the dance"),
        (["--mean", "--start", 2], "leave out the dance, --start and --duration"),
        (["--mean", "-o", "a.mp4"], "a sheet of figures is a .png"),
        (["--mean", "-o", "a.png", "-o", "b.png"], "mean figures go to one sheet"),
    ],
)
def test_what_is_no_mean(ballo, folder, small_archive, options, reason):
    assert reason in ballo("data", "show", small_archive.path, *options).refusal
    assert not list(folder.iterdir())


def test_a_gif_of_a_dance(ballo, folder, small_archive):
    said = ballo("data", "show", small_archive.path, "C_2", "-o", "a.gif", "--duration", 0.2)
    assert (said.status, said.out) == (0, "Wrote a.gif  (0:00, cha-cha, train)\n")
    with Image.open(folder / "a.gif") as picture:
        assert picture.n_frames == 5


def test_no_archive_is_refused(ballo):
    assert "no ballo archive" in ballo("data", "show", "nowhere", "C_2").refusal


def test_the_command_line_starts_without_numpy():
    code = "import ballo.cli.show, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
