"""What every command does that turns files into files: it plans which go where, refuses what cannot be, and goes on after a
fault; how a motion is read and written, and how far that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from ballo.cli import console
from ballo.errors import BalloError, DataError, ExportError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

T = TypeVar("T")
_RATE = re.compile(r"[-+]?[0-9.]{1,20}(/[0-9]{1,20})?")


@dataclass(frozen=True)
class Job:
    """A file and the files it goes to."""

    source: Path
    outputs: tuple[Path, ...]


@dataclass(frozen=True)
class Words:
    """How a command speaks of its jobs.

    Args:
        source: what a job's source is.
        several: what to say of files that are named for several sources.
        named: what to say of formats that are given with named files.
        by: how an output is named.
        suffix: written where no output is named, or no format for a folder.
    """

    source: str
    several: str
    named: str
    by: str = ""
    suffix: str | None = None


def each_once(paths: Iterable[Path], opened: Callable[[Path], Sequence[Path]]) -> list[Path]:
    """The paths, folders opened, a file that is named twice taken once."""
    found: dict[Path, Path] = {}
    for path in paths:
        for file in opened(path) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def plan(
    sources: Sequence[Path], outputs: Sequence[Path], formats: Sequence[str], words: Words, *, several: bool | None = None
) -> list[Job]:
    """Which file goes to which; nothing is read or written.

    Args:
        several: whether named files are too few for the sources; by default if there is more than one.

    Raises:
        ExportError: files named for several sources, two results for one file, a source in an output's place, formats for
            files, a folder that is not there, or what cannot be written.
    """
    from ballo.motion import formats as motion_formats

    many = len(sources) > 1 if several is None else several
    jobs = [Job(source, _places(source.stem, outputs, formats, words, many)) for source in sources]
    for path in files(jobs):
        motion_formats.check(path)
    _check_apart(jobs, words)
    return jobs


def files(jobs: Iterable[Job]) -> list[Path]:
    """All that the jobs write."""
    return [path for job in jobs for path in job.outputs]


def _places(stem: str, outputs: Sequence[Path], formats: Sequence[str], words: Words, several: bool) -> tuple[Path, ...]:
    """The files that are named, or one of the source's own name and each format in a folder."""
    folder = outputs[0] if len(outputs) == 1 and outputs[0].is_dir() else None
    if outputs and folder is None:
        _check_named(outputs, formats, words, several)
        return tuple(outputs)
    named = [f".{name.lstrip('.').lower()}" for name in formats]
    suffixes = dict.fromkeys(named or ([words.suffix] if words.suffix else []))
    if not suffixes:
        raise ExportError(f"{folder} is a folder: say with --format what to write there")
    return tuple((folder or Path()) / f"{stem}{suffix}" for suffix in suffixes)


def _check_named(outputs: Sequence[Path], formats: Sequence[str], words: Words, several: bool) -> None:
    if not several and not formats:
        return
    if len(outputs) == 1 and not outputs[0].suffix:
        raise ExportError(f"there is no folder {outputs[0]}: make it first")
    raise ExportError(words.several if several else words.named)


def _check_apart(jobs: Sequence[Job], words: Words) -> None:
    """No two results go to one file, and none over a source."""
    sources = [job.source for job in jobs if job.source.exists()]
    taken: dict[Path, Path] = {}
    for job in jobs:
        for path in job.outputs:
            place = path.resolve()
            if path.exists() and any(path.samefile(source) for source in sources):
                raise ExportError(f"cannot write {path}: it is {words.source}; name another file{words.by}")
            if place in taken:
                pair = f"for {taken[place].name} and {job.source.name}" if taken[place] != job.source else "twice"
                raise ExportError(f"cannot write {path} {pair}: name another file or folder{words.by}")
            taken[place] = job.source


def perform(things: Sequence[T], do: Callable[[T], None], called: str) -> None:
    """Do it to each in order and go on after a fault, unless there is one only.

    Raises:
        BalloError: the fault of the only one.
        typer.Exit: 1 if some were left out, 2 if all; which were, and how many, has been said.
    """
    left_out = 0
    for thing in things:
        try:
            do(thing)
        except BalloError as error:
            if len(things) == 1:
                raise
            left_out += 1
            console.complain(str(error))
    if left_out:
        console.complain(f"{left_out} of {len(things)} {called} left out")
        raise typer.Exit(1 if left_out < len(things) else 2)


def rate(text: str) -> Fraction:
    """A frame rate as people write it, exactly: "60", "29.97" (which is 30000/1001), "30000/1001".

    Raises:
        BalloError: it is none.
    """
    from ballo.motion.resampling import exact_rate

    try:
        # No exponents: 1e99999999999 is a number that fills the memory.
        given = Fraction(text) if _RATE.fullmatch(text) else None
    except (ValueError, ZeroDivisionError):
        given = None
    if given is None:
        raise BalloError(f"--fps {text}: give frames a second, as 60, 29.97 or 30000/1001")
    return exact_rate(given)


def at_rate(motion: Motion, fps: Fraction | None) -> Motion:
    """The motion at another frame rate; as it is for None."""
    from ballo.motion.resampling import resampled

    return motion if fps is None else resampled(motion, fps)


def motions_in(folder: Path) -> list[Path]:
    """The files of a folder that can be read, sorted by name; hidden files and deeper folders are left out.

    Raises:
        DataError: the folder cannot be read, or holds none.
    """
    from ballo.motion import formats

    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"cannot read {folder}: {error.strerror or error}") from error
    found = [p for p in entries if p.suffix.lower() in formats.readable() and not p.name.startswith(".") and p.is_file()]
    if not found:
        raise DataError(f"no motions in {folder}; give a folder with files that end in one of {' '.join(formats.readable())}")
    return found


def read(path: Path, options: Mapping[str, Any]) -> Motion:
    """Read a motion with those of the options that its format has, and say what was taken to be so."""
    from ballo.motion import formats

    with console.Unbroken():
        known = formats.read_options(path)
        motion = formats.read(path, **{name: value for name, value in options.items() if name in known})
    for note in motion.meta.get("notes", []):
        console.say(f"{path.name}: {note}")
    return motion


def write(motion: Motion, path: Path, options: Mapping[str, Any]) -> None:
    """Write one file, and say so of a song that is put beside it; pictures take long enough to show how far they are."""
    from ballo.motion import formats

    song = path.parent / Path(options["song"]).name if options.get("song") else None
    was_there = song is None or song.exists()
    if "progress" not in formats.options(path):
        with console.Unbroken():
            motion.save(path, **options)
    else:
        with console.Bar(f"Drawing {path.name}", motion.seconds) as bar:
            motion.save(path, **options, progress=lambda frames: bar.reach(frames / motion.fps))
    if song is not None and not was_there and song.exists():
        console.say(f"Put {song} beside {path.name}, which has no place for sound: take both along")
