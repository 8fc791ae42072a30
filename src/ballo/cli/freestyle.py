"""`ballo dance` without a song: a dance of a model of sequences, or figures of a model of poses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ballo.cli import console, jobs, looks
from ballo.errors import BalloError, ExportError

if TYPE_CHECKING:
    from ballo.cli.dance import Wish
    from ballo.inference.choreographer import Choreographer

STEM = "freestyle"


def dance(wish: Wish, outputs: Sequence[Path], formats: Sequence[str], model: str | None) -> None:
    """Dance for the wished duration, to files without sound.

    Raises:
        BalloError: a file that cannot be written, or the model cannot dance so.
    """
    from ballo.cli.dance import WORDS
    from ballo.inference.bundle import SEQUENCES

    assert wish.duration_seconds is not None, "that is how long it dances"
    (job,) = jobs.plan([Path(STEM)], outputs, formats, WORDS)
    looks.check(wish.looks, job.outputs, sounds=False)
    choreographer = _load(model, SEQUENCES)
    choreographer.check(wish.style, wish.seed, SEQUENCES)
    style = wish.style or choreographer.styles[0]
    others = ", ".join(name for name in choreographer.styles if name != style)
    if wish.style is None and others:
        console.say(f"Style: {style}, the model's first (--style for another: {others})")
    with console.Bar("Dancing", wish.duration_seconds) as bar:
        motion = choreographer.freestyle(wish.duration_seconds, style=style, seed=wish.seed, progress=bar.reach)
        motion = wish.cleaning(motion)
    motion = jobs.at_rate(motion, wish.fps)
    for path in job.outputs:
        jobs.write(motion, path, looks.options(wish.looks, path))
        console.say(f"Wrote {path}  ({console.clock(motion.seconds)}, {style}, seed {wish.seed}, no music)")


def figures(count: int, outputs: Sequence[Path], model: str | None, style: str | None, seed: int) -> None:
    """Draw figures on a sheet; as many of each of the model's styles, where none is wished for.

    Raises:
        BalloError: a file that cannot be written, or the model cannot draw so.
    """
    from ballo.export import sheet
    from ballo.inference.bundle import POSES

    if len(outputs) > 1:
        raise ExportError("figures go to one sheet: give one -o")
    path = outputs[0] if outputs else Path("poses.png")
    path = path / "poses.png" if path.is_dir() else path
    sheet.check(path, count)
    choreographer = _load(model, POSES)
    choreographer.check(style, seed, POSES)
    styles = [style] if style else list(choreographer.styles[:count])
    shares = np.array_split(np.arange(count), len(styles))
    with console.Unbroken():
        # Every figure has noise of its own, so that a model that is told no style does not draw the same ones for each.
        made = [choreographer.poses(count, style=name, seed=seed) for name in styles]
        drawn = [figures[share] for figures, share in zip(made, shares, strict=True)]
        labels = [name for name, share in zip(styles, shares, strict=True) for _ in share]
        sheet.write(path, choreographer.skeleton, np.concatenate(drawn), labels if len(styles) > 1 else ())
    counted = "1 figure" if count == 1 else f"{count} figures"
    console.say(f"Wrote {path}  ({counted}, {', '.join(styles)}, seed {seed})")


def _load(model: str | None, kind: str) -> Choreographer:
    """The model of that name, or the kind's own; a baseline is refused, as each of them dances to songs."""
    from ballo.inference.choreographer import Choreographer

    if model is not None and ":" in model and not Path(model).is_file():
        raise BalloError(f"{model.split(':')[0]} dances to songs: give it one")
    return Choreographer.load(model, kind)
