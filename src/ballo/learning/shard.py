"""Which part of a batch a process takes when several train one model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shard:
    """The rows rank, rank + count, ... of a global batch; alone by default.

    Raises:
        ValueError: there is no such rank.
    """

    rank: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.count:
            raise ValueError(f"of {self.count} processes none has the rank {self.rank}")

    def part(self, array: np.ndarray) -> np.ndarray:
        """This process's rows of an array over the global batch; a view."""
        return array[self.rank :: self.count]
