"""Reading .glb: humanoids as other programs write them, and files that are broken."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ballo.errors import DataError
from ballo.motion import gltf, kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}


class Scene:
    """A .glb put together by hand."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0"}, "accessors": [], "bufferViews": [], "buffers": [{}]}
        self.binary = b""

    def array(self, values: Any, kind: Any = np.float32, normalized: bool = False) -> int:
        values = np.atleast_1d(np.asarray(values)).astype(kind)
        width = values.shape[1] if values.ndim > 1 else 1
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": values.nbytes})
        self.binary += values.tobytes() + b"\0" * (-values.nbytes % 4)
        component = {"float32": 5126, "int16": 5122, "int8": 5120}[values.dtype.name]
        accessor = {"bufferView": len(self.json["bufferViews"]) - 1, "componentType": component}
        self.json["accessors"].append(accessor | {"count": len(values), "type": TYPES[width], "normalized": normalized})
        return len(self.json["accessors"]) - 1

    def animate(self, node: int, path: str, times: Any, values: Any, interpolation: str = "LINEAR", **stored: Any) -> None:
        animation = self.json.setdefault("animations", [{"channels": [], "samplers": []}])[0]
        sampler = {"input": self.array(times), "output": self.array(values, **stored), "interpolation": interpolation}
        animation["channels"].append({"sampler": len(animation["samplers"]), "target": {"node": node, "path": path}})
        animation["samplers"].append(sampler)

    def save(self, path: Path) -> Path:
        self.json["buffers"][0]["byteLength"] = len(self.binary)
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        whole = 28 + len(text) + len(self.binary)
        head = struct.pack("<III", 0x46546C67, 2, whole) + struct.pack("<II", len(text), 0x4E4F534A)
        path.write_bytes(head + text + struct.pack("<II", len(self.binary), 0x004E4942) + self.binary)
        return path


HALF = float(np.sqrt(0.5))


def mixamo_like() -> Scene:
    """Centimetres under a node that scales and stands them up, joints listed out of order, a bone that is no joint."""
    scene = Scene()
    scene.json["nodes"] = [
        {"name": "Armature", "scale": [0.01] * 3, "rotation": [-HALF, 0, 0, HALF], "children": [1]},
        {"name": "mixamorig:Hips", "translation": [0, 0, 100], "children": [2, 4]},
        {"name": "mixamorig:Spine", "translation": [0, 0, 10], "children": [3]},
        {"name": "mixamorig:Head", "translation": [0, 0, 50]},
        {"name": "twist", "translation": [10, 0, 0], "children": [5]},
        {"name": "mixamorig:LeftFoot", "translation": [0, 0, -95], "children": [6]},
        {"name": "mixamorig:LeftToeBase", "translation": [0, -10, -5]},
    ]
    scene.json["skins"] = [{"joints": [1, 3, 2, 5, 6]}]
    return scene


def test_a_skeleton_in_centimetres_lying_down_is_metres_standing_up(tmp_path):
    scene = mixamo_like()
    scene.animate(1, "translation", np.arange(4) / 30, [[0, 0, 100 + k] for k in range(4)])
    motion = gltf.read(scene.save(tmp_path / "m.glb"))
    assert motion.fps == 30
    assert motion.skeleton.joint_names[0] == "mixamorig:Hips"
    assert set(motion.skeleton.joint_names) >= {"twist", "mixamorig:LeftToeBase"}
    assert motion.skeleton.feet == (("mixamorig:LeftFoot", "mixamorig:LeftToeBase"),)
    at = {name: motion.positions[3, place] for place, name in enumerate(motion.skeleton.joint_names)}
    assert np.allclose(at["mixamorig:Hips"], [0, 1.03, 0], atol=1e-6)
    assert np.allclose(at["mixamorig:Head"], [0, 1.63, 0], atol=1e-6)
    assert np.allclose(at["mixamorig:LeftToeBase"], [0.1, 0.03, 0.1], atol=1e-6)


def test_rotations_go_between_keys_along_the_arc(tmp_path):
    scene = mixamo_like()
    scene.animate(1, "translation", np.arange(5) / 30, [[0, 0, 100]] * 5)
    scene.animate(2, "rotation", [0, 4 / 30], [[0, 0, 0, 1], [0, 0, HALF, HALF]])
    motion = gltf.read(scene.save(tmp_path / "m.glb"))
    spine = motion.rotations[:, motion.skeleton.index("mixamorig:Spine")]
    assert np.allclose(2 * np.arctan2(spine[:, 3], spine[:, 0]), np.linspace(0, np.pi / 2, 5), atol=1e-6)


@pytest.mark.parametrize(
    ("interpolation", "expected"), [("STEP", [0, 0, np.pi / 2]), ("CUBICSPLINE", [0, np.pi / 4, np.pi / 2])]
)
def test_steps_and_splines(tmp_path, interpolation, expected):
    scene = mixamo_like()
    keys = np.array([[0, 0, 0, 1], [0, 0, HALF, HALF]])
    values = keys if interpolation == "STEP" else np.stack([0 * keys, keys, 0 * keys], axis=1).reshape(-1, 4)
    scene.animate(2, "rotation", [0, 2 / 25], values, interpolation)
    motion = gltf.read(scene.save(tmp_path / "m.glb"), fps=25)
    spine = motion.rotations[:, motion.skeleton.index("mixamorig:Spine")]
    assert np.allclose(2 * np.arctan2(spine[:, 3], spine[:, 0]), expected, atol=1e-6)


def test_rotations_in_whole_numbers(tmp_path):
    scene = mixamo_like()
    turned = np.round(np.array([[0, 0, 0, 1], [0, HALF, 0, HALF]]) * 32767)
    scene.animate(2, "rotation", [0, 1 / 24], turned, kind=np.int16, normalized=True)
    motion = gltf.read(scene.save(tmp_path / "m.glb"))
    assert motion.fps == 24
    assert np.allclose(motion.rotations[1, motion.skeleton.index("mixamorig:Spine")], [HALF, 0, HALF, 0], atol=1e-4)


def test_the_rate_can_be_chosen(tmp_path, dance):
    path = dance(25).save(tmp_path / "d.glb")
    assert len(gltf.read(path, fps=100)) == 97
    assert np.allclose(gltf.read(path, fps=100).positions[::4], dance(25).positions, atol=1e-5)
    with pytest.raises(DataError, match="choose a rate"):
        gltf.read(path, fps=0)


@pytest.fixture(scope="module")
def dance():
    def made(frames: int) -> Motion:
        time = np.arange(frames)[:, None] / 25
        wxyz = np.zeros((frames, 22, 4))
        wxyz[..., 0] = 1
        wxyz[..., 1:] = 0.3 * np.sin(time[..., None] * 2 + np.arange(66).reshape(22, 3))
        wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
        root = np.concatenate([time, 0 * time + 1, -time], axis=1)
        return Motion(DANCER, wxyz, root, 25, np.zeros((frames, 2)))

    return made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda scene: scene.json.pop("skins"), "no skin"),
        (lambda scene: scene.json.pop("animations"), "no skin with an animation"),
        (lambda scene: scene.json["nodes"][6].update(children=[1]), "no tree"),
        (lambda scene: scene.json["nodes"].append({"children": [7]}), "no tree"),
        (lambda scene: scene.json["nodes"].extend([{}] * 2**15), "more than"),
        (lambda scene: scene.json["nodes"][0].update(scale=[1, 2, 3]), "unevenly"),
        (lambda scene: scene.json["accessors"][0].update(count=10**9), "cut short"),
        (lambda scene: scene.json["accessors"][0].update(count=-1), "no sense"),
        (lambda scene: scene.json["bufferViews"][0].update(byteOffset=-4), "no sense"),
        (lambda scene: scene.json["accessors"][0].update(sparse={}), "sparse"),
        (lambda scene: scene.json["buffers"][0].update(uri="x.bin"), "beside"),
        (lambda scene: scene.json["skins"][0].update(joints=[1, 99]), "not a sound .glb"),
        (lambda scene: scene.json["skins"][0].update(joints=[]), "not a sound .glb"),
        (lambda scene: scene.json.update(nodes={}), "not a sound .glb"),
        (lambda scene: scene.json.update(extras={"ballo": {"meta": {"seed": np.nan}}}), "NaN, which is no number"),
    ],
)
def test_a_broken_file_is_refused_in_a_line(tmp_path, change, said):
    scene = mixamo_like()
    scene.animate(1, "translation", np.arange(4) / 30, np.ones((4, 3)))
    change(scene)
    with pytest.raises(DataError, match=said) as refused:
        gltf.read(scene.save(tmp_path / "m.glb"))
    assert "\n" not in str(refused.value)


def test_joints_of_one_name_are_told_apart_from_those_that_are_called_so(tmp_path):
    scene = mixamo_like()
    scene.animate(1, "translation", np.arange(4) / 30, np.ones((4, 3)))
    given = ["arm", "arm", "arm 2", "arm"]
    for node, name in zip(scene.json["skins"][0]["joints"], given, strict=False):
        scene.json["nodes"][node]["name"] = name
    names = gltf.read(scene.save(tmp_path / "m.glb")).skeleton.joint_names
    assert len(set(names)) == len(names) >= len(given)
    assert {"arm", "arm 2"} < set(names)


@pytest.mark.parametrize("times", [[0, 1e9], [0, 0, 1], [1, 0], [0, np.nan]])
def test_times_that_make_no_sense_are_refused(tmp_path, times):
    scene = mixamo_like()
    scene.animate(1, "translation", times, np.ones((len(times), 3)))
    with pytest.raises(DataError):
        gltf.read(scene.save(tmp_path / "m.glb"), fps=60)


def test_mutations_end_in_a_motion_or_a_line(tmp_path, dance):
    """Three hundred files with bytes changed, cut or doubled: nothing but a DataError ever comes out."""
    whole = dance(3).save(tmp_path / "d.glb").read_bytes()
    text = struct.unpack_from("<I", whole, 12)[0] + 20
    random, path = np.random.default_rng(0), tmp_path / "m.glb"
    read, refusals = 0, []
    for number in range(300):
        data = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            data[random.integers(0, text if number % 3 else len(data))] = random.integers(0, 256)
        if number % 5 == 0:
            del data[random.integers(0, len(data)) :]
        path.write_bytes(data)
        try:
            read += len(gltf.read(path)) >= 0
        except DataError as error:
            refusals.append(str(error))
    assert read
    assert refusals
    assert all(str(path) in line and "\n" not in line for line in refusals)


def test_no_such_file_and_no_glb(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        gltf.read(tmp_path / "none.glb")
    (tmp_path / "text.glb").write_text("hello, this is no glb")
    with pytest.raises(DataError, match=r"no \.glb of version 2"):
        gltf.read(tmp_path / "text.glb")


def test_joints_stand_where_forward_kinematics_puts_them(tmp_path, dance):
    motion = dance(20)
    back = gltf.read(motion.save(tmp_path / "d.glb"))
    expected = kinematics.forward(DANCER, motion.rotations.astype(float), motion.root)
    assert np.abs(back.positions - expected).max() < 2e-6
