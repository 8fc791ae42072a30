"""The first phase's networks: each figure is its own, and a style tells where it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from ballo.learning.models.poses import Critic, CriticConfig, Generator, GeneratorConfig
from ballo.learning.models.spaces import Coordinates, Directions
from ballo.motion.skeleton import DANCER

STYLES = 3


def _generator(style_size: int = 0) -> Generator:
    torch.manual_seed(0)
    return Generator(GeneratorConfig(noise_size=6, style_size=style_size), Directions(DANCER, 25.0), STYLES).eval()


def test_figures_are_each_of_their_own_noise() -> None:
    generator = _generator()
    noise, style = torch.randn(2, 5, 6), torch.tensor([0, 1])
    figures = generator(noise, style)
    assert figures.shape == (2, 5, len(DANCER), 3)
    torch.testing.assert_close(generator(noise[1:, 3:4], style[1:]), figures[1:, 3:4])
    other = noise.clone()
    other[0, 0] += 1
    moved = (generator(other, style) - figures).abs().amax(dim=(2, 3)) > 1e-6
    assert moved.sum() == 1
    assert moved[0, 0]


@pytest.mark.parametrize(("style_size", "tells"), [(4, True), (0, False)])
def test_a_style_tells_where_it_is_told(style_size: int, tells: bool) -> None:
    generator = _generator(style_size)
    critic = Critic(CriticConfig(8, 1, style_size), 66, STYLES)
    noise, styles = torch.randn(1, 4, 6), (torch.tensor([0]), torch.tensor([2]))
    one, other = (generator(noise, style) for style in styles)
    assert ((one - other).abs().max() > 1e-4).item() is tells
    one, other = (critic(one[0, :1].flatten(1), style) for style in styles)
    assert ((one - other).abs().max() > 1e-6).item() is tells


def test_one_call_of_the_critic_on_real_made_and_between_is_three_calls() -> None:
    torch.manual_seed(0)
    critic = Critic(CriticConfig(8, 1, 4), 5, STYLES)
    parts, style = [torch.randn(4, 5) for _ in range(3)], torch.tensor([0, 1, 2, 1])
    torch.testing.assert_close(critic(torch.cat(parts), style), torch.cat([critic(part, style) for part in parts]))


def test_numbers_come_out_in_the_datas_units() -> None:
    generator = Generator(GeneratorConfig(noise_size=6, space="coordinates"), Coordinates(DANCER, 23), STYLES).eval()
    generator.normaliser.fit(torch.randn(50, 69).mul(0.01).add(7).numpy())
    assert (generator.numbers(torch.randn(3, 6), torch.zeros(3, dtype=torch.int64)) - 7).abs().max() < 0.5


def test_one_batch_can_be_learnt_by_heart(begun: Callable[..., Any]) -> None:
    """As a regression on fixed noise: the networks alone, without the game."""
    phase = begun("poses")
    batch, generator = phase.draw(), phase.generator
    noise = torch.randn(len(batch.pose), generator.config.noise_size, generator=torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(generator.parameters(), lr=3e-3)
    distances = []
    for _ in range(200):
        made = generator.space.see_made_figures(generator.numbers(noise, batch.style))
        distance = (made - generator.space.see_figures(batch)).abs().mean()
        optimiser.zero_grad()
        distance.backward()
        optimiser.step()
        distances.append(distance.item())
    assert distances[-1] < distances[0] / 5


def test_the_critic_learns_to_tell_made_figures_from_real_ones(begun: Callable[..., Any]) -> None:
    phase = begun("poses")
    batch = phase.draw()
    optimiser = torch.optim.Adam(phase.critic.parameters(), lr=3e-3)
    found = []
    for _ in range(60):
        terms = phase.critic_loss(batch)
        optimiser.zero_grad()
        sum(terms.values()).backward()
        optimiser.step()
        found.append(terms["critic"].item())
    assert found[-1] < min(found[0], 0) - 0.5
