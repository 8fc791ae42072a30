"""How a humanoid stands at rest in its file: which nodes are its joints, where and how turned they are, and on what floor.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022), section 3.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ballo.export.character import soles
from ballo.export.character.bones import SIDES, shared
from ballo.motion import nodes as scene
from ballo.motion import rotations
from ballo.motion.admission import FARTHEST_METRES, Refused
from ballo.motion.bone_names import distinct
from ballo.motion.glb import Document
from ballo.motion.skeleton import Skeleton

UNEVEN = 0.01
"""The share by which a bone's scales may differ from one another."""
_SQUARE_RADIANS = np.radians(10.0)
_HIPS_SHARE = 0.6
"""Of the leg's length, how far hips may be from where the legs begin."""
_ANKLE_SHARE = 0.4
"""Of the leg's length, how high an ankle may be over the floor, in the highest of shoes."""
_UPRIGHT = 0.7
"""The least share of the way from feet to head that goes up."""


def keys_of(joints: list[int], bones: dict[str, int]) -> tuple[str, ...]:
    """Each joint's key in VRM, "" if it has none."""
    keys = {node: bone for bone, node in bones.items()}
    return tuple(keys.get(joint, "") for joint in joints)


def joints_of(bones: dict[str, int], parents: list[int]) -> list[int]:
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


def worlds_of(nodes: list[dict[str, Any]], parents: list[int], joints: list[int]) -> tuple[np.ndarray, np.ndarray]:
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


def feet_of(document: Document, nodes: list[dict[str, Any]], parents: list[int], bones: dict[str, int]) -> list[np.ndarray]:
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
        found = soles.feet_of(document, worlds, sets)
    return [vertices[np.isfinite(vertices).all(axis=1)] for vertices in found]


def floor_of(rest: np.ndarray, joints: list[int], bones: dict[str, int], feet: list[np.ndarray]) -> float:
    """How high the floor is that it stands on at rest: under its soles, else at 0, else as far below the ankles as people's."""
    ankles = np.mean([rest[joints.index(bones[f"{side}Foot"]), 1] for side in SIDES])
    leg = np.mean([rest[joints.index(bones[f"{side}UpperLeg"]), 1] for side in SIDES]) - ankles
    heights = [float(vertices[:, 1].min()) for vertices in feet if len(vertices)]
    for floor in ([min(heights)] if len(heights) == len(SIDES) else []) + [0.0]:
        if 0 < ankles - floor < _ANKLE_SHARE * leg:
            return floor
    return float(ankles - soles.ANKLE * leg)


def above_of(nodes: list[dict[str, Any]], parents: list[int], root: int) -> np.ndarray:
    """(4, 4) from the axes of the root's parent to the file's world."""
    whole = np.eye(4)
    for node in scene.path_up(root, parents)[1:]:
        whole = scene.matrix(nodes[node]) @ whole
    return whole


def between_of(nodes: list[dict[str, Any]], parents: list[int], joint: int, joints: set[int]) -> np.ndarray:
    """(4,) how whatever lies between a joint and the one that it hangs from is turned; for the root, all above it."""
    turned = np.array([1.0, 0.0, 0.0, 0.0])
    for node in scene.path_up(joint, parents)[1:]:
        if node in joints:
            break
        turned = rotations.multiply(scene.rotation(nodes[node]), turned)
    return scene.unit(turned)


def check_built(at: dict[str, np.ndarray]) -> None:
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


def facing_of(at: dict[str, np.ndarray]) -> np.ndarray:
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


def skeleton_of(
    nodes: list[dict[str, Any]], parents: list[int], joints: list[int], bones: dict[str, int], rest: np.ndarray
) -> Skeleton:
    """The joints with the offsets that they have at `rest` (J, 3), under the names of the file."""
    numbers = {joint: number for number, joint in enumerate(joints)}
    tree = [-1]
    for joint in joints[1:]:
        tree.append(next(numbers[node] for node in scene.path_up(joint, parents)[1:] if node in numbers))
    names = distinct(str(nodes[joint].get("name") or f"node {joint}") for joint in joints)
    offsets = np.zeros((len(joints), 3))
    offsets[1:] = rest[1:] - rest[tree[1:]]
    feet = tuple(
        tuple(names[numbers[bones[f"{side}{part}"]]] for part in ("Heel", "Foot", "Toes") if f"{side}{part}" in bones)
        for side in SIDES
    )
    return Skeleton(tuple(names), tuple(tree), offsets, feet)
