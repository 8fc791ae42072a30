"""A folder of .bvh and songs: five tools' conventions give back one known dance; what is broken is named."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.dataset.adapters import anatomy, bvh
from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

HEELS = [DANCER.index("left_heel"), DANCER.index("right_heel")]
HEAD = DANCER.index("head")
OTHERS = [joint for joint in range(len(DANCER)) if joint not in (*HEELS, HEAD)]


def read(source):
    performances, problems = bvh.read(source)
    return list(performances), problems


def test_every_tool_gives_back_the_dance(tmp_path, tool_bvh, dance, make_song):
    tool_bvh(tmp_path / "salsa" / "night.bvh", 240)
    song = make_song(tmp_path / "salsa" / "night.wav", 4000)
    (performance,), problems = read(tmp_path)
    assert not problems
    assert (performance.name, performance.style, performance.fps) == ("night", "salsa", 30.0)
    assert performance.song == song
    assert set(performance.sha256) == {"salsa/night.bvh", "salsa/night.wav"}
    error = np.abs(performance.joints - dance(240))
    assert error[:, OTHERS].max() < 1e-3  # metres, in a file of six decimals; so left is left and up is up
    assert error[:, HEELS].max() < 0.01
    assert error[:, HEAD].max() < 0.015  # known where the skeleton has a crown
    assert any("heels" in note for note in performance.notes)


def test_a_foot_pointed_past_its_shin_has_its_heel_behind(tmp_path, dance):
    joints = {name: dance(60)[:, number] for number, name in enumerate(DANCER.joint_names)}
    shin = joints["left_ankle"] - joints["left_knee"]
    across = joints["left_hip"] - joints["right_hip"]
    behind = np.cross(across, shin)
    behind /= np.linalg.norm(behind, axis=-1, keepdims=True)
    for past in (-0.03, 0.0, 0.03):  # metres that the toe lies behind the shin's line
        joints["left_toe"] = joints["left_ankle"] + 0.15 * shin / np.linalg.norm(shin, axis=-1, keepdims=True) + past * behind
        anatomy.heels(joints, 30.0)
        assert ((joints["left_heel"] - joints["left_ankle"]) * behind).sum(axis=-1).min() > 0.02


def test_ballo_s_own_export_comes_back_as_it_was(tmp_path, pose):
    wxyz, root = pose(90)
    motion = Motion(DANCER, wxyz, root, 25.0, np.zeros((90, 2)))
    motion.save(tmp_path / "mine.bvh")
    (performance,), _ = read(tmp_path)
    np.testing.assert_allclose(performance.joints, motion.positions, atol=1e-4)
    assert performance.fps == 25.0
    assert not any("heels" in note or "hands" in note for note in performance.notes)


@pytest.mark.parametrize(
    ("factor", "said"), [(10.0, "mm"), (1.0, "cm"), (1 / 2.54, "inch"), (0.01, "to be m:"), (0.1, "no unit")]
)
def test_the_unit_is_told_by_the_legs(tmp_path, mixamo_bvh, dance, factor, said):
    head, rows = mixamo_bvh(tmp_path / "a.bvh", 60).read_text().split("MOTION")
    lines = [
        line if "OFFSET" not in line else "OFFSET " + " ".join(repr(float(word) * factor) for word in line.split()[1:])
        for line in head.splitlines()
    ]
    frames = [line.split() for line in rows.splitlines()[3:]]
    moved = [" ".join([repr(float(word) * factor) for word in row[:3]] + row[3:]) for row in frames]
    (tmp_path / "a.bvh").write_text("\n".join([*lines, "MOTION", *rows.splitlines()[1:3], *moved]))
    (performance,), _ = read(tmp_path)
    assert any(said in note for note in performance.notes)
    size = 1.0 if said != "no unit" else 0.846 / 0.76
    np.testing.assert_allclose(performance.joints[:, OTHERS], dance(60)[:, OTHERS] * size, atol=2e-3)


@pytest.mark.parametrize("name", ["LeftForeArm", "RightToeBase", "Head", "LeftUpLeg", "RightHand"])
def test_a_missing_joint_is_named(tmp_path, mixamo_bvh, name):
    path = mixamo_bvh(tmp_path / "a.bvh", 4)
    path.write_text(path.read_text().replace(f"JOINT mixamorig:{name}\n", "JOINT mixamorig:Thing\n"))
    performances, problems = read(tmp_path)
    assert not performances
    side = {"L": "left ", "R": "right "}.get(name[0], "")
    joint = {"ForeArm": "elbow", "ToeBase": "toe", "UpLeg": "hip", "Hand": "wrist", "Head": "head"}
    wanted = f"no joint is known as the {side}{joint[name.removeprefix('Left').removeprefix('Right')]}"
    (problem,) = [problem for problem in problems if problem.path == "a.bvh"]
    assert wanted in problem.reason
    assert problem.dance == "a"
    assert not problem.expected


def test_a_mirrored_skeleton_is_refused(tmp_path, mixamo_bvh):
    path = mixamo_bvh(tmp_path / "a.bvh", 4)
    text = path.read_text().replace("Left", "Other").replace("Right", "Left").replace("Other", "Right")
    path.write_text(text)
    performances, problems = read(tmp_path)
    assert not performances
    assert "left and right are exchanged" in problems[-1].reason


def test_z_up_is_turned(tmp_path, mixamo_bvh, dance):
    path = mixamo_bvh(tmp_path / "a.bvh", 60)
    text = path.read_text()
    # The whole scene hung from a root that lays Y onto Z.
    hips = text.replace("HIERARCHY", "HIERARCHY\nROOT World\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation")
    head, rows = hips.replace("ROOT mixamorig:Hips", "JOINT mixamorig:Hips").split("MOTION")
    lines = rows.splitlines()
    path.write_text("\n".join([head + "}", "MOTION", *lines[1:3], *(f"90 0 0 {line}" for line in lines[3:])]))
    (performance,), _ = read(tmp_path)
    assert any("Z is" in note for note in performance.notes)
    found, known = performance.joints[:, OTHERS], dance(60)[:, OTHERS]
    np.testing.assert_allclose(found[..., 1], known[..., 1], atol=1e-3)
    # Turned about the vertical perhaps, but not mirrored: the triple product of hips, up and the way a foot points says so.
    for joints in (performance.joints, dance(60)):
        across = joints[:, DANCER.index("left_hip")] - joints[:, DANCER.index("right_hip")]
        toes = joints[:, DANCER.index("left_toe")] - joints[:, DANCER.index("left_ankle")]
        assert (np.cross(across, [0, 1, 0]) * toes).sum(axis=-1).min() > 0


def test_songs_are_found_by_name_and_what_lacks_its_other_half_is_named(tmp_path, mixamo_bvh, make_song):
    for name in ("a", "b", "c"):
        mixamo_bvh(tmp_path / f"{name}.bvh", 4)
    make_song(tmp_path / "a.flac", 400)
    make_song(tmp_path / "a.wav", 400)
    (tmp_path / "music").mkdir()
    make_song(tmp_path / "music" / "B.mp3", 400)
    make_song(tmp_path / "stray.ogg", 400)
    performances, problems = read(tmp_path)
    assert [p.song and p.song.name for p in performances] == ["a.flac", "B.mp3", None]
    assert [p.style for p in performances] == ["unknown"] * 3
    assert [(p.path, p.expected) for p in problems] == [("c.wav", False), ("stray.ogg", False)]
    assert "no audio file is called c" in problems[0].reason
    assert "no stray.bvh" in problems[1].reason


def test_broken_files_are_named_and_the_rest_is_read(tmp_path, mixamo_bvh):
    whole = mixamo_bvh(tmp_path / "whole.bvh", 30).read_bytes()
    (tmp_path / "cut.bvh").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.bvh").write_bytes(b"")
    (tmp_path / "nan.bvh").write_bytes(whole.replace(b"0.000000 0.000000", b"nan 0.000000", 1))
    (tmp_path / "single.bvh").write_bytes(mixamo_bvh(tmp_path / "x" / "single.bvh", 1).read_bytes())
    (tmp_path / "x" / "single.bvh").unlink()
    performances, problems = read(tmp_path)
    assert [p.name for p in performances] == ["whole"]
    reasons = {p.path: p.reason for p in problems if p.path.endswith(".bvh")}
    assert set(reasons) == {"cut.bvh", "empty.bvh", "nan.bvh", "single.bvh"}
    assert reasons["cut.bvh"].startswith("line ")
    assert "the file is empty" in reasons["empty.bvh"]
    assert "three finite numbers" in reasons["nan.bvh"]
    assert "only 1 frame" in reasons["single.bvh"]


def test_two_of_one_name_are_a_problem_and_hidden_files_are_not_seen(tmp_path, mixamo_bvh):
    mixamo_bvh(tmp_path / "salsa" / "one.bvh", 4)
    mixamo_bvh(tmp_path / "tango" / "one.bvh", 4)
    (tmp_path / "._one.bvh").write_bytes(b"what a Mac leaves behind")
    performances, problems = read(tmp_path)
    assert [(p.name, p.style) for p in performances] == [("one", "salsa")]
    (problem,) = [p for p in problems if p.path.endswith(".bvh")]
    assert problem.path == "tango/one.bvh"
    assert "second dance called one, after salsa/one.bvh" in problem.reason


@pytest.mark.parametrize(
    ("path", "style"),
    [("a.bvh", "unknown"), ("Motion/a.bvh", "unknown"), ("Cha-Cha/a.bvh", "cha-cha"), ("bvh/rumba/train/a.bvh", "rumba")],
)
def test_the_folder_is_the_style_unless_it_names_none(tmp_path, path, style):
    assert bvh.style_of(tmp_path / path, tmp_path) == style


def test_nothing_is_read_before_it_is_asked_for(tmp_path, mixamo_bvh):
    mixamo_bvh(tmp_path / "a.bvh", 4)
    mixamo_bvh(tmp_path / "b.bvh", 4)
    told = []
    performances, _ = bvh.read(tmp_path, lambda *step: told.append(step))
    assert not told
    next(performances)
    assert told == [("a", 0, 2)]
    (tmp_path / "b.bvh").unlink()
    assert list(performances) == []


def test_a_folder_without_bvh_is_refused(tmp_path):
    assert not bvh.recognises(tmp_path)
    with pytest.raises(DataError, match=r"holds no \.bvh"):
        bvh.read(tmp_path)
