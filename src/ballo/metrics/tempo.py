"""Whether a dancer keeps the music's tempo: how much what feet do comes again after a beat and after a bar of the music.

Where in the beat she dances does not matter here, see `sync` and `alignment`. A dance that runs a little fast drifts through
every phase of the beat and has no place in it; one that keeps the tempo and is late all along has the tempo all the same.

The measure is the autocorrelation of the speed of the feet, read at one, two, three and four times a period (a comb) and
averaged. White noise has none. Beside chance: nearby tempi, and the bars of other songs. Times are in seconds from a dance's
first frame; what happens within `sync.JOIN_SECONDS` of a join is left out. Nonsense is a ValueError.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ballo.metrics.exchange import exchanged
from ballo.metrics.sync import away, check_beats, check_rate, check_times
from ballo.music.phase import DRAWS

TEETH = 4
"""A period is read at so many times itself: four bars tell tempi apart that differ by a few per cent."""

NEARBY = 1.35
"""Tempi up to so many times as fast or slow are nearby: less than twice, at which every dance comes round too."""

IN_TEMPO = 0.04
"""A tempo is met within so much of it: the tolerance of MIREX's tempo estimation."""

_TEMPI = 61


@dataclass(frozen=True, eq=False)
class Moved:
    """How a dancer moves through a song.

    Args:
        speed: (T,) how much she moves, such as `steps.foot_speed` summed over feet; any signal will do.
        fps: frames a second.
        beats: (K,) seconds, increasing, at least 2. Only their tempo is used.
        metre: beats a bar.
        joins: (N,) seconds at which recordings are joined.
    """

    speed: np.ndarray
    fps: float
    beats: np.ndarray
    metre: int
    joins: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        check_times("speed", self.speed)
        check_times("joins", self.joins)
        check_beats(self.beats)
        check_rate(self.fps)
        if self.metre < 1:
            raise ValueError(f"a bar has at least one beat, not {self.metre}")

    @property
    def bar_seconds(self) -> float:
        """How long a bar of the music is."""
        return bar_seconds(self.beats, self.metre)


@dataclass(frozen=True, eq=False)
class Recurrence:
    """How much a movement comes again after a time.

    Args:
        correlation: (T,) autocorrelation, 1 at first, of pairs of frames that both count.
        fps: of its lags.
    """

    correlation: np.ndarray
    fps: float

    @classmethod
    def of(cls, moved: Moved) -> Recurrence | None:
        """That of a dance; None where nothing moves, or nothing changes."""
        frames = len(moved.speed)
        kept = away(np.arange(frames) / moved.fps, moved.joins)
        values = np.where(kept, moved.speed - (moved.speed[kept].mean() if kept.any() else 0.0), 0.0)
        if not np.abs(values).max(initial=0.0) > 1e-9 * np.abs(moved.speed).max(initial=0.0):
            return None
        length = 1 << int(2 * frames - 1).bit_length()
        power = np.abs(np.fft.rfft([values, kept.astype(float)], length)) ** 2
        products, pairs = np.fft.irfft(power, length)[:, :frames]
        return cls(products / np.maximum(pairs, 1) / (products[0] / pairs[0]), moved.fps)

    def at(self, seconds: np.ndarray, teeth: int) -> np.ndarray:
        """The mean over 1 to `teeth` times each of some periods: at most 1, of their shape."""
        lags = np.multiply.outer(seconds * self.fps, np.arange(1, teeth + 1))
        return np.interp(lags, np.arange(len(self.correlation)), self.correlation).mean(axis=-1)

    def teeth(self, bar_seconds: float) -> int:
        """How many bars can be read, nearby tempi and all, within half of the dance: up to `TEETH`."""
        return min(TEETH, int(len(self.correlation) / 2 / self.fps / (bar_seconds * NEARBY)))


@dataclass(frozen=True)
class OfSong:
    """The dances to one song, the mean over them; nan where there is nothing to measure.

    Args:
        half_beat, beat, half_bar, bar: how much movement comes again after these, at most 1, 0 by chance. Who dances in double
            time has as much at half a beat as at a beat.
        nearby: what the bar would have at nearby tempi, on average: what is so by rhythm alone.
        tempo: the dance's tempo over the music's, that at which a bar has most, among nearby ones; the median. Feet that do
            the same every beat come round after three as after four, and may be taken for either.
        in_tempo: the share of dances of which that is within `IN_TEMPO` of 1.
    """

    half_beat: float
    beat: float
    half_bar: float
    bar: float
    nearby: float
    tempo: float
    in_tempo: float

    @property
    def gain(self) -> float:
        """How much more the movement comes again with the music's bar than at nearby tempi."""
        return self.bar - self.nearby


@dataclass(frozen=True)
class TempoCoupling:
    """How much dances keep the tempo of their songs, each of which has the same weight.

    Args:
        gain: see `OfSong`; about 0 by chance, nan without songs.
        in_tempo: the share of dances; about .13 by chance.
        p_value: how often songs exchanged among the dances have as high a gain; 1 of one song.
        songs: each, in order.
    """

    gain: float
    in_tempo: float
    p_value: float
    songs: tuple[OfSong, ...]


def bar_seconds(beats: np.ndarray, metre: int) -> float:
    """How long a bar of `metre` beats is, by the median of the beats (K,)."""
    return metre * float(np.median(np.diff(beats)))


def tempo_coupling(
    songs: Sequence[Sequence[Moved]], groups: Sequence[Hashable] | None = None, *, draws: int = DRAWS, seed: int = 0
) -> TempoCoupling:
    """Whether dances keep the tempo of their own songs rather than that of others.

    The real dances of Tang 2018, remastered, meet the tempo within 4 % in 19 of 20 songs, white noise in one of 7.

    Args:
        songs: of each song its dances (one a seed), all with that song's beats and metre.
        groups: of each song, what it is exchanged within. Songs of a style have much the same tempo, so that dances which know
            nothing but the style keep the tempo of their songs better than that of all others; not better than that of the
            others of the style.
    """
    danced = [dances for dances in songs if dances]
    found = [of_song(dances) for dances in danced]
    heard = [song for song, each in enumerate(found) if np.isfinite(each.gain)]
    bars = [danced[song][0].bar_seconds for song in heard]
    table = np.array([gains([Recurrence.of(moved) for moved in danced[song]], bars) for song in heard])
    table = table.reshape(len(heard), len(heard))
    labels = None if groups is None else [label for label, dances in zip(groups, songs, strict=True) if dances]
    return TempoCoupling(
        gain=float(np.mean([found[song].gain for song in heard])) if heard else float("nan"),
        in_tempo=float(np.mean([found[song].in_tempo for song in heard])) if heard else float("nan"),
        p_value=exchanged(table, None if labels is None else [labels[song] for song in heard], draws=draws, seed=seed),
        songs=tuple(found),
    )


def of_song(dances: Sequence[Moved]) -> OfSong:
    """How much the dances to one song keep its tempo."""
    if not dances:
        return OfSong(*[float("nan")] * 7)
    bar, metre = dances[0].bar_seconds, dances[0].metre
    rows = []
    for moved in dances:
        found = Recurrence.of(moved)
        teeth = 0 if found is None else found.teeth(bar)
        if found is None or not teeth:
            continue
        periods = bar * np.array([0.5 / metre, 1 / metre, 0.5, 1.0])
        tempi = found.at(bar / _tempi(), teeth)
        best = float(_tempi()[tempi.argmax()])
        rows.append([*found.at(periods, teeth), tempi.mean(), best, abs(np.log(best)) <= np.log1p(IN_TEMPO)])
    if not rows:
        return OfSong(*[float("nan")] * 7)
    half_beat, beat, half_bar, whole, nearby, _, in_tempo = (float(value) for value in np.mean(rows, axis=0))
    return OfSong(half_beat, beat, half_bar, whole, nearby, float(np.median([row[5] for row in rows])), in_tempo)


def gains(dances: Sequence[Recurrence | None], bars: Sequence[float]) -> np.ndarray:
    """(S,) how much more dances to one song come again with the bars of several songs, in seconds, than at tempi nearby.

    The mean over dances; 0 where a dance does not move, or is too short for the bar.
    """
    found, lengths, totals = [each for each in dances if each is not None], np.asarray(bars, dtype=float), np.zeros(len(bars))
    for each in found:
        teeth = np.array([each.teeth(bar) for bar in lengths])
        for count in set(teeth[teeth > 0].tolist()):
            own = lengths[teeth == count]
            totals[teeth == count] += each.at(own, count) - each.at(np.divide.outer(own, _tempi()), count).mean(axis=1)
    return totals / max(len(found), 1)


def _tempi() -> np.ndarray:
    """Nearby tempi over the music's own, which is one of them, evenly in octaves."""
    return np.exp(np.linspace(-np.log(NEARBY), np.log(NEARBY), _TEMPI))
