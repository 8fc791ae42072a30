"""Losses on cases that can be worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from ballo.learning import losses

REAL, MADE = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 0.0])


def test_wasserstein_by_hand() -> None:
    assert losses.Wasserstein().critic(REAL, MADE) == -3.5
    assert losses.Wasserstein().generator(None, MADE) == -0.5


def test_a_plain_gan_by_hand() -> None:
    """-log D(x) - log(1 - D(G(z))), and -log D(G(z)), D being the logistic function of a score."""

    def share(score: float) -> float:
        return 1 / (1 + math.exp(-score))

    critic = sum(-math.log(share(x)) for x in (3, 5)) / 2 + sum(-math.log(1 - share(x)) for x in (1, 0)) / 2
    assert losses.Plain().critic(REAL, MADE).item() == pytest.approx(critic, rel=1e-5)
    generator = sum(-math.log(share(x)) for x in (1, 0)) / 2
    assert losses.Plain().generator(None, MADE).item() == pytest.approx(generator, rel=1e-5)


def test_relativistic_pairing_by_hand() -> None:
    """Only how far the two of a pair lie apart counts: 3 - 1 and 5 - 0."""
    critic = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-5))) / 2
    generator = (math.log(1 + math.exp(2)) + math.log(1 + math.exp(5))) / 2
    for beside in (0.0, 40.0):
        assert losses.Relativistic().critic(REAL + beside, MADE + beside).item() == pytest.approx(critic, rel=1e-5)
        assert losses.Relativistic().generator(REAL + beside, MADE + beside).item() == pytest.approx(generator, rel=1e-5)


@pytest.mark.parametrize("name", losses.ADVERSARIES)
def test_a_critic_wants_real_clips_to_score_higher_and_a_generator_its_own(name: str) -> None:
    adversary = losses.ADVERSARIES[name]
    real, made = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    to_real, to_made = torch.autograd.grad(adversary.critic(real, made), (real, made))
    assert (to_real < 0).all()
    assert (to_made > 0).all()
    (to_made,) = torch.autograd.grad(adversary.generator(real if adversary.compares else None, made), made)
    assert (to_made < 0).all()


@pytest.mark.parametrize(("slope", "two", "one"), [(1.0, 0.0, 0.0), (3.0, 4.0, 4.0), (0.0, 1.0, 0.0), (0.5, 0.25, 0.0)])
def test_penalties_on_a_slope(slope: float, two: float, one: float) -> None:
    """A linear critic on two inputs has one slope everywhere: here 3-4-5 between them, times `slope`."""
    movement, music = torch.randn(4, 5, 2, requires_grad=True), torch.randn(4, 3, 1, requires_grad=True)
    scores = slope * (0.6 * movement[:, 0, 0] + 0.8 * music[:, 1, 0])
    square = losses.square_slopes(scores, (movement, music))
    torch.testing.assert_close(square, torch.full((4,), slope**2))
    assert losses.two_sided(square).item() == pytest.approx(two, abs=1e-5)
    assert losses.one_sided(square).item() == pytest.approx(one, abs=1e-5)


def test_the_slope_of_a_clip_is_its_own() -> None:
    clips = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    torch.testing.assert_close(losses.square_slopes((clips**2)[:, 0], (clips,)), torch.tensor([4.0, 16.0, 36.0]))


def test_a_slope_of_nothing_still_has_a_finite_gradient() -> None:
    weight, clips = torch.zeros(3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    losses.two_sided(losses.square_slopes(clips @ weight, (clips,))).backward()
    assert weight.grad is not None
    assert weight.grad.isfinite().all()


def test_points_between_lie_between() -> None:
    real, made = torch.zeros(3, 3, 2), torch.ones(3, 3, 2)
    middle = losses.between(real, made, torch.tensor([0.0, 0.25, 1.0]))
    assert middle.requires_grad
    assert middle.is_leaf
    assert middle[:, 0, 0].tolist() == [1.0, 0.75, 0.0]
    assert (middle == middle[:, :1, :1]).all()  # one share a clip


def test_sameness_falls_from_one_to_nothing_at_the_distance_asked_for() -> None:
    pose = torch.zeros(2, 4, 3, 3)
    for metres, expected in ((0.0, 1.0), (0.02, 0.75), (0.08, 0.0), (0.5, 0.0)):
        moved = pose + torch.tensor([0.0, metres, 0.0])
        assert losses.sameness(pose, moved, 0.08) == pytest.approx(expected, abs=1e-3)


def test_total_variation_by_hand() -> None:
    clips = torch.tensor([[[0.0, 1.0], [2.0, 1.0], [-1.0, 2.0]], [[5.0, 5.0]] * 3])
    assert losses.total_variation(clips) == pytest.approx((2 + 0 + 3 + 1) / 8)
