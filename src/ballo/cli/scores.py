"""An evaluation on a terminal."""

from __future__ import annotations

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
_TITLES, _COLUMN = 27, 12  # of characters; a column has one more on either side


def show(printed: Console, found: Evaluation, said: Sequence[str], *, chosen: bool) -> None:
    """Tables for a terminal and what they come to in words; of all measures if they were chosen, else of the telling ones."""
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
    for rows in _beside(real, targets):
        names = [row.name for row in rows]
        if len(styles) > 1:
            printed.print(_table("by style", names, list(table.by_style(rows, styles, measures))))
    printed.print(f"[dim]dim: {table.intervals_are(found)}; {table.LITTLE}: too little for a number; see docs/evaluation.md[/]")
    for line in said:
        printed.print(f"- {line}", markup=False)


def _beside(real: Sequence[Row], others: Sequence[Row]) -> list[list[Row]]:
    """The real dances come first, beside all others where these do not fit into one table."""
    room = max(1, (WIDTH - _TITLES) // _COLUMN - 1)
    return [[*real, *others[at : at + room]] for at in range(0, len(others), room)]


def _table(title: str, names: Sequence[str], lines: Sequence[Line]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(title, no_wrap=True, min_width=_TITLES - 2)
    for name in names:
        table.add_column(Text(console.plain(name)), justify="right", no_wrap=True, overflow="ellipsis", width=_COLUMN - 1)
    for line in lines:
        table.add_row(Text(line.title, style="bold" if line.heads else ""), *line.cells)
        if any(line.ranges):
            table.add_row("", *(Text(span, style="dim") for span in line.ranges))
    return table
