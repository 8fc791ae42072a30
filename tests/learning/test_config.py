"""Configs: defaults in one place, unknown keys and wrong types refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ballo.errors import DataError
from ballo.learning import config
from ballo.learning.phases import MusicConfig


def _read(tmp_path: Path, text: str) -> MusicConfig:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.read(path, MusicConfig)


def test_what_is_left_out_keeps_its_default(tmp_path: Path) -> None:
    got = _read(tmp_path, "[engine]\nsteps = 7\n[losses]\ndistance = 3\n")
    assert got.engine.steps == 7
    assert got.losses.distance == 3.0
    assert isinstance(got.losses.distance, float)
    assert got.generator == MusicConfig().generator


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[engine]\nstepps = 7", "unknown key 'stepps'"),
        ("[motor]\nsteps = 7", "unknown key 'motor'"),
        ("[engine]\nsteps = 7.5", "must be int"),
        ("[engine]\nsteps = true", "must be int"),
        ("engine = 3", "must be a table"),
        ("[engine", "not valid TOML"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        _read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no config file"):
        config.read(tmp_path / "none.toml", MusicConfig)
