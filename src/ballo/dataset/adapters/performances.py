"""One dance as a source gives it, and how it becomes `DANCER`'s: levelled once, on her bones, with its leaps.

What a source may be is in the modules beside this one; each gives `Performance`s, whatever it was published as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ballo.dataset.dancer import leg_length, leg_metres
from ballo.dataset.recordings import Problem, Progress
from ballo.errors import DataError
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

UNKNOWN = "unknown"
"""The style where nothing says it."""

_FARTHEST_METRES = 1000.0
_STANDING_SPEED = 0.25  # metres a second
_FOOT_JOINTS = [joint for foot in DANCER.foot_joints for joint in foot]
_SOFTNESS_METRES = kinematics.FLOOR_SOFTNESS_METRES


@dataclass(frozen=True)
class Performance:
    """One dance as a source gives it: a dancer's joints over time and the song it was danced to.

    Args:
        name: unique within the source.
        style: "break", "waltz", ...; `UNKNOWN` when nothing says it.
        joints: (T, 22, 3) metres, right-handed, Y up, in the order of `DANCER`; the performer's own bone lengths, not levelled.
        fps: frames a second.
        song: the music's file, or None where there is none.
        song_start_seconds: where in the song the first frame is.
        split: "train" or "val" where the source itself has a split; None where it has none, or leaves this dance out of it.
        sha256: of every source file read or named here, by path relative to the source.
        notes: what had to be made up or guessed, a sentence each.

    Raises:
        ValueError: the joints are not (T, 22, 3), fewer than 2 frames, not finite or absurd; no frame rate or start.
    """

    name: str
    style: str
    joints: np.ndarray
    fps: float
    song: Path | None = None
    song_start_seconds: float = 0.0
    split: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.joints.ndim != 3 or self.joints.shape[1:] != (len(DANCER), 3):
            raise ValueError(f"joints have the shape {self.joints.shape}, not (frames, {len(DANCER)}, 3)")
        check_points(self.joints)
        if np.abs(self.joints).max() > _FARTHEST_METRES:
            raise ValueError(f"joints lie as far away as {np.abs(self.joints).max():.3g} m")
        if not 0 < self.fps < np.inf or not 0 <= self.song_start_seconds < np.inf:
            raise ValueError(f"{self.fps:g} frames a second from {self.song_start_seconds:g} s of the song on")

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self) / self.fps


@dataclass(frozen=True)
class Found:
    """A dance that a source names, not yet read.

    Args:
        name: what it will be called.
        path: the file that its motion is in.
        read: gives the performance; raises ValueError or DataError with the reason why it cannot.
    """

    name: str
    path: Path
    read: Callable[[], Performance]


def read_each(
    source: Path, found: Sequence[Found], problems: list[Problem], progress: Progress | None = None
) -> Iterator[Performance]:
    """Read dance by dance, as they are asked for; what cannot be read is added to `problems` and left out.

    Of two dances of one name the first is read, and the second is a problem.
    """
    first: dict[str, Path] = {}
    for done, dance in enumerate(found):
        if progress:
            progress(dance.name, done, len(found))
        path = dance.path.relative_to(source).as_posix()
        if dance.name in first:
            reason = f"a second dance called {dance.name}, after {first[dance.name].relative_to(source)}; rename one of them"
            problems.append(Problem(path, reason, False, dance.name))
            continue
        first[dance.name] = dance.path
        try:
            yield dance.read()
        except OSError as error:
            problems.append(Problem(path, f"cannot be read ({error.strerror})", False, dance.name))
        except (ValueError, DataError) as error:
            problems.append(Problem(path, str(error).removeprefix(f"{dance.path}: "), False, dance.name))


def check_points(points: np.ndarray) -> None:
    """Points (T, ..., 3) must be two frames at least, and finite (ValueError)."""
    if len(points) < 2:
        raise ValueError(f"only {len(points)} frame{'' if len(points) == 1 else 's'} of motion, at least 2 are needed")
    unfinite = np.flatnonzero(~np.isfinite(points).reshape(len(points), -1).all(axis=1))
    if len(unfinite):
        raise ValueError(f"{len(unfinite)} frames hold numbers that are not finite; the first is frame {unfinite[0]}")


def as_motion(performance: Performance) -> Motion:
    """`DANCER` doing what the performer did.

    Bones point as hers; the way over the floor is hers times the ratio of the legs. The floor is found once for the dance, and
    levelled if it is clearly tilted. `DANCER`'s lowest joint is as high over it as the performer's, times the same ratio: a
    standing foot stands, a leap is a leap, and a dancer on her hands is on her hands.
    """
    joints, _ = level(performance.joints.astype(np.float64), performance.fps)
    ratio = leg_length() / leg_metres(joints)
    wxyz = kinematics.solve(DANCER, _with_own_soles(joints))
    root = np.zeros((len(joints), 3))
    root[:, [0, 2]] = (joints[:, 0, [0, 2]] - joints[0, 0, [0, 2]]) * ratio
    above = joints * [1.0, 0.0, 1.0] + np.maximum(joints, 0.0) * [0.0, 1.0, 0.0]  # what sinks in is noise
    clearance = _lowest(above) * ratio
    root[:, 1] = clearance - _lowest(kinematics.forward(DANCER, wxyz, root))
    positions = steadied(kinematics.forward(DANCER, wxyz, root), performance.fps)
    return Motion(DANCER, wxyz, root, performance.fps, kinematics.contacts(DANCER, positions, performance.fps))


STEADY_SECONDS = 0.1
"""Feet are judged by their mean over this long: tracked points tremble by some millimetres, which at 60 frames a second is as
fast as a step."""


def steadied(positions: np.ndarray, fps: float) -> np.ndarray:
    """(T, ...) each frame's mean with those around it, `STEADY_SECONDS` in all; at the ends the first and last frame repeat."""
    half = round(STEADY_SECONDS * fps / 2)
    padding = [(half + 1, half), *[(0, 0)] * (positions.ndim - 1)]
    sums = np.cumsum(np.pad(positions, padding, mode="edge"), axis=0)
    return (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)


@dataclass(frozen=True)
class Floor:
    """y = height + slope x (x, z), metres."""

    height: float
    slope: tuple[float, float] = (0.0, 0.0)


LEAST_SLOPE = 0.005
"""A smaller tilt is left: half a centimetre a metre is what a plane fitted to feet is worth."""
LARGEST_SLOPE = 0.15
"""A larger one is no floor, but steps or a slope that was meant."""
_LEAST_SPREAD_METRES = 0.3


def level(joints: np.ndarray, fps: float) -> tuple[np.ndarray, Floor]:
    """Joints (T, 22, 3) metres, Y up, set on y = 0, and the floor that was found under them.

    The floor is where the slow foot joints among the low ones are, so that leaps and a dance on the hands do not count. It
    is taken to be tilted only if a plane fits clearly better, is between `LEAST_SLOPE` and `LARGEST_SLOPE`, and the dance
    covers enough of it.
    """
    feet = steadied(joints[:, _FOOT_JOINTS], fps)
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * fps
    slow = np.concatenate([speed, speed[-1:]]) < _STANDING_SPEED
    lower = feet[..., 1].min(axis=1)
    base = float(np.percentile(lower, 5))
    floor = _plane(feet, slow, base)
    if floor is None:
        standing = feet[..., 1][slow & (np.abs(feet[..., 1] - base) < 0.04)]
        return joints - [0.0, float(np.median(standing)) if standing.size >= 10 else base, 0.0], Floor(base)
    along_x, along_z = floor.slope
    up = np.array([-along_x, 1.0, -along_z])
    turned = (joints - [0.0, floor.height, 0.0]) @ rotations.between(up, np.array([0.0, 1.0, 0.0])).T
    return turned, floor


def _plane(feet: np.ndarray, slow: np.ndarray, base: float) -> Floor | None:
    """The tilted floor under standing feet (T, F, 3), or None if it is as good as level, or cannot be known."""
    # Three rounds, each nearer to the plane: a tilt of 5 cm a metre lifts one end of a stage of 6 m by 30 cm.
    near, plane = 0.30, np.array([base, 0.0, 0.0])
    x, y, z = np.moveaxis(feet, -1, 0)
    for _ in range(6):
        standing = slow & (np.abs(y - plane[0] - plane[1] * x - plane[2] * z) < near)
        spread = [np.std(axis[standing]) if standing.sum() >= 50 else 0.0 for axis in (x, z)]
        if min(spread) < _LEAST_SPREAD_METRES:
            return None
        design = np.stack([np.ones(standing.sum()), x[standing], z[standing]], axis=1)
        plane = np.linalg.lstsq(design, y[standing], rcond=None)[0]
        near = max(0.03, near * 0.6)
    tilted = np.abs(y[standing] - design @ plane)
    flat = np.abs(y[standing] - np.median(y[standing]))
    slope = float(np.hypot(*plane[1:]))
    if not LEAST_SLOPE < slope < LARGEST_SLOPE or np.mean(tilted) > 0.7 * np.mean(flat):
        return None
    return Floor(float(plane[0]), (float(plane[1]), float(plane[2])))


def _lowest(positions: np.ndarray) -> np.ndarray:
    """(T,) the soft minimum of all the joints' heights (T, J, 3), as `kinematics.floor_height` takes it of the feet's."""
    heights = positions[..., 1]
    lowest = heights.min(axis=-1, keepdims=True)
    return lowest[..., 0] - _SOFTNESS_METRES * np.log(np.exp((lowest - heights) / _SOFTNESS_METRES).sum(axis=-1))


def _with_own_soles(joints: np.ndarray) -> np.ndarray:
    """Joints with `DANCER`'s heels and toes in the place of the performer's, their soles along hers.

    A fit of heel and toe at once would pitch a foot whose proportions are not `DANCER`'s; this keeps a level sole level.
    """
    joints = joints.copy()
    for side in ("left", "right"):
        ankle, heel, toe = (DANCER.index(f"{side}_{name}") for name in ("ankle", "heel", "toe"))
        hers = _sole(joints[:, heel] - joints[:, ankle], joints[:, toe] - joints[:, ankle])
        own = _sole(DANCER.offsets[heel], DANCER.offsets[toe])
        for joint in (heel, toe):
            joints[:, joint] = joints[:, ankle] + hers @ (own.T @ DANCER.offsets[joint])
    return joints


def _sole(heel: np.ndarray, toe: np.ndarray) -> np.ndarray:
    """(..., 3, 3) a foot's frame from its heel and toe, seen from the ankle: along the sole, from it to the ankle, across."""
    along = _unit(toe - heel)
    up = _unit(-heel + np.sum(heel * along, axis=-1, keepdims=True) * along)
    return np.stack([along, up, np.cross(along, up)], axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
