"""`ballo show`: what is in saved motions; or them as a film, a GIF or a page, up to four side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import console, film, jobs, looks
from ballo.cli.film import Film
from ballo.cli.looks import Sound
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

EXAMPLES = """\b
Examples:
  ballo show dance.bvh                                    what is in it
  ballo show dance.bvh -o dance.html                      a page to look at it
  ballo show made.npz real.bvh -o beside.mp4 --song song.mp3
  ballo show made.npz real.npz -o beside.gif --labels generated,real
"""
FILM, GIF, PAGE = ".mp4", ".gif", ".html"


@dataclass(frozen=True)
class Shown:
    """What is shown, and how.

    Args:
        motions: from left to right.
        labels: what is printed under each.
        sound: the song that they are danced to.
        film: how a film of one looks.
    """

    motions: Sequence[Motion]
    labels: Sequence[str]
    sound: Sound
    film: Film


def show(
    motions: Annotated[
        list[Path],
        typer.Argument(
            metavar="MOTION",
            help=".bvh, .glb, .vrma, .usdz (or .usd, .usda, .usdc), .fbx, .npz, .csv or .json; "
            "up to four from left to right, or folders.",
        ),
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A .mp4, .gif or .html; repeat for more. By default what is in them is told."
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="What is printed under each, with commas between; by default the files' names."),
    ] = None,
    song: Annotated[Path | None, typer.Option(metavar="SONG", help="Whose sound a .mp4 or .html carries.")] = None,
    start: Annotated[
        float, typer.Option(metavar="SECONDS", help="Where in the song the motions start.", show_default=False)
    ] = 0.0,
    in_units: looks.InUnits = None,
    up: looks.Up = None,
    size: film.Size = None,
    camera: film.Camera = None,
    theme: film.Theme = None,
    title: film.Title = None,
    beats: film.Beats = False,
    renderer: film.Renderer = None,
) -> None:
    """Tell what is in motions; or show them side by side, in step with one another.

    A film or GIF of several goes on until the shortest of them ends, a page to the end.
    """
    from ballo.motion.formats import check_source

    sources = [file for path in motions for file in (jobs.motions_in(path) if path.is_dir() else [path])]
    for path in sources:
        check_source(path)
    files, sound = list(dict.fromkeys(output or [])), Sound(song, start)
    look = Film(size, camera, theme, title, beats, renderer)
    reading = looks.reading(in_units, up)
    looks.check_reading(reading, sources)
    if not files:
        _check_told(labels, song, start, look)
        jobs.perform(sources, lambda path: _tell(path, reading), "motions")
        return
    _check(files, [*sources, *([song] if song else [])])
    _check_sound(files, song)
    looks.check((sound, look), files, sounds=song is not None)
    _show_all(sources, files, _titles(sources, labels), reading, sound, look)


def _tell(path: Path, reading: Mapping[str, Any]) -> None:
    from ballo.cli import description

    for line in description.lines(path, jobs.read(path, reading)):
        console.say(line)


def _show_all(
    sources: Sequence[Path], files: Sequence[Path], titles: Sequence[str], reading: Mapping[str, Any], sound: Sound, look: Film
) -> None:
    from ballo.export import reel

    if not 1 <= len(sources) <= reel.MOST_BESIDE:
        raise ExportError(f"1 to {reel.MOST_BESIDE} dances go side by side, not {len(sources)}")
    alone = [name for name in look.options(Path(f"a{FILM}")) if name != "renderer"]
    if len(sources) > 1 and alone:
        raise BalloError(f"--{alone[0]} is of a film of one motion: leave it out, or show one")
    shown = Shown([jobs.read(path, reading) for path in sources], titles, sound, look)
    if not all(len(motion) for motion in shown.motions):
        raise ExportError("cannot show a motion without frames")
    longest = max(motion.seconds for motion in shown.motions)
    for path in files:
        seconds = _put(shown, path)
        cut = f", cut to the shortest, the longest being {console.clock(longest)}" if longest - seconds >= 1 else ""
        console.say(f"Wrote {path}  ({console.clock(seconds)}, {', '.join(titles)}{cut})")


def _check_told(labels: str | None, song: Path | None, start: float, look: Film) -> None:
    """Refuse what is of a picture where none is made (BalloError)."""
    given = {"labels": labels, "song": song, "start": start or None, **look.options(Path(f"a{FILM}"))}
    for name, value in given.items():
        if value is not None:
            raise BalloError(f"--{name} is of a picture: name a {FILM}, {GIF} or {PAGE} with -o")


def _check(files: Sequence[Path], sources: Sequence[Path]) -> None:
    """Refuse files that could not be written, or that would replace what they are made of (ExportError)."""
    from ballo.motion.formats import check_place

    for path in files:
        if path.suffix.lower() not in (FILM, GIF, PAGE):
            raise ExportError(f"cannot write {path.name}: motions are shown as {FILM}, {GIF} or {PAGE}")
        check_place(path)
        if path.exists() and any(source.exists() and path.samefile(source) for source in sources):
            raise ExportError(f"cannot write {path}: it is what is shown; name another file with -o")


def _check_sound(files: Sequence[Path], song: Path | None) -> None:
    if song is not None and not any(path.suffix.lower() in (FILM, PAGE) for path in files):
        raise BalloError(f"a {GIF} has no sound: leave out --song, or name a {FILM} or {PAGE}")


def _titles(motions: Sequence[Path], labels: str | None) -> list[str]:
    if labels is None:
        return [path.stem for path in motions]
    titles = [label.strip() for label in labels.split(",")]
    if len(titles) != len(motions):
        raise BalloError(f"--labels names {len(titles)} of {len(motions)} motions: give one for each, with commas between")
    return titles


def _put(shown: Shown, path: Path) -> float:
    """Write one file; how many seconds it lasts."""
    if path.suffix.lower() != PAGE and len(shown.motions) > 1:
        return _draw(shown, path)
    first, *others = shown.motions
    if path.suffix.lower() == PAGE:
        title = None if shown.sound.song else ", ".join(shown.labels)
        said = {"title": title, "beside": others, "labels": shown.labels}
    else:
        said = {"caption" if path.suffix.lower() == FILM else "title": shown.labels[0]}
    jobs.write(first, path, said | looks.options((shown.sound, shown.film), path))
    return max(motion.seconds for motion in shown.motions)


def _draw(shown: Shown, path: Path) -> float:
    """Draw several in panels side by side; how many seconds it lasts."""
    from ballo.export import gif, reel, video
    from ballo.export.renderers import PLAIN
    from ballo.motion.formats import whole

    renderer = shown.film.options(path).get("renderer", PLAIN)
    drawn = reel.beside(shown.motions, shown.labels, renderer)
    with console.Bar(f"Drawing {path.name}", drawn.seconds) as bar, whole(path) as unfinished:

        def reach(frames: int) -> None:
            bar.reach(frames / drawn.fps)

        if path.suffix.lower() == FILM:
            video.write_reel(drawn, unfinished, song=shown.sound.song, start_seconds=shown.sound.start_seconds, progress=reach)
        else:
            gif.write_reel(drawn, unfinished, progress=reach)
    return drawn.seconds
