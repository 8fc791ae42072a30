"""Which bars of a real dance a model has seen in training, though it has not seen the dance: recordings recur in many dances.

Where the archive knows what a frame shows, movement was seen if training shows that place of that unit (for archives whose
units have no places, any of that unit). Where it does not know, if training shows a pose within 3 cm.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ballo.dataset.archive import REMASTERED, Archive, Dance
from ballo.evaluation import trained
from ballo.metrics import copying
from ballo.metrics.copying import Learnt

SAME_SECONDS = 0.1
"""Movement within this of one another in one take is the same; dances dwell on it for longer or shorter."""

_MOST = 0.5  # a bar is of what most of its frames are

Span = tuple[int, int]
"""Frames from the first to the one after the last."""


@dataclass(frozen=True)
class BarsSeen:
    """A dance by what of it training shows, in whole bars that follow one another; frames outside of bars are in neither.

    Args:
        seen, never_seen: runs of bars, as frames of the dance.
        bars_seen, bars_never_seen: how many bars they are.
    """

    seen: tuple[Span, ...]
    never_seen: tuple[Span, ...]
    bars_seen: int
    bars_never_seen: int


@dataclass(frozen=True, eq=False)
class Shown:
    """What training shows of an archive's units: of each tag the seconds in its take, in order; and all movement."""

    places: dict[str, np.ndarray]
    learnt: Learnt | None
    placed: bool


def shown(archive: Archive, learnt: Learnt | None = None) -> Shown:
    """What the training dances of an archive show.

    Args:
        learnt: `trained.shown` of it, if it was made already.
    """
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for dance in trained.trained(archive):
        unit = np.where(trained.usable(dance), dance.unit, -1)
        for number in np.unique(unit[unit >= 0]):
            found[dance.units[number].tag].append(dance.source_seconds[unit == number])
    places = {tag: np.sort(np.concatenate(seconds)) for tag, seconds in found.items()}
    return Shown(places, learnt if learnt is not None else trained.shown(archive), archive.grade == REMASTERED)


def frames_seen(dance: Dance, among: Shown) -> np.ndarray:
    """(T,) whether training shows the movement of each frame of a dance."""
    seen = np.zeros(len(dance), dtype=bool)
    for number in np.unique(dance.unit):
        here = dance.unit == number
        if number < 0:
            seen[here] = _near(dance, here, among)
        else:
            seen[here] = _shown(dance.units[number].tag, dance.source_seconds[here], among)
    return seen


def bars_of(dance: Dance, downbeats: np.ndarray, among: Shown) -> BarsSeen:
    """`bars_seen` of a dance whose song has its bars begin at `downbeats` (`Staged.downbeats`)."""
    return bars_seen(frames_seen(dance, among), downbeats, dance.fps)


def bars_seen(seen: np.ndarray, downbeats: np.ndarray, fps: float) -> BarsSeen:
    """Cut a dance into runs of bars that were seen and runs that never were; a bar is what most of its frames are.

    Args:
        seen: (T,) bool, see `frames_seen`.
        downbeats: (N,) seconds from the first frame at which bars begin, increasing; the last bar ends at the last of them.

    Raises:
        ValueError: seconds that do not increase.
    """
    if len(downbeats) > 1 and not (np.diff(downbeats) > 0).all():
        raise ValueError("bars must begin one after another")
    lines = np.ceil(downbeats * fps - 1e-6).astype(int)
    lines = np.unique(lines[(lines >= 0) & (lines <= len(seen))])
    if len(lines) < 2:
        return BarsSeen((), (), 0, 0)
    share = np.add.reduceat(np.append(seen, False).astype(float), lines)[:-1] / np.diff(lines)
    known = (share >= _MOST).astype(int)
    runs = [(int(lines[first]), int(lines[end]), bool(known[first])) for first, end in trained.runs(known)]
    spans = {which: tuple((first, end) for first, end, label in runs if label == which) for which in (True, False)}
    return BarsSeen(spans[True], spans[False], int(known.sum()), int((1 - known).sum()))


def _shown(tag: str, seconds: np.ndarray, among: Shown) -> np.ndarray:
    places = among.places.get(tag)
    if places is None:
        return np.zeros(len(seconds), dtype=bool)
    if not among.placed:
        return np.ones(len(seconds), dtype=bool)
    after = np.searchsorted(places, seconds)
    to_next = np.abs(places[np.minimum(after, len(places) - 1)] - seconds)
    to_last = np.abs(places[np.maximum(after - 1, 0)] - seconds)
    return np.minimum(to_next, to_last) <= SAME_SECONDS


def _near(dance: Dance, here: np.ndarray, among: Shown) -> np.ndarray:
    if among.learnt is None:
        return np.zeros(int(here.sum()), dtype=bool)
    return copying.pose_distances(trained.placed(dance)[here], among.learnt) <= copying.NEAR_METRES
