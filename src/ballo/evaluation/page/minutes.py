"""How everybody keeps up over minutes: a small drawing for each thing that is looked at, a line a dancer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ballo.evaluation.longform import LongForm
from ballo.evaluation.minutes import SHOWN, Shown
from ballo.evaluation.page.axes import linear, marked
from ballo.evaluation.page.choices import Look, raised
from ballo.report.page.blocks import listing
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.svg import Scale, drawing, polyline, ticks_x, ticks_y, titled

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 330.0, 150.0, 42.0, 322.0, 12.0, 122.0
_LINES = 6  # kinds of line there are in the style sheet


def minutes(look: Look) -> Markup | None:
    """Small drawings of everything with a number, over what is said of it; None where nobody danced for so long."""
    long = {name: each for name, each in look.found.long.items() if each.minutes}
    drawn = [found for shown in SHOWN if (found := _small(look, long, shown)) is not None]
    left_out = [(f"{name}, {style}", why) for name, each in look.found.long.items() for style, why in each.left_out.items()]
    if not look.found.long:
        return None
    words = element("ul", *(element("li", line) for each in look.found.long.values() for line in each.words), class_="said")
    return join(
        words, _legend(look, list(long)), element("div", *drawn, class_="grid"), listing("not danced for so long", left_out)
    )


def _legend(look: Look, names: Sequence[str]) -> Markup | None:
    if not names:
        return None
    marks = [join(element("i", class_=f"key {_class(k)}"), element("span", name)) for k, name in enumerate(names)]
    marks.append(join(element("i", class_="key thin"), element("span", "one song")))
    marks.append(join(element("i", class_="key level"), element("span", "the real dances in their first minute")))
    return element("ul", *(element("li", mark) for mark in marks), class_="legend")


def _class(index: int) -> str:
    return f"d{index % _LINES}" + (" dashed" if index >= _LINES else "")


def _small(look: Look, long: Mapping[str, LongForm], shown: Shown) -> Markup | None:
    """A drawing of one thing over minutes; None where there is nothing of it to draw."""
    tables = {name: np.array(_values(each, shown)) for name, each in long.items()}
    known = np.concatenate([table.ravel() for table in tables.values()]) if tables else np.zeros(0)
    real = _real(long, shown)
    known = np.append(known[np.isfinite(known)], real)
    if not len(known):
        return None
    count = max(table.shape[1] for table in tables.values())
    x = Scale(1, max(count, 2), _LEFT, _RIGHT)
    y, marks = linear([*known.tolist(), 0.0], _BOTTOM, _TOP)
    lines = [_lines(name, table, x, y, _class(k)) for k, (name, table) in enumerate(tables.items())]
    picture = drawing(
        _WIDTH,
        _HEIGHT,
        ticks_y(y, marks, _LEFT, [marked(mark) for mark in marks], _RIGHT),
        ticks_x(x, list(range(1, count + 1)), _BOTTOM, [str(minute) for minute in range(1, count + 1)]),
        _level(float(real.mean()), y) if len(real) else None,
        *lines,
        label=f"{shown.title} in each minute",
    )
    unit = f", {raised(shown.unit)}" if shown.unit else ""
    return element("figure", element("figcaption", element("b", shown.title), unit), picture)


def _real(long: Mapping[str, LongForm], shown: Shown) -> np.ndarray:
    """Of each style the real dance's number."""
    styles = {style: minute for each in long.values() for style, minute in each.real.items()}
    values = np.array([float(getattr(minute, shown.name)) for minute in styles.values()])
    return values[np.isfinite(values)]


def _level(value: float, y: Scale) -> Markup:
    """A line across where the real dances are."""
    path = f"M{_LEFT:g} {y(value):.1f}H{_RIGHT:g}"
    return element("path", titled(f"real: {value:.3g}"), d=path, class_="level")


def _values(each: LongForm, shown: Shown) -> list[list[float]]:
    """Of each song its minutes, with nan where the longest song goes on."""
    rows = [[float(getattr(minute, shown.name)) for minute in song] for song in each.minutes.values()]
    longest = max(map(len, rows))
    return [row + [math.nan] * (longest - len(row)) for row in rows]


def _lines(name: str, table: np.ndarray, x: Scale, y: Scale, class_: str) -> Markup:
    """A thin line a song, and a thick one of the mean over songs."""
    songs = [_line(row, x, y, "thin") for row in table]
    there = np.isfinite(table).any(axis=0)
    mean = np.full(table.shape[1], np.nan)
    mean[there] = np.nanmean(table[:, there], axis=0)
    last = int(np.flatnonzero(there)[-1]) if there.any() else -1
    told = f"{name}: {', '.join(f'{value:.3g}' for value in mean if math.isfinite(value))}"
    end = element("circle", titled(told), cx=x(last + 1), cy=y(float(mean[last])), r=3.2, class_="end") if last >= 0 else None
    return element("g", *songs, _line(mean, x, y, "thick"), end, class_=class_)


def _line(values: np.ndarray, x: Scale, y: Scale, class_: str) -> Markup | None:
    points = [(x(k + 1), y(float(value))) for k, value in enumerate(values) if math.isfinite(value)]
    return polyline(points, class_) if len(points) > 1 else None
