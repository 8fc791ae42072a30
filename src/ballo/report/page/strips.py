"""A strip for each dance: its units in colour, joins, bars and beats, and where something was mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ballo.dataset.splits import MOTION_ONLY
from ballo.report.contents import Contents, Mended, Piece, Strip
from ballo.report.page.markup import Markup, element, join, number

_GOLDEN_DEGREES = 137.508

REPAIRS = {
    "filled": "a marker that was not seen was bridged",
    "spike": "a marker that jumped was put back",
    "heel": "a heel marker that sat too high was lowered",
    "splice": "the publisher’s straight line between two clips was replaced",
    "join": "near the join of two units, which were led into one another",
    "held": "the dancer waits, without a recording",
    "stretched": "a unit without a tempo of its own was stretched to the music’s beats",
    "head": "a head whose two sides had collapsed was bridged",
}
"""What each repair of a frame is, in words."""


def brief(name: str) -> str:
    """ "DANCE_C_2" as "C_2"."""
    return name.removeprefix("DANCE_")


def clock(seconds: float) -> str:
    """75.2 as "1:15"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def strips(contents: Contents, style: str) -> Markup:
    """The dances of a style, one under another on one scale of time."""
    dances = sorted((strip for strip in contents.strips if strip.style == style), key=lambda strip: natural(strip.name))
    longest = max(strip.seconds for strip in dances)
    hues = _hues(contents, style)
    return element("div", *(_strip(strip, longest, hues) for strip in dances), class_="dances")


def natural(name: str) -> list[tuple[int, int, str]]:
    """Orders "C_2" before "C_10"."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]


def _hues(contents: Contents, style: str) -> dict[str, int]:
    """A colour for each unit, far from those of its neighbours in name."""
    tags = sorted({use.tag for use in contents.uses if use.style == style}, key=natural)
    return {tag: round(index * _GOLDEN_DEGREES) % 360 for index, tag in enumerate(tags)}


def _strip(strip: Strip, longest: float, hues: Mapping[str, int]) -> Markup:
    silent = "" if strip.music or strip.split == MOTION_ONLY else ", no music"
    about = f"{strip.split.replace('_', ' ')}, {clock(strip.seconds)}{silent}"
    return element(
        "div",
        element("div", element("b", brief(strip.name)), " ", element("small", about), class_="who"),
        element(
            "div",
            element("div", *(_piece(piece, strip.seconds, hues) for piece in strip.pieces), class_="units"),
            _ticks(strip),
            _mended(strip.mended, strip.seconds),
            class_="strip",
            style=f"width:{100 * strip.seconds / longest:.2f}%",
        ),
        class_="dance",
    )


def _piece(piece: Piece, seconds: float, hues: Mapping[str, int]) -> Markup:
    place = f"left:{100 * piece.first / seconds:.2f}%;width:{100 * (piece.end - piece.first) / seconds:.2f}%"
    span = f"{clock(piece.first)} to {clock(piece.end)}"
    if piece.tag is None:
        said = "the dancer waits" if piece.waits else "between units"
        return element("i", style=place, class_="waits" if piece.waits else "none", title=f"{said}, {span}")
    begin, end = piece.source_seconds
    kept = "; kept out of training" if piece.held_out else ""
    return element(
        "i",
        element("span", piece.tag),
        style=f"{place};--h:{hues[piece.tag]}",
        class_="held" if piece.held_out else None,
        title=f"{piece.tag}, {span}; take {piece.take}, {begin:.1f} to {end:.1f} s{kept}",
        data_u=piece.tag,
    )


def _ticks(strip: Strip) -> Markup:
    """Joins across the units, bars and beats under them; the drawing is stretched to the strip."""
    height, units = 34, 22
    opening = set(strip.bars)
    beats = [second for second in strip.beats if second not in opening]
    return element(
        "svg",
        element("path", d=_uprights(strip.joins, 0, units + 3), class_="join"),
        element("path", d=_uprights(strip.bars, units + 4, 7), class_="bar"),
        element("path", d=_uprights(beats, units + 4, 3), class_="beat"),
        viewBox=f"0 0 {number(10 * strip.seconds)} {height}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _uprights(seconds: Sequence[float], top: float, height: float) -> str:
    return "".join(f"M{10 * second:.0f} {top:g}v{height:g}" for second in seconds)


def _mended(mended: Sequence[Mended], seconds: float) -> Markup | None:
    if not mended:
        return None
    parts = []
    for stretch in mended:
        width = max(100 * (stretch.end - stretch.first) / seconds, 0.15)
        told = f"{stretch.repair}, {clock(stretch.first)}: {REPAIRS.get(stretch.repair, '')}"
        place = f"left:{100 * stretch.first / seconds:.2f}%;width:{width:.2f}%"
        parts.append(element("i", style=place, class_=f"m-{stretch.repair}", title=told))
    return element("div", *parts, class_="mended")


def legend(contents: Contents) -> Markup:
    """What the strips' marks mean, and how much of all frames was mended in each way."""
    units = [
        ("unit", "a unit; its colour stands for the same unit in every dance of the style"),
        ("unit held", "a unit kept out of all training"),
        ("unit none", "between units: the recording goes on"),
        ("unit waits", "the dancer waits"),
        ("k-join", "a join"),
    ]
    marks = [*(units if contents.uses else ()), ("k-bar", "a bar of the music, short: a beat")]
    rows = [join(element("i", class_=f"key {class_}"), element("span", said)) for class_, said in marks]
    for name, share in contents.repaired.items():
        if name != "join":
            said = f"{name}: {REPAIRS.get(name, '')} ({_share(share)} of frames)"
            rows.append(join(element("i", class_=f"key lane m-{name}"), element("span", said)))
    return element("ul", *(element("li", row) for row in rows), class_="legend")


def _share(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.0005 else "under 0.1 %"
