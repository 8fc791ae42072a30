"""The 23 published points (Tang et al. 2018) as training sees them: in the dancer's heading frame, and in a mirror."""

from __future__ import annotations

import numpy as np

from ballo.dataset import dancer, repair
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton

POINTS = 23

_FEET = (dancer.LEFT_HEEL, dancer.LEFT_TOE, dancer.RIGHT_HEEL, dancer.RIGHT_TOE)

_FRAME = Skeleton(
    ("root", "left_hip", "right_hip", "left_heel", "left_toe", "right_heel", "right_toe"),
    (-1, 0, 0, 0, 0, 0, 0),
    np.zeros((7, 3)),
    (("left_heel", "left_toe"), ("right_heel", "right_toe")),
)
"""What heading, root and floor are read from; its bones are nobody's."""

_PAIRS = (
    (dancer.LEFT_HEAD, dancer.RIGHT_HEAD),
    (dancer.LEFT_SHOULDER, dancer.RIGHT_SHOULDER),
    (dancer.LEFT_ELBOW, dancer.RIGHT_ELBOW),
    (dancer.LEFT_FOREARM, dancer.RIGHT_FOREARM),
    (dancer.LEFT_FINGER, dancer.RIGHT_FINGER),
    (dancer.LEFT_BELT, dancer.RIGHT_BELT),
    (dancer.LEFT_KNEE, dancer.RIGHT_KNEE),
    (dancer.LEFT_ANKLE, dancer.RIGHT_ANKLE),
    (dancer.LEFT_HEEL, dancer.RIGHT_HEEL),
    (dancer.LEFT_TOE, dancer.RIGHT_TOE),
)


def placed(points: np.ndarray) -> np.ndarray:
    """Points (T, 23, 3) as an archive keeps them, metres in a mirrored room, to the room as it was, her floor at 0.

    The published floor drifts by 20 to 30 cm within a dance; here the soft minimum of heels and toes is 0 in every frame.
    """
    world = points.astype(np.float64) * repair.MIRROR
    world[..., 1] -= kinematics.floor_height(_FRAME, _framed(world))[:, None]
    return world


def unplace(world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`kinematics.unplace` for points (T, 23, 3): they face as the hip line p16 -> p7 says, the root is its middle."""
    pose, travel = kinematics.unplace(_FRAME, _framed(world))
    return pose[:, len(_FRAME) :], travel


def root(world: np.ndarray) -> np.ndarray:
    """(T, 3) between the hips of points (T, 23, 3)."""
    return world[:, [dancer.LEFT_BELT, dancer.RIGHT_BELT]].mean(axis=1)


def heading(world: np.ndarray) -> np.ndarray:
    """`kinematics.heading` of points (T, 23, 3): (T,) radians."""
    return kinematics.heading(_FRAME, _framed(world))


def mirror() -> np.ndarray:
    """(23, 23): the points of the dancer in a mirror from hers, before one axis is negated.

    The arms were not published alike: 6 is the mean of left wrist and finger, 14 the mean of right forearm and wrist. So
    each is taken apart (wrist = 2 p6 - p22 and 2 p14 - p21) and the mean that the other side has is made of the parts.
    """
    swapped = np.eye(POINTS, dtype=np.float32)
    for left, right in _PAIRS:
        swapped[[left, right]] = swapped[[right, left]]
    left_wrist = 2 * _one(dancer.LEFT_WRIST_AND_FINGER) - _one(dancer.LEFT_FINGER)
    right_wrist = 2 * _one(dancer.RIGHT_FOREARM_AND_WRIST) - _one(dancer.RIGHT_FOREARM)
    swapped[dancer.LEFT_WRIST_AND_FINGER] = (right_wrist + _one(dancer.RIGHT_FINGER)) / 2
    swapped[dancer.RIGHT_FOREARM_AND_WRIST] = (_one(dancer.LEFT_FOREARM) + left_wrist) / 2
    return swapped


def _one(point: int) -> np.ndarray:
    row = np.zeros(POINTS, dtype=np.float32)
    row[point] = 1
    return row


def _framed(world: np.ndarray) -> np.ndarray:
    """The joints of `_FRAME` and after them the points."""
    return np.concatenate([root(world)[:, None], world[:, [dancer.LEFT_BELT, dancer.RIGHT_BELT, *_FEET]], world], axis=1)
