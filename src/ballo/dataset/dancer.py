"""The 23 published points to one dancer: 22 joints, one body, constant bone lengths, feet on the floor.

The points are optical markers, and means of two, renumbered; two people wore them and take turns within a dance. Each
person's joints are found from the points, then her bone directions drive `DANCER`, whose steps are scaled to her legs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

LEFT_HEAD, RIGHT_HEAD, THORAX = 0, 1, 2
LEFT_SHOULDER, LEFT_ELBOW, LEFT_FOREARM, LEFT_WRIST_AND_FINGER, LEFT_FINGER = 3, 4, 5, 6, 22
LEFT_BELT, LEFT_KNEE, LEFT_ANKLE, LEFT_HEEL, LEFT_TOE = 7, 8, 9, 10, 11
RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_FOREARM, RIGHT_FOREARM_AND_WRIST, RIGHT_FINGER = 12, 13, 21, 14, 15
RIGHT_BELT, RIGHT_KNEE, RIGHT_ANKLE, RIGHT_HEEL, RIGHT_TOE = 16, 17, 18, 19, 20

DIRECT = {
    "left_knee": LEFT_KNEE,
    "left_ankle": LEFT_ANKLE,
    "left_heel": LEFT_HEEL,
    "left_toe": LEFT_TOE,
    "right_knee": RIGHT_KNEE,
    "right_ankle": RIGHT_ANKLE,
    "right_heel": RIGHT_HEEL,
    "right_toe": RIGHT_TOE,
    "chest": THORAX,
    "left_shoulder": LEFT_SHOULDER,
    "left_elbow": LEFT_ELBOW,
    "left_hand": LEFT_FINGER,
    "right_shoulder": RIGHT_SHOULDER,
    "right_elbow": RIGHT_ELBOW,
    "right_hand": RIGHT_FINGER,
}
"""The joints that are points themselves."""

NECK_WEIGHTS = {THORAX: 0.34, LEFT_SHOULDER: 0.33, RIGHT_SHOULDER: 0.33}
"""The middle of C7 and CLAV, fitted on the C3D takes (1.2 cm), left and right made equal."""

WRIST_WEIGHTS = (0.034, 0.216, 0.230, 0.520)
"""The middle of a wrist from its elbow, forearm, little-finger-side wrist marker and finger. Fitted on both arms of the 33
C3D takes, which have the thumb-side marker too: 2.0 cm, against 6.7 cm for the wrist marker alone."""

THIGH_METRES = (0.445, 0.545)
"""Belt to knee of the smaller and of the taller person: what tells them apart."""

HIP_DROP_METRES = (0.0425, 0.0625)
"""How far below the belt markers the hip joints sit, smaller and taller person."""

SHORTEST_LEG_METRES = 0.4
"""Shorter legs mean that the points have dropped out, and say nothing about who dances."""

_SMOOTHING_FRAMES = 25


@dataclass(frozen=True)
class Body:
    """Who dances, frame by frame.

    Args:
        tall: (T,) 0 for the smaller person, 1 for the taller, in between while one is spliced to the other.
        leg_metres: (T,) hip to knee to ankle, at least `SHORTEST_LEG_METRES`.
    """

    tall: np.ndarray
    leg_metres: np.ndarray

    @property
    def switches(self) -> int:
        """How often one person takes over from the other."""
        return int(np.count_nonzero(np.diff(self.tall > 0.5)))


def body_of(points: np.ndarray) -> Body:
    """Who dances in points (T, 23, 3) metres, told by the length of the thighs."""
    thigh = (_length(points, LEFT_BELT, LEFT_KNEE) + _length(points, RIGHT_BELT, RIGHT_KNEE)) / 2
    small, tall = THIGH_METRES
    weight = np.clip((running_median(thigh, _SMOOTHING_FRAMES) - small) / (tall - small), 0.0, 1.0)
    hips = hip_joints(points, weight)
    legs = [
        np.linalg.norm(hips[:, side] - points[:, knee], axis=-1) + _length(points, knee, ankle)
        for side, (knee, ankle) in enumerate([(LEFT_KNEE, LEFT_ANKLE), (RIGHT_KNEE, RIGHT_ANKLE)])
    ]
    leg_metres = running_median(np.mean(legs, axis=0), _SMOOTHING_FRAMES)
    return Body(weight, np.maximum(leg_metres, SHORTEST_LEG_METRES))


def hip_joints(points: np.ndarray, tall: np.ndarray) -> np.ndarray:
    """The left and the right hip joint, (T, 2, 3): below the belt markers, at right angles to the hip line.

    Args:
        points: (T, 23, 3) metres.
        tall: (T,) as in `Body`.
    """
    return hips_below(points[:, [LEFT_BELT, RIGHT_BELT]], points[:, THORAX], tall)


def hips_below(belt: np.ndarray, chest: np.ndarray, tall: np.ndarray) -> np.ndarray:
    """The hip joints (T, 2, 3) under the belt markers' left and right middles.

    Args:
        belt: (T, 2, 3) metres.
        chest: (T, 3) metres; what is up for the pelvis is towards it.
        tall: (T,) or (), as in `Body`.
    """
    across = _unit(belt[:, 0] - belt[:, 1])
    spine = chest - belt.mean(axis=1)
    up = _unit(spine - np.sum(spine * across, axis=-1, keepdims=True) * across)
    drop = HIP_DROP_METRES[0] + (HIP_DROP_METRES[1] - HIP_DROP_METRES[0]) * tall
    return belt - (drop[..., None] * up)[:, None]


def joints_of(points: np.ndarray, body: Body) -> np.ndarray:
    """The dancer's joints, (T, 22, 3) in the order of `DANCER`, from points (T, 23, 3) metres: still the person's own bones."""
    joints = np.empty((len(points), len(DANCER), 3))
    placed = {name: points[:, point] for name, point in DIRECT.items()}
    placed["pelvis"] = (points[:, LEFT_BELT] + points[:, RIGHT_BELT]) / 2
    placed["left_hip"], placed["right_hip"] = np.moveaxis(hip_joints(points, body.tall), 1, 0)
    placed["neck"] = sum((weight * points[:, point] for point, weight in NECK_WEIGHTS.items()), start=np.zeros(3))
    placed["head"] = (points[:, LEFT_HEAD] + points[:, RIGHT_HEAD]) / 2
    # The published wrists are means with another marker, and with a different one on each side: take that one out again.
    left_bone = 2 * points[:, LEFT_WRIST_AND_FINGER] - points[:, LEFT_FINGER]
    right_bone = 2 * points[:, RIGHT_FOREARM_AND_WRIST] - points[:, RIGHT_FOREARM]
    placed["left_wrist"] = _wrist(points, LEFT_ELBOW, LEFT_FOREARM, left_bone, LEFT_FINGER)
    placed["right_wrist"] = _wrist(points, RIGHT_ELBOW, RIGHT_FOREARM, right_bone, RIGHT_FINGER)
    for name, position in placed.items():
        joints[:, DANCER.index(name)] = position
    return joints


def _wrist(points: np.ndarray, elbow: int, forearm: int, bone: np.ndarray, finger: int) -> np.ndarray:
    parts = np.stack([points[:, elbow], points[:, forearm], bone, points[:, finger]], axis=-1)
    return parts @ np.array(WRIST_WEIGHTS)


def retarget(joints: np.ndarray, leg_metres: np.ndarray, fps: float) -> Motion:
    """`DANCER` doing what a person did.

    Bones point as hers; the way over the floor is hers, step by step, times the ratio of the legs, so that a foot that
    stands keeps standing; the height is such that the lowest foot is always on the floor, as it is in ballroom dance.

    Args:
        joints: (T, 22, 3) metres, her joints.
        leg_metres: (T,) how long her legs are.
    """
    wxyz = kinematics.solve(DANCER, joints)
    root = np.zeros((len(joints), 3))
    ratio = leg_length() / leg_metres
    steps = np.diff(joints[:, 0, [0, 2]], axis=0) * (ratio[1:, None] + ratio[:-1, None]) / 2
    root[1:, [0, 2]] = np.cumsum(steps, axis=0)
    root[:, 1] = -kinematics.floor_height(DANCER, kinematics.forward(DANCER, wxyz, root))
    positions = kinematics.forward(DANCER, wxyz, root)
    return Motion(DANCER, wxyz, root, fps, kinematics.contacts(DANCER, positions, fps))


def leg_length() -> float:
    """Hip to knee to ankle of `DANCER`, in metres."""
    return float(DANCER.bone_lengths[[DANCER.index("left_knee"), DANCER.index("left_ankle")]].sum())


def leg_metres(joints: np.ndarray) -> float:
    """Hip to knee to ankle in whatever unit (T, 22, 3) `joints` are in, the median over the dance and both legs."""
    legs = [[DANCER.index(f"{side}_{name}") for name in ("hip", "knee", "ankle")] for side in ("left", "right")]
    bones = [np.linalg.norm(np.diff(joints[:, leg], axis=1), axis=-1).sum(axis=1) for leg in legs]
    return float(np.median(np.stack(bones)))


def running_median(values: np.ndarray, frames: int) -> np.ndarray:
    """(T,) each value's median over the `frames` (odd) around it, ends repeated."""
    padded = np.pad(values, frames // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, frames), axis=-1)


def _length(points: np.ndarray, start: int, end: int) -> np.ndarray:
    return np.linalg.norm(points[:, start] - points[:, end], axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
