"""Losses on cases that can be worked out by hand."""

from __future__ import annotations

import pytest
import torch

from ballo.learning import losses


def test_wasserstein_by_hand() -> None:
    real, fake = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 0.0])
    assert losses.wasserstein_critic(real, fake) == -3.5
    assert losses.wasserstein_generator(fake) == -0.5


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 0.0), (3.0, 4.0), (0.0, 1.0)])
def test_the_penalty_is_the_squared_distance_of_the_slope_from_one(slope: float, expected: float) -> None:
    """A linear critic on two inputs has one slope everywhere: here 3-4-5 between them, times `slope`."""
    movement, spectra = torch.randn(4, 5, 2, requires_grad=True), torch.randn(4, 3, 1, requires_grad=True)
    scores = slope * (0.6 * movement[:, 0, 0] + 0.8 * spectra[:, 1, 0])
    assert losses.gradient_penalty(scores, (movement, spectra)) == pytest.approx(expected, abs=1e-5)


def test_points_between_lie_between() -> None:
    real, fake = torch.zeros(100, 3, 2), torch.ones(100, 3, 2)
    middle = losses.between(real, fake)
    assert middle.requires_grad
    assert ((middle >= 0) & (middle <= 1)).all()
    assert (middle == middle[:, :1, :1]).all()  # one share a clip
    assert middle[:, 0, 0].std() > 0.2


def test_sameness_falls_from_one_to_nothing_at_the_distance_asked_for() -> None:
    pose = torch.zeros(2, 4, 3, 3)
    for metres, expected in ((0.0, 1.0), (0.02, 0.75), (0.08, 0.0), (0.5, 0.0)):
        moved = pose + torch.tensor([0.0, metres, 0.0])
        assert losses.sameness(pose, moved, 0.08) == pytest.approx(expected, abs=1e-3)
