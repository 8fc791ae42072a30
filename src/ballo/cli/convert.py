"""`ballo convert`: a saved motion to other formats, at another frame rate if wished; or a folder of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import console
from ballo.errors import BalloError, DataError, ExportError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

EXAMPLES = """\b
Examples:
  ballo convert dance.npz dance.bvh dance.csv           to several formats at once
  ballo convert mocap.bvh dance.npz --fps 60            any .bvh, at 60 frames a second
  ballo convert dance.bvh film.mp4 --song song.mp3      a film with its sound
  ballo convert mocap/ dances/ --format json            a folder of motions
"""


@dataclass(frozen=True)
class Job:
    """A motion's file and the files it goes to."""

    source: Path
    outputs: tuple[Path, ...]


@dataclass(frozen=True)
class Wish:
    """How to convert: the frame rate (the motion's own for None), and options of readers and writers by name."""

    fps: Fraction | None
    reading: dict[str, Any]
    writing: dict[str, Any]


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A motion: .bvh, .npz, .csv, .json; or a folder of such.")],
    outputs: Annotated[
        list[Path],
        typer.Argument(metavar="OUT", help="Where to write; the suffix picks the format. Or a folder, with --format."),
    ],
    format: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", metavar="FORMAT", help="Format of files in a folder, as bvh; repeat for more."),
    ] = None,
    fps: Annotated[
        str | None, typer.Option(metavar="RATE", help="Frames a second: 60, 29.97, 30000/1001; by default as in IN.")
    ] = None,
    song: Annotated[
        Path | None, typer.Option(metavar="SONG", help="What is danced to: the sound of a .mp4, the beats of a .png.")
    ] = None,
    start: Annotated[
        float, typer.Option(metavar="SECONDS", help="Where in the song the motion starts.", show_default=False)
    ] = 0.0,
    units: Annotated[str | None, typer.Option(metavar="UNIT", help="Of a .bvh that is written: cm (the default) or m.")] = None,
    in_units: Annotated[
        str | None,
        typer.Option(
            metavar="UNIT", help="Of a .bvh that is read: cm, m, mm, inch or cmu; by default what makes a person of it."
        ),
    ] = None,
    up: Annotated[
        str | None, typer.Option(metavar="AXIS", help="What points up in a .bvh that is read, y or z; by default as heads say.")
    ] = None,
    poses: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How many poses a .png shows.", show_default=False)
    ] = None,
) -> None:
    """Convert a motion to other formats; any that can be read to any that can be written."""
    from ballo.music.audio import check_stretch

    check_stretch(start, None)
    if song is None and start:
        raise BalloError("--start is a place in a song: name one with --song")
    jobs = plan(source, outputs, format or [])
    sound = {"song": song, "start_seconds": start} if song is not None else {}
    wish = Wish(
        None if fps is None else rate(fps),
        {name: value for name, value in (("units", in_units), ("up", up)) if value is not None},
        {name: value for name, value in (("units", units), ("poses", poses), *sound.items()) if value is not None},
    )
    _check_options(jobs, wish)
    _check_song(jobs, song, start)
    left_out = _convert_all(jobs, wish)
    if left_out:
        console.complain(f"{left_out} of {len(jobs)} motions left out")
        raise typer.Exit(1 if left_out < len(jobs) else 2)


def rate(text: str) -> Fraction:
    """A frame rate as people write it, exactly: "60", "29.97" (which is 30000/1001), "30000/1001".

    Raises:
        BalloError: it is none.
    """
    from ballo.motion.resampling import exact_rate

    try:
        given = Fraction(text) if len(text) <= 40 else Fraction(0)
    except (ValueError, ZeroDivisionError) as error:
        raise BalloError(f"--fps {text}: give frames a second, as 60, 29.97 or 30000/1001") from error
    return exact_rate(given)


def plan(source: Path, outputs: Sequence[Path], formats: Sequence[str]) -> list[Job]:
    """Which motion goes to which files; nothing is read or written.

    Raises:
        DataError: what cannot be read, or a folder without motions.
        ExportError: what cannot be written, two motions for one file, or a file over what it is made of.
    """
    from ballo.motion import formats as motion_formats

    sources = motions_in(source) if source.is_dir() else [source]
    for path in sources:
        motion_formats.check_source(path)
    jobs = [Job(path, _places(path.stem, outputs, formats, source.is_dir())) for path in sources]
    for job in jobs:
        for path in job.outputs:
            motion_formats.check(path)
    _check_apart(jobs)
    return jobs


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


def _places(stem: str, outputs: Sequence[Path], formats: Sequence[str], several: bool) -> tuple[Path, ...]:
    folder = outputs[0] if len(outputs) == 1 and outputs[0].is_dir() else None
    if folder is not None:
        if not formats:
            raise ExportError(f"{folder} is a folder: say with --format what to write there")
        suffixes = dict.fromkeys(f".{name.lstrip('.').lower()}" for name in formats)
        return tuple(folder / f"{stem}{suffix}" for suffix in suffixes)
    if several and len(outputs) == 1 and outputs[0].suffix:
        raise ExportError("a folder of motions needs a folder to go to: OUT and --format")
    if several or formats:
        missing = next((path for path in outputs if not path.suffix and not path.exists()), None)
        if missing is not None and len(outputs) == 1:
            raise ExportError(f"there is no folder {missing}: make it first")
        raise ExportError("--format goes with one folder as OUT: the suffix of a file already picks the format")
    return tuple(dict.fromkeys(outputs))


def _check_apart(jobs: Sequence[Job]) -> None:
    """No two motions go to one file, and none over what is converted."""
    taken: dict[Path, Path] = {}
    for job in jobs:
        for path in job.outputs:
            place = path.resolve()
            if path.exists() and any(path.samefile(other.source) for other in jobs):
                raise ExportError(f"cannot write {path}: it is what is converted; name another file")
            if place in taken:
                pair = f"for {taken[place].name} and {job.source.name}" if taken[place] != job.source else "twice"
                raise ExportError(f"cannot write {path} {pair}: name another file or folder")
            taken[place] = job.source


def _check_options(jobs: Sequence[Job], wish: Wish) -> None:
    """Refuse an option that none of the files has a use for (BalloError)."""
    from ballo.motion import formats

    reads = {option for job in jobs for option in formats.read_options(job.source)}
    writes = {option for job in jobs for path in job.outputs for option in formats.options(path)}
    flags = {"units": "--in-units", "up": "--up"}
    for option in wish.reading:
        if option not in reads:
            raise BalloError(f"{flags[option]} has no meaning for {jobs[0].source.suffix} files: leave it out")
    for option in wish.writing:
        if option not in writes and option != "start_seconds":
            suffixes = ", ".join(sorted({path.suffix for job in jobs for path in job.outputs}))
            raise BalloError(f"--{option} has no meaning for {suffixes}: leave it out, or name another output")


def _check_song(jobs: Sequence[Job], song: Path | None, start: float) -> None:
    """Refuse a song that cannot be heard, or that would be written over."""
    from ballo.music.audio import open_song

    if song is None:
        return
    open_song(song, start_seconds=start)
    for path in (path for job in jobs for path in job.outputs):
        if path.exists() and path.samefile(song):
            raise ExportError(f"cannot write {path}: it is the song; name another file")


def _convert_all(jobs: Sequence[Job], wish: Wish) -> int:
    """Convert them in order and go on after a fault, unless there is one job only; how many were left out."""
    left_out = 0
    for job in jobs:
        try:
            _convert(job, wish)
        except BalloError as error:
            if len(jobs) == 1:
                raise
            left_out += 1
            console.complain(str(error))
    return left_out


def _convert(job: Job, wish: Wish) -> None:
    from ballo.motion import formats
    from ballo.motion.resampling import resampled

    with console.Unbroken():
        known = formats.read_options(job.source)
        motion = formats.read(job.source, **{name: value for name, value in wish.reading.items() if name in known})
    for note in motion.meta.get("notes", []):
        console.say(f"{job.source.name}: {note}")
    read_fps = motion.fps
    if wish.fps is not None:
        motion = resampled(motion, wish.fps)
    came = f", from {read_fps:.6g}" if motion.fps != read_fps else ""
    for path in job.outputs:
        write(motion, path, wish.writing)
        said = f"{console.clock(motion.seconds)}, {motion.fps:.6g} fps{came}, {len(motion.skeleton)} joints"
        console.say(f"Wrote {path}  ({said})")


def write(motion: Motion, path: Path, wished: dict[str, Any]) -> None:
    """Write one file with those of the wished options that its format has; pictures show how far they are."""
    from ballo.motion import formats

    known = formats.options(path)
    given = {name: value for name, value in wished.items() if name in known}
    if "progress" not in known:
        with console.Unbroken():
            motion.save(path, **given)
        return
    with console.Bar(f"Drawing {path.name}", motion.seconds) as bar:
        motion.save(path, **given, progress=lambda frames: bar.reach(frames / motion.fps))
