"""Points of a file to a dancer who can be measured beside an archive's: its joints, metres, Y up, on the floor, of its size.

Bones keep the lengths that they have in the file, frame by frame, but for one factor for the whole dance, so that what varies
there is measured as varying.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ballo.dataset.adapters import anatomy
from ballo.dataset.dancer import leg_metres
from ballo.evaluation import joint_layouts
from ballo.evaluation.motion_files import Points
from ballo.metrics.resampling import resample
from ballo.motion.skeleton import DANCER, Skeleton

SAME_SIZE = 0.05
"""Legs that differ by no more than this share are left as they are."""

FLOOR_METRES = 0.10
"""A dancer whose feet mostly stand no farther than this from 0 is left at her height."""

FARTHEST_METRES = 1000.0
"""A dance that leads farther has gone wrong, and no figure of it would say anything."""

STILL_METRES = 1e-3

SAME_RATE = 1e-4
"""Frame rates that differ by a smaller share are one: over a minute it comes to 6 ms."""


@dataclass(frozen=True)
class Remark:
    """Something to say of a file.

    Args:
        line: what.
        wrong: whether it is a fault of the file, rather than a way in which files may differ.
    """

    line: str
    wrong: bool = True


@dataclass(frozen=True, eq=False)
class Dancer:
    """A dance of any length: (S, 22, 3) metres, and what was done to it."""

    positions: np.ndarray
    fps: float
    remarks: tuple[Remark, ...]


def dancer_of(points: Points) -> Dancer:
    """A file's dancer, at the file's frame rate and of her own size.

    Raises:
        ValueError: the points are no person's; left and right are exchanged; or the order of joints is another than was said.
    """
    joints, made_up = points.layout.joints(points.places)
    if points.layout in joint_layouts.KNOWN:
        _check_order(joints, points.layout.name)
    metres, _ = anatomy.unit(joints)
    rows, turned = _upright(joints)
    joints = {name: (places @ rows.T) * metres for name, places in joints.items()}
    ahead = joints["left_toe"] - joints["left_ankle"] + joints["right_toe"] - joints["right_ankle"]
    try:
        anatomy.check_sides(joints, ahead, "its toes point")
    except ValueError as error:
        raise ValueError(f"{error}: negate one horizontal axis, or exchange them") from error
    remarks = [Remark(f"{what}", wrong=False) for what in made_up]
    remarks += [Remark(line) for line in (_unit(metres, points.layout.metres), turned) if line]
    if any(f"{side}_heel" not in joints for side in anatomy.SIDES):
        anatomy.heels(joints, points.fps)
        remarks.append(Remark(anatomy.HEELS_NOTE, wrong=False))
    positions = anatomy.in_order(joints)
    farthest = float(np.abs(positions).max())
    if farthest > FARTHEST_METRES:
        raise ValueError(f"goes as far as {farthest:.3g} m away")
    remarks += _stays(positions)
    positions, grounded = _on_floor(positions)
    return Dancer(positions, points.fps, (*remarks, *grounded))


def at_rate(dancer: Dancer, fps: float, most: int) -> Dancer:
    """The dance at another frame rate, at most `most` frames of it, by a spline through where each joint is in the file.

    A foot that stands still in the file stands still after, which would not hold if joints were turned and put together again.
    """
    if abs(dancer.fps / fps - 1) < SAME_RATE:
        return Dancer(dancer.positions[:most], fps, dancer.remarks)
    said = Remark(f"{dancer.fps:g} frames a second, the archive has {fps:g}: resampled")
    return Dancer(resample(dancer.positions, dancer.fps, fps)[:most], fps, (*dancer.remarks, said))


def of_size(dancer: Dancer, skeleton: Skeleton) -> Dancer:
    """The dance grown or shrunk as a whole, path and all, so that her legs are as long as the archive's dancer's.

    Distances to other dances and speeds then say how she moves and not how tall she is.
    """
    own, wanted = leg_metres(dancer.positions), legs_of(skeleton)
    if abs(own / wanted - 1) <= SAME_SIZE:
        return dancer
    line = f"legs of {own:.2f} m, the archive's dancer's are {wanted:.2f} m: all of it scaled by {wanted / own:.2f}"
    return Dancer(dancer.positions * (wanted / own), dancer.fps, (*dancer.remarks, Remark(line, wrong=False)))


def legs_of(skeleton: Skeleton) -> float:
    """Hip to knee to ankle, the mean of both legs, in metres."""
    bones = [skeleton.index(f"{side}_{joint}") for side in anatomy.SIDES for joint in ("knee", "ankle")]
    return float(skeleton.bone_lengths[bones].sum()) / len(anatomy.SIDES)


def _check_order(joints: Mapping[str, np.ndarray], layout: str) -> None:
    """Points without names must make a body where they are said to (ValueError): as many in another order make none."""
    lengths = {}
    for side in anatomy.SIDES:
        for bone, (start, end) in _BONES.items():
            each = np.linalg.norm(joints[f"{side}_{end}"] - joints[f"{side}_{start}"], axis=-1)
            lengths[side, bone] = max(float(np.median(each)), 1e-12)
    uneven = [
        max(lengths["left", bone], lengths["right", bone]) / min(lengths["left", bone], lengths["right", bone])
        for bone in _BONES
    ]
    legs = [lengths[side, "thigh"] / lengths[side, "shin"] for side in anatomy.SIDES]
    arms = [lengths[side, "upper arm"] / lengths[side, "forearm"] for side in anatomy.SIDES]
    likely = max(uneven) < _MOST_UNEVEN and all(1 / _MOST_UNLIKE < ratio < _MOST_UNLIKE for ratio in (*legs, *arms))
    if not likely:
        found = ", ".join(
            f"{side} {bone} {length:.3g}" for (side, bone), length in lengths.items() if bone in ("thigh", "shin")
        )
        raise ValueError(f"makes no body in the order of the skeleton {layout!r} ({found}): see --skeleton")


_BONES = {
    "thigh": ("hip", "knee"),
    "shin": ("knee", "ankle"),
    "upper arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
}
_MOST_UNEVEN, _MOST_UNLIKE = 1.5, 2.0


def _unit(metres: float, usual: float) -> str | None:
    if metres == usual:
        return None
    name = next((unit for unit, size in anatomy.UNITS.items() if size == metres), None)
    if name is None:
        return "in no unit that makes legs a person's: scaled until they are"
    expected = next(unit for unit, size in anatomy.UNITS.items() if size == usual)
    return f"in {name} by the length of its legs, where {expected} is usual: taken as such"


def _upright(joints: Mapping[str, np.ndarray]) -> tuple[np.ndarray, str | None]:
    """The rotation that brings up to Y, and what to say of it."""
    try:
        rows, note = anatomy.upright(joints)
    except ValueError:
        return np.eye(3), "which way is up cannot be told: taken to be Y"
    return rows, note


def _on_floor(positions: np.ndarray) -> tuple[np.ndarray, list[Remark]]:
    """Set down, or lifted up, a dancer whose floor is far from 0."""
    feet = [joint for foot in DANCER.foot_joints for joint in foot]
    floor = float(np.percentile(positions[:, feet, 1].min(axis=1), 5))
    if abs(floor) <= FLOOR_METRES:
        return positions, []
    said = f"its feet stand {abs(floor):.2f} m {'above' if floor > 0 else 'below'} 0: set on the floor"
    return positions - [0.0, floor, 0.0], [Remark(said)]


def _stays(positions: np.ndarray) -> list[Remark]:
    """Whether a dancer who moves has lost her way over the floor."""
    pelvis, moves = np.ptp(positions[:, 0], axis=0).max(), np.ptp(positions - positions[:, :1], axis=0).max()
    if pelvis > STILL_METRES or moves <= STILL_METRES:
        return []
    return [Remark("the pelvis stays in one place: the way over the floor is missing, so that feet are measured as sliding")]
