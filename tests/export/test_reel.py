"""Dancers side by side: each in her panel, in step, and as large as the others."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.export import camera, panels, reel, video
from ballo.export.canvas import Canvas


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_each_has_her_own_panel(smooth_dance):
    first, second = smooth_dance(3, seed=1), smooth_dance(3, seed=2)
    one_way, other_way = (list(reel.beside(pair).drawn()) for pair in ((first, second), (second, first)))
    assert len(one_way) == 3
    for canvas, swapped in zip(one_way, other_way, strict=True):
        left, right = np.split(canvas.luma, 2, axis=1)
        there, here = np.split(swapped.luma, 2, axis=1)
        assert np.array_equal(left[:, 2:-2], here[:, 2:-2])
        assert np.array_equal(right[:, 2:-2], there[:, 2:-2])
        assert apart(left, right) > 1
    assert apart(one_way[0].luma, one_way[2].luma) > 0.3


def test_sizes_can_be_compared(smooth_dance):
    """Beside one who needs room, a dancer is as far away as she is."""
    motion = smooth_dance(3)
    far = replace(motion, root=motion.root + np.array([[0, 0, 0], [1.5, 0, 0], [3, 0, 0]], dtype=np.float32))
    views = [partial.args[1] for partial in reel.beside([motion, far]).drawings]
    for shots in views:
        assert shots[0].view.distance_metres == shots[1].view.distance_metres
        for shot in shots:
            pixels, _ = camera.screen(shot.view, shot.points)
            inside = pixels[:, 0] - panels.LEFT
            assert inside.min() > 10
            assert inside.max() < panels.WIDTH - 10


def test_other_frame_rates_keep_time_and_the_shortest_ends_it(smooth_dance):
    slow, fast = smooth_dance(30, fps=10.0), smooth_dance(40, fps=30.0)
    shown = reel.beside([slow, fast])
    assert (shown.frames, shown.fps) == (40, 30.0)
    assert (reel.beside([smooth_dance(10, fps=10.0), fast]).frames) == 30
    dancer = panels.Dancer.of(slow, 40, 30.0)
    assert dancer.shown.tolist() == [k // 3 for k in range(40)]
    assert panels.Dancer.of(fast, 40, 30.0).shown.tolist() == list(range(40))


def test_labels_are_printed_each_in_its_panel(smooth_dance):
    motion = smooth_dance(1)
    plain, labelled = (
        next(reel.beside([motion] * 3, labels).drawn()).luma for labels in ((), ("made", "", "an endless label " * 9))
    )
    changed = np.flatnonzero((plain != labelled).any(axis=0))
    assert {int(column) // panels.WIDTH for column in changed} == {0, 2}
    assert changed.max() < 3 * panels.WIDTH - 10
    rows = np.flatnonzero((plain != labelled).any(axis=1))
    assert rows.min() > panels.HEIGHT * 0.85


def test_a_film_of_four(smooth_dance, tmp_path):
    shown = reel.beside([smooth_dance(5, seed=seed) for seed in range(4)], ["a", "b", "c", "d"])
    done = []
    video.write_reel(shown, tmp_path / "four.mp4", progress=done.append)
    with av.open(str(tmp_path / "four.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert not film.streams.audio
    assert done == [1, 2, 3, 4, 5]
    assert {frame.shape for frame in frames} == {(panels.HEIGHT, 4 * panels.WIDTH, 3)}
    quarters = np.split(frames[2], 4, axis=1)
    assert min(apart(quarters[a], quarters[b]) for a in range(4) for b in range(a)) > 1


@pytest.mark.parametrize(("count", "frames"), [(0, 3), (5, 3), (2, 0)])
def test_what_cannot_be_shown_beside_one_another(smooth_dance, count, frames):
    with pytest.raises(ExportError):
        reel.beside([smooth_dance(frames)] * count)


def test_cuts_of_a_canvas_put_together_are_the_canvas():
    colours = np.random.default_rng(0).uniform(0, 1, (16, 24, 3)).astype(np.float32)
    canvas = Canvas.of(colours)
    again = Canvas.beside([canvas.cut(0, 0, 8, 16), canvas.cut(8, 0, 24, 16)])
    np.testing.assert_array_equal(again.planes, canvas.planes)
    middle = canvas.cut(4, 2, 12, 10)
    np.testing.assert_array_equal(middle.luma, canvas.luma[2:10, 4:12])
    np.testing.assert_array_equal(middle.chroma, canvas.chroma[:, 1:5, 2:6])
