"""The parts of the page that tell what is in an archive."""

from __future__ import annotations

from collections.abc import Mapping

from ballo.report.contents import Contents
from ballo.report.page import movement, strips
from ballo.report.page.blocks import listing, paragraph, pictured, section
from ballo.report.page.markup import Markup, element, join

MOST_DANCES = 120
"""Beyond so many the squares of who shares what would be too small to see, and the page too large to send."""

SPLITS = {"train": "to learn from", "val": "validation", "motion_only": "motion only"}


def amounts(contents: Contents, classes: Mapping[str, str]) -> Markup:
    """How much of what: styles by parts of the split."""
    most = max(sum(a.seconds for a in contents.amounts if a.style == style) for style in contents.styles)
    rows = []
    for style in contents.styles:
        amounts = [a for split in contents.splits for a in contents.amounts if (a.style, a.split) == (style, split)]
        bars = [
            element(
                "i",
                style=f"width:{100 * a.seconds / most:.2f}%",
                class_=f"b-{a.split}",
                title=f"{a.split}: {a.seconds / 60:.1f} min",
            )
            for a in amounts
        ]
        whole = sum(a.seconds for a in amounts) / 3600
        cells = []
        for split in contents.splits:
            found = [a for a in amounts if a.split == split]
            text = f"{found[0].dances} · {found[0].seconds / 60:.1f} min · {found[0].windows:,}" if found else "–"
            cells.append(element("td", text, data_style=SPLITS.get(split, split)))
        bar = element("td", element("div", *bars, class_="stack"), class_=f"hours {classes[style]}")
        rows.append(
            element("tr", element("th", style, scope="row"), bar, element("td", f"{whole:.2f} h", class_="total"), *cells)
        )
    heads = [element("th", SPLITS.get(split, split), scope="col") for split in contents.splits]
    head = element("tr", element("td", ""), element("th", "hours", colspan=2, scope="col"), *heads)
    return section(
        "contents",
        "What is in it",
        element("table", element("thead", head), element("tbody", *rows), class_="amounts"),
        paragraph(
            "Of each part: dances, minutes, and windows of 4.8 s, a second apart, that lie inside what is worth learning from. "
            "Solid bars are there to learn from, paler ones for validation, the palest have no music.",
            class_="note",
        ),
    )


def made_of(contents: Contents) -> Markup:
    """A strip for each dance, by style."""
    if not any(piece.tag for strip in contents.strips for piece in strip.pieces):
        lead = "Nobody knows which recordings these dances are made of: each is its own. Ticks are bars and beats."
    else:
        lead = (
            "A dance is a script of recorded units, one after another. Point at a unit, or tap it: the same movement lights up "
            "wherever it is danced. The dances of a style are drawn on one scale of time."
        )
    styles = [join(element("h3", style), strips.strips(contents, style)) for style in contents.styles]
    output = element("output", "point at a unit")
    return section(
        "dances",
        "What each dance is made of",
        paragraph(lead, class_="lead"),
        strips.legend(contents),
        output,
        *styles,
        class_="strips",
    )


def takes(contents: Contents) -> Markup | None:
    """The recordings, how much of each is danced, and the beats that their steps keep; None where there are none."""
    if not contents.takes:
        return None
    longest = max([len(seconds) for seconds in contents.shown.values()] or [1])
    rows = []
    for name, take in contents.takes.items():
        grid, seconds = take.get("grid"), float(take.get("seconds", 0))
        records = ", ".join(str(record.get("name")) for record in take.get("records", ()))
        bar = movement.shown(contents.shown.get(name, ()), longest)
        cells: list[object] = [f"{seconds:.1f} s"]
        if grid:
            cells += [
                f"{60 / grid['period_seconds']:.1f}",
                f"{grid['rule']}",
                _resultant(grid.get("resultant")),
                f"{grid.get('steps', '–')}",
            ]
        else:
            cells += ["–", "no tempo", "–", "–"]
        heads = ("length", "beats a minute", "grid from", "resultant", "steps")
        written = [element("td", cell, data_style=head) for head, cell in zip(heads, cells, strict=True)]
        rows.append(element("tr", element("th", name, scope="row", title=records), element("td", bar, class_="take"), *written))
    titles = ("take", "how often each second is danced", "length", "beats a minute", "grid from", "resultant", "steps")
    return section(
        "takes",
        "The takes and their beats",
        paragraph(
            "The recordings that dances are made of, each with the beat that its own steps keep: found from the steps, from "
            "where its units were cut (bounds), or from a likeness to a take whose beat is known. The resultant is how well "
            "its steps agree with that beat, 0 to 1. Takes without a tempo are stretched to the music.",
            class_="lead",
        ),
        element(
            "table",
            element("thead", element("tr", *(element("th", title, scope="col") for title in titles))),
            element("tbody", *rows),
            class_="takes",
        ),
    )


def sharing(contents: Contents, classes: Mapping[str, str]) -> Markup | None:
    """Which dances share movement, and how often each unit is danced; None where nobody knows units."""
    if contents.sharing is None:
        return None
    pictures = []
    for style in contents.styles:
        units = [use for use in contents.uses if use.style == style]
        if units:
            once = sum(use.dances == 1 for use in units) or "none"
            held = sum(use.held_out for use in units)
            caption = f" {len(units)} units, {once} of them in one dance only" + (
                f", {held} kept out of training." if held else "."
            )
            bars = element("div", movement.uses(units), class_=classes[style])
            pictures.append(pictured(bars, element("b", style.capitalize() + "."), caption))
    mean = float(contents.sharing.anywhere.mean())
    if len(contents.strips) > MOST_DANCES:
        drawn = paragraph(f"Which of {len(contents.strips)} dances share how much is more than can be drawn; --json tells.")
    else:
        squares = element("div", movement.matrix(contents, contents.sharing, classes), class_="scroll")
        said = "The stronger a square’s colour, the more of its row’s dance is also in its column’s. Lines part the styles."
        drawn = pictured(squares, said)
    return section(
        "sharing",
        "Who shares what movement",
        paragraph(
            f"On average {100 * mean:.0f} % of a dance consists of units that another dance shows too. Whoever splits dances "
            "by song into training and validation has most of the movement on both sides; only the units that are kept out of "
            "training are unseen.",
            class_="lead",
        ),
        drawn,
        element("h3", "Units by how often they are danced"),
        movement.used_together(pictures),
    )


def left_out(contents: Contents) -> Markup:
    """Dances and files that are missing, with reasons."""
    reasons: dict[str, list[str]] = {}
    for name, reason in contents.skipped.items():
        reasons.setdefault(reason, []).append(strips.brief(name))
    absent: dict[str, list[str]] = {}
    broken = []
    for problem in contents.problems:
        if problem.get("expected"):
            absent.setdefault(str(problem["path"]).rsplit("/", 1)[-1], []).append(
                strips.brief(str(problem.get("dance") or problem["path"]))
            )
        else:
            broken.append((str(problem["path"]), str(problem["reason"])))
    return section(
        "left-out",
        "Left out, and where it comes from",
        listing("Dances left out", [(reason, ", ".join(names)) for reason, names in reasons.items()]),
        listing("Files that were never published", [(file, ", ".join(names)) for file, names in absent.items()]),
        listing("Missing or broken files", broken),
        None
        if reasons or absent or broken
        else paragraph("Nothing was left out, and no file was missing or broken.", class_="lead"),
        paragraph(f"SHA-256 of the manifest: {contents.sha256}", class_="note hash"),
    )


def _resultant(value: object) -> str:
    """A resultant as the table has it."""
    return f"{value:.2f}" if isinstance(value, float) else "–"
