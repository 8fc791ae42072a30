"""Dances of a style measured together: in time with the music, on the floor, at the joins, in the bones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.alignment import Alignment, alignment
from ballo.metrics.bar_phase import step_phase
from ballo.metrics.bars import Braked, Fold, bar_fold, braking
from ballo.metrics.bones import bone_variation
from ballo.metrics.feet import Skate, skate, toe_floor_drift
from ballo.metrics.joins import Joined, JoinJerk, join_jerk
from ballo.metrics.sync import OnsetAgreement, onset_phase
from ballo.music.phase import Agreement
from ballo.report.danced import Danced

ALL = "all"
"""What stands for all styles together."""


@dataclass(frozen=True)
class OfDance:
    """What can be said of one dance by itself.

    Args:
        heard: whether it has music whose beats are known.
        drift: `feet.toe_floor_drift`, metres.
        skate: `feet.skate`.
        bone_mean, bone_worst: `bones.bone_variation`, shares.
    """

    name: str
    style: str
    split: str
    seconds: float
    joins: int
    heard: bool
    drift: float
    skate: Skate
    bone_mean: float
    bone_worst: float


@dataclass(frozen=True, eq=False)
class OfStyle:
    """What can be said of the dances of a style together; None, or nan in a number, where there is nothing to measure.

    Args:
        style: its name, or `ALL`.
        dances: each by itself.
        fold: None too where dances of several metres come together.
        join_jerk: None too of all styles together: the hardest moments of one are jerkier than the joins of another.
    """

    style: str
    dances: tuple[OfDance, ...]
    step_phase: Agreement | None
    onset_phase: OnsetAgreement | None
    alignment: Alignment | None
    fold: Fold | None
    join_jerk: JoinJerk | None

    @property
    def heard(self) -> int:
        """How many of its dances have music whose beats are known."""
        return sum(dance.heard for dance in self.dances)

    @property
    def drift(self) -> float:
        """The median over dances of the drift, metres."""
        return _median([dance.drift for dance in self.dances])

    @property
    def skate(self) -> float:
        """The median over dances of the median skate, metres a second."""
        return _median([dance.skate.median for dance in self.dances])

    @property
    def bones(self) -> float:
        """The median over dances of the mean variation of bones."""
        return _median([dance.bone_mean for dance in self.dances])


def measure(dances: Sequence[Danced]) -> dict[str, OfStyle]:
    """Measure dances, by style in alphabetical order and, where there are several styles, all together last."""
    alone = {dance.name: _alone(dance) for dance in dances}
    styles = sorted({dance.style for dance in dances})
    groups = {style: [dance for dance in dances if dance.style == style] for style in styles}
    if len(styles) > 1:
        groups[ALL] = list(dances)
    return {style: _together(style, group, tuple(alone[dance.name] for dance in group)) for style, group in groups.items()}


def braked(dances: Sequence[Danced]) -> Iterator[tuple[Danced, Braked]]:
    """The dances whose bars are known, and how their feet brake in them."""
    for dance in dances:
        if dance.beats is not None and dance.downbeat is not None:
            signal = braking(dance.skeleton, dance.positions, dance.fps)
            yield dance, Braked(signal, dance.fps, dance.beats.seconds, dance.downbeat, dance.beats.metre, dance.joins)


def _alone(dance: Danced) -> OfDance:
    bones = bone_variation(dance.positions, dance.bones)
    return OfDance(
        name=dance.name,
        style=dance.style,
        split=dance.split,
        seconds=dance.seconds,
        joins=len(dance.joins),
        heard=dance.beats is not None,
        drift=toe_floor_drift(dance.toes, dance.fps),
        skate=skate(dance.toes, dance.fps),
        bone_mean=bones.mean,
        bone_worst=bones.worst,
    )


def _together(style: str, dances: Sequence[Danced], alone: tuple[OfDance, ...]) -> OfStyle:
    stepped = [known for dance in dances if (known := dance.steps()) is not None]
    heard = [found for dance in dances if (found := dance.heard()) is not None]
    folded = [found for _, found in braked(dances)]
    joined = [Joined(dance.positions, dance.fps, dance.joins) for dance in dances]
    return OfStyle(
        style=style,
        dances=alone,
        step_phase=step_phase(stepped) if stepped else None,
        onset_phase=onset_phase(heard) if heard else None,
        alignment=alignment(stepped) if stepped else None,
        fold=bar_fold(folded) if len({found.metre for found in folded}) == 1 else None,
        join_jerk=join_jerk(joined) if style != ALL and any(len(found.joins) for found in joined) else None,
    )


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
