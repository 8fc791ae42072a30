"""Rotations to positions and back, the floor, and which foot stands on it."""

from __future__ import annotations

import numpy as np

from ballo.motion import rotations
from ballo.motion.skeleton import Skeleton

FLOOR_SOFTNESS_METRES = 0.005
"""How sharply the lowest foot point decides where the floor is: the soft minimum lies at most log(4) of this below it."""


def forward(skeleton: Skeleton, local_wxyz: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Forward kinematics: local rotations (..., J, 4) and root positions (..., 3) to joint positions (..., J, 3) in metres."""
    local = rotations.to_matrix(local_wxyz)
    turned, positions = np.empty_like(local), np.empty((*local.shape[:-2], 3), dtype=local.dtype)
    turned[..., 0, :, :], positions[..., 0, :] = local[..., 0, :, :], root
    offsets = skeleton.offsets.astype(local.dtype)
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        turned[..., joint, :, :] = turned[..., parent, :, :] @ local[..., joint, :, :]
        positions[..., joint, :] = positions[..., parent, :] + turned[..., parent, :, :] @ offsets[joint]
    return positions


def solve(skeleton: Skeleton, positions: np.ndarray) -> np.ndarray:
    """Inverse kinematics on bone directions: the local rotations that bring a skeleton's bones to point as `positions` say.

    A joint with several children takes the best rigid fit to all of them; a joint with one child turns by the smallest
    angle from its parent, so that a limb carries no twist of its own; a leaf does not turn. Bone lengths in `positions` do
    not matter. Where they are the skeleton's own and each joint's children are rigid, `forward` gives `positions` back.

    Args:
        positions: (T, J, 3) joint positions.

    Returns:
        (T, J, 4) local rotations wxyz, continuous in time.
    """
    positions = np.asarray(positions, dtype=np.float64)
    world = np.empty((len(positions), len(skeleton), 3, 3))
    for joint, children in enumerate(skeleton.children):
        parent = skeleton.parents[joint]
        inherited = world[:, parent] if parent >= 0 else np.broadcast_to(np.eye(3), world[:, 0].shape)
        bones = positions[:, list(children)] - positions[:, joint, None]
        if len(children) > 1:
            world[:, joint] = rotations.fit(skeleton.offsets[list(children)], bones)
        elif len(children) == 1:
            world[:, joint] = rotations.between(inherited @ skeleton.offsets[children[0]], bones[:, 0]) @ inherited
        else:
            world[:, joint] = inherited
    local = world.copy()
    parents = np.array(skeleton.parents[1:], dtype=int)
    local[:, 1:] = np.swapaxes(world[:, parents], -1, -2) @ world[:, 1:]
    return rotations.continuous(rotations.from_matrix(local))


def floor_height(skeleton: Skeleton, positions: np.ndarray) -> np.ndarray:
    """The height of the floor under a dancer who always has a foot on it: the soft minimum of the feet's heights.

    Ballroom dance does not leave the floor, so this gives the root's height from the pose alone. The minimum is soft so
    that a change of foot does not kink the root's path.

    Args:
        positions: (..., J, 3) metres.

    Returns:
        (...) metres.
    """
    heights = positions[..., [joint for foot in skeleton.foot_joints for joint in foot], 1]
    lowest = heights.min(axis=-1, keepdims=True)
    weights = np.exp((lowest - heights) / FLOOR_SOFTNESS_METRES).sum(axis=-1)
    return lowest[..., 0] - FLOOR_SOFTNESS_METRES * np.log(weights)


def contacts(
    skeleton: Skeleton, positions: np.ndarray, fps: float, *, height_metres: float = 0.04, speed: float = 0.4
) -> np.ndarray:
    """Which foot stands: its lower point is near the floor and slow.

    Args:
        positions: (T, J, 3) metres, floor at 0.
        height_metres: the highest a standing foot's lower point may be.
        speed: metres a second; the fastest it may move, at the faster of the steps to and from its neighbours in time.

    Returns:
        (T, feet) bool, in the order of `skeleton.feet`.
    """
    standing = np.zeros((len(positions), len(skeleton.feet)), dtype=bool)
    for foot, joints in enumerate(skeleton.foot_joints):
        points = positions[:, list(joints)]
        lower = np.argmin(points[..., 1], axis=1)
        steps = np.linalg.norm(np.diff(points, axis=0), axis=-1) * fps
        still = np.zeros((1, len(joints)))
        fastest = np.maximum(np.concatenate([still, steps]), np.concatenate([steps, still]))
        frames = np.arange(len(points))
        standing[:, foot] = (points[frames, lower, 1] <= height_metres) & (fastest[frames, lower] <= speed)
    return standing


def heading(skeleton: Skeleton, positions: np.ndarray) -> np.ndarray:
    """Which way the pelvis faces on the floor: (..., J, 3) positions to (...) radians about +Y, 0 for +Z.

    The hip line gives it, right to left, so a bow or a lean does not disturb it. Needs joints left_hip and right_hip.
    """
    hips = positions[..., skeleton.index("left_hip"), :] - positions[..., skeleton.index("right_hip"), :]
    return np.arctan2(-hips[..., 2], hips[..., 0])


def place(
    pose: np.ndarray, travel: np.ndarray, start_xz: np.ndarray, start_heading: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Set poses in a dancer's own heading frame into the world, by adding up how she travels and turns.

    Args:
        pose: (T, J, 3) metres, the root over the origin, facing +Z by her heading.
        travel: (T, 3) from the frame before to this one: metres along her left (x) and ahead (z) as she faced a frame
            before, and radians of turn.
        start_xz: (2,) metres, where she stood a frame before the first.
        start_heading: radians, how she faced then.

    Returns:
        Positions (T, J, 3) in the world, then where she ends (2,) and how she faces, for the next chunk. Sums are in
        float64 and in the order of time, so chunks give what the whole gives.
    """
    turns = travel[:, 2].astype(np.float64)
    headings = np.cumsum(np.concatenate([[start_heading], turns]))
    before = headings[:-1]
    ahead, left = travel[:, 1].astype(np.float64), travel[:, 0].astype(np.float64)
    steps = np.stack([left * np.cos(before) + ahead * np.sin(before), ahead * np.cos(before) - left * np.sin(before)], axis=1)
    path = np.cumsum(np.concatenate([np.asarray(start_xz, dtype=np.float64)[None], steps]), axis=0)
    world = turned_about_y(pose.astype(np.float64), headings[1:, None])
    world[..., 0] += path[1:, None, 0]
    world[..., 2] += path[1:, None, 1]
    return world, path[-1], float(headings[-1])


def unplace(skeleton: Skeleton, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of `place`: world positions (T, J, 3) to poses in the heading frame (T, J, 3) and travel (T, 3).

    The first frame's travel is zero. Root height stays in the pose. The inverse needs turns under half a circle a frame.
    """
    headings = np.unwrap(heading(skeleton, positions))
    root_xz = positions[:, 0, [0, 2]]
    centred = positions.copy()
    centred[..., [0, 2]] -= root_xz[:, None]
    steps = np.diff(root_xz, axis=0)
    before = headings[:-1]
    left = steps[:, 0] * np.cos(before) - steps[:, 1] * np.sin(before)
    ahead = steps[:, 0] * np.sin(before) + steps[:, 1] * np.cos(before)
    travel = np.stack([left, ahead, np.diff(headings)], axis=1)
    return turned_about_y(centred, -headings[:, None]), np.concatenate([np.zeros((1, 3)), travel])[: len(positions)]


def turned_about_y(points: np.ndarray, radians: np.ndarray) -> np.ndarray:
    """Points (..., 3) turned about the vertical by (...) radians."""
    cosine, sine = np.cos(radians), np.sin(radians)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x * cosine + z * sine, y, z * cosine - x * sine], axis=-1)
