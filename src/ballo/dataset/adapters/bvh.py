"""A folder of .bvh files with their songs: song.bvh and song.wav (or .mp3, .flac ...), of equal names.

A dance in a sub-folder is of that style: salsa/night.bvh. Any humanoid that `naming` knows will do, in whatever unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ballo.dataset.adapters import anatomy, naming
from ballo.dataset.adapters.performances import UNKNOWN, Found, Performance, read_each
from ballo.dataset.adapters.songs import Songs, files
from ballo.dataset.recordings import Problem, Progress
from ballo.errors import DataError
from ballo.motion import bvh

LAYOUT = "BVH with songs"

SUFFIX = ".bvh"
GENERIC = frozenset(["bvh", "motion", "motions", "mocap", "data", "dances", "music", "audio", "train", "val", "test"])
"""Folders that name no style."""


def recognises(source: Path) -> bool:
    """Whether there is any .bvh under `source`."""
    return bool(files(source, SUFFIX))


def read(source: Path, progress: Progress | None = None) -> tuple[Iterator[Performance], list[Problem]]:
    """The dances, read as they are asked for, and what is missing or broken; that list grows while they are read.

    Args:
        progress: called before each dance is read with its name, how many are done, and how many there are.

    Raises:
        DataError: there is no .bvh at all.
    """
    motions = files(source, SUFFIX)
    if not motions:
        raise DataError(f"{source} holds no .bvh; put song.bvh beside song.wav, for each dance")
    songs = Songs(source)
    problems: list[Problem] = []
    for path in motions:
        if songs.named(path.stem, path.parent) is None:
            reason = f"missing: no audio file is called {path.stem}, so the dance serves for its motion only"
            problems.append(Problem(path.with_suffix(".wav").relative_to(source).as_posix(), reason, False, path.stem))
    danced = {path.stem.lower() for path in motions}
    for song in songs.paths:
        if song.stem.lower() not in danced:
            problems.append(Problem(song.relative_to(source).as_posix(), f"no motion: there is no {song.stem}.bvh", False))
    found = [Found(path.stem, path, lambda path=path: _performance(source, path, songs)) for path in motions]  # type: ignore[misc]
    return read_each(source, found, problems, progress), problems


def _performance(source: Path, path: Path, songs: Songs) -> Performance:
    joints, notes, fps = joints_of(path)
    song = songs.named(path.stem, path.parent)
    return Performance(
        path.stem, style_of(path, source), joints, fps, song, sha256=songs.hashes(path, song), notes=tuple(notes)
    )


def style_of(path: Path, source: Path) -> str:
    """The style that a dance's folder names, in small letters; "unknown" where it names none."""
    folders = [part.lower() for part in path.relative_to(source).parts[:-1] if part.lower() not in GENERIC]
    return folders[-1] if folders else UNKNOWN


def joints_of(path: Path) -> tuple[np.ndarray, list[str], float]:
    """A .bvh's dancer: joints (T, 22, 3) in metres, Y up; what was made up; frames a second.

    Raises:
        DataError: it is no .bvh; the message names the line.
        ValueError: its skeleton lacks a joint, named, or is no person's.
    """
    clip = bvh.read(path)
    joints, notes = naming.joints(clip)
    metres, unit_note = anatomy.unit(joints)
    rows, up_note = anatomy.upright(joints)
    joints = {name: (points @ rows.T) * metres for name, points in joints.items()}
    ahead = joints["left_toe"] - joints["left_ankle"] + joints["right_toe"] - joints["right_ankle"]
    anatomy.check_sides(joints, ahead, "its toes point")
    notes += [note for note in (unit_note, up_note) if note]
    if any(f"{side}_heel" not in joints for side in anatomy.SIDES):
        anatomy.heels(joints, clip.fps)
        notes.append(anatomy.HEELS_NOTE)
    return anatomy.in_order(joints), notes, clip.fps
