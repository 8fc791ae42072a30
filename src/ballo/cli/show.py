"""`ballo data show`: one dance of an archive as a film, a BVH file or arrays, with its music; or its mean figures."""

from __future__ import annotations

import tempfile
import wave
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import console, film, jobs, looks
from ballo.cli.film import Film
from ballo.cli.looks import Sound
from ballo.errors import BalloError, DataError, ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ballo.dataset.archive import Archive, Dance
    from ballo.motion.motion import Motion

SOUNDING = (".mp4", ".html")
_ALIKE = 5  # so many names that look like a wrong one are told


@dataclass(frozen=True)
class Stretch:
    """Which frames of a dance are shown, and out of which archive."""

    archive: Archive
    dance: Dance
    start: int
    frames: int

    def motion(self) -> Motion:
        """The stretch as a motion; its meta tells which recordings the frames show."""
        from dataclasses import replace

        motion = self.dance.motion(self.start, self.frames)
        return replace(motion, meta=motion.meta | {"grade": self.archive.grade, "units": self.units()})

    def units(self) -> list[dict[str, Any]]:
        """Which unit each run of frames shows: frames from the stretch's first, and seconds in the unit's take.

        Frames that show no unit are in none of them.
        """
        from ballo.report.runs import runs

        return [
            {
                "unit": run.unit.tag,
                "take": run.unit.take,
                "held_out": run.unit.held_out,
                "frames": [run.first, run.end],
                "source_seconds": [round(seconds, 3) for seconds in run.source_seconds],
            }
            for run in runs(self.dance, self.start, self.frames)
            if run.unit is not None
        ]


def show(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A folder that `ballo data prepare` wrote.")],
    dance: Annotated[
        str | None, typer.Argument(metavar="DANCE", help="One of its dances, say DANCE_C_2 or C_2.", show_default=False)
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; .mp4, .gif, .bvh or .npz picks the format; repeat for more. By default DANCE.mp4 here; "
            "of mean figures, a .png.",
        ),
    ] = None,
    start_seconds: Annotated[float, typer.Option("--start", metavar="SECONDS", help="Begin so far into it.")] = 0.0,
    duration_seconds: Annotated[
        float | None, typer.Option("--duration", metavar="SECONDS", help="Show no more than this.")
    ] = None,
    mean: Annotated[bool, typer.Option("--mean", help="Draw the mean figure of each style instead of a dance.")] = False,
    size: film.Size = None,
    camera: film.Camera = None,
    theme: film.Theme = None,
    title: film.Title = None,
    beats: film.Beats = False,
    renderer: film.Renderer = None,
) -> None:
    """Write a dance of an archive, as it is in there, to a film with its music, a BVH file or arrays; or its mean figures."""
    from ballo.dataset.archive import Archive
    from ballo.motion import formats
    from ballo.music.audio import check_stretch

    check_stretch(start_seconds, duration_seconds)
    look = Film(size, camera, theme, title, beats, renderer)
    if mean:
        look.check(())
        if dance is not None or start_seconds or duration_seconds is not None:
            raise BalloError("--mean draws the mean over all train dances: leave out the dance, --start and --duration")
        return _draw_mean(archive, output or [])
    if dance is None:
        raise BalloError("name a dance of the archive, or give --mean for the mean figure of each style")
    opened = Archive.open(archive)
    chosen = find(opened, dance)
    paths = list(dict.fromkeys(output or [Path(f"{chosen.name}.mp4")]))
    for path in paths:
        formats.check(path)
    look.check(paths, sounds=chosen.samples is not None)
    stretch = stretch_of(opened, chosen, start_seconds, duration_seconds)
    motion = stretch.motion()
    for path in paths:
        _write(motion, stretch, path, look)
        silent = ", no music in the archive" if path.suffix.lower() in SOUNDING and chosen.samples is None else ""
        console.say(f"Wrote {path}  ({console.clock(motion.seconds)}, {chosen.style}, {chosen.split}{silent})")


def _draw_mean(archive: Path, outputs: Sequence[Path]) -> None:
    """Draw the mean figure of each style's train dances, and of all of them, on a sheet."""
    from itertools import chain

    import numpy as np

    from ballo.baselines.mean import figure
    from ballo.baselines.repertoire import Repertoire
    from ballo.dataset.archive import Archive
    from ballo.export import sheet

    if len(outputs) > 1:
        raise ExportError("mean figures go to one sheet: give one -o")
    path = outputs[0] if outputs else Path("mean.png")
    sheet.check(path, 1)
    repertoire = Repertoire.of(Archive.open(archive))
    groups = dict(repertoire.by_style)
    if len(groups) > 1:
        groups["all"] = tuple(chain(*groups.values()))
    with console.Unbroken():
        figures = np.stack([figure(repertoire.archive.skeleton, dances) for dances in groups.values()])
        sheet.write(path, repertoire.archive.skeleton, figures, list(groups))
    console.say(f"Wrote {path}  (mean figures of {', '.join(groups)})")


def find(archive: Archive, wished: str) -> Dance:
    """The dance of that name; what most names begin with may be left out, and capitals do not matter.

    Raises:
        DataError: there is none; it tells which look like it.
    """
    named = {dance.name.casefold(): dance for dance in archive.dances}
    for name in (wished.casefold(), f"dance_{wished.casefold()}"):
        if name in named:
            return named[name]
    alike = _alike(wished, [dance.name for dance in archive.dances])
    known = f"did you mean {', '.join(alike)}?" if alike else f"it has {_several([dance.name for dance in archive.dances])}"
    raise DataError(f"there is no dance {wished} in {archive.path}: {known}")


def _alike(wished: str, names: Sequence[str]) -> list[str]:
    import difflib

    spellings = {spelling: name for name in names for spelling in (name.casefold(), name.casefold().removeprefix("dance_"))}
    found = difflib.get_close_matches(wished.casefold(), list(spellings), n=2 * _ALIKE, cutoff=0.6)
    return list(dict.fromkeys(spellings[spelling] for spelling in found))[:_ALIKE]


def _several(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= _ALIKE else f"{', '.join(names[:_ALIKE])} and {len(names) - _ALIKE} more"


def stretch_of(archive: Archive, dance: Dance, start_seconds: float, duration_seconds: float | None) -> Stretch:
    """The frames from `start_seconds` on, as many as there are in `duration_seconds`.

    Raises:
        DataError: there is none.
    """
    start = round(start_seconds * dance.fps)
    left = len(dance) - start
    if left <= 0:
        raise DataError(f"{dance.name} lasts {dance.seconds:.1f} s: give a --start before its end")
    frames = left if duration_seconds is None else min(left, round(duration_seconds * dance.fps))
    if frames < 1:
        raise DataError(f"--duration {duration_seconds:g} is less than a frame: give at least {1 / dance.fps:g} seconds")
    return Stretch(archive, dance, start, frames)


def _write(motion: Motion, stretch: Stretch, path: Path, look: Film) -> None:
    """Write one file; those that sound have the music."""
    from ballo.motion import formats

    known = formats.options(path)
    name = next((option for option in ("caption", "title") if option in known), None)
    heard = stretch.dance.samples is not None and path.suffix.lower() in SOUNDING
    with tempfile.TemporaryDirectory() if heard else nullcontext("") as folder:
        song = Sound(_song(stretch, Path(folder)) if heard else None)
        labelled = {} if name is None else {name: motion.meta["dance"]}
        jobs.write(motion, path, labelled | looks.options((song, look), path))


def _song(stretch: Stretch, folder: Path) -> Path:
    """The stretch's music as a file, since a film takes its sound from one."""
    from ballo.dataset.archive import SAMPLE_RATE
    from ballo.dataset.archiving import as_int16

    path = folder / "music.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(as_int16(stretch.dance.music(stretch.start, stretch.frames)).astype("<i2").tobytes())
    return path
