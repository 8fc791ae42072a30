"""Training steps: at the research system's sizes beside a plain version of it, and at ballo's own.

The plain version (plain/training.py) is the research system's phases 2 and 3 in PyTorch as one would write them first. Both
sides train on the archive that BALLO_ARCHIVE names, each in a process of its own, and take turns step by step, so that what
else the machine does falls on both alike. BALLO_ARCHIVE may name two, separated as in PATH: one of the grade "published",
whose 23 points the research system trained on, and another for ballo's defaults.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from ballo.dataset.archive import PUBLISHED, Archive
from benchmarks import timing
from benchmarks.table import Row, Settings, at_least, at_most

ROUNDS = 7
TARGETS = {"critic": 1.5, "generator": 1.2}
TARGET_WINDOWS, TARGET_LOADING = 10.0, 5.0
ROOT = Path(__file__).resolve().parents[1]
SEED = {
    "music": "phase 3, strided encoder",
    "wavegan": "phase 3, WaveGAN encoder",
    "sequences": "phase 2",
}
"""The research system's phases, as the rows name them; the first is its default."""


Ask = Callable[[str], dict[str, Any]]
"""What a process of `benchmarks.training_steps` answers to a word."""


@contextmanager
def training(side: str, work: str, archive: Path) -> Iterator[Ask]:
    """A process that trains as it is told to; CalledProcessError, with what it said on standard error, if it fails."""
    command = [*timing.PYTHON, "-m", "benchmarks.training_steps", side, work, str(archive)]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=complaints, text=True, cwd=ROOT) as process,
    ):
        told, answers = process.stdin, process.stdout
        assert told is not None
        assert answers is not None

        def ask(word: str) -> dict[str, Any]:
            with suppress(BrokenPipeError):  # one that has ended gives no answer either
                print(word, file=told, flush=True)
            answer = answers.readline()
            if not answer:
                status = process.wait()
                complaints.seek(0)
                raise subprocess.CalledProcessError(status, command, stderr=complaints.read())
            return json.loads(answer)

        try:
            yield ask
        finally:
            process.kill()


@dataclass(frozen=True)
class Archives:
    """Where the research system trains, where ballo's defaults do, and what there is to say of it."""

    seed: Path
    own: Path
    remark: str

    @classmethod
    def named(cls, paths: str) -> Archives:
        """Those of BALLO_ARCHIVE; raises DataError if one is none."""
        opened = [Archive.open(Path(path).resolve()) for path in paths.split(os.pathsep)]
        published = [archive for archive in opened if archive.grade == PUBLISHED]
        others = [archive for archive in opened if archive.grade != PUBLISHED]
        seed, own = (published or others)[0], (others or published)[0]
        if published:
            remark = "Raw coordinates of the 23 published points."
        else:
            remark = (
                f"The archive is not of the published grade: coordinates of its {len(seed.skeleton)} joints, not 23 points."
            )
        return cls(seed.path, own.path, remark)


def run(settings: Settings) -> list[Row]:
    named = os.environ.get("BALLO_ARCHIVE")
    if importlib.util.find_spec("torch") is None:
        return [Row("a training step", remark="Training needs PyTorch: pip install 'ballo[train]'.")]
    if not named:
        return [Row("a training step", remark="Left out: BALLO_ARCHIVE names no archive (ballo data prepare SRC -o ARCHIVE).")]
    archives, rows = Archives.named(named), []
    for work in SEED:
        rows += _beside_plain(work, archives, settings)
    return [*rows, *_at_defaults(archives.own, settings), _on_gpu(archives.own)]


def _beside_plain(work: str, archives: Archives, settings: Settings) -> list[Row]:
    """One phase at the research system's sizes; beside its default phase 3, ballo's defaults too."""
    with ExitStack() as stack:
        ask = {side: stack.enter_context(training(side, work, archives.seed)) for side in ("ballo", "plain")}
        turns: dict[str, Callable[[], dict[str, Any]]] = {side: partial(ask[side], "round") for side in ask}
        if work == "music":
            turns["defaults"] = partial(stack.enter_context(training("ballo", "defaults", archives.own)), "iteration")
        measured = timing.in_turns(turns, settings.rounds(ROUNDS))
        facts = {side: ask[side]("facts") for side in ask}
    rows = [_step_row(work, step, measured, facts, archives.remark) for step in ("critic", "generator")]
    rows.append(_memory_row(work, facts))
    return [*rows, _windows_row(measured)] if work == "music" else rows


def _step_row(
    work: str, step: str, measured: Mapping[str, Sequence[Mapping[str, Any]]], facts: Mapping[str, Any], data: str
) -> Row:
    ours, plain = ([told[step][0] for told in measured[side]] for side in ("ballo", "plain"))
    processor = timing.gain(*([told[step][1] for told in measured[side]] for side in ("ballo", "plain")))
    work_done, plain_done = (facts[side][step] / 1e9 for side in ("ballo", "plain"))
    remark = f"Multiply-accumulates: {work_done:.1f} G, plain {plain_done:.1f} G. By processor time {processor:.2f} x."
    if step == "critic":
        own, other = facts["ballo"], facts["plain"]
        heard = f", and hears {own['heard']} waveforms, plain {other['heard']}" if other["heard"] else ""
        remark += f" The critic sees {own['seen']} clips a step, plain {other['seen']}{heard}."
    if step == "critic" and work == "music":
        remark = (
            "Plain: the research system's phases in PyTorch, at the same sizes and on the same archive: music cut into windows "
            "in a loop, the generator's graph recorded in the critic's step, the critic called for real, made and "
            f"in-between clips by themselves, denormal numbers kept as PyTorch does. {remark} {data}"
        )
    gained = timing.gain(ours, plain)
    target = at_least(TARGETS[step], "x plain", gained) if work == "music" else None
    return Row(f"{SEED[work]}: {step} step", "s", median(ours), median(plain), gained, target, remark)


def _memory_row(work: str, facts: Mapping[str, Any]) -> Row:
    ours, plain = (facts[side]["peak_megabytes"] for side in ("ballo", "plain"))
    if not ours or not plain:
        return Row(f"{SEED[work]}: peak memory", remark="This system does not tell a process's peak memory.")
    return Row(f"{SEED[work]}: peak memory", "MB", ours, plain, plain / ours, remark="Data in memory included.")


def _windows_row(measured: Mapping[str, Sequence[Mapping[str, Any]]]) -> Row:
    from benchmarks.plain.training import CRITIC_STEPS, MUSIC_BATCH

    windows, own = (CRITIC_STEPS + 1) * MUSIC_BATCH, measured["defaults"][0]["windows"]
    plain = [windows / (CRITIC_STEPS * told["critic"][0] + told["generator"][0]) for told in measured["plain"]]
    ours = [told["windows"] / told["seconds"] for told in measured["defaults"]]
    gained = timing.gain(plain, ours)
    return Row(
        "windows of 4.8 s learnt from, ballo's defaults",
        "/s",
        median(ours),
        median(plain),
        gained,
        at_least(TARGET_WINDOWS, "x plain", gained),
        f"Different windows drawn and learnt from in a step of the engine, by its seconds: {own} in the critic's steps and the "
        "generator's, which dances each of its own twice (counted once). Plain: the research system's phase 3, "
        f"{CRITIC_STEPS} critic steps and one of the generator, {windows} windows.",
    )


def _at_defaults(archive: Path, settings: Settings) -> list[Row]:
    """How long ballo waits for batches, and what denormal numbers would cost."""
    asked = {"ballo": ("ballo", "defaults"), "varied": ("ballo", "varied"), "plain": ("denormals", "defaults")}
    with ExitStack() as stack:
        turns = {
            name: partial(stack.enter_context(training(side, work, archive)), "iteration")
            for name, (side, work) in asked.items()
        }
        measured = timing.in_turns(turns, settings.rounds(ROUNDS))
    shares = {name: 100 * median(told["loading"] / told["seconds"] for told in measured[name]) for name in turns}
    loading = "drawing batches, share of a step, ballo's defaults"
    ours, plain = ([told["seconds"] for told in measured[side]] for side in ("ballo", "plain"))
    kept = "Plain: the same with denormal numbers kept. Gradients through time fade into them."
    return [
        Row(loading, "%", shares["ballo"], target=at_most(TARGET_LOADING, "%", shares["ballo"])),
        Row(
            "the same with tempo and start varied",
            "%",
            shares["varied"],
            target=at_most(TARGET_LOADING, "%", shares["varied"]),
            remark="batches.stretch = 0.1, batches.start_phase = true: music and movement are read between their samples.",
        ),
        Row("a step of the engine, ballo's defaults", "s", median(ours), median(plain), timing.gain(ours, plain), remark=kept),
    ]


def _on_gpu(archive: Path) -> Row:
    import torch

    work = "steps of the engine on a GPU, ballo's defaults"
    if not torch.cuda.is_available():
        return Row(work, remark="No GPU here that PyTorch can use.")
    with training("gpu", "defaults", archive) as ask:
        told = ask("device")
    remark = f"{torch.cuda.get_device_name()}, busy {100 * told['busy']:.0f} % of the time."
    return Row(work, "/s", told["steps_a_second"], remark=remark)
