"""The archive: repaired dances with their music in a few memory-mapped arrays, and a manifest that says where each came from.

A folder of manifest.json and, over all N frames and M samples of its dances,

- rotations.npy (N, J, 4) float32 local wxyz and root.npy (N, 3) float32 metres;
- contacts.npy (N, feet) bool;
- audio.npy (M,) int16 mono: for each dance with music its window with `MARGIN_SECONDS` on either side, silent beyond the song.

It is written beside its place and renamed when whole; opening it reads the manifest and maps the arrays.
"""

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

from ballo.dataset.recordings import Problem
from ballo.dataset.splits import Split
from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.version import VERSION

FORMAT = "ballo archive"
FORMAT_VERSION = 1
SAMPLE_RATE = 16_000
MARGIN_SECONDS = 1.0

_MANIFEST = "manifest.json"
_FULL_SCALE = 32767


@dataclass(frozen=True, eq=False)
class Dance:
    """One dance of an archive. Its arrays are views of the archive's files; nothing is read before it is used.

    Args:
        name: "DANCE_C_2".
        style: "cha-cha".
        split: "train", "val" or "motion_only".
        usable: ranges of frames (first, last + 1) worth learning from, and inside the music where there is any.
        skeleton, fps: what the arrays mean.
        rotations: (T, J, 4) local wxyz.
        root: (T, 3) metres.
        contacts: (T, feet) bool.
        samples: (S,) int16, the music from `MARGIN_SECONDS` before the first frame to as long after the last; or None.
        provenance: sources, hashes and repairs, as in the manifest.
    """

    name: str
    style: str
    split: str
    usable: tuple[tuple[int, int], ...]
    skeleton: Skeleton
    fps: float
    rotations: np.ndarray
    root: np.ndarray
    contacts: np.ndarray
    samples: np.ndarray | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.root)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self) / self.fps

    @property
    def joins(self) -> tuple[int, ...]:
        """Frames at which one clip of the dance's script was spliced to the next by the publisher, where that is known."""
        figures = (record["figures"] for record in self.provenance.get("repairs", ()))
        return tuple(join for known in figures for join in known.get("joins", ()))

    def motion(self, start_frame: int = 0, frames: int | None = None) -> Motion:
        """The dance, or `frames` of it."""
        part = slice(start_frame, None if frames is None else start_frame + frames)
        meta = {"dance": self.name, "style": self.style, "split": self.split, "start_frame": start_frame}
        return Motion(self.skeleton, self.rotations[part], self.root[part], self.fps, self.contacts[part], meta)

    def music(self, start_frame: int, frames: int, margin_seconds: float = 0.0) -> np.ndarray:
        """What is heard in `frames` frames from `start_frame` on: float32 mono at `SAMPLE_RATE`, full scale 1.

        The first sample after the margin is the one at round(start_frame / fps * SAMPLE_RATE) of the dance.

        Args:
            margin_seconds: how much more to give on either side; at the dance's ends there is `MARGIN_SECONDS` of it.

        Raises:
            ValueError: the dance has no music, or the stretch reaches beyond what the archive holds.
        """
        if self.samples is None:
            raise ValueError(f"{self.name} has no music")
        zero, margin = round(MARGIN_SECONDS * SAMPLE_RATE), round(margin_seconds * SAMPLE_RATE)
        first = zero + round(start_frame / self.fps * SAMPLE_RATE) - margin
        last = zero + round((start_frame + frames) / self.fps * SAMPLE_RATE) + margin
        if first < 0 or last > len(self.samples):
            raise ValueError(f"{self.name} has no music for {frames} frames from {start_frame} with {margin_seconds} s around")
        return self.samples[first:last].astype(np.float32) / _FULL_SCALE


@dataclass(frozen=True)
class Window:
    """A stretch of a dance, all of it usable: `frames` frames from `start` on."""

    dance: Dance
    start: int
    frames: int

    def motion(self) -> Motion:
        """The window's motion."""
        return self.dance.motion(self.start, self.frames)

    def music(self, margin_seconds: float = 0.0) -> np.ndarray:
        """The window's music; see `Dance.music`."""
        return self.dance.music(self.start, self.frames, margin_seconds)


@dataclass(frozen=True)
class Entry:
    """A dance on its way into an archive; the arguments are as in `Dance`, `samples` as float32 of full scale 1."""

    name: str
    style: str
    split: str
    motion: Motion
    usable: tuple[tuple[int, int], ...]
    samples: np.ndarray | None
    provenance: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Archive:
    """An opened archive.

    Args:
        path: its folder.
        dances: what is in it, in the order of their names.
        skeleton, fps: the same for all of them.
        manifest: all of manifest.json.
    """

    path: Path
    dances: tuple[Dance, ...]
    skeleton: Skeleton
    fps: float
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, path: str | Path) -> Archive:
        """Open the archive in the folder `path`.

        Raises:
            DataError: it is no archive, one of a newer version, or one that lost a part.
        """
        path = Path(path)
        manifest = _manifest(path)
        try:
            return _opened(path, manifest)
        except (KeyError, TypeError, ValueError, OSError, EOFError) as error:
            raise DataError(f"the archive {path} is damaged ({error}): make it again with `ballo data prepare`") from error

    @property
    def manifest_sha256(self) -> str:
        """What tells this archive from any other."""
        return hashlib.sha256((self.path / _MANIFEST).read_bytes()).hexdigest()

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles danced in it, in alphabetical order."""
        return tuple(sorted({dance.style for dance in self.dances}))

    def select(self, split: str) -> tuple[Dance, ...]:
        """The dances of one part of the split: "train", "val" or "motion_only"."""
        return tuple(dance for dance in self.dances if dance.split == split)

    def windows(self, split: str, *, frames: int = 120, hop: int = 25) -> list[Window]:
        """Every stretch of `frames` frames inside a usable range of the dances of `split`, `hop` frames apart."""
        return [
            Window(dance, start, frames)
            for dance in self.select(split)
            for first, end in dance.usable
            for start in range(first, end - frames + 1, hop)
        ]


def check(path: Path) -> None:
    """Refuse a place that an archive could not be written to in the end.

    Raises:
        DataError: something else is there, or there is no folder to put it in.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir()) and not _is_archive(path)):
        raise DataError(f"{path} exists and is no ballo archive: name another folder, or remove it yourself")
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent} to put {path.name} in: make it first")


def write(
    path: Path, entries: Sequence[Entry], split: Split, skipped: Mapping[str, str], problems: Sequence[Problem]
) -> Archive:
    """Write an archive, in place of the one that may be there, and open it.

    Args:
        entries: at least one dance, all of one skeleton and one fps.
        skipped: dances left out, by name, with the reason.
        problems: files missing or broken.

    Raises:
        DataError: as `check`, or the system refused (full disk, no permission).
    """
    check(path)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        unfinished.mkdir()
        _save_arrays(unfinished, entries)
        manifest = _described(entries, split, skipped, problems)
        (unfinished / _MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _replace(path, unfinished)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Archive.open(path)


def _replace(path: Path, unfinished: Path) -> None:
    """Put a finished folder in its place; what was there goes last."""
    old = unfinished.with_suffix(".old")
    if path.is_dir():
        path.rename(old)
    unfinished.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _save_arrays(folder: Path, entries: Sequence[Entry]) -> None:
    motions = [entry.motion for entry in entries]
    np.save(folder / "rotations.npy", np.concatenate([motion.rotations for motion in motions]))
    np.save(folder / "root.npy", np.concatenate([motion.root for motion in motions]))
    np.save(folder / "contacts.npy", np.concatenate([motion.contacts for motion in motions]))
    songs = [_as_int16(entry.samples) for entry in entries if entry.samples is not None]
    np.save(folder / "audio.npy", np.concatenate([np.zeros(0, np.int16), *songs]))


def _as_int16(samples: np.ndarray) -> np.ndarray:
    return np.round(np.clip(samples, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)


def _described(
    entries: Sequence[Entry], split: Split, skipped: Mapping[str, str], problems: Sequence[Problem]
) -> dict[str, Any]:
    """The manifest."""
    skeleton, fps = entries[0].motion.skeleton, entries[0].motion.fps
    dances, frame, sample = [], 0, 0
    for entry in entries:
        frames, samples = len(entry.motion), 0 if entry.samples is None else len(entry.samples)
        dances.append(
            {
                "name": entry.name,
                "style": entry.style,
                "split": entry.split,
                "frames": [frame, frame + frames],
                "usable": [list(stretch) for stretch in entry.usable],
                "samples": [sample, sample + samples] if samples else None,
                **entry.provenance,
            }
        )
        frame, sample = frame + frames, sample + samples
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "ballo_version": VERSION,
        "fps": fps,
        "skeleton": {
            "joint_names": list(skeleton.joint_names),
            "parents": list(skeleton.parents),
            "offsets": skeleton.offsets.tolist(),
            "feet": [list(foot) for foot in skeleton.feet],
        },
        "audio": {"sample_rate": SAMPLE_RATE, "margin_seconds": MARGIN_SECONDS},
        "split": split.as_json(),
        "dances": dances,
        "skipped": dict(skipped),
        "problems": [asdict(problem) for problem in problems],
    }


def _is_archive(path: Path) -> bool:
    try:
        return json.loads((path / _MANIFEST).read_bytes())["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _manifest(path: Path) -> dict[str, Any]:
    if not _is_archive(path):
        raise DataError(f"{path} is no ballo archive: make one with `ballo data prepare SRC -o {path}`")
    manifest: dict[str, Any] = json.loads((path / _MANIFEST).read_bytes())
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        remedy = "update ballo" if isinstance(version, int) and version > FORMAT_VERSION else "make it again"
        raise DataError(f"the archive {path} is of version {version}, this ballo reads {FORMAT_VERSION}: {remedy}")
    return manifest


def _opened(path: Path, manifest: Mapping[str, Any]) -> Archive:
    """The archive that a manifest describes (ValueError and others if files and manifest disagree)."""
    described = manifest["skeleton"]
    skeleton = Skeleton(
        tuple(described["joint_names"]),
        tuple(described["parents"]),
        np.array(described["offsets"]),
        tuple(tuple(foot) for foot in described["feet"]),
    )
    frames = manifest["dances"][-1]["frames"][1]
    samples = max(dance["samples"][1] if dance["samples"] else 0 for dance in manifest["dances"])
    arrays = {
        "rotations": _mapped(path, "rotations", np.float32, (frames, len(skeleton), 4)),
        "root": _mapped(path, "root", np.float32, (frames, 3)),
        "contacts": _mapped(path, "contacts", np.bool_, (frames, len(skeleton.feet))),
    }
    audio = _mapped(path, "audio", np.int16, (samples,))
    dances = tuple(_dance(entry, skeleton, manifest["fps"], arrays, audio) for entry in manifest["dances"])
    return Archive(path, dances, skeleton, manifest["fps"], manifest)


def _mapped(path: Path, name: str, kind: type[np.generic], shape: tuple[int, ...]) -> np.ndarray:
    """An array of the archive, mapped and not read."""
    file = path / f"{name}.npy"
    # An empty file cannot be mapped; an archive of silent dances has no audio.
    array: np.ndarray = np.load(file, mmap_mode="r" if np.prod(shape) else None, allow_pickle=False)
    if array.dtype != kind or array.shape != shape:
        raise ValueError(f"{file.name} holds {array.dtype} {array.shape}, the manifest says {np.dtype(kind)} {shape}")
    return array


def _dance(
    entry: Mapping[str, Any], skeleton: Skeleton, fps: float, arrays: Mapping[str, np.ndarray], audio: np.ndarray
) -> Dance:
    frames = slice(*entry["frames"])
    known = {"name", "style", "split", "frames", "usable", "samples"}
    return Dance(
        name=entry["name"],
        style=entry["style"],
        split=entry["split"],
        usable=tuple((first, end) for first, end in entry["usable"]),
        skeleton=skeleton,
        fps=fps,
        rotations=arrays["rotations"][frames],
        root=arrays["root"][frames],
        contacts=arrays["contacts"][frames],
        samples=audio[slice(*entry["samples"])] if entry["samples"] else None,
        provenance={key: value for key, value in entry.items() if key not in known},
    )
