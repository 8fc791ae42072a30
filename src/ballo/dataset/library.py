"""Everything that can be danced: the takes, their beats, and the units cut from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballo.dataset import chaining, grids, rebuilding, takes, units
from ballo.dataset.adapters import choreonet
from ballo.dataset.adapters.choreonet import Interval
from ballo.dataset.grids import Grid
from ballo.dataset.recordings import SECOND, Problem, Progress, Publication, Script, sha256
from ballo.dataset.takes import Take
from ballo.dataset.units import Unit

HELD_OUT_SHARE = 0.1
"""Of the units of each style, at least one: they are in no training window, so that a model can be asked about new movement."""

WORKERS = 2

FACTS = ("takes",)
"""What the manifest of an archive knows of the library."""


@dataclass(frozen=True, eq=False)
class Library:
    """Takes and units.

    Args:
        takes: by name.
        grids: of the takes that have one.
        units: by tag.
        known: every tag that the publication cut, whether or not its take is here.
        held_out: tags of units kept out of training.
        scripts: of the dances to learn from, by name.
    """

    takes: Mapping[str, Take]
    grids: Mapping[str, Grid]
    units: Mapping[str, Unit]
    known: frozenset[str]
    held_out: frozenset[str]
    scripts: Mapping[str, Script] = field(default_factory=dict)

    def of_style(self, style: str) -> list[Unit]:
        """Its units, in the order of their tags."""
        return sorted((unit for unit in self.units.values() if unit.style == style), key=lambda unit: unit.tag)

    def described(self) -> dict[str, Any]:
        """Takes and grids for a manifest."""
        used = {unit.take for unit in self.units.values()}
        return {
            "takes": {
                name: {
                    "seconds": round(len(take) / take.fps, 3),
                    "records": [record.as_json() for record in take.records],
                    "grid": _grid(self.grids.get(name)),
                }
                for name, take in sorted(self.takes.items())
                if name in used
            },
        }


def _grid(grid: Grid | None) -> dict[str, Any] | None:
    return None if grid is None else {key: round(v, 5) if isinstance(v, float) else v for key, v in vars(grid).items()}


def key_of(folder: Path, publication: Publication) -> str:
    """A hash of everything that a library is made of, without making it."""
    parts = [sha256(file) for file in [*choreonet.take_files(folder), folder / choreonet.INTERVALS]]
    # Any take that is not there is rebuilt from what is danced of it; songs have no part in that.
    moved = [recording.sha256 for recording in publication.recordings if recording.release == SECOND]
    parts += sorted(f"{path} {hashed}" for files in moved for path, hashed in files.items() if path.endswith(".json"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def build(
    folder: Path, source: Path, publication: Publication, validation: Iterable[str], progress: Progress | None = None
) -> tuple[Library, list[Problem]]:
    """Read the takes that units are cut from, find their beats, cut the units, and choose which to hold out.

    Args:
        folder: choreonet's.
        source: what paths in problems are relative to.
        publication: the dances; a take that is not there is rebuilt from them.
        validation: the dances that models are measured on.
    """
    intervals, problems = choreonet.read_intervals(folder / choreonet.INTERVALS, source)
    wanted = {interval.take for interval in intervals}
    files = [file for file in choreonet.take_files(folder) if file.stem in wanted]
    markers, unread = choreonet.read_takes(files, source, progress)
    found: dict[str, Take] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for each, made in zip(markers, pool.map(_made, markers), strict=True):
            if isinstance(made, Take):
                found[made.name] = made
            else:
                file = folder / choreonet.TAKES / f"{each.name}.c3d"
                problems.append(Problem(file.relative_to(source).as_posix(), made, expected=False))
    found |= _rebuilt(intervals, wanted - set(found), publication)
    known = frozenset(interval.tag for interval in intervals)
    lost = [interval for interval in intervals if units.broken_off(interval, found)]
    for take in sorted({interval.take for interval in lost}):
        tags = ", ".join(interval.tag for interval in lost if interval.take == take)
        reason = f"take {take} has {len(found[take])} frames and ends before {tags}: waits there"
        problems.append(Problem((folder / choreonet.INTERVALS).relative_to(source).as_posix(), reason, expected=False))
    intervals = [each for each in intervals if each not in lost and not units.bridged(each, found)]
    grid_of = _grids(intervals, found)
    cut = units.cut(intervals, found, grid_of)
    held_out = choose_held_out(cut, publication, validation)
    return Library(found, grid_of, cut, known, held_out), [*problems, *unread]


def _made(markers: choreonet.Markers) -> Take | str:
    """A take, or why it is none."""
    try:
        take = takes.from_markers(markers)
    except ValueError as error:
        return str(error)
    take.play  # noqa: B018  made now, while others are made
    return take


def _rebuilt(intervals: Sequence[Interval], absent: set[str], publication: Publication) -> dict[str, Take]:
    """Takes that are not there, as far as published dances of their style show them."""
    found = {}
    for name in sorted(absent):
        cut = [interval for interval in intervals if interval.take == name]
        letter = cut[0].tag[0]
        dances = [r for r in publication.recordings if r.release == SECOND and r.name.split("_")[1] == letter]
        take = rebuilding.rebuild(name, cut, dances, chaining.turns_by_dance(dances))
        if take is not None:
            found[name] = take
    return found


def _grids(intervals: Sequence[Interval], found: Mapping[str, Take]) -> dict[str, Grid]:
    """The takes' grids; where one is faint, another take of the same dance says where to look."""
    by_take = {name: [interval for interval in intervals if interval.take == name] for name in found}
    grid_of: dict[str, Grid] = {}
    for near in (False, True):
        for name, cut in by_take.items():
            if name in grid_of or not cut:
                continue
            same = [grid_of[other].period_seconds for other in grid_of if near and by_take[other][0].tag[0] == cut[0].tag[0]]
            for period in same if near else [None]:
                grid = grids.find(found[name], cut, units.bar_of(cut[0].tag), period)
                if grid is not None and name not in grid_of:
                    grid_of[name] = grid
    return grid_of | _matched(by_take, found, grid_of, units.tempi_of(intervals, found, grid_of))


def _matched(
    by_take: Mapping[str, Sequence[Interval]],
    found: Mapping[str, Take],
    grid_of: Mapping[str, Grid],
    tempi: Mapping[tuple[str, bool], float],
) -> dict[str, Grid]:
    """Grids of takes that have none of their own, by their likeness to the take of their dance that shows its bars best."""
    matched = {}
    for name, cut in by_take.items():
        figures = [interval for interval in cut if not units.is_rest(interval.tag)]
        if name in grid_of or not figures or units.barless(figures[0].tag):
            continue
        same = [other for other in grid_of if by_take[other][0].tag[0] == figures[0].tag[0]]
        if same:
            best = max(same, key=lambda other: grid_of[other].fold)
            like = grids.profile(found[best], grid_of[best], by_take[best])
            tempo = tempi[units.who_of(found[name], figures[0].tag)]
            grid = grids.match(found[name], figures, like, grid_of[best].bar, tempo)
            if grid is not None:
                matched[name] = grid
    return matched


def choose_held_out(cut: Mapping[str, Unit], publication: Publication, validation: Iterable[str]) -> frozenset[str]:
    """A tenth of each style's figures: such as validation dances show, and of those the ones that training misses least.

    Standing about is not held out. What ties is decided by hash.
    """
    scripts = publication.scripts
    judged = set(validation)
    shown = {tag for name in judged & set(scripts) for tag in scripts[name].tags}
    uses: dict[str, int] = {}
    for name, script in scripts.items():
        for tag in script.tags if name not in judged else ():
            uses[tag] = uses.get(tag, 0) + 1
    chosen: set[str] = set()
    for style in sorted({unit.style for unit in cut.values()}):
        figures = [unit for unit in cut.values() if unit.style == style and not unit.rest]
        count = max(1, round(HELD_OUT_SHARE * len(figures))) if len(figures) > 1 else 0
        ranked = sorted(
            figures,
            key=lambda unit: (
                unit.tag not in shown,
                uses.get(unit.tag, 0) * unit.beats,
                hashlib.sha256(unit.tag.encode()).digest(),
            ),
        )
        chosen |= {unit.tag for unit in ranked[:count]}
    return frozenset(chosen)
