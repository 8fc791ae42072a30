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
    total = sum(beats)
    rules = {
        SCRIPT_SECOND: tuple(each * window_frames // total for each in beats),
        SCRIPT_FIRST: tuple(int(_FIRST_RELEASE_FRAMES_A_BEAT * each) for each in beats),
    }
    fitting = [ClipLengths(rule, lengths) for rule, lengths in rules.items() if sum(lengths) == frames and min(lengths) > 0]
    return fitting[0] if fitting else None


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
    places = time_base.places
    frames = np.arange(round(places[-1]) + 1)
    left = np.clip(np.searchsorted(places, frames, side="right") - 1, 0, len(places) - 2)
    gap = places[left + 1] - places[left]
    axes = (slice(None), *(None,) * (values.ndim - 1))
    slopes = np.gradient(values, places, axis=0) if len(values) > 2 else np.diff(values, axis=0)[[0, 0]] / gap[0]
    u, gap = ((frames - places[left]) / gap)[axes], gap[axes]
    start, end = values[left], values[left + 1]
    blend = u * u * (3 - 2 * u)
    bend = u * (1 - u) * ((1 - u) * slopes[left] - u * slopes[left + 1]) * gap
    return start + blend * (end - start) + bend


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
