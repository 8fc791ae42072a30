"""The scale that travels with the weights: what it restores, what it was fitted on, channels that never move."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ballo.learning.normaliser import SMALLEST_SCALE, Normaliser, Scaling

VALUES = np.random.default_rng(0).normal([3.0, -50.0, 0.0], [0.1, 20.0, 1.0], (1000, 3))


@pytest.mark.parametrize("scaling", ["deviation", "range"])
def test_restoring_undoes_normalising(scaling: Scaling) -> None:
    normaliser = Normaliser(3)
    normaliser.fit(VALUES, scaling)
    values = torch.from_numpy(VALUES).float()
    torch.testing.assert_close(normaliser.restore(normaliser.normalise(values)), values)


def test_deviation_is_mean_zero_and_deviation_one() -> None:
    normaliser = Normaliser(3)
    normaliser.fit(VALUES)
    scaled = normaliser.normalise(torch.from_numpy(VALUES).float())
    torch.testing.assert_close(scaled.mean(dim=0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(scaled.std(dim=0, correction=0), torch.ones(3))
    torch.testing.assert_close(normaliser.restore(torch.zeros(3)).double(), torch.from_numpy(VALUES.mean(axis=0)))


def test_range_is_from_nought_to_one() -> None:
    normaliser = Normaliser(3)
    normaliser.fit(VALUES, "range")
    scaled = normaliser.normalise(torch.from_numpy(VALUES).float())
    torch.testing.assert_close(scaled.amin(dim=0), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(scaled.amax(dim=0), torch.ones(3))


@pytest.mark.parametrize("scaling", ["deviation", "range"])
def test_a_channel_that_never_moves_keeps_its_value_and_blows_nothing_up(scaling: Scaling) -> None:
    normaliser = Normaliser(1)
    normaliser.fit(np.full((10, 1), 7.0), scaling)
    assert normaliser.normalise(torch.tensor([7.0])) == 0
    assert normaliser.restore(torch.tensor([1.0])) == pytest.approx(7.0 + SMALLEST_SCALE)


def test_many_frames_in_32_bits_lose_no_digits() -> None:
    """Added up one by one in 32 bits, two million frames of 0.9 m came out 2 % short."""
    heights = np.full((2_000_000, 2), 0.9, np.float32)
    normaliser = Normaliser(2)
    normaliser.fit(heights)
    assert normaliser.mean.numpy() == pytest.approx(0.9, rel=1e-6)
    assert normaliser.deviation.numpy() == pytest.approx(SMALLEST_SCALE)


def test_the_scale_is_saved_with_the_weights() -> None:
    fitted, fresh = Normaliser(3), Normaliser(3)
    fitted.fit(VALUES)
    fresh.load_state_dict(fitted.state_dict())
    torch.testing.assert_close(fresh.restore(torch.ones(3)), fitted.restore(torch.ones(3)))
