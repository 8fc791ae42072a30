"""Which point of a recording is which part of the body: all that a check must know of its layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ballo.dataset import dancer
from ballo.motion.skeleton import DANCER

Bone = tuple[int, int]
"""Two points that one bone carries, so that their distance should not change."""


@dataclass(frozen=True)
class Parts:
    """Point numbers of a layout, left before right.

    Args:
        hips, knees, ankles, heels, toes: (left, right).
        head: its two sides, or None if it is one point.
        limbs: bones that should not change, by name: (left, right).
        arms: those of `limbs` that a marker mistake on a wrist would change.
        top: a point that is above the feet when a person stands.
    """

    hips: tuple[int, int]
    knees: tuple[int, int]
    ankles: tuple[int, int]
    heels: tuple[int, int]
    toes: tuple[int, int]
    head: tuple[int, int] | None
    limbs: Mapping[str, tuple[Bone, Bone]]
    arms: tuple[str, ...]
    top: int

    @property
    def feet(self) -> tuple[int, ...]:
        """Heels and toes."""
        return (*self.heels, *self.toes)


def _published() -> Parts:
    d = dancer
    hips, knees, ankles = (d.LEFT_BELT, d.RIGHT_BELT), (d.LEFT_KNEE, d.RIGHT_KNEE), (d.LEFT_ANKLE, d.RIGHT_ANKLE)
    heels, toes = (d.LEFT_HEEL, d.RIGHT_HEEL), (d.LEFT_TOE, d.RIGHT_TOE)
    shoulders, elbows = (d.LEFT_SHOULDER, d.RIGHT_SHOULDER), (d.LEFT_ELBOW, d.RIGHT_ELBOW)
    forearms, wrists = (d.LEFT_FOREARM, d.RIGHT_FOREARM), (d.LEFT_WRIST_AND_FINGER, d.RIGHT_FOREARM_AND_WRIST)
    fingers = (d.LEFT_FINGER, d.RIGHT_FINGER)
    limbs = {
        "thigh": _both(hips, knees),
        "shin": _both(knees, ankles),
        "foot": _both(heels, toes),
        "upper arm": _both(shoulders, elbows),
        "elbow to forearm": _both(elbows, forearms),
        "elbow to wrist": _both(elbows, wrists),
        "wrist to finger": _both(wrists, fingers),
    }
    arms = ("elbow to forearm", "elbow to wrist", "wrist to finger")
    return Parts(hips, knees, ankles, heels, toes, (d.LEFT_HEAD, d.RIGHT_HEAD), limbs, arms, d.THORAX)


def _of_the_dancer() -> Parts:
    def pair(name: str) -> tuple[int, int]:
        return DANCER.index(f"left_{name}"), DANCER.index(f"right_{name}")

    limbs = {
        "thigh": _both(pair("hip"), pair("knee")),
        "shin": _both(pair("knee"), pair("ankle")),
        "foot": _both(pair("heel"), pair("toe")),
        "upper arm": _both(pair("shoulder"), pair("elbow")),
        "elbow to wrist": _both(pair("elbow"), pair("wrist")),
        "wrist to finger": _both(pair("wrist"), pair("hand")),
    }
    arms = ("elbow to wrist", "wrist to finger")
    hips, knees, ankles, heels, toes = (pair(name) for name in ("hip", "knee", "ankle", "heel", "toe"))
    return Parts(hips, knees, ankles, heels, toes, None, limbs, arms, DANCER.index("neck"))


def _both(start: tuple[int, int], end: tuple[int, int]) -> tuple[Bone, Bone]:
    return (start[0], end[0]), (start[1], end[1])


POINTS = _published()
"""The 23 points of Tang et al. 2018."""

JOINTS = _of_the_dancer()
"""The 22 joints of `DANCER`."""
