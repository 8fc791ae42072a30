"""A baseline as a dancer like any other: its way of dancing, with what all of them share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from ballo.baselines.repertoire import Repertoire
from ballo.inference.dancer import check
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton
from ballo.music.audio import Song
from ballo.music.onsets import RATE
from ballo.version import VERSION

SILENCE_PEAK = 1e-3
"""Music that never gets louder than this is silence, as it is to a model."""


class Way(Protocol):
    """A way of dancing."""

    def perform(self, song: Song, frames: int, style: str, seed: int) -> Motion:
        """So many frames to a song from its start on, in one of the repertoire's styles."""
        ...


@dataclass(frozen=True, eq=False)
class Baseline:
    """A way of dancing with its name and what it learnt from; see `inference.dancer.Dancer`."""

    name: str
    repertoire: Repertoire
    way: Way

    @property
    def styles(self) -> tuple[str, ...]:
        """What the archive's train split has dances of."""
        return self.repertoire.styles

    @property
    def fps(self) -> float:
        """The archive's."""
        return self.repertoire.archive.fps

    @property
    def skeleton(self) -> Skeleton:
        """The dancer."""
        return self.repertoire.archive.skeleton

    def dance(self, song: Song, *, style: str, seed: int, progress: Callable[[float], None] | None = None) -> Motion:
        """Dance to a song: ceil(seconds x fps) frames from its start on.

        Raises:
            AudioError: the song cannot be decoded, or has no beat and this baseline needs one.
            BalloError: the archive has no such style, or the seed is no whole number from 0 on.
        """
        check(self, style, seed)
        seconds = _length(song)
        frames = math.ceil(seconds * Fraction(self.fps).limit_denominator(1001))
        motion = self.way.perform(song, frames, style, int(seed))
        assert len(motion) == frames
        if progress is not None:
            progress(float(seconds))
        return replace(motion, meta=self._meta(song, style, int(seed)))

    def _meta(self, song: Song, style: str, seed: int) -> dict[str, Any]:
        return {
            "song": song.path.name,
            "song_sha256": song.sha256,
            "start_seconds": float(song.start_seconds),
            "model": self.name,
            "model_sha256": self.repertoire.archive.manifest_sha256,
            "style": style,
            "seed": seed,
            "version": VERSION,
            "seconds": float(song.seconds or 0),
            "truncated": song.truncated,
            "silent": song.peak <= SILENCE_PEAK,
        }


def _length(song: Song) -> Fraction:
    """Seconds of music, which only a whole pass over it can tell."""
    if song.seconds is None:
        for _ in song.blocks(RATE, 10 * RATE):
            pass
    assert song.seconds is not None
    return song.seconds


def waiting(danced: Motion, first_frame: int, frames: int) -> Motion:
    """A dance that begins at `first_frame` as one of `frames` frames: before it and after it the dancer waits in its poses."""
    shown = np.clip(np.arange(frames) - first_frame, 0, len(danced) - 1)
    return replace(danced, rotations=danced.rotations[shown], root=danced.root[shown], contacts=danced.contacts[shown])
