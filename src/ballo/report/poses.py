"""The mean figure of a style: where each joint is on average, seen from the dancer, and how far it strays from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset.archive import Archive, Dance
from ballo.motion import kinematics

_HIPS = {"left_hip", "right_hip"}


@dataclass(frozen=True, eq=False)
class MeanFigure:
    """The mean pose of dances: the pelvis over the origin, facing +Z.

    Args:
        mean: (J, 3) metres.
        spread: (J, 3) metres, standard deviation along each axis.
        frames: of how many frames.
    """

    style: str
    mean: np.ndarray
    spread: np.ndarray
    frames: int


def mean_figures(archive: Archive) -> list[MeanFigure]:
    """The mean figure of each style; none if the skeleton has no hips to tell which way it faces."""
    if not set(archive.skeleton.joint_names) >= _HIPS:
        return []
    return [_mean(style, [dance for dance in archive.dances if dance.style == style]) for style in archive.styles]


def _mean(style: str, dances: Sequence[Dance]) -> MeanFigure:
    skeleton = dances[0].skeleton
    joints = len(skeleton)
    total, squares, frames = np.zeros((joints, 3)), np.zeros((joints, 3)), 0
    for dance in dances:
        pose, _ = kinematics.unplace(skeleton, dance.motion().positions.astype(np.float64))
        total, squares, frames = total + pose.sum(axis=0), squares + (pose**2).sum(axis=0), frames + len(pose)
    mean = total / frames
    return MeanFigure(style, mean, np.sqrt(np.maximum(squares / frames - mean**2, 0)), frames)
