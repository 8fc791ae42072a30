"""The parts of the page that tell how good an archive is."""

from __future__ import annotations

from collections.abc import Mapping

from ballo.report.page import figure, movement, table, timing
from ballo.report.page.blocks import called, paragraph, pictured, section
from ballo.report.page.dots import dots
from ballo.report.page.markup import Markup, element, join
from ballo.report.report import Report
from ballo.report.rows import SLIDING, STILL_METRES, STRETCHED


def measures(report: Report) -> Markup:
    """The table of measures."""
    before = report.before
    if before is not None:
        lead = (
            f"On the left of each arrow {called(before)}, on the right {called(report.now)}. "
            "The first number of each measure is green where it is good and red where it is not."
        )
    else:
        lead = "The first number of each measure is green where it is good and red where it is not."
    raw = "published" in [found.grade for found in (report.now, before) if found is not None]
    note = " Of a published archive the 23 published points are measured, as they came." if raw else ""
    return section(
        "measures", "Measured", paragraph(lead + note, class_="lead"), element("div", table.measures(report), class_="scroll")
    )


_READING = (
    (
        "Through the bar",
        "all bars of all songs of a style, one over another, on a ground that shows how strongly notes begin in the music. "
        "A dancer in time moves fast between beats and brakes into them, so the lines rise and fall with the beats. Out of "
        "time they are flat.",
    ),
    (
        "Steps in the beat",
        "where feet come down; the beat is at the top, areas are numbers of steps. The longer the line from the middle, the "
        "more they agree. Out of time it is a circle.",
    ),
    (
        "Music around a step",
        "how strongly notes begin from half a beat before a step to half a beat after it, heard in the music itself. In "
        "time it peaks at the step. Out of time it is level.",
    ),
)


def time(report: Report, classes: Mapping[str, str]) -> Markup:
    """Feet and music through the bar and the beat, a row a style."""
    title, before = "In time with the music", report.before
    rows = [
        join(element("h3", style), _times(report, style, class_)) for style, class_ in classes.items() if _timed(report, style)
    ]
    if not rows:
        return section(
            "time",
            title,
            paragraph(
                "No dance has music whose beats are known. A remastered archive of the same songs knows them, beside this one.",
                class_="lead",
            ),
        )
    reading = element("ul", *(element("li", element("b", name), ": ", said) for name, said in _READING), class_="lead reading")
    colours = f"Colour is {called(report.now)}, grey is {called(before)}." if before else None
    return section("time", title, reading, paragraph(colours, class_="lead") if colours else None, *rows)


def _timed(report: Report, style: str) -> bool:
    return any(found is not None and style in found.timing for found in (report.now, report.before))


def _times(report: Report, style: str, class_: str) -> Markup:
    now, before = report.now, report.before
    found, past = now.timing.get(style), before.timing.get(style) if before else None
    measured, was = now.by_style.get(style), before.by_style.get(style) if before else None
    agreed, agreed_before = (known.step_phase if known else None for known in (measured, was))
    onset, onset_before = (known.onset_phase if known else None for known in (measured, was))
    pictures = [
        pictured(timing.bar(found, past), element("b", "Through the bar")),
        pictured(timing.phases(found, past, agreed, agreed_before), element("b", "Steps in the beat")),
        pictured(timing.around_steps(onset, onset_before), element("b", "Music around a step")),
    ]
    return element("div", *pictures, class_=f"times {class_}")


def faults(report: Report, classes: Mapping[str, str]) -> Markup:
    """Each dance's faults, before and now."""
    now, before = report.now, report.before
    pictures = [
        pictured(
            dots(now, before, classes, lambda d: 100 * d.skate.median, "cm/s", 100 * SLIDING, log=True),
            element("b", "Sliding of feet that stand."),
            " A dancer’s own feet turn and slide a little.",
        ),
        pictured(
            dots(now, before, classes, lambda d: 100 * d.drift, "cm", 100 * STILL_METRES, log=True),
            element("b", "Drift of the floor"),
            " under the lower toe.",
        ),
        pictured(
            dots(now, before, classes, lambda d: 100 * d.bone_mean, "%", 100 * STRETCHED, log=False),
            element("b", "Change of bones"),
            " within a dance. A body has none.",
        ),
    ]
    lead = "Each dot is a dance; left of the dashed line is good." + (
        " The upper row of a style, grey, is before; the lower now." if before else ""
    )
    return section("faults", "Faults, dance by dance", paragraph(lead, class_="lead"), movement.used_together(pictures))


def figures(report: Report, classes: Mapping[str, str]) -> Markup | None:
    """The mean figures; None where the skeleton has no hips."""
    if not report.figures:
        return None
    pictures = [pictured(view) for view in figure.views(report.figures, report.parents, classes)]
    turning = pictured(figure.turning(report.figures, report.parents, classes))
    keys = [element("span", element("i", class_=f"key {classes[f.style]}"), f.style, class_="entry") for f in report.figures]
    return section(
        "figure",
        "The mean figure",
        paragraph(
            "Where each joint is on average, as seen from the dancer’s own pelvis. Limbs that swing are shorter than any "
            "real one, since a mean of directions is shorter than each; what is left is how a style carries itself.",
            class_="lead",
        ),
        paragraph(*keys, class_="keys"),
        movement.used_together([*pictures, turning]),
    )
