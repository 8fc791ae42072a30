"""AIST++ as published: pickles of COCO points in centimetres, lists, songs; and all that can be wrong with them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset.adapters import aist, anatomy
from ballo.errors import DataError
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

NAME = "gBR_sBM_cAll_d04_mBR0_ch01"
MADE_UP = {f"{side}_{joint}" for side in ("left", "right") for joint in ("heel", "toe")}
KNOWN = [joint for joint, name in enumerate(DANCER.joint_names) if name not in MADE_UP]


@pytest.fixture
def known(pose) -> Callable[[int], np.ndarray]:
    """The dance by a body whose spine is `DANCER`'s, which is what COCO's missing spine is filled with."""
    return lambda frames: kinematics.forward(DANCER, *pose(frames, 60.0))


@pytest.fixture
def put(tmp_path, known, as_coco) -> Callable[..., Path]:
    """Write a dance as the publishers did: two float64 arrays in a pickle of the highest protocol."""

    def write(name: str = NAME, frames: int = 90, optim: np.ndarray | None = None, content: object = None) -> Path:
        path = tmp_path / "keypoints3d" / f"{name}.pkl"
        path.parent.mkdir(exist_ok=True)
        points = as_coco(known(frames))
        arrays = {"keypoints3d": points, "keypoints3d_optim": points if optim is None else optim}
        path.write_bytes(pickle.dumps(arrays if content is None else content, pickle.HIGHEST_PROTOCOL))
        return path

    return write


def read(source):
    performances, problems = aist.read(source)
    return list(performances), problems


def test_a_dance_comes_back(tmp_path, put, known, make_song):
    put()
    (tmp_path / "music").mkdir()
    song = make_song(tmp_path / "music" / "mBR0.wav", 400)
    assert aist.recognises(tmp_path)
    (performance,), problems = read(tmp_path)
    assert not problems
    assert (performance.name, performance.style, performance.fps) == (NAME, "break", 60.0)
    assert (performance.song, performance.song_start_seconds, performance.split) == (song, 0.0, None)
    assert set(performance.sha256) == {f"keypoints3d/{NAME}.pkl", "music/mBR0.wav"}
    # The spine is a straight line in COCO; this dance twists it, and bends none but the neck.
    np.testing.assert_allclose(performance.joints[:, KNOWN], known(90)[:, KNOWN], atol=2e-3)
    assert any("no feet" in note for note in performance.notes)


def test_made_up_feet_stand_level_under_the_ankle_and_point_ahead(tmp_path, put, known):
    put(frames=240)
    (performance,), _ = read(tmp_path)
    truth = known(240)
    for side in ("left", "right"):
        ankle, heel, toe = (DANCER.index(f"{side}_{name}") for name in ("ankle", "heel", "toe"))
        standing = truth[:, ankle, 1] < truth[:, ankle, 1].min() + 0.005
        found = performance.joints
        assert np.abs(found[standing, heel, 1] - found[standing, toe, 1]).max() < 0.005
        np.testing.assert_allclose((found[:, ankle] - found[:, heel])[standing, 1], np.hypot(0.050, 0.073), atol=0.003)
        ahead, expected = found[:, toe] - found[:, heel], truth[:, toe] - truth[:, heel]
        cosine = (ahead * expected).sum(-1) / np.linalg.norm(ahead, axis=-1) / np.linalg.norm(expected, axis=-1)
        assert cosine[standing].min() > 0.98
        assert cosine.min() > 0.5


@pytest.mark.parametrize(("genre", "style"), [("PO", "pop"), ("HO", "house"), ("JB", "ballet jazz"), ("XX", "unknown")])
def test_the_style_is_the_genre_of_the_name(tmp_path, put, genre, style):
    put(f"g{genre}_sFM_cAll_d10_m{genre}3_ch04", frames=4)
    (performance,), _ = read(tmp_path)
    assert performance.style == style


def test_lists_are_honoured(tmp_path, put):
    names = [f"gBR_sBM_cAll_d04_mBR0_ch0{n}" for n in range(1, 6)]
    for name in names:
        put(name, frames=4)
    (tmp_path / "splits").mkdir()
    for part, listed in (("train", names[:1]), ("val", names[1:2]), ("test", names[2:3])):
        (tmp_path / "splits" / f"crossmodal_{part}.txt").write_text("\n".join(listed) + "\n")
        (tmp_path / "splits" / f"pose_{part}.txt").write_text("\n".join(names))
    (tmp_path / "ignore_list.txt").write_text(f"{names[4]}\ngWA_sBM_cAll_d26_mWA2_ch08\n")
    performances, problems = read(tmp_path)
    assert [(p.name, p.split) for p in performances] == list(zip(names[:4], ["train", "val", "val", None], strict=True))
    (ignored,) = [p for p in problems if p.path == "ignore_list.txt"]
    assert ignored.expected
    assert ignored.reason.startswith("1 dances are not used")


def test_missing_songs_are_named_once_each(tmp_path, put, make_song):
    for name in (NAME, "gBR_sBM_cAll_d04_mBR0_ch02", "gPO_sBM_cAll_d10_mPO1_ch01"):
        put(name, frames=4)
    performances, problems = read(tmp_path)
    assert [p.song for p in performances] == [None] * 3
    assert [(p.path, p.expected) for p in problems] == [("music", False)]
    assert "mBR0, mPO1" in problems[0].reason
    (tmp_path / "wav").mkdir()
    make_song(tmp_path / "wav" / "mPO1.mp3", 400)
    performances, problems = read(tmp_path)
    assert [p.song and p.song.name for p in performances] == [None, None, "mPO1.mp3"]
    assert [(p.path, p.reason.split(";")[0]) for p in problems] == [
        ("music/mBR0.wav", "missing: 2 dances to it serve for motion only")
    ]


def test_short_gaps_are_bridged_and_long_ones_refused(tmp_path, put, known, as_coco):
    points = as_coco(known(90))
    gaps = points.copy()
    gaps[20:40, 9] = np.nan
    raw = points.copy()
    raw[20:50, 9] = np.nan
    put(optim=gaps, content={"keypoints3d": raw, "keypoints3d_optim": gaps})
    (performance,), _ = read(tmp_path)
    wrist = DANCER.index("left_wrist")
    assert np.abs(performance.joints[:, wrist] - known(90)[:, wrist]).max() < 0.03
    assert any(note.startswith("20 missing points") for note in performance.notes)
    # What the smoothed points lack, the raw ones may have.
    put(content={"keypoints3d": points, "keypoints3d_optim": gaps})
    (performance,), _ = read(tmp_path)
    np.testing.assert_allclose(performance.joints[:, wrist], known(90)[:, wrist], atol=2e-3)
    gaps[10:60, 9] = np.nan
    put(content={"keypoints3d_optim": gaps})
    performances, problems = read(tmp_path)
    assert not performances
    assert "point 9 is missing for 50 frames on end" in problems[-1].reason
    put(content={"keypoints3d_optim": np.full((90, 17, 3), np.nan)})
    assert "missing throughout" in (lambda result: (list(result[0]), result[1])[1])(aist.read(tmp_path))[-1].reason


class Evil:
    def __reduce__(self):
        return os.system, ("echo evil",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"keypoints3d": Evil()}, "refused: this pickle wants"),
        ({}, "neither an array keypoints3d_optim nor keypoints3d"),
        ({"keypoints3d": [[1, 2, 3]]}, "neither an array"),
        ([1, 2], "neither an array"),
        ({"keypoints3d": np.zeros((90, 25, 3))}, "shape (90, 25, 3), not (frames, 17, 3)"),
        ({"keypoints3d": np.zeros((90, 51))}, "shape (90, 51)"),
        ({"keypoints3d": np.zeros((1, 17, 3))}, "only 1 frame"),
        ({"keypoints3d": np.zeros((0, 17, 3))}, "only 0 frames"),
        ({"keypoints3d": np.zeros((90, 17, 3))}, "legs are 0 long"),
    ],
)
def test_a_broken_pickle_is_named_and_the_rest_is_read(tmp_path, put, content, reason):
    put("gBR_sBM_cAll_d04_mBR0_ch02", frames=4)
    put(content=content)
    performances, problems = read(tmp_path)
    assert [p.name for p in performances] == ["gBR_sBM_cAll_d04_mBR0_ch02"]
    (problem,) = [p for p in problems if p.path.endswith(".pkl")]
    assert problem.path == f"keypoints3d/{NAME}.pkl"
    assert reason in problem.reason
    assert (problem.expected, problem.dance) == (False, NAME)


def test_points_in_a_mirror_are_refused(tmp_path, put, known, as_coco):
    put(optim=as_coco(known(90)) * [-1, 1, 1])
    performances, problems = read(tmp_path)
    assert not performances
    assert "its nose point" in problems[-1].reason


def test_z_up_in_metres_is_turned_and_scaled(tmp_path, put, known, as_coco):
    y_up = as_coco(known(90)) / 100
    put(optim=np.stack([y_up[..., 2], y_up[..., 0], y_up[..., 1]], axis=-1))
    (performance,), _ = read(tmp_path)
    np.testing.assert_allclose(performance.joints[:, KNOWN], known(90)[:, KNOWN], atol=2e-3)


def test_a_lifted_foot_is_at_right_angles_to_its_shin():
    joints = {}
    for side, x in (("left", 0.1), ("right", -0.1)):
        for name, place in (("hip", (x, 0.9, 0.0)), ("knee", (x, 0.5, 0.02)), ("ankle", (x, 0.1, 0.0))):
            joints[f"{side}_{name}"] = np.tile(place, (40, 1))
    joints["left_knee"][30:], joints["left_ankle"][30:] = (0.1, 0.8, 0.38), (0.1, 0.42, 0.25)
    anatomy.soles(joints)
    sole = {side: joints[f"{side}_toe"] - joints[f"{side}_heel"] for side in ("left", "right")}
    np.testing.assert_allclose(sole["right"][:, 1], 0, atol=1e-9)
    np.testing.assert_allclose(sole["left"][:30, 1], 0, atol=1e-9)
    shin = joints["left_knee"] - joints["left_ankle"]
    np.testing.assert_allclose((sole["left"] * shin).sum(axis=-1)[30:], 0, atol=1e-9)
    assert (sole["left"][30:, 1] < -0.05).all()  # the toe hangs, since the shin leans back
    assert (sole["left"][30:, 2] > 0.1).all()


def test_the_folder_of_key_points_itself_will_do(tmp_path, put):
    put(frames=4)
    assert aist.recognises(tmp_path / "keypoints3d")
    (performance,), _ = read(tmp_path / "keypoints3d")
    assert performance.name == NAME


def test_other_folders_are_not_taken_for_it(tmp_path):
    (tmp_path / "keypoints3d").mkdir()
    (tmp_path / "keypoints3d" / "other.pkl").write_bytes(b"x")
    assert not aist.recognises(tmp_path)
    with pytest.raises(DataError, match="holds no keypoints3d"):
        aist.read(tmp_path)
