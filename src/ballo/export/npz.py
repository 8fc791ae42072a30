"""A motion as named arrays: what a program opens."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import DataError
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

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
    arrays: dict[str, Any] = {
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
        np.savez(file, allow_pickle=False, **arrays)


def read(path: str | Path) -> Motion:
    """The motion that `write` wrote.

    Raises:
        DataError: there is no such file, or it is not ours.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _motion(arrays)
    except FileNotFoundError as error:
        raise DataError(f"cannot read {path}: there is no such file") from error
    except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot read {path}: it is not a motion that ballo wrote ({error})") from error


def _motion(arrays: Mapping[str, np.ndarray]) -> Motion:
    skeleton = Skeleton(
        tuple(arrays["joint_names"].tolist()),
        tuple(arrays["parents"].tolist()),
        arrays["offsets"],
        tuple(tuple(name for name in foot if name) for foot in arrays["feet"].tolist()),
    )
    meta = json.loads(arrays["meta"].item())
    return Motion(skeleton, arrays["rotations"], arrays["root"], float(arrays["fps"]), arrays["contacts"], meta)


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
