"""The second phase's networks: any length, the same in chunks, and a style that tells where it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
import torch

from ballo.learning.models.layers import DecoderConfig, Norm
from ballo.learning.models.sequences import Critic, CriticConfig, Generator, GeneratorConfig
from ballo.learning.models.spaces import SpaceName, make
from ballo.learning.models.temporal import TemporalConfig
from ballo.motion.skeleton import DANCER

STYLES = 3


def _generator(space: SpaceName = "directions", norm: Norm = "layer", style_size: int = 4) -> Generator:
    torch.manual_seed(0)
    config = GeneratorConfig(space, noise_size=5, hidden=12, style_size=style_size, decoder=DecoderConfig(16, 1, norm))
    return Generator(config, make(space, DANCER, 25.0, 22), STYLES).eval()


@pytest.mark.parametrize("space", ["directions", "coordinates"])
@pytest.mark.parametrize("norm", ["layer", "batch"])
def test_chunks_with_their_state_give_what_the_whole_gives(space: SpaceName, norm: Norm) -> None:
    generator, noise, style = _generator(space, norm), torch.randn(2, 50, 5), torch.tensor([0, 2])
    whole, state, parts = generator(noise, style, generator.start(2)), generator.start(2), []
    for chunk in noise.split([1, 16, 33], dim=1):
        danced = generator(chunk, style, state)
        parts.append(danced)
        state = danced.state
    for name in ("pose", "travel"):
        joined = torch.cat([getattr(part.moved, name) for part in parts], dim=1)
        torch.testing.assert_close(joined, getattr(whole.moved, name), atol=1e-5, rtol=0)
    assert state.keys() == whole.state.keys() == generator.start(2).keys()


@pytest.mark.parametrize("frames", [1, 2, 700])
def test_a_dance_is_of_any_length_also_alone(frames: int) -> None:
    generator = _generator(norm="batch")
    danced = generator(torch.randn(1, frames, 5), torch.tensor([1]), generator.start(1))
    assert danced.moved.pose.shape == (1, frames, len(DANCER), 3)
    assert danced.moved.travel.shape == (1, frames, 3)
    assert danced.moved.pose.isfinite().all()


def _critic(movement: Literal["strided", "temporal"], style_size: int) -> Critic:
    torch.manual_seed(1)
    return Critic(CriticConfig(movement, 8, 3, TemporalConfig(8, 5, 1, 3), style_size), 6, 20, STYLES)


@pytest.mark.parametrize(("style_size", "tells"), [(4, True), (0, False)])
def test_a_style_tells_where_it_is_told(style_size: int, tells: bool) -> None:
    generator, noise = _generator(style_size=style_size), torch.randn(1, 20, 5)
    one, other = (generator(noise, torch.tensor([k]), generator.start(1)).moved.pose for k in (0, 2))
    assert ((one - other).abs().max() > 1e-4).item() is tells
    for movement in ("strided", "temporal"):
        clip = torch.randn(1, 20, 6)
        one, other = (_critic(movement, style_size)(clip, torch.tensor([k])) for k in (0, 2))
        assert ((one - other).abs().max() > 1e-6).item() is tells


@pytest.mark.parametrize("movement", ["strided", "temporal"])
def test_one_call_of_the_critic_on_real_made_and_between_is_three_calls(movement: Literal["strided", "temporal"]) -> None:
    critic, style = _critic(movement, 4), torch.tensor([0, 1, 2, 1])
    parts = [torch.randn(4, 20, 6) for _ in range(3)]
    torch.testing.assert_close(critic(torch.cat(parts), style), torch.cat([critic(part, style) for part in parts]))


def test_noise_moves_the_dance_from_its_frame_on() -> None:
    generator, noise, style = _generator(), torch.randn(1, 30, 5), torch.tensor([0])
    other = noise.clone()
    other[:, 12] += 1
    one, two = (generator(x, style, generator.start(1)).moved.pose for x in (noise, other))
    moved = (one - two).abs().amax(dim=(0, 2, 3)) > 1e-7
    assert not moved[:12].any()
    assert moved[12:].all()


def test_a_batch_of_one_learns(begun: Callable[..., Any]) -> None:
    phase = begun("sequences", batches={"size": 1})
    terms = {**phase.critic_loss(phase.draw()), **phase.generator_loss(phase.draw(), 0.0)}
    assert all(term.isfinite() for term in terms.values())


def test_some_clips_begin_a_dance_and_others_go_on_with_one(begun: Callable[..., Any]) -> None:
    """Without a warm-up a generator would learn the first seconds of a dance alone."""
    phase = begun("sequences", batches={"warm_up_frames": 9, "begin_share": 0.5, "size": 2})
    calls: list[int] = []
    phase.generator.register_forward_pre_hook(lambda _, given: calls.append(given[0].shape[1]))
    for _ in range(12):
        phase.critic_loss(phase.draw())
    assert set(calls) == {9, 12}
    assert calls.count(12) == 12
    assert 0 < calls.count(9) < 12


def test_one_batch_can_be_learnt_by_heart(begun: Callable[..., Any]) -> None:
    """As a regression on fixed noise: the generator alone, without the game."""
    phase = begun("sequences")
    batch, generator = phase.draw(), phase.generator
    noise = torch.randn(3, 12, generator.config.noise_size, generator=torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(generator.parameters(), lr=5e-3)
    real, distances = phase._see(batch), []
    for _ in range(200):
        danced = generator(noise, batch.style, generator.start(3))
        distance = (phase._see_made(danced) - real)[..., : generator.space.compared].abs().mean()
        optimiser.zero_grad()
        distance.backward()
        optimiser.step()
        distances.append(distance.item())
    assert distances[-1] < distances[0] / 3
