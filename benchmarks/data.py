"""The published dances, danced anew: from cold, again, and the first batch out of the archive.

Needs the published data: the environment variable BALLO_DATA names their folder. The plain version of the first batch reads the
published JSON files and cuts windows out of them, as the 2019 system did.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks import timing
from benchmarks.table import Row, Settings, at_most

TARGET_SECONDS, TARGET_MEGABYTES, TARGET_FIRST_BATCH = 180.0, 2000.0, 0.3
BATCH, FRAMES = 24, 120

FIRST_BATCH = """
import sys, time
begun = time.perf_counter()
from ballo.dataset.archive import Archive, Batch
import numpy as np
archive = Archive.open(sys.argv[1])
windows = archive.windows("train", frames={frames})
chosen = np.random.default_rng(0).integers(len(windows), size={batch})
batch = Batch.of([windows[number] for number in chosen])
assert batch.rotations.any() and batch.samples.any()
print(time.perf_counter() - begun)
"""

PLAIN_BATCH = """
import json, sys, time
begun = time.perf_counter()
from pathlib import Path
import numpy as np
windows = []
for file in sorted(Path(sys.argv[1]).glob("tang2018/DANCE_*/skeletons.json")):
    content = json.loads(file.read_text())
    points = np.array(content["skeletons"]) + np.array(content["center"])[:, None]
    windows += [points[start : start + {frames}] for start in range(0, len(points) - {frames} + 1, 25)]
chosen = np.random.default_rng(0).integers(len(windows), size={batch})
assert np.stack([windows[number] for number in chosen]).any()
print(time.perf_counter() - begun)
"""


def run(settings: Settings) -> list[Row]:
    """Whole processes; the first batch without the start of Python, with the imports."""
    told = os.environ.get("BALLO_DATA")
    if not told:
        return [Row("the published dances danced anew", remark="Set BALLO_DATA to the folder of the published data.")]
    archive = settings.folder / "archive"
    command = [timing.program(), "data", "prepare", told, "-o", archive]
    cold, warm = timing.run_process(command), timing.run_process(command)
    ours = [_seconds(FIRST_BATCH, archive) for _ in range(settings.rounds(5))]
    plain = [_seconds(PLAIN_BATCH, Path(told)) for _ in range(settings.rounds(5))]
    rows = [
        Row(
            "the published dances danced anew, whole process",
            "s",
            cold.seconds,
            target=at_most(TARGET_SECONDS, "s", cold.seconds),
        )
    ]
    if cold.peak_megabytes:
        peak = cold.peak_megabytes
        rows.append(Row("the same, peak memory", "MB", peak, target=at_most(TARGET_MEGABYTES, "MB", peak)))
    again = "Plain: from cold. Nothing had changed; the sources are read and hashed."
    rows.append(Row("the same again", "s", warm.seconds, cold.seconds, cold.seconds / warm.seconds, remark=again))
    first = median(ours)
    remark = "Plain: the published JSON parsed and cut into windows, without music."
    target = at_most(TARGET_FIRST_BATCH, "s", first)
    rows.append(
        Row("an archive opened, first batch drawn", "s", first, median(plain), timing.gain(ours, plain), target, remark)
    )
    return rows


def _seconds(script: str, folder: Path) -> float:
    """What a script in a Python of its own prints."""
    command = [sys.executable, "-c", script.format(batch=BATCH, frames=FRAMES), str(folder)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
