"""Beats as the music comes, from sound that has been heard only: what a studio or a stage needs.

    tracker = LiveTracker()
    for block in microphone:            # mono samples at 16 kHz, any number at a time
        for beat in tracker.hear(block):
            ...

A quarter minute of what was heard is kept. Once a second the ways of counting it are weighed as for a whole song, in favour of
the count that goes on already; the chosen one's grid tells the next beats, and each is said when its moment has come. What was
said is never taken back: a better count only moves the beats to come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.music import beats, grid, metre, onsets
from ballo.music.metre import Count
from ballo.music.onsets import FPS, HARMONY_FPS, RATE, Listener, Sound

LATENCY_SECONDS = 0.02
"""A beat is said by the call that brings the music this far beyond it."""
HISTORY_SECONDS = 15.0
FIRST_SECONDS = 5.0
"""Of sound before the first beat is said."""
EVERY_SECONDS = 1.0
STEADY_SHARE, LATEST_BEATS = 0.85, 9
_KEEP_BEAT, _KEEP_BAR = 3.0, 2.0
"""What the count that goes on is given beyond its score, a logarithm: 20 times as likely, and its bars 7 times more."""


@dataclass(frozen=True)
class LiveBeat:
    """A beat that was heard coming: its seconds from the first sample, place in the bar (0: downbeat), metre and tempo."""

    seconds: float
    position: int
    metre: int
    bpm: float


@dataclass(frozen=True)
class _Pace:
    """Where beats to come will lie: beat number n at first + n period seconds, a downbeat where metre divides n."""

    first: float
    period: float
    metre: int


class LiveTracker:
    """Follows the beats of one stream of mono samples at RATE; its memory does not grow."""

    def __init__(self) -> None:
        self._listener = Listener()
        self._mel = np.zeros((0, onsets.MEL_BANDS), np.float32)
        self._pitches = np.zeros((0, 24), np.float32)
        self._samples = 0
        self._forgotten = 0
        """Frames that were heard and dropped; always whole harmony frames."""
        self._weighed = 0.0
        self._said = -np.inf
        self._pace: _Pace | None = None

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return self._samples / RATE

    def hear(self, samples: np.ndarray) -> list[LiveBeat]:
        """The beats that came up to the end of these samples (N,), in order. Nothing is said in silence."""
        said: list[LiveBeat] = []
        for first in range(0, len(samples), RATE // 10):
            block = samples[first : first + RATE // 10]
            self._keep(self._listener.hear(block))
            self._samples += len(block)
            if self.seconds - self._weighed >= EVERY_SECONDS:
                self._weighed = self.seconds
                self._weigh()
            said += self._due()
        return said

    def _keep(self, sound: Sound) -> None:
        self._mel = np.concatenate([self._mel, sound.mel])
        self._pitches = np.concatenate([self._pitches, sound.pitches])
        harmonies = int(len(self._mel) / FPS * HARMONY_FPS - HISTORY_SECONDS * HARMONY_FPS)
        if harmonies > 0:
            frames = round(harmonies * FPS / HARMONY_FPS)
            self._mel, self._pitches = self._mel[frames:], self._pitches[harmonies:]
            self._forgotten += frames

    def _weigh(self) -> None:
        """Choose the count for what is kept; without a beat the beats stop."""
        sound = Sound(self._mel, self._pitches)
        if sound.seconds < FIRST_SECONDS or not len(self._pitches):
            return
        try:
            heard, ways = beats.ways_of_counting(sound)
        except beats.NoBeat:
            self._pace = None
            return
        chosen = max(ways, key=lambda way: way.score + self._kept(way))
        numbers = np.arange(len(chosen.beats)) - chosen.first
        first, period = _line_through(heard.strength[:, metre.ALL], chosen, numbers)
        seconds = (self._forgotten + first) / FPS - beats.LATE_SECONDS
        self._pace = _Pace(float(seconds), period / FPS, chosen.metre)

    def _kept(self, way: Count) -> float:
        """What a way of counting gains by going on as before."""
        if self._pace is None:
            return 0.0
        seconds = (self._forgotten + way.beats[-8:]) / FPS - beats.LATE_SECONDS
        period = float(np.median(np.diff(seconds)))
        numbers = (seconds - self._pace.first) / self._pace.period
        away = np.abs(numbers - np.rint(numbers)) * self._pace.period
        if abs(np.log(period / self._pace.period)) > 0.08 or np.median(away) > 0.08:
            return 0.0
        places = np.arange(len(way.beats) - len(seconds), len(way.beats)) - way.first
        shift = (np.rint(numbers).astype(int) - places) % way.metre
        same = way.metre == self._pace.metre and np.mean(shift == 0) > 0.5
        return _KEEP_BEAT + (_KEEP_BAR if same else 0.0)

    def _due(self) -> list[LiveBeat]:
        """The beats whose moment has come since the last one said."""
        pace, now = self._pace, self.seconds - LATENCY_SECONDS
        if pace is None:
            return []
        earliest = max(self._said + 0.6 * pace.period, now - 0.11)
        number = int(np.ceil((earliest - pace.first) / pace.period))
        due: list[LiveBeat] = []
        while (seconds := pace.first + number * pace.period) <= now:
            due.append(LiveBeat(seconds, number % pace.metre, pace.metre, 60 / pace.period))
            self._said = seconds
            number += 1
        return due


def _line_through(strength: np.ndarray, count: Count, numbers: np.ndarray) -> tuple[float, float]:
    """Where beat number 0 lies and the period, in frames: one grid for all that is kept, or the latest beats' own where tempo
    moves."""
    found = grid.fit(strength, count.beats)
    if found.share > STEADY_SHARE:
        on_grid = found.between(count.beats[0], count.beats[-1])
        return float(on_grid[0] - found.numbered(count.beats, numbers, count.metre)[0] * found.period), found.period
    latest = slice(-LATEST_BEATS, None)
    period, first = np.polyfit(numbers[latest], count.beats[latest], 1)
    return float(first), float(period)
