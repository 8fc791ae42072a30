"""A run's folder: held by one run at a time, and what it says of itself."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch

from ballo import version
from ballo.errors import DataError, ExportError
from ballo.learning import checkpoint, config
from ballo.motion.formats import whole

CONFIG_JSON, CONFIG_TOML, LOCK = "config.json", "config.toml", ".lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder, made if need be, so that no other run writes into it. One that was made and got nothing goes again.

    The system itself drops the hold when a process ends, however it ends; the file stays and means nothing. Where there are no
    such holds (Windows, some network file systems) nothing is held.

    Raises:
        DataError: another process holds it.
        ExportError: it cannot be made or written.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise ExportError(f"cannot write in {folder}: {error.strerror or error}") from error
    try:
        with file:
            _lock(file, folder)
            checkpoint.clear_unfinished(folder)
            yield
    finally:
        if made and [path.name for path in folder.iterdir()] == [LOCK]:
            (folder / LOCK).unlink()
            folder.rmdir()


def _lock(file: IO[str], folder: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise DataError(
            f"{folder} is being trained in by process {file.read().strip() or '?'}: wait, stop it, or name another folder"
        ) from error
    except OSError:
        return
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()


def write_config(folder: Path, settings: object, description: Mapping[str, Any]) -> None:
    """Say what a run is: config.json with where it came from, and config.toml to start another with.

    Raises:
        ExportError: the disk refused.
    """
    text = json.dumps({**description, "commit": commit(), "torch": torch.__version__, "machine": platform.machine()}, indent=1)
    for name, content in ((CONFIG_JSON, text + "\n"), (CONFIG_TOML, config.toml(settings))):
        with whole(folder / name) as unfinished:
            unfinished.write_text(content, encoding="utf-8")


def refuse_edited(folder: Path, saved: checkpoint.Checkpoint) -> None:
    """Refuse to resume a run whose config.json somebody changed, who would expect that to matter; raises DataError."""
    path = folder / CONFIG_JSON
    try:
        written = json.loads(path.read_text(encoding="utf-8"))["config"]
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise DataError(f"{path} cannot be read: remove it, and --resume writes it anew") from error
    if written != saved.header["config"]:
        raise DataError(
            f"{path} is not the config that {saved.path.name} was trained with: undo the change (or remove the file), "
            "and change engine values with --set"
        )


def commit() -> str:
    """The commit of the code that runs, with "+changes" if files differ from it; "release VERSION" outside a checkout."""
    here = Path(version.__file__).parent
    try:
        _git(here, "ls-files", "--error-unmatch", Path(version.__file__).name)
        name = _git(here, "rev-parse", "HEAD")
        return name + ("+changes" if _git(here, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return f"release {version.VERSION}"


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()
