"""`--renderer`: another drawer for the same film, and what is said where it cannot draw."""

from __future__ import annotations

import sys

import av
import pytest

from ballo.errors import ExportError
from ballo.export import gl
from ballo.inference.choreographer import Choreographer

INSTALL = "the renderer gl takes moderngl, which is not installed: pip install 'ballo[gl]'"


@pytest.fixture
def no_moderngl(monkeypatch):
    """As where the extra is not installed."""
    gl.release()
    monkeypatch.setitem(sys.modules, "moderngl", None)
    monkeypatch.setattr(Choreographer, "dance", lambda *args, **more: pytest.fail("it danced before it refused"))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["-o", "a.mp4", "--renderer", "gl"], INSTALL),
        (["-o", "a.mp4", "--renderer", "oil"], "no renderer is called oil: choose among plain, gl"),
        (["-o", "a.npz", "--renderer", "gl"], "--renderer is of a film: write a .mp4, or leave it out"),
    ],
)
def test_what_cannot_draw_is_refused_before_the_dance(ballo, folder, song, no_moderngl, more, reason):
    assert ballo("dance", "song.wav", *more).refusal == reason
    assert [path.name for path in folder.iterdir()] == ["song.wav"]


def test_convert_refuses_it_too(ballo, folder, song, monkeypatch):
    assert ballo("dance", "song.wav", "-o", "a.npz").status == 0
    gl.release()
    monkeypatch.setitem(sys.modules, "moderngl", None)
    assert ballo("convert", "a.npz", "b.mp4", "--renderer", "gl").refusal == INSTALL
    assert not (folder / "b.mp4").exists()


def test_films_of_both_drawers(ballo, folder, song):
    try:
        gl.check()
    except ExportError as error:
        pytest.skip(f"{error}; scripts/install_gl.sh installs it")
    assert (
        ballo("dance", "song.wav", "-o", "a.mp4", "-o", "a.npz", "--renderer", "gl", "--theme", "dark", "--beats").status == 0
    )
    assert ballo("convert", "a.npz", "b.mp4", "--renderer", "gl", "--theme", "dark").status == 0
    assert ballo("convert", "a.npz", "c.mp4", "--renderer", "plain", "--theme", "dark").status == 0
    assert ballo("show", "a.npz", "a.npz", "-o", "beside.mp4", "-o", "beside.gif", "--renderer", "gl").status == 0
    assert ballo("show", "a.npz", "a.npz", "-o", "plain.mp4").status == 0
    frames = {}
    for name in "abc":
        with av.open(str(folder / f"{name}.mp4")) as film:
            frames[name] = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
    assert len(frames["a"]) == len(frames["b"]) == len(frames["c"]) == 25
    assert abs(frames["a"][-1] - frames["b"][-1]).mean() < 3
    panels = []
    for name in ("beside", "plain"):
        with av.open(str(folder / f"{name}.mp4")) as film:
            panels.append(next(film.decode(video=0)).to_ndarray(format="rgb24").astype(int))
    assert panels[0].shape == panels[1].shape
    assert 0.3 < abs(panels[0] - panels[1]).mean() < 15
    # The same stage and dancer, by two hands: much alike, and not the same.
    assert 0.3 < abs(frames["b"][-1] - frames["c"][-1]).mean() < 15
