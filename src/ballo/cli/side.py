"""`ballo show`: saved motions as a film, a GIF or a page, up to four side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

EXAMPLES = """\b
Examples:
  ballo show made.npz real.npz -o beside.mp4 --song song.mp3
  ballo show made.npz real.npz -o beside.gif --labels generated,real
  ballo show made.npz real.npz -o beside.html --song song.mp3
"""
FILM, GIF, PAGE = ".mp4", ".gif", ".html"


def show(
    motions: Annotated[
        list[Path], typer.Argument(metavar="MOTION", help="Up to four .npz files that ballo wrote, from left to right.")
    ],
    output: Annotated[
        list[Path], typer.Option("--output", "-o", metavar="FILE", help="A .mp4, .gif or .html; repeat for more.")
    ],
    labels: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="What is printed under each, with commas between; by default the files' names."),
    ] = None,
    song: Annotated[Path | None, typer.Option(metavar="SONG", help="Whose sound a .mp4 or .html carries.")] = None,
    start: Annotated[
        float, typer.Option(metavar="SECONDS", help="Where in the song the motions start.", show_default=False)
    ] = 0.0,
) -> None:
    """Show motions side by side, in step with one another: a film or GIF until the shortest of them ends, a page to the end."""
    from ballo.export import npz, reel
    from ballo.music.audio import check_stretch, open_song

    check_stretch(start, None)
    files = list(dict.fromkeys(output))
    _check(files, [*motions, *([song] if song else [])])
    _check_sound(files, song, start)
    titles = _titles(motions, labels)
    read = [npz.read(path) for path in motions]
    reel.beside(read, titles)
    if song is not None:
        open_song(song, start_seconds=start)
    for path in files:
        longest = max(motion.seconds for motion in read)
        seconds = (
            _put(read, titles, path, song, start) if path.suffix.lower() == PAGE else _draw(read, titles, path, song, start)
        )
        cut = f", cut to the shortest, the longest being {console.clock(longest)}" if longest - seconds >= 1 else ""
        console.say(f"Wrote {path}  ({console.clock(seconds)}, {', '.join(titles)}{cut})")


def _check(files: Sequence[Path], sources: Sequence[Path]) -> None:
    """Refuse files that could not be written, or that would replace what they are made of (ExportError)."""
    from ballo.motion.formats import check_place

    for path in files:
        if path.suffix.lower() not in (FILM, GIF, PAGE):
            raise ExportError(f"cannot write {path.name}: motions are shown as {FILM}, {GIF} or {PAGE}")
        check_place(path)
        if path.exists() and any(source.exists() and path.samefile(source) for source in sources):
            raise ExportError(f"cannot write {path}: it is what is shown; name another file with -o")


def _check_sound(files: Sequence[Path], song: Path | None, start: float) -> None:
    if song is None and start:
        raise BalloError("--start is a place in a song: name one with --song")
    if song is not None and not any(path.suffix.lower() in (FILM, PAGE) for path in files):
        raise BalloError(f"a {GIF} has no sound: leave out --song, or name a {FILM} or {PAGE}")


def _titles(motions: Sequence[Path], labels: str | None) -> list[str]:
    if labels is None:
        return [path.stem for path in motions]
    titles = [label.strip() for label in labels.split(",")]
    if len(titles) != len(motions):
        raise BalloError(f"--labels names {len(titles)} of {len(motions)} motions: give one for each, with commas between")
    return titles


def _draw(motions: Sequence[Motion], titles: Sequence[str], path: Path, song: Path | None, start: float) -> float:
    """Write one file; how many seconds it lasts."""
    from ballo.export import gif, reel, video
    from ballo.motion.formats import whole

    shown = reel.beside(motions, titles)
    with console.Bar(f"Drawing {path.name}", shown.seconds) as bar, whole(path) as unfinished:

        def reach(frames: int) -> None:
            bar.reach(frames / shown.fps)

        if path.suffix.lower() == FILM:
            video.write_reel(shown, unfinished, song=song, start_seconds=start, progress=reach)
        else:
            gif.write_reel(shown, unfinished, progress=reach)
    return shown.seconds


def _put(motions: Sequence[Motion], titles: Sequence[str], path: Path, song: Path | None, start: float) -> float:
    """Write a page; how many seconds it lasts."""
    title = None if song else ", ".join(titles)
    with console.Unbroken():
        motions[0].save(path, song=song, start_seconds=start, title=title, beside=motions[1:], labels=titles)
    return max(motion.seconds for motion in motions)
