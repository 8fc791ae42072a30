"""Drawings of which dances share movement, how often each unit is used, and how much of the takes is danced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ballo.report.contents import Contents, Sharing, Use
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.strips import brief, natural
from ballo.report.page.svg import Scale, drawing, line, rectangle, round_top, text, ticks_y, titled

_LEAST_SHARE = 0.005


def matrix(contents: Contents, sharing: Sharing, classes: Mapping[str, str]) -> Markup:
    """Dances by dances; the stronger the colour, the more of the row's movement the column's dance shows too."""
    style_of = {strip.name: strip.style for strip in contents.strips}
    order = sorted(range(len(sharing.dances)), key=lambda k: (style_of[sharing.dances[k]], natural(sharing.dances[k])))
    names = [sharing.dances[k] for k in order]
    shares = sharing.shares[np.ix_(order, order)]
    cell = 13.0 if len(names) > 12 else 26.0
    left = 44.0
    size = cell * len(names)
    parts: list[Markup] = []
    for row, name in enumerate(names):
        middle = left + cell * (row + 0.5) + 3
        parts += [text(left - 5, middle, brief(name), "cell", "end"), _upright(middle, left - 5, brief(name))]
        cells = [_cell(names, shares, row, column, left, cell) for column in range(len(names)) if column != row]
        parts.append(element("g", *(found for found in cells if found is not None), class_=classes[style_of[name]]))
        parts.append(rectangle(left + cell * row, left + cell * row, cell - 1, cell - 1, "self"))
    for row in range(1, len(names)):
        if style_of[names[row]] != style_of[names[row - 1]]:
            at = left + cell * row - 0.5
            parts += [line(left, at, left + size, at, "axis"), line(at, left, at, left + size, "axis")]
    label = "How much of each dance's movement other dances show too"
    return drawing(left + size + 2, left + size + 2, *parts, label=label, class_="wide")


def _cell(names: Sequence[str], shares: np.ndarray, row: int, column: int, left: float, cell: float) -> Markup | None:
    share = float(shares[row, column])
    if share < _LEAST_SHARE:
        return None
    told = f"{brief(names[row])}: {100 * share:.0f} % of it in {brief(names[column])} too"
    x, y = left + cell * column, left + cell * row
    opacity = round(0.12 + 0.88 * share, 2)
    return element("rect", titled(told), x=x, y=y, width=cell - 1, height=cell - 1, class_="share", fill_opacity=opacity)


def _upright(x: float, y: float, label: str) -> Markup:
    return element("text", label, transform=f"translate({x:g} {y:g}) rotate(-90)", class_="cell")


def uses(units: Sequence[Use]) -> Markup:
    """Units by how often they are used, the most used first; those kept out of training hatched."""
    width, left, right, bottom = 360.0, 28.0, 352.0, 112.0
    top = round_top(max(use.times for use in units))
    y = Scale(0, top, bottom, 14)
    step = (right - left) / len(units)
    bars = [
        rectangle(
            left + index * step,
            y(use.times),
            max(step - 1, 0.6),
            bottom - y(use.times),
            "use held" if use.held_out else "use",
            f"{use.tag}: {use.times} times in {use.dances} dances, {use.seconds:.0f} s"
            + ("; kept out of training" if use.held_out else ""),
        )
        for index, use in enumerate(units)
    ]
    marks = [0, top / 2, top] if top % 2 == 0 else [0, top]
    first, last = units[0], units[-1]
    return drawing(
        width,
        132,
        ticks_y(y, marks, left, [f"{mark:g}" for mark in marks], right),
        *bars,
        text(left, bottom + 15, f"{first.tag}, {first.times}×", "tick"),
        text(right, bottom + 15, f"{last.tag}, {last.times}×", "tick", "end"),
        label="Units by how often they are used",
    )


def shown(seconds: Sequence[float], longest: float) -> Markup:
    """How often each second of a take is danced, as a row of bars; takes are drawn on one scale of time."""
    highest = max([1.0, *seconds])
    bars = [
        rectangle(at, 18 - 18 * min(value / highest, 1), 1, 18 * min(value / highest, 1), "used")
        for at, value in enumerate(seconds)
        if value > 0
    ]
    return element(
        "svg",
        *bars,
        line(0, 18, len(seconds), 18, "axis"),
        viewBox=f"0 0 {max(len(seconds), 1)} 18",
        preserveAspectRatio="none",
        style=f"width:{100 * max(len(seconds), 1) / max(longest, 1):.1f}%",
        class_="shown",
        role="img",
        aria_label="How often each second of the take is danced",
    )


def used_together(found: Sequence[Markup]) -> Markup:
    """Drawings side by side."""
    return element("div", join(*found), class_="grid")
