"""What of a dance is new: against training, against the dances of other seeds, and against those to other music."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ballo.evaluation import trained
from ballo.evaluation.danced import Context, Danced, seeds_of
from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE, NEAR_REAL, Measure, TooFew
from ballo.metrics import copying
from ballo.metrics.copying import Copying, Distances, Learnt
from ballo.metrics.diversity import joint_distance
from ballo.metrics.response import MusicResponse, music_response

SPREAD_FRAMES_PER_SECOND = 10.0
"""Dances to different songs are compared so many times a second or a little oftener; what lies between is much the same."""


def from_training(danced: Danced) -> float:
    """How far frames are from the nearest of training, the median of all seeds' together, in cm."""
    return 100 * _copying(danced).nearest_frame


def near_training(danced: Danced) -> float:
    """The share of frames within 3 cm of one of training, in %."""
    return 100 * _copying(danced).share_near


def newness(danced: Danced) -> float:
    """How far seconds of movement are from the nearest of training, over what that is of held-out units."""
    ratio = _copying(danced).window_ratio
    if not np.isfinite(ratio):
        raise TooFew("the archive holds no movement out, or nobody danced a second")
    return ratio


def distance(danced: Danced) -> float:
    """Mean joint distance to the real dance, frame by frame, each in its heading frame, in cm: the validation L1."""
    return 100 * _mean([joint_distance(dance, danced.reference.placed[0]) for dance in danced.placed])


def seed_change(danced: Danced) -> float:
    """Mean distance between the dances of two seeds, in cm."""
    return 100 * _response(danced).seed_change


def song_change(danced: Danced) -> float:
    """Mean distance between the dances of one seed to this song and to another, in cm."""
    return 100 * _response(danced).song_change


def response(danced: Danced) -> float:
    """What another song changes over what another seed does; nan where seeds change nothing."""
    return _response(danced).ratio


def _response(danced: Danced) -> MusicResponse:
    return danced.kept("music response", lambda: music_response(danced.placed, danced.other_placed))


def song_spread(songs: Sequence[Danced]) -> float:
    """Mean distance between the dances of one seed to two of the songs, in cm; a song that is there twice is no pair."""
    seeds = seeds_of(songs)
    return 100 * _mean([_between(one, other, seeds) for one, other in combinations(songs, 2) if one is not other])


def _between(one: Danced, other: Danced, seeds: int) -> float:
    """Metres between the dances to two songs. Known from the last time: resamples of songs ask for it again and again."""
    if other.staged.name < one.staged.name:
        one, other = other, one
    there = other.staged
    return one.kept(
        f"apart from {there.name} {there.first_frame} {len(there.real)} {seeds}",
        lambda: _mean([joint_distance(*pair) for pair in zip(_some(one)[:seeds], _some(other)[:seeds], strict=True)]),
    )


def _some(danced: Danced) -> list[np.ndarray]:
    """(T', J, 3) of each seed's dance, evenly."""
    step = max(1, int(danced.staged.fps / SPREAD_FRAMES_PER_SECOND))
    return danced.kept("some frames", lambda: [np.ascontiguousarray(dance[::step]) for dance in danced.placed])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _copying(danced: Danced) -> Copying:
    """How near the dances of all seeds together are to training."""

    def of() -> Copying:
        if danced.context is None:
            raise TooFew("no archive says what training shows")
        among, unseen = _learnt(danced.context)
        return copying.copying(copying.distances(danced.placed, danced.staged.fps, among), unseen)

    return danced.kept("copying", of)


def _learnt(context: Context) -> tuple[Learnt, Distances]:
    """What the archive's training shows, and how far its held-out units are from that."""
    among = trained.shown_in(context)
    if among is None:
        raise TooFew("the archive has no dances to learn from")

    def unseen() -> Distances:
        return copying.distances(trained.held_back(context.archive), context.archive.fps, among)

    return among, context.kept("held back", unseen)


FAMILY = "novelty"

MEASURES = (
    Measure(
        "from_training", "to training", "cm", MORE, from_training, family=FAMILY, convention="sound",
        about="How far a pose is from the nearest of all that training shows, root mean square over joints, the median over "
        "frames; real dances recur in training and are near 0, and noise is far too.",
    ),
    Measure(
        "near_training", "within 3 cm of training", "%", LESS, near_training, family=FAMILY, convention="sound",
        about="The share of frames whose pose training shows within 3 cm.",
    ),
    Measure(
        "newness", "to training / unseen real", "", NEAR_ONE, newness, family=FAMILY, convention="sound",
        about="How far a second of movement is from the nearest of training, over what that is of real movement kept out of "
        "training: 0 is a copy, 1 is as new as real movement can be, and much over 1 is like nothing that was danced.",
    ),
    Measure(
        "distance", "L1 to real", "cm", LESS, distance, family=FAMILY, convention="sound",
        about="The mean joint distance to the real dance, frame by frame; a still mean pose has the least.",
    ),
    Measure(
        "seed_change", "another seed changes", "cm", MORE, seed_change, family=FAMILY, convention="sound",
        about="The mean joint distance between the dances of two seeds to one song: multimodality.",
    ),
    Measure(
        "song_change", "another song changes", "cm", MORE, song_change, family=FAMILY, convention="sound",
        about="The mean joint distance between the dances of one seed to this song and to another, in this song's style.",
    ),
    Measure(
        "response", "song / seed", "", MORE, response, family=FAMILY, convention="sound",
        about="What another song changes over what another seed does: over 1, music says more than chance.",
    ),
    Measure(
        "song_spread", "spread over songs", "cm", NEAR_REAL, None, song_spread, family=FAMILY, convention="sound",
        about="The mean joint distance between the dances of one seed to any two of the songs, styles mixed.",
    ),
)  # fmt: skip
