"""Measuring dances: everything that `ballo evaluate` takes of 60 songs with 5 dances each, intervals apart.

Songs and dances are of the archive that BALLO_ARCHIVE names, as often as it takes. What is danced is made beforehand: the real
dance from another moment on, with a little noise, so that no two dances are alike. Features beside a plain version: `features`.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice

import numpy as np

from ballo.dataset.archive import Archive, Dance
from ballo.dataset.splits import TRAIN, VALIDATION
from ballo.evaluation.evaluate import Stage, evaluate
from ballo.evaluation.evaluation import Options
from ballo.evaluation.songs import Staged
from benchmarks.table import Row, Settings, at_most

SONGS, SEEDS = 60, 5
TARGET_SECONDS = 60.0


def run(settings: Settings) -> list[Row]:
    """Both rows, or one that says that there is no archive."""
    place = os.environ.get("BALLO_ARCHIVE", "").split(os.pathsep)[0]
    if not place:
        return [Row("measuring", remark="Not measured: BALLO_ARCHIVE names no archive.")]
    songs, seeds = (10, 2) if settings.quick else (SONGS, SEEDS)
    archive = _of(Archive.open(place), songs)
    stage = Stage(archive, VALIDATION, [_Made()])
    options = Options(seeds=seeds, controls=False, long_seconds=0, intervals=False)
    rows = []
    for intervals in (False, True):
        began = time.perf_counter()
        evaluate([stage], replace(options, intervals=intervals))
        rows.append(time.perf_counter() - began)
    bare, whole = rows
    said = f"{songs} songs x {seeds} dances, and the real ones"
    target = None if settings.quick else at_most(TARGET_SECONDS, "s", bare)
    return [
        Row("all metrics", "s", bare, target=target, remark=f"{said}; none of it kept from another run."),
        Row("  their intervals", "s", whole - bare, remark="1,000 resamples of a mean over songs, 200 of what is pooled."),
    ]


@dataclass(frozen=True)
class _Made:
    """Somebody who danced already."""

    name: str = "made"

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        random = np.random.default_rng(zlib.crc32(f"{staged.name} {style}".encode()))
        rolled = (np.roll(staged.real, -50 * (1 + seed), axis=0) for seed in range(seeds))
        return tuple((dance + random.normal(scale=0.002, size=dance.shape)).astype(np.float32) for dance in rolled)


def _of(archive: Archive, songs: int) -> Archive:
    """An archive whose validation songs are so many of its songs, some again by another name."""
    heard = [dance for dance in archive.dances if dance.samples is not None]
    return replace(archive, dances=(*archive.select(TRAIN), *_again(heard, songs)))


def _again(dances: list[Dance], count: int) -> Iterator[Dance]:
    for number, dance in enumerate(islice(cycle(dances), count)):
        yield replace(dance, name=f"{dance.name}.{number}", split=VALIDATION)
