"""What other programs call the dancer's joints, and whose dancer a file's names are: one table for every format with a rig.

Sources: Unity Scripting API, HumanBodyBones; VRM consortium, VRMC_vrm 1.0, humanoid bones; Unreal Engine 5 mannequin; rigs that
Mixamo writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ballo.motion.skeleton import DANCER


@dataclass(frozen=True)
class Names:
    """A joint's names. A joint that a standard does not know carries a name in its style, and "" in `vrm` and `unity`.

    Args:
        mixamo: as Mixamo and HumanIK call it; "LeftUpLeg".
        vrm: the key of VRM 1.0's humanoid; "leftUpperLeg".
        unity: the slot of Unity's Humanoid avatar (HumanBodyBones); "LeftUpperLeg".
        unreal: the bone of Unreal Engine's mannequins; "thigh_l".
    """

    mixamo: str
    vrm: str
    unity: str
    unreal: str


def _sides() -> dict[str, Names]:
    table: dict[str, Names] = {}
    for side, big, short in (("left", "Left", "l"), ("right", "Right", "r")):
        table |= {
            f"{side}_hip": Names(f"{big}UpLeg", f"{side}UpperLeg", f"{big}UpperLeg", f"thigh_{short}"),
            f"{side}_knee": Names(f"{big}Leg", f"{side}LowerLeg", f"{big}LowerLeg", f"calf_{short}"),
            f"{side}_ankle": Names(f"{big}Foot", f"{side}Foot", f"{big}Foot", f"foot_{short}"),
            f"{side}_heel": Names(f"{big}Heel", "", "", f"heel_{short}"),
            f"{side}_toe": Names(f"{big}ToeBase", f"{side}Toes", f"{big}Toes", f"ball_{short}"),
            f"{side}_shoulder": Names(f"{big}Arm", f"{side}UpperArm", f"{big}UpperArm", f"upperarm_{short}"),
            f"{side}_elbow": Names(f"{big}ForeArm", f"{side}LowerArm", f"{big}LowerArm", f"lowerarm_{short}"),
            f"{side}_wrist": Names(f"{big}Hand", f"{side}Hand", f"{big}Hand", f"hand_{short}"),
            f"{side}_hand": Names(f"{big}HandMiddle1", f"{side}MiddleProximal", f"{big}MiddleProximal", f"middle_01_{short}"),
        }
    return table


HUMANOID: dict[str, Names] = {
    "pelvis": Names("Hips", "hips", "Hips", "pelvis"),
    "chest": Names("Spine", "spine", "Spine", "spine_01"),
    "neck": Names("Neck", "neck", "Neck", "neck_01"),
    "head": Names("Head", "head", "Head", "head"),
    **_sides(),
}
"""Each of `DANCER`'s joints. Her chest turns at the small of the back, where others have the first joint of a spine; her hand
is at the knuckles. She has no collar bones: her shoulders ride on the chest."""


def of_dancer(names: Sequence[str], parents: Sequence[int]) -> tuple[str, ...] | None:
    """A file's joints under the dancer's own names, if they are hers under Mixamo's or Unreal's; None for anybody else's.

    Args:
        names: J joints' names in any order.
        parents: each one's parent, -1 for the root.
    """
    for style in ("mixamo", "unreal"):
        own = {str(getattr(each, style)): name for name, each in HUMANOID.items()}
        if len(names) != len(own) or set(names) != set(own):
            continue
        said = tuple(own[name] for name in names)
        above = {name: said[parent] if parent >= 0 else None for name, parent in zip(said, parents, strict=True)}
        hers = zip(DANCER.joint_names, DANCER.parents, strict=True)
        if all(above[name] == (DANCER.joint_names[parent] if parent >= 0 else None) for name, parent in hers):
            return said
    return None


def distinct(names: Iterable[str], between: str = " ") -> list[str]:
    """Names of which no two are the same: "arm", "arm 2" for a second one, and a number further if the file has that, too."""
    taken: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for name in names:
        new = name
        while new in taken:
            numbers[name] = numbers.get(name, 1) + 1
            new = f"{name}{between}{numbers[name]}"
        taken[new] = None
    return list(taken)
