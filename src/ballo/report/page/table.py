"""The table of measures, and what it says in short."""

from __future__ import annotations

import math

from ballo.report.measures import ALL, OfStyle
from ballo.report.page.markup import Markup, element, join
from ballo.report.report import Measured, Report
from ballo.report.rows import GROUPS, Group, Row


def in_short(report: Report) -> Markup:
    """Each question that the measures answer, with how many styles say yes, before and now."""
    lines = []
    for group in GROUPS:
        if not group.asked:
            continue
        cells = [element("span", group.asked, class_="asked")]
        if report.before is not None:
            cells.append(element("span", _answer(group, report.before), class_="was"))
        cells.append(element("span", _answer(group, report.now), class_="is"))
        lines.append(element("li", *cells))
    heads = [element("span", "", class_="asked")]
    if report.before is not None:
        heads.append(element("span", report.before.grade, class_="was"))
    heads.append(element("span", report.now.grade, class_="is"))
    return element("ul", element("li", *heads, class_="heads"), *lines, class_="short")


def _answer(group: Group, measured: Measured) -> Markup:
    verdicts = {style: group.verdict(found) for style, found in measured.by_style.items() if style != ALL}
    known = {style: good for style, good in verdicts.items() if good is not None}
    if not known:
        return element("em", "cannot be told")
    good = [style for style, fine in known.items() if fine]
    if len(good) == len(known):
        return element("em", "yes", class_="good")
    if not good:
        return element("em", "no", class_="bad")
    return join(element("em", "only "), f"in {_listed(good)}")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def measures(report: Report) -> Markup:
    """Every row of the table, the archive before on the left of each cell."""
    head = element("tr", element("td", ""), *(element("th", _style(style), scope="col") for style in report.styles))
    bodies = [element("tbody", *_group(report, group)) for group in GROUPS]
    return element("table", element("thead", head), *bodies, class_="measures")


def _style(style: str) -> str:
    return "all together" if style == ALL else style


def _group(report: Report, group: Group) -> list[Markup]:
    about = element(
        "th", element("b", group.title), element("p", group.about), colspan=1 + len(report.styles), scope="rowgroup"
    )
    rows = [element("tr", about, class_="group")]
    for index, row in enumerate(group.rows):
        cells = [_cell(report, group, row, style, judged=index == 0) for style in report.styles]
        rows.append(element("tr", element("th", row.title, scope="row"), *cells))
    return rows


def _cell(report: Report, group: Group, row: Row, style: str, judged: bool) -> Markup:
    now = report.now.by_style.get(style)
    parts: list[Markup] = []
    if report.before is not None:
        before = report.before.by_style.get(style)
        parts += [
            element("span", row.text(before), class_=f"was {_class(group, row, before, judged)}".strip()),
            element("i", "→"),
        ]
    parts.append(element("span", row.text(now), class_=f"is {_class(group, row, now, judged)}".strip()))
    return element("td", *parts, data_style=_style(style))


def _class(group: Group, row: Row, found: OfStyle | None, judged: bool) -> str:
    good = group.verdict(found) if found is not None and judged and math.isfinite(row.value(found)) else None
    return "" if good is None else "good" if good else "bad"
