"""The .json: its keys are a contract, it has no space in it, and it comes back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ballo.errors import BalloError
from ballo.motion import formats
from ballo.motion.skeleton import Skeleton


def test_it_holds_the_contract_and_nothing_to_spare(tmp_path, random_turns):
    motion = random_turns(3)
    text = motion.save(tmp_path / "a.json").read_text("ascii")
    assert " " not in text.replace("ballo motion", "")
    held = json.loads(text)
    assert set(held) == {
        *("format", "version", "fps", "joint_names", "parents", "offsets", "feet", "root", "rotations", "contacts", "meta")
    }
    assert (held["format"], held["version"], held["fps"]) == ("ballo motion", 1, 25)
    np.testing.assert_allclose(held["rotations"], motion.rotations, atol=6e-6)
    np.testing.assert_allclose(held["root"], motion.root, atol=6e-6)
    np.testing.assert_array_equal(held["contacts"], motion.contacts)
    assert len(text) < 900 * 3 + 2500


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_it_comes_back(tmp_path, random_turns, frames, monkeypatch):
    monkeypatch.setattr("ballo.export.json.CHUNK_FRAMES", 2)
    motion = random_turns(frames)
    again = formats.read(motion.save(tmp_path / "a.json"))
    assert (again.skeleton, again.fps, again.meta) == (motion.skeleton, motion.fps, motion.meta)
    np.testing.assert_array_equal(again.contacts, motion.contacts)
    np.testing.assert_allclose(again.positions, motion.positions, atol=1e-4)


def test_another_body_with_names_of_any_kind(tmp_path, random_turns):
    tree = Skeleton(("ルート", 'a "b"', "\\c"), (-1, 0, 0), np.array([[0, 0, 0], [0.1, 0.4, 0], [0, -0.3, 0.2]]), (("\\c",),))
    assert formats.read(random_turns(2, skeleton=tree).save(tmp_path / "a.json")).skeleton == tree


def test_the_same_motion_gives_the_same_bytes(tmp_path, random_turns):
    one, other = (random_turns(4).save(tmp_path / f"{name}.json").read_bytes() for name in "ab")
    assert one == other


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "x"}, "it is no motion"),
        ({"version": 2}, "its version is 2: this ballo reads 1"),
        ({"fps": "fast"}, "could not convert"),
        ({"fps": 0}, "has 0 frames a second"),
        ({"joint_names": "abc"}, "joint names are no list"),
        ({"joint_names": ["a", "a", "b"]}, "differ from one another"),
        ({"joint_names": ["a", "b\n", "c"]}, "are no names"),
        ({"parents": [-1, 0.5, 0]}, "no list of whole numbers"),
        ({"parents": [-1, 2, 1]}, "every parent before its children"),
        ({"offsets": [[0, 0, 0]]}, "offsets have the shape"),
        ({"rotations": [[[1, 0, 0]]]}, "rotations have the shape"),
        ({"rotations": [[[0, 0, 0, 0]] * 3] * 2}, "no quaternions of unit length"),
        ({"root": [[0, 0, 1e300]] * 2}, "root hold 1e\\+300"),
        ({"root": [[0, 0, 0]]}, "root have the shape"),
        ({"contacts": [[2], [0]]}, "neither true nor false"),
        ({"meta": []}, "meta is no JSON object"),
        ({"feet": [[]]}, "feet has no joints"),
        ({"feet": [["toe"]]}, "unknown joints"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, random_turns, change, reason):
    tree = Skeleton(("a", "b", "c"), (-1, 0, 1), np.array([[0, 0, 0], [0, -0.4, 0], [0, -0.5, 0]]), (("c",),))
    path = random_turns(2, skeleton=tree).save(tmp_path / "a.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BalloError, match=f"^cannot read .*a.json: .*{reason}"):
        formats.read(path)


@pytest.mark.parametrize("key", ["fps", "joint_names", "parents", "offsets", "root", "rotations"])
def test_what_is_missing_is_named(tmp_path, random_turns, key):
    path = random_turns(2).save(tmp_path / "a.json")
    held = json.loads(path.read_text())
    del held[key]
    path.write_text(json.dumps(held))
    with pytest.raises(BalloError, match=f'it lacks "{key}"'):
        formats.read(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "it is nested deeper than any motion$"),
        ('{"fps":' + "9" * 5000 + "}", r"it holds 9{20}\.\.\., which is too large$"),
    ],
)
def test_what_python_does_not_read_is_said_without_its_words(tmp_path, text, reason):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BalloError, match=f"^cannot read .*a.json: {reason}"):
        formats.read(tmp_path / "a.json")
