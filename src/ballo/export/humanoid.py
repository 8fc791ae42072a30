"""What other programs call the dancer's joints: one table for every format that carries a rig.

Files carry the Mixamo column by default, without its `mixamorig:` prefix: these are also the names of MotionBuilder's and
Maya's HumanIK, and what retargeting maps (Unity's Humanoid, Unreal's IK Retargeter, Rokoko's and other add-ons of Blender) look
for first.

Sources: Unity Scripting API, HumanBodyBones; VRM consortium, VRMC_vrm 1.0, humanoid bones; Unreal Engine 5 mannequin; rigs that
Mixamo writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from ballo.errors import ExportError
from ballo.motion.skeleton import DANCER, Skeleton


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

DEFAULT = "mixamo"
STYLES = ("mixamo", "unreal", "ballo")
"""What `names=` may be."""


def is_humanoid(skeleton: Skeleton) -> bool:
    """Whether the table knows a skeleton: it has `DANCER`'s joints, whatever their distances."""
    return (skeleton.joint_names, skeleton.parents) == (DANCER.joint_names, DANCER.parents)


def bone_names(skeleton: Skeleton, style: str = DEFAULT) -> tuple[str, ...]:
    """The names that a file carries for a skeleton's joints: another program's, or its own where the table does not know it.

    Raises:
        ExportError: no such style.
    """
    if style not in STYLES:
        raise ExportError(f"no bone names called {style!r}: choose among {', '.join(STYLES)}")
    if style == "ballo" or not is_humanoid(skeleton):
        return skeleton.joint_names
    return tuple(str(getattr(HUMANOID[name], style)) for name in skeleton.joint_names)
