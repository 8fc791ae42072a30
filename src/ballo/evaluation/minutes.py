"""A long dance minute by minute: whether it goes on as it began. Axes: T frames, J joints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ballo.metrics import bar_phase, feet, physics
from ballo.metrics.sync import InSong
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton
from ballo.motion.steps import steps

MINUTE_SECONDS = 60.0
SAME_METRES = 0.03
"""Nearer than this, on average over joints, two poses are one."""


@dataclass(frozen=True)
class Minute:
    """A minute of a dance; nan where there is no such number.

    Args:
        speed: metres a second, the mean over joints.
        jerk: m/s^3.
        skate: how fast the lower toe slides on the floor, cm/s.
        frozen: share of it in stretches of over a second without movement, %.
        floor: how high the floor under the feet is, cm; it should stay 0.
        sunk: how deep the lowest foot is under the floor on average, cm.
        strayed: how far from where the dance began, on the floor, metres.
        spread: mean distance of a pose from the minute's mean pose, cm: falls when a dance collapses.
        shifted: of the minute's mean pose from the first minute's, cm.
        repeated: share of poses within 3 cm of one of another minute, %.
        nearest: to the nearest pose of an earlier minute on average, cm; falls as there is more to be near to.
        in_time: how much steps agree on a place in the beat, 0 to 1.
    """

    speed: float
    jerk: float
    skate: float
    frozen: float
    floor: float
    sunk: float
    strayed: float
    spread: float
    shifted: float
    repeated: float
    nearest: float
    in_time: float


@dataclass(frozen=True)
class Shown:
    """How a number of a `Minute` is shown.

    Args:
        name: there.
        title, unit: for people.
        least: a change from minute to minute that is smaller is not worth a word; none is where it grows by itself.
    """

    name: str
    title: str
    unit: str
    least: float = math.inf


SHOWN = (
    Shown("speed", "speed", "m/s", 0.03),
    Shown("jerk", "jerk", "m/s3", 5.0),
    Shown("skate", "foot skate", "cm/s", 1.0),
    Shown("frozen", "frozen", "%", 2.0),
    Shown("floor", "floor under the feet", "cm", 0.5),
    Shown("sunk", "under the floor", "cm", 0.2),
    # Whoever walks at random strays too: it is worth a word where it leaves a ballroom's middle.
    Shown("strayed", "from where it began", "m", 3.0),
    Shown("spread", "spread around the mean pose", "cm", 0.5),
    Shown("shifted", "mean pose from minute 1's", "cm"),
    Shown("repeated", "poses of another minute", "%", 5.0),
    Shown("nearest", "to an earlier pose", "cm"),
    Shown("in_time", "steps in time, R", "", 0.1),
)
assert [each.name for each in SHOWN] == [each.name for each in fields(Minute)]


def by_minute(skeleton: Skeleton, positions: np.ndarray, fps: float, beats: np.ndarray | None = None) -> tuple[Minute, ...]:
    """The whole minutes of a dance; a shorter dance, but for two frames, counts as one.

    Args:
        positions: (T, J, 3) metres.
        beats: (K,) seconds of its music.

    Raises:
        ValueError: positions of another shape, or less than four frames of them.
    """
    if positions.ndim != 3 or positions.shape[1:] != (len(skeleton), 3) or len(positions) < 4:
        raise ValueError(f"a dance must be (T, {len(skeleton)}, 3) with four frames or more, not {positions.shape}")
    frames = min(len(positions), round(MINUTE_SECONDS * fps))
    bounds = [(at, at + frames) for at in range(0, len(positions) - frames + 1, frames)]
    posed, _ = kinematics.unplace(skeleton, positions[: bounds[-1][1]].astype(np.float64))
    means = [posed[first:end].mean(axis=0) for first, end in bounds]
    stepped = steps(skeleton, positions, fps)
    strayed = np.linalg.norm(positions[:, 0, [0, 2]] - positions[0, 0, [0, 2]], axis=-1)
    recurring = _recurring(posed.astype(np.float32), bounds)
    return tuple(
        Minute(
            **_moving(skeleton, positions[first:end], fps),
            strayed=float(strayed[first:end].mean()),
            spread=100 * float(np.linalg.norm(posed[first:end] - mean, axis=-1).mean()),
            shifted=100 * float(np.linalg.norm(mean - means[0], axis=-1).mean()),
            repeated=repeated,
            nearest=nearest,
            in_time=_in_time(stepped, beats, first / fps, end / fps),
        )
        for (first, end), mean, (repeated, nearest) in zip(bounds, means, recurring, strict=True)
    )


def _moving(skeleton: Skeleton, positions: np.ndarray, fps: float) -> dict[str, float]:
    """What a minute shows by itself."""
    low = positions[:, [joint for foot in skeleton.foot_joints for joint in foot]]
    toes = positions[:, [foot[-1] for foot in skeleton.foot_joints]]
    return {
        "speed": float(physics.joint_speed(positions, fps).mean()),
        "jerk": physics.jerk(positions, fps),
        "skate": 100 * feet.skate(toes, fps).median,
        "frozen": 100 * physics.freeze_ratio(positions, fps),
        "floor": 100 * float(feet.running_floor(low, fps).mean()),
        "sunk": 100 * feet.standing(low).depth,
    }


def _in_time(stepped: np.ndarray, beats: np.ndarray | None, first: float, end: float) -> float:
    inside = stepped[(stepped >= first) & (stepped < end)]
    if beats is None or not len(inside):
        return float("nan")
    return bar_phase.step_phase([InSong(inside, beats)], draws=1).resultant


def _recurring(posed: np.ndarray, bounds: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """Of each minute the share of poses that another minute shows, in %, and how far an earlier one is, in cm.

    The nearest pose is found by the root mean square over joints, which matrices give, and how far it is told by the mean.
    """
    flat = posed.reshape(len(posed), -1)
    flat = flat - flat.mean(axis=0)
    size = np.einsum("ij,ij->i", flat, flat)
    found = []
    for first, end in bounds:
        if len(bounds) == 1:
            return [(float("nan"), float("nan"))]
        away = size[first:end, None] + size - 2 * flat[first:end] @ flat.T
        away[:, first:end] = np.inf
        same = _apart(posed[first:end], posed[away.argmin(axis=1)]) < SAME_METRES
        earlier = _apart(posed[first:end], posed[away[:, :first].argmin(axis=1)]).mean() if first else np.nan
        found.append((100 * float(same.mean()), 100 * float(earlier)))
    return found


def _apart(poses: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(poses - others, axis=-1).mean(axis=1))
