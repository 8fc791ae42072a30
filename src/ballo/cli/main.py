"""The program `ballo`: its commands, and how a user's faults end it."""

from __future__ import annotations

import io
import sys
from typing import Annotated, cast

import typer

from ballo.cli import beats, console, convert, dance, data, evaluate, models, pack, side, train
from ballo.errors import BalloError

REFUSED, INTERRUPTED = 2, 130

# What typer itself refuses (an unknown option, a missing argument). It exports no name for it, and some releases have a click
# of their own, so it is found as what a bad parameter is: BadParameter, UsageError, ClickException.
_Misuse = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])

app = typer.Typer(
    help="ballo: any song, danced. Start with: ballo dance song.mp3",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time, and keeps its [brackets]
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("dance", short_help="Dance to songs, or without: videos, pages, BVH, arrays.", epilog=dance.EXAMPLES)(dance.dance)
app.command("beats", short_help="Find songs' beats, bars and tempo.", epilog=beats.EXAMPLES)(beats.beats)
app.command("show", short_help="Tell what is in motions, or show them: film, page.", epilog=side.EXAMPLES)(side.show)
app.command("convert", short_help="Convert motions: BVH, glTF, arrays, films.", epilog=convert.EXAMPLES)(convert.convert)
app.command("models", short_help="List the models that ship with ballo.")(models.models)
app.add_typer(data.app, name="data", short_help="Make archives of recorded dances to learn from.")
app.add_typer(train.app, name="train", short_help="Train a model (needs pip install 'ballo[train]').")
app.command("evaluate", short_help="Measure models, baselines and motion files beside real dances.", epilog=evaluate.EXAMPLES)(
    evaluate.evaluate
)
app.command("pack", short_help="Pack a trained model into one file that dances.")(pack.pack)


def _version(asked: bool) -> None:
    if asked:
        from ballo import __version__

        print(f"ballo {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")] = False,
) -> None:
    pass


def run() -> None:
    """Run the program. Exit status: 0 done, 1 something left out, 2 refused, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a song's name may hold what a terminal cannot show
    sys.exit(_status())


def _status() -> int:
    try:
        status = app(prog_name="ballo", standalone_mode=False)
    except BalloError as error:
        return _refuse(str(error))
    except _Misuse as error:
        return _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:
        return _refuse("interrupted; nothing half-written was left", INTERRUPTED)
    return status if isinstance(status, int) else 0


def _misused(error: typer.BadParameter) -> int:
    reason = error.format_message()
    if "\n" in reason:  # the help, for want of a command
        print(reason, file=sys.stderr)
        return REFUSED
    command = error.ctx.command_path if error.ctx else "ballo"
    return _refuse(f"{reason[:1].lower()}{reason[1:].rstrip('.')}; see {command} --help")


def _refuse(reason: str, status: int = REFUSED) -> int:
    console.complain(reason)
    return status
