"""Run folders: what `ballo train` begins and resumes, and what `ballo pack` reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import nn

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import checkpoint, config, phases
from ballo.learning import folder as run_folder
from ballo.learning.checkpoint import Checkpoint
from ballo.learning.engine import Engine, EngineConfig, Progress
from ballo.learning.interrupts import StopSignals
from ballo.learning.processes import Device, Processes, accelerator
from ballo.learning.shard import Shard

Weights = Literal["average", "last", "best"]


@dataclass(frozen=True)
class Options:
    """How `train` goes about it.

    Args:
        configs: TOML files, each over those before it.
        changes: "engine.steps=100", over them.
        resume: go on from the folder's checkpoint; of the config only the engine's changes are taken then.
        device: "auto" is a GPU where there is one.
        start_from: the folder of a run of an earlier phase, whose decoder this one begins with.
        report: called after each step.
        say: called with lines that a person should see.
    """

    configs: Sequence[Path] = ()
    changes: Sequence[str] = ()
    resume: bool = False
    device: Device = "auto"
    start_from: Path | None = None
    report: Callable[[Progress], None] = lambda progress: None
    say: Callable[[str], None] = lambda line: None


@dataclass(frozen=True)
class Trained:
    """What came out of a run: a generator, which of its weights they are, and the checkpoint's header."""

    kind: str
    generator: nn.Module
    config: Any
    archive: Archive
    header: dict[str, Any]
    weights: Weights


@dataclass(frozen=True)
class _Plan:
    """A run about to go: what it is, and the checkpoint to go on from, if any."""

    archive: Archive
    settings: Any
    saved: Checkpoint | None
    start_from: Path | None

    @property
    def engine(self) -> EngineConfig:
        engine: EngineConfig = self.settings.engine
        return engine


def train(kind: str, archive: Path, folder: Path, options: Options) -> None:
    """Train a phase ("poses", "sequences", "music", "melody", "style") in `folder`, from the start or from its checkpoint.

    Under torchrun every process calls it alike. Ctrl-C and SIGTERM end it after the step they come in.

    Raises:
        DataError: no such archive or config, a folder that already holds a run (or none to resume) or is in use, a
            checkpoint of another phase, archive or architecture, no GPU where one was asked for, or divergence.
        ExportError: the disk refused; the checkpoints before stay.
        Interrupted: it was asked to stop, and has saved.
    """
    accelerator(options.device)
    plan = _resumed(kind, archive, folder, options) if options.resume else _begun(kind, archive, folder, options)
    with ExitStack() as stack:
        stack.enter_context(_denormals_flushed())
        processes = stack.enter_context(Processes(options.device, plan.engine.precision))
        processes.first(lambda: stack.enter_context(run_folder.held(folder)))
        torch.manual_seed(plan.engine.seed)
        shard = Shard(processes.rank, processes.count)
        phase = phases.build(kind, plan.archive, plan.settings, processes.device, shard, start_from=plan.start_from)
        started = {"start_from": str(plan.start_from) if plan.start_from else None}
        engine = Engine(phase, plan.engine, folder, processes, {**started, "processes": processes.count})
        if plan.saved:
            engine.resume(plan.saved)
        described = {**phase.describe(), **started, "processes": processes.count, "device": str(processes.device)}
        processes.first(lambda: run_folder.write_config(folder, plan.settings, described))
        signals = stack.enter_context(StopSignals())
        _train_within_memory(engine, options.report, signals)


def _train_within_memory(engine: Engine, report: Callable[[Progress], None], signals: StopSignals) -> None:
    try:
        engine.train(report, signals.asked)
    except torch.OutOfMemoryError as error:
        raise DataError(
            f"out of memory at step {engine.step + 1}: lower batches.size, and raise engine.accumulate to keep the batch"
        ) from error


def _begun(kind: str, archive: Path, folder: Path, options: Options) -> _Plan:
    if checkpoint.exists(folder):
        raise DataError(f"{folder} already holds a run: add --resume to go on with it, or name another folder")
    opened = Archive.open(archive)
    layers = [config.from_file(path) for path in options.configs] + [config.from_change(change) for change in options.changes]
    return _Plan(opened, config.layered(phases.KINDS[kind].config, layers), None, options.start_from)


def _resumed(kind: str, archive: Path, folder: Path, options: Options) -> _Plan:
    if options.configs or options.start_from:
        raise DataError("a resumed run keeps its config and its beginnings: leave out --config and --start-from")
    saved = checkpoint.load(folder, options.say)
    found = saved.header.get("phase")
    if found != kind:
        raise DataError(f"{folder} holds a run of the phase {found}, not {kind}: ballo train {found} ... --resume")
    opened = Archive.open(archive)
    if saved.header["manifest_sha256"] != opened.manifest_sha256:
        raise DataError(f"{folder} was trained on another archive than {archive}: resume with the one it began with")
    run_folder.refuse_edited(folder, saved)
    kept = config.Layer(saved.header["config"], str(saved.path))
    changes = [config.from_change(change) for change in options.changes]
    if any(set(change.table) != {"engine"} for change in changes):
        raise DataError("a resumed run keeps its networks, losses and batches: --set may only change engine values")
    start_from = saved.header.get("start_from")
    settings = config.layered(phases.KINDS[kind].config, [kept, *changes])
    return _Plan(opened, settings, saved, Path(start_from) if start_from else None)


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


def load(
    folder: Path,
    archive: Path | None = None,
    weights: Weights = "average",
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """The generator of a run.

    Args:
        folder: the run's.
        archive: where the run's archive lies now, if not where it was trained from.
        weights: "average" over the steps, as the "last" step left them, or the average that validated "best" by `stop_on`.
        say: called with lines that a person should see.

    Raises:
        DataError: no run, a damaged one or one of another version, or its archive is gone or another one.
    """
    if weights not in get_args(Weights):
        raise DataError(f"weights are {', '.join(get_args(Weights))}, not {weights!r}")
    saved = _best(folder) if weights == "best" else checkpoint.load(folder, say)
    kind = str(saved.header.get("phase"))
    if kind not in phases.KINDS:
        raise DataError(f"{saved.path} is of an unknown phase {kind!r}; known are {', '.join(phases.KINDS)}")
    opened = Archive.open(archive or Path(saved.header["archive"]))
    if opened.manifest_sha256 != saved.header["manifest_sha256"]:
        raise DataError(f"{opened.path} is not the archive that {folder} was trained on: name it with --archive")
    settings = config.build(phases.KINDS[kind].config, saved.header["config"], str(saved.path))
    generator = phases.KINDS[kind].generator(opened, settings)
    saved.fill("generator" if weights == "last" else checkpoint.AVERAGE, generator)
    return Trained(kind, generator.eval(), settings, opened, dict(saved.header), weights)


def _best(folder: Path) -> Checkpoint:
    if not (folder / checkpoint.BEST).exists():
        raise DataError(f"{folder} kept no {checkpoint.BEST}: train with engine.stop_on, or take other weights")
    return checkpoint.read(folder / checkpoint.BEST)
