"""The time base of a recording: where in the music each published frame belongs.

A dance is a script of clips. Both releases cut each clip to a whole number of frames by rounding down, so that a recording
is shorter than its music and clip after clip comes too soon; the first release is on another frame rate altogether:

- second release: a clip of n beats lasts floor(n U) frames, U = window / sum of n; its place in the music lasts n U;
- first release, rumba and cha-cha: a clip of n beats lasts floor(12.5 n) frames whatever the music's tempo.

With T frames in the window and F in the file, a time base is F increasing places in 0 ... T - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SCRIPT_SECOND, SCRIPT_FIRST, STRETCH = "the second release's script", "the first release's script", "an even stretch"

SPLICE_BEFORE, SPLICE_AFTER = 2, 3
"""Clips are joined by straight lines from three frames before a clip's first to three frames after it; these frames before
and from a clip's first on are no recording."""

_FIRST_RELEASE_FRAMES_A_BEAT = 12.5


@dataclass(frozen=True)
class TimeBase:
    """Where a recording's frames belong.

    Args:
        rule: which of the rules above gave it.
        places: (F,) increasing, in frames of the window, from 0 to T - 1.
        joins: frames of the window at which one clip of the script ends and the next begins, as far as the script is known.
    """

    rule: str
    places: np.ndarray
    joins: tuple[int, ...] = ()


@dataclass(frozen=True)
class ClipLengths:
    """How many published frames each clip of a script fills, and the rule that says so."""

    rule: str
    lengths: tuple[int, ...]


def clip_lengths(frames: int, window_frames: int, beats: Sequence[int] | None) -> ClipLengths | None:
    """The clips of a recording of `frames` frames, or None if neither rule gives just as many."""
    if not beats:
        return None
    rules = [ClipLengths(rule, _lengths(rule, window_frames, beats)) for rule in (SCRIPT_SECOND, SCRIPT_FIRST)]
    return next((clips for clips in rules if sum(clips.lengths) == frames and min(clips.lengths) > 0), None)


def _lengths(rule: str, window_frames: int, beats: Sequence[int]) -> tuple[int, ...]:
    """How many frames a release's rule gives each clip."""
    if rule == SCRIPT_FIRST:
        return tuple(int(_FIRST_RELEASE_FRAMES_A_BEAT * each) for each in beats)
    return tuple(each * window_frames // sum(beats) for each in beats)


def find(frames: int, window_frames: int, beats: Sequence[int] | None) -> TimeBase:
    """The time base of `frames` published frames that should fill `window_frames`.

    The script's rule is taken only where it gives the published number of frames exactly; without one, the whole is
    stretched evenly.

    Args:
        beats: how many beats each clip of the script lasts.
    """
    clips = clip_lengths(frames, window_frames, beats)
    if clips is None or beats is None:
        return TimeBase(STRETCH, np.linspace(0.0, window_frames - 1.0, frames))
    bounds = np.cumsum([0, *beats]) * (window_frames / sum(beats))
    return TimeBase(clips.rule, _places(clips.lengths, bounds), tuple(round(float(join)) for join in bounds[1:-1]))


def _places(lengths: Sequence[int], bounds: np.ndarray) -> np.ndarray:
    """Each clip's frames spread over its place in the music: the first at its start, the last a frame before the next."""
    clips = [np.linspace(start, end - 1.0, length) for length, start, end in zip(lengths, bounds[:-1], bounds[1:], strict=True)]
    return np.concatenate(clips)


def resample(values: np.ndarray, time_base: TimeBase) -> np.ndarray:
    """Values at every frame of the window, by cubic Hermite interpolation between the published frames.

    Args:
        values: (F, ...) at the time base's places.

    Returns:
        (T, ...) at 0, 1 ... T - 1. Values at whole places come back unchanged.

    Source: Catmull and Rom 1974, on uneven knots.
    """
    return _between(values, time_base.places, np.arange(round(time_base.places[-1]) + 1))


def _between(values: np.ndarray, places: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values (F, ...) known at increasing places (F,) as they are at other places (S,): (S, ...)."""
    left = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    gap = places[left + 1] - places[left]
    axes = (slice(None), *(None,) * (values.ndim - 1))
    slopes = np.gradient(values, places, axis=0) if len(values) > 2 else np.diff(values, axis=0)[[0, 0]] / gap[0]
    u, gap = ((at - places[left]) / gap)[axes], gap[axes]
    start, end = values[left], values[left + 1]
    blend = u * u * (3 - 2 * u)
    bend = u * (1 - u) * ((1 - u) * slopes[left] - u * slopes[left + 1]) * gap
    return start + blend * (end - start) + bend


def as_second_release(values: np.ndarray, window_frames: int, beats: Sequence[int]) -> np.ndarray:
    """A dance of the first release as the second would have it, frame by frame.

    Frame j of a clip of the second release is frame j (L1 - 1) / (L2 - 1) of the first's, L1 and L2 being the clip's frames in
    either; the first's straight lines are left out, and the second's drawn.

    Args:
        values: (F, ...) of the first release; F must be what its rule gives.
        window_frames: how many frames the dance fills in its song.
        beats: how many beats each clip of the script lasts.

    Returns:
        (sum of the second release's clip lengths, ...)
    """
    first, second = (_lengths(rule, window_frames, beats) for rule in (SCRIPT_FIRST, SCRIPT_SECOND))
    assert sum(first) == len(values)
    parts, begun = [], 0
    for clip, (had, has) in enumerate(zip(first, second, strict=True)):
        own = np.arange(SPLICE_AFTER if clip else 0, had - SPLICE_BEFORE if clip + 1 < len(first) else had)
        at = np.arange(has) * ((had - 1) / (has - 1))
        parts.append(_between(values[begun + own], own.astype(float), at))
        begun += had
    joined = np.concatenate(parts)
    for join in np.cumsum(second)[:-1]:
        start, end = join - SPLICE_BEFORE - 1, join + SPLICE_AFTER
        share = np.linspace(0, 1, end - start + 1).reshape(-1, *(1,) * (values.ndim - 1))
        joined[start : end + 1] = joined[start] * (1 - share) + joined[end] * share
    return joined


def sample(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values (T, ...) at fractional places (S,) by a cubic through four neighbours (Catmull and Rom 1974).

    Straight lines come out straight, up to the ends, which are led on straight; places beyond them get the end.
    """
    last = len(values) - 1
    places = np.clip(places, 0.0, last)
    left = np.minimum(np.floor(places).astype(int), max(last - 1, 0))
    t, first, final = (each.reshape(-1, *(1,) * (values.ndim - 1)) for each in (places - left, left == 0, left >= last - 1))
    before, start, end, after = (values[np.clip(left + step, 0, last)] for step in (-1, 0, 1, 2))
    before, after = np.where(first, 2 * start - end, before), np.where(final, 2 * end - start, after)
    slope, next_slope = (end - before) / 2, (after - start) / 2
    blend, bend = t * t * (3 - 2 * t), t * (1 - t)
    return start + blend * (end - start) + bend * ((1 - t) * slope - t * next_slope)
