"""The .glb: asked of the Khronos validator, opened in Blender, and read back."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.motion import gltf as reading
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

TENTH_OF_A_MILLIMETRE = 1e-4

TALL = Skeleton(DANCER.joint_names, DANCER.parents, DANCER.offsets * np.array([1.1, 1.2, 1.05]), DANCER.feet)
TAIL = Skeleton(
    ("base", "a b", "a/b:c", "Head"), (-1, 0, 1, 1), np.array([[0, 0, 0], [0, 0.5, 0], [0.3, 0.1, 0], [0, 0.3, 0.1]])
)


def document(path: Path) -> dict:
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length])


@pytest.mark.parametrize("skeleton", [DANCER, TALL, TAIL], ids=["dancer", "tall", "foreign"])
@pytest.mark.parametrize("frames", [1, 2, 40])
def test_the_khronos_validator_finds_nothing(smooth_dance, validated, tmp_path, skeleton, frames):
    path = smooth_dance(frames, skeleton=skeleton).save(tmp_path / "dance.glb")
    issues = validated(path)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]


def test_the_validator_is_asked_indeed(smooth_dance, validated, tmp_path):
    path = smooth_dance(3).save(tmp_path / "dance.glb")
    data = bytearray(path.read_bytes())
    data[-16:] = struct.pack("<4f", 9, 9, 9, 9)
    path.write_bytes(data)
    assert validated(path)["numErrors"] > 0


@pytest.mark.parametrize("fps", [25.0, 30000 / 1001])
def test_blender_finds_every_joint_where_the_motion_has_it(smooth_dance, blender, tmp_path, fps):
    motion = smooth_dance(60, fps=fps)
    opened = blender(motion.save(tmp_path / "dance.glb"), fps)
    assert tuple(opened["names"]) == ("Hips", *opened["names"][1:])
    order = [list(opened["names"]).index(name) for name in bones(motion)]
    assert np.abs(opened["positions"][:, order] - motion.positions).max() < TENTH_OF_A_MILLIMETRE


def test_blender_follows_turns_that_jump(random_turns, blender, tmp_path):
    motion = random_turns(30)
    opened = blender(motion.save(tmp_path / "dance.glb"), motion.fps)
    order = [list(opened["names"]).index(name) for name in bones(motion)]
    assert np.abs(opened["positions"][:, order] - motion.positions).max() < TENTH_OF_A_MILLIMETRE


def test_blender_bends_the_body_as_we_do(smooth_dance, blender, tmp_path):
    from ballo.export.mesh import mesh_for

    motion = smooth_dance(20)
    opened = blender(motion.save(tmp_path / "dance.glb"), motion.fps)
    ours = mesh_for(DANCER).posed(DANCER, motion.rotations[-1], motion.root[-1])
    nearest = np.array([np.linalg.norm(opened["vertices"] - point, axis=1).min() for point in ours[::37]])
    assert nearest.max() < TENTH_OF_A_MILLIMETRE


def test_what_blender_writes_is_read(smooth_dance, bpy_python, tmp_path):
    """Blender turns bones its own way and samples the dance anew."""
    motion = smooth_dance(30)
    one, other = motion.save(tmp_path / "one.glb"), tmp_path / "other.glb"
    script = f"""
import bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.context.scene.render.fps = 25
bpy.ops.import_scene.gltf(filepath={str(one)!r})
bpy.context.scene.frame_end = 29
bpy.ops.export_scene.gltf(filepath={str(other)!r}, export_force_sampling=True)
"""
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([bpy_python, "-c", script], check=True, capture_output=True, env=alone)
    back = reading.read(other)
    order = [back.skeleton.joint_names.index(name) for name in bones(motion)]
    assert back.fps == 25
    assert np.abs(back.positions[:, order] - motion.positions).max() < TENTH_OF_A_MILLIMETRE


def bones(motion: Motion) -> tuple[str, ...]:
    from ballo.export.humanoid import bone_names

    return bone_names(motion.skeleton)


def test_the_same_motion_gives_the_same_bytes(smooth_dance, tmp_path):
    one, other = (smooth_dance(20).save(tmp_path / name).read_bytes() for name in ("a.glb", "b.glb"))
    assert one == other


@pytest.mark.parametrize("skeleton", [DANCER, TALL, TAIL], ids=["dancer", "tall", "foreign"])
@pytest.mark.parametrize("fps", [25.0, 30000 / 1001, 60.0, 12.5])
def test_what_is_written_is_read_back(smooth_dance, tmp_path, skeleton, fps):
    motion = smooth_dance(50, fps=fps, skeleton=skeleton)
    back = reading.read(motion.save(tmp_path / "dance.glb"))
    assert (back.skeleton, back.fps, back.meta) == (motion.skeleton, motion.fps, motion.meta)
    assert np.array_equal(back.contacts, motion.contacts)
    assert np.abs(back.positions - motion.positions).max() < 2e-6


@pytest.mark.parametrize("names", ["mixamo", "unreal", "ballo"])
def test_under_any_names_she_is_read_as_herself(smooth_dance, tmp_path, names):
    motion = smooth_dance(5)
    back = reading.read(motion.save(tmp_path / "dance.glb", names=names))
    assert back.skeleton == motion.skeleton
    assert np.abs(back.positions - motion.positions).max() < 2e-6


def test_at_rest_she_stands_in_a_t_pose_on_the_floor(smooth_dance, tmp_path):
    nodes = document(smooth_dance(3).save(tmp_path / "dance.glb"))["nodes"]
    named = {node["name"]: number for number, node in enumerate(nodes)}
    places = kinematics.forward(DANCER, np.tile([1.0, 0, 0, 0], (22, 1)), np.array(nodes[0]["translation"]))
    assert not any("rotation" in node or "scale" in node for node in nodes)
    assert abs(places[[named["LeftHeel"], named["RightToeBase"]], 1]).max() < 1e-9
    arm = places[named["LeftHand"]] - places[named["LeftArm"]]
    assert abs(arm / np.linalg.norm(arm) - [1, 0, 0]).max() < 1e-9


def test_meta_is_in_the_extras(smooth_dance, tmp_path):
    motion = smooth_dance(5)
    extras = document(motion.save(tmp_path / "dance.glb"))["extras"]["ballo"]
    assert (extras["meta"], extras["fps"], extras["frames"]) == (motion.meta, 25.0, 5)


def test_names_can_be_chosen_and_unknown_ones_are_refused(smooth_dance, tmp_path):
    names = {node["name"] for node in document(smooth_dance(2).save(tmp_path / "u.glb", names="unreal"))["nodes"]}
    assert {"root", "pelvis", "thigh_l", "calf_r", "hand_l", "spine_01"} <= names
    with pytest.raises(ExportError, match="mixamo, unreal, ballo"):
        smooth_dance(2).save(tmp_path / "u.glb", names="daz")


def test_the_song_lies_beside_the_file(smooth_dance, tmp_path):
    song = tmp_path / "elsewhere" / "a söng #1 100%.wav"
    song.parent.mkdir()
    song.write_bytes(b"sound")
    path = smooth_dance(5).save(tmp_path / "dance.glb", song=song, start_seconds=2.5)
    assert (tmp_path / song.name).read_bytes() == b"sound"
    assert document(path)["extras"]["ballo"]["song"] == {"uri": "a%20s%C3%B6ng%20%231%20100%25.wav", "start_seconds": 2.5}
    smooth_dance(5).save(tmp_path / "dance.glb", song=song)
    (tmp_path / song.name).write_bytes(b"another")
    with pytest.raises(ExportError, match="another file has that name"):
        smooth_dance(5).save(tmp_path / "dance.glb", song=song)
    with pytest.raises(ExportError, match="no such file"):
        smooth_dance(5).save(tmp_path / "dance.glb", song=tmp_path / "none.wav")


def test_no_frames_are_refused(smooth_dance, tmp_path):
    motion = smooth_dance(2)
    none = replace(motion, rotations=motion.rotations[:0], root=motion.root[:0], contacts=motion.contacts[:0])
    with pytest.raises(ExportError, match="no frames"):
        none.save(tmp_path / "dance.glb")
    assert not list(tmp_path.iterdir())
