"""A body that moves: a surface in its rest pose, and how much of each vertex every joint carries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from ballo.export import body
from ballo.export.figure import BONE_METRES, HEAD_METRES, TORSO
from ballo.export.surface import Shape, ball, mesh, together, tube
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER, Skeleton

INFLUENCES = 4
"""Joints that a vertex can follow: as many as engines take."""
LARGEST_BEND = np.radians(40)
"""How far a skeleton's bones may point from `DANCER`'s at rest and still be given her body."""
RATIOS = (0.25, 4.0)
"""How much her trunk and shoes are squeezed and stretched at most."""


@dataclass(frozen=True)
class Mesh:
    """A skinned surface.

    Args:
        vertices: (V, 3) metres, float32, in the pose of `rest`.
        normals: (V, 3) outward, of unit length, float32.
        triangles: (F, 3) uint16 or uint32, anticlockwise from outside, those of a kind together.
        kinds: (F,) `figure.TORSO`, LEFT, RIGHT, SKIN or HAIR, ascending.
        joints: (V, 4) uint8 or uint16, which joints a vertex follows.
        weights: (V, 4) float32, how much; they add up to 1.
        rest: (J, 3) metres, where the joints are when none is turned, the lowest of the feet at y = 0.
    """

    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    kinds: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    rest: np.ndarray

    def posed(self, skeleton: Skeleton, local_wxyz: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Where the vertices are in one pose, (J, 4) and (3,), by linear blend skinning: (V, 3) metres."""
        turned = world_turns(skeleton, local_wxyz)
        places = kinematics.forward(skeleton, local_wxyz, root)
        corners = self.vertices[:, None] - self.rest[self.joints]
        moved = np.einsum("vkij,vkj->vki", turned[self.joints], corners) + places[self.joints]
        return np.einsum("vk,vki->vi", self.weights, moved)


def world_turns(skeleton: Skeleton, local_wxyz: np.ndarray) -> np.ndarray:
    """(J, 4) local rotations to (J, 3, 3) in the world."""
    local = rotations.to_matrix(np.asarray(local_wxyz, dtype=np.float64))
    world = local.copy()
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        world[joint] = world[parent] @ local[joint]
    return world


def rest_places(skeleton: Skeleton) -> np.ndarray:
    """(J, 3) metres: the joints when none is turned, over the origin, the lowest of the feet (or of all) on the floor."""
    still = np.zeros((len(skeleton), 4))
    still[:, 0] = 1.0
    places = kinematics.forward(skeleton, still, np.zeros(3))
    feet = [joint for foot in skeleton.foot_joints for joint in foot]
    places[:, 1] -= places[feet or slice(None), 1].min()
    return places


def mesh_for(skeleton: Skeleton) -> Mesh:
    """The dancer's body, fitted to the skeleton's bones where it is a dancer's, or else a plain part on every bone."""
    return _mesh_for(skeleton, skeleton.offsets.tobytes())


@lru_cache(maxsize=8)
def _mesh_for(skeleton: Skeleton, offsets: bytes) -> Mesh:
    # The offsets are named because skeletons that differ in them alone have one hash.
    if is_dancer(skeleton):
        shape, kinds = body.dancer()
        return _assembled(_fitted(shape, skeleton), kinds, _dancer_weights(), rest_places(skeleton))
    return _plain(skeleton)


def is_dancer(skeleton: Skeleton) -> bool:
    """Whether a skeleton has `DANCER`'s joints and, nearly, her rest pose, whatever its lengths."""
    if (skeleton.joint_names, skeleton.parents) != (DANCER.joint_names, DANCER.parents):
        return False
    ours, theirs = DANCER.offsets[1:], skeleton.offsets[1:]
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return bool((lengths > 0).all() and (np.sum(ours * theirs, axis=1) > np.cos(LARGEST_BEND) * lengths).all())


def _assembled(shape: Shape, kinds: np.ndarray, weights: np.ndarray, rest: np.ndarray) -> Mesh:
    """Sorted by kind, and the (V, J) weights brought to the largest few."""
    weights = np.pad(weights, ((0, 0), (0, max(0, INFLUENCES - weights.shape[1]))))
    largest = np.argsort(-weights, axis=1, kind="stable")[:, :INFLUENCES]
    kept = np.take_along_axis(weights, largest, axis=1)
    kept = (kept / kept.sum(axis=1, keepdims=True)).astype(np.float32)
    order = np.argsort(kinds, kind="stable")
    return Mesh(
        shape.vertices.astype(np.float32),
        (shape.normals / np.linalg.norm(shape.normals, axis=1, keepdims=True)).astype(np.float32),
        shape.triangles[order].astype(np.uint16 if len(shape.vertices) < 65535 else np.uint32),
        kinds[order],
        # A joint that carries nothing is named as the first: validators ask for it.
        np.where(kept > 0, largest, 0).astype(np.uint8 if weights.shape[1] <= 256 else np.uint16),
        kept,
        rest,
    )


@cache
def _dancer_weights() -> np.ndarray:
    """(V, J) how much of each vertex of the body every joint carries: each joint takes its share of its parent's."""
    x, y, z = body.dancer()[0].vertices.T
    weights = np.zeros((len(x), len(DANCER)))
    weights[:, 0] = 1.0
    for joint, share in _shares(x, y, z).items():
        child = DANCER.index(joint)
        parent = DANCER.parents[child]
        weights[:, child] = weights[:, parent] * share
        weights[:, parent] -= weights[:, child]
    return weights


def _shares(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> dict[str, np.ndarray]:
    """What each joint takes of its parent's, parents first, at points of the body in metres."""
    shares = {
        "chest": _rise((y - 1.100) / 0.100),
        "neck": _rise((y - 1.452 - 0.9 * np.maximum(np.abs(x) - 0.045, 0) + 0.15 * z) / 0.058),
        "head": _rise((y - 1.535) / 0.045),
    }
    # Only where the legs are one do they share what is between them.
    between_legs = 0.030 * np.clip((y - 0.76) / 0.06, 0.05, 1)
    for side, lateral in (("left", 1.0), ("right", -1.0)):
        out = lateral * x
        beyond = _rise((out - 0.140) / 0.055) * np.maximum(_rise((y - 1.375) / 0.045), _rise((out - 0.195) / 0.030))
        below = _rise((0.902 - y + 0.30 * (np.abs(x) - 0.09) + 0.30 * z) / 0.080)
        shares |= {
            f"{side}_shoulder": beyond,
            f"{side}_elbow": _rise((out - 0.455) / 0.045),
            f"{side}_wrist": _rise((out - 0.688) / 0.028),
            f"{side}_hand": _rise((out - 0.790) / 0.018),
            f"{side}_hip": below * _rise(out / between_legs),
            f"{side}_knee": _rise((0.432 - y + 0.25 * z) / 0.055),
            f"{side}_ankle": _rise((0.110 - y + 0.05 * z) / 0.024),
        }
    # The right side's turn comes before the left leg has taken its share of the pelvis away.
    left = shares["left_hip"]
    shares["right_hip"] = shares["right_hip"] / np.maximum(1 - left, 1e-9) * (left < 1)
    return shares


def _rise(values: np.ndarray) -> np.ndarray:
    """From 0 at -1 to 1 at 1, smoothly."""
    t = np.clip((values + 1) / 2, 0, 1)
    return t * t * (3 - 2 * t)


def _fitted(shape: Shape, skeleton: Skeleton) -> Shape:
    """`DANCER`'s body on another's bones: every joint stretches, turns and carries its part of the surface with it."""
    maps, here, there = _stretches(skeleton), rest_places(DANCER), rest_places(skeleton)
    weights = _dancer_weights()
    from_joint = np.einsum("jab,vjb->vja", maps, shape.vertices[:, None] - here) + there
    vertices = np.einsum("vj,vja->va", weights, from_joint)
    blended = np.einsum("vj,jab->vab", weights, maps)
    normals = np.einsum("vba,vb->va", np.linalg.inv(blended), shape.normals)
    return Shape(vertices, normals / np.linalg.norm(normals, axis=1, keepdims=True), shape.triangles)


def _stretches(skeleton: Skeleton) -> np.ndarray:
    """(J, 3, 3): how each joint changes what it carries from `DANCER`'s proportions to a skeleton's."""
    ours, theirs = DANCER.offsets, skeleton.offsets
    size = float(np.ptp(rest_places(skeleton)[:, 1]) / np.ptp(rest_places(DANCER)[:, 1]))
    maps = np.tile(np.eye(3) * size, (len(DANCER), 1, 1))
    for joint in range(1, len(DANCER)):
        children = DANCER.children[joint]
        bone = children[-1] if children else joint
        if DANCER.joint_names[joint] == "chest":
            continue
        along = ours[bone] / np.linalg.norm(ours[bone])
        ratio = np.linalg.norm(theirs[bone]) / np.linalg.norm(ours[bone])
        turn = rotations.between(ours[bone], theirs[bone])
        maps[joint] = turn @ (size * np.eye(3) + (ratio - size) * np.outer(along, along))
    hip, shoulder, chest, neck = (DANCER.index(name) for name in ("left_hip", "left_shoulder", "chest", "neck"))
    ratios = np.clip(theirs / np.where(ours == 0, np.inf, ours), *RATIOS)
    maps[0] = np.diag([ratios[hip, 0], ratios[chest, 1], size])
    maps[chest] = np.diag([ratios[shoulder, 0], ratios[neck, 1], size])
    for side in ("left", "right"):
        # A shoe as high as the ankle and as long as the foot: its sole stays on the floor.
        ankle, heel, toe = (DANCER.index(f"{side}_{name}") for name in ("ankle", "heel", "toe"))
        maps[ankle] = np.diag([size, ratios[heel, 1], ratios[toe, 2]])
    return maps


def _plain(skeleton: Skeleton) -> Mesh:
    """A round part on every bone, and a ball for a head: what can be said of a skeleton that we know nothing about."""
    places = rest_places(skeleton)
    shapes, carriers = [], []
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0 and skeleton.bone_lengths[joint] > 1e-6:
            ends = np.linspace(places[parent], places[joint], 6)
            radius = min(BONE_METRES, skeleton.bone_lengths[joint] / 3)
            shapes.append(tube(ends, radius * np.array([0.5, 0.9, 1.0, 0.9, 0.75, 0.5]), 10))
            carriers.append(parent)
        if skeleton.joint_names[joint].lower().endswith("head"):
            ends = places[joint] + np.array([HEAD_METRES] * 3)
            field = ball(places[joint], [0.8 * HEAD_METRES, HEAD_METRES, 0.9 * HEAD_METRES])
            shapes.append(mesh(field, 2 * places[joint] - ends - 0.02, ends + 0.02, 0.025))
            carriers.append(joint)
    if not shapes:
        corner = np.array([0.15] * 3)
        shapes.append(mesh(ball(places[0], [HEAD_METRES] * 3), places[0] - corner, places[0] + corner, 0.025))
        carriers.append(0)
    shape = together(shapes)
    weights = np.zeros((len(shape.vertices), len(skeleton)))
    weights[np.arange(len(weights)), np.repeat(carriers, [len(part.vertices) for part in shapes])] = 1.0
    return _assembled(shape, np.full(len(shape.triangles), TORSO), weights, places)
