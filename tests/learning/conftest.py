"""Configs laid over each other, and phases small enough for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ballo.dataset.archive import Archive
from ballo.learning import config, phases
from ballo.learning.phases.music import MusicConfig
from ballo.learning.shard import Shard

CONFIGS = Path(__file__).parents[2] / "configs"
SMALL = {"poses": {"batches": {"size": 6}}}
WINDOWS = {"batches": {"size": 3, "frames": 12, "warm_up_frames": 4, "begin_share": 0.0}}


@pytest.fixture(scope="session")
def configured() -> Callable[..., Any]:
    """Reads a phase's config: files of configs/ in order, its smoke sizes over them, then tables."""

    def read(name: str, *files: str, over: dict[str, Any] | None = None, **tables: dict[str, Any]) -> Any:
        layers = [config.from_file(CONFIGS / f"{file}.toml") for file in (*files, f"smoke/{name}")]
        small = SMALL.get(name, WINDOWS)
        layers += [config.Layer(table, "a test") for table in (small, over or {}, tables)]
        return config.layered(phases.KINDS[name].config, layers)

    return read


@pytest.fixture(scope="session")
def begun(small_archive: Archive, configured: Callable[..., Any]) -> Callable[..., Any]:
    """Builds a phase of `small_archive` as `configured` reads it."""

    def build(name: str, *files: str, archive: Archive | None = None, start_from: Path | None = None, **tables: Any) -> Any:
        settings = configured(name, *files, **tables)
        return phases.build(name, archive or small_archive, settings, torch.device("cpu"), Shard(), start_from)

    return build


@pytest.fixture(scope="session")
def smoke(configured: Callable[..., Any]) -> MusicConfig:
    """The music phase at its smoke sizes."""
    settings: MusicConfig = configured("music")
    return settings


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tests run side by side."""
    torch.set_num_threads(1)
