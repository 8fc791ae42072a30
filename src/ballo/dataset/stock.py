"""The library that an archive keeps, so that new dances can be arranged from it without the sources.

Beside the dances: take_joints.npy (F, 22, 3) float32 metres and take_repairs.npy (F,) uint8 over all frames of the takes that
units are cut from, at their own rate, and under "library" in the manifest the takes' bounds, their beats, the units, and the
scripts of the dances to learn from. The dances themselves would not do: they hold each unit as long and as fast as some song
wanted it, at the archive's fps, without the take around it that joins are led through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from ballo.dataset.archive import LIBRARY, TAKE_JOINTS, TAKE_REPAIRS, Archive
from ballo.dataset.grids import Grid
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.repair import Record
from ballo.dataset.takes import Take
from ballo.dataset.units import Unit
from ballo.errors import DataError


def used_takes(library: Library) -> list[Take]:
    """The takes that units are cut from, in the order of their names."""
    used = {unit.take for unit in library.units.values()}
    return [library.takes[name] for name in sorted(used)]


def arrays(library: Library) -> dict[str, np.ndarray]:
    """What goes into files, by their names without .npy."""
    kept = used_takes(library)
    return {
        TAKE_JOINTS: np.concatenate([take.joints for take in kept]).astype(np.float32),
        TAKE_REPAIRS: np.concatenate([take.repairs for take in kept]).astype(np.uint8),
    }


def described(library: Library) -> dict[str, Any]:
    """What goes into the manifest."""
    kept = used_takes(library)
    ends = np.cumsum([len(take) for take in kept])
    return {
        "takes": [
            {
                "name": take.name,
                "frames": [int(end) - len(take), int(end)],
                "fps": take.fps,
                "leg_metres": take.leg_metres,
                "records": [record.as_json() for record in take.records],
            }
            for take, end in zip(kept, ends, strict=True)
        ],
        "grids": {take.name: asdict(library.grids[take.name]) for take in kept if take.name in library.grids},
        "units": [asdict(unit) for _, unit in sorted(library.units.items())],
        "known": sorted(library.known),
        "held_out": sorted(library.held_out),
        "scripts": {name: asdict(script) for name, script in sorted(library.scripts.items())},
    }


def opened(archive: Archive) -> Library:
    """The library of an archive; its takes are views of the archive's files.

    Raises:
        DataError: it keeps none, or it is damaged.
    """
    told = archive.manifest.get(LIBRARY)
    if not told:
        raise DataError(
            f"the archive {archive.path} keeps no takes to arrange: make one of ChoreoNet's with `ballo data prepare SRC "
            f"--as remastered -o {archive.path}`"
        )
    try:
        return _opened(archive, told)
    except (KeyError, TypeError, ValueError, OSError, EOFError) as error:
        raise DataError(f"the archive {archive.path} is damaged ({error}): make it again with `ballo data prepare`") from error


def _opened(archive: Archive, told: Mapping[str, Any]) -> Library:
    joints, repairs = (
        np.load(archive.path / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in (TAKE_JOINTS, TAKE_REPAIRS)
    )
    takes = {}
    for each in told["takes"]:
        frames = slice(*each["frames"])
        records = tuple(Record(**record) for record in each["records"])
        takes[each["name"]] = Take(each["name"], each["fps"], joints[frames], each["leg_metres"], repairs[frames], records)
    units = {unit["tag"]: Unit(**unit) for unit in told["units"]}
    grids = {name: Grid(**grid) for name, grid in told["grids"].items()}
    scripts = {name: _script(**script) for name, script in told["scripts"].items()}
    if not {unit.take for unit in units.values()} <= takes.keys():
        raise ValueError("units of takes that are not there")
    return Library(takes, grids, units, frozenset(told["known"]), frozenset(told["held_out"]), scripts)


def _script(tags: list[str], beats: list[int], **frames: int | None) -> Script:
    return Script(tuple(tags), tuple(beats), **frames)
