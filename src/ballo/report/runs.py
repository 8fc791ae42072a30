"""Runs of a dance's frames that show one unit, in the order of its take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.dataset.archive import Dance, Unit

JUMP_FRAMES = 4
"""A source that moves by more than so many frames at once is another run of it."""


@dataclass(frozen=True)
class Run:
    """Frames `first` to `end` - 1 of a dance, all of one unit.

    Args:
        unit: what they show; None between units, and in a dance that is its own recording.
        source_seconds: where in the unit's take the first and the last frame are.
    """

    first: int
    end: int
    unit: Unit | None
    source_seconds: tuple[float, float]

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.end - self.first


def runs(dance: Dance, start: int = 0, frames: int | None = None) -> list[Run]:
    """The runs of a dance, or of `frames` of it from `start` on; frames count from `start`. Together they are all of it."""
    part = slice(start, None if frames is None else start + frames)
    unit, source = np.asarray(dance.unit[part]), np.asarray(dance.source_seconds[part], dtype=np.float64)
    if not len(unit):
        return []
    jumps = (np.abs(np.diff(source)) > JUMP_FRAMES / dance.fps) & (unit[1:] >= 0)
    cuts = (np.flatnonzero((np.diff(unit) != 0) | jumps) + 1).tolist()
    return [
        Run(
            first,
            end,
            dance.units[unit[first]] if unit[first] >= 0 else None,
            (float(source[first]), float(source[end - 1])),
        )
        for first, end in zip([0, *cuts], [*cuts, len(unit)], strict=True)
    ]
