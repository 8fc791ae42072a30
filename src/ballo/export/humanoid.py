"""What a file calls the dancer's joints: the names of `ballo.motion.bone_names`, for every format that carries a rig.

Files carry the Mixamo column by default, without its `mixamorig:` prefix: these are also the names of MotionBuilder's and
Maya's HumanIK, and what retargeting maps (Unity's Humanoid, Unreal's IK Retargeter, Rokoko's and other add-ons of Blender) look
for first.
"""

from __future__ import annotations

from collections.abc import Sequence

from ballo.errors import ExportError
from ballo.motion.bone_names import HUMANOID, Names
from ballo.motion.skeleton import DANCER, Skeleton

__all__ = ["DEFAULT", "HUMANOID", "STYLES", "Names", "armature", "bone_names", "is_humanoid"]

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


def armature(bones: Sequence[str]) -> str:
    """What the node above these bones is called. Unreal makes it the skeleton's root; its mannequins have one of that name."""
    return "root" if HUMANOID["left_hip"].unreal in bones else "Dancer"
