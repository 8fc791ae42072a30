"""A motion as named arrays: what a program opens."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from ballo.errors import DataError
from ballo.motion import admission, arrays, kinematics
from ballo.motion.admission import MOST_JOINTS, MOST_META_BYTES, Refused, check_bytes, check_size
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

MOST_BYTES = 2_000_000_000
"""Of a file that is read; its numbers are bounded by `admission` besides."""
CHUNK_FRAMES = 4096
"""Positions are computed this many frames at a time: the matrices of an hour of dance would take half a gigabyte."""


def write(motion: Motion, path: Path) -> None:
    """Write the arrays of `motion` to `path`, the same bytes for the same motion.

    The keys are a contract: `positions` (T, J, 3) metres, `rotations` (T, J, 4) local wxyz, `root` (T, 3) metres, `fps`,
    `joint_names` (J,), `parents` (J,) with the root's -1, `offsets` (J, 3) metres, `feet` (feet, joints) names padded
    with "", `contacts` (T, feet) bool in their order, and `meta`, a JSON string.

    Nothing is compressed: deflate saves a quarter of the bytes, takes longer than all the rest, and differs between its
    versions. The entries' dates are numpy's constant, 1980, so no clock gets into the file.
    """
    held: dict[str, Any] = {
        "positions": _positions(motion),
        "rotations": motion.rotations,
        "root": motion.root,
        "fps": np.float64(motion.fps),
        "joint_names": np.array(motion.skeleton.joint_names, dtype=np.str_),
        "parents": np.array(motion.skeleton.parents, dtype=np.int32),
        "offsets": motion.skeleton.offsets,
        "feet": _feet(motion.skeleton),
        "contacts": motion.contacts,
        "meta": np.array(json.dumps(motion.meta, sort_keys=True, allow_nan=False)),
    }
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **held)


def read(path: str | Path) -> Motion:
    """The motion that `write` wrote, or another's arrays of those names.

    `rotations` and `root` are taken where they are, `positions` where they are not; `offsets` may be missing then, `feet`,
    `contacts` and `meta` always.

    Raises:
        DataError: there is no such file, or it holds no motion.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"cannot read {path}: there is no such file")
    with admission.reading(path, "a motion that ballo wrote"):
        check_bytes(path, MOST_BYTES)
        with arrays.bundled(path) as held:
            return _motion(_Arrays(held))


class _Arrays:
    """The arrays of a file, each read when it is asked for, and only so much of it as may be there."""

    def __init__(self, held: arrays.Bundled) -> None:
        self._held = held

    def __contains__(self, name: str) -> bool:
        return name in self._held.names

    def of_frames(self, name: str, *shape: int) -> np.ndarray:
        """An array with an axis of frames before `shape`."""
        with self._opened(name) as stream:
            declared = arrays.header(stream)
            if declared.shape[1:] != shape or not declared.shape:
                raise Refused(f"its {name} have the shape {declared.shape}, not {('frames', *shape)}")
            check_size(declared.shape[0], max(1, shape[0]))
            return arrays.rows(stream, declared, declared.shape[0])

    def small(self, name: str, most: int = 3 * MOST_JOINTS) -> np.ndarray:
        """An array without an axis of frames."""
        with self._opened(name) as stream:
            return arrays.all_of(stream, most)

    def text(self, name: str) -> str:
        """One text."""
        with self._opened(name) as stream:
            declared = arrays.header(stream)
            if declared.kind.kind != "U" or declared.kind.itemsize > 4 * MOST_META_BYTES or math.prod(declared.shape) != 1:
                raise Refused(f"its {name} is no text, or a very long one")
            return str(arrays.rows(stream, replace(declared, shape=(1,)), 1)[0])

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self:
            raise Refused(f"it is not a motion that ballo wrote: it holds no {name}")
        with self._held.opened(name) as stream:
            yield stream


def _motion(held: _Arrays) -> Motion:
    fps = admission.frame_rate(held.small("fps", 1).reshape(-1)[0])
    names, parents = held.small("joint_names").tolist(), held.small("parents").tolist()
    about = admission.meta(admission.parsed(held.text("meta"))) if "meta" in held else {}
    feet = [[name for name in foot if name] for foot in held.small("feet").tolist()] if "feet" in held else []
    if "rotations" not in held:
        points = admission.places(held.of_frames("positions", len(names), 3), (-1, len(names), 3), "positions")
        offsets = held.small("offsets") if "offsets" in held else admission.offsets_of(points, parents)
        return Motion.from_positions(admission.skeleton(names, parents, offsets, feet), points, fps, about)
    skeleton = admission.skeleton(names, parents, held.small("offsets"), feet)
    wxyz = admission.turns(held.of_frames("rotations", len(names), 4), (-1, len(names), 4))
    root = admission.places(held.of_frames("root", 3), (len(wxyz), 3), "root")
    if "contacts" in held:
        standing = admission.flags(held.of_frames("contacts", len(feet)), (len(wxyz), len(feet)))
    else:
        standing = kinematics.contacts(skeleton, kinematics.forward(skeleton, wxyz, root), fps)
    return Motion(skeleton, wxyz, root, fps, standing, about)


def _positions(motion: Motion) -> np.ndarray:
    """(T, J, 3) metres, float32: what `motion.positions` holds, in less memory."""
    positions = np.empty((len(motion), len(motion.skeleton), 3), dtype=np.float32)
    for start in range(0, len(motion), CHUNK_FRAMES):
        span = slice(start, start + CHUNK_FRAMES)
        local = motion.rotations[span].astype(np.float64)
        positions[span] = kinematics.forward(motion.skeleton, local, motion.root[span])
    return positions


def _feet(skeleton: Skeleton) -> np.ndarray:
    widest = max((len(foot) for foot in skeleton.feet), default=0)
    rows = [[*foot, *[""] * (widest - len(foot))] for foot in skeleton.feet]
    return np.array(rows, dtype=np.str_).reshape(len(skeleton.feet), widest)
