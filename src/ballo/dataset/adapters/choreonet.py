"""The source takes of the Tang dances as ChoreoNet published them: markers, hand-cut units, scripts and two songs.

A folder of

- `raw_c3d/*.c3d`: optical markers at 80 frames a second, millimetres, z up, right-handed;
- `movement_interval.csv`: units of about a bar (take, tag, start and end frame from 0, beats);
- `choreography/{C,R,T,W}.json`: each dance's script, read with the dances (see `recordings`).

The header's first frame is ignored: the csv counts from the file's first. `fake_*` columns are the same bounds at 40 Hz.

Source: Ye et al., "ChoreoNet", ACM Multimedia 2020.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.dataset.recordings import STYLES, Problem, Progress
from ballo.errors import DataError

TAKES, INTERVALS = "raw_c3d", "movement_interval.csv"
NO_UNIT = "NIL"

_METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}


@dataclass(frozen=True)
class Interval:
    """One unit as it was cut by hand.

    Args:
        take: the take's name, "15".
        tag: the unit's, "C-1-1": style, figure, variant.
        first_frame, end_frame: in the take's frames, from 0, with fractions; an end may be missing (None).
        beats: how many it is said to last; None where nothing is said.
    """

    take: str
    tag: str
    first_frame: float
    end_frame: float | None
    beats: int | None


@dataclass(frozen=True, eq=False)
class Markers:
    """A take's optical markers.

    Args:
        name: the take's, "15".
        points: (T, M, 3) metres, right-handed, Y up; NaN where a marker was not seen.
        labels: (M,) the markers' names without prefixes: "LFHD".
        fps: frames a second.
    """

    name: str
    points: np.ndarray
    labels: tuple[str, ...]
    fps: float

    def __getitem__(self, label: str) -> np.ndarray:
        return self.points[:, self.labels.index(label)]


def recognises(folder: Path) -> bool:
    """Whether `folder` holds takes and the csv of their units."""
    return (folder / TAKES).is_dir() and (folder / INTERVALS).is_file()


def take_files(folder: Path) -> list[Path]:
    """The C3D files, in the order of their names."""
    return sorted((folder / TAKES).glob("*.c3d"))


def read_takes(files: Sequence[Path], source: Path, progress: Progress | None = None) -> tuple[list[Markers], list[Problem]]:
    """Read C3D files; one that cannot be used is named and reading goes on.

    Args:
        source: what paths in problems are relative to.
    """
    takes, problems = [], []
    for done, file in enumerate(files):
        if progress:
            progress(f"take {file.stem}", done, len(files))
        try:
            takes.append(read_c3d(file))
        except ValueError as error:
            problems.append(Problem(file.relative_to(source).as_posix(), str(error), expected=False))
    return takes, problems


def read_c3d(path: Path) -> Markers:
    """The markers of a C3D file, turned from its Z-up axes into Y-up ones: (X, Z, -Y).

    Raises:
        ValueError: it is no C3D file, has no points, no rate, or a unit of length that is not known.
        DataError: the package that reads C3D is not installed.
    """
    try:
        import ezc3d
    except ImportError as error:
        raise DataError("reading C3D takes needs one more package: pip install 'ballo[data]'") from error
    try:
        content = ezc3d.c3d(str(path))
    except (OSError, RuntimeError, ValueError, IndexError) as error:
        raise ValueError("not a C3D file that can be read") from error
    described, points = content["parameters"]["POINT"], content["data"]["points"]
    for name in ("LABELS", "RATE", "UNITS"):
        if name not in described or not len(described[name]["value"]):
            raise ValueError(f"no motion: no POINT:{name} says what its {points.shape[1]} points are")
    labels = tuple(label.split(":")[-1].strip() for label in described["LABELS"]["value"])[: points.shape[1]]
    if points.shape[2] < 2:
        raise ValueError(f"no motion: {points.shape[1]} points, {points.shape[2]} frames")
    fps, unit = float(described["RATE"]["value"][0]), str(described["UNITS"]["value"][0]).strip().lower()
    if not 1 <= fps <= 2000:
        raise ValueError(f"a rate of {fps:g} frames a second")
    if unit not in _METRES:
        raise ValueError(f"points in {unit or 'no unit'}, not in {', '.join(_METRES)}")
    metres = points[:3].transpose(2, 1, 0) * _METRES[unit]
    upright = np.stack([metres[..., 0], metres[..., 2], -metres[..., 1]], axis=-1)
    # A marker that was not seen is written as zeros, as a negative residual or as NaN, depending on the program.
    unseen = (np.abs(upright).sum(axis=-1) == 0) | (content["data"]["meta_points"]["residuals"][0].T < 0)
    upright[unseen | ~np.isfinite(upright).all(axis=-1)] = np.nan
    return Markers(path.stem, upright, labels, fps)


def read_intervals(path: Path, source: Path) -> tuple[list[Interval], list[Problem]]:
    """The units of movement_interval.csv; rows that cannot be read are named and reading goes on."""
    name = path.relative_to(source).as_posix()
    intervals, problems = [], []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                try:
                    if row["movement_tag"] != NO_UNIT:
                        intervals.append(_interval(row))
                except (KeyError, TypeError, ValueError) as error:
                    problems.append(Problem(name, f"line {number} is no unit ({error})", expected=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(name, f"cannot be read ({error})", expected=False))
    return intervals, problems


def _interval(row: dict[str, str]) -> Interval:
    first = float(row["start_frame"])
    end = float(row["end_frame"]) if row["end_frame"] else None
    beats = int(row["beats"]) if row["beats"] else None
    if not math.isfinite(first) or first < 0 or (end is not None and not first < end < math.inf):
        raise ValueError(f"it would last from frame {first:g} to frame {end}")
    if not re.fullmatch(rf"[{''.join(STYLES)}]-\d+-\d+", row["movement_tag"]):
        raise ValueError(f"{row['movement_tag']!r} is no tag: it should be <{', '.join(STYLES)}>-<figure>-<variant>")
    if beats is not None and beats <= 0:
        raise ValueError(f"it would last {beats} beats")
    return Interval(row["c3d_file"], row["movement_tag"], first, end, beats)
