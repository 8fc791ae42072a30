"""The songs of an archive's split that everybody dances, each with its real dance."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ballo.dataset.archive import FULL_SCALE, MARGIN_SECONDS, SAMPLE_RATE, Archive, Beats, Dance
from ballo.errors import AudioError, DataError
from ballo.metrics.sync import away
from ballo.motion.skeleton import Skeleton
from ballo.music import beats as tracking
from ballo.music.audio import Song, open_song


@dataclass(frozen=True, eq=False)
class Staged:
    """A song to be danced: the window that the real dance fills, so that frame t of any dance goes with frame t of it.

    Args:
        name: of the real dance.
        style: what is danced to it.
        skeleton, fps: what the real dance's joints are, and its frames a second.
        real: (T, J, 3) metres.
        keep: (T,) bool, frames of it that count: usable, and away from joins of recordings.
        joins: (N,) seconds of the joins.
        beats: (K,) seconds; None where none are known or heard.
        file: its sound.
        usable: (T,) bool, frames of it that are worth comparing with; all, if not given.
        positions: (K,) place in the bar of each beat, 0 the downbeat; None where nobody knows.
        metre: beats a bar; 0 where nobody knows.
        first_frame: the place in the dance of the first frame, where this is a part of one.
    """

    name: str
    style: str
    skeleton: Skeleton
    fps: float
    real: np.ndarray
    keep: np.ndarray
    joins: np.ndarray
    beats: np.ndarray | None
    file: Path
    usable: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    positions: np.ndarray | None = None
    metre: int = 0
    first_frame: int = 0

    def __post_init__(self) -> None:
        if not len(self.usable):
            object.__setattr__(self, "usable", np.ones(len(self.real), dtype=bool))

    @property
    def downbeats(self) -> np.ndarray:
        """(N,) seconds of the beats that open bars; empty where nobody knows."""
        if self.beats is None or self.positions is None:
            return np.zeros(0)
        return self.beats[self.positions == 0]

    def song(self) -> Song:
        """It, opened anew."""
        return open_song(self.file)


@contextmanager
def staged(archive: Archive, split: str) -> Iterator[list[Staged]]:
    """The songs of a split; their sound lies in a temporary folder for as long as the block lasts.

    Raises:
        DataError: the split has no dance with music.
    """
    dances = [dance for dance in archive.select(split) if dance.samples is not None]
    if not dances:
        known = sorted({dance.split for dance in archive.dances if dance.samples is not None})
        raise DataError(
            f"the archive {archive.path} has no songs in its split {split!r}: "
            + (f"choose --split {' or '.join(known)}" if known else "it has no music at all")
        )
    with TemporaryDirectory(prefix="ballo-") as folder:
        yield [_staged(dance, Path(folder)) for dance in dances]


def _staged(dance: Dance, folder: Path) -> Staged:
    motion = dance.motion()
    file = folder / f"{dance.name}.wav"
    _write(file, dance.heard(0, len(dance)))
    usable = np.zeros(len(dance), dtype=bool)
    for first, end in dance.usable:
        usable[first:end] = True
    joins = np.array(dance.joins, dtype=np.float64) / dance.fps
    beats = _beats(dance)
    return Staged(
        dance.name,
        dance.style,
        motion.skeleton,
        motion.fps,
        real=motion.positions,
        keep=usable & away(np.arange(len(dance)) / dance.fps, joins),
        joins=joins,
        beats=None if beats is None else beats.seconds,
        file=file,
        usable=usable,
        positions=None if beats is None else beats.positions,
        metre=0 if beats is None else beats.metre,
    )


def _beats(dance: Dance) -> Beats | None:
    """Those that the archive knows, or else those that are heard."""
    if dance.beats is not None:
        return dance.beats if len(dance.beats.seconds) > 1 else None
    assert dance.samples is not None
    try:
        found = tracking.track_samples(dance.samples.astype(np.float32) / FULL_SCALE, SAMPLE_RATE)
    except AudioError:
        return None
    return Beats(found.times - MARGIN_SECONDS, found.positions, found.metre)


def _write(file: Path, samples: np.ndarray) -> None:
    with wave.open(str(file), "wb") as written:
        written.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        written.writeframes(samples.astype("<i2").tobytes())


def following(songs: Sequence[Staged]) -> dict[str, Staged]:
    """For each song, by name, the one that is danced in its place to see what music changes: the next, the last's the first."""
    return {here.name: there for here, there in zip(songs, [*songs[1:], *songs[:1]], strict=True)}
