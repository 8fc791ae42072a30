"""What a number says beside the real dances' and beside those of dances that were spoilt on purpose."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from ballo.evaluation.measures import Measure
from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE
from ballo.evaluation.row import Figure, Row

Verdict = Literal["as real", "worst", ""]
"""As good as the real dances; worse than every control; neither, or nobody knows."""

SIGNIFICANT = 0.05
"""A chance under this is taken for none."""

FEWEST_CONTROLS = 3
"""Who is worse than one or two controls alone is not told so."""


def verdict(measure: Measure, figure: Figure, real: Figure | None, controls: Sequence[Figure]) -> Verdict:
    """What to say of a figure.

    Args:
        real: of the real dances, where they have one.
        controls: of what was made of them.
    """
    if real is None or not math.isfinite(figure.value):
        return ""
    if as_good(measure, figure, real):
        return "as real"
    if is_chance(measure):
        return ""
    others = [off(measure, each.value, real.value) for each in controls if math.isfinite(each.value)]
    mine = off(measure, figure.value, real.value)
    return "worst" if len(others) >= FEWEST_CONTROLS and mine > max(others) else ""


def as_good(measure: Measure, figure: Figure, real: Figure) -> bool:
    """Whether a figure lies within what the real dances' interval holds, or beyond it where that is better.

    Of ratios to the real dances, whose interval is a point, the figure's own interval must hold 1. A chance must be under
    `SIGNIFICANT`, whatever that of the real dances. Nobody is told so where the real dances have 0 because they are what is
    compared with.
    """
    if is_chance(measure):
        return figure.value < SIGNIFICANT
    if not (math.isfinite(figure.value) and math.isfinite(real.value)) or (measure.better == LESS and real.value == 0):
        return False
    if measure.better == NEAR_ONE and figure.interval is not None:
        return figure.interval.low <= 1 <= figure.interval.high
    low, high = ends(real) or (real.value, real.value)
    if measure.better == LESS:
        return figure.value <= high
    return figure.value >= low if measure.better == MORE else low <= figure.value <= high


def is_chance(measure: Measure) -> bool:
    """Whether a measure is how often chance does as well: of two such numbers over `SIGNIFICANT` neither is the better."""
    return measure.better == LESS and not measure.interval


def off(measure: Measure, value: float, real: float) -> float:
    """How far a value is from the best; the less the better, infinitely far where nobody knows."""
    found = {LESS: value, MORE: -value, NEAR_ONE: abs(value - 1)}.get(measure.better, abs(value - real))
    return found if math.isfinite(found) else math.inf


def ends(figure: Figure) -> tuple[float, float] | None:
    """The ends of a figure's interval, if it has any."""
    found = figure.interval
    return (found.low, found.high) if found is not None and math.isfinite(found.low) else None


def passing(
    measure: Measure, rows: Sequence[Row], figures: Callable[[Row], Mapping[str, Figure]], real: Figure | None
) -> list[Row]:
    """The rows that score as well as the real dances: a measure cannot tell these from them.

    Args:
        figures: those of a row, by the names of measures.
    """
    if real is None or (is_chance(measure) and not real.value < SIGNIFICANT):
        return []
    return [row for row in rows if measure.name in figures(row) and as_good(measure, figures(row)[measure.name], real)]
