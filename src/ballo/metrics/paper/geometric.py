"""Geometric, or manual, features as AIST++ has them, and so FACT, Bailando, EDGE, LODGE.

Reference: google/aistplusplus_api, aist_plusplus/features/manual.py and utils.py (commits 091f00b and 74fac6d), after
facebookresearch/fairmotion; Bailando and LODGE name their copy manual_new. Its faults, kept:

- A frame lasts 1/120 s whatever the frame rate, half of what the kinetic features of the same dances take it for. At 25 frames
  a second everything is 4.8 times as fast.
- Of four joints that tell how a hand moves the fourth is never looked at: "right hand moves up" is the chest's velocity along
  the trunk from belly to chest, as good as never; "right hand moves away from the pelvis" is that of the left wrist.
- Normals of planes change sign with the side of the body: what is forwards of the left hand is backwards of the right one.
- Thresholds are multiples of the limbs of SMPL's mean body, whoever dances.
"""

from __future__ import annotations

import numpy as np

from ballo.metrics.paper.joints import SMPL_JOINTS
from ballo.metrics.paper.kinetic import check_dance

FRAME_SECONDS = 1 / 120

# Joints of SMPL's mean body at rest, metres.
_LEFT_SHOULDER = np.array([1.99113488e-01, 2.36807942e-01, -1.80702247e-02])
_RIGHT_SHOULDER = np.array([-1.91692337e-01, 2.36928746e-01, -1.23055102e-02])
_LEFT_ELBOW = np.array([4.54445392e-01, 2.21158922e-01, -4.10167128e-02])
_LEFT_HIP = np.array([5.64076714e-02, -3.23069185e-01, 1.09197125e-02])
_RIGHT_HIP = np.array([-6.24834076e-02, -3.31302464e-01, 1.50412619e-02])

HUMERUS = float(np.linalg.norm(_LEFT_SHOULDER - _LEFT_ELBOW))
SHOULDERS = float(np.linalg.norm(_LEFT_SHOULDER - _RIGHT_SHOULDER))
HIPS = float(np.linalg.norm(_LEFT_HIP - _RIGHT_HIP))

_UP = np.array([0.0, 1.0, 0.0])


def geometric_features(positions: np.ndarray) -> np.ndarray:
    """One vector of a whole dance: (T, J, 3) metres, Y up, to (32,), each the share of frames in which a relation holds.

    A relation of points that coincide does not hold.

    Args:
        positions: at least 3 frames, joints in the order of `joints.SMPL_JOINTS`, 22 of them or 24.

    Raises:
        ValueError: another shape, or fewer frames.
    """
    check_dance(positions)
    if positions.shape[1] not in (22, 24):
        raise ValueError(f"positions must be of SMPL's 22 or 24 joints, not {positions.shape[1]}")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack(_relations(_Frames(positions.astype(np.float64)))).mean(axis=1)


class _Frames:
    """All frames of a dance but the first, and how joints got there. Arrays are (T - 1, 3) or (T - 1,)."""

    def __init__(self, positions: np.ndarray) -> None:
        self._here, self._moved = positions[1:], np.diff(positions, axis=0)
        self._lowest = self._here[..., 1].min(axis=1)

    def at(self, joint: str) -> np.ndarray:
        return self._here[:, SMPL_JOINTS.index(joint)]

    def moved(self, joint: str) -> np.ndarray:
        return self._moved[:, SMPL_JOINTS.index(joint)]

    def along(self, start: str, end: str, mover: str, bound: float) -> np.ndarray:
        """Whether a joint moves from `start` in the direction of `end`, as seen from `start`, faster than `bound`."""
        velocity = self.moved(mover) - self.moved(start)
        return _component(velocity, self.at(end) - self.at(start)) / FRAME_SECONDS > bound

    def through(self, one: str, two: str, three: str, mover: str, bound: float) -> np.ndarray:
        """Whether a joint moves, as seen from `one`, along the normal of a plane through three joints faster than `bound`."""
        velocity = self.moved(mover) - self.moved(one)
        return _component(velocity, self._normal(one, two, three)) / FRAME_SECONDS > bound

    def over_plane(self, one: str, two: str, three: str, point: str, bound: float) -> np.ndarray:
        """Whether a joint is further than `bound` over a plane through three joints."""
        return _component(self.at(point) - self.at(one), self._normal(one, two, three)) > bound

    def beyond(self, start: str, end: str, origin: str, point: str, bound: float) -> np.ndarray:
        """Whether a joint is further than `bound` from `origin` in the direction from `start` to `end`."""
        return _component(self.at(point) - self.at(origin), self.at(end) - self.at(start)) > bound

    def height(self, point: str) -> np.ndarray:
        """How high a joint is over the lowest one."""
        return self.at(point)[:, 1] - self._lowest

    def angle(self, one: tuple[str, str], other: tuple[str, str] | None, least: float, most: float) -> np.ndarray:
        """Whether the angle between two bones, or one and the vertical, lies between two numbers of degrees."""
        first = self.at(one[1]) - self.at(one[0])
        second = _UP if other is None else self.at(other[1]) - self.at(other[0])
        sizes = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
        degrees = np.degrees(np.arccos((first * second).sum(axis=-1) / sizes))
        return (degrees > least) & (degrees < most)

    def fast(self, joint: str, bound: float) -> np.ndarray:
        return np.linalg.norm(self.moved(joint), axis=-1) / FRAME_SECONDS > bound

    def _normal(self, one: str, two: str, three: str) -> np.ndarray:
        return np.cross(self.at(three) - self.at(one), self.at(two) - self.at(one))


def _relations(f: _Frames) -> list[np.ndarray]:
    """(T - 1,) bool each, in the reference's order."""
    return [
        f.through("neck", "rhip", "lhip", "rwrist", 1.8 * HUMERUS),
        f.through("neck", "lhip", "rhip", "lwrist", 1.8 * HUMERUS),
        f.beyond("chest", "neck", "neck", "rwrist", 0.2 * HUMERUS),
        f.beyond("chest", "neck", "neck", "lwrist", 0.2 * HUMERUS),
        f.along("belly", "chest", "chest", 1.8 * HUMERUS),
        f.along("belly", "chest", "chest", 1.8 * HUMERUS),
        f.angle(("relbow", "rshoulder"), ("relbow", "rwrist"), 0, 110),
        f.angle(("lelbow", "lshoulder"), ("lelbow", "lwrist"), 0, 110),
        f.beyond("lshoulder", "rshoulder", "lwrist", "rwrist", 2.5 * SHOULDERS),
        f.along("lwrist", "rwrist", "rwrist", 1.4 * HUMERUS),
        f.along("rwrist", "root", "lwrist", 1.4 * HUMERUS),
        f.along("lwrist", "root", "rwrist", 1.4 * HUMERUS),
        f.fast("rwrist", 2.5 * HUMERUS),
        f.fast("lwrist", 2.5 * HUMERUS),
        f.over_plane("root", "lhip", "ltoes", "rankle", 0.38 * HUMERUS),
        f.over_plane("root", "rhip", "rtoes", "lankle", 0.38 * HUMERUS),
        f.height("rankle") > 1.2 * HUMERUS,
        f.height("lankle") > 1.2 * HUMERUS,
        f.beyond("lhip", "rhip", "lankle", "rankle", 2.1 * HIPS),
        f.angle(("rknee", "rhip"), ("rknee", "rankle"), 0, 110),
        f.angle(("lknee", "lhip"), ("lknee", "lankle"), 0, 110),
        f.fast("rankle", 2.5 * HUMERUS),
        f.fast("lankle", 2.5 * HUMERUS),
        f.angle(("neck", "root"), ("rshoulder", "relbow"), 25, 180),
        f.angle(("neck", "root"), ("lshoulder", "lelbow"), 25, 180),
        f.angle(("neck", "root"), ("rhip", "rknee"), 50, 180),
        f.angle(("neck", "root"), ("lhip", "lknee"), 50, 180),
        f.over_plane("rankle", "neck", "lankle", "root", 0.5 * HUMERUS),
        f.angle(("neck", "root"), None, 70, 110),
        f.height("rwrist") < 1.2 * HUMERUS,
        f.height("lwrist") < 1.2 * HUMERUS,
        f.fast("root", 2.3 * HUMERUS),
    ]


def _component(vectors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return (vectors * directions).sum(axis=-1) / np.linalg.norm(directions, axis=-1)
