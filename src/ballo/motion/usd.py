"""Universal Scene Description (.usda, .usdc, .usdz) read to a Motion: its largest skeleton that moves, ours or any UsdSkel.

The library is C++ and trusts its files, so that a broken one can end its process or fill the memory. It is therefore read in a
process of its own, with a limit of time and memory, which hands over numbers only.

Source: Pixar, OpenUSD, the UsdSkel schema.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ballo.errors import DataError
from ballo.motion import watched
from ballo.motion.admission import Refused, check_bytes, reading
from ballo.motion.motion import Motion
from ballo.motion.watched import Watched

LARGEST_BYTES = 2**30
LONGEST_SECONDS = 120.0
"""That a file may take to be read."""
PROGRAM = ("-m", "ballo.motion.usd_apart")
WHAT = "a USD scene with a skeleton that moves"


def read(path: str | Path) -> Motion:
    """The motion of the scene's largest skeleton, in metres, Y up, at the times that its joints are recorded for.

    Raises:
        DataError: usd-core is not installed, there is no such file, or it holds no skeleton that moves.
    """
    path = Path(path)
    if importlib.util.find_spec("pxr") is None:
        raise DataError(f"cannot read {path.suffix}: it takes usd-core; pip install 'ballo[usd]'")
    with reading(path, WHAT), tempfile.TemporaryDirectory() as folder:
        check_bytes(path, LARGEST_BYTES)
        # The library takes no path that is not Unicode, as ours may be; what a scene refers to lies beside it.
        source = path.resolve()
        if not str(source).isprintable():
            source = Path(folder) / f"scene{path.suffix.lower()}"
            source.symlink_to(path.resolve())
        return watched.motion(_seen(source, Path(folder)))


def _seen(path: Path, folder: Path) -> Watched:
    command = [sys.executable, "-P", *PROGRAM, str(path), str(folder), repr(LONGEST_SECONDS)]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        done = subprocess.run(command, env=found, timeout=LONGEST_SECONDS, check=False, **quiet)
    except subprocess.TimeoutExpired as error:
        raise Refused(f"reading it takes longer than {LONGEST_SECONDS:g} s") from error
    if done.returncode:
        raise Refused("usd-core cannot read it: it is damaged, or asks for too much")
    return watched.handed_over(folder)
