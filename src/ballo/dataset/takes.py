"""A take: one uncut recording of a dancer at her own tempo, made whole: gaps bridged, floor level, feet flat, one body.

Markers become the joints of `DANCER` at the performer's own size; her bone directions then drive the dancer's own bones, and
what her feet do on the floor is kept beside them, so that whoever plays the take (see `rendering`) can let them stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property

import numpy as np

from ballo.dataset import dancer, repair
from ballo.dataset.adapters.choreonet import Markers
from ballo.dataset.repair import Record
from ballo.dataset.timebase import TimeBase, resample
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import smooth, steps

FEET = tuple(joint for foot in DANCER.foot_joints for joint in foot)
"""Left heel, left toe, right heel, right toe."""

STANDING_SPEED = 0.15
"""A foot point slower than this, in metres a second, may be standing."""

_STANCE_SPEED, _STANCE_HEIGHT, _LEAST_STANCE = 0.10, 0.013, 1e-9
_FLAT_METRES = 0.03  # a heel marker sits this far above or below the toe's on a flat foot, at most
_FLAT_PERCENTILE = 15
_LEVEL_SPREAD_METRES = 0.2  # standing feet that spread less than this say nothing about the floor's tilt ...
_LARGEST_TILT = 0.03  # ... and no floor tilts more than this
_LEVEL_ROUNDS, _LEVEL_TOLERANCE = 12, 0.015


class Repair(IntFlag):
    """What was done to a frame."""

    FILLED = 1
    """A marker that was not seen was bridged."""
    SPIKE = 2
    """A marker that jumped was put back."""
    HEEL = 4
    """A heel marker that sits too high was lowered."""
    SPLICE = 8
    """The publisher's straight line between two clips was replaced."""
    JOIN = 16
    """Near the join of two units, whose motions were led into one another."""
    HELD = 32
    """No recording: the dancer waits."""
    STRETCHED = 64
    """A unit without a tempo of its own was stretched to the music's beats."""
    HEAD = 128
    """A head whose two sides had collapsed was bridged."""


@dataclass(frozen=True, eq=False)
class Take:
    """One recording of one dancer.

    Args:
        name: "15", or "20 (rebuilt)".
        fps: frames a second.
        joints: (T, 22, 3) metres in the order of `DANCER`, her own bones, floor level and about 0.
        leg_metres: hip to knee to ankle.
        repairs: (T,) uint8, `Repair` flags.
        records: what was done to the whole of it.
    """

    name: str
    fps: float
    joints: np.ndarray
    leg_metres: float
    repairs: np.ndarray
    records: tuple[Record, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.joints)

    @cached_property
    def steps(self) -> np.ndarray:
        """(S,) seconds at which she steps."""
        return steps(DANCER, self.joints, self.fps)

    @cached_property
    def play(self) -> Play:
        """The take as `DANCER` plays it."""
        wxyz = kinematics.solve(DANCER, self.joints)
        heading = np.unwrap(kinematics.heading(DANCER, self.joints))
        wxyz[:, 0] = rotations.multiply(rotations.about("y", -heading), wxyz[:, 0])
        pose = rotations.continuous(wxyz)
        feet = kinematics.forward(DANCER, pose, np.zeros((len(pose), 3)))[:, FEET]
        # Where her feet go on the floor, as large as the dancer is.
        way = self.joints[:, FEET][..., [0, 2]] * (dancer.leg_length() / self.leg_metres)
        velocity = np.gradient(way, 1 / self.fps, axis=0)
        speed = np.linalg.norm(velocity, axis=-1)
        # What a standing foot seems to move is its marker crawling on the skin and shoe.
        slip = _turned(velocity, -heading) * (1 - np.exp(-((speed / STANDING_SPEED) ** 2)))[..., None]
        return Play(pose, heading, slip, stance(speed, feet[..., 1], self.fps))


@dataclass(frozen=True, eq=False)
class Play:
    """A take on the dancer's bones, in her own heading frame.

    Args:
        pose: (T, 22, 4) local rotations wxyz; the pelvis faces +Z.
        heading: (T,) radians about +Y, unwrapped.
        slip: (T, 4, 2) metres a second to her left (x) and ahead (z): how her foot points move over the floor.
        stance: (T, 4) how much each foot point stands, 0 to 1.
    """

    pose: np.ndarray
    heading: np.ndarray
    slip: np.ndarray
    stance: np.ndarray


def stance(speed: np.ndarray, height: np.ndarray, fps: float) -> np.ndarray:
    """How much each of a dancer's foot points stands: the slower and the lower, the more. (T, 4) m/s and metres to (T, 4)."""
    above = height - height.min(axis=1, keepdims=True)
    slow = smooth(speed, 0.025 * fps)
    return np.exp(-slow / _STANCE_SPEED - above / _STANCE_HEIGHT) + _LEAST_STANCE


def from_markers(markers: Markers) -> Take:
    """A take from optical markers, mended.

    Raises:
        ValueError: a marker that the joints need is missing or never seen, or the markers are no human body.
    """
    whole, filled = _without_gaps(markers)
    points, spikes = repair.without_spikes(whole.points)
    jumped = (points != whole.points).any(axis=(1, 2))
    joints = joints_of(Markers(markers.name, points, markers.labels, markers.fps))
    joints, levelled = _level(joints, markers.fps)
    joints, heels, lowered = _flat_feet(joints, markers.fps)
    legs = dancer.leg_metres(joints)
    if not dancer.SHORTEST_LEG_METRES < legs < 1.5:
        raise ValueError(f"the markers are no human body: legs of {legs:.2f} m")
    flags = filled * Repair.FILLED | jumped * Repair.SPIKE | np.full(len(joints), lowered * Repair.HEEL)
    gaps = Record("gaps", "markers that were not seen, bridged", {"frames": int(filled.sum())})
    return Take(markers.name, markers.fps, joints, legs, flags.astype(np.uint8), (gaps, spikes, levelled, heels))


def _without_gaps(markers: Markers) -> tuple[Markers, np.ndarray]:
    """Markers with every gap bridged by a cubic, and (T,) which frames had one."""
    points, unseen = markers.points.copy(), np.isnan(markers.points).any(axis=-1)
    for marker in np.flatnonzero(unseen.any(axis=0)):
        seen = np.flatnonzero(~unseen[:, marker])
        if len(seen) < 2:
            continue
        places = np.unique([0, *seen, len(points) - 1])
        known = points[np.clip(places, seen[0], seen[-1]), marker]
        points[:, marker] = resample(known, TimeBase("gaps", places.astype(float)))
    return Markers(markers.name, points, markers.labels, markers.fps), unseen.any(axis=1)


def joints_of(markers: Markers) -> np.ndarray:
    """The dancer's 22 joints (T, 22, 3) from the markers of the Vicon sets of these takes.

    Raises:
        ValueError: a marker is missing, or never seen.
    """

    def mean(*labels: str) -> np.ndarray:
        for label in labels:
            if label not in markers.labels:
                raise ValueError(f"no marker {label}")
            if np.isnan(markers[label]).any():
                raise ValueError(f"the marker {label} is never seen")
        return np.mean([markers[label] for label in labels], axis=0)

    placed = {
        "pelvis": mean("LFWT", "RFWT", "LBWT", "RBWT"),
        "chest": mean("STRN", "T10"),
        "neck": mean("C7", "CLAV"),
        "head": mean("LFHD", "RFHD", "LBHD", "RBHD"),
    }
    single = {"shoulder": "SHO", "elbow": "ELB", "hand": "FIN", "knee": "KNE", "ankle": "ANK", "heel": "HEE", "toe": "TOE"}
    for side, letter in (("left", "L"), ("right", "R")):
        for joint, label in single.items():
            placed[f"{side}_{joint}"] = mean(letter + label)
        placed[f"{side}_wrist"] = mean(f"{letter}WRA", f"{letter}WRB")
    belt = np.stack([mean("LFWT", "LBWT"), mean("RFWT", "RBWT")], axis=1)
    knees = np.stack([placed["left_knee"], placed["right_knee"]], axis=1)
    thigh = float(np.median(np.linalg.norm(belt - knees, axis=-1)))
    tall = np.interp(thigh, dancer.THIGH_METRES, (0.0, 1.0))
    placed["left_hip"], placed["right_hip"] = np.moveaxis(dancer.hips_below(belt, placed["chest"], np.array(tall)), 1, 0)
    return np.stack([placed[name] for name in DANCER.joint_names], axis=1)


def _level(joints: np.ndarray, fps: float) -> tuple[np.ndarray, Record]:
    """The room turned so that its floor, a plane through the lower toe where it stands, is level and at 0."""
    toes = joints[:, [FEET[1], FEET[3]]]
    speed = smooth(np.linalg.norm(np.gradient(toes, 1 / fps, axis=0), axis=-1), 0.04 * fps)
    frames, lower = np.arange(len(joints)), toes[..., 1].argmin(axis=1)
    standing = toes[frames, lower][speed[frames, lower] < STANDING_SPEED]
    if len(standing) < 10:
        standing = toes[frames, lower]
    plane = _floor_plane(standing)
    if np.hypot(plane[1], plane[2]) > _LARGEST_TILT:
        plane = _floor_plane(standing[:, [1]] * [0, 1, 0])
    normal = np.array([-plane[1], 1.0, -plane[2]])
    turn = rotations.between(normal, np.array([0.0, 1.0, 0.0]))
    level = (joints - [0, plane[0], 0]) @ turn.T
    tilt = float(np.hypot(plane[1], plane[2]))
    return level, Record(
        "tilt", "the room turned until its floor is level", {"published_tilt_cm_a_metre": round(100 * tilt, 2)}
    )


def _floor_plane(points: np.ndarray) -> np.ndarray:
    """(a, b, c) of y = a + b x + c z through the lowest of points (N, 3); b and c are 0 where they are too near together."""
    ones = np.ones(len(points))
    wide = min(points[:, 0].std(), points[:, 2].std()) > _LEVEL_SPREAD_METRES
    design = np.stack([ones, points[:, 0], points[:, 2]], axis=1) if wide else ones[:, None]
    # Points above the plane are feet on their heels or in the air: each round they count less.
    weights = ones
    for _ in range(_LEVEL_ROUNDS):
        root = np.sqrt(weights)[:, None]
        plane = np.linalg.lstsq(design * root, points[:, 1] * root[:, 0], rcond=None)[0]
        weights = np.exp(-np.clip((points[:, 1] - design @ plane) / _LEVEL_TOLERANCE, 0, 50))
    return np.concatenate([plane, np.zeros(3 - len(plane))])


def _flat_feet(joints: np.ndarray, fps: float) -> tuple[np.ndarray, Record, bool]:
    """Heel markers moved along the foot so that a flat foot is flat, and whether they sat so high as to be a mistake."""
    offsets, mended = [], joints.copy()
    for heel, toe in (FEET[:2], FEET[2:]):
        pair = joints[:, [heel, toe]]
        slow = smooth(np.linalg.norm(np.gradient(pair, 1 / fps, axis=0), axis=-1), 0.04 * fps).max(axis=1) < STANDING_SPEED
        lift = (pair[:, 0] - pair[:, 1])[slow if slow.any() else slice(None), 1]
        offsets.append(float(np.percentile(lift, _FLAT_PERCENTILE)))
    both_high = min(offsets) > _FLAT_METRES
    for (heel, toe), side, lift in zip((FEET[:2], FEET[2:]), ("left", "right"), offsets, strict=True):
        if both_high or abs(lift) <= _FLAT_METRES:
            sole = joints[:, toe] - joints[:, heel]
            shin = joints[:, DANCER.index(f"{side}_knee")] - joints[:, DANCER.index(f"{side}_ankle")]
            up = shin - sole * (np.sum(shin * sole, axis=-1) / np.maximum(np.sum(sole * sole, axis=-1), 1e-9))[:, None]
            mended[:, heel] -= lift * up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-9)
    figures = {"heel_above_toe_cm": [round(100 * lift, 1) for lift in offsets], "mistake": both_high}
    return mended, Record("heels", "heels level with the toes on flat feet", figures), both_high


def _turned(vectors: np.ndarray, radians: np.ndarray) -> np.ndarray:
    """Floor vectors (T, P, 2) of x and z turned about the vertical by (T,) radians."""
    flat = np.stack([vectors[..., 0], np.zeros(vectors.shape[:-1]), vectors[..., 1]], axis=-1)
    return kinematics.turned_about_y(flat, radians[:, None])[..., [0, 2]]
