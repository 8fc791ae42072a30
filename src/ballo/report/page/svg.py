"""Small drawings: scales, axes, lines, bars. Colours are left to the page's style sheet, by class."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ballo.report.page.markup import Markup, element, join, number


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` to places from `start` to `end`; by their logarithm if `log`. What is outside is clipped."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where a value is."""
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        at = math.log(max(value, self.low)) if self.log else value
        share = (at - low) / (high - low) if high > low else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def drawing(width: float, height: float, *children: object, label: str, class_: str | None = None) -> Markup:
    """A drawing of its own, as wide as it is given or as there is room; `label` is what it shows, in words."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {number(width)} {number(height)}",
        style=f"max-width:{number(width)}px",
        role="img",
        aria_label=label,
        class_=class_,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("path", d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", class_=class_)


def polyline(points: Iterable[tuple[float, float]], class_: str, closed: bool = False) -> Markup:
    """A line through points."""
    path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{path}{'Z' if closed else ''}", class_=class_)


def text(x: float, y: float, content: object, class_: str = "", anchor: str | None = None) -> Markup:
    """A word; its anchor is start (by default), middle or end."""
    return element("text", content, x=float(x), y=float(y), class_=class_ or None, text_anchor=anchor)


def dot(x: float, y: float, radius: float, class_: str, title: str | None = None) -> Markup:
    """A dot that says what it is to a pointer."""
    return element("circle", titled(title), cx=float(x), cy=float(y), r=float(radius), class_=class_)


def rectangle(x: float, y: float, width: float, height: float, class_: str, title: str | None = None) -> Markup:
    """A rectangle that says what it is to a pointer."""
    return element(
        "rect", titled(title), x=float(x), y=float(y), width=float(max(width, 0)), height=float(max(height, 0)), class_=class_
    )


def titled(title: str | None) -> Markup | None:
    """What a pointer is told."""
    return element("title", title) if title else None


def ticks_x(scale: Scale, values: Sequence[float], y: float, labels: Sequence[str], top: float | None = None) -> Markup:
    """Ticks along the bottom with a label each, and lines up to `top` if there is one."""
    parts = []
    for value, label in zip(values, labels, strict=True):
        x = scale(value)
        if top is not None:
            parts.append(line(x, top, x, y, "grid"))
        parts += [line(x, y, x, y + 4, "axis"), text(x, y + 15, label, "tick", "middle")]
    return join(*parts)


def ticks_y(scale: Scale, values: Sequence[float], x: float, labels: Sequence[str], right: float) -> Markup:
    """Lines across from x to `right`, with a label each at the left."""
    lines = (
        join(line(x, scale(v), right, scale(v), "grid"), text(x - 5, scale(v) + 3.5, label, "tick", "end"))
        for v, label in zip(values, labels, strict=True)
    )
    return join(*lines)


def round_top(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 5, 7.5 times a power of ten that is no less than a value."""
    if not value > 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 5, 7.5, 10) if step * power >= value * (1 - 1e-9))
