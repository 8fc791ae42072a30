"""What a dancer does with her limbs, in 32 yes-or-no relations: hands raised, knees bent, feet crossing, wrists fast.

Source: the relations of Mueller, Roeder and Clausen, "Efficient content-based retrieval of motion capture data", SIGGRAPH
2005, as chosen by fairmotion and AIST++. Here they mean what they are named after, on both sides of the body alike, at the
clip's own frame rate and measured by the dancer's own limbs: see `paper.geometric` for what papers report.
"""

from __future__ import annotations

import numpy as np

from ballo.metrics.kinetic import checked, derivatives, margin
from ballo.motion.skeleton import Skeleton

FEATURES = (
    "right hand moves forwards",
    "left hand moves forwards",
    "right hand over the neck",
    "left hand over the neck",
    "right hand moves up",
    "left hand moves up",
    "right elbow bent",
    "left elbow bent",
    "hands far apart sideways",
    "hands approach each other",
    "right hand moves away from the pelvis",
    "left hand moves away from the pelvis",
    "right hand fast",
    "left hand fast",
    "right foot behind the left leg",
    "left foot behind the right leg",
    "right foot raised",
    "left foot raised",
    "feet far apart sideways",
    "right knee bent",
    "left knee bent",
    "right foot fast",
    "left foot fast",
    "right upper arm abducted",
    "left upper arm abducted",
    "right thigh abducted",
    "left thigh abducted",
    "pelvis behind neck and feet",
    "trunk level",
    "right hand low",
    "left hand low",
    "pelvis fast",
)
"""A column each: the share of the time in which it is so."""

_SIDES = ("right", "left")


def geometric_features(skeleton: Skeleton, clips: np.ndarray, fps: float) -> np.ndarray:
    """The share of each clip in which each of `FEATURES` holds: (B, T, J, 3) metres, Y up, to (B, 32) from 0 to 1.

    The same wherever a dancer is and whichever way she faces. Thresholds are multiples of the length of her upper arm and of
    the distances between her shoulders and between her hips, medians over the clip, so that a child who dances like a
    giant has the same features. Velocities are over `kinetic.SPAN_SECONDS`.

    Raises:
        ValueError: other shapes, clips too short, a frame rate that is none, or a skeleton without the joints.
    """
    clips = checked(clips, fps)
    if clips.shape[2] != len(skeleton):
        raise ValueError(f"clips must be (B, T, {len(skeleton)}, 3), not {clips.shape}")
    edge = margin(fps)
    velocity, _ = derivatives(clips, fps)
    body = _Body(skeleton, clips[:, edge : clips.shape[1] - edge], velocity)
    pairs = [_of_side(body, side, other) for side, other in zip(_SIDES, _SIDES[::-1], strict=True)]
    sided = [share for both in zip(*pairs, strict=True) for share in both]
    apart, approaching, feet_apart, behind, level, fast = _of_both(body)
    in_order = [*sided[:8], apart, approaching, *sided[8:16], feet_apart, *sided[16:24], behind, level, *sided[24:], fast]
    return np.stack([(excess > 0).mean(axis=1) for excess in in_order], axis=1)


class _Body:
    """Places and velocities of a dancer's joints by name, and how large she is. Arrays are (B, T, 3), lengths (B, 1)."""

    def __init__(self, skeleton: Skeleton, positions: np.ndarray, velocities: np.ndarray) -> None:
        self._index = skeleton.index
        self._positions, self._velocities = positions, velocities
        self.lowest = positions[..., 1].min(axis=-1)
        self.humerus = (self._median("left_shoulder", "left_elbow") + self._median("right_shoulder", "right_elbow")) / 2
        self.shoulders = self._median("left_shoulder", "right_shoulder")
        self.hips = self._median("left_hip", "right_hip")
        neck = self.at("neck")
        self.ahead = _unit(np.cross(self.at("right_hip") - neck, self.at("left_hip") - neck))

    def at(self, joint: str) -> np.ndarray:
        """Where a joint is."""
        return self._positions[:, :, self._index(joint)]

    def moves(self, joint: str) -> np.ndarray:
        """Its velocity."""
        return self._velocities[:, :, self._index(joint)]

    def bone(self, start: str, end: str) -> np.ndarray:
        """From one joint to another."""
        return self.at(end) - self.at(start)

    def angle(self, joint: str, one: str, other: str, third: str | None = None) -> np.ndarray:
        """(B, T) degrees between `joint` to `one` and `third` (or `joint`) to `other`."""
        cosine = _along(_unit(self.bone(joint, one)), _unit(self.bone(third or joint, other)))
        return np.degrees(np.arccos(np.clip(cosine, -1, 1)))

    def ahead_of(self, joints: tuple[str, str, str], point: str) -> np.ndarray:
        """(B, T) how far a point is ahead, as the trunk faces, of the plane through three joints."""
        normal = _unit(np.cross(self.bone(joints[0], joints[1]), self.bone(joints[0], joints[2])))
        normal = normal * np.where(_along(normal, self.ahead) < 0, -1, 1)[..., None]
        return _along(self.bone(joints[0], point), normal)

    def _median(self, one: str, other: str) -> np.ndarray:
        return np.median(np.linalg.norm(self.bone(one, other), axis=-1), axis=1, keepdims=True)


def _of_side(body: _Body, side: str, other: str) -> list[np.ndarray]:
    """(B, T) each: by how much what is said of one side is so, in the order of `FEATURES`."""
    hand, elbow, shoulder, hip, knee, ankle = (
        f"{side}_{joint}" for joint in ("wrist", "elbow", "shoulder", "hip", "knee", "ankle")
    )
    humerus = body.humerus
    beside = body.moves(hand) - body.moves("neck")
    out = body.moves(hand) - body.moves("pelvis")
    plane = ("pelvis", f"{other}_hip", f"{other}_ankle")
    return [
        _along(beside, body.ahead) - 1.8 * humerus,
        _along(body.bone("neck", hand), _unit(body.bone("chest", "neck"))) - 0.2 * humerus,
        _along(body.moves(hand) - body.moves("chest"), _unit(body.bone("pelvis", "chest"))) - 1.8 * humerus,
        110 - body.angle(elbow, shoulder, hand),
        _along(out, _unit(body.bone("pelvis", hand))) - 1.4 * humerus,
        _size(body.moves(hand)) - 2.5 * humerus,
        -0.38 * humerus - body.ahead_of(plane, ankle),
        body.at(ankle)[..., 1] - body.lowest - 1.2 * humerus,
        110 - body.angle(knee, hip, ankle),
        _size(body.moves(ankle)) - 2.5 * humerus,
        body.angle("neck", "pelvis", elbow, shoulder) - 25,
        body.angle("neck", "pelvis", knee, hip) - 50,
        1.2 * humerus - (body.at(hand)[..., 1] - body.lowest),
    ]


def _of_both(body: _Body) -> tuple[np.ndarray, ...]:
    """(B, T) each: by how much what is said of the whole body is so, in the order of `FEATURES`."""
    between = _unit(body.bone("left_wrist", "right_wrist"))
    across_shoulders, across_hips = (
        _unit(body.bone("left_shoulder", "right_shoulder")),
        _unit(body.bone("left_hip", "right_hip")),
    )
    lean = np.degrees(np.arccos(np.clip(_unit(body.bone("neck", "pelvis"))[..., 1], -1, 1)))
    return (
        _along(body.bone("left_wrist", "right_wrist"), across_shoulders) - 2.5 * body.shoulders,
        _along(body.moves("left_wrist") - body.moves("right_wrist"), between) - 1.4 * body.humerus,
        _along(body.bone("left_ankle", "right_ankle"), across_hips) - 2.1 * body.hips,
        -0.5 * body.humerus - body.ahead_of(("neck", "right_ankle", "left_ankle"), "pelvis"),
        20 - np.abs(lean - 90),
        _size(body.moves("pelvis")) - 2.3 * body.humerus,
    )


def _along(vectors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", vectors, directions)


def _size(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt(_along(vectors, vectors))


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Of length 1; of nothing, nothing."""
    return vectors / np.maximum(_size(vectors), 1e-9)[..., None]
