"""Whether other programs know our bones: each program's own rule, by tables written by hand from what it publishes.

None of them can be run here. Blender, which can, is asked in `test_retargeting`.
"""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from ballo.export.humanoid import STYLES, bone_names
from ballo.export.mesh import rest_places
from ballo.motion.skeleton import DANCER

SIDES = {"Left": ("left", 1.0), "Right": ("right", -1.0)}

# MotionBuilder and Maya, HumanIK: the 15 nodes that a characterisation has to have (Autodesk Maya help, "Skeleton requirements
# for HumanIK"), under the names of its default template.
HUMANIK = ["Hips", "Spine", "Head", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftArm", "LeftForeArm", "LeftHand"]

# Unreal Engine 5.4, IKRigAutoCharacterizer: of its templates "Mixamo" and "UE4 Mannequin", who hangs from whom, without
# fingers; how many bones each has with them; chains as name:start-end.
MIXAMO_TREE = """Hips>Spine>Spine1>Spine2>Neck>Head>HeadTop_End Spine2>*Shoulder>*Arm>*ForeArm>*Hand>*HandMiddle1
    Hips>*UpLeg>*Leg>*Foot>*ToeBase>*Toe_End"""
MANNEQUIN_TREE = """root>pelvis>spine_01>spine_02>spine_03>neck_01>head
    spine_03>clavicle_*>upperarm_*>lowerarm_*>hand_*>middle_01_* pelvis>thigh_*>calf_*>foot_*>ball_*"""
TEMPLATES = {
    "mixamo": (MIXAMO_TREE, ("Left", "Right"), 65, "Hips"),
    "unreal": (MANNEQUIN_TREE, ("l", "r"), 53, "pelvis"),
}
CHAINS = {
    "mixamo": "Spine:Spine-Spine2 Neck:Neck-Neck Head:Head-Head *Leg:*UpLeg-*ToeBase *Arm:*Arm-*Hand",
    "unreal": "Spine:spine_01-spine_02 Neck:neck_01-neck_01 Head:head-head *Leg:thigh_*-ball_* *Arm:upperarm_*-hand_*",
}
LEAST_SHARE = 0.1
"""Of a template's bones and parents, or Unreal takes the skeleton for nobody's."""

# Unity 6, AvatarAutoMapper: the bones that a Humanoid must have, from which human bone each hangs, at most so many steps below,
# which words speak for it, and which way it lies from there.
UNITY = {
    "Spine": ("Hips", 3, (), (0, 1, 0)),
    "Head": ("Neck", 2, ("head",), (0, 1, 0)),
    "*UpperLeg": ("Hips", 2, ("up", "thigh"), (1, 0, 0)),
    "*LowerLeg": ("*UpperLeg", 2, ("lo", "calf", "knee", "shin"), (0, -1, 0)),
    "*Foot": ("*LowerLeg", 2, ("foot", "ankle"), (0, -1, 0)),
    "*UpperArm": ("Spine", 2, ("up",), (1, 0, 0)),
    "*LowerArm": ("*UpperArm", 2, ("lo", "fore", "elbow"), (1, 0, 0)),
    "*Hand": ("*LowerArm", 2, ("hand", "wrist"), (1, 0, 0)),
}
FEWEST_FINGER_BONES = 3
"""With fewer Unity maps no fingers, so the knuckles that we have do no harm."""

# Rokoko Studio Live for Blender 1.4, core/auto_detect_lists/bones.py: for each key, in the order it is tried, those of its
# names that the rigs here have; * is l, left, r or right. A source's bone takes the first key that no bone before it has.
ROKOKO = {
    "hip": "hip hips pelvis",
    "spine": "spine spine1 spine2 spine3 spine_01 spine_02 spine_03 spine_001 spine_002 spine_003 chest",
    "neck": "neck spine_004 neck_01",
    "head": "head spine_005",
    "*Shoulder": "*_shoulder shoulder_* *shoulder *_clavicle clavicle_*",
    "*UpperArm": "*_arm *arm arm_* upper_arm_* upperarm_* *_upper_arm",
    "*LowerArm": "*_elbow *elbow fore_arm_* forearm_* *forearm lower_arm_* lowerarm_*",
    "*Hand": "*_wrist *wrist hand_* hand* *hand *_hand",
    "*UpLeg": "upper_leg_* *upleg upleg_* *_upleg *hip *_hip *_leg *_foot *leg leg_* *thigh thigh_* *_thigh",
    "*Leg": "*_knee *knee knee_* lower_leg_* *leg *shin shin_* *_calf calf_*",
    "*Foot": "*_ankle *ankle ankle_* *foot foot_* *_foot *_heel",
    "*Toe": "*_toe *_toes *toe toe_* *toebase toes_*",
    "*MiddleProximal": "*handmiddle1 middle_01_*",
}


def rest() -> dict[str, np.ndarray]:
    return dict(zip(bone_names(DANCER), rest_places(DANCER), strict=True))


def test_humanik_has_the_nodes_that_it_must():
    needed = {name.replace("Left", side) for name in HUMANIK for side in SIDES}
    assert len(needed) == 15
    assert needed <= set(bone_names(DANCER))


def template(tree: str, sides: tuple[str, str]) -> dict[str, str | None]:
    """Who each bone hangs from."""
    above: dict[str, str | None] = {}
    for path in tree.split():
        for side in sides:
            names = [name.replace("*", side) for name in path.split(">")]
            above.setdefault(names[0], None)
            above |= dict(zip(names[1:], names[:-1], strict=True))
    return above


@pytest.mark.parametrize("style", TEMPLATES)
def test_unreal_knows_the_skeleton_and_finds_its_chains(style):
    tree, sides, bones, root = TEMPLATES[style]
    known, names = template(tree, sides), bone_names(DANCER, style)
    above = {name: None if parent < 0 else names[parent] for name, parent in zip(names, DANCER.parents, strict=True)}
    there = set(known) & set(names)
    same_parent = sum(known[name] == above[name] for name in there)
    share = (len(there) / bones + 1 - (len(there) - same_parent) / bones) / 2
    assert share > 3 * LEAST_SHARE
    assert same_parent >= 14
    assert root in names
    for chain in CHAINS[style].split():
        for side in sides:
            start, end = chain.replace("*", side).split(":")[1].split("-")
            path = [end]
            while path[-1] != start:
                path.append(str(known[path[-1]]))
            found = [name for name in path[::-1] if name in names]
            assert found, f"{chain} has no bone of ours"
            assert start in found, f"{chain} starts at its own bone"
            assert all(hangs_below(above, lower, upper) for upper, lower in itertools.pairwise(found))


def hangs_below(above: dict[str, str | None], lower: str, upper: str) -> bool:
    step: str | None = lower
    while step is not None and step != upper:
        step = above[step]
    return step == upper


@pytest.mark.parametrize("style", STYLES)
def test_unity_maps_the_fifteen_bones_that_it_must(style):
    """What words do not say (Mixamo's LeftArm and LeftLeg), the way that a bone lies does."""
    from ballo.export.humanoid import HUMANOID

    names, places = bone_names(DANCER, style), rest_places(DANCER)
    slots = {each.unity: joint for joint, own in enumerate(DANCER.joint_names) if (each := HUMANOID[own]).unity}
    assert {"Hips", *(name.replace("*", side) for name in UNITY for side in SIDES)} <= set(slots)
    for slot, (parent, most_steps, words, way) in UNITY.items():
        for side, (_, lateral) in SIDES.items():
            joint, above = slots[slot.replace("*", side)], slots[parent.replace("*", side)]
            assert 1 <= steps(joint, above) <= most_steps
            along = places[joint] - places[above]
            assert along @ (np.array(way) * [lateral, 1, 1]) > 0.3 * np.linalg.norm(along)
            named = re.sub(r".*:", "", names[joint]).lower()
            others = {word for other, (_, _, theirs, _) in UNITY.items() if other != slot for word in theirs} - set(words)
            # "Leg" and "Arm" alone say nothing; what speaks for another bone would speak against this one.
            assert any(word in named for word in words) or not any(word in named for word in others), named
    fingers = [slot for slot in slots if re.search(r"Thumb|Index|Middle|Ring|Little", slot) and slot.startswith("Left")]
    assert len(fingers) < FEWEST_FINGER_BONES


def steps(joint: int, above: int) -> int:
    count = 0
    while joint != above:
        joint, count = DANCER.parents[joint], count + 1
    return count


def rokoko(source: list[str], target: list[str]) -> dict[str, str]:
    """Which of the target's bones each of the source's goes to, as *Build Bone List* fills it in."""
    keys = {}
    for key, listed in ROKOKO.items():
        for side in ("left", "right") if "*" in key else ("",):
            letters = (side[:1], side) if side else ("",)
            keys[key.replace("*", side)] = {name.replace("*", letter) for name in listed.split() for letter in letters}
    taken: dict[str, str] = {}
    for bone in source:
        key = next(
            (key for key, names in keys.items() if plain(bone) in names and (key == "spine" or key not in taken.values())), ""
        )
        if key:
            taken[bone] = key
    found = {bone: next((its for its in target if plain(its) in keys[key]), "") for bone, key in taken.items()}
    spines = [bone for bone, key in taken.items() if key == "spine"]
    found |= {bone: next(its for its in target if plain(its) in keys["spine"]) for bone in spines[:1]}
    return {bone: its for bone, its in found.items() if its}


def plain(name: str) -> str:
    return re.sub(r"[ .-]", "_", name).rsplit(":", 1)[-1].lower()


def animated(style: str) -> list[str]:
    return [name for name, own in zip(bone_names(DANCER, style), DANCER.joint_names, strict=True) if not own.endswith("heel")]


LIMBS = ["UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand"]
CHARACTERS = {
    "mixamo": ("Hips Spine Spine1 Spine2 Neck Head", LIMBS, "mixamorig:{}", "mixamorig:{side}{}", ("Left", "Right")),
    "metarig": (
        "spine spine.001 spine.002 spine.003 spine.004 spine.005 spine.006",
        ["thigh", "shin", "foot", "toe", "shoulder", "upper_arm", "forearm", "hand"],
        "{}",
        "{}.{side}",
        ("L", "R"),
    ),
    "unreal": (
        "pelvis spine_01 spine_02 spine_03 neck_01 head",
        ["thigh", "calf", "foot", "ball", "clavicle", "upperarm", "lowerarm", "hand"],
        "{}",
        "{}_{side}",
        ("l", "r"),
    ),
}


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("style", ["mixamo", "unreal"])
def test_rokoko_gives_every_limb_to_the_right_bone(style, character):
    trunk, limbs, plain_name, sided, sides = CHARACTERS[character]
    bones = [plain_name.format(name) for name in trunk.split()]
    bones += [sided.format(name, side=side) for side in sides for name in limbs]
    found = rokoko(animated(style), bones)
    ours = dict(zip(bone_names(DANCER), bone_names(DANCER, style), strict=True))
    for mixamo, its in zip(LIMBS, limbs, strict=True):
        for side, letter in zip(SIDES, sides, strict=True):
            # It has no word for Unreal's ball_l, and we no collar bone.
            if mixamo != "Shoulder" and "ball" not in its and not ours[side + mixamo].startswith("ball"):
                assert found[ours[side + mixamo]] == sided.format(its, side=letter)
    assert not any("houlder" in its or "clavicle" in its for its in found.values())
    assert len(set(found.values())) == len(found)


def test_rokoko_would_take_our_own_names_for_others():
    """Why no file carries them unless asked to: her upper arm would turn a collar bone."""
    trunk, limbs, plain_name, sided, sides = CHARACTERS["mixamo"]
    bones = [plain_name.format(name) for name in trunk.split()]
    bones += [sided.format(name, side=side) for side in sides for name in limbs]
    assert rokoko(animated("ballo"), bones)["left_shoulder"] == "mixamorig:LeftShoulder"
