"""The archive: repaired dances with their music in a few memory-mapped arrays, and a manifest that says where each came from.

A folder of manifest.json and, over all N frames and M samples of its dances,

- rotations.npy (N, J, 4) float32 local wxyz and root.npy (N, 3) float32 metres;
- contacts.npy (N, feet) bool;
- unit.npy (N,) int16, which of the manifest's units a frame shows (-1: none), source.npy (N,) float32, where in the unit's take
  in seconds, and repairs.npy (N,) uint8, `takes.Repair` flags of what was done to it;
- points.npy (N, P, 3) float32 metres, only in an archive of the grade "published": the points as they were published;
- audio.npy (M,) int16 mono: for each dance with music its window with `MARGIN_SECONDS` on either side, silent beyond the song;
- take_joints.npy and take_repairs.npy, in one of the grade "remastered": the takes that it was danced from, see `stock`.

The manifest has the SHA-256 of each array. It is written by `archiving`; opening it reads the manifest and maps the arrays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

FORMAT = "ballo archive"
FORMAT_VERSION = 2
SAMPLE_RATE = 16_000
MARGIN_SECONDS = 1.0

PUBLISHED, REPAIRED, REMASTERED = GRADES = ("published", "repaired", "remastered")
"""As it came; mended as far as it goes; danced anew from its source takes on the beats of its song."""

MANIFEST = "manifest.json"
LIBRARY, TAKE_JOINTS, TAKE_REPAIRS = "library", "take_joints", "take_repairs"
FULL_SCALE = 32767


@dataclass(frozen=True)
class Unit:
    """A piece of movement that frames of an archive show: its tag, the take it was recorded in, and whether it is kept out of
    training so that a model can be asked about movement it has never seen."""

    tag: str
    take: str
    held_out: bool


@dataclass(frozen=True, eq=False)
class Beats:
    """The beats of a dance's music.

    Args:
        seconds: (K,) from the dance's first frame; beats before it are negative.
        positions: (K,) place in the bar, 0 being the downbeat.
        metre: beats a bar.
    """

    seconds: np.ndarray
    positions: np.ndarray
    metre: int


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
        units: the archive's units.
        unit: (T,) which of them each frame shows, -1 for none.
        source_seconds: (T,) where in the unit's take.
        repairs: (T,) `takes.Repair` flags.
        points: (T, P, 3) metres as published, in an archive of that grade; else None.
        beats: of its music, or of the tempo it is danced at without music; None where nobody knows.
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
    units: tuple[Unit, ...] = ()
    unit: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int16))
    source_seconds: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    repairs: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    points: np.ndarray | None = None
    beats: Beats | None = None

    def __len__(self) -> int:
        return len(self.root)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self) / self.fps

    @property
    def joins(self) -> tuple[float, ...]:
        """Frames, with fractions, at which one recording was joined to another, where that is known."""
        return tuple(self.provenance.get("joins", ()))

    @property
    def unseen(self) -> np.ndarray:
        """(T,) whether a frame's movement is kept out of all training."""
        held_out = np.array([unit.held_out for unit in self.units] + [False])
        return held_out[self.unit]

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
        margin = round(margin_seconds * SAMPLE_RATE)
        first, last = self._sample(start_frame) - margin, self._sample(start_frame + frames) + margin
        if first < 0 or last > len(self._heard):
            raise ValueError(f"{self.name} has no music for {frames} frames from {start_frame} with {margin_seconds} s around")
        return self._heard[first:last].astype(np.float32) / FULL_SCALE

    def heard(self, start_frame: int, frames: int) -> np.ndarray:
        """The music of `frames` frames from `start_frame` on as it is kept: int16, a view, as long for all windows of a length.

        Raises:
            ValueError: the dance has no music.
        """
        first = self._sample(start_frame)
        return self._heard[first : first + round(frames / self.fps * SAMPLE_RATE)]

    def _sample(self, frame: int) -> int:
        """The sample that a frame begins with."""
        return round(MARGIN_SECONDS * SAMPLE_RATE) + round(frame / self.fps * SAMPLE_RATE)

    @property
    def _heard(self) -> np.ndarray:
        if self.samples is None:
            raise ValueError(f"{self.name} has no music")
        return self.samples


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


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows of one length, stacked: each array is one copy out of the archive's files. Axes: B windows, T frames.

    Args:
        rotations: (B, T, J, 4) local wxyz.
        root: (B, T, 3) metres.
        contacts: (B, T, feet) bool.
        samples: (B, S) int16, the music; None if a window has none.
    """

    rotations: np.ndarray
    root: np.ndarray
    contacts: np.ndarray
    samples: np.ndarray | None

    @classmethod
    def of(cls, windows: Sequence[Window]) -> Batch:
        """The windows as one batch (ValueError if there is none, or they are not of one length)."""
        parts = [(window.dance, slice(window.start, window.start + window.frames)) for window in windows]
        with_music = all(dance.samples is not None for dance, _ in parts)
        return cls(
            np.stack([dance.rotations[part] for dance, part in parts]),
            np.stack([dance.root[part] for dance, part in parts]),
            np.stack([dance.contacts[part] for dance, part in parts]),
            np.stack([dance.heard(part.start, part.stop - part.start) for dance, part in parts]) if with_music else None,
        )


@dataclass(frozen=True, eq=False)
class Archive:
    """An opened archive.

    Args:
        path: its folder.
        dances: what is in it, in the order of their names.
        skeleton, fps: the same for all of them.
        grade: "published", "repaired" or "remastered".
        units: what the frames show.
        manifest: all of manifest.json.
    """

    path: Path
    dances: tuple[Dance, ...]
    skeleton: Skeleton
    fps: float
    grade: str
    units: tuple[Unit, ...]
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
        return hashlib.sha256((self.path / MANIFEST).read_bytes()).hexdigest()

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


def is_archive(path: Path) -> bool:
    """Whether there is an archive of any version in the folder `path`."""
    try:
        return json.loads((path / MANIFEST).read_bytes())["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _manifest(path: Path) -> dict[str, Any]:
    if not is_archive(path):
        raise DataError(f"{path} is no ballo archive: make one with `ballo data prepare SRC -o {path}`")
    manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
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
    shapes: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
        "rotations": (np.float32, (frames, len(skeleton), 4)),
        "root": (np.float32, (frames, 3)),
        "contacts": (np.bool_, (frames, len(skeleton.feet))),
        "unit": (np.int16, (frames,)),
        "source": (np.float32, (frames,)),
        "repairs": (np.uint8, (frames,)),
        "audio": (np.int16, (max(dance["samples"][1] if dance["samples"] else 0 for dance in manifest["dances"]),)),
    }
    if manifest["points"]:
        shapes["points"] = (np.float32, (frames, manifest["points"], 3))
    if manifest.get(LIBRARY):
        taken = manifest[LIBRARY]["takes"][-1]["frames"][1]
        shapes |= {TAKE_JOINTS: (np.float32, (taken, len(skeleton), 3)), TAKE_REPAIRS: (np.uint8, (taken,))}
    arrays = {name: _mapped(path, name, *shape) for name, shape in shapes.items()}
    units = tuple(Unit(**unit) for unit in manifest["units"])
    dances = tuple(_dance(entry, skeleton, manifest["fps"], arrays, units) for entry in manifest["dances"])
    return Archive(path, dances, skeleton, manifest["fps"], manifest["grade"], units, manifest)


def _mapped(path: Path, name: str, kind: type[np.generic], shape: tuple[int, ...]) -> np.ndarray:
    """An array of the archive, mapped and not read."""
    file = path / f"{name}.npy"
    # An empty file cannot be mapped; an archive of silent dances has no audio.
    array: np.ndarray = np.load(file, mmap_mode="r" if np.prod(shape) else None, allow_pickle=False)
    if array.dtype != kind or array.shape != shape:
        raise ValueError(f"{file.name} holds {array.dtype} {array.shape}, the manifest says {np.dtype(kind)} {shape}")
    return array


DESCRIBED = ("name", "style", "split", "frames", "usable", "samples", "beats")
"""What the manifest says of every dance; the rest is its provenance."""


def _dance(
    entry: Mapping[str, Any], skeleton: Skeleton, fps: float, arrays: Mapping[str, np.ndarray], units: tuple[Unit, ...]
) -> Dance:
    frames, known = slice(*entry["frames"]), entry["beats"]
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
        samples=arrays["audio"][slice(*entry["samples"])] if entry["samples"] else None,
        provenance={key: value for key, value in entry.items() if key not in DESCRIBED},
        units=units,
        unit=arrays["unit"][frames],
        source_seconds=arrays["source"][frames],
        repairs=arrays["repairs"][frames],
        points=arrays["points"][frames] if "points" in arrays else None,
        beats=Beats(np.array(known["seconds"]), np.array(known["positions"]), known["metre"]) if known else None,
    )
