"""A skeleton's joints by whatever names its tool gives them, to the 22 joints of `DANCER`.

Limbs are known by name (CMU, Mixamo, Rokoko, Bandai-Namco, Xsens, DAZ, 3ds Max, SMPL, Unreal, VRM and ballo's own are in the
tests), the trunk by how the tree joins them: what tools call a spine differs too much. A prefix that all names share is no part
of a name. Where two tools mean two joints by one word ("shoulder", "leg", "foot"), the rest of the skeleton tells which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import numpy as np

from ballo.dataset.adapters import anatomy
from ballo.dataset.adapters.anatomy import SIDES
from ballo.motion.bvh import Clip
from ballo.motion.hierarchy import Node
from ballo.motion.skeleton import DANCER

LIMBS = {
    "hip": ("upleg", "upperleg", "thigh", "femur", "hip", "leg"),
    "knee": ("lowerleg", "lowleg", "shin", "calf", "tibia", "knee", "leg"),
    "ankle": ("ankle", "foot"),
    "heel": ("heel",),
    "toe": ("toebase", "toe", "toes", "toe0", "ball", "forefoot", "foot"),
    "shoulder": ("upperarm", "uparm", "humerus", "shldr", "arm", "shoulder"),
    "elbow": ("forearm", "lowerarm", "lowarm", "radius", "elbow"),
    "wrist": ("wrist", "hand"),
    "hand": (
        "handmiddle1",
        "middle1",
        "middle01",
        "mid1",
        "middleproximal",
        "fingerbase",
        "handindex1",
        "index1",
        "fingers",
        "hand",
    ),
}
"""What each joint of a limb is called without its side, the surest name first. A node that is one joint is not another too."""

REQUIRED = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
_CHAINS = (("hip", "knee", "ankle", "toe"), ("shoulder", "elbow", "wrist"))
_SHORTEST = 1e-3  # of the legs; an End Site nearer to its joint says nothing


@dataclass(frozen=True)
class Rig:
    """Which node is which joint.

    Args:
        limbs: "left_knee" and such, where the skeleton has them; toe, heel and hand may be missing.
        pelvis, head: nodes.
        spine: nodes from the pelvis to the neck, both included.
        crown: the end of the head, where the skeleton says it.
    """

    limbs: dict[str, int]
    pelvis: int
    head: int
    spine: tuple[int, ...]
    crown: int | None


def rig(nodes: Sequence[Node]) -> Rig:
    """Find the joints (ValueError naming the one that is missing)."""
    limbs = _limbs(nodes)
    for side in SIDES:
        for joint in REQUIRED:
            if f"{side}_{joint}" not in limbs:
                raise ValueError(f"no joint is known as the {side} {joint}; {_some_names(nodes)}")
        for chain in _CHAINS:
            present = [joint for joint in chain if f"{side}_{joint}" in limbs]
            for upper, lower in pairwise(present):
                if limbs[f"{side}_{upper}"] not in _way_up(nodes, limbs[f"{side}_{lower}"]):
                    raise ValueError(f"the {side} {lower} does not hang from the {side} {upper}; {_some_names(nodes)}")
    named = _bare_names(nodes)
    head = next((n for n, name in enumerate(named) if name == "head" and not nodes[n].end), None)
    if head is None:
        raise ValueError(f"no joint is known as the head; {_some_names(nodes)}")
    pelvis = _joining(nodes, limbs["left_hip"], limbs["right_hip"])
    upward = [n for n in _way_up(nodes, head)[::-1] if n in _below(nodes, pelvis)]
    if not upward:
        raise ValueError("the head does not hang from where the legs meet")
    chest = _joining(nodes, limbs["left_shoulder"], limbs["right_shoulder"])
    neck = next((n for n in upward[:-1] if n in _below(nodes, chest) and n != chest), chest)
    if neck not in upward or neck == pelvis:
        raise ValueError(f"no joint is known as the neck; {_some_names(nodes)}")
    spine = tuple(upward[: upward.index(neck) + 1])
    return Rig(limbs, pelvis, head, spine, _crown(nodes, head))


def joints(clip: Clip) -> tuple[dict[str, np.ndarray], list[str]]:
    """The joints of a .bvh's dancer; see `placed`."""
    return placed(clip.nodes, clip.positions())


def placed(nodes: Sequence[Node], positions: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    """The dancer's joints by name, (T, 3) each, from those of any tree, and what was made up.

    Toes are there, or there is a ValueError; heels and hands may be missing.

    Args:
        nodes: N joints and End Sites; their offsets do not count.
        positions: (T, N, 3) in whatever unit and axes.

    Raises:
        ValueError: a joint that a dancer needs cannot be told; it is named.
    """
    names = [node.name for node in nodes]
    if set(DANCER.joint_names) <= set(names):
        return {name: positions[:, names.index(name)] for name in DANCER.joint_names}, []
    found, notes = rig(nodes), []
    known = {joint: positions[:, node] for joint, node in found.limbs.items()}
    known["pelvis"], known["neck"] = positions[:, found.pelvis], positions[:, found.spine[-1]]
    known["chest"] = anatomy.along(positions[:, list(found.spine)], anatomy.CHEST_SHARE)
    known["head"] = positions[:, found.head]
    size = float(np.median(np.linalg.norm(known["left_hip"] - known["left_ankle"], axis=-1)))
    if found.crown is not None and _apart(positions, found.head, found.crown) > _SHORTEST * size:
        known["head"] = (known["head"] + positions[:, found.crown]) / 2
    else:
        anatomy.skull(known)
        notes.append(anatomy.SKULL_NOTE)
    for side in SIDES:
        for joint, of in (("toe", "ankle"), ("hand", "wrist")):
            end = _end(nodes, found.limbs[f"{side}_{of}"])
            if f"{side}_{joint}" in known or end is None:
                continue
            if _apart(positions, found.limbs[f"{side}_{of}"], end) > _SHORTEST * size:
                known[f"{side}_{joint}"] = positions[:, end]
                notes.append(f"{side} {joint} taken to be at the end of {nodes[found.limbs[f'{side}_{of}']].name}")
        if f"{side}_toe" not in known:
            raise ValueError(f"no joint is known as the {side} toe; {_some_names(nodes)}")
    if any(f"{side}_hand" not in known for side in SIDES):
        anatomy.hands(known)
        notes.append(anatomy.HANDS_NOTE)
    return known, notes


def _limbs(nodes: Sequence[Node]) -> dict[str, int]:
    sided: dict[tuple[str, str], int] = {}
    for number, name in enumerate(_bare_names(nodes)):
        side, part = _side(name)
        if side and not nodes[number].end:
            sided.setdefault((side, part), number)
    limbs: dict[str, int] = {}
    for side in SIDES:
        for joint, parts in LIMBS.items():
            taken = set(limbs.values())
            candidates = (sided[side, part] for part in parts if (side, part) in sided)
            # "leg" is the hip's only where the knee has a name of its own.
            if joint == "hip" and not any((side, part) in sided for part in LIMBS["knee"][:-1]):
                candidates = (sided[side, part] for part in parts[:-1] if (side, part) in sided)
            node = next((candidate for candidate in candidates if candidate not in taken), None)
            if node is not None:
                limbs[f"{side}_{joint}"] = node
    return limbs


def _bare_names(nodes: Sequence[Node]) -> list[str]:
    """Names in small letters without name space and shared prefix, words parted by a blank: "left up leg"."""
    names = [node.name.rsplit(":", 1)[-1].rsplit("|", 1)[-1] for node in nodes]
    joint_names = [name for name, node in zip(names, nodes, strict=True) if not node.end]
    # A root may be named otherwise ("Armature", "joint_Root"); what nearly all share is a prefix all the same.
    inner = joint_names[1:] if len(joint_names) > 2 else joint_names
    shared = re.match(r".*[_\- .]|mixamorig\d*|", _shared_start(inner), re.IGNORECASE)
    prefix = shared[0] if shared else ""
    bare = [name.removeprefix(prefix) for name in names]
    parted = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-. ]+", " ", name) for name in bare]
    # "C" marks the middle where others mark left and right (VRM).
    return [" ".join(word for word in name.lower().split() if word != "c") for name in parted]


def _shared_start(names: Sequence[str]) -> str:
    """The letters that all names begin with."""
    return "".join(letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)))


def _side(name: str) -> tuple[str | None, str]:
    """ "left up leg" to ("left", "upleg"); "spine" to (None, "spine")."""
    words = name.split()
    for side in SIDES:
        for word in (side, side[0]):
            if word in words:
                words.remove(word)
                return side, "".join(words)
    joined = "".join(words)
    known = {part for parts in LIMBS.values() for part in parts}
    for side in SIDES:
        for prefix in (side, side[0]):
            if joined.startswith(prefix) and joined.removeprefix(prefix) in known:
                return side, joined.removeprefix(prefix)
    return None, joined


def _way_up(nodes: Sequence[Node], node: int) -> list[int]:
    """The node, its parent, and so on to the root."""
    way = []
    while node >= 0:
        way.append(node)
        node = nodes[node].parent
    return way


def _below(nodes: Sequence[Node], top: int) -> set[int]:
    """The node and all that hangs from it."""
    below = {top}
    for number, node in enumerate(nodes):
        if node.parent in below:
            below.add(number)
    return below


def _joining(nodes: Sequence[Node], one: int, other: int) -> int:
    """The lowest node that both hang from."""
    above = set(_way_up(nodes, one)[1:])
    return next(node for node in _way_up(nodes, other)[1:] if node in above)


def _end(nodes: Sequence[Node], node: int) -> int | None:
    """The End Site of a joint, or None."""
    return next((n for n, child in enumerate(nodes) if child.parent == node and child.end), None)


def _crown(nodes: Sequence[Node], head: int) -> int | None:
    """Where the head ends: an End Site, or a joint called so."""
    named = [n for n, child in enumerate(nodes) if child.parent == head and re.search(r"top|end|nub|crown", child.name.lower())]
    return named[0] if named else None


def _apart(positions: np.ndarray, one: int, other: int) -> float:
    return float(np.median(np.linalg.norm(positions[:, one] - positions[:, other], axis=-1)))


def _some_names(nodes: Sequence[Node]) -> str:
    names = [node.name for node in nodes if not node.end]
    return f"its joints are {', '.join(names[:8])}{' …' if len(names) > 8 else ''}"
