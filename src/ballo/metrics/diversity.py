"""How far dances lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton

_BLOCK = 1024  # rows of a distance matrix at a time


def pose_distance(skeleton: Skeleton, first: np.ndarray, second: np.ndarray) -> float:
    """Mean joint distance in metres between two dances, frame by frame over what both have, each in its own heading frame.

    Args:
        first: (T, J, 3) world positions in metres.
        second: (S, J, 3) likewise.

    Raises:
        ValueError: a dance without frames, or of other joints than the skeleton's.
    """
    for dance in (first, second):
        if dance.ndim != 3 or dance.shape[1:] != (len(skeleton), 3):
            raise ValueError(f"a dance must be (T, {len(skeleton)}, 3), not {dance.shape}")
    frames = min(len(first), len(second))
    if frames == 0:
        raise ValueError("a distance needs at least one frame of each dance")
    one, _ = kinematics.unplace(skeleton, first[:frames].astype(np.float64))
    other, _ = kinematics.unplace(skeleton, second[:frames].astype(np.float64))
    return joint_distance(one, other)


def joint_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Mean joint distance between two dances as they lie, frame by frame over what both have: metres; nan if that is nothing.

    To the real dance to the song it is the L1 that models are validated by: a still mean pose has the least.

    Args:
        first: (T, J, 3) metres, in its heading frame unless places are to count.
        second: (S, J, 3) likewise.

    Raises:
        ValueError: other shapes, or other joints.
    """
    if first.ndim != 3 or first.shape[1:] != second.shape[1:] or first.shape[-1] != 3 or not first.shape[1]:
        raise ValueError(f"two dances must be (T, J, 3) and (S, J, 3), not {first.shape} and {second.shape}")
    frames = min(len(first), len(second))
    if not frames:
        return float("nan")
    away = first[:frames] - second[:frames]
    return float(np.sqrt(np.einsum("tjc,tjc->tj", away, away)).mean(dtype=np.float64))


def spread(skeleton: Skeleton, dances: Sequence[np.ndarray]) -> float:
    """Mean `pose_distance` over all pairs of dances (T, J, 3), in metres; nan for fewer than two."""
    distances = [pose_distance(skeleton, a, b) for a, b in combinations(dances, 2)]
    return float(np.mean(distances)) if distances else float("nan")


def feature_diversity(features: np.ndarray, counts: np.ndarray | None = None) -> float:
    """Mean Euclidean distance between all pairs of clips' features (N, D), called Div where they are z-scored; nan of one.

    Noise is more diverse than dance: as real is best.

    Args:
        counts: (N,) how often each clip is there, once by default.

    Raises:
        ValueError: other shapes.
    """
    if features.ndim != 2 or (counts is not None and counts.shape != features.shape[:1]):
        raise ValueError(f"features must be (N, D) and counts (N,), not {features.shape}")
    weights = np.ones(len(features)) if counts is None else counts.astype(np.float64)
    if weights.sum() < 2:
        return float("nan")
    blocks = (slice(first, first + _BLOCK) for first in range(0, len(features), _BLOCK))
    total = sum(float(weights[block] @ distances(features[block], features) @ weights) for block in blocks)
    return total / float(weights.sum() * (weights.sum() - 1))


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M) Euclidean distances of (N, D) from (M, D); of what is the same but for rounding, 0."""
    one, other = some.astype(np.float64), others.astype(np.float64)
    sizes = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    squares = sizes - 2 * (one @ other.T)
    return np.sqrt(np.where(squares > 1e-13 * sizes, squares, 0.0))
