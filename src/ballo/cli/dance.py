"""`ballo dance`: songs in, files out; or no song, and a dance or figures of a model that needs none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console, film
from ballo.cli.cleaning import Cleaning
from ballo.cli.film import Film
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from ballo.inference.dancer import Dancer
    from ballo.motion.motion import Motion
    from ballo.music.audio import Song

EXAMPLES = """\b
Examples:
  ballo dance song.mp3                              a video, song.mp4
  ballo dance song.mp3 -o dance.bvh -o dance.npz    for Blender, for NumPy
  ballo dance song.mp3 -o dance.html                a page for a friend
  ballo dance song.mp3 --style waltz --seed 7       another dance
  ballo dance song.mp3 --size vertical --beats      a film for a phone
  ballo dance song.mp3 --model markov:ARCHIVE       a baseline
  ballo dance music/ -o dances/ --format bvh        a folder of songs
  ballo dance --duration 20 -o free.mp4             without a song
  ballo dance --poses 16 -o poses.png               figures on a sheet
"""


@dataclass(frozen=True)
class Job:
    """One song and the files its dance goes to."""

    song: Path
    outputs: tuple[Path, ...]


@dataclass(frozen=True)
class Wish:
    """How to dance: a style (what suits each song for None), a seed, which seconds of each song, the files' frame rate (the
    model's own for None), how a film of it looks, and what is cleaned up."""

    style: str | None
    seed: int
    start_seconds: float
    duration_seconds: float | None
    fps: Fraction | None = None
    film: Film | None = None
    cleaning: Cleaning = field(default_factory=Cleaning)


def dance(
    songs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SONG",
            help="Songs, or folders of songs: mp3, wav, flac, m4a, ogg ... or a video with sound. "
            "None, to dance without music for a --duration.",
        ),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; .mp4, .html, .gif, .bvh, .glb, .usdz, .fbx or .npz picks the format; repeat for more. "
            "A folder for several songs. "
            "By default SONG.mp4 in the current folder; of figures, a .png.",
        ),
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format of files in a folder: mp4, html, gif, bvh, glb, usdz, fbx or npz; repeat for more.",
        ),
    ] = None,
    style: Annotated[
        str | None, typer.Option(metavar="STYLE", help="By default what suits the song's metre and tempo.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Another seed is another dance.", show_default=False)] = 0,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A model's name as `ballo models` lists it, a .ballo file, or a baseline "
            "(markov, retrieval, mean, other) with what it learns from, as in markov:ARCHIVE.",
        ),
    ] = None,
    start: Annotated[float, typer.Option(metavar="SECONDS", help="Where in the song to start.", show_default=False)] = 0.0,
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="How much of the song to dance to; by default all.")
    ] = None,
    fps: Annotated[
        str | None, typer.Option(metavar="RATE", help="Frames a second: 60, 29.97, 30000/1001; by default the model's own.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The model's own output, without cleanup.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Stay on the spot; only sway is left.")] = False,
    bounds: Annotated[
        str | None, typer.Option(metavar="WIDTHxDEPTH", help="Stay on a stage of so many metres, as in 4x4.")
    ] = None,
    poses: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Draw so many figures instead of dancing.", show_default=False)
    ] = None,
    size: film.Size = None,
    camera: film.Camera = None,
    theme: film.Theme = None,
    title: film.Title = None,
    beats: film.Beats = False,
) -> None:
    """Dance to songs, or without one: a film (.mp4), a picture that moves (.gif), a BVH for Blender (.bvh), arrays (.npz)."""
    from ballo.cli import cleaning, convert, freestyle
    from ballo.music.audio import check_stretch

    check_stretch(start, duration)
    _check_combined(songs or [], format or [], start, duration, poses)
    if poses is not None and fps is not None:
        raise BalloError("--poses draws figures that do not move: leave out --fps")
    look = Film(size, camera, theme, title, beats)
    clean = cleaning.wished(raw, in_place, bounds, figures=poses is not None)
    wish = Wish(style, seed, start, duration, None if fps is None else convert.rate(fps), look, clean)
    if poses is not None:
        look.check(())
        return freestyle.figures(poses, output or [], model, style, seed)
    if not songs:
        return freestyle.dance(wish, output or [], format or [], model)
    jobs = plan(songs, output or [], format or [])
    look.check(path for job in jobs for path in job.outputs)
    left_out = _perform_all(_dancer(model, style, seed), jobs, wish)
    if left_out:
        console.complain(f"{left_out} of {len(jobs)} songs left out")
        raise typer.Exit(1 if left_out < len(jobs) else 2)


def _check_combined(
    songs: Sequence[Path], formats: Sequence[str], start: float, duration: float | None, poses: int | None
) -> None:
    """Refuse options that have nothing to do with one another (BalloError)."""
    if poses is not None:
        if songs:
            raise BalloError(f"--poses draws figures and dances to no song: leave out {songs[0]}, or --poses")
        if start or duration is not None or formats:
            raise BalloError("--poses draws figures that do not move: leave out --start, --duration and --format")
    elif not songs:
        if duration is None:
            raise BalloError("name a song to dance to; or give --duration to dance without one, or --poses for figures")
        if start:
            raise BalloError("--start is a place in a song: name one, or leave it out")


def _dancer(model: str | None, style: str | None, seed: int) -> Dancer:
    """Whoever dances to songs by that name, and can do so in that style and with that seed."""
    from ballo.inference import dancer
    from ballo.inference.choreographer import Choreographer

    if model is not None and ":" in model:
        from ballo import baselines

        baseline = baselines.opened(model)
        if baseline is not None:
            dancer.check(baseline, style, seed)
            return baseline
    choreographer = Choreographer.load(model)
    choreographer.check(style, seed)
    return choreographer


def plan(songs: Sequence[Path], outputs: Sequence[Path], formats: Sequence[str]) -> list[Job]:
    """Which song goes to which files; nothing is decoded or written.

    Raises:
        AudioError: a folder without songs.
        ExportError: files named for several songs, two dances for one file, a song in an output's place, or an output that
            cannot be written.
    """
    from ballo.motion import formats as motion_formats

    found = each_once(songs)
    jobs = [Job(song, places(song.stem, outputs, formats, len(found))) for song in found]
    for job in jobs:
        for path in job.outputs:
            motion_formats.check(path)
    _check_apart(jobs)
    return jobs


def places(stem: str, outputs: Sequence[Path], formats: Sequence[str], dances: int = 1) -> tuple[Path, ...]:
    """The files of one of so many dances: those that are named, or one of its own name and each format in a folder.

    Raises:
        ExportError: files are named for several dances, or formats for files, or a folder that is not there.
    """
    folder = outputs[0] if len(outputs) == 1 and outputs[0].is_dir() else None
    if outputs and folder is None:
        _check_named(outputs, formats, dances)
        return tuple(outputs)
    suffixes = list(dict.fromkeys(f".{name.lstrip('.').lower()}" for name in formats)) or [".mp4"]
    return tuple((folder or Path()) / f"{stem}{suffix}" for suffix in suffixes)


def each_once(songs: Sequence[Path]) -> list[Path]:
    """The songs, folders opened, a song that is named twice taken once."""
    from ballo.music.audio import songs_in

    found: dict[Path, Path] = {}
    for path in songs:
        for song in songs_in(path) if path.is_dir() else [path]:
            found.setdefault(song.resolve(), song)
    return list(found.values())


def _check_named(outputs: Sequence[Path], formats: Sequence[str], songs: int) -> None:
    if songs == 1 and not formats:
        return
    if len(outputs) == 1 and not outputs[0].suffix:
        raise ExportError(f"there is no folder {outputs[0]}: make it first")
    if songs > 1:
        raise ExportError("several songs need a folder to go to: -o DIR --format mp4")
    raise ExportError("--format goes with a folder: the suffix of -o already picks the format")


def _check_apart(jobs: Sequence[Job]) -> None:
    """No two dances go to one file, and none over a song."""
    songs = [job.song for job in jobs if job.song.exists()]
    taken: dict[Path, Path] = {}
    for job in jobs:
        for path in job.outputs:
            place = path.resolve()
            if path.exists() and any(path.samefile(song) for song in songs):
                raise ExportError(f"cannot write {path}: it is a song to dance to; name another file with -o")
            if place in taken:
                pair = f"for {taken[place].name} and {job.song.name}" if taken[place] != job.song else "twice"
                raise ExportError(f"cannot write {path} {pair}: name another file or folder with -o")
            taken[place] = job.song


def _perform_all(dancer: Dancer, jobs: Sequence[Job], wish: Wish) -> int:
    """Dance them in order and go on after a fault, unless the song is the only one; how many were left out."""
    from ballo.music.audio import open_song

    left_out = 0
    for job in jobs:
        try:
            song = open_song(job.song, start_seconds=wish.start_seconds, duration_seconds=wish.duration_seconds)
            _perform(dancer, job, song, wish, _style(dancer, song, wish))
        except BalloError as error:
            if len(jobs) == 1:
                raise
            left_out += 1
            console.complain(str(error))
    return left_out


def _replays(dancer: Dancer) -> bool:
    """Whether it dances recordings, which stand as well as they were recorded: cleanup is for models."""
    from ballo.inference.choreographer import Choreographer

    return not isinstance(dancer, Choreographer)


def _style(dancer: Dancer, song: Song, wish: Wish) -> str:
    """The style that was wished for, or the one that the song asks for, said with the reason."""
    from ballo.inference import style

    if wish.style is not None:
        return wish.style
    choice = style.for_song(dancer.styles, song)
    others = [name for name in dancer.styles if name != choice.style]
    more = f" (--style for another: {', '.join(others)})" if others else ""
    console.say(f"Style: {choice.style}, because {choice.reason}{more}")
    return choice.style


def _perform(dancer: Dancer, job: Job, song: Song, wish: Wish, style: str) -> None:
    with console.Bar(f"Dancing to {song.path.name}", song.expected_seconds) as bar:
        motion = dancer.dance(song, style=style, seed=wish.seed, progress=bar.reach)
        motion = wish.cleaning(motion, replayed=_replays(dancer))
    if song.truncated:
        console.say(f"{song.path.name} is cut short or damaged: danced to the {motion.seconds:.1f} s that decode")
    if motion.meta["silent"]:
        console.say(f"{song.path.name} is silent: the dancer stands and breathes")
    motion = at_rate(motion, wish)
    for path in job.outputs:
        write(motion, path, song, wish.film)
        console.say(f"Wrote {path}  ({console.clock(motion.seconds)}, {motion.meta['style']}, seed {motion.meta['seed']})")


def at_rate(motion: Motion, wish: Wish) -> Motion:
    """The motion at the frame rate that is wished for."""
    from ballo.motion.resampling import resampled

    return motion if wish.fps is None else resampled(motion, wish.fps)


def write(motion: Motion, path: Path, song: Song | None = None, look: Film | None = None) -> None:
    """Write one file, with the song where the format has a use for it; pictures take long enough to show how far they are."""
    from ballo.cli import convert

    sound = {"song": song.path, "start_seconds": song.start_seconds} if song else {}
    options = look.options() if look and path.suffix.lower() == film.FILM else {}
    convert.write(motion, path, sound | options)
