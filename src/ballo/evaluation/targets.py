"""Who is evaluated, found by what people call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo import baselines
from ballo.dataset.archive import Archive, is_archive
from ballo.errors import BalloError
from ballo.evaluation import folders, folds
from ballo.evaluation.motion_files import READERS
from ballo.evaluation.performers import Dancing, Performer
from ballo.evaluation.songs import Staged
from ballo.inference import bundle
from ballo.inference.bundle import SEQUENCES
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleaned import Cleaned
from ballo.inference.dancer import Dancer, Wrapped
from ballo.motion.motion import Motion
from ballo.music.audio import Song

CLEANED = "cleaned up, as `ballo dance` writes it"
RAW = "as the model gives it, without cleanup"
"""Which of the two dances of a model is measured."""

REAL = "real"
"""The row that every table begins with: the real dances themselves."""


@dataclass(frozen=True)
class Files:
    """What is to be known of motion files that do not say it.

    Args:
        skeleton: what their joints are, see `folders`.
        fps: their frames a second.
    """

    skeleton: str | None = None
    fps: float | None = None


def find(text: str, archive: Archive, files: Files | None = None, *, raw: bool = False) -> Performer:
    """Somebody who can be compared with the dances of an archive.

    Args:
        text: a baseline's name (it learns from the archive), "NAME:ARCHIVE" (from another), a shipped model's name, the path of
            a bundle, or a folder of motion files.
        raw: of a model its own output, by a name that says so; else what `ballo dance` writes, which is cleaned up. Baselines
            dance recordings, which neither cleans up.

    Raises:
        BalloError: there is none, or it is of another skeleton or frame rate, or has nothing to do with time.
    """
    if Path(text).is_dir():
        _check_folder(Path(text))
        files = files or Files()
        return folders.open(Path(text), archive, skeleton=files.skeleton, fps=files.fps)
    dancer = _found(text, archive)
    if dancer.skeleton != archive.skeleton:
        joints = f"{len(dancer.skeleton)} joints, the archive's dances {len(archive.skeleton)}"
        raise BalloError(f"{text} moves another skeleton than the archive's ({joints}): it cannot be compared with them")
    if dancer.fps != archive.fps:
        raise BalloError(
            f"{text} dances at {dancer.fps:g} frames a second, the archive at {archive.fps:g}: prepare one at its rate"
        )
    # A run packed under one name and renamed is known by what people type.
    name = Path(text).stem if Path(text).suffix == bundle.SUFFIX else dancer.name
    if not isinstance(dancer, Choreographer | _Deaf):
        return Dancing(name, dancer)
    return Dancing(f"{name} raw", dancer, RAW) if raw else Dancing(name, Cleaned(dancer), CLEANED)


def learns(text: str) -> bool:
    """Whether somebody learns from the archive, and so can learn anew where songs are left out."""
    return text in baselines.NAMES


@dataclass(frozen=True, eq=False)
class Named:
    """Somebody by the name that tables have."""

    name: str
    performer: Performer

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        """See `performers.Performer`."""
        return self.performer.perform(staged, style, seeds)


@dataclass(frozen=True, eq=False)
class Unlearnt:
    """A model that cannot learn anew: it dances only to songs from which it has not learnt."""

    name: str
    performer: Performer
    songs: frozenset[str]
    why: str

    @classmethod
    def of(cls, performer: Dancing, archive: Archive) -> Unlearnt:
        """A model before the songs of an archive."""
        model = performer.dancer
        while isinstance(model, Cleaned | _Deaf):
            model = model.model
        trained_on = model.manifest.trained_on if isinstance(model, Choreographer) else {}
        return cls(performer.name, performer, *folds.unlearnt(trained_on, archive))

    def perform(self, staged: Staged, style: str, seeds: int) -> tuple[np.ndarray, ...]:
        """See `performers.Performer`."""
        if staged.name not in self.songs:
            raise BalloError(self.why)
        return self.performer.perform(staged, style, seeds)


def about(performer: Performer) -> str:
    """What is to be known of somebody's dances; "" where nothing is."""
    while isinstance(performer, Named | Unlearnt):
        performer = performer.performer
    return performer.about if isinstance(performer, Dancing) else ""


def _check_folder(path: Path) -> None:
    """Refuse what people take for a dancer, and is a folder of something else than motion files."""
    if is_archive(path):
        raise BalloError(f"{path} is an archive, and nobody who dances: who learns from it is called markov:{path}, say")
    if any(path.glob("*checkpoint.safetensors")):
        raise BalloError(f"{path} is a training run: make a {bundle.SUFFIX} file of it with `ballo pack {path}`, and name that")


def _found(text: str, archive: Archive) -> Dancer:
    if text in baselines.NAMES:
        return baselines.learnt(text, archive)
    baseline = baselines.opened(text)
    if baseline is not None:
        return baseline
    if Path(text).suffix.lower() in READERS and Path(text).is_file():
        raise BalloError(f"{text} is a motion file: name the folder that it is in, {Path(text).parent}")
    shipped = [path.stem for path in bundle.shipped()]
    if not (text in shipped or Path(text).suffix == bundle.SUFFIX or Path(text).is_file()):
        known = [*baselines.NAMES, *shipped]
        raise BalloError(
            f"nobody is called {text!r}: name {', '.join(known)}, or the path of a {bundle.SUFFIX} file or of a folder"
        )
    model = Choreographer.load(text)
    if model.manifest.kind == SEQUENCES:
        return _Deaf(model)
    model.check(None, 0)
    return model


class _Deaf(Wrapped[Choreographer]):
    """A model of sequences as a dancer: it dances as long as the song lasts."""

    def dance(self, song: Song, *, style: str, seed: int, progress: Callable[[float], None] | None = None) -> Motion:
        seconds = song.seconds
        if seconds is None:
            for _ in song.blocks(16_000, 160_000):
                pass
            seconds = song.seconds
        assert seconds is not None
        return self.model.freestyle(float(seconds), style=style, seed=seed, progress=progress)
