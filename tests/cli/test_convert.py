"""`ballo convert`, as a user types it; and `ballo dance --fps`."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from ballo import demo
from ballo.inference.cleanup import PLACE_ONLY, clean
from ballo.inference.cleanup_steps import CleanupConfig
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

STYLES = Path(__file__).parents[1] / "motion" / "bvh"


def swaying(frames: int = 50, seed: int = 0) -> Motion:
    seconds = np.arange(frames)[:, None, None] / 25
    wxyz = np.concatenate([np.ones((frames, 22, 1)), 0.2 * np.sin(seconds + seed + np.arange(66).reshape(1, 22, 3))], axis=-1)
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    return Motion(DANCER, wxyz, np.tile([0, 0.92, 0], (frames, 1)), 25, np.zeros((frames, 2)), {"style": "waltz"})


@pytest.fixture
def motion(folder) -> Motion:
    """A dance of 2 s, saved as dance.npz in the current folder."""
    made = swaying()
    made.save(folder / "dance.npz")
    return made


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_one_motion_to_several_formats(ballo, folder, motion):
    said = ballo("convert", "dance.npz", "a.bvh", "a.csv", "a.json", "b.npz", "a.png", "a.gif")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        f"Wrote {name}  (0:02, 25 fps, 22 joints)" for name in ("a.bvh", "a.csv", "a.json", "b.npz", "a.png", "a.gif")
    ]
    for name in ("a.bvh", "a.csv", "a.json", "b.npz"):
        np.testing.assert_allclose(formats.read(folder / name).positions, motion.positions, atol=1e-4)


def test_another_frame_rate(ballo, folder, motion):
    said = ballo("convert", "dance.npz", "a.npz", "a.bvh", "--fps", "29.97")
    assert said.out.splitlines()[0] == "Wrote a.npz  (0:02, 29.97 fps, from 25, 22 joints)"
    again = formats.read(folder / "a.npz")
    assert (len(again), again.fps) == (60, 30000 / 1001)
    assert "Frame Time: 0.0333666667\n" in (folder / "a.bvh").read_text()
    ballo("convert", "dance.npz", "b.npz", "--fps", "30000/1001")
    assert formats.read(folder / "b.npz") == again


def test_a_bvh_of_another_tool_says_what_was_taken_to_be_so(ballo, folder):
    said = ballo("convert", STYLES / "blender-z-up.bvh", "a.npz")
    assert said.out.splitlines() == [
        "blender-z-up.bvh: lengths are taken to be in m, which makes a person of it",
        "blender-z-up.bvh: turned so that Y is up; in the file Z is",
        "Wrote a.npz  (0:00, 24 fps, 40 joints)",
    ]
    said = ballo("convert", STYLES / "blender-z-up.bvh", "b.npz", "--in-units", "m", "--up", "z")
    assert said.out.splitlines() == ["Wrote b.npz  (0:00, 24 fps, 40 joints)"]
    np.testing.assert_array_equal(formats.read(folder / "a.npz").positions, formats.read(folder / "b.npz").positions)


def test_units_of_a_bvh_that_is_written(ballo, folder, motion):
    ballo("convert", "dance.npz", "m.bvh", "--units", "m")
    ballo("convert", "dance.npz", "cm.bvh")
    for name, unit in (("m", "m"), ("cm", "cm")):
        again = formats.read(folder / f"{name}.bvh", units=unit)
        np.testing.assert_allclose(again.positions, motion.positions, atol=1e-5)
    np.testing.assert_allclose(formats.read(folder / "m.bvh").positions, motion.positions, atol=1e-5)


def test_a_film_has_the_song(ballo, folder, motion, make_song):
    make_song(folder / "song.wav", 4 * 44100)
    said = ballo("convert", "dance.npz", "a.mp4", "a.png", "b.npz", "--song", "song.wav", "--start", 1, "--fps", 30)
    assert (said.status, said.err) == (0, "")
    with av.open(str(folder / "a.mp4")) as film:
        assert film.streams.video[0].frames == 60
        assert film.streams.video[0].average_rate == 30
        assert film.streams.audio


def test_a_song_that_is_put_beside_a_file_is_named(ballo, folder, motion, make_song):
    make_song(folder / "song.wav", 4 * 44100)
    (folder / "there").mkdir()
    for put in (True, False):
        said = ballo("convert", "dance.npz", "there/a.glb", "--song", "song.wav")
        assert (said.status, said.err) == (0, "")
        place = Path("there") / "song.wav"
        beside = f"Put {place} beside a.glb, which has no place for sound: take both along"
        assert said.out.splitlines()[:-1] == [beside] * put
        assert place.is_file()
    assert "beside" not in ballo("convert", "dance.npz", "a.glb", "--song", "song.wav").out


def test_a_film_looks_as_it_was_wished(ballo, folder, motion):
    said = ballo(
        "convert", "dance.npz", "a.mp4", "b.npz", "--size", "vertical", "--camera", "orbit", "--theme", "dark", "--title", "Ta"
    )
    assert (said.status, said.err) == (0, "")
    with av.open(str(folder / "a.mp4")) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="gray")
    assert picture.shape == (1920, 1080)
    assert np.median(picture) < 80


def test_a_title_that_is_printed_otherwise_is_said_to_be(ballo, folder, motion):
    said = ballo("convert", "dance.npz", "a.mp4", "--title", "Sm\u00f8rrebr\u00f8d \u2013 \u6771")
    assert (said.status, said.err) == (0, "")
    assert 'printed as "Smorrebrod - "' in said.out
    assert "printed" not in ballo("convert", "dance.npz", "b.mp4", "--title", "Moon River").out


def test_names_of_bones(ballo, folder, motion):
    said = ballo("convert", "dance.npz", "a.glb", "a.bvh", "--names", "unreal")
    assert (said.status, said.err) == (0, "")
    assert b'"thigh_l"' in (folder / "a.glb").read_bytes()
    assert "JOINT thigh_l" in (folder / "a.bvh").read_text()
    ballo("convert", "dance.npz", "b.bvh", "--names", "ballo")
    assert "JOINT left_hip" in (folder / "b.bvh").read_text()
    a, b = (formats.read(folder / f"{name}.bvh") for name in "ab")
    assert a == b
    assert "no bone names called 'maya'" in ballo("convert", "dance.npz", "c.glb", "--names", "maya").refusal


def test_cleanup_of_a_saved_motion(ballo, folder, motion):
    for name, options, settings in (
        ("clean", ["--clean"], CleanupConfig()),
        ("spot", ["--in-place"], replace(PLACE_ONLY, in_place=True)),
        ("stage", ["--bounds", "3x4"], replace(PLACE_ONLY, bounds=(3.0, 4.0))),
        ("both", ["--clean", "--in-place"], CleanupConfig(in_place=True)),
    ):
        said = ballo("convert", "dance.npz", f"{name}.npz", *options)
        assert (said.status, said.err) == (0, "")
        assert formats.read(folder / f"{name}.npz") == clean(motion, settings)
    said = ballo("convert", STYLES / "lafan.bvh", "a.npz", "--clean")
    assert said.refusal == (
        "cleanup knows the joints of ballo's dancer, and these are others (22): leave out --clean, --in-place and --bounds"
    )
    assert not (folder / "a.npz").exists()


def test_a_strip_has_as_many_poses_as_are_wished(ballo, folder, motion):
    assert ballo("convert", "dance.npz", "a.png", "--poses", 3).status == 0
    assert ballo("convert", "dance.npz", "b.png", "--poses", 6).status == 0
    with Image.open(folder / "a.png") as three, Image.open(folder / "b.png") as six:
        assert 1.7 < (three.height / three.width) / (six.height / six.width) < 2.3, "as wide, and half as high"


def test_a_folder_of_motions(ballo, folder, motion):
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    for name in ("lafan", "dog"):
        (folder / "in" / f"{name}.bvh").write_bytes((STYLES / f"{name}.bvh").read_bytes())
    (folder / "in" / "notes.txt").write_text("not a motion")
    (folder / "in" / ".hidden.bvh").write_text("hidden")
    said = ballo("convert", "in", "out", "--format", "npz", "-f", ".JSON")
    assert (said.status, said.err) == (0, "")
    assert names(folder / "out") == {"lafan.npz", "lafan.json", "dog.npz", "dog.json"}
    (folder / "in" / "broken.csv").write_text("x")
    said = ballo("convert", "in", "out", "-f", "bvh")
    assert said.status == 1
    assert said.err.splitlines() == [
        "ballo: cannot read in/broken.csv: its header names no column such as left_hand.x_m",
        "ballo: 1 of 3 motions left out",
    ]
    assert len(said.out.splitlines()) == 2
    ballo("convert", "dance.npz", "out", "-f", "csv")
    assert (folder / "out" / "dance.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["dance.npz"], "missing argument 'OUT'"),
        (["gone.bvh", "a.npz"], "cannot read gone.bvh: there is no such file"),
        (["song.txt", "a.npz"], "cannot read song.txt: motions are read from .bvh, .csv, "),
        (["dance.npz", "a.txt"], "cannot write a.txt: choose a suffix among .bvh, "),
        (["dance.npz", "nowhere/a.bvh"], "there is no folder nowhere; make it first"),
        (["dance.npz", "dance.npz"], "it is what is converted; name another file"),
        (["dance.npz", "a.bvh", "--fps", "0"], "0 frames a second: give 1 to 1000"),
        (["dance.npz", "a.bvh", "--fps", "nan"], "--fps nan: give frames a second"),
        (["dance.npz", "a.bvh", "--fps", "1/0"], "--fps 1/0: give frames a second"),
        (["dance.npz", "a.bvh", "--fps", "9" * 50], f"--fps {'9' * 50}: give frames a second"),
        (["dance.npz", "a.bvh", "--fps", "9" * 15], "1e+15 frames a second: give 1 to 1000"),
        (["dance.npz", "a.bvh", "--fps", "1e99999999999"], "--fps 1e99999999999: give frames a second"),
        (["dance.npz", "a.bvh", "--fps", "-1"], "-1 frames a second: give 1 to 1000"),
        (["dance.npz", "a.bvh", "--units", "yard"], "a .bvh is written in cm or m, not in 'yard'"),
        (["dance.npz", "a.csv", "--units", "m"], "--units has no meaning for .csv: leave it out, or write a .bvh"),
        (["dance.npz", "a.csv", "--names", "unreal"], "--names has no meaning for .csv: leave it out, or write a .bvh or .fbx"),
        (["dance.npz", "a.csv", "--theme", "dark"], "--theme is of a film: write a .mp4, or leave it out"),
        (["dance.npz", "a.mp4", "--theme", "pink"], "no theme is called pink"),
        (["dance.npz", "a.mp4", "--beats"], "--beats shows the beats of a song, and there is none"),
        (["dance.npz", "a.png", "--poses", 0], "a strip holds 1 to 400 poses, not 0"),
        (["dance.npz", "a.bvh", "--in-place", "--bounds", "4x4"], "contradict one another"),
        (["dance.npz", "a.bvh", "--bounds", "1x1"], "a stage is at least 2 m wide and deep"),
        (["dance.npz", "a.bvh", "./a.bvh"], "cannot write a.bvh twice: name another file or folder"),
        (["dance.npz", "a.mp4", "--song", "dance.npz"], "dance.npz: not audio"),
        (["dance.npz", "song.mp4", "--song", "song.mp4"], "song.mp4: it is the song"),
        (["dance.npz", "a.csv", "--in-units", "m"], "--in-units has no meaning for .npz files"),
        (["dance.npz", "a.csv", "--poses", 3], "--poses has no meaning for .csv"),
        (["dance.npz", "a.csv", "--song", "gone.wav"], "--song has no meaning for .csv"),
        (["dance.npz", "a.mp4", "--song", "gone.wav"], "gone.wav: no such file"),
        (["dance.npz", "a.mp4", "--start", 3], "--start is a place in a song"),
        (["dance.npz", "a.bvh", "-f", "bvh"], "--format goes with one folder as OUT"),
        (["dance.npz", "out"], "cannot write out: choose a suffix"),
        (["dance.npz", "empty"], "empty is a folder: say with --format"),
        (["empty", "empty", "-f", "bvh"], "no motions in empty; give a folder"),
        (["twins", "empty", "-f", "json"], "for a.bvh and a.npz: name another"),
        (["twins", "a.npz"], "a folder of motions needs a folder to go to"),
        (["twins", "out", "-f", "bvh"], "there is no folder out: make it first"),
    ],
)
def test_bad_input(ballo, folder, motion, arguments, reason):
    (folder / "empty").mkdir()
    (folder / "twins").mkdir()
    motion.save(folder / "twins" / "a.npz")
    motion.save(folder / "twins" / "a.bvh")
    shutil.copy(demo.song(), folder / "song.mp4")
    before = names(folder)
    assert reason in ballo("convert", *arguments).refusal
    assert names(folder) == before
    assert names(folder / "empty") == set()


@pytest.mark.parametrize(
    "name", ["a b.npz", "tänzerin ☃.npz", "quo\"te's.npz", "-dash.npz", "new\nline.npz", "x" * 240 + ".npz"]
)
@pytest.mark.skipif(os.name == "nt", reason="not all of these are names there")
def test_names_of_any_kind(ballo, folder, motion, name):
    (folder / "dance.npz").rename(folder / name)
    said = ballo("convert", "--", name, f"{Path(name).stem}.json", f"{Path(name).stem}.bvh")
    assert (said.status, said.err) == (0, "")
    assert len(said.out.splitlines()) == 2
    assert names(folder) == {name, f"{Path(name).stem}.json", f"{Path(name).stem}.bvh"}
    assert len(formats.read(folder / f"{Path(name).stem}.bvh")) == 50


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes among files there")
def test_what_is_no_file_is_neither_read_nor_replaced(ballo, folder, motion, song):
    for name in ("pipe.npz", "pipe.bvh", "pipe.gif"):
        os.mkfifo(folder / name)
    before = names(folder)
    for arguments in (["convert", "pipe.bvh", "a.npz"], ["show", "pipe.bvh"]):
        assert ballo(*arguments).refusal == "cannot read pipe.bvh: it is not a regular file"
    for arguments in (
        ["convert", "dance.npz", "pipe.npz"],
        ["dance", "song.wav", "-o", "pipe.npz"],
        ["show", "dance.npz", "-o", "pipe.gif"],
    ):
        assert "it is not a regular file; name another" in ballo(*arguments).refusal
    assert names(folder) == before
    assert (folder / "pipe.npz").is_fifo()


def test_songs_of_odd_names_go_with_every_format(ballo, folder, motion, make_song):
    make_song(folder / "a#%?☃'\"b.wav", 44100)
    said = ballo("convert", "dance.npz", "a.glb", "a.usda", "a.usdz", "a.html", "a.png", "--song", "a#%?☃'\"b.wav")
    assert (said.status, said.err) == (0, "")
    if os.name == "nt":
        return
    make_song(folder / "n\ne\udcffw.wav", 44100)
    assert ballo("convert", "dance.npz", "b.glb", "b.html", "b\udcff.usda", "--song", "a#%?☃'\"b.wav").status == 0
    assert ballo("convert", "dance.npz", "c.glb", "c.html", "--song", "n\ne\udcffw.wav").status == 0
    assert "it takes no song called " in ballo("convert", "dance.npz", "c.usda", "--song", "n\ne\udcffw.wav").refusal


def test_a_danced_bvh_in_metres_with_names_of_another_program(ballo, folder, song):
    said = ballo("dance", "song.wav", "-o", "a.bvh", "-o", "a.npz", "--style", "jig", "--units", "m", "--names", "mixamo")
    assert (said.status, said.err) == (0, "")
    text = (folder / "a.bvh").read_text()
    assert "ROOT Hips" in text
    again, own = formats.read(folder / "a.bvh", units="m"), formats.read(folder / "a.npz")
    np.testing.assert_allclose(again.root, own.root, atol=1e-6)
    for arguments, reason in (
        (["-o", "b.bvh", "--units", "yard"], "a .bvh is written in cm or m, not in 'yard'"),
        (["-o", "b.npz", "--units", "m"], "--units has no meaning for .npz: leave it out, or write a .bvh"),
        (["-o", "b.glb", "--names", "maya"], "no bone names called 'maya'"),
    ):
        assert reason in ballo("dance", "song.wav", *arguments).refusal
    assert "--units has no meaning here" in ballo("dance", "--poses", 3, "--units", "m").refusal


def test_dance_at_another_frame_rate(ballo, folder, song):
    ballo("dance", "song.wav", "-o", "own.npz", "--style", "jig")
    said = ballo("dance", "song.wav", "-o", "a.npz", "-o", "a.mp4", "--fps", "60", "--style", "jig")
    assert (said.status, said.err) == (0, "")
    own, again = (formats.read(folder / name) for name in ("own.npz", "a.npz"))
    assert (own.fps, again.fps, len(again)) == (25, 60, round(len(own) * 60 / 25))
    np.testing.assert_allclose(again.positions[::12], own.positions[::5], atol=1e-5)
    with av.open(str(folder / "a.mp4")) as film:
        assert film.streams.video[0].average_rate == 60
    assert "give frames a second" in ballo("dance", "song.wav", "-o", "b.npz", "--fps", "fast").refusal
    assert "leave out --fps" in ballo("dance", "--poses", 3, "--fps", "60").refusal


# What a disk and other processes can do.

SMALL = """
    import resource, sys
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    sys.argv = ["ballo", "convert", "dance.npz", sys.argv[1]]
    from ballo.cli import main
    main.run()
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no limit of this kind")
@pytest.mark.parametrize(
    "suffix", [".bvh", ".csv", ".json", ".npz", ".png", ".gif", ".mp4", ".glb", ".html", ".usda", ".usdc", ".usdz"]
)
def test_a_disk_that_is_full_leaves_the_old_file_whole(folder, motion, suffix):
    path = folder / f"a{suffix}"
    path.write_text("older")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SMALL), path.name], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("ballo: cannot write ")
    assert path.read_text() == "older"
    assert names(folder) == {"dance.npz", path.name}


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".html", ".usda"])
def test_ctrl_c_leaves_nothing(folder, suffix):
    swaying(4000).save(folder / "dance.npz")
    command = [sys.executable, "-m", "ballo", "convert", "dance.npz", "a.csv", f"b{suffix}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout.readline().startswith("Wrote a.csv")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "ballo: interrupted; nothing half-written was left\n")
    assert names(folder) - {f"b{suffix}"} == {"dance.npz", "a.csv"}
    if (folder / f"b{suffix}").exists():  # what has no steps to stop between is finished first
        assert suffix in (".html", ".usda")


@pytest.mark.parametrize("suffix", [".glb", ".html", ".usdc"])
def test_two_commands_that_write_one_file_leave_one_of_the_two_whole(folder, motion, make_song, suffix):
    swaying(400, 1).save(folder / "other.npz")
    make_song(folder / "song.wav", 44100)
    (folder / "out").mkdir()
    made = [sys.executable, "-m", "ballo", "convert"]
    for source in ("dance", "other"):
        subprocess.run([*made, f"{source}.npz", f"{source}{suffix}", "--song", "song.wav"], check=True, cwd=folder)
    whole = {(folder / f"{source}{suffix}").read_bytes() for source in ("dance", "other")}
    both = [
        subprocess.Popen(
            [*made, f"{source}.npz", f"out/a{suffix}", "--song", "song.wav"], cwd=folder, stdout=subprocess.DEVNULL
        )
        for source in ("dance", "other", "dance", "other")
    ]
    assert [process.wait() for process in both] == [0, 0, 0, 0]
    assert (folder / "out" / f"a{suffix}").read_bytes() in whole
    assert names(folder / "out") == {f"a{suffix}"} | ({"song.wav"} if suffix != ".html" else set())


def write_again_and_again(path: Path, seed: int, times: int, begin) -> None:
    motion = swaying(40 + 10 * seed, seed)
    begin.wait()
    for _ in range(times):
        motion.save(path)


@pytest.mark.parametrize("suffix", [".bvh", ".json", ".npz"])
def test_two_processes_that_write_one_file_never_mix(tmp_path, suffix):
    path, processes = tmp_path / f"a{suffix}", multiprocessing.get_context("spawn")
    whole = [swaying(40 + 10 * seed, seed).save(tmp_path / f"{seed}{suffix}").read_bytes() for seed in (1, 2)]
    begin = processes.Event()
    writers = [processes.Process(target=write_again_and_again, args=(path, seed, 60, begin)) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    begin.set()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            seen.add(path.read_bytes())
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen | {path.read_bytes()} <= set(whole)
    assert names(tmp_path) == {path.name, f"1{suffix}", f"2{suffix}"}
