"""A model as users get it: what it dances is cleaned up before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable

from ballo.inference.cleanup import clean
from ballo.inference.dancer import Dancer, Wrapped
from ballo.motion.motion import Motion
from ballo.music.audio import Song


class Cleaned(Wrapped[Dancer]):
    """A model with the cleanup that `ballo dance` puts after it."""

    def dance(self, song: Song, *, style: str, seed: int, progress: Callable[[float], None] | None = None) -> Motion:
        """See `Dancer`. Who stands in silence is left alone."""
        motion = self.model.dance(song, style=style, seed=seed, progress=progress)
        return motion if motion.meta.get("silent") else clean(motion)
