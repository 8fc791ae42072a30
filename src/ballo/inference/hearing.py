"""What a model hears, chunk by chunk: blocks of music with the context around them, and the song's beats beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ballo.inference.bundle import Hearing
from ballo.music import beats, clock
from ballo.music.audio import Song
from ballo.music.beats import Beats


def with_context(music: Iterator[np.ndarray], hearing: Hearing, frames: int) -> Iterator[np.ndarray]:
    """Blocks of a frame's samples each, in runs of `frames` + context that overlap by the context.

    Before the music and after it there is silence; the last run is shorter.
    """
    silence = np.zeros((1, hearing.samples_per_block), np.float32)
    held = [silence[0]] * hearing.blocks_before
    wanted = frames + hearing.context_blocks
    # One silent block more: a resampler may round the music's end down by a sample, to a frame less than it lasts.
    for block in chain(music, silence):
        missing = hearing.samples_per_block - len(block)
        held.append(np.pad(block, (0, missing)) if missing else block)
        if len(held) == wanted:
            yield np.stack(held)
            held = held[frames:]
    # What is held still has its own frames to dance, and the context after them.
    while len(held) > hearing.blocks_before:
        own = min(frames, len(held) - hearing.blocks_before)
        heard = np.stack(held)[: own + hearing.context_blocks]
        yield np.concatenate([heard, silence.repeat(own + hearing.context_blocks - len(heard), axis=0)])
        held = held[own:]


@dataclass(frozen=True)
class BeatClock:
    """A song's beats as a model takes them, at `fps` frames a second; where no beat is found, every row is zero."""

    beats: Beats | None
    fps: float

    @classmethod
    def listening(cls, song: Song, fps: float) -> BeatClock:
        """The clock of a song, which is heard whole for it (AudioError if it cannot be decoded)."""
        try:
            return cls(beats.track_song(song), fps)
        except beats.NoBeat:
            return cls(None, fps)

    def at(self, first: int, frames: int) -> np.ndarray:
        """(frames, `clock.CHANNELS`) float32, from frame `first` on."""
        return clock.clock(self.beats, frames, self.fps, first / self.fps)
