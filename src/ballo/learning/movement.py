"""What a critic sees of a dance: where the joints are, how fast they move over the floor, and how that changes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

FRAMES_LEFT_OUT = 2
CHANNELS_PER_JOINT = 9


def describe(pose: Float[Tensor, "B T J 3"], travel: Float[Tensor, "B T 3"], fps: float) -> Float[Tensor, "B T-2 channels"]:
    """Positions, world velocities (m/s) and accelerations (m/s^2) of every joint, 9 channels a joint, in the heading frame.

    Velocities are those over the floor, so that a foot that stands has none although the pose moves around it. The first
    two frames have no acceleration and are left out.
    """
    batch, frames, joints, _ = pose.shape
    velocity = (_in_frame_before(pose[:, 1:], travel[:, 1:]) - pose[:, :-1]) * fps
    acceleration = (velocity[:, 1:] - velocity[:, :-1]) * fps
    seen = torch.stack([pose[:, 2:], velocity[:, 1:], acceleration], dim=2)
    return seen.reshape(batch, frames - FRAMES_LEFT_OUT, CHANNELS_PER_JOINT * joints)


def _in_frame_before(pose: Float[Tensor, "B T J 3"], travel: Float[Tensor, "B T 3"]) -> Float[Tensor, "B T J 3"]:
    """Each frame's pose as seen from the heading frame a frame earlier (`kinematics.place`, one step of it)."""
    left, ahead, turn = travel[..., None].unbind(dim=2)
    x, y, z = pose.unbind(dim=-1)
    cosine, sine = torch.cos(turn), torch.sin(turn)
    return torch.stack([x * cosine + z * sine + left, y, z * cosine - x * sine + ahead], dim=-1)
