"""Layers that the models share: what hears the music, and what turns a frame's code into a pose that cannot stretch."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.motion import rotations
from ballo.motion.kinematics import FLOOR_SOFTNESS_METRES
from ballo.motion.skeleton import Skeleton

MEL_BANDS = 64
SPECTRA_PER_FRAME = 2
STANDING_METRES = 0.01
"""A foot point this much higher than another counts e times less as the one that stands."""

SILENCE = -1.0
"""The level of a band in which nothing sounds."""


class MelFrontEnd(nn.Module):
    """Waveform blocks to log-mel spectra, two a frame, by matrix products alone: exact in chunks and quick in any runtime.

    A window is as long as a block (one frame of music) and starts at every half block, so N blocks give 2(N-1) whole
    windows. Bands follow Slaney's mel scale from 30 Hz; the logarithm's floor lies 60 dB under a full-scale tone.
    """

    cosines: Tensor
    sines: Tensor
    mel: Tensor

    def __init__(self, samples_per_frame: int, rate: int) -> None:
        super().__init__()
        if samples_per_frame % SPECTRA_PER_FRAME:
            raise ValueError("a frame must hold an even number of samples")
        self.samples, self.middle = samples_per_frame, samples_per_frame // 2
        # A cosine and the window are even about the window's middle, a sine is odd: half a window's rows do for each. The
        # first sample's row is left out, for there the window is zero.
        time, frequencies = np.arange(1, self.middle + 1), np.arange(self.middle + 1)
        phase = 2 * np.pi * np.outer(time, frequencies) / samples_per_frame
        window = np.hanning(samples_per_frame + 1)
        # Scaled so that a full-scale sine has power 1 in its bin, whatever the window.
        weight = window[time, None] * 2 / window.sum()
        self.register_buffer("cosines", torch.tensor(np.cos(phase) * weight, dtype=torch.float32), persistent=False)
        self.register_buffer("sines", torch.tensor((np.sin(phase) * weight)[:-1], dtype=torch.float32), persistent=False)
        mel = mel_weights(frequencies * rate / samples_per_frame, MEL_BANDS, 30.0, rate / 2)
        self.register_buffer("mel", torch.tensor(mel, dtype=torch.float32), persistent=False)
        self.channels = SPECTRA_PER_FRAME * MEL_BANDS

    def forward(self, blocks: Float[Tensor, "B N samples"]) -> Float[Tensor, "B N-1 channels"]:
        """Spectra of N blocks of samples, the two of a frame side by side: about -1 for silence, 1 for the loudest."""
        batch, count, samples = blocks.shape
        halves = blocks.reshape(batch, 2 * count, samples // 2)
        windows = torch.cat([halves[:, :-1], halves[:, 1:]], dim=-1)[:, : 2 * count - 2]
        power = ((self._even(windows) @ self.cosines).square() + (self._odd(windows) @ self.sines).square()) @ self.mel
        level = torch.log10(power + 1e-6) / 3 + 1
        return level.reshape(batch, count - 1, self.channels)

    def _even(self, windows: Float[Tensor, "B W samples"]) -> Float[Tensor, "B W half"]:
        """What a window's two halves, folded about its middle, have in common; the middle sample counts once."""
        once = windows[..., self.middle : self.middle + 1]
        return torch.cat([windows[..., 1 : self.middle] + windows[..., self.middle + 1 :].flip(-1), once], dim=-1)

    def _odd(self, windows: Float[Tensor, "B W samples"]) -> Float[Tensor, "B W rest"]:
        """In what they differ."""
        return windows[..., 1 : self.middle] - windows[..., self.middle + 1 :].flip(-1)


def mel_weights(bin_hertz: np.ndarray, bands: int, low_hertz: float, high_hertz: float) -> np.ndarray:
    """Triangular filters (bins, bands) spaced evenly on Slaney's mel scale, each summing to one.

    A filter narrower than the bins' spacing takes the two bins around its centre. Source: Slaney 1998, Auditory Toolbox.
    """
    edges = _hertz(np.linspace(_mel(low_hertz), _mel(high_hertz), bands + 2))
    spacing = bin_hertz[1] - bin_hertz[0]
    below, centre, above = edges[:-2], edges[1:-1], edges[2:]
    rising = (bin_hertz[:, None] - below) / np.maximum(centre - below, spacing)
    rising = np.where(centre - below < spacing, 1 - (centre - bin_hertz[:, None]) / spacing, rising)
    falling = (above - bin_hertz[:, None]) / np.maximum(above - centre, spacing)
    falling = np.where(above - centre < spacing, 1 - (bin_hertz[:, None] - centre) / spacing, falling)
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    return weights / weights.sum(axis=0)


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) / (np.log(6.4) / 27)


def _hertz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


class ResidualBlock(nn.Module):
    """Two linear layers with normalisation, added to their input.

    The research system's second layer read the block's input again, so that its first never learned; here it reads the
    first's output. Layer normalisation stands in for batch normalisation: a frame then depends on no other clip.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(size, size), nn.Linear(size, size)
        self.first_norm, self.second_norm = nn.LayerNorm(size), nn.LayerNorm(size)

    def forward(self, x: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch size"]:
        """The input plus what the two layers make of it."""
        hidden = torch.relu(self.first_norm(self.first(x)))
        return x + torch.relu(self.second_norm(self.second(hidden)))


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
