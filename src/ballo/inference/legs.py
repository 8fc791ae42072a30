"""The legs of a skeleton: where they stand, and two-bone inverse kinematics that shifts a foot without turning it.

Axis order T frames, L legs, P foot points a leg. All that carries weight hangs on chains root .. hip, knee, ankle, foot points;
nothing else of the body is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.motion import rotations
from ballo.motion.skeleton import Skeleton

STRAIGHT_SHARE = 0.9995
"""No shift stretches a leg beyond this of its length: the last tenths of a millimetre would cost degrees at the knee. A leg
that was straighter stays as straight."""

KNEE_PER_SHIFT = 1.0
"""A knee moves no further out of the line from hip to ankle than this times the shift. A straight leg that gets a centimetre
shorter would throw its knee forward by nine: that is the pop."""

_FORWARD_METRES = 0.04
"""A knee that is less than this out of line has no direction of its own and takes the foot's more and more."""


@dataclass(frozen=True)
class Leg:
    """Joint numbers of one leg; `points` are those of the foot that can touch the floor."""

    hip: int
    knee: int
    ankle: int
    points: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Posed:
    """World rotations and positions of the joints that legs need, by joint number; others are not filled.

    Args:
        turned: (T, J, 3, 3).
        positions: (T, J, 3) metres.
    """

    turned: np.ndarray
    positions: np.ndarray


def legs_of(skeleton: Skeleton) -> tuple[Leg, ...]:
    """A leg a foot: its points hang on an ankle, that on a knee and that on a hip. None at all where a foot has no such leg."""
    found = []
    for points in skeleton.foot_joints:
        ankle = skeleton.parents[points[0]] if points else -1
        knee = skeleton.parents[ankle] if ankle > 0 else -1
        hip = skeleton.parents[knee] if knee > 0 else -1
        if hip < 1 or any(skeleton.parents[point] != ankle for point in points):
            return ()
        found.append(Leg(hip, knee, ankle, points))
    return tuple(found)


def pose(skeleton: Skeleton, legs: tuple[Leg, ...], local_wxyz: np.ndarray, root: np.ndarray) -> Posed:
    """Forward kinematics of the legs alone: (T, J, 4) and (T, 3) metres."""
    needed = _chain(skeleton, legs)
    local = {joint: rotations.to_matrix(local_wxyz[:, joint]) for joint in needed if skeleton.children[joint]}
    turned = np.empty((len(root), len(skeleton), 3, 3))
    positions = np.empty((len(root), len(skeleton), 3))
    for joint in needed:
        parent = skeleton.parents[joint]
        if parent < 0:
            turned[:, joint], positions[:, joint] = local[joint], root
            continue
        positions[:, joint] = positions[:, parent] + turned[:, parent] @ skeleton.offsets[joint]
        if joint in local:
            turned[:, joint] = turned[:, parent] @ local[joint]
    return Posed(turned, positions)


def foot_points(legs: tuple[Leg, ...], posed: Posed) -> np.ndarray:
    """(T, L, P, 3) metres; a foot of fewer points repeats its last."""
    most = max(len(leg.points) for leg in legs)
    numbers = [[*leg.points, *[leg.points[-1]] * (most - len(leg.points))] for leg in legs]
    return np.asarray(posed.positions[:, numbers])


def shift(
    skeleton: Skeleton, legs: tuple[Leg, ...], local_wxyz: np.ndarray, root: np.ndarray, shifts: np.ndarray
) -> np.ndarray:
    """Move ankles by `shifts`; feet keep the way they point, so toe and heel follow, and knees bend as they did.

    Args:
        local_wxyz: (T, J, 4).
        root: (T, 3) metres.
        shifts: (T, L, 3) metres; where it is zero nothing changes.

    Returns:
        (T, J, 4): hips, knees and ankles anew. A leg that cannot reach, or whose knee would pop, falls short along the leg.
    """
    posed, moved = pose(skeleton, legs, local_wxyz, root), local_wxyz.copy()
    for number, leg in enumerate(legs):
        hip, knee, ankle = (posed.positions[:, joint] for joint in (leg.hip, leg.knee, leg.ankle))
        toe = posed.positions[:, leg.points[-1]] - posed.positions[:, leg.points[0]]
        bent, reached = _reach(hip, knee, ankle, shifts[:, number], toe)
        above = posed.turned[:, skeleton.parents[leg.hip]]
        thigh, shank = posed.turned[:, leg.hip], posed.turned[:, leg.knee]
        # World turns of thigh and shank, written in the frame in which each joint's rotation stands.
        swung = knee - hip, bent - hip
        turned = ankle - knee, reached - bent
        moved[:, leg.hip] = rotations.multiply(_turn(above, *swung), local_wxyz[:, leg.hip])
        bend = rotations.multiply(rotations.inverse(_turn(thigh, *swung)), _turn(thigh, *turned))
        moved[:, leg.knee] = rotations.multiply(bend, local_wxyz[:, leg.knee])
        moved[:, leg.ankle] = rotations.multiply(rotations.inverse(_turn(shank, *turned)), local_wxyz[:, leg.ankle])
    return moved


def _reach(
    hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray, shifts: np.ndarray, toe: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where knee and ankle come, (T, 3) each, bones as long as they are. `toe` (T, 3) points where the foot does."""
    upper, lower = (np.linalg.norm(bone, axis=-1) for bone in (knee - hip, ankle - knee))
    line, wished = ankle - hip, ankle + shifts - hip
    before, length = np.linalg.norm(line, axis=-1), np.linalg.norm(wished, axis=-1)
    length = np.minimum(length, np.maximum(before, STRAIGHT_SHARE * (upper + lower)))
    straight, aim = line / _column(before), wished / _column(np.linalg.norm(wished, axis=-1))
    out = knee - hip - _along(knee - hip, straight)
    was_out, move = np.linalg.norm(out, axis=-1), KNEE_PER_SHIFT * np.linalg.norm(shifts, axis=-1)
    along = (upper**2 - lower**2 + length**2) / (2 * length)
    height = np.sqrt(np.clip(upper**2 - along**2, 0, None))
    height = np.clip(height, was_out - move, was_out + move)
    # The knee decides how long the leg is where the two disagree.
    along = np.sqrt(np.clip(upper**2 - height**2, 0, None))
    reach = along + np.sqrt(np.clip(lower**2 - height**2, 0, None))
    forward = toe - _along(toe, straight)
    forward *= _column(np.clip(_FORWARD_METRES - was_out, 0, None) / (np.linalg.norm(forward, axis=-1) + 1e-9))
    # A knee that does not move keeps its side; only what it newly bends goes the foot's way.
    new = _column(np.clip((height - was_out) / (height + 1e-9), 0, 1))
    side = out + new * forward
    side = side - _along(side, aim)
    side /= _column(np.linalg.norm(side, axis=-1))
    return hip + aim * _column(along) + side * _column(height), hip + aim * _column(reach)


def _turn(frame: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(T, 4) the smallest turn from `start` to `end`, world vectors (T, 3), written in frames (T, 3, 3)."""
    a, b = (np.einsum("tji,tj->ti", frame, vector) for vector in (start, end))
    scale = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    wxyz = np.concatenate([_column(scale + np.sum(a * b, axis=-1)), np.cross(a, b)], axis=-1)
    return wxyz / _column(np.linalg.norm(wxyz, axis=-1))


def _along(vectors: np.ndarray, unit: np.ndarray) -> np.ndarray:
    return np.sum(vectors * unit, axis=-1, keepdims=True) * unit


def _column(values: np.ndarray) -> np.ndarray:
    """(T,) to (T, 1), never zero where it may divide."""
    return np.where(values == 0, 1e-12, values)[..., None]


def _chain(skeleton: Skeleton, legs: tuple[Leg, ...]) -> list[int]:
    """The feet's points and all they hang on, parents first."""
    needed = set()
    for joint in (point for leg in legs for point in leg.points):
        while joint >= 0:
            needed.add(joint)
            joint = skeleton.parents[joint]
    return sorted(needed)
