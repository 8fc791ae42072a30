"""Arrays of numbers in .npy and .npz files of unknown origin: the header first, then as many rows as are wanted.

What a file declares is never believed before it is checked: nothing is unpickled, and no more memory is taken than the rows
that were asked for need.

Source: the format of `numpy.lib.format`, versions 1 and 2.
"""

from __future__ import annotations

import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO

import numpy as np
from numpy.lib import format as npy

PICKLE = "holds Python objects, a pickle, which could run anything when it is opened: save a plain array of numbers"

MOST_DIRECTORY_BYTES = 1 << 20
"""Of a .npz file's list of what it holds: thousands of arrays."""

_MALFORMED = (ValueError, EOFError, SyntaxError, TypeError, OverflowError, RecursionError, MemoryError)
_MOST_BYTES = 1 << 30
_STEP = 1 << 22
_LONGEST_REASON = 120
_END_BYTES = 22 + (1 << 16)  # of a zip file's last record, with the longest comment
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    UnicodeDecodeError,
)


class Faulty(ValueError):
    """A file that cannot be read; the message says why and leaves out which."""


@dataclass(frozen=True)
class Header:
    """What an array's header declares."""

    shape: tuple[int, ...]
    kind: np.dtype
    fortran: bool


def header(stream: IO[bytes]) -> Header:
    """Read a header; the stream is left where the numbers begin.

    Raises:
        Faulty: there is none, or it declares anything but numbers or text.
    """
    try:
        version = npy.read_magic(stream)
        reads = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in reads:
            raise Faulty(f"is of version {version[0]}.{version[1]} of numpy's format: save it with np.save")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how Python 2 wrote whole numbers
            shape, fortran, kind = reads[version](stream)
    except Faulty:
        raise
    except (*_MALFORMED, TokenError) as error:
        raise Faulty(f"is no array as numpy writes them ({_first_line(error)})") from error
    if any(length < 0 for length in shape):
        raise Faulty(f"declares the shape {shape}")
    if kind.hasobject:
        raise Faulty(PICKLE)
    if kind.kind not in "bfiuU":
        raise Faulty(f"holds {kind} where numbers are expected")
    return Header(shape, kind, fortran)


def rows(stream: IO[bytes], declared: Header, most: int) -> np.ndarray:
    """The first rows of an array, `most` of them where it has so many.

    Raises:
        Faulty: the file breaks off before, or they are too much to hold.
    """
    wanted = declared.shape if declared.fortran else (min(most, declared.shape[0]), *declared.shape[1:])
    size = math.prod(wanted) * declared.kind.itemsize
    if size > _MOST_BYTES:
        hint = "; in Fortran's order all of it has to be read: save np.ascontiguousarray of it" if declared.fortran else ""
        raise Faulty(f"declares {size / 1e9:.3g} GB of numbers{hint}")
    held = bytearray()
    while len(held) < size:
        part = stream.read(min(_STEP, size - len(held)))
        if not part:
            raise Faulty(f"breaks off: it declares the shape {declared.shape} and holds less")
        held += part
    array: np.ndarray = np.frombuffer(held, declared.kind).reshape(wanted, order="F" if declared.fortran else "C")
    return array[:most]


def all_of(stream: IO[bytes], most: int) -> np.ndarray:
    """A whole array of at most `most` elements, or Faulty."""
    declared = header(stream)
    if math.prod(declared.shape) > most:
        raise Faulty(f"declares the shape {declared.shape}")
    if not declared.shape:
        declared = Header((1,), declared.kind, declared.fortran)
    return rows(stream, declared, most)


class Bundled:
    """The arrays of a .npz file, opened one by one."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self.names = tuple(name.removesuffix(".npy") for name in file.namelist() if name.endswith(".npy"))

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """An array's bytes."""
        entry = self._file.getinfo(f"{name}.npy")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Faulty(f"holds {name} compressed in a way that numpy does not write")
        with self._file.open(entry) as stream:
            yield stream


@contextmanager
def bundled(path: Path) -> Iterator[Bundled]:
    """A .npz file (Faulty if it is none, or is damaged where it is read)."""
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as file:
            yield Bundled(file)
    except _DAMAGED as error:
        raise Faulty(f"is no .npz file, or a damaged one ({_first_line(error)})") from error


def _check_directory(path: Path) -> None:
    """Refuse a .npz whose list of contents is absurdly long, before all of it is taken into memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_BYTES))
        _, found, end = file.read(_END_BYTES).rpartition(b"PK\x05\x06")
    # Size of the list, four bytes, after eight of disks and counts.
    if found and int.from_bytes(end[8:12], "little") > MOST_DIRECTORY_BYTES:
        raise Faulty("is a .npz file that lists too many arrays")


def _first_line(error: Exception) -> str:
    """What an error says, without what follows in other lines; numpy quotes a file's whole header, or what it takes for one."""
    line = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}\u2026"
