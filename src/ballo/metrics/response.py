"""What changes a dance: another seed, which is chance, or another song, which is music. Metres.

Dances are (T, J, 3) each, in heading frames (`kinematics.unplace`), so that where somebody dances and faces is no change. They
are compared frame by frame as far as both go. Shapes that make no sense are a ValueError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ballo.metrics.diversity import joint_distance


@dataclass(frozen=True)
class MusicResponse:
    """How much dances change with the music, beside how much they do by chance.

    Args:
        song_change: mean joint distance between the dances of one seed to two songs, the mean over seeds; nan without any.
        seed_change: that between the dances of two seeds to one song, the mean over pairs; nan of one seed.
        ratio: the one over the other: over 1 music says more than chance; nan where seeds change nothing.
    """

    song_change: float
    seed_change: float
    ratio: float


def music_response(by_seed: Sequence[np.ndarray], other_song: Sequence[np.ndarray]) -> MusicResponse:
    """How much the dances to a song change if they are danced to another one.

    It asks for change, not for the right one: who throws the dice by the song has as much. Real dances have one seed, and none.

    Args:
        by_seed: the dances to a song, one a seed.
        other_song: those of the same seeds in the same style to another song; seeds that danced to one alone do not count.
    """
    changes = [joint_distance(here, there) for here, there in zip(by_seed, other_song, strict=False)]
    by_song, by_chance = float(np.mean(changes)) if changes else float("nan"), multimodality(by_seed)
    return MusicResponse(by_song, by_chance, by_song / by_chance if by_chance > 0 else float("nan"))


def multimodality(by_seed: Sequence[np.ndarray]) -> float:
    """How different the dances of several seeds to one song are: mean joint distance, the mean over pairs; nan of one seed.

    Noise is more different from seed to seed than dance: see it beside the distance between real dances.

    Source: after Guo et al., "Action2Motion", ACM MM 2020, who take distances of learnt features.
    """
    pairs = [joint_distance(one, other) for one, other in combinations(by_seed, 2)]
    return float(np.mean(pairs)) if pairs else float("nan")
