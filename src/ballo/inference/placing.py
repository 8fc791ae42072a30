"""A graph's chunks set into the world, one after another, as a motion on the bundle's skeleton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

OFF_THE_FLOOR_METRES = 1e-3
"""Feet that are this near to the floor stand on it: models that keep the bones' lengths are as near, but for rounding."""


@dataclass(frozen=True)
class Chunk:
    """A stretch of dance in the dancer's heading frame: pose (T, J, 3) metres, travel (T, 3)."""

    pose: np.ndarray
    travel: np.ndarray


class Danced:
    """A dance as it grows: rotations, root and positions of what has been set into the world so far.

    All that takes more room than these is done chunk by chunk: the matrices of an hour of dance would fill half a gigabyte.
    """

    def __init__(self) -> None:
        self._rotations: list[np.ndarray] = []
        self._root: list[np.ndarray] = []
        self._positions: list[np.ndarray] = []
        self._stands: tuple[np.ndarray, float] = (np.zeros(2), 0.0)

    def add(self, skeleton: Skeleton, chunk: Chunk) -> None:
        """Set the next chunk where the last one ended."""
        world, xz, heading = kinematics.place(chunk.pose, chunk.travel, *self._stands)
        self._stands = (xz, heading)
        solved = kinematics.solve(skeleton, world).astype(np.float32)
        before = [part[-1:] for part in self._rotations[-1:]]
        local = rotations.continuous(np.concatenate([*before, solved]))[len(before) :].astype(np.float32)
        root = world[:, 0].astype(np.float32)
        positions = kinematics.forward(skeleton, local, root)
        lifted = _off_the_floor(skeleton, positions)
        root[:, 1] -= lifted
        positions[..., 1] -= lifted[:, None]
        self._rotations.append(local)
        self._root.append(root)
        self._positions.append(positions)

    def motion(self, skeleton: Skeleton, frames: int, fps: float, meta: dict[str, Any]) -> Motion:
        """The first `frames` of it."""
        local, root, positions = (np.concatenate(parts)[:frames] for parts in (self._rotations, self._root, self._positions))
        return Motion(skeleton, local, root, fps, kinematics.contacts(skeleton, positions, fps), meta)


def _off_the_floor(skeleton: Skeleton, positions: np.ndarray) -> np.ndarray:
    """(T,) metres by which bones of other lengths than the pose's own took the feet off the floor."""
    if not skeleton.feet:
        return np.zeros(len(positions), positions.dtype)
    height = kinematics.floor_height(skeleton, positions)
    return np.where(np.abs(height) < OFF_THE_FLOOR_METRES, 0, height)
