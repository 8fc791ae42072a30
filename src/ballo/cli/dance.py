"""`ballo dance`: songs in, files out; or no song, and a dance or figures of a model that needs none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import character as humanoids
from ballo.cli import console, film, jobs, looks
from ballo.cli.cleaning import Cleaning
from ballo.cli.film import Film
from ballo.cli.jobs import Job, Words
from ballo.cli.looks import Look, Sound
from ballo.errors import BalloError

if TYPE_CHECKING:
    from ballo.inference.dancer import Dancer
    from ballo.music.audio import Song

EXAMPLES = """\b
Examples:
  ballo dance song.mp3                              a video, song.mp4
  ballo dance song.mp3 -o dance.bvh -o dance.npz    for Blender, for NumPy
  ballo dance song.mp3 -o dance.html                a page for a friend
  ballo dance song.mp3 --style waltz --seed 7       another dance
  ballo dance song.mp3 -o a.glb --character me.vrm  by your own character
  ballo dance song.mp3 --size vertical --beats      a film for a phone
  ballo dance song.mp3 --model markov:ARCHIVE       a baseline
  ballo dance music/ -o dances/ --format bvh        a folder of songs
  ballo dance --duration 20 -o free.mp4             without a song
  ballo dance --poses 16 -o poses.png               figures on a sheet
"""


WORDS = Words(
    "a song to dance to",
    several="several songs need a folder to go to: -o DIR --format mp4",
    named="--format goes with a folder: the suffix of -o already picks the format",
    by=" with -o",
    suffix=".mp4",
)


@dataclass(frozen=True)
class Wish:
    """How to dance: a style (what suits each song for None), a seed, which seconds of each song, the files' frame rate (the
    model's own for None), how what is written looks, and what is cleaned up."""

    style: str | None
    seed: int
    start_seconds: float
    duration_seconds: float | None
    fps: Fraction | None = None
    looks: tuple[Look, ...] = ()
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
            help="Where to write; the suffix picks the format: .mp4, .html, .gif, .png, .bvh, .glb, .usdz (or .usda, .usdc), "
            ".fbx, .vrma, .vrm, .npz, .json or .csv; repeat for more. "
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
            help="Format of files in a folder: any of these suffixes, as mp4; repeat for more.",
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
    renderer: film.Renderer = None,
    units: looks.Units = None,
    names: looks.Names = None,
    character: humanoids.Option = None,
) -> None:
    """Dance to songs, or without one: a film (.mp4), a picture that moves (.gif), a BVH for Blender (.bvh), arrays (.npz)."""
    from ballo.cli import cleaning, freestyle
    from ballo.music.audio import check_stretch

    check_stretch(start, duration)
    _check_combined(songs or [], format or [], start, duration, poses)
    if poses is not None and fps is not None:
        raise BalloError("--poses draws figures that do not move: leave out --fps")
    told = (
        Film(size, camera, theme, title, beats, renderer),
        looks.units(units),
        looks.names(names),
        humanoids.Who(character, names),
    )
    clean = cleaning.wished(raw, in_place, bounds, figures=poses is not None)
    wish = Wish(style, seed, start, duration, None if fps is None else jobs.rate(fps), told, clean)
    if poses is not None:
        looks.check(told, ())
        return freestyle.figures(poses, output or [], model, style, seed)
    if not songs:
        return freestyle.dance(wish, output or [], format or [], model)
    planned = plan(songs, output or [], format or [])
    looks.check(told, jobs.files(planned))
    dancer = _dancer(model, style, seed)
    jobs.perform(planned, lambda job: _perform(dancer, job, wish), "songs")


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
        ExportError: as `jobs.plan`.
    """
    from ballo.music.audio import songs_in

    return jobs.plan(jobs.each_once(songs, songs_in), outputs, formats, WORDS)


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


def _perform(dancer: Dancer, job: Job, wish: Wish) -> None:
    from ballo.music.audio import open_song

    song = open_song(job.source, start_seconds=wish.start_seconds, duration_seconds=wish.duration_seconds)
    style = _style(dancer, song, wish)
    with console.Bar(f"Dancing to {song.path.name}", song.expected_seconds) as bar:
        motion = dancer.dance(song, style=style, seed=wish.seed, progress=bar.reach)
        motion = wish.cleaning(motion, replayed=_replays(dancer))
    if song.truncated:
        console.say(f"{song.path.name} is cut short or damaged: danced to the {motion.seconds:.1f} s that decode")
    if motion.meta["silent"]:
        console.say(f"{song.path.name} is silent: the dancer stands and breathes")
    motion = jobs.at_rate(motion, wish.fps)
    told = (Sound(song.path, song.start_seconds), *wish.looks)
    for path in job.outputs:
        jobs.write(motion, path, looks.options(told, path))
        console.say(f"Wrote {path}  ({console.clock(motion.seconds)}, {motion.meta['style']}, seed {motion.meta['seed']})")
