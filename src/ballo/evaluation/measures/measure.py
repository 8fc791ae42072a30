"""What a measure is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ballo.evaluation.danced import Danced

LESS, MORE, NEAR_ONE, NEAR_REAL = "less", "more", "1", "as real"
"""Which way is better; most things are best as they are in real dances."""

Convention = Literal["sound", "paper", "both"]
"""As it should be; as a named paper's code computes it; the same either way."""


class TooFew(ValueError):
    """There is too little for a number; what is said stands in its place."""


@dataclass(frozen=True)
class Measure:
    """One of the things that are measured.

    Args:
        name: in files.
        title: for people.
        unit: "" for a ratio or a share of 1.
        better: which way.
        of_song: its value of one song; nan where it has none.
        of_songs: of several together; by default the mean of its songs.
        family: the name of the file it is in.
        convention: whose way of computing it is.
        about: a sentence for people.
        of_halves: what real dances give of one half against the other, where it is a measure of sets.
        interval: whether other songs would give another value; chances of chance are what they are.
    """

    name: str
    title: str
    unit: str
    better: str
    of_song: Callable[[Danced], float] | None = None
    of_songs: Callable[[Sequence[Danced]], float] | None = None
    family: str = ""
    convention: Convention = "both"
    about: str = ""
    of_halves: Callable[[Sequence[Danced]], float] | None = None
    interval: bool = True
