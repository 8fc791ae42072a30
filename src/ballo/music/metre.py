"""Which way of counting a song is meant: the beat among its doubles and halves, its metre, and where bars begin.

Every way of counting is described by figures that a listener could name: do onsets lie on most beats, are the half-beats
weaker, does the bass come on the bar's first beat, do the chords change there, does the bar repeat. A linear rule weighs them
(`weights`); it was fitted as a conditional logit (scripts/fit_beats.py), so that the true count of synthesised songs wins, and
the shares it gives to all ways of counting are the confidence. Axes: F frames, K beats, R onset regions and their mean, H
harmony frames, C pitch classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ballo.music import onsets, tempo
from ballo.music.onsets import FPS, HARMONY_FPS, Sound
from ballo.music.tempo import Repeats
from ballo.music.weights import WEIGHTS

METRES = (3, 4)
FEWEST_BEATS = 9
BASS, LOW, MIDDLE, HIGH, ALL = range(5)
_FLOOR = 0.15  # of an onset strength of about one, so that the logarithm of silence stays small


@dataclass(frozen=True, eq=False)
class Count:
    """A way of counting: beats (K,) in frames, the metre, the number of the first downbeat, and how well it fits."""

    beats: np.ndarray
    metre: int
    first: int
    score: float


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A way of counting before it is weighed: beats (K,) in frames, 3 or 4 of them a bar, the number of the first downbeat, and
    the figures by name."""

    beats: np.ndarray
    bar: int
    first: int
    figures: dict[str, float]

    @property
    def circumstances(self) -> np.ndarray:
        """(3,) what a figure's three weights are multiplied by: always, in bars of three, octaves above 100 beats a minute."""
        return np.array([1.0, self.bar == 3, self.figures["octaves"]])

    @property
    def score(self) -> float:
        """How well it fits."""
        weights = np.array([WEIGHTS[name] for name in self.figures])
        return float(weights @ self.circumstances @ np.array(list(self.figures.values())))


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is heard, to be looked up at any time: onset strength (F, R), pitch classes (H, C), the onsets' repeats."""

    strength: np.ndarray
    pitches: np.ndarray
    repeats: Repeats

    def at(self, frames: np.ndarray) -> np.ndarray:
        """(K, R) the strongest onset within 30 ms of each place."""
        places = np.clip(np.rint(frames).astype(int)[:, None] + np.arange(-3, 4), 0, len(self.strength) - 1)
        return self.strength[places].max(axis=1)

    def harmony(self, frames: np.ndarray) -> np.ndarray:
        """(K - 1, C) the pitch classes from each place to the next, each of length one."""
        places = frames / FPS * HARMONY_FPS
        inside = places[:-1, None] + np.diff(places)[:, None] * np.array([0.35, 0.6, 0.85])
        mean = self.pitches[np.clip(np.rint(inside).astype(int), 0, len(self.pitches) - 1)].mean(axis=1)
        return _unit(mean)

    def repeat(self, frames: float) -> float:
        """How well onsets repeat after so many frames, give or take 3 %."""
        overall = self.repeats.overall
        low, high = int(0.97 * frames), int(np.ceil(1.03 * frames)) + 1
        return float(overall[low:high].max()) if low < len(overall) else 0.0

    def line(self, frames: float, region: int) -> float:
        """How much of a region's onsets comes at this period, give or take 4 %: the logarithm of its power over the mean."""
        power = self.repeats.spectrum[region]
        bins = 2 * tempo.WINDOW_SECONDS * FPS / frames
        around = power[max(1, round(0.96 * bins)) : round(1.04 * bins) + 1]
        usual = power[8:160]  # 0.5 to 10 times a second
        return float(np.log(around.max() / (usual.mean() + 1e-9) + 0.02))


def evidence(regions: np.ndarray, sound: Sound) -> Evidence:
    """From a song's onset strengths (F, R - 1) and what was heard; onsets before it begins or after it ends are none."""
    strength = np.concatenate([regions, regions.mean(axis=1, keepdims=True)], axis=1)
    begin, end = onsets.audible(sound)
    strength[: max(0, int(begin * FPS) - 5)] = 0
    strength[int(end * FPS) + 5 :] = 0
    return Evidence(strength, np.sqrt(sound.pitches / (sound.pitches.mean() + 1e-9)), tempo.repeats(strength))


def counts(heard: Evidence, metre: int | None, bpm: float | None) -> list[Count]:
    """Every way of counting worth a thought, with its score; none where nothing repeats. `metre` and `bpm` are hints."""
    bars = METRES if metre is None else (4 if metre == 2 else metre,)  # two beats a bar are every other of four
    return [
        Count(found.beats, metre or found.bar, found.first % (metre or found.bar), found.score)
        for found in hypotheses(heard, bars, bpm)
    ]


def hypotheses(heard: Evidence, bars: tuple[int, ...] = METRES, bpm: float | None = None) -> Iterator[Hypothesis]:
    """Every way of counting worth a thought, in bars of so many beats, with its figures."""
    strength = heard.strength[:, ALL]
    for period in tempo.candidates(heard.repeats, bpm):
        curve = tempo.curve(heard.repeats, period, len(strength))
        tracked = tempo.beats(strength, curve)
        for beats in (tracked, (tracked[1:] + tracked[:-1]) / 2):
            beats = sounding(heard, beats)
            # A tempo curve may leave its candidate, but not for a tempo that no one counts in.
            if len(beats) < FEWEST_BEATS or 60 * FPS / np.median(np.diff(beats)) <= tempo.SLOWEST_BPM:
                continue
            level = level_figures(heard, beats, curve)
            for bar in bars:
                for first, figures in enumerate(bar_figures(heard, beats, bar)):
                    yield Hypothesis(beats, bar, first, level | figures)


def confidence(ways: list[Count], chosen: Count) -> float:
    """The share of a way of counting among all, 0 to 1; those that find the same bars count with it."""
    scores = np.array([way.score for way in ways])
    shares = np.exp(scores - scores.max())
    return float(shares[[_same(way, chosen) for way in ways]].sum() / shares.sum())


def _same(one: Count, other: Count) -> bool:
    """Whether most of two counts' downbeats lie within 50 ms of each other."""
    bars = [count.beats[count.first :: count.metre] for count in (one, other)]
    if one.metre != other.metre or not 0.8 < len(bars[0]) / max(1, len(bars[1])) < 1.25:
        return False
    nearest = np.abs(bars[0][:, None] - bars[1]).min(axis=1)
    return bool(np.mean(nearest < 0.05 * FPS) > 0.7)


def sounding(heard: Evidence, beats: np.ndarray) -> np.ndarray:
    """Beats without those before the first and after the last onset that is near the usual strength."""
    strength = heard.at(beats)[:, ALL]
    strong = np.flatnonzero(strength > 0.4 * np.median(strength))
    return beats[strong[0] : strong[-1] + 1] if len(strong) else beats[:0]


def level_figures(heard: Evidence, beats: np.ndarray, curve: np.ndarray) -> dict[str, float]:
    """What speaks for beats (K,) being the beat, whatever the metre; `curve` (F,) is the period they were to follow."""
    start, gap = beats[:-1], np.diff(beats)
    on = heard.at(start)
    places = {"half": (1 / 2,), "quarter": (1 / 4, 3 / 4), "third": (1 / 3,), "two_thirds": (2 / 3,)}
    beat = on.mean(axis=0) + _FLOOR
    between = {
        name: np.log((np.mean([heard.at(start + share * gap).mean(axis=0) for share in shares], axis=0) + _FLOOR) / beat)
        for name, shares in places.items()
    }
    even_odd = np.abs(np.log((on[::2].mean(axis=0) + _FLOOR) / (on[1::2].mean(axis=0) + _FLOOR)))
    period = float(np.median(gap))
    octaves = float(np.log2(60 * FPS / period / 100))
    asked = np.interp(start, np.arange(len(curve)), curve)
    turns = _changes(heard.harmony(np.stack([start, start + gap / 2], axis=1).ravel()))
    return {
        "octaves": octaves,
        "octaves_squared": octaves**2,
        "octaves_above_squared": max(octaves, 0.0) ** 2,
        "beat": float(np.log(beat[ALL])),
        "beats_that_sound": float(np.log(np.mean(on[:, ALL] > 0.7 * beat[ALL]) + 0.05)),
        **{f"{name}_all": float(found[ALL]) for name, found in between.items()},
        **{f"half_{region}": float(between["half"][region]) for region in range(4)},
        "uneven_all": float(even_odd[ALL]),
        "uneven_bass": float(even_odd[BASS]),
        "uneven_middle": float(even_odd[MIDDLE]),
        "turns_on_beats": float(np.log((turns[1::2].mean() + 0.02) / (turns[::2].mean() + 0.02))),
        "irregular": float(np.log(np.abs(gap / asked - 1).mean() + 0.01)),
        **{f"repeats_{name}": heard.repeat(period * times) for name, times in _TIMES.items()},
        **{f"line_{name}": heard.line(period * times, ALL) for name, times in _LINES.items()},
        **{f"line_{name}_{region}": heard.line(period * _LINES[name], region) for name, region in _REGION_LINES},
    }


_TIMES = {"third": 1 / 3, "half": 1 / 2, "two_thirds": 2 / 3, "beat": 1.0, "one_and_half": 1.5, "two": 2.0}
_LINES = {
    "quarter": 1 / 4,
    "third": 1 / 3,
    "half": 1 / 2,
    "two_thirds": 2 / 3,
    "three_quarters": 3 / 4,
    "beat": 1.0,
    "four_thirds": 4 / 3,
    "one_and_half": 1.5,
    "two": 2.0,
}
_REGION_LINES = tuple((name, region) for name in ("half", "beat", "two") for region in (BASS, LOW, MIDDLE, HIGH))


def bar_figures(heard: Evidence, beats: np.ndarray, metre: int) -> list[dict[str, float]]:
    """What speaks for bars of 3 or 4 beats that begin with the first, the second ... of the beats (K,)."""
    on, chords = heard.at(beats[:-1]), heard.harmony(beats)
    turns = np.concatenate([[np.nan], _changes(chords)])
    place = np.arange(len(on)) % metre
    strength = np.log(np.stack([on[place == k].mean(axis=0) for k in range(metre)]) + _FLOOR)
    turn = np.log(np.array([np.nanmean(turns[place == k]) for k in range(metre)]) + 0.02)
    apart = np.log(np.array([_apart(chords, metre, k) for k in range(metre)]) + 0.02)
    shared = _metre_figures(heard, beats, on, chords, metre)
    octaves = float(np.log2(60 * FPS / np.median(np.diff(beats)) / 100))
    triple = {"triple": 1.0, "triple_octaves": octaves, "triple_octaves_squared": octaves**2}
    rows = []
    for first in range(metre):
        figures = _shape(np.roll(strength, -first, axis=0), np.roll(turn, -first), np.roll(apart, -first), metre)
        rows.append(figures | shared | (triple if metre == 3 else {}))
    return rows


def _shape(strength: np.ndarray, turn: np.ndarray, apart: np.ndarray, metre: int) -> dict[str, float]:
    """The figures of one bar: logarithms of strength (metre, R), of harmonic turns (metre,) and of what lies apart."""
    others = strength[1:].mean(axis=0)
    figures = {f"down_{region}": float(strength[0, region] - others[region]) for region in range(4)}
    figures |= {"down_turn": float(turn[0] - turn[1:].mean()), "down_apart": float(apart[0] - apart[1:].mean())}
    figures |= {f"upbeat_{region}": float(strength[-1, region] - others[region]) for region in (BASS, MIDDLE)}
    if metre == 3:
        return figures | {f"second_{region}": float(strength[1, region] - strength[2, region]) for region in range(4)}
    back = strength[[1, 3]].mean(axis=0) - strength[[0, 2]].mean(axis=0)
    figures |= {f"backbeat_{region}": float(back[region]) for region in range(4)}
    return figures | {
        "third_beat_bass": float(strength[2, BASS] - others[BASS]),
        "third_beat_turn": float(turn[2] - turn[[1, 3]].mean()),
    }


def _metre_figures(heard: Evidence, beats: np.ndarray, on: np.ndarray, chords: np.ndarray, metre: int) -> dict[str, float]:
    """How much better beats agree with those a bar or two before than with those another count before."""
    shape = np.log(on + _FLOOR)
    shape = (shape - shape.mean(axis=0)) / (shape.std(axis=0) + 0.1)
    lags = np.arange(1, min(13, len(on) - 2))
    rhythm = np.array([(shape[lag:] * shape[:-lag]).mean() for lag in lags])
    sound = np.array([(chords[lag:] * chords[:-lag]).sum(axis=1).mean() for lag in lags]) / 0.1
    fits = lags % metre == 0
    rival = (lags % (7 - metre) == 0) & ~fits
    period = float(np.median(np.diff(beats)))
    bar, other = heard.repeat(metre * period), heard.repeat((7 - metre) * period)
    return {
        "rhythm_repeats": float(rhythm[fits].mean() - rhythm[~fits].mean()),
        "rhythm_rival": float(rhythm[fits].mean() - rhythm[rival].mean()),
        "sound_repeats": float(sound[fits].mean() - sound[~fits].mean()),
        "sound_rival": float(sound[fits].mean() - sound[rival].mean()),
        "bar_repeats": bar,
        "bar_rival": bar - other,
        "bar_line": heard.line(metre * period, ALL),
        "bar_line_rival": heard.line(metre * period, ALL) - heard.line((7 - metre) * period, ALL),
        "bar_line_bass": heard.line(metre * period, BASS),
        "bar_line_bass_rival": heard.line(metre * period, BASS) - heard.line((7 - metre) * period, BASS),
    }


def _changes(chords: np.ndarray) -> np.ndarray:
    """(K - 2,) from chords (K - 1, C): how far each lies from the one before it."""
    return 1 - (chords[1:] * chords[:-1]).sum(axis=1)


def _apart(chords: np.ndarray, metre: int, first: int) -> float:
    """How far apart the mean harmonies of neighbouring bars lie, if bars begin so."""
    count = (len(chords) - first) // metre
    if count < 2:
        return 0.0
    bars = _unit(chords[first : first + count * metre].reshape(count, metre, -1).mean(axis=1))
    return float(_changes(bars).mean())


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
