"""What of an evaluation is drawn, and in which colours."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ballo.evaluation.controls import CONTROLS
from ballo.evaluation.evaluation import Evaluation
from ballo.evaluation.measures import Measure
from ballo.evaluation.row import Row
from ballo.report.page.markup import Markup, element

DRAWN = (
    "style_accuracy", "speed_ratio", "jerk_ratio", "skate", "foot_contact", "in_time", "to_music", "to_music_gain", "response",
    "seed_change", "distance", "newness", "figure_bits",
)  # fmt: skip
"""Measures whose songs are drawn as dots at once; the others are drawn where a reader asks for them."""

POSED = ("speed_ratio", "jerk_ratio", "skate", "foot_contact", "frozen", "distance", "newness")
"""Measures whose best, median and worst clips are shown as poses."""

_MOST = 8
_COLOURS = 6
_BALLROOM = ("cha-cha", "rumba", "tango", "waltz")  # have the colours that they have in a report on an archive


@dataclass(frozen=True)
class Look:
    """What all parts of the page share.

    Args:
        found: the evaluation.
        colours: the class of each style.
    """

    found: Evaluation
    colours: Mapping[str, str]

    @property
    def styles(self) -> tuple[str, ...]:
        """Those of the songs, in the order of their colours."""
        return tuple(self.colours)

    @property
    def real(self) -> Row | None:
        """The row of the real dances."""
        return next(iter(self.found.of("real")), None)

    @property
    def targets(self) -> tuple[Row, ...]:
        """The rows of those who were named."""
        return self.found.of("target")

    @property
    def controls(self) -> tuple[Row, ...]:
        """The rows of what was made of the real dances."""
        return self.found.of("control")

    @property
    def dancers(self) -> tuple[Row, ...]:
        """The real dances, then those who were named."""
        return tuple(row for row in self.found.rows if row.kind != "control")


def look(found: Evaluation) -> Look:
    """How an evaluation is shown."""
    there = dict.fromkeys(found.songs.values())
    known = [*_BALLROOM, *(style for style in there if style not in _BALLROOM)]
    return Look(found, {style: f"s{known.index(style) % _COLOURS}" for style in known if style in there})


def called(row: Row) -> str:
    """What a row is called for people."""
    titles = {control.name: control.title for control in CONTROLS} if row.kind == "control" else {}
    return titles.get(row.name, row.name.replace("_", " ") if row.kind == "control" else row.name)


def unit(measure: Measure) -> str:
    """A measure's unit with its powers raised."""
    return raised(measure.unit)


def raised(text: str) -> str:
    """ "m/s3" as "m/s³"."""
    return re.sub(r"(?<=[a-z])[23]", lambda found: "²³"[int(found[0]) - 2], text)


def chosen(measures: Sequence[Measure], names: Sequence[str], fits: Callable[[Measure], bool]) -> list[Measure]:
    """The measures of some names that fit, in the order of the names; the first that fit, where none has such a name."""
    by_name = {each.name: each for each in measures if fits(each)}
    return [by_name[name] for name in names if name in by_name] or list(by_name.values())[:_MOST]


def by_songs(look: Look, measure: Measure) -> bool:
    """Whether songs have numbers of their own by a measure."""
    return any(math.isfinite(of.get(measure.name, math.nan)) for row in look.found.rows for of in row.by_song.values())


def choice(*panels: tuple[str, Markup], class_: str = "", colours: Mapping[str, str] | None = None) -> Markup:
    """Panels of which buttons show one at a time, the first to begin with; a lone panel without buttons.

    Args:
        panels: their names and what is in them.
        colours: classes of buttons, by name.
    """
    if len(panels) == 1:
        return element("div", panels[0][1], class_=class_ or None)
    buttons = [
        element("button", name, type="button", aria_pressed=str(not index).lower(), class_=(colours or {}).get(name))
        for index, (name, _) in enumerate(panels)
    ]
    shown = [
        element("div", panel, class_="choice", hidden=bool(index), data_name=name) for index, (name, panel) in enumerate(panels)
    ]
    return element("div", element("div", *buttons, class_="buttons"), *shown, class_=f"choices {class_}".strip())


def folded(title: object, *children: object, open_: bool = False, class_: str | None = None) -> Markup:
    """What a reader may unfold."""
    return element("details", element("summary", title), *children, open=open_, class_=class_)
