"""Who dances and on whom: ballo's dancer in motion, and any humanoid at rest, joint by joint.

Skeletons are in the house's axes at rest (not turned, facing +Z). Axis order T frames, J joints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ballo.errors import ExportError
from ballo.export import humanoid
from ballo.export.character.bones import SIDES
from ballo.export.character.soles import soles
from ballo.export.mesh import rest_places
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

_HEELS = {f"{side}_heel": f"{side}Heel" for side in SIDES}


@dataclass(frozen=True, eq=False)
class Figure:
    """A humanoid at rest: joints by their keys in VRM, which stand at `rest` (J, 3), the floor at 0.

    `soles` (2, 2, 3) are, of the left foot and the right, the ways from the ankle to where heel and toes touch the floor, of
    feet that point ahead.
    """

    skeleton: Skeleton
    bones: tuple[str, ...]
    rest: np.ndarray
    soles: np.ndarray

    def at(self, bone: str) -> np.ndarray:
        """(3,) where a bone is at rest."""
        return np.asarray(self.rest[self.bones.index(bone)])

    def places(self) -> dict[str, np.ndarray]:
        """Where bones are at rest."""
        return dict(zip(self.bones, self.rest, strict=True))

    def way(self, start: str, end: str) -> np.ndarray:
        """(3,) from one bone to another at rest."""
        return self.at(end) - self.at(start)

    def length(self, start: str, end: str) -> float:
        """Metres."""
        return float(np.linalg.norm(self.way(start, end)))


@dataclass(frozen=True, eq=False)
class Dancer:
    """What ballo's dancer does, by joint name.

    Args:
        places: (T, 3) where each joint is.
        turned: (T, 4) wxyz how it is turned in the world.
        rest: (3,) where it is at rest, the floor at 0.
        standing: (T, 2) whether her left foot and her right stand.
    """

    places: dict[str, np.ndarray]
    turned: dict[str, np.ndarray]
    rest: dict[str, np.ndarray]
    standing: np.ndarray

    def leg(self, side: str) -> float:
        """Metres from hip to ankle along the bones."""
        hip, knee, ankle = (self.rest[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        return float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))


def dancers_own(skeleton: Skeleton) -> Figure:
    """Ballo's dancer as a figure."""
    bones = tuple(humanoid.HUMANOID[name].vrm or _HEELS.get(name, "") for name in skeleton.joint_names)
    rest = rest_places(replace(skeleton, feet=DANCER.feet))
    return Figure(skeleton, bones, rest, soles(bones, rest, []))


def dancer_of(motion: Motion) -> Dancer:
    """What ballo's dancer does in a motion.

    Raises:
        ExportError: it has no frames, or is not hers.
    """
    if not humanoid.is_humanoid(motion.skeleton):
        raise ExportError("only a dance of ballo's own dancer goes on a character; this motion has another skeleton")
    if not len(motion):
        raise ExportError("a motion without frames cannot be danced by a character")
    # Files that ballo has not written may say nothing of her feet, or something else.
    body, wxyz = replace(motion.skeleton, feet=DANCER.feet), motion.rotations.astype(np.float64)
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    turned, rest = world(body, wxyz), rest_places(body)
    places = kinematics.forward(body, wxyz, motion.root.astype(np.float64))
    known = motion.skeleton.feet == DANCER.feet
    standing = motion.contacts if known else kinematics.contacts(body, places, motion.fps)
    names = body.joint_names
    return Dancer(
        {name: places[:, joint] for joint, name in enumerate(names)},
        {name: turned[:, joint] for joint, name in enumerate(names)},
        dict(zip(names, rest, strict=True)),
        standing,
    )


def world(skeleton: Skeleton, local_wxyz: np.ndarray) -> np.ndarray:
    """(T, J, 4) how joints are turned in the world, from how they are in their parents."""
    turned = np.empty_like(local_wxyz)
    for joint, parent in enumerate(skeleton.parents):
        own = local_wxyz[:, joint]
        turned[:, joint] = own if parent < 0 else rotations.multiply(turned[:, parent], own)
    return turned


def local(skeleton: Skeleton, turned: np.ndarray) -> np.ndarray:
    """The inverse of `world`, with signs that do not jump."""
    own = turned.copy()
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            own[:, joint] = rotations.multiply(rotations.inverse(turned[:, parent]), turned[:, joint])
    return rotations.continuous(own / np.linalg.norm(own, axis=-1, keepdims=True))


def turn(wxyz: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Vectors (3,) or (T, 3) turned by rotations (T, 4)."""
    return np.asarray((rotations.to_matrix(wxyz) @ vector[..., None])[..., 0])


def slerp(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """From one rotation (T, 4) the shorter way to another."""
    step = rotations.to_vector(rotations.multiply(rotations.inverse(start), end))
    return rotations.multiply(start, rotations.from_vector(step * share))
