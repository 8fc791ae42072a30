"""The .bvh reader, against the writer, hand-computed files, and files that are broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.errors import DataError
from ballo.motion import bvh, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

ARM = """HIERARCHY
ROOT hips
{
  OFFSET 1 2 3
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT arm
  {
    OFFSET 0 10 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 5 0 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 90 0  0 0 0  0 0 0
-1.5e1 9.0E+1 .5  90 0 0  90 90 0
"""


def random_turns(frames: int, seed: int, skeleton: Skeleton = DANCER) -> Motion:
    random = np.random.default_rng(seed)
    wxyz = random.normal(size=(frames, len(skeleton), 4))
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    standing = np.zeros((frames, len(skeleton.feet)), dtype=bool)
    return Motion(skeleton, wxyz, random.uniform(-3, 3, (frames, 3)), 25.0, standing)


def written(folder: Path, text: str) -> Path:
    path = folder / "arm.bvh"
    path.write_bytes(text.encode())
    return path


def test_a_file_worked_out_by_hand(tmp_path):
    clip = bvh.read(written(tmp_path, ARM))
    assert [node.name for node in clip.nodes] == ["hips", "arm", "arm end"]
    assert clip.parents == (-1, 0, 1)
    assert clip.fps == 30.0
    expected = [
        [[0, 90, 0], [0, 100, 0], [5, 100, 0]],
        # A quarter turn about z lays the arm's bone along -x; two more, about z and the new y, point its end down z.
        [[-15, 90, 0.5], [-25, 90, 0.5], [-25, 90, -4.5]],
    ]
    np.testing.assert_allclose(clip.positions(), expected, atol=1e-9)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_ballo_writes_is_read_back(tmp_path_factory, seed):
    motion = random_turns(4, seed)
    path = motion.save(tmp_path_factory.mktemp("bvh") / "dance.bvh")
    again = bvh.read(path).motion()
    assert again.skeleton == DANCER
    assert again.fps == motion.fps
    np.testing.assert_allclose(again.positions, motion.positions, atol=1e-5)  # a hundredth of a millimetre
    turned = np.abs(np.sum(again.rotations * motion.rotations, axis=-1))
    np.testing.assert_allclose(turned, 1.0, atol=1e-6)


def test_another_skeleton_is_read_back_as_it_is(tmp_path):
    skeleton = Skeleton(
        ("root", "spine", "tail", "tip"), (-1, 0, 0, 2), np.array([[0, 0, 0], [0.1, 0.4, 0], [0, -0.3, 0], [0, 0, 0.2]])
    )
    motion = random_turns(5, 3, skeleton)
    again = bvh.read(motion.save(tmp_path / "other.bvh")).motion()
    order = [again.skeleton.joint_names.index(name) for name in skeleton.joint_names]
    np.testing.assert_allclose(again.positions[:, order], motion.positions, atol=1e-5)
    assert again.contacts.shape == (5, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("  ", "\t"),
        lambda text: text.replace(" ", "   ").replace("End   Site", "End Site"),
        lambda text: text.replace("\n{", " {"),
        lambda text: text.replace("position", "POSITION").replace("rotation", "Rotation").replace("OFFSET", "offset"),
        lambda text: text.replace("HIERARCHY", "\ufeffHIERARCHY"),
        lambda text: text.replace("Frames: 2", "\nFrames:2\n").replace("Frame Time: ", "Frame Time:\t"),
        lambda text: text + "\n\n",
        lambda text: text.rstrip("\n"),
    ],
)
def test_how_it_is_laid_out_does_not_matter(tmp_path, change: Callable[[str], str]):
    plain = bvh.read(written(tmp_path, ARM))
    other = bvh.read(written(tmp_path, change(ARM)))
    assert other.nodes == plain.nodes
    np.testing.assert_array_equal(other.values, plain.values)
    assert other.fps == plain.fps


@pytest.mark.parametrize("order", ["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"])
def test_channels_turn_in_the_order_they_are_listed_in(tmp_path, order):
    listed = " ".join(f"{axis.upper()}rotation" for axis in order)
    text = ARM.replace("CHANNELS 3 Zrotation Yrotation Xrotation", f"CHANNELS 3 {listed}").replace("90 90 0\n", "20 30 40\n")
    clip = bvh.read(written(tmp_path, text))
    expected = np.eye(3)
    for axis, degrees in zip(order, (20, 30, 40), strict=True):
        expected = expected @ rotations.to_matrix(rotations.about(axis, np.radians(degrees)))
    np.testing.assert_allclose(rotations.to_matrix(clip.local_rotations()[1, 1]), expected, atol=1e-12)


def test_a_joint_without_channels_and_one_with_a_single_angle(tmp_path):
    text = ARM.replace("CHANNELS 3 Zrotation Yrotation Xrotation", "CHANNELS 1 Zrotation")
    text = text.replace("0 90 0  0 0 0  0 0 0", "0 90 0  0 0 0  90").replace("90 90 0\n", "0\n")
    np.testing.assert_allclose(bvh.read(written(tmp_path, text)).positions()[0, 2], [0, 105, 0], atol=1e-9)
    still = ARM.replace("CHANNELS 3 Zrotation Yrotation Xrotation", "CHANNELS 0")
    still = still.replace("0 0 0\n", "\n").replace("90 90 0\n", "\n")
    assert bvh.read(written(tmp_path, still)).positions().shape == (2, 3, 3)


@pytest.mark.parametrize(("moved", "expected"), [("0 10.5 0", 100.5), ("0 0.5 0", 100.5), ("0 6 2", 96)])
def test_position_channels_of_a_joint_stand_for_its_offset_or_shift_it(tmp_path, moved, expected):
    text = ARM.replace("CHANNELS 3 Zrotation", "CHANNELS 6 Xposition Yposition Zposition Zrotation")
    text = text.replace("0 90 0  0 0 0  0 0 0", f"0 90 0  0 0 0  {moved} 0 0 0").replace("90 90 0\n", f"{moved} 0 0 0\n")
    assert bvh.read(written(tmp_path, text)).positions()[0, 1, 1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("printed", "fps"),
    [
        ("0.0333333", 30),
        ("0.033", 30),
        ("0.00833333", 120),
        ("0.016667", 60),
        ("0.0333666667", 30 / 1.001),
        ("0.04", 25),
        ("1e-2", 100),
        ("0.0400000000", 25),
    ],
)
def test_the_frame_rate_is_the_one_that_was_rounded(tmp_path, printed, fps):
    clip = bvh.read(written(tmp_path, ARM.replace("0.0333333", printed)))
    assert clip.fps == pytest.approx(fps, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file is empty"),
        (" \n\n", "line 1: the file is empty"),
        ("not a bvh", "line 1: no .bvh"),
        (ARM[: ARM.index("  JOINT")], "line 5: the hierarchy breaks off: hips is not closed"),
        (ARM.split("MOTION")[0], "line 15: the file ends without a MOTION part"),
        (ARM.split("Frame Time")[0], "line 17: the file ends before Frame Time"),
        (ARM.split("-1.5e1")[0], "line 19: 1 frames, where 2 are announced"),
        (ARM.replace("90 90 0\n", "90 90\n"), "line 20: 8 numbers in a frame of 9 channels"),
        (ARM.replace("0 90 0  0 0 0  0 0 0", "0 90 0  0 0 0  0 0 0 0"), "line 19: 10 numbers in a frame of 9 channels"),
        (ARM + "0 0 0 0 0 0 0 0 0\n", "line 21: 3 frames, where 2 are announced"),
        (ARM.replace(".5  90", "nan  90"), "line 20: 'nan' is no finite number"),
        (ARM.replace(".5  90", "1e999  90"), "line 20: '1e999' is no finite number"),
        (ARM.replace(".5  90", "1,5  90"), "line 20: '1,5' is no finite number"),
        (ARM.replace("Frames: 2", "Frames: 0").split("0 90")[0], "there are no frames"),
        (ARM.replace("Frames: 2", "Frames: many"), "line 17: expected Frames:"),
        (ARM.replace("0.0333333", "0"), "line 18: a frame cannot last 0 s"),
        (ARM.replace("0.0333333", "-0.1"), "line 18: a frame cannot last -0.1 s"),
        (ARM.replace("0.0333333", "nan"), "line 18: a frame cannot last nan s"),
        (ARM.replace("CHANNELS 3", "CHANNELS 4"), "line 9: CHANNELS needs how many"),
        (ARM.replace("Yrotation Xrotation\n    End", "Yrotation Wrotation\n    End"), "line 9: wrotation is no channel"),
        (ARM.replace("Zrotation Yrotation Xrotation", "Zrotation Zrotation Xrotation"), "line 9: a channel named twice"),
        (ARM.replace("OFFSET 0 10 0", "OFFSET 0 10"), "line 8: an OFFSET is three"),
        (ARM.replace("OFFSET 0 10 0", "OFFSET 0 nan 0"), "line 8: an OFFSET is three"),
        (ARM.replace("    OFFSET 0 10 0\n", ""), "arm has no OFFSET"),
        (ARM.replace("JOINT arm", "LIMB arm"), "line 6: 'LIMB arm' is neither"),
        (ARM.replace("JOINT arm", "JOINT"), "line 6: a joint without a name"),
        (ARM.replace("JOINT arm", "ROOT arm"), "line 6: a second ROOT"),
        (ARM.replace("}\nMOTION", "}\n}\nMOTION"), "line 16: a } too many"),
        (ARM.replace("}\nMOTION", "MOTION"), "hips is not closed"),
        ("HIERARCHY\n" + ARM[ARM.index("MOTION") :], "there is no ROOT"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError) as refused:
        bvh.read(written(tmp_path, text))
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / "arm.bvh"))
    assert "\n" not in str(refused.value)


def test_bytes_of_something_else_are_refused(tmp_path):
    path = tmp_path / "noise.bvh"
    path.write_bytes(np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes())
    with pytest.raises(DataError, match=r"no \.bvh"):
        bvh.read(path)
    with pytest.raises(DataError, match="cannot be read"):
        bvh.read(tmp_path / "missing.bvh")


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    whole = random_turns(3, 0).save(tmp_path / "whole.bvh").read_bytes()
    for end in range(0, len(whole) - 80, 97):
        path = tmp_path / "part.bvh"
        path.write_bytes(whole[:end])
        with pytest.raises(DataError):
            bvh.read(path)


def test_two_joints_of_one_name_make_no_motion(tmp_path):
    text = ARM.replace("JOINT arm", "JOINT hips")
    with pytest.raises(DataError, match="differ from one another"):
        bvh.read(written(tmp_path, text)).motion()


def test_pybvh_reads_the_same_positions(tmp_path):
    pybvh = pytest.importorskip("pybvh")
    path = random_turns(6, 1).save(tmp_path / "dance.bvh", names="ballo")
    clip, scene = bvh.read(path), pybvh.read_bvh_file(path)
    theirs = np.asarray(scene.node_positions())
    for number, node in enumerate(clip.nodes):
        if not node.end:
            np.testing.assert_allclose(theirs[:, scene.node_index[node.name]], clip.positions()[:, number], atol=1e-3)
