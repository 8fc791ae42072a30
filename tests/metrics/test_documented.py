"""docs/metrics.md: its functions are there, all of them are in it, and its example runs."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import ballo.metrics
import ballo.metrics.paper

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
NO_METRICS = {"report", "resampling", "nearest", "joints"}
"""What metrics are computed with, and the figures of a model card."""


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text()


def rows(page: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")][1:]


def named(cell: str) -> list[str]:
    return [re.sub(r"\(.*", "", name) for name in re.findall(r"`([\w.]+(?:\(\.*\)[\w.]*)*)`", cell)]


def test_what_it_names_is_there(page):
    names = [
        (place, name) for row in rows(page) for place, cell in ((".", row[1]), (".paper.", row[2])) for name in named(cell)
    ]
    assert len(names) > 45
    for place, name in names:
        module, *attributes = (name if name.startswith("ballo.") else f"ballo.metrics{place}{name}").rsplit(".", 1)
        if ".StyleClassifier." in name:
            module, attributes = "ballo.metrics.style", ["StyleClassifier"]
        assert hasattr(importlib.import_module(module), attributes[0]), name


@pytest.mark.parametrize("package", [ballo.metrics, ballo.metrics.paper], ids=lambda package: package.__name__)
def test_every_file_of_metrics_is_in_it(page, package):
    column = 2 if package is ballo.metrics.paper else 1
    said = {name.split(".")[0] for row in rows(page) for name in named(row[column])}
    files = {module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg}
    assert files - said <= NO_METRICS


def test_its_example_runs(page, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})
    told = capsys.readouterr().out
    assert "Skate(median=" in told
    assert "Frechet(value=" in told
    assert "Copying(nearest_frame=" in told
