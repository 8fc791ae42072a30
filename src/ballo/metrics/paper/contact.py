"""PFC as EDGE computes it: Tseng et al., "EDGE: Editable Dance Generation From Music", CVPR 2023,
Stanford-TML/EDGE eval/eval_pfc.py, with Y up where that has Z.

Its faults, kept:
- Who does not move scores 0, the best there is.
- The root's acceleration is divided by its hardest frame, so a glitch of the root in one frame makes all others count for less:
  the dance improves.
- Feet move metres a frame, not a second: half the frame rate multiplies it by four and more. It means 30 fps.
- For the same reason the frame time, 1/30 s, that the acceleration is divided by cancels.
"""

from __future__ import annotations

import numpy as np

from ballo.metrics.contact import check_contact

FPS = 30.0
"""The frame rate that published figures mean."""

_SCALE = 1e4


def physical_foot_contact(root: np.ndarray, feet: np.ndarray) -> float:
    """EDGE's PFC of one dance; the published figure is the mean over dances. nan with fewer than three frames.

    A root that never accelerates is 0 here. The reference divides 0 by 0 there, and says 0 of the least tremble.

    Args:
        root: (T, 3) metres, at `FPS`.
        feet: (T, 2, 2, 3) metres, left and right, ankle and toe.

    Raises:
        ValueError: other shapes, or what is not finite.
    """
    check_contact(root, feet)
    if len(root) < 3:
        return float("nan")
    velocity = np.diff(root.astype(np.float64), axis=0) * FPS
    pull = np.diff(velocity, axis=0) * FPS
    pull[:, 1] = np.maximum(pull[:, 1], 0)
    hard = np.linalg.norm(pull, axis=-1)
    moved = np.diff(feet[1:].astype(np.float64), axis=0)[..., [0, 2]]
    slide = np.linalg.norm(moved, axis=-1).min(axis=-1).prod(axis=-1)
    return float((slide * hard).mean() / hard.max() * _SCALE) if hard.max() > 0 else 0.0
