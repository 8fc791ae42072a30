"""What is measured of dances beside the real ones, in the order of the tables: a file a family."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ballo.evaluation.measures import novelty, physics, realism, style, syntax, timing
from ballo.evaluation.measures.measure import Measure, TooFew

MEASURES: tuple[Measure, ...] = (
    *(replace(each, of_halves=partial(realism.halves, name=each.name)) for each in realism.MEASURES),
    *style.MEASURES,
    *timing.MEASURES,
    *physics.MEASURES,
    *novelty.MEASURES,
    *syntax.MEASURES,
)

__all__ = ["MEASURES", "Measure", "TooFew"]
