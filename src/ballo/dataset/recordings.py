"""The Tang et al. 2018 recordings as published: found, read, checked, and changed in nothing.

A source is one folder of DANCE_* folders, or a folder that holds any of

- `tang2018/`: the authors' second release, DANCE_*/{skeletons.json, config.json, audio.mp3};
- `tang2018-first-release/`: their first release, on another time base;
- `choreonet/`: the same laboratory's scripts (choreography/*.json) and two more songs (music/C/5.mp3 is DANCE_C_5's).

Source: Tang, Jia, Mao, "Dance with Melody", ACM Multimedia 2018; Ye et al., "ChoreoNet", ACM Multimedia 2020.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ballo.errors import DataError

FPS = 25.0
"""Frames a second of the second release, and of every start and end position."""

POINTS = 23
STYLES = {"C": "cha-cha", "R": "rumba", "T": "tango", "W": "waltz"}
FIRST, SECOND = "first", "second"

_FARTHEST_CENTIMETRES = 1e5  # a kilometre; no stage is that large
_RELEASE_FOLDERS = {SECOND: "tang2018", FIRST: "tang2018-first-release"}


Progress = Callable[[str, int, int], None]
"""What is at hand, how many are done, how many there are."""


@dataclass(frozen=True)
class Problem:
    """A file that is not there or cannot be used, and why.

    Args:
        path: the file, relative to the source.
        reason: what is the matter, in a few words.
        expected: True for a file that the publication itself may lack (a dance's music or its motion), False for a fault.
        dance: the dance it belongs to, if it belongs to one.
    """

    path: str
    reason: str
    expected: bool
    dance: str | None = None


@dataclass(frozen=True)
class Script:
    """What a dance was put together from.

    Args:
        tags: the names of its clips, in order.
        beats: how many beats each of them lasts.
        start_frame, end_frame: where in the song the dance starts and ends, at 25 frames a second, if the script says it.

    Raises:
        ValueError: there is no clip, not one length a clip, or a length is no positive number.
    """

    tags: tuple[str, ...]
    beats: tuple[int, ...]
    start_frame: int | None = None
    end_frame: int | None = None

    def __post_init__(self) -> None:
        if not self.beats or len(self.tags) != len(self.beats) or min(self.beats) <= 0:
            raise ValueError("a script needs clips, and a positive number of beats for each")


@dataclass(frozen=True)
class Recording:
    """One published dance.

    Args:
        name: "DANCE_C_2".
        release: "first" or "second".
        points: (T, 23, 3) centimetres, skeletons + center: where the markers were, in the file's own mirrored axes.
        center: (T, 3) centimetres, the part of `points` that they share.
        start_frame: where in the song the dance starts, at 25 frames a second.
        end_frame: where it ends.
        script: what it was put together from, where that was published.
        song: the music's file, or None where none was published.
        sha256: of every source file read or named here, by path relative to the source.

    Raises:
        ValueError: the points are not (T, 23, 3), fewer than 2 frames, not finite or absurd, or the window is empty.
    """

    name: str
    release: str
    points: np.ndarray
    center: np.ndarray
    start_frame: int
    end_frame: int
    script: Script | None = None
    song: Path | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_points(self.points, self.center)
        _check_window(self.start_frame, self.end_frame)

    @property
    def style(self) -> str:
        """What is danced: "cha-cha", "rumba", "tango" or "waltz"."""
        return style_of(self.name)

    @property
    def beats(self) -> tuple[int, ...] | None:
        """How many beats each clip of the script lasts."""
        return self.script.beats if self.script else None

    @property
    def window_frames(self) -> int:
        """How many frames at 25 a second the dance should last, by its place in the song."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True)
class Publication:
    """All that a source folder holds: what could be read, songs and scripts by dance, and what is missing or broken."""

    recordings: tuple[Recording, ...]
    songs: Mapping[str, Path]
    problems: tuple[Problem, ...]
    scripts: Mapping[str, Script] = field(default_factory=dict)

    @property
    def dances(self) -> tuple[str, ...]:
        """Every dance that the source names, whether or not it could be read, in the order of their numbers."""
        names = {recording.name for recording in self.recordings} | set(self.songs)
        names |= {problem.dance for problem in self.problems if problem.dance}
        return tuple(sorted(names, key=order))


def style_of(name: str) -> str:
    """The style that a dance's name gives: "DANCE_C_2" is a cha-cha."""
    return STYLES[name.split("_")[1]]


def order(name: str) -> tuple[str, int]:
    """A sort key that puts DANCE_C_2 before DANCE_C_10."""
    _, letter, number = name.split("_")
    return letter, int(number)


def read(source: Path, *others: Path, progress: Progress | None = None) -> Publication:
    """Read every dance under `source`; files that are missing or broken are named in the result and reading goes on.

    Args:
        source: a folder in one of the layouts above.
        others: more of them, where the publications lie apart: scripts and songs of one serve the dances of another.
        progress: called before each dance is read with its name, how many are done, and how many there are.

    Raises:
        DataError: one of them is no folder, or they hold no dance at all.
    """
    return _Reader((source, *others), progress or (lambda name, done, total: None)).publication()


def choreonet_folder(sources: Sequence[Path]) -> Path | None:
    """The first of the sources' choreonet folders that holds scripts, or None."""
    folders = [folder for source in sources for folder in (source / "choreonet", source)]
    return next((folder for folder in folders if (folder / "choreography").is_dir()), None)


_Parsed = TypeVar("_Parsed")


class _Reader:
    """Reads sources, gathering problems and hashes on the way."""

    def __init__(self, sources: Sequence[Path], progress: Progress) -> None:
        for source in sources:
            if not source.is_dir():
                raise DataError(f"there is no folder {source}: name the one that holds the DANCE_* folders")
        self.sources, self.progress = sources, progress
        self.choreonet = choreonet_folder(sources)
        self.problems: list[Problem] = []

    def publication(self) -> Publication:
        folders: dict[tuple[str, str], Path] = {}
        for found, path in (item for source in self.sources for item in self._dance_folders(source).items()):
            taken = folders.setdefault(found, path)
            if not path.samefile(taken):
                self._report(
                    path,
                    "a dance of this name is there more than once: that of the source named first is taken",
                    expected=False,
                )
        scripts = self._scripts()
        songs = self._songs(folders)
        if not folders and not set(scripts) & set(songs):
            named = ", ".join(map(str, self.sources))
            raise DataError(f"{named} holds no dances: name the folder of the DANCE_* folders, or its parent")
        for name in sorted({path.name for path in folders.values()} - set(songs), key=order):
            folder = folders.get((SECOND, name)) or folders[FIRST, name]
            self._report(folder / "audio.mp3", "missing: no music was published for this dance", expected=True, dance=name)
        recordings = []
        in_order = sorted(folders.items(), key=lambda item: (order(item[0][1]), item[0][0]))
        for done, ((release, name), folder) in enumerate(in_order):
            self.progress(name, done, len(folders))
            recording = self._recording(name, release, folder, scripts.get(name), songs.get(name))
            if recording is not None:
                recordings.append(recording)
        return Publication(tuple(recordings), songs, tuple(self.problems), scripts)

    def _dance_folders(self, source: Path) -> dict[tuple[str, str], Path]:
        """Every dance's folder in a source by release and name."""
        roots = {release: source / folder for release, folder in _RELEASE_FOLDERS.items()}
        if not any(root.is_dir() for root in roots.values()):
            release = FIRST if source.resolve().name == _RELEASE_FOLDERS[FIRST] else SECOND
            roots = {release: source}
        folders = {}
        for release, root in roots.items():
            for path in sorted(root.glob("DANCE_*")):
                if path.is_dir() and is_dance(path.name):
                    folders[release, path.name] = path
                else:
                    self._report(path, "not a dance: its name should be DANCE_<C, R, T or W>_<number>", expected=False)
        return folders

    def _songs(self, folders: Mapping[tuple[str, str], Path]) -> dict[str, Path]:
        """Each dance's song: beside its motion in either release, or in choreonet's music."""
        files = sorted(self.choreonet.glob("music/*/*.mp3")) if self.choreonet else []
        songs = {f"DANCE_{path.parent.name}_{path.stem}": path for path in files}
        songs = {name: path for name, path in songs.items() if is_dance(name)}
        for (_, name), folder in sorted(folders.items()):
            if (folder / "audio.mp3").is_file():
                songs[name] = folder / "audio.mp3"
        return songs

    def _scripts(self) -> dict[str, Script]:
        """What each dance was put together from, by choreonet's scripts."""
        scripts: dict[str, Script] = {}
        for path in sorted(self.choreonet.glob("choreography/*.json")) if self.choreonet else ():
            try:
                listed = _load_json(path)
            except ValueError as error:
                self._report(path, str(error), expected=False)
                continue
            if not isinstance(listed, list):
                self._report(path, "not a list of scripts with name, movements and durations", expected=False)
                continue
            for number, content in enumerate(listed, start=1):
                try:
                    name, script = _script(content)
                    scripts[name] = script
                except (KeyError, TypeError, ValueError) as error:
                    reason = f"no {error}" if isinstance(error, KeyError) else str(error)
                    self._report(path, f"script {number} is none with name, movements and durations ({reason})", expected=False)
        return scripts

    def _recording(self, name: str, release: str, folder: Path, script: Script | None, song: Path | None) -> Recording | None:
        skeletons, config = folder / "skeletons.json", folder / "config.json"
        if not skeletons.is_file():
            self._report(skeletons, "missing: no motion was published for this dance", expected=True, dance=name)
            return None
        movement = self._parsed(skeletons, name, _movement)
        window = self._parsed(config, name, _window)
        if movement is None or window is None:
            return None
        hashes = {self._relative(path): sha256(path) for path in (skeletons, config, song) if path is not None}
        return Recording(name, release, *movement, *window, script, song, hashes)

    def _parsed(self, path: Path, name: str, parse: Callable[[Any], _Parsed]) -> _Parsed | None:
        """What `parse` makes of a JSON file, or None with a problem named."""
        if not path.is_file():
            self._report(path, "missing: the dance cannot be used without it", expected=False, dance=name)
            return None
        try:
            return parse(_load_json(path))
        except ValueError as error:
            self._report(path, str(error), expected=False, dance=name)
            return None

    def _report(self, path: Path, reason: str, expected: bool, dance: str | None = None) -> None:
        self.problems.append(Problem(self._relative(path), reason, expected, dance))

    def _relative(self, path: Path) -> str:
        return relative(path, self.sources)


def is_dance(name: str) -> bool:
    """Whether `name` is one that a dance can have: DANCE_<C, R, T or W>_<number>."""
    return re.fullmatch(rf"DANCE_[{''.join(STYLES)}]_\d+", name) is not None


def relative(path: Path, sources: Sequence[Path]) -> str:
    """A path relative to the source that it lies in."""
    return next((path.relative_to(source).as_posix() for source in sources if path.is_relative_to(source)), str(path))


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_json(path: Path) -> Any:
    """A JSON file's content (ValueError with the reason if it cannot be had)."""
    try:
        return json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        what = "empty" if not path.stat().st_size else f"not JSON ({error.msg} at line {error.lineno}, column {error.colno})"
        raise ValueError(what) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"not JSON (not text: {error.reason} at byte {error.start})") from error
    except RecursionError as error:
        raise ValueError("not JSON (nested too deep)") from error
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error


def _script(content: Any) -> tuple[str, Script]:
    """One of choreonet's scripts, and the dance that it is of (KeyError, TypeError or ValueError if it is none)."""
    name, tags, window = content["name"], tuple(content["movements"]), (content.get("start_pos"), content.get("end_pos"))
    if not isinstance(name, str) or not is_dance(name):
        raise ValueError(f"{name!r} is no dance: DANCE_<C, R, T or W>_<number>")
    if not all(isinstance(tag, str) for tag in tags):
        raise ValueError("movements that are no names")
    if not all(frame is None or isinstance(frame, int) for frame in window):
        raise ValueError(f"start_pos {window[0]!r} and end_pos {window[1]!r} must be whole numbers")
    return name, Script(tags, tuple(map(int, content["durations"])), *window)


def _movement(content: Any) -> tuple[np.ndarray, np.ndarray]:
    """skeletons.json to points (T, 23, 3) in the room and their center (T, 3) (ValueError if it holds anything else)."""
    try:
        skeletons = np.array(content["skeletons"], dtype=np.float64)
        center = np.array(content["center"], dtype=np.float64)
    except (KeyError, TypeError) as error:
        raise ValueError(f"no arrays of numbers called skeletons and center ({error})") from error
    except ValueError as error:
        raise ValueError(f"skeletons or center are no array of numbers ({error})") from error
    _check_points(skeletons, center)
    points = skeletons + center[:, None]
    _check_points(points, center)
    return points, center


def _window(content: Any) -> tuple[int, int]:
    """config.json to the dance's first and last frame in the song (ValueError if it holds anything else)."""
    try:
        start_frame, end_frame = content["start_position"], content["end_position"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no start_position or no end_position ({error})") from error
    if not (isinstance(start_frame, int) and isinstance(end_frame, int)):
        raise ValueError(f"start_position {start_frame!r} and end_position {end_frame!r} must be whole numbers")
    _check_window(start_frame, end_frame)
    return start_frame, end_frame


def _check_points(points: np.ndarray, center: np.ndarray) -> None:
    if points.ndim != 3 or points.shape[1:] != (POINTS, 3):
        raise ValueError(f"the skeletons have the shape {points.shape}, not (frames, {POINTS}, 3)")
    if center.shape != (len(points), 3):
        raise ValueError(f"center has the shape {center.shape}, not ({len(points)}, 3)")
    if len(points) < 2:
        raise ValueError(f"only {len(points)} frame of motion, at least 2 are needed")
    unfinite = np.flatnonzero(~(np.isfinite(points).all(axis=(1, 2)) & np.isfinite(center).all(axis=1)))
    if len(unfinite):
        raise ValueError(f"{len(unfinite)} frames hold numbers that are not finite; the first is frame {unfinite[0]}")
    if np.abs(points).max() > _FARTHEST_CENTIMETRES:
        raise ValueError(f"points lie as far away as {np.abs(points).max() / 100:.3g} m")


def _check_window(start_frame: int, end_frame: int) -> None:
    if not 0 <= start_frame < end_frame:
        raise ValueError(f"the dance would last from frame {start_frame} to frame {end_frame} of its song")
