"""What is measured of dances beside the real ones, in the order of the tables: a file a family."""

from __future__ import annotations

from ballo.evaluation.measures import standing
from ballo.evaluation.measures.measure import Measure, TooFew

MEASURES: tuple[Measure, ...] = standing.MEASURES

__all__ = ["MEASURES", "Measure", "TooFew"]
