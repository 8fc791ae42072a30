"""A real dance of the style, danced to another song: as real as can be, and deaf."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import numpy as np

from ballo.baselines.baseline import waiting
from ballo.baselines.repertoire import Repertoire
from ballo.dataset import rendering
from ballo.dataset.archive import Dance
from ballo.dataset.rendering import Placement
from ballo.dataset.units import Unit
from ballo.motion.motion import Motion
from ballo.music.audio import Song

_SHORTEST_SECONDS = 1.0


class Other:
    """Sees the style's train dances in their usable frames. Hears nothing of the song but how long it is: not its beats either.

    Seed k is the k-th dance of the style, round and round, from its first usable frame on, not adapted to anything. Where the
    dance has a gap, or ends before the song, the next usable stretch of it, or its first again, is led into as remastering does
    it. A song of the train split may get its own dance so.
    """

    def __init__(self, repertoire: Repertoire) -> None:
        self._repertoire = repertoire

    def perform(self, song: Song, frames: int, style: str, seed: int) -> Motion:
        """The dance of a seed for so many frames."""
        dances = self._repertoire.by_style[style]
        dance = dances[seed % len(dances)]
        stretches = [(first, end) for first, end in dance.usable if end - first >= _SHORTEST_SECONDS * dance.fps]
        first, end = (stretches or [dance.usable[0]])[0]
        if end - first >= frames or not stretches:
            return waiting(replace(dance.motion(first, min(frames, end - first)), meta={}), 0, frames)
        return _joined(self._repertoire, dance, stretches, frames)


def _joined(repertoire: Repertoire, dance: Dance, stretches: list[tuple[int, int]], frames: int) -> Motion:
    """Stretches of a dance one after another, as often as it takes: to whoever renders them, a frame is a beat."""
    placed: list[Placement] = []
    for first, end in cycle(stretches):
        if placed and placed[-1].end >= frames:
            break
        unit = Unit(f"{dance.name} {first}", dance.name, first / dance.fps, end / dance.fps, end - first, True, end - first)
        placed.append(Placement(unit, placed[-1].end if placed else 0))
    grid = np.arange(placed[-1].end + 2) / dance.fps
    takes = {dance.name: repertoire.as_take(dance)}
    return waiting(rendering.render(placed, takes, grid, dance.fps, 0.0).motion, 0, frames)
