"""Whether dances go with their own songs better than with one another's: songs exchanged among the dances."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import permutations, product
from math import factorial, prod

import numpy as np

from ballo.music.phase import DRAWS

ALL = 5040
"""Up to so many ways of exchanging songs (those of seven) are tried one and all; else they are drawn."""


def exchanged(table: np.ndarray, groups: Sequence[Hashable] | None = None, *, draws: int = DRAWS, seed: int = 0) -> float:
    """How often the mean over dances is as high when each is given another's song, or by chance its own: p, 1 of one song.

    Every song is danced to once in each exchange, so that an easy song is one in all of them. Songs that are the same to the
    measure (of one tempo, say, with a beat at the start) cannot be told apart by it: exchanging them changes nothing, which
    makes p larger and is right.

    Args:
        table: (S, S) how well the dance of each song (rows) goes with every song (columns), finite.
        groups: S of anything; songs are exchanged only within a group, as within a style.

    Raises:
        ValueError: a table that is not square or has gaps, or as many groups as there are not songs.
    """
    count = len(table)
    if table.shape != (count, count) or not np.isfinite(table).all():
        raise ValueError(f"the table must be square and finite, not {table.shape}")
    labels = [0] * count if groups is None else list(groups)
    if len(labels) != count:
        raise ValueError(f"{count} songs cannot be of {len(labels)} groups")
    if not count:
        return 1.0
    members = [[song for song in range(count) if labels[song] == label] for label in dict.fromkeys(labels)]
    every = prod(factorial(len(group)) for group in members) <= ALL
    orders = _all_orders(members, count) if every else _some_orders(members, count, draws, seed)
    sums = table[np.arange(count), orders].sum(axis=1)
    reached = int((sums >= np.trace(table) - 1e-9 * np.abs(table).sum()).sum())
    return reached / len(orders) if every else (reached + 1) / (draws + 1)


def ways(groups: Sequence[Hashable]) -> int:
    """In how many ways songs of these groups can be exchanged; p is not below one over them."""
    return prod(factorial(list(groups).count(label)) for label in dict.fromkeys(groups))


def _all_orders(members: Sequence[Sequence[int]], count: int) -> np.ndarray:
    """(W, S) every exchange within the groups, the one that changes nothing among them."""
    every = list(product(*(permutations(group) for group in members)))
    orders = np.empty((len(every), count), dtype=int)
    for place, group in enumerate(members):
        orders[:, list(group)] = [chosen[place] for chosen in every]
    return orders


def _some_orders(members: Sequence[Sequence[int]], count: int, draws: int, seed: int) -> np.ndarray:
    """(draws, S) exchanges within the groups, drawn."""
    random, orders = np.random.default_rng(seed), np.empty((draws, count), dtype=int)
    for group in members:
        orders[:, list(group)] = random.permuted(np.tile(np.array(group), (draws, 1)), axis=1)
    return orders
