"""The formats a motion can be written in: a table that `ballo` fills when it is imported, and a write that leaves no halves."""

from __future__ import annotations

import importlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ballo.errors import ExportError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

_writers: dict[str, str] = {}
_views: list[str] = []


def register(writers: Mapping[str, str]) -> None:
    """Add writers: suffix (".bvh") to "module:function". The function takes a Motion, a path and the format's options."""
    _writers.update(writers)


def register_view(function: str) -> None:
    """Say how a notebook shows a motion: "module:function", which takes a Motion and gives HTML, or None for nothing."""
    _views[:] = [function]


def view(motion: Motion) -> str | None:
    """A motion as HTML for a notebook; None if there is no view, or nothing to see."""
    return _called(_views[0])(motion) if _views else None


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be written."""
    return tuple(sorted(_writers))


def check(path: Path) -> None:
    """Refuse a path that could not be written in the end, before any work is done for it.

    Raises:
        ExportError: unknown suffix, missing or unwritable folder, or a folder in the file's place.
    """
    if path.suffix.lower() not in _writers:
        raise ExportError(f"cannot write {path.name}: choose a suffix among {', '.join(suffixes())}")
    check_place(path)


def check_place(path: Path) -> None:
    """Refuse a place where no file of any kind could be written (ExportError)."""
    if path.is_dir():
        raise ExportError(f"cannot write {path}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise ExportError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise ExportError(f"cannot write {path}: no permission to write in {path.parent}")


def write(motion: Motion, path: Path, **options: Any) -> Path:
    """Write `motion` to `path` in the format of its suffix, and return the path.

    Raises:
        ExportError: as `check`, or the writer failed on the way (a full disk, say).
    """
    check(path)
    writer = _called(_writers[path.suffix.lower()])
    with whole(path) as unfinished:
        writer(motion, unfinished, **options)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, renamed to it only when the block ends well, and gone when it does not.

    Raises:
        ExportError: the system refused (full disk, no permission).
    """
    unfinished = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _called(name: str) -> Callable[..., Any]:
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)
