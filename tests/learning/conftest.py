"""A small archive of planted dances to noise, and the smoke config's networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ballo.dataset import archive, splits
from ballo.dataset.archive import Archive, Entry
from ballo.learning import config
from ballo.learning.models.music import Generator
from ballo.learning.phases import MusicConfig, make_generator
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

CONFIGS = Path(__file__).parents[2] / "configs"
FRAMES = 150


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory: pytest.TempPathFactory, planted: Callable[[np.ndarray], np.ndarray]) -> Archive:
    """Three train dances and a validation dance, three styles."""
    rows = [("DANCE_C_2", "cha-cha", "train"), ("DANCE_R_2", "rumba", "train"), ("DANCE_W_4", "waltz", "train")]
    entries = [_entry(k, *row, planted) for k, row in enumerate([*rows, ("DANCE_W_1", "waltz", "val")])]
    folder = tmp_path_factory.mktemp("archives") / "small"
    return archive.write(folder, entries, splits.shipped(), {}, [])


def _entry(number: int, name: str, style: str, split: str, planted: Callable[[np.ndarray], np.ndarray]) -> Entry:
    positions = planted(np.arange(FRAMES) + 40.0 * number)
    motion = Motion.from_positions(DANCER, positions, 25.0)
    samples = np.random.default_rng(number).normal(scale=0.1, size=(FRAMES * 640 + 2 * 16_000)).astype(np.float32)
    return Entry(name, style, split, motion, ((0, FRAMES),), samples, {})


@pytest.fixture(scope="session")
def smoke() -> MusicConfig:
    """configs/smoke.toml."""
    return config.read(CONFIGS / "smoke.toml", MusicConfig)


@pytest.fixture
def generator(small_archive: Archive, smoke: MusicConfig) -> Generator:
    """A fresh one, always the same."""
    torch.manual_seed(0)
    return make_generator(small_archive, smoke)


@pytest.fixture(autouse=True, scope="session")
def quick_arithmetic() -> None:
    """As `runs.train_music` sets it; and one thread, since tests run side by side."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
