"""`ballo evaluate`: models and baselines on the songs of an archive, beside the real dances."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ballo.dataset.archive import Archive
    from ballo.evaluation.evaluate import Evaluation, Progress
    from ballo.evaluation.table import Line
    from ballo.inference.dancer import Dancer

_WIDTH = 100
_TITLES, _COLUMN = 27, 12  # of characters; a column has one more on either side
_WRITTEN = (".csv", ".json", ".md")
_MOST_SEEDS = 100

EXAMPLES = """\b
Examples:
  ballo evaluate ballroom --against archive            a shipped model
  ballo evaluate my.ballo markov mean --against arc    beside baselines
  ballo evaluate my.ballo --against arc -o all.json    every song's figures
"""


def evaluate(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="A .ballo file, a shipped model's name, or a baseline that learns from the archive: markov, retrieval, mean, "
            "other.",
        ),
    ],
    against: Annotated[
        Path, typer.Option(metavar="ARCHIVE", help="Whose songs are danced, and whose dances they are compared with.")
    ],
    split: Annotated[str, typer.Option(metavar="SPLIT", help="Which of its songs.")] = "val",
    seeds: Annotated[int, typer.Option(metavar="NUMBER", help="How many dances to each song.")] = 3,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", metavar="FILE", help="Also write it: .json and .csv with every song, .md; repeat."),
    ] = None,
) -> None:
    """Compare how models and baselines dance the songs of an archive with the real dances.

    Each song is danced in its real style with seeds 0, 1 ... What each row means: docs/evaluation.md.
    """
    from rich.console import Console

    from ballo.dataset.archive import Archive
    from ballo.evaluation.evaluate import evaluate as evaluated

    if not 1 <= seeds <= _MOST_SEEDS:
        raise BalloError(f"--seeds {seeds}: give 1 to {_MOST_SEEDS}")
    paths = list(dict.fromkeys(output or []))
    for path in paths:
        _check(path)
    archive = Archive.open(against)
    dancers, refused = _found(targets, archive)
    with console.Unbroken() as work, _progress(work) as progress:
        found = evaluated(dancers, archive, split, seeds, progress)
    printed = Console(highlight=False, width=_WIDTH)
    _print(printed, found)
    for path in paths:
        _write(found, path)
    missed = [(row.name, song, why) for row in found.rows for song, why in row.left_out.items()]
    for name, song, why in missed:
        console.complain(f"{name} did not dance {song}: {why}")
    if missed or refused:
        raise typer.Exit(1)


def _check(path: Path) -> None:
    """Refuse a file that could not be written in the end, or that an archive would be damaged by."""
    from ballo.dataset.archive import is_archive
    from ballo.motion.formats import check_place

    if path.suffix.lower() not in _WRITTEN:
        raise ExportError(f"cannot write {path.name}: choose a suffix among {', '.join(_WRITTEN)}")
    if is_archive(path.parent):
        raise ExportError(f"cannot write {path}: that folder is an archive; write beside it")
    check_place(path)


def _found(targets: Sequence[str], archive: Archive) -> tuple[dict[str, Dancer], int]:
    """The dancers by the name they have in tables, and how many were refused; a lone one's fault ends it all."""
    from ballo.evaluation.targets import REAL, find

    asked = [text for text in dict.fromkeys(targets) if text != REAL]
    dancers: dict[str, Dancer] = {}
    refused = 0
    for text in asked:
        try:
            dancer = find(text, archive)
        except BalloError as error:
            if len(asked) == 1:
                raise
            refused += 1
            console.complain(str(error))
            continue
        # Two runs may pack their models under one name.
        name = dancer.name if dancer.name not in dancers else text
        dancers[name] = dancer
    if asked and not dancers:
        raise BalloError("nobody is left to evaluate")
    return dancers, refused


def _write(found: Evaluation, path: Path) -> None:
    from ballo.evaluation import table
    from ballo.motion.formats import whole

    suffix = path.suffix.lower()
    if suffix == ".json":
        text = json.dumps(found.as_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    else:
        text = table.csv_text(found) if suffix == ".csv" else table.markdown(found)
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    console.say(f"Wrote {path}  ({len(text.encode()) / 1000:,.0f} kB)")


@contextmanager
def _progress(work: console.Unbroken) -> Iterator[Progress]:
    """Who dances what, on standard error, where somebody watches; between songs Ctrl-C is heard."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    watched = Console(stderr=True)
    with Bar(console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task("dancing", total=None)

        def told(name: str, song: str, done: int, total: int) -> None:
            work.rest()
            bar.update(task, description=f"{name}: {song}", completed=done, total=total)

        yield told


def _print(printed: Console, found: Evaluation) -> None:
    from ballo.dataset.splits import TRAIN
    from ballo.evaluation import table

    songs = "1 song" if len(found.songs) == 1 else f"{len(found.songs)} songs"
    dances = "1 dance" if found.seeds == 1 else f"{found.seeds} dances"
    printed.print(f"{songs} of the split '{found.split}' of {found.archive}, {dances} each", markup=False, soft_wrap=True)
    if found.split == TRAIN:
        printed.print("These songs are learnt from: retrieval finds their own bars, and other may be the dance itself")
    styles = list(dict.fromkeys(found.songs.values()))
    room = max(1, (printed.width - _TITLES) // _COLUMN)
    # The real dances come first, beside all others where these do not fit into one table.
    others = [found.rows[1:][at : at + room - 1] for at in range(0, len(found.rows) - 1, max(1, room - 1))] or [()]
    for some in others:
        rows = [found.rows[0], *some]
        names = [row.name for row in rows]
        printed.print(_table("all songs", names, list(table.overall(rows))))
        if len(styles) > 1:
            printed.print(_table("by style", names, list(table.by_style(rows, styles))))
    printed.print("[dim]dim: the least..most of one song; a ratio to the real dance is best at 1; see docs/evaluation.md[/]")


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
