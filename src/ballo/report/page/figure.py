"""Drawings of mean figures: from the front, from the side, and one that turns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from ballo.report.page.markup import Markup, element, join
from ballo.report.page.svg import drawing, line, polyline, text
from ballo.report.poses import MeanFigure

_SIZE, _SCALE, _FLOOR = 300.0, 150.0, 282.0
_THREE_QUARTERS = 0.6


def views(figures: Sequence[MeanFigure], parents: Sequence[int], classes: Mapping[str, str]) -> list[Markup]:
    """From the front (her left is on the right) and from her left side (she faces right), a style over another."""
    return [
        _view(figures, parents, classes, 0, "from the front"),
        _view(figures, parents, classes, 2, "from her left"),
    ]


def _view(figures: Sequence[MeanFigure], parents: Sequence[int], classes: Mapping[str, str], axis: int, said: str) -> Markup:
    parts = [line(20, _FLOOR, _SIZE - 20, _FLOOR, "axis"), text(20, 14, said, "head")]
    for figure in figures:
        x, y = _SIZE / 2 + _SCALE * figure.mean[:, axis], _FLOOR - _SCALE * figure.mean[:, 1]
        spread = [
            element(
                "ellipse",
                cx=float(x[joint]),
                cy=float(y[joint]),
                rx=float(_SCALE * figure.spread[joint, axis]),
                ry=float(_SCALE * figure.spread[joint, 1]),
                class_="spread",
            )
            for joint in range(len(parents))
        ]
        parts.append(element("g", *(spread if len(figures) == 1 else ()), _bones(x, y, parents), class_=classes[figure.style]))
    return drawing(_SIZE, _SIZE, *parts, label=f"The mean figure {said}")


def _bones(x: np.ndarray, y: np.ndarray, parents: Sequence[int]) -> Markup:
    pairs = ((joint, parent) for joint, parent in enumerate(parents) if parent >= 0)
    return join(*(polyline([(float(x[a]), float(y[a])), (float(x[b]), float(y[b]))], "bone") for a, b in pairs))


def turning(figures: Sequence[MeanFigure], parents: Sequence[int], classes: Mapping[str, str]) -> Markup:
    """A figure that a pointer turns, drawn at three quarters until then; buttons choose the style."""
    chosen = figures[0]
    cosine, sine = np.cos(_THREE_QUARTERS), np.sin(_THREE_QUARTERS)
    x = _SIZE / 2 + _SCALE * (chosen.mean[:, 0] * cosine + chosen.mean[:, 2] * sine)
    y = _FLOOR - _SCALE * chosen.mean[:, 1]
    data = {
        "parents": list(parents),
        "styles": [
            {"style": figure.style, "class": classes[figure.style], "mean": figure.mean.round(4).tolist()} for figure in figures
        ],
    }
    # Nothing in a script is escaped by HTML, so what could end the script is by JSON.
    written = Markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))
    buttons = [
        element("button", figure.style, type="button", class_=classes[figure.style], aria_pressed=str(figure is chosen).lower())
        for figure in figures
    ]
    picture = drawing(
        _SIZE,
        _SIZE,
        element("g", class_="floor"),
        element("g", _bones(x, y, parents), class_=f"body {classes[chosen.style]}"),
        text(20, 14, "turn it: drag, or arrow keys", "head"),
        label="The mean figure, to turn",
        class_="turning",
    )
    return element(
        "div",
        picture,
        element("div", *buttons, class_="buttons") if len(figures) > 1 else None,
        element("script", written, type="application/json"),
        class_="figure3d",
        tabindex="0",
    )
