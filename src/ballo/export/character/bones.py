"""Which nodes of a .glb are a humanoid's bones: as VRM says, or by the names that rigs have.

Bones are called by VRM 1.0's keys ("leftUpperArm"). Names are taken apart into words; a side and one of a bone's words make the
bone, whatever prefix, case and punctuation are around them. A name counts only where the bone hangs: a hand below an elbow.

Sources: VRM consortium, VRM 0.x and VRMC_vrm 1.0 (humanoid bones). Names: Mixamo and HumanIK, Unreal's mannequins, Unity,
Blender's Rigify, VRoid, 3ds Max's Biped, Valve's biped, Character Creator, DAZ, Xsens, SMPL, VRChat, MikuMikuDance, ballo.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from ballo.motion.admission import Refused
from ballo.motion.nodes import path_up

SIDES = ("left", "right")
_Found = dict[tuple[str, str], tuple[tuple[int, bool, int, int], int]]
"""By side and word: how good the best node of that name is (less is better), and its number."""

MIDDLE = {"hips": ("hips", "pelvis", "hip"), "neck": ("neck", "neck1", "necklower", "首"), "head": ("head", "頭")}

SIDED = {
    "LowerLeg": ("lowerleg", "lowleg", "calf", "shin", "knee", "ひざ", "leg"),
    "UpperLeg": ("upperleg", "upleg", "thigh", "thighbend", "hip", "足", "leg"),
    "Foot": ("ankle", "足首", "foot"),
    "Toes": ("toes", "toebase", "toe", "toe0", "ball", "つま先", "foot"),
    "Heel": ("heel",),
    "LowerArm": ("lowerarm", "forearm", "forearmbend", "lowarm", "elbow", "ひじ"),
    "UpperArm": ("upperarm", "uparm", "shldr", "shldrbend", "腕", "arm", "shoulder"),
    "Shoulder": ("clavicle", "collar", "肩", "shoulder"),
    "Hand": ("wrist", "手首", "hand"),
    "MiddleProximal": ("handmiddle1", "middleproximal", "middle1", "fmiddle1", "finger2", "mid1", "hand"),
}
"""A bone's words, the surest first. In this order, because some words mean what is left: a "leg" is a shank beside a thigh and
a thigh beside a knee, a "shoulder" is a collar bone beside an arm."""

LIMBS = ("UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand")
REQUIRED = ("hips", "head", *(f"{side}{part}" for part in LIMBS for side in SIDES))
CHAINS = tuple(
    tuple("hips" if part == "hips" else f"{side}{part}" for part in parts)
    for side in SIDES
    for parts in (("hips", "UpperLeg", "LowerLeg", "Foot", "Toes"), ("hips", "UpperArm", "LowerArm", "Hand", "MiddleProximal"))
)
"""What hangs below what."""

_SIDE_WORDS = {
    **dict.fromkeys(("left", "l", "lft", "lt", "左"), "left"),
    **dict.fromkeys(("right", "r", "rgt", "rt", "右"), "right"),
}
_PREFIXES = {"mixamorig", "def", "org", "j", "bip", "valve", "biped", "cc", "base", "m", "f", "avg", "b", "bn", "sk", "rig"}
_AROUND = {"c", "jnt", "joint", "bone", "bind"}
_WORDS = re.compile(r"[左右]|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[\u3040-\u30ff\u4e00-\u9fff]+")
_COPY = re.compile(r"\.[0-9]{3}$")
"""Blender's number of a copy: the second half of a Rigify limb is upper_arm.L.001."""
_LONGEST_NAME = 200

MIDDLE_WORDS = {word for words in MIDDLE.values() for word in words}
SIDED_WORDS = {word for words in SIDED.values() for word in words}


def bones_of(document: dict[str, Any], parents: list[int]) -> dict[str, int]:
    """Each bone's node, by VRM's extension or by names; those of `REQUIRED` at least, and each where it should hang.

    Raises:
        Refused: there is no whole humanoid; the message says what is missing.
    """
    if any(str(node.get("name", "")).startswith("MCH-") for node in document["nodes"]):
        raise Refused("it holds the controls of a Rigify rig: export it with its deforming bones alone, as one tree")
    bones, named = _said_by_vrm(document, len(parents)), _by_names(document, parents)
    # VRM knows no heels.
    heels = {bone: node for bone, node in named.items() if bone.endswith("Heel")}
    bones = bones | heels if bones else named
    _settle_hips(bones, parents)
    missing = [bone for bone in REQUIRED if bone not in bones]
    if missing:
        rest = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
        raise Refused(
            f"no humanoid is found in it: missing {', '.join(missing[:4])}{rest}; name bones as Mixamo does, or save it as .vrm"
        )
    for chain in CHAINS:
        known = [bone for bone in chain if bone in bones]
        for above, below in itertools.pairwise(known):
            if bones[above] not in path_up(bones[below], parents)[1:]:
                if below in REQUIRED:
                    raise Refused(f"its {below} does not hang below its {above}: save it with its deforming bones alone")
                del bones[below]
                break
    for side in SIDES:
        if bones[f"{side}Foot"] not in path_up(bones.get(f"{side}Heel", -1), parents)[1:]:
            bones.pop(f"{side}Heel", None)
    if bones["hips"] not in path_up(bones["head"], parents)[1:]:
        raise Refused("its head does not hang below its hips: save it with its deforming bones alone")
    if bones.get("neck") not in path_up(bones["head"], parents)[1:]:
        bones.pop("neck", None)
    return bones


def _said_by_vrm(document: dict[str, Any], nodes: int) -> dict[str, int]:
    """What the extensions of VRM 1.0 and 0.x say; nothing if there are none."""
    extensions = document.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    if "VRMC_vrm" in extensions:
        listed = extensions["VRMC_vrm"]["humanoid"]["humanBones"]
        bones = {str(bone): about["node"] for bone, about in listed.items()}
    elif "VRM" in extensions:
        bones = {str(about["bone"]): about["node"] for about in extensions["VRM"]["humanoid"]["humanBones"]}
    else:
        return {}
    # VRM 0.x writes -1 for a bone that a model does not have.
    bones = {bone: node for bone, node in bones.items() if isinstance(node, int) and node != -1}
    if any(not 0 <= node < nodes for node in bones.values()) or len(set(bones.values())) < len(bones):
        raise Refused("its humanoid names nodes that are not there, or one twice")
    return bones


def _by_names(document: dict[str, Any], parents: list[int]) -> dict[str, int]:
    joints = {joint for skin in document.get("skins", []) for joint in skin["joints"]}
    found: _Found = {}
    depths = _depths(document["nodes"], parents)
    for number, node in enumerate(document["nodes"]):
        for word, rank in _meanings(str(node.get("name", ""))).items():
            # The nearest to the top of two of a name: the other is a part of it.
            merit = (rank, number not in joints, depths[number], number)
            if word not in found or merit < found[word][0]:
                found[word] = (merit, number)
    bones: dict[str, int] = {}
    for bone, words in MIDDLE.items():
        _take(bones, bone, [("", word) for word in words], found)
    for side in SIDES:
        for part, words in SIDED.items():
            _take(bones, f"{side}{part}", [(side, word) for word in words], found)
    if "head" not in bones or "neck" not in bones:
        _numbered_spine(bones, document["nodes"], parents)
    return bones


def _depths(nodes: list[dict[str, Any]], parents: list[int]) -> list[int]:
    """How far below the top each node is."""
    depths = [0] * len(nodes)
    reached = [number for number, parent in enumerate(parents) if parent < 0]
    for number in reached:
        for child in nodes[number].get("children", []):
            depths[child] = depths[number] + 1
            reached.append(child)
    return depths


def _take(bones: dict[str, int], bone: str, keys: list[tuple[str, str]], found: _Found) -> None:
    for key in keys:
        if key in found and found[key][1] not in bones.values():
            bones[bone] = found[key][1]
            return


def _meanings(name: str) -> dict[tuple[str, str], int]:
    """(side, word) that a name may stand for, each with how unsure that is."""
    name = name[:_LONGEST_NAME]
    if _COPY.search(name):
        return {}
    name = re.sub(r"^.*[:|]", "", re.sub(r"^mixamorig[0-9]*[:_]?", "", name))
    words = [word.lower() for word in _WORDS.findall(name)]
    rank = 2 if "org" in words else 0
    while words and (words[0] in _PREFIXES or (words[0].isdigit() and len(words) > 1)):
        words = words[1:]
    words = [str(int(word)) if word.isdigit() else word for word in words if word not in _AROUND]
    side, words = _side(words)
    known = SIDED_WORDS if side else MIDDLE_WORDS
    meanings = {}
    if "".join(words) in known:
        meanings[side, "".join(words)] = rank
    # Numbers at the end are added by who packs scenes: head_04.
    if re.search("_[0-9]+$", name) and len(words) > 1 and words[-1].isdigit() and "".join(words[:-1]) in known:
        meanings[side, "".join(words[:-1])] = rank + 1
    return meanings


def _side(words: list[str]) -> tuple[str, list[str]]:
    """The side that one of the words says, and the others; "" for none or both."""
    sides = [number for number, word in enumerate(words) if word in _SIDE_WORDS]
    if len(sides) == 1:
        return _SIDE_WORDS[words[sides[0]]], [word for number, word in enumerate(words) if number != sides[0]]
    if not sides and words:
        whole = "".join(words)
        for start in ("left", "right", "l", "r"):
            if whole.startswith(start) and whole[len(start) :] in SIDED_WORDS:
                return _SIDE_WORDS[start], [whole[len(start) :]]
    return "", words


def _numbered_spine(bones: dict[str, int], nodes: list[dict[str, Any]], parents: list[int]) -> None:
    """Rigify has neither hips nor head: spine is the hips, and what goes on above the arms is neck and head."""
    if not all(f"{side}UpperArm" in bones for side in SIDES):
        return
    top = shared([bones["leftUpperArm"], bones["rightUpperArm"]], parents)
    spine = re.compile(r"^(DEF-|ORG-)?spine(\.[0-9]{3})?$")
    above = []
    while top >= 0:
        below = (child for child in nodes[top].get("children", []) if spine.match(str(nodes[child].get("name", ""))))
        top = next(below, -1)
        above += [top] if top >= 0 else []
    if above and "head" not in bones:
        bones["head"] = above[-1]
    if len(above) > 1 and "neck" not in bones:
        bones["neck"] = above[0]


def _settle_hips(bones: dict[str, int], parents: list[int]) -> None:
    """The hips are what legs and head hang from; where the pelvis is a side branch, the joint above it."""
    ends = [bones[bone] for bone in ("leftUpperLeg", "rightUpperLeg", "head") if bone in bones]
    if len(ends) < 3:
        return
    hips = bones.get("hips", -1)
    if hips < 0 or not all(hips in path_up(end, parents)[1:] for end in ends):
        top = shared(ends, parents)
        if top >= 0 and top not in ends:
            bones["hips"] = top


def shared(nodes: list[int], parents: list[int]) -> int:
    """The lowest node that all of them are or hang from, -1 if there is none."""
    first, *others = (path_up(node, parents) for node in nodes)
    above_others = set(first).intersection(*others)
    return next((node for node in first if node in above_others), -1)
