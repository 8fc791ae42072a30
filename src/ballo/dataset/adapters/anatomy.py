"""What a source leaves unsaid of its dancers: the unit, which way is up, heels, hands; told by what people are like.

Positions are given by joint name of `DANCER` as {name: (T, 3)}, right-handed, and Y up once `upright` has seen them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ballo.dataset.dancer import leg_length
from ballo.motion.skeleton import DANCER

SIDES = ("left", "right")

UNITS = {"mm": 0.001, "cm": 0.01, "inch": 0.0254, "CMU (1/0.45 inch)": 0.0254 / 0.45, "m": 1.0}
"""Metres. CMU's skeletons are inches times 0.45, as their .asf files say, and so are the .bvh made from them."""
LEGS_METRES = (0.55, 1.15)
"""Hip to ankle of people, from a child's to a giant's."""

CHEST_SHARE = float(
    DANCER.bone_lengths[DANCER.index("chest")] / DANCER.bone_lengths[[DANCER.index(n) for n in ("chest", "neck")]].sum()
)
"""Where on the way from pelvis to neck `DANCER`'s chest is."""
_HAND_SHARE = float(DANCER.bone_lengths[DANCER.index("left_hand")] / DANCER.bone_lengths[DANCER.index("left_wrist")])
_HEEL_SHARE = 0.064 / 0.140  # how far the heel is behind the ankle, by how far the ball of the foot is ahead of it
_DROPS = (0.15, 0.75)  # the least and most of a foot's bone that can be height, when it stands flat
_STANDING_METRES, _STANDING_SPEED = 0.03, 0.25


def unit(joints: Mapping[str, np.ndarray]) -> tuple[float, str]:
    """What to multiply by for metres, and what was guessed, in words: by the length of the legs.

    Where no unit makes a person's legs, they are scaled to `DANCER`'s; directions are all that a retarget takes anyway.

    Raises:
        ValueError: there are no legs to speak of.
    """
    legs = _legs(joints)
    if not 1e-6 < legs < 1e9:
        raise ValueError(f"its legs are {legs:g} long")
    name = min(UNITS, key=lambda name: abs(np.log(legs * UNITS[name] / leg_length())))
    if LEGS_METRES[0] <= legs * UNITS[name] <= LEGS_METRES[1]:
        return UNITS[name], f"unit taken to be {name}: legs of {legs:.4g} are {legs * UNITS[name]:.2f} m"
    return leg_length() / legs, f"no unit makes a person of legs of {legs:.4g}: scaled to legs of {leg_length():.2f} m"


def _legs(joints: Mapping[str, np.ndarray]) -> float:
    """Hip to knee to ankle, the median over the dance of both legs' mean."""
    bones = [joints[f"{side}_{end}"] - joints[f"{side}_{start}"] for side in SIDES for start, end in _LEG]
    return float(np.median(sum(np.linalg.norm(bone, axis=-1) for bone in bones))) / len(SIDES)


_LEG = (("hip", "knee"), ("knee", "ankle"))


def upright(joints: Mapping[str, np.ndarray]) -> tuple[np.ndarray, str | None]:
    """The rotation (3, 3) that brings up to Y, and a note unless there was nothing to do: up is where heads mostly are.

    Raises:
        ValueError: the dancer is upright along no axis, as when he lies throughout.
    """
    feet = (joints["left_ankle"] + joints["right_ankle"]) / 2
    up = np.median(joints["neck"] - feet, axis=0)
    axis = int(np.argmax(np.abs(up)))
    if abs(up[axis]) < 0.7 * np.linalg.norm(up):
        raise ValueError("which way is up cannot be told: no axis goes from the feet to the neck")
    if axis == 1 and up[1] > 0:
        return np.eye(3), None
    towards = np.zeros(3)
    towards[axis] = np.sign(up[axis])
    third = np.roll(np.eye(3), -1, axis=1)[axis] if axis != 1 else np.array([1.0, 0.0, 0.0])
    # Rows say where the new axes lie in the old: any turn about the vertical will do.
    rows = np.stack([third, towards, np.cross(third, towards)])
    return rows, f"turned so that Y is up; in the file {'-' if up[axis] < 0 else ''}{'XYZ'[axis]} is"


def check_sides(joints: Mapping[str, np.ndarray], ahead: np.ndarray, what: str) -> None:
    """Left must be left: `ahead` (T, 3), where `what` says that it points, must not be behind a body whose left is on its left.

    Raises:
        ValueError: it points behind: the coordinates are left-handed, or left and right are exchanged.
    """
    across = joints["left_hip"] - joints["right_hip"] + joints["left_shoulder"] - joints["right_shoulder"]
    forward = np.cross(across, [0.0, 1.0, 0.0])
    agreement = np.sum(forward * ahead, axis=-1) / np.maximum(
        np.linalg.norm(forward, axis=-1) * np.linalg.norm(ahead, axis=-1), 1e-9
    )
    if np.median(agreement) < -0.3:
        raise ValueError(f"{what} backwards: left and right are exchanged, or the coordinates are left-handed")


def hands(joints: dict[str, np.ndarray]) -> None:
    """Set the hands that `joints` lacks: on along the forearm, as far as `DANCER`'s are."""
    for side in SIDES:
        if f"{side}_hand" not in joints:
            wrist = joints[f"{side}_wrist"]
            joints[f"{side}_hand"] = wrist + _HAND_SHARE * (wrist - joints[f"{side}_elbow"])


HANDS_NOTE = "no hands: set on along the forearms"


def skull(joints: dict[str, np.ndarray]) -> None:
    """Move the head from its joint, where the skull sits on the neck, to its middle: 10 cm on, seen from the chest. Any unit.

    From the neck, that joint is so near and so far ahead (by 30 degrees in SMPL and Bandai-Namco's) that heads would hang.
    """
    onward = _unit(joints["head"] - joints["chest"])
    joints["head"] = joints["head"] + _SKULL_METRES * _legs(joints) / leg_length() * onward


_SKULL_METRES = 0.10
SKULL_NOTE = "no crown: the head's middle set 10 cm beyond its joint"


def heels(joints: dict[str, np.ndarray], fps: float) -> None:
    """Set heels behind the ankles, on the sole: level with the toe joints while a foot stands flat. Metres, Y up.

    How far the toe joint lies under the ankle when the foot is flat is taken from the frames in which it stands; then the sole
    keeps its angle to the foot's bone.
    """
    for side in SIDES:
        ankle, toe = joints[f"{side}_ankle"], joints[f"{side}_toe"]
        foot = toe - ankle
        length = np.maximum(np.linalg.norm(foot, axis=-1, keepdims=True), 1e-9)
        drop = np.clip(_flat_drop(ankle, toe, fps), _DROPS[0] * np.median(length), _DROPS[1] * np.median(length))
        reach = np.sqrt(np.maximum(length**2 - drop**2, 0.0))
        along = foot / length
        across = _across(joints, side, along)
        above = np.cross(along, _unit(across - np.sum(across * along, axis=-1, keepdims=True) * along))
        ahead, up = (reach * along + drop * above) / length, (reach * above - drop * along) / length
        joints[f"{side}_heel"] = ankle - drop * up - _HEEL_SHARE * reach * ahead


def _across(joints: Mapping[str, np.ndarray], side: str, foot: np.ndarray) -> np.ndarray:
    """(T, 3) the axis that a foot (T, 3), a direction, pitches about, towards the body's left.

    Square to foot and shin while they make an angle. A pointed foot is in line with the shin, or past it: then it is the knee's
    axis, and with a straight leg the hips'.
    """
    hip, knee, ankle = (joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    thigh, shin = _unit(hip - knee), _unit(knee - ankle)
    hinge = np.cross(thigh, shin) + 0.3 * _unit(joints["left_hip"] - joints["right_hip"])
    return np.cross(shin, foot) + 0.5 * _unit(hinge)


HEELS_NOTE = "no heels: set behind the ankles, level with the toe joints when a foot stands flat"


def _flat_drop(ankle: np.ndarray, toe: np.ndarray, fps: float) -> float:
    """How far the toe joint is under the ankle while the foot stands flat, in metres; half the foot's bone if it never does."""
    speed = np.linalg.norm(np.diff(toe, axis=0), axis=-1) * fps
    slow = np.concatenate([speed, speed[-1:]]) < _STANDING_SPEED
    standing = slow & (toe[:, 1] < np.percentile(toe[:, 1], 10) + _STANDING_METRES)
    drops = (ankle - toe)[standing, 1]
    # A foot also stands on its ball, with the ankle high; flat is the lower end of what is seen.
    return float(np.percentile(drops, 25)) if len(drops) >= 5 else 0.5 * float(np.median(np.linalg.norm(toe - ankle, axis=-1)))


def soles(joints: dict[str, np.ndarray]) -> None:
    """Set heels and toes for a dancer known down to the ankles only. Metres, Y up.

    A foot points as the leg above it faces: as the knee does when it is bent, as the hips do when it is straight. It is level
    while the ankle is as low as an ankle is that stands, and at right angles to the shin once it is 20 cm up.
    """
    hips = joints["left_hip"] - joints["right_hip"]
    facing = _unit(np.cross(hips, [0.0, 1.0, 0.0]))
    low = min(float(np.percentile(joints[f"{side}_ankle"][:, 1], 10)) for side in SIDES)
    for side in SIDES:
        hip, knee, ankle = (joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
        leg = _unit(hip - ankle)
        bend = knee - ankle - np.sum((knee - ankle) * leg, axis=-1, keepdims=True) * leg
        # A bend of 5 cm begins to say more than the hips do; one to the back is noise, for knees bend forward.
        bend = np.where(np.sum(bend * facing, axis=-1, keepdims=True) > 0, bend, 0.0)
        ahead = facing * 0.05 * np.linalg.norm(hip - ankle, axis=-1, keepdims=True) + bend
        lift = np.clip((ankle[:, 1, None] - low - 0.03) / 0.17, 0.0, 1.0)
        up = _unit((1 - lift) * np.array([0.0, 1.0, 0.0]) + lift * _unit(knee - ankle))
        ahead = _unit(ahead - np.sum(ahead * up, axis=-1, keepdims=True) * up)
        size = np.median(np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)) / leg_length()
        for name, reach in (("heel", -0.064), ("toe", 0.140)):
            joints[f"{side}_{name}"] = ankle + size * (reach * ahead - _SOLE_METRES * up)


_SOLE_METRES = float(np.hypot(0.050, 0.073))  # from `DANCER`'s ankle square down to the line of heel and toe
SOLES_NOTE = "no feet: heels and toes set under the ankles, pointing as the knees and hips do, level while an ankle is low"


def along(points: np.ndarray, share: float) -> np.ndarray:
    """(T, 3) the place at `share` of the way along lines through (T, P, 3) points."""
    steps = np.median(np.linalg.norm(np.diff(points, axis=1), axis=-1), axis=0)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    before = min(int(np.searchsorted(reached, share * reached[-1], side="right")) - 1, len(steps) - 1)
    rest = (share * reached[-1] - reached[before]) / max(steps[before], 1e-12)
    return points[:, before] * (1 - rest) + points[:, before + 1] * rest


def in_order(joints: Mapping[str, np.ndarray]) -> np.ndarray:
    """(T, 22, 3) in the order of `DANCER` (KeyError if one is missing)."""
    return np.stack([joints[name] for name in DANCER.joint_names], axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
