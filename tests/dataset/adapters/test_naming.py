"""Joints by the names of many tools; hierarchies as the tools have them, without motion."""

from __future__ import annotations

import pytest

from ballo.dataset.adapters.naming import rig
from ballo.motion.hierarchy import Node

LIMBS = ("hip", "knee", "ankle", "toe", "shoulder", "elbow", "wrist")

# For each tool: (name, parent) of the trunk, then a limb's chain for each side; "?" stands for the side.
RIGS = {
    "DAZ": (
        "hip abdomen:hip chest:abdomen neck:chest head:neck",
        ("?Buttock:hip", "?Thigh", "?Shin", "?Foot", "?Toe"),
        ("?Collar:chest", "?Shldr", "?ForeArm", "?Hand", "?Thumb1"),
        ("l", "r"),
        ("?Thigh", "?Shin", "?Foot", "?Toe", "?Shldr", "?ForeArm", "?Hand"),
    ),
    "3ds Max": (
        "Bip01 Bip01_Pelvis:Bip01 Bip01_Spine:Bip01_Pelvis Bip01_Spine1:Bip01_Spine Bip01_Neck:Bip01_Spine1 "
        "Bip01_Head:Bip01_Neck",
        ("Bip01_?_Thigh:Bip01_Spine", "Bip01_?_Calf", "Bip01_?_Foot", "Bip01_?_Toe0"),
        ("Bip01_?_Clavicle:Bip01_Neck", "Bip01_?_UpperArm", "Bip01_?_Forearm", "Bip01_?_Hand"),
        ("L", "R"),
        (
            "Bip01_?_Thigh",
            "Bip01_?_Calf",
            "Bip01_?_Foot",
            "Bip01_?_Toe0",
            "Bip01_?_UpperArm",
            "Bip01_?_Forearm",
            "Bip01_?_Hand",
        ),
    ),
    "SMPL": (
        "Pelvis Spine1:Pelvis Spine2:Spine1 Spine3:Spine2 Neck:Spine3 Head:Neck",
        ("?_Hip:Pelvis", "?_Knee", "?_Ankle", "?_Foot"),
        ("?_Collar:Spine3", "?_Shoulder", "?_Elbow", "?_Wrist", "?_Hand"),
        ("L", "R"),
        ("?_Hip", "?_Knee", "?_Ankle", "?_Foot", "?_Shoulder", "?_Elbow", "?_Wrist"),
    ),
    "Unreal": (
        "root pelvis:root spine_01:pelvis spine_02:spine_01 neck_01:spine_02 head:neck_01",
        ("thigh_?:pelvis", "calf_?", "foot_?", "ball_?"),
        ("clavicle_?:spine_02", "upperarm_?", "lowerarm_?", "hand_?", "middle_01_?"),
        ("l", "r"),
        ("thigh_?", "calf_?", "foot_?", "ball_?", "upperarm_?", "lowerarm_?", "hand_?"),
    ),
    "VRM": (
        "Root J_Bip_C_Hips:Root J_Bip_C_Spine:J_Bip_C_Hips J_Bip_C_Chest:J_Bip_C_Spine J_Bip_C_Neck:J_Bip_C_Chest "
        "J_Bip_C_Head:J_Bip_C_Neck",
        ("J_Bip_?_UpperLeg:J_Bip_C_Hips", "J_Bip_?_LowerLeg", "J_Bip_?_Foot", "J_Bip_?_ToeBase"),
        ("J_Bip_?_Shoulder:J_Bip_C_Chest", "J_Bip_?_UpperArm", "J_Bip_?_LowerArm", "J_Bip_?_Hand", "J_Bip_?_Middle1"),
        ("L", "R"),
        (
            "J_Bip_?_UpperLeg",
            "J_Bip_?_LowerLeg",
            "J_Bip_?_Foot",
            "J_Bip_?_ToeBase",
            "J_Bip_?_UpperArm",
            "J_Bip_?_LowerArm",
            "J_Bip_?_Hand",
        ),
    ),
    "a prefix of one's own": (
        "Model_Hips Model_Spine:Model_Hips Model_Spine2:Model_Spine Model_Neck:Model_Spine2 Model_Head:Model_Neck",
        ("Model_?UpLeg:Model_Hips", "Model_?Leg", "Model_?Foot", "Model_?ToeBase"),
        ("Model_?Shoulder:Model_Spine2", "Model_?Arm", "Model_?ForeArm", "Model_?Hand"),
        ("Left", "Right"),
        ("Model_?UpLeg", "Model_?Leg", "Model_?Foot", "Model_?ToeBase", "Model_?Arm", "Model_?ForeArm", "Model_?Hand"),
    ),
    "Mixamo without its colon": (
        "mixamorigHips mixamorigSpine:mixamorigHips mixamorigSpine2:mixamorigSpine mixamorigNeck:mixamorigSpine2 "
        "mixamorigHead:mixamorigNeck",
        ("mixamorig?UpLeg:mixamorigHips", "mixamorig?Leg", "mixamorig?Foot", "mixamorig?ToeBase"),
        ("mixamorig?Shoulder:mixamorigSpine2", "mixamorig?Arm", "mixamorig?ForeArm", "mixamorig?Hand"),
        ("Left", "Right"),
        (
            "mixamorig?UpLeg",
            "mixamorig?Leg",
            "mixamorig?Foot",
            "mixamorig?ToeBase",
            "mixamorig?Arm",
            "mixamorig?ForeArm",
            "mixamorig?Hand",
        ),
    ),
    "CMU's .asf": (
        "root lowerback:root upperback:lowerback thorax:upperback lowerneck:thorax upperneck:lowerneck head:upperneck",
        ("?hipjoint:root", "?femur", "?tibia", "?foot", "?toes"),
        ("?clavicle:thorax", "?humerus", "?radius", "?wrist", "?hand", "?fingers"),
        ("l", "r"),
        ("?femur", "?tibia", "?foot", "?toes", "?humerus", "?radius", "?wrist"),
    ),
    "early Biovision": (
        "Hips Chest:Hips Neck:Chest Head:Neck",
        ("?UpLeg:Hips", "?LowLeg", "?Foot", "?Toe"),
        ("?Collar:Chest", "?UpArm", "?LowArm", "?Hand"),
        ("Left", "Right"),
        ("?UpLeg", "?LowLeg", "?Foot", "?Toe", "?UpArm", "?LowArm", "?Hand"),
    ),
}


def nodes_of(tool: str) -> tuple[list[Node], dict[str, str]]:
    trunk, leg, arm, words, known = RIGS[tool]
    pairs = [tuple(entry.split(":")) if ":" in entry else (entry, None) for entry in trunk.split()]
    expected = {}
    for side, word in zip(("left", "right"), words, strict=True):
        for chain in (leg, arm):
            above = None
            for entry in chain:
                name, _, parent = entry.replace("?", word).partition(":")
                pairs.append((name, parent or above))
                above = name
        expected |= {f"{side}_{joint}": name.replace("?", word) for joint, name in zip(LIMBS, known, strict=True)}
    names = [name for name, _ in pairs]
    nodes = [Node(name, names.index(parent) if parent else -1, (0.0, 1.0, 0.0)) for name, parent in pairs]
    return nodes, expected


@pytest.mark.parametrize("tool", sorted(RIGS))
def test_the_limbs_and_the_trunk_are_found(tool):
    nodes, expected = nodes_of(tool)
    found = rig(nodes)
    names = {joint: nodes[node].name for joint, node in found.limbs.items()}
    assert {joint: name for joint, name in names.items() if not joint.endswith("hand")} == expected
    assert "head" in nodes[found.head].name.lower()
    assert any(word in nodes[found.pelvis].name.lower() for word in ("hip", "pelvis", "root", "spine"))
    assert "neck" in nodes[found.spine[-1]].name.lower()
    assert found.spine[0] == found.pelvis


@pytest.mark.parametrize(
    ("tool", "hand"),
    [("VRM", "J_Bip_L_Middle1"), ("Unreal", "middle_01_l"), ("SMPL", "L_Hand"), ("CMU's .asf", "lfingers"), ("DAZ", None)],
)
def test_hands_are_where_fingers_begin(tool, hand):
    nodes, _ = nodes_of(tool)
    node = rig(nodes).limbs.get("left_hand")
    assert (nodes[node].name if node is not None else None) == hand


def test_a_limb_that_hangs_wrong_is_named():
    nodes, _ = nodes_of("early Biovision")
    names = [node.name for node in nodes]
    foot = names.index("LeftFoot")
    nodes[foot] = Node("LeftFoot", names.index("Hips"), (0.0, 1.0, 0.0))
    with pytest.raises(ValueError, match="the left ankle does not hang from the left knee"):
        rig(nodes)


def test_what_is_no_humanoid_is_refused_with_some_of_its_names():
    nodes = [Node("box", -1, (0.0, 0.0, 0.0)), Node("lid", 0, (0.0, 1.0, 0.0))]
    with pytest.raises(ValueError, match="no joint is known as the left hip; its joints are box, lid"):
        rig(nodes)
