"""`ballo dance`: songs in, files out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import console
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from ballo.inference.choreographer import Choreographer
    from ballo.motion.motion import Motion


@dataclass(frozen=True)
class Job:
    """One song and the files its dance goes to."""

    song: Path
    outputs: tuple[Path, ...]


def dance(
    songs: Annotated[
        list[Path], typer.Argument(metavar="SONG...", help="Songs, or folders of songs. A video's sound will do.")
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", help="File to write, its suffix picks the format; repeat for more. A folder for several songs."
        ),
    ] = None,
    format: Annotated[
        list[str] | None, typer.Option("--format", "-f", help="Format of files in a folder (mp4, bvh, npz); repeat for more.")
    ] = None,
    style: Annotated[str | None, typer.Option(help="The dance; the model's first if not said.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another dance.")] = 0,
    model: Annotated[str | None, typer.Option(help="A shipped model's name (see `ballo models`) or a .ballo file.")] = None,
    start: Annotated[float, typer.Option(help="Seconds into the song to start at.")] = 0.0,
    duration: Annotated[float | None, typer.Option(help="Seconds of music to dance; all of it if not said.")] = None,
) -> None:
    """Dance to songs: a video with sound (.mp4), a BVH for Blender (.bvh), or arrays (.npz)."""
    from ballo.inference.choreographer import Choreographer

    jobs = plan(songs, output or [], format or [])
    choreographer = Choreographer.load(model)
    choreographer.style_number(style)
    if style is None:
        styles = choreographer.manifest.styles
        console.say(f"Style: {styles[0]} (choose with --style: {', '.join(styles)})")
    failed = 0
    for job in jobs:
        try:
            _perform(choreographer, job, style, seed, start, duration)
        except BalloError as error:
            if len(jobs) == 1:
                raise
            failed += 1
            console.complain(str(error))
    if failed:
        console.complain(f"{failed} of {len(jobs)} songs were left out")
        raise typer.Exit(1)


def plan(songs: list[Path], outputs: list[Path], formats: list[str]) -> list[Job]:
    """Which song goes to which files.

    Raises:
        BalloError: files named for several songs, two songs of one name, or an output that cannot be written.
    """
    from ballo.motion.formats import check
    from ballo.music.audio import songs_in

    found = [song for path in songs for song in (songs_in(path) if path.is_dir() else [path])]
    one_song = len(songs) == 1 and not songs[0].is_dir()
    suffixes = [f".{name.lstrip('.').lower()}" for name in formats] or [".mp4"]
    if one_song and outputs and not (len(outputs) == 1 and outputs[0].is_dir()):
        if formats:
            raise ExportError("--format goes with a folder: the suffix of -o already picks the format")
        jobs = [Job(found[0], tuple(outputs))]
    else:
        jobs = [Job(song, tuple(_in_folder(song, outputs, suffixes))) for song in found]
    names = [path for job in jobs for path in job.outputs]
    twice = sorted({str(path) for path in names if names.count(path) > 1})
    if twice:
        raise ExportError(f"two dances would be written to {twice[0]}: dance them one by one")
    for path in names:
        check(path)
    return jobs


def _in_folder(song: Path, outputs: list[Path], suffixes: list[str]) -> Iterator[Path]:
    if len(outputs) > 1 or (outputs and outputs[0].suffix and not outputs[0].is_dir()):
        raise ExportError("several songs need a folder: -o DIR --format mp4")
    if outputs and not outputs[0].is_dir():
        raise ExportError(f"there is no folder {outputs[0]}: make it first")
    for suffix in suffixes:
        yield (outputs[0] if outputs else Path()) / f"{song.stem}{suffix}"


def _perform(
    choreographer: Choreographer, job: Job, style: str | None, seed: int, start: float, duration: float | None
) -> None:
    from ballo.music.audio import open_song

    song = open_song(job.song, start_seconds=start, duration_seconds=duration)
    with console.Bar(f"Dancing to {job.song.name}", song.expected_seconds) as bar:
        motion = choreographer.dance(song, style=style, seed=seed, progress=bar.reach)
    if song.truncated:
        console.say(f"{job.song.name} is cut short or damaged: danced to the {motion.seconds:.1f} s that decode")
    if motion.meta.get("silent"):
        console.say(f"{job.song.name} is silent: she stands and breathes")
    for path in job.outputs:
        _write(motion, path, job.song, start)
        console.say(f"Wrote {path}  ({console.clock(motion.seconds)}, {motion.meta['style']}, seed {motion.meta['seed']})")


def _write(motion: Motion, path: Path, song: Path, start: float) -> None:
    """Write one file; a video takes long enough to show how far it is."""
    options: dict[str, Any] = {}
    if path.suffix.lower() != ".mp4":
        motion.save(path)
        return
    with console.Bar(f"Drawing {path.name}", motion.seconds) as bar:
        options = {"song": song, "start_seconds": start, "title": motion.meta["style"]}
        motion.save(path, **options, progress=lambda frames: bar.reach(frames / motion.fps))
