"""A model as users get it: what it dances is cleaned up before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ballo.inference.cleanup import clean
from ballo.inference.dancer import Dancer
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.music.audio import Song


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A model with the cleanup that `ballo dance` puts after it.

    Args:
        model: it.
    """

    model: Dancer

    @property
    def name(self) -> str:
        """The model's."""
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

    def dance(self, song: Song, *, style: str, seed: int, progress: Callable[[float], None] | None = None) -> Motion:
        """See `Dancer`. Who stands in silence is left alone."""
        motion = self.model.dance(song, style=style, seed=seed, progress=progress)
        return motion if motion.meta.get("silent") else clean(motion)
