"""`ballo` as a user types it, in this process; the shipped model is a toy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ballo.cli import main
from ballo.inference import bundle


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The one line of a command that was refused and printed nothing else."""
        assert self.status == 2
        assert self.out == ""
        assert self.err.startswith("ballo: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("ballo: ").rstrip("\n")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def shipped(tmp_path, monkeypatch, toy_bundle) -> Path:
    """The folder of shipped models, with the toy in the default one's place."""
    shipped = tmp_path / "bundles"
    shipped.mkdir()
    (shipped / f"{bundle.DEFAULT}.ballo").write_bytes(toy_bundle.read_bytes())
    monkeypatch.setattr(bundle, "SHIPPED", shipped)
    return shipped


@pytest.fixture
def ballo(folder, shipped, monkeypatch, capsys) -> Callable[..., Said]:
    """Runs `ballo` with arguments in `folder`."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["ballo", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main.run()
        return Said(caught.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def song(folder, make_song) -> Path:
    """song.wav, 1 s, in the current folder."""
    return make_song(folder / "song.wav", 44100)
