"""Learning rates over a run, as a share of the rate at its start. They follow from the step alone, so a resumed run has none to
restore."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Schedule = Literal["cosine", "steps", "constant"]


def cosine(step: int, steps: int, final_share: float) -> float:
    """From 1 at the first step down to `final_share` at the last, along half a cosine (Loshchilov and Hutter 2017)."""
    return final_share + (1 - final_share) * (1 + math.cos(math.pi * min(step / steps, 1.0))) / 2


def by_milestones(step: int, milestones: Sequence[int], factor: float) -> float:
    """`factor` to the power of the milestones that `step` (the number of steps already made) has reached."""
    reached = sum(step >= milestone for milestone in milestones)
    return float(factor**reached)
