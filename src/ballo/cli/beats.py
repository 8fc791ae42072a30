"""`ballo beats`: when a song's beats sound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import console, jobs
from ballo.errors import ExportError

if TYPE_CHECKING:
    from ballo.music.audio import Song
    from ballo.music.beats import Beats

EXAMPLES = """\b
Examples:
  ballo beats song.mp3                     tempo, metre, every beat
  ballo beats song.mp3 -o song.txt         a label track for Audacity
  ballo beats song.mp3 --json | jq .bpm    for a program
"""
UNSURE = 0.6
"""A confidence below which another way of counting is worth naming."""


def beats(
    songs: Annotated[
        list[Path],
        typer.Argument(metavar="SONG", help="Songs, or folders of songs: mp3, wav, flac, m4a, ogg ... or a video with sound."),
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write one song's beats: .json, or .txt, labels for Audacity."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a line a song.")] = False,
    metre: Annotated[int | None, typer.Option(metavar="2|3|4", help="Beats a bar, if you know.")] = None,
    bpm: Annotated[float | None, typer.Option(metavar="NUMBER", help="About how many beats a minute, if you know.")] = None,
) -> None:
    """Find the beats of songs: tempo, metre, when each beat sounds and which begin a bar."""
    from ballo.music.audio import songs_in
    from ballo.music.beats import check_hints

    check_hints(metre, bpm)
    found = jobs.each_once(songs, songs_in)
    _check_outputs(output or [], found)
    jobs.perform(found, lambda path: _find(path, output or [], as_json, metre, bpm), "songs")


def _find(path: Path, outputs: list[Path], as_json: bool, metre: int | None, bpm: float | None) -> None:
    from ballo.music.audio import open_song
    from ballo.music.beats import track_song

    song = open_song(path)
    with console.Unbroken():
        found = track_song(song, metre=metre, bpm=bpm)
    for output in outputs:
        _write(output, song, found)
    if as_json:
        print(json.dumps(described(song, found), allow_nan=False), flush=True)
    else:
        for line in (*summary(song, found), *(() if outputs else table(found))):
            console.say(line)
        for output in outputs:
            console.say(f"Wrote {output}  ({len(found.times)} beats)")


def summary(song: Song, found: Beats) -> Iterator[str]:
    """What a person wants to know first, in a few lines."""
    yield f"{song.path.name}: {counted(found)}"
    bars = len(found.downbeats)
    first = f"first downbeat at {found.downbeats[0]:.3f} s, " if bars else ""
    span = f"{console.clock(found.times[0])} to {console.clock(found.times[-1])}"
    yield f"  {first}{len(found.times)} beats in {bars} bars, {span}"
    if found.constant:
        yield f"  constant tempo: one grid, {found.period_seconds:.5f} s from beat to beat, holds the song"
    else:
        yield "  no one tempo holds the song: each beat lies where its onset was found"
    unsure = "; not sure: --metre and --bpm help" if found.confidence < UNSURE else ""
    yield f"  confidence {found.confidence:.2f}{unsure}"
    if song.truncated:
        yield "  the file is cut short or damaged: beats are of what decodes"


def counted(found: Beats) -> str:
    """Metre and tempo as musicians say them."""
    return f"{found.metre}/4 at {found.bpm:.1f} beats a minute"


def table(found: Beats) -> Iterator[str]:
    """A line a bar: its number and the seconds of its beats; a bar that begins before the first beat is bar 0."""
    yield f"{'bar':>6}" + "".join(f"{place + 1:>10}" for place in range(found.metre))
    number, row = (0 if found.positions[0] else 1), [""] * found.metre
    for seconds, place in zip(found.times, found.positions, strict=True):
        if place == 0 and any(row):
            yield _row(number, row)
            number, row = number + 1, [""] * found.metre
        row[place] = f"{seconds:.3f}"
    yield _row(number, row)


def _row(number: int, cells: list[str]) -> str:
    return (f"{number:>6}" + "".join(f"{cell:>10}" for cell in cells)).rstrip()


def described(song: Song, found: Beats) -> dict[str, Any]:
    """Beats as JSON holds them, times in seconds to the tenth of a millisecond."""
    return {
        "song": song.path.name,
        "bpm": round(found.bpm, 4),
        "metre": found.metre,
        "constant": found.constant,
        "confidence": round(found.confidence, 4),
        "beats_seconds": [round(float(seconds), 4) for seconds in found.times],
        "positions": [int(place) for place in found.positions],
        "downbeats_seconds": [round(float(seconds), 4) for seconds in found.downbeats],
    }


def labels(found: Beats) -> str:
    """A label track as Audacity imports it: start, end and label a line, parted by tabs; the label counts the bar from 1."""
    pairs = zip(found.times, found.positions, strict=True)
    return "".join(f"{seconds:.6f}\t{seconds:.6f}\t{place + 1}\n" for seconds, place in pairs)


def _write(path: Path, song: Song, found: Beats) -> None:
    from ballo.motion import formats

    text = labels(found) if path.suffix.lower() == ".txt" else json.dumps(described(song, found), indent=1) + "\n"
    with formats.whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="\n")


def _check_outputs(outputs: list[Path], songs: list[Path]) -> None:
    """Refuse what could not be written in the end (ExportError)."""
    from ballo.motion.formats import check_place

    if outputs and len(songs) > 1:
        raise ExportError("-o takes one song's beats: give one song, or --json without -o for several")
    for path in outputs:
        if path.suffix.lower() not in (".json", ".txt"):
            raise ExportError(f"cannot write {path.name}: choose a suffix among .json, .txt")
        check_place(path)
        if path.exists() and any(song.exists() and path.samefile(song) for song in songs):
            raise ExportError(f"cannot write {path}: it is the song; name another file with -o")
