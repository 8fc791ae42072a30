"""Universal Scene Description read back: ours, and scenes of other tools, written here by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import DataError
from ballo.motion import formats, kinematics, usd
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

pytest.importorskip("pxr", reason="usd-core is not installed: pip install 'ballo[usd]'")

TENTH_OF_A_MILLIMETRE = 1e-4

SCENE = """#usda 1.0
(
    metersPerUnit = {metres}
    upAxis = "{up}"
    timeCodesPerSecond = {codes}
)
def SkelRoot "Body"
{{
    matrix4d xformOp:transform = {place}
    uniform token[] xformOpOrder = ["xformOp:transform"]
    def Skeleton "Rig" (prepend apiSchemas = ["SkelBindingAPI"])
    {{
        uniform token[] joints = ["root", "root/helper", "root/hips", "root/hips/knee", "root/hips/knee/foot"]
        uniform matrix4d[] bindTransforms = [{bind}]
        uniform matrix4d[] restTransforms = [{rest}]
        rel skel:animationSource = </Body/Rig/Walk>
        def SkelAnimation "Walk"
        {{
            uniform token[] joints = ["root/hips", "root/hips/knee"]
            float3[] translations.timeSamples = {{ {translations} }}
            quatf[] rotations.timeSamples = {{ {rotations} }}
            half3[] scales = [(1, 1, 1), (1, 1, 1)]
        }}
    }}
}}
"""


def matrix(x: float = 0, y: float = 0, z: float = 0, scale: float = 1) -> str:
    return f"( ({scale}, 0, 0, 0), (0, {scale}, 0, 0), (0, 0, {scale}, 0), ({x}, {y}, {z}, 1) )"


def scene(path: Path, *, metres=0.01, up="Z", codes=24, times=range(10), place=None, bind=None, translations=None) -> Path:
    """Hips that walk 10 units a frame along x, at a height of 90, over knees that bend by 90 degrees in frame 4; a root that
    stays, with a helper beside the hips."""
    along = (lambda x, h: f"({x}, 0, {h})") if up == "Z" else (lambda x, h: f"({x}, {h}, 0)")
    down = (0, 0, -40) if up == "Z" else (0, -40, 0)
    bent = "(0.70710678, 0.70710678, 0, 0)"
    joints = [matrix(), matrix(5), matrix(*((0, 0, 90) if up == "Z" else (0, 90, 0))), matrix(*down), matrix(*down)]
    moved = translations or ", ".join(f"{t}: [{along(10 * k, 90)}, ({', '.join(map(str, down))})]" for k, t in enumerate(times))
    turned = ", ".join(f"{t}: [(1, 0, 0, 0), {bent if k == 4 else '(1, 0, 0, 0)'}]" for k, t in enumerate(times))
    text = SCENE.format(
        metres=metres,
        up=up,
        codes=codes,
        place=place or matrix(),
        bind=", ".join(bind or [matrix()] * 5),
        rest=", ".join(joints),
        translations=moved,
        rotations=turned,
    )
    plain = path.with_suffix(".usda")
    plain.write_text(text)
    if path.suffix != ".usda":
        from pxr import Sdf

        assert Sdf.Layer.FindOrOpen(str(plain)).Export(str(path))
        plain.unlink()
    return path


def swaying(frames: int = 30, fps: float = 25.0) -> Motion:
    seconds = np.arange(frames)[:, None, None] / fps
    wxyz = np.concatenate([np.ones((frames, 22, 1)), 0.4 * np.sin(3 * seconds + np.arange(66).reshape(1, 22, 3))], axis=-1)
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    root = np.stack([np.sin(seconds[:, 0, 0]), np.full(frames, 0.9), 0.3 * seconds[:, 0, 0]], axis=-1)
    contacts = np.random.default_rng(0).random((frames, 2)) < 0.5
    return Motion(DANCER, wxyz, root, fps, contacts, {"style": "waltz", "seed": 3})


# What ballo wrote.


@pytest.mark.parametrize("suffix", [".usda", ".usdc", ".usdz"])
@pytest.mark.parametrize("fps", [25.0, 30000 / 1001])
def test_a_round_trip_gives_all_of_the_motion_back(tmp_path, suffix, fps):
    motion = swaying(fps=fps)
    again = formats.read(motion.save(tmp_path / f"a{suffix}", names="unreal"))
    assert np.abs(again.positions - motion.positions).max() < TENTH_OF_A_MILLIMETRE
    assert (again.skeleton, len(again), again.meta) == (DANCER, len(motion), motion.meta)
    assert again.fps == pytest.approx(fps, rel=1e-9)
    np.testing.assert_array_equal(again.contacts, motion.contacts)
    turned = np.abs(np.sum(again.rotations * motion.rotations, axis=-1))
    assert turned.min() > 1 - 1e-6


def test_names_of_any_kind(tmp_path):
    path = swaying().save(tmp_path / "quo\"te's ☃.usda")
    odd = tmp_path / "n\new\udcff.usda"
    path.rename(odd)
    assert len(formats.read(odd)) == 30


# What others write.


@pytest.mark.parametrize("suffix", [".usda", ".usdc"])
@pytest.mark.parametrize(("metres", "up"), [(0.01, "Z"), (0.01, "Y"), (0.0254, "Z")])
def test_a_scene_of_anothers(tmp_path, suffix, metres, up):
    motion = formats.read(scene(tmp_path / f"a{suffix}", metres=metres, up=up))
    assert motion.skeleton.joint_names == ("hips", "knee", "foot"), "the root that stands still is left out, and its helper"
    assert (motion.fps, len(motion), motion.contacts.shape) == (24, 10, (10, 0))
    steps = 10 * metres * np.arange(10)
    hips, knee, foot = np.moveaxis(motion.positions, 1, 0)
    np.testing.assert_allclose(hips, np.stack([steps, np.full(10, 90 * metres), np.zeros(10)], axis=1), atol=1e-5)
    np.testing.assert_allclose(knee - hips, np.tile([0, -40 * metres, 0], (10, 1)), atol=1e-5)
    np.testing.assert_allclose((foot - knee)[[3, 5]], np.tile([0, -40 * metres, 0], (2, 1)), atol=1e-5)
    # About the scene's x by a right angle: what hung down points along y to z, or along z to y.
    np.testing.assert_allclose((foot - knee)[4], [0, 0, -40 * metres], atol=1e-5)


def test_where_the_scene_puts_her(tmp_path):
    plain = formats.read(scene(tmp_path / "a.usda", up="Y"))
    placed = formats.read(scene(tmp_path / "b.usda", up="Y", place=matrix(100, 0, 50, scale=2)))
    np.testing.assert_allclose(placed.positions, 2 * plain.positions + np.array([1, 0, 0.5]), atol=1e-5)


def test_at_rest_no_joint_is_turned_whatever_its_own_axes(tmp_path):
    bent = "( (1, 0, 0, 0), (0, 0, 1, 0), (0, -1, 0, 0), (0, 0, 0, 1) )"
    plain = formats.read(scene(tmp_path / "a.usda", up="Y"))
    bound = formats.read(scene(tmp_path / "b.usda", up="Y", bind=[*[matrix()] * 3, bent, bent]))
    np.testing.assert_allclose(np.abs(bound.rotations[4, :, 0]), 1, atol=1e-6)
    np.testing.assert_allclose(plain.rotations[4, 1], [np.sqrt(0.5), np.sqrt(0.5), 0, 0], atol=1e-6)
    np.testing.assert_allclose(bound.positions, plain.positions, atol=1e-5)


@pytest.mark.parametrize(
    ("codes", "times", "fps", "frames"),
    [(24, range(0, 20, 2), 24, 19), (48, range(10, 20), 48, 10), (1, [k / 25 for k in range(10)], 25, 10), (30, [0], 30, 1)],
)
def test_time_codes(tmp_path, codes, times, fps, frames):
    motion = formats.read(scene(tmp_path / "a.usda", codes=codes, times=times))
    assert (round(motion.fps, 6), len(motion)) == (fps, frames)
    if frames == 19:
        assert motion.root[1, 0] == pytest.approx(0.05), "between two keys"


def test_bones_that_stretch_keep_their_median_length_and_it_is_said(tmp_path):
    pulled = ", ".join(f"{k}: [({10 * k}, 0, 90), (0, 0, {-40 - 10 * (k == 2)})]" for k in range(5))
    motion = formats.read(scene(tmp_path / "a.usda", times=range(5), translations=pulled))
    np.testing.assert_allclose(motion.skeleton.bone_lengths, [0, 0.4, 0.4], atol=1e-6)
    assert motion.meta["notes"] == ["bones stretch by up to 10.0 cm (knee): each keeps its median length"]


# What is refused.


def test_without_the_library_a_line_says_so(tmp_path, monkeypatch):
    (tmp_path / "a.usda").write_text("#usda 1.0")
    monkeypatch.setattr(usd.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"cannot read \.usda: it takes usd-core; pip install 'ballo\[usd\]'"):
        formats.read(tmp_path / "a.usda")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: "", "it is empty"),
        (lambda text: "#usda 1.0\n", "it has no skeleton with an animation"),
        (lambda text: "PK\x03\x04", "usd-core cannot open it"),
        (lambda text: text.replace("rel skel:animationSource", "rel other"), "no skeleton with an animation"),
        (lambda text: text.replace("9: [", "900000: ["), "it declares 900,001 frames, and has keys at 10 of them"),
        (lambda text: text.replace("9: [", "1e18: ["), "it declares 1,000,000,000,000,000,001 frames|usd-core cannot"),
        (lambda text: text.replace("timeCodesPerSecond = 24", "timeCodesPerSecond = 0"), "time codes"),
        (lambda text: text.replace("timeCodesPerSecond = 24", "timeCodesPerSecond = -3"), "time codes"),
        (lambda text: text.replace("metersPerUnit = 0.01", "metersPerUnit = 1e300"), "places hold"),
        (lambda text: text.replace("(10, 0, 90)", "(nan, 0, 90)"), "no numbers"),
        (lambda text: text.replace('"root/hips/knee/foot"]', '"root/hips/knee/foot", "root/hips"]'), "cannot read"),
        (lambda text: text.replace("timeSamples = {", "timeSamples = { 0: [(1e38, 1e38, 1e38)], "), "cannot read"),
    ],
)
def test_a_scene_that_holds_no_motion(tmp_path, change, reason):
    path = scene(tmp_path / "a.usda")
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match=reason) as caught:
        formats.read(path)
    assert str(caught.value).startswith("cannot read ")
    assert "\n" not in str(caught.value)


def test_a_system_that_sets_no_limits_reads_all_the_same(tmp_path, monkeypatch):
    """As macOS, whose processes have more addresses than any limit."""
    unlimited = """
import resource
def refuse(*_): raise ValueError("current limit exceeds maximum limit")
resource.setrlimit = refuse
from ballo.motion import usd_apart
usd_apart.main()
"""
    monkeypatch.setattr(usd, "PROGRAM", ("-c", unlimited))
    assert len(formats.read(scene(tmp_path / "a.usda"))) == 10


def test_a_library_that_crashes_grasps_or_never_ends_is_one_line(tmp_path, monkeypatch):
    path = scene(tmp_path / "a.usda")
    monkeypatch.setattr(usd, "PROGRAM", ("-c", "import os; os.abort()"))
    with pytest.raises(DataError, match="usd-core cannot read it: it is damaged, or asks for too much"):
        formats.read(path)
    greedy = "from ballo.motion import usd_apart as a; a.seen = lambda _: a.np.empty(7 << 30, 'u1').size and ({}, {}); a.main()"
    monkeypatch.setattr(usd, "PROGRAM", ("-c", greedy))
    with pytest.raises(DataError, match="asks for too much"):
        formats.read(path)
    monkeypatch.setattr(usd, "PROGRAM", ("-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(usd, "LONGEST_SECONDS", 0.2)
    with pytest.raises(DataError, match=r"reading it takes longer than 0\.2 s"):
        formats.read(path)


def outcome(path: Path) -> str:
    try:
        motion = formats.read(path)
    except DataError as error:
        return str(error)
    assert np.isfinite(motion.positions).all()
    return "read"


def test_a_mirrored_skeleton_has_no_turns_to_read(tmp_path):
    path = scene(tmp_path / "a.usda", place="( (-1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )")
    assert "it mirrors its skeleton" in outcome(path)


@pytest.mark.parametrize("suffix", [".usda", ".usdc", ".usdz"])
def test_mutations_are_read_or_refused_in_a_line(tmp_path, suffix):
    whole = scene(tmp_path / ("a.usdc" if suffix == ".usdz" else f"a{suffix}"))
    if suffix == ".usdz":
        from pxr import Sdf

        writer = Sdf.ZipFileWriter.CreateNew(str(tmp_path / "a.usdz"))
        assert writer.AddFile(str(whole), "a.usdc")
        assert writer.Save()
        whole = tmp_path / "a.usdz"
    content, chance = whole.read_bytes(), random.Random(suffix)
    for number in range(12):
        bad = bytearray(content)
        if number % 3 == 0:
            bad = bad[: chance.randrange(len(bad))]
        for _ in range(3):
            if bad:
                bad[chance.randrange(len(bad))] = chance.choice((0, 255, chance.randrange(256)))
        path = tmp_path / f"bad{suffix}"
        path.write_bytes(bad)
        assert "\n" not in outcome(path)


def test_what_a_motion_says_of_itself_is_not_believed(tmp_path):
    from pxr import Sdf

    motion = swaying(5)
    for change in (
        {"joints": ["a", "b"]},
        {"meta": {"seed": np.nan}},
        {"feet": [["nobody"]]},
        {"contacts": "AAAA", "frames": 10**9},
        {"feet": 3},
    ):
        path = motion.save(tmp_path / "a.usdc")
        layer = Sdf.Layer.OpenAsAnonymous(str(path))
        layer.customLayerData = {"ballo": json.dumps(change)}
        layer.Export(str(path))
        again = formats.read(path)
        assert not again.meta
        assert np.abs(again.positions - motion.positions).max() < TENTH_OF_A_MILLIMETRE
        expected = kinematics.contacts(again.skeleton, again.positions, 25.0)
        np.testing.assert_array_equal(again.contacts, expected)
