"""The table: python -m benchmarks [NAME...] [--quick] [--json FILE]"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ballo.errors import BalloError
from benchmarks import (
    beats,
    dance_film,
    dance_film_gl,
    dance_npz,
    data,
    features,
    generation,
    help_text,
    hour,
    measuring,
    table,
    training,
)
from benchmarks.table import Row, Settings

BENCHMARKS = {
    "npz": dance_npz.run,
    "film": dance_film.run,
    "gl": dance_film_gl.run,
    "help": help_text.run,
    "hour": hour.run,
    "beats": beats.run,
    "data": data.run,
    "generation": generation.run,
    "training": training.run,
    "features": features.run,
    "measuring": measuring.run,
}


def main() -> int:
    """Run what is named, or all; 1 if any could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast ballo is, beside plain versions.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="shorter work and fewer rounds; targets of the full work not judged"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}: choose among {', '.join(BENCHMARKS)}")
    told = table.machine()
    rows, failed = measure(asked.names or list(BENCHMARKS), quick=asked.quick)
    table.show(rows, told, quick=asked.quick)
    if asked.json:
        figures = {"machine": told, "quick": asked.quick, "rows": [asdict(row) for row in rows]}
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


def measure(names: Sequence[str], *, quick: bool) -> tuple[list[Row], bool]:
    """The rows of the named benchmarks, and whether any failed; a failed one says why in its row."""
    rows: list[Row] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="ballo_benchmarks_") as folder:
        for name in names:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            try:
                rows += BENCHMARKS[name](Settings(quick, Path(folder)))
            except subprocess.CalledProcessError as error:
                last = (error.stderr or "").strip().splitlines()[-1:] or [f"exit status {error.returncode}"]
                rows.append(Row(name, remark=f"Could not be measured: {last[0]}"))
                failed = True
            except BalloError as error:
                rows.append(Row(name, remark=f"Could not be measured: {error}"))
                failed = True
    return rows, failed


if __name__ == "__main__":
    sys.exit(main())
