"""Which layout a folder has."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ballo.dataset.adapters.performances import Performance
from ballo.dataset.recordings import Problem, Progress


class Adapter(Protocol):
    """What each module of a layout offers."""

    LAYOUT: str

    def recognises(self, source: Path) -> bool:
        """Whether the folder's names are those of this layout."""

    def read(self, source: Path, progress: Progress | None = None) -> tuple[Iterator[Performance], list[Problem]]:
        """The dances, read as they are asked for, and the problems, a list that grows while they are."""


MODULES = ("aist", "finedance", "bvh")
"""In the order in which they are asked: the surest names first."""


def adapters() -> tuple[Adapter, ...]:
    """Every layout's module."""
    return tuple(cast(Adapter, import_module(f"{__package__}.{module}")) for module in MODULES)


def find(source: Path) -> Adapter | None:
    """The module that reads this folder, or None; only names are looked at."""
    return next((adapter for adapter in adapters() if source.is_dir() and adapter.recognises(source)), None)
