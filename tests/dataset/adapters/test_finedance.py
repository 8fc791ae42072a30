"""SMPL-ordered joints in .npy files: FineDance's tree and one's own; rotations and broken arrays are told apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset.adapters import finedance
from ballo.errors import DataError
from ballo.motion.skeleton import DANCER

HEELS = [DANCER.index("left_heel"), DANCER.index("right_heel")]
HEAD = DANCER.index("head")
OTHERS = [joint for joint in range(len(DANCER)) if joint not in (*HEELS, HEAD)]


def put(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)
    return path


def read(source):
    performances, problems = finedance.read(source)
    return list(performances), problems


@pytest.mark.parametrize("count", [22, 24, 52, 55])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_finedance_s_tree(tmp_path, dance, as_smpl, make_song, count, kind):
    put(tmp_path / "motion" / "001.npy", as_smpl(dance(90), count).astype(kind))
    put(tmp_path / "music_npy" / "001.npy", np.zeros((90, 35)))
    (tmp_path / "music_wav").mkdir()
    song = make_song(tmp_path / "music_wav" / "001.wav", 400)
    (tmp_path / "label_json").mkdir()
    (tmp_path / "label_json" / "001.json").write_text(json.dumps({"name": "a song", "style1": "Street", "style2": "Popping"}))
    assert finedance.recognises(tmp_path)
    (performance,), problems = read(tmp_path)
    assert not problems
    assert (performance.name, performance.style, performance.fps, performance.song) == ("001", "popping", 30.0, song)
    assert set(performance.sha256) == {"motion/001.npy", "music_wav/001.wav", "label_json/001.json"}
    error = np.abs(performance.joints - dance(90))
    assert error[:, OTHERS].max() < 1e-3
    assert error[:, HEELS].max() < 0.01
    assert error[:, HEAD].max() < 0.015  # known where the skeleton has a crown
    assert any("hands" in note for note in performance.notes) == (count == 22)


def test_a_folder_of_one_s_own_in_centimetres_z_up(tmp_path, dance, as_smpl, make_song):
    y_up = as_smpl(dance(90), 24)
    put(tmp_path / "waltz" / "one.npy", np.stack([y_up[..., 2], y_up[..., 0], y_up[..., 1]], axis=-1) * 100)
    make_song(tmp_path / "waltz" / "one.flac", 400)
    (performance,), problems = read(tmp_path)
    assert not problems
    assert performance.style == "waltz"
    assert any("Z is" in note for note in performance.notes)
    assert any("cm" in note for note in performance.notes)
    np.testing.assert_allclose(performance.joints[:, OTHERS], dance(90)[:, OTHERS], atol=1e-3)


@pytest.mark.parametrize("columns", [315, 319])
def test_rotations_are_refused_in_a_line_that_says_what_to_do(tmp_path, columns):
    put(tmp_path / "motion" / "001.npy", np.zeros((90, columns), np.float32))
    performances, problems = read(tmp_path)
    assert not performances
    reason = next(p.reason for p in problems if p.path == "motion/001.npy")
    assert "SMPL-X rotations" in reason
    assert "needs the SMPL-X body model" in reason


def test_joints_made_from_rotations_come_before_them(tmp_path, dance, as_smpl):
    put(tmp_path / "motion" / "001.npy", np.zeros((90, 315), np.float32))
    put(tmp_path / "joints" / "001.npy", as_smpl(dance(90), 55))
    (performance,), problems = read(tmp_path)
    assert [p.path for p in problems] == ["joints/001.wav"]
    assert list(performance.sha256) == ["joints/001.npy"]


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((90, 21, 3)), "shape (90, 21, 3), not (frames, 22 or 24 or 52 or 55 joints, 3)"),
        (np.zeros((90, 66)), "shape (90, 66)"),
        (np.zeros((90, 22, 4)), "shape (90, 22, 4)"),
        (np.zeros((1, 22, 3)), "only 1 frame"),
        (np.full((9, 22, 3), np.nan), "9 frames hold numbers that are not finite"),
        (np.zeros((9, 22, 3)), "legs are 0 long"),
        (np.array(["a"]), "no .npy array of numbers"),
        (np.array([{}], dtype=object), "no .npy array of numbers"),
    ],
)
def test_a_broken_array_is_named_and_the_rest_is_read(tmp_path, dance, as_smpl, array, reason):
    put(tmp_path / "motion" / "001.npy", array)
    put(tmp_path / "motion" / "002.npy", as_smpl(dance(4), 22))
    (tmp_path / "motion" / "003.npy").write_bytes(b"")
    (tmp_path / "motion" / "004.npy").write_bytes((tmp_path / "motion" / "002.npy").read_bytes()[:-100])
    performances, problems = read(tmp_path)
    assert [p.name for p in performances] == ["002"]
    reasons = {p.path: p.reason for p in problems if p.path.endswith(".npy")}
    assert reason in reasons["motion/001.npy"]
    assert reasons["motion/003.npy"] == "empty"
    assert "no .npy array" in reasons["motion/004.npy"]


@pytest.mark.parametrize(
    ("label", "reason"), [("{", "not JSON"), ("[]", "names no style"), ('{"style1": 3}', "names no style")]
)
def test_a_broken_label_costs_the_style_only(tmp_path, dance, as_smpl, label, reason):
    put(tmp_path / "motion" / "001.npy", as_smpl(dance(4), 22))
    (tmp_path / "label_json").mkdir()
    (tmp_path / "label_json" / "001.json").write_text(label)
    (performance,), problems = read(tmp_path)
    assert performance.style == "unknown"
    (problem,) = [p for p in problems if p.path == "label_json/001.json"]
    assert reason in problem.reason


def test_arrays_alone_are_no_dances(tmp_path):
    put(tmp_path / "weights.npy", np.zeros(3))
    assert not finedance.recognises(tmp_path)
    (tmp_path / "weights.npy").unlink()
    with pytest.raises(DataError, match=r"holds no \.npy"):
        finedance.read(tmp_path)
