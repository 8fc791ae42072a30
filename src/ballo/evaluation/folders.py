"""A folder of motion files as somebody who danced: each file is named after the song that it was danced to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.evaluation import bodies, joint_layouts, motion_files, song_names
from ballo.evaluation.bodies import Remark
from ballo.evaluation.joint_layouts import Layout
from ballo.evaluation.motion_files import FASTEST_FPS, READERS, SLOWEST_FPS, Asked
from ballo.evaluation.songs import Staged
from ballo.motion import arrays
from ballo.motion.skeleton import DANCER, Skeleton

LEAST_SHARE = 0.5
"""A dance that covers less of its song is refused."""

SLACK_SECONDS = 0.5
"""A dance that is longer or shorter than its song by no more is compared over what both have without a word."""

_MOST_FILES = 3


@dataclass(frozen=True)
class Said:
    """Something to say of one file, or of several alike.

    Args:
        files: their names.
        line: what, without the names.
        wrong: whether it is a fault.
    """

    files: tuple[str, ...]
    line: str
    wrong: bool

    def __str__(self) -> str:
        more = len(self.files) - _MOST_FILES
        names = ", ".join(self.files[:_MOST_FILES]) + (f" and {more} more" if more > 0 else "")
        return f"{names}: {self.line}"


class Folder:
    """Dances to songs of an archive, read when they are asked for.

    Attributes:
        name: the folder's.
        files: by song, one a seed, in the order of seeds.
    """

    def __init__(self, path: Path, skeleton: Skeleton, files: Mapping[str, Sequence[Path]], asked: Asked) -> None:
        self.path = path
        self.name = path.resolve().name
        self.files = {song: tuple(paths) for song, paths in files.items()}
        self._skeleton, self._asked = skeleton, asked
        self._said: dict[tuple[str, bool], dict[str, None]] = defaultdict(dict)
        self._known: dict[tuple[Path, int], np.ndarray] = {}

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        """The dances to a song: (S, J, 3) float32 metres each, at the song's frame rate, all of one length.

        Frame t goes with frame t of the real dance. They are as long as it is, or shorter where a file is. A file that cannot
        be read is left out and said in `problems`; so is what was wrong with one that could.

        Args:
            style: what is to be danced; a file is a dance of its song's own style, and of no other.
            seeds: how many dances at most.

        Raises:
            BalloError: no file is named after the song, none of those that are can be read, or the style is another.
        """
        paths = self.files.get(staged.name)
        if style != staged.style:
            raise BalloError(f"{self.name} dances {staged.style}, not {style}, to {staged.name}")
        if not paths:
            raise BalloError(f"no motion: nothing in {self.name} is called {staged.name} with .npz, .bvh or .npy")
        dances: list[np.ndarray] = []
        refused: list[tuple[str, str]] = []
        for path in paths[:seeds]:
            try:
                dances.append(self._dance(path, staged))
            except ValueError as error:
                refused.append((path.name, str(error)))
        if not dances:
            file, reason = refused[0]
            more = f" (and {len(refused) - 1} more files)" if len(refused) > 1 else ""
            raise BalloError(f"{file} {reason}{more}")
        for file, reason in refused:
            self._say(file, Remark(f"{reason}; the song's other dances are measured"))
        if len(paths) != seeds:
            count = "1 dance" if len(paths) == 1 else f"{len(paths)} dances"
            said = f"{count} to the song where {seeds} were asked for" + (f": the first {seeds} count" * (seeds < len(paths)))
            self._say(staged.name, Remark(said, wrong=False))
        return tuple(dance[: min(map(len, dances))] for dance in dances)

    @property
    def problems(self) -> tuple[Said, ...]:
        """What is wrong with files, as far as they were read; like faults of several files are said once."""
        return self._sayings(wrong=True)

    @property
    def notes(self) -> tuple[Said, ...]:
        """What was done to files that is no fault of theirs: joints made up, a dancer of another size."""
        return self._sayings(wrong=False)

    def _dance(self, path: Path, staged: Staged) -> np.ndarray:
        """A file's dance to a song, read once (ValueError where there is none)."""
        asked = path, len(staged.real)
        if asked not in self._known:
            self._known[asked] = self._read(path, len(staged.real), staged.fps)
        return self._known[asked]

    def _read(self, path: Path, frames: int, fps: float) -> np.ndarray:
        points = motion_files.read(path, frames / fps, self._asked)
        dancer = bodies.of_size(bodies.at_rate(bodies.dancer_of(points), fps, frames), self._skeleton)
        lasts = points.frames / points.fps
        length = _length(lasts, frames / fps)
        if len(dancer.positions) < LEAST_SHARE * frames:
            raise ValueError(f"lasts {lasts:.1f} s, less than half of the song's {frames / fps:.1f} s")
        for remark in (*dancer.remarks, *([Remark(length)] if length else [])):
            self._say(path.name, remark)
        order = [DANCER.index(joint) for joint in self._skeleton.joint_names]
        return dancer.positions[:, order].astype(np.float32)

    def _say(self, file: str, remark: Remark) -> None:
        self._said[remark.line, remark.wrong][file] = None

    def _sayings(self, wrong: bool) -> tuple[Said, ...]:
        return tuple(Said(tuple(files), line, kind) for (line, kind), files in self._said.items() if kind == wrong)


def open(path: str | Path, archive: Archive, *, skeleton: str | None = None, fps: float | None = None) -> Folder:
    """A folder whose files are named after songs of an archive.

    Args:
        skeleton: what the joints of files are that do not say it: "dancer", "smpl", "tang", or the path of a .json file with
            `joint_names` and `parents`.
        fps: frames a second of files that do not say it.

    Raises:
        BalloError: there is no such folder or skeleton; no file in it is one of motion, or none is named after a song.
    """
    path = Path(path)
    if tuple(sorted(archive.skeleton.joint_names)) != tuple(sorted(DANCER.joint_names)):
        raise BalloError(f"the archive {archive.path} has other joints than ballo's dancer: motion files cannot be put on them")
    if fps is not None and not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise BalloError(f"--fps {fps:g}: give {SLOWEST_FPS:g} to {FASTEST_FPS:g} frames a second")
    layout = None if skeleton is None else joint_layouts.chosen(skeleton)
    paths = _motions(path)
    if all(each.suffix.lower() == ".npy" for each in paths):
        _check_said(path, paths[0], layout, fps)
    songs = [dance.name for dance in archive.dances if dance.samples is not None]
    files, strangers, doubles = _by_song(paths, songs)
    if not files:
        first = paths[0].name
        known = ", ".join(song_names.nearest(paths[0].stem, songs) or songs[:3])
        raise BalloError(f"no file in {path} is named after a song of {archive.path}: call {first} after its song, say {known}")
    folder = Folder(path, archive.skeleton, files, Asked(layout, fps))
    for stranger in strangers:
        near = song_names.nearest(stranger.stem, songs)
        meant = f"; did you mean {' or '.join(near)}?" if near else f"; songs are called {', '.join(songs[:3])}"
        folder._say(stranger.name, Remark(f"named after no song of the archive{meant}"))
    for double, first_one in doubles:
        folder._say(double.name, Remark(f"a second dance of one seed, after {first_one.name}: left out, rename it"))
    return folder


def _motions(path: Path) -> list[Path]:
    """The motion files in a folder, those of one name by what says most of itself (BalloError if there are none)."""
    if not path.is_dir():
        raise BalloError(f"{path} is no folder" if path.exists() else f"there is no folder {path}")
    try:
        found = [each for each in path.iterdir() if not each.name.startswith(".")]
    except OSError as error:
        raise BalloError(f"the folder {path} cannot be read ({error.strerror})") from error
    kinds = list(READERS)
    motions = [each for each in found if each.suffix.lower() in kinds and each.is_file()]
    if motions:
        return sorted(motions, key=lambda each: (each.stem, kinds.index(each.suffix.lower()), each.name))
    wanted = ", ".join(kinds)
    if not found:
        raise BalloError(f"the folder {path} is empty: put {wanted} files in it, named after songs")
    inner = sorted(each.name for each in found if each.is_dir())
    hint = f"; name one of its folders instead, {', '.join(inner[:_MOST_FILES])}" if inner else ""
    raise BalloError(f"the folder {path} holds no motion file ({wanted}){hint}")


def _check_said(path: Path, first: Path, layout: Layout | None, fps: float | None) -> None:
    """Arrays alone do not say what they are (BalloError unless the user does)."""
    missing = [option for option, given in (("--skeleton", layout), ("--fps", fps)) if given is None]
    if not missing:
        return
    try:
        with first.open("rb") as stream:
            shape = arrays.header(stream).shape
    except (ValueError, OSError):
        shape = ()
    fits = joint_layouts.with_count(shape[1]) if len(shape) == 3 and layout is None else ()
    hint = f"; its {shape[1]} joints may be those of {' or '.join(fits)}" if fits else ""
    raise BalloError(f"{path} holds arrays alone, which do not say what they are: give {' and '.join(missing)}{hint}")


def _by_song(paths: Sequence[Path], songs: Sequence[str]) -> tuple[dict[str, list[Path]], list[Path], list[tuple[Path, Path]]]:
    """Files by song in the order of seeds; those named after none; and those that come second, each with the first."""
    known: dict[tuple[str, int], Path] = {}
    strangers: list[Path] = []
    doubles: list[tuple[Path, Path]] = []
    for path in paths:
        found = song_names.named(path.stem, songs)
        if found is None:
            strangers.append(path)
        elif (found.song, found.seed) in known:
            doubles.append((path, known[found.song, found.seed]))
        else:
            known[found.song, found.seed] = path
    files: dict[str, list[Path]] = defaultdict(list)
    for (song, _), path in sorted(known.items()):
        files[song].append(path)
    return dict(files), strangers, doubles


def _length(has_seconds: float, wanted_seconds: float) -> str | None:
    """What to say of a dance that is not as long as its song."""
    if abs(has_seconds - wanted_seconds) <= SLACK_SECONDS:
        return None
    measured = min(has_seconds, wanted_seconds)
    return f"lasts {has_seconds:.1f} s, the song {wanted_seconds:.1f} s: measured over the first {measured:.1f} s"
