"""Whether publications show the same dance: published clips beside their takes, the first release beside the second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import repair, timebase
from ballo.dataset.adapters.choreonet import Interval, Markers
from ballo.dataset.recordings import FIRST, SECOND, Publication, Recording
from ballo.dataset.timebase import SPLICE_AFTER, SPLICE_BEFORE
from ballo.dataset.units import Unit

MARKERS_OF_POINTS: tuple[tuple[str, ...], ...] = (
    ("LFHD", "LBHD"), ("RFHD", "RBHD"), ("STRN", "T10"), ("LSHO",), ("LELB",), ("LFRM",), ("LWRB", "LFIN"),
    ("LFWT", "LBWT"), ("LKNE",), ("LANK",), ("LHEE",), ("LTOE",), ("RSHO",), ("RELB",), ("RFRM", "RWRB"), ("RFIN",),
    ("RFWT", "RBWT"), ("RKNE",), ("RANK",), ("RHEE",), ("RTOE",), ("RFRM",), ("LFIN",),
)  # fmt: skip
"""The markers whose mean each of the 23 published points is (residual 0.3 to 0.7 cm). 6 and 14 differ: the publishers took
another marker on each side."""


@dataclass(frozen=True, eq=False)
class Pair:
    """The same moments of one clip as two publications show them: (F, 23, 3) metres both, right-handed."""

    dance: str
    tag: str
    published: np.ndarray
    source: np.ndarray


def with_takes(
    recordings: Sequence[Recording],
    intervals: Sequence[Interval],
    markers: Mapping[str, Markers],
    units: Mapping[str, Unit] | None = None,
) -> Iterator[Pair]:
    """Each clip of published dances beside the take that it was cut from, splices left out.

    Args:
        markers: takes by name.
        units: to compare with the units as they are danced now, on the take's beats; without them, with the csv's bounds.
    """
    cut = {interval.tag: interval for interval in reversed(intervals) if interval.end_frame}
    for recording in recordings:
        clips = timebase.clip_lengths(len(recording.points), recording.window_frames, recording.beats)
        if clips is None or recording.script is None:
            continue
        points, _ = repair.right_handed(recording.points)
        bounds = np.cumsum([0, *clips.lengths])
        for tag, first, end in zip(recording.script.tags, bounds[:-1], bounds[1:], strict=True):
            if tag not in cut or cut[tag].take not in markers or end - first <= SPLICE_AFTER + SPLICE_BEFORE + 1:
                continue
            take = markers[cut[tag].take]
            frames = np.arange(first + SPLICE_AFTER, end - SPLICE_BEFORE)
            share = (frames - first) / (end - first - 1)
            at = _frames(cut[tag], units.get(tag) if units else None, take.fps, share)
            yield Pair(recording.name, tag, points[frames], timebase.sample(points_of(take), at))


def _frames(interval: Interval, unit: Unit | None, fps: float, share: np.ndarray) -> np.ndarray:
    """The take's frames at shares (F,) of a unit."""
    if unit is not None:
        return (unit.start_seconds + share * (unit.end_seconds - unit.start_seconds)) * fps
    return interval.first_frame + share * ((interval.end_frame or 0.0) - interval.first_frame)


def points_of(markers: Markers) -> np.ndarray:
    """A take's 23 points (T, 23, 3) metres, made as the publishers made theirs."""
    return np.stack([np.mean([markers[label] for label in labels], axis=0) for labels in MARKERS_OF_POINTS], axis=1)


def releases(publication: Publication) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(name, first release as the second would have it, second release) of every dance that both have; centimetres."""
    by_release = {(recording.release, recording.name): recording for recording in publication.recordings}
    for (release, name), first in by_release.items():
        second = by_release.get((SECOND, name))
        if release != FIRST or second is None or first.beats is None:
            continue
        clips = timebase.clip_lengths(len(first.points), first.window_frames, first.beats)
        if clips is not None and clips.rule == timebase.SCRIPT_FIRST:
            yield name, timebase.as_second_release(first.points, first.window_frames, first.beats), second.points
