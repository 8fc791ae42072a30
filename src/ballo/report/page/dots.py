"""Drawings of every dance as a dot, before and now: faults that few have, and how far the worst is from the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from ballo.report.measures import ALL, OfDance
from ballo.report.page.markup import Markup, join
from ballo.report.page.svg import Scale, dot, drawing, line, round_top, text, ticks_x
from ballo.report.report import Measured

_WIDTH, _LEFT, _RIGHT, _ROW = 360.0, 66.0, 348.0, 40.0
_LEAST = 30.0  # the axis reaches so many times lower than what is good


def dots(
    now: Measured,
    before: Measured | None,
    styles: Mapping[str, str],
    value: Callable[[OfDance], float],
    unit: str,
    limit: float,
    log: bool,
) -> Markup:
    """A row a style, a dot a dance.

    Args:
        styles: the class of each style.
        value: what is measured of a dance, in `unit`.
        limit: what is good is below it.
        log: whether the axis is logarithmic; values below its left end sit on it.
    """
    archives = [found for found in (before, now) if found is not None]
    everything = [value(dance) for found in archives for measured in found.by_style.values() for dance in measured.dances]
    known = [number for number in everything if math.isfinite(number)]
    if not known:
        return drawing(_WIDTH, 20, text(0, 14, "nothing to measure", "tick"), label="nothing to measure")
    x, marks = _axis([*known, limit], log, limit / _LEAST)
    bottom = 12 + _ROW * len(styles)
    rows = [
        _row(archives, now, style, class_, value, unit, x, 12 + _ROW * k) for k, (style, class_) in enumerate(styles.items())
    ]
    return drawing(
        _WIDTH,
        bottom + 34,
        ticks_x(x, marks, bottom, [f"{mark:g}" for mark in marks], 8),
        line(x(limit), 4, x(limit), bottom, "limit"),
        *rows,
        text(_RIGHT, bottom + 31, unit, "tick", "end"),
        label=f"Each dance by {unit}",
    )


def _axis(known: Sequence[float], log: bool, least: float) -> tuple[Scale, list[float]]:
    """A scale of all numbers, those under `least` at its left end, with its marks."""
    high = 1.2 * max(known)
    if not log:
        top = round_top(high)
        return Scale(0, top, _LEFT, _RIGHT), [0.0, top / 2, top]
    low = max(min(known), least)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [step * 10.0**power for power in powers for step in (1, 3)]
    first = max([mark for mark in marks if mark <= low], default=marks[0])
    last = min([mark for mark in marks if mark >= high], default=marks[-1])
    return Scale(first, last, _LEFT, _RIGHT, log=True), [mark for mark in marks if first <= mark <= last]


def _row(
    archives: Sequence[Measured],
    now: Measured,
    style: str,
    class_: str,
    value: Callable[[OfDance], float],
    unit: str,
    x: Scale,
    top: float,
) -> Markup:
    parts = [text(_LEFT - 8, top + _ROW / 2 + 4, style, "name", "end"), line(_LEFT, top + _ROW, _RIGHT, top + _ROW, "grid")]
    for found in archives:
        past = found is not now
        middle = top + _ROW * (0.5 if len(archives) == 1 else 0.3 if past else 0.7)
        dances = found.by_style[style].dances if style in found.by_style and style != ALL else ()
        for place, dance in enumerate(dances):
            if math.isfinite(value(dance)):
                told = f"{dance.name}, {found.name}: {value(dance):.2g} {unit}"
                parts.append(
                    dot(x(value(dance)), middle + 2.6 * (place % 3 - 1), 3, f"dance {'past' if past else class_}", told)
                )
    return join(*parts)
