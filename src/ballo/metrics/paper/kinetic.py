"""Kinetic features as AIST++ has them, and so FACT, Bailando, EDGE, LODGE and those who compare themselves with them.

Reference: Li et al., "AI choreographer: music conditioned 3D dance generation with AIST++", ICCV 2021; google/aistplusplus_api,
aist_plusplus/features/kinetic.py and utils.py (commit 74fac6d), which come from facebookresearch/fairmotion. Its faults, kept:

- A frame lasts 1/60 s whatever the frame rate. At 25 frames a second energies are 5.8 times too large.
- A bracket is wrong in the acceleration, ((p[t+1] - p[t]) / dt - (p[t] - p[t-1] / dt)) / dt: of a joint that stands still at p
  it is 3,540 p / s^2. So a third of the vector tells where a joint is, not what it does. Bailando's copy has it (issue 46),
  and FACT's (google-research/mint, issue 62). Corrections were offered as pull requests (aistplusplus_api 33, Bailando 28,
  fairmotion 87), which were still open when last looked at: who quotes a number should say which he has.
- Ends of a dance are averaged over fewer frames.
"""

from __future__ import annotations

import numpy as np

FRAME_SECONDS = 1 / 60
WINDOW = 2
"""Velocities and accelerations are averaged over so many frames to either side."""


def kinetic_features(positions: np.ndarray, *, corrected: bool = False) -> np.ndarray:
    """One vector of a whole dance: (T, J, 3) metres, Y up, to (3 J,): of each joint horizontal energy, vertical energy and
    expenditure. The reference rounds them to single precision.

    Args:
        positions: at least 3 frames.
        corrected: the acceleration as it was meant, and as some who have seen the fault compute it.

    Raises:
        ValueError: another shape, or fewer frames.
    """
    check_dance(positions)
    velocity = _windowed(np.diff(positions.astype(np.float64), axis=0)) / FRAME_SECONDS
    before, here, after = (positions[k : len(positions) - 2 + k].astype(np.float64) for k in range(3))
    arriving = here - before if corrected else here * FRAME_SECONDS - before
    acceleration = _windowed((after - here - arriving) / FRAME_SECONDS**2, more=1)
    features = np.stack(
        [
            (velocity[..., 0] ** 2 + velocity[..., 2] ** 2).mean(axis=0),
            (velocity[..., 1] ** 2).mean(axis=0),
            np.linalg.norm(acceleration, axis=-1).mean(axis=0),
        ],
        axis=1,
    )
    return features.reshape(-1)


def check_dance(positions: np.ndarray) -> None:
    """Refuse what is no dance of three frames or more (ValueError)."""
    if positions.ndim != 3 or positions.shape[-1] != 3 or len(positions) < 3:
        raise ValueError(f"positions must be (T, J, 3) with 3 frames at least, not {positions.shape}")


def _windowed(values: np.ndarray, more: int = 0) -> np.ndarray:
    """(T, J, 3) means over `WINDOW` frames to either side, of those that there are; at `more` places after the last too."""
    padded = np.pad(values, [(WINDOW, WINDOW + more), (0, 0), (0, 0)])
    there = np.pad(np.ones(len(values)), (WINDOW, WINDOW + more))
    count = len(values) + more
    shifts = range(2 * WINDOW + 1)
    sums = np.sum([padded[k : k + count] for k in shifts], axis=0)
    return sums / np.sum([there[k : k + count] for k in shifts], axis=0)[:, None, None]
