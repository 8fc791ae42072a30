"""What is measured of dances beside the real ones: one function a measure, in one list.

A measure is a number of one song, or of several together. Where it is a number of one song, several have its mean. All are in
the units that their entries say; positions that come in are metres.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ballo.evaluation.danced import Danced
from ballo.evaluation.measures.measure import LESS, MORE, NEAR_ONE, NEAR_REAL, Measure
from ballo.evaluation.songs import Staged
from ballo.metrics import diversity, feet, physics, sync
from ballo.metrics.sync import InSong
from ballo.motion.steps import steps


def speed_ratio(danced: Danced) -> float:
    """Mean joint speed over the real dance's."""
    fps = danced.staged.fps
    real = float(physics.joint_speed(danced.staged.real, fps).mean())
    return _over(_mean(danced, lambda p: float(physics.joint_speed(p, fps).mean())), real)


def jerk(danced: Danced) -> float:
    """Mean norm of the third derivative, m/s^3."""
    if danced.real:
        return _real_jerk(danced.staged)
    return _mean(danced, lambda p: physics.jerk(p, danced.staged.fps))


def jerk_ratio(danced: Danced) -> float:
    """Jerk over the real dance's, whose joins are left out."""
    return _over(jerk(danced), _real_jerk(danced.staged))


def jerkiness(danced: Danced) -> float:
    """As the research system has it: the third difference squared, summed over channels, the mean over frames; cm^2, and of its
    frame rate. Points are taken around the pelvis, as the published ones come."""

    def of(positions: np.ndarray) -> float:
        around = 100 * (positions - positions[:, :1]).astype(np.float64)
        return float((np.diff(around, n=3, axis=0) ** 2).sum(axis=(1, 2)).mean())

    return _mean(danced, of)


def variation(danced: Danced) -> float:
    """Total variation: how far a coordinate goes from frame to frame on average, around the pelvis, in cm."""
    return _mean(danced, lambda p: 100 * float(np.abs(np.diff(p - p[:, :1], axis=0)).mean()))


def distance(danced: Danced) -> float:
    """Mean joint distance to the real dance, frame by frame, each in its heading frame, in cm: the validation L1."""
    skeleton, real = danced.staged.skeleton, danced.staged.real
    return _mean(danced, lambda p: 100 * diversity.pose_distance(skeleton, p, real))


def seed_change(danced: Danced) -> float:
    """Mean distance between the dances of two seeds, in cm."""
    return 100 * diversity.spread(danced.staged.skeleton, danced.by_seed)


def song_change(danced: Danced) -> float:
    """Mean distance between the dances of one seed to this song and to another, in cm."""
    skeleton = danced.staged.skeleton
    pairs = zip(danced.by_seed, danced.other_song, strict=False)
    found = [diversity.pose_distance(skeleton, here, there) for here, there in pairs]
    return 100 * float(np.mean(found)) if found else float("nan")


def response(danced: Danced) -> float:
    """What another song changes over what another seed does; nan where seeds change nothing."""
    return _over(song_change(danced), seed_change(danced))


def song_spread(songs: Sequence[Danced]) -> float:
    """Mean distance between the dances of one seed to two of the songs, in cm."""
    found = [
        diversity.spread(songs[0].staged.skeleton, dances) for dances in zip(*(song.by_seed for song in songs), strict=True)
    ]
    return 100 * float(np.mean(found))


def skate(danced: Danced) -> float:
    """How fast the lower toe slides while it is on the floor, the median, in cm/s."""
    toes = [foot[-1] for foot in danced.staged.skeleton.foot_joints]
    return _mean(danced, lambda p: 100 * feet.skate(p[:, toes], danced.staged.fps).median)


def frozen(danced: Danced) -> float:
    """The share of time spent in stretches of over a second without movement, in %."""

    def of(positions: np.ndarray) -> float:
        still = sum(freeze.seconds for freeze in physics.freezes(positions, danced.staged.fps))
        return 100 * still * danced.staged.fps / len(positions)

    return _mean(danced, of)


def freezes(danced: Danced) -> float:
    """How many such stretches, a dance."""
    return _mean(danced, lambda p: float(len(physics.freezes(p, danced.staged.fps))))


def in_time(songs: Sequence[Danced]) -> float:
    """How much steps agree on a place in the beat, over songs: the resultant of their phases, 0 to 1; nan without steps."""
    found = sync.step_phase([steps_of(song) for song in songs if song.staged.beats is not None], draws=1)
    return found.resultant if found.events else float("nan")


def in_time_by_chance(songs: Sequence[Danced]) -> float:
    """How often one random shift a song gives steps that agree as much; nan of one song, whose steps agree however shifted."""
    if len(songs) < 2:
        return float("nan")
    found = sync.step_phase([steps_of(song) for song in songs if song.staged.beats is not None])
    return found.p_value if found.events else float("nan")


def steps_of(danced: Danced) -> InSong:
    """The steps of all seeds' dances together: they share a song, so that chance shifts them together."""
    staged = danced.staged
    assert staged.beats is not None
    found = [steps(staged.skeleton, dance, staged.fps) for dance in danced.by_seed]
    return InSong(np.concatenate(found), staged.beats, staged.joins if danced.real else np.zeros(0))


def _real_jerk(staged: Staged) -> float:
    return physics.jerk(staged.real, staged.fps, staged.keep)


def _over(value: float, other: float) -> float:
    return value / other if other > 0 else float("nan")


def _mean(danced: Danced, of: Callable[[np.ndarray], float]) -> float:
    """The mean over seeds."""
    return float(np.mean([of(dance) for dance in danced.by_seed]))


MEASURES = (
    Measure("speed_ratio", "speed / real", "", NEAR_ONE, speed_ratio),
    Measure("jerk", "jerk", "m/s3", NEAR_REAL, jerk),
    Measure("jerk_ratio", "jerk / real", "", NEAR_ONE, jerk_ratio),
    Measure("jerkiness", "jerkiness, seed's", "cm2", NEAR_REAL, jerkiness),
    Measure("total_variation", "total variation", "cm/frame", NEAR_REAL, variation),
    Measure("distance", "L1 to real", "cm", LESS, distance),
    Measure("seed_change", "another seed changes", "cm", MORE, seed_change),
    Measure("song_change", "another song changes", "cm", MORE, song_change),
    Measure("response", "song / seed", "", MORE, response),
    Measure("song_spread", "spread over songs", "cm", NEAR_REAL, None, song_spread),
    Measure("skate", "foot skate", "cm/s", LESS, skate),
    Measure("freezes", "freezes a dance", "", NEAR_REAL, freezes),
    Measure("frozen", "frozen", "%", NEAR_REAL, frozen),
    Measure("in_time", "steps in time, R", "", NEAR_REAL, lambda song: in_time([song]), in_time),
    Measure("in_time_p", "  p by chance", "", LESS, None, in_time_by_chance),
    # No classifier of styles exists yet.
    Measure("style_accuracy", "style accuracy", "%", NEAR_REAL),
)
