"""`ballo pack`: from a run folder to a bundle, or to a classifier's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console
from ballo.cli.models import listed, measured
from ballo.errors import BalloError, BundleError

if TYPE_CHECKING:
    from ballo.learning.runs import Trained, Weights
    from ballo.metrics.style import StyleAccuracy

CLASSIFIER = ".onnx"


def pack(
    run: Annotated[Path, typer.Argument(help="A folder that `ballo train` made.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The bundle to write, ending in .ballo; a classifier of styles in .onnx.")
    ],
    last: Annotated[bool, typer.Option("--last", help="The last step's weights, not their average over the steps.")] = False,
    best: Annotated[bool, typer.Option("--best", help="The average that validated best (engine.stop_on).")] = False,
    archive: Annotated[Path | None, typer.Option(help="The run's archive, if it has moved.")] = None,
) -> None:
    """Pack a trained model into one file that needs no PyTorch, measured on the validation songs."""
    console.require_training_extra()
    from ballo.inference import bundle
    from ballo.motion import formats

    if output.suffix == CLASSIFIER:
        formats.check_place(output)
    else:
        bundle.check(output)
    if last and best:
        raise BalloError("--last and --best are two sets of weights: choose one")
    from ballo.learning import runs

    weights: Weights = "last" if last else "best" if best else "average"
    trained = runs.load(run, archive, weights, console.say)
    if (trained.kind == "style") != (output.suffix == CLASSIFIER):
        what = f"a classifier of styles: its file's name ends in {CLASSIFIER}"
        other = f"a model that dances: its bundle's name ends in {bundle.SUFFIX}"
        raise BundleError(f"cannot write {output}: {run} holds {what if trained.kind == 'style' else other}")
    how = _classifier(trained, output) if trained.kind == "style" else _bundle(trained, output)
    console.say(f"Packed {output} ({output.stat().st_size / 1e6:.1f} MB). Next: {how}")


def _bundle(trained: Trained, output: Path) -> str:
    """Pack a model that dances; the command that uses it."""
    from ballo.inference import bundle
    from ballo.learning import packing

    manifest = packing.pack(trained, output)
    table = measured if manifest.kind == bundle.MUSIC else listed
    for line in table(manifest.figures) if manifest.figures else ():
        console.say(line)
    return {
        bundle.MUSIC: f"ballo dance song.mp3 --model {output}",
        bundle.SEQUENCES: f"ballo dance --duration 20 --model {output}",
        bundle.POSES: f"ballo dance --poses 16 -o poses.png --model {output}",
    }[manifest.kind]


def _classifier(trained: Trained, output: Path) -> str:
    """Pack a classifier of styles, and show how it takes the validation clips; the command that uses it."""
    from ballo.learning import packing

    found = packing.pack_classifier(trained, output)
    for line in _confused(trained.archive.styles, found):
        console.say(line)
    return f"ballo evaluate ballroom --against {trained.archive.path} --style-model {output}"


def _confused(styles: tuple[str, ...], found: StyleAccuracy) -> list[str]:
    """The confusion matrix as lines: what was danced below each other, what it was taken for beside."""
    if not found.clips:
        return []
    width = max(map(len, styles)) + 2
    head = "danced".ljust(width) + "".join(style.rjust(width) for style in styles) + "  right"
    rows = [
        style.ljust(width)
        + "".join(str(count).rjust(width) for count in counts)
        + (f"{share:7.0%}" if share == share else "      -")
        for style, counts, share in zip(styles, found.confusion.tolist(), found.by_style.tolist(), strict=True)
    ]
    return [head, *rows, f"taken for what they are: {found.accuracy:.1%} of {found.clips} validation clips"]
