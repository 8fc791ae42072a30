"""What a file of unknown origin says of a motion, taken in: checked before it is believed, and before memory is spent on it.

Readers share it. What is wrong ends in a `Refused`, whose message leaves out which file; `reading` adds that.
"""

from __future__ import annotations

import base64
import csv
import json
import math
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ballo.errors import BalloError, DataError
from ballo.motion.arrays import Faulty
from ballo.motion.resampling import FASTEST_FPS, SLOWEST_FPS
from ballo.motion.skeleton import Skeleton

MOST_JOINTS = 2000
MOST_JOINT_FRAMES = 10_000_000
"""Frames times joints: two hours of 22 joints at 60 frames a second. More would take gigabytes on the way."""
FARTHEST_METRES = 1e6
LONGEST_NAME = 200
MOST_META_BYTES = 1_000_000
_SHORTEST_TURN, _LONGEST_TURN = 0.99, 1.01  # quaternions; half floats are within 1e-3 of a unit
_UNIT = 1e-5
_LONGEST_REASON = 300
_LONGEST_WHOLE = 40


_PARSERS = (csv.Error, struct.error)


class Refused(ValueError):
    """A file that holds no motion; the message says why and leaves out which."""


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turns what is wrong in a file into one line that names it.

    Args:
        path: the file.
        what: what it should have been, "a .csv of positions".

    Raises:
        DataError: in place of what parsers and arrays raise when they are fed something else.
    """
    try:
        yield
    except BalloError:
        raise
    except Refused as error:
        raise DataError(f"cannot read {path}: {one_line(error)}") from error
    except Faulty as error:
        raise DataError(f"cannot read {path}: it {one_line(error)}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (ArithmeticError, AttributeError, EOFError, LookupError, RecursionError, TypeError, ValueError, *_PARSERS) as error:
        reason = one_line(error).rstrip(".") or type(error).__name__
        raise DataError(f"cannot read {path}: it is not {what} ({reason})") from error


def one_line(error: Exception) -> str:
    """What an error says, in one line of ordinary length, whatever words of the file are in it."""
    said = "".join(sign if sign.isprintable() else " " for sign in str(error)[:_LONGEST_REASON])
    return said if len(str(error)) <= _LONGEST_REASON else f"{said}…"


def check_bytes(path: Path, most: int) -> None:
    """Refuse a file that is read as a whole and is too large for that, or empty."""
    size = path.stat().st_size
    if not size:
        raise Refused("it is empty")
    if size > most:
        raise Refused(f"it is {size / 1e6:,.0f} MB, over {most / 1e6:,.0f}: cut it into parts")


def check_size(frames: int, joints: int) -> None:
    """Refuse more frames and joints than are read."""
    if not 1 <= joints <= MOST_JOINTS:
        raise Refused(f"it has {joints} joints: 1 to {MOST_JOINTS} are read")
    if frames * joints > MOST_JOINT_FRAMES:
        raise Refused(f"it declares {frames:,} frames of {joints} joints, over {MOST_JOINT_FRAMES // joints:,}: cut it")


def frame_rate(fps: Any) -> float:
    """Frames a second, if it is such a number."""
    rate = float(fps)
    if not SLOWEST_FPS <= rate <= FASTEST_FPS:
        raise Refused(f"it has {rate:g} frames a second: {SLOWEST_FPS} to {FASTEST_FPS} are read")
    return rate


def skeleton(names: Any, parents: Any, offsets: Any, feet: Any = ()) -> Skeleton:
    """A skeleton of lists as files hold them."""
    names, feet = _names(names), tuple(tuple(_names(foot)) for foot in _list(feet, "feet"))
    if not all(feet):
        raise Refused("one of its feet has no joints")
    numbers = _list(parents, "parents")
    if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
        raise Refused("its parents are no list of whole numbers")
    check_size(0, len(names))
    try:
        return Skeleton(tuple(names), tuple(numbers), places(offsets, (len(names), 3), "offsets"), feet)
    except ValueError as error:
        raise Refused(f"it has no skeleton: {error}") from error


def places(values: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Metres, float64, finite and not absurdly far away, of that shape (-1 for any length)."""
    array = _numbers(values, shape, what)
    with np.errstate(invalid="ignore"):
        near = np.abs(array) < FARTHEST_METRES
    if not near.all():
        wrong = array[~near].flat[0]
        raise Refused(f"its {what} hold {wrong:g}" + (f", over {FARTHEST_METRES:g} m" if np.isfinite(wrong) else ""))
    return array


def turns(values: Any, shape: tuple[int, ...], what: str = "rotations") -> np.ndarray:
    """Quaternions of unit length, float64. What is a unit to `_UNIT` stays as it is, what nearly is one is made one."""
    array = _numbers(values, shape, what)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(array, axis=-1, keepdims=True)
    if not ((lengths > _SHORTEST_TURN) & (lengths < _LONGEST_TURN)).all():
        raise Refused(f"its {what} are no quaternions of unit length")
    return np.where(np.abs(lengths - 1) > _UNIT, array / lengths, array)


def flags(values: Any, shape: tuple[int, ...], what: str = "contacts") -> np.ndarray:
    """Truth values, given as such or as 0 and 1."""
    array = np.asarray(values)
    if not array.size:
        array = array.reshape([max(length, 0) for length in shape]).astype(bool)
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise Refused(f"its {what} are neither true nor false")
    return _shaped(array, shape, what).astype(bool)


def contacts_written(own: dict[str, Any], frames: int, feet: int) -> np.ndarray | None:
    """(T, F) the contacts that ballo has written beside a motion, `contacts` of `frames`, a bit each, in base64.

    None if there are none, or those of another length.
    """
    packed = base64.b64decode(str(own.get("contacts", "")))
    if own.get("frames") != frames or len(packed) * 8 < frames * feet:
        return None
    return np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=frames * feet).reshape(frames, feet)


def meta(content: Any) -> dict[str, Any]:
    """What is known of a motion beside it."""
    if not isinstance(content, dict):
        raise Refused("its meta is no JSON object")
    return content


def parsed(text: str) -> Any:
    """JSON without what JSON cannot hold (NaN, numbers beyond floats), nor what Python does not read and says so at length."""
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
    except RecursionError as error:
        raise Refused("it is nested deeper than any motion") from error


def offsets_of(positions: np.ndarray, parents: Any) -> np.ndarray:
    """(J, 3) a rest pose for joints (T, J, 3) of which no more is known: the first frame's, with bones of median length."""
    numbers = _list(parents, "parents")
    count = positions.shape[1]
    if not len(positions) or len(numbers) != count or any(not isinstance(n, int) or not -1 <= n < count for n in numbers):
        raise Refused("it does not say how its joints hang together")
    bones = positions - positions[:, [max(number, 0) for number in numbers]]
    bones[:, [number < 0 for number in numbers]] = 0.0
    lengths = np.linalg.norm(bones, axis=-1)
    rest = bones[0] * (np.median(lengths, axis=0) / np.where(lengths[0] > 0, lengths[0], 1.0))[:, None]
    return np.asarray(rest)


def _names(values: Any) -> list[str]:
    names = _list(values, "joint names")
    for name in names:
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise Refused("its joint names are no names")
    return names


def _list(values: Any, what: str) -> list[Any]:
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise Refused(f"its {what} are no list")
    return list(values)


def _numbers(values: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    array = np.asarray(values)
    if not array.size:
        array = array.reshape([max(length, 0) for length in shape]) if math.prod(shape) <= 0 else array
    if array.size and array.dtype.kind not in "fiu":
        raise Refused(f"its {what} are no numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        return _shaped(array.astype(np.float64), shape, what)


def _shaped(array: np.ndarray, shape: tuple[int, ...], what: str) -> np.ndarray:
    if array.ndim != len(shape) or any(want not in (-1, got) for want, got in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("frames" if length < 0 else str(length) for length in shape)
        raise Refused(f"its {what} have the shape {array.shape}, not ({wanted})")
    return array


def _no_number(word: str) -> NoReturn:
    raise Refused(f"it holds {word}, which is no number")


def _whole(word: str) -> int:
    if len(word) > _LONGEST_WHOLE:
        raise Refused(f"it holds {word[:20]}..., which is too large")
    return int(word)


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise Refused(f"it holds {word[:20]}, which is too large")
    return number
