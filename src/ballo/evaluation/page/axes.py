"""Axes with round marks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ballo.report.page.svg import Scale

_SKEWED = 10.0  # where the greatest is so many times the median, an axis is logarithmic
_DEEPEST = 100.0  # so many times under the median it ends


def linear(values: Sequence[float], start: float, end: float) -> tuple[Scale, list[float]]:
    """A scale of all values, from 0 unless they are far from it, with its marks."""
    low, high = min(values), max(values)
    low, high = (0.0 if 0 < low < 0.6 * high else low), (0.0 if 0.6 * low < high < 0 else high)
    high = high if high or low else 1.0
    step = _step((high - low) or abs(high))
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    marks = [round(k * step, 9) + 0.0 for k in range(first, last + 1)]
    return Scale(marks[0], marks[-1], start, end), marks


def fitting(values: Sequence[float], start: float, end: float) -> tuple[Scale, list[float]]:
    """A linear scale, or a logarithmic one of values most of which are far under the greatest."""
    middle, high = float(np.median(values)), max(values)
    if not (min(values) >= 0 and middle > 0 and high > _SKEWED * middle):
        return linear(values, start, end)
    low = max(min(value for value in values if value > 0), middle / _DEEPEST)
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return Scale(10.0**first, 10.0**last, start, end, log=True), [10.0**power for power in range(first, last + 1)]


def marked(mark: float) -> str:
    """A mark's label."""
    return f"{mark:g}"


def _step(span: float) -> float:
    """A round distance of which two to five make a span."""
    power = 10.0 ** math.floor(math.log10(span / 3))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if span / (factor * power) <= 4.5)
