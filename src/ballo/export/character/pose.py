"""The dancer's pose on another humanoid's skeleton: limbs point as hers, feet stand where hers stand.

Both skeletons are in the house's axes at rest (not turned, facing +Z). Axis order T frames, J joints.
"""

from __future__ import annotations

import numpy as np

from ballo.export.character.bones import SIDES
from ballo.export.character.figure import Dancer, Figure, dancer_of, local, slerp, turn
from ballo.export.character.limbs import STRAIGHT_SHARE, aimed, along, bend, facing, reached, unit
from ballo.export.character.soles import straightened
from ballo.motion import rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

_NEAR = 0.06
"""Of a leg's length, how far from the floor toes begin to bend to it."""
_MOST_TOES_RADIANS = np.radians(60.0)
TURN_SECONDS = 0.12
"""To either side of a moment, over which the way that a limb faces is a mean."""
EASE_SECONDS = 0.2
"""Over so long hips go down for a leg that is too short, and come up again."""
_LOWEST_SHARE = 0.06
"""Of the leg's length, that hips go down at most."""


def danced(motion: Motion, figure: Figure) -> Motion:
    """The motion on a figure's skeleton.

    Raises:
        ExportError: the motion has no frames, or is not that of ballo's dancer.
    """
    dancer = dancer_of(motion)
    turned = _trunk(dancer, figure, len(motion))
    share = _leg_share(dancer, figure)
    hips = _hips(dancer, figure, turned[:, 0], share)
    ankles = {side: _ankle(dancer, figure, side, share) for side in SIDES}
    hips = _lowered(hips, turned[:, 0], dancer, figure, ankles, motion.fps)
    frames = round(TURN_SECONDS * motion.fps)
    for side in SIDES:
        _set_leg(turned, hips, ankles[side], dancer, figure, side, share, frames)
        _set_arm(turned, dancer, figure, side, frames)
    return Motion(figure.skeleton, local(figure.skeleton, turned), hips, motion.fps, dancer.standing, motion.meta)


def _trunk(dancer: Dancer, figure: Figure, frames: int) -> np.ndarray:
    """(T, J, 4) how joints are turned in the world: trunk, neck and head; what hangs from them goes with them."""
    skeleton, head = figure.skeleton, figure.bones.index("head")
    turned = np.empty((frames, len(skeleton), 4))
    line = _line(skeleton, head)
    arms = _line(skeleton, figure.bones.index("leftUpperArm"))
    spine, neck = [joint for joint in line if joint in arms], [joint for joint in line if joint not in arms]
    turned[:, 0] = dancer.turned["pelvis"]
    for above, below, joints in (("pelvis", "chest", spine), ("chest", "neck", neck)):
        for place, joint in enumerate(joints, start=1):
            turned[:, joint] = slerp(dancer.turned[above], dancer.turned[below], place / len(joints))
    turned[:, head] = dancer.turned["head"]
    return turned


def _line(skeleton: Skeleton, joint: int) -> list[int]:
    """The joints between the root and a joint."""
    line = []
    while (joint := skeleton.parents[joint]) > 0:
        line.append(joint)
    return line[::-1]


def _leg_share(dancer: Dancer, figure: Figure) -> float:
    """How long a figure's legs are, hers being 1."""
    legs = (
        (figure.length(f"{side}UpperLeg", f"{side}LowerLeg") + figure.length(f"{side}LowerLeg", f"{side}Foot"))
        / dancer.leg(side)
        for side in SIDES
    )
    return float(np.mean(list(legs)))


def _hips(dancer: Dancer, figure: Figure, turned: np.ndarray, share: float) -> np.ndarray:
    """(T, 3) where the hips are: hers in proportion to the legs, over the feet, so high that legs are as straight as hers."""
    hers = sum(dancer.places[f"{side}_hip"] for side in SIDES) / 2
    own = sum(figure.at(f"{side}UpperLeg") for side in SIDES) / 2 - figure.rest[0]
    seats = [_seat(dancer, figure, side, share) for side in SIDES]
    ahead, higher = float(np.mean(seats, axis=0)[2]), []
    for side, seat in zip(SIDES, seats, strict=True):
        hip, knee, ankle = (dancer.rest[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        straight = np.linalg.norm(ankle - hip) / (np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
        foot = share * ankle + seat
        aside = foot[0] - figure.at(f"{side}UpperLeg")[0], foot[2] - share * hip[2] - ahead
        length = straight * share * dancer.leg(side)
        higher.append(foot[1] + np.sqrt(max(length**2 - aside[0] ** 2 - aside[1] ** 2, 0.0)) - share * hip[1])
    return np.asarray(share * hers + turn(turned, np.array([0.0, 0.0, ahead]) - own) + [0.0, np.mean(higher), 0.0])


def _seat(dancer: Dancer, figure: Figure, side: str, share: float) -> np.ndarray:
    """(3,) from where the dancer's ankle is at rest, in proportion, to where the figure's is when its sole lies on hers.

    Balls of feet are where hers are: dancers turn on them, and what is beside the place they turn on slides.
    """
    toe, heel, ankle = (dancer.rest[f"{side}_{joint}"] for joint in ("toe", "heel", "ankle"))
    _, ball = figure.soles[SIDES.index(side)]
    forward = share * toe[2] - ball[2] if f"{side}Toes" in figure.bones else share * ankle[2]
    return np.array([share * (toe[0] + heel[0]) / 2 - ball[0], -ball[1], forward]) - share * ankle


def _ankle(dancer: Dancer, figure: Figure, side: str, share: float) -> np.ndarray:
    """(T, 3) where an ankle belongs: its sole on hers, which is as large as the legs say, and as far from the floor."""
    turned = dancer.turned[f"{side}_ankle"]
    ankle = share * dancer.places[f"{side}_ankle"] + turn(turned, _seat(dancer, figure, side, share))
    lowest = np.min([turn(turned, point)[:, 1] for point in figure.soles[SIDES.index(side)]], axis=0)
    ankle[:, 1] = share * _height(dancer, side) - lowest
    return np.asarray(ankle)


def _height(dancer: Dancer, side: str) -> np.ndarray:
    """(T,) how far her foot is from the floor."""
    return np.minimum(dancer.places[f"{side}_heel"][:, 1], dancer.places[f"{side}_toe"][:, 1])


def _lowered(
    hips: np.ndarray, turned: np.ndarray, dancer: Dancer, figure: Figure, ankles: dict[str, np.ndarray], fps: float
) -> np.ndarray:
    """Hips at a height at which legs that stand are as straight as hers, in the mean, and at which all of those reach."""
    frames = round(EASE_SECONDS * fps)
    lengths = [
        figure.length(f"{side}UpperLeg", f"{side}LowerLeg") + figure.length(f"{side}LowerLeg", f"{side}Foot") for side in SIDES
    ]
    hers = [
        np.linalg.norm(dancer.places[f"{side}_ankle"] - dancer.places[f"{side}_hip"], axis=-1) / dancer.leg(side)
        for side in SIDES
    ]
    standing = dancer.standing.astype(np.float64)

    def short(shares: list[np.ndarray]) -> np.ndarray:
        """(T, 2) how much lower hips would make each leg so straight: this share of its length."""
        found = []
        for side, length, share in zip(SIDES, lengths, shares, strict=True):
            leg = ankles[side] - hips - turn(turned, figure.at(f"{side}UpperLeg") - figure.rest[0])
            reach = np.sqrt(np.clip((share * length) ** 2 - leg[:, 0] ** 2 - leg[:, 2] ** 2, 0.0, None))
            found.append(np.clip(-leg[:, 1] - reach, -_LOWEST_SHARE * length, _LOWEST_SHARE * length))
        return standing * np.stack(found, axis=-1)

    hips = hips.copy()
    hips[:, 1] -= _mean(short(hers).sum(axis=1) / np.maximum(standing.sum(axis=1), 1.0), 2 * frames)
    need = short([np.clip(share, STRAIGHT_SHARE, 1.0) for share in hers]).max(axis=1)
    hips[:, 1] -= _eased(np.maximum(need, 0.0), frames)
    return hips


def _eased(need: np.ndarray, frames: int) -> np.ndarray:
    """(T,) at least `need`, without corners: the largest around, and the mean of that over as long."""
    if frames < 1 or not need.any():
        return need
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(need, frames, mode="edge"), 2 * frames + 1).max(axis=-1)
    return _mean(wide, frames)


def _mean(values: np.ndarray, frames: int) -> np.ndarray:
    """(T,) the mean around each moment, so many frames to either side."""
    window = np.hanning(2 * frames + 3)[1:-1]
    return np.convolve(np.pad(values, frames, mode="edge"), window / window.sum(), mode="valid")


def _set_leg(
    turned: np.ndarray,
    hips: np.ndarray,
    ankle: np.ndarray,
    dancer: Dancer,
    figure: Figure,
    side: str,
    share: float,
    frames: int,
) -> None:
    """A leg that reaches its ankle, with the knee to the dancer's side, and a foot turned as hers."""
    thigh, shank, foot = (figure.bones.index(f"{side}{part}") for part in ("UpperLeg", "LowerLeg", "Foot"))
    joints = her_hip, her_knee, her_ankle = tuple(dancer.places[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    way = unit(her_ankle - her_hip)
    ahead = unit(dancer.places[f"{side}_toe"] - dancer.places[f"{side}_heel"])
    carried = turn(dancer.turned[f"{side}_hip"], np.array([0.0, 0.0, 1.0]))
    bent = unit(her_knee - her_hip) - unit(her_ankle - her_knee)
    faces = facing(bent, ahead - along(ahead, way), carried, frames)
    hip = hips + turn(turned[:, 0], figure.rest[thigh] - figure.rest[0])
    upper, lower = figure.rest[shank] - figure.rest[thigh], figure.rest[foot] - figure.rest[shank]
    lengths = float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
    knee, end = reached(hip, ankle, *lengths, share * bend(*joints), faces)
    turned[:, thigh], turned[:, shank] = aimed(upper, knee - hip, faces), aimed(lower, end - knee, faces)
    turned[:, foot] = rotations.multiply(dancer.turned[f"{side}_ankle"], straightened(figure.places(), side))
    if f"{side}Heel" in figure.bones:
        turned[:, figure.bones.index(f"{side}Heel")] = turned[:, foot]
    if f"{side}Toes" in figure.bones:
        near = np.clip(1 - _height(dancer, side) / (_NEAR * dancer.leg(side)), 0.0, 1.0)
        turned[:, figure.bones.index(f"{side}Toes")] = rotations.multiply(_flat(ahead, near), turned[:, foot])


def _flat(ahead: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(T, 4) turns toes that point down, along `ahead` (T, 3), back to the floor by a share (T,)."""
    level = unit(ahead * [1.0, 0.0, 1.0])
    bent = rotations.to_vector(rotations.from_matrix(rotations.between(ahead, level)))
    angle = np.linalg.norm(bent, axis=-1)
    least = np.minimum(angle, _MOST_TOES_RADIANS) / np.where(angle > 0, angle, 1.0)
    return rotations.from_vector(bent * (np.where(ahead[:, 1] < 0, share, 0.0) * least)[:, None])


def _set_arm(turned: np.ndarray, dancer: Dancer, figure: Figure, side: str, frames: int) -> None:
    """An arm whose bones point as hers."""
    shoulder, elbow, wrist = (dancer.places[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
    carried = turn(dancer.turned[f"{side}_shoulder"], np.array([0.0, 0.0, 1.0]))
    faces = facing(unit(wrist - elbow) - unit(elbow - shoulder), carried, carried, frames)
    bones = [(f"{side}UpperArm", f"{side}LowerArm", elbow - shoulder), (f"{side}LowerArm", f"{side}Hand", wrist - elbow)]
    for bone, end, way in bones:
        turned[:, figure.bones.index(bone)] = aimed(figure.way(bone, end), way, faces)
    forearm, hand = figure.bones.index(f"{side}LowerArm"), figure.bones.index(f"{side}Hand")
    turned[:, hand] = turned[:, forearm]
    if f"{side}MiddleProximal" in figure.bones:
        knuckle = figure.bones.index(f"{side}MiddleProximal")
        now = turn(turned[:, forearm], figure.rest[knuckle] - figure.rest[hand])
        swing = rotations.from_matrix(rotations.between(now, dancer.places[f"{side}_hand"] - wrist))
        turned[:, hand] = turned[:, knuckle] = rotations.multiply(swing, turned[:, forearm])
