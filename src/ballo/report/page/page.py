"""The page, part by part."""

from __future__ import annotations

from pathlib import Path

from ballo.report.measures import ALL
from ballo.report.page import composition, quality, table
from ballo.report.page.blocks import called, paragraph
from ballo.report.page.markup import Markup, element
from ballo.report.report import Report

_COLOURS = 6
_BALLROOM = ("cha-cha", "rumba", "tango", "waltz")  # keep their colours whatever else there is
_FOLDER = Path(__file__).parent


def page(report: Report) -> str:
    """The whole page, as HTML that asks for no other file."""
    styles = [style for style in report.styles if style != ALL]
    others = [style for style in styles if style not in _BALLROOM]
    classes = {style: f"s{[*_BALLROOM, *others].index(style) % _COLOURS}" for style in styles}
    contents = report.contents
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{contents.name}, a {contents.grade} archive"),
        element("style", Markup((_FOLDER / "style.css").read_text(encoding="utf-8"))),
    )
    parts = {
        "contents": ("What is in it", composition.amounts(contents, classes)),
        "measures": ("Measured", quality.measures(report)),
        "time": ("In time", quality.time(report, classes)),
        "faults": ("Faults", quality.faults(report, classes)),
        "dances": ("Dances", composition.made_of(contents)),
        "takes": ("Takes", composition.takes(contents)),
        "figure": ("Mean figure", quality.figures(report, classes)),
        "sharing": ("Sharing", composition.sharing(contents, classes)),
        "left-out": ("Left out", composition.left_out(contents)),
    }
    there = {key: (name, part) for key, (name, part) in parts.items() if part is not None}
    links = [element("a", name, href=f"#{key}") for key, (name, _) in there.items()]
    navigation = element("nav", *links, aria_label="parts of the page")
    main = element("main", _header(report, navigation), *(part for _, part in there.values()))
    script = element("script", Markup((_FOLDER / "page.js").read_text(encoding="utf-8")))
    return f"<!doctype html>\n{element('html', head, element('body', main, script), lang='en')}\n"


def _header(report: Report, navigation: Markup) -> Markup:
    contents = report.contents
    dances, minutes = len(contents.strips), contents.seconds / 60
    facts = [("dances", f"{dances:,}"), ("minutes", f"{minutes:.1f}")]
    if contents.distinct_seconds is not None:
        facts.append(("minutes of different movement", f"{contents.distinct_seconds / 60:.1f}"))
    facts.append(("windows to learn from", f"{sum(a.windows for a in contents.amounts if a.split == 'train'):,}"))
    tiles = [element("div", element("dd", value), element("dt", name)) for name, value in facts]
    compared = f", beside {called(report.before)}" if report.before is not None else ""
    made = f"{contents.grade}{compared}; {contents.fps:g} frames a second; ballo {contents.ballo_version}"
    return element(
        "header",
        paragraph("A report on an archive of dances", class_="kicker"),
        element("h1", contents.name),
        paragraph(made, class_="made"),
        element("dl", *tiles, class_="tiles"),
        table.in_short(report),
        navigation,
    )
