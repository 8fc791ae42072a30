"""`ballo train`: from an archive to a run folder."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console
from ballo.errors import BalloError

if TYPE_CHECKING:
    from ballo.learning.engine import Progress

REFUSED, INTERRUPTED = 2, 130

app = typer.Typer(help="Train a model on an archive (needs the extra: pip install 'ballo[train]').", no_args_is_help=True)


class Device(StrEnum):
    """Where to train."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


Archive = Annotated[Path, typer.Argument(help="An archive made by `ballo data prepare`.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The run's folder.")]
Configs = Annotated[
    list[Path] | None, typer.Option("--config", help="TOML with what differs from the defaults; more go on top.")
]
Changes = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One value: --set engine.steps=100.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the folder's checkpoint.")]
On = Annotated[Device, typer.Option("--device", help="auto is a GPU where there is one.")]
StartFrom = Annotated[Path | None, typer.Option(metavar="RUN", help="A run of the poses phase to take the decoder of.")]


@app.command()
def poses(
    archive: Archive,
    output: Output,
    config: Configs = None,
    change: Changes = None,
    resume: Resume = False,
    device: On = Device.auto,
) -> None:
    """Train the poses model: a GAN that makes still figures."""
    _train("poses", archive, output, config, change, resume, device, None)


@app.command()
def sequences(
    archive: Archive,
    output: Output,
    config: Configs = None,
    change: Changes = None,
    resume: Resume = False,
    device: On = Device.auto,
    start_from: StartFrom = None,
) -> None:
    """Train the sequences model: a GAN that dances without music."""
    _train("sequences", archive, output, config, change, resume, device, start_from)


@app.command()
def music(
    archive: Archive,
    output: Output,
    config: Configs = None,
    change: Changes = None,
    resume: Resume = False,
    device: On = Device.auto,
) -> None:
    """Train the music model: a GAN that hears a song and dances."""
    _train("music", archive, output, config, change, resume, device, None)


@app.command()
def melody(
    archive: Archive,
    output: Output,
    config: Configs = None,
    change: Changes = None,
    resume: Resume = False,
    device: On = Device.auto,
) -> None:
    """Train the LSTM autoencoder of Tang et al. 2018, to compare with."""
    _train("melody", archive, output, config, change, resume, device, None)


@app.command()
def style(
    archive: Archive,
    output: Output,
    config: Configs = None,
    change: Changes = None,
    resume: Resume = False,
    device: On = Device.auto,
) -> None:
    """Train the classifier of styles that `ballo evaluate` asks which style somebody danced."""
    _train("style", archive, output, config, change, resume, device, None)


def _train(
    kind: str,
    archive: Path,
    output: Path,
    configs: list[Path] | None,
    changes: list[str] | None,
    resume: bool,
    device: Device,
    start_from: Path | None,
) -> None:
    console.require_training_extra()
    from ballo.learning import runs
    from ballo.learning.interrupts import Interrupted

    options = runs.Options(configs or (), changes or (), resume, device.value, start_from, _Line(output), console.say)
    try:
        runs.train(kind, archive, output, options)
    except Interrupted as stopped:
        again = shlex.join(["ballo", "train", kind, str(archive), "-o", str(output), "--resume"])
        if not _follower():
            console.complain(f"interrupted and saved at step {stopped.step}; go on with: {again}")
        raise SystemExit(INTERRUPTED) from None
    except BalloError:
        if _follower():  # the first process says it
            raise SystemExit(REFUSED) from None
        raise
    if not _follower():
        console.say(f"Done. Next: ballo pack {output} -o {'style.onnx' if kind == 'style' else 'my.ballo'}")


def _follower() -> bool:
    """Whether torchrun started this process beside another on the same machine, which fares and speaks for both."""
    return os.environ.get("LOCAL_RANK", "0") != "0" and "WORLD_SIZE" in os.environ


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
            console.show(fitting_line(progress, shutil.get_terminal_size().columns - 1 if console.interactive() else None))


def fitting_line(progress: Progress, width: int | None) -> str:
    """A progress line of at most `width` columns (None: any): what matters less is shortened first, then left out."""
    share = f"{progress.step}/{progress.steps}"
    pace, left = f"{progress.steps_per_second:.2f} steps/s", f"{console.clock(progress.seconds_left)} left"
    short = {name[:4]: value for name, value in progress.losses.items()}
    lines = [
        f"step {share}  {_spelt(progress.losses)}  {pace}  {left}",
        f"{share}  {_spelt(progress.losses)}  {left}",
        f"{share}  {_spelt(short, 2)}  {left}",
        f"{share}  {_spelt(short, 2).replace('  ', ' ')}  {left}",
    ]
    fits = (line for line in lines if width is None or len(line) <= width)
    return next(fits, f"{share}  {left}"[:width])


def _spelt(values: Mapping[str, float], digits: int = 3) -> str:
    return "  ".join(f"{name} {value:.{digits}g}" for name, value in values.items())
