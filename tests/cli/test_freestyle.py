"""`ballo dance` without a song, as a user types it: dances without music, figures, and models that are none of these."""

from __future__ import annotations

import av
import numpy as np
import pytest
from PIL import Image

from ballo.export import npz
from ballo.inference import bundle
from ballo.inference.bundle import POSES, SEQUENCES
from ballo.inference.choreographer import Choreographer


@pytest.fixture
def models(shipped, toy_graph):
    """Toys in the places of the shipped models of sequences and poses."""
    for kind in (SEQUENCES, POSES):
        bundle.write(shipped / f"{bundle.DEFAULTS[kind]}.ballo", *toy_graph(kind=kind))
    return shipped


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_dance_without_music_in_every_format(ballo, folder, models):
    said = ballo(
        "dance",
        "--duration",
        0.4,
        "--style",
        "jig",
        "--seed",
        3,
        *(x for s in ("mp4", "gif", "bvh", "npz") for x in ("-o", f"a.{s}")),
    )
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [f"Wrote a.{s}  (0:00, jig, seed 3, no music)" for s in ("mp4", "gif", "bvh", "npz")]
    motion = npz.read(folder / "a.npz")
    expected = Choreographer.load(models / "freestyle.ballo").freestyle(0.4, style="jig", seed=3)
    assert motion == expected
    assert (len(motion), motion.meta["song"]) == (10, None)
    with av.open(str(folder / "a.mp4")) as film:
        assert film.streams.video[0].frames == 10
        assert not film.streams.audio


def test_the_models_first_style_is_danced_and_said_and_the_file_has_a_name(ballo, folder, models):
    (folder / "out").mkdir()
    said = ballo("dance", "--duration", 2, "-f", "npz", "-f", "bvh", "-o", "out")
    assert said.out.splitlines()[0] == "Style: march, the model's first (--style for another: jig)"
    assert names(folder / "out") == {"freestyle.npz", "freestyle.bvh"}
    ballo("dance", "--duration", 0.2)
    assert names(folder) == {"out", "freestyle.mp4"}


def test_figures_of_every_style_or_of_one(ballo, folder, models):
    said = ballo("dance", "--poses", 5)
    assert (said.status, said.err, said.out) == (0, "", "Wrote poses.png  (5 figures, march, jig, seed 0)\n")
    said = ballo("dance", "--poses", 1, "--style", "jig", "--seed", 4, "-o", "one.png")
    assert said.out == "Wrote one.png  (1 figure, jig, seed 4)\n"
    five, one = (np.asarray(Image.open(folder / name)) for name in ("poses.png", "one.png"))
    assert five.shape[1] > 2 * one.shape[1]
    ballo("dance", "--poses", 1, "--style", "jig", "--seed", 5, "-o", "other.png")
    ballo("dance", "--poses", 1, "--style", "jig", "--seed", 4, "-o", "again.png")
    assert (folder / "again.png").read_bytes() == (folder / "one.png").read_bytes() != (folder / "other.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name a song to dance to; or give --duration to dance without one, or --poses for figures"),
        (["--start", 2, "--duration", 3], "--start is a place in a song: name one, or leave it out"),
        (["--duration", 0], "the duration is 0 s"),
        (["--duration", 2, "--style", "tango"], "toy dances no 'tango': choose among march, jig"),
        (["--duration", 2, "--seed", -1], "a seed is a whole number from 0 on"),
        (["--duration", 2, "--model", "ballroom"], "toy dances to songs: give it one"),
        (["--duration", 2, "--model", "poses"], "toy draws figures, and dances none: give it --poses and no song"),
        (["--duration", 2, "--model", "markov:archive"], "markov dances to songs: give it one"),
        (["--duration", 2, "-o", "a.txt"], "choose a suffix among .bvh, .gif"),
        (["--duration", 2, "-o", "nowhere/a.npz"], "there is no folder nowhere"),
        (["--duration", 2, "-o", "a.npz", "-f", "bvh"], "--format goes with a folder"),
        (["song.wav", "--model", "freestyle"], "toy dances without music: give it no song, but a --duration"),
        (["song.wav", "--model", "poses"], "toy draws figures, and dances none"),
        (["song.wav", "--model", "markov:"], "markov: names no archive: write markov:ARCHIVE"),
        (["song.wav", "--model", "markov:nowhere"], "no ballo archive"),
        (["song.wav", "--model", "bolero:nowhere"], "no model 'bolero:nowhere': shipped are ballroom"),
        (["song.wav", "--poses", 3], "--poses draws figures and dances to no song: leave out song.wav, or --poses"),
        (["--poses", 3, "--duration", 2], "--poses draws figures that do not move: leave out --start, --duration"),
        (["--poses", 3, "-f", "npz"], "--poses draws figures that do not move"),
        (["--poses", 0], "a sheet holds 1 to 400 figures, not 0"),
        (["--poses", 401], "a sheet holds 1 to 400 figures, not 401"),
        (["--poses", "many"], "invalid value for '--poses'"),
        (["--poses", 3, "-o", "a.mp4"], "a sheet of figures is a .png"),
        (["--poses", 3, "-o", "a.png", "-o", "b.png"], "figures go to one sheet"),
        (["--poses", 3, "-o", "nowhere/a.png"], "there is no folder nowhere"),
        (["--poses", 3, "--style", "tango"], "toy dances no 'tango'"),
        (["--poses", 3, "--model", "ballroom"], "toy dances to songs: give it one"),
        (["--poses", 3, "--model", "freestyle"], "toy dances without music"),
        (["--poses", 3, "--model", "mean:archive"], "mean dances to songs: give it one"),
    ],
)
def test_bad_input(ballo, folder, models, song, arguments, reason):
    assert reason in ballo("dance", *arguments).refusal
    assert names(folder) == {"song.wav"}


def test_where_no_such_model_ships_that_is_said(ballo, folder):
    assert ballo("dance", "--duration", 2).refusal.startswith("no model of sequences came with this ballo: train one")
    assert ballo("dance", "--poses", 2).refusal.startswith("no model of poses came with this ballo: train one")


def test_a_baseline_dances_to_a_song(ballo, folder, song, small_archive):
    said = ballo("dance", "song.wav", "--model", f"mean:{small_archive.path}", "--style", "waltz", "-o", "a.npz")
    assert (said.status, said.err, said.out) == (0, "", "Wrote a.npz  (0:01, waltz, seed 0)\n")
    motion = npz.read(folder / "a.npz")
    assert (motion.meta["model"], len(motion)) == ("mean", 25)
    assert not np.ptp(motion.positions, axis=0).any()
    refusal = ballo("dance", "song.wav", "--model", f"mean:{small_archive.path}", "--style", "jig", "-o", "b.npz").refusal
    assert refusal.startswith("mean dances no 'jig'")
