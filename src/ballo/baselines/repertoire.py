"""What baselines learn from: the dances of an archive's train split, and nothing else of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ballo.dataset import dancer
from ballo.dataset.archive import SAMPLE_RATE, Archive, Beats, Dance
from ballo.dataset.recordings import STYLES
from ballo.dataset.splits import TRAIN
from ballo.dataset.takes import Take
from ballo.dataset.units import beats_a_bar
from ballo.errors import AudioError, DataError
from ballo.motion.skeleton import DANCER
from ballo.music import beats as tracking


@dataclass(frozen=True, eq=False)
class Repertoire:
    """Train dances by style.

    Frames outside a dance's usable ranges are not for learning: held-out movement, waiting, and what no music goes with.

    Args:
        archive: whose they are. Its other splits are not to be looked at.
        by_style: those that have music, in the order of the archive.
    """

    archive: Archive
    by_style: Mapping[str, tuple[Dance, ...]]

    @classmethod
    def of(cls, archive: Archive) -> Repertoire:
        """An archive's (DataError if it has no train dances to music, or is of other joints than the dancer's)."""
        dances = [dance for dance in archive.select(TRAIN) if dance.samples is not None and dance.usable]
        if not dances:
            raise DataError(f"the archive {archive.path} has no dances to learn from: its train split has none with music")
        if archive.skeleton != DANCER:
            raise DataError(f"the archive {archive.path} has another skeleton than the dancer: make it again")
        styles = sorted({dance.style for dance in dances})
        return cls(archive, {style: tuple(dance for dance in dances if dance.style == style) for style in styles})

    @property
    def styles(self) -> tuple[str, ...]:
        """In the order of the alphabet."""
        return tuple(self.by_style)

    def as_take(self, dance: Dance) -> Take:
        """One of its dances as what units are cut from and rendered; the same each time."""
        if dance.name not in self._takes:
            joints = dance.motion().positions.astype(np.float64)
            self._takes[dance.name] = Take(dance.name, dance.fps, joints, dancer.leg_length(), dance.repairs)
        return self._takes[dance.name]

    @cached_property
    def _takes(self) -> dict[str, Take]:
        return {}

    @cached_property
    def _beats(self) -> dict[str, Beats | None]:
        return {}

    def beats(self, dance: Dance) -> Beats | None:
        """The beats of one of its dances, listened for where the archive does not know them; None if there are none."""
        if dance.beats is not None:
            return dance.beats
        if dance.name not in self._beats:
            self._beats[dance.name] = _tracked(dance)
        return self._beats[dance.name]

    def metre(self, style: str) -> int:
        """Beats a bar, as most of its dances have it."""
        found = [beats for dance in self.by_style[style] if (beats := self.beats(dance)) is not None]
        if not found:
            raise DataError(f"no beat is heard in the music that {style} is danced to in {self.archive.path}")
        return Counter(beats.metre for beats in found).most_common(1)[0][0]

    def period_seconds(self, style: str) -> float:
        """From one beat to the next, the median of its dances."""
        found = [beats for dance in self.by_style[style] if (beats := self.beats(dance)) is not None]
        return float(np.median([np.median(np.diff(beats.seconds)) for beats in found]))


def _tracked(dance: Dance) -> Beats | None:
    known = dance.style in STYLES.values()
    try:
        samples = dance.music(0, len(dance))
        found = tracking.track_samples(samples, SAMPLE_RATE, metre=beats_a_bar(dance.style) if known else None)
    except AudioError:
        return None
    return Beats(found.times, found.positions, found.metre)
