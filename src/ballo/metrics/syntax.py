"""Whether figures follow one another as they do in dances: how much a chain of figures is surprised.

Figures are numbers, 0 to n - 1, one a step (half a bar, say); -1 is a gap, where nobody knows, and breaks a sequence in two.
What is likely is learnt from sequences of real dances. Bits alone say little: who stands in one figure for ever is expected.
What the order adds is `shuffled` minus `bits`: 0 where any other order would be as likely. Nonsense is a ValueError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BACK_OFF_COUNT = 1.0
"""As many times as this, each figure is taken to have led to any, by how often that one is danced."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """A smoothed chain over n figures.

    Args:
        alone: (n,) how likely each figure is at any step.
        following: (n, n) how likely each is followed by each.
    """

    alone: np.ndarray
    following: np.ndarray

    def __post_init__(self) -> None:
        figures = len(self.alone)
        if self.following.shape != (figures, figures) or not figures:
            raise ValueError(f"{figures} figures are followed by {self.following.shape}")
        sums = np.append(self.following.sum(axis=1), self.alone.sum())
        if not (np.allclose(sums, 1) and (self.following > 0).all() and (self.alone > 0).all()):
            raise ValueError("likelihoods must be positive and sum to 1")


@dataclass(frozen=True)
class Syntax:
    """How surprising the order of figures is, in bits a step; nan with no step from one to another.

    Args:
        bits: in the order that is danced.
        shuffled: expected of the same figures in any order.
        alone: of the figures whatever leads to them.
        steps: from figure to figure, so many counted.
        figures: so many different ones.
    """

    bits: float
    shuffled: float
    alone: float
    steps: int
    figures: int


def learn(sequences: Sequence[np.ndarray], figures: int) -> Transitions:
    """What follows what.

    Args:
        sequences: (S,) figures each, -1 for gaps.
        figures: how many there are; all are taken to be danced once more than they are.
    """
    alone, counts = np.ones(figures), np.zeros((figures, figures))
    for sequence in sequences:
        _check(sequence, figures)
        np.add.at(alone, sequence[sequence >= 0], 1)
        np.add.at(counts, _pairs(sequence), 1)
    alone /= max(1.0, alone.sum())
    following = counts + BACK_OFF_COUNT * alone
    return Transitions(alone, following / np.maximum(following.sum(axis=1, keepdims=True), np.finfo(float).tiny))


def bits(sequence: np.ndarray, transitions: Transitions) -> float:
    """Mean bits of a figure, knowing the one before: -log2 of how likely it is; nan with no two in a row."""
    _check(sequence, len(transitions.alone))
    here, there = _pairs(sequence)
    return _surprise(transitions.following[here, there])


def shuffled_bits(sequence: np.ndarray, transitions: Transitions) -> float:
    """What `bits` is of the same figures in a random order, on average over all orders: that over all pairs of two of them."""
    _check(sequence, len(transitions.alone))
    counts = np.bincount(sequence[sequence >= 0], minlength=len(transitions.alone)).astype(float)
    pairs = np.outer(counts, counts) - np.diag(counts)
    return float(-(pairs * np.log2(transitions.following)).sum() / pairs.sum()) if pairs.any() else float("nan")


def syntax(sequences: Sequence[np.ndarray], transitions: Transitions) -> Syntax:
    """Sum up sequences (S,) each, step by step; each is shuffled in itself."""
    steps = np.array([len(_pairs(sequence)[0]) for sequence in sequences], dtype=float)
    danced = np.unique(np.concatenate([np.zeros(0, dtype=int), *sequences]))
    return Syntax(
        bits=_mean([bits(sequence, transitions) for sequence in sequences], steps),
        shuffled=_mean([shuffled_bits(sequence, transitions) for sequence in sequences], steps),
        alone=_mean([_surprise(transitions.alone[_pairs(sequence)[1]]) for sequence in sequences], steps),
        steps=int(steps.sum()),
        figures=int((danced >= 0).sum()),
    )


def _pairs(sequence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Figures that are followed by one, and those."""
    known = (sequence[:-1] >= 0) & (sequence[1:] >= 0)
    return sequence[:-1][known], sequence[1:][known]


def _surprise(likely: np.ndarray) -> float:
    return float(-np.log2(likely).mean()) if len(likely) else float("nan")


def _mean(values: Sequence[float], steps: np.ndarray) -> float:
    counted = steps > 0
    return float(np.average(np.array(values)[counted], weights=steps[counted])) if counted.any() else float("nan")


def _check(sequence: np.ndarray, figures: int) -> None:
    if sequence.ndim != 1 or not np.issubdtype(sequence.dtype, np.integer):
        raise ValueError(f"figures must be one row of whole numbers, not {sequence.dtype} {sequence.shape}")
    if len(sequence) and not (sequence.min() >= -1 and sequence.max() < figures):
        raise ValueError(f"figures are 0 to {figures - 1}, or -1 for none")
