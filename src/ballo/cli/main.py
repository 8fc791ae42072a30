"""The program `ballo`: its commands, and how a user's faults end it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ballo.cli import dance, data, models, pack, train
from ballo.errors import BalloError

REFUSED, INTERRUPTED = 2, 130

app = typer.Typer(
    help="ballo: any song, danced. Start with: ballo dance song.mp3 -o dance.mp4",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("dance")(dance.dance)
app.command("models")(models.models)
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.command("pack")(pack.pack)


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
    try:
        status = app(standalone_mode=False)
    except BalloError as error:
        sys.exit(_refuse(str(error)))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(_refuse("interrupted; nothing half-written was left", INTERRUPTED))
    except Exception as error:
        # What typer refuses (an unknown option, a missing argument) shows itself; all else is a bug of ours.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        sys.exit(getattr(error, "exit_code", REFUSED))
    sys.exit(status if isinstance(status, int) else 0)


def _refuse(reason: str, status: int = REFUSED) -> int:
    sys.stdout.flush()
    clear = "\r\x1b[2K" if sys.stderr.isatty() else ""
    print(f"{clear}ballo: {reason}", file=sys.stderr)
    return status
