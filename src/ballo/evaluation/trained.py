"""The movement of an archive: what training shows, what it keeps back, and how far from it others dance.

Training shows the usable frames of the splits "train" and "motion_only": models learn poses and sequences from both. It keeps
back the units that the archive holds out, wherever they are danced.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ballo.dataset.archive import Archive, Dance
from ballo.dataset.splits import MOTION_ONLY, TRAIN
from ballo.evaluation.danced import Context
from ballo.metrics import copying
from ballo.metrics.copying import Learnt
from ballo.metrics.sync import away
from ballo.motion import kinematics


def trained(archive: Archive) -> tuple[Dance, ...]:
    """The dances that models learn from."""
    return (*archive.select(TRAIN), *archive.select(MOTION_ONLY))


def usable(dance: Dance) -> np.ndarray:
    """(T,) whether a frame is worth learning from."""
    kept = np.zeros(len(dance), dtype=bool)
    for first, end in dance.usable:
        kept[first:end] = True
    return kept


def placed(dance: Dance, first: int = 0, end: int | None = None) -> np.ndarray:
    """(T, J, 3) float32 metres: a dance, or frames of it, in its heading frame."""
    motion = dance.motion(first, None if end is None else end - first)
    return kinematics.unplace(dance.skeleton, motion.positions.astype(np.float64))[0].astype(np.float32)


def shown(archive: Archive) -> Learnt | None:
    """All movement that training shows; None if it shows none."""
    stretches = [placed(dance, *span) for dance in trained(archive) for span in dance.usable]
    return copying.learnt(stretches, archive.fps) if any(map(len, stretches)) else None


def held_back(archive: Archive) -> list[np.ndarray]:
    """Each held-out unit once, where it is danced for longest away from joins: (T, J, 3) in its heading frame."""
    longest: dict[str, tuple[int, Dance, int, int]] = {}
    for dance in archive.dances:
        clear = away(np.arange(len(dance)) / dance.fps, np.array(dance.joins) / dance.fps)
        for first, end in runs(np.where(dance.unseen & clear, dance.unit, -1)):
            tag = dance.units[dance.unit[first]].tag
            if tag not in longest or end - first > longest[tag][0]:
                longest[tag] = end - first, dance, first, end
    return [placed(dance, first, end) for _, (_, dance, first, end) in sorted(longest.items())]


def runs(labels: np.ndarray) -> list[tuple[int, int]]:
    """Stretches (first, end) of one label each, without those of -1."""
    bounds = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [(first, end) for first, end in pairwise(bounds) if first < end and labels[first] >= 0]


def shown_in(context: Context) -> Learnt | None:
    """`shown` of the archive of an evaluation, made once."""
    return context.kept("shown in training", lambda: shown(context.archive))
