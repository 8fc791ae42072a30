"""Measuring: whole processes, calls within this one, and several of either in turns.

A machine has other things to do, and what it does changes by the second. So what is compared takes turns (A B A B), and a gain
is the median of the gains pair by pair, not a ratio of two figures from different minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

T = TypeVar("T")

PYTHON = (sys.executable,)
"""The Python that runs the benchmarks, to begin a command with."""

_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class ProcessRun:
    """One whole process: how long it took; where the system tells (not on Windows) how long all cores worked on it and on the
    processes that it started, and the most memory that it held."""

    seconds: float
    processor_seconds: float | None
    peak_megabytes: float | None


def run_process(command: Sequence[str | Path]) -> ProcessRun:
    """Run a command from start to exit.

    Raises:
        CalledProcessError: it failed; what it said on standard error is in the exception.
    """
    launched = [sys.executable, "-I", "-S", str(_LAUNCHER), *map(str, command)]
    done = subprocess.run(launched, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    peak = None if told["peak_bytes"] is None else told["peak_bytes"] / 1e6
    return ProcessRun(told["seconds"], told["processor_seconds"], peak)


def seconds_of(call: Callable[[], object]) -> float:
    """How long a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def in_turns(contestants: Mapping[str, Callable[[], T]], rounds: int, *, warm_up: bool = True) -> dict[str, list[T]]:
    """What each contestant returns, once a round and in order; a first round that counts for nothing warms caches up."""
    if warm_up:
        for measure in contestants.values():
            measure()
    measured: dict[str, list[T]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, measure in contestants.items():
            measured[name].append(measure())
    return measured


def gain(ours: Sequence[float], plain: Sequence[float]) -> float:
    """How many times less than the plain version ours takes: the median over the pairs."""
    return median(theirs / own for own, theirs in zip(ours, plain, strict=True))


def program() -> Path:
    """The installed program `ballo` of the Python that runs the benchmarks."""
    return Path(sysconfig.get_path("scripts")) / ("ballo.exe" if sys.platform == "win32" else "ballo")
