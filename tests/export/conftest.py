"""Motions to write in the tests of this folder. Fixtures give the makers, since test folders are not packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="session")
def smooth_dance() -> Callable[..., Motion]:
    return _smooth_dance


@pytest.fixture(scope="session")
def random_turns() -> Callable[..., Motion]:
    return _random_turns


def _smooth_dance(frames: int, *, fps: float = 25.0, seed: int = 0, skeleton: Skeleton = DANCER) -> Motion:
    """A figure that sways and travels by slow sines of random phase, with its lower foot on the floor."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / fps
    phase, pace = random.uniform(0, 2 * np.pi, (2, 1, len(skeleton), 3))
    wxyz = np.concatenate([np.ones((frames, len(skeleton), 1)), 0.2 * np.sin(pace * time + phase)], axis=-1)
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    root = np.stack([np.sin(time[:, 0, 0]), np.zeros(frames), 0.3 * time[:, 0, 0]], axis=-1)
    if skeleton.feet:
        root[:, 1] -= kinematics.floor_height(skeleton, kinematics.forward(skeleton, wxyz, root))
    contacts = np.zeros((frames, len(skeleton.feet)))
    return Motion(skeleton, wxyz, root, fps, contacts, {"style": "waltz", "seed": seed})


def _random_turns(frames: int, *, seed: int = 0, skeleton: Skeleton = DANCER) -> Motion:
    """Rotations drawn uniformly from all there are, with no continuity in time: the hardest case for Euler angles."""
    random = np.random.default_rng(seed)
    wxyz = random.normal(size=(frames, len(skeleton), 4))
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    contacts = random.random((frames, len(skeleton.feet))) < 0.5
    return Motion(skeleton, wxyz, random.uniform(-3, 3, (frames, 3)), 25.0, contacts, {"seed": seed})


@pytest.fixture(scope="session")
def bpy_python() -> str:
    """A Python that has Blender as a module."""
    named = os.environ.get("BALLO_BPY") or str(TOOLS / "bpy" / "bin" / "python")
    if not Path(named).exists():
        pytest.skip("no bpy here: scripts/setup_tools.sh installs it")
    return named


@pytest.fixture(scope="session")
def blender(bpy_python: str) -> Callable[..., dict[str, np.ndarray]]:
    """Opens a file in Blender: joints' names, positions (T, J, 3) metres with Y up, and the body's vertices at the end."""

    def opened(path: Path, fps: float) -> dict[str, np.ndarray]:
        out = path.with_suffix(".opened.npz")
        script = Path(__file__).with_name("blender_joints.py")
        alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run([bpy_python, script, path, out, str(fps)], capture_output=True, text=True, env=alone, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with np.load(out) as arrays:
            return dict(arrays)

    return opened


@pytest.fixture(scope="session")
def validated() -> Callable[[Path], dict[str, Any]]:
    """What the Khronos glTF validator finds in a file."""
    node = shutil.which("node")
    if node is None or not (TOOLS / "node_modules" / "gltf-validator").exists():
        pytest.skip("no glTF validator here: scripts/setup_tools.sh installs it, where there is Node.js")

    def issues(path: Path) -> dict[str, Any]:
        done = subprocess.run([node, TOOLS / "validate.mjs", path], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return issues
