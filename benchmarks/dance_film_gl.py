"""A motion to a film by `--renderer gl`, beside the same film by the plain renderer: the whole process, without dancing.

On a machine without a graphics card Mesa draws in software, on the cores that encode as well.
"""

from __future__ import annotations

from statistics import median

from ballo import dance
from benchmarks import songs, timing
from benchmarks.table import Row, Settings

SECONDS, QUICK_SECONDS = 40, 8


def run(settings: Settings) -> list[Row]:
    length = QUICK_SECONDS if settings.quick else SECONDS
    song = songs.make(settings.folder, length)
    motion, film = settings.folder / "dance.npz", settings.folder / "film.mp4"
    dance(song).save(motion)
    measured = timing.in_turns(
        {
            name: lambda name=name: timing.run_process([timing.program(), "convert", motion, film, "--renderer", name]).seconds
            for name in ("gl", "plain")
        },
        settings.rounds(3),
        warm_up=False,
    )
    return [
        Row(
            f"{length:g} s of a dance to .mp4 by --renderer gl (720p), whole process",
            "x real",
            length / median(measured["gl"]),
            length / median(measured["plain"]),
            timing.gain(measured["gl"], measured["plain"]),
            None,
            "Plain: the plain renderer, which draws round parts by NumPy; gl draws a skinned body by OpenGL, here in software.",
        )
    ]
