"""The smoke config and its networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ballo.dataset.archive import Archive
from ballo.learning import config
from ballo.learning.models.music import Generator
from ballo.learning.phases import MusicConfig, make_generator

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def smoke() -> MusicConfig:
    """configs/smoke.toml."""
    return config.read(CONFIGS / "smoke.toml", MusicConfig)


@pytest.fixture
def generator(small_archive: Archive, smoke: MusicConfig) -> Generator:
    """A fresh one, always the same."""
    torch.manual_seed(0)
    return make_generator(small_archive, smoke)


@pytest.fixture(autouse=True)
def quick_arithmetic() -> Iterator[None]:
    """As `runs.train_music` sets it, for these tests alone; and one thread, since tests run side by side."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    yield
    torch.set_flush_denormal(False)
