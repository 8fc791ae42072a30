"""When a song's beats sound, how they make bars, and how fast they go.

    beats = track("song.mp3")
    beats.times       # (K,) seconds from the song's start
    beats.downbeats   # those that begin a bar
    beats.bpm, beats.metre

Onsets are heard (`onsets`), ways of counting proposed (`tempo`) and weighed (`metre`), and a song of constant tempo gets one
exact grid (`grid`). A song is streamed: what is held of it is 0.25 kB a frame of 10 ms. Axes: N samples, F frames, K beats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.errors import AudioError
from ballo.music import grid, metre, onsets, tempo
from ballo.music.audio import Song, open_song
from ballo.music.metre import Count, Evidence
from ballo.music.onsets import FPS, RATE, Sound

SHORTEST_SECONDS = 4.0
LATE_SECONDS = 0.0045
"""How much later than a sound its onset strength peaks: the median over synthesised songs, see tests/music/test_beats.py."""
BLOCK_SAMPLES = 10 * RATE
LEAST_REPEAT, LEAST_STANDING_OUT = 0.09, 1.3
"""What makes a beat: onsets that repeat, as a correlation at some lag (noise reaches 0.07, songs 0.11 and more), and that are
stronger on the beats than elsewhere (noise 1.1 times, songs 1.8 and more)."""


@dataclass(frozen=True, eq=False)
class Beats:
    """The beats of a song.

    Args:
        times: (K,) seconds from the song's start, increasing: every beat of the part in which there are beats.
        positions: (K,) place in the bar, 0 being the downbeat.
        metre: beats a bar.
        bpm: beats a minute; the exact tempo if constant, else the median.
        constant: one period holds the whole song, and `times` is its exact grid.
        confidence: 0 to 1, how clearly this count was preferred to others (half or double tempo, another metre or downbeat).
    """

    times: np.ndarray
    positions: np.ndarray
    metre: int
    bpm: float
    constant: bool
    confidence: float

    def __post_init__(self) -> None:
        assert self.times.shape == self.positions.shape == (len(self.times),)
        assert (np.diff(self.times) > 0).all()

    @property
    def downbeats(self) -> np.ndarray:
        """Seconds of the beats that begin a bar."""
        return self.times[self.positions == 0]

    @property
    def period_seconds(self) -> float:
        """From one beat to the next."""
        return 60 / self.bpm


def track(
    song: str | Path,
    *,
    metre: int | None = None,
    bpm: float | None = None,
    start_seconds: float = 0.0,
    duration_seconds: float | None = None,
) -> Beats:
    """Find the beats of a song.

    Args:
        song: any file that PyAV decodes sound from.
        metre: beats a bar, if known.
        bpm: about how many beats a minute, if known; the nearest tempo that the song's onsets bear out is taken.
        start_seconds: where to begin to listen; times count from there.
        duration_seconds: how long to listen at most; to the end by default.

    Raises:
        NoBeat: the song is silent, too short, or has no beat.
        AudioError: it cannot be opened or decoded; a hint is out of range.
    """
    opened = open_song(song, start_seconds=start_seconds, duration_seconds=duration_seconds)
    return track_song(opened, metre=metre, bpm=bpm)


def track_song(song: Song, *, metre: int | None = None, bpm: float | None = None) -> Beats:
    """Find the beats of a song that is open already; see `track`."""
    check_hints(metre, bpm)
    try:
        return _tracked(onsets.listen(song.blocks(RATE, BLOCK_SAMPLES)), metre, bpm)
    except NoBeat as error:
        raise NoBeat(f"{song.path}: {error}") from None


def track_samples(samples: np.ndarray, rate: int = RATE, *, metre: int | None = None, bpm: float | None = None) -> Beats:
    """Find the beats in mono samples (N,) at `rate` Hz; see `track`."""
    check_hints(metre, bpm)
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise AudioError("samples to find beats in are one channel of finite numbers, shape (N,)")
    if rate != RATE:
        import soxr

        samples = soxr.resample(samples.astype(np.float32), rate, RATE)
    try:
        return _tracked(onsets.listen(_blocks(samples)), metre, bpm)
    except NoBeat as error:
        raise NoBeat(f"samples: {error}") from None


class NoBeat(AudioError):
    """A sound that decodes, but is silent, too short, or without a beat."""


def _blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(samples), BLOCK_SAMPLES):
        yield samples[first : first + BLOCK_SAMPLES]


def check_hints(metre: int | None, bpm: float | None) -> None:
    """Refuse what cannot be a metre or a tempo (AudioError)."""
    if metre is not None and metre not in (2, 3, 4):
        raise AudioError(f"a metre is 2, 3 or 4 beats a bar, not {metre}")
    if bpm is not None and not tempo.SLOWEST_BPM <= bpm <= tempo.FASTEST_BPM:
        raise AudioError(f"a tempo is {tempo.SLOWEST_BPM:g} to {tempo.FASTEST_BPM:g} beats a minute, not {bpm:g}")


def _tracked(sound: Sound, beats_a_bar: int | None, bpm: float | None) -> Beats:
    heard, ways = ways_of_counting(sound, beats_a_bar, bpm)
    chosen = max(ways, key=lambda way: way.score)
    return _placed(heard.strength[:, metre.ALL], chosen, metre.confidence(ways, chosen))


def ways_of_counting(sound: Sound, beats_a_bar: int | None = None, bpm: float | None = None) -> tuple[Evidence, list[Count]]:
    """What is heard of the beat in a sound, and every way of counting it (NoBeat if there is none)."""
    begin, end = onsets.audible(sound)
    if end == 0:
        raise NoBeat("is silent, so it has no beat; choose a song that sounds")
    if end - begin < SHORTEST_SECONDS:
        raise NoBeat(f"{end - begin:.1f} s of sound are too short to find a beat in; give {SHORTEST_SECONDS:g} s or more")
    regions = onsets.regions(sound)
    heard = metre.evidence(regions, sound)
    ways = metre.counts(heard, beats_a_bar, bpm)
    if not ways or (bpm is None and not _beaten(heard, max(ways, key=lambda way: way.score))):
        raise NoBeat("no beat is heard in it; choose a song with a rhythm")
    return heard, ways


def _beaten(heard: Evidence, chosen: Count) -> bool:
    """Whether there is a beat at all."""
    overall = heard.repeats.overall
    shortest = int(60 / tempo.FASTEST_BPM * FPS)
    everywhere = heard.at(np.arange(0, len(heard.strength), 7))[:, metre.ALL].mean()
    standing_out = heard.at(chosen.beats)[:, metre.ALL].mean() / everywhere
    return bool(overall[shortest : 8 * shortest].max() > LEAST_REPEAT and standing_out > LEAST_STANDING_OUT)


def _placed(strength: np.ndarray, count: Count, confidence: float) -> Beats:
    """The chosen way of counting as beats in seconds: an exact grid where one holds, else the onsets found."""
    found = grid.fit(strength, count.beats)
    constant = found.share >= grid.CONSTANT_SHARE
    frames, numbers = count.beats, np.arange(len(count.beats)) - count.first
    period = float(np.median(np.diff(frames)))
    if constant:
        frames, numbers = found.between(frames[0], frames[-1]), found.numbered(frames, numbers, count.metre)
        period = found.period
    times = frames / FPS - LATE_SECONDS
    kept = times >= 0
    return Beats(times[kept], numbers[kept] % count.metre, count.metre, 60 * FPS / period, constant, confidence)
