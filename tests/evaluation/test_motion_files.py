"""Files of motion by anybody: what can be read, and what is refused in one line."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from ballo.errors import BalloError
from ballo.evaluation import joint_layouts, motion_files
from ballo.evaluation.motion_files import Asked, read
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

FRAMES = 100
AS_DANCER = Asked(joint_layouts.chosen("dancer"), 25.0)


@pytest.fixture
def dance(planted) -> np.ndarray:
    return planted(np.arange(FRAMES))


def refusal(path: Path, asked: Asked = AS_DANCER) -> str:
    with pytest.raises(ValueError, match=r".") as found:
        read(path, 10.0, asked)
    line = str(found.value)
    assert "\n" not in line
    assert path.name not in line
    return line


def saved(path: Path, array) -> Path:
    np.save(path, array)
    return path


@pytest.mark.parametrize("kind", ["<f4", ">f8", "f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_plain_positions_of_any_numbers(tmp_path, dance, kind, order):
    points = read(saved(tmp_path / "a.npy", np.asarray(dance, dtype=kind, order=order)), 10.0, AS_DANCER)
    assert (points.frames, points.fps, points.places.dtype) == (FRAMES, 25.0, np.float64)
    np.testing.assert_array_equal(points.places, dance.astype(kind))


def test_no_more_is_read_than_is_wanted(tmp_path, dance):
    long = np.tile(dance, (40, 1, 1))
    for path in (saved(tmp_path / "a.npy", long), tmp_path / "a.npz"):
        if path.suffix == ".npz":
            np.savez_compressed(path, positions=long, fps=25.0, joint_names=np.array(DANCER.joint_names))
        points = read(path, 2.0, AS_DANCER)
        assert points.frames == 4000
        assert 50 < len(points.places) < 100
        np.testing.assert_array_equal(points.places, long[: len(points.places)])


def test_what_ballo_writes(tmp_path, dance):
    motion = Motion.from_positions(DANCER, dance, 25.0)
    for suffix, tolerance in ((".npz", 0.0), (".bvh", 1e-3)):
        points = read(motion.save(tmp_path / f"a{suffix}"), 10.0, Asked())
        joints, made_up = points.layout.joints(points.places)
        assert (points.frames, points.fps, made_up) == (FRAMES, 25.0, [])
        metres = np.stack([joints[name] for name in DANCER.joint_names], axis=1) * points.layout.metres
        np.testing.assert_allclose(metres, motion.positions, atol=tolerance)


def test_a_file_says_more_than_the_user(tmp_path, dance):
    np.savez(tmp_path / "a.npz", positions=dance, fps=50, joint_names=np.array(DANCER.joint_names))
    assert read(tmp_path / "a.npz", 10.0, AS_DANCER).fps == 50.0
    np.savez(tmp_path / "b.npz", positions=dance)
    assert read(tmp_path / "b.npz", 10.0, AS_DANCER).fps == 25.0
    assert refusal(tmp_path / "b.npz", Asked()) == "holds no fps: give --fps"
    assert refusal(tmp_path / "b.npz", Asked(fps=25.0)) == "holds no joint_names: give --skeleton"


@pytest.mark.parametrize(
    ("array", "line"),
    [
        (np.zeros((1, 22, 3)), "has only 1 frame"),
        (np.zeros((0, 22, 3)), "has no frames"),
        (np.zeros((9, 66)), "has the shape (9, 66), not (frames, joints, 3): reshape it to (frames, joints, 3)"),
        (np.zeros((2, 9, 22, 3)), "has the shape (2, 9, 22, 3), not (frames, joints, 3)"),
        (np.zeros((9, 22, 4)), "has the shape (9, 22, 4), not (frames, joints, 3)"),
        (np.zeros(()), "has the shape (), not (frames, joints, 3)"),
        (np.zeros((9, 23, 3)), "has 23 joints, but the skeleton 'dancer' has 22: tang has so many, see --skeleton"),
        (np.zeros((9, 24, 3)), "has 24 joints, but the skeleton 'dancer' has 22: smpl has so many, see --skeleton"),
        (np.zeros((9, 17, 3)), "has 17 joints, but the skeleton 'dancer' has 22"),
        (np.zeros((9, 22, 3), complex), "holds complex128 where numbers are expected"),
        (np.full((9, 22, 3), "x"), "holds <U1 where numbers are expected"),
        (np.zeros(9, [("x", float)]), "holds [('x', '<f8')] where numbers are expected"),
        (np.array([{"a": 1}], dtype=object), "holds Python objects, a pickle"),
    ],
)
def test_arrays_that_are_no_motion(tmp_path, array, line):
    assert refusal(saved(tmp_path / "a.npy", array)).startswith(line)


class Harm:
    """Whoever unpickles this is told so."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def test_nothing_is_unpickled(tmp_path):
    (tmp_path / "a.npy").write_bytes(pickle.dumps(Harm()))
    assert refusal(tmp_path / "a.npy").startswith("is no array as numpy writes them")
    np.save(tmp_path / "b.npy", np.array([Harm()], dtype=object), allow_pickle=True)
    assert refusal(tmp_path / "b.npy").startswith("holds Python objects, a pickle")
    for key in ("positions", "fps", "joint_names", "parents"):
        arrays = {"positions": np.zeros((9, 22, 3)), "fps": np.array(25.0), "joint_names": np.array(DANCER.joint_names)}
        np.savez(tmp_path / "c.npz", **(arrays | {key: np.array([Harm()], dtype=object)}))
        assert refusal(tmp_path / "c.npz", Asked()).startswith("holds Python objects, a pickle")


def test_a_number_that_is_none(tmp_path, dance):
    dance[17, DANCER.index("left_knee"), 1] = np.nan
    path = saved(tmp_path / "a.npy", dance)
    assert refusal(path) == "is not finite at frame 17, left_knee"
    dance[40] = np.inf
    assert refusal(saved(path, dance)) == "is not finite at frame 17, left_knee, and 22 times more"
    dance[17], dance[40] = 1.0, 2.0
    dance[50, 0, 0] = 1e200
    assert refusal(saved(path, dance)) == "is absurdly far away at frame 50, pelvis"
    tang = np.zeros((9, 23, 3))
    tang[2, 7] = np.nan
    assert refusal(saved(path, tang), Asked(joint_layouts.chosen("tang"), 25.0)) == "is not finite at frame 2, point 7"


def header(shape: tuple[int, ...], kind: str = "<f4", fortran: bool = False) -> bytes:
    stream = io.BytesIO()
    npy.write_array_header_1_0(stream, {"descr": kind, "fortran_order": fortran, "shape": shape})
    return stream.getvalue()


@pytest.mark.parametrize(
    ("shape", "fortran", "line"),
    [
        ((2_592_001, 22, 3), False, "declares 2,592,001 frames, more than 3 hours at 240 a second: cut it to the song"),
        ((10**15, 22, 3), False, "declares 1,000,000,000,000,000 frames"),
        ((2_500_000, 22, 3), False, "breaks off: it declares the shape (2500000, 22, 3) and holds less"),
        ((5_000_000 // 2, 22, 3), True, "breaks off"),
    ],
)
def test_a_header_is_not_believed(tmp_path, shape, fortran, line):
    (tmp_path / "a.npy").write_bytes(header(shape, fortran=fortran) + bytes(1000))
    assert refusal(tmp_path / "a.npy").startswith(line)


def test_too_many_numbers_are_refused_before_they_are_read(tmp_path):
    names = np.array([*DANCER.joint_names, *(f"joint{k}" for k in range(878))])
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("positions.npy", header((2_500_000, 900, 3), "<f8", fortran=True))
        for name, array in (("fps", np.array(25.0)), ("joint_names", names)):
            held = io.BytesIO()
            np.save(held, array)
            file.writestr(f"{name}.npy", held.getvalue())
    assert refusal(tmp_path / "a.npz", Asked()).startswith("declares 54 GB of numbers; in Fortran's order")


def test_broken_files(tmp_path, dance):
    whole = saved(tmp_path / "a.npy", dance).read_bytes()
    for name, content, line in (
        ("empty.npy", b"", "is empty"),
        ("empty.bvh", b"", "is empty"),
        ("cut.npy", whole[:-8], "breaks off"),
        ("head.npy", whole[:20], "is no array as numpy writes them"),
        ("text.npy", b"hello", "is no array as numpy writes them"),
        ("new.npy", b"\x93NUMPY\x07\x00" + whole[8:], "is of version 7.0 of numpy's format"),
        ("text.npz", b"hello", "is no .npz file"),
        ("array.npz", whole, "is no .npz file"),
        ("text.bvh", b"hello", "line 1: no .bvh: it does not begin with HIERARCHY"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name).startswith(line), name
    assert refusal(tmp_path / "gone.npy").startswith("cannot be read (No such file")
    (tmp_path / "folder.npy").mkdir()
    assert refusal(tmp_path / "folder.npy").startswith("cannot be read")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".npy", ".npz", ".bvh"]),
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
    head=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=5),
    cut=st.floats(0, 1),
)
@example(suffix=".npy", places=[], head=[(8, 154)], cut=0.0)  # a header so long that numpy quotes the array
@pytest.mark.filterwarnings("error", "ignore:Generating overly")
def test_any_damage_is_told_in_a_line(tmp_path, damaged, suffix, places, head, cut):
    path = tmp_path / f"damaged{suffix}"
    content = bytearray(damaged[suffix])
    for share, byte in places:
        content[int(share * (len(content) - 1))] = byte
    for place, byte in head:
        content[place] = byte
    path.write_bytes(content[: max(1, round(len(content) * max(cut, 0.3)))])
    line, places_read = "", np.zeros((2, 22, 3))
    try:
        places_read = read(path, 1.0, AS_DANCER).places
    except ValueError as error:
        line = str(error)
    assert "\n" not in line
    assert len(line) < 300
    assert np.isfinite(places_read).all()
    assert places_read.ndim == 3


@pytest.fixture(scope="module")
def damaged(tmp_path_factory, planted) -> dict[str, bytes]:
    """A good file of each kind, to be damaged."""
    motion = Motion.from_positions(DANCER, planted(np.arange(12)), 25.0)
    folder = tmp_path_factory.mktemp("good")
    np.save(folder / "a.npy", motion.positions)
    files = [motion.save(folder / "a.npz"), motion.save(folder / "a.bvh"), folder / "a.npy"]
    return {path.suffix: path.read_bytes() for path in files}


def test_headers_that_are_no_python(tmp_path):
    for text, line in (
        (b"{'descr': '<f4', 'fortran_order': False, 'shape': (40, 22, 3)", "is no array as numpy writes them"),
        (b"[" * 60, "is no array as numpy writes them"),
        (b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 22, 3)}", "declares the shape (-1, 22, 3)"),
        (b"{'descr': '<f4', 'fortran_order': False, 'shape': (40L, 22L, 3L)}", "breaks off"),
    ):
        (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text + b"\n")
        assert refusal(tmp_path / "a.npy").startswith(line), text


def test_broken_bundles(tmp_path, dance):
    good = {"positions": dance, "fps": 25.0, "joint_names": np.array(DANCER.joint_names)}
    np.savez_compressed(tmp_path / "a.npz", **good)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[2000:2100] = bytes(100)
    (tmp_path / "b.npz").write_bytes(content)
    assert refusal(tmp_path / "b.npz").startswith("is no .npz file, or a damaged one")
    (tmp_path / "c.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-500])
    assert refusal(tmp_path / "c.npz").startswith("is no .npz file, or a damaged one")
    for changes, line in (
        ({"fps": 0.0}, "its fps is 0: 1 to 1000"),
        ({"fps": np.nan}, "its fps is nan"),
        ({"fps": "25"}, "its fps is the text '25'"),
        ({"fps": np.ones(3)}, "declares the shape (3,)"),
        (
            {"joint_names": np.array(DANCER.joint_names[:21])},
            "without parents joints must have ballo's names, and right_hand is",
        ),
        ({"joint_names": np.arange(22)}, "its joint_names are no list of names"),
        ({"joint_names": np.array([*DANCER.joint_names[:21], "pelvis"])}, "two joints are called pelvis"),
        ({"parents": np.zeros(22)}, "its parents are no list of whole numbers"),
        ({"parents": np.arange(22)}, "parents are the numbers of joints from 0 on, and -1 of one root"),
        ({"parents": np.array([-1, 2, 1, *[0] * 19])}, "its joints hang from one another in a circle"),
        ({"parents": np.array([-1, 0])}, "22 joint_names and 2 parents"),
        ({"positions": dance[:, :21]}, "has 21 joints, but the skeleton 'its joint_names' has 22"),
    ):
        np.savez(tmp_path / "d.npz", **(good | changes))
        assert refusal(tmp_path / "d.npz", Asked()).startswith(line), changes
    np.savez(tmp_path / "e.npz", poses=dance, trans=dance)
    assert refusal(tmp_path / "e.npz") == "holds no positions (frames, joints, 3) but poses, trans"


def test_an_encrypted_bundle(tmp_path, dance):
    np.savez(tmp_path / "a.npz", positions=dance)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + at
        content[place : place + 2] = struct.pack("<H", 1)
    (tmp_path / "a.npz").write_bytes(content)
    assert refusal(tmp_path / "a.npz").startswith("is no .npz file, or a damaged one")


def test_a_bvh_is_refused_by_what_it_announces(tmp_path, dance, monkeypatch):
    path = Motion.from_positions(DANCER, dance, 25.0).save(tmp_path / "a.bvh")
    text = path.read_text()
    path.write_text(text.replace("Frames: 100", "Frames: 99999999"))
    assert refusal(path).startswith("declares 99,999,999 frames, more than 3 hours")
    path.write_text(text.replace("Frames: 100", "Frames: 1"))
    assert refusal(path) == "has only 1 frame"
    path.write_text(text.replace("Frame Time: 0.0400000000", "Frame Time: 4"))
    assert refusal(path).startswith("has 0.25 frames a second")
    path.write_text(text.replace("JOINT LeftLeg", "JOINT flipper"))
    assert "no joint is known as the left knee" in layout_fault(path)
    monkeypatch.setattr(motion_files, "MOST_TEXT_BYTES", 1000)
    assert refusal(path).endswith("cut it to the song")


def layout_fault(path: Path) -> str:
    points = read(path, 10.0, Asked())
    with pytest.raises(ValueError, match=r".") as found:
        points.layout.joints(points.places)
    return str(found.value)


def test_a_skeleton_described_in_a_file(tmp_path, dance):
    # SMPL's names and tree, in the reverse order.
    order = list(range(22))[::-1]
    parents = [order.index(DANCER.parents[joint]) if DANCER.parents[joint] >= 0 else -1 for joint in order]
    described = {"joint_names": [DANCER.joint_names[joint] for joint in order], "parents": parents}
    (tmp_path / "mine.json").write_text(json.dumps(described))
    layout = joint_layouts.chosen(str(tmp_path / "mine.json"))
    joints, _ = layout.joints(dance[:, order])
    for joint, name in enumerate(DANCER.joint_names):
        np.testing.assert_array_equal(joints[name], dance[:, joint])
    del described["parents"]
    (tmp_path / "bare.json").write_text(json.dumps(described))
    again, _ = joint_layouts.chosen(str(tmp_path / "bare.json")).joints(dance[:, order])
    np.testing.assert_array_equal(again["head"], joints["head"])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "give joint_names"),
        ('{"joint_names": []}', "give joint_names"),
        ('{"joint_names": [1]}', "give joint_names"),
        ('{"joint_names": ["a"], "parents": [true]}', "parents must be a list of whole numbers"),
        ('{"joint_names": ["a"]}', "without parents joints must have ballo's names, and pelvis, chest, neck, head and 18 more"),
        ('{"joint_names": ["root", "leg"], "parents": [-1, 0]}', "no joint is known as the left hip"),
        (" " * 1_000_001, "over 1 MB are no skeleton"),
    ],
)
def test_a_skeleton_that_is_none(tmp_path, content, line):
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(BalloError, match=r"^--skeleton .*mine\.json: ") as found:
        joint_layouts.chosen(str(path))
    assert line in str(found.value)


def test_unknown_skeletons():
    with pytest.raises(BalloError, match=r"choose dancer, smpl, tang, or a \.json file"):
        joint_layouts.chosen("human")
    with pytest.raises(BalloError, match=r"cannot be read \(No such file"):
        joint_layouts.chosen("gone.json")
