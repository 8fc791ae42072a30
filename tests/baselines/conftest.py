"""An archive to learn from: three dances of cha-cha to train on and one to validate with, each to music of its own, a rumba,
and the library of units that the cha-chas' scripts ask for."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import archiving, dancer
from ballo.dataset.archive import REMASTERED, Archive, Dance
from ballo.dataset.archiving import Contents, Entry, Origin
from ballo.dataset.grids import Grid
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.splits import Split
from ballo.dataset.takes import Take
from ballo.dataset.units import Unit
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER
from ballo.music.audio import Song, open_song

FPS, PERIOD, SECONDS = 25.0, 0.5, 24.0
FRAMES = round(SECONDS * FPS)
TRAIN = ("DANCE_C_1", "DANCE_C_2", "DANCE_C_3", "DANCE_R_1")
VALIDATION = "DANCE_C_8"
TAGS = ("C-0-1", "C-1-1", "C-2-1", "C-3-1", "C-4-1", "C-5-1", "C-6-1", "C-0-2")
SCRIPTS = {
    "DANCE_C_1": "C-0-1 C-1-1 C-2-1 C-3-1 C-1-1 C-0-2",
    "DANCE_C_2": "C-0-1 C-2-1 C-1-1 C-3-1 C-2-1 C-0-2",
    # What train dances never dance: a unit of the validation dance alone, as a library of all scripts would have it.
    VALIDATION: "C-0-1 C-5-1 C-6-1 C-5-1 C-0-2",
}
HELD_OUT = "C-4-1"


def band(seed: int, seconds: float = SECONDS + 2, early: float = 1.0) -> np.ndarray:
    """Music at two beats a second, a drum on each and a deeper one on the first of four; between them, in every bar, another
    figure at another pitch. Starts `early` seconds before the first beat; (S,) float."""
    random = np.random.default_rng(seed)
    samples = random.normal(scale=1e-3, size=round(seconds * 16_000))
    t = np.arange(1600) / 16_000
    for sixteenth in range(int((seconds - early) / PERIOD * 4)):
        at = round((early + sixteenth * PERIOD / 4) * 16_000)
        hertz = 400.0 * 2 ** (random.integers(0, 24) / 8)
        sound = np.zeros(1600)
        if sixteenth % 4 == 0:
            sound += (0.5 if sixteenth % 16 == 0 else 0.25) * np.sin(2 * np.pi * (70 if sixteenth % 16 == 0 else 180) * t)
        if random.random() < 0.4:
            sound += 0.1 * np.sin(2 * np.pi * hertz * t)
        piece = samples[at : at + 1600]
        piece += (sound * np.exp(-30 * t))[: len(piece)]
    return samples.astype(np.float32)


def _entry(number: int, name: str, split: str, planted: Callable[[np.ndarray], np.ndarray]) -> Entry:
    motion = Motion.from_positions(DANCER, planted(1.7 * np.arange(FRAMES) + 900.0 * number), FPS)
    # The second dance shows held-out movement for two seconds.
    usable = ((0, 100), (150, FRAMES)) if name == "DANCE_C_2" else ((0, FRAMES),)
    style = "rumba" if "_R_" in name else "cha-cha"
    samples = archiving.as_int16(band(number))
    return Entry(name, style, split, motion, usable, samples, {}, Origin.unknown(FRAMES, FPS))


def _library(planted: Callable[[np.ndarray], np.ndarray]) -> Library:
    take = Take("15", 50.0, planted(np.arange(1200) * 0.8), dancer.leg_length(), np.zeros(1200, np.uint8))
    units = {tag: Unit(tag, "15", 2.0 * k, 2.0 * k + 2.0, 4, True, 4, 0) for k, tag in enumerate(TAGS)}
    scripts = {name: Script(tuple(words.split()), (4,) * len(words.split())) for name, words in SCRIPTS.items()}
    grid = Grid(0.5, 0.0, 0, 4, "steps", 0.3, 0.01, 0.43, 48)
    return Library({"15": take}, {"15": grid}, units, frozenset(units), frozenset({HELD_OUT}), scripts)


@dataclass(frozen=True)
class Ballroom:
    """An archive, and what its dances' songs are."""

    archive: Archive
    folder: Path

    def dance(self, name: str) -> Dance:
        return next(dance for dance in self.archive.dances if dance.name == name)

    def song(self, name: str) -> Song:
        """What a dance of the archive is danced to, as a file."""
        return open_song(_write(self.folder / f"{name}.wav", self.dance(name).heard(0, FRAMES)))

    def cut(self, seconds: float, start: float = 0.0) -> Song:
        """Some other song of so many seconds."""
        path = _write(self.folder / "other.wav", archiving.as_int16(band(99, 70.0, early=0.3)))
        return open_song(path, start_seconds=start, duration_seconds=seconds)


def _write(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def write_ballroom(folder: Path, planted: Callable[[np.ndarray], np.ndarray], validation: int = 7) -> Ballroom:
    entries = [_entry(k, name, "train", planted) for k, name in enumerate(TRAIN)]
    entries.append(_entry(validation, VALIDATION, "val", planted))
    split = Split(TRAIN, (VALIDATION,))
    archive = archiving.write(folder / "archive", Contents(entries, split, REMASTERED, library=_library(planted)))
    return Ballroom(archive, folder)


@pytest.fixture(scope="session")
def ballroom(tmp_path_factory: pytest.TempPathFactory, planted: Callable[[np.ndarray], np.ndarray]) -> Ballroom:
    return write_ballroom(tmp_path_factory.mktemp("ballroom"), planted)


@pytest.fixture(scope="session")
def judged_otherwise(tmp_path_factory: pytest.TempPathFactory, planted: Callable[[np.ndarray], np.ndarray]) -> Ballroom:
    """The same train split beside another validation dance to other music."""
    return write_ballroom(tmp_path_factory.mktemp("otherwise"), planted, validation=11)
