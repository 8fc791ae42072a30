"""`ballo show`, as a user types it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from ballo.export import npz
from ballo.inference.choreographer import Choreographer
from ballo.music.audio import open_song

STYLES = Path(__file__).parents[1] / "motion" / "bvh"


@pytest.fixture
def motions(folder, toy_graph):
    """made.npz of 0.4 s and real.npz of 2 s."""
    from ballo.inference.bundle import SEQUENCES, Bundle

    choreographer = Choreographer(Bundle(*toy_graph(kind=SEQUENCES), "hash"))
    choreographer.freestyle(0.4, seed=1).save(folder / "made.npz")
    choreographer.freestyle(2, seed=2).save(folder / "real.npz")
    return folder


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_two_side_by_side_as_a_film_and_a_gif(ballo, motions, song):
    said = ballo("show", "made.npz", "real.npz", "-o", "a.mp4", "-o", "a.gif", "--song", "song.wav", "--start", 0.3)
    assert (said.status, said.err) == (0, "")
    cut = "cut to the shortest, the longest being 0:02"
    assert said.out.splitlines() == [f"Wrote a.{suffix}  (0:00, made, real, {cut})" for suffix in ("mp4", "gif")]
    with av.open(str(motions / "a.mp4")) as film:
        video = film.streams.video[0]
        assert (video.frames, video.width, video.height) == (10, 960, 640)
    heard = np.concatenate(list(open_song(motions / "a.mp4").blocks(8000, 800)))
    expected = np.concatenate(list(open_song(song, start_seconds=0.3, duration_seconds=0.4).blocks(8000, 800)))
    assert np.corrcoef(heard[: len(expected)], expected[: len(heard)])[0, 1] > 0.9
    with Image.open(motions / "a.gif") as gif:
        width, height = gif.size
        assert abs(width / height - 1.5) < 0.02


def test_labels_are_what_is_asked(ballo, motions):
    ballo("show", "made.npz", "real.npz", "-o", "a.gif")
    said = ballo("show", "made.npz", "real.npz", "-o", "b.gif", "--labels", "generated, real")
    assert said.out.startswith("Wrote b.gif  (0:00, generated, real, ")
    a, b = (np.asarray(Image.open(motions / f"{name}.gif").convert("RGB")).astype(int) for name in "ab")
    changed = np.abs(a - b).max(axis=-1) > 40
    rows, columns = np.nonzero(changed)
    assert len(rows) > 20
    labelled = (rows > 0.85 * len(a)) & (columns < a.shape[1] / 2)
    assert labelled.mean() > 0.9, "the second's label is the same; a few pixels are of another palette"


def test_every_readable_format_is_shown(ballo, motions):
    ballo("convert", "real.npz", "a.bvh", "a.glb", "a.csv", "a.json")
    said = ballo("show", "a.bvh", "a.glb", "a.csv", "a.json", "-o", "four.gif", "--labels", "b,g,c,j")
    assert (said.status, said.err, said.out) == (0, "", "Wrote four.gif  (0:02, b, g, c, j)\n")
    with Image.open(motions / "four.gif") as gif:
        panels = np.split(np.asarray(gif.convert("L")).astype(int)[: gif.height // 2, : gif.width // 4 * 4], 4, axis=1)
    for panel in panels[1:]:
        assert (np.abs(panel - panels[0]) > 40).mean() < 0.002, "the same dance out of every format"


def test_units_and_axes_of_a_bvh(ballo, motions):
    blender = STYLES / "blender-z-up.bvh"
    said = ballo("show", blender, "-o", "a.gif", "--in-units", "m", "--up", "z")
    assert (said.status, said.err, said.out) == (0, "", "Wrote a.gif  (0:00, blender-z-up)\n")
    assert len(ballo("show", blender, "-o", "b.gif").out.splitlines()) == 3, "it says what it took for granted"


def test_one_motion_is_a_film_as_of_any_dance(ballo, motions):
    said = ballo("show", "made.npz", "-o", "a.mp4", "--size", "vertical", "--theme", "dark", "--title", "Moon River")
    assert (said.status, said.out) == (0, "Wrote a.mp4  (0:00, made)\n")
    with av.open(str(motions / "a.mp4")) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="gray")
    assert picture.shape == (1920, 1080)
    assert np.median(picture) < 80


def test_without_a_file_it_tells_what_is_in_motions(ballo, motions):
    ballo("convert", "real.npz", "a.bvh", "--fps", 50)
    before = names(motions)
    said = ballo("show", "real.npz", "a.bvh", STYLES / "lafan.bvh")
    assert (said.status, said.err, names(motions)) == (0, "", before)
    text = said.out.splitlines()
    heads = [line for line in text if not line.startswith(" ")]
    assert heads[:2] == ["real.npz: 0:02 (2.00 s), 50 frames at 25 a second", "a.bvh: 0:02 (2.00 s), 100 frames at 50 a second"]
    assert heads[2].startswith("lafan.bvh: 0:00 (")
    assert text.count("  skeleton    ballo's dancer, 22 joints") == 2
    assert any(line.startswith("  skeleton    22 joints: Hips, ") and line.endswith(", ...") for line in text)
    motion = npz.read(motions / "real.npz")
    left, right = 100 * motion.contacts.mean(axis=0)
    assert f"(left {left:.0f} %, right {right:.0f} %)" in said.out
    low = 100 * motion.positions[..., 1].min()
    assert text[2].endswith(f"the lowest comes {abs(low):.1f} cm {'above' if low >= 0 else 'below'} the floor")
    metres = np.linalg.norm(np.diff(motion.root[:, [0, 2]].astype(float), axis=0), axis=1).sum()
    assert f"  way         {metres:.1f} m, within " in text[4]
    assert "  from        style " in text[5]


def test_a_folder_is_told_file_by_file_and_a_broken_one_is_left_out(ballo, motions):
    (motions / "broken.bvh").write_text("HIERARCHY")
    said = ballo("show", ".")
    assert said.status == 1
    assert [line.split(":")[1] for line in said.err.splitlines()] == [" broken.bvh", " 1 of 3 motions left out"]
    assert [line.split(":")[0] for line in said.out.splitlines() if line[0] != " "] == ["made.npz", "real.npz"]


def test_a_motion_without_frames(ballo, motions):
    motion = npz.read(motions / "made.npz")
    none = replace(motion, rotations=motion.rotations[:0], root=motion.root[:0], contacts=motion.contacts[:0])
    none.save(motions / "none.npz")
    assert ballo("show", "none.npz").out.startswith("none.npz: 0:00 (0.00 s), 0 frames at 25 a second\n  skeleton ")
    assert ballo("show", "none.npz", "-o", "a.gif").refusal == "cannot show a motion without frames"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-o", "a.mp4"], "missing argument 'MOTION'"),
        (["gone.npz", "-o", "a.mp4"], "cannot read gone.npz: there is no such file"),
        (["song.wav", "-o", "a.mp4"], "cannot read song.wav: motions are read from .bvh, "),
        (["broken.npz", "-o", "a.mp4"], "cannot read broken.npz: it is no .npz file"),
        (["broken.npz"], "cannot read broken.npz: it is no .npz file"),
        (["made.npz", "--song", "song.wav"], "--song is of a picture: name a .mp4, .gif or .html with -o"),
        (["made.npz", "--theme", "dark"], "--theme is of a picture"),
        (["made.npz", "--up", "z"], "--up has no meaning for .npz files: leave it out"),
        (["made.npz", "-o", "a.gif", "--theme", "dark"], "--theme is of a film: write a .mp4, or leave it out"),
        (["made.npz", "-o", "a.mp4", "--theme", "pink"], "no theme is called pink"),
        (["made.npz", "-o", "a.mp4", "--beats"], "--beats shows the beats of a song, and there is none"),
        (["made.npz", "real.npz", "-o", "a.mp4", "--theme", "dark"], "--theme is of a film of one motion: leave it out"),
        (["empty"], "no motions in empty; give a folder"),
        (["made.npz", "-o", "a.bvh"], "motions are shown as .mp4, .gif or .html"),
        (["made.npz", "-o", "nowhere/a.mp4"], "there is no folder nowhere"),
        (["made.npz"] * 5 + ["-o", "a.mp4"], "1 to 4 dances go side by side, not 5"),
        (["made.npz", "real.npz", "-o", "a.mp4", "--labels", "one"], "--labels names 1 of 2 motions"),
        (["made.npz", "-o", "a.gif", "--song", "song.wav"], "a .gif has no sound"),
        (["made.npz", "-o", "a.mp4", "--start", 3], "--start is a place in a song: name one with --song"),
        (["made.npz", "-o", "a.mp4", "--song", "song.wav", "--start", 30], "nothing to dance from 30 s on"),
        (["made.npz", "-o", "a.mp4", "--song", "gone.wav"], "gone.wav: no such file"),
    ],
)
def test_bad_input(ballo, motions, song, arguments, reason):
    (motions / "empty").mkdir()
    (motions / "broken.npz").write_text("no zip")
    before = names(motions)
    assert reason in ballo("show", *arguments).refusal
    assert names(motions) == before


def test_the_song_is_not_overwritten(ballo, motions, song):
    (motions / "video.mp4").write_bytes(song.read_bytes())
    refusal = ballo("show", "made.npz", "-o", "video.mp4", "--song", "video.mp4").refusal
    assert refusal == "cannot write video.mp4: it is what is shown; name another file with -o"
    assert (motions / "video.mp4").read_bytes() == song.read_bytes()
