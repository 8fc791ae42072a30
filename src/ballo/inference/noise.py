"""The noise that makes one seed's dance differ from another's: a smooth random walk around zero, of unit variance."""

from __future__ import annotations

import math

import numpy as np


def memory(seconds: float, fps: float) -> float:
    """How much of a frame's noise is left a frame later, for a time constant in seconds."""
    return math.exp(-1 / (seconds * fps)) if seconds > 0 else 0.0


def wander(white: np.ndarray, memory: float, before: np.ndarray | None) -> np.ndarray:
    """White noise (T, ...) to a first-order autoregressive process (T, ...) of unit variance.

    Args:
        before: the frame (...) before the first, or None to start from the process's own distribution.
    """
    fresh = math.sqrt(1 - memory**2)
    walk = np.empty_like(white)
    for t, step in enumerate(white):
        before = step if before is None else memory * before + fresh * step
        walk[t] = before
    return walk


class NoiseStream:
    """A seed's noise, drawn chunk by chunk: the same numbers however it is cut."""

    def __init__(self, seed: int, size: int, seconds: float, fps: float) -> None:
        self._draw = np.random.Generator(np.random.PCG64(seed))
        self._size, self._memory = size, memory(seconds, fps)
        self._before: np.ndarray | None = None

    def take(self, frames: int) -> np.ndarray:
        """The next (frames, size) float32."""
        white = self._draw.standard_normal((frames, self._size), dtype=np.float32)
        walk = wander(white, self._memory, self._before)
        self._before = walk[-1] if frames else self._before
        return walk
