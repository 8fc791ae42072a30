"""A body from numbers: bones that cannot stretch, feet that carry it over the floor."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.motion import rotations
from ballo.motion.kinematics import FLOOR_SOFTNESS_METRES
from ballo.motion.skeleton import Skeleton

STANDING_METRES = 0.01
"""A foot point this much higher than another counts e times less as the one that stands."""


class PoseDecoder(nn.Module):
    """A frame's code to joint positions, by forward kinematics: bones have the skeleton's lengths whatever the code.

    A joint with several children has six numbers (two axes, made orthonormal: Zhou et al. 2019), a joint with one child
    has that bone's direction, a leaf none. The pose stands in the dancer's heading frame: the hip line has no z, and the
    feet's soft minimum is the floor.
    """

    branch_of_bone: Tensor
    rigid_offsets: Tensor
    limb_lengths: Tensor
    chain: Tensor
    heading_mask: Tensor

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        branches = [j for j, c in enumerate(skeleton.children) if len(c) > 1]
        limbs = [j for j, c in enumerate(skeleton.children) if len(c) == 1]
        if not branches or branches[0] != 0:
            raise ValueError("the root must carry several bones")
        rigid = [(branches.index(j), child) for j in branches for child in skeleton.children[j]]
        hanging = [skeleton.children[j][0] for j in limbs]
        ends = [0] + [child for _, child in rigid] + hanging
        self.branches, self.limbs, self.size = branches, limbs, 6 * len(branches) + 3 * len(limbs)
        self.feet = [joint for foot in skeleton.foot_joints for joint in foot]
        self._keep("branch_of_bone", torch.tensor([branch for branch, _ in rigid]))
        self._keep("rigid_offsets", torch.tensor(skeleton.offsets[[child for _, child in rigid]], dtype=torch.float32))
        self._keep("limb_lengths", torch.tensor(skeleton.bone_lengths[hanging], dtype=torch.float32)[:, None])
        self._keep("chain", torch.tensor(_chain(skeleton)[:, ends], dtype=torch.float32))
        # The root's first axis is the hip line: the heading frame is where it points straight left.
        heading = torch.ones(len(branches), 2, 3)
        heading[0, 0, 2] = 0
        self._keep("heading_mask", heading)

    def _keep(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value, persistent=False)

    def forward(self, code: Float[Tensor, "B T code"]) -> Float[Tensor, "B T J 3"]:
        """Joint positions in metres, the root over the origin."""
        batch, frames, _ = code.shape
        axes_code, directions = torch.split(code, [6 * len(self.branches), 3 * len(self.limbs)], dim=-1)
        axes = orthonormal(axes_code.reshape(batch, frames, len(self.branches), 2, 3) * self.heading_mask)
        rigid = (axes[:, :, self.branch_of_bone] * self.rigid_offsets[..., None]).sum(dim=-2)
        hanging = unit(directions.reshape(batch, frames, len(self.limbs), 3)) * self.limb_lengths
        bones = torch.cat([torch.zeros_like(rigid[:, :, :1]), rigid, hanging], dim=2)
        positions = self.chain @ bones
        return positions - self._up(soft_minimum(positions[:, :, self.feet, 1]))

    @staticmethod
    def _up(height: Float[Tensor, "B T"]) -> Float[Tensor, "B T 1 3"]:
        zero = torch.zeros_like(height)
        return torch.stack([zero, height, zero], dim=-1)[:, :, None]

    def encode(self, skeleton: Skeleton, pose: np.ndarray) -> np.ndarray:
        """The code (T, code) that `forward` decodes to `pose` (T, J, 3), bones being the skeleton's own."""
        parts = []
        for joint in self.branches:
            children = list(skeleton.children[joint])
            turned = rotations.fit(skeleton.offsets[children], pose[:, children] - pose[:, joint, None])
            parts.append(np.swapaxes(turned[..., :2], -1, -2).reshape(len(pose), 6))
        for joint in self.limbs:
            bone = pose[:, skeleton.children[joint][0]] - pose[:, joint]
            parts.append(bone / np.linalg.norm(bone, axis=-1, keepdims=True))
        return np.concatenate(parts, axis=1)


def _chain(skeleton: Skeleton) -> np.ndarray:
    """(J, J) of 0 and 1: which bones, each named by its far joint, lie between the root and a joint."""
    chain = np.eye(len(skeleton))
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        chain[joint] += chain[parent]
    return chain


class StandingFeet(nn.Module):
    """The way a dancer goes if her lower foot points hold the floor: feet that stand carry the body, by construction.

    Each foot point asks for the step of the root that keeps it where it was; the lower it is, the more it counts.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        self.joints = [joint for foot in skeleton.foot_joints for joint in foot]

    def forward(
        self,
        pose: Float[Tensor, "B T J 3"],
        turn: Float[Tensor, "B T"],
        before: Float[Tensor, "B points 3"],
    ) -> tuple[Float[Tensor, "B T 2"], Float[Tensor, "B points 3"]]:
        """Steps (left, ahead) in the heading frame a frame before, and the foot points to carry to the next chunk.

        `before` are the foot points of the frame before the first.
        """
        feet = pose[:, :, self.joints]
        previous = torch.cat([before[:, None], feet[:, :-1]], dim=1)
        x, _, z = feet.unbind(dim=-1)
        cosine, sine = torch.cos(turn)[..., None], torch.sin(turn)[..., None]
        turned = torch.stack([x * cosine + z * sine, z * cosine - x * sine], dim=-1)
        lowness = -(feet[..., 1] + previous[..., 1]) / (2 * STANDING_METRES)
        weights = torch.softmax(lowness, dim=-1)[..., None]
        steps = (weights * (previous[..., [0, 2]] - turned)).sum(dim=2)
        return steps, feet[:, -1]


def unit(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
    """Vectors at length one, unless shorter than a millionth; finite gradients at zero too."""
    return vectors * torch.rsqrt(vectors.square().sum(dim=-1, keepdim=True).clamp_min(1e-12))


def orthonormal(two: Float[Tensor, "*batch 2 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Two vectors to a right-handed frame, one axis a row (Gram-Schmidt)."""
    x = unit(two[..., 0, :])
    across = two[..., 1, :] - (x * two[..., 1, :]).sum(dim=-1, keepdim=True) * x
    y = unit(across)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-2)


def soft_minimum(heights: Float[Tensor, "*batch points"]) -> Float[Tensor, "*batch"]:
    """The floor under the feet, as `kinematics.floor_height` has it."""
    return -FLOOR_SOFTNESS_METRES * torch.logsumexp(-heights / FLOOR_SOFTNESS_METRES, dim=-1)
