"""Who is evaluated, found by what people call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ballo import baselines
from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.inference import bundle
from ballo.inference.bundle import SEQUENCES
from ballo.inference.choreographer import Choreographer
from ballo.inference.dancer import Dancer
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.music.audio import Song

REAL = "real"
"""The control that every table has: the real dances themselves."""


def find(text: str, archive: Archive) -> Dancer:
    """A dancer that can be compared with the dances of an archive.

    Args:
        text: a baseline's name (it learns from the archive), "NAME:ARCHIVE" (from another), a shipped model's name, or the path
            of a bundle.

    Raises:
        BalloError: there is none, or it is of another skeleton or frame rate, or has nothing to do with time.
    """
    dancer = _found(text, archive)
    if dancer.skeleton != archive.skeleton:
        joints = f"{len(dancer.skeleton)} joints, the archive's dances {len(archive.skeleton)}"
        raise BalloError(f"{text} moves another skeleton than the archive's ({joints}): it cannot be compared with them")
    if dancer.fps != archive.fps:
        raise BalloError(
            f"{text} dances at {dancer.fps:g} frames a second, the archive at {archive.fps:g}: prepare one at its rate"
        )
    return dancer


def _found(text: str, archive: Archive) -> Dancer:
    if text in baselines.NAMES:
        return baselines.open(text, archive.path)
    baseline = baselines.opened(text)
    if baseline is not None:
        return baseline
    shipped = [path.stem for path in bundle.shipped()]
    if not (text in shipped or Path(text).suffix == bundle.SUFFIX or Path(text).is_file()):
        known = [*baselines.NAMES, *shipped]
        raise BalloError(f"nobody is called {text!r}: name {', '.join(known)}, or the path of a {bundle.SUFFIX} file")
    model = Choreographer.load(text)
    if model.manifest.kind == SEQUENCES:
        return _Deaf(model)
    model.check(None, 0)
    return model


@dataclass(frozen=True, eq=False)
class _Deaf:
    """A model of sequences as a dancer: it dances as long as the song lasts."""

    model: Choreographer

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def styles(self) -> tuple[str, ...]:
        return self.model.styles

    @property
    def fps(self) -> float:
        return self.model.fps

    @property
    def skeleton(self) -> Skeleton:
        return self.model.skeleton

    def dance(self, song: Song, *, style: str, seed: int, progress: Callable[[float], None] | None = None) -> Motion:
        seconds = song.seconds
        if seconds is None:
            for _ in song.blocks(16_000, 160_000):
                pass
            seconds = song.seconds
        assert seconds is not None
        return self.model.freestyle(float(seconds), style=style, seed=seed, progress=progress)
