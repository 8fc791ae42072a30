"""Hierarchies as other tools write them (bvh/make.py made them), read against a plain second reader and against pybvh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ballo.errors import BalloError
from ballo.motion import anthropometry, bvh, formats

FOLDER = Path(__file__).parent / "bvh"
FILM = 1000 / 1001


@dataclass(frozen=True)
class Expected:
    """What is in a file: joints in the motion, its first, frames a second, unit, and whether Z is up."""

    joints: int
    root: str
    fps: float
    unit: str = "cm"
    z_up: bool = False


FILES = {
    "bandai-namco": Expected(21, "Hips", 30),
    "bandai-namco-travelling-root": Expected(22, "joint_Root", 30),
    "biovision-inches": Expected(18, "Hips", 30, "inch"),
    "blender-z-up": Expected(40, "mixamorig:Hips", 24, "m", True),
    "cmu-3dsmax": Expected(21, "Hips", 30, "cmu"),
    "cmu-daz": Expected(21, "hip", 30, "inch"),
    "cmu-motionbuilder": Expected(31, "Hips", 120, "cmu"),
    "dog": Expected(15, "Hips", 60),
    "film-rate-23.976": Expected(20, "Hips", 24 * FILM),
    "hinges-at-29.97": Expected(20, "Hips", 30 * FILM),
    "lafan": Expected(22, "Hips", 30),
    "loose-layout": Expected(20, "Hips", 25, "m"),
    "mixamo": Expected(40, "mixamorig:Hips", 30),
    "mixamo-metres": Expected(40, "mixamorig:Hips", 60, "m"),
    "motionbuilder-reference": Expected(22, "Hips", 60),
    "neuron": Expected(22, "Hips", 120),
    "neuron-displacement": Expected(22, "Hips", 120),
    "rokoko": Expected(23, "Hips", 100),
    "smpl": Expected(22, "Pelvis", 60, "m"),
    "unreal": Expected(22, "pelvis", 30),
    "vicon-millimetres": Expected(22, "Hips", 100, "mm"),
    "xsens": Expected(23, "Hips", 60),
}


def by_the_book(path: Path) -> dict[str, np.ndarray]:
    """Where each joint is, (T, 3) in the file's unit and axes, by another reader: tokens, recursion, SciPy's rotations."""
    head, _, body = path.read_text("utf-8-sig").lower().partition("motion")
    words = iter(head.replace("{", " { ").replace("}", " } ").split()[1:])
    numbers = np.array([[float(w) for w in line.split()] for line in body.split("\n") if line.strip() and "f" not in line])
    column, places = 0, {}

    def joint(turned: Rotation, at: np.ndarray) -> None:
        nonlocal column
        name = next(words)
        assert [next(words), next(words)] == ["{", "offset"]
        moved = np.tile([float(next(words)) for _ in range(3)], (len(numbers), 1))
        own = Rotation.identity(len(numbers))
        for word in words:
            if word == "channels":
                for _ in range(int(next(words))):
                    channel, values = next(words), numbers[:, column]
                    column += 1
                    if channel.endswith("position"):
                        moved[:, "xyz".index(channel[0])] = values
                    else:
                        own *= Rotation.from_euler(channel[0], values[:, None], degrees=True)
                here, world = at + turned.apply(moved), turned * own
                places[name] = here
            elif word in ("joint", "end"):
                joint(world, here)
            elif word == "}":
                return

    next(words)
    joint(Rotation.identity(len(numbers)), np.zeros(3))
    return places


def in_metres(places: np.ndarray, expected: Expected) -> np.ndarray:
    metres = places * anthropometry.UNITS[expected.unit]
    return np.stack([metres[..., 0], metres[..., 2], -metres[..., 1]], axis=-1) if expected.z_up else metres


def test_every_file_is_here_and_none_besides():
    assert {path.stem for path in FOLDER.glob("*.bvh")} == set(FILES)
    assert len(FILES) >= 20


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_what_it_is(name):
    expected, path = FILES[name], FOLDER / f"{name}.bvh"
    motion = formats.read(path)
    assert (len(motion), len(motion.skeleton), motion.skeleton.joint_names[0]) == (4, expected.joints, expected.root)
    assert motion.fps == pytest.approx(expected.fps, rel=1e-12)
    notes = " ".join(motion.meta.get("notes", []))
    assert (f"in {expected.unit}," in notes) == (expected.unit != "cm")
    assert ("Z is" in notes) == expected.z_up
    assert "stretch" not in notes
    book = by_the_book(path)
    for number, joint in enumerate(motion.skeleton.joint_names):
        places = in_metres(book[joint.lower()], expected)
        np.testing.assert_allclose(motion.positions[:, number], places, atol=1e-5, err_msg=joint)  # a hundredth of a millimetre
    if name != "dog":
        assert 1.2 < np.ptp(motion.positions[0, :, 1]) < 2.2
        assert motion.positions[0, :, 1].min() > -0.5


@pytest.mark.parametrize("name", FILES)
def test_pybvh_reads_the_same_positions(name):
    pybvh = pytest.importorskip("pybvh", reason="pybvh is not installed (pip install 'ballo[dev]')")
    expected, path = FILES[name], FOLDER / f"{name}.bvh"
    try:
        scene = pybvh.read_bvh_file(path)
    except ValueError as error:
        pytest.skip(f"pybvh does not read this one: {error}")
    theirs, motion = in_metres(np.asarray(scene.node_positions()), expected), formats.read(path)
    for number, joint in enumerate(motion.skeleton.joint_names):
        np.testing.assert_allclose(motion.positions[:, number], theirs[:, scene.node_index[joint]], atol=1e-5)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("suffix", [".bvh", ".npz", ".json", ".csv"])
def test_a_file_goes_to_other_formats_and_back(tmp_path, name, suffix):
    motion = formats.read(FOLDER / f"{name}.bvh")
    path = motion.save(tmp_path / f"again{suffix}")
    again = formats.read(path, units="cm") if suffix == ".bvh" else formats.read(path)
    assert again.fps == pytest.approx(motion.fps, rel=1e-8)
    order = [again.skeleton.joint_names.index(joint) for joint in motion.skeleton.joint_names]
    # A table has no twists and rounds to a hundredth of a millimetre; JSON rounds every rotation on the way down a limb.
    worst = {".bvh": 1e-5, ".npz": 1e-7, ".json": 1e-4, ".csv": 3e-4}[suffix]
    np.testing.assert_allclose(again.positions[:, order], motion.positions, atol=worst)


def test_units_and_axes_can_be_said():
    path = FOLDER / "lafan.bvh"
    plain = formats.read(path)
    metres = formats.read(path, units="m", up="y")
    np.testing.assert_allclose(metres.positions, 100 * plain.positions, rtol=1e-4)
    assert "notes" not in metres.meta
    turned = formats.read(path, up="z")
    np.testing.assert_allclose(turned.positions[..., 1], plain.positions[..., 2], atol=1e-5)
    np.testing.assert_allclose(turned.positions[..., 2], -plain.positions[..., 1], atol=1e-5)
    for options, reason in (({"units": "yard"}, "choose among auto, m, cm"), ({"up": "w"}, "choose among auto, y, z")):
        with pytest.raises(BalloError, match=reason):
            formats.read(path, **options)


def test_bones_that_stretch_are_said_to(tmp_path):
    lines = (FOLDER / "neuron-displacement.bvh").read_text().splitlines()
    numbers = lines[-1].split()
    numbers[-5] = str(float(numbers[-5]) + 3.0)  # the last joint's Yposition, by 3 cm
    path = tmp_path / "stretched.bvh"
    path.write_text("\n".join([*lines[:-1], " ".join(numbers)]))
    assert formats.read(path).meta["notes"] == ["bones stretch by up to 3.0 cm (RightHand): each keeps its median length"]


def test_where_the_body_travels_below_the_root_nothing_is_lost():
    clip, motion = bvh.read(FOLDER / "bandai-namco.bvh"), formats.read(FOLDER / "bandai-namco.bvh")
    hips = [node.name for node in clip.nodes].index("Hips")
    np.testing.assert_allclose(motion.root, clip.positions()[:, hips] * 0.01, atol=1e-5)
    assert np.ptp(motion.root[:, 2]) > 0.3
