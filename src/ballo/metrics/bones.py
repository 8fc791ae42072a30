"""Whether a body keeps its bones: a skeleton's bones do not change their length, a cloud of points does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class BoneVariation:
    """How much bones change their length.

    Args:
        by_joint: (J,) the standard deviation over the mean of each bone's length, the bone being named by its lower joint; 0
            for a root.
        mean: over bones; nan where there is none.
        worst: the largest of them.
    """

    by_joint: np.ndarray
    mean: float
    worst: float


def bone_variation(positions: np.ndarray, parents: Sequence[int]) -> BoneVariation:
    """The coefficient of variation of each bone's length over a dance; a bone of no length throughout has none.

    Args:
        positions: (T, J, 3), in any unit.
        parents: J indices, -1 for a root.

    Raises:
        ValueError: other shapes, no frame, or a parent that is no joint.
    """
    if positions.ndim != 3 or positions.shape[1:] != (len(parents), 3) or not len(positions):
        raise ValueError(f"positions must be (T, {len(parents)}, 3) with a frame at least, not {positions.shape}")
    if any(not -1 <= parent < len(parents) for parent in parents):
        raise ValueError(f"parents must be joints from 0 to {len(parents) - 1}, or -1")
    above = np.asarray(parents, dtype=int)
    bones = np.flatnonzero(above >= 0)
    by_joint = np.zeros(len(parents))
    lengths = np.linalg.norm(positions[:, bones].astype(np.float64) - positions[:, above[bones]], axis=-1)
    by_joint[bones] = lengths.std(axis=0) / np.maximum(lengths.mean(axis=0), np.finfo(float).tiny)
    if not len(bones):
        return BoneVariation(by_joint, float("nan"), float("nan"))
    return BoneVariation(by_joint, float(by_joint[bones].mean()), float(by_joint[bones].max()))
