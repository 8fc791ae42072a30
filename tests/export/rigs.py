"""Humanoids as other tools make them, written by hand: boxes on a skeleton of many a name, pose and axis."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.export.character.bones import SIDES
from ballo.motion import rotations
from ballo.motion.glb import Document

PARENTS = {
    "hips": "",
    "spine": "hips",
    "chest": "spine",
    "neck": "chest",
    "head": "neck",
    **{
        f"{side}{part}": above if above in ("hips", "chest") else f"{side}{above}"
        for side in SIDES
        for part, above in (
            *(("UpperLeg", "hips"), ("LowerLeg", "UpperLeg"), ("Foot", "LowerLeg"), ("Toes", "Foot")),
            *(("Shoulder", "chest"), ("UpperArm", "Shoulder"), ("LowerArm", "UpperArm"), ("Hand", "LowerArm")),
            ("MiddleProximal", "Hand"),
        )
    },
}


@dataclass(frozen=True)
class Rig:
    """How a humanoid is made.

    Args:
        names: each bone's name, by VRM's keys.
        arms_down: degrees that arms hang below a T-pose.
        thigh, shank, arm: metres.
        frames: a seed for how the nodes' own axes are turned at rest; along the world's for None.
        above: (4, 4) of a node over the hips.
        faces: degrees about Y that it is turned away from +Z.
        lifted: metres that its soles are over y = 0 at rest.
        hips: metres from the middle to where a leg begins.
        splayed: degrees that its feet point outwards at rest.
        extension: "VRM", "VRMC_vrm" or "".
    """

    names: Callable[[str], str]
    arms_down: float = 0.0
    thigh: float = 0.43
    shank: float = 0.42
    arm: float = 0.27
    frames: int | None = None
    above: np.ndarray | None = None
    faces: float = 0.0
    lifted: float = 0.0
    hips: float = 0.09
    splayed: float = 0.0
    extension: str = ""


def mixamo(bone: str) -> str:
    words = {"hips": "Hips", "spine": "Spine", "chest": "Spine1", "neck": "Neck", "head": "Head"} | {
        f"{side}{part}": f"{side.title()}{name}"
        for side in SIDES
        for part, name in (
            *(("UpperLeg", "UpLeg"), ("LowerLeg", "Leg"), ("Foot", "Foot"), ("Toes", "ToeBase"), ("Shoulder", "Shoulder")),
            *(("UpperArm", "Arm"), ("LowerArm", "ForeArm"), ("Hand", "Hand"), ("MiddleProximal", "HandMiddle1")),
        )
    }
    return f"mixamorig:{words[bone]}"


def unreal(bone: str) -> str:
    words = {"hips": "pelvis", "spine": "spine_01", "chest": "spine_02", "neck": "neck_01", "head": "head"} | {
        f"{side}{part}": f"{name}_{side[0]}"
        for side in SIDES
        for part, name in (
            *(("UpperLeg", "thigh"), ("LowerLeg", "calf"), ("Foot", "foot"), ("Toes", "ball"), ("Shoulder", "clavicle")),
            *(("UpperArm", "upperarm"), ("LowerArm", "lowerarm"), ("Hand", "hand"), ("MiddleProximal", "middle_01")),
        )
    }
    return words[bone]


def nameless(bone: str) -> str:
    return f"node {list(PARENTS).index(bone)}"


def turned(axis: str, degrees: float) -> np.ndarray:
    whole = np.eye(4)
    whole[:3, :3] = rotations.to_matrix(rotations.about(axis, np.radians(degrees)))
    return whole


CENTIMETRES = turned("x", -90) @ np.diag([0.01, 0.01, 0.01, 1.0])
RIGS = {
    "mixamo": Rig(mixamo, arms_down=45, frames=1, above=CENTIMETRES),
    "vrm 0": Rig(nameless, faces=180, extension="VRM", thigh=0.38, shank=0.36, arm=0.22),
    "vrm 1": Rig(nameless, frames=2, extension="VRMC_vrm", thigh=0.50, lifted=0.03, splayed=20),
    "unreal": Rig(unreal, arms_down=52, frames=3, faces=90, arm=0.31, lifted=-1.0),
}


def places(rig: Rig) -> dict[str, np.ndarray]:
    """Where bones are at rest, facing +Z, soles on the floor."""
    hip = 0.08 + rig.shank + rig.thigh
    at = {
        "hips": (0, hip + 0.05, 0),
        "spine": (0, hip + 0.15, 0.01),
        "chest": (0, hip + 0.3, 0),
        "neck": (0, hip + 0.52, -0.01),
    }
    at["head"] = (0, hip + 0.62, 0.01)
    found = {bone: np.array(place, dtype=float) for bone, place in at.items()}
    for side, sign in zip(SIDES, (1, -1), strict=True):
        way = np.array([sign * np.cos(np.radians(rig.arms_down)), -np.sin(np.radians(rig.arms_down)), 0])
        found |= {
            f"{side}UpperLeg": np.array([sign * rig.hips, hip, 0]),
            f"{side}LowerLeg": np.array([sign * rig.hips, hip - rig.thigh, 0.01]),
        }
        ankle, foot = np.array([sign * rig.hips, 0.08, -0.01]), np.array([sign * 0.01, -0.06, 0.13])
        found |= {f"{side}Foot": ankle, f"{side}Toes": ankle + turned("y", sign * rig.splayed)[:3, :3] @ foot}
        found |= {
            f"{side}Shoulder": np.array([sign * 0.03, hip + 0.46, 0]),
            f"{side}UpperArm": np.array([sign * 0.16, hip + 0.46, 0]),
        }
        found[f"{side}LowerArm"] = found[f"{side}UpperArm"] + rig.arm * way
        found[f"{side}Hand"] = found[f"{side}LowerArm"] + 0.9 * rig.arm * way
        found[f"{side}MiddleProximal"] = found[f"{side}Hand"] + 0.09 * way
    return found


def made(rig: Rig, path: Path) -> Path:
    """A humanoid of boxes: a skin, a texture, a morph target, an old animation."""
    draw = np.random.default_rng(rig.frames)
    outer = turned("y", rig.faces)
    outer[1, 3] = rig.lifted
    world, bones = {}, list(PARENTS)
    above = outer @ (np.eye(4) if rig.above is None else rig.above)
    scale = float(np.linalg.norm(above[:3, 0]))
    for bone, place in places(rig).items():
        wxyz = np.array([1.0, 0, 0, 0]) if rig.frames is None else draw.normal(size=4)
        whole = np.eye(4)
        whole[:3, :3] = outer[:3, :3] @ rotations.to_matrix(wxyz / np.linalg.norm(wxyz)) * scale
        whole[:3, 3] = (outer @ [*place, 1.0])[:3]
        world[bone] = whole
    nodes: list[dict] = []
    for bone in bones:
        inherited = world[PARENTS[bone]] if PARENTS[bone] else above
        own = np.linalg.inv(inherited) @ world[bone]
        size = np.linalg.norm(own[:3, 0])
        w, x, y, z = rotations.from_matrix(own[:3, :3] / size).tolist()
        children = [bones.index(child) for child in bones if PARENTS[child] == bone]
        node = {"name": rig.names(bone), "translation": own[:3, 3].tolist(), "rotation": [x, y, z, w]}
        nodes.append(node | ({"children": children} if children else {}))
    nodes += [
        {"name": "Armature", "children": [0], "matrix": above.T.reshape(-1).tolist()},
        {"name": "Body", "mesh": 0, "skin": 0},
    ]
    binary, views, accessors = b"", [], []

    def add(array: np.ndarray, kind: str, **more: object) -> int:
        nonlocal binary
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": array.nbytes})
        component = {"float32": 5126, "uint16": 5123, "uint8": 5121}[array.dtype.name]
        bounds = {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()} if kind == "VEC3" else {}
        accessors.append(
            {"bufferView": len(views) - 1, "componentType": component, "count": len(array), "type": kind} | bounds | more
        )
        binary += array.tobytes() + b"\0" * (-array.nbytes % 4)
        return len(accessors) - 1

    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * 0.03
    vertices = []
    for bone in bones:
        box = corners + places(rig)[bone]
        if bone.endswith(("Foot", "Toes")):
            box[:, 1] = np.where(corners[:, 1] < 0, 0.0, box[:, 1])
            box[:, 2] = np.where(corners[:, 2] < 0, box[:, 2] - 0.03, box[:, 2] + 0.02)
        vertices.append(box)
    positions = (np.concatenate([np.concatenate(vertices), np.ones((8 * len(bones), 1))], axis=1) @ outer.T)[:, :3]
    faces = np.array(
        [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4]]
    )
    triangles = np.concatenate([faces + 8 * n for n in range(len(bones))])
    joints = np.zeros((len(positions), 4), dtype=np.uint8)
    joints[:, 0] = np.repeat(np.arange(len(bones)), 8)
    weights = np.tile(np.array([255, 0, 0, 0], dtype=np.uint8), (len(positions), 1))
    inverse = np.stack([np.linalg.inv(world[bone]).T for bone in bones]).astype(np.float32).reshape(-1, 16)
    # Affine to the last bit, as the validator wants it.
    inverse[:, [3, 7, 11]], inverse[:, 15] = 0.0, 1.0
    attributes = {
        "POSITION": add(positions.astype(np.float32), "VEC3"),
        "JOINTS_0": add(joints, "VEC4"),
        "WEIGHTS_0": add(weights, "VEC4", normalized=True),
    }
    morph = {"POSITION": add(np.full((len(positions), 3), 0.01, dtype=np.float32), "VEC3")}
    primitive = {"attributes": attributes, "targets": [morph], "material": 0}
    primitive["indices"] = add(triangles.astype(np.uint16).reshape(-1), "SCALAR")
    skin = {"joints": list(range(len(bones))), "inverseBindMatrices": add(inverse, "MAT4")}
    keys = add(np.array([0, 1], dtype=np.float32), "SCALAR", min=[0.0], max=[1.0])
    values = add(np.array([[0, 0, 0, 1], [0, 0, 0, 1]], dtype=np.float32), "VEC4")
    views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(PIXEL)})
    binary += PIXEL
    document = {
        "asset": {"version": "2.0", "generator": "by hand"},
        "scene": 0,
        "scenes": [{"nodes": [len(bones), len(bones) + 1]}],
        "nodes": nodes,
        "meshes": [{"primitives": [primitive], "weights": [0.0]}],
        "skins": [skin],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0.5, 0.5, 1]}, "emissiveTexture": {"index": 0}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": len(views) - 1, "mimeType": "image/png"}],
        "animations": [
            {
                "channels": [{"sampler": 0, "target": {"node": 3, "path": "rotation"}}],
                "samplers": [{"input": keys, "output": values}],
            }
        ],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        "extras": {"made": "by hand"},
    }
    # The texture needs no coordinates to be kept; a material that nobody draws would be told to have none.
    del document["materials"][0]["emissiveTexture"]
    document |= extension(rig, bones)
    return packed(document, binary, path)


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def extension(rig: Rig, bones: list[str]) -> dict:
    if rig.extension == "VRM":
        listed = [{"bone": bone, "node": node} for node, bone in enumerate(bones)] + [{"bone": "jaw", "node": -1}]
        return {"extensionsUsed": ["VRM"], "extensions": {"VRM": {"humanoid": {"humanBones": listed}}}}
    if rig.extension:
        about = {"humanoid": {"humanBones": {bone: {"node": node} for node, bone in enumerate(bones)}}}
        return {"extensionsUsed": [rig.extension], "extensions": {rig.extension: about}}
    return {}


def packed(document: dict, binary: bytes, path: Path) -> Path:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    path.write_bytes(head + chunks)
    return path


def changed(path: Path, change: Callable[[dict], object]) -> Path:
    document = Document(path.read_bytes())
    change(document.json)
    return packed(document.json, document.binary, path.with_stem("changed"))
