"""The .npz: its keys are a contract, its bytes depend on the motion alone, and reading gives back what was written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import DataError
from ballo.export import npz
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

CONTRACT = {"positions", "rotations", "root", "fps", "joint_names", "parents", "contacts", "meta"}


def test_it_holds_the_contract_in_shapes_and_units(tmp_path, random_turns):
    motion = random_turns(7)
    npz.write(motion, tmp_path / "dance.npz")
    with np.load(tmp_path / "dance.npz", allow_pickle=False) as arrays:
        assert set(arrays) == CONTRACT | {"offsets", "feet"}
        assert arrays["positions"].shape == (7, 22, 3)
        assert arrays["positions"].dtype == arrays["rotations"].dtype == arrays["root"].dtype == np.float32
        assert arrays["rotations"].shape == (7, 22, 4)
        assert arrays["root"].shape == (7, 3)
        assert arrays["fps"] == 25.0
        assert arrays["joint_names"].tolist() == list(DANCER.joint_names)
        assert arrays["parents"].tolist() == list(DANCER.parents)
        assert arrays["contacts"].shape == (7, 2)
        assert json.loads(str(arrays["meta"])) == {"seed": 0}


def test_positions_are_forward_kinematics_of_the_rest(tmp_path, smooth_dance, monkeypatch):
    monkeypatch.setattr(npz, "CHUNK_FRAMES", 4)
    motion = smooth_dance(11)
    npz.write(motion, tmp_path / "dance.npz")
    with np.load(tmp_path / "dance.npz") as arrays:
        np.testing.assert_array_equal(arrays["positions"], motion.positions)
        skeleton = Skeleton(tuple(arrays["joint_names"]), tuple(arrays["parents"]), arrays["offsets"])
        again = kinematics.forward(skeleton, arrays["rotations"], arrays["root"])
        np.testing.assert_allclose(again, arrays["positions"], atol=1e-5)


def test_reading_gives_back_the_motion(tmp_path, smooth_dance):
    motion = smooth_dance(9, fps=29.97)
    npz.write(motion, tmp_path / "dance.npz")
    again = npz.read(tmp_path / "dance.npz")
    assert again.skeleton == motion.skeleton
    assert (again.fps, again.meta) == (motion.fps, motion.meta)
    for name in ("rotations", "root", "contacts", "positions"):
        np.testing.assert_array_equal(getattr(again, name), getattr(motion, name))


@pytest.mark.parametrize("feet", [(), (("sole",),), (("sole",), ("shin", "sole"))])
def test_any_skeleton_comes_back(tmp_path, random_turns, feet):
    leg = Skeleton(("hip", "shin", "sole"), (-1, 0, 1), np.array([[0, 0, 0], [0, -0.4, 0], [0, -0.5, 0]]), feet)
    npz.write(random_turns(2, skeleton=leg), tmp_path / "leg.npz")
    assert npz.read(tmp_path / "leg.npz").skeleton == leg


def test_no_frames_is_a_motion_too(tmp_path, random_turns):
    npz.write(random_turns(0), tmp_path / "none.npz")
    assert len(npz.read(tmp_path / "none.npz")) == 0


def test_the_same_motion_gives_the_same_bytes(tmp_path, random_turns):
    motion = random_turns(5)
    shuffled = Motion(motion.skeleton, motion.rotations, motion.root, motion.fps, motion.contacts, {"b": 1, "a": "ü"})
    ordered = Motion(motion.skeleton, motion.rotations, motion.root, motion.fps, motion.contacts, {"a": "ü", "b": 1})
    npz.write(shuffled, tmp_path / "one.npz")
    npz.write(ordered, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert npz.read(tmp_path / "one.npz").meta == {"a": "ü", "b": 1}


def test_another_motion_gives_other_bytes(tmp_path, random_turns):
    npz.write(random_turns(5, seed=1), tmp_path / "one.npz")
    npz.write(random_turns(5, seed=2), tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() != (tmp_path / "two.npz").read_bytes()


def _text(path: Path) -> None:
    path.write_text("not an array")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _others(path: Path) -> None:
    np.savez(path, positions=np.zeros((2, 3)))


def _one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize("make", [_text, _empty, _others, _one_array, _nothing])
def test_what_is_not_ours_is_refused_in_one_line(tmp_path, make):
    make(tmp_path / "odd.npz")
    with pytest.raises(DataError, match=r"cannot read .*odd\.npz") as refusal:
        npz.read(tmp_path / "odd.npz")
    assert "\n" not in str(refusal.value)


def test_a_truncated_file_is_refused(tmp_path, random_turns):
    path = tmp_path / "dance.npz"
    npz.write(random_turns(50), path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataError, match="cannot read"):
        npz.read(path)
