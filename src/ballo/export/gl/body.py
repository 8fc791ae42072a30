"""The dancer's skin for a graphics card: her surface at rest, and what puts it into a pose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ballo.export.figure import Figure
from ballo.export.mesh import Mesh, mesh_for, world_turns
from ballo.export.picture import Shot
from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton


@dataclass(frozen=True)
class Surface:
    """A mesh as buffers.

    Args:
        rest: (V, 14) float32: place, normal, four joints, how much each carries.
        kinds: (V,) float32: what each vertex is, as `figure` counts; one that two kinds meet in is there twice.
        triangles: (F, 3) uint32.
    """

    rest: np.ndarray
    kinds: np.ndarray
    triangles: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh) -> Surface:
        """The mesh's."""
        corners = mesh.triangles.astype(np.int64) * (int(mesh.kinds.max()) + 1) + mesh.kinds[:, None]
        seen, triangles = np.unique(corners, return_inverse=True)
        vertices, kinds = np.divmod(seen, int(mesh.kinds.max()) + 1)
        columns = [mesh.vertices, mesh.normals, mesh.joints, mesh.weights]
        rest = np.concatenate([column[vertices].astype(np.float32) for column in columns], axis=1)
        return cls(rest, kinds.astype(np.float32), triangles.reshape(-1, 3).astype(np.uint32))


@dataclass(frozen=True)
class Pose:
    """One moment of her.

    Args:
        joints: (J, 3, 4) float32: from a place of the surface at rest to where each joint carries it, metres.
        parts: (P, 2, 4) float32: either end of the round parts that she is made of elsewhere, and the radius there, metres.
    """

    joints: np.ndarray
    parts: np.ndarray


def skeleton_of(figure: Figure, shot: Shot) -> Skeleton:
    """The joints that a figure was made for: its first."""
    assert shot.rotations is not None, "a skin is put into a pose by rotations"
    return _first(figure.skeleton, len(shot.rotations), figure.skeleton.offsets.tobytes())


@lru_cache(maxsize=8)
def _first(skeleton: Skeleton, joints: int, offsets: bytes) -> Skeleton:
    # As in `mesh`: skeletons that differ in their offsets alone have one hash.
    return Skeleton(skeleton.joint_names[:joints], skeleton.parents[:joints], skeleton.offsets[:joints], skeleton.feet)


@lru_cache(maxsize=8)
def _rest(skeleton: Skeleton, offsets: bytes) -> np.ndarray:
    return mesh_for(skeleton).rest


def pose_of(figure: Figure, shot: Shot) -> Pose:
    """How a shot shows a figure."""
    skeleton = skeleton_of(figure, shot)
    assert shot.rotations is not None
    turns = world_turns(skeleton, shot.rotations)
    places = kinematics.forward(skeleton, shot.rotations.astype(np.float64), shot.points[0].astype(np.float64))
    carried = places - np.einsum("jab,jb->ja", turns, _rest(skeleton, skeleton.offsets.tobytes()))
    ends = shot.points[figure.ends]
    parts = np.concatenate([ends, figure.radii[..., None]], axis=-1)
    return Pose(np.concatenate([turns, carried[..., None]], axis=-1).astype(np.float32), parts.astype(np.float32))
