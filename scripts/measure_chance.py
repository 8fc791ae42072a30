"""What published beat alignments give to those who do not dance, beside real dances.

    python scripts/measure_chance.py ARCHIVE [--split val]

White noise of a centimetre on one still pose, and the same pose with a micron of jitter, both to the archive's songs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ballo.dataset.archive import Archive
from ballo.evaluation.controls import frozen, noise
from ballo.evaluation.danced import Danced
from ballo.evaluation.measures.timing import bailando, fact
from ballo.evaluation.songs import Staged, staged

SEEDS = 5
STANDING = {"white noise, 1 cm": 0.01, "frozen, a micron of jitter": 1e-6}


def main() -> None:
    """Print both alignments of each."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("archive", type=Path)
    asked.add_argument("--split", default="val")
    given = asked.parse_args()
    print("| | BAS, FACT's | BAS, Bailando's |\n|---|---:|---:|")
    with staged(Archive.open(given.archive), given.split) as songs:
        show("real", [Danced(song, (song.real,), real=True) for song in songs])
        for name, metres in STANDING.items():
            show(name, [Danced(song, shaken(song, metres)) for song in songs])


def shaken(song: Staged, metres: float) -> tuple[np.ndarray, ...]:
    """A still pose of the real dance, with noise on every coordinate: one a seed. In float64, which holds a micron."""
    still = frozen(song.skeleton, song.real).astype(np.float64)
    return tuple(noise(still, song.name, seed, metres) for seed in range(SEEDS))


def show(name: str, dances: list[Danced]) -> None:
    """A line: the mean over songs of each."""
    means = [np.nanmean([of(dance) for dance in dances]) for of in (fact, bailando)]
    print(f"| {name} | {means[0]:.3f} | {means[1]:.3f} |")


if __name__ == "__main__":
    main()
