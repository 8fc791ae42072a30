"""Where on the floor a dance may go: on the spot, or on a stage that it does not leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ballo.errors import BalloError

EDGE_METRES = 0.6
"""The pelvis stays so far inside a stage, which is a step: feet stay on it too, but for the longest steps."""

SMALLEST_METRES = 2.0
"""A stage is at least so wide and so deep."""

SWAY_SECONDS = 0.5
"""On the spot a dancer comes back to it so fast ..."""

SWAY_METRES = 0.2
"""... and never goes farther from it."""

DRAWN_METRES_PER_SECOND = 1.2
"""How fast a dancer near an edge is drawn to the middle of a stage while no foot stands."""

FREE_METRES_PER_SECOND = 0.2
"""No foot stands where the slower one goes faster than this, or so; half of the pull is felt at this."""

_UNDRAWN = 0.15
_UNSLOWED = 0.6


def stage(text: str) -> tuple[float, float]:
    """ "4x4" or "4x2.5", metres, as (width, depth).

    Raises:
        BalloError: it says no such thing, or a stage on which nobody can dance.
    """
    sides = text.lower().split("x")
    try:
        width, depth = (float(side) for side in sides)
    except ValueError:
        raise BalloError(f"--bounds {text}: give width and depth in metres, as in 4x4") from None
    check(width, depth)
    return width, depth


def check(width: float, depth: float) -> None:
    """Refuse a stage on which nobody can dance (BalloError)."""
    if not (math.isfinite(width) and math.isfinite(depth)):
        raise BalloError(f"--bounds {width:g}x{depth:g}: give width and depth in metres, as in 4x4")
    if min(width, depth) < SMALLEST_METRES:
        raise BalloError(
            f"--bounds {width:g}x{depth:g}: a stage is at least {SMALLEST_METRES:g} m wide and deep; --in-place needs no room"
        )


@dataclass
class OnTheSpot:
    """Takes travel out of a root as it comes, and leaves its sway about the place of its first frame."""

    fps: float
    _before: np.ndarray | None = None
    _place: np.ndarray | None = None
    _sway: complex = 0j

    def __call__(self, local_wxyz: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(T, J, 4) and (T, 3) metres, the next frames."""
        path = root[:, [0, 2]]
        if self._before is None or self._place is None:
            self._before = self._place = path[0]
        steps = np.diff(np.concatenate([self._before[None], path]), axis=0)
        kept, sway, swayed = math.exp(-1 / (SWAY_SECONDS * self.fps)), self._sway, []
        for step in (steps[:, 0] + 1j * steps[:, 1]).tolist():
            sway = kept * (sway + step)
            swayed.append(sway)
        self._before, self._sway = path[-1], sway
        found = np.array(swayed)
        size = np.abs(found) / SWAY_METRES
        found = found * np.where(size > 1e-6, np.tanh(size) / np.maximum(size, 1e-6), 1.0)
        placed = root.copy()
        placed[:, 0], placed[:, 2] = self._place[0] + found.real, self._place[1] + found.imag
        return local_wxyz, placed


@dataclass
class OnStage:
    """Keeps a dance, as it comes, on a stage around the place of its first frame.

    She is drawn to the middle while no foot stands, between two steps, where that does not show: her steps outwards come out
    shorter, those inwards longer. What leads on to an edge all the same gets slower the nearer it is, and no step crosses it.
    """

    fps: float
    width: float
    depth: float
    _before: complex | None = None
    _middle: complex = 0j
    _at: complex = 0j

    def __call__(self, local_wxyz: np.ndarray, root: np.ndarray, feet_speed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(T, J, 4) and (T, 3) metres, the next frames; `feet_speed` (T,) metres a second of the slower foot."""
        path = (root[:, 0] + 1j * root[:, 2]).tolist()
        if self._before is None:
            self._before = self._middle = path[0]
        free = (feet_speed**2 / (feet_speed**2 + FREE_METRES_PER_SECOND**2)).tolist()
        placed = np.array([self._step(here, share) for here, share in zip(path, free, strict=True)]) + self._middle
        moved = root.copy()
        moved[:, 0], moved[:, 2] = placed.real, placed.imag
        return local_wxyz, moved

    def _step(self, here: complex, free: float) -> complex:
        """One frame: where she comes, about the middle."""
        assert self._before is not None, "set with the first frame"
        step, self._before = here - self._before, here
        room = self.width / 2 - EDGE_METRES, self.depth / 2 - EDGE_METRES
        out = max(abs(self._at.real) / room[0], abs(self._at.imag) / room[1])
        if out > _UNDRAWN:
            step -= free * DRAWN_METRES_PER_SECOND / self.fps * (out - _UNDRAWN) / (1 - _UNDRAWN) * self._at / abs(self._at)
        self._at = complex(_slowed(self._at.real, step.real, room[0]), _slowed(self._at.imag, step.imag, room[1]))
        return self._at


def _slowed(at: float, step: float, room: float) -> float:
    """Where a step leads along one side of the stage: outwards it is the shorter, the nearer the edge is."""
    if at * step > 0:
        step *= min(1.0, max(0.0, (1 - abs(at) / room) / (1 - _UNSLOWED)))
    return min(room, max(-room, at + step))
