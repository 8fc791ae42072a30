"""A motion as a picture that moves, again and again (.gif): small enough for a page or a message, without sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ballo.errors import ExportError
from ballo.export import reel
from ballo.export.reel import Reel
from ballo.motion.motion import Motion

LONGEST_SECONDS = 60.0
"""Of a GIF: it has no compression over time to speak of, and whoever shows it holds all of it."""
PIXELS = 140_000
"""Of a frame: five seconds of these are two to three megabytes."""
SMALLEST, LARGEST = 0.45, 0.75
"""How much smaller than they are drawn panels are shown at most, so that labels can be read, and at least."""
COLOURS = 127
"""One palette for all frames, so that nothing flickers; the place after the last is for what stays as it was."""
SAMPLES = 12
"""Frames that the palette is made from, evenly spread."""
UNSEEN = [0, 255, 0]
"""What stands in the places of the palette that no pixel is given."""
UNSEEN_LEVELS = 5
"""A pixel that has come no farther than this from what is shown, of 255 levels, is left."""
MOVING_LEVELS, STAGE_SHARE = 24, 12
"""A pixel this far from its median over time belongs to the dancer; of all pixels, one in so many is counted besides."""
MOST_COUNTED = 60_000
SHORTEST_HUNDREDTHS = 2
"""A frame stands at least so long: programs show those that stand shorter far too long."""
FASTEST = 100 / SHORTEST_HUNDREDTHS
"""Frames a second."""


def write(motion: Motion, path: Path, *, title: str | None = None, progress: Callable[[int], None] | None = None) -> None:
    """Write a GIF of `motion` to `path` that starts again at its end.

    Args:
        motion: what is danced.
        path: the .gif.
        title: printed below, before the motion's `meta["style"]`.
        progress: called after each frame of the motion with how many are done.

    Raises:
        ExportError: the motion has no frames, or lasts longer than `LONGEST_SECONDS`.
    """
    label = "   ".join(str(part) for part in (title, motion.meta.get("style")) if part)
    write_reel(reel.beside([motion], [label]), path, progress=progress)


def write_reel(shown: Reel, path: Path, *, progress: Callable[[int], None] | None = None) -> None:
    """Write a GIF of a reel to `path`; see `write`."""
    if shown.seconds > LONGEST_SECONDS:
        long = f"{shown.seconds:.0f} s are too long for a GIF"
        raise ExportError(f"{long}: give a --duration of {LONGEST_SECONDS:g} or less, or write an .mp4")
    frames = list(_small(shown, progress or (lambda done: None)))
    palette = _palette([frames[k] for k in np.linspace(0, len(frames) - 1, SAMPLES).round().astype(int)])
    first, *more = _indexed(frames, palette)
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=more,
        duration=[10 * hundredths for hundredths in stands(shown.frames, shown.fps)],
        loop=0,
        disposal=1,
        optimize=True,
        palette=bytes(palette.getpalette() or []),
        transparency=COLOURS,
    )


def step(fps: float) -> int:
    """Every how many frames one is shown, so that none is too fast for a GIF."""
    return max(1, math.ceil(fps / FASTEST - 1e-9))


def stands(frames: int, fps: float) -> list[int]:
    """How many hundredths of a second each frame that is shown stands: whole ones, that add up to no drift.

    A format of hundredths shows 25 frames a second exactly, four each; of 30, frames stand 3, 4 and 3.
    """
    starts = np.append(np.arange(0, frames, step(fps)), frames) * 100 / fps
    ends = np.floor(starts + 0.5).astype(int)
    return [max(int(stand), SHORTEST_HUNDREDTHS) for stand in np.diff(ends)]


def _small(shown: Reel, progress: Callable[[int], None]) -> Iterator[Image.Image]:
    width, height = shown.size
    scale = min(LARGEST, max(SMALLEST, math.sqrt(PIXELS / (width * height))))
    for number, canvas in enumerate(shown.drawn()):
        if number % step(shown.fps) == 0:
            yield Image.fromarray(canvas.as_rgb()).resize(
                (round(width * scale), round(height * scale)), Image.Resampling.LANCZOS
            )
        progress(number + 1)


def _indexed(frames: list[Image.Image], palette: Image.Image) -> Iterator[Image.Image]:
    """The frames in the palette's colours; a pixel that hardly changes is left as it was shown, which costs nothing."""
    colours = palette.getpalette() or []
    shown, indices = np.asarray(frames[0]).astype(np.int16), np.zeros(frames[0].size[::-1], dtype=np.uint8)
    for number, frame in enumerate(frames):
        now, nearest = np.asarray(frame).astype(np.int16), frame.quantize(palette=palette, dither=Image.Dither.NONE)
        changed = (np.abs(now - shown).max(axis=-1) > UNSEEN_LEVELS) | (number == 0)
        shown = np.where(changed[..., None], now, shown)
        indices = np.where(changed, np.asarray(nearest), indices)
        drawn = Image.fromarray(indices)
        drawn.putpalette(colours)
        yield drawn


def _palette(frames: list[Image.Image]) -> Image.Image:
    """The colours of some frames, those of whoever moves counting for more than the stage's, which are many but alike."""
    seen = np.stack([np.asarray(frame) for frame in frames])
    moves = np.abs(seen.astype(np.int16) - np.median(seen, axis=0)).max(axis=-1) > MOVING_LEVELS
    counted = np.concatenate([seen[moves], seen.reshape(-1, 3)[::STAGE_SHARE]])
    counted = counted[:: max(1, len(counted) // MOST_COUNTED)]
    found = Image.fromarray(counted[None]).quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=2).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(found[: 3 * COLOURS] + UNSEEN * (1 + COLOURS - len(found[: 3 * COLOURS]) // 3))
    return palette
