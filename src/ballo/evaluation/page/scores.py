"""The table: a line a measure, a column a dancer, over all songs, over those of a style, and over bars seen and never seen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ballo.evaluation.controls import CONTROLS, OTHER
from ballo.evaluation.measures import Measure
from ballo.evaluation.page.choices import Look, called, choice, folded, unit
from ballo.evaluation.row import Figure, Row
from ballo.evaluation.table import NOTHING, number
from ballo.evaluation.verdicts import ends, passing, verdict
from ballo.report.page.blocks import paragraph
from ballo.report.page.markup import Markup, element, join

WAYS = {"less": ("↓", "less is better"), "more": ("↑", "more is better"), "1": ("→1", "1 is best")}
AS_REAL = ("≈", "best as in real dances")

_METHODS = {
    "bootstrap": "the 95 % interval by drawing songs anew",
    "range": "the least and the greatest of one song",
    "leaving one out": "the least and the greatest with one of the songs left out",
}
_ALL = "all songs"
NAMES = frozenset(control.name for control in CONTROLS)

Figures = Callable[[Row], Mapping[str, Figure]]


@dataclass(frozen=True)
class _Scope:
    """Over what a table is: how it is called, the figures of a row over it, and whether it is over whole songs."""

    name: str
    of: Figures
    whole: bool = True

    def songs(self, row: Row) -> int:
        """Over how many songs most figures of a row are; 0 where they are over bars."""
        return max((figure.songs for figure in self.of(row).values()), default=0) if self.whole else 0


def table(look: Look) -> Markup:
    """The table over everything that it is over, to choose by buttons."""
    panels = [(scope.name, _table(look, scope)) for scope in _scopes(look)]
    return element("div", _switches(look), choice(*panels, colours=look.colours), class_="scores", data_controls="some")


def _scopes(look: Look) -> Iterator[_Scope]:
    yield _Scope(_ALL, lambda row: row.figures)
    if len(look.styles) > 1:
        for style in look.styles:
            yield _Scope(style, lambda row, style=style: row.by_style.get(style, {}))  # type: ignore[misc]
    for part in dict.fromkeys(part for row in look.found.rows for part in row.by_part):
        yield _Scope(f"bars {part}", lambda row, part=part: row.by_part.get(part, {}), whole=False)  # type: ignore[misc]


def _switches(look: Look) -> Markup | None:
    """Buttons that show the controls' columns, and hide what is of one convention."""
    buttons = []
    if look.controls:
        buttons.append(element("button", "show every control", type="button", aria_pressed="false", data_switch="controls"))
    if {"sound", "paper"} <= {each.convention for each in look.found.measures}:
        buttons += [
            element("button", f"hide {name}", type="button", aria_pressed="false", data_switch=f"no-{name}")
            for name in ("sound", "paper")
        ]
    return element("div", *buttons, class_="buttons switches") if buttons else None


def _table(look: Look, scope: _Scope) -> Markup:
    measures = [each for each in look.found.measures if any(each.name in scope.of(row) for row in look.found.rows)]
    usual, others = _methods(scope.of(row).get(each.name) for row in look.found.rows for each in measures)
    families = dict.fromkeys(each.family for each in measures)
    bodies = [_family(look, scope, family, [each for each in measures if each.family == family], usual) for family in families]
    notes = list(_notes(look, scope, measures))
    return join(
        paragraph(*_spread(usual, others), class_="note above"),
        element("div", element("table", *bodies), class_="scroll", tabindex="0", role="region", aria_label="figures"),
        folded(f"Why numbers are not there ({len(notes)})", element("ul", *notes)) if notes else None,
    )


def _methods(figures: Iterator[Figure | None]) -> tuple[str, list[str]]:
    """What most intervals are, and what others are."""
    counted = Counter(
        figure.interval.method for figure in figures if figure is not None and figure.interval is not None and ends(figure)
    )
    names: list[str] = [name for name, _ in counted.most_common()]
    return (names[0], names[1:]) if names else ("", [])


def _spread(usual: str, others: Sequence[str]) -> Iterator[str]:
    if not usual:
        yield "Without intervals."
        return
    yield f"Under a number: {_METHODS.get(usual, usual)}"
    yield f"; with a *, {' or '.join(_METHODS.get(name, name) for name in others)}." if others else "."


def _family(look: Look, scope: _Scope, family: str, measures: Sequence[Measure], usual: str) -> Markup:
    names = [
        element("td", called(row), _danced(look, scope, row), class_=_column(row)) for row in [*look.dancers, *look.controls]
    ]
    passed = [element("td", "cannot tell from real", class_="passing")] if look.controls else []
    title = element("th", family.replace("_", " ") or "measures", scope="rowgroup")
    lines = [_line(look, scope, measure, usual) for measure in measures]
    return element("tbody", element("tr", title, *names, *passed, class_="group"), *lines)


def _danced(look: Look, scope: _Scope, row: Row) -> Markup | None:
    """How many songs somebody danced who did not dance all."""
    most = max(map(scope.songs, look.found.rows), default=0)
    return element("small", f"{scope.songs(row)} of {most} songs") if 0 < scope.songs(row) < most else None


def _line(look: Look, scope: _Scope, measure: Measure, usual: str) -> Markup:
    real = scope.of(look.real).get(measure.name) if look.real is not None else None
    controls = [scope.of(row)[measure.name] for row in look.controls if measure.name in scope.of(row)]
    cells = []
    for row in [*look.dancers, *look.controls]:
        figure = scope.of(row).get(measure.name)
        said = "" if figure is None or row.kind != "target" else verdict(measure, figure, real, controls)
        cells.append(_cell(figure, f"{_column(row)} {said.replace(' ', '-')}".strip(), usual, scope.songs(row)))
    if look.controls:
        cells.append(element("td", _fooled(look, scope, measure, real), class_="passing"))
    return element("tr", _title(measure), *cells, class_=f"is-{measure.convention}")


def _fooled(look: Look, scope: _Scope, measure: Measure, real: Figure | None) -> Markup:
    """The spoilt dances that a measure takes for real ones, and whether it does so with dances to other songs."""
    spoilt = [row for row in look.controls if row.name in NAMES]
    found = passing(measure, spoilt, scope.of, real)
    names = ", ".join(called(row) for row in found if row.name != OTHER.name)
    deaf = [element("span", called(row)) for row in found if row.name == OTHER.name]
    return join(names, "; " if names and deaf else "", *deaf)


def _title(measure: Measure) -> Markup:
    sign, said = WAYS.get(measure.better, AS_REAL)
    return element(
        "th",
        element("a", measure.title.strip(), href=f"#m-{measure.name}", title=measure.about or None),
        element("small", unit(measure)) if measure.unit else None,
        element("i", sign, title=said),
        element("em", "paper") if measure.convention == "paper" else None,
        scope="row",
        class_="under" if measure.title.startswith(" ") else None,
    )


def _column(row: Row) -> str:
    return {"real": "real", "control": "control"}.get(row.kind, "")


def _cell(figure: Figure | None, class_: str, usual: str, songs: int) -> Markup:
    if figure is None or not math.isfinite(figure.value):
        few = figure.note if figure is not None else ""
        return element("td", "few" if few else NOTHING, class_=f"{class_} nothing".strip(), title=few or None)
    fewer = element("small", f"{figure.songs} of {songs} songs") if figure.songs < songs else None
    return element("td", element("b", number(figure.value)), _interval(figure, usual), fewer, class_=class_ or None)


def _interval(figure: Figure, usual: str) -> Markup | None:
    span = ends(figure)
    if span is None or figure.interval is None:
        return None
    low, high = (number(end) for end in span)
    star = "" if figure.interval.method == usual else "*"
    return element("small", f"{low}..{high}{star}") if low != high else None


def _notes(look: Look, scope: _Scope, measures: Sequence[Measure]) -> Iterator[Markup]:
    """Why some numbers are not there, those of one reason together."""
    for measure in measures:
        reasons: dict[str, list[str]] = {}
        for row in look.found.rows:
            figure = scope.of(row).get(measure.name)
            if figure is not None and figure.note and not math.isfinite(figure.value):
                reasons.setdefault(figure.note, []).append(called(row))
        for reason, names in reasons.items():
            yield element("li", element("b", measure.title.strip()), f" of {', '.join(names)}: {reason}")


def legend(look: Look) -> Markup:
    """What marks of the table mean."""
    marks = [
        join(
            element("i", "1.0", class_="sample as-real"),
            element("span", "as in real dances, or better; of chances, under 0.05"),
        ),
        join(element("i", "1.0", class_="sample worst"), element("span", "worse than every control")),
    ]
    ways = [join(element("i", sign, class_="sample"), element("span", said)) for sign, said in [*WAYS.values(), AS_REAL]]
    return element("ul", *(element("li", mark) for mark in [*(marks if look.controls else marks[:1]), *ways]), class_="legend")
