"""Run folders: what `ballo train` begins and resumes, and what `ballo pack` reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import checkpoint, config
from ballo.learning.engine import Engine, Progress
from ballo.learning.models.music import Generator
from ballo.learning.phases import MusicConfig, MusicPhase, make_generator


@dataclass(frozen=True)
class Trained:
    """What came out of a run: a generator, whether it is the averaged one or the last step's, and the checkpoint's header."""

    generator: Generator
    averaged: bool
    config: MusicConfig
    archive: Archive
    header: dict[str, Any]


def train_music(
    archive: Path, folder: Path, config_file: Path | None, resume: bool, report: Callable[[Progress], None]
) -> None:
    """Train the music phase in `folder`, from the start or from its checkpoint.

    Raises:
        DataError: no such archive or config, a folder that already holds a run (or none to resume), or divergence.
    """
    begun = (folder / checkpoint.FILE).exists()
    if begun and not resume:
        raise DataError(f"{folder} already holds a run: add --resume to go on with it, or name another folder")
    if resume and config_file is not None:
        raise DataError("a resumed run keeps its config: leave out --config")
    opened = Archive.open(archive)
    if resume:
        saved = checkpoint.load(folder).header
        if saved["manifest_sha256"] != opened.manifest_sha256:
            raise DataError(f"{folder} was trained on another archive than {archive}: resume with the one it began with")
        settings = config.build(MusicConfig, saved["config"], str(folder))
    else:
        settings = config.read(config_file, MusicConfig) if config_file else MusicConfig()
    folder.mkdir(parents=True, exist_ok=True)
    with _denormals_flushed():
        phase = MusicPhase(opened, settings, device())
        engine = Engine(phase, settings.engine, folder)
        if resume:
            engine.resume()
        (folder / "config.json").write_text(json.dumps(phase.describe(), indent=1) + "\n", encoding="utf-8")
        engine.train(report)


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Gradients through time can fade into numbers too small for a CPU's fast path: then an unflushed step was seen to take
    ten times as long. On fresh weights (`python -m benchmarks training`) there is little to gain.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def load_music(folder: Path, archive: Path | None = None, averaged: bool = True) -> Trained:
    """The generator of a run.

    Args:
        averaged: over the steps, or as the last step left it.
        archive: where the run's archive lies now, if not where it was trained from.

    Raises:
        DataError: no run, a damaged one, or its archive is gone or another one.
    """
    saved = checkpoint.load(folder)
    opened = Archive.open(archive or Path(saved.header["archive"]))
    if opened.manifest_sha256 != saved.header["manifest_sha256"]:
        raise DataError(f"{opened.path} is not the archive that {folder} was trained on: name it with --archive")
    settings = config.build(MusicConfig, saved.header["config"], str(folder))
    generator = make_generator(opened, settings)
    generator.load_state_dict(saved.part("average" if averaged else "generator"))
    return Trained(generator.eval(), averaged, settings, opened, dict(saved.header))


def device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
