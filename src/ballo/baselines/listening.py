"""The beats of a song as a style is danced to it."""

from __future__ import annotations

import numpy as np

from ballo.dataset.archive import Beats
from ballo.music import beats as tracking
from ballo.music.audio import Song

_OCTAVE = 1.6
"""A song this many times faster or slower than its style is danced was counted at half or double tempo."""

_COUNT = 8  # so many beats at either end say how fast it goes on beyond them


def beats_of(song: Song, metre: int, period_seconds: float) -> Beats:
    """A song's beats, in seconds from its start.

    Args:
        metre: beats a bar of the style.
        period_seconds: from one beat to the next, as the style is danced; a song that seems to go at about half or twice that
            tempo is counted at it.

    Raises:
        AudioError: it cannot be decoded or has no beat.
    """
    found, danced = tracking.track_song(song, metre=metre), 60 / period_seconds
    if not 1 / _OCTAVE < found.bpm / danced < _OCTAVE:
        found = tracking.track_song(song, metre=metre, bpm=danced)
    return Beats(found.times, found.positions, found.metre)


def reaching(beats: Beats, first_seconds: float, last_seconds: float) -> Beats:
    """Beats that go on at their tempo, before and after, as far as moments that are to be reached, but not beyond."""
    seconds = beats.seconds
    before, after = (float(np.median(np.diff(part))) for part in (seconds[: _COUNT + 1], seconds[-_COUNT - 1 :]))
    early = max(0, int(np.floor((seconds[0] - first_seconds) / before)))
    late = max(0, int(np.floor((last_seconds - seconds[-1]) / after)))
    more = [seconds[0] - before * np.arange(early, 0, -1), seconds, seconds[-1] + after * np.arange(1, late + 1)]
    positions = (beats.positions[0] + np.arange(-early, 0)) % beats.metre
    following = (beats.positions[-1] + np.arange(1, late + 1)) % beats.metre
    return Beats(np.concatenate(more), np.concatenate([positions, beats.positions, following]), beats.metre)
