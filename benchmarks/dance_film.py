"""A song to a film, the whole process: from the shell's command to the written .mp4.

ballo draws a dancer with volume, light and shadow, text, and the song's sound. The plain script has the same dance drawn as
thick lines by Pillow at twice the size and scaled down, without text or sound, for the same encoder at the same settings. So
the plain version does less, in the way one would write first.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks import songs, timing
from benchmarks.table import Row, Settings, at_least

SECONDS, QUICK_SECONDS = 60, 10
TARGET_TIMES_REAL = 3.0
FPS = 25
PLAIN = Path(__file__).parent / "plain" / "film.py"


def run(settings: Settings) -> list[Row]:
    length = QUICK_SECONDS if settings.quick else SECONDS
    song = songs.make(settings.folder, length)
    ours, plain = settings.folder / "ours.mp4", settings.folder / "plain.mp4"
    measured = timing.in_turns(
        {
            "ballo": lambda: timing.run_process([timing.program(), "dance", song, "-o", ours]),
            "plain": lambda: timing.run_process([*timing.PYTHON, PLAIN, song, plain]),
        },
        settings.rounds(3),
        warm_up=False,
    )
    seconds = {name: [each.seconds for each in runs] for name, runs in measured.items()}
    times_real = length / median(seconds["ballo"])
    target = at_least(TARGET_TIMES_REAL, "x real", times_real)
    return [
        Row(
            f"{length:g} s of mp3 to .mp4 (720p, sound), whole process",
            "x real",
            times_real,
            length / median(seconds["plain"]),
            timing.gain(seconds["ballo"], seconds["plain"]),
            None if settings.quick else target,
            _work(measured["ballo"], length)
            + "Plain: Pillow draws bones as thick lines at twice the size, scaled down, same encoder and settings; no shading, "
            "shadow, text or sound.",
        )
    ]


def _work(runs: list[timing.ProcessRun], length: float) -> str:
    """What all cores did for it, which depends less than time does on what else a machine has to do."""
    told = [each.processor_seconds for each in runs if each.processor_seconds is not None]
    return f"{median(told) / length:.2f} processor seconds a second of film. " if told else ""
