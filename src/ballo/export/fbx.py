"""A motion as Autodesk FBX (.fbx), by the user's own Blender: our .glb goes in, its .fbx comes out; and any .fbx is read by it.

FBX has no public specification and its SDK is closed; Blender writes what Unreal, Unity, Maya and MotionBuilder open.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ballo.errors import ExportError
from ballo.export import companion, gltf, humanoid
from ballo.motion import admission, watched
from ballo.motion.motion import Motion

if TYPE_CHECKING:
    from ballo.export.character import Character

BLENDER = "BALLO_BLENDER"
"""The environment's variable that names a Blender, or a Python that has bpy."""
LONGEST_SECONDS = 3600.0
"""That Blender is waited for."""
LONGEST_READING_SECONDS = 600.0
LARGEST_BYTES = 2**30
_REST_SECONDS = 0.1
_RAISED = re.compile(r"[\w.]*(Error|Exception): .")
_WRITING, _READING = (Path(__file__).with_name(f"fbx_{way}_blender.py") for way in ("in", "out_of"))


def write(
    motion: Motion,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    names: str = humanoid.DEFAULT,
    character: Character | str | Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write `motion` to `path` with the body of the .glb, baked at every frame. Blender dates the file, so bytes differ.

    Args:
        motion: what is danced.
        path: the .fbx.
        song: a companion file, copied beside `path` unless it lies there; an .fbx has no place to say so.
        start_seconds: where in the song the motion starts.
        names: what bones are called, one of `humanoid.STYLES`.
        character: who dances in the place of ours, as `gltf.write` has it.
        progress: called with 0 while Blender works; it ends when this raises.

    Raises:
        ExportError: there is no Blender, it fails, or as `gltf.write`.
    """
    command = _command(f"cannot write {path.suffix}", _WRITING)
    with tempfile.TemporaryDirectory() as folder:
        scene, out = Path(folder) / "dance.glb", Path(folder) / "dance.fbx"
        # Blender places keys by whole rates: it is given one, and told the true one afterwards.
        whole = max(1, round(motion.fps))
        gltf.write(replace(motion, fps=float(whole)), scene, names=names, character=character)
        refused = f"cannot write {path.suffix}"
        rest = partial(progress or (lambda frames: None), 0)
        _run([*command, str(scene), str(out), str(whole), repr(motion.fps), str(len(motion))], refused, LONGEST_SECONDS, rest)
        if not out.is_file():
            raise ExportError(f"{refused}: Blender ({command[0]}) wrote nothing")
        shutil.copyfile(out, path)
    companion.beside(path, song, start_seconds)


def check(path: Path) -> None:
    """Refuse a path when there is no Blender (ExportError)."""
    _command(f"cannot write {path.suffix}", _WRITING)


def read(path: str | Path) -> Motion:
    """The motion of the file's largest skeleton that moves, as Blender imports it: metres, Y up, axes of the world at rest.

    Raises:
        ExportError: there is no Blender.
        DataError: there is no such file, it takes too long, or it holds no skeleton that moves.
    """
    path = Path(path)
    command = _command(f"cannot read {path.suffix}", _READING)
    with admission.reading(path, "an .fbx with a skeleton that moves"), tempfile.TemporaryDirectory() as folder:
        admission.check_bytes(path, LARGEST_BYTES)
        # Blender takes no path that is not Unicode, as ours may be.
        source = Path(folder) / "scene.fbx"
        shutil.copyfile(path, source)
        try:
            _run([*command, str(source), folder, str(admission.MOST_JOINT_FRAMES)], "", LONGEST_READING_SECONDS)
        except ExportError as error:
            raise admission.Refused(f"Blender cannot import it{error}") from error
        return watched.motion(watched.handed_over(Path(folder)))


def _command(refused: str, script: Path) -> list[str]:
    command = blender(script)
    if command is None:
        wanted = f"install it (blender.org), or set {BLENDER} to one, or to a Python with bpy"
        raise ExportError(f"{refused}: it takes Blender; {wanted}")
    return command


def blender(script: Path = _WRITING) -> list[str] | None:
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
        return [found, "-I", str(script), "--"]
    return [found, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(script), "--"]


def _run(command: list[str], refused: str, seconds: float, rest: Callable[[], None] = lambda: None) -> None:
    """Run Blender to its end; `rest` is called while it works, and may raise what ends it."""
    # Blender has a Python of its own, which must not find ours.
    alone = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            # A group of its own: what is named may be a wrapper of the real one (snap, flatpak), and both have to end.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=alone, start_new_session=True
            )
        except OSError as error:
            raise ExportError(f"{refused}: Blender ({command[0]}) cannot be run ({error})") from error
        try:
            _wait(process, seconds, rest)
        except subprocess.TimeoutExpired as error:
            raise ExportError(f"{refused}: Blender ({command[0]}) takes longer than {seconds:g} s") from error
        finally:
            _end(process)
        if process.returncode:
            said.seek(0)
            lines = [line for line in said.read().splitlines() if line.strip()]
            raise ExportError(f"{refused}: Blender ({command[0]}) failed: {_reason(lines)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and all that it started, if it still runs."""
    if process.poll() is None and hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _reason(lines: list[str]) -> str:
    """What went wrong, of all that Blender says: what a traceback comes to, not the line of the program that it quotes."""
    told = [line for line in lines if _RAISED.match(line)] or [line for line in lines if "Error" in line] or lines[-1:]
    return told[0].strip() if told else "it says nothing"


def _wait(process: subprocess.Popen[bytes], seconds: float, rest: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while True:
        rest()
        try:
            process.wait(min(_REST_SECONDS, max(0.0, end - time.monotonic())))
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() >= end:
                raise
