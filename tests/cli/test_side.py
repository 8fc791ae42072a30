"""`ballo show`, as a user types it."""

from __future__ import annotations

import av
import numpy as np
import pytest
from PIL import Image

from ballo.inference.choreographer import Choreographer
from ballo.music.audio import open_song


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


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-o", "a.mp4"], "missing argument 'MOTION'"),
        (["made.npz"], "missing option '--output'"),
        (["gone.npz", "-o", "a.mp4"], "cannot read gone.npz: there is no such file"),
        (["song.wav", "-o", "a.mp4"], "cannot read song.wav: it is no .npz file"),
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
    before = names(motions)
    assert reason in ballo("show", *arguments).refusal
    assert names(motions) == before


def test_the_song_is_not_overwritten(ballo, motions, song):
    (motions / "video.mp4").write_bytes(song.read_bytes())
    refusal = ballo("show", "made.npz", "-o", "video.mp4", "--song", "video.mp4").refusal
    assert refusal == "cannot write video.mp4: it is what is shown; name another file with -o"
    assert (motions / "video.mp4").read_bytes() == song.read_bytes()
