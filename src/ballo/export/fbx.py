"""A motion as Autodesk FBX (.fbx), by the user's own Blender: our .glb goes in, its .fbx comes out.

FBX has no public specification and its SDK is closed; Blender writes what Unreal, Unity, Maya and MotionBuilder open.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ballo.errors import ExportError
from ballo.export import companion, gltf, humanoid
from ballo.motion.motion import Motion

if TYPE_CHECKING:
    from ballo.export.character import Character

BLENDER = "BALLO_BLENDER"
"""The environment's variable that names a Blender, or a Python that has bpy."""
LONGEST_SECONDS = 3600.0
"""That Blender is waited for."""
_SCRIPT = Path(__file__).with_name("fbx_in_blender.py")


def write(
    motion: Motion,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    names: str = humanoid.DEFAULT,
    character: Character | str | Path | None = None,
) -> None:
    """Write `motion` to `path` with the body of the .glb, baked at every frame. Blender dates the file, so bytes differ.

    Args:
        motion: what is danced.
        path: the .fbx.
        song: a companion file, copied beside `path` unless it lies there; an .fbx has no place to say so.
        start_seconds: where in the song the motion starts.
        names: what bones are called, one of `humanoid.STYLES`.
        character: who dances in the place of ours, as `gltf.write` has it.

    Raises:
        ExportError: there is no Blender, it fails, or as `gltf.write`.
    """
    command = _command(path)
    with tempfile.TemporaryDirectory() as folder:
        scene, out = Path(folder) / "dance.glb", Path(folder) / "dance.fbx"
        # Blender places keys by whole rates: it is given one, and told the true one afterwards.
        whole = max(1, round(motion.fps))
        gltf.write(replace(motion, fps=float(whole)), scene, names=names, character=character)
        _run([*command, str(scene), str(out), str(whole), repr(motion.fps), str(len(motion))], path)
        if not out.is_file():
            raise ExportError(f"cannot write {path.suffix}: Blender ({command[0]}) wrote nothing")
        shutil.copyfile(out, path)
    companion.beside(path, song, start_seconds)


def check(path: Path) -> None:
    """Refuse a path when there is no Blender (ExportError)."""
    _command(path)


def _command(path: Path) -> list[str]:
    command = blender()
    if command is None:
        wanted = f"install it (blender.org), or set {BLENDER} to one, or to a Python with bpy"
        raise ExportError(f"cannot write {path.suffix}: it takes Blender; {wanted}")
    return command


def blender() -> list[str] | None:
    """How to run a script in Blender: the one that the environment names, one on the PATH, or bpy where ballo is installed."""
    named = os.environ.get(BLENDER)
    found = shutil.which(named) if named else shutil.which("blender")
    if named and found is None:
        raise ExportError(f"{BLENDER} is {named}, which cannot be run: name a Blender, or a Python with bpy")
    if found is None and importlib.util.find_spec("bpy") is not None:
        found = sys.executable
    if found is None:
        return None
    if Path(found).name.lower().startswith("python"):
        # Isolated, or it would find this folder's json and csv in the place of Python's.
        return [found, "-I", str(_SCRIPT), "--"]
    return [found, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(_SCRIPT), "--"]


def _run(command: list[str], path: Path) -> None:
    # Blender has a Python of its own, which must not find ours.
    alone = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=alone, timeout=LONGEST_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportError(f"cannot write {path.suffix}: Blender ({command[0]}) cannot be run ({error})") from error
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        said = next((line for line in lines if "Error" in line), lines[-1] if lines else "it says nothing")
        raise ExportError(f"cannot write {path.suffix}: Blender ({command[0]}) failed: {said.strip()}")
