"""What a window of movement and music may be turned into and still be a dance to that music. Pure functions.

A mirror, a heading and a gain move nothing in time. Tempo and phase do: movement and music are then both read at the source
frames start + tempo r, for every frame r of the window, so that what coincided before coincides after.
"""

from __future__ import annotations

import math

import numpy as np
import soxr
import torch
from jaxtyping import Float
from torch import Tensor

from ballo.motion.skeleton import Skeleton

_AROUND_SAMPLES = 256

_PER_LEVEL, _FLOOR = 3 * math.log(10), 1e-6  # of `MelFrontEnd`: level = log10(power + floor) / 3 + 1

_ACROSS = np.array([-1, 1, 1], dtype=np.float32)
_TURNED = np.array([-1, 1, -1], dtype=np.float32)


def mirror_of(skeleton: Skeleton) -> np.ndarray:
    """(J, J): which joint of the dancer each joint of her mirror image is, by the names of left and right.

    For the published points see `markers.mirror`.
    """

    def other(name: str) -> str:
        if name.startswith("left_"):
            return "right_" + name.removeprefix("left_")
        return "left_" + name.removeprefix("right_") if name.startswith("right_") else name

    return np.eye(len(skeleton), dtype=np.float32)[[skeleton.index(other(name)) for name in skeleton.joint_names]]


def mirrored(pose: np.ndarray, travel: np.ndarray, mirror: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The dance seen in a mirror: sides change, a step to the left is one to the right, and a turn turns the other way.

    Every frame stays where it is, so the music of the window fits as it did.

    Args:
        pose: (..., K, 3); its heading frame is the mirrored dancer's too, for the hip line only changes its ends.
        travel: (..., 3) as `kinematics.place` takes it.
        mirror: (K, K) from `mirror_of` or `markers.mirror`.
    """
    return (mirror @ pose) * _ACROSS, travel * _TURNED


def louder(spectra: Float[Tensor, "*batch channels"], decibels: Tensor) -> Float[Tensor, "*batch channels"]:
    """Spectra of the same music turned up: exactly what `MelFrontEnd` gives for the scaled waveform, at the same rows."""
    power = spectra * _PER_LEVEL
    # In place, for making room for a batch takes longer than to work out its numbers.
    power.sub_(_PER_LEVEL).exp_().sub_(_FLOOR).clamp_min_(0)
    return power.mul_(torch.pow(10.0, decibels / 10)).add_(_FLOOR).log_().div_(_PER_LEVEL).add_(1)


def louder_blocks(blocks: Tensor, decibels: Tensor) -> Tensor:
    """Samples turned up, at the same places; `decibels` is broadcast."""
    return blocks * torch.pow(10.0, decibels / 20)


def part(values: np.ndarray, first: int, count: int, silent: float) -> np.ndarray:
    """`count` rows of values (N, ...) from row `first` on, with `silent` rows where there are none. A copy."""
    before, after = max(0, min(count, -first)), max(0, min(count, first + count - len(values)))
    rows = np.full((count, *values.shape[1:]), silent, dtype=values.dtype)
    rows[before : count - after] = values[first + before : first + count - after]
    return rows


def poses_at(pose: np.ndarray, places: np.ndarray, within: tuple[int, int]) -> np.ndarray:
    """Poses (T, K, 3) read at fractional frames (F,), by a cubic through the four nearest (Catmull and Rom 1974).

    Heading frame and root stay exact, for a sum of poses that share them shares them too. Bones keep their lengths to 0.05 %
    in the median frame of the remastered dances, the worst bone of a frame in a thousand to 4 %: see `with_bones_of`.

    Args:
        within: first frame and the one after the last that may be read.
    """
    near, weights = _cubic(places, within)
    flat, shares = pose.reshape(len(pose), -1), weights.astype(np.float32)[..., None]
    read = flat[near[0]] * shares[0]
    for tap in range(1, 4):
        read += flat[near[tap]] * shares[tap]
    return read.reshape(len(places), *pose.shape[1:])


def with_bones_of(skeleton: Skeleton, pose: np.ndarray) -> np.ndarray:
    """Poses (..., J, 3) with every bone pointing as it did, at the skeleton's length. The root stays."""
    rigid = pose.copy()
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        bone = pose[..., joint, :] - pose[..., parent, :]
        length = np.sqrt(np.einsum("...c,...c->...", bone, bone))
        scale = np.float32(skeleton.bone_lengths[joint]) / np.maximum(length, np.float32(1e-9))
        rigid[..., joint, :] = rigid[..., parent, :] + bone * scale[..., None]
    return rigid


def travel_at(path: np.ndarray, places: np.ndarray, tempo: float) -> np.ndarray:
    """Travel (F, 3) between fractional frames `tempo` apart, the first from `tempo` before the first of them.

    The way is read from where the dancer was, not from her steps, so that no step is lost; she moves `tempo` times as fast.

    Args:
        path: (T, 3) metres x and z and unwrapped heading; she stands before the first frame.
        places: (F,) frames, `tempo` apart.
    """
    near, weights = _cubic(np.concatenate([places[:1] - tempo, places]).clip(0, len(path) - 1), (0, len(path)))
    x, z, heading = np.einsum("tf,tfc->cf", weights, path[near])
    before, right, forth = heading[:-1], np.diff(x), np.diff(z)
    cosine, sine = np.cos(before), np.sin(before)
    steps = np.stack([right * cosine - forth * sine, right * sine + forth * cosine, np.diff(heading)], axis=1)
    return steps.astype(np.float32)


def rows_at(rows: np.ndarray, places: np.ndarray, silent: float) -> np.ndarray:
    """Rows of spectra (N, channels) read at fractional rows (F,), by straight lines; `silent` beyond the ends.

    Pitch stays while tempo changes: a band keeps its place, only its rise and fall comes sooner or later.
    """
    base = math.floor(places[0])
    left = np.floor(places).astype(np.int64) - base
    share = (places - base - left).astype(np.float32)[:, None]
    read = part(rows, base, int(left[-1]) + 2, silent)
    return read[left] * (1 - share) + read[left + 1] * share


def blocks_at(blocks: np.ndarray, start: float, tempo: float, count: int) -> np.ndarray:
    """`count` blocks of the waveform in blocks (N, samples) from the fractional block `start` on, played `tempo` times as fast.

    Pitch moves with tempo, as on a turntable, unlike that of `rows_at`. The first sample is the nearest one (at most half a
    sample off, 31 microseconds at 16 kHz); at the old tempo samples are taken as they are. Silence beyond the ends.
    """
    waveform, samples = blocks.reshape(-1), blocks.shape[1]
    if tempo == 1:
        return part(waveform, round(start * samples), count * samples, 0.0).reshape(count, samples)
    # The filter hears a little of what lies around the window.
    first = round(start * samples - tempo * _AROUND_SAMPLES)
    source = part(waveform, first, math.ceil(tempo * (count * samples + 2 * _AROUND_SAMPLES)), 0.0)
    played = soxr.resample(source, tempo, 1.0, quality="MQ")
    return played[_AROUND_SAMPLES : _AROUND_SAMPLES + count * samples].reshape(count, samples)


def _cubic(places: np.ndarray, within: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The four frames (4, F) around each place, none outside, and how much each counts (4, F)."""
    left = np.floor(places).astype(np.int64)
    f = places - left
    near = np.clip(left + np.arange(-1, 3)[:, None], within[0], within[1] - 1)
    weights = [-f + 2 * f**2 - f**3, 2 - 5 * f**2 + 3 * f**3, f + 4 * f**2 - 3 * f**3, f**3 - f**2]
    return near, np.stack(weights) / 2
