"""`ballo data arrange`: a new dance to any song, of the units that an archive keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ballo.cli import console, jobs
from ballo.cli.dance import plan
from ballo.cli.looks import Sound

if TYPE_CHECKING:
    from ballo.dataset.library import Library
    from ballo.dataset.remaster import Remastered, Score
    from ballo.motion.motion import Motion

EXAMPLES = """\b
Examples:
  ballo data arrange archive song.mp3                       a video, song.mp4
  ballo data arrange archive song.mp3 --seed 7 -o new.bvh   another dance, for Blender
"""


def arrange(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A remastered archive of `ballo data prepare`.")],
    song: Annotated[Path, typer.Argument(metavar="SONG", help="Any song: mp3, wav, flac, m4a, ogg ... or a video with sound.")],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write; .mp4, .bvh or .npz picks the format; repeat for more. By default SONG.mp4 here.",
        ),
    ] = None,
    style: Annotated[
        str | None, typer.Option(metavar="STYLE", help="By default what suits the song's metre and tempo.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Another seed is another dance.", show_default=False)] = 0,
    metre: Annotated[int | None, typer.Option(metavar="3|4", help="The song's beats a bar, if it is counted wrongly.")] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help="Dance units that are kept out of training, too.")] = False,
) -> None:
    """Arrange a new dance to a song from recorded units, without a model.

    What follows what is drawn from the scripts of the archive's dances; the dance starts on the song's first bar, keeps to
    its beats, and stops on its last bar. Its first frame is the song's start.
    """
    from ballo.dataset import arrange as arranging
    from ballo.dataset import stock
    from ballo.dataset.archive import Archive
    from ballo.dataset.recordings import sha256
    from ballo.errors import AudioError
    from ballo.music import beats

    beats.check_hints(metre, None)
    if song.is_dir():
        raise AudioError(f"{song} is a folder: name one song in it")
    (job,) = plan([song], output or [], [])
    opened = Archive.open(archive)
    library = stock.opened(opened)
    chosen, score = _heard(song, style, library, metre)
    with console.Unbroken():
        made = arranging.arrange(library, score, chosen, seed, song=sha256(song), fps=opened.fps, held_out=held_out)
    motion, start_seconds = _from_start_of_song(made, {"song": song.name, "style": chosen, "seed": seed, "arranged": True})
    for path in job.outputs:
        jobs.write(motion, path, Sound(song, start_seconds).options(path))
        console.say(f"Wrote {path}  ({console.clock(motion.seconds)}, {chosen}, seed {seed})")


def _heard(song: Path, style: str | None, library: Library, metre: int | None) -> tuple[str, Score]:
    """The style that was wished for, or that suits the song, and the song's beats as it counts them."""
    from ballo.dataset import arrange as arranging
    from ballo.dataset import entries
    from ballo.inference import style as choosing
    from ballo.music import beats

    styles = arranging.styles(library)
    if style is not None and style not in styles:
        arranging.check(library, style, 0)
    found = beats.track(song, metre=metre)
    # Two beats a bar are half a bar of four.
    counted = 4 if found.metre == 2 else found.metre
    if style is None:
        choice = choosing.choose(styles, found, song.name)
        style = choice.style
        console.say(f"Style: {style}, because {choice.reason}")
    arranging.check(library, style, counted, song.name if metre else f"{song.name}, as ballo counts it (--metre if wrong),")
    score = entries.song_score(song, style, library, found)
    ratio = arranging.tempo_ratio(library, score, style)
    slowest, fastest = arranging.NATURAL_TEMPO
    if ratio is not None and not slowest <= ratio <= fastest:
        console.complain(
            f"{song.name} is danced {ratio:.2f} times as fast as the {style} was recorded, which looks "
            f"{'hurried' if ratio > 1 else 'slow'}: another style may suit it better (--style)"
        )
    return style, score


def _from_start_of_song(made: Remastered, meta: dict[str, object]) -> tuple[Motion, float]:
    """The dance, waiting in its first pose until its first bar, and where in the song its first frame lies: within a frame of
    the start."""
    import numpy as np

    motion = made.rendered.motion
    waiting = int(made.start_seconds * motion.fps)
    start_seconds = made.start_seconds - waiting / motion.fps

    def led_in(values: np.ndarray) -> np.ndarray:
        return np.concatenate([np.repeat(values[:1], waiting, axis=0), values])

    whole = replace(
        motion,
        rotations=led_in(motion.rotations),
        root=led_in(motion.root),
        contacts=led_in(motion.contacts),
        meta={**meta, "start_seconds": start_seconds},
    )
    return whole, start_seconds
