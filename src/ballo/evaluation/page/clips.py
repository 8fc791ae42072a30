"""Which clips are shown as poses: by a measure the best, the median and the worst of a dancer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ballo.evaluation.danced import CLIP_SECONDS, Danced
from ballo.evaluation.measures import Measure
from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE
from ballo.evaluation.row import Row, cut, of_song
from ballo.evaluation.verdicts import off

_MOST = 28
"""So many clips of a dancer are measured at most, evenly chosen: a page need not look at all."""


_ALIKE = 1e-6  # of the greatest: what values differ by that are one


@dataclass(frozen=True, eq=False)
class Clip:
    """A part of what somebody danced with the first seed.

    Args:
        song: what was danced.
        first, end: frames of it.
        part: it alone, as a dance of its own.
    """

    song: Danced
    first: int
    end: int
    part: Danced

    @property
    def positions(self) -> np.ndarray:
        """(F, J, 3) metres."""
        return self.part.by_seed[0]

    @property
    def seconds(self) -> float:
        """Where in the song it begins."""
        return self.first / self.song.staged.fps


@dataclass(frozen=True, eq=False)
class Shown:
    """A clip with what is said of it.

    Args:
        called: "best", "median" or "worst"; "least", "median" or "most" where no way is better; "all alike" or
            "one" where there is nothing to choose from.
        value: of the clip, or of its whole song.
        of_clip: which.
    """

    called: str
    clip: Clip
    value: float
    of_clip: bool


def clips(row: Row) -> list[Clip]:
    """Clips of what was danced, one after another without overlap, where the real dance is usable throughout."""
    found = [clip for song in row.danced if song.by_seed for clip in _of_song(song)]
    if len(found) <= _MOST:
        return found
    return [found[round(k)] for k in np.linspace(0, len(found) - 1, _MOST)]


def _of_song(song: Danced) -> list[Clip]:
    frames, length = round(CLIP_SECONDS * song.staged.fps), min(len(song.by_seed[0]), len(song.staged.real))
    alone = replace(song, by_seed=song.by_seed[:1], other_song=(), memory={})
    usable = song.staged.usable
    starts = [first for first in range(0, length - frames + 1, frames) if usable[first : first + frames].all()]
    spans = [(first, first + frames) for first in starts] or ([(0, length)] if length > 1 else [])
    return [Clip(song, first, end, cut(alone, first, end)) for first, end in spans]


def shown(measure: Measure, row: Row, found: Sequence[Clip]) -> list[Shown]:
    """The best, the median and the worst of a row's clips; by whole songs where clips have no number; none without numbers."""
    valued = [(of_song(measure, clip.part), clip) for clip in found]
    known = [(value, clip) for value, clip in valued if math.isfinite(value)]
    of_clip = bool(known)
    if not known:
        known = [
            (value, middle)
            for song in row.danced
            if math.isfinite(value := row.by_song.get(song.staged.name, {}).get(measure.name, math.nan))
            and (middle := _middle([clip for clip in found if clip.song is song])) is not None
        ]
    if not known:
        return []
    ways = _ways(measure, row)
    ranked = sorted(known, key=lambda pair: _rank(measure, row, *pair))
    values = [value for value, _ in ranked]
    picked = (
        dict(zip((0, len(ranked) // 2, len(ranked) - 1), ways, strict=True)) if len(ranked) > 2 else {0: ways[0], -1: ways[2]}
    )
    if max(values) - min(values) <= _ALIKE * max(map(abs, values)):
        picked = {len(ranked) // 2: "all alike" if len(ranked) > 1 else "one"}
    return [Shown(name, ranked[k][1], ranked[k][0], of_clip) for k, name in picked.items()]


def _middle(found: Sequence[Clip]) -> Clip | None:
    return found[len(found) // 2] if found else None


def _ways(measure: Measure, row: Row) -> tuple[str, str, str]:
    directed = measure.better in (LESS, MORE, NEAR_ONE) or row.kind != "real"
    return ("best", "median", "worst") if directed else ("least", "median", "most")


def _rank(measure: Measure, row: Row, value: float, clip: Clip) -> float:
    """Less is better; of what is best as in real dances, how far it is from the real dance's at the same place."""
    if measure.better in (LESS, MORE, NEAR_ONE):
        return off(measure, value, math.nan)
    return value if row.kind == "real" else off(measure, value, of_song(measure, clip.part.reference))
