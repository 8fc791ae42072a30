"""A row of the comparison: all figures of what somebody danced, over all songs, by style, by song, and by parts of songs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ballo.evaluation.danced import Danced
from ballo.evaluation.measures import MEASURES, Measure, TooFew
from ballo.evaluation.songs import Staged
from ballo.metrics import intervals
from ballo.metrics.intervals import Interval

Kind = Literal["real", "control", "target"]

HALVES = "halves"
"""The row of real dances in halves."""

OF_PARTS = frozenset({"speed_ratio", "jerk_ratio", "skate", "distance", "in_time", "steps_to_music_over_shifted"})
"""What is taken of a few bars too; most measures need whole dances, or too many clips."""

MEAN_DRAWS, POOLED_DRAWS = 1000, 200
"""Resamples of songs: of a mean over songs, and of what is computed from all songs together, which takes its time."""


@dataclass(frozen=True)
class Figure:
    """A measure over songs.

    Args:
        value: nan where it has none.
        interval: where it may lie; None of fewer than two songs.
        songs: over how many.
        note: why it has no value.
    """

    value: float
    interval: Interval | None
    songs: int
    note: str = ""


@dataclass(frozen=True, eq=False)
class Row:
    """How somebody danced. Figures by the names of measures.

    Args:
        name: who.
        kind: the real dances, what was made of them, or somebody who was named.
        figures: over all songs.
        by_style, by_song: over those of a style, and of one song.
        by_part: over those bars whose real movement occurs in training ("seen") and those in which it never does.
        left_out: songs not danced, with the reason.
        danced: what was danced.
        about: what this row is for, or what is to be known of the dances.
    """

    name: str
    kind: Kind
    figures: Mapping[str, Figure]
    by_style: Mapping[str, Mapping[str, Figure]]
    by_song: Mapping[str, Mapping[str, float]]
    by_part: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    danced: tuple[Danced, ...] = field(default=(), repr=False)
    about: str = ""


def figures(
    danced: Sequence[Danced],
    measures: Sequence[Measure] = MEASURES,
    *,
    weights: Sequence[float] | None = None,
    draws: bool = True,
    told: Callable[[Measure], None] | None = None,
) -> dict[str, Figure]:
    """Everything measured over some songs.

    Args:
        weights: of songs in means over them; alike by default.
        draws: whether to draw intervals.
        told: called before each measure.
    """
    found = {}
    for each in measures:
        if told is not None:
            told(each)
        found[each.name] = _figure(each, danced, weights, draws)
    return found


def by_song(danced: Sequence[Danced], measures: Sequence[Measure] = MEASURES) -> dict[str, dict[str, float]]:
    """Song by song what has a number of one song."""
    return {song.staged.name: {each.name: of_song(each, song) for each in measures} for song in danced}


def row(
    name: str,
    danced: Sequence[Danced],
    left_out: Mapping[str, str],
    measures: Sequence[Measure] = MEASURES,
    *,
    kind: Kind = "target",
    parts: Mapping[str, Sequence[Danced]] | None = None,
    draws: bool = True,
    about: str = "",
    told: Callable[[Measure], None] | None = None,
) -> Row:
    """Everything measured of what somebody danced.

    Args:
        parts: what of it was danced to bars of each sort, see `seen`.
        told: called before each measure.
    """
    # All songs first: what is computed of a song for them is known where styles ask for it, and it is told of.
    whole = figures(danced, measures, draws=draws, told=told)
    styles = dict.fromkeys(song.staged.style for song in danced)
    by_style = {
        style: figures([song for song in danced if song.staged.style == style], measures, draws=draws) for style in styles
    }
    parted = [each for each in measures if each.name in OF_PARTS]
    by_part = {
        part: figures(some, parted, weights=[len(each.staged.real) for each in some], draws=False)
        for part, some in (parts or {}).items()
        if some
    }
    return Row(name, kind, whole, by_style, by_song(danced, measures), by_part, left_out, tuple(danced), about)


def of_song(measure: Measure, song: Danced) -> float:
    """A measure of one song, taken once; nan where it has none."""

    def taken() -> float:
        try:
            return float("nan") if measure.of_song is None else measure.of_song(song)
        except TooFew:
            return float("nan")

    return song.kept(f"measure {measure.name}", taken)


def _figure(measure: Measure, danced: Sequence[Danced], weights: Sequence[float] | None, draws: bool) -> Figure:
    if measure.of_songs is not None:
        return _pooled(measure.of_songs, danced, draws and measure.interval)
    values = np.array([of_song(measure, song) for song in danced])
    there = np.isfinite(values)
    if not there.any():
        return Figure(float("nan"), None, len(danced), _why(measure, danced))
    finite = values[there]
    given = np.ones(len(finite)) if weights is None else np.asarray(weights, dtype=float)[there]
    value = float(np.average(finite, weights=given))
    if not draws or len(finite) < 2:
        return Figure(value, None, len(finite))
    return Figure(value, intervals.bootstrap_mean(finite, draws=MEAN_DRAWS), len(finite))


def _why(measure: Measure, danced: Sequence[Danced]) -> str:
    """What a song says of having no number."""
    for song in danced:
        try:
            if measure.of_song is not None:
                measure.of_song(song)
        except TooFew as little:
            return str(little)
    return ""


def _pooled(statistic: Callable[[Sequence[Danced]], float], danced: Sequence[Danced], draws: bool) -> Figure:
    def of(indices: Sequence[int] | np.ndarray) -> float:
        try:
            return statistic([danced[index] for index in indices])
        except TooFew:
            return float("nan")

    if not danced:
        return Figure(float("nan"), None, 0)
    try:
        value = statistic(danced)
    except TooFew as little:
        return Figure(float("nan"), None, len(danced), str(little))
    if not (draws and math.isfinite(value) and len(danced) > 1):
        return Figure(value, None, len(danced))
    return Figure(value, intervals.bootstrap(of, len(danced), draws=POOLED_DRAWS), len(danced))


def halved(real: Sequence[Danced], measures: Sequence[Measure]) -> Row:
    """The row of real dances in halves, each held against the other: what so few can do at best. Sets alone have halves."""
    found = {}
    for measure in measures:
        of_halves = measure.of_halves
        none = Figure(float("nan"), None, len(real))
        found[measure.name] = none if of_halves is None else _pooled(of_halves, real, draws=False)
    about = "The real dances in two halves, one held against the other, over several halvings: what so few can do at best."
    return Row(HALVES, "control", found, {}, {}, about=about)


def cut(danced: Danced, first: int, end: int) -> Danced:
    """The part of a dance from one frame to another, as a dance of its own to a part of the song; bars keep their beats."""
    staged = danced.staged
    start = first / staged.fps
    joins = staged.joins - start
    part: Staged = replace(
        staged,
        name=f"{staged.name}[{first}:{end}]",
        real=staged.real[first:end],
        keep=staged.keep[first:end],
        usable=staged.usable[first:end],
        joins=joins,
        beats=None if staged.beats is None else staged.beats - start,
        first_frame=staged.first_frame + first,
    )
    return Danced(
        part,
        tuple(dance[first:end] for dance in danced.by_seed if len(dance) >= end),
        context=danced.context,
        real=danced.real,
        spoilt=danced.spoilt,
    )
