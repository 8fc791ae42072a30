"""A song to arrays, the whole process: from the shell's command to the written .npz.

ballo decodes, hears and dances in chunks. The plain script decodes all of the song and dances it frame by frame, each frame
with its own overlapping stretch of music, as one would use such a model first. Both run the same graph on the same mp3 and
write the same dance, and how far the two lie apart is shown; both start Python and load the model afresh.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import songs, timing
from benchmarks.table import Row, Settings, at_most

SECONDS, QUICK_SECONDS = 180, 30
TARGET_SECONDS = 3.0
PLAIN = Path(__file__).parent / "plain" / "dance.py"


def run(settings: Settings) -> list[Row]:
    length = QUICK_SECONDS if settings.quick else SECONDS
    song = songs.make(settings.folder, length)
    ours, plain = settings.folder / "ours.npz", settings.folder / "plain.npz"
    command = [timing.program(), "dance", song, "--style", first_style(), "-o", ours]
    measured = timing.in_turns(
        {
            "ballo": lambda: timing.run_process(command).seconds,
            "plain": lambda: timing.run_process([*timing.PYTHON, PLAIN, song, plain]).seconds,
        },
        settings.rounds(5),
    )
    seconds = median(measured["ballo"])
    return [
        Row(
            f"{length:g} s of mp3 to .npz, whole process",
            "s",
            seconds,
            median(measured["plain"]),
            timing.gain(measured["ballo"], measured["plain"]),
            None if settings.quick else at_most(TARGET_SECONDS, "s", seconds),
            "Plain: a script that decodes everything and runs the same graph a frame at a time, each with its own overlapping "
            f"music. The two dances differ by at most {apart(ours, plain)}.",
        )
    ]


def apart(one: Path, other: Path) -> str:
    """The largest distance between two dances' joints along an axis."""
    with np.load(one) as first, np.load(other) as second:
        return f"{np.abs(first['positions'] - second['positions']).max():.1g} m"


def first_style() -> str:
    """The shipped model's first style, which the plain scripts dance; named, so that both dance one dance."""
    from ballo.inference import bundle

    return bundle.read(bundle.find(None)).manifest.styles[0]
