"""`ballo data report`: what is in an archive and how good it is, as a table here and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console
from ballo.errors import ExportError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ballo.report.contents import Contents
    from ballo.report.measures import OfStyle
    from ballo.report.report import Progress, Report
    from ballo.report.rows import Group, Row

_WIDTH = 100
_WRITTEN = (".html", ".json")
_COLOURS = {True: "green", False: "red", None: ""}

EXAMPLES = """\b
Examples:
  ballo data report archive                                          a table
  ballo data report archive -o report.html                           a page to read or send
  ballo data report archive --before published -o report.html        beside another archive
"""


def report(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A folder that `ballo data prepare` wrote.")],
    before: Annotated[
        Path | None,
        typer.Option(metavar="ARCHIVE", help="Another archive to set beside it, say of the same data --as published."),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it: .html or .json; may be given twice."),
    ] = None,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every figure as JSON.")] = None,
) -> None:
    """Say what is in an archive and how good it is: in time, on the floor, at the joins, in the bones.

    The page is one file that needs nothing else, with a drawing of what each dance is made of.
    """
    from rich.console import Console

    from ballo.dataset.archive import Archive
    from ballo.report import report as reports

    paths = dict.fromkeys(output or [])
    for path in paths:
        _check(path, path.suffix.lower())
    if as_json is not None:
        _check(as_json, ".json")
    opened, other = Archive.open(archive), Archive.open(before) if before is not None else None
    with _progress() as progress:
        made = reports.make(opened, other, progress)
    printed = Console(highlight=False)
    printed.width = min(printed.width, _WIDTH) if printed.is_terminal else _WIDTH
    _print(printed, made)
    for path in paths:
        _write(made, path, path.suffix.lower())
    if as_json is not None:
        _write(made, as_json, ".json")


def _check(path: Path, suffix: str) -> None:
    """Refuse a file that could not be written in the end, or that an archive would be damaged by."""
    from ballo.dataset.archive import is_archive
    from ballo.motion.formats import check_place

    if suffix not in _WRITTEN:
        raise ExportError(f"cannot write {path.name}: choose a suffix among {', '.join(_WRITTEN)}")
    if is_archive(path.parent):
        raise ExportError(f"cannot write {path}: that folder is an archive; write beside it")
    check_place(path)


def _write(made: Report, path: Path, suffix: str) -> None:
    from ballo.motion.formats import whole

    if suffix == ".html":
        from ballo.report.page.page import page

        written = page(made)
    else:
        written = json.dumps(made.as_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    with whole(path) as unfinished:
        unfinished.write_text(written, encoding="utf-8")
    console.say(f"Wrote {path}  ({len(written.encode()) / 1000:,.0f} kB)")


@contextmanager
def _progress() -> Iterator[Progress]:
    """What is at hand, on standard error, where somebody watches."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    watched = Console(stderr=True)
    with Bar(console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task("listening")
        yield lambda name, done, total: bar.update(task, description=f"listening to {name}", completed=done, total=total)


def _print(printed: Console, made: Report) -> None:
    contents = made.contents
    facts = [f"{len(contents.strips)} dances", f"{contents.seconds / 60:.1f} min", contents.grade, f"{contents.fps:g} fps"]
    if contents.distinct_seconds is not None:
        facts.insert(2, f"{contents.distinct_seconds / 60:.1f} min of different movement")
    printed.print(f"{contents.name}: {', '.join(facts)}", markup=False)
    printed.print(_amounts(contents))
    if made.before is not None:
        printed.print(f"Measured: {made.before.grade} → {made.now.grade}", markup=False)
    for styles in _side_by_side(made, printed.width):
        printed.print(_measures(made, styles))
    if not any(measured.heard for measured in made.now.by_style.values()) and any(strip.music for strip in contents.strips):
        printed.print("The beats of its music are not in it: --before REMASTERED, of the same songs, tells them")
    printed.print("green is good; p is by random shifts of the songs; what each row means: docs/data.md")


def _amounts(contents: Contents) -> Table:
    """Dances, minutes and windows by style and part of the split."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table("", *contents.splits, box=box.SIMPLE_HEAD, pad_edge=False)
    for style in contents.styles:
        cells = []
        for split in contents.splits:
            found = [a for a in contents.amounts if (a.style, a.split) == (style, split)]
            cells.append(f"{found[0].dances}, {found[0].seconds / 60:.1f} min, {found[0].windows} windows" if found else "-")
        table.add_row(Text(style), *cells)
    return table


def _side_by_side(made: Report, width: int) -> Iterator[list[str]]:
    """The styles, as many at once as there is room for; one at least."""
    from ballo.report.rows import GROUPS

    rows = [(group, row) for group in GROUPS for row in group.rows]
    # Of each column there is a space of padding and one between columns, and one at either edge of the table.
    titles = 4 + max(max(len(group.title), len(row.title) + 2) for group, row in rows)
    beside: list[str] = []
    left = width - titles
    for style in made.styles:
        needed = 2 + max(len(style), *(len(_cell(made, group, row, style, judged=False)) for group, row in rows))
        if beside and needed > left:
            yield beside
            beside, left = [], width - titles
        beside.append(style)
        left -= needed
    yield beside


def _measures(made: Report, styles: Sequence[str]) -> Table:
    """A row a measure, a column a style; what was before on the left of an arrow."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ballo.report.rows import GROUPS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for style in styles:
        table.add_column(Text(style), justify="right", no_wrap=True)
    for group in GROUPS:
        table.add_row(Text(group.title, style="bold"))
        for index, row in enumerate(group.rows):
            cells = [_cell(made, group, row, style, judged=index == 0) for style in styles]
            table.add_row(Text(f"  {row.title}"), *cells)
    return table


def _cell(made: Report, group: Group, row: Row, style: str, judged: bool) -> Text:
    from rich.text import Text

    def of(found: OfStyle | None) -> Text:
        return Text(row.text(found), style=_COLOURS[group.verdict(found) if judged and found is not None else None])

    now = of(made.now.by_style.get(style))
    if made.before is None:
        return now
    return Text.assemble(of(made.before.by_style.get(style)), (" → ", "dim"), now)
