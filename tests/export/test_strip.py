"""The .png of a motion: poses over their moments, beats where they sound."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ballo.errors import BalloError
from ballo.export import strip


def shown(path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def bars(picture: np.ndarray) -> np.ndarray:
    """The columns in which the last ruler is of the bars' colour, one a mark."""
    ruler = picture[-strip.RULER_PIXELS :]
    columns = np.flatnonzero((np.abs(ruler - strip.BAR).max(axis=-1) < 40).sum(axis=0) >= strip.BAR_PIXELS - 2)
    return columns[np.diff(columns, prepend=-9) > 1]


def test_bars_stand_where_they_sound(tmp_path, smooth_dance):
    motion = smooth_dance(200)
    path = motion.save(tmp_path / "a.png", poses=4, beats=[0.5, 1, 2, 3, 4.5], downbeats=[1.0, 3.0, 6.5])
    picture = shown(path)
    np.testing.assert_allclose(bars(picture) / picture.shape[1], np.array([1, 3, 6.5]) / 8, atol=0.004)
    plain = shown(motion.save(tmp_path / "b.png", poses=4))
    assert len(bars(plain)) == 0
    assert plain.shape == picture.shape
    np.testing.assert_array_equal(plain[: -strip.RULER_PIXELS], picture[: -strip.RULER_PIXELS])


def test_a_pose_stands_over_its_moment(tmp_path, smooth_dance):
    motion = smooth_dance(100)
    picture = shown(motion.save(tmp_path / "a.png", poses=5))
    ruler = picture[-strip.RULER_PIXELS :]
    dark = np.flatnonzero((np.abs(ruler - strip.POSE).max(axis=-1) < 25).sum(axis=0) >= strip.POSE_PIXELS - 1)
    for place in (np.arange(5) + 0.5) / 5 * picture.shape[1]:
        assert np.abs(dark - place).min() <= 2
    another = shown(motion.save(tmp_path / "b.png", poses=5))
    np.testing.assert_array_equal(picture, another)


@pytest.mark.parametrize(("poses", "rows"), [(1, 1), (10, 1), (11, 2), (25, 3)])
def test_many_poses_go_on_in_another_row(smooth_dance, poses, rows):
    drawn = strip.draw(smooth_dance(60), poses, np.zeros(0), np.zeros(0))
    one = strip.draw(smooth_dance(60), -(-poses // rows), np.zeros(0), np.zeros(0))
    assert abs(drawn.height - rows * one.height) < 0.3 * rows * one.height


def test_the_song_s_beats_are_found(tmp_path, smooth_dance):
    from ballo import demo

    song = next(path for path in __import__("pathlib").Path(demo.__file__).parent.iterdir() if path.suffix == ".mp3")
    motion = smooth_dance(250)
    heard = shown(motion.save(tmp_path / "a.png", song=song))
    assert len(bars(heard)) >= 3
    late = shown(motion.save(tmp_path / "b.png", song=song, start_seconds=1.0))
    assert not np.array_equal(bars(late), bars(heard))


def test_a_song_without_a_beat_has_no_marks(tmp_path, smooth_dance, make_song):
    silent = make_song(tmp_path / "silent.wav", 44100 * 5, level=0.0)
    motion = smooth_dance(100)
    plain, silenced = motion.save(tmp_path / "a.png"), motion.save(tmp_path / "b.png", song=silent)
    assert plain.read_bytes() == silenced.read_bytes()


@pytest.mark.parametrize(
    ("frames", "poses", "reason"), [(0, 8, "without frames"), (5, 0, "1 to 400 poses"), (5, 401, "1 to 400 poses")]
)
def test_what_cannot_be_drawn_is_refused(tmp_path, smooth_dance, frames, poses, reason):
    with pytest.raises(BalloError, match=reason):
        smooth_dance(frames).save(tmp_path / "a.png", poses=poses)
    assert not list(tmp_path.iterdir())


def test_any_skeleton_is_drawn(tmp_path):
    from pathlib import Path

    from ballo.motion import formats

    folder = Path(__file__).parents[1] / "motion" / "bvh"
    for name in ("dog", "cmu-motionbuilder", "bandai-namco"):
        picture = shown(formats.read(folder / f"{name}.bvh").save(tmp_path / f"{name}.png", poses=3))
        assert picture.std() > 3


def test_times():
    assert [strip.clock(seconds) for seconds in (0, 0.04, 9.96, 59.96, 75.24)] == [
        "0:00.0",
        "0:00.0",
        "0:10.0",
        "1:00.0",
        "1:15.2",
    ]
