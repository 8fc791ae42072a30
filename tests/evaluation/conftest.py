"""Songs to be danced, and dancers of whom all is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ballo.evaluation.songs import Staged
from ballo.motion.skeleton import DANCER


@pytest.fixture
def staged(planted: Callable[[np.ndarray], np.ndarray]) -> Callable[..., Staged]:
    """A song of 200 frames with a real dance that starts anywhere; no sound goes with it."""

    def make(name: str = "one", style: str = "waltz", start: float = 0.0, pace: float = 2.6, **more) -> Staged:
        real = planted(start + pace * np.arange(200)).astype(np.float32)
        given = {"keep": np.ones(200, dtype=bool), "joins": np.zeros(0), "beats": np.arange(20) * 0.5} | more
        return Staged(name, style, DANCER, 25.0, real, file=Path(f"{name}.wav"), **given)

    return make
