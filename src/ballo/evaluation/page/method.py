"""How each number is computed, what the controls are, what was left out, and how to make the page again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ballo.evaluation.page.choices import Look, called, unit
from ballo.evaluation.page.scores import AS_REAL, WAYS
from ballo.report.page.blocks import listing, paragraph
from ballo.report.page.markup import Markup, element, join

_CONVENTIONS = {
    "sound": "as it should be",
    "paper": "as a named paper's code computes it, faults included",
    "both": "",
}


def method(look: Look) -> Markup:
    """All of it."""
    controls = [(called(row), row.about) for row in look.controls if row.about]
    return join(
        *_families(look),
        listing("controls", controls),
        paragraph("To make it again", class_="again"),
        element("pre", element("code", _command(look)), tabindex="0"),
        paragraph("The archive's manifest has the SHA-256 ", element("code", look.found.manifest_sha256), class_="note hash"),
    )


def _families(look: Look) -> Iterator[Markup]:
    measures = look.found.measures
    for family in dict.fromkeys(each.family for each in measures):
        yield element("h3", family.replace("_", " ") or "measures")
        lines = []
        for each in measures:
            if each.family == family:
                said = [unit(each) or "no unit", WAYS.get(each.better, AS_REAL)[1], _CONVENTIONS[each.convention]]
                small = element("small", "; ".join(filter(None, said)))
                lines.append(
                    join(element("dt", each.title.strip(), id=f"m-{each.name}"), element("dd", each.about or "-", " ", small))
                )
        yield element("dl", *lines, class_="listed")


def _command(look: Look) -> str:
    """What makes such a page, for those who are found by the names they have in it."""
    found = look.found
    if found.options.command:
        return found.options.command
    names = [shlex.quote(row.name) for row in look.targets]
    count, _, folds = found.split.partition(" ")
    split = f"--folds {count}" if folds == "folds" else f"--split {shlex.quote(found.split)}"
    parts = ["ballo evaluate", *names, "--against", shlex.quote(found.archive), split, f"--seeds {found.options.seeds}"]
    return " ".join([*parts, "-o report.html"])


def left_out(look: Look) -> Markup | None:
    """Songs that somebody did not dance, with the reason."""
    return listing(
        "not danced", [(f"{called(row)}, {song}", why) for row in look.found.rows for song, why in row.left_out.items()]
    )
