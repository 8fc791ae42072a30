"""The 23 published points as a network sees them: which is the root, and the skeleton's joints from them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.dataset import dancer
from ballo.motion.skeleton import Skeleton

POINTS = 23


def root(pose: Float[Tensor, "B T K 3"]) -> Float[Tensor, "B T 1 3"]:
    """The root of poses: the first of a skeleton's joints, and between the hips of the published points."""
    if pose.shape[2] == POINTS:
        return pose[:, :, [dancer.LEFT_BELT, dancer.RIGHT_BELT]].mean(dim=2, keepdim=True)
    return pose[:, :, :1]


class Joints(nn.Module):
    """The skeleton's joints from published points, as `dancer.joints_of` has them, for a person of middle size."""

    weights: Tensor

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        self.hips = [skeleton.index("left_hip"), skeleton.index("right_hip")]
        self.register_buffer("weights", _weights(skeleton), persistent=False)

    def forward(self, points: Float[Tensor, "B T points 3"]) -> Float[Tensor, "B T J 3"]:
        """Joints in the points' own frame."""
        joints = self.weights @ points
        belt = points[:, :, [dancer.LEFT_BELT, dancer.RIGHT_BELT]]
        across = nn.functional.normalize(belt[:, :, 0] - belt[:, :, 1], dim=-1)
        spine = points[:, :, dancer.THORAX] - belt.mean(dim=2)
        up = nn.functional.normalize(spine - (spine * across).sum(dim=-1, keepdim=True) * across, dim=-1)
        drop = sum(dancer.HIP_DROP_METRES) / 2
        return joints - drop * up[:, :, None] * self.is_hip

    @property
    def is_hip(self) -> Float[Tensor, "J 1"]:
        """1 for the joints that hang below a belt marker."""
        mask = torch.zeros(len(self.weights), 1, device=self.weights.device)
        mask[self.hips] = 1
        return mask


def _weights(skeleton: Skeleton) -> Float[Tensor, "J points"]:
    """How much of each point is in each joint; of the hips, what the drop below the belt leaves."""
    weights = torch.zeros(len(skeleton), POINTS)

    def add(joint: str, parts: dict[int, float]) -> None:
        for point, share in parts.items():
            weights[skeleton.index(joint), point] += share

    for joint, point in dancer.DIRECT.items():
        add(joint, {point: 1.0})
    add("pelvis", {dancer.LEFT_BELT: 0.5, dancer.RIGHT_BELT: 0.5})
    add("left_hip", {dancer.LEFT_BELT: 1.0})
    add("right_hip", {dancer.RIGHT_BELT: 1.0})
    add("neck", dict(dancer.NECK_WEIGHTS))
    add("head", {dancer.LEFT_HEAD: 0.5, dancer.RIGHT_HEAD: 0.5})
    elbow, forearm, bone, finger = dancer.WRIST_WEIGHTS
    left = {dancer.LEFT_ELBOW: elbow, dancer.LEFT_FOREARM: forearm, dancer.LEFT_FINGER: finger - bone}
    add("left_wrist", left | {dancer.LEFT_WRIST_AND_FINGER: 2 * bone})
    right = {dancer.RIGHT_ELBOW: elbow, dancer.RIGHT_FOREARM: forearm - bone, dancer.RIGHT_FINGER: finger}
    add("right_wrist", right | {dancer.RIGHT_FOREARM_AND_WRIST: 2 * bone})
    return weights
