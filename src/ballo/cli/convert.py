"""`ballo convert`: a saved motion to other formats, at another frame rate and cleaned up if wished; or a folder of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli import character as humanoids
from ballo.cli import console, film, jobs, looks
from ballo.cli.cleaning import Cleaning
from ballo.cli.film import Film
from ballo.cli.jobs import Job, Words
from ballo.cli.looks import Look, Sound
from ballo.errors import BalloError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion

EXAMPLES = """\b
Examples:
  ballo convert dance.npz dance.bvh dance.csv       to several formats
  ballo convert mocap.bvh dance.npz --fps 60        any .bvh, at 60 fps
  ballo convert dance.bvh film.mp4 --song song.mp3  a film with its sound
  ballo convert dance.npz dance.fbx --names unreal  for Unreal's mannequins
  ballo convert dance.npz a.glb --character me.vrm  a character of your own
  ballo convert raw.npz dance.glb --clean           feet that stand
  ballo convert mocap/ dances/ --format json        a folder of motions
"""
WORDS = Words(
    "what is converted",
    several="a folder of motions needs a folder to go to: OUT and --format",
    named="--format goes with one folder as OUT: the suffix of a file already picks the format",
)


@dataclass(frozen=True)
class Wish:
    """How to convert: the frame rate (the motion's own for None), options of readers by name, how what is written looks, and
    what is cleaned up (nothing for None)."""

    fps: Fraction | None
    reading: dict[str, Any]
    looks: tuple[Look, ...]
    cleaning: Cleaner | None


@dataclass(frozen=True)
class Cleaner:
    """Cleanup of a motion of anyone's: all of it, or only of where on the floor it goes."""

    cleaning: Cleaning
    whole: bool

    def __call__(self, motion: Motion) -> Motion:
        """The motion as it is to be written.

        Raises:
            BalloError: it is of no skeleton that cleanup knows.
        """
        from ballo.export.humanoid import is_humanoid

        if not is_humanoid(motion.skeleton):
            raise BalloError(
                f"cleanup knows the joints of ballo's dancer, and these are others ({len(motion.skeleton)}): "
                "leave out --clean, --in-place and --bounds"
            )
        return self.cleaning(motion, replayed=not self.whole)


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN", help="A .bvh, .glb, .vrma, .usdz (or .usd, .usda, .usdc), .fbx, .npz, .csv or .json; or a folder."
        ),
    ],
    outputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUT",
            help="Where to write; the suffix picks the format: what is read but .usd, and .vrm, .mp4, .gif, .png, .html. "
            "Or a folder, with --format.",
        ),
    ],
    format: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", metavar="FORMAT", help="Format of files in a folder, as bvh; repeat for more."),
    ] = None,
    fps: Annotated[
        str | None, typer.Option(metavar="RATE", help="Frames a second: 60, 29.97, 30000/1001; by default as in IN.")
    ] = None,
    song: Annotated[
        Path | None,
        typer.Option(metavar="SONG", help="What is danced to: sound of a .mp4 or .html, beside a .glb, beats of a .png."),
    ] = None,
    start: Annotated[
        float, typer.Option(metavar="SECONDS", help="Where in the song the motion starts.", show_default=False)
    ] = 0.0,
    clean: Annotated[bool, typer.Option("--clean", help="Clean up a motion of the dancer's, as `ballo dance` does.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Stay on the spot; only sway is left.")] = False,
    bounds: Annotated[
        str | None, typer.Option(metavar="WIDTHxDEPTH", help="Stay on a stage of so many metres, as in 4x4.")
    ] = None,
    units: looks.Units = None,
    in_units: looks.InUnits = None,
    up: looks.Up = None,
    names: looks.Names = None,
    poses: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How many poses a .png shows.", show_default=False)
    ] = None,
    size: film.Size = None,
    camera: film.Camera = None,
    theme: film.Theme = None,
    title: film.Title = None,
    beats: film.Beats = False,
    renderer: film.Renderer = None,
    character: humanoids.Option = None,
) -> None:
    """Convert a motion to other formats; any that can be read to any that can be written."""
    from ballo.cli import cleaning

    planned = plan(source, outputs, format or [])
    place = cleaning.wished(False, in_place, bounds)
    wish = Wish(
        None if fps is None else jobs.rate(fps),
        looks.reading(in_units, up),
        (
            looks.units(units),
            looks.names(names),
            looks.poses(poses),
            Sound(song, start),
            Film(size, camera, theme, title, beats, renderer),
            humanoids.Who(character, names),
        ),
        Cleaner(place, clean) if clean or in_place or bounds else None,
    )
    looks.check_reading(wish.reading, [job.source for job in planned])
    looks.check(wish.looks, jobs.files(planned), sounds=song is not None)
    jobs.perform(planned, lambda job: _convert(job, wish), "motions")


def plan(source: Path, outputs: Sequence[Path], formats: Sequence[str]) -> list[Job]:
    """Which motion goes to which files; nothing is read or written.

    Raises:
        DataError: what cannot be read, or a folder without motions.
        ExportError: as `jobs.plan`.
    """
    from ballo.motion.formats import check_source

    sources = jobs.each_once([source], jobs.motions_in)
    for path in sources:
        check_source(path)
    return jobs.plan(sources, outputs, formats, WORDS, several=source.is_dir())


def _convert(job: Job, wish: Wish) -> None:
    motion = jobs.read(job.source, wish.reading)
    read_fps = motion.fps
    if wish.cleaning is not None:
        with console.Unbroken():
            motion = wish.cleaning(motion)
    motion = jobs.at_rate(motion, wish.fps)
    came = f", from {read_fps:.6g}" if motion.fps != read_fps else ""
    for path in job.outputs:
        jobs.write(motion, path, looks.options(wish.looks, path))
        said = f"{console.clock(motion.seconds)}, {motion.fps:.6g} fps{came}, {len(motion.skeleton)} joints"
        console.say(f"Wrote {path}  ({said})")
