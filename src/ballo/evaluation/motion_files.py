"""One file of motion, .npz, .npy or .bvh, whoever wrote it: its points as they lie there, and what they are.

A .npz holds `positions` (T, J, 3), `fps`, `joint_names` (J,) and `parents` (J,), the keys that ballo writes; what else is in it
is not read. A .npy is the positions alone, so that the user says which joints they are and how many frames a second. A .bvh is
that of any humanoid.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ballo.errors import DataError
from ballo.evaluation import joint_layouts
from ballo.evaluation.joint_layouts import Layout
from ballo.motion import arrays, bvh
from ballo.motion.arrays import Faulty, Header

MOST_HOURS, MOST_FPS = 3, 240.0
MOST_FRAMES = round(MOST_HOURS * 3600 * MOST_FPS)
"""A file that declares more is refused before it is read."""

MOST_TEXT_BYTES = bvh.MOST_BYTES
"""Of a .bvh, which is read as a whole."""

SLOWEST_FPS, FASTEST_FPS = 1.0, 1000.0

_MARGIN_SECONDS = 1.0
_MOST_NAMES = 1000
_HEAD_BYTES = 2_000_000
_FARTHEST = 1e12  # in any unit


@dataclass(frozen=True, eq=False)
class Points:
    """What a file says.

    Args:
        places: (S, P, 3) float64, finite, in the file's unit and axes: as many frames as were asked for.
        frames: how many there are in the file.
        fps: frames a second.
        layout: what the points are.
    """

    places: np.ndarray
    frames: int
    fps: float
    layout: Layout


@dataclass(frozen=True)
class Asked:
    """What the user says of files that do not say it.

    Args:
        layout: what their joints are.
        fps: frames a second.
    """

    layout: Layout | None = None
    fps: float | None = None


def read(path: Path, seconds: float, asked: Asked) -> Points:
    """A file's points.

    Args:
        seconds: how much of it is wanted; a second more is read.
        asked: what it need not say itself.

    Raises:
        ValueError: it cannot be read, or holds no motion; the message says why and leaves out which file.
    """
    try:
        if path.stat().st_size == 0:
            raise Faulty("is empty")
        points = READERS[path.suffix.lower()](path, seconds, asked)
    except DataError as error:
        raise Faulty(str(error).removeprefix(f"{path}: ")) from error
    except OSError as error:
        raise Faulty(f"cannot be read ({error.strerror or error})") from error
    except MemoryError as error:
        raise Faulty("is too large for the memory there is") from error
    _check_finite(points)
    return points


def _npy(path: Path, seconds: float, asked: Asked) -> Points:
    if asked.layout is None:
        raise Faulty("does not say what its joints are: give --skeleton")
    if asked.fps is None:
        raise Faulty("does not say how many frames a second it has: give --fps")
    with path.open("rb") as stream:
        declared = arrays.header(stream)
        _check_shape(declared, asked.layout)
        places = _numbers(arrays.rows(stream, declared, _frames(seconds, asked.fps)))
        return Points(places, declared.shape[0], asked.fps, asked.layout)


def _npz(path: Path, seconds: float, asked: Asked) -> Points:
    with arrays.bundled(path) as held:
        if "positions" not in held.names:
            found = ", ".join(held.names[:6]) or "nothing"
            raise Faulty(f"holds no positions (frames, joints, 3) but {found}")
        fps = _fps(held, asked)
        with held.opened("positions") as stream:
            declared = arrays.header(stream)
            layout = _layout(held, asked)
            _check_shape(declared, layout)
            places = _numbers(arrays.rows(stream, declared, _frames(seconds, fps)))
            return Points(places, declared.shape[0], fps, layout)


def _fps(held: arrays.Bundled, asked: Asked) -> float:
    if "fps" not in held.names:
        if asked.fps is None:
            raise Faulty("holds no fps: give --fps")
        return asked.fps
    with held.opened("fps") as stream:
        found = arrays.all_of(stream, 1)
    if found.dtype.kind == "U":
        raise Faulty(f"its fps is the text {str(found[0])!r}")
    fps = float(found.reshape(-1)[0]) if found.size else float("nan")
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise Faulty(f"its fps is {fps:g}: {SLOWEST_FPS:g} to {FASTEST_FPS:g} frames a second can be read")
    return fps


def _layout(held: arrays.Bundled, asked: Asked) -> Layout:
    if "joint_names" not in held.names:
        if asked.layout is None:
            raise Faulty("holds no joint_names: give --skeleton")
        return asked.layout
    with held.opened("joint_names") as stream:
        names = arrays.all_of(stream, _MOST_NAMES)
    if names.dtype.kind != "U" or names.ndim != 1:
        raise Faulty("its joint_names are no list of names")
    parents = None
    if "parents" in held.names:
        with held.opened("parents") as stream:
            found = arrays.all_of(stream, _MOST_NAMES)
        if found.dtype.kind not in "iu" or found.ndim != 1:
            raise Faulty("its parents are no list of whole numbers")
        parents = found.tolist()
    return joint_layouts.named("its joint_names", names.tolist(), parents)


def _bvh(path: Path, seconds: float, asked: Asked) -> Points:
    _check_announced(path)
    clip = bvh.read(path)
    if not SLOWEST_FPS <= clip.fps <= FASTEST_FPS:
        raise Faulty(f"has {clip.fps:g} frames a second: {SLOWEST_FPS:g} to {FASTEST_FPS:g} can be read")
    wanted = replace(clip, values=clip.values[: _frames(seconds, clip.fps)])
    layout = joint_layouts.of_nodes("its joints", clip.nodes, bvh.CENTIMETRE)
    return Points(wanted.positions(), len(clip), clip.fps, layout)


def _check_announced(path: Path) -> None:
    """Refuse a .bvh that is too large to be read as a whole, by its size and by how many frames its head announces."""
    size = path.stat().st_size
    if size > MOST_TEXT_BYTES:
        raise Faulty(f"is {size / 1e6:,.0f} MB of text, over {MOST_TEXT_BYTES / 1e6:,.0f}: cut it to the song")
    with path.open("rb") as stream:
        found = re.search(rb"^\s*frames\s*:\s*(\d{1,18})\s*$", stream.read(_HEAD_BYTES), re.IGNORECASE | re.MULTILINE)
    if found:
        _check_frames(int(found[1]))


def _check_shape(declared: Header, layout: Layout) -> None:
    shape = declared.shape
    if declared.kind.kind not in "fiu":
        raise Faulty(f"holds {declared.kind} where numbers are expected")
    if len(shape) != 3 or shape[2] != 3:
        hint = ": reshape it to (frames, joints, 3)" if len(shape) == 2 and shape[1] % 3 == 0 and shape[1] else ""
        raise Faulty(f"has the shape {shape}, not (frames, joints, 3){hint}")
    if shape[1] not in layout.counts:
        others = joint_layouts.with_count(shape[1])
        has = f": {' and '.join(others)} {'have' if len(others) > 1 else 'has'} so many, see --skeleton" if others else ""
        counts = " or ".join(map(str, layout.counts))
        raise Faulty(f"has {shape[1]} joints, but the skeleton {layout.name!r} has {counts}{has}")
    _check_frames(shape[0])


def _check_frames(frames: int) -> None:
    if frames > MOST_FRAMES:
        raise Faulty(f"declares {frames:,} frames, more than {MOST_HOURS} hours at {MOST_FPS:g} a second: cut it to the song")
    if frames < 2:
        raise Faulty("has only 1 frame" if frames else "has no frames")


def _frames(seconds: float, fps: float) -> int:
    """How many frames to read for so many seconds."""
    return int(np.ceil((seconds + _MARGIN_SECONDS) * fps)) + 1


def _numbers(array: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        return array.astype(np.float64)


def _check_finite(points: Points) -> None:
    # What is no number compares as false; beyond the bound lengths would overflow.
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(points.places) < _FARTHEST).all(axis=-1)
    if wrong.any():
        frame, point = np.argwhere(wrong)[0]
        what = "is absurdly far away" if np.isfinite(points.places[frame, point]).all() else "is not finite"
        more = f", and {int(wrong.sum()) - 1} times more" if wrong.sum() > 1 else ""
        raise Faulty(f"{what} at frame {frame}, {points.layout.called(point)}{more}")


READERS: dict[str, Callable[[Path, float, Asked], Points]] = {".npz": _npz, ".bvh": _bvh, ".npy": _npy}
"""By suffix, the ones that say most of themselves first."""
