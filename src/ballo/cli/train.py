"""`ballo train`: from an archive to a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console

if TYPE_CHECKING:
    from ballo.learning.engine import Progress

app = typer.Typer(help="Train a model on an archive (needs the extra: pip install 'ballo[train]').", no_args_is_help=True)


@app.command()
def music(
    archive: Annotated[Path, typer.Argument(help="An archive made by `ballo data prepare`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run's folder.")],
    config: Annotated[Path | None, typer.Option(help="TOML with what differs from the defaults.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's checkpoint.")] = False,
) -> None:
    """Train the music model: a Wasserstein GAN that hears a song and dances."""
    console.require_training_extra()
    from ballo.learning import runs

    runs.train_music(archive, output, config, resume, _Line(output))
    console.say(f"Done. Next: ballo pack {output} -o my.ballo")


class _Line:
    """A progress line: rewritten in place on a terminal, a line every 20 s elsewhere; a line of its own for validation."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._begun = folder, False
        self._every = console.Pulse(1.0 if console.interactive() else 20.0)

    def __call__(self, progress: Progress) -> None:
        if not self._begun:
            console.say(f"Training in {self._folder}; Ctrl-C saves, --resume goes on.")
            self._begun = True
        if progress.figures:
            console.say(f"step {progress.step}: validation " + _spelt(progress.figures))
        elif self._every.due():
            left = console.clock(progress.seconds_left)
            share = f"{progress.step}/{progress.steps}"
            pace = f"{progress.steps_per_second:.2f} steps/s"
            console.show(f"step {share}  {_spelt(progress.losses)}  {pace}  {left} left")


def _spelt(values: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3g}" for name, value in values.items())
