"""`ballo dance`: songs in, files out, and one clear line for everything that cannot be danced."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from ballo import demo
from ballo.cli import dance
from ballo.cli.jobs import Job
from ballo.errors import ExportError
from ballo.export import npz
from ballo.inference import bundle
from ballo.inference.choreographer import Choreographer


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def frames(path: Path) -> int:
    return len(npz.read(path))


# What is written, and where.


def test_one_song_to_several_files(ballo, folder, song):
    said = ballo("dance", "song.wav", "-o", "dance.npz", "-o", "dance.bvh", "--style", "jig", "--seed", 7)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == ["Wrote dance.npz  (0:01, jig, seed 7)", "Wrote dance.bvh  (0:01, jig, seed 7)"]
    assert names(folder) == {"song.wav", "dance.npz", "dance.bvh"}
    assert frames(folder / "dance.npz") == 25
    meta = npz.read(folder / "dance.npz").meta
    assert (meta["style"], meta["seed"], meta["song"]) == ("jig", 7, "song.wav")


def test_by_default_a_video_of_the_songs_name_in_the_current_folder(ballo, folder, tmp_path, make_song):
    make_song(tmp_path / "song.v2.wav", 14000)
    said = ballo("dance", tmp_path / "song.v2.wav")
    assert (said.status, said.err) == (0, "")
    assert names(folder) == {"song.v2.mp4"}
    with av.open(str(folder / "song.v2.mp4")) as video:
        assert video.streams.video[0].frames == 8
        assert len(video.streams.audio) == 1


def test_without_a_beat_the_models_first_style_is_danced_and_said(ballo, song, make_song, folder):
    make_song(folder / "b.wav", 4410)
    said = ballo("dance", "song.wav", "b.wav", "-f", "npz")
    styles = [line for line in said.out.splitlines() if line.startswith("Style")]
    assert styles == [
        f"Style: march, because no beat is found in {name}, and it is the model's first (--style for another: jig)"
        for name in ("song.wav", "b.wav")
    ]
    assert npz.read(folder / "b.npz").meta["style"] == "march"
    assert "Style" not in ballo("dance", "song.wav", "-f", "npz", "--style", "march").out


def test_each_song_gets_the_style_of_its_metre_and_tempo(ballo, folder, make_song, toy_graph, shipped):
    manifest, graph = toy_graph()
    ballroom = replace(manifest, styles=("rumba", "waltz"))
    bundle.write(shipped / "ballroom.ballo", ballroom, graph)
    shutil.copy(demo.song(), folder / "waltz.mp3")
    make_song(folder / "hush.wav", 4410, level=0.0)
    said = ballo("dance", "waltz.mp3", "hush.wav", "-f", "npz", "--duration", 12)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[0] == "Style: waltz, because waltz.mp3 is in 3/4 at 90 bpm (--style for another: rumba)"
    assert [npz.read(folder / f"{name}.npz").meta["style"] for name in ("waltz", "hush")] == ["waltz", "rumba"]


def test_start_and_duration(ballo, folder, song):
    assert ballo("dance", "song.wav", "-o", "a.npz", "--start", 0.5, "--duration", 0.2).status == 0
    assert frames(folder / "a.npz") == 5
    assert npz.read(folder / "a.npz").meta["start_seconds"] == 0.5


def test_the_same_command_gives_the_same_bytes(ballo, folder, song):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        ballo("dance", "song.wav", "-o", f"{name}.npz", "--seed", seed)
    a, b, c = ((folder / f"{name}.npz").read_bytes() for name in "abc")
    assert a == b != c


def test_several_songs_and_a_folder_of_songs(ballo, folder, make_song):
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    for name in ("in/b.wav", "in/a.wav", "c.wav"):
        make_song(folder / name, 4410)
    (folder / "in" / "notes.txt").write_text("not a song")
    said = ballo("dance", "c.wav", "in", "in/a.wav", "-o", "out", "-f", "npz", "-f", ".BVH", "-f", "npz", "--style", "jig")
    assert (said.status, said.err) == (0, "")
    wrote = [str(Path(f"out/{name}")) for name in ("c.npz", "c.bvh", "a.npz", "a.bvh", "b.npz", "b.bvh")]
    assert [line.split()[1] for line in said.out.splitlines()] == wrote
    assert names(folder / "out") == {Path(name).name for name in wrote}


def test_one_song_into_a_folder(ballo, folder, song):
    (folder / "out").mkdir()
    assert ballo("dance", "song.wav", "-o", "out", "--format", "npz").status == 0
    assert names(folder / "out") == {"song.npz"}


def test_one_broken_song_of_three_is_left_out(ballo, folder, song, make_song):
    (folder / "broken.wav").write_text("not a song")
    make_song(folder / "other.wav", 4410)
    said = ballo("dance", "song.wav", "broken.wav", "other.wav", "-f", "npz")
    assert said.status == 1
    assert [line.split(":")[1] for line in said.err.splitlines()] == [" broken.wav", " 1 of 3 songs left out"]
    assert names(folder) == {"song.wav", "broken.wav", "other.wav", "song.npz", "other.npz"}


def test_only_broken_songs_are_a_refusal(ballo, folder):
    said = ballo("dance", "one.wav", "two.wav", "-f", "npz")
    assert (said.status, said.out, names(folder)) == (2, "", set())
    assert len(said.err.splitlines()) == 3


@pytest.mark.parametrize("name", ["Für Élise, 踊り.wav", "two words.wav", "-dash.wav", "a:b.wav", "[bold]x.wav", "100%d.wav"])
def test_odd_names(ballo, folder, make_song, name):
    if sys.platform == "win32" and ":" in name:
        pytest.skip("no file can be called this here")
    make_song(folder / name, 4410)
    said = ballo("dance", "-f", "npz", "-f", "bvh", "--", name)
    assert (said.status, said.err) == (0, "")
    assert names(folder) == {name, f"{name[:-4]}.npz", f"{name[:-4]}.bvh"}
    assert f"Wrote {name[:-4]}.npz" in said.out
    assert npz.read(folder / f"{name[:-4]}.npz").meta["song"] == name


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode here")
def test_a_name_that_would_write_on_the_terminal(ballo, folder, make_song):
    make_song(folder / "a\x1b[31m\nb.wav", 4410)
    said = ballo("dance", folder / "a\x1b[31m\nb.wav", "-o", "a\udcff.npz", "--style", "jig")
    assert (said.status, said.err, said.out) == (0, "", "Wrote a\\udcff.npz  (0:00, jig, seed 0)\n")
    assert "a\\x1b[31m b.wav" in ballo("dance", folder / "a\x1b[31m\nb.wav", "--start", 9, "-o", "b.npz").refusal


# Not errors.


def test_a_truncated_song_is_danced_and_said(ballo, folder):
    content = demo.song().read_bytes()
    (folder / "cut.mp3").write_bytes(content[: len(content) // 6])
    said = ballo("dance", "cut.mp3", "-o", "a.npz")
    assert (said.status, said.err) == (0, "")
    assert "cut.mp3 is cut short or damaged: danced to the 6." in said.out


def test_silence_stands_and_is_said(ballo, folder, make_song):
    make_song(folder / "hush.wav", 9000, level=0.0)
    said = ballo("dance", "hush.wav", "-o", "a.npz")
    assert (said.status, said.err) == (0, "")
    assert "hush.wav is silent: the dancer stands and breathes" in said.out


def test_a_tenth_of_a_second_is_a_dance(ballo, folder, song):
    assert ballo("dance", "song.wav", "-o", "a.npz", "--duration", "0.1").status == 0
    assert frames(folder / "a.npz") == 3


# One clear line, status 2, and nothing left behind.


def mute_video(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 32
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        container.mux(stream.encode(None))


def nan_wav(path: Path) -> None:
    samples = np.full(8000, np.nan, dtype="<f4")
    header = b"RIFF" + (36 + samples.nbytes).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += b"\x03\x00\x01\x00" + (8000).to_bytes(4, "little") + (32000).to_bytes(4, "little") + b"\x04\x00\x20\x00"
    path.write_bytes(header + b"data" + samples.nbytes.to_bytes(4, "little") + samples.tobytes())


@pytest.fixture
def bad(folder, toy_bundle):
    """Files that are not what they say."""
    (folder / "text.mp3").write_text("these are words, not music\n" * 100)
    (folder / "empty.mp3").touch()
    (folder / "hollow").mkdir()
    (folder / "hollow" / "notes.txt").write_text("no song")
    mute_video(folder / "mute.mp4")
    nan_wav(folder / "nan.wav")
    content = toy_bundle.read_bytes()
    (folder / "cut.ballo").write_bytes(content[: len(content) // 2])
    newer = content.replace(b'"format_version": 2', b'"format_version": 9')
    with av.open(str(demo.song())):  # what plays is no bundle either
        (folder / "song.ballo").write_bytes(demo.song().read_bytes()[:5000])
    (folder / "newer.ballo").write_bytes(_with_checksums(newer))
    return folder


def _with_checksums(content: bytes) -> bytes:
    """The zip with its entries' checksums put right."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.getinfo("manifest.json").CRC = 0
        entries = {}
        for info in archive.infolist():
            start = info.header_offset + 30 + len(info.filename)
            entries[info.filename] = content[start : start + info.file_size]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, entry in entries.items():
            archive.writestr(name, entry)
    return written.getvalue()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["text.mp3"], "text.mp3: not audio"),
        (["empty.mp3"], "empty.mp3: is empty"),
        (["hollow"], "no songs in hollow"),
        (["missing.mp3"], "missing.mp3: no such file"),
        (["mute.mp4", "-o", "a.npz"], "mute.mp4: has no sound"),
        (["nan.wav", "-o", "a.npz"], "nan.wav: holds samples that are NaN"),
        (["song.wav", "-o", "a.txt"], "cannot write a.txt: choose a suffix among .bvh, "),
        (["song.wav", "-o", "a"], "cannot write a: choose a suffix"),
        (["song.wav", "-f", "txt"], "cannot write song.txt: choose a suffix"),
        (["song.wav", "-o", "nowhere/a.npz"], "there is no folder nowhere"),
        (["song.wav", "-o", "nowhere", "-f", "npz"], "there is no folder nowhere: make it first"),
        (["song.wav", "nan.wav", "-o", "nowhere"], "there is no folder nowhere: make it first"),
        (["song.wav", "nan.wav", "-o", "a.npz"], "several songs need a folder to go to: -o DIR --format mp4"),
        (["song.wav", "-o", "a.npz", "-f", "bvh"], "--format goes with a folder"),
        (["song.wav", "-o", "a.npz", "-o", "./a.npz"], "cannot write a.npz twice"),
        (["song.wav", "hollow/../song.wav", "-o", "a.npz", "-o", "hollow/../a.npz"], "a.npz twice"),
        (["song.wav", "song.mp3"], "cannot write song.mp4 for song.wav and song.mp3"),
        (["mute.mp4"], "cannot write mute.mp4: it is a song to dance to; name another file with -o"),
        (["song.wav", "mute.mp4", "-f", "mp4"], "cannot write mute.mp4: it is a song"),
        (["song.wav", "--model", "cut.ballo"], "cut.ballo is not a ballo bundle, or was cut short"),
        (["song.wav", "--model", "newer.ballo"], "newer.ballo needs a newer ballo: pip install --upgrade ballo"),
        (["song.wav", "--model", "song.ballo"], "song.ballo is not a ballo bundle"),
        (["song.wav", "--model", "song.wav"], "song.wav is not a ballo bundle"),
        (["song.wav", "--model", "gone.ballo"], "no bundle gone.ballo"),
        (["song.wav", "--model", "tango"], "no model 'tango': shipped are ballroom"),
        (["song.wav", "--model", "hollow"], "no model 'hollow': shipped are ballroom"),
        (["song.wav", "--start", "1"], "nothing to dance from 1 s on"),
        (["song.wav", "--start", "100"], "nothing to dance from 100 s on"),
        (["song.wav", "--start", "-1"], "the start is -1 s"),
        (["song.wav", "--start", "nan"], "the start is nan s"),
        (["song.wav", "--duration", "-2"], "the duration is -2 s"),
        (["song.wav", "--duration", "0"], "the duration is 0 s"),
        (["song.wav", "--duration", "inf"], "the duration is inf s"),
        (["song.wav", "--duration", "long"], "invalid value for '--duration'"),
        (["song.wav", "--seed", "-1"], "a seed is a whole number from 0 on, not -1"),
        (["song.wav", "--seed", "1.5"], "invalid value for '--seed'"),
        (["song.wav", "--style", "tango"], "dances no 'tango': choose among march, jig"),
        (["song.wav", "--stile", "jig"], "no such option: --stile"),
        (["song.wav", "nan.wav", "--seed", "-1"], "a seed is a whole number"),
    ],
)
def test_bad_input(ballo, bad, song, arguments, reason):
    before = names(bad)
    said = ballo("dance", *arguments)
    assert reason in said.refusal
    assert names(bad) == before


def test_a_song_is_not_overwritten_by_any_name(ballo, folder, song):
    content = song.read_bytes()
    (folder / "link.npz").symlink_to(song)
    assert "it is a song to dance to" in ballo("dance", "song.wav", "-o", "link.npz").refusal
    assert song.read_bytes() == content


def test_what_was_there_is_replaced_only_by_a_whole_file(ballo, folder, song, monkeypatch):
    (folder / "a.npz").write_text("older")

    def full_disk(motion, path, **options):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(npz, "write", full_disk)
    said = ballo("dance", "song.wav", "-o", "a.npz", "--style", "jig")
    assert said.refusal == "cannot write a.npz: No space left on device"
    assert (folder / "a.npz").read_text() == "older"
    assert names(folder) == {"song.wav", "a.npz"}


def test_a_folder_that_cannot_be_written(ballo, folder, song, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert "no permission to write in locked" in _locked(ballo, folder).refusal


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions bind ordinary users on POSIX only")
def test_a_folder_that_is_read_only(ballo, folder, song):
    said = _locked(ballo, folder)
    (folder / "locked").chmod(0o700)
    assert "no permission to write in locked" in said.refusal


def _locked(ballo, folder):
    (folder / "locked").mkdir(mode=0o500)
    return ballo("dance", "song.wav", "-o", "locked/a.npz")


def test_outputs_are_refused_before_any_work(ballo, song, monkeypatch):
    def worked(*arguments):
        raise AssertionError("this is work")

    monkeypatch.setattr(Choreographer, "load", worked)
    monkeypatch.setattr("ballo.music.audio.open_song", worked)
    for output in ("a.txt", "nowhere/a.npz", "song.wav"):
        assert "cannot write" in ballo("dance", "song.wav", "-o", output).refusal


def test_no_model_shipped(ballo, song, shipped):
    (shipped / "ballroom.ballo").unlink()
    assert ballo("dance", "song.wav").refusal.startswith("no model came with this ballo")


def test_plan_without_touching_anything(folder, song):
    jobs = dance.plan([Path("song.wav")], [], [])
    assert jobs == [Job(Path("song.wav"), (Path("song.mp4"),))]
    with pytest.raises(ExportError):
        dance.plan([Path("a.mp3"), Path("b.mp3")], [Path("a.npz"), Path("b.npz")], [])
    assert names(folder) == {"song.wav"}


# Ctrl-C, and a person who watches.

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and terminals")


def spawn(*arguments: object, **options: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "ballo", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@on_posix
@pytest.mark.parametrize("when", ["dancing", "drawing"])
def test_ctrl_c(folder, toy_bundle, make_song, when):
    make_song(folder / "long.wav", (200 if when == "dancing" else 20) * 8000, 8000)
    process = spawn("dance", "long.wav", "-o", "a.npz", "-o", "b.mp4", "--model", toy_bundle, cwd=folder)
    assert process.stdout.readline().startswith("Style: ")
    while when == "drawing" and not list(folder.glob(".b.*.mp4")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "ballo: interrupted; nothing half-written was left\n")
    assert names(folder) == {"long.wav"} | ({"a.npz"} if when == "drawing" else set())


@on_posix
def test_a_terminal_sees_a_bar_with_the_time_left_and_a_clean_line_after_it(folder, toy_bundle, song):
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ballo", "dance", "song.wav", "-o", "a.npz", "--model", str(toy_bundle)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    assert process.wait() == 0
    lines = shown.decode().replace("\r\n", "\n").splitlines()
    assert any("Dancing to song.wav" in line and "100 %" in line and "left" in line for line in lines)
    assert lines[-1].rsplit("\x1b[2K")[-1] == "Wrote a.npz  (0:01, march, seed 0)"


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_meta_is_json_of_one_line(ballo, folder, song):
    ballo("dance", "song.wav", "-o", "a.npz")
    with np.load(folder / "a.npz") as arrays:
        assert json.loads(str(arrays["meta"]))["model"] == "toy"


# How a film looks.


def test_a_film_looks_as_it_was_wished(ballo, folder, song):
    ballo(
        "dance",
        "song.wav",
        "-o",
        "a.mp4",
        "-o",
        "a.npz",
        "--size",
        "vertical",
        "--camera",
        "orbit",
        "--theme",
        "dark",
        "--beats",
    )
    ballo("dance", "song.wav", "-o", "plain.mp4")
    with av.open(str(folder / "a.mp4")) as dark, av.open(str(folder / "plain.mp4")) as plain:
        one, other = next(dark.decode(video=0)), next(plain.decode(video=0))
        assert (one.width, one.height, other.width, other.height) == (1080, 1920, 1280, 720)
        assert np.median(one.to_ndarray()[:1920]) + 80 < np.median(other.to_ndarray()[:720])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["-o", "a.mp4", "--size", "4k"], "no film is 4k: choose a size among 720p, 1080p, vertical"),
        (["-o", "a.mp4", "--camera", "drone"], "no camera is called drone: choose among follow, front, orbit"),
        (["-o", "a.mp4", "--theme", "pink"], "no theme is called pink: choose among light, dark"),
        (["-o", "a.npz", "--title", "Moon River"], "--title is of a film: write a .mp4, or leave it out"),
        (["-o", "a.mp4", "--title", "\u6771\u4eac"], "a film's font has Latin letters only; spell it in those"),
    ],
)
def test_a_look_that_cannot_be_had_is_refused_before_the_dance(ballo, folder, song, more, reason):
    said = ballo("dance", "song.wav", *more)
    assert said.status == 2
    assert reason in said.err
    assert names(folder) == {"song.wav"}
