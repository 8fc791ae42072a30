"""`ballo data check`: what is wrong with recorded dances, found by measurement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ballo.dataset.faults.fault import Fault
    from ballo.dataset.faults.findings import Findings, Looked, Progress

_WIDTH = 100
_COLOURS = {"serious": "red", "mild": "yellow", "note": "dim"}

# So many columns fit, with headings this short.
_COLUMNS = 14
_HEADS = {
    "sliding": "slide",
    "splices": "splice",
    "time base": "time",
    "out of step": "step",
    "frame rate": "rate",
    "tempo drift": "drift",
}
_UNITS = {"switches": "switch", "% of frames": "%"}


def check(
    source: Annotated[
        Path,
        typer.Argument(metavar="SRC", help="Published dances (a folder of DANCE_* folders, or of its releases), or your own."),
    ],
    dance: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Tell all about this dance, say C_4; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything measured, as JSON.")] = False,
) -> None:
    """Find what is wrong with recorded dances and their music; nothing is changed or written.

    The exit status is 1 if something serious was found, 0 if nothing was.
    """
    from rich.console import Console

    with _progress() as report:
        found = _find(source, dance, report)
    if as_json:
        print(json.dumps(found.as_json(), indent=1))
    else:
        console = Console(highlight=False)
        console.width = min(console.width, _WIDTH) if console.is_terminal else _WIDTH
        _print(console, found, in_full=bool(dance))
    if found.serious:
        raise typer.Exit(1)


def _find(source: Path, names: Sequence[str] | None, report: Progress) -> Findings:
    """What is wrong with the published dances in `source`, or with other people's."""
    from ballo.dataset import recordings
    from ballo.dataset.adapters import layouts
    from ballo.dataset.faults import find, performances

    adapter = layouts.find(source)
    if adapter is not None:
        return performances.find(*adapter.read(source, report), names or None, report)
    publication = recordings.read(source, progress=lambda name, done, total: report(f"reading {name}", done, total))
    published = [name if name.startswith("DANCE_") else f"DANCE_{name}" for name in names or ()]
    return find.find(publication, published or None, report)


@contextmanager
def _progress() -> Iterator[Progress]:
    """What is at hand, on standard error, where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    watched = Console(stderr=True)
    with Bar(console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task("reading")
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _print(console: Console, found: Findings, in_full: bool) -> None:
    minutes = sum(looked.seconds for looked in found.recordings) / 60
    names = {looked.dance for looked in found.recordings}
    console.print(
        f"{_count(len(names), 'dance')} in {_count(len(found.recordings), 'recording')}, {minutes:.1f} min; "
        f"{_count(found.songs, 'song')} listened to"
    )
    if not found.faults:
        console.print("[green]Nothing is wrong with them.[/]")
    elif in_full:
        _print_in_full(console, found)
    else:
        console.print(_summary(found.faults))
        _print_by_dance(console, found)
    _print_together(console, found, "These" if in_full else "All")
    for line in found.left_out:
        console.print(f"\n{line}", markup=False)
    if found.faults and not in_full:
        console.print("\nAll about one: --dance NAME. Everything measured: --json. What each fault is: docs/faults.md")


def _summary(faults: Sequence[Fault]) -> Table:
    """Each kind with how many dances have it and its worst case; of notes, which dances have it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ballo.dataset.faults import findings

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("fault", no_wrap=True)
    table.add_column("dances", justify="right")
    table.add_column("worst", no_wrap=True)
    table.add_column("", ratio=1)
    for kind, of_kind in findings.by_kind(faults).items():
        dances = list(dict.fromkeys(fault.dance for fault in of_kind))
        # What is missing is told by name; each file that is broken, by what is the matter with it; else the worst case.
        worst = of_kind[0]
        cases = of_kind if worst.kind == "unreadable" else of_kind[:1]
        told = [(_name(fault.dance, fault.release), fault.text) for fault in cases]
        if worst.unit == "files" and worst.severity == "note":
            told = [("", ", ".join(map(_brief, dances)))]
        for row, (name, text) in enumerate(told):
            first = (Text(kind, style=_COLOURS[worst.severity]), str(len(dances))) if row == 0 else ("", "")
            table.add_row(*first, name, Text(text))
    return table


def _print_by_dance(console: Console, found: Findings) -> None:
    """Each recording's faults by size, a column a kind; what all or few have is told in words."""
    from ballo.dataset.faults import findings

    known = {(looked.dance, looked.release) for looked in found.recordings}
    grouped = {where: faults for where, faults in _by_recording(found).items() if where in known}
    rows = {_brief(_name(*where)): {fault.kind: fault for fault in faults} for where, faults in grouped.items()}
    kinds = [kind for kind in findings.by_kind(found.faults) if any(kind in row for row in rows.values())]
    common = [kind for kind in kinds if len(rows) > 1 and _alike([row.get(kind) for row in rows.values()])]
    columns = [kind for kind in kinds if kind not in common and sum(kind in row for row in rows.values()) > 2][:_COLUMNS]
    if columns:
        console.print("[bold]By dance[/]: [red]serious[/] [yellow]mild[/] [dim]note[/]")
        console.print(_matrix(rows, columns))
    if common:
        console.print(f"Every one: {', '.join(common)}")
    for name, row in rows.items():
        rest = [_short(fault) for kind, fault in row.items() if kind not in columns and kind not in common]
        if rest:
            console.print(f"{name}{' also' if columns or common else ''}: {', '.join(rest)}")


def _matrix(rows: Mapping[str, Mapping[str, Fault]], columns: Sequence[str]) -> Table:
    """A row a recording, a column a kind of fault, its size in the cell."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("")
    for kind in columns:
        unit = next(row[kind].unit for row in rows.values() if kind in row)
        table.add_column(f"{_HEADS.get(kind, kind)}\n{_UNITS.get(unit, unit)}", justify="right", vertical="bottom")
    for name, row in rows.items():
        cells = [Text(f"{row[kind].size:g}", style=_COLOURS[row[kind].severity]) if kind in row else "" for kind in columns]
        table.add_row(name, *cells)
    return table


def _alike(faults: Sequence[Fault | None]) -> bool:
    """Whether all have the fault, and much the same size of it."""
    sizes = [fault.size for fault in faults if fault]
    return len(sizes) == len(faults) and max(sizes) <= 1.5 * min(sizes)


def _by_recording(found: Findings) -> dict[tuple[str, str], list[Fault]]:
    """Faults by recording; those of a song or of a file that is missing go to the dance's only or second recording."""
    releases = {looked.dance: looked.release for looked in found.recordings}
    known = {(looked.dance, looked.release) for looked in found.recordings}
    whole: dict[tuple[str, str], list[Fault]] = {}
    for fault in found.faults:
        release = fault.release if (fault.dance, fault.release) in known else releases.get(fault.dance, fault.release)
        whole.setdefault((fault.dance, release), []).append(fault)
    return whole


def _print_in_full(console: Console, found: Findings) -> None:
    """Each recording with a line for each of its faults."""
    from rich.table import Table
    from rich.text import Text

    for (dance, release), faults in _by_recording(found).items():
        looked = next((looked for looked in found.recordings if (looked.dance, looked.release) == (dance, release)), None)
        console.print(f"\n[bold]{_name(dance, release)}[/]{_length(looked)}")
        table = Table.grid(padding=(0, 2))
        for fault in faults:
            table.add_row("", Text(fault.kind, style=_COLOURS[fault.severity]), fault.text)
        console.print(table)


def _length(looked: Looked | None) -> str:
    return f"  {looked.frames:,} frames, {looked.seconds:.1f} s" if looked else ""


def _print_together(console: Console, found: Findings, which: str) -> None:
    """What the dances of a style come to together."""
    rows = [_together(style, found) for style in sorted({*found.steps, *found.movement})]
    if rows:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for row in rows:
            table.add_row(*row)
        console.print(f"\n[bold]{which} dances of a style together[/]")
        console.print(table)


def _together(style: str, found: Findings) -> tuple[str, str, str]:
    steps, movement = found.steps.get(style), found.movement.get(style)
    sync = f"steps on the beat {steps.resultant:.3f} of 1, p = {steps.p_value:.2f}" if steps else "no music"
    if movement is None or not movement.seconds:
        return style, sync, ""
    share = movement.shared_seconds / movement.seconds
    amount = f"{movement.seconds / 60:.1f} min of movement, {movement.fresh_seconds / 60:.1f} without what occurs again"
    return style, sync, f"{amount}; {share:.0%} in other dances too"


def _short(fault: Fault) -> str:
    """ "floor 44 cm"."""
    if fault.unit in ("dances", "files"):
        return fault.kind
    return f"{fault.kind} {fault.size:g}{'' if fault.unit.startswith(('x', '%')) else ' '}{fault.unit}"


def _name(dance: str, release: str) -> str:
    return (dance or "(all)") + (" first" if release == "first" else "")


def _brief(name: str) -> str:
    return name.removeprefix("DANCE_")


def _count(number: int, word: str) -> str:
    return f"{number} {word if number == 1 else word + 's'}"
