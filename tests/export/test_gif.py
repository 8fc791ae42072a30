"""GIFs: exact times, the colours that were drawn, nothing that flickers, a size that can be sent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ballo.errors import ExportError
from ballo.export import gif, reel


def frames_of(path) -> tuple[list[np.ndarray], list[int]]:
    """Every frame as RGB, and how many hundredths it stands."""
    with Image.open(path) as picture:
        shown, stands = [], []
        for number in range(picture.n_frames):
            picture.seek(number)
            shown.append(np.asarray(picture.convert("RGB")).astype(int))
            stands.append(picture.info["duration"] // 10)
    return shown, stands


@pytest.mark.parametrize(
    ("fps", "frames", "expected"),
    [
        (25.0, 5, [4, 4, 4, 4, 4]),
        (50.0, 3, [2, 2, 2]),
        (30.0, 6, [3, 4, 3, 3, 4, 3]),
        (60.0, 6, [3, 4, 3]),
        (60.0, 7, [3, 4, 3, 2]),
        (120.0, 7, [3, 2, 2]),
        (10.0, 2, [10, 10]),
    ],
)
def test_frames_stand_whole_hundredths(fps, frames, expected):
    assert gif.stands(frames, fps) == expected


@pytest.mark.parametrize("fps", [23.976, 24.0, 25.0, 29.97, 30.0, 48.0, 59.94, 60.0, 100.0, 120.0])
def test_no_time_drifts_and_nothing_is_too_fast_to_be_shown(fps):
    stands = gif.stands(3000, fps)
    assert min(stands) >= 2
    starts = np.concatenate([[0], np.cumsum(stands[:-1])]) / 100
    exact = np.arange(0, 3000, gif.step(fps)) / fps
    assert np.abs(starts - exact).max() <= 0.0051


def test_a_dance_of_five_seconds(smooth_dance, tmp_path):
    motion = smooth_dance(125)
    done = []
    gif.write(motion, tmp_path / "dance.gif", progress=done.append)
    assert (tmp_path / "dance.gif").stat().st_size < 3_000_000
    assert done == list(range(1, 126))
    with Image.open(tmp_path / "dance.gif") as picture:
        assert picture.info["loop"] == 0
    shown, stands = frames_of(tmp_path / "dance.gif")
    assert sum(stands) == 500
    assert set(stands) == {4}
    size = shown[0].shape[1::-1]
    for number, canvas in enumerate(reel.beside([motion], ["waltz"]).drawn()):
        if number % 31 == 0:
            drawn = np.asarray(Image.fromarray(canvas.as_rgb()).resize(size, Image.Resampling.LANCZOS)).astype(int)
            away = np.abs(shown[number] - drawn).max(axis=-1)
            assert np.percentile(away, 99) < 24
            assert away.mean() < 5


def test_what_does_not_move_does_not_flicker(smooth_dance, tmp_path):
    gif.write(smooth_dance(30), tmp_path / "dance.gif")
    sky = np.stack([frame[:24] for frame in frames_of(tmp_path / "dance.gif")[0]])
    assert not np.ptp(sky, axis=0).any()


def test_a_single_frame_and_one_that_stands(smooth_dance, tmp_path):
    one = smooth_dance(1)
    gif.write(one, tmp_path / "one.gif")
    assert len(frames_of_single(tmp_path / "one.gif")) == 1
    still = replace(
        one,
        rotations=one.rotations.repeat(50, axis=0),
        root=one.root.repeat(50, axis=0),
        contacts=one.contacts.repeat(50, axis=0),
    )
    gif.write(still, tmp_path / "still.gif")
    with Image.open(tmp_path / "still.gif") as picture:
        assert picture.info["duration"] == 2000, "frames that are alike stand as one, as long as they all would"


def frames_of_single(path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        return [np.asarray(picture.convert("RGB")) for _ in range(getattr(picture, "n_frames", 1))]


def test_a_motion_saves_itself(smooth_dance, tmp_path):
    assert smooth_dance(3).save(tmp_path / "dance.GIF").read_bytes()[:6] == b"GIF89a"
    assert [path.name for path in tmp_path.iterdir()] == ["dance.GIF"]


@pytest.mark.parametrize(
    ("frames", "reason"), [(0, "without frames"), (1501, "60 s are too long for a GIF: give a --duration")]
)
def test_what_is_no_gif(smooth_dance, tmp_path, frames, reason):
    with pytest.raises(ExportError, match=reason):
        smooth_dance(frames).save(tmp_path / "dance.gif")
    assert not list(tmp_path.iterdir())
