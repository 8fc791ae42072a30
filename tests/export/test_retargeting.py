"""The dance on other characters, in Blender itself: every limb points as the dancer's does, on every frame."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ballo.export import fbx
from ballo.export.mesh import world_turns
from ballo.motion.skeleton import DANCER

SCRIPT = Path(__file__).parents[2] / "scripts" / "blender_retarget.py"
LARGEST_DEGREES = 0.05
LIMBS = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")
SIDES = {"left": ("Left", "l", "L"), "right": ("Right", "r", "R")}
JOINTS = {
    "mixamo": (0, " ".join("mixamorig:{}" + name for name in ["Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase"])),
    "unreal": (1, "upperarm_{} lowerarm_{} hand_{} thigh_{} calf_{} foot_{} ball_{}"),
    "vroid": (
        2,
        "J_Bip_{0}_UpperArm J_Bip_{0}_LowerArm J_Bip_{0}_Hand J_Bip_{0}_UpperLeg J_Bip_{0}_LowerLeg J_Bip_{0}_Foot "
        "J_Bip_{0}_ToeBase",
    ),
    "metarig": (2, "upper_arm.{} forearm.{} hand.{} thigh.{} shin.{} foot.{} toe.{}"),
    # What Rigify's controls do is seen at the bones that they move.
    "rig": (2, "ORG-upper_arm.{} ORG-forearm.{} ORG-hand.{} ORG-thigh.{} ORG-shin.{} ORG-foot.{} ORG-toe.{}"),
}
HIPS = {"mixamo": "mixamorig:Hips", "unreal": "pelvis", "vroid": "J_Bip_C_Hips", "metarig": "spine", "rig": "torso"}


@pytest.fixture
def retargeted(bpy_python) -> Callable[[Path, str], dict[str, np.ndarray]]:
    def run(path: Path, kind: str) -> dict[str, np.ndarray]:
        out = path.with_suffix(".retargeted.npz")
        script = Path(__file__).with_name("blender_retarget.py")
        alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [bpy_python, script, path, kind, SCRIPT, out, "25"]
        done = subprocess.run(command, capture_output=True, text=True, env=alone, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with np.load(out) as arrays:
            return dict(arrays)

    return run


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [("mixamo", s) for s in (".glb", ".bvh", ".fbx", ".usdc")] + [(kind, ".glb") for kind in JOINTS if kind != "mixamo"],
)
def test_every_limb_points_as_hers(smooth_dance, retargeted, bpy_python, monkeypatch, tmp_path, kind, suffix):
    if suffix == ".usdc":
        pytest.importorskip("pxr.Usd", reason="no usd-core here: pip install 'ballo[usd]'")
    monkeypatch.setenv(fbx.BLENDER, bpy_python)
    motion = smooth_dance(25)
    seen = retargeted(motion.save(tmp_path / f"dance{suffix}"), kind)
    at = {name: seen["heads"][:, joint] for joint, name in enumerate(seen["names"])}
    style, named = JOINTS[kind]
    world = np.stack([world_turns(DANCER, turns) for turns in motion.rotations])
    assert len(seen["heads"]) == len(motion)
    for side, letters in SIDES.items():
        bones = [name.format(letters[style]) for name in named.split()]
        rest = dict(zip(seen["names"], seen["rest"], strict=True))
        foot = world[:, DANCER.index(f"{side}_ankle")] @ (rest[bones[6]] - rest[bones[5]])
        assert degrees_between(at[bones[6]] - at[bones[5]], foot).max() < LARGEST_DEGREES, f"{side} foot"
        for chain, its in zip(LIMBS, (bones[:3], bones[3:6]), strict=True):
            hers = [motion.positions[:, DANCER.index(f"{side}_{joint}")] for joint in chain]
            for start in (0, 1):
                apart = degrees_between(at[its[start + 1]] - at[its[start]], hers[start + 1] - hers[start])
                assert apart.max() < LARGEST_DEGREES, (side, chain[start])
    its_path = at[HIPS[kind]]
    share = rest[HIPS[kind]][1] / 0.981  # her pelvis stands 98.1 cm above her soles
    assert np.abs(its_path - share * motion.root).max() < 0.03 * share, "its hips take her path, by its height"
    travelled = np.linalg.norm(motion.root[-1] - motion.root[0])
    assert np.linalg.norm(its_path[-1] - its_path[0]) == pytest.approx(travelled * share, rel=0.03)


def degrees_between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    one, other = one.astype(np.float64), other.astype(np.float64)
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other), axis=-1), np.sum(one * other, axis=-1)))


def test_the_measure_sees_a_degree():
    one, other = np.array([[0.0, 1.0, 0.0]]), np.array([[0.0, 2 * np.cos(np.radians(1)), 2 * np.sin(np.radians(1))]])
    assert degrees_between(one, other) == pytest.approx(1.0)
