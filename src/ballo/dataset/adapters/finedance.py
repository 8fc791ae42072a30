"""Joint positions in .npy files, in the order of SMPL, 30 frames a second: FineDance's folders, or one's own.

Either FineDance's tree, `motion/NNN.npy` (or `joints/`) with `music_wav/NNN.wav` and `label_json/NNN.json`, or a folder of
dance.npy and dance.wav of equal names. An array is (T, J, 3); J is 22 (the body), 24 (SMPL), 52 (SMPL-H, with fingers) or 55
(SMPL-X).

FineDance itself publishes rotations, (T, 315): 3 of the root and 52 x 6, or (T, 319) with 4 contacts before. Where joints are,
only SMPL-X's body model says, which ballo may not ship: FineDance's own data/code/pre_motion.py runs it; save
`smplx_output.joints[:, :55]` as joints/NNN.npy.

Sources: Li et al., "FineDance", ICCV 2023; README.md, data/code/pre_motion.py and issues 3, 20 and 22 of
github.com/li-ronghui/FineDance (folders, columns, frame rate; songs begin with their dances); smplx/joint_names.py of
github.com/vchoutas/smplx (order of joints).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.dataset.adapters import anatomy
from ballo.dataset.adapters.bvh import style_of
from ballo.dataset.adapters.performances import UNKNOWN, Found, Performance, check_points, read_each
from ballo.dataset.adapters.songs import Songs, files
from ballo.dataset.recordings import Problem, Progress
from ballo.errors import DataError

LAYOUT = "joints as .npy (FineDance)"

FPS = 30.0
SHAPES = (22, 24, 52, 55)
FOLDERS = ("joints", "motion")
"""Where FineDance's tree has its arrays; joints made from rotations come before the rotations."""
ROTATIONS = {315: "", 319: " with contacts"}

BODY = {
    "pelvis": 0,
    "left_hip": 1,
    "right_hip": 2,
    "left_knee": 4,
    "right_knee": 5,
    "left_ankle": 7,
    "right_ankle": 8,
    "left_toe": 10,
    "right_toe": 11,
    "neck": 12,
    "head": 15,
    "left_shoulder": 16,
    "right_shoulder": 17,
    "left_elbow": 18,
    "right_elbow": 19,
    "left_wrist": 20,
    "right_wrist": 21,
}
SPINE = (0, 3, 6, 9, 12)
"""Pelvis, three of the spine, neck."""
HANDS = {24: (22, 23), 52: (25, 40), 55: (28, 43)}
"""Left and right: SMPL's hands, and the middle fingers' first joints of SMPL-H and SMPL-X."""
STYLE_KEYS = ("style2", "style1", "style", "genre")
"""In a label, the finer name first."""


def recognises(source: Path) -> bool:
    """Whether there is motion/*.npy or joints/*.npy, or any .npy with a song of its name."""
    paths = files(source, ".npy")
    if any(path.parent.name in FOLDERS for path in paths):
        return True
    songs = Songs(source)
    return any(songs.named(path.stem) for path in paths)


def read(source: Path, progress: Progress | None = None) -> tuple[Iterator[Performance], list[Problem]]:
    """The dances, read as they are asked for, and what is missing or broken; that list grows while they are read.

    Args:
        progress: called before each dance is read with its name, how many are done, and how many there are.

    Raises:
        DataError: there is no .npy at all.
    """
    paths = files(source, ".npy")
    for folder in FOLDERS:
        paths = [path for path in paths if path.parent.name == folder] or paths
        if paths and paths[0].parent.name == folder:
            break
    if not paths:
        raise DataError(f"{source} holds no .npy; put dance.npy (frames, joints, 3) beside dance.wav")
    songs = Songs(source)
    problems: list[Problem] = []
    for path in paths:
        if songs.named(path.stem, path.parent) is None:
            reason = f"missing: no audio file is called {path.stem}, so the dance serves for its motion only"
            problems.append(Problem(path.with_suffix(".wav").relative_to(source).as_posix(), reason, False, path.stem))
    labels = {path.stem: path for path in files(source, ".json")}
    found = [Found(path.stem, path, _Reader(source, path, songs, labels.get(path.stem), problems)) for path in paths]
    return read_each(source, found, problems, progress), problems


@dataclass(frozen=True)
class _Reader:
    """Reads one dance when it is called; a broken label costs its style only."""

    source: Path
    path: Path
    songs: Songs
    label: Path | None
    problems: list[Problem]

    def __call__(self) -> Performance:
        joints, notes = joints_of(_array(self.path))
        song = self.songs.named(self.path.stem, self.path.parent)
        hashes = self.songs.hashes(self.path, song, self.label)
        return Performance(self.path.stem, self._style(), joints, FPS, song, sha256=hashes, notes=tuple(notes))

    def _style(self) -> str:
        if self.label is None:
            folder = style_of(self.path, self.source)
            return UNKNOWN if folder in FOLDERS else folder
        try:
            label = json.loads(self.label.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            self._report(f"not JSON ({error}); the style is unknown")
            return UNKNOWN
        named = [label.get(key) for key in STYLE_KEYS] if isinstance(label, dict) else []
        styles = [style.strip().lower() for style in named if isinstance(style, str) and style.strip()]
        if not styles:
            self._report(f"names no style ({', '.join(STYLE_KEYS)}); the style is unknown")
        return styles[0] if styles else UNKNOWN

    def _report(self, reason: str) -> None:
        path = self.label.relative_to(self.source).as_posix() if self.label else ""
        self.problems.append(Problem(path, reason, False, self.path.stem))


def joints_of(points: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """SMPL's joints (T, J, 3) to `DANCER`'s (T, 22, 3) in metres, Y up, and what was made up.

    Raises:
        ValueError: not such joints; rotations, say.
    """
    if points.ndim == 2 and points.shape[1] in ROTATIONS:
        what = f"SMPL-X rotations{ROTATIONS[points.shape[1]]}, (T, {points.shape[1]})"
        raise ValueError(f"holds {what}: where joints are needs the SMPL-X body model; save its joints as (T, 55, 3)")
    if points.ndim != 3 or points.shape[1] not in SHAPES or points.shape[2] != 3:
        raise ValueError(f"has the shape {points.shape}, not (frames, {' or '.join(map(str, SHAPES))} joints, 3)")
    check_points(points)
    joints, made_up = by_name(points)
    metres, unit_note = anatomy.unit(joints)
    rows, up_note = anatomy.upright(joints)
    joints = {name: points @ rows.T * metres for name, points in joints.items()}
    ahead = joints["left_toe"] - joints["left_ankle"] + joints["right_toe"] - joints["right_ankle"]
    anatomy.check_sides(joints, ahead, "its toes point")
    anatomy.heels(joints, FPS)
    notes = [unit_note, up_note, *made_up, anatomy.HEELS_NOTE]
    return anatomy.in_order(joints), [note for note in notes if note]


def by_name(points: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    """SMPL's joints (T, J, 3) by `DANCER`'s names, in whatever unit and axes, without heels; and what was made up."""
    joints = {name: points[:, joint] for name, joint in BODY.items()}
    joints["chest"] = anatomy.along(points[:, list(SPINE)], anatomy.CHEST_SHARE)
    anatomy.skull(joints)
    hands = HANDS.get(points.shape[1], ())
    joints |= {f"{side}_hand": points[:, hand] for side, hand in zip(anatomy.SIDES, hands, strict=False)}
    anatomy.hands(joints)
    return joints, [anatomy.SKULL_NOTE, *([] if hands else [anatomy.HANDS_NOTE])]


def _array(path: Path) -> np.ndarray:
    """A .npy's numbers (ValueError if it holds anything else; objects, which would be pickles, are refused)."""
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, MemoryError) as error:
        raise ValueError("empty" if not path.stat().st_size else f"no .npy array of numbers ({error})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise ValueError("no .npy array of numbers")
    return array.astype(np.float64)
