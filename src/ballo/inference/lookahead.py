"""Work on frames as they come that has to look ahead: each frame is worked on once those after it are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Frames = dict[str, np.ndarray]
"""Consecutive frames of several arrays, T first."""


class Stage:
    """A function of frames with `reach` more to either side; beyond both ends of it all the first and last are repeated."""

    def __init__(self, reach: int, run: Callable[[Frames], Frames]) -> None:
        self.reach, self._run = reach, run
        self._waiting: Frames | None = None

    def push(self, frames: Frames | None, last: bool) -> Frames | None:
        """What is ready once these have come, None if nothing is."""
        if frames is not None:
            if self._waiting is None:
                self._waiting = {name: values[:1].repeat(self.reach, axis=0) for name, values in frames.items()}
            self._waiting = {name: np.concatenate([self._waiting[name], values]) for name, values in frames.items()}
        if self._waiting is None:
            return None
        if last:
            ends = {name: values[-1:].repeat(self.reach, axis=0) for name, values in self._waiting.items()}
            self._waiting = {name: np.concatenate([values, ends[name]]) for name, values in self._waiting.items()}
        ready = len(next(iter(self._waiting.values()))) - 2 * self.reach
        if ready < 1:
            return None
        made = self._run(self._waiting)
        self._waiting = {name: values[ready:] for name, values in self._waiting.items()}
        return made


def push(stages: Sequence[Stage], frames: Frames | None, last: bool) -> Frames | None:
    """Frames through one stage after another; what comes out at the end, None if nothing does."""
    for stage in stages:
        frames = stage.push(frames, last)
    return frames


def middle(frames: Frames, reach: int) -> Frames:
    """Frames without `reach` to either side."""
    return {name: values[reach : len(values) - reach] for name, values in frames.items()}
