"""AIST++: 1,408 dances of ten street styles, 60 frames a second, as 17 key points in centimetres.

A folder of

- `keypoints3d/*.pkl`: {"keypoints3d", "keypoints3d_optim"}, each (T, 17, 3) float64, COCO's points; the second is smoothed and
  lacks fewer points, so it is taken, and filled from the first;
- `splits/crossmodal_{train,val,test}.txt`: names; songs of val and test are not in train. Dances in none of them share a
  choreography or a song with one that is held out: they get no part;
- `ignore_list.txt`: dances whose tracking the publishers found wrong;
- the songs, which come from the AIST Dance Video Database: mBR0.wav or .mp3, in any folder here (music, audio, wav ...).

A name tells genre, situation, camera, dancers, song and choreography: gBR_sBM_cAll_d04_mBR0_ch01. Song and dance begin
together.

Sources: Li et al., "AI Choreographer", ICCV 2021; aist_plusplus/loader.py, processing/run_estimate_keypoints.py and README.md
of github.com/google/aistplusplus_api; Tsuchida et al., "AIST Dance Video Database", ISMIR 2019 (names).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ballo.dataset.adapters import anatomy, pickles
from ballo.dataset.adapters.performances import UNKNOWN, Found, Performance, check_points, read_each
from ballo.dataset.adapters.songs import Songs, files
from ballo.dataset.recordings import Problem, Progress
from ballo.dataset.splits import TRAIN, VALIDATION
from ballo.errors import DataError

LAYOUT = "AIST++"

FPS = 60.0
POINTS = 17
GENRES = {
    "BR": "break",
    "PO": "pop",
    "LO": "lock",
    "MH": "middle hip-hop",
    "LH": "LA hip-hop",
    "HO": "house",
    "WA": "waack",
    "KR": "krump",
    "JS": "street jazz",
    "JB": "ballet jazz",
}
NAME = re.compile(r"g(?P<genre>[A-Z]{2})_s[A-Z]{2}_c\w+?_d\d+(?:_d\d+)*_m(?P<song>[A-Z]{2}\d+)_ch\d+")

LONGEST_GAP_SECONDS = 0.5
"""Points missing for longer are not bridged: the dance is refused."""

NOSE, LEFT_EAR, RIGHT_EAR = 0, 3, 4
COCO = {
    "left_shoulder": 5,
    "right_shoulder": 6,
    "left_elbow": 7,
    "right_elbow": 8,
    "left_wrist": 9,
    "right_wrist": 10,
    "left_hip": 11,
    "right_hip": 12,
    "left_knee": 13,
    "right_knee": 14,
    "left_ankle": 15,
    "right_ankle": 16,
}
SPINE_SHARES = {"pelvis": 0.123, "chest": 0.370, "neck": 0.784}
"""Where `DANCER` has them on the way from the middle of the hips to the middle of the shoulders, at rest."""
SPINE_NOTE = "no spine: pelvis, chest and neck set on the line from the hips' to the shoulders' middle"


def recognises(source: Path) -> bool:
    """Whether there are pickles of AIST++'s names in a folder keypoints3d (or `source` is that folder)."""
    return bool(_pickles(source))


def read(source: Path, progress: Progress | None = None) -> tuple[Iterator[Performance], list[Problem]]:
    """The dances, read as they are asked for, and what is missing or broken; that list grows while they are read.

    Args:
        progress: called before each dance is read with its name, how many are done, and how many there are.

    Raises:
        DataError: there is no dance at all.
    """
    paths, songs = _pickles(source), Songs(source)
    if not paths:
        raise DataError(f"{source} holds no keypoints3d/*.pkl; name the folder of AIST++'s annotations")
    problems: list[Problem] = []
    ignored = _names(source, "ignore_list.txt", problems)
    left_out = sorted({path.stem for path in paths} & ignored)
    if left_out:
        reason = f"{len(left_out)} dances are not used, as the publishers advise: {', '.join(left_out[:3])}" + " …" * (
            len(left_out) > 3
        )
        problems.append(Problem("ignore_list.txt", reason, True))
    paths = [path for path in paths if path.stem not in ignored]
    problems += _missing_songs(paths, songs)
    parts = _parts(source, problems)
    found = [Found(path.stem, path, _Reader(path, songs, parts.get(path.stem))) for path in paths]
    return read_each(source, found, problems, progress), problems


@dataclass(frozen=True)
class _Reader:
    """Reads one dance when it is called."""

    path: Path
    songs: Songs
    split: str | None

    def __call__(self) -> Performance:
        name = NAME.fullmatch(self.path.stem)
        style, song = (GENRES.get(name["genre"], UNKNOWN), self.songs.named(f"m{name['song']}")) if name else (UNKNOWN, None)
        points, notes = _bridged(_points(pickles.load(self.path)))
        joints, more = joints_of(points)
        hashes = self.songs.hashes(self.path, song)
        return Performance(self.path.stem, style, joints, FPS, song, 0.0, self.split, hashes, (*notes, *more))


def joints_of(points: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """COCO's points (T, 17, 3) to joints (T, 22, 3) in metres, Y up, and what was made up.

    Raises:
        ValueError: not a person: no unit or no way up fits, or left and right are exchanged.
    """
    joints = {name: points[:, point] for name, point in COCO.items()}
    hips, shoulders = ((joints[f"left_{name}"] + joints[f"right_{name}"]) / 2 for name in ("hip", "shoulder"))
    joints |= {name: (1 - share) * hips + share * shoulders for name, share in SPINE_SHARES.items()}
    ears = (points[:, LEFT_EAR] + points[:, RIGHT_EAR]) / 2
    joints["head"] = ears
    metres, unit_note = anatomy.unit(joints)
    rows, up_note = anatomy.upright(joints)
    joints = {name: points @ rows.T * metres for name, points in joints.items()}
    anatomy.check_sides(joints, (points[:, NOSE] - ears) @ rows.T, "its nose points")
    anatomy.hands(joints)
    anatomy.soles(joints)
    notes = [SPINE_NOTE, anatomy.HANDS_NOTE, anatomy.SOLES_NOTE, unit_note, up_note]
    return anatomy.in_order(joints), [note for note in notes if note]


def _pickles(source: Path) -> list[Path]:
    named = [path for path in files(source, ".pkl") if NAME.fullmatch(path.stem)]
    folder = {path for path in named if path.parent.name == "keypoints3d"}
    return sorted(folder) or (named if source.resolve().name == "keypoints3d" else [])


def _points(content: Any) -> np.ndarray:
    """A pickle's content to (T, 17, 3), missing points NaN (ValueError if it holds anything else)."""
    keys = ("keypoints3d_optim", "keypoints3d")
    arrays = [content[key] for key in keys if isinstance(content, Mapping) and isinstance(content.get(key), np.ndarray)]
    if not arrays:
        raise ValueError("holds neither an array keypoints3d_optim nor keypoints3d")
    for array in arrays:
        if array.ndim != 3 or array.shape[1:] != (POINTS, 3):
            raise ValueError(f"its key points have the shape {array.shape}, not (frames, {POINTS}, 3)")
    points = np.array(arrays[0], dtype=np.float64)
    for array in arrays[1:]:
        if array.shape == points.shape:
            points = np.where(np.isfinite(points), points, array)
    return points


def _bridged(points: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Points with the gaps of half a second at most filled in a straight line, and a note (ValueError for longer ones)."""
    check_points(np.zeros(len(points)))
    missing = ~np.isfinite(points).all(axis=-1)
    if not missing.any():
        return points, []
    points, frames = points.copy(), np.arange(len(points))
    for point in np.flatnonzero(missing.any(axis=0)):
        here = ~missing[:, point]
        if not here.any():
            raise ValueError(f"point {point} is missing throughout")
        borders = np.flatnonzero(np.diff(np.concatenate([[1], here, [1]])))
        longest = int(np.max(borders[1::2] - borders[::2]))
        if longest > LONGEST_GAP_SECONDS * FPS:
            raise ValueError(f"point {point} is missing for {longest} frames on end; {LONGEST_GAP_SECONDS:g} s can be bridged")
        for axis in range(3):
            points[~here, point, axis] = np.interp(frames[~here], frames[here], points[here, point, axis])
    return points, [f"{int(missing.sum())} missing points bridged from the frames around"]


def _names(source: Path, file_name: str, problems: list[Problem]) -> set[str]:
    """The names in every file of that name, a line each."""
    names: set[str] = set()
    for path in (path for path in files(source, ".txt") if path.name == file_name):
        try:
            names |= {line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()}
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(path.relative_to(source).as_posix(), f"cannot be read ({error})", False))
    return names


def _parts(source: Path, problems: list[Problem]) -> dict[str, str]:
    """Each dance's part by the publishers' lists; validation and test are both held out. Nothing where there are no lists."""
    for protocol in ("crossmodal", "pose"):
        listed = {part: _names(source, f"{protocol}_{part}.txt", problems) for part in ("train", "val", "test")}
        if any(listed.values()):
            held = dict.fromkeys(listed["val"] | listed["test"], VALIDATION)
            return dict.fromkeys(listed["train"], TRAIN) | held
    return {}


def _missing_songs(paths: list[Path], songs: Songs) -> list[Problem]:
    """A problem for each song that is nowhere; one in all where there is none."""
    named = [NAME.fullmatch(path.stem) for path in paths]
    missing = Counter(f"m{name['song']}" for name in named if name and songs.named(f"m{name['song']}") is None)
    if not songs.paths:
        wanted = ", ".join(sorted(missing)[:3]) + " …" * (len(missing) > 3)
        return [Problem("music", f"missing: put the AIST songs there ({wanted}); without, dances serve for motion only", False)]
    return [
        Problem(f"music/{song}.wav", f"missing: {count} dance{'s' * (count > 1)} to it serve for motion only", False)
        for song, count in sorted(missing.items())
    ]
