"""Whether units were bent where they were joined: uses of one unit that agree in their middles and part towards their ends.

The publishers drew a straight line over six frames at each join (`continuity` finds those), and shifted what is left of ten
frames on either side by a share that grows towards the join. A unit that is used twice shows it: nothing else moves its ends
and not its middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset.faults.fault import MILD, Fault
from ballo.dataset.faults.parts import Parts
from ballo.dataset.timebase import SPLICE_AFTER, SPLICE_BEFORE, sample
from ballo.motion import kinematics

NEAR_FRAMES = 6
"""Frames this near to a join, its straight line left out, are its ends; what lies beyond `FAR_FRAMES` of both, its middle."""
FAR_FRAMES = 12

LEAST_METRES, LEAST_TIMES = 0.01, 4.0
"""Ends are bent if they part by so much, and by so many times what the middles do."""

_MOST_COMPARED = 4


@dataclass(frozen=True, eq=False)
class Use:
    """One use of a unit: the dance (and release) that shows it, the frame it starts on, and its points (L, P, 3) in metres."""

    dance: tuple[str, str]
    tag: str
    first_frame: int
    points: np.ndarray


@dataclass(frozen=True)
class Bend:
    """How far a use lies from other uses of its unit, in metres: at its ends and in its middle."""

    use: Use
    ends: float
    middle: float

    @property
    def bent(self) -> bool:
        """Whether its ends part and its middle does not."""
        return self.ends > LEAST_METRES and self.ends > LEAST_TIMES * self.middle


def find(uses: Sequence[Use], parts: Parts) -> list[Bend]:
    """Every use of a unit that has others in the same release, long enough to have a middle."""
    by_unit: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        if len(use.points) >= 2 * FAR_FRAMES + 4:
            by_unit.setdefault((use.dance[0], use.tag), []).append(use)
    found = []
    for same in by_unit.values():
        faced = [_faced(use.points, parts) for use in same]
        for number, use in enumerate(same):
            others = [other for other in range(len(same)) if other != number][:_MOST_COMPARED]
            if others:
                apart = np.array([_apart(faced[number], faced[other]) for other in others])
                found.append(Bend(use, *map(float, np.median(apart, axis=0))))
    return found


def _faced(points: np.ndarray, parts: Parts) -> np.ndarray:
    """Points around the pelvis of each frame, turned so that the dancer faces one way half-way through."""
    left, right = parts.hips
    centred = points - points[:, [left, right]].mean(axis=1, keepdims=True)
    across = centred[len(points) // 2, left] - centred[len(points) // 2, right]
    return kinematics.turned_about_y(centred, np.array(np.arctan2(across[2], across[0])))


def _apart(points: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Mean distance of two uses at their ends and in their middles."""
    share = np.arange(len(points)) / (len(points) - 1)
    distance = np.linalg.norm(points - sample(other, share * (len(other) - 1)), axis=-1).mean(axis=1)
    ends = np.r_[distance[SPLICE_AFTER:NEAR_FRAMES], distance[-NEAR_FRAMES : -SPLICE_BEFORE - 1]]
    return float(np.median(ends)), float(np.median(distance[FAR_FRAMES:-FAR_FRAMES]))


def faults(bends: Sequence[Bend]) -> Mapping[tuple[str, str], Fault]:
    """A fault for each dance that shows bent units, by release and name."""
    by_dance: dict[tuple[str, str], list[Bend]] = {}
    for bend in bends:
        by_dance.setdefault(bend.use.dance, []).append(bend)
    found = {}
    for dance, known in by_dance.items():
        bent = [bend for bend in known if bend.bent]
        if not bent:
            continue
        ends = 100 * float(np.median([bend.ends for bend in bent]))
        middle = 100 * float(np.median([bend.middle for bend in bent]))
        text = (
            f"{len(bent)} of {len(known)} units are bent at their ends: {ends:.1f} cm from other uses of them there, "
            f"{middle:.2f} in their middles"
        )
        stretches = tuple((b.use.first_frame, b.use.first_frame + len(b.use.points)) for b in bent)
        figures = {"ends_cm": round(ends, 2), "middle_cm": round(middle, 2), "units": len(known)}
        found[dance] = Fault("bent", MILD, text, len(bent), "units", stretches, figures, dance[1], dance[0])
    return found
