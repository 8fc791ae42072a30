"""A body for a skeleton: round parts between points that ride on its joints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton

BONE_METRES = 0.035
"""Radius of the parts of a skeleton that we know nothing about."""
HEAD_METRES = 0.10

TORSO, LEFT, RIGHT, SKIN, HAIR = range(5)
"""What a part is, for whoever colours it."""


@dataclass(frozen=True)
class Figure:
    """A skeleton with points added to its joints, and the parts between them.

    Args:
        skeleton: the J joints, then the added points as leaves that do not turn.
        ends: (P, 2) which points each part runs between.
        radii: (P, 2) metres, at either end.
        kinds: (P,) TORSO, LEFT, RIGHT, SKIN or HAIR.
    """

    skeleton: Skeleton
    ends: np.ndarray
    radii: np.ndarray
    kinds: np.ndarray

    def points(self, local_wxyz: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Where the points are: rotations (T, J, 4) and root (T, 3) to (T, points, 3) metres, float32."""
        still = np.zeros((len(root), len(self.skeleton) - local_wxyz.shape[1], 4))
        still[..., 0] = 1.0
        wxyz = np.concatenate([local_wxyz.astype(np.float64), still], axis=1)
        return kinematics.forward(self.skeleton, wxyz, root.astype(np.float64)).astype(np.float32)


def figure_for(skeleton: Skeleton) -> Figure:
    """A human body for the house's dancer, whatever its bone lengths; a plain part on every bone of any other skeleton."""
    if (skeleton.joint_names, skeleton.parents) == (DANCER.joint_names, DANCER.parents):
        return _dancer(skeleton)
    return _sticks(skeleton)


Point = tuple[str, str, tuple[float, float, float]]
"""A name, the joint it rides on, and where it sits in that joint's frame, in metres."""
Part = tuple[str, str, float, float, int]
"""Two points, the radius at each in metres, and the kind."""


def _dancer(skeleton: Skeleton) -> Figure:
    points, parts = _trunk()
    for side, lateral, kind in (("left", 1.0, LEFT), ("right", -1.0, RIGHT)):
        for more_points, more_parts in (_leg(side, lateral, kind), _arm(side, lateral, kind)):
            points += more_points
            parts += more_parts
    return _assemble(skeleton, points, parts)


def _trunk() -> tuple[list[Point], list[Part]]:
    """Pelvis, ribs, shoulders, neck and head. The joint called neck lies at the collar bones, the shoulders' above it."""
    points: list[Point] = [
        ("nape", "chest", (0.0, 0.292, -0.014)),
        ("throat", "chest", (0.0, 0.330, -0.006)),
        ("jaw", "neck", (0.0, 0.215, 0.000)),
        ("chin", "neck", (0.0, 0.228, 0.036)),
        ("brow", "neck", (0.0, 0.287, 0.016)),
        ("crown", "neck", (0.0, 0.305, -0.010)),
        ("hair", "neck", (0.0, 0.318, -0.034)),
        ("bun", "neck", (0.0, 0.338, -0.116)),
    ]
    parts: list[Part] = [
        ("throat", "jaw", 0.049, 0.044, SKIN),
        ("chin", "brow", 0.043, 0.077, SKIN),
        ("crown", "brow", 0.088, 0.077, SKIN),
        ("hair", "hair", 0.085, 0.085, HAIR),
        ("bun", "bun", 0.040, 0.040, HAIR),
    ]
    for side, lateral in (("left", 1.0), ("right", -1.0)):
        points += [
            (f"{side} seat", "pelvis", (lateral * 0.078, -0.045, -0.010)),
            (f"{side} waist", "pelvis", (lateral * 0.042, 0.105, 0.004)),
            (f"{side} ribs", "chest", (lateral * 0.062, 0.120, 0.006)),
            (f"{side} breast", "chest", (lateral * 0.078, 0.205, 0.004)),
            (f"{side} point of shoulder", "chest", (lateral * 0.146, 0.268, -0.004)),
        ]
        parts += [
            (f"{side} seat", f"{side} waist", 0.098, 0.086, TORSO),
            (f"{side} waist", f"{side} ribs", 0.086, 0.095, TORSO),
            (f"{side} ribs", f"{side} breast", 0.095, 0.082, TORSO),
            (f"{side} breast", f"{side} point of shoulder", 0.080, 0.054, TORSO),
            ("nape", f"{side} point of shoulder", 0.050, 0.050, TORSO),
        ]
    parts += [
        ("left seat", "right seat", 0.098, 0.098, TORSO),
        ("left waist", "right waist", 0.088, 0.088, TORSO),
        ("left ribs", "right ribs", 0.097, 0.097, TORSO),
        ("left breast", "right breast", 0.084, 0.084, TORSO),
    ]
    return points, parts


def _leg(side: str, lateral: float, kind: int) -> tuple[list[Point], list[Part]]:
    """Thigh, calf and shoe. Markers sit on the outer side of knee and ankle, so the limb's own middle lies inward."""
    points: list[Point] = [
        (f"{side} top of thigh", f"{side}_hip", (lateral * -0.012, -0.020, 0.0)),
        (f"{side} mid thigh", f"{side}_hip", (lateral * -0.016, -0.190, 0.010)),
        (f"{side} middle of knee", f"{side}_knee", (lateral * -0.036, 0.0, 0.004)),
        (f"{side} calf", f"{side}_knee", (lateral * -0.038, -0.110, -0.014)),
        (f"{side} middle of ankle", f"{side}_ankle", (lateral * -0.044, 0.004, -0.010)),
        (f"{side} back of shoe", f"{side}_ankle", (lateral * -0.050, -0.041, -0.038)),
        (f"{side} ball", f"{side}_ankle", (lateral * -0.050, -0.046, 0.098)),
        (f"{side} tip", f"{side}_ankle", (lateral * -0.048, -0.054, 0.152)),
    ]
    parts: list[Part] = [
        (f"{side} top of thigh", f"{side} mid thigh", 0.088, 0.076, kind),
        (f"{side} mid thigh", f"{side} middle of knee", 0.076, 0.050, kind),
        (f"{side} middle of knee", f"{side} calf", 0.050, 0.052, kind),
        (f"{side} calf", f"{side} middle of ankle", 0.052, 0.033, kind),
        (f"{side} middle of ankle", f"{side} back of shoe", 0.034, 0.031, kind),
        (f"{side} back of shoe", f"{side} ball", 0.031, 0.028, kind),
        (f"{side} middle of ankle", f"{side} ball", 0.033, 0.028, kind),
        (f"{side} ball", f"{side} tip", 0.029, 0.019, kind),
    ]
    return points, parts


def _arm(side: str, lateral: float, kind: int) -> tuple[list[Point], list[Part]]:
    """Upper arm, forearm and hand; the joint called hand is at the knuckles."""
    points: list[Point] = [(f"{side} fingers", f"{side}_hand", (lateral * 0.065, 0.0, 0.0))]
    parts: list[Part] = [
        (f"{side} point of shoulder", f"{side}_elbow", 0.049, 0.037, kind),
        (f"{side}_elbow", f"{side}_wrist", 0.037, 0.025, kind),
        (f"{side}_wrist", f"{side}_hand", 0.026, 0.027, kind),
        (f"{side}_hand", f"{side} fingers", 0.027, 0.014, kind),
    ]
    return points, parts


def _sticks(skeleton: Skeleton) -> Figure:
    parts: list[Part] = []
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            name = skeleton.joint_names[joint]
            parts.append((skeleton.joint_names[parent], name, BONE_METRES, BONE_METRES, _side(name)))
    names = skeleton.joint_names
    parts += [(name, name, HEAD_METRES, HEAD_METRES, SKIN) for name in names if name.lower() == "head"]
    return _assemble(skeleton, [], parts or [(names[0], names[0], HEAD_METRES, HEAD_METRES, TORSO)])


def _side(name: str) -> int:
    lowered = name.lower()
    return LEFT if lowered.startswith(("left", "l_")) else RIGHT if lowered.startswith(("right", "r_")) else TORSO


def _assemble(skeleton: Skeleton, points: Iterable[Point], parts: Iterable[Part]) -> Figure:
    points, parts = list(points), list(parts)
    names = skeleton.joint_names + tuple(name for name, _, _ in points)
    parents = skeleton.parents + tuple(skeleton.index(joint) for _, joint, _ in points)
    offsets = np.concatenate([skeleton.offsets, np.array([at for _, _, at in points]).reshape(-1, 3)])
    return Figure(
        Skeleton(names, parents, offsets, skeleton.feet),
        np.array([(names.index(start), names.index(end)) for start, end, _, _, _ in parts]),
        np.array([radii for _, _, *radii, _ in parts], dtype=np.float32),
        np.array([kind for *_, kind in parts]),
    )
