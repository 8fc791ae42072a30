"""A humanoid of the user's own (.glb, .vrm), opened, and a dance on it.

The dance is set in the character's own nodes: nothing else of the file changes, whatever it holds (meshes, textures, morphs,
springs).

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import DataError, ExportError
from ballo.export.character import pose, rest, soles
from ballo.export.character.bones import bones_of
from ballo.export.character.figure import Figure, world
from ballo.export.gltf import packed
from ballo.motion import nodes as scene
from ballo.motion import rotations
from ballo.motion.admission import Refused, check_bytes, reading
from ballo.motion.glb import Document
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

SUFFIXES = (".glb", ".vrm")
LARGEST_BYTES = 2**31
_DEEPEST = 200


@dataclass(frozen=True, eq=False)
class Character:
    """A humanoid of the user's own, opened. Axis order J joints that ballo turns, the hips first.

    Args:
        name: the file's, without its suffix.
        glb: the file as .glb without animations, ready to be embedded or written on.
        skeleton: the joints at rest in the house's axes: not turned, facing +Z, in metres; called as in the file.
        nodes: the .glb's node of each joint.
        bones: each joint's key in VRM ("leftUpperArm"); "" for one more in the spine or neck.
        rest: (J, 3) where the joints are at rest, the floor at 0.
        soles: (2, 2, 3) of the left foot and the right, from the ankle to where heel and toes touch the floor at rest.
        turned: (J, 4) wxyz how each node's own axes are turned there.
        between: (J, 4) wxyz how whatever lies between a joint's node and its parent joint's is turned at rest; for the root,
            all above it.
        above: (4, 4) from the axes of the root's parent node to the file's world.
    """

    name: str
    glb: bytes
    skeleton: Skeleton
    nodes: tuple[int, ...]
    bones: tuple[str, ...]
    rest: np.ndarray
    soles: np.ndarray
    turned: np.ndarray
    between: np.ndarray
    above: np.ndarray


@dataclass(frozen=True, eq=False)
class Performance:
    """A dance on a character: what is written into nodes of the file.

    Args:
        nodes: N node numbers, the hips first.
        rotations: (T, N, 4) wxyz, the nodes' local rotations as glTF wants them, with signs that do not jump.
        root: (T, 3) the first node's local translation as glTF wants it.
        fps: frames a second.
    """

    nodes: tuple[int, ...]
    rotations: np.ndarray
    root: np.ndarray
    fps: float


def opened(path: str | Path) -> Character:
    """The humanoid in a .glb or .vrm, its bones found as `bones` says.

    Raises:
        ExportError: there is no such file, or no humanoid in it that can be driven; one line says why.
    """
    path = Path(path)
    check(path)
    try:
        with reading(path, "a sound .glb"):
            check_bytes(path, LARGEST_BYTES)
            return _character(path.stem, Document(path.read_bytes()))
    except DataError as error:
        raise ExportError(str(error)) from error


def check(path: Path) -> None:
    """Refuse a path that no character could be in, before it is opened (ExportError)."""
    suffix = path.suffix.lower()
    if suffix == ".gltf":
        raise ExportError(f"cannot read {path}: export the character as one .glb, not as .gltf with files beside it")
    if suffix not in SUFFIXES:
        raise ExportError(f"cannot read {path}: a character is a .glb or .vrm; export it as one from the program that made it")
    if not path.is_file():
        raise ExportError(f"cannot read {path}: there is no such file")


def danced(motion: Motion, character: Character) -> Motion:
    """The motion on the character's skeleton: its limbs point as the dancer's, its feet stand where hers do.

    Raises:
        ExportError: the motion has no frames, or is not that of ballo's dancer.
    """
    return pose.danced(motion, Figure(character.skeleton, character.bones, character.rest, character.soles))


def performed(motion: Motion, character: Character) -> Performance:
    """A motion as what the character's nodes do.

    Raises:
        ExportError: the motion has no frames, or is not that of ballo's dancer.
    """
    return in_nodes(danced(motion, character), character)


def in_nodes(motion: Motion, character: Character) -> Performance:
    """A motion of the character's own skeleton, in the axes of the file's nodes."""
    turned = rotations.multiply(world(motion.skeleton, motion.rotations.astype(np.float64)), character.turned)
    local = np.empty_like(turned)
    for joint, parent in enumerate(motion.skeleton.parents):
        between = character.between[joint]
        inherited = between if parent < 0 else rotations.multiply(turned[:, parent], between)
        local[:, joint] = rotations.multiply(rotations.inverse(inherited), turned[:, joint])
    local = rotations.continuous(local / np.linalg.norm(local, axis=-1, keepdims=True))
    down = np.linalg.inv(character.above)
    root = motion.root.astype(np.float64) @ down[:3, :3].T + down[:3, 3]
    return Performance(character.nodes, local, root, motion.fps)


def _character(name: str, document: Document) -> Character:
    _check_whole(document.json)
    nodes = document.json.get("nodes", [])
    parents = scene.parents_of(nodes)
    bones = bones_of(document.json, parents)
    joints = rest.joints_of(bones, parents)
    if max(len(scene.path_up(joint, parents)) for joint in joints) > _DEEPEST:
        raise Refused(f"its bones hang more than {_DEEPEST} deep; keep the character alone")
    places, frames = rest.worlds_of(nodes, parents, joints)
    above = rest.above_of(nodes, parents, joints[0])
    at = {bone: places[joints.index(node)] for bone, node in bones.items() if node in joints}
    rest.check_built(at)
    facing = rest.facing_of(at)
    upright = rotations.to_matrix(facing)
    standing = (places - [places[0, 0], 0.0, places[0, 2]]) @ upright.T
    feet = [
        (vertices - [places[0, 0], 0.0, places[0, 2]]) @ upright.T for vertices in rest.feet_of(document, nodes, parents, bones)
    ]
    floor = rest.floor_of(standing, joints, bones, feet)
    standing[:, 1] -= floor
    skeleton = rest.skeleton_of(nodes, parents, joints, bones, standing)
    between = np.stack([rest.between_of(nodes, parents, joint, set(joints)) for joint in joints])
    return Character(
        name=name,
        glb=packed(_without_animations(document.json, joints), document.binary),
        skeleton=skeleton,
        nodes=tuple(joints),
        bones=rest.keys_of(joints, bones),
        rest=standing,
        soles=soles.soles(rest.keys_of(joints, bones), standing, [foot - [0.0, floor, 0.0] for foot in feet]),
        turned=rotations.multiply(facing, frames),
        between=between,
        above=above,
    )


def _check_whole(document: dict[str, Any]) -> None:
    if not document.get("nodes") or not document.get("skins"):
        raise Refused("it has no skin, so there is nobody to dance: export the character with its armature")
    if len(document["nodes"]) > scene.MOST_NODES:
        raise Refused(f"it has more than {scene.MOST_NODES} nodes; keep the character alone")
    if any("uri" in buffer for buffer in document.get("buffers", [])):
        raise Refused("its meshes are in a file beside it: export it as one .glb")
    if any(not str(image.get("uri", "data:")).startswith("data:") for image in document.get("images", [])):
        raise Refused("its textures are in files beside it: export it as one .glb")


def _without_animations(document: dict[str, Any], joints: list[int]) -> dict[str, Any]:
    """The file's JSON with nothing that moves; joints say rotation and translation apart, as what is animated must."""
    kept = {key: value for key, value in document.items() if key != "animations"}
    kept["nodes"] = list(document["nodes"])
    for joint in joints:
        node = kept["nodes"][joint]
        if "matrix" in node:
            whole, (w, x, y, z) = scene.matrix(node), scene.rotation(node).tolist()
            apart = {
                "translation": whole[:3, 3].tolist(),
                "rotation": [x, y, z, w],
                "scale": np.linalg.norm(whole[:3, :3], axis=0).tolist(),
            }
            kept["nodes"][joint] = {key: value for key, value in node.items() if key != "matrix"} | apart
    return kept
