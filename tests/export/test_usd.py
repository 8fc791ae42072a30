"""USD: asked of UsdValidation, read by UsdSkel, and opened in Blender."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.export.humanoid import bone_names
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

TENTH_OF_A_MILLIMETRE = 1e-4
SUFFIXES = (".usda", ".usdc", ".usdz")
TAIL = Skeleton(
    ("base", "a b", "a/b:c", "Head"), (-1, 0, 1, 1), np.array([[0, 0, 0], [0, 0.5, 0], [0.3, 0.1, 0], [0, 0.3, 0.1]])
)


@pytest.fixture(scope="module")
def usd():
    return pytest.importorskip("pxr.Usd", reason="no usd-core here: pip install 'ballo[usd]'")


def faults(usd, path: Path) -> list[str]:
    from pxr import UsdValidation

    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    stage = usd.Stage.Open(str(path))
    return [error.GetErrorAsString() for error in UsdValidation.ValidationContext(validators).Validate(stage)]


@pytest.mark.parametrize("skeleton", [DANCER, TAIL], ids=["dancer", "foreign"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_validation_finds_nothing(usd, smooth_dance, tmp_path, suffix, skeleton):
    song = tmp_path / "elsewhere" / "song.mp3"
    song.parent.mkdir()
    song.write_bytes(b"sound")
    path = smooth_dance(12, skeleton=skeleton).save(tmp_path / f"dance{suffix}", song=song, start_seconds=3.0)
    assert faults(usd, path) == []


def test_validation_is_asked_indeed(usd, smooth_dance, tmp_path):
    path = smooth_dance(3).save(tmp_path / "dance.usda")
    broken = path.with_name("broken.usda")
    broken.write_text(path.read_text().replace("metersPerUnit = 1", "").replace('upAxis = "Y"', ""))
    assert faults(usd, broken)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_blender_finds_every_joint_where_the_motion_has_it(usd, smooth_dance, blender, tmp_path, suffix):
    motion = smooth_dance(40)
    opened = blender(motion.save(tmp_path / f"dance{suffix}"), motion.fps)
    order = [list(opened["names"]).index(name) for name in bone_names(DANCER)]
    assert np.abs(opened["positions"][:, order] - motion.positions).max() < TENTH_OF_A_MILLIMETRE
    assert len(opened["vertices"]) > 3000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_usd_poses_its_joints_as_the_motion_does(usd, random_turns, tmp_path, suffix):
    motion = random_turns(15)
    found = positions(usd, motion.save(tmp_path / f"dance{suffix}"), motion)
    assert np.abs(found - motion.positions).max() < 1e-5


def positions(usd, path: Path, motion: Motion) -> np.ndarray:
    from pxr import UsdSkel

    stage = usd.Stage.Open(str(path))
    assert (stage.GetTimeCodesPerSecond(), stage.GetEndTimeCode()) == (motion.fps, len(motion) - 1)
    query = UsdSkel.Cache().GetSkelQuery(UsdSkel.Skeleton.Get(stage, "/Dance/Skeleton"))
    frames = [query.ComputeJointSkelTransforms(usd.TimeCode(frame)) for frame in range(len(motion))]
    return np.array([[matrix.ExtractTranslation() for matrix in frame] for frame in frames])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_motion_gives_the_same_bytes(usd, smooth_dance, tmp_path, suffix):
    one, other = (smooth_dance(8).save(tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert one == other


def test_a_package_holds_its_song_and_others_lie_beside_theirs(usd, smooth_dance, tmp_path):
    song = tmp_path / "elsewhere" / "song.mp3"
    song.parent.mkdir()
    song.write_bytes(b"sound")
    packed = smooth_dance(3).save(tmp_path / "dance.usdz", song=song)
    assert zipfile.ZipFile(packed).namelist() == ["dance.usdc", "song.mp3"]
    assert not (tmp_path / "song.mp3").exists()
    text = smooth_dance(3).save(tmp_path / "dance.usda", song=song, start_seconds=1.5)
    assert (tmp_path / "song.mp3").read_bytes() == b"sound"
    stage = usd.Stage.Open(str(text))
    said = json.loads(stage.GetRootLayer().customLayerData["ballo"])
    assert said["song"] == {"uri": "song.mp3", "start_seconds": 1.5}


def test_without_usd_core_a_line_says_what_to_install(smooth_dance, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(ExportError, match=r"pip install 'ballo\[usd\]'"):
        smooth_dance(2).save(tmp_path / "dance.usdz")
    assert not list(tmp_path.iterdir())
