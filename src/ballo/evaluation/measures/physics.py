"""How bodies move and stand: speed, roughness, feet on the floor, bones, standing still. Of a song, the mean over its seeds.

Frames near joins of recordings are the editor's and not the dancer's, so they are left out of real dances' derivatives and
feet. Generated dances hide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ballo.evaluation.danced import Danced, over_seeds
from ballo.evaluation.measures.measure import LESS, NEAR_ONE, NEAR_REAL, Convention, Measure
from ballo.metrics import bones, contact, feet, physics
from ballo.metrics.feet import Standing
from ballo.metrics.paper import contact as edge
from ballo.metrics.paper import jerkiness as research
from ballo.metrics.paper import skating as lodge
from ballo.metrics.resampling import resample
from ballo.motion.skeleton import Skeleton

Of = Callable[[np.ndarray, float, np.ndarray | None], float]
"""Something of positions (T, J, 3), their frame rate and which frames count, (T,) bool or None for all."""

_NAN = float("nan")


def speed_ratio(danced: Danced) -> float:
    """Mean joint speed over the real dance's."""
    return _over_real(danced, "speed", _speed)


def acceleration_ratio(danced: Danced) -> float:
    """Acceleration over the real dance's."""
    return _over_real(danced, "acceleration", physics.acceleration)


def jerk(danced: Danced) -> float:
    """Mean norm of the third derivative, m/s^3."""
    return _mean(_by_seed(danced, "jerk", physics.jerk))


def jerk_ratio(danced: Danced) -> float:
    """Jerk over the real dance's."""
    return _over_real(danced, "jerk", physics.jerk)


def jerkiness(danced: Danced) -> float:
    """Third difference squared, as in `paper.jerkiness`, at its frame rate; cm^2."""
    return over_seeds(danced, lambda p: research.jerkiness(resample(p, danced.staged.fps, research.FPS)))


def variation(danced: Danced) -> float:
    """Total variation, as in `paper.jerkiness`, at its frame rate; cm."""
    return over_seeds(danced, lambda p: research.total_variation(resample(p, danced.staged.fps, research.FPS)))


def foot_contact(danced: Danced) -> float:
    """PFC as in `contact`; m^2/s^2."""
    legs, fps = _legs(danced.staged.skeleton), danced.staged.fps
    if legs is None:
        return _NAN
    return over_seeds(danced, lambda p: contact.foot_contact(p[:, 0], p[:, legs], fps, _counted(danced)))


def foot_contact_edge(danced: Danced) -> float:
    """PFC as in `paper.contact`, at the frame rate that it means."""
    return _published(danced)[0]


def skate(danced: Danced) -> float:
    """How fast the lower toe slides while it is on the floor, the median, in cm/s."""
    return _of_toes(danced, lambda toes, fps, keep: 100 * feet.skate(toes, fps, keep=keep).median)


def sliding(danced: Danced) -> float:
    """The share of that time in which it goes over 10 cm/s, in %."""
    return _of_toes(danced, lambda toes, fps, keep: 100 * feet.sliding_ratio(toes, fps, keep=keep))


def skating_lodge(danced: Danced) -> float:
    """FSR as in `paper.skating`, at the frame rate that it means; in %."""
    return 100 * _published(danced)[1]


def penetration(danced: Danced) -> float:
    """How far the lowest foot point is under the floor at 0, the mean over frames, in cm."""
    return 100 * _standing(danced, "depth")


def under_floor(danced: Danced) -> float:
    """The share of frames in which it is over a centimetre under the floor, in %."""
    return 100 * _standing(danced, "under_share")


def floating(danced: Danced) -> float:
    """The share of frames in which it is over 3 cm above the floor, in %."""
    return 100 * _standing(danced, "over_share")


def bone_variation(danced: Danced) -> float:
    """The standard deviation over the mean of a bone's length, the mean over bones, in %."""
    parents = danced.staged.skeleton.parents
    return over_seeds(danced, lambda p: 100 * bones.bone_variation(p, parents).mean if len(p) else _NAN)


def freezes(danced: Danced) -> float:
    """How many stretches of over a second without movement, a dance."""
    return over_seeds(danced, lambda p: float(len(physics.freezes(p, danced.staged.fps))))


def frozen(danced: Danced) -> float:
    """The share of time spent in such stretches, in %."""
    return over_seeds(danced, lambda p: 100 * physics.freeze_ratio(p, danced.staged.fps))


def _counted(danced: Danced) -> np.ndarray | None:
    """(T,) bool, the frames of a real dance that count; all of others."""
    return danced.staged.keep if danced.joined else None


def _of_toes(danced: Danced, of: Of) -> float:
    """The mean over seeds of something of its toes (T, feet, 3), its frame rate and the frames that count."""
    toes = [foot[-1] for foot in danced.staged.skeleton.foot_joints]
    return over_seeds(danced, lambda p: of(p[:, toes], danced.staged.fps, _counted(danced))) if toes else _NAN


def _legs(skeleton: Skeleton) -> np.ndarray | None:
    """(2, 2) the joints of each foot that published code looks at, ankle and toe; None for who has not two feet."""
    toes = [foot[-1] for foot in skeleton.foot_joints]
    return np.array([[skeleton.parents[toe], toe] for toe in toes]) if len(toes) == 2 else None


def _published(danced: Danced) -> tuple[float, float]:
    """EDGE's PFC and LODGE's FSR, the means over seeds: both look at the same joints at the same frame rate."""
    legs = _legs(danced.staged.skeleton)
    if legs is None or not danced.by_seed:
        return _NAN, _NAN
    joints = np.array([0, *legs.ravel()])

    def of_seeds() -> tuple[float, float]:
        found = []
        for dance in danced.by_seed:
            points = resample(dance[:, joints], danced.staged.fps, edge.FPS)
            ankles_and_toes = points[:, 1:].reshape(-1, 2, 2, 3)
            skating = lodge.foot_skating(ankles_and_toes[:, :, 0], ankles_and_toes[:, :, 1])
            found.append((edge.physical_foot_contact(points[:, 0], ankles_and_toes), skating.ratio))
        pfc, fsr = np.mean(found, axis=0)
        return float(pfc), float(fsr)

    return danced.kept("physics published", of_seeds)


def _standing(danced: Danced, name: str) -> float:
    """One of the figures of `feet.standing`, the mean over seeds."""
    points = [joint for foot in danced.staged.skeleton.foot_joints for joint in foot]

    def of_seeds() -> list[Standing]:
        return [feet.standing(dance[:, points]) for dance in danced.by_seed]

    return _mean([getattr(found, name) for found in danced.kept("physics standing", of_seeds)]) if points else _NAN


def _speed(positions: np.ndarray, fps: float, keep: np.ndarray | None) -> float:
    """Mean joint speed, m/s, of frames that count and of others: a join is one frame of many."""
    return float(physics.joint_speed(positions, fps).mean()) if len(positions) > 1 else _NAN


def _by_seed(danced: Danced, name: str, of: Of) -> list[float]:
    """Something of each seed's dance, which several measures share."""
    counted = _counted(danced)
    return danced.kept(
        f"physics {name}",
        lambda: [of(p, danced.staged.fps, counted if counted is None else counted[: len(p)]) for p in danced.by_seed],
    )


def _over_real(danced: Danced, name: str, of: Of) -> float:
    """Something of a dance over that of the real one as far as it goes: who stops early is held to what was danced by then."""
    staged, real = danced.staged, danced.reference

    def of_real(frames: int) -> float:
        return real.kept(f"physics {name} of {frames}", lambda: of(staged.real[:frames], staged.fps, staged.keep[:frames]))

    lengths = [min(len(dance), len(staged.real)) for dance in danced.by_seed]
    return _mean([_over(value, of_real(frames)) for value, frames in zip(_by_seed(danced, name, of), lengths, strict=True)])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else _NAN


def _over(value: float, other: float) -> float:
    return value / other if other > 0 else _NAN


def _measure(
    name: str,
    title: str,
    unit: str,
    better: str,
    of_song: Callable[[Danced], float],
    about: str,
    convention: Convention = "both",
) -> Measure:
    return Measure(name, title, unit, better, of_song, family="physics", convention=convention, about=about)


MEASURES = (
    _measure("speed_ratio", "speed / real", "", NEAR_ONE, speed_ratio, "Mean joint speed over the real dance's."),
    _measure(
        "acceleration_ratio", "acceleration / real", "", NEAR_ONE, acceleration_ratio,
        "Mean joint acceleration over the real dance's, at 25 fps.",
    ),
    _measure(
        "jerk", "jerk", "m/s3", NEAR_REAL, jerk,
        "How suddenly forces change: the third derivative of joints, at 25 fps.", "sound",
    ),
    _measure("jerk_ratio", "jerk / real", "", NEAR_ONE, jerk_ratio, "Jerk over the real dance's.", "sound"),
    _measure(
        "jerkiness", "jerkiness (2019)", "cm2", NEAR_REAL, jerkiness,
        "As the research system (2019) has it: third differences squared and summed, so that few frames are most of it.",
        "paper",
    ),
    _measure(
        "total_variation", "total variation", "cm/frame", NEAR_REAL, variation,
        "How far a coordinate goes around the pelvis from frame to frame, at 25 fps.", "paper",
    ),
    _measure(
        "foot_contact", "PFC", "m2/s2", LESS, foot_contact,
        "Physical foot contact: whether both feet slide while the body accelerates. Who stands still scores 0, the best.",
        "sound",
    ),
    _measure(
        "foot_contact_edge", "PFC, EDGE's", "", LESS, foot_contact_edge,
        "As EDGE's code has it, at 30 fps: the hardest frame divides all others, so a glitch improves it.", "paper",
    ),
    _measure("skate", "foot skate", "cm/s", LESS, skate, "Median speed of the lower toe while it is on the floor.", "sound"),
    _measure(
        "sliding", "foot sliding", "%", LESS, sliding,
        "Of the time in which the lower toe is on the floor, how much it goes over 10 cm/s in. Dancers who turn slide too.",
        "sound",
    ),
    _measure(
        "skating_lodge", "FSR, LODGE's", "%", LESS, skating_lodge,
        "Foot skating ratio as LODGE's code has it, at 30 fps: who slides along a diagonal does not slide.", "paper",
    ),
    _measure(
        "penetration", "floor penetration", "cm", LESS, penetration,
        "How deep the lowest foot point is under the floor, on average.",
    ),
    _measure("under_floor", "under the floor", "%", LESS, under_floor, "Time in which a foot is over 1 cm under the floor."),
    _measure("floating", "floating", "%", LESS, floating, "Time in which neither foot is within 3 cm of the floor."),
    _measure(
        "bone_variation", "bone-length variation", "%", LESS, bone_variation,
        "How much bones change their length: standard deviation over mean.",
    ),
    _measure("freezes", "freezes a dance", "", NEAR_REAL, freezes, "Stretches of over a second without movement."),
    _measure("frozen", "frozen", "%", NEAR_REAL, frozen, "Time spent in such stretches."),
)  # fmt: skip
