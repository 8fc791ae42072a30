"""Standing still in the mean figure of the style: what a model that regresses to the mean comes to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ballo.baselines.repertoire import Repertoire
from ballo.dataset.archive import Dance
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.music.audio import Song


class Mean:
    """Sees the joints of the style's train dances, in their usable frames. Hears nothing; every seed is the same."""

    def __init__(self, repertoire: Repertoire) -> None:
        self._repertoire = repertoire
        self._figures: dict[str, np.ndarray] = {}

    def perform(self, song: Song, frames: int, style: str, seed: int) -> Motion:
        """The figure, facing +Z on the middle of the stage, for so many frames."""
        skeleton, fps = self._repertoire.archive.skeleton, self._repertoire.archive.fps
        if style not in self._figures:
            self._figures[style] = figure(skeleton, self._repertoire.by_style[style])
        one = Motion.from_positions(skeleton, self._figures[style][None], fps)
        still = np.zeros(frames, dtype=int)
        return Motion(skeleton, one.rotations[still], one.root[still], fps, one.contacts[still])


def figure(skeleton: Skeleton, dances: Sequence[Dance]) -> np.ndarray:
    """The mean figure of dances over their usable frames, (J, 3) metres, on its own bones, the lowest foot on the floor.

    Joints are averaged in the dancer's heading frame. Means of joints have bones too short; as every bone has one length, each
    one's mean points as its direction does on average, and the skeleton's own bones are set along these.
    """
    total, count = np.zeros((len(skeleton), 3)), 0
    for dance in dances:
        pose, _ = kinematics.unplace(skeleton, dance.motion().positions.astype(np.float64))
        for first, end in dance.usable:
            total += pose[first:end].sum(axis=0)
            count += end - first
    directions = kinematics.solve(skeleton, (total / count)[None])
    standing = kinematics.forward(skeleton, directions, np.zeros((1, 3)))
    standing[..., 1] -= kinematics.floor_height(skeleton, standing)[:, None]
    return standing[0]
