"""`--character`: whoever dances, the same dance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ballo.cli.main import app
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER


@pytest.fixture
def dance(tmp_path) -> Path:
    wxyz = np.zeros((20, len(DANCER), 4))
    wxyz[..., 0] = 1.0
    root = np.stack([np.linspace(0, 1, 20), np.full(20, 0.981), np.zeros(20)], axis=1)
    return Motion(DANCER, wxyz, root, 25.0, np.ones((20, 2)), {"style": "waltz", "seed": 0}).save(tmp_path / "dance.npz")


@pytest.fixture
def me(dance) -> Path:
    return formats.read(dance).save(dance.with_name("me.glb"))


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_convert_puts_a_motion_on_a_character(dance, me, tmp_path):
    done = run("convert", dance, tmp_path / "out.glb", "--character", me)
    assert done.exit_code == 0, done.output
    again = formats.read(tmp_path / "out.glb")
    assert np.abs(again.root - formats.read(dance).root).max() < 1e-4


def test_numbers_go_beside_a_character(dance, me, tmp_path):
    done = run("convert", dance, tmp_path / "out.glb", tmp_path / "out.json", "--character", me)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("outputs", "character", "reason"),
    [
        (["out.mp4"], "me.glb", "--character has no meaning for .mp4"),
        (["out.glb", "out.mp4"], "me.glb", "would show ballo's dancer"),
        (["out.glb"], "none.glb", "no such file"),
        (["out.glb"], "dance.npz", "a character is a .glb or .vrm"),
        (["me.glb"], "me.glb", "it is the character"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(dance, me, tmp_path, outputs, character, reason):
    before = me.read_bytes()
    done = run("convert", dance, *(tmp_path / name for name in outputs), "--character", tmp_path / character)
    assert done.exit_code != 0
    said = done.output + str(done.exception)
    assert reason in " ".join(said.split())
    assert not (tmp_path / "out.glb").exists()
    assert me.read_bytes() == before


def test_names_of_bones_are_refused_before_the_dance(me, tmp_path):
    done = run(
        "dance", "--duration", 2, "-o", tmp_path / "free.npz", "-o", tmp_path / "a.glb", "--character", me, "--names", "unreal"
    )
    assert "leave out --names, or --character" in done.output + str(done.exception)
    assert not (tmp_path / "free.npz").exists()


def test_a_dance_without_a_song_is_danced_by_a_character(me, tmp_path):
    done = run("dance", "--duration", 2, "-o", tmp_path / "free.glb", "--character", me)
    assert done.exit_code == 0, done.output
    assert len(formats.read(tmp_path / "free.glb")) > 20
