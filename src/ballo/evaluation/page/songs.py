"""Drawings of measures song by song: a line a dancer, a dot a song, in a band of what the real dances have."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ballo.evaluation.measures import Measure
from ballo.evaluation.page.axes import fitting, marked
from ballo.evaluation.page.choices import DRAWN, Look, by_songs, called, chosen, folded, unit
from ballo.evaluation.page.scores import AS_REAL, WAYS
from ballo.evaluation.row import Row
from ballo.evaluation.table import number
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.svg import Scale, dot, drawing, line, rectangle, ticks_x, titled

_WIDTH, _LEFT, _RIGHT, _ROW, _GAP, _TOP = 350.0, 124.0, 340.0, 19.0, 7.0, 6.0
_LONGEST = 19  # characters of a name
_APART = 2.4  # songs in turn lie a little over and under their line, so that one does not hide another
_ROOM = 0.6  # an axis goes on for so much of what the dancers span, to hold controls


def songs(look: Look) -> Markup | None:
    """Chosen measures at once, all others to unfold; None where songs have no numbers of their own."""
    measures = [each for each in look.found.measures if by_songs(look, each)]
    if not measures:
        return None
    first = chosen(measures, DRAWN, lambda _: True)
    rest = [each for each in measures if each not in first and any(_known(row, each) for row in look.dancers)]
    drawn = [_measure(look, each, [*look.dancers, *look.controls]) for each in first]
    others = [_measure(look, each, look.dancers) for each in rest]
    return join(
        _legend(look),
        element("div", *drawn, class_="grid"),
        folded(f"{len(rest)} more measures, without controls", element("div", *others, class_="grid")) if rest else None,
    )


def _legend(look: Look) -> Markup:
    marks = [join(element("i", class_=f"key round {class_}"), element("span", style)) for style, class_ in look.colours.items()]
    if look.real is not None:
        marks.append(join(element("i", class_="key band"), element("span", "from the least to the most of the real dances")))
    marks.append(join(element("i", class_="key mean"), element("span", "their mean")))
    marks.append(join(element("i", class_="key ring"), element("span", "beyond the drawing")))
    return element("ul", *(element("li", mark) for mark in marks), class_="legend")


def _measure(look: Look, measure: Measure, rows: Sequence[Row]) -> Markup:
    """One measure with its title."""
    sign, said = WAYS.get(measure.better, AS_REAL)
    title = join(
        element("b", measure.title.strip()), f", {unit(measure)}" if measure.unit else "", " ", element("i", sign, title=said)
    )
    return element("figure", element("figcaption", title), _drawing(look, measure, rows), class_="songs", title=measure.about)


def _drawing(look: Look, measure: Measure, rows: Sequence[Row]) -> Markup:
    there = [row for row in rows if _known(row, measure)]
    x, marks = _axis(there, measure)
    tops = [
        _TOP + k * _ROW + (_GAP if row.kind != "real" else 0) + (_GAP if row.kind == "control" else 0)
        for k, row in enumerate(there)
    ]
    bottom = tops[-1] + _ROW + 2
    parts = [ticks_x(x, marks, bottom, [marked(mark) for mark in marks], _TOP)]
    real = [value for row in there if row.kind == "real" for value in _known(row, measure)]
    if real:
        parts.append(rectangle(x(min(real)), _TOP - 3, x(max(real)) - x(min(real)), bottom - _TOP + 3, "band"))
    parts += [_row(look, row, measure, x, top) for row, top in zip(there, tops, strict=True)]
    return drawing(_WIDTH, bottom + 20, *parts, label=f"{measure.title.strip()}, song by song")


def _known(row: Row, measure: Measure) -> list[float]:
    """The numbers of the songs that have one."""
    return [value for of in row.by_song.values() if math.isfinite(value := of.get(measure.name, math.nan))]


def _axis(rows: Sequence[Row], measure: Measure) -> tuple[Scale, list[float]]:
    """A scale for the real dances and those who were named; of the controls it holds those that are not far beyond them."""
    everything = [value for row in rows for value in _known(row, measure)]
    dancers = [value for row in rows if row.kind != "control" for value in _known(row, measure)] or everything
    low, high = min(dancers), max(dancers)
    room = _ROOM * (high - low or abs(high) or 1.0)
    return fitting([value for value in everything if low - room <= value <= high + room], _LEFT, _RIGHT)


def _row(look: Look, row: Row, measure: Measure, x: Scale, top: float) -> Markup:
    middle = top + _ROW / 2
    name = called(row)
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    parts = [
        element(
            "text",
            titled(name) if short != name else None,
            short,
            x=_LEFT - 9,
            y=middle + 4,
            class_=f"who {row.kind}",
            text_anchor="end",
        ),
        line(_LEFT, middle, _RIGHT, middle, "grid"),
    ]
    figure = row.figures.get(measure.name)
    if figure is not None and measure.of_songs is None and x.low <= figure.value <= x.high:
        parts.append(line(x(figure.value), middle - 7, x(figure.value), middle + 7, "mean"))
    for place, (song, of) in enumerate(row.by_song.items()):
        value = of.get(measure.name, math.nan)
        if math.isfinite(value):
            class_ = look.colours.get(look.found.songs.get(song, ""), "s0")
            beyond = "" if x.low <= value <= x.high else " beyond"
            parts.append(
                dot(x(value), middle + _APART * (place % 3 - 1), 3.2, f"song {class_}{beyond}", f"{song}: {number(value)}")
            )
    return join(*parts)
