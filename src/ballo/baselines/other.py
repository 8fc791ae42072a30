"""A real dance of the style, danced to another song: as real as can be, and deaf."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ballo.baselines.repertoire import Repertoire
from ballo.dataset.archive import Dance
from ballo.motion.motion import Motion
from ballo.music.audio import Song


@dataclass(frozen=True, eq=False)
class Stretch:
    """Frames `first` to `end` - 1 of a dance."""

    dance: Dance
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first


class Other:
    """Sees the style's train dances. Hears nothing of the song but how long it is: not its beats either.

    Seed k is the k-th stretch, round and round, of those that are long enough for the song. A song of the train split may get
    its own dance so.
    """

    def __init__(self, repertoire: Repertoire) -> None:
        self._repertoire = repertoire

    def stretches(self, style: str, frames: int) -> list[Stretch]:
        """Uncut usable stretches of its dances that last so many frames, in the order of the archive; the longest for want of
        any."""
        every = [Stretch(dance, *usable) for dance in self._repertoire.by_style[style] for usable in dance.usable]
        return [stretch for stretch in every if len(stretch) >= frames] or [max(every, key=len)]

    def perform(self, song: Song, frames: int, style: str, seed: int) -> Motion:
        """A stretch from its start, not adapted to anything; again from its start where it is too short."""
        found = self.stretches(style, frames)
        stretch = found[seed % len(found)]
        motion = stretch.dance.motion(stretch.first, len(stretch))
        shown = np.arange(frames) % len(motion)
        return replace(motion, rotations=motion.rotations[shown], root=motion.root[shown], contacts=motion.contacts[shown])
