"""Configs: defaults in one place, layers over one another, and unknown keys, wrong types and bad values refused."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from ballo.errors import DataError
from ballo.learning import config
from ballo.learning.engine import EngineConfig


@dataclass(frozen=True)
class Net:
    """A network's sizes."""

    size: int = 8
    shape: Literal["wide", "deep", 3] = "wide"
    strides: tuple[int, ...] = (2, 2)
    span: tuple[float, float] = (0.0, 1.0)
    code: int | None = None
    biased: bool = True

    def __post_init__(self) -> None:
        config.at_least(self, 1, "size", "code", "strides")


@dataclass(frozen=True)
class Whole:
    """A config as a phase has one: defaults of its own for a part."""

    name: str = "x"
    share: float = 0.5
    net: Net = field(default_factory=lambda: Net(size=16, shape="deep"))
    second: Net | None = None
    engine: EngineConfig = field(default_factory=lambda: EngineConfig(steps=500))


def _read(tmp_path: Path, *texts: str, changes: tuple[str, ...] = ()) -> Whole:
    layers = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        layers.append(config.from_file(path))
    return config.layered(Whole, layers + [config.from_change(change) for change in changes])


def test_what_is_left_out_keeps_the_default_of_the_whole(tmp_path: Path) -> None:
    assert _read(tmp_path, "") == Whole()
    got = _read(tmp_path, "share = 3\n[net]\nstrides = [4, 1, 2]\nbiased = false\n[engine]\nseed = 7\n")
    assert (got.net.size, got.net.shape, got.net.strides, got.net.biased) == (16, "deep", (4, 1, 2), False)
    assert (got.engine.steps, got.engine.seed) == (500, 7)
    assert isinstance(got.share, float)


def test_layers_lie_over_one_another_and_changes_over_all(tmp_path: Path) -> None:
    base = "name = 'base'\n[net]\nsize = 4\nstrides = [9]\n[engine]\nsteps = 10\nbetas = [0.5, 0.9]"
    over = "[net]\nstrides = [1]\n[engine]\nschedule = 'steps'"
    got = _read(tmp_path, base, over, changes=("engine.steps=3", "name = top", "net.shape=3", "net.span=[1, 2.5]"))
    assert (got.name, got.net.size, got.net.strides, got.net.shape, got.net.span) == ("top", 4, (1,), 3, (1.0, 2.5))
    assert (got.engine.steps, got.engine.schedule, got.engine.betas) == (3, "steps", (0.5, 0.9))


def test_what_may_be_left_out_can_be(tmp_path: Path) -> None:
    got = _read(tmp_path, "[net]\ncode = 3\n[second]\nsize = 2")
    assert (got.net.code, got.second) == (3, Net(size=2))
    assert _read(tmp_path, "[net]\ncode = 3\n[second]\nsize = 2", "second = 'none'\n[net]\ncode = 'none'").second is None
    assert _read(tmp_path, "second = 'none'", "[second]\nsize = 2").second == Net(size=2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[engine]\nstepps = 7", r"unknown key 'engine.stepps' \(did you mean 'steps'\?\); known are steps, critic_steps"),
        ("[motor]\nsteps = 7", r"unknown key 'motor'; known are name, share, net, second, engine"),
        ("[engine]\nsteps = 7.5", "engine.steps must be a whole number, not 7.5"),
        ("[engine]\nsteps = true", "engine.steps must be a whole number, not True"),
        ("[net]\nbiased = 1", "net.biased must be true or false, not 1"),
        ("share = true", "share must be a number, not True"),
        ("share = nan", "share must be a finite number"),
        ("name = 3", "name must be a text in quotes, not 3"),
        ("engine = 3", "engine must be a table, not 3"),
        ("[net]\nshape = 'tall'", "net.shape must be one of 'wide', 'deep', 3, not 'tall'"),
        ("[net]\nshape = true", "net.shape must be one of"),
        ("[net]\nstrides = 3", r"net.strides must be an array in \[\], not 3"),
        ("[net]\nstrides = [1, 2.5]", "net.strides must be a whole number, not 2.5"),
        ("[net]\nspan = [1]", "net.span must hold 2 values, not 1"),
        ("[net]\nsize = -3", "net.size must be at least 1, not -3"),
        ("[net]\nstrides = [1, 0]", "net.strides must be at least 1, not 0"),
        ("[second]\nsize = 0", "second.size must be at least 1, not 0"),
        ("[engine]\ngenerator_rate = -1e-4", "engine.generator_rate must be at least 0, not -0.0001"),
        ("[engine]\nbetas = [0.0, 1.0]", "engine.betas must be below 1"),
        ("[engine]\npatience = 3", "engine.patience needs stop_on"),
        ("[engine", "0.toml is not valid TOML"),
    ],
)
def test_faults_are_named_with_file_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        _read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "0.toml"))
    assert "\n" not in str(caught.value)


def test_a_fault_is_laid_at_the_layer_that_made_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1.toml: net.size must be at least 1"):
        _read(tmp_path, "[net]\nsize = 3", "[net]\nsize = -1", "name = 'x'")
    with pytest.raises(DataError, match=r"^--set net.size=0: net.size must be at least 1, not 0$"):
        _read(tmp_path, "[net]\nsize = 3", changes=("net.size=0",))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("engine.steps", "write key=value"),
        ("=3", "write key=value"),
        ("engine..steps=3", "write key=value"),
        ("engine.steps=", "no TOML value"),
        ("engine.steps=1 2", "no TOML value"),
        ("engine.steps=1\nname = 'sly'", "no TOML value"),
        ("engine.steps=ten", "engine.steps must be a whole number, not 'ten'"),
        ("engine.stesp=3", r"did you mean 'steps'"),
        ("engine.steps.more=3", "engine.steps must be a whole number"),
        ("net.biased=True", "net.biased must be true or false"),
    ],
)
def test_a_change_that_cannot_be_is_named(change: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        config.layered(Whole, [config.from_change(change)])
    assert "--set" in str(caught.value)


@pytest.mark.parametrize(
    "changes", [(), ("second.size=3", "net.code=2", 'name="a \\"quoted\\" \\\\ \\n\\u20ac"', "share=1e-7")]
)
def test_written_out_and_read_again_it_is_the_same(tmp_path: Path, changes: tuple[str, ...]) -> None:
    whole = _read(tmp_path, changes=changes)
    assert _read(tmp_path, config.toml(whole)) == whole
    assert config.build(Whole, json.loads(json.dumps(asdict(whole))), "header") == whole


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no config file"):
        config.read(tmp_path / "none.toml", Whole)
    with pytest.raises(DataError, match="cannot read"):
        config.read(tmp_path, Whole)
