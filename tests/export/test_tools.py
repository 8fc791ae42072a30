"""A dance as users get it: `ballo dance` with the model that comes along, every format of it opened in Blender."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from ballo import demo
from ballo.export import fbx
from ballo.export.humanoid import bone_names
from ballo.motion import formats
from ballo.motion.skeleton import DANCER

MOST_METRES = {".glb": 1e-4, ".usdc": 1e-4, ".bvh": 1e-4, ".fbx": 1e-3}


def alone() -> dict[str, str]:
    """Blender's Python must not find ours."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def dance(bpy_python, tmp_path_factory) -> Path:
    """The folder with the files of one dance of four seconds."""
    pytest.importorskip("pxr.Usd", reason="no usd-core here: pip install 'ballo[usd]'")
    folder = tmp_path_factory.mktemp("dance")
    outputs = [word for suffix in (".npz", *MOST_METRES) for word in ("-o", folder / f"dance{suffix}")]
    command = [sys.executable, "-m", "ballo", "dance", demo.song(), "--start", "3", "--duration", "4", *outputs]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, fbx.BLENDER: bpy_python}, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("suffix", MOST_METRES)
def test_every_joint_of_a_generated_dance_is_where_the_motion_has_it(dance, blender, suffix):
    motion = formats.read(dance / "dance.npz")
    assert np.ptp(motion.positions, axis=0).max() > 0.2, "she dances"
    opened = blender(dance / f"dance{suffix}", motion.fps)
    order = [list(opened["names"]).index(name) for name in bone_names(DANCER)]
    assert len(opened["positions"]) == len(motion) == round(4 * motion.fps)
    assert np.abs(opened["positions"][:, order] - motion.positions).max() < MOST_METRES[suffix]


def test_the_song_is_under_the_dance(smooth_dance, bpy_python, tmp_path):
    """A knock at 2.6 s of the song, which the dance takes up at 2.2 s, is heard 0.4 s into it."""
    song, heard = tmp_path / "song.wav", tmp_path / "heard.wav"
    with wave.open(str(song), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        knock = np.zeros(48000 * 4, dtype="<i2")
        knock[round(2.6 * 48000) :][:480] = 20000
        file.writeframes(knock.tobytes())
    motion = smooth_dance(30)
    path = motion.save(tmp_path / "dance.glb", song=song, start_seconds=2.2)
    script = Path(__file__).with_name("blender_song.py")
    done = subprocess.run([bpy_python, script, path, heard], capture_output=True, text=True, env=alone(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with wave.open(str(heard)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())[:, 0]
        rate = file.getframerate()
    assert len(samples) / rate == pytest.approx(motion.seconds, abs=1 / motion.fps)
    assert np.flatnonzero(np.abs(samples) > 3000)[0] / rate == pytest.approx(0.4, abs=0.002)
