"""Whether the body is one body, with its left on its left, and its markers where they should be.

All take positions (T, P, 3) in metres, y up, at `fps` frames a second, and `Parts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.dataset import dancer, repair
from ballo.dataset.faults.fault import MILD, SERIOUS, Fault, plural
from ballo.dataset.faults.parts import Bone, Parts
from ballo.dataset.repair import runs

SMOOTHING_SECONDS = 1.0
"""A bone's length is its median over so long."""

TWO_BODIES_RATIO = 1.1
BODY_SECONDS = 3.0
"""Bones that are this much longer for so long in all belong to another person; one person's vary by 3 % with her markers,
and for a moment by more when she bends."""

BETWEEN_SHARE = 0.15
"""Two bodies leave at most this share of frames in the middle half between their lengths; a bone that stretches fills it."""

JUDGED = ("thigh", "shin")
"""The bones that tell people apart. A shoulder's marker wanders on it as she lifts her arm, a foot's bends."""

UNEQUAL_RATIO = 1.3
"""Left and right of one bone differ by a tenth through markers set by hand; by more than this they are different places."""

CHANGE_METRES = 0.03
"""A bone of the arm that is off by more than this from its median over a second has lost a marker."""

TOE_AHEAD_METRES = 0.05
"""A toe that is less ahead of its heel, on the floor plane, says nothing about where a person faces."""


@dataclass(frozen=True)
class Handedness:
    """Whether left is left.

    Args:
        mirrored: the verdict; None if there is nothing to tell it by.
        by_toes, by_knees: the share of frames with left on the wrong side, toes or knees being ahead; NaN without any.
    """

    mirrored: bool | None
    by_toes: float
    by_knees: float


@dataclass(frozen=True)
class Bodies:
    """Who dances when.

    Args:
        larger: (T,) whether it is the larger of two; all False if there is one.
        bone: the name of the bone that tells them apart best.
        metres: its length in the smaller and in the larger; the same twice if there is one body.
    """

    larger: np.ndarray
    bone: str
    metres: tuple[float, float]

    @property
    def switches(self) -> tuple[int, ...]:
        """The first frame of each new turn."""
        return tuple(int(frame) + 1 for frame in np.flatnonzero(np.diff(self.larger.astype(np.int8))))


def handedness(points: np.ndarray, parts: Parts) -> Handedness:
    """Whether the dancer is seen in a mirror, by her own body: toes are ahead of heels and knees bend forward.

    In a right-handed room with y up, who faces along f has her left along up x f. Up is from the feet to the chest, so a room
    with z up is judged rightly too. A mirrored room and swapped left and right names look the same.
    """
    hips = points[:, parts.hips[0]] - points[:, parts.hips[1]]
    up = points[:, parts.top] - points[:, list(parts.feet)].mean(axis=1)
    toes = (points[:, list(parts.toes)] - points[:, list(parts.heels)]).mean(axis=1)
    thighs = points[:, list(parts.hips)] + points[:, list(parts.ankles)]
    knees = (points[:, list(parts.knees)] - thighs / 2).mean(axis=1)
    by_toes, by_knees = (_wrong_side(hips, up, ahead, least) for ahead, least in ((toes, TOE_AHEAD_METRES), (knees, 0.01)))
    votes = by_toes if np.isfinite(by_toes) else by_knees
    return Handedness(None if np.isnan(votes) else bool(votes > 0.5), by_toes, by_knees)


def _wrong_side(hips: np.ndarray, up: np.ndarray, ahead: np.ndarray, least: float) -> float:
    """The share of frames in which the hips' left is not at up x ahead, of those in which `ahead` is longer than `least`."""
    up = up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-9)
    ahead = ahead - np.sum(ahead * up, axis=-1, keepdims=True) * up
    told = np.linalg.norm(ahead, axis=-1) > least
    left = np.sum(np.cross(up, ahead) * hips, axis=-1)[told]
    return float(np.mean(left < 0)) if len(left) else float("nan")


def bodies(points: np.ndarray, fps: float, parts: Parts) -> Bodies:
    """Whether two people take turns: the bone of the leg whose length, over a second, has two values.

    Source: two means on one axis, by Otsu, "A Threshold Selection Method from Gray-Level Histograms", 1979.
    """
    frames = max(1, round(SMOOTHING_SECONDS * fps)) | 1
    best, told = Bodies(np.zeros(len(points), dtype=bool), "", (0.0, 0.0)), 0.0
    for name in JUDGED:
        left, right = parts.limbs[name]
        sides = [_length(points, side) for side in (left, right)]
        length = dancer.running_median((sides[0] + sides[1]) / 2, frames)
        larger, small, large = _two_means(length)
        if small <= 0 or large / small < TWO_BODIES_RATIO or min(larger.sum(), (~larger).sum()) < BODY_SECONDS * fps:
            continue
        # A marker put elsewhere changes one leg, another person both.
        if min(np.median(side[larger]) / np.median(side[~larger]) for side in sides) < 1 + (TWO_BODIES_RATIO - 1) / 2:
            continue
        middle = np.abs(length - (small + large) / 2) < (large - small) / 4
        if middle.mean() <= BETWEEN_SHARE and large / small > told:
            best, told = Bodies(larger, name, (small, large)), large / small
    return best


def _two_means(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Which of (T,) values are in the upper of two groups, and both groups' medians; the split leaves least variance."""
    ordered = np.sort(values)
    count = np.arange(1, len(ordered))
    total = np.cumsum(ordered)
    low, high = total[:-1] / count, (total[-1] - total[:-1]) / (len(ordered) - count)
    between = count * (len(ordered) - count) * (high - low) ** 2
    if len(ordered) < 2 or between.max() <= 0:
        return np.zeros(len(values), dtype=bool), float(np.median(values)), float(np.median(values))
    split = int(between.argmax())
    larger = values > (low[split] + high[split]) / 2
    if larger.all() or not larger.any():  # lengths that differ by rounding only
        return np.zeros(len(values), dtype=bool), float(np.median(values)), float(np.median(values))
    return larger, float(np.median(values[~larger])), float(np.median(values[larger]))


def unequal(points: np.ndarray, parts: Parts) -> dict[str, tuple[float, float]]:
    """The bones whose left and right differ by more than `UNEQUAL_RATIO`, with their median lengths in metres."""
    lengths = {
        name: (float(np.median(_length(points, left))), float(np.median(_length(points, right))))
        for name, (left, right) in parts.limbs.items()
    }
    return {name: both for name, both in lengths.items() if max(both) > UNEQUAL_RATIO * min(both)}


def arm_changes(points: np.ndarray, fps: float, parts: Parts, drawn: np.ndarray) -> np.ndarray:
    """(T,) whether some bone of an arm is off from its median over a second.

    Args:
        drawn: (T,) frames of splices, which shrink every bone and are left out.
    """
    changed = np.zeros(len(points), dtype=bool)
    frames = max(1, round(SMOOTHING_SECONDS * fps)) | 1
    for name in parts.arms:
        for side in parts.limbs[name]:
            length = _length(points, side)
            changed |= np.abs(length - dancer.running_median(length, frames)) > CHANGE_METRES
    return changed & ~drawn


def head_collapses(points: np.ndarray, parts: Parts) -> np.ndarray:
    """(T,) whether the two sides of the head have come together, by the rule that `repair.steady_head` mends by."""
    if parts.head is None:
        return np.zeros(len(points), dtype=bool)
    width = _length(points, parts.head)
    return width < repair.HEAD_COLLAPSE_SHARE * np.median(width)


def faults(points: np.ndarray, fps: float, parts: Parts, drawn: np.ndarray) -> list[Fault]:
    """All of these as faults.

    Args:
        drawn: (T,) frames of splices.
    """
    found = [*_of_handedness(handedness(points, parts)), *_of_bodies(bodies(points, fps, parts), fps)]
    found += _of_unequal(unequal(points, parts))
    changes, collapses = arm_changes(points, fps, parts, drawn), head_collapses(points, parts)
    for kind, mask, what in (
        ("wrists", changes, f"a bone of the arm is off by more than {100 * CHANGE_METRES:.0f} cm"),
        ("head", collapses, "the two sides of the head come together"),
    ):
        frames = int(mask.sum())
        if frames:
            text = f"{what} in {plural(frames, 'frame')} ({mask.mean():.1%})"
            figures = {"frames": frames, "share": round(float(mask.mean()), 4)}
            found.append(Fault(kind, MILD, text, frames, "frames", runs(mask), figures))
    return found


def _of_handedness(hand: Handedness) -> list[Fault]:
    if not hand.mirrored:
        return []
    share = hand.by_toes if np.isfinite(hand.by_toes) else hand.by_knees
    figures = {
        name: None if np.isnan(value) else round(value, 3) for name, value in (("toes", hand.by_toes), ("knees", hand.by_knees))
    }
    text = f"left is on the right in {share:.0%} of the frames: a mirror image (or left and right have swapped names)"
    return [Fault("mirrored", SERIOUS, text, round(100 * share, 1), "% of frames", figures=figures)]


def _of_bodies(who: Bodies, fps: float) -> list[Fault]:
    if not who.switches:
        return []
    small, large = (100 * length for length in who.metres)
    share = float(who.larger.mean())
    text = (
        f"two bodies take turns, {plural(len(who.switches), 'switch', 'switches')}: {who.bone} {small:.0f} and {large:.0f} cm, "
        f"the larger in {share:.0%}"
    )
    figures = {
        "switches": list(who.switches),
        "bone": who.bone,
        "metres": [round(length, 4) for length in who.metres],
        "larger_share": round(share, 4),
    }
    return [Fault("bodies", SERIOUS, text, len(who.switches), "switches", runs(who.larger), figures)]


def _of_unequal(pairs: dict[str, tuple[float, float]]) -> list[Fault]:
    if not pairs:
        return []
    worst = max(max(both) / max(min(both), 1e-6) for both in pairs.values())
    said = ", ".join(f"{name} {100 * left:.0f} and {100 * right:.0f} cm" for name, (left, right) in pairs.items())
    text = f"left and right are different places: {said}"
    figures = {name: [round(left, 4), round(right, 4)] for name, (left, right) in pairs.items()}
    return [Fault("unequal sides", MILD, text, round(worst, 2), "x", figures=figures)]


def _length(points: np.ndarray, bone: Bone) -> np.ndarray:
    """(T,) metres."""
    return np.linalg.norm(points[:, bone[0]] - points[:, bone[1]], axis=-1)
