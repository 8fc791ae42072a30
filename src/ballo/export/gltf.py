"""A motion as binary glTF (.glb): a shaded, skinned dancer and her dance, for engines, browsers and Blender.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022). Its axes and units are the house's own.
"""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ballo.errors import ExportError
from ballo.export import companion, humanoid, theme
from ballo.export.figure import HAIR, LEFT, RIGHT, SKIN, TORSO
from ballo.export.mesh import Mesh, mesh_for
from ballo.motion import rotations
from ballo.motion.glb import BINARY_CHUNK, JSON_CHUNK, MAGIC
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.version import VERSION

if TYPE_CHECKING:
    from ballo.export.character import Character

MATERIALS = {TORSO: "Leotard", LEFT: "Left", RIGHT: "Right", SKIN: "Skin", HAIR: "Dark"}
ROUGHNESS = {TORSO: 0.55, LEFT: 0.62, RIGHT: 0.62, SKIN: 0.7, HAIR: 0.5}

FLOAT, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT = 5126, 5121, 5123, 5125
VERTICES, INDICES = 34962, 34963
_COMPONENTS = {"float32": FLOAT, "uint8": UNSIGNED_BYTE, "uint16": UNSIGNED_SHORT, "uint32": UNSIGNED_INT}
_TYPES = {(): "SCALAR", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
LARGEST_BYTES = 2**32 - 1


def write(
    motion: Motion,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    names: str = humanoid.DEFAULT,
    character: Character | str | Path | None = None,
) -> None:
    """Write `motion` to `path`, the same bytes for the same motion.

    Nodes 0 to J - 1 are the joints in the skeleton's order; at rest they are not turned (a T-pose, her soles on y = 0). The
    dance is an animation of every joint that turns, and of where the root is. The file's `extras.ballo` holds `meta`, `fps`,
    the joints' own names, the feet and their contacts (bits, base64), and the song.

    Args:
        motion: what is danced.
        path: the .glb.
        song: a companion file; it is copied beside `path` under its own name unless it lies there, and named in the extras.
        start_seconds: where in the song the motion starts.
        names: what bones are called, one of `humanoid.STYLES`.
        character: a humanoid of the user's own (.glb, .vrm) who dances in the place of ours, under its own names.

    Raises:
        ExportError: the motion has no frames, no such `names`, another file has the song's place, 4 GB are not enough, or
            there is no such character.
    """
    if not len(motion):
        raise ExportError(f"cannot write {path.suffix}: the motion has no frames")
    if character is not None:
        from ballo.export.character import file as character_file

        if names != humanoid.DEFAULT:
            raise ExportError("a character's bones keep their own names: leave out names, or the character")
        return character_file.write(motion, path, character_file.taken(character), song=song, start_seconds=start_seconds)
    bones = humanoid.bone_names(motion.skeleton, names)
    extras = about(motion) | companion.beside(path, song, start_seconds)
    path.write_bytes(packed(*_document(motion, bones, {"ballo": extras})))
    return None


def about(motion: Motion) -> dict[str, Any]:
    """What a file says of a motion that its format has no place for."""
    return {
        "meta": motion.meta,
        "fps": motion.fps,
        "frames": len(motion),
        "joints": list(motion.skeleton.joint_names),
        "feet": [list(foot) for foot in motion.skeleton.feet],
        "contacts": base64.b64encode(np.packbits(motion.contacts).tobytes()).decode("ascii"),
    }


class Buffer:
    """Arrays one after another, each at a multiple of four bytes, with an accessor for each."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.length = 0

    def add(self, array: np.ndarray, target: int | None = None) -> int:
        """Append an array (N, ...) and return its accessor's number; `target` says what a graphics card does with it."""
        data = np.ascontiguousarray(array).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self.length, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        accessor: dict[str, Any] = {
            "bufferView": len(self.views),
            "componentType": _COMPONENTS[array.dtype.name],
            "count": len(array),
            "type": _TYPES[array.shape[1:]],
        }
        if array.dtype == np.float32 and array.shape[1:] != (4, 4):
            accessor["min"], accessor["max"] = (
                np.atleast_1d(bound(array, axis=0)).astype(float).tolist() for bound in (np.min, np.max)
            )
        self.views.append(view)
        self.accessors.append(accessor)
        self.chunks.append(data + b"\0" * (-len(data) % 4))
        self.length += len(self.chunks[-1])
        return len(self.accessors) - 1

    def described(self) -> dict[str, Any]:
        """What a file's JSON says of it."""
        return {"accessors": self.accessors, "bufferViews": self.views, "buffers": [{"byteLength": self.length}]}

    def joined(self) -> bytes:
        """The file's binary part."""
        return b"".join(self.chunks)


def _document(motion: Motion, bones: tuple[str, ...], extras: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The file's JSON and its binary part."""
    document, buffer = _figure(motion.skeleton, bones)
    document |= {"animations": [_animation(motion, buffer)], "extras": extras}
    return document | buffer.described(), buffer.joined()


def figure(skeleton: Skeleton, names: str = humanoid.DEFAULT) -> tuple[dict[str, Any], bytes]:
    """A body at rest, as a .glb's JSON and its binary part (for `packed`): what `write` writes, without dance and extras.

    Raises:
        ExportError: no such `names`.
    """
    document, buffer = _figure(skeleton, humanoid.bone_names(skeleton, names))
    return document | buffer.described(), buffer.joined()


def skeleton_alone(motion: Motion, names: str = humanoid.DEFAULT) -> tuple[dict[str, Any], bytes]:
    """A dance without a body: joints, and their animation.

    Raises:
        ExportError: no such `names`.
    """
    rest, buffer, joints = mesh_for(motion.skeleton).rest, Buffer(), len(motion.skeleton)
    bones = humanoid.bone_names(motion.skeleton, names)
    document = {
        "asset": {"version": "2.0", "generator": f"ballo {VERSION}"},
        "scene": 0,
        "scenes": [{"name": "Dance", "nodes": [joints]}],
        "nodes": [*_joint_nodes(motion.skeleton, rest, bones), {"name": humanoid.armature(bones), "children": [0]}],
        "skins": [{"name": humanoid.armature(bones), "joints": list(range(joints)), "skeleton": 0}],
        "animations": [_animation(motion, buffer)],
    }
    return document | buffer.described(), buffer.joined()


def _figure(skeleton: Skeleton, bones: tuple[str, ...]) -> tuple[dict[str, Any], Buffer]:
    body, buffer, joints = mesh_for(skeleton), Buffer(), len(skeleton)
    primitives = _primitives(body, buffer)
    inverse_bind = np.tile(np.eye(4, dtype=np.float32), (joints, 1, 1))
    # Column-major: the last row is the last column.
    inverse_bind[:, 3, :3] = -body.rest
    skin = {"inverseBindMatrices": buffer.add(inverse_bind), "joints": list(range(joints)), "skeleton": 0}
    document = {
        "asset": {"version": "2.0", "generator": f"ballo {VERSION}"},
        "scene": 0,
        "scenes": [{"name": "Dance", "nodes": [joints, joints + 1]}],
        "nodes": [
            *_joint_nodes(skeleton, body.rest, bones),
            {"name": humanoid.armature(bones), "children": [0]},
            {"name": "Body", "mesh": 0, "skin": 0},
        ],
        "meshes": [{"name": "Body", "primitives": primitives}],
        "skins": [{"name": humanoid.armature(bones), **skin}],
        "materials": [_material(kind) for kind in sorted(set(body.kinds.tolist()))],
    }
    return document, buffer


def _joint_nodes(skeleton: Skeleton, rest: np.ndarray, bones: tuple[str, ...]) -> list[dict[str, Any]]:
    places = [rest[0], *skeleton.offsets[1:]]
    nodes = []
    for bone, place, children in zip(bones, places, skeleton.children, strict=True):
        node: dict[str, Any] = {"name": bone, "translation": np.asarray(place, dtype=np.float64).tolist()}
        nodes.append(node | ({"children": list(children)} if children else {}))
    return nodes


def _primitives(body: Mesh, buffer: Buffer) -> list[dict[str, Any]]:
    """One for each kind of surface, all of one table of vertices."""
    attributes = {
        "POSITION": buffer.add(body.vertices, VERTICES),
        "NORMAL": buffer.add(body.normals, VERTICES),
        "JOINTS_0": buffer.add(body.joints, VERTICES),
        "WEIGHTS_0": buffer.add(body.weights, VERTICES),
    }
    kinds = sorted(set(body.kinds.tolist()))
    return [
        {
            "attributes": attributes,
            "indices": buffer.add(body.triangles[body.kinds == kind].reshape(-1), INDICES),
            "material": n,
        }
        for n, kind in enumerate(kinds)
    ]


def _material(kind: int) -> dict[str, Any]:
    surface = {"baseColorFactor": [*base_colour(kind), 1.0], "metallicFactor": 0.0, "roughnessFactor": ROUGHNESS[kind]}
    return {"name": MATERIALS[kind], "pbrMetallicRoughness": surface}


def base_colour(kind: int) -> list[float]:
    """A kind's colour in the film, in linear light, red, green and blue from 0 to 1."""
    return np.round(theme.linear(dict(theme.LIGHT.bodies)[kind]), 5).tolist()


def _animation(motion: Motion, buffer: Buffer) -> dict[str, Any]:
    """Channels for the root's place and for every joint that turns at all; linear from frame to frame."""
    times = buffer.add((np.arange(len(motion)) / motion.fps).astype(np.float32))
    samplers = [{"input": times, "output": buffer.add(motion.root), "interpolation": "LINEAR"}]
    channels = [{"sampler": 0, "target": {"node": 0, "path": "translation"}}]
    for joint, wxyz in enumerate(np.swapaxes(unit_rotations(motion), 0, 1)):
        if joint and np.all(wxyz[:, 1:] == 0):
            continue
        xyzw = np.ascontiguousarray(wxyz[:, [1, 2, 3, 0]])
        channels.append({"sampler": len(samplers), "target": {"node": joint, "path": "rotation"}})
        samplers.append({"input": times, "output": buffer.add(xyzw), "interpolation": "LINEAR"})
    return {"name": "Dance", "channels": channels, "samplers": samplers}


def unit_rotations(motion: Motion) -> np.ndarray:
    """(T, J, 4) wxyz, float32, of unit length and with signs that do not jump, so that whoever goes between frames may."""
    wxyz = motion.rotations.astype(np.float64)
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    return rotations.continuous(wxyz).astype(np.float32)


def packed(document: dict[str, Any], binary: bytes) -> bytes:
    """A .glb of a JSON and its binary part (ExportError: 4 GB are not enough)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = [struct.pack("<II", len(text), JSON_CHUNK), text]
    if binary:
        chunks += [struct.pack("<II", len(binary), BINARY_CHUNK), binary]
    length = 12 + sum(map(len, chunks))
    if length > LARGEST_BYTES:
        raise ExportError(f"{length / 1e9:.1f} GB are too many for a .glb: write a part of the motion, or an .npz")
    return b"".join([struct.pack("<III", MAGIC, 2, length), *chunks])
