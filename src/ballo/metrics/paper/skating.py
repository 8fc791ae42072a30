"""The foot skating ratio as LODGE computes it: Li et al., "Lodge: A Coarse to Fine Diffusion Network for Long Dance
Generation", CVPR 2024, li-ronghui/LODGE metric/foot_skating.py. Y up, metres.

Its faults, kept:
- A foot slides by the mean of its two horizontal velocities, not by their norm: one that goes right as fast as it goes back
  does not slide at all, and turning the dancer changes the ratio.
- Velocity is in metres a frame, so the bound of 1 cm is 0.3 m/s at the 30 fps that published figures mean.
- The floor is where the toes are in the first frame: a dance that begins on one leg, or whose floor drifts, loses its contacts.
- The last frame can be static, but it cannot slide.
- A dance in which a foot is never down is not a number, and neither is then the mean over dances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FPS = 30.0
"""The frame rate that published figures mean."""

_LEVEL_METRES = 0.02  # toes that differ by less in the first frame both stand, on a floor at their mean
_ANKLE_METRES, _TOE_METRES = 0.08, 0.05
_SLIDE_METRES = 0.01  # a frame


@dataclass(frozen=True)
class FootSkating:
    """The share of the frames in which a foot is down that it slides in; nan if it never is; and the mean of both."""

    left: float
    right: float
    ratio: float


def foot_skating(ankles: np.ndarray, toes: np.ndarray) -> FootSkating:
    """LODGE's foot skating ratio of one dance; the published figure is the mean over dances.

    Args:
        ankles: (T, 2, 3) metres, left and right, at `FPS`.
        toes: (T, 2, 3) likewise.

    Raises:
        ValueError: other shapes, or what is not finite.
    """
    if ankles.ndim != 3 or ankles.shape[1:] != (2, 3) or ankles.shape != toes.shape:
        raise ValueError(f"ankles and toes must both be (T, 2, 3), not {ankles.shape} and {toes.shape}")
    if not np.isfinite(ankles).all() or not np.isfinite(toes).all():
        raise ValueError("positions must be finite")
    if not len(toes):
        return FootSkating(*[float("nan")] * 3)
    first = toes[0, :, 1]
    floor = first.mean() if abs(first[0] - first[1]) < _LEVEL_METRES else first.min()
    static = (ankles[..., 1] - floor <= _ANKLE_METRES) & (toes[..., 1] - floor <= _TOE_METRES)
    feet = np.stack([ankles, toes], axis=2)
    sideways = np.abs(np.diff(feet, axis=0, append=feet[-1:])[..., [0, 2]].mean(axis=-1))
    slides = static & (sideways > _SLIDE_METRES).any(axis=-1)
    left, right = (
        float(slides[:, foot].sum() / static[:, foot].sum()) if static[:, foot].any() else float("nan") for foot in range(2)
    )
    return FootSkating(left, right, (left + right) / 2)
