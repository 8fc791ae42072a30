"""Train every phase and variant for a few steps through the command line, pack each, dance with it, and evaluate the baselines.

    python scripts/smoke.py [--archive ARCHIVE] [--keep FOLDER]

Without an archive (or BALLO_ARCHIVE) one is made of a dance and a band computed for the tests, which nothing could be learnt
from. A line each says what came out and how long it took; the exit status is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs"
PROCESSES = 2
SECONDS = 5
STEPS = 2


@dataclass(frozen=True)
class Variant:
    """A run: its phase, the config files whose smoke sizes follow, values over them, and the run to start from."""

    name: str
    phase: str
    files: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    start_from: str | None = None


FIRST = (Variant("figures", "poses", ("poses",), ("generator.style_size=0", "generator.noise_size=16")),)
"""What others start from."""

VARIANTS = (
    Variant("figures told their style", "poses", ("poses",), ("generator.style_size=4", "critic.style_size=4")),
    Variant("figures, seed", "poses", ("seed/poses",)),
    Variant("figures, weight clipping", "poses", ("seed/poses", "ablations/poses-clipping")),
    Variant("sequences", "sequences", ("sequences",)),
    Variant("sequences on frozen figures", "sequences", ("sequences", "ablations/sequences-frozen"), start_from="figures"),
    Variant("sequences, seed", "sequences", ("seed/sequences",)),
    Variant(
        "sequences, seed, LP, styles", "sequences", ("seed/sequences", "ablations/sequences-lp", "ablations/sequences-styles")
    ),
    Variant("sequences, seed, plain GAN", "sequences", ("seed/sequences", "ablations/sequences-plain")),
    Variant("sequences, R1 and R2", "sequences", ("sequences", "ablations/relativistic")),
    Variant("music", "music", ("music",)),
    Variant("music, clock", "music", ("music", "ablations/music-clock", "ablations/music-smooth")),
    Variant("music, coordinates", "music", ("music",), ("generator.space=coordinates", "generator.scaling=range")),
    Variant("music, R1 and R2", "music", ("music", "ablations/relativistic")),
    Variant("music, deaf critic", "music", ("music", "ablations/music-deaf-critic")),
    Variant("music, L1 only", "music", ("music", "ablations/music-l1-only")),
    Variant("music, seed (strided)", "music", ("seed/music",)),
    Variant("music, seed, WaveGAN, ReLU", "music", ("seed/music", "ablations/music-relu", "ablations/music-wavegan")),
    Variant("music, seed, U-Net, tanh", "music", ("seed/music", "ablations/music-tanh", "ablations/music-unet")),
    Variant("melody", "melody", ("melody",)),
    Variant("style", "style", ("style",)),
)
BASELINES = ("markov", "retrieval", "mean", "other")


@dataclass(frozen=True)
class Outcome:
    """What became of a variant."""

    name: str
    seconds: float
    said: str
    failed: bool


def main() -> None:
    """Run all of it, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, default=os.environ.get("BALLO_ARCHIVE"))
    parser.add_argument("--keep", type=Path, help="Folder to leave the runs and bundles in.")
    arguments = parser.parse_args()
    began, failed = time.monotonic(), 0
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        archive = Path(arguments.archive) if arguments.archive else _archive(folder)
        spawned = multiprocessing.get_context("spawn")
        pool = stack.enter_context(ProcessPoolExecutor(PROCESSES, mp_context=spawned, initializer=_alone))
        for some in (FIRST, VARIANTS):
            asked = [pool.submit(_try, variant, archive, folder) for variant in some]
            for outcome in (future.result() for future in asked):
                failed += outcome.failed
                _print(outcome)
        outcome = pool.submit(_evaluate, archive, folder).result()
        _print(outcome)
    failed += outcome.failed
    count = len(FIRST) + len(VARIANTS) + 1
    print(f"{count - failed} of {count} came out, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failed else 0)


def _print(outcome: Outcome) -> None:
    print(f"{'FAILED' if outcome.failed else 'ok':7}{outcome.name:30}{outcome.seconds:6.1f} s  {outcome.said}", flush=True)


def _archive(folder: Path) -> Path:
    """The archive that the tests of the baselines learn from."""
    sys.path.insert(0, str(ROOT))
    from tests.baselines.conftest import write_ballroom
    from tests.conftest import planted_positions

    return write_ballroom(folder, planted_positions).archive.path


def _alone() -> None:
    """One thread for each process: there are as many of them as small machines have cores."""
    import torch

    torch.set_num_threads(1)


def _try(variant: Variant, archive: Path, folder: Path) -> Outcome:
    """Train, pack and dance, if it dances; the commands end at the first that fails."""
    place = folder / variant.name.replace(", ", "-").replace(" ", "-")
    run, bundle = place / "run", place / f"{place.name}.ballo"
    place.mkdir()
    configs = [CONFIGS / f"{file}.toml" for file in (*variant.files, f"smoke/{variant.phase}")]
    changes = [f"engine.steps={STEPS}", *variant.changes]
    train = ["train", variant.phase, archive, "-o", run, *_each("--config", configs), *_each("--set", changes)]
    if variant.start_from:
        train += ["--start-from", folder / variant.start_from / "run"]
    if variant.phase == "style":  # it judges, and dances nothing
        return _commands(variant.name, [train, ["pack", run, "-o", bundle.with_suffix(".onnx")]], "Packed")
    return _commands(variant.name, [train, ["pack", run, "-o", bundle], _dance(variant.phase, bundle, place)])


def _dance(phase: str, bundle: Path, place: Path) -> list[object]:
    """What there is to do with a bundle of a phase."""
    from ballo import demo

    if phase == "poses":
        return ["dance", "--poses", 6, "--model", bundle, "-o", place / "poses.png"]
    song: list[object] = [] if phase == "sequences" else [demo.song()]
    return ["dance", *song, "--duration", SECONDS, "--model", bundle, "-o", place / "dance.npz"]


def _evaluate(archive: Path, folder: Path) -> Outcome:
    """Every baseline beside the model and the regression."""
    models = [folder / name / f"{name}.ballo" for name in ("music", "music-L1-only", "melody")]
    targets = [path for path in models if path.exists()]
    return _commands("baselines", [["evaluate", *BASELINES, *targets, "--against", archive, "--seeds", 1]], "speed / real")


def _commands(name: str, commands: Sequence[Sequence[object]], telling: str = "Wrote") -> Outcome:
    """Run them in turn; of what the last prints, the lines that begin so are told."""
    began, said = time.monotonic(), ""
    for command in commands:
        status, said = _ballo(command)
        if status:
            return Outcome(name, time.monotonic() - began, f"{command[0]} ended with {status}: {said}", True)
    told = [line.strip() for line in said.splitlines() if line.strip().startswith(telling)]
    return Outcome(name, time.monotonic() - began, " | ".join(told) or "said nothing of what it was to do", not told)


def _ballo(arguments: Sequence[object]) -> tuple[int, str]:
    """A command as a user types it: its exit status and all it printed."""
    from ballo.cli import main as command_line

    said = io.StringIO()
    sys.argv = ["ballo", *map(str, arguments)]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            command_line.run()
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(bool(ended.code)), said.getvalue()
        except Exception:  # a bug, of which the line should tell
            import traceback

            return 70, traceback.format_exc()
    return 0, said.getvalue()


def _each(option: str, values: Sequence[object]) -> list[object]:
    return [part for value in values for part in (option, value)]


if __name__ == "__main__":
    main()
