"""`ballo data prepare`, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from ballo.cli import data
from ballo.dataset.archive import Archive
from ballo.errors import DataError

ballo = typer.Typer()
ballo.add_typer(data.app, name="data")


@pytest.fixture
def prepare(published, tmp_path):
    def run(*options: str):
        return CliRunner().invoke(ballo, ["data", "prepare", str(published.folder), "-o", str(tmp_path / "out"), *options])

    return run


def said(result) -> str:
    """What was printed, as one line of single spaces."""
    return " ".join(result.stdout.split())


def test_a_good_folder_is_summed_up(published, prepare, tmp_path):
    for name in ("DANCE_C_2", "DANCE_C_8", "DANCE_W_10"):
        published.dance(name)
    published.dance("DANCE_W_2", song=False)
    result = prepare()
    assert result.exit_code == 0
    assert "out: 4 dances, 0.4 min, remastered, 25 fps" in said(result)
    assert "cha-cha 1 dance, 0.1 min 1 dance, 0.1 min -" in said(result)
    assert "4 by the second release's script" in said(result)
    assert "audio.mp3 DANCE_W_2" in said(result)
    assert max(len(line.rstrip()) for line in result.stdout.splitlines()) <= 100
    assert len(Archive.open(tmp_path / "out").dances) == 4


def test_broken_json_is_named_the_rest_goes_on_and_the_status_is_1(published, prepare, tmp_path):
    published.dance("DANCE_C_8")
    (published.dance("DANCE_C_2") / "skeletons.json").write_text('{"skeletons": [')
    result = prepare()
    assert result.exit_code == 1
    assert "tang2018/DANCE_C_2/skeletons.json not JSON (Expecting value at line 1, column 16)" in said(result)
    assert "its files are broken DANCE_C_2" in said(result)
    assert [dance.name for dance in Archive.open(tmp_path / "out").dances] == ["DANCE_C_8"]


def test_a_split_of_ones_own(published, prepare, tmp_path):
    published.dance("DANCE_C_2")
    published.dance("DANCE_C_3")
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"train": ["DANCE_C_3"], "val": ["DANCE_C_2"]}))
    assert prepare("--split", str(split)).exit_code == 0
    assert [dance.split for dance in Archive.open(tmp_path / "out").dances] == ["val", "train"]


def test_a_folder_without_dances_is_refused(prepare):
    assert isinstance(prepare().exception, DataError)


def test_the_command_line_starts_without_numpy():
    code = "import ballo.cli.data, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
