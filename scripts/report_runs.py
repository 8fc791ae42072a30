"""Training runs side by side, as docs/models.md shows them: a table in Markdown, and a picture of their losses.

    python scripts/report_runs.py runs/music runs/music-l1-only ... [--weights last] [-o losses.png]

Every run's generator is measured anew on the validation songs of its archive: figures against frames of them, sequences
against dances of the same length and style, dances to music against the same songs' own (`ballo.learning.validation`).
Distances are mean joint distances in the heading frame, centimetres. The picture needs matplotlib (pip install matplotlib).
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Sequence
from pathlib import Path

from ballo.learning import exporting, packing, runs
from ballo.learning.journal import METRICS
from ballo.learning.models import poses, sequences
from ballo.learning.runs import Trained

DANCES = ("speed", "jerk", "freezes", "other seed", "other song", "distance", "real apart")
FREE = ("speed", "jerk", "freezes", "other seed", "real apart")
FIGURES = ("to the nearest real one", "from a real one to the nearest", "real to real", "spread")
WIDTH = 25
"""Rows of the journal that a point of a curve is the mean of."""

LINEAR = 10
"""Losses beyond it are drawn on a scale that is logarithmic away from 0."""

_OF_EACH = [f"{who}_{what}" for who in ("critic", "generator") for what in ("gradient", "rate")]
NOT_LOSSES = ("step", "seconds_a_step", "loading_share", *_OF_EACH)
"""The journal's other columns."""


def main() -> None:
    """Print a table for each phase that there are runs of; draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, nargs="+")
    parser.add_argument("--weights", default="average", choices=("average", "last", "best"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="a picture of the losses, .png or .svg")
    asked = parser.parse_args()
    heads: dict[tuple[str, ...], list[str]] = {}
    for folder in asked.run:
        trained = runs.load(folder, asked.archive, asked.weights)
        columns, cells = row(trained, asked.seeds)
        heads.setdefault(columns, []).append(f"| {folder.name} | {' | '.join([*_cost(folder, trained), *cells])} |")
    for columns, lines in heads.items():
        print(f"\n| run | steps | minutes | weights | {' | '.join(columns)} |\n|---|{'---|' * (3 + len(columns))}")
        print("\n".join(lines))
    if asked.output:
        draw(asked.run, asked.output)


def row(trained: Trained, seeds: int) -> tuple[tuple[str, ...], list[str]]:
    """Names of columns, and a run's cells."""
    generator = trained.generator
    assert isinstance(generator, exporting.Generator)
    found = packing.measure(generator, trained.archive, seeds)["all"]
    if isinstance(generator, poses.Generator):
        cells = [_centimetres(found[name]) for name in ("precision", "recall", "real")]
        return FIGURES, [*cells, f"{found['spread_ratio']:.2f} x"]
    shared = [f"{found['speed_ratio']:.2f} x", f"{found['jerk_ratio']:.2f} x", f"{found['freezes']:.0f}"]
    if isinstance(generator, sequences.Generator):
        return FREE, [*shared, *(_centimetres(found[name]) for name in ("seed_change", "real_spread"))]
    apart = [_centimetres(found[name]) for name in ("seed_change", "song_change", "real_distance", "real_spread")]
    return DANCES, [*shared, *apart]


def _cost(folder: Path, trained: Trained) -> list[str]:
    """Steps, minutes and weights of the generator."""
    rows = _metrics(folder)
    steps = [int(line["step"]) for line in rows]
    paces = [float(line["seconds_a_step"]) for line in rows]
    seconds = sum(pace * (step - before) for step, before, pace in zip(steps, [0, *steps], paces, strict=False))
    weights = sum(parameter.numel() for parameter in trained.generator.parameters())
    return [f"{trained.header['step']:,}", f"{seconds / 60:.0f}", f"{weights / 1e6:.2f} M"]


def draw(folders: Sequence[Path], path: Path) -> None:
    """The losses of runs, one panel each, running means."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    across = min(4, len(folders))
    down = -(-len(folders) // across)
    figure, panels = pyplot.subplots(down, across, figsize=(3.3 * across, 2.5 * down), squeeze=False, layout="constrained")
    for panel, folder in zip(panels.flat, folders, strict=False):
        rows = _metrics(folder)
        names = [name for name in rows[0] if name not in NOT_LOSSES]
        for name in names:
            told = [(int(line["step"]), float(line[name])) for line in rows if line.get(name)]
            width = max(1, min(WIDTH, len(told) // 10))
            recent = [told[max(0, k - width + 1) : k + 1] for k in range(len(told))]
            means = [statistics.fmean(value for _, value in few) for few in recent]
            panel.plot([step for step, _ in told], means, label=name, linewidth=1)
        panel.set_title(folder.name, fontsize=9)
        if max(abs(end) for end in panel.get_ylim()) > LINEAR:
            panel.set_yscale("symlog", linthresh=1)
        panel.tick_params(labelsize=7)
        panel.grid(alpha=0.25, linewidth=0.5)
        panel.legend(fontsize=6, frameon=False)
    for panel in list(panels.flat)[len(folders) :]:
        panel.axis("off")
    figure.savefig(path, dpi=110)


def _metrics(folder: Path) -> list[dict[str, str]]:
    with (folder / METRICS).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _centimetres(metres: float) -> str:
    return f"{metres * 100:.1f}"


if __name__ == "__main__":
    main()
