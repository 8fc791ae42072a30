"""All that is said of an archive, and of another one beside it: what the table, the page and the JSON file are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.report import contents, danced
from ballo.report.contents import Contents
from ballo.report.danced import Danced
from ballo.report.measures import ALL, OfStyle, measure
from ballo.report.poses import MeanFigure, mean_figures
from ballo.report.rows import GROUPS
from ballo.report.timing import Timing, timing

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Measured:
    """An archive's dances, measured by style."""

    name: str
    grade: str
    by_style: Mapping[str, OfStyle]
    timing: Mapping[str, Timing]


@dataclass(frozen=True, eq=False)
class Report:
    """What is said of an archive.

    Args:
        before: the same measures of another archive, to compare; None without.
        parents: of the mean figures' joints.
    """

    contents: Contents
    now: Measured
    before: Measured | None
    figures: Sequence[MeanFigure]
    joint_names: Sequence[str]
    parents: Sequence[int]

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles of either archive as the table has them, all together last."""
        found = {*self.now.by_style, *(self.before.by_style if self.before else ())}
        return tuple(sorted(found, key=lambda style: (style == ALL, style)))

    def as_json(self) -> dict[str, Any]:
        """Every figure, as JSON can hold it: what was not measured is null."""
        measures = {"now": self.now, "before": self.before}
        table = {
            when: {style: _table(found) for style, found in archive.by_style.items()}
            for when, archive in measures.items()
            if archive is not None
        }
        whole: dict[str, Any] = plain(
            {
                "archive": self.contents,
                "table": table,
                "measures": measures,
                "mean_figures": {"joint_names": self.joint_names, "parents": self.parents, "styles": self.figures},
            }
        )
        return whole


def make(archive: Archive, before: Archive | None = None, progress: Progress | None = None) -> Report:
    """Look at an archive and measure it, beside another one where there is one.

    Beats that one of the two does not know are taken from the dance of that name in the other.

    Raises:
        DataError: the archive is empty.
    """
    if not archive.dances:
        raise DataError(f"there is no dance in {archive.path}: prepare it from recordings that have some")
    now = _measured(archive, before, progress)
    past = _measured(before, archive, progress) if before is not None else None
    skeleton = archive.skeleton
    return Report(contents.read(archive), now, past, mean_figures(archive), skeleton.joint_names, skeleton.parents)


def _measured(archive: Archive, other: Archive | None, progress: Progress | None) -> Measured:
    dances = danced.read(archive, other, progress)
    return Measured(archive.path.resolve().name, archive.grade, measure(dances), _timings(dances))


def _timings(dances: Sequence[Danced]) -> dict[str, Timing]:
    by_style = {style: [dance for dance in dances if dance.style == style] for style in sorted({d.style for d in dances})}
    found = {style: timing(group) for style, group in by_style.items()}
    return {style: known for style, known in found.items() if known is not None}


def _table(found: OfStyle) -> dict[str, float]:
    return {row.key: row.value(found) for group in GROUPS for row in group.rows}


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dataclasses by their fields, arrays as lists, numbers that are none as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
