"""Drawings of feet and music through the bar, of steps through the beat, and of music around steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ballo.metrics.sync import OnsetAgreement
from ballo.music.phase import Agreement
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.svg import Scale, drawing, line, polyline, round_top, text, ticks_x, ticks_y
from ballo.report.timing import Timing

_WIDTH, _LEFT, _RIGHT = 360.0, 34.0, 350.0


def bar(now: Timing | None, before: Timing | None) -> Markup:
    """How fast feet are and how hard they brake through the bar, over how strongly notes begin."""
    known = [found for found in (now, before) if found is not None]
    metre = known[0].metre
    alike = [found for found in known if found.metre == metre]
    x = Scale(0, metre, _LEFT, _RIGHT)
    speeds, brakes = [found.speed for found in alike], [found.braking for found in alike]
    upper = _panel(alike, now, speeds, x, (18.0, 108.0), round_top(max(float(s.max()) for s in speeds)))
    low = min(-0.5, *(float(b.min()) for b in brakes))
    lower = _panel(alike, now, brakes, x, (136.0, 226.0), round_top(max(1.0, *(float(b.max()) for b in brakes))), low)
    beats = [str(beat + 1) for beat in range(metre)]
    return drawing(
        _WIDTH,
        262,
        text(_LEFT, 11, "foot speed, m/s", "head"),
        text(_LEFT, 129, "braking, standard deviations from its mean", "head"),
        upper,
        lower,
        ticks_x(x, list(range(metre)), 226, beats),
        text(_RIGHT, 257, "beat of the bar", "tick", "end"),
        label=f"Foot speed and braking through a bar of {metre} beats, over the music's onset strength",
    )


def _panel(
    alike: Sequence[Timing],
    now: Timing | None,
    curves: Sequence[np.ndarray],
    x: Scale,
    place: tuple[float, float],
    high: float,
    low: float = 0.0,
) -> Markup:
    top, bottom = place
    y = Scale(low, high, bottom, top)
    music = alike[0].music
    heard = Scale(0, max(float(music.max()), 1e-9), bottom, top + 0.35 * (bottom - top))
    outline = [(x(0), bottom), *_wrapped(x, heard, music, alike[0].metre), (x(alike[0].metre), bottom)]
    beats = [line(x(beat), top, x(beat), bottom, "grid") for beat in range(alike[0].metre + 1)]
    lines = [
        polyline(_wrapped(x, y, curve, found.metre), "curve" if found is now else "curve past")
        for found, curve in sorted(zip(alike, curves, strict=True), key=lambda pair: pair[0] is now)
    ]
    marks = [0.0, high] if low == 0 else [0.0, high / 2, high]
    return join(
        polyline(outline, "music", closed=True),
        *beats,
        ticks_y(y, marks, _LEFT, [f"{mark:g}" for mark in marks], _RIGHT),
        *lines,
    )


def _wrapped(x: Scale, y: Scale, values: np.ndarray, metre: int) -> list[tuple[float, float]]:
    """Bins' middles, with the last one before the first and the first one after the last, cut at the bar's ends."""
    bins = len(values)
    around = np.concatenate([values[-1:], values, values[:1]])
    places = (np.arange(-1, bins + 1) + 0.5) / bins * metre
    inside = np.linspace(0, metre, 2 * bins + 1)
    return [(x(float(at)), y(float(value))) for at, value in zip(inside, np.interp(inside, places, around), strict=True)]


def phases(now: Timing | None, before: Timing | None, agreed: Agreement | None, agreed_before: Agreement | None) -> Markup:
    """A rose of where in the beat steps come down, the beat itself at the top; areas are numbers of steps."""
    size, middle, radius = 220.0, 110.0, 80.0
    found = [(when.phases, "past" if when is before else "") for when in (before, now) if when is not None]
    largest = max(math.sqrt(float((counts / max(counts.sum(), 1)).max())) for counts, _ in found)
    parts: list[Markup] = [_circle(middle, radius * share, "grid") for share in (0.5, 1.0)]
    parts += [line(middle, middle - radius, middle, middle + radius, "grid"), line(30, middle, 190, middle, "grid")]
    for counts, class_ in found:
        shares = np.sqrt(counts / max(counts.sum(), 1)) / max(largest, 1e-9) * radius
        parts.append(_rose(shares, middle, f"rose {class_}".strip()))
    for agreement, class_ in ((agreed_before, "arrow past"), (agreed, "arrow")):
        if agreement is not None and agreement.events:
            x, y = _round(middle, radius * agreement.resultant, agreement.phase)
            parts.append(join(line(middle, middle, x, y, class_), element("circle", cx=x, cy=y, r=3.2, class_=f"tip {class_}")))
    names = [(0, "on the beat"), (0.25, "¼"), (0.5, "½ a beat later"), (0.75, "¾")]
    places = [(middle, 18.0, "middle"), (198.0, middle + 4, "start"), (middle, 210.0, "middle"), (22.0, middle + 4, "end")]
    labels = [text(x, y, name, "tick", anchor) for (_, name), (x, y, anchor) in zip(names, places, strict=True)]
    return drawing(size, size, *parts, *labels, label="Where in the beat steps come down")


def _rose(radii: np.ndarray, middle: float, class_: str) -> Markup:
    bins, path = len(radii), ""
    for index, radius in enumerate(radii):
        (x1, y1), (x2, y2) = (_round(middle, float(radius), (index + side) / bins) for side in (-0.5, 0.5))
        path += f"{'L' if path else 'M'}{x1:.1f} {y1:.1f}A{radius:.1f} {radius:.1f} 0 0 1 {x2:.1f} {y2:.1f}"
    return element("path", d=f"{path}Z", class_=class_)


def _round(middle: float, radius: float, turns: float) -> tuple[float, float]:
    return middle + radius * math.sin(2 * math.pi * turns), middle - radius * math.cos(2 * math.pi * turns)


def _circle(middle: float, radius: float, class_: str) -> Markup:
    return element("circle", cx=middle, cy=middle, r=radius, class_=class_)


def around_steps(now: OnsetAgreement | None, before: OnsetAgreement | None) -> Markup:
    """How strongly notes begin in the music, from half a beat before a step to half a beat after it."""
    known = [found for found in (before, now) if found is not None and found.events]
    x = Scale(-0.5, float(known[0].lags[-1]) if known else 0.5, _LEFT, _RIGHT)
    reach = max([0.2, *(float(np.abs(found.curve - 1).max()) for found in known)]) * 1.05
    y = Scale(1 - reach, 1 + reach, 148, 18)
    step = 0.1 if reach < 0.3 else 0.25 if reach < 0.8 else 0.5
    marks = [1 + step * k for k in range(-8, 9) if abs(step * k) <= reach]
    curves = [
        polyline(
            [(x(float(at)), y(float(value))) for at, value in zip(found.lags, found.curve, strict=True)],
            "curve" if found is now else "curve past",
        )
        for found in known
    ]
    return drawing(
        _WIDTH,
        182,
        text(_LEFT, 11, "onset strength, the song’s mean being 1", "head"),
        ticks_y(y, marks, _LEFT, [f"{mark:g}" for mark in marks], _RIGHT),
        ticks_x(x, [-0.5, -0.25, 0, 0.25], 148, ["−½", "−¼", "step", "¼"], 18),
        text(_RIGHT, 180, "beats after a step", "tick", "end"),
        *curves,
        label="Onset strength of the music around steps",
    )
