"""HTML and SVG from Python values: whatever is no markup already is escaped."""

from __future__ import annotations

import html

_VOID = frozenset(["meta", "br", "hr"])


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element. Children that are no `Markup` are escaped, None is left out.

    Attributes are named as in HTML, with a trailing _ where Python has the word and _ for every -; None and False are left
    out, True stands without a value, and numbers are rounded to hundredths.
    """
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: object) -> Markup:
    """Children one after another."""
    return Markup(
        "".join(child if isinstance(child, Markup) else html.escape(str(child)) for child in children if child is not None)
    )


def number(value: float) -> str:
    """A number for an attribute, to hundredths."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = number(value) if isinstance(value, float) else str(value)
    return f' {name}="{html.escape(text)}"'
