"""What timing is measured by: when somebody dancing to a song steps and rests, how her feet move and brake, kept once for all.

Left out is what lies near joins of recordings in the real dance, and everybody's first and last quarter of a second, where
derivatives are one-sided. Derivatives are those of what a camera of `DERIVATIVE_FPS` would have seen, or feet of more frames a
second would brake harder. All need a song whose beats are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ballo.evaluation.danced import Danced
from ballo.evaluation.songs import Staged
from ballo.metrics import alignment, bar_phase
from ballo.metrics.bar_phase import Folded, InBars, Turned
from ballo.metrics.bars import Braked, braking
from ballo.metrics.resampling import DERIVATIVE_FPS, resample
from ballo.metrics.sync import JOIN_SECONDS, InSong
from ballo.metrics.tempo import Moved
from ballo.motion.steps import foot_speed, steps

BEATS, STEPS = "motion beats", "steps"
"""Moments of a dance: when the body is slowest, and when a foot comes down."""

LEAST_EVENTS = 5
"""With fewer of all seeds, nothing is said of how near they lie to beats."""


def in_song(staged: Staged, joined: bool, events: np.ndarray | None = None) -> InSong:
    """Some moments, or none, in a song; with the joins of its real dance, if dances are joined there."""
    assert staged.beats is not None
    return InSong(np.zeros(0) if events is None else events, staged.beats, staged.joins if joined else np.zeros(0))


def events(kind: str, danced: Danced) -> list[InSong]:
    """The steps, or motion beats, of each seed's dance."""
    staged = danced.staged

    def of(positions: np.ndarray) -> InSong:
        if kind == STEPS:
            found = steps(staged.skeleton, resample(positions, staged.fps), DERIVATIVE_FPS)
        else:
            found = alignment.motion_beats(positions, staged.fps)
        inside = (found >= JOIN_SECONDS) & (found <= (len(positions) - 1) / staged.fps - JOIN_SECONDS)
        return in_song(staged, danced.joined, found[inside])

    return danced.kept(kind, lambda: [of(positions) for positions in danced.by_seed])


def turned(danced: Danced) -> Turned:
    """The steps of all seeds together on the circle of the beat."""
    together = np.concatenate([np.zeros(0), *(dance.events for dance in events(STEPS, danced))])
    song = in_song(danced.staged, danced.joined, together)
    return danced.kept("steps in the beat", lambda: bar_phase.turn(InBars(song, downbeat=0, metre=1)))


def by_shift(kind: str, danced: Danced) -> np.ndarray:
    """(2, SHIFTS) what a song's dances score, to music and to motion, by how far its beats are shifted; nan with few events."""

    def compute() -> np.ndarray:
        found = events(kind, danced)
        # Who does next to nothing would align by luck.
        return alignment.scores_by_shift(found if sum(len(dance.counted) for dance in found) >= LEAST_EVENTS else [])

    return danced.kept(f"{kind} by shift", compute)


def to_songs(kind: str, danced: Danced, songs: Sequence[Staged]) -> np.ndarray:
    """(2, S) what a song's dances score to others."""

    def compute() -> np.ndarray:
        return alignment.scores_to_songs(events(kind, danced), [in_song(song, danced.joined) for song in songs])

    return danced.kept(f"{kind} to {[song.name for song in songs]}", compute)


def moved(danced: Danced) -> list[Moved]:
    """The speed of the feet of each seed's dance."""
    staged, song = danced.staged, in_song(danced.staged, danced.joined)

    def of(positions: np.ndarray) -> Moved:
        speed = foot_speed(staged.skeleton, resample(positions, staged.fps), DERIVATIVE_FPS).sum(axis=1)
        return Moved(speed, DERIVATIVE_FPS, song.beats, staged.metre, song.joins)

    return danced.kept("speed of feet", lambda: [of(positions) for positions in danced.by_seed])


def folded(danced: Danced) -> Folded:
    """What feet do, of all seeds together, on the circle of the bar."""
    staged, song = danced.staged, in_song(danced.staged, danced.joined)
    assert staged.positions is not None
    edge, downbeat = math.ceil(JOIN_SECONDS * DERIVATIVE_FPS), int(-staged.positions[0] % staged.metre)

    def of(positions: np.ndarray) -> Braked:
        signal = braking(staged.skeleton, resample(positions, staged.fps), DERIVATIVE_FPS)
        inner = signal[edge : max(edge, len(signal) - edge)]
        return Braked(inner, DERIVATIVE_FPS, song.beats, downbeat, staged.metre, song.joins, edge / DERIVATIVE_FPS)

    return danced.kept("bars", lambda: bar_phase.fold([of(positions) for positions in danced.by_seed]))
