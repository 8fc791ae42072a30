"""VRM: the avatar and the animation, held against what the specifications require."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import BalloError, ExportError
from ballo.motion import formats, rotations
from ballo.motion.glb import Document
from ballo.motion.skeleton import DANCER, Skeleton

REQUIRED = {
    *("hips", "spine", "head"),
    *(
        f"{side}{part}"
        for side in ("left", "right")
        for part in ("UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand")
    ),
}
"""Of VRM 1.0's humanoid."""
PARENTS = {"spine": "hips", "head": "spine", "leftUpperLeg": "hips", "leftFoot": "leftLowerLeg", "rightHand": "rightLowerArm"}


def bones(document: dict, name: str) -> dict[str, int]:
    return {bone: about["node"] for bone, about in document["extensions"][name]["humanoid"]["humanBones"].items()}


@pytest.mark.parametrize(("suffix", "extension"), [(".vrm", "VRMC_vrm"), (".vrma", "VRMC_vrm_animation")])
def test_the_bones_that_are_required_are_there_and_stand_in_a_t_pose(smooth_dance, tmp_path, suffix, extension):
    document = Document(smooth_dance(20).save(tmp_path / f"a{suffix}").read_bytes()).json
    assert document["extensionsUsed"] == [extension]
    assert document["extensions"][extension]["specVersion"] == "1.0"
    found = bones(document, extension)
    assert set(found) >= REQUIRED
    assert len(set(found.values())) == len(found)
    nodes = document["nodes"]
    above = {child: number for number, node in enumerate(nodes) for child in node.get("children", [])}
    for bone, parent in PARENTS.items():
        node = found[bone]
        while node != found[parent]:
            node = above[node]
    assert not any({"rotation", "scale", "matrix"} & set(nodes[node]) for node in found.values())


def test_an_avatar_says_who_made_it_and_does_not_move(smooth_dance, tmp_path):
    document = Document(smooth_dance(20).save(tmp_path / "a.vrm").read_bytes()).json
    meta = document["extensions"]["VRMC_vrm"]["meta"]
    assert meta["name"]
    assert meta["authors"]
    assert meta["licenseUrl"] == "https://vrm.dev/licenses/1.0/"
    assert "animations" not in document
    assert document["meshes"]


@pytest.mark.parametrize("suffix", [".vrm", ".vrma"])
def test_the_khronos_validator_finds_no_fault(smooth_dance, validated, tmp_path, suffix):
    written = smooth_dance(20).save(tmp_path / f"a{suffix}")
    issues = validated(written.rename(tmp_path / "a.glb"))
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    # It does not know VRM, and says so.
    assert (
        {"UNSUPPORTED_EXTENSION"}
        <= {message["code"] for message in issues["messages"]}
        <= {"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"}
    )


def test_only_hips_travel_in_an_animation(smooth_dance, tmp_path):
    document = Document(smooth_dance(20).save(tmp_path / "a.vrma").read_bytes()).json
    moved = {(channel["target"]["path"], channel["target"]["node"]) for channel in document["animations"][0]["channels"]}
    assert {node for path, node in moved if path == "translation"} == {bones(document, "VRMC_vrm_animation")["hips"]}
    assert {path for path, _ in moved} == {"translation", "rotation"}


def test_an_animation_is_read_back(smooth_dance, tmp_path):
    motion = smooth_dance(30)
    again = formats.read(motion.save(tmp_path / "a.vrma"))
    assert again.skeleton.joint_names == DANCER.joint_names
    assert (again.fps, again.meta) == (motion.fps, motion.meta)
    assert np.array_equal(again.contacts, motion.contacts)
    assert np.abs(again.positions - motion.positions).max() < 1e-5


def test_knees_are_hinges_in_an_animation(smooth_dance, tmp_path):
    """Avatars have knees: a shank turns about its thigh's own x, where hers, of no twist, bends to any side."""
    motion = smooth_dance(60)
    wxyz = motion.rotations.astype(float)
    for side, aside in (("left", 0.9), ("right", -0.6)):
        fold, way = rotations.about("x", np.full(60, 1.1)), rotations.about("y", np.full(60, aside))
        knee = rotations.multiply(rotations.multiply(way, fold), rotations.inverse(way))
        wxyz[:, DANCER.index(f"{side}_knee")] = knee
        assert np.abs(knee[:, 3]).min() > 0.2
    again = formats.read(replace(motion, rotations=wxyz).save(tmp_path / "a.vrma"))
    for side in ("left", "right"):
        knee = again.rotations[:, again.skeleton.index(f"{side}_knee")]
        assert np.abs(knee[:, 2:]).max() < 0.05
        assert (knee[:, 1] * knee[:, 0]).min() > 0.4


def test_an_animation_of_others_is_read_by_its_humanoid(smooth_dance, tmp_path):
    """Others have no skin in it: the bones are those that the extension names."""
    motion = smooth_dance(20)
    document = Document(motion.save(tmp_path / "a.vrma").read_bytes())
    del document.json["skins"], document.json["extras"]
    text = json.dumps(document.json).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(document.binary))
    path = Path(tmp_path / "b.vrma")
    path.write_bytes(
        head
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(document.binary), b"BIN\0")
        + document.binary
    )
    again = formats.read(path)
    knee = again.positions[:, again.skeleton.index("LeftLeg")]
    assert np.abs(knee - motion.positions[:, DANCER.index("left_knee")]).max() < 1e-5
    assert again.fps == motion.fps


def test_an_avatar_can_be_the_character(smooth_dance, tmp_path):
    motion = smooth_dance(10)
    dance = motion.save(tmp_path / "dance.glb", character=motion.save(tmp_path / "me.vrm"))
    again = formats.read(dance)
    assert np.abs(again.positions[:, 0] - motion.positions[:, 0]).max() < 1e-4
    assert "VRMC_vrm" in Document(dance.read_bytes()).json["extensions"]


@pytest.mark.parametrize("suffix", [".vrm", ".vrma"])
def test_what_is_no_dancer_is_refused(smooth_dance, tmp_path, suffix):
    stranger = Skeleton(("hip", "shin"), (-1, 0), np.array([[0, 0, 0], [0, -0.4, 0]]))
    with pytest.raises(ExportError, match="another skeleton"):
        smooth_dance(5, skeleton=stranger).save(tmp_path / f"a{suffix}")
    with pytest.raises(ExportError, match="no frames"):
        smooth_dance(0).save(tmp_path / f"a{suffix}")


def test_an_avatar_is_no_motion(smooth_dance, tmp_path):
    with pytest.raises(BalloError, match="motions are read from"):
        formats.read(smooth_dance(5).save(tmp_path / "a.vrm"))
