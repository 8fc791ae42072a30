"""What a generator's numbers mean, and what a critic sees of a dance.

Two spaces: `Directions`, ballo's own, in which bones have their lengths and standing feet carry the dancer whatever a network
emits; and `Coordinates`, the research system's (2019), which emits every point's coordinates around the root.
Axes: B clips, T frames, K points, J joints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning import movement
from ballo.learning.models import points as published
from ballo.learning.models.body import PoseDecoder, StandingFeet, soft_minimum
from ballo.motion.skeleton import Skeleton

SpaceName = Literal["directions", "coordinates"]

TRAVEL = 3
"""Metres to the left, metres ahead, and radians of turn, since the frame before."""


State = Mapping[str, Tensor]
"""What a generator carries from one chunk to the next, by name."""


@dataclass(frozen=True)
class Moved:
    """A decoded chunk, as `kinematics.place` takes it, and what of the body goes on to the next."""

    pose: Float[Tensor, "B T J 3"]
    travel: Float[Tensor, "B T 3"]
    state: State


@dataclass(frozen=True)
class Dance:
    """What a generator makes of a chunk: the numbers it emitted, the movement they mean, and what goes on from there."""

    numbers: Float[Tensor, "B T numbers"]
    moved: Moved
    state: State


@runtime_checkable
class Movement(Protocol):
    """A real dance as `batches.Batch` holds it: points in the heading frame, travel, and the heading of the first frame."""

    @property
    def pose(self) -> Tensor:
        """(B, T, K, 3) metres."""

    @property
    def travel(self) -> Tensor:
        """(B, T, 3)."""

    @property
    def heading(self) -> Tensor:
        """(B,) radians."""


class Directions(nn.Module):
    """A joint's bones by their directions, and the root's travel beyond what standing feet give it.

    A critic sees where joints are, how fast they go and how that changes (`movement.describe`), of a figure where they are.
    """

    def __init__(self, skeleton: Skeleton, fps: float) -> None:
        super().__init__()
        self.skeleton, self.fps = skeleton, fps
        self.pose_decoder, self.standing_feet = PoseDecoder(skeleton), StandingFeet(skeleton)
        self.pose_size, self.travel_size = self.pose_decoder.size, TRAVEL
        self.figure_channels = 3 * len(skeleton)
        self.channels = movement.CHANNELS_PER_JOINT * len(skeleton)
        self.left_out = movement.FRAMES_LEFT_OUT
        self.sees_heading = False
        # A distance to the real dance counts positions and velocities; accelerations are mostly noise.
        self.compared = self.channels * 2 // 3

    def start(self, batch: int, device: torch.device) -> State:
        """The body before the first frame: where its feet were decides only where the dance begins."""
        return {"feet": torch.zeros(batch, len(self.standing_feet.joints), 3, device=device)}

    @torch.no_grad()
    def encode(self, real: Movement) -> np.ndarray:
        """What a network should emit (T, size), before normalising, to dance a real clip (B = 1)."""
        carried, _ = self.standing_feet(real.pose, real.travel[..., 2], real.pose[:, 0, self.standing_feet.joints])
        own = (real.travel[0, :, :2] - carried[0]).numpy()
        pose = self.pose_decoder.encode(self.skeleton, real.pose[0].double().numpy())
        return np.concatenate([pose, own, real.travel[0, :, 2:].numpy()], axis=1)

    def encode_figures(self, batch: Movement) -> Float[Tensor, "B numbers"]:
        """What a network should emit for each of B figures (T = 1)."""
        pose = batch.pose[:, 0].double().cpu().numpy()
        return torch.from_numpy(self.pose_decoder.encode(self.skeleton, pose)).float()

    def decode(self, numbers: Float[Tensor, "B T numbers"], state: State) -> Moved:
        """Numbers in the data's units to movement, going on from a state."""
        code, own, turn = torch.split(numbers, [self.pose_size, TRAVEL - 1, 1], dim=-1)
        pose = self.pose_decoder(code)
        carried, after = self.standing_feet(pose, turn.squeeze(-1), state["feet"])
        return Moved(pose, torch.cat([carried + own, turn], dim=-1), {"feet": after})

    def figures(self, numbers: Float[Tensor, "B T numbers"]) -> Float[Tensor, "B T J 3"]:
        """Numbers of poses alone."""
        return self.pose_decoder(numbers)

    def see(self, real: Movement) -> Float[Tensor, "B S channels"]:
        """What a critic sees of real clips, S = T - `left_out`."""
        return movement.describe(real.pose, real.travel, self.fps)

    def see_made(self, numbers: Float[Tensor, "B T numbers"], made: Moved) -> Float[Tensor, "B S channels"]:
        """What it sees of made ones."""
        return movement.describe(made.pose, made.travel, self.fps)

    def see_figures(self, real: Movement) -> Float[Tensor, "B channels"]:
        """What it sees of real figures (T = 1)."""
        return real.pose[:, 0].flatten(1)

    def see_made_figures(self, numbers: Float[Tensor, "B numbers"]) -> Float[Tensor, "B channels"]:
        """What it sees of made ones."""
        return self.figures(numbers[:, None])[:, 0].flatten(1)


class Coordinates(nn.Module):
    """Every point's coordinates around the root, as the dancer faces the world: she neither travels nor keeps her bones.

    The points are the archive's 23 published ones, or else the skeleton's joints. A critic sees the very numbers.
    """

    def __init__(self, skeleton: Skeleton, points: int) -> None:
        super().__init__()
        if points not in (len(skeleton), published.POINTS):
            raise ValueError(f"coordinates are of {len(skeleton)} joints or of {published.POINTS} points, not of {points}")
        self.skeleton, self.points = skeleton, points
        self.to_joints = nn.Identity() if points == len(skeleton) else published.Joints(skeleton)
        self.pose_size, self.travel_size = 3 * points, 0
        self.foot_joints = [joint for foot in skeleton.foot_joints for joint in foot]
        self.figure_channels = self.channels = self.compared = 3 * points
        self.left_out, self.sees_heading = 0, True

    def start(self, batch: int, device: torch.device) -> State:
        """The body before the first frame: nothing of it goes on."""
        return {}

    def encode(self, real: Movement) -> np.ndarray:
        """What a network should emit (T, size), before normalising, to dance a real clip (B = 1)."""
        return self.see(real)[0].numpy()

    def encode_figures(self, batch: Movement) -> Float[Tensor, "B numbers"]:
        """What a network should emit for each of B figures (T = 1)."""
        return self.see_figures(batch)

    def decode(self, numbers: Float[Tensor, "B T numbers"], state: State) -> Moved:
        """Numbers in the data's units to movement: on the floor, the root over the origin."""
        pose = self.figures(numbers)
        return Moved(pose, torch.zeros_like(numbers[..., :TRAVEL]), {})

    def figures(self, numbers: Float[Tensor, "B T numbers"]) -> Float[Tensor, "B T J 3"]:
        """The skeleton's joints, standing on the floor."""
        joints = self.to_joints(numbers.reshape(*numbers.shape[:-1], self.points, 3))
        root = joints[:, :, :1]
        lowest = soft_minimum((joints - root)[:, :, self.foot_joints, 1])[..., None, None]
        return joints - root - torch.cat([torch.zeros_like(lowest), lowest, torch.zeros_like(lowest)], dim=-1)

    def see(self, real: Movement) -> Float[Tensor, "B T channels"]:
        """What a critic sees of real clips: poses turned as the dancer faces, around her root."""
        turned = torch.cumsum(real.travel[..., 2], dim=1) - real.travel[:, :1, 2] + real.heading[:, None]
        cosine, sine = torch.cos(turned)[..., None], torch.sin(turned)[..., None]
        x, y, z = (real.pose - published.root(real.pose)).unbind(dim=-1)
        return torch.stack([x * cosine + z * sine, y, z * cosine - x * sine], dim=-1).flatten(2)

    def see_made(self, numbers: Float[Tensor, "B T numbers"], made: Moved) -> Float[Tensor, "B T numbers"]:
        """What it sees of made ones."""
        return numbers

    def see_figures(self, real: Movement) -> Float[Tensor, "B channels"]:
        """What it sees of real figures (T = 1)."""
        return self.see(real)[:, 0]

    def see_made_figures(self, numbers: Float[Tensor, "B numbers"]) -> Float[Tensor, "B numbers"]:
        """What it sees of made ones."""
        return numbers


Space = Directions | Coordinates


def make(name: SpaceName, skeleton: Skeleton, fps: float, points: int) -> Space:
    """A space by its name; `points` is how many a dance of the archive has (see `Coordinates`)."""
    return Directions(skeleton, fps) if name == "directions" else Coordinates(skeleton, points)
