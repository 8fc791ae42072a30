"""FID and Div as Bailando and LODGE compute them: a vector a dance, not a clip.

Reference: Siyao et al., "Bailando: 3D dance generation by actor-critic GPT with choreographic memory", CVPR 2022;
lisiyao21/Bailando, utils/metrics_new.py. Li et al., "Lodge: a coarse to fine diffusion network for long dance generation guided
by the characteristic dance primitives", CVPR 2024; li-ronghui/LODGE, metric/metrics_finedance.py. Their faults, kept:

- Features of `paper.kinetic` and `paper.geometric`, with theirs.
- 40 test dances are a Gaussian of 72 dimensions: most of its covariance is not there, and FID is large between any two
  sets that are so small.
- Standard deviations of the real dances have 1e-10 added and no floor. What no real dance does is 1e10 large in one that does.
- Bailando keeps where a dancer goes, and with the fault in acceleration a third of the kinetic features are that and nothing
  else. So 1 cm of noise is nearer to 49 dances of Tang (FID_k 7) than two halves of them are to one another (11).
- LODGE puts every joint but the root around the root; velocities of limbs are then relative, those of the root are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.metrics.diversity import feature_diversity
from ballo.metrics.frechet import check_features, root
from ballo.metrics.paper.geometric import geometric_features
from ballo.metrics.paper.kinetic import kinetic_features

BAILANDO_FRAMES = 1200
LODGE_FRAMES = 1024
LODGE_JOINTS = 22
EPSILON = 1e-10


@dataclass(frozen=True, eq=False)
class Features:
    """What is measured of a dance: (72,) or (66,) kinetic and (32,) geometric features."""

    kinetic: np.ndarray
    geometric: np.ndarray


@dataclass(frozen=True)
class Published:
    """What papers' tables have of one kind of features; Div of the real dances is what it should be near."""

    fid: float
    diversity: float
    real_diversity: float


def bailando(joints: np.ndarray) -> Features:
    """Features of a dance (T, 24, 3) in metres, as Bailando has it: the first 1,200 frames, around where the root
    is in the first.

    Raises:
        ValueError: another shape, or under 3 frames.
    """
    _check(joints)
    dance = joints[:BAILANDO_FRAMES] - joints[:1, :1]
    return Features(kinetic_features(dance), geometric_features(dance))


def lodge(joints: np.ndarray) -> Features:
    """Features of a dance (T, 24, 3) in metres as LODGE has it: 1,024 frames of 22 joints, of which all but the root around it.

    Raises:
        ValueError: another shape, or under 3 frames.
    """
    _check(joints)
    dance = joints[:LODGE_FRAMES, :LODGE_JOINTS] - joints[:1, :1]
    dance[:, 1:] -= dance[:, :1]
    return Features(kinetic_features(dance), geometric_features(dance))


def published(real: np.ndarray, made: np.ndarray) -> Published:
    """FID and Div of features (N, D) of real and (M, D) of made dances, in standard deviations of the real ones.

    The reference takes the real part of scipy's sqrtm of the product of two covariances; its trace is the sum of the singular
    values of the product of their roots, which is also right where the product is singular and sqrtm is not exact.

    Raises:
        ValueError: other shapes, or fewer than 2 dances in a set.
    """
    check_features(real, made)
    mean, deviation = real.mean(axis=0), real.std(axis=0) + EPSILON
    one, other = (real - mean) / deviation, (made - mean) / deviation
    first, second = (np.atleast_2d(np.cov(features, rowvar=False)) for features in (one, other))
    apart = ((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum()
    shared = np.linalg.svd(root(first) @ root(second), compute_uv=False).sum()
    fid = float(apart + np.trace(first) + np.trace(second) - 2 * shared)
    return Published(fid, feature_diversity(other), feature_diversity(one))


def _check(joints: np.ndarray) -> None:
    if joints.ndim != 3 or joints.shape[1:] != (24, 3):
        raise ValueError(f"a dance must be (T, 24, 3), not {joints.shape}")
