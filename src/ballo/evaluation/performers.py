"""Everybody who can be measured: who dances to songs, and whoever has danced already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ballo.evaluation.songs import Staged
from ballo.inference.dancer import Dancer


class Performer(Protocol):
    """Whoever has dances to songs: a model or baseline, a folder of motion files, a control made of the real dances."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        """Dances to a song in a style: (T, J, 3) metres each, of the song's joints and frame rate; up to one a seed.

        Raises:
            BalloError: there is none; the line says why.
        """
        ...


@dataclass(frozen=True, eq=False)
class Dancing:
    """A model or a baseline as a performer: it dances with seeds 0, 1 ... Each song is danced once in each style.

    Args:
        name: what it is called in tables.
        dancer: it.
        about: what is to be known of its dances.
    """

    name: str
    dancer: Dancer
    about: str = ""
    _known: dict[tuple[str, str], tuple[np.ndarray, ...]] = field(default_factory=dict, repr=False)

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        """See `Performer`."""
        asked = staged.name, style
        if len(self._known.get(asked, ())) < seeds:
            song = staged.song()
            self._known[asked] = tuple(self.dancer.dance(song, style=style, seed=seed).positions for seed in range(seeds))
        return self._known[asked][:seeds]
