"""What a clock on the wall would tell a dancer at each frame: how far the beat and the bar have come, and when a beat arrives.

    beats = beats.track("song.mp3")
    rows = clock(beats, frames=500, fps=25.0)      # (500, CHANNELS), of frames from the song's start on

A row is, in the order of the constants below,

- cosine and sine of the phase within the beat, and of the phase within the bar: both are (1, 0) on a beat, or a downbeat;
- 1 in the frame in which a beat arrives, the first that is not before it, 0 in all others;
- seconds since the last beat.

Arrival and seconds since are two of the three temporal indexes of Tang et al. 2018, "Dance with Melody". Before the first and
after the last beat the nearest tempo goes on. Where no beat is known all rows are 0, which no moment of a beat is.
Axes: T frames, K beats.
"""

from __future__ import annotations

import numpy as np

from ballo.music import phase
from ballo.music.beats import Beats

BEAT_COSINE, BEAT_SINE, BAR_COSINE, BAR_SINE, ARRIVAL, SINCE = range(6)
CHANNELS = 6

TOLERANCE_SECONDS = 0.001
"""A beat so little after a frame arrives in it: beats are kept rounded, and would else arrive a frame late."""


def clock(beats: Beats | None, frames: int, fps: float, start_seconds: float = 0.0) -> np.ndarray:
    """The clock (T, CHANNELS) of `frames` frames, the first at `start_seconds` of the song; None where a song has no beat."""
    if beats is None:
        return rows(np.zeros(0), np.zeros(0, dtype=int), 1, frames, fps, start_seconds)
    return rows(beats.times, beats.positions, beats.metre, frames, fps, start_seconds)


def rows(
    seconds: np.ndarray, positions: np.ndarray, metre: int, frames: int, fps: float, start_seconds: float = 0.0
) -> np.ndarray:
    """The clock (T, CHANNELS) of `frames` frames from `start_seconds` on, by beats at `seconds` (K,) and their `positions`.

    With fewer than two beats there is no tempo, so there is no clock: all rows are 0.
    """
    told = np.zeros((frames, CHANNELS), dtype=np.float32)
    if len(seconds) < 2:
        return told
    times = start_seconds + np.arange(-1, frames) / fps
    place = phase.on_grid(times, seconds)
    # The beat that a frame belongs to, of which the frame before the first tells whether it arrives in the first.
    number = np.floor(phase.on_grid(times + TOLERANCE_SECONDS, seconds))
    since = times - phase.at_beat(number, seconds)
    told[:, ARRIVAL] = np.diff(number) > 0
    place, number, since = place[1:], number[1:], since[1:]
    told[:, SINCE] = np.maximum(since, 0.0)
    in_bar = (_position(number.astype(int), positions, metre) + place - number) / metre
    for turns, cosine, sine in ((place, BEAT_COSINE, BEAT_SINE), (in_bar, BAR_COSINE, BAR_SINE)):
        told[:, cosine], told[:, sine] = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
    return told


def _position(number: np.ndarray, positions: np.ndarray, metre: int) -> np.ndarray:
    """The place in the bar of beats by their numbers (T,), counted on beyond the first and the last."""
    known = np.clip(number, 0, len(positions) - 1)
    return (positions[known] + number - known) % metre
