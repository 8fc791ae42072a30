"""Which movement occurs in more than one dance, or more than once in one: what a split by song leaks.

A frame occurs again where another dance passes within a centimetre of its pose (all points, root mean square; hips over the
origin, facing ahead) and so for a while on either side. Frames that nobody danced, splices and freezes, are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ballo.dataset.faults.fault import MILD, NOTE, SERIOUS, Fault
from ballo.dataset.faults.parts import Parts
from ballo.dataset.repair import runs
from ballo.motion import kinematics

SAME_METRES = 0.01
"""Two clips of one take lie within this after resampling, 99 of 100 frames; two performances of one figure lie 3 cm apart."""

SAME_SECONDS = 0.32
"""As little as this in common is chance: someone stands as someone else did."""

APART_SECONDS = 1.0
"""A movement occurs again in its own dance only this much later or earlier."""

SERIOUS_SHARE, MILD_SHARE = 0.5, 0.05

EVERY = 3
"""Only every third frame is looked for; those between two that occur again do so as well, as do those around a single miss."""

_AXES = 16
_BLOCK = 64  # few large products of matrices, so that threads have little to wait for; 17 MB of them at a time
_NEVER = 1e6  # square metres: further than any pose


@dataclass(frozen=True)
class Danced:
    """One dance to compare.

    Args:
        name: its name.
        points: (T, P, 3) metres, y up.
        fps: its true frames a second.
        real: (T,) which frames are movement.
    """

    name: str
    points: np.ndarray
    fps: float
    real: np.ndarray


@dataclass(frozen=True)
class Shared:
    """What of one dance occurs elsewhere.

    Args:
        frames: (T,) whether a frame occurs in some other dance.
        share: of its real frames.
        partners: the share that occurs in each other dance, those above 0, largest first.
        fresh_seconds: how much of it occurs in no dance before it and nowhere earlier in itself.
        seconds: of its real frames.
    """

    frames: np.ndarray
    share: float
    partners: Mapping[str, float]
    fresh_seconds: float
    seconds: float


def poses(points: np.ndarray, parts: Parts) -> np.ndarray:
    """(T, P, 3) poses as (T, 3 P): the middle of the hips at the origin, facing ahead."""
    left, right = (points[:, hip] for hip in parts.hips)
    across = left - right
    centred = points - ((left + right) / 2)[:, None]
    facing = np.arctan2(-across[:, 2], across[:, 0])
    return kinematics.turned_about_y(centred, -facing[:, None]).reshape(len(points), -1)


def find(dances: Sequence[Danced], parts: Parts, chosen: Collection[str] | None = None) -> dict[str, Shared]:
    """What each dance shares with the others, in the order given, which decides who was first.

    Args:
        chosen: the names of those to tell of; all by default.
    """
    if not dances:
        return {}
    known = [poses(dance.points, parts).astype(np.float32) for dance in dances]
    axes = _main_axes(np.concatenate(known))
    tracks = [_Track(dance, pose, axes) for dance, pose in zip(dances, known, strict=True)]
    told = [number for number, dance in enumerate(dances) if chosen is None or dance.name in chosen]
    return {dances[number].name: _shared(dances, number, _occurrences(tracks, number)) for number in told}


def _shared(dances: Sequence[Danced], number: int, again: Sequence[np.ndarray]) -> Shared:
    dance = dances[number]
    real = max(1, int(dance.real.sum()))
    others = {other.name: again[k] for k, other in enumerate(dances) if k != number}
    elsewhere = np.any([np.zeros(len(dance.real), dtype=bool), *others.values()], axis=0)
    shares = {name: float(mask.sum()) / real for name, mask in others.items() if mask.any()}
    before = np.any([again[k] for k in range(number + 1)], axis=0)
    return Shared(
        elsewhere,
        float(elsewhere.sum()) / real,
        dict(sorted(shares.items(), key=lambda item: -item[1])),
        float((dance.real & ~before).sum()) / dance.fps,
        float(dance.real.sum()) / dance.fps,
    )


class _Track:
    """A dance as a path through poses, and in the few axes along which poses differ most."""

    def __init__(self, dance: Danced, pose: np.ndarray, axes: tuple[np.ndarray, np.ndarray]) -> None:
        mean, basis = axes
        self.fps, self.real = dance.fps, dance.real
        few = (pose - mean) @ basis
        self.pose, self.size = pose, (few**2).sum(axis=1)
        # So that asked @ sought is each asked pose's squared distance to each sought one, less the asked one's size.
        self.asked = np.column_stack([few, np.ones(len(few), np.float32)])
        self.sought = np.ascontiguousarray(np.column_stack([-2 * few, np.where(self.real, self.size, _NEVER)]).T, np.float32)
        steps = np.linalg.norm(np.diff(pose, axis=0), axis=1)
        self.reach = np.maximum(np.append(steps, 0), np.insert(steps, 0, 0)) / 2
        self.tolerance = SAME_METRES * np.sqrt(pose.shape[1] / 3)


def _main_axes(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean pose, and the directions in which poses differ most, (3 P, axes)."""
    mean = pose.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov((pose[:: max(1, len(pose) // 20000)] - mean).T))
    return mean, vectors[:, -_AXES:].astype(np.float32)


def _occurrences(tracks: Sequence[_Track], number: int) -> list[np.ndarray]:
    """(T,) for each dance, which real frames of one of them occur in it; for that one itself, at an earlier place."""
    nearest, apart = _nearest(tracks, number)
    return [_occurs(tracks[number], other, *found) for other, *found in zip(tracks, nearest, apart, strict=True)]


def _nearest(tracks: Sequence[_Track], number: int) -> tuple[np.ndarray, np.ndarray]:
    """For each dance and every `EVERY`th frame of one of them the nearest real frame in the main axes, and its distance.

    Both (D, T / EVERY).
    """
    track, sought = tracks[number], np.concatenate([track.sought for track in tracks], axis=1)
    bounds = np.cumsum([0, *(len(track.pose) for track in tracks)])
    frames = np.arange(0, len(track.pose), EVERY)
    index, distance = np.zeros((len(tracks), len(frames)), dtype=int), np.full((len(tracks), len(frames)), np.inf)
    later = round(APART_SECONDS * track.fps)
    for first in range(0, len(frames), _BLOCK):
        rows = slice(first, first + _BLOCK)
        squares = track.asked[frames[rows]] @ sought
        itself = squares[:, bounds[number] : bounds[number + 1]]
        itself[np.arange(len(track.pose)) > frames[rows, None] - later] = _NEVER
        for other, (begin, end) in enumerate(pairwise(bounds)):
            here = squares[:, begin:end]
            index[other, rows] = here.argmin(axis=1)
            distance[other, rows] = np.take_along_axis(here, index[other, rows, None], axis=1)[:, 0]
    return index, np.sqrt(np.maximum(distance + track.size[frames], 0))


def _occurs(track: _Track, other: _Track, nearest: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """(T,) which real frames of one dance occur in another, given each one's nearest in the main axes."""
    # In fewer axes nothing is further apart, so only what is near in them need be looked at in all.
    near = np.flatnonzero(track.real[::EVERY] & (apart <= track.tolerance + other.reach[nearest]))
    close = _distance(track.pose[near * EVERY], other, nearest[near]) <= track.tolerance
    same = np.zeros(len(track.pose), dtype=bool)
    same[near[close] * EVERY] = True
    same = _bridged(same) & track.real
    mask = np.zeros(len(same), dtype=bool)
    for first, end in runs(same, at_least=max(2, round(SAME_SECONDS * track.fps))):
        # Passing through the same poses is going somewhere in them; who stands like someone does not.
        if np.ptp(nearest[-(-first // EVERY) : -(-end // EVERY)]) >= (end - first) * other.fps / track.fps / 2:
            mask[first:end] = True
    return mask


def _distance(pose: np.ndarray, other: _Track, nearest: np.ndarray) -> np.ndarray:
    """How far each pose (N, 3 P) is from the other's path next to its nearest frames: from the lines to both neighbours."""
    best = np.full(len(pose), np.inf)
    for step in (-1, 0):
        left = np.clip(nearest + step, 0, len(other.pose) - 2)
        start = other.pose[left]
        line = other.pose[left + 1] - start
        along = ((pose - start) * line).sum(axis=1) / np.maximum((line**2).sum(axis=1), 1e-12)
        best = np.minimum(best, np.linalg.norm(pose - start - np.clip(along, 0, 1)[:, None] * line, axis=1))
    return best


def _bridged(mask: np.ndarray) -> np.ndarray:
    """Frames that were not looked at, and single ones that were, between frames that are the same, are the same as well."""
    bridged = mask.copy()
    for first, end in runs(~mask):
        if first > 0 and end < len(mask) and end - first < 2 * EVERY:
            bridged[first:end] = True
    # A clip seldom begins or ends at a frame that was looked at; on average it does a frame further.
    bridged[1:] |= mask[:-1]
    bridged[:-1] |= mask[1:]
    return bridged


def faults(shared: Shared) -> list[Fault]:
    """What a dance shares, as a fault of anyone's split by song; nothing if it shares nothing."""
    if not shared.partners:
        return []
    severity = SERIOUS if shared.share >= SERIOUS_SHARE else MILD if shared.share >= MILD_SHARE else NOTE
    most = ", ".join(f"{name} {share:.0%}" for name, share in list(shared.partners.items())[:2])
    text = f"{shared.share:.0%} of its movement occurs in other dances too: {most}"
    text += f" and {len(shared.partners) - 2} more" if len(shared.partners) > 2 else ""
    figures = {
        "share": round(shared.share, 4),
        "partners": {name: round(share, 4) for name, share in shared.partners.items()},
        "seconds": round(shared.seconds, 2),
        "fresh_seconds": round(shared.fresh_seconds, 2),
    }
    return [Fault("shared", severity, text, round(100 * shared.share, 1), "%", runs(shared.frames), figures)]
