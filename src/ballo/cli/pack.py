"""`ballo pack`: from a run folder to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ballo.cli import console
from ballo.cli.models import listed, measured
from ballo.errors import BalloError


def pack(
    run: Annotated[Path, typer.Argument(help="A folder that `ballo train` made.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle to write, ending in .ballo.")],
    last: Annotated[bool, typer.Option("--last", help="The last step's weights, not their average over the steps.")] = False,
    best: Annotated[bool, typer.Option("--best", help="The average that validated best (engine.stop_on).")] = False,
    archive: Annotated[Path | None, typer.Option(help="The run's archive, if it has moved.")] = None,
) -> None:
    """Pack a trained model into one file that dances without PyTorch, measured on the validation songs."""
    console.require_training_extra()
    from ballo.inference import bundle

    bundle.check(output)
    if last and best:
        raise BalloError("--last and --best are two sets of weights: choose one")
    from ballo.learning import packing, runs

    weights: runs.Weights = "last" if last else "best" if best else "average"
    manifest = packing.pack(runs.load(run, archive, weights, console.say), output)
    table = measured if manifest.kind == bundle.MUSIC else listed
    for line in table(manifest.figures) if manifest.figures else ():
        console.say(line)
    how = {
        bundle.MUSIC: f"ballo dance song.mp3 --model {output}",
        bundle.SEQUENCES: f"ballo dance --duration 20 --model {output}",
        bundle.POSES: f"ballo dance --poses 16 -o poses.png --model {output}",
    }[manifest.kind]
    console.say(f"Packed {output} ({output.stat().st_size / 1e6:.1f} MB). Next: {how}")
