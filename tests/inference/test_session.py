"""What running a graph does to the process around it: nothing."""

from __future__ import annotations

import subprocess
import sys

SMALL = """
import sys
from pathlib import Path
import numpy as np
from ballo.inference.choreographer import Choreographer
from ballo.music.audio import open_song

Choreographer.load(Path(sys.argv[1])).dance(open_song(sys.argv[2]))
assert (np.array([1e-310, 3e-310]) * 0.5 > 0).all()
"""


def test_the_smallest_numbers_are_what_they_were_before(toy_bundle, make_song, tmp_path):
    song = make_song(tmp_path / "song.wav", 8000)
    subprocess.run([sys.executable, "-c", SMALL, toy_bundle, song], check=True)
