"""Whether made clips look like real ones, and whether all that is real is made: two questions that one distance confounds.

A clip lies in the neighbourhood of another if it is no further from it than that one's k-th neighbour in its own set. Copies of
real clips are the best that there are by all four numbers: beside them belongs the distance to the nearest training clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.metrics.diversity import distances
from ballo.metrics.frechet import check_features

NEIGHBOURS = 5

_BLOCK = 1024  # rows of a distance matrix at a time


@dataclass(frozen=True)
class Coverage:
    """How two sets of clips lie in one another. All are 1 at best.

    Args:
        precision: the share of made clips that lie in the neighbourhood of some real one. One odd real clip has a large
            neighbourhood: of Tang's dances frozen it is 0.6, and only density and coverage tell.
        recall: the share of real clips that lie in the neighbourhood of some made one.
        density: in how many neighbourhoods of real clips a made one lies, over k: over 1 where made clips crowd in their midst.
        coverage: the share of real clips with a made one in their neighbourhood. A few wild made clips, which raise recall,
            do not raise it.
    """

    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """The same clip by clip.

    Args:
        around_made: (M,) in how many neighbourhoods of real clips each made one lies.
        recalled: (N,) bool, whether each real clip lies in the neighbourhood of some made one.
        covered: (N,) bool, whether some made clip lies in the neighbourhood of each real one.
        neighbours: k.
    """

    around_made: np.ndarray
    recalled: np.ndarray
    covered: np.ndarray
    neighbours: int

    def coverage(self, real_weights: np.ndarray | None = None, made_weights: np.ndarray | None = None) -> Coverage:
        """The means over clips, by weights (N,) and (M,) where clips count for more than one, as in resampling."""

        def mean(values: np.ndarray, weights: np.ndarray | None) -> float:
            return float(np.average(values, weights=weights))

        return Coverage(
            precision=mean(self.around_made > 0, made_weights),
            recall=mean(self.recalled, real_weights),
            density=mean(self.around_made, made_weights) / self.neighbours,
            coverage=mean(self.covered, real_weights),
        )


def coverage(real: np.ndarray, made: np.ndarray, neighbours: int = NEIGHBOURS) -> Coverage:
    """How made clips lie among real ones, and real ones among made ones; see `neighbourhoods`."""
    return neighbourhoods(real, made, neighbours).coverage()


def neighbourhoods(real: np.ndarray, made: np.ndarray, neighbours: int = NEIGHBOURS) -> Neighbourhoods:
    """Which clips lie in whose neighbourhoods. A clip that is there twice is its own neighbour: use weights instead.

    Args:
        real: (N, D) features, of one scale each (see `frechet.scale_of`), N more than `neighbours`.
        made: (M, D) likewise.
        neighbours: k.

    Raises:
        ValueError: other shapes, numbers that are not finite, or no more clips than neighbours.

    Source: precision and recall: Kynkaanniemi et al., "Improved precision and recall metric for assessing generative models",
    NeurIPS 2019; density and coverage: Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML
    2020.
    """
    check_features(real, made)
    if not 1 <= neighbours < min(len(real), len(made)):
        raise ValueError(f"{neighbours} neighbours need {neighbours + 1} clips on either side, not {len(real)} and {len(made)}")
    real_reach, made_reach = reach(real, neighbours), reach(made, neighbours)
    around_made = np.zeros(len(made), dtype=int)
    recalled, covered = np.zeros(len(real), dtype=bool), np.zeros(len(real), dtype=bool)
    for first in range(0, len(made), _BLOCK):
        block = slice(first, first + _BLOCK)
        apart = distances(made[block], real)
        inside = apart <= real_reach
        around_made[block] = inside.sum(axis=1)
        covered |= inside.any(axis=0)
        recalled |= (apart <= made_reach[block, None]).any(axis=0)
    return Neighbourhoods(around_made, recalled, covered, neighbours)


def reach(features: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """(N,) how far each of (N, D) features is from its k-th neighbour among the others."""
    found = np.empty(len(features))
    for first in range(0, len(features), _BLOCK):
        apart = distances(features[first : first + _BLOCK], features)
        found[first : first + _BLOCK] = np.partition(apart, neighbours, axis=1)[:, neighbours]  # the first is itself
    return found
