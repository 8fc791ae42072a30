"""Writing archives: whole or not at all, the same bytes for the same dances."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ballo.dataset import archive, stock
from ballo.dataset.archive import (
    FORMAT,
    FORMAT_VERSION,
    FULL_SCALE,
    LIBRARY,
    MANIFEST,
    MARGIN_SECONDS,
    SAMPLE_RATE,
    Archive,
    Beats,
    Dance,
)
from ballo.dataset.library import Library
from ballo.dataset.recordings import Problem
from ballo.dataset.splits import Split
from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.version import VERSION

NO_UNIT = -1


@dataclass(frozen=True, eq=False)
class Origin:
    """Where each frame of a dance comes from.

    Args:
        units: tag and take of every unit that the dance shows.
        unit: (T,) which of them, -1 for none.
        source_seconds: (T,) where in its take; where there is no unit, in the dance's own recording.
        repairs: (T,) `takes.Repair` flags.
    """

    units: tuple[tuple[str, str], ...]
    unit: np.ndarray
    source_seconds: np.ndarray
    repairs: np.ndarray

    @classmethod
    def unknown(cls, frames: int, fps: float) -> Origin:
        """Of a dance that is its own take."""
        blank = np.full(frames, NO_UNIT, np.int16)
        return cls((), blank, (np.arange(frames) / fps).astype(np.float32), np.zeros(frames, np.uint8))


@dataclass(frozen=True, eq=False)
class Entry:
    """A dance on its way into an archive.

    Args:
        name, style, split, usable, beats, points, provenance: as in `archive.Dance`.
        motion: the dance.
        samples: its music as int16, or None.
        origin: of its frames; None for its own recording.
    """

    name: str
    style: str
    split: str
    motion: Motion
    usable: tuple[tuple[int, int], ...]
    samples: np.ndarray | None
    provenance: Mapping[str, Any]
    origin: Origin | None = None
    beats: Beats | None = None
    points: np.ndarray | None = None

    @property
    def known_origin(self) -> Origin:
        """Its origin, if need be that nothing is known of it."""
        return self.origin or Origin.unknown(len(self.motion), self.motion.fps)


@dataclass(frozen=True)
class Contents:
    """What goes into an archive.

    Args:
        entries: at least one dance, all of one skeleton and one fps.
        split: which dances are for what.
        grade: "published", "repaired" or "remastered".
        held_out: (tag, take) of the units kept out of training.
        skipped: dances left out, by name, with the reason.
        problems: files missing or broken.
        facts: more for the manifest: takes, grids, what is missing.
        library: what its dances were danced from, to be kept with them; or None.
    """

    entries: Sequence[Entry]
    split: Split
    grade: str = archive.REPAIRED
    held_out: frozenset[tuple[str, str]] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    library: Library | None = None


def as_int16(samples: np.ndarray) -> np.ndarray:
    """Samples of full scale 1 as an archive keeps them."""
    return np.round(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def entry_of(dance: Dance) -> Entry:
    """A dance of an archive as it went in, so that it can go into another."""
    shown, places = np.unique(dance.unit, return_inverse=True)
    shown_units = [index for index in shown if index >= 0]
    names = tuple((dance.units[index].tag, dance.units[index].take) for index in shown_units)
    local = np.array([shown_units.index(index) if index >= 0 else NO_UNIT for index in shown], np.int16)[places]
    return Entry(
        name=dance.name,
        style=dance.style,
        split=dance.split,
        motion=dance.motion(),
        usable=dance.usable,
        samples=dance.samples,
        provenance=dance.provenance,
        origin=Origin(names, local, dance.source_seconds, dance.repairs),
        beats=dance.beats,
        points=dance.points,
    )


def check(path: Path) -> None:
    """Refuse a place that an archive could not be written to in the end.

    Raises:
        DataError: something else is there, or there is no folder to put it in.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir()) and not archive.is_archive(path)):
        raise DataError(f"{path} exists and is no ballo archive: name another folder, or remove it yourself")
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent} to put {path.name} in: make it first")


def write(path: Path, contents: Contents) -> Archive:
    """Write an archive, in place of the one that may be there, and open it.

    Raises:
        DataError: as `check`, or the system refused (full disk, no permission).
    """
    check(path)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        unfinished.mkdir()
        units = sorted({unit for entry in contents.entries for unit in entry.known_origin.units})
        _save_arrays(unfinished, contents.entries, {unit: number for number, unit in enumerate(units)})
        for name, array in stock.arrays(contents.library).items() if contents.library else ():
            np.save(unfinished / f"{name}.npy", array)
        manifest = _described(contents, units) | {"arrays": _hashes(unfinished)}
        (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _replace(path, unfinished)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Archive.open(path)


def _replace(path: Path, unfinished: Path) -> None:
    """Put a finished folder in its place; what was there goes last."""
    old = unfinished.with_name(f"{unfinished.name}.old")
    if path.is_dir():
        path.rename(old)
    try:
        unfinished.rename(path)
    except BaseException:
        if old.is_dir():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _save_arrays(folder: Path, entries: Sequence[Entry], numbers: Mapping[tuple[str, str], int]) -> None:
    motions, origins = [entry.motion for entry in entries], [entry.known_origin for entry in entries]
    np.save(folder / "rotations.npy", np.concatenate([motion.rotations for motion in motions]))
    np.save(folder / "root.npy", np.concatenate([motion.root for motion in motions]))
    np.save(folder / "contacts.npy", np.concatenate([motion.contacts for motion in motions]))
    # One more at the end, which -1 finds.
    tables = [np.array([*(numbers[unit] for unit in origin.units), NO_UNIT], np.int16) for origin in origins]
    np.save(folder / "unit.npy", np.concatenate([table[origin.unit] for table, origin in zip(tables, origins, strict=True)]))
    np.save(folder / "source.npy", np.concatenate([origin.source_seconds for origin in origins]).astype(np.float32))
    np.save(folder / "repairs.npy", np.concatenate([origin.repairs for origin in origins]).astype(np.uint8))
    points = [entry.points for entry in entries if entry.points is not None]
    if points:
        np.save(folder / "points.npy", np.concatenate(points).astype(np.float32))
    np.save(folder / "audio.npy", np.concatenate([np.zeros(0, np.int16), *_songs(entries).values()]))


def _songs(entries: Sequence[Entry]) -> dict[bytes, np.ndarray]:
    """Every window of music once, in order: dances arranged to one song share theirs."""
    windows = [entry.samples for entry in entries if entry.samples is not None]
    return {_digest(window): window for window in windows}


def _digest(samples: np.ndarray) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(samples).data).digest()


def whole(path: Path) -> bool:
    """Whether an archive's arrays are what was written, to the last byte."""
    try:
        return bool(json.loads((path / MANIFEST).read_bytes())["arrays"] == _hashes(path))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each array's file."""
    hashes = {}
    for file in sorted(folder.glob("*.npy")):
        with file.open("rb") as opened:
            hashes[file.name] = hashlib.file_digest(opened, "sha256").hexdigest()
    return hashes


def _described(contents: Contents, units: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The manifest, but for the hashes."""
    entries = contents.entries
    skeleton, fps = entries[0].motion.skeleton, entries[0].motion.fps
    songs = _songs(entries)
    ends = dict(zip(songs, np.cumsum([len(window) for window in songs.values()]).tolist(), strict=True))
    dances, frame = [], 0
    for entry in entries:
        frames, song = len(entry.motion), None
        if entry.samples is not None and len(entry.samples):
            end = ends[_digest(entry.samples)]
            song = [end - len(entry.samples), end]
        described = {
            "name": entry.name,
            "style": entry.style,
            "split": entry.split,
            "frames": [frame, frame + frames],
            "usable": [list(stretch) for stretch in entry.usable],
            "samples": song,
            "beats": _beats(entry.beats),
        }
        dances.append(described | dict(entry.provenance))
        frame += frames
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "ballo_version": VERSION,
        "grade": contents.grade,
        "fps": fps,
        "skeleton": {
            "joint_names": list(skeleton.joint_names),
            "parents": list(skeleton.parents),
            "offsets": skeleton.offsets.tolist(),
            "feet": [list(foot) for foot in skeleton.feet],
        },
        "points": 0 if entries[0].points is None else entries[0].points.shape[1],
        "audio": {"sample_rate": SAMPLE_RATE, "margin_seconds": MARGIN_SECONDS},
        "split": contents.split.as_json(),
        "units": [{"tag": tag, "take": take, "held_out": (tag, take) in contents.held_out} for tag, take in units],
        "dances": dances,
        "skipped": dict(contents.skipped),
        "problems": [asdict(problem) for problem in contents.problems],
        **contents.facts,
        LIBRARY: stock.described(contents.library) if contents.library else None,
    }


def _beats(beats: Beats | None) -> dict[str, Any] | None:
    if beats is None:
        return None
    seconds = [round(float(second), 6) for second in beats.seconds]
    return {"seconds": seconds, "positions": [int(position) for position in beats.positions], "metre": beats.metre}
