"""Whoever dances to a song: a trained model, or one of the plain baselines that it is measured against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Generic, Protocol, TypeVar

from ballo.errors import BalloError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.music.audio import Song


class Dancer(Protocol):
    """Dances to songs, the same dance for the same song, style and seed."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def styles(self) -> tuple[str, ...]:
        """What it can dance."""

    @property
    def fps(self) -> float:
        """Frames a second of its dances."""

    @property
    def skeleton(self) -> Skeleton:
        """Whose joints it moves."""

    def dance(self, song: Song, *, style: str, seed: int, progress: Callable[[float], None] | None = None) -> Motion:
        """A motion exactly as long as the song: ceil(seconds x fps) frames.

        Args:
            song: the music, which may be decoded more than once.
            style: one of `styles`.
            seed: a whole number from 0 on; another seed is another dance, unless nothing is left to chance.
            progress: called with the seconds of music danced so far.

        Raises:
            AudioError: the song cannot be decoded.
            BalloError: there is no such style or seed.
        """


Model = TypeVar("Model", bound=Dancer)


@dataclass(frozen=True, eq=False)
class Wrapped(Generic[Model]):
    """What dancers are who have another one's name, styles, rate and body, and dance otherwise.

    Args:
        model: the other one.
    """

    model: Model

    @property
    def name(self) -> str:
        """The other's."""
        return self.model.name

    @property
    def styles(self) -> tuple[str, ...]:
        """What it can dance."""
        return self.model.styles

    @property
    def fps(self) -> float:
        """Frames a second of its dances."""
        return self.model.fps

    @property
    def skeleton(self) -> Skeleton:
        """Whose joints it moves."""
        return self.model.skeleton


def check(dancer: Dancer, style: str | None, seed: int) -> None:
    """Refuse what no song could be danced with (BalloError): an unknown style, a seed that is no whole number from 0 on."""
    if style is not None and style not in dancer.styles:
        raise BalloError(f"{dancer.name} dances no {style!r}: choose among {', '.join(dancer.styles)}")
    if not (isinstance(seed, Integral) and seed >= 0):
        raise BalloError(f"a seed is a whole number from 0 on, not {seed}")
