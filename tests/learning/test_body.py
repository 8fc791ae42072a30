"""Forward kinematics against the motion room's, standing feet against a walker."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.learning.models.body import PoseDecoder, StandingFeet
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31), scale=st.sampled_from([0.01, 1.0, 100.0]))
def test_bones_have_the_skeletons_lengths_whatever_the_code(seed: int, scale: float) -> None:
    decoder = PoseDecoder(DANCER)
    code = torch.randn(2, 5, decoder.size, generator=torch.Generator().manual_seed(seed)) * scale
    positions = decoder(code).numpy()
    bones = positions[:, :, 1:] - positions[:, :, list(DANCER.parents[1:])]
    expected = np.broadcast_to(DANCER.bone_lengths[1:], (2, 5, len(DANCER) - 1))
    np.testing.assert_allclose(np.linalg.norm(bones, axis=-1), expected, rtol=1e-4)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31))
def test_a_decoded_pose_stands_on_the_floor_and_faces_ahead(seed: int) -> None:
    decoder = PoseDecoder(DANCER)
    positions = decoder(torch.randn(1, 7, decoder.size, generator=torch.Generator().manual_seed(seed)))[0].numpy()
    np.testing.assert_allclose(kinematics.floor_height(DANCER, positions.astype(np.float64)), 0, atol=1e-5)
    np.testing.assert_allclose(positions[:, 0, [0, 2]], 0, atol=1e-6)
    hips = positions[:, DANCER.index("left_hip")] - positions[:, DANCER.index("right_hip")]
    np.testing.assert_allclose(hips[:, 2], 0, atol=1e-6)


def test_decoding_undoes_encoding(planted) -> None:
    pose, _ = kinematics.unplace(DANCER, planted(np.arange(60)))
    decoder = PoseDecoder(DANCER)
    code = torch.tensor(decoder.encode(DANCER, pose), dtype=torch.float32)
    np.testing.assert_allclose(decoder(code[None])[0].numpy(), pose, atol=2e-6)


def test_a_standing_foot_carries_the_body_over_it() -> None:
    """The right foot is planted at world zero while the body passes over and turns; the left one swings high."""
    frames = 20
    facing = np.linspace(0.0, 0.6, frames)
    root = np.stack([0.05 * np.arange(frames), np.full(frames, 0.9), 0.02 * np.arange(frames)], axis=1)
    world = np.broadcast_to(root[:, None], (frames, len(DANCER), 3)).copy()
    world[:, list(DANCER.foot_joints[1])] = [[0.1, 0.0, 0.3], [0.1, 0.0, 0.5]]
    world[:, list(DANCER.foot_joints[0]), 1] = 0.3
    hips = np.stack([np.cos(facing), 0 * facing, -np.sin(facing)], axis=1)
    world[:, DANCER.index("left_hip")] += 0.1 * hips
    world[:, DANCER.index("right_hip")] -= 0.1 * hips
    pose, travel = kinematics.unplace(DANCER, world)
    feet = StandingFeet(DANCER)
    now = torch.tensor(pose, dtype=torch.float32)[None]
    steps, last = feet(now, torch.tensor(travel[None, :, 2], dtype=torch.float32), now[:, 0, feet.joints])
    np.testing.assert_allclose(steps[0, 1:].numpy(), travel[1:, :2], atol=1e-5)
    np.testing.assert_array_equal(last[0].numpy(), now[0, -1, feet.joints].numpy())


def test_shapes_in_signatures_are_checked() -> None:
    import jaxtyping

    with pytest.raises(jaxtyping.TypeCheckError):
        PoseDecoder(DANCER)(torch.zeros(3, 57))
