"""Joint limits: knees and elbows bend one way, and fold so far.

Limbs here carry no twist (`kinematics.solve`), so which way a knee may bend depends on how the hip is turned out, which only
the bend itself tells. What stays forbidden for every turn-out is a shank that goes forward of its thigh, and a forearm that
goes back of its upper arm by more than a hinge gives. Of 51 minutes of real dance (Tang 2018, remastered, train split;
markers sit beside the joints) one frame in a hundred goes beyond the knees' limit, and one in a thousand beyond the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.inference import steadying
from ballo.motion import rotations
from ballo.motion.skeleton import Skeleton

KNEE_RADIANS = np.radians(9.0)
"""How far a shank may go forward of its thigh."""

ELBOW_RADIANS = np.radians(15.0)
"""How far a forearm may go back of its upper arm."""

KNEE_FOLD_RADIANS = np.radians(140.0)
ELBOW_FOLD_RADIANS = np.radians(155.0)
"""How far they fold."""

_ONSET_RADIANS = 0.05
"""A limit takes hold over so much, and not at once."""


@dataclass(frozen=True)
class Hinge:
    """A joint that bends one way.

    Args:
        joint: its number.
        bone: (3,) unit, where the limb beyond it points at rest; its fold is counted from there.
        forbidden: (3,) unit, the way it does not bend, in its parent's frame.
        most_radians: how far it may go that way.
        fold_radians: how far it folds in all.
        lever_metres: how far the farthest joint is that moves with it.
    """

    joint: int
    bone: np.ndarray
    forbidden: np.ndarray
    most_radians: float
    fold_radians: float
    lever_metres: float


def hinges_of(skeleton: Skeleton) -> tuple[Hinge, ...]:
    """Knees and elbows of a skeleton that names them so, at rest facing +Z."""
    known = set(skeleton.joint_names)
    found, levers = [], steadying.levers(skeleton)
    for kind, sign, most, fold in (
        ("knee", 1.0, KNEE_RADIANS, KNEE_FOLD_RADIANS),
        ("elbow", -1.0, ELBOW_RADIANS, ELBOW_FOLD_RADIANS),
    ):
        for joint in (skeleton.index(f"{side}_{kind}") for side in ("left", "right") if f"{side}_{kind}" in known):
            below = skeleton.children[joint]
            if below and skeleton.bone_lengths[below[0]] > 0:
                bone = skeleton.offsets[below[0]] / skeleton.bone_lengths[below[0]]
                found.append(Hinge(joint, bone, np.array([0.0, 0.0, sign]), most, fold, float(levers[joint])))
    return tuple(found)


def limit(hinges: tuple[Hinge, ...], local_wxyz: np.ndarray, most_metres: float) -> np.ndarray:
    """Bring hinges back inside their limits, as far as that moves no joint by more than `most_metres` about the hinge.

    Args:
        local_wxyz: (T, J, 4).

    Returns:
        (T, J, 4): frames inside all limits are left as they are.
    """
    limited = local_wxyz.copy()
    for hinge in hinges:
        allowed = most_metres / hinge.lever_metres / 2  # for each of the two limits
        now = limited[:, hinge.joint]
        bone = rotations.to_matrix(now) @ hinge.bone
        over = np.arcsin(np.clip(bone @ hinge.forbidden, -1, 1)) - hinge.most_radians
        now = rotations.multiply(_about(np.cross(hinge.forbidden, bone), _softened(over, allowed)), now)
        bone = rotations.to_matrix(now) @ hinge.bone
        over = np.arccos(np.clip(bone @ hinge.bone, -1, 1)) - hinge.fold_radians
        limited[:, hinge.joint] = rotations.multiply(_about(np.cross(bone, hinge.bone), _softened(over, allowed)), now)
    return limited


def _softened(over: np.ndarray, most: float) -> np.ndarray:
    """How far to turn back: nothing below 0, all of a little, never more than `most`, without a corner."""
    over = np.clip(over, 0, None)
    return most * np.tanh(over**2 / (over + _ONSET_RADIANS) / most)


def _about(axis: np.ndarray, radians: np.ndarray) -> np.ndarray:
    """(T, 4) turns about axes (T, 3) of any length; none about a zero axis."""
    lengths = np.linalg.norm(axis, axis=-1, keepdims=True)
    return rotations.from_vector(axis / np.where(lengths > 1e-9, lengths, np.inf) * radians[:, None])
