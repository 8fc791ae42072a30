"""The .fbx: written by Blender, and opened in it again."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import BalloError, DataError, ExportError
from ballo.export import fbx
from ballo.export.humanoid import bone_names
from ballo.motion import formats
from ballo.motion.skeleton import DANCER, Skeleton

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


@pytest.mark.parametrize(("fps", "names"), [(25.0, "mixamo"), (30000 / 1001, "unreal")])
def test_what_was_written_is_read_back(smooth_dance, bpy_python, monkeypatch, tmp_path, fps, names):
    monkeypatch.setenv(fbx.BLENDER, bpy_python)
    motion = smooth_dance(40, fps=fps)
    again = formats.read(motion.save(tmp_path / "n\new 'd\"ance☃.fbx", names=names))
    assert (again.skeleton.joint_names, again.skeleton.parents) == (DANCER.joint_names, DANCER.parents)
    assert (len(again), again.fps) == (40, pytest.approx(fps, rel=1e-6))
    assert np.abs(again.positions - motion.positions).max() < MILLIMETRE
    # Not only where joints are: how each is turned, so that her T-pose stays one.
    turned = np.abs(np.sum(again.rotations * motion.rotations, axis=-1))
    assert turned.min() > 1 - 1e-4
    np.testing.assert_allclose(again.skeleton.offsets, DANCER.offsets, atol=MILLIMETRE)


def test_another_skeleton_keeps_its_own_names(smooth_dance, bpy_python, monkeypatch, tmp_path):
    monkeypatch.setenv(fbx.BLENDER, bpy_python)
    names = tuple(f"bone {number}" for number in range(22))
    body = Skeleton(names, DANCER.parents, 1.3 * DANCER.offsets)
    motion = smooth_dance(10, skeleton=body)
    again = formats.read(motion.save(tmp_path / "dance.fbx"))
    order = [again.skeleton.joint_names.index(name) for name in names]
    assert np.abs(again.positions[:, order] - motion.positions).max() < MILLIMETRE


def test_what_is_no_fbx_is_refused_in_a_line(smooth_dance, bpy_python, monkeypatch, tmp_path):
    monkeypatch.setenv(fbx.BLENDER, bpy_python)
    content = smooth_dance(3).save(tmp_path / "dance.fbx").read_bytes()
    bad = {
        "empty.fbx": b"",
        "text.fbx": b"; FBX 7.3.0 project file\n",
        "cut.fbx": content[: len(content) // 3],
        "ones.fbx": content[:60] + b"\xff" * 200 + content[260:],
    }
    for name, what in bad.items():
        (tmp_path / name).write_bytes(what)
        with pytest.raises(DataError, match=f"cannot read .*{name}: ") as caught:
            formats.read(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_reading_without_blender_or_with_one_that_fails(monkeypatch, tmp_path):
    (tmp_path / "dance.fbx").write_bytes(b"Kaydara FBX Binary  ")
    monkeypatch.setenv(fbx.BLENDER, program(tmp_path / "blender", "echo 'Error: bad file' >&2; exit 1"))
    with pytest.raises(DataError, match=r"Blender cannot import it: .*Error: bad file"):
        formats.read(tmp_path / "dance.fbx")
    monkeypatch.setenv(fbx.BLENDER, program(tmp_path / "blender", "exit 0"))
    with pytest.raises(DataError, match="it is damaged"):
        formats.read(tmp_path / "dance.fbx")
    monkeypatch.setenv(fbx.BLENDER, program(tmp_path / "blender", "exec sleep 60"))
    monkeypatch.setattr(fbx, "LONGEST_READING_SECONDS", 0.2)
    with pytest.raises(DataError, match=r"takes longer than 0\.2 s"):
        formats.read(tmp_path / "dance.fbx")
    monkeypatch.delenv(fbx.BLENDER)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(fbx.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BalloError, match=r"cannot read \.fbx: it takes Blender; install it"):
        formats.read(tmp_path / "dance.fbx")


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
    traceback = "echo '    raise IOError(\"only %i\"'; echo 'OSError: only 3075'; echo 'Error: it ended'; exit 1"
    monkeypatch.setenv(fbx.BLENDER, program(tools / "blender", traceback))
    with pytest.raises(ExportError, match=r"failed: OSError: only 3075$"):
        smooth_dance(2).save(out / "dance.fbx")
    monkeypatch.setenv(fbx.BLENDER, program(tools / "blender", "exit 0"))
    with pytest.raises(ExportError, match="wrote nothing"):
        smooth_dance(2).save(out / "dance.fbx")
    assert not list(out.iterdir())


def test_blender_ends_when_it_is_interrupted_and_so_does_what_it_started(smooth_dance, monkeypatch, tmp_path):
    (tmp_path / "out").mkdir()
    wrapper = f"sleep 600 & echo $! > {tmp_path}/sleeper; touch {tmp_path}/began; wait"
    monkeypatch.setenv(fbx.BLENDER, program(tmp_path / "blender", wrapper))

    def interrupted(frames: int) -> None:
        if (tmp_path / "began").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        smooth_dance(2).save(tmp_path / "out" / "dance.fbx", progress=interrupted)
    assert not list((tmp_path / "out").iterdir())
    sleeper = Path(f"/proc/{(tmp_path / 'sleeper').read_text().strip()}/cmdline")
    # One that nobody waits for any more stays on the list without a command line.
    assert not sleeper.exists() or not sleeper.read_bytes()


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
