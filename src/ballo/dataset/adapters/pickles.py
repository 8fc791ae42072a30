"""Pickles of numpy arrays and plain containers, and of nothing else: a pickle can run any program, so all else is refused.

Not even numpy is trusted with a pickle's word: a description of an array is read as what it is, numbers in a row, and the array
is made here. Source: Python's documentation of pickle, "Restricting Globals"; the names are what numpy 1 and 2 write, with
protocols 2 to 5.
"""

from __future__ import annotations

import io
import math
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_BROKEN = (
    pickle.UnpicklingError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    SystemError,
    TypeError,
    ValueError,
    struct.error,
)
"""Whatever broken bytes can make the unpickler raise; none of it is worth telling apart."""


def load(path: Path) -> Any:
    """What the pickle holds: arrays of numbers, numbers, text, lists, tuples, sets and dictionaries.

    Raises:
        ValueError: it wants anything else, named in the message, or is no whole pickle.
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    try:
        return _arrays_made(_Unpickler(io.BytesIO(content)).load())
    except _Refused:
        raise
    except _BROKEN as error:
        what = "empty" if not content else f"no whole pickle ({type(error).__name__}: {error})"
        raise ValueError(what) from error


class _Refused(ValueError):
    """The pickle wants what it must not have."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """The few makers of arrays, as they are here; no module is imported for a pickle's sake."""
        maker = _MAKERS.get((module_name.replace("numpy._core.", "numpy.core."), global_name))
        if maker is None:
            wanted = f"{module_name}.{global_name}"
            raise _Refused(f"refused: this pickle wants {wanted!r}; only arrays and plain containers are read")
        return maker

    def persistent_load(self, pid: Any) -> Any:
        """Nothing that lies outside the file."""
        raise _Refused("refused: this pickle refers to something outside itself")


class _Dtype:
    """A plain number's type: "<f8", and whether it is big-endian, which numpy pickles as a state."""

    def __init__(self, code: str, align: object = False, copy: object = True) -> None:
        if not isinstance(code, str) or not re.fullmatch(r"[<>=|]?[fiub]\d{1,2}", code):
            raise _Refused(f"refused: this pickle holds an array of {code!r}; only numbers are read")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """An array in the making; numpy fills an empty one by a state of version, shape, type, order and bytes."""

    def __init__(self, *arguments: object) -> None:
        self.array = np.zeros(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, is_fortran, content = state
        self.array = _filled(content, dtype, shape, "F" if is_fortran else "C")


def _filled(content: bytes, dtype: _Dtype, shape: tuple[int, ...], order: str = "C") -> np.ndarray:
    if math.prod(shape) * dtype.dtype.itemsize != len(content):
        raise ValueError(f"{len(content)} bytes are no array of {shape}")
    return np.frombuffer(content, dtype.dtype).reshape(shape, order="F" if order == "F" else "C")


def _scalar(dtype: _Dtype, content: bytes) -> float:
    return _filled(content, dtype, ()).item()


def _latin(text: str, encoding: str = "latin1") -> bytes:
    """How protocol 2 writes bytes; no other codec is any array's."""
    if encoding not in ("latin1", "latin-1"):
        raise _Refused(f"refused: this pickle wants the codec {encoding!r}; only arrays and plain containers are read")
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    """How protocols up to 2 write bytes where there are none."""
    return b""


class _ArrayType:
    """Stands for numpy.ndarray where a pickle says what to make; cannot be called with anything."""


_MAKERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): _ArrayType,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _filled,
    ("_codecs", "encode"): _latin,
    ("builtins", "bytes"): _no_bytes,
    ("__builtin__", "bytes"): _no_bytes,
    ("collections", "OrderedDict"): dict,
}


def _arrays_made(value: Any) -> Any:
    match value:
        case _Array():
            return value.array
        case dict():
            return {key: _arrays_made(held) for key, held in value.items()}
        case list() | tuple():
            return type(value)(_arrays_made(held) for held in value)
        case _:
            return value
