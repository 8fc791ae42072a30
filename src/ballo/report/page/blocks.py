"""What every part of the page is built of: sections, paragraphs, drawings with captions, lists."""

from __future__ import annotations

from collections.abc import Sequence

from ballo.report.page.markup import Markup, element, join
from ballo.report.report import Measured


def section(key: str, title: str, *children: object, class_: str | None = None) -> Markup:
    """A part of the page with a title."""
    return element("section", element("h2", title), *children, id=key, class_=class_)


def paragraph(*children: object, class_: str | None = None) -> Markup:
    """A paragraph."""
    return element("p", *children, class_=class_)


def pictured(picture: Markup, *caption: object, class_: str | None = None) -> Markup:
    """A drawing with its caption."""
    return element("figure", picture, element("figcaption", *caption) if caption else None, class_=class_)


def listing(title: str, rows: Sequence[tuple[str, str]]) -> Markup | None:
    """A titled list of names with what there is to say of them; None if it is empty."""
    if not rows:
        return None
    listed = [join(element("dt", name), element("dd", text)) for name, text in rows]
    return join(element("h3", title), element("dl", *listed, class_="listed"))


def called(measured: Measured) -> str:
    """An archive's name, and its grade where the name does not say it."""
    return measured.name if measured.name == measured.grade else f"{measured.name} ({measured.grade})"
