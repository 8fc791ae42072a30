"""The .fbx: written by Blender, and opened in it again."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.export import fbx
from ballo.export.humanoid import bone_names
from ballo.motion import formats
from ballo.motion.skeleton import DANCER

MILLIMETRE = 1e-3


@pytest.mark.parametrize("fps", [25.0, 30000 / 1001])
def test_blender_finds_every_joint_where_the_motion_has_it(smooth_dance, blender, bpy_python, monkeypatch, tmp_path, fps):
    monkeypatch.setenv(fbx.BLENDER, bpy_python)
    motion = smooth_dance(40, fps=fps)
    opened = blender(motion.save(tmp_path / "dance.fbx"), fps)
    order = [list(opened["names"]).index(name) for name in bone_names(DANCER)]
    assert len(opened["positions"]) == len(motion)
    assert np.abs(opened["positions"][:, order] - motion.positions).max() < MILLIMETRE
    assert len(opened["vertices"]) > 3000


def test_unreal_finds_the_root_of_its_mannequins(smooth_dance, blender, bpy_python, monkeypatch, tmp_path):
    """It makes the armature's node the root bone, and hangs the pelvis from it."""
    monkeypatch.setenv(fbx.BLENDER, bpy_python)
    opened = blender(smooth_dance(3).save(tmp_path / "dance.fbx", names="unreal"), 25.0)
    assert str(opened["armature"]) == "root"
    assert set(opened["names"]) == set(bone_names(DANCER, "unreal"))


def test_without_blender_a_line_says_what_to_do(smooth_dance, monkeypatch, tmp_path):
    monkeypatch.delenv(fbx.BLENDER, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(fbx.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"blender\.org.*BALLO_BLENDER"):
        smooth_dance(2).save(tmp_path / "dance.fbx")
    monkeypatch.setenv(fbx.BLENDER, str(tmp_path / "none"))
    with pytest.raises(ExportError, match="cannot be run"):
        smooth_dance(2).save(tmp_path / "dance.fbx")
    assert not list(tmp_path.iterdir())


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_blender_that_fails_is_quoted(smooth_dance, monkeypatch, tmp_path):
    tools, out = tmp_path / "tools", tmp_path / "out"
    tools.mkdir()
    out.mkdir()
    monkeypatch.setenv(fbx.BLENDER, program(tools / "blender", "echo 'Error: no add-on' >&2; exit 1"))
    with pytest.raises(ExportError, match="Error: no add-on"):
        smooth_dance(2).save(out / "dance.fbx")
    monkeypatch.setenv(fbx.BLENDER, program(tools / "blender", "exit 0"))
    with pytest.raises(ExportError, match="wrote nothing"):
        smooth_dance(2).save(out / "dance.fbx")
    assert not list(out.iterdir())


def test_a_blender_is_run_in_the_background(monkeypatch, tmp_path):
    named = program(tmp_path / "blender", "exit 0")
    monkeypatch.setenv(fbx.BLENDER, named)
    command = fbx.blender()
    assert command is not None
    assert command[:2] == [named, "--background"]
    assert Path(command[-2]).is_file()


def test_it_is_refused_before_any_work(monkeypatch, tmp_path):
    monkeypatch.delenv(fbx.BLENDER, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(fbx.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="it takes Blender"):
        formats.check(tmp_path / "dance.fbx")
    formats.check(tmp_path / "dance.glb")
