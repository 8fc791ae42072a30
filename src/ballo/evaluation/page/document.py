"""The page, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from ballo.evaluation.evaluation import Evaluation
from ballo.evaluation.page import scores
from ballo.evaluation.page.beats import beats
from ballo.evaluation.page.choices import Look, called, look
from ballo.evaluation.page.confusions import confusions
from ballo.evaluation.page.method import left_out, method
from ballo.evaluation.page.minutes import minutes
from ballo.evaluation.page.poses import poses
from ballo.evaluation.page.songs import songs
from ballo.report.page.blocks import paragraph, section
from ballo.report.page.markup import Markup, element, join
from ballo.version import VERSION

_FOLDER = Path(__file__).parent


def page(evaluation: Evaluation, findings: Sequence[str] = ()) -> str:
    """The whole page, as HTML that asks for no other file.

    Args:
        findings: sentences on what the numbers support and what they do not.
    """
    shown = look(evaluation)
    name = Path(evaluation.archive).name or evaluation.archive
    parts = [("words", "In words", "", _words(shown, findings)), *_parts(shown)]
    there = [(key, title, lead, part) for key, title, lead, part in parts if part is not None]
    links = [element("a", title, href=f"#{key}") for key, title, _, _ in there]
    sections = [section(key, title, paragraph(lead, class_="lead") if lead else None, part) for key, title, lead, part in there]
    main = element("main", _header(shown, name, element("nav", *links, aria_label="parts of the page")), *sections)
    script = element("script", Markup((_FOLDER / "page.js").read_text(encoding="utf-8")))
    return f"<!doctype html>\n{element('html', _head(name), element('body', main, script), lang='en')}\n"


def _head(name: str) -> Markup:
    styles = (resources.files("ballo.report.page") / "style.css").read_text(encoding="utf-8")
    # Without its script a page shows all that buttons would choose from.
    bare = (
        ".choice[hidden] { display: block; } .buttons { display: none; } .scores .control { display: table-cell !important; }"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"Dances to the songs of {name}, measured"),
        element("style", Markup(styles + (_FOLDER / "style.css").read_text(encoding="utf-8"))),
        element("noscript", element("style", Markup(bare))),
    )


def _header(look: Look, name: str, navigation: Markup) -> Markup:
    found = look.found
    facts = [
        ("song" if len(found.songs) == 1 else "songs", len(found.songs)),
        ("seed" if found.options.seeds == 1 else "seeds", found.options.seeds),
        ("dancer" if len(look.targets) == 1 else "dancers", len(look.targets)),
        ("measures", len(found.measures)),
    ]
    tiles = [element("div", element("dd", f"{value:,}"), element("dt", what)) for what, value in facts]
    split = f"left out in {found.split}" if found.split.endswith(" folds") else f"of the split {found.split}"
    return element(
        "header",
        paragraph("Dances measured beside real ones", class_="kicker"),
        element("h1", ", ".join(row.name for row in look.targets) or name),
        paragraph(f"to the songs {split} of the archive {name}; ballo {VERSION}", class_="made"),
        element("dl", *tiles, class_="tiles"),
        navigation,
    )


def _words(look: Look, findings: Sequence[str]) -> Markup | None:
    """What the numbers support and what they do not, and what is not there."""
    listed = element("ul", *(element("li", _finding(look, line)) for line in findings), class_="findings") if findings else None
    missing = left_out(look)
    return join(listed, missing) if listed or missing else None


def _finding(look: Look, line: str) -> Markup:
    """A sentence, with whom it is about in bold."""
    names = [called(row) for row in look.found.rows]
    begun = [name for name in names if line.lower().startswith((f"{name} ".lower(), f"{name}:".lower()))]
    count = max(map(len, begun), default=0)
    return join(element("b", line[:count]) if count else None, line[count:])


def _parts(look: Look) -> list[tuple[str, str, str, Markup | None]]:
    """Each part's key, title, what to know about it, and itself, None where there is nothing of it."""
    long = f"{look.found.options.long_seconds / 60:g} minutes"
    return [
        (
            "figures",
            "Figures",
            "The real dances stand first. “Cannot tell from real” names the controls, real dances spoilt on purpose, that a "
            "measure takes for real: it does not see what is wrong with them, whoever else does well by it.",
            join(scores.legend(look), scores.table(look)),
        ),
        (
            "songs",
            "Song by song",
            "A dot is a song, the mean over its seeds. Who is like the real dances lies in the band and has dots where these "
            "have them.",
            songs(look),
        ),
        (
            "styles",
            "Styles",
            "What a classifier that learnt on real dances takes clips for: a line is the style that was asked for, in % of its "
            "clips. Nobody can be asked for more than the real dances have.",
            confusions(look),
        ),
        (
            "beats",
            "Speed against beats",
            "A few bars of a song, everybody on one clock: how fast they move, when feet land, and when the body is slowest.",
            beats(look),
        ),
        (
            "poses",
            "What a number looks like",
            "Clips of 4.8 s, eight poses each, from the front: everybody's best, median and worst by each measure, "
            "of the real dances the least and the most where neither is better. Press one to see it danced. First seed.",
            poses(look),
        ),
        (
            "minutes",
            f"Over {long}",
            "One song a style repeated on whole bars, danced without a break, each minute measured by itself.",
            minutes(look),
        ),
        ("method", "How it was measured", "Each measure, and which way is better.", method(look)),
    ]
