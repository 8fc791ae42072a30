"""Which styles look like which: a square a dancer, by the classifier that learnt on real dances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ballo.errors import BalloError
from ballo.evaluation.measures import TooFew, style
from ballo.evaluation.page.choices import Look, called
from ballo.metrics.style import StyleAccuracy
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.svg import drawing, text, titled

_CELL, _LEFT, _TOP = 46.0, 62.0, 22.0


def confusions(look: Look) -> Markup | None:
    """A confusion matrix for the real dances and for everybody who was named; None where nobody can be judged."""
    drawn = []
    for row in look.dancers:
        try:
            said = style.confusion(row.danced)
        except (TooFew, BalloError):
            continue
        drawn.append(_square(look, called(row), said, style.classifier_of(row.danced[0].context).classes))
    return element("div", *drawn, class_="grid squares") if drawn else None


def _square(look: Look, name: str, said: StyleAccuracy, classes: Sequence[str]) -> Markup:
    asked = [k for k in range(len(classes)) if said.confusion[k].sum()]
    heads = [text(_LEFT + _CELL * (k + 0.5), _TOP - 7, style, "tick", "middle") for k, style in enumerate(classes)]
    lines = [_line(look, said.confusion[k], classes, k, _TOP + _CELL * place) for place, k in enumerate(asked)]
    picture = drawing(
        _LEFT + _CELL * len(classes) + 2,
        _TOP + _CELL * len(asked) + 2,
        *heads,
        *lines,
        label=f"Styles that {name} is taken for",
    )
    caption = (element("b", name), f", {100 * said.mean_over_styles:.0f} %, the mean over styles, of {said.clips} clips")
    return element("figure", element("figcaption", *caption), picture)


def _line(look: Look, counts: np.ndarray, classes: Sequence[str], asked: int, top: float) -> Markup:
    style, total = classes[asked], float(counts.sum())
    parts = [text(_LEFT - 7, top + _CELL / 2 + 4, style, "name", "end")]
    for k, count in enumerate(counts.tolist()):
        share, x = count / total, _LEFT + _CELL * k
        told = f"{style} taken for {classes[k]}: {count:.0f} of {total:.0f} clips"
        shade = element(
            "rect",
            titled(told),
            x=x,
            y=top,
            width=_CELL - 2,
            height=_CELL - 2,
            class_="share",
            fill_opacity=round(0.05 + 0.95 * share, 3),
        )
        dark = "on" if share > 0.5 else "off"
        number = text(x + _CELL / 2 - 1, top + _CELL / 2 + 3, f"{100 * share:.0f}", f"in {dark}", "middle") if count else None
        parts.append(join(shade, number))
    return element("g", *parts, class_=look.colours.get(style))
