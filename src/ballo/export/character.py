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
from ballo.export import character_pose, character_soles
from ballo.export.character_bones import SIDES, bones_of, shared
from ballo.export.character_pose import Figure
from ballo.export.gltf import packed
from ballo.motion import nodes as scene
from ballo.motion import rotations
from ballo.motion.admission import FARTHEST_METRES, Refused, check_bytes, reading
from ballo.motion.glb import Document
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

SUFFIXES = (".glb", ".vrm")
LARGEST_BYTES = 2**31
UNEVEN = 0.01
"""The share by which a bone's scales may differ from one another."""
_DEEPEST = 200
_SQUARE_RADIANS = np.radians(10.0)
_HIPS_SHARE = 0.6
"""Of the leg's length, how far hips may be from where the legs begin."""
_ANKLE_SHARE = 0.4
"""Of the leg's length, how high an ankle may be over the floor, in the highest of shoes."""
_UPRIGHT = 0.7
"""The least share of the way from feet to head that goes up."""


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
    """The humanoid in a .glb or .vrm, its bones found as `character_bones` says.

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
        ExportError: the motion is not that of ballo's dancer.
    """
    return character_pose.danced(motion, Figure(character.skeleton, character.bones, character.rest, character.soles))


def performed(motion: Motion, character: Character) -> Performance:
    """A motion as what the character's nodes do.

    Raises:
        ExportError: the motion is not that of ballo's dancer.
    """
    return in_nodes(danced(motion, character), character)


def in_nodes(motion: Motion, character: Character) -> Performance:
    """A motion of the character's own skeleton, in the axes of the file's nodes."""
    world = character_pose.world(motion.skeleton, motion.rotations.astype(np.float64))
    turned = rotations.multiply(world, character.turned)
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
    joints = _joints(bones, parents)
    if max(len(scene.path_up(joint, parents)) for joint in joints) > _DEEPEST:
        raise Refused(f"its bones hang more than {_DEEPEST} deep; keep the character alone")
    places, frames = _world(nodes, parents, joints)
    above = _above(nodes, parents, joints[0])
    at = {bone: places[joints.index(node)] for bone, node in bones.items() if node in joints}
    _check_built(at)
    facing = _facing(at)
    upright = rotations.to_matrix(facing)
    rest = (places - [places[0, 0], 0.0, places[0, 2]]) @ upright.T
    feet = [(vertices - [places[0, 0], 0.0, places[0, 2]]) @ upright.T for vertices in _feet(document, nodes, parents, bones)]
    floor = _floor(rest, joints, bones, feet)
    rest[:, 1] -= floor
    skeleton = _skeleton(nodes, parents, joints, bones, rest)
    between = np.stack([_between(nodes, parents, joint, set(joints)) for joint in joints])
    return Character(
        name=name,
        glb=packed(_without_animations(document.json, joints), document.binary),
        skeleton=skeleton,
        nodes=tuple(joints),
        bones=keys_of(joints, bones),
        rest=rest,
        soles=character_pose.soles(keys_of(joints, bones), rest, [foot - [0.0, floor, 0.0] for foot in feet]),
        turned=rotations.multiply(facing, frames),
        between=between,
        above=above,
    )


def keys_of(joints: list[int], bones: dict[str, int]) -> tuple[str, ...]:
    """Each joint's key in VRM, "" if it has none."""
    keys = {node: bone for bone, node in bones.items()}
    return tuple(keys.get(joint, "") for joint in joints)


def _check_whole(document: dict[str, Any]) -> None:
    if not document.get("nodes") or not document.get("skins"):
        raise Refused("it has no skin, so there is nobody to dance: export the character with its armature")
    if len(document["nodes"]) > scene.MOST_NODES:
        raise Refused(f"it has more than {scene.MOST_NODES} nodes; keep the character alone")
    if any("uri" in buffer for buffer in document.get("buffers", [])):
        raise Refused("its meshes are in a file beside it: export it as one .glb")
    if any(not str(image.get("uri", "data:")).startswith("data:") for image in document.get("images", [])):
        raise Refused("its textures are in files beside it: export it as one .glb")


def _joints(bones: dict[str, int], parents: list[int]) -> list[int]:
    """The nodes that ballo turns, parents first: trunk, neck and head, then limbs with the ends that say where they point."""
    trunk = shared([bones["leftUpperArm"], bones["rightUpperArm"], bones["head"]], parents)
    spine = _way(bones["hips"], trunk, parents)
    neck = _way(trunk, bones["head"], parents)[:-1]
    if bones.get("neck") in spine:
        # Arms that hang from the neck: it goes with the chest, or shoulders would nod.
        spine = spine[: spine.index(bones["neck"])]
    joints = [bones["hips"], *spine, *neck, bones["head"]]
    for side in SIDES:
        for parts in (("UpperLeg", "LowerLeg", "Foot", "Heel", "Toes"), ("UpperArm", "LowerArm", "Hand", "MiddleProximal")):
            joints += [bones[f"{side}{part}"] for part in parts if f"{side}{part}" in bones]
    if len(set(joints)) < len(joints) or bones["hips"] not in scene.path_up(trunk, parents):
        raise Refused("its bones do not hang together as a person's do: save it with its deforming bones alone")
    return joints


def _way(above: int, below: int, parents: list[int]) -> list[int]:
    """The nodes from one (left out) down to another."""
    path = scene.path_up(below, parents)
    return path[: path.index(above)][::-1] if above in path else []


def _world(nodes: list[dict[str, Any]], parents: list[int], joints: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Where joints are in the file's world at rest (J, 3), and how their axes are turned (J, 4)."""
    places, frames = [], []
    for joint in joints:
        whole, turned = np.eye(4), np.array([1.0, 0.0, 0.0, 0.0])
        for node in scene.path_up(joint, parents):
            whole = scene.matrix(nodes[node]) @ whole
            turned = rotations.multiply(scene.rotation(nodes[node]), turned)
            _check_even(scene.matrix(nodes[node]))
        places.append(whole[:3, 3])
        frames.append(turned)
    world = np.array(places)
    if not (np.abs(world) < FARTHEST_METRES).all():
        raise Refused("its bones are nowhere: their places are no numbers, or far too large")
    return world, scene.unit(np.array(frames))


def _check_even(matrix: np.ndarray) -> None:
    """A bone, or what is above it, that is stretched or mirrored has no rotation to write."""
    with np.errstate(all="ignore"):
        scales = np.linalg.norm(matrix[:3, :3], axis=0)
        even = np.isfinite(matrix).all() and scales.min() > 0 and np.ptp(scales) < UNEVEN * scales.max()
        square = even and np.linalg.det(matrix[:3, :3]) > 0.9 * np.prod(scales)
    if not square:
        raise Refused("it stretches or mirrors its skeleton; apply the scale in the program that made it")


def _feet(document: Document, nodes: list[dict[str, Any]], parents: list[int], bones: dict[str, int]) -> list[np.ndarray]:
    """The vertices of the left foot and the right, in the file's world at rest."""
    worlds = np.tile(np.eye(4), (len(nodes), 1, 1))
    reached = [number for number, parent in enumerate(parents) if parent < 0]
    owners: dict[int, int] = {bones[f"{side}Foot"]: foot for foot, side in enumerate(SIDES)}
    with np.errstate(all="ignore"):
        for number in reached:
            parent = parents[number]
            worlds[number] = scene.matrix(nodes[number]) if parent < 0 else worlds[parent] @ scene.matrix(nodes[number])
            if parent in owners:
                owners[number] = owners[parent]
            reached += nodes[number].get("children", [])
        sets = [{node for node, owner in owners.items() if owner == foot} for foot in range(len(SIDES))]
        found = character_soles.feet_of(document, worlds, sets)
    return [vertices[np.isfinite(vertices).all(axis=1)] for vertices in found]


def _floor(rest: np.ndarray, joints: list[int], bones: dict[str, int], feet: list[np.ndarray]) -> float:
    """How high the floor is that it stands on at rest: under its soles, else at 0, else as far below the ankles as people's."""
    ankles = np.mean([rest[joints.index(bones[f"{side}Foot"]), 1] for side in SIDES])
    leg = np.mean([rest[joints.index(bones[f"{side}UpperLeg"]), 1] for side in SIDES]) - ankles
    heights = [float(vertices[:, 1].min()) for vertices in feet if len(vertices)]
    for floor in ([min(heights)] if len(heights) == len(SIDES) else []) + [0.0]:
        if 0 < ankles - floor < _ANKLE_SHARE * leg:
            return floor
    return float(ankles - character_pose.ANKLE * leg)


def _above(nodes: list[dict[str, Any]], parents: list[int], root: int) -> np.ndarray:
    whole = np.eye(4)
    for node in scene.path_up(root, parents)[1:]:
        whole = scene.matrix(nodes[node]) @ whole
    return whole


def _between(nodes: list[dict[str, Any]], parents: list[int], joint: int, joints: set[int]) -> np.ndarray:
    turned = np.array([1.0, 0.0, 0.0, 0.0])
    for node in scene.path_up(joint, parents)[1:]:
        if node in joints:
            break
        turned = rotations.multiply(scene.rotation(nodes[node]), turned)
    return scene.unit(turned)


def _check_built(at: dict[str, np.ndarray]) -> None:
    """Refuse limbs of no length, and legs that do not start where the hips are."""
    legs = {side: [at[f"{side}{part}"] for part in ("UpperLeg", "LowerLeg", "Foot")] for side in SIDES}
    arms = {side: [at[f"{side}{part}"] for part in ("UpperArm", "LowerArm", "Hand")] for side in SIDES}
    lengths = [np.linalg.norm(np.diff(limb, axis=0), axis=1) for limb in (*legs.values(), *arms.values())]
    if not np.min(lengths) > 1e-3 * np.max(lengths):
        raise Refused("one of its limbs has no length: save it with its deforming bones alone, at rest")
    middle = (legs["left"][0] + legs["right"][0]) / 2
    if not np.linalg.norm(middle - at["hips"]) < _HIPS_SHARE * np.max(np.sum(lengths[:2], axis=1)):
        raise Refused(
            "its legs do not hang from its hips (so Rigify exports what it generated): export its deforming bones as one tree"
        )


def _facing(at: dict[str, np.ndarray]) -> np.ndarray:
    """(4,) the turn about Y that makes it face +Z. What nearly faces along an axis is taken to do so.

    VRM 0.x faces -Z, VRM 1.0 +Z, others as they were made: where the left leg is says which way is ahead.
    """
    feet = (at["leftFoot"] + at["rightFoot"]) / 2
    tall = at["head"] - feet
    if not tall[1] > _UPRIGHT * np.linalg.norm(tall):
        raise Refused("it does not stand upright: export it with Y up, at rest")
    left = at["leftUpperLeg"] - at["rightUpperLeg"]
    if not np.hypot(left[0], left[2]) > 1e-3 * tall[1]:
        raise Refused("its legs are in one place, so which way it faces is not known")
    # Who faces +Z has the left leg on +X; turned by an angle about Y it is at (cos, -sin).
    angle = np.arctan2(-left[2], left[0])
    square = np.round(angle / (np.pi / 2)) * np.pi / 2
    return rotations.about("y", -np.asarray(square if abs(angle - square) < _SQUARE_RADIANS else angle))


def _skeleton(
    nodes: list[dict[str, Any]], parents: list[int], joints: list[int], bones: dict[str, int], rest: np.ndarray
) -> Skeleton:
    numbers = {joint: number for number, joint in enumerate(joints)}
    tree = [-1]
    for joint in joints[1:]:
        tree.append(next(numbers[node] for node in scene.path_up(joint, parents)[1:] if node in numbers))
    names = _distinct([str(nodes[joint].get("name") or f"node {joint}") for joint in joints])
    offsets = np.zeros((len(joints), 3))
    offsets[1:] = rest[1:] - rest[tree[1:]]
    feet = tuple(
        tuple(names[numbers[bones[f"{side}{part}"]]] for part in ("Heel", "Foot", "Toes") if f"{side}{part}" in bones)
        for side in SIDES
    )
    return Skeleton(tuple(names), tuple(tree), offsets, feet)


def _distinct(names: list[str]) -> list[str]:
    distinct: list[str] = []
    for name in names:
        number, fresh = 2, name
        while fresh in distinct:
            fresh, number = f"{name} {number}", number + 1
        distinct.append(fresh)
    return distinct


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
