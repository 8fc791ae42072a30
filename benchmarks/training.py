"""A training step of `ballo train music` at its defaults: the critic's and the generator's, batch and losses included.

Beside it stands the same step with denormal numbers kept, as PyTorch does unless told otherwise: gradients through time fade
into them, and a processor handles them many times slower. Each side trains in processes of its own, in turns, on the archive
that BALLO_ARCHIVE names, and the first steps count for nothing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from statistics import median

from benchmarks import timing
from benchmarks.table import Row, Settings

STEPS, QUICK_STEPS = 6, 2
ROOT = Path(__file__).resolve().parents[1]


def run(settings: Settings) -> list[Row]:
    archive = os.environ.get("BALLO_ARCHIVE")
    if importlib.util.find_spec("torch") is None:
        return [Row("a training step", remark="Training needs PyTorch: pip install 'ballo[train]'.")]
    if not archive:
        return [Row("a training step", remark="Left out: BALLO_ARCHIVE names no archive (ballo data prepare SRC -o ARCHIVE).")]
    steps = QUICK_STEPS if settings.quick else STEPS
    measured = timing.in_turns(
        {"ballo": lambda: _steps(archive, steps), "plain": lambda: _steps(archive, steps, "--keep-denormals")},
        1 if settings.quick else 3,
        warm_up=False,
    )
    return [_row(name, measured) for name in ("critic", "generator")]


def _steps(archive: str, steps: int, *options: str) -> dict[str, float]:
    """Median seconds of each kind of step, in a process of its own."""
    command = [*timing.PYTHON, "-m", "benchmarks.training_steps", str(Path(archive).resolve()), str(steps), *options]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return {name: median(seconds) for name, seconds in json.loads(told.stdout).items()}


def _row(name: str, measured: dict[str, list[dict[str, float]]]) -> Row:
    ours, plain = ([steps[name] for steps in measured[who]] for who in ("ballo", "plain"))
    remark = "Plain: the same step with denormal numbers kept." if name == "critic" else ""
    return Row(f"a training step, {name}", "s", median(ours), median(plain), timing.gain(ours, plain), remark=remark)
