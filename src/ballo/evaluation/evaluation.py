"""What an evaluation found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ballo.evaluation.longform import LongForm
from ballo.evaluation.measures import MEASURES, Measure
from ballo.evaluation.row import Figure, Kind, Row
from ballo.metrics.style import StyleClassifier
from ballo.version import VERSION

SEEN, NEVER_SEEN = "seen", "never seen"
"""Bars whose real movement occurs in training, and bars in which it never does."""


@dataclass(frozen=True)
class Options:
    """How to evaluate.

    Args:
        seeds: dances a song.
        measures: what is measured.
        controls: whether to measure what was made of the real dances.
        long_seconds: how long the dances of the long form are; 0: none.
        intervals: whether to draw them.
        style_model: a classifier of styles to judge by instead of the shipped one.
        command: what somebody typed for it, if anybody did.
    """

    seeds: int = 5
    measures: Sequence[Measure] = MEASURES
    controls: bool = True
    long_seconds: float = 300.0
    intervals: bool = True
    style_model: StyleClassifier | None = None
    command: str = ""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Who danced how.

    Args:
        archive: its folder, and `manifest_sha256` what tells it from any other.
        split: whose songs were danced; "5 folds" where songs were left out in turn.
        options: how it was evaluated.
        songs: their styles, by name.
        rows: the real dances, what was made of them, then everybody in the order in which they were named.
        long: how those who dance keep up over minutes, by name.
    """

    archive: str
    manifest_sha256: str
    split: str
    options: Options
    songs: Mapping[str, str]
    rows: tuple[Row, ...]
    long: Mapping[str, LongForm] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> tuple[Row, ...]:
        """The rows of some kinds."""
        return tuple(row for row in self.rows if row.kind in kinds)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What was measured."""
        return tuple(self.options.measures)

    def as_json(self) -> dict[str, Any]:
        """Plain values; null for what has none."""
        return {
            "ballo": VERSION,
            "archive": self.archive,
            "manifest_sha256": self.manifest_sha256,
            "split": self.split,
            "seeds": self.options.seeds,
            "command": self.options.command,
            "songs": dict(self.songs),
            "measures": [_measure(each) for each in self.measures],
            "rows": [_row(each) for each in self.rows],
            "long": {name: _long(each) for name, each in self.long.items()},
        }


def _measure(measure: Measure) -> dict[str, str]:
    names = ("name", "title", "unit", "better", "family", "convention", "about")
    return {name: getattr(measure, name).strip() for name in names}


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "about": row.about,
        "all": _plain(row.figures),
        "by_style": {style: _plain(found) for style, found in row.by_style.items()},
        "by_part": {part: _plain(found) for part, found in row.by_part.items()},
        "by_song": {song: {name: number(value) for name, value in found.items()} for song, found in row.by_song.items()},
        "left_out": dict(row.left_out),
    }


def _plain(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: _figure(figure) for name, figure in figures.items()}


def _figure(figure: Figure) -> dict[str, Any]:
    found: dict[str, Any] = {"value": number(figure.value), "songs": figure.songs}
    if figure.interval is not None:
        found |= {
            "low": number(figure.interval.low),
            "high": number(figure.interval.high),
            "interval": figure.interval.method,
        }
    return found | ({"note": figure.note} if figure.note else {})


def _long(long: LongForm) -> dict[str, Any]:
    minutes = {
        style: [{name: number(value) for name, value in asdict(minute).items()} for minute in found]
        for style, found in long.minutes.items()
    }
    return {"songs": dict(long.songs), "minutes": minutes, "left_out": dict(long.left_out), "words": list(long.words)}


def number(value: float) -> float | None:
    """A number for a file; None for what is none."""
    return round(value, 6) if math.isfinite(value) else None
