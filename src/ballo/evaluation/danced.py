"""What somebody danced to a song of an archive, beside the real dance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from ballo.dataset.archive import Archive
from ballo.evaluation.songs import Staged
from ballo.motion import kinematics

CLIP_SECONDS = 4.8
"""What is measured of clips rather than of whole dances is of clips so long, as in the research system ..."""

HOP_SECONDS = 2.4
"""... so far apart."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Context:
    """What all that is danced in one evaluation shares.

    Args:
        archive: whose songs are danced.
        split: which of them.
        songs: all of them.
    """

    archive: Archive
    split: str
    songs: tuple[Staged, ...]
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    def real(self, staged: Staged) -> Danced:
        """The real dance to a song of this evaluation, or to a part of one; the same each time."""
        return self.kept(f"real {staged.name}", lambda: Danced(staged, (staged.real,), context=self, real=True))

    def kept(self, key: str, compute: Callable[[], T]) -> T:
        """What `compute` returns, computed once for each key."""
        if key not in self.memory:
            self.memory[key] = compute()
        found: T = self.memory[key]
        return found


@dataclass(frozen=True, eq=False)
class Danced:
    """What somebody danced to a song, or to a part of one.

    Args:
        staged: the song and its real dance.
        by_seed: (T, J, 3) metres each, one a seed.
        other_song: by the same seeds in the same style, to another song.
        context: what it shares with all others; made by `alone` where nothing is.
        real: whether these are the real dance itself.
        spoilt: whether they are the real dance spoilt in some way, frame by frame.
    """

    staged: Staged
    by_seed: tuple[np.ndarray, ...]
    other_song: tuple[np.ndarray, ...] = ()
    context: Context | None = None
    real: bool = False
    spoilt: bool = False
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def joined(self) -> bool:
        """Whether recordings are joined in them where they are in the real dance, which is nobody's dancing."""
        return self.real or self.spoilt

    @property
    def shared(self) -> Context:
        """The context of an evaluation (ValueError outside of one)."""
        if self.context is None:
            raise ValueError(f"{self.staged.name} was not danced in an evaluation")
        return self.context

    @property
    def reference(self) -> Danced:
        """The real dance to the same song, or to the same part of one."""
        if self.real:
            return self
        if self.context is not None:
            return self.context.real(self.staged)
        return self.kept("reference", lambda: Danced(self.staged, (self.staged.real,), real=True))

    @cached_property
    def placed(self) -> tuple[np.ndarray, ...]:
        """(T, J, 3) float32 each: the dances in their heading frames, see `kinematics.unplace`."""
        return tuple(_placed(self.staged, dance) for dance in self.by_seed)

    @cached_property
    def other_placed(self) -> tuple[np.ndarray, ...]:
        """Those to the other song likewise."""
        return tuple(_placed(self.staged, dance) for dance in self.other_song)

    def clips(self, seed: int = 0) -> np.ndarray:
        """(B, F, J, 3) metres: windows of `CLIP_SECONDS` of a seed's dance, `HOP_SECONDS` apart, where the real one is usable.

        So everybody who dances the whole song is judged by as many clips as the real dance, at the same places.
        """
        dance = self.by_seed[seed]
        frames = round(CLIP_SECONDS * self.staged.fps)
        starts = [start for start in self._starts if start + frames <= len(dance)]
        windows = [dance[start : start + frames] for start in starts]
        return np.stack(windows) if windows else np.zeros((0, frames, *dance.shape[1:]), dance.dtype)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        frames, hop = (round(seconds * self.staged.fps) for seconds in (CLIP_SECONDS, HOP_SECONDS))
        usable = self.staged.usable
        return tuple(start for start in range(0, len(usable) - frames + 1, hop) if usable[start : start + frames].all())

    def kept(self, key: str, compute: Callable[[], T]) -> T:
        """What `compute` returns, computed once for each key: features of a song serve many measures and resamples."""
        if key not in self.memory:
            self.memory[key] = compute()
        found: T = self.memory[key]
        return found


def over_seeds(danced: Danced, of: Callable[[np.ndarray], float]) -> float:
    """The mean over seeds of something of a dance (T, J, 3); nan without any, as in the end of a song that nobody reached."""
    return float(np.mean([of(dance) for dance in danced.by_seed])) if danced.by_seed else float("nan")


def seeds_of(songs: Sequence[Danced]) -> int:
    """How many seeds all of them have."""
    return min((len(song.by_seed) for song in songs), default=0)


def _placed(staged: Staged, dance: np.ndarray) -> np.ndarray:
    return kinematics.unplace(staged.skeleton, dance.astype(np.float64))[0].astype(np.float32)
