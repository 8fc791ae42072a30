"""The .bvh, read by a reader written for these tests alone, and by other people's where they are installed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.export import bvh
from ballo.export.humanoid import STYLES, bone_names
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

TOLERANCE_METRES = 1e-5


@dataclass
class Node:
    name: str
    parent: int
    offset: list[float] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)


@dataclass
class Scene:
    nodes: list[Node]
    frame_seconds: float
    rows: list[list[float]]

    def positions(self) -> dict[str, np.ndarray]:
        """Each node's path in centimetres, frame by frame and node by node with 4 x 4 matrices."""
        paths: dict[str, list[np.ndarray]] = {node.name: [] for node in self.nodes}
        for row in self.rows:
            values, world = iter(row), []
            for node in self.nodes:
                here = _shift(node.offset)
                for channel in node.channels:
                    here = here @ _channel_matrix(channel, next(values))
                world.append(here if node.parent < 0 else world[node.parent] @ here)
                paths[node.name].append(world[-1][:3, 3])
        return {name: np.array(path) for name, path in paths.items()}


def _shift(xyz: list[float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = xyz
    return matrix


def _channel_matrix(channel: str, value: float) -> np.ndarray:
    axis = "XYZ".index(channel[0])
    if channel.endswith("position"):
        return _shift([value if a == axis else 0.0 for a in range(3)])
    cosine, sine = math.cos(math.radians(value)), math.sin(math.radians(value))
    after, last = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    matrix[after, after] = matrix[last, last] = cosine
    matrix[last, after], matrix[after, last] = sine, -sine
    return matrix


def read(path: Path) -> Scene:
    head, tail = path.read_text().split("MOTION\n")
    words, nodes, open_nodes = head.split(), [], []
    at = 1
    while at < len(words):
        word = words[at]
        if word in ("ROOT", "JOINT", "End"):
            name = f"{nodes[open_nodes[-1]].name} end" if word == "End" else words[at + 1]
            nodes.append(Node(name, open_nodes[-1] if open_nodes else -1))
            open_nodes.append(len(nodes) - 1)
            assert words[at + 2] == "{"
            at += 3
        elif word == "OFFSET":
            nodes[open_nodes[-1]].offset = [float(value) for value in words[at + 1 : at + 4]]
            at += 4
        elif word == "CHANNELS":
            count = int(words[at + 1])
            nodes[open_nodes[-1]].channels = words[at + 2 : at + 2 + count]
            at += 2 + count
        else:
            assert word == "}", word
            open_nodes.pop()
            at += 1
    assert not open_nodes
    frames, seconds, *rows = tail.splitlines()
    scene = Scene(nodes, float(seconds.removeprefix("Frame Time: ")), [[float(v) for v in row.split()] for row in rows])
    assert len(rows) == int(frames.removeprefix("Frames: "))
    return scene


def written(motion: Motion, folder: Path) -> Scene:
    bvh.write(motion, folder / "dance.bvh")
    return read(folder / "dance.bvh")


def error_metres(motion: Motion, scene: Scene) -> float:
    paths = scene.positions()
    names = ["_".join(name.split()) for name in bone_names(motion.skeleton)]
    again = np.stack([paths[name] for name in names], axis=1) / 100
    return float(np.abs(again - motion.positions).max())


def test_forward_kinematics_of_the_file_gives_the_positions(tmp_path, smooth_dance):
    motion = smooth_dance(40)
    assert error_metres(motion, written(motion, tmp_path)) < TOLERANCE_METRES


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_rotations_survive(tmp_path_factory, random_turns, seed):
    motion = random_turns(4, seed=seed)
    assert error_metres(motion, written(motion, tmp_path_factory.mktemp("bvh"))) < TOLERANCE_METRES


@pytest.mark.parametrize("degrees", [-90.0, 90.0, 89.9999, 90.02])
def test_locked_angles_survive(tmp_path, degrees):
    half = math.radians(degrees) / 2
    wxyz = np.zeros((3, len(DANCER), 4))
    wxyz[..., 0], wxyz[..., 1] = math.cos(half), math.sin(half)  # all about x, the middle axis
    # A turn about y before it, so that the outer angles have something to share.
    wxyz[:, 5:] = np.array([math.cos(0.3), 0, math.sin(0.3), 0])
    wxyz[:, 6] = np.array([math.cos(half) * 0.8, math.sin(half) * 0.8, math.cos(half) * 0.6, math.sin(half) * 0.6])
    motion = Motion(DANCER, wxyz, np.zeros((3, 3)), 25.0, np.zeros((3, 2)))
    assert error_metres(motion, written(motion, tmp_path)) < TOLERANCE_METRES


def test_bones_keep_their_lengths(tmp_path, random_turns):
    motion = random_turns(5)
    scene = written(motion, tmp_path)
    paths = scene.positions()
    for node in scene.nodes[1:]:
        lengths = np.linalg.norm(paths[node.name] - paths[scene.nodes[node.parent].name], axis=1)
        np.testing.assert_allclose(lengths, np.linalg.norm(node.offset), atol=1e-9)
        assert lengths[0] > 1  # centimetres: no bone and no end site vanishes


def test_the_header_says_what_it_should(tmp_path, smooth_dance):
    motion = smooth_dance(3)
    scene = written(motion, tmp_path)
    text = (tmp_path / "dance.bvh").read_text()
    assert text.startswith(
        "HIERARCHY\nROOT Hips\n{\n  OFFSET 0.000000 0.000000 0.000000\n  CHANNELS 6 Xposition Yposition Zposition"
    )
    assert text.count("{") == text.count("}") == len(DANCER) + sum(not children for children in DANCER.children)
    assert "Frames: 3\nFrame Time: 0.0400000000\n" in text
    joints = [node for node in scene.nodes if node.channels]
    names = bone_names(DANCER)
    assert {node.name for node in joints} == set(names)
    for node in joints:
        joint = names.index(node.name)
        parent = DANCER.parents[joint]
        assert node.parent == (-1 if parent < 0 else [n.name for n in scene.nodes].index(names[parent]))
        np.testing.assert_allclose(np.array(node.offset) / 100, DANCER.offsets[joint], atol=1e-8)
        assert len(node.channels) == (3 if node.parent >= 0 else 6)
    assert all(len(row) == 3 + 3 * len(DANCER) for row in scene.rows)
    assert not re.search(r"nan|inf|e[-+]", text[text.index("Frame Time") :])


@pytest.mark.parametrize("style", STYLES)
def test_under_any_names_she_is_read_as_herself(tmp_path, smooth_dance, style):
    motion = smooth_dance(20)
    path = motion.save(tmp_path / "dance.bvh", names=style)
    assert {node.name for node in read(path).nodes if node.channels} == set(bone_names(DANCER, style))
    back = formats.read(path)
    assert back.skeleton == DANCER
    assert np.abs(back.positions - motion.positions).max() < TOLERANCE_METRES


def test_somebody_else_with_such_names_stays_who_she_is(tmp_path, smooth_dance):
    """One joint hangs elsewhere, or is missing: the names are Mixamo's, the dancer is not ours."""
    text = smooth_dance(2).save(tmp_path / "dance.bvh").read_text()
    (tmp_path / "other.bvh").write_text(text.replace("JOINT LeftHeel", "JOINT LeftSpur"))
    assert "LeftSpur" in formats.read(tmp_path / "other.bvh").skeleton.joint_names
    swapped = text.replace("LeftLeg", "?").replace("LeftFoot", "LeftLeg").replace("?", "LeftFoot")
    (tmp_path / "swapped.bvh").write_text(swapped)
    assert formats.read(tmp_path / "swapped.bvh").skeleton.joint_names[0] == "Hips"


def test_with_all_angles_zero_she_stands_in_a_t_pose(tmp_path, smooth_dance):
    """What Blender and MotionBuilder take for the rest pose is the OFFSETs alone."""
    scene = written(smooth_dance(2), tmp_path)
    scene.rows = [[0.0] * len(scene.rows[0])]
    at = {name: path[0] for name, path in scene.positions().items()}
    for side, lateral in (("Left", 1.0), ("Right", -1.0)):
        for inner, outer in (("Arm", "ForeArm"), ("ForeArm", "Hand"), ("Hand", "HandMiddle1")):
            along = at[f"{side}{outer}"] - at[f"{side}{inner}"]
            np.testing.assert_allclose(along / np.linalg.norm(along), [lateral, 0, 0], atol=1e-9)
        for upper, lower in (("UpLeg", "Leg"), ("Leg", "Foot")):
            along = at[f"{side}{lower}"] - at[f"{side}{upper}"]
            np.testing.assert_allclose(along / np.linalg.norm(along), [0, -1, 0], atol=1e-9)
        assert at[f"{side}ToeBase"][2] > at[f"{side}Foot"][2]  # she faces +Z


def test_the_frame_time_is_exact_enough_for_an_hour(tmp_path, smooth_dance):
    scene = written(smooth_dance(2, fps=30000 / 1001), tmp_path)
    assert abs(scene.frame_seconds * 3600 * 30000 / 1001 - 3600) < 1e-4


def test_curves_do_not_jump(tmp_path):
    turns = np.linspace(0, 6 * np.pi, 200)  # three whole turns, tilted, through every lock of a naive export
    wxyz = np.zeros((200, len(DANCER), 4))
    wxyz[..., 0], wxyz[..., 1], wxyz[..., 3] = (
        np.cos(turns / 2)[:, None],
        0.8 * np.sin(turns / 2)[:, None],
        0.6 * np.sin(turns / 2)[:, None],
    )
    motion = Motion(DANCER, wxyz, np.zeros((200, 3)), 25.0, np.zeros((200, 2)))
    scene = written(motion, tmp_path)
    assert np.abs(np.diff(np.array(scene.rows), axis=0)).max() < 30
    assert error_metres(motion, scene) < TOLERANCE_METRES


def test_a_turn_about_the_vertical_runs_on(tmp_path):
    turns = np.linspace(0, 4 * np.pi, 50)
    wxyz = np.zeros((50, len(DANCER), 4))
    wxyz[..., 0] = 1
    wxyz[:, 0, 0], wxyz[:, 0, 2] = np.cos(turns / 2), np.sin(turns / 2)
    scene = written(Motion(DANCER, wxyz, np.zeros((50, 3)), 25.0, np.zeros((50, 2))), tmp_path)
    yaw = 3 + scene.nodes[0].channels[3:].index("Yrotation")
    np.testing.assert_allclose([row[yaw] for row in scene.rows], np.degrees(turns), atol=1e-4)


@pytest.mark.parametrize("parents", [(-1,), (-1, 0, 1, 0)])
def test_any_skeleton_can_be_written(tmp_path, random_turns, parents):
    offsets = np.array([[0, 0, 0], [0, 0.4, 0], [0.1, 0.2, 0], [0, -0.5, 0.1]])[: len(parents)]
    names = ("the root", "spine  one", "top", "tail")[: len(parents)]
    motion = random_turns(3, skeleton=Skeleton(names, parents, offsets))
    scene = written(motion, tmp_path)
    assert scene.nodes[0].name == "the_root"
    assert error_metres(motion, scene) < TOLERANCE_METRES


def test_chunks_change_nothing(tmp_path, smooth_dance, monkeypatch):
    motion = smooth_dance(23)
    bvh.write(motion, tmp_path / "whole.bvh")
    monkeypatch.setattr(bvh, "CHUNK_FRAMES", 5)
    bvh.write(motion, tmp_path / "chunked.bvh")
    assert (tmp_path / "whole.bvh").read_text() == (tmp_path / "chunked.bvh").read_text()


def test_pybvh_reads_the_same_positions(tmp_path, random_turns):
    pybvh = pytest.importorskip("pybvh")
    motion = random_turns(6)
    bvh.write(motion, tmp_path / "dance.bvh")
    scene = pybvh.read_bvh_file(tmp_path / "dance.bvh")
    positions = np.asarray(scene.node_positions())
    for joint, name in enumerate(bone_names(DANCER)):
        np.testing.assert_allclose(
            positions[:, scene.node_index[name]] / 100, motion.positions[:, joint], atol=TOLERANCE_METRES
        )
