"""How far apart two sets of clips are as wholes: the Frechet distance of the Gaussians that their features are taken for.

It sees how often things are done and what goes with what, not which clip goes with which: real dances to shuffled music are
at no distance from real dances. Sets of few clips are far apart whoever danced them, so beside any value belongs that of two
halves of the real set, and values of sets of different sizes do not compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHRINK_BELOW = 5
"""With fewer clips than this times the features, their covariance is shrunk."""


@dataclass(frozen=True)
class Frechet:
    """The Frechet distance of two sets of clips.

    Args:
        value: squared, as is the custom; in standard deviations of the real clips.
        real_clips, made_clips, dimensions: what it was computed from.
        shrinkage: 0 to 1, how far the two covariances were drawn towards that of independent features, on average.
    """

    value: float
    real_clips: int
    made_clips: int
    dimensions: int
    shrinkage: float


@dataclass(frozen=True, eq=False)
class Gaussian:
    """What a set of features is taken for.

    Args:
        mean: (D,).
        covariance: (D, D).
        shrinkage: how far that was drawn towards a multiple of the identity.
    """

    mean: np.ndarray
    covariance: np.ndarray
    shrinkage: float = 0.0


@dataclass(frozen=True, eq=False)
class Scale:
    """What features are measured in: where their zero is and how large one is, (D,) each."""

    zero: np.ndarray
    one: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, D) in these units."""
        return (features - self.zero) / self.one


def frechet(real: np.ndarray, made: np.ndarray, floor: float = 0.0) -> Frechet:
    """How far made clips are from real ones, as sets.

    Both are put in standard deviations of the real ones, so that one ruler serves all who are compared with them; with the
    sets exchanged the ruler is another, and so is the value (`frechet_gaussians` is symmetric).

    Args:
        real: (N, D) features, at least 2.
        made: (M, D), at least 2.
        floor: see `scale_of`.

    Raises:
        ValueError: other shapes, or numbers that are not finite.

    Source: Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", NeurIPS 2017.
    """
    check_features(real, made)
    scale = scale_of(real, floor)
    one, other = gaussian(scale(real)), gaussian(scale(made))
    value = frechet_gaussians(one, other)
    return Frechet(value, len(real), len(made), real.shape[1], (one.shrinkage + other.shrinkage) / 2)


def scale_of(real: np.ndarray, floor: float = 0.0) -> Scale:
    """The mean and the standard deviation of each feature over real clips (N, D).

    Args:
        floor: the least that counts as a standard deviation, in the unit of the features: what people never do would else
            be infinitely far from them if somebody does it once. What does not vary at all, with no floor, is taken as it is.
    """
    deviation = np.maximum(real.std(axis=0), floor)
    return Scale(real.mean(axis=0), np.where(deviation > 0, deviation, 1.0))


def gaussian(features: np.ndarray) -> Gaussian:
    """The mean and covariance of (N, D) features; shrunk as Ledoit and Wolf have it where N < `SHRINK_BELOW` D.

    Source: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004.
    """
    count, dimensions = features.shape
    mean = features.mean(axis=0)
    centred = features - mean
    covariance = centred.T @ centred / count
    if count >= SHRINK_BELOW * dimensions:
        return Gaussian(mean, covariance * (count / (count - 1)))
    size = np.trace(covariance) / dimensions
    off = ((covariance - size * np.eye(dimensions)) ** 2).sum()
    wandering = (((centred**2).sum(axis=1) ** 2).mean() - (covariance**2).sum()) / count
    shrinkage = float(min(max(wandering, 0.0), off) / off) if off > 0 else 0.0
    shrunk = (1 - shrinkage) * covariance + shrinkage * size * np.eye(dimensions)
    return Gaussian(mean, shrunk, shrinkage)


def frechet_gaussians(one: Gaussian, other: Gaussian) -> float:
    """The squared Frechet (Wasserstein-2) distance of two Gaussians: symmetric, and 0 of one from itself.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2). The last trace is the sum of the singular values of C1^1/2 C2^1/2, which are
    real and need no square root of a product that is hardly symmetric.
    """
    apart = float(((one.mean - other.mean) ** 2).sum())
    shared = np.linalg.svd(root(one.covariance) @ root(other.covariance), compute_uv=False).sum()
    spread = float(np.trace(one.covariance) + np.trace(other.covariance) - 2 * shared)
    return apart + max(spread, 0.0)


def root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root of a symmetric matrix (D, D) without negative eigenvalues, but for rounding."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def check_features(*sets: np.ndarray) -> None:
    """Refuse what are not sets (N, D) of two or more features each, of one D and finite (ValueError)."""
    for features in sets:
        if features.ndim != 2 or len(features) < 2 or features.shape[1:] != sets[0].shape[1:] or not features.shape[1]:
            shapes = " and ".join(str(each.shape) for each in sets)
            raise ValueError(f"features must be (N, D) with N at least 2 and the same D, not {shapes}")
        if not np.isfinite(features).all():
            raise ValueError("features must be finite numbers")
