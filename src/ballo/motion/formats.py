"""The formats of motions: tables of readers and writers that `ballo` fills when imported, and a write that leaves no halves."""

from __future__ import annotations

import importlib
import inspect
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ballo.errors import BalloError, DataError, ExportError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

_writers: dict[str, str] = {}
_readers: dict[str, str] = {}

_LONGEST_STEM = 40  # of an unfinished file's name, which grows by ten letters where systems allow 255 bytes
_needs: dict[str, str] = {}
_views: list[str] = []


def register(writers: Mapping[str, str], needs: Mapping[str, str] | None = None) -> None:
    """Add writers: suffix (".bvh") to "module:function". The function takes a Motion, a path and the format's options.

    Those of `needs` take a path and refuse it when what the format needs is not installed (ExportError).
    """
    _writers.update(writers)
    _needs.update(needs or {})


def register_readers(readers: Mapping[str, str]) -> None:
    """Add readers: suffix to "module:function". The function takes a path and the format's options, and returns a Motion.

    It must believe nothing that a file says: what is wrong ends in a DataError, in bounded time and memory (`admission`).
    """
    _readers.update(readers)


def register_view(function: str) -> None:
    """Say how a notebook shows a motion: "module:function", which takes a Motion and gives HTML, or None for nothing."""
    _views[:] = [function]


def view(motion: Motion) -> str | None:
    """A motion as HTML for a notebook; None if there is no view, or nothing to see."""
    return _function(_views[0])(motion) if _views else None


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be written."""
    return tuple(sorted(_writers))


def readable() -> tuple[str, ...]:
    """Every suffix that can be read."""
    return tuple(sorted(_readers))


def options(path: Path) -> tuple[str, ...]:
    """What can be asked of the writer of a path's suffix, beyond the motion and the path."""
    return _known(_function(_writers[path.suffix.lower()])) if path.suffix.lower() in _writers else ()


def read_options(path: Path) -> tuple[str, ...]:
    """What can be asked of the reader of a path's suffix, beyond the path."""
    return _known(_function(_readers[path.suffix.lower()])) if path.suffix.lower() in _readers else ()


def read(path: str | Path, **options: Any) -> Motion:
    """The motion in a file, in the format of its suffix.

    Raises:
        DataError: unknown suffix, no such file, or a file that does not hold what it should.
        BalloError: an option that the format does not have.
    """
    path = Path(path)
    check_source(path)
    reader = _function(_readers[path.suffix.lower()])
    _check_options(f"reading a {path.suffix.lower()}", reader, options)
    try:
        motion: Motion = reader(path, **options)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except MemoryError as error:
        raise DataError(f"cannot read {path}: it is too large for the memory there is") from error
    return motion


def check_source(path: Path) -> None:
    """Refuse a path that no reader could read, before it is opened (DataError)."""
    if path.is_dir():
        raise DataError(f"cannot read {path}: it is a folder; name a file in it")
    if path.suffix.lower() not in _readers:
        raise DataError(f"cannot read {path.name}: motions are read from {', '.join(readable())}")
    if not path.exists():
        raise DataError(f"cannot read {path}: there is no such file")
    if not path.is_file():  # a pipe can be read only once, a device has no end
        raise DataError(f"cannot read {path}: it is not a regular file")


def check(path: Path) -> None:
    """Refuse a path that could not be written in the end, before any work is done for it.

    Raises:
        ExportError: unknown suffix, missing or unwritable folder, a folder in the file's place, or a format whose program or
            library is not installed.
    """
    if path.suffix.lower() not in _writers:
        raise ExportError(f"cannot write {path.name}: choose a suffix among {', '.join(suffixes())}")
    check_place(path)
    if path.suffix.lower() in _needs:
        _function(_needs[path.suffix.lower()])(path)


def check_place(path: Path) -> None:
    """Refuse a place where no file of any kind could be written (ExportError)."""
    if path.is_dir():
        raise ExportError(f"cannot write {path}: it is a folder; name a file in it")
    if path.exists() and not path.is_file():  # a pipe or a device would be replaced, which nobody means
        raise ExportError(f"cannot write {path}: it is not a regular file; name another")
    if not path.parent.is_dir():
        raise ExportError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise ExportError(f"cannot write {path}: no permission to write in {path.parent}")


def write(motion: Motion, path: Path, **options: Any) -> Path:
    """Write `motion` to `path` in the format of its suffix, and return the path.

    Raises:
        ExportError: as `check`, or the writer failed on the way (a full disk, say).
        BalloError: an option that the format does not have.
    """
    check(path)
    writer = _function(_writers[path.suffix.lower()])
    _check_options(f"writing a {path.suffix.lower()}", writer, options)
    with whole(path) as unfinished:
        writer(motion, unfinished, **options)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, renamed to it only when the block ends well, and gone when it does not.

    Raises:
        ExportError: the system refused (full disk, no permission).
    """
    unfinished = path.with_name(f".{path.stem[:_LONGEST_STEM]}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _function(target: str) -> Callable[..., Any]:
    """What "module:function" names."""
    module, name = target.split(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _known(function: Callable[..., Any]) -> tuple[str, ...]:
    """The options of a reader or a writer: its parameters that are given by name only."""
    return tuple(name for name, given in inspect.signature(function).parameters.items() if given.kind is given.KEYWORD_ONLY)


def _check_options(doing: str, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    known = _known(function)
    takes_any = any(given.kind is given.VAR_KEYWORD for given in inspect.signature(function).parameters.values())
    strange = [name for name in options if name not in known]
    if strange and not takes_any:
        raise BalloError(f"{doing} knows no option {strange[0]}: it knows {', '.join(known) or 'none'}")
