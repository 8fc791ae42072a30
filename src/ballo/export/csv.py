"""A motion as a table of joints' places (.csv): what a spreadsheet opens.

The first line is a comment, `# ballo` and JSON: fps, and the skeleton, with which the table can be read back; pandas skips it
with `comment="#"`, NumPy by itself. Then the header: `time_s`, and `JOINT.x_m`, `JOINT.y_m`, `JOINT.z_m` for every joint. A
table of another's making needs no comment if its joints are `DANCER`'s; `_cm` and `_mm` are read too, no unit means metres.
"""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ballo.motion import admission, kinematics
from ballo.motion.admission import Refused
from ballo.motion.motion import Motion
from ballo.motion.resampling import exact_rate
from ballo.motion.skeleton import DANCER, Skeleton

MARK = "# ballo "
MOST_BYTES = 256_000_000
CHUNK_FRAMES = 4096
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_COLUMN = re.compile(r"(.+)[._ ]([xyz])(?:_(m|cm|mm))?", re.IGNORECASE)
_TIMES = ("time_s", "time")


def write(motion: Motion, path: Path) -> None:
    """Write where the joints of `motion` are, in metres to a hundredth of a millimetre, a row a frame.

    What positions do not say is not in it: how a bone is turned about itself, and which foot stands.
    """
    body = motion.skeleton
    about = {
        "fps": motion.fps,
        "parents": list(body.parents),
        "offsets": np.round(body.offsets, 6).tolist(),
        "feet": [list(foot) for foot in body.feet],
        "meta": motion.meta,
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{MARK}{json.dumps(about, sort_keys=True, allow_nan=False, separators=(',', ':'))}\n")
        names = [f"{name}.{axis}_m" for name in body.joint_names for axis in "xyz"]
        csv.writer(file, lineterminator="\n").writerow(["time_s", *names])
        row_format = "%.6f," + ",".join(["%.5f"] * len(names)) + "\n"
        for start in range(0, len(motion), CHUNK_FRAMES):
            span = slice(start, start + CHUNK_FRAMES)
            places = kinematics.forward(body, motion.rotations[span].astype(np.float64), motion.root[span])
            times = np.arange(start, start + len(places)) / motion.fps
            rows = np.concatenate([times[:, None], places.reshape(len(places), -1)], axis=1) + 0.0
            file.writelines(row_format % tuple(row) for row in rows.tolist())


def read(path: Path, *, fps: float | None = None) -> Motion:
    """A motion whose bones point as the table says; see `Motion.from_positions`.

    Args:
        path: the .csv.
        fps: frames a second, if not what the comment says, or else a column `time_s`.

    Raises:
        DataError: it is no such table, or does not say how its joints hang together.
    """
    with admission.reading(path, "a .csv of positions"):
        admission.check_bytes(path, MOST_BYTES)
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = (line for line in file if line.strip())
            first = next(lines, "")
            about = _about(first)
            header = next(csv.reader([next(lines, "") if first.startswith("#") else first], strict=True), [])
            table = _Table.of(header)
            values = _values(lines, len(header))
        positions = admission.places(values[:, table.columns] * table.metres, (-1, len(table.names), 3), "positions")
        said = fps if fps is not None else about.get("fps")
        rate = admission.frame_rate(_rate(values, table.time) if said is None else said)
        body, order = _skeleton(table.names, about, positions)
        return Motion.from_positions(body, positions[:, order], rate, admission.meta(about.get("meta", {})))


@dataclass(frozen=True, eq=False)
class _Table:
    """What a header says.

    Args:
        names: J joints, in the order they come in.
        columns: (J, 3) where their x, y and z are.
        metres: (J, 3) in their units.
        time: where the time is, if it is there.
    """

    names: tuple[str, ...]
    columns: np.ndarray
    metres: np.ndarray
    time: int | None

    @classmethod
    def of(cls, header: Sequence[str]) -> _Table:
        found: dict[str, dict[str, tuple[int, float]]] = {}
        for number, title in enumerate(header):
            if match := _COLUMN.fullmatch(title.strip()):
                axes = found.setdefault(match[1], {})
                if axes.setdefault(match[2].lower(), (number, UNITS[(match[3] or "m").lower()]))[0] != number:
                    raise Refused(f"its header names {match[1]}.{match[2].lower()} twice")
        lacking = [f"{name}.{axis}" for name, axes in found.items() for axis in "xyz" if axis not in axes]
        if not found or lacking:
            raise Refused(f"its header names no column {lacking[0] if lacking else 'such as left_hand.x_m'}")
        admission.check_size(0, len(found))
        cells = np.array([[axes[axis] for axis in "xyz"] for axes in found.values()])
        time = next((number for number, title in enumerate(header) if title.strip().lower() in _TIMES), None)
        return cls(tuple(found), cells[..., 0].astype(int), cells[..., 1], time)


def _about(line: str) -> dict[str, Any]:
    return admission.meta(admission.parsed(line.removeprefix(MARK))) if line.startswith(MARK) else {}


def _values(lines: Iterator[str], columns: int) -> np.ndarray:
    """(T, columns) numbers; an empty cell, or a word, is NaN."""
    parts: list[np.ndarray] = []
    done = 0
    while chunk := list(islice(lines, CHUNK_FRAMES)):
        part = _plain(chunk, columns)
        parts.append(_cells(chunk, columns, done) if part is None else part)
        done += len(parts[-1])
        admission.check_size(done, columns // 3)
    if not parts:
        raise Refused("it has no rows under its header")
    return np.concatenate(parts)


def _plain(lines: Sequence[str], columns: int) -> np.ndarray | None:
    """(T, columns) of lines that hold nothing but numbers, and as many as they should; None of any others."""
    if any(line.count(",") != columns - 1 for line in lines):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
        try:
            values = np.fromstring(",".join(line.strip() for line in lines), sep=",")
        except (DeprecationWarning, ValueError):
            return None
    return values.reshape(-1, columns) if values.size == len(lines) * columns else None


def _cells(lines: Sequence[str], columns: int, done: int) -> np.ndarray:
    """As `_plain`, of lines with quotes, words or empty cells; `done` rows were before them."""
    rows = []
    for number, row in enumerate(csv.reader(lines, strict=True), start=done + 1):
        if len(row) != columns:
            raise Refused(f"row {number} has {len(row)} cells under a header of {columns}")
        rows.append([_number(cell) for cell in row])
    return np.array(rows).reshape(len(rows), columns)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _rate(values: np.ndarray, time: int | None) -> float:
    if time is None or len(values) < 2:
        raise Refused("it does not say how many frames a second it has: it needs a column time_s, or the option fps")
    seconds = float(values[-1, time] - values[0, time]) / (len(values) - 1)
    if not 0 < seconds < np.inf:
        raise Refused("its column of time does not grow")
    rate = 1 / seconds
    # Written with a few decimals, times are off by half of the last of them, over all the rows.
    return float(round(rate)) if round(rate) and abs(rate - round(rate)) < 1e-3 * rate else float(exact_rate(rate))


def _skeleton(names: tuple[str, ...], about: dict[str, Any], positions: np.ndarray) -> tuple[Skeleton, list[int]]:
    """The skeleton, and which of the joints each of its own is."""
    if "parents" in about:
        offsets = about.get("offsets", admission.offsets_of(positions, about["parents"]).tolist())
        body = admission.skeleton(list(names), about["parents"], offsets, about.get("feet", ()))
        same = (body.joint_names, body.parents) == (DANCER.joint_names, DANCER.parents)
        return DANCER if same and np.allclose(body.offsets, DANCER.offsets, atol=1e-6) else body, list(range(len(names)))
    if set(names) != set(DANCER.joint_names):
        raise Refused(f"it does not say how its joints hang together: it needs a first line {MARK}{{...}} with parents")
    order = [names.index(name) for name in DANCER.joint_names]
    bones = positions[:, order] - positions[:, [order[max(parent, 0)] for parent in DANCER.parents]]
    lengths = np.median(np.linalg.norm(bones, axis=-1), axis=0)
    if np.allclose(lengths, DANCER.bone_lengths, atol=1e-3):
        return DANCER, order
    directions = DANCER.offsets / np.where(DANCER.bone_lengths > 0, DANCER.bone_lengths, 1.0)[:, None]
    return Skeleton(DANCER.joint_names, DANCER.parents, directions * lengths[:, None], DANCER.feet), order
