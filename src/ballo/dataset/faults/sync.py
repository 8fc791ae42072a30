"""Whether a dance goes with its music: at its tempo, on its beats, in its bars.

A dance's steps are judged against the grid of its song's beats. One dance alone cannot be judged by shifting it, for any
shift leaves its steps agreeing with one another as before; what is asked is whether they agree at the music's tempo better
than at others: the null draws tempi from 0.7 to 1.4 of the music's, without those that the dance is too short to tell apart
from it. `phase.agreement` pools the dances of a style, with one random shift a dance for its null.

Source: Scargle, "Studies in Astronomical Time Series Analysis II", 1982, for the test of one period against others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ballo.dataset import dancer, repair
from ballo.dataset.faults.fault import MILD, NOTE, SERIOUS, Fault
from ballo.dataset.recordings import STYLES
from ballo.dataset.units import beats_a_bar
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps
from ballo.music.beats import Beats
from ballo.music.phase import on_grid

METRES = {style: beats_a_bar(style) for style in STYLES.values()}
"""Beats a bar, by style."""

TEMPO_TOLERANCE = 0.02
DRIFT_BEATS = 0.5
"""A tempo is another one when off by more than this share; within it, it drifts when it ends up so many beats off."""

SPLICE_SECONDS = 0.24
"""Steps so near to a splice are an artefact of it."""

FEWEST_STEPS = 20
CHANCE = 0.05
DRAWS = 2000
SLOWEST, FASTEST = 0.7, 1.4


@dataclass(frozen=True)
class Tempo:
    """The script's tempo against the music's.

    Args:
        dance_bpm: of the script over its window.
        music_bpm: as tracked, by the octave at which they agree to 3 % if there is one.
        ratio: dance over music.
        drift_beats: how many beats the dance is ahead at its end, having begun together.
    """

    dance_bpm: float
    music_bpm: float
    ratio: float
    drift_beats: float


@dataclass(frozen=True)
class Step:
    """How steps agree with a grid.

    Args:
        places: (S,) of each step, in periods of the grid.
        resultant: 0 to 1, how much their phases agree.
        phase: their mean, -0.5 to 0.5 of a period.
        p_value: how often another tempo would make them agree as much; 1 without steps.
    """

    places: np.ndarray
    resultant: float
    phase: float
    p_value: float


def tempo(script_beats: int, window_seconds: float, beats: Beats) -> Tempo:
    """The tempo that a script of so many beats has in its window, against the music's."""
    dance = 60 * script_beats / window_seconds
    octaves = [dance / (beats.bpm * octave) for octave in (1.0, 0.5, 2.0)]
    fitting = [ratio for ratio in octaves if abs(ratio - 1) < 0.03]
    ratio = fitting[0] if fitting else octaves[0]
    return Tempo(dance, dance / ratio, ratio, script_beats * (1 - 1 / ratio))


def step_seconds(points: np.ndarray, fps: float, drawn: np.ndarray) -> np.ndarray:
    """When the dancer of 23 published points (T, 23, 3), metres, in their mirrored room, steps: (S,) seconds from frame 0.

    Args:
        drawn: (T,) frames of splices: steps near them are left out.
    """
    turned = points * repair.MIRROR
    return steps_away_from(drawn, steps(DANCER, dancer.joints_of(turned, dancer.body_of(turned)), fps), fps)


def steps_away_from(drawn: np.ndarray, seconds: np.ndarray, fps: float) -> np.ndarray:
    """Those of the times (S,) that are not within `SPLICE_SECONDS` of a splice."""
    near = np.flatnonzero(drawn) / fps
    if not len(near):
        return seconds
    place = np.searchsorted(near, seconds)
    left, right = near[np.maximum(place - 1, 0)], near[np.minimum(place, len(near) - 1)]
    return seconds[np.minimum(np.abs(seconds - left), np.abs(seconds - right)) > SPLICE_SECONDS]


def against(seconds: np.ndarray, grid: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Step:
    """How steps at `seconds` (S,) of the song agree with a grid of beats or of bar lines (K,)."""
    if not len(seconds) or len(grid) < 2:
        return Step(np.zeros(0), 0.0, 0.0, 1.0)
    places = on_grid(seconds, grid)
    mean = np.exp(2j * np.pi * places).mean()
    resolution = 1.5 / max(1.0, float(np.ptp(places)))
    rates = np.exp(np.random.default_rng(seed).uniform(np.log(SLOWEST), np.log(FASTEST), draws))
    rates = rates[np.abs(rates - 1) > resolution]
    others = np.abs(np.exp(2j * np.pi * np.outer(rates, places)).mean(axis=1))
    reached = int((others >= abs(mean) - 1e-12).sum())
    return Step(places, float(abs(mean)), float(np.angle(mean) / (2 * np.pi)), (reached + 1) / (len(rates) + 1))


def faults(pace: Tempo | None, beat: Step, bar: Step) -> list[Fault]:
    """A tempo that is not the music's, and steps that take no notice of its beats or bars.

    Args:
        pace: None without a script.
        beat, bar: the steps against the beats and against the bar lines.
    """
    found = _of_tempo(pace) if pace else []
    if len(beat.places) < FEWEST_STEPS:
        return found
    figures = {
        "steps": len(beat.places),
        "beat": {"resultant": round(beat.resultant, 4), "phase": round(beat.phase, 3), "p_value": round(beat.p_value, 4)},
        "bar": {"resultant": round(bar.resultant, 4), "phase": round(bar.phase, 3), "p_value": round(bar.p_value, 4)},
    }
    if beat.p_value > CHANCE:
        how = f"they agree to {beat.resultant:.2f} of 1, p = {beat.p_value:.2f}"
        text = f"its {len(beat.places)} steps fall anywhere in the beat: {how}"
        found.append(Fault("out of step", SERIOUS, text, round(beat.p_value, 3), "p", figures=figures))
    elif bar.p_value > CHANCE:
        text = f"steps keep the beat ({beat.resultant:.2f} of 1) but not the bar ({bar.resultant:.2f}, p = {bar.p_value:.2f})"
        found.append(Fault("out of bar", NOTE, text, round(bar.p_value, 3), "p", figures=figures))
    return found


def _of_tempo(pace: Tempo) -> list[Fault]:
    figures = {
        "dance_bpm": round(pace.dance_bpm, 2),
        "music_bpm": round(pace.music_bpm, 2),
        "ratio": round(pace.ratio, 4),
        "drift_beats": round(pace.drift_beats, 2),
    }
    tempi = f"{pace.dance_bpm:.1f} beats a minute to music of {pace.music_bpm:.1f}"
    if abs(pace.ratio - 1) > TEMPO_TOLERANCE:
        text = f"{tempi}: {pace.ratio:.2f} times its tempo"
        return [Fault("tempo", SERIOUS, text, round(max(pace.ratio, 1 / pace.ratio), 3), "x", figures=figures)]
    if abs(pace.drift_beats) > DRIFT_BEATS:
        text = f"{tempi}: {abs(pace.drift_beats):.1f} beats {'ahead' if pace.drift_beats > 0 else 'behind'} at its end"
        return [Fault("tempo drift", MILD, text, round(abs(pace.drift_beats), 2), "beats", figures=figures)]
    return []
