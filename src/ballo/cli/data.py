"""`ballo data`: published recordings to an archive that `ballo train` learns from."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import check

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    from ballo.dataset.archive import Archive, Dance
    from ballo.dataset.preparation import Preparation
    from ballo.dataset.recordings import Problem

_WIDTH = 100

app = typer.Typer(no_args_is_help=True)
app.command()(check.check)


@app.callback()
def data() -> None:
    """Make and look at archives of recorded dances."""


@app.command()
def prepare(
    source: Annotated[
        Path,
        typer.Argument(metavar="SRC", help="The published data: a folder of DANCE_* folders, or the folder of its releases."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="ARCHIVE", help="The archive's folder; replaced if it is one.")
    ],
    split: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which dances to learn from, as JSON; by default the one ballo is measured on."),
    ] = None,
) -> None:
    """Read published dances, repair them, and write them to an archive with their music.

    Every file that is missing or broken is named and the rest goes on; the exit status is 1 if a dance was lost by it.
    """
    from rich.console import Console
    from rich.progress import Progress

    from ballo.dataset import preparation, splits

    chosen_split = splits.read(split) if split else splits.shipped()
    watched = Console(stderr=True)
    with Progress(console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task("reading")
        prepared = preparation.prepare(
            source,
            output,
            chosen_split,
            lambda name, done, total: bar.update(task, description=name, completed=done, total=total),
        )
    console = Console()
    console.width = min(console.width, _WIDTH) if console.is_terminal else _WIDTH
    _print_summary(console, prepared)
    if not prepared.complete:
        raise typer.Exit(1)


def _print_summary(console: Console, prepared: Preparation) -> None:
    """What is in the archive, what was done to it, what is not in it and why."""
    archive = prepared.archive
    size_mb = sum(file.stat().st_size for file in archive.path.iterdir()) / 1e6
    console.print(f"Wrote {archive.path}: {_amount(archive.dances)} at {archive.fps:g} frames a second, {size_mb:.0f} MB")
    console.print(_contents(archive))
    sections = {
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


def _repairs(archive: Archive) -> list[tuple[str, str]]:
    """Each repair with its figures over the whole archive."""
    figures: dict[str, list[dict[str, Any]]] = {}
    for dance in archive.dances:
        for record in dance.provenance["repairs"]:
            figures.setdefault(record["name"], []).append(record["figures"])
    drifts = [known["published_drift_metres"] * 100 for known in figures["floor"]]
    frozen = [end - first for known in figures["left out"] for first, end in known["frozen"]]
    torn = sum(len(known["torn"]) for known in figures["left out"])
    rules = Counter(known["rule"] for known in figures["time base"])
    return [
        ("way", _way(figures["way"])),
        ("handedness", "published in a mirror: x negated, so that left is left"),
        ("time base", "frames put where the music has them: " + ", ".join(f"{n} by {rule}" for rule, n in rules.most_common())),
        ("spikes", f"{_sum(figures['spikes'], 'points')} points that jumped for a frame put back"),
        ("head", f"{_sum(figures['head'], 'frames')} frames bridged in which it had collapsed"),
        ("body", f"one dancer of constant bones for two people who took turns {_sum(figures['body'], 'switches')} times"),
        ("floor", f"levelled; it wandered by {min(drifts):.0f} to {max(drifts):.0f} cm within a dance"),
        (
            "unusable",
            f"{len(frozen)} frozen stretches ({sum(frozen) / archive.fps:.1f} s) and {torn} tears kept out of windows",
        ),
    ]


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
