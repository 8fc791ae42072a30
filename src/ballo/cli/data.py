"""`ballo data`: recordings to an archive that `ballo train` learns from, and looking at both."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ballo.cli import arrange, check, compare, report, show

app = typer.Typer(no_args_is_help=True)
app.command()(check.check)
app.command(epilog=arrange.EXAMPLES)(arrange.arrange)
app.command()(compare.compare)
app.command(epilog=report.EXAMPLES)(report.report)
app.command()(show.show)


@app.callback()
def data() -> None:
    """Make and look at archives of recorded dances."""


@app.command()
def prepare(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SRC...",
            help="Folders of recorded dances: Tang et al. 2018, ChoreoNet, AIST++, FineDance, or BVH with songs.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="ARCHIVE", help="The archive's folder; replaced if it is one.")
    ],
    grade: Annotated[
        str,
        typer.Option(
            "--as", metavar="GRADE", help="published (as it came), repaired, or remastered (danced anew on the beat)."
        ),
    ] = "remastered",
    split: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which dances to learn from, as JSON; by default the one ballo is measured on."),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Frames a second; by default 25, or the data's own for other layouts."),
    ] = None,
    arrangements: Annotated[
        int, typer.Option(metavar="NUMBER", help="New dances to arrange for each song of the training split.", min=0)
    ] = 0,
) -> None:
    """Read recorded dances, mend them, dance them anew on the beat of their songs, and write them to an archive.

    Every file that is missing or broken is named and the rest goes on; the exit status is 1 if a dance was lost by it.
    Made again, only dances whose files changed are made anew.
    """
    from rich.console import Console
    from rich.progress import Progress

    from ballo.cli import summary
    from ballo.dataset import preparation, splits

    wish = preparation.Wish(grade, fps, arrangements)
    chosen_split = splits.read(split) if split else None
    watched = Console(stderr=True)
    with Progress(console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task("reading")
        prepared = preparation.prepare(
            sources,
            output,
            chosen_split,
            wish,
            lambda name, done, total: bar.update(task, description=name, completed=done, total=total),
        )
    console = Console()
    console.width = min(console.width, summary.WIDTH) if console.is_terminal else summary.WIDTH
    summary.show(console, prepared)
    if not prepared.complete:
        raise typer.Exit(1)
