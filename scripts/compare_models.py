"""Put models side by side on the validation songs of an archive: docs/model-card.md's table of what clean data bought.

    python scripts/compare_models.py ARCHIVE [NAME=]BUNDLE... [--seeds 3]

Each bundle dances every validation song in the song's own style; "real" are the archive's dances. Sync is pooled over songs and
seeds of a style, a dance a group: its null shifts each dance by one random phase.
"""

from __future__ import annotations

import argparse
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.dataset.archive import SAMPLE_RATE, Archive, Dance
from ballo.inference.choreographer import Choreographer
from ballo.metrics import bar_phase, feet, physics
from ballo.metrics.bars import Braked, bar_fold, braking
from ballo.metrics.sync import InSong
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps
from ballo.music.audio import open_song

TOES = [DANCER.index("left_toe"), DANCER.index("right_toe")]


@dataclass(frozen=True)
class Row:
    """One dance beside its song's real one: ratios, metres a second, steps and braking on the beats."""

    speed: float
    jerk: float
    skate: float
    danced: InSong
    braked: Braked


def main() -> None:
    """Print a line for each model and style."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("bundles", nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    archive = Archive.open(arguments.archive)
    judged = [dance for dance in archive.select("val") if dance.beats is not None and dance.samples is not None]
    print(f"{'model':16} {'style':8} dances  speed   jerk  skate     R  phase       p bar fold  null")
    _show("real", judged, lambda dance, seed: dance.motion().positions, 1)
    for named in arguments.bundles:
        name, _, path = named.rpartition("=")
        choreographer = Choreographer.load(path)
        able = [dance for dance in judged if dance.style in choreographer.manifest.styles]
        _show(name or Path(path).stem, able, lambda dance, seed, by=choreographer: _perform(by, dance, seed), arguments.seeds)


def _show(name: str, dances: list[Dance], perform: Callable[[Dance, int], np.ndarray], seeds: int) -> None:
    rows: dict[str, list[Row]] = {}
    for dance in dances:
        joins = np.array(dance.joins) / dance.fps if seeds == 1 else np.zeros(0)
        for seed in range(seeds):
            rows.setdefault(dance.style, []).append(_row(dance, perform(dance, seed).astype(np.float64), joins))
    for style, found in sorted(rows.items()):
        means = np.mean([[row.speed, row.jerk, 100 * row.skate] for row in found], axis=0)
        phase = bar_phase.step_phase([row.danced for row in found])
        fold = bar_fold([row.braked for row in found])
        print(
            f"{name:16} {style:8} {len(found):6} {means[0]:6.2f} {means[1]:6.2f} {means[2]:6.1f} {phase.resultant:5.2f}"
            f" {phase.phase:6.2f} {phase.p_value:7.4f} {fold.explained:8.3f} {fold.null_99:5.3f}"
        )


def _row(dance: Dance, positions: np.ndarray, joins: np.ndarray) -> Row:
    real, fps, beats = dance.motion().positions.astype(np.float64), dance.fps, dance.beats
    assert beats is not None
    length = min(len(real), len(positions))
    positions = positions[:length]
    bar = int(np.flatnonzero(beats.positions == 0)[0])
    return Row(
        float(physics.joint_speed(positions, fps).mean() / physics.joint_speed(real, fps).mean()),
        physics.jerk(positions, fps) / physics.jerk(real, fps),
        feet.skate(positions[:, TOES], fps, floor=0.0).median,
        InSong(steps(DANCER, positions, fps), beats.seconds, joins),
        Braked(braking(DANCER, positions, fps), fps, beats.seconds, bar, beats.metre, joins),
    )


def _perform(choreographer: Choreographer, dance: Dance, seed: int) -> np.ndarray:
    """A model's dance to an archive's music, from the dance's first frame on."""
    samples = (dance.music(0, len(dance)) * 32767).astype("<i2")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{dance.name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(samples.tobytes())
        return choreographer.dance(open_song(path), style=dance.style, seed=seed).positions


if __name__ == "__main__":
    main()
