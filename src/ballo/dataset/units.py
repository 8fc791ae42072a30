"""Choreographic units: about a bar of movement each, at their true place in a take, on whole beats of its grid.

The units were cut by hand, a fifth of a second off, and the beats they are said to last are not always right. Here each is
put on the take's own beats: it starts on a downbeat if it lasts a bar or more, and lasts as many beats as it is said to if it
has them. A unit of a take without a grid lasts from bound to bound and is stretched to whole bars of the music.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import dancer
from ballo.dataset.adapters.choreonet import Interval
from ballo.dataset.grids import Grid
from ballo.dataset.recordings import STYLES
from ballo.dataset.takes import Repair, Take

WALTZ, TANGO, REST = "W", "T", "0"
"""Letters of styles in a unit's tag; figure 0 is standing about: beginnings, ends, waiting."""

_SHORTER_BEATS = 1.0  # a unit this much shorter than it is said to be has fewer beats than it is said to have
_BOUND_BEATS = 0.9  # how far a hand-made bound may be off
_LOST_SHARE = 0.1  # a unit of which a take lacks more than this is not there
_BRIDGED_SHARE = 0.5  # a unit of which this much was recorded nowhere is not there
_ODD_TEMPO = 1.25  # a stretched unit this much faster or slower than others of its dancer is said to last wrong beats


@dataclass(frozen=True)
class Unit:
    """A unit ready to be danced.

    Args:
        tag: "C-1-1": style, figure, variant.
        take: the name of the take that it is cut from.
        start_seconds, end_seconds: in the take.
        beats: how many it lasts.
        in_tempo: whether it lies on the take's beats; if not, it is stretched to the music's.
        said_beats: how many the publication says it lasts.
        place: on which beat of a bar it starts; None where it goes with any.
    """

    tag: str
    take: str
    start_seconds: float
    end_seconds: float
    beats: int
    in_tempo: bool
    said_beats: int
    place: int | None = None

    @property
    def style(self) -> str:
        """ "cha-cha", "rumba", "tango" or "waltz"."""
        return STYLES[self.tag[0]]

    @property
    def rest(self) -> bool:
        """Whether it is standing about rather than a figure."""
        return is_rest(self.tag)

    def seconds(self, beat: np.ndarray) -> np.ndarray:
        """Where in the take its beat (counted from its first) lies; beyond its bounds the take goes on."""
        return self.start_seconds + beat * ((self.end_seconds - self.start_seconds) / self.beats)


def is_rest(tag: str) -> bool:
    """Whether a tag names standing about."""
    return tag.split("-")[1:2] == [REST]


def barless(tag: str) -> bool:
    """Whether a tag's style has bars too short (2/4), and beats too seldom right, to hold its units to a place in them."""
    return tag.startswith(TANGO)


def beats_a_bar(style: str) -> int:
    """How many beats a style counts to the bar; tango's bars of two are taken in pairs."""
    return 3 if style == STYLES[WALTZ] else 4


def bar_of(tag: str) -> int:
    """Beats a bar, by a tag's style."""
    return beats_a_bar(STYLES.get(tag[:1], ""))


def broken_off(interval: Interval, takes: Mapping[str, Take]) -> bool:
    """Whether a unit's take is there but ends before the unit does."""
    if interval.take not in takes or interval.end_frame is None:
        return False
    return interval.end_frame - len(takes[interval.take]) > _LOST_SHARE * (interval.end_frame - interval.first_frame)


def bridged(interval: Interval, takes: Mapping[str, Take]) -> bool:
    """Whether a rebuilt take shows next to nothing of a unit: no dance did, and what is there leads from others to others."""
    if interval.take not in takes or interval.end_frame is None:
        return False
    shown = takes[interval.take].repairs[round(interval.first_frame) : round(interval.end_frame)]
    return len(shown) > 0 and float(((shown & Repair.SPLICE) != 0).mean()) > _BRIDGED_SHARE


def cut(intervals: Sequence[Interval], takes: Mapping[str, Take], grids: Mapping[str, Grid]) -> dict[str, Unit]:
    """Every unit whose take is there, by tag; of two of one tag the first counts.

    Args:
        intervals: as published.
        takes: by name.
        grids: of those takes that have one.
    """
    units: dict[str, Unit] = {}
    tempi = tempi_of(intervals, takes, grids)
    for interval in intervals:
        if interval.take not in takes or interval.end_frame is None or interval.tag in units:
            continue
        take = takes[interval.take]
        if interval.take in grids:
            following = [other for other in intervals if other.take == interval.take]
            units[interval.tag] = _on_grid(interval, following, take, grids[interval.take])
        else:
            units[interval.tag] = _stretched(interval, take, tempi[who_of(take, interval.tag)])
    return units


def _on_grid(interval: Interval, others: Sequence[Interval], take: Take, grid: Grid) -> Unit:
    """A unit on the beats of its take."""
    start, end = (float(grid.beat(frame / take.fps)) for frame in (interval.first_frame, interval.end_frame or 0.0))
    first, last = float(grid.beat(0.0)), float(grid.beat((len(take) - 1) / take.fps))
    together = {WALTZ: grid.bar, TANGO: 1}.get(interval.tag[0], 2)
    if is_rest(interval.tag) or ((interval.beats or 1) % grid.bar == 0 and not barless(interval.tag)):
        together = grid.bar
    beats = interval.beats or 0
    if not beats or barless(interval.tag) or end - start < beats - _SHORTER_BEATS:
        beats = max(together, together * round((end - start) / together))
    # Where there is more movement than beats, what leads into the next unit is kept.
    goes_on = any(abs(float(grid.beat(other.first_frame / take.fps)) - end) < 0.5 for other in others if other is not interval)
    wanted = end - beats if goes_on and end - start > beats + _SHORTER_BEATS else start
    low, high = min(start, wanted) - _BOUND_BEATS, max(start, wanted) + _BOUND_BEATS
    within = np.arange(np.ceil(max(low, first)), np.floor(min(high, last - beats)) + 1)
    if not len(within):
        within = np.array([np.clip(round(wanted), np.ceil(first), max(np.ceil(first), np.floor(last - beats)))])
    on = grid.bar if beats >= grid.bar and not barless(interval.tag) else together
    off_bar = (within - grid.downbeat) % on
    misplaced = np.minimum(off_bar, on - off_bar)
    chosen = float(within[np.lexsort((np.abs(within - wanted), misplaced))[0]])
    bounds = grid.seconds(np.array([chosen, chosen + beats]))
    place = None if barless(interval.tag) else int((chosen - grid.downbeat) % grid.bar)
    return Unit(interval.tag, take.name, float(bounds[0]), float(bounds[1]), beats, True, interval.beats or beats, place)


def _stretched(interval: Interval, take: Take, tempo: float) -> Unit:
    """A unit from bound to bound."""
    start, end = interval.first_frame / take.fps, min((interval.end_frame or 0.0) / take.fps, (len(take) - 1) / take.fps)
    beats, bar = interval.beats, bar_of(interval.tag)
    # Standing about goes with any number of beats: whole bars keep what follows on its bar.
    broken_bar = is_rest(interval.tag) and (beats or 0) % bar != 0
    if not beats or broken_bar or not 1 / _ODD_TEMPO < (end - start) / beats / tempo < _ODD_TEMPO:
        beats = max(bar, bar * round((end - start) / tempo / bar))
    return Unit(interval.tag, take.name, start, end, beats, False, interval.beats or beats)


def tempi_of(
    intervals: Sequence[Interval], takes: Mapping[str, Take], grids: Mapping[str, Grid]
) -> dict[tuple[str, bool], float]:
    """The beat period in seconds at which each of the two dancers dances each style: of a grid, or the middle of her units.

    Standing about counts only where there is nothing else: nobody stands about in time.
    """
    known: dict[tuple[str, bool], list[float]] = {}
    said: dict[tuple[str, bool], list[float]] = {}
    rests: dict[tuple[str, bool], list[float]] = {}
    for interval in intervals:
        if interval.take not in takes or interval.end_frame is None or not interval.beats:
            continue
        take = takes[interval.take]
        who = who_of(take, interval.tag)
        if interval.take in grids:
            known.setdefault(who, []).append(grids[interval.take].period_seconds)
        beat = (interval.end_frame - interval.first_frame) / take.fps / interval.beats
        (rests if is_rest(interval.tag) else said).setdefault(who, []).append(beat)
    return {who: float(np.median(known.get(who) or said.get(who) or rests[who])) for who in said | rests}


def who_of(take: Take, tag: str) -> tuple[str, bool]:
    """Which style, and whether the taller of the two dancers dances it."""
    return tag[0], take.leg_metres > dancer.leg_length() * 0.95
