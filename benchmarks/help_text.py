"""`ballo --help`, the whole process: what a user waits before anything happens.

Beside it stands a Python process that only imports typer, which reads the command line, and one that does nothing: no Python
program can be quicker than the one, and none that uses typer much quicker than the other.
"""

from __future__ import annotations

from statistics import median

from benchmarks import timing
from benchmarks.table import Row, Settings, at_most

TARGET_SECONDS = 0.3


def run(settings: Settings) -> list[Row]:
    measured = timing.in_turns(
        {
            "ballo": lambda: timing.run_process([timing.program(), "--help"]).seconds,
            "typer": lambda: timing.run_process([*timing.PYTHON, "-c", "import typer"]).seconds,
            "nothing": lambda: timing.run_process([*timing.PYTHON, "-c", "pass"]).seconds,
        },
        5 if settings.quick else 15,
    )
    seconds = median(measured["ballo"])
    return [
        Row(
            "ballo --help, whole process",
            "s",
            seconds,
            median(measured["typer"]),
            timing.gain(measured["ballo"], measured["typer"]),
            at_most(TARGET_SECONDS, "s", seconds),
            f"Plain: python -c 'import typer'. A Python that does nothing takes {median(measured['nothing']):.2f} s.",
        )
    ]
