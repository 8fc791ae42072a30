"""Dances danced anew: each script's units from their takes, on the beats of its song.

A script says which units follow one another; what it says about time does not hold (see docs/data.md). A remastered dance
starts on the first bar at or after the published start, and each unit lasts its own beats. HOLD goes on with the take of the
unit before; START is a beginning of the same style. Where the publication has no clip at all the dancer waits, and the seconds
are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ballo.dataset.archive import Beats
from ballo.dataset.archiving import NO_UNIT, Origin
from ballo.dataset.library import Library
from ballo.dataset.recordings import FPS, Script
from ballo.dataset.rendering import Placement, Rendered, render
from ballo.dataset.repair import runs
from ballo.dataset.takes import Repair
from ballo.dataset.units import Unit

START, HOLD, END = "START", "HOLD", "END"
WORDS = (START, HOLD, END)
"""What scripts say besides units."""


@dataclass(frozen=True, eq=False)
class Score:
    """Where a dance can be: the beats of its song, in seconds of the song, and where the song's sound ends.

    Args:
        beats: as `archive.Beats`, but counted from the song's start.
        end_seconds: nothing is danced after this.
    """

    beats: Beats
    end_seconds: float


@dataclass(frozen=True, eq=False)
class Remastered:
    """A remastered dance.

    Args:
        rendered: the dance.
        placements: what it is made of.
        start_seconds: where in the song its first frame lies.
        beats: from its first frame.
        missing: (tag, first second, last second) of what no clip was published of, in seconds of the dance.
        left: how many of the script's items had no room before the song's end.
        withheld: (T,) which frames show movement that is kept out of training, under whatever name.
    """

    rendered: Rendered
    placements: tuple[Placement, ...]
    start_seconds: float
    beats: Beats
    missing: tuple[tuple[str, float, float], ...]
    left: int
    withheld: np.ndarray

    @property
    def origin(self) -> Origin:
        """Where its frames come from."""
        cut = [(placed.unit.tag, placed.unit.take) for placed in self.placements]
        names = tuple(dict.fromkeys(unit for unit in cut if unit[0] not in WORDS))
        number = np.array([names.index(unit) if unit in names else NO_UNIT for unit in cut], np.int16)
        rendered = self.rendered
        return Origin(names, number[rendered.placement], rendered.source_seconds.astype(np.float32), rendered.repairs)

    def provenance(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "start_seconds_in_song": round(self.start_seconds, 6),
            "joins": [round(join, 3) for join in self.rendered.joins],
            "missing": [[tag, round(first, 2), round(last, 2)] for tag, first, last in self.missing],
            "left_of_script": self.left,
        }


def perform(script: Script, style: str, score: Score, library: Library, fps: float, from_seconds: float) -> Remastered | None:
    """A script danced on the beats of a song, or None if the song has no bar left to dance.

    Args:
        from_seconds: where in the song the published dance starts.
        fps: frames a second of the result.
    """
    beats, first = score.beats, first_bar(score.beats, from_seconds)
    if first is None:
        return None
    library = paced(library, beats)
    last = int(np.searchsorted(beats.seconds, score.end_seconds, side="right")) - 1
    placements: list[Placement] = []
    missing, at, left = [], first, 0
    for item, (tag, said) in enumerate(zip(script.tags, script.beats, strict=True)):
        unit = unit_of(tag, said, style, library, placements[-1].unit if placements else None)
        if unit is None:
            continue
        at = _on_its_bar(placements, unit, at, beats, library)
        if at + unit.beats > last:
            left = len(script.tags) - item
            break
        placements.append(Placement(unit, at, item))
        if unit.start_seconds == unit.end_seconds and tag != HOLD:
            missing.append((tag, float(beats.seconds[at]), float(beats.seconds[at + unit.beats])))
        at += unit.beats
    if not placements:
        return None
    start = float(beats.seconds[first])
    rendered = render(placements, library.takes, beats.seconds, fps, start)
    gone = tuple((tag, begun - start, ended - start) for tag, begun, ended in missing)
    counted = replace(beats, seconds=beats.seconds - start)
    return Remastered(rendered, tuple(placements), start, counted, gone, left, _withheld(placements, rendered, library))


def _withheld(placements: Sequence[Placement], rendered: Rendered, library: Library) -> np.ndarray:
    """(T,) whether a frame lies in a held-out unit's stretch of its take: what goes on after one unit may be the next."""
    shown = np.array([placed.unit.take for placed in placements])[rendered.placement]
    withheld = np.array([placed.unit.tag in library.held_out for placed in placements])[rendered.placement]
    for unit in (library.units[tag] for tag in sorted(library.held_out & set(library.units))):
        since, until = rendered.source_seconds - unit.start_seconds, rendered.source_seconds - unit.end_seconds
        withheld |= (since > -1e-6) & (until < -1e-6) & (shown == unit.take)
    return withheld


def first_bar(beats: Beats, seconds: float) -> int | None:
    """The first beat that opens a bar, at `seconds` or later (half a beat earlier will do), or None."""
    slack = float(np.median(np.diff(beats.seconds))) / 2
    bars = np.flatnonzero((beats.positions == 0) & (beats.seconds >= seconds - slack) & (beats.seconds >= 0))
    return int(bars[0]) if len(bars) else None


def steady(script: Script, bar: int, frames: int) -> Score:
    """The beats of a dance without music: the even ones that its published length gives, from 0.

    Args:
        frames: how long it is, at 25 frames a second.
    """
    total = sum(script.beats)
    seconds = np.arange(total + 2 * bar) * (frames / FPS / total)
    return Score(Beats(seconds, np.arange(len(seconds)) % bar, bar), float(seconds[-1]))


def paced(library: Library, beats: Beats) -> Library:
    """The library as it is danced to a song: standing about lasts as many of its bars as leave it nearest to its own pace."""
    return replace(library, units={tag: _at_rest(unit, beats) for tag, unit in library.units.items()})


def _at_rest(unit: Unit, beats: Beats) -> Unit:
    """A unit of standing about on as many bars of the song as leave it nearest to its own pace; any other as it is."""
    if unit.in_tempo or not unit.rest or unit.start_seconds == unit.end_seconds:
        return unit
    bars = (unit.end_seconds - unit.start_seconds) / float(np.median(np.diff(beats.seconds))) / beats.metre
    nearest = min((max(1, int(bars)), int(bars) + 1), key=lambda number: abs(np.log(number / bars)))
    return replace(unit, beats=nearest * beats.metre)


def unit_of(tag: str, said: int, style: str, library: Library, before: Unit | None) -> Unit | None:
    """What to dance for an item of a script; standing still where there is nothing; None where there is nobody to stand."""
    if tag in library.units:
        return library.units[tag]
    if tag == HOLD and before is not None:
        return _going_on(before, said, library)
    if tag in (START, END):
        rests = [unit for unit in library.of_style(style) if unit.rest]
        fitting = sorted(rests, key=lambda unit: (abs(unit.said_beats - said), unit.tag))
        if fitting:
            return fitting[0]
    if before is None:
        return None
    return Unit(tag, before.take, before.end_seconds, before.end_seconds, said, False, said)


def _on_its_bar(placements: list[Placement], unit: Unit, at: int, beats: Beats, library: Library) -> int:
    """Where a unit of a bar or more can start so that it is danced on the beats of the bar that it was danced on.

    A wait before it is made longer or shorter, in place; without one, the take before goes on until then.
    """
    if unit.place is None or not placements or not barred(placements[-1].unit, unit, beats.metre):
        return at
    before = placements[-1]
    waited = 0
    if before.unit.tag == HOLD and len(placements) > 1:
        waited, at = before.unit.beats, before.beat
        placements.pop()
        before = placements[-1]
    wait = (unit.place - int(beats.positions[at])) % beats.metre
    wait += waited // beats.metre * beats.metre
    if wait and at + wait < len(beats.seconds):
        placements.append(Placement(_going_on(before.unit, wait, library), at, before.source))
    return at + wait


def barred(before: Unit, unit: Unit, metre: int) -> bool:
    """Whether a unit is held to its place in the bar: if it lasts a bar or more, and its take does not just go on."""
    return unit.place is not None and unit.beats >= metre and not contiguous(before, unit)


def contiguous(before: Unit, after: Unit) -> bool:
    """Whether a take goes on from one unit to the other."""
    return before.take == after.take and before.end_seconds == after.start_seconds


def _going_on(before: Unit, beats: int, library: Library) -> Unit:
    """The movement after a unit, for some beats, if its take goes on that long; else its last pose."""
    period = (before.end_seconds - before.start_seconds) / before.beats
    end = before.end_seconds + beats * period
    take = library.takes[before.take]
    if end > (len(take) - 1) / take.fps:
        end = before.end_seconds
    return Unit(HOLD, before.take, before.end_seconds, end, beats, before.in_tempo, beats)


def usable(remastered: Remastered, heard_frames: int, withhold: bool) -> tuple[tuple[int, int], ...]:
    """Ranges of frames worth learning from: danced, heard, and not held out.

    Args:
        heard_frames: frames before the song ends.
        withhold: whether held-out movement is kept out of them.
    """
    rendered = remastered.rendered
    good = (rendered.repairs & Repair.HELD) == 0
    good[heard_frames:] = False
    if withhold:
        good &= ~remastered.withheld
    return runs(good)


def unknown_tags(script: Script, library: Library) -> Mapping[str, int]:
    """Tags that nobody ever cut, with how often the script asks for them."""
    strange = [tag for tag in script.tags if tag not in library.known and tag not in WORDS]
    return {tag: strange.count(tag) for tag in dict.fromkeys(strange)}
