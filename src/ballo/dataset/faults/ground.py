"""The floor: whether it stays where it is, lies level, and holds the feet that stand on it.

All take positions (T, P, 3) in metres, y up, at `fps` frames a second, and `Parts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.dataset import dancer
from ballo.dataset.faults.fault import MILD, SERIOUS, Fault
from ballo.dataset.faults.parts import Parts

DRIFT_METRES = 0.05
"""Ballroom dancers rise onto their toes and lower by less; a lowest foot that wanders further is no floor's."""
SERIOUS_DRIFT_METRES = 0.15

TILT = 0.008
"""Metres a metre; the takes' levelled floors are within 0.002, the capture's own is 0.009 to 0.016."""
LEAST_ROOM_METRES = 1.0
"""A dance that stays within less says nothing about a slope."""
FAIR_FIT = 0.5
"""A slope is one if it explains this share of how the standing foot's height varies."""

SLIDE = 0.08
SERIOUS_SLIDE = 0.15
"""Metres a second at which the lowest foot slides in the median; 0.03 in the takes and in the published dances mended."""

STILL_SLIDE = 0.05
"""Below this there is no slip to undo."""

STANDING_SPEED = 0.3
"""The lowest foot stands when it is slower than this, in metres a second."""


@dataclass(frozen=True)
class Slope:
    """How a floor lies.

    Args:
        metres_a_metre: how steep it is.
        fit: the share of the standing foot's variance in height that it explains.
    """

    metres_a_metre: float
    fit: float


def drift(points: np.ndarray, fps: float) -> float:
    """How far the lowest point's height (a foot's, if not a hand's) wanders within the dance, over a second each, in metres."""
    lowest = points[..., 1].min(axis=1)
    return float(np.ptp(dancer.running_median(lowest, max(1, round(fps)) | 1)))


def slope(points: np.ndarray, fps: float, parts: Parts) -> Slope | None:
    """How the plane lies on which the feet stand; None if they stand too seldom or in too small a place."""
    place, speed = _lowest_foot(points, fps, parts)
    stood = place[:-1][speed < STANDING_SPEED]
    if len(stood) < fps or np.ptp(stood[:, [0, 2]], axis=0).min() < LEAST_ROOM_METRES:
        return None
    ground = np.column_stack([stood[:, 0], stood[:, 2], np.ones(len(stood))])
    plane, *_ = np.linalg.lstsq(ground, stood[:, 1], rcond=None)
    variance = float(np.var(stood[:, 1]))
    fit = 1 - float(np.var(stood[:, 1] - ground @ plane)) / variance if variance > 0 else 0.0
    return Slope(float(np.hypot(plane[0], plane[1])), fit)


def slide(points: np.ndarray, fps: float, parts: Parts, drawn: np.ndarray) -> float:
    """The median speed over the floor of the lowest point of the feet, in metres a second.

    Args:
        drawn: (T,) frames of splices, left out.
    """
    _, speed = _lowest_foot(points, fps, parts)
    kept = ~(drawn[1:] | drawn[:-1])
    return float(np.median(speed[kept])) if kept.any() else 0.0


def _lowest_foot(points: np.ndarray, fps: float, parts: Parts) -> tuple[np.ndarray, np.ndarray]:
    """Where the lowest point of the feet is (T, 3), and how fast it goes over the floor to the next frame (T - 1,)."""
    feet = points[:, list(parts.feet)]
    lowest = feet[..., 1].argmin(axis=1)
    frames = np.arange(len(feet))
    steps = np.diff(feet, axis=0)[frames[:-1], lowest[1:]]
    return feet[frames, lowest], np.linalg.norm(steps[:, [0, 2]], axis=-1) * fps


def faults(points: np.ndarray, fps: float, parts: Parts, drawn: np.ndarray, mended_slide: float | None = None) -> list[Fault]:
    """All of these as faults.

    Args:
        drawn: (T,) frames of splices.
        mended_slide: metres a second with the publishers' slip in chaining clips undone; None where there are no clips.
    """
    found = []
    wander = drift(points, fps)
    if wander > DRIFT_METRES:
        severity = SERIOUS if wander > SERIOUS_DRIFT_METRES else MILD
        text = f"the floor wanders by {100 * wander:.0f} cm under the feet"
        found.append(Fault("floor", severity, text, round(100 * wander, 1), "cm", figures={"drift_metres": round(wander, 4)}))
    slides = _of_slide(slide(points, fps, parts, drawn), mended_slide)
    # Feet that slide do not tell where the floor is how high.
    lie = None if slides else slope(points, fps, parts)
    if lie and lie.metres_a_metre > TILT and lie.fit > FAIR_FIT:
        text = f"the floor is tilted by {100 * lie.metres_a_metre:.1f} cm a metre"
        figures = {"metres_a_metre": round(lie.metres_a_metre, 4), "fit": round(lie.fit, 3)}
        found.append(Fault("tilt", MILD, text, round(100 * lie.metres_a_metre, 2), "cm/m", figures=figures))
    return found + slides


def _of_slide(published: float, mended: float | None) -> list[Fault]:
    slip = mended is not None and published > STILL_SLIDE and mended < published / 2
    if published <= SLIDE and not slip:
        return []
    severity = SERIOUS if published > SERIOUS_SLIDE else MILD
    text = f"the standing foot slides at {100 * published:.0f} cm/s"
    if mended is not None and slip:
        text += f", at {100 * mended:.0f} with the publishers' slip in chaining clips undone"
    figures = {
        "slide": round(published, 4),
        "mended_slide": None if mended is None else round(mended, 4),
        "chaining_slip": slip,
    }
    return [Fault("sliding", severity, text, round(100 * published, 1), "cm/s", figures=figures)]
