"""Archives of dances that do step: a remastered one with units, beats and repairs, and what was published of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import archiving, splits
from ballo.dataset.archive import Archive, Beats
from ballo.dataset.archiving import Contents, Entry, Origin
from ballo.dataset.recordings import Problem
from ballo.dataset.takes import Repair
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

FRAMES = 300
QUICKER = 2.6
"""The planted dance is a slow one, whose feet never swing; so much quicker they do."""

DANCES = (("DANCE_C_2", "cha-cha", "train"), ("DANCE_C_10", "cha-cha", "val"), ("DANCE_W_4", "waltz", "train"))
LATER_SECONDS = 0.75
"""The published dances begin so much later in their songs than the remastered ones."""

TAKES = {
    "15": {
        "seconds": 13.0,
        "records": [{"name": "gaps"}],
        "grid": {"period_seconds": 0.5, "rule": "steps", "resultant": 0.43, "steps": 114, "downbeat": 2, "bar": 4},
    },
    "ll": {"seconds": 9.0, "records": [], "grid": None},
}


def clicks(beats: np.ndarray, seconds: float) -> np.ndarray:
    """Music from a second before to a second after: a burst of noise on each beat."""
    samples = np.random.default_rng(0).normal(scale=0.002, size=round((seconds + 2) * 16_000))
    for beat in beats:
        first = round((beat + 1) * 16_000)
        if 0 <= first < len(samples) - 800:
            samples[first : first + 800] += np.random.default_rng(1).normal(scale=0.3, size=800) * np.exp(-np.arange(800) / 150)
    return archiving.as_int16(samples.astype(np.float32))


def origin(number: int) -> Origin:
    """Two units of take 15 with a pause between and a third of take ll; the second dance has none of take ll."""
    unit = np.repeat([0, -1, 1, 2 if number != 1 else 0], [100, 10, 90, 100]).astype(np.int16)
    source = np.concatenate([np.arange(100), np.zeros(10), 150 + np.arange(90), np.arange(100) + 25.0 * (number == 1)]) / 25
    repairs = np.zeros(FRAMES, np.uint8)
    repairs[95:105] = Repair.JOIN
    repairs[40:50] = Repair.SPIKE
    repairs[200:] |= np.uint8(Repair.STRETCHED)
    return Origin((("U-1-1", "15"), ("U-1-2", "15"), ("U-2", "ll")), unit, source.astype(np.float32), repairs)


def provenance(begin: float, shift: float = 0.0) -> dict[str, object]:
    return {"start_seconds_in_song": begin + shift, "joins": [100.0, 200.5]}


@pytest.fixture(scope="session")
def remastered(tmp_path_factory, planted: Callable[[np.ndarray], np.ndarray]) -> Archive:
    """Three dances of two styles."""
    entries = []
    for number, (name, style, split) in enumerate(DANCES):
        metre = 3 if style == "waltz" else 4
        seconds = -1.0 + 0.07 * number + (0.5 + 0.1 * number) * np.arange(40)
        motion = Motion.from_positions(DANCER, planted(QUICKER * np.arange(FRAMES) + 40.0 * number), 25.0)
        beats = Beats(seconds, (np.arange(40) + number) % metre, metre)
        usable = ((0, 120), (140, FRAMES))
        told = provenance(10.0 + number)
        music = clicks(seconds, FRAMES / 25)
        entries.append(Entry(name, style, split, motion, usable, music, told, origin(number), beats))
    contents = Contents(
        entries,
        splits.shipped(),
        "remastered",
        held_out=frozenset([("U-1-2", "15")]),
        skipped={"DANCE_T_1": "not in the split"},
        problems=(Problem("a/DANCE_X/audio.mp3", "missing", True, "DANCE_X"), Problem("b.json", "not JSON", False, None)),
        facts={"takes": TAKES},
    )
    return archiving.write(tmp_path_factory.mktemp("grades") / "new", contents)


@pytest.fixture(scope="session")
def as_published(tmp_path_factory, planted, planted_points) -> Archive:
    """The first and the last of them as points, cut a little later, on a floor that sinks and with bones that grow."""
    entries = []
    for number, (name, style, split) in enumerate(DANCES):
        if number == 1:
            continue
        frames = QUICKER * np.arange(FRAMES) + 40.0 * number
        motion = Motion.from_positions(DANCER, planted(frames), 25.0)
        points = planted_points(frames) * np.linspace(1, 1.2, FRAMES)[:, None, None]
        points[..., 1] += np.linspace(0, 0.3, FRAMES)[:, None]
        told = provenance(10.0 + number, LATER_SECONDS)
        music = clicks(-1.0 + 0.07 * number + (0.5 + 0.1 * number) * np.arange(40) - LATER_SECONDS, FRAMES / 25)
        entries.append(Entry(name, style, split, motion, ((0, FRAMES),), music, told, points=points.astype(np.float32)))
    return archiving.write(tmp_path_factory.mktemp("grades") / "old", Contents(entries, splits.shipped(), "published"))


@pytest.fixture
def later_seconds() -> float:
    """How much later in their songs the published dances begin."""
    return LATER_SECONDS


@pytest.fixture
def renamed(tmp_path, remastered) -> Callable[[dict[str, str]], Archive]:
    """A copy of the remastered archive in which words of its manifest are others."""
    import shutil

    def copy(words: dict[str, str]) -> Archive:
        folder: Path = tmp_path / "copy"
        shutil.copytree(remastered.path, folder)
        text = (folder / "manifest.json").read_text()
        for word, other in words.items():
            assert word in text
            text = text.replace(word, other)
        (folder / "manifest.json").write_text(text)
        return Archive.open(folder)

    return copy
