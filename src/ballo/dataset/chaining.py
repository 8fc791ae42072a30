"""How a published dance was chained from clips, and the slip that makes its feet slide.

To chain a clip to the one before, the publishers turned it about the vertical by some angle a. The skeletons were turned
rightly. The way of their centre (x, z) should have become (x cos a - z sin a, x sin a + z cos a) and was published as
(x cos a - z sin a, z sin a + z cos a), with z where x belongs: in all but the first clip of a dance the body goes one way
and the feet another. Clips that are published both first and later in a dance show it to the last digit.

It can be undone where a is known, and a to half a turn will do. Between two uses of one clip it is the angle between their
skeletons; what is left, one angle a clip, is the one at which standing feet stand still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import dancer, timebase
from ballo.dataset.recordings import FPS, Recording
from ballo.dataset.timebase import SPLICE_AFTER, SPLICE_BEFORE

_FEET = [dancer.LEFT_HEEL, dancer.LEFT_TOE, dancer.RIGHT_HEEL, dancer.RIGHT_TOE]
_FASTEST_SLIDE = 60.0  # cm/s; a foot that goes faster is not standing, however low it is
_STILL_CENTIMETRES = 0.01  # a frame; the files are rounded to a tenth of it
_LEAST_DIVISOR = 0.02  # keeps an angle at which the slip lost a coordinate from blowing up the file's rounding
_FEWEST_FRAMES = 4
_COMPARED_FRAMES = 60


@dataclass(frozen=True)
class Use:
    """One use of a clip in a dance, without its splices.

    Args:
        tag: the clip's name in the script.
        frames: which frames of the file it fills, splices left out.
        body: (F, 23) complex x + iz, the points around the centre, in centimetres.
        foot: (F - 1,) complex x + iz, how the lowest point of the feet moves around the centre, in cm/s.
        way: (F - 1, 2) x and z, how the centre is published to move, in cm/s.
    """

    tag: str
    frames: slice
    body: np.ndarray
    foot: np.ndarray
    way: np.ndarray

    def slide(self, radians: np.ndarray) -> np.ndarray:
        """How fast the lowest foot slides if the clip was turned by each of (A,) angles: (A, F - 1) cm/s."""
        return np.abs(self.foot + true_way(self.way, radians[:, None]))


def true_way(way: np.ndarray, radians: np.ndarray) -> np.ndarray:
    """Undo the slip: published x and z (..., 2) of clips turned by `radians` (...) to the true x + iz, complex (...)."""
    cosine, sine = np.cos(radians), np.sin(radians)
    z = way[..., 1] / _away_from_zero(cosine + sine)
    x = (way[..., 0] + sine * z) / _away_from_zero(cosine)
    return (x + 1j * z) * np.exp(1j * radians)


def uses_of(recording: Recording) -> list[Use]:
    """The clips of a recording; none if no script gives the recording's length."""
    clips = timebase.clip_lengths(len(recording.points), recording.window_frames, recording.beats)
    if recording.script is None or clips is None:
        return []
    bounds = np.cumsum([0, *clips.lengths])
    firsts, ends = bounds[:-1] + SPLICE_AFTER, bounds[1:] - SPLICE_BEFORE
    firsts[0], ends[-1] = bounds[0], bounds[-1]
    return [
        _use(recording, tag, slice(int(first), int(end)))
        for tag, first, end in zip(recording.script.tags, firsts, ends, strict=True)
        if end - first >= _FEWEST_FRAMES
    ]


def _use(recording: Recording, tag: str, frames: slice) -> Use:
    around = recording.points[frames] - recording.center[frames, None]
    lowest = recording.points[frames][1:, _FEET, 1].argmin(axis=1)
    steps = np.diff(_flat(around[:, _FEET]), axis=0)[np.arange(len(lowest)), lowest] * FPS
    way = np.diff(recording.center[frames][:, [0, 2]], axis=0) * FPS
    return Use(tag, frames, _flat(around), steps, way)


def turns_of(uses: Sequence[Use]) -> list[float]:
    """The angle by which each use of each clip was turned, in radians to half a turn.

    Args:
        uses: of as many dances as there are; all uses of one clip are judged together.
    """
    by_tag: dict[str, list[int]] = {}
    for number, use in enumerate(uses):
        by_tag.setdefault(use.tag, []).append(number)
    turns = [0.0] * len(uses)
    for numbers in by_tag.values():
        same = [uses[number] for number in numbers]
        relative = np.array([_angle_between(same[0].body, use.body) for use in same])
        first = _stillest(same, relative)
        for number, angle in zip(numbers, relative, strict=True):
            turns[number] = float((first + angle) % np.pi)
    return turns


def _angle_between(body: np.ndarray, other: np.ndarray) -> float:
    """By how much one body is turned about the vertical to match another, radians."""
    return float(np.angle(np.vdot(_resized(body), _resized(other))))


def _resized(body: np.ndarray) -> np.ndarray:
    """A body (F, 23) at `_COMPARED_FRAMES` moments, evenly spread."""
    return body[np.linspace(0, len(body) - 1, _COMPARED_FRAMES).round().astype(int)]


def _stillest(uses: Sequence[Use], relative: np.ndarray) -> float:
    """The angle of the first of several uses at which the feet of all of them slide least, radians to half a turn."""
    best, step = np.pi / 2, np.pi / 2
    for finer_step in np.radians([2.0, 0.1]):
        angles = np.arange(best - step, best + step, finer_step)
        slides = [
            np.minimum(use.slide(angles + turn), _FASTEST_SLIDE).sum(axis=1) for use, turn in zip(uses, relative, strict=True)
        ]
        best, step = float(angles[np.argmin(np.sum(slides, axis=0))]), finer_step
    return best


@dataclass(frozen=True)
class Way:
    """A dance's way over the floor with the slip undone.

    Args:
        center: (F, 3) centimetres, the published centre on its true way.
        slides: median speed of the lowest foot in cm/s, as published and mended.
    """

    center: np.ndarray
    slides: tuple[float, float]


def mend(recording: Recording, uses: Sequence[Use], turns: Sequence[float]) -> Way:
    """The centre's true way: inside each clip the slip undone, across splices from the speed before to the speed after."""
    known = np.zeros(len(recording.points) - 1, dtype=bool)
    speeds = np.zeros(len(known), dtype=complex)
    published, mended = [], []
    for use, turn in zip(uses, turns, strict=True):
        inside = slice(use.frames.start, use.frames.stop - 1)
        speeds[inside], known[inside] = true_way(use.way, np.array(turn)), True
        published.append(np.abs(use.foot + use.way @ np.array([1, 1j])))
        mended.append(np.abs(use.foot + speeds[inside]))
    # Who holds still goes nowhere, in a splice too.
    still = np.abs(np.diff(recording.points, axis=0)).max(axis=(1, 2)) < _STILL_CENTIMETRES
    speeds[still], known[still] = 0, True
    frames = np.arange(len(known))
    speeds[~known] = np.interp(frames[~known], frames[known], speeds[known])
    center = recording.center.copy()
    path = np.concatenate([[0], np.cumsum(speeds)]) / FPS
    center[:, 0], center[:, 2] = center[0, 0] + path.real, center[0, 2] + path.imag
    slides = (float(np.median(np.concatenate(published))), float(np.median(np.concatenate(mended))))
    return Way(center, slides)


def turns_by_dance(recordings: Sequence[Recording]) -> Mapping[str, tuple[Sequence[Use], Sequence[float]]]:
    """Uses and turns of every recording that has a script, by the dance's name, all dances judged together."""
    uses = {recording.name: uses_of(recording) for recording in recordings}
    turns = iter(turns_of([use for clips in uses.values() for use in clips]))
    return {name: (clips, [next(turns) for _ in clips]) for name, clips in uses.items() if clips}


def _flat(points: np.ndarray) -> np.ndarray:
    """(..., 3) to the complex x + iz of its place on the floor."""
    return points[..., 0] + 1j * points[..., 2]


def _away_from_zero(divisor: np.ndarray) -> np.ndarray:
    return np.where(np.abs(divisor) < _LEAST_DIVISOR, np.copysign(_LEAST_DIVISOR, divisor), divisor)
