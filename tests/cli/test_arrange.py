"""`ballo data arrange`: a dance of an archive's units to any song, or one line that says why not."""

from __future__ import annotations

import wave

import av
import numpy as np
import pytest

from ballo import demo
from ballo.dataset import archiving
from ballo.dataset.archive import REMASTERED
from ballo.dataset.archiving import Contents, Entry
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.splits import Split
from ballo.dataset.takes import Take
from ballo.dataset.units import Unit
from ballo.export import npz
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.music import audio

FPS, TAKE_FPS = 25.0, 80.0
WALTZES = ("W-0-1", "W-1-1", "W-2-1", "W-3-1", "W-4-1")
SONG = demo.song()


def library(planted, period=0.7, styles="W"):
    """A minute of the planted dance as units of a bar each."""
    joints = planted(np.arange(0, 60, 1 / TAKE_FPS) * FPS)
    take = Take("20", TAKE_FPS, joints, 0.85, np.zeros(len(joints), np.uint8))
    tags = [f"{letter}{tag[1:]}" for letter in styles for tag in WALTZES]
    units, start = {}, 1.0
    for tag in tags:
        beats = 3 if tag.startswith("W") else 4
        end = start + beats * period
        units[tag] = Unit(tag, "20", start, end, beats, True, beats, None if "-0-" in tag else 0)
        start = end + 0.2
    script = ("W-0-1", "W-1-1", "W-2-1", "W-1-1", "W-3-1", "W-2-1", "W-4-1", "W-1-1", "W-2-1", "W-3-1")
    scripts = {"DANCE_W_4": Script(script, (3,) * len(script))}
    return Library({"20": take}, {}, units, frozenset(units), frozenset({"W-4-1"}), scripts)


@pytest.fixture
def archive(planted, tmp_path):
    """Writes an archive with or without a library."""
    motion = Motion.from_positions(DANCER, planted(np.arange(50.0)), FPS)

    def write(kept, name="archive"):
        entry = Entry("DANCE_W_4", "waltz", "train", motion, ((0, 50),), None, {})
        contents = Contents([entry], Split(("DANCE_W_4",), ()), REMASTERED, library=kept)
        return archiving.write(tmp_path / name, contents).path

    return write


@pytest.fixture
def waltz(archive, planted):
    return archive(library(planted))


def unlike(one, other):
    return np.abs(one.rotations[: len(other)] - other.rotations[: len(one)]).max()


def test_a_song_is_danced_from_its_first_bar_to_its_last(ballo, folder, waltz):
    said = ballo("data", "arrange", waltz, SONG, "-o", "new.npz", "-o", "new.bvh")
    assert (said.status, said.err) == (0, "")
    style, one, other = said.out.splitlines()
    assert style.startswith("Style: waltz, because song.mp3 is in 3/4 at 90 bpm")
    assert (one, other) == ("Wrote new.npz  (0:36, waltz, seed 0)", "Wrote new.bvh  (0:36, waltz, seed 0)")
    assert {path.name for path in folder.iterdir()} == {"new.npz", "new.bvh"}
    motion = npz.read(folder / "new.npz")
    assert (motion.fps, motion.meta["style"], motion.meta["song"]) == (FPS, "waltz", "song.mp3")
    assert 0 <= motion.meta["start_seconds"] < 1 / FPS


def test_its_first_frame_is_the_song_s_start_and_she_waits_for_the_bar(ballo, folder, waltz):
    """Silence is put before the song; the dance is the same, later."""
    ballo("data", "arrange", waltz, SONG, "-o", "one.npz")
    samples = audio.read(SONG, rate=22_050)
    late = np.concatenate([np.zeros(3 * 22_050, np.float32), samples])
    with wave.open(str(folder / "late.wav"), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes((late * 32767).astype("<i2").tobytes())
    ballo("data", "arrange", waltz, "late.wav", "-o", "late.npz")
    one, late = (npz.read(folder / name) for name in ("one.npz", "late.npz"))
    assert len(late) - len(one) == pytest.approx(75, abs=1)
    moved = np.flatnonzero(np.abs(np.diff(late.positions, axis=0)).max(axis=(1, 2)) > 1e-6)
    assert moved[0] >= 74
    assert (np.diff(late.root[:74], axis=0) == 0).all()


def test_another_seed_is_another_dance_and_the_same_is_the_same(ballo, folder, waltz):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert ballo("data", "arrange", waltz, SONG, "-o", f"{name}.npz", "--seed", seed).status == 0
    a, b, c = (npz.read(folder / f"{name}.npz") for name in "abc")
    assert a == b
    assert unlike(a, c) > 0.1


def test_units_kept_out_of_training_are_danced_when_asked_for(ballo, folder, archive, planted):
    """The only unit that differs in pose is held out: raised hands."""
    known = library(planted)
    unit = known.units["W-4-1"]
    joints = known.takes["20"].joints.copy()
    frames = slice(int(unit.start_seconds * TAKE_FPS), int(unit.end_seconds * TAKE_FPS))
    hands = [DANCER.index(f"{side}_{part}") for side in ("left", "right") for part in ("elbow", "wrist", "hand")]
    joints[frames, hands, 1] += 3.0
    take = Take("20", TAKE_FPS, joints, 0.85, np.zeros(len(joints), np.uint8))
    path = archive(Library({"20": take}, {}, known.units, known.known, known.held_out, known.scripts))
    raised = {}
    for name, more in (("without", ()), ("with", ("--held-out",))):
        assert ballo("data", "arrange", path, SONG, "-o", f"{name}.npz", "--seed", 2, *more).status == 0
        positions = npz.read(folder / f"{name}.npz").positions
        raised[name] = positions[:, DANCER.index("left_hand"), 1].max()
    assert raised["with"] > raised["without"] + 0.2


def test_by_default_a_video_with_sound_in_the_current_folder(ballo, folder, waltz):
    samples = audio.read(SONG, rate=22_050, seconds=7.0)
    with wave.open(str(folder / "song.wav"), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    said = ballo("data", "arrange", waltz, "song.wav", "--style", "waltz")
    assert (said.status, said.err) == (0, "")
    with av.open(str(folder / "song.mp4")) as video:
        assert video.streams.video[0].frames > 50
        assert len(video.streams.audio) == 1


def test_a_song_in_another_metre_is_refused_and_told_what_fits(ballo, folder, archive, planted):
    both = archive(library(planted, styles="WC"))
    said = ballo("data", "arrange", both, SONG, "--style", "cha-cha", "-o", "x.npz")
    counted = "song.mp3, as ballo counts it (--metre if wrong), is in 3/4 and cha-cha is danced in 4/4"
    assert said.refusal == f"{counted}: choose waltz, or another song"
    said = ballo("data", "arrange", both, SONG, "--metre", 3, "--style", "cha-cha", "-o", "x.npz")
    assert said.refusal == "song.mp3 is in 3/4 and cha-cha is danced in 4/4: choose waltz, or another song"
    only = archive(library(planted, styles="C"), "only")
    said = ballo("data", "arrange", only, SONG, "-o", "x.npz")
    assert said.status == 2
    assert said.err == f"ballo: {counted}: choose another song\n"
    assert not list(folder.iterdir())


def test_a_metre_that_is_known_better_is_taken(ballo, folder, archive, planted):
    both = archive(library(planted, styles="WC"))
    said = ballo("data", "arrange", both, SONG, "--metre", 4, "--style", "cha-cha", "-o", "x.npz")
    assert said.status == 0
    assert ballo("data", "arrange", both, SONG, "--metre", 5, "-o", "y.npz").refusal.startswith("a metre is 2, 3 or 4")


def test_a_tempo_far_from_the_recorded_is_said(ballo, archive, planted):
    slow = archive(library(planted, period=1.2))
    said = ballo("data", "arrange", slow, SONG, "-o", "x.npz")
    assert said.status == 0
    assert "song.mp3 is danced 1.80 times as fast as the waltz was recorded, which looks hurried" in said.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("{waltz}", "{song}", "--style", "jig", "-o", "x.npz"), "there is nothing to arrange a jig from: choose waltz"),
        (("{none}", "{song}", "-o", "x.npz"), "keeps no takes to arrange"),
        (("nowhere", "{song}", "-o", "x.npz"), "is no ballo archive"),
        (("{waltz}", "nothing.mp3", "-o", "x.npz"), "nothing.mp3"),
        (("{waltz}", ".", "-o", "x.npz"), "is a folder: name one song in it"),
        (("{waltz}", "{song}", "-o", "x.xyz"), "choose a suffix among"),
    ],
)
def test_what_cannot_be_arranged_is_refused_in_a_line(ballo, folder, archive, planted, arguments, reason):
    places = {"waltz": archive(library(planted)), "none": archive(None, "none"), "song": SONG}
    said = ballo("data", "arrange", *(argument.format(**places) for argument in arguments))
    assert reason in said.refusal
    assert not list(folder.iterdir())


def test_units_lie_on_the_song_s_bars(ballo, folder, archive, planted):
    """Half-way between two bar lines, away from joins, the pose is that of the middle of the only unit there is."""
    known = library(planted)
    unit = known.units["W-1-1"]
    path = archive(Library(known.takes, {}, {unit.tag: unit}, frozenset(), frozenset(), {}))
    assert ballo("data", "arrange", path, SONG, "-o", "x.npz").status == 0
    motion = npz.read(folder / "x.npz")
    bars = np.array(demo.beats().downbeats_seconds)
    frames = np.round(((bars[:-1] + bars[1:]) / 2 - motion.meta["start_seconds"]) * FPS).astype(int)
    middle = round((unit.start_seconds + unit.end_seconds) / 2 * TAKE_FPS)
    pose = known.takes["20"].play.pose
    apart = [
        np.abs(np.abs((motion.rotations[frames[:-1], 1:] * pose[at, 1:]).sum(axis=-1)) - 1).max()
        for at in (middle, middle + 30)
    ]
    assert apart[0] < 1e-4
    assert apart[1] > 1e-3
