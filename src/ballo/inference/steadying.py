"""Root and rotations kept continuous, and high frequencies smoothed without a shift in time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import Skeleton

FASTEST_METRES_PER_SECOND = 5.0
"""No dancer's pelvis goes faster over the floor; what does has jumped."""

FASTEST_RADIANS_PER_SECOND = 25.0
"""Nor does it turn faster: four times round in a second. (In Tang 2018, remastered, 3.0 m/s and 18.6 rad/s are the most.)"""


def smoothing_weights(reach: int, share: float) -> np.ndarray:
    """(2 reach + 1,) weights of a least-squares parabola's middle: what moves by parabolas passes, accents stay where they are.

    Args:
        reach: frames to either side.
        share: how much of what a parabola leaves out is taken off, 0 to 1.

    Source: Savitzky and Golay, Analytical Chemistry 36, 1964.
    """
    if reach < 1:
        return np.ones(1)
    steps, m = np.arange(-reach, reach + 1), reach
    fitted = 3 * (3 * m * m + 3 * m - 1 - 5 * steps**2) / ((2 * m + 3) * (2 * m + 1) * (2 * m - 1))
    return np.asarray(share * fitted + (1 - share) * (steps == 0))


def raised_cosine(reach: int) -> np.ndarray:
    """(2 reach + 1,) positive weights that sum to 1, largest in the middle."""
    weights = 1 + np.cos(np.pi * np.arange(-reach, reach + 1) / (reach + 1))
    return weights / weights.sum()


def weighted(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(T, ...) to (T - W + 1, ...): each frame's weighted sum over W frames around it."""
    count = len(values) - len(weights) + 1
    total = weights[0] * values[:count]
    for place, weight in enumerate(weights[1:], start=1):
        total = total + weight * values[place : place + count]
    return np.asarray(total)


def smoothed_rotations(local_wxyz: np.ndarray, weights: np.ndarray, most_radians: np.ndarray) -> np.ndarray:
    """(T, J, 4) signed continuously to (T - W + 1, J, 4), smoothed, no joint J turned by more than its `most_radians` (J,)."""
    reach = len(weights) // 2
    here = local_wxyz[reach : len(local_wxyz) - reach]
    mixed = weighted(local_wxyz, weights)
    mixed /= np.linalg.norm(mixed, axis=-1, keepdims=True)
    half = np.linalg.norm(mixed - here, axis=-1)
    most = most_radians / 2
    shares = np.where(half > 1e-9, most * np.tanh(half / most) / np.maximum(half, 1e-9), 1.0)
    mixed = here + shares[..., None] * (mixed - here)
    return np.asarray(mixed / np.linalg.norm(mixed, axis=-1, keepdims=True))


def levers(skeleton: Skeleton) -> np.ndarray:
    """(J,) metres from each joint to the farthest that turns with it along the bones, 0 where none does."""
    reach = np.zeros(len(skeleton))
    for joint in range(len(skeleton) - 1, 0, -1):
        parent = skeleton.parents[joint]
        reach[parent] = max(reach[parent], reach[joint] + skeleton.bone_lengths[joint])
    return reach


@dataclass
class Continuity:
    """Takes jumps out of a root as it comes, frame after frame, and keeps quaternions' signs.

    Where the pelvis jumps over the floor or about the vertical, what is more than a dancer could do is taken off and the dance
    goes on from there. Where nothing jumps, nothing changes.

    Args:
        fps: frames a second.
        limited: if not, only the signs are kept.
    """

    fps: float
    limited: bool = True
    _local: np.ndarray | None = None
    _root: np.ndarray = field(default_factory=lambda: np.zeros(3))
    _placed: np.ndarray = field(default_factory=lambda: np.zeros(2))
    _turned: float = 0.0

    def __call__(self, local_wxyz: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(T, J, 4) and (T, 3) metres, the next frames, to the same without jumps."""
        if self._local is None:
            self._local, self._root, self._placed = local_wxyz[:1], root[0], root[0, [0, 2]]
        local = rotations.continuous(np.concatenate([self._local, local_wxyz]))
        if not self.limited:
            self._local = local[-1:].copy()
            return local[1:], root
        turn = self._turned - np.cumsum(_too_far_about(local[:, 0], FASTEST_RADIANS_PER_SECOND / self.fps))
        steps = np.diff(np.concatenate([self._root[None], root]), axis=0)
        # A step is taken as the dancer faced before it.
        steps = kinematics.turned_about_y(steps, np.concatenate([[self._turned], turn[:-1]]))[:, [0, 2]]
        lengths, most = np.linalg.norm(steps, axis=-1, keepdims=True), FASTEST_METRES_PER_SECOND / self.fps
        over = np.cumsum(steps * (1 - most / np.maximum(lengths, most)), axis=0)
        path = self._placed + np.cumsum(steps, axis=0) - over
        self._local, self._root = local[-1:].copy(), root[-1]
        self._placed, self._turned = path[-1], float(turn[-1])
        local, kept = local[1:].copy(), root.copy()
        kept[:, [0, 2]] = path
        if turn.any():
            local[:, 0] = rotations.multiply(rotations.about("y", turn), local[:, 0])
        return local, kept


def _too_far_about(root_wxyz: np.ndarray, most: float) -> np.ndarray:
    """(T - 1,) radians about the vertical that each step turns beyond `most`, where the whole turn is beyond it too."""
    step = rotations.multiply(root_wxyz[1:], rotations.inverse(root_wxyz[:-1]))
    vector = rotations.to_vector(step)
    about = vector[:, 1]
    return np.where(np.abs(about) > most, about - np.sign(about) * most, 0.0)
