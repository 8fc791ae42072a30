"""The terms of a game, on critics that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from ballo.learning import losses
from ballo.learning.phases.adversarial import Adversarial, AdversaryConfig
from ballo.learning.shard import Shard

REAL, MADE = torch.tensor([[3.0, 0.0], [1.0, 2.0]]), torch.tensor([[0.0, 0.0], [4.0, 4.0]])
MUSIC = torch.tensor([[1.0], [2.0]])


def _game(shard: Shard | None = None, **changes: object) -> Adversarial:
    return Adversarial(AdversaryConfig(**changes), np.random.default_rng(0), shard or Shard())  # type: ignore[arg-type]


def _linear(conditions: tuple[Tensor, ...]) -> Callable[[Tensor], Tensor]:
    """Slope 3 over a clip and 4 over its music: 5 over both."""

    def score(clips: Tensor) -> Tensor:
        scores = clips @ torch.tensor([3.0, 0.0])
        for condition in conditions:
            scores = scores + 4 * condition[:, 0].repeat(len(clips) // len(condition))
        return scores

    return score


def test_wasserstein_with_a_two_sided_penalty_over_clips_and_conditions() -> None:
    terms = _game(penalty_weight=10.0).critic_terms(REAL, MADE, (MUSIC,), _linear)
    assert terms["critic"].item() == pytest.approx((0 + 12) / 2 - (9 + 3) / 2)
    assert terms["penalty"].item() == pytest.approx(10 * (5 - 1) ** 2, rel=1e-5)
    terms = _game(penalty_weight=10.0).critic_terms(REAL, MADE, (), _linear)
    assert terms["penalty"].item() == pytest.approx(10 * (3 - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize(("slope", "expected"), [(0.5, 0.0), (1.0, 0.0), (3.0, 40.0)])
def test_a_one_sided_penalty_lets_slopes_below_one_be(slope: float, expected: float) -> None:
    terms = _game(penalty="one-sided").critic_terms(REAL, MADE, (), lambda _: lambda clips: slope * clips[:, 0])
    assert terms["penalty"].item() == pytest.approx(expected, abs=1e-4)


def test_the_penalty_is_taken_between_real_and_made() -> None:
    seen: list[Tensor] = []
    heard: list[tuple[Tensor, ...]] = []

    def critic(conditions: tuple[Tensor, ...]) -> Callable[[Tensor], Tensor]:
        heard.append(conditions)

        def score(clips: Tensor) -> Tensor:
            seen.append(clips.detach())
            return clips.square().sum(dim=1) + conditions[0][:, 0].repeat(len(clips) // 2)

        return score

    _game().critic_terms(REAL, MADE, (MUSIC,), critic)
    assert len(heard) == 1  # music is heard once for all three
    both, middle = seen  # no slope is taken through the first call
    torch.testing.assert_close(both, torch.cat([REAL, MADE]))
    shares = torch.from_numpy(np.random.default_rng(0).random(2, dtype=np.float32))[:, None]
    torch.testing.assert_close(middle, shares * REAL + (1 - shares) * MADE)


def test_without_a_penalty_there_is_none() -> None:
    assert _game(penalty="none").critic_terms(REAL, MADE, (), _linear).keys() == {"critic"}


def test_r1_and_r2_are_squared_slopes_at_real_and_at_made_clips() -> None:
    """Of the sum of squares the slope is 2 x: 36 and 20 at the real clips, 0 and 128 at the made ones."""
    game = _game(loss="relativistic", penalty="r1-r2", penalty_weight=2.0)
    terms = game.critic_terms(REAL, MADE, (), lambda _: lambda clips: clips.square().sum(dim=1))
    assert terms["penalty"].item() == pytest.approx((36 + 20) / 2 + (0 + 128) / 2)
    real, made = REAL.square().sum(dim=1), MADE.square().sum(dim=1)
    torch.testing.assert_close(terms["critic"], losses.Relativistic().critic(real, made))


def test_slopes_over_music_that_a_pair_shares_do_not_cancel() -> None:
    """A critic that asks of real clips the opposite of what it asks of made ones is as steep as one that asks the same."""

    def critic(conditions: tuple[Tensor, ...]) -> Callable[[Tensor], Tensor]:
        sign = torch.tensor([1.0, 1.0, -1.0, -1.0])
        return lambda clips: 3 * sign * conditions[0][:, 0].repeat(2) + 0 * clips.sum(dim=1)

    terms = _game(loss="relativistic", penalty="r1-r2", penalty_weight=2.0).critic_terms(REAL, MADE, (MUSIC,), critic)
    assert terms["penalty"].item() == pytest.approx(9 + 9)


def test_what_the_penalty_asks_reaches_the_critics_weights() -> None:
    for penalty in ("two-sided", "one-sided", "r1-r2"):
        weight = torch.tensor([3.0, 1.0], requires_grad=True)
        terms = _game(penalty=penalty).critic_terms(REAL, MADE, (), lambda _, weight=weight: lambda clips: clips @ weight)
        terms["penalty"].backward()
        assert weight.grad is not None
        assert (weight.grad > 0).all()


@pytest.mark.parametrize("loss", losses.ADVERSARIES)
def test_the_generator_is_moved_through_its_own_clips_alone(loss: str) -> None:
    real, made = REAL.clone().requires_grad_(), MADE.clone().requires_grad_()
    term = _game(loss=loss, weight=0.5).generator_term(real, made, (), _linear)
    term.backward()
    assert real.grad is None or not real.grad.any()
    assert made.grad is not None
    assert made.grad[:, 0].abs().min() > 0
    whole = _game(loss=loss).generator_term(REAL, MADE, (), _linear)
    torch.testing.assert_close(term.detach(), whole / 2)


def test_processes_take_their_parts_of_one_draw() -> None:
    whole = _game()._shares(torch.zeros(4, 1))
    parts = [_game(Shard(rank, 2))._shares(torch.zeros(2, 1)) for rank in range(2)]
    torch.testing.assert_close(torch.stack(parts, dim=1).flatten(), whole)
