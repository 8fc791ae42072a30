"""What `ballo data prepare` says when it is done: what is in the archive, what was done to it, what is not in it and why."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    from ballo.dataset.archive import Archive, Dance
    from ballo.dataset.preparation import Preparation
    from ballo.dataset.recordings import Problem

WIDTH = 100


def show(console: Console, prepared: Preparation) -> None:
    """Print it."""
    archive = prepared.archive
    size_mb = sum(file.stat().st_size for file in archive.path.iterdir()) / 1e6
    console.print(f"Wrote {archive.path}: {_amount(archive.dances)}, {archive.grade}, {archive.fps:g} fps, {size_mb:.0f} MB")
    if prepared.reused:
        console.print(f"{len(prepared.reused)} of them as they were: nothing that they are made from has changed")
    console.print(_contents(archive))
    sections = {
        "Danced anew": _remastering(archive),
        "Repaired": _repairs(archive),
        "Left out": _skipped(prepared.skipped),
        "Absent": _absent([problem for problem in prepared.problems if problem.expected]),
        "Missing or broken": [(problem.path, problem.reason) for problem in prepared.problems if not problem.expected],
    }
    for title, rows in sections.items():
        if rows:
            console.print(f"\n[bold]{title}[/]")
            console.print(_two_columns(rows))


def _contents(archive: Archive) -> Table:
    """Dances and minutes by style and part of the split."""
    from rich import box
    from rich.table import Table

    from ballo.dataset.splits import MOTION_ONLY, TRAIN, VALIDATION

    parts = {TRAIN: "train", VALIDATION: "validation", MOTION_ONLY: "motion only (no music)"}
    table = Table("", *parts.values(), box=box.SIMPLE_HEAD, pad_edge=False)
    for style in archive.styles:
        table.add_row(style, *(_amount([d for d in archive.select(part) if d.style == style]) for part in parts))
    return table


def _amount(dances: Sequence[Dance]) -> str:
    minutes = sum(dance.seconds for dance in dances) / 60
    return f"{len(dances)} {'dance' if len(dances) == 1 else 'dances'}, {minutes:.1f} min" if dances else "-"


def _two_columns(rows: Sequence[tuple[str, str]]) -> Padding:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, text in rows:
        table.add_row(Text(name, overflow="fold"), Text(text, overflow="fold"))
    return Padding(table, (0, 0, 0, 2))


def _remastering(archive: Archive) -> list[tuple[str, str]]:
    """What a remastered archive was danced from; nothing of any other."""
    takes = archive.manifest.get("takes", {})
    anew = [dance for dance in archive.dances if "missing" in dance.provenance]
    if not anew:
        return []
    grids = [take["grid"] for take in takes.values() if take["grid"]]
    rules = Counter(grid["rule"] for grid in grids)
    minutes = sum(take["seconds"] for take in takes.values()) / 60
    rebuilt = [name for name, take in takes.items() if any(record["name"] == "rebuilt" for record in take["records"])]
    held_out = sorted({unit.tag for unit in archive.units if unit.held_out})
    missing = [f"{dance.name} {first:.0f} to {last:.0f} s ({tag})" for dance in anew for tag, first, last in _missing(dance)]
    rows = [
        ("takes", f"{len(takes)}, {minutes:.1f} min" + (f"; {', '.join(rebuilt)} rebuilt from its dances" if rebuilt else "")),
        (
            "beats",
            f"{len(grids)} takes on beats of their own, by " + ", ".join(f"{rule} ({n})" for rule, n in rules.most_common()),
        ),
        ("joins", f"{sum(len(dance.joins) for dance in anew)} in {len(anew)} dances, led into one another"),
        ("held out", f"{', '.join(held_out)}: in no training window" if held_out else ""),
        ("no clip", "; ".join(missing)),
    ]
    return [row for row in rows if row[1]]


def _missing(dance: Dance) -> list[tuple[str, float, float]]:
    return list(dance.provenance["missing"])


def _repairs(archive: Archive) -> list[tuple[str, str]]:
    """Each repair with its figures over all dances that it was done to."""
    figures: dict[str, list[dict[str, Any]]] = {}
    for dance in archive.dances:
        for record in dance.provenance.get("repairs", ()):
            figures.setdefault(record["name"], []).append(record["figures"])
    said: dict[str, Callable[[Sequence[dict[str, Any]]], str]] = {
        "way": _way,
        "handedness": lambda _: "published in a mirror: x negated, so that left is left",
        "time base": _time_base,
        "spikes": lambda known: f"{_sum(known, 'points')} points that jumped for a frame put back",
        "head": lambda known: f"{_sum(known, 'frames')} frames bridged in which it had collapsed",
        "body": lambda known: f"one dancer of constant bones for two people who took turns {_sum(known, 'switches')} times",
        "floor": _floor,
        "left out": lambda known: _left_out(known, archive.fps),
    }
    return [(name, say(figures[name])) for name, say in said.items() if name in figures]


def _time_base(figures: Sequence[dict[str, Any]]) -> str:
    rules = Counter(known["rule"] for known in figures)
    return "frames put where the music has them: " + ", ".join(f"{n} by {rule}" for rule, n in rules.most_common())


def _floor(figures: Sequence[dict[str, Any]]) -> str:
    drifts = [known["published_drift_metres"] * 100 for known in figures]
    return f"levelled; it wandered by {min(drifts):.0f} to {max(drifts):.0f} cm within a dance"


def _left_out(figures: Sequence[dict[str, Any]], fps: float) -> str:
    frozen = [end - first for known in figures for first, end in known["frozen"]]
    torn = sum(len(known["torn"]) for known in figures)
    return f"{len(frozen)} frozen stretches ({sum(frozen) / fps:.1f} s) and {torn} tears kept out of windows"


def _way(figures: Sequence[dict[str, Any]]) -> str:
    slides = [(known["published_slide"], known["mended_slide"]) for known in figures if known["clips"]]
    if not slides:
        return "as published: no script tells the dances' clips"
    published, mended = (statistics.median(column) * 100 for column in zip(*slides, strict=True))
    clips = _sum(figures, "clips")
    return f"{clips} clips turned where their feet go: the lower foot slides at {mended:.0f} cm/s, not {published:.0f}"


def _sum(figures: Sequence[dict[str, Any]], key: str) -> int:
    return sum(known[key] for known in figures)


def _skipped(skipped: dict[str, str]) -> list[tuple[str, str]]:
    """Each reason with the dances that it keeps out."""
    return _grouped((reason, name) for name, reason in skipped.items())


def _absent(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """Each kind of file with the dances that the publication has none for."""
    return _grouped((PurePosixPath(problem.path).name, problem.dance or problem.path) for problem in problems)


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each first with all its seconds."""
    groups: dict[str, list[str]] = {}
    for first, second in pairs:
        groups.setdefault(first, []).append(second)
    return [(first, ", ".join(seconds)) for first, seconds in groups.items()]
