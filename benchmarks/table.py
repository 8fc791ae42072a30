"""What a benchmark gives back, and the one table it goes into."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

_PACKAGES = ("ballo", "numpy", "onnxruntime", "av", "torch")


@dataclass(frozen=True)
class Settings:
    """How a benchmark is run: `quick` means less work and fewer rounds, `folder` is for its files and goes afterwards."""

    quick: bool
    folder: Path

    def rounds(self, usual: int) -> int:
        """How often to measure each contestant."""
        return 2 if self.quick else usual


@dataclass(frozen=True)
class Target:
    """What the project set itself, in words, and whether this run met it."""

    text: str
    met: bool


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        work: what is done.
        unit: of `ours` and `plain`.
        ours: the median of ballo's figures; None if it could not be measured, and `remark` says why.
        plain: the median of the plain version's.
        gain: how many times better than the plain version, pair by pair.
        target: None where there is none, or where a quick run did less work than it speaks of.
        remark: what the plain version is, and anything else to know.
    """

    work: str
    unit: str = ""
    ours: float | None = None
    plain: float | None = None
    gain: float | None = None
    target: Target | None = None
    remark: str = ""


def at_most(bound: float, unit: str, value: float) -> Target:
    """A target from above."""
    return Target(f"<= {bound:g} {unit}".strip(), value <= bound)


def at_least(bound: float, unit: str, value: float) -> Target:
    """A target from below."""
    return Target(f">= {bound:g} {unit}".strip(), value >= bound)


def machine() -> dict[str, str]:
    """What the figures were measured on: Python, system, cores, versions, and how busy the machine was before."""
    told = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}", "cores": str(cores())}
    if hasattr(os, "getloadavg"):
        told["load before"] = f"{os.getloadavg()[0]:.1f}"
    return told | {name: _version(name) for name in _PACKAGES}


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def show(rows: Sequence[Row], told: dict[str, str], *, quick: bool) -> None:
    """Print the table, then its remarks by number."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=132)
    console.print("Speed of ballo" + (", quick run: shorter work, fewer rounds" if quick else ""), highlight=False)
    console.print("  ".join(f"{name} {value}" for name, value in told.items()), highlight=False)
    table = Table(show_lines=False)
    table.add_column("", justify="right")
    table.add_column("work", ratio=1)
    for heading in ("ballo", "plain version", "gain", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("met")
    for number, row in enumerate(rows, start=1):
        table.add_row(str(number), *_cells(row))
    console.print(table)
    console.print(
        "Medians of runs in turns; the gain is the median over the pairs. Plain versions and remarks:", highlight=False
    )
    remarks = Table.grid(padding=(0, 1))
    for number, row in enumerate(rows, start=1):
        if row.remark:
            remarks.add_row(str(number), Text(row.remark))
    console.print(remarks)


def _cells(row: Row) -> Iterable[str]:
    met = "" if row.target is None else ("yes" if row.target.met else "[bold]no[/bold]")
    gained = "-" if row.gain is None else f"{row.gain:.2g} x" if row.gain < 100 else f"{row.gain:.0f} x"
    return (
        row.work,
        _figure(row.ours, row.unit),
        _figure(row.plain, row.unit),
        gained,
        row.target.text if row.target else "-",
        met,
    )


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()
