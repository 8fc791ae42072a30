"""The 24 joints of SMPL, of which papers' features are taken, from a ballo dancer's 22.

What ballo's dancer lacks is put between joints that she has, at the place that it has in SMPL's body at rest: the three joints
of the spine on the line pelvis, chest, neck, and the collars between the neck and the shoulders. Her pelvis is 3 cm nearer to
her hips, her hands are finger tips and her ankles lie on the outer side; so values near those of another data set's SMPL
bodies are to be expected, and no equal ones.
"""

from __future__ import annotations

import numpy as np

from ballo.motion.skeleton import Skeleton

SMPL_JOINTS = (
    *("root", "lhip", "rhip", "belly", "lknee", "rknee", "spine", "lankle", "rankle", "chest", "ltoes", "rtoes", "neck"),
    *("linshoulder", "rinshoulder", "head", "lshoulder", "rshoulder", "lelbow", "relbow", "lwrist", "rwrist", "lhand", "rhand"),
)
"""In SMPL's order, by the names of AIST++'s features; papers that have 22 leave out the last two."""

_BETWEEN = {
    "belly": ("pelvis", "chest", 0.60),
    "spine": ("chest", "neck", 0.19),
    "chest": ("chest", "neck", 0.35),
    "linshoulder": ("neck", "left_shoulder", 0.40),
    "rinshoulder": ("neck", "right_shoulder", 0.40),
}
_ELSE_NAMED = {"root": "pelvis", "ltoes": "left_toe", "rtoes": "right_toe"}


def smpl_joints(skeleton: Skeleton, positions: np.ndarray) -> np.ndarray:
    """The 24 joints of SMPL: (..., J, 3) to (..., 24, 3) in the same unit, in the order of `SMPL_JOINTS`.

    Raises:
        ValueError: the skeleton has not the names of ballo's dancer, or positions are of other joints.
    """
    if positions.ndim < 2 or positions.shape[-2:] != (len(skeleton), 3):
        raise ValueError(f"positions must be (..., {len(skeleton)}, 3), not {positions.shape}")
    weights = np.zeros((len(SMPL_JOINTS), len(skeleton)))
    for row, name in enumerate(SMPL_JOINTS):
        start, end, share = _BETWEEN.get(name) or (_named(name), _named(name), 0.0)
        weights[row, skeleton.index(start)] += 1 - share
        weights[row, skeleton.index(end)] += share
    return np.einsum("kj,...jc->...kc", weights, positions)


def _named(name: str) -> str:
    """What ballo calls the joint."""
    if name in _ELSE_NAMED:
        return _ELSE_NAMED[name]
    side = {"l": "left_", "r": "right_"}.get(name[0], "")
    return side + name[1:] if side else name
