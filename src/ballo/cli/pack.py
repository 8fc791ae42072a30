"""`ballo pack`: from a run folder to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ballo.cli import console
from ballo.cli.models import measured


def pack(
    run: Annotated[Path, typer.Argument(help="A folder that `ballo train` made.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle to write, ending in .ballo.")],
    last: Annotated[bool, typer.Option("--last", help="The last step's weights, not their average over the steps.")] = False,
    archive: Annotated[Path | None, typer.Option(help="The run's archive, if it has moved.")] = None,
) -> None:
    """Pack a trained model into one file that dances without PyTorch, measured on the validation songs."""
    console.require_training_extra()
    from ballo.inference import bundle

    bundle.check(output)
    from ballo.learning import packing, runs

    manifest = packing.pack(runs.load_music(run, archive, averaged=not last), output)
    for line in measured(manifest.figures) if manifest.figures else ():
        console.say(line)
    console.say(f"Packed {output} ({output.stat().st_size / 1e6:.1f} MB). Dance with: ballo dance song.mp3 --model {output}")
