"""The dancer's pose on another humanoid's skeleton: limbs point as hers, feet stand where hers stand.

Both skeletons are in the house's axes at rest (not turned, facing +Z). Axis order T frames, J joints.
"""

from __future__ import annotations

import numpy as np

from ballo.errors import ExportError
from ballo.export import humanoid
from ballo.export.character_bones import SIDES
from ballo.motion import rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

LIMBS = {
    "UpperLeg": ("hip", "LowerLeg", "knee"),
    "LowerLeg": ("knee", "Foot", "ankle"),
    "UpperArm": ("shoulder", "LowerArm", "elbow"),
    "LowerArm": ("elbow", "Hand", "wrist"),
    "Hand": ("wrist", "MiddleProximal", "hand"),
}
"""A bone: the dancer's joint that turns it, and the ends that say where either points."""


def danced(motion: Motion, skeleton: Skeleton, bones: tuple[str, ...], rest: np.ndarray) -> Motion:
    """The motion on `skeleton`, whose joints are called `bones` and stand at `rest` (J, 3), the floor at 0.

    Raises:
        ExportError: the motion is not that of ballo's dancer.
    """
    if not humanoid.is_humanoid(motion.skeleton):
        raise ExportError("only a dance of ballo's own dancer goes on a character; this motion has another skeleton")
    turned = _turned(motion, skeleton, bones, rest)
    root = _root(motion, bones, rest, turned)
    return Motion(skeleton, local(skeleton, turned), root, motion.fps, motion.contacts, motion.meta)


def world(skeleton: Skeleton, local_wxyz: np.ndarray) -> np.ndarray:
    """(T, J, 4) how joints are turned in the world, from how they are in their parents."""
    turned = np.empty_like(local_wxyz)
    for joint, parent in enumerate(skeleton.parents):
        own = local_wxyz[:, joint]
        turned[:, joint] = own if parent < 0 else rotations.multiply(turned[:, parent], own)
    return turned


def local(skeleton: Skeleton, turned: np.ndarray) -> np.ndarray:
    """The inverse of `world`, with signs that do not jump."""
    own = turned.copy()
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            own[:, joint] = rotations.multiply(rotations.inverse(turned[:, parent]), turned[:, joint])
    return rotations.continuous(own / np.linalg.norm(own, axis=-1, keepdims=True))


def _turned(motion: Motion, skeleton: Skeleton, bones: tuple[str, ...], rest: np.ndarray) -> np.ndarray:
    """(T, J, 4) how each joint is turned in the world."""
    dancer = motion.skeleton
    hers = dict(zip(dancer.joint_names, np.swapaxes(world(dancer, motion.rotations.astype(np.float64)), 0, 1), strict=True))
    turned = np.empty((len(motion), len(skeleton), 4))
    turned[:, 0] = hers["pelvis"]
    head = bones.index("head")
    spine = [joint for joint in _line(skeleton, head) if _holds_arms(skeleton, bones, joint)]
    neck = [joint for joint in _line(skeleton, head) if joint not in spine]
    for above, below, joints in (("pelvis", "chest", spine), ("chest", "neck", neck)):
        for place, joint in enumerate(joints, start=1):
            turned[:, joint] = slerp(hers[above], hers[below], place / len(joints))
    turned[:, head] = hers["head"]
    for joint, bone in enumerate(bones):
        side, part = next(((side, bone[len(side) :]) for side in SIDES if bone.startswith(side)), ("", bone))
        if side and part in LIMBS:
            turned[:, joint] = rotations.multiply(hers[f"{side}_{LIMBS[part][0]}"], _swing(dancer, bones, rest, side, part))
        elif side and part == "Foot":
            turned[:, joint] = rotations.multiply(hers[f"{side}_ankle"], _pointed(dancer, bones, rest, side))
        elif side:
            turned[:, joint] = turned[:, skeleton.parents[joint]]
    return turned


def _line(skeleton: Skeleton, head: int) -> list[int]:
    """The joints between the root and the head."""
    line, joint = [], skeleton.parents[head]
    while joint > 0:
        line.append(joint)
        joint = skeleton.parents[joint]
    return line[::-1]


def _holds_arms(skeleton: Skeleton, bones: tuple[str, ...], joint: int) -> bool:
    above = skeleton.parents[bones.index("leftUpperArm")]
    while above >= 0 and above != joint:
        above = skeleton.parents[above]
    return above == joint


def _swing(dancer: Skeleton, bones: tuple[str, ...], rest: np.ndarray, side: str, part: str) -> np.ndarray:
    """(4,) turns a limb from where it points at rest to where hers does, so that an A-pose becomes her T-pose."""
    _, end, her_end = LIMBS[part]
    if f"{side}{end}" not in bones:
        # A hand without fingers goes on as its forearm did.
        return _swing(dancer, bones, rest, side, "LowerArm")
    own = rest[bones.index(f"{side}{end}")] - rest[bones.index(f"{side}{part}")]
    return rotations.from_matrix(rotations.between(own, dancer.offsets[dancer.index(f"{side}_{her_end}")]))


def _pointed(dancer: Skeleton, bones: tuple[str, ...], rest: np.ndarray, side: str) -> np.ndarray:
    """(4,) turns a foot about Y until it points ahead as hers at rest. Soles are flat in both."""
    if f"{side}Toes" not in bones:
        return np.array([1.0, 0.0, 0.0, 0.0])
    start = f"{side}Heel" if f"{side}Heel" in bones else f"{side}Foot"
    own = rest[bones.index(f"{side}Toes")] - rest[bones.index(start)]
    ahead = dancer.offsets[dancer.index(f"{side}_toe")] - dancer.offsets[dancer.index(f"{side}_heel")]
    level = np.array([1.0, 0.0, 1.0])
    return rotations.from_matrix(rotations.between(own * level, ahead * level))


def _root(motion: Motion, bones: tuple[str, ...], rest: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """(T, 3) metres: hers in proportion to the legs, ankles as high over the floor as they are at rest."""
    dancer = motion.skeleton
    share = _leg(rest[[bones.index(f"left{part}") for part in ("UpperLeg", "LowerLeg", "Foot")]]) / _leg(
        np.cumsum(dancer.offsets[[dancer.index(f"left_{joint}") for joint in ("hip", "knee", "ankle")]], axis=0)
    )
    hers = np.mean([dancer.offsets[dancer.index(f"{side}_hip")] for side in SIDES], axis=0)
    own = np.mean([rest[bones.index(f"{side}UpperLeg")] for side in SIDES], axis=0) - rest[0]
    pelvis = rotations.to_matrix(motion.rotations[:, 0].astype(np.float64))
    hips = motion.root.astype(np.float64) + pelvis @ hers
    ankle = np.mean([rest[bones.index(f"{side}Foot"), 1] for side in SIDES])
    heels = -np.mean([dancer.offsets[dancer.index(f"{side}_heel"), 1] for side in SIDES])
    root = share * hips - rotations.to_matrix(turned[:, 0]) @ own
    root[:, 1] += ankle - share * heels
    return np.asarray(root)


def _leg(places: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


def slerp(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """From one rotation (T, 4) the shorter way to another."""
    step = rotations.to_vector(rotations.multiply(rotations.inverse(start), end))
    return rotations.multiply(start, rotations.from_vector(step * share))
