"""What a motion's joints are: names, parents, rest offsets, and which of them stand on the floor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Skeleton:
    """A tree of joints with constant bone lengths.

    Args:
        joint_names: J names, the root first.
        parents: J indices of each joint's parent; the root's is -1, and a parent comes before its children.
        offsets: (J, 3) metres, each joint in its parent's frame at rest; the root's row is zero.
        feet: names of the joints of each foot that can touch the floor, one tuple a foot.

    Raises:
        ValueError: the arrays disagree, or a child comes before its parent.
    """

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    feet: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        offsets = np.array(self.offsets, dtype=np.float64)
        offsets.flags.writeable = False
        object.__setattr__(self, "offsets", offsets)
        if not len(self.joint_names) == len(self.parents) == len(offsets) or offsets.shape != (len(self.parents), 3):
            raise ValueError("joint_names, parents and offsets must name the same joints")
        if len(set(self.joint_names)) != len(self.joint_names):
            raise ValueError("joint names must differ from one another")
        if self.parents[:1] != (-1,) or any(not 0 <= parent < child for child, parent in enumerate(self.parents) if child):
            raise ValueError("the root comes first with parent -1, and every parent before its children")
        unknown = {name for foot in self.feet for name in foot} - set(self.joint_names)
        if unknown:
            raise ValueError(f"feet name unknown joints: {sorted(unknown)}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Skeleton):
            return NotImplemented
        same_tree = (self.joint_names, self.parents, self.feet) == (other.joint_names, other.parents, other.feet)
        return same_tree and np.array_equal(self.offsets, other.offsets)

    def __hash__(self) -> int:
        return hash((self.joint_names, self.parents, self.feet))

    def __len__(self) -> int:
        return len(self.joint_names)

    def index(self, name: str) -> int:
        """The number of the joint called `name` (ValueError if there is none)."""
        return self.joint_names.index(name)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Each joint's children, in order."""
        return tuple(tuple(c for c, p in enumerate(self.parents) if p == j) for j in range(len(self)))

    @cached_property
    def bone_lengths(self) -> np.ndarray:
        """(J,) metres from each joint to its parent; 0 for the root."""
        return np.linalg.norm(self.offsets, axis=1)

    @cached_property
    def foot_joints(self) -> tuple[tuple[int, ...], ...]:
        """`feet` as joint indices."""
        return tuple(tuple(self.index(name) for name in foot) for foot in self.feet)


def _leg(side: str, lateral: float) -> list[tuple[str, str, tuple[float, float, float]]]:
    return [
        (f"{side}_hip", "pelvis", (lateral * 0.100, -0.062, 0.0)),
        (f"{side}_knee", f"{side}_hip", (0.0, -0.485, 0.0)),
        (f"{side}_ankle", f"{side}_knee", (0.0, -0.361, 0.0)),
        (f"{side}_heel", f"{side}_ankle", (lateral * -0.050, -0.073, -0.064)),
        (f"{side}_toe", f"{side}_ankle", (lateral * -0.050, -0.073, 0.140)),
    ]


def _arm(side: str, lateral: float) -> list[tuple[str, str, tuple[float, float, float]]]:
    return [
        (f"{side}_shoulder", "chest", (lateral * 0.150, 0.318, 0.0)),
        (f"{side}_elbow", f"{side}_shoulder", (lateral * 0.305, 0.0, 0.0)),
        (f"{side}_wrist", f"{side}_elbow", (lateral * 0.230, 0.0, 0.0)),
        (f"{side}_hand", f"{side}_wrist", (lateral * 0.100, 0.0, 0.0)),
    ]


def _dancer() -> Skeleton:
    trunk = [
        ("pelvis", None, (0.0, 0.0, 0.0)),
        ("chest", "pelvis", (0.0, 0.125, 0.0)),
        ("neck", "chest", (0.0, 0.209, 0.0)),
        ("head", "neck", (0.0, 0.290, 0.0)),
    ]
    rows = trunk + _leg("left", 1.0) + _leg("right", -1.0) + _arm("left", 1.0) + _arm("right", -1.0)
    names = tuple(name for name, _, _ in rows)
    parents = tuple(-1 if parent is None else names.index(parent) for _, parent, _ in rows)
    feet = (("left_heel", "left_toe"), ("right_heel", "right_toe"))
    return Skeleton(names, parents, np.array([offset for _, _, offset in rows]), feet)


DANCER = _dancer()
"""The 22-joint dancer every ballo model drives: a person of 1.68 m in a T-pose. Its proportions are medians over the taller of
the two bodies in the Tang et al. 2018 data, left and right made equal, arms set between the two bodies' (their wrist markers
differ). Knees and ankles sit where the optical markers sat, on the outer side, so heel and toe lie 5 cm inward of the ankle."""
