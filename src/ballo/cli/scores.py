"""An evaluation on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ballo.cli import console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ballo.evaluation.evaluation import Evaluation
    from ballo.evaluation.row import Row
    from ballo.evaluation.table import Line

WIDTH = 100
_TITLES, _COLUMN = 22, 12  # characters; between columns is one more
_ROOM = (WIDTH - _TITLES) // (_COLUMN + 1) - 1  # for others beside the real dances


def show(printed: Console, found: Evaluation, said: Sequence[str], *, chosen: bool) -> None:
    """Tables for a terminal and what they come to in words; of all measures if they were chosen, else of the telling ones."""
    from rich.text import Text

    from ballo.dataset.splits import TRAIN
    from ballo.evaluation import table

    songs = "1 song" if len(found.songs) == 1 else f"{len(found.songs)} songs"
    dances = "1 dance" if found.options.seeds == 1 else f"{found.options.seeds} dances"
    printed.print(f"{songs} of {found.archive} ({found.split}), {dances} each", markup=False, soft_wrap=True)
    if found.split == TRAIN:
        printed.print("These songs are learnt from: retrieval finds their own bars, and other may be the dance itself")
    measures = [each for each in found.measures if chosen or each.name in table.SHORT]
    styles = list(dict.fromkeys(found.songs.values()))
    real, targets, controls = found.of("real"), found.of("target"), found.of("control")
    for title, others in (("controls", controls), ("all songs", targets)):
        for rows in _beside(real, others):
            printed.print(_table(title, [row.name for row in rows], list(table.overall(rows, measures))))
            printed.print()
    for rows in _beside(real, targets):
        names = [row.name for row in rows]
        if len(styles) > 1:
            printed.print(_table("by style", names, list(table.by_style(rows, styles, measures))))
            printed.print()
    spread = table.intervals_are(found)
    under = f"Under a number: {spread}. " if spread else ""
    printed.print(Text(f"{under}{table.LITTLE}: too little for a number. What is measured: docs/evaluation.md", style="dim"))
    for line in said:
        for text in textwrap.wrap(console.plain(line), WIDTH, initial_indent="- ", subsequent_indent="  "):
            printed.print(text, markup=False)


def _beside(real: Sequence[Row], others: Sequence[Row]) -> list[list[Row]]:
    """The real dances come first, beside all others where these do not fit into one table."""
    return [[*real, *others[at : at + _ROOM]] for at in range(0, len(others), _ROOM)]


def _table(title: str, names: Sequence[str], lines: Sequence[Line]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column(title, width=_TITLES)
    for name in names:
        table.add_column(Text(console.plain(name)), justify="right", no_wrap=True, overflow="ellipsis", width=_COLUMN)
    for line in lines:
        ranges = line.ranges if any(line.ranges) else ("",) * len(line.cells)
        cells = (
            Text.assemble(cell, *([("\n" + _fitting(span), "dim")] if span else []))
            for cell, span in zip(line.cells, ranges, strict=True)
        )
        table.add_row(Text(_wrapped(line.title), style="bold" if line.heads else ""), *cells)
    return table


def _fitting(span: str) -> str:
    """An interval, on two lines where it is too long for one."""
    return span if len(span) <= _COLUMN else span.replace("..", "..\n")


def _wrapped(title: str) -> str:
    """A title on as many lines as it takes, all but the first a little further in."""
    margin = " " * (len(title) - len(title.lstrip()))
    lines = textwrap.wrap(title.strip(), _TITLES, initial_indent=margin, subsequent_indent=margin + "  ")
    return "\n".join(lines)
