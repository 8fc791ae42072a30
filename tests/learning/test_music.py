"""The third phase's networks: any length, the same in chunks, what is heard and told moves the dance, a batch by heart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

import pytest
import torch
from torch import Tensor

from ballo.learning.models.layers import DecoderConfig
from ballo.learning.models.music import Critic, CriticConfig, EarConfig, EarName, Generator, GeneratorConfig
from ballo.learning.models.spaces import State, make
from ballo.learning.models.temporal import TemporalConfig
from ballo.motion.skeleton import DANCER
from ballo.music.clock import CHANNELS

STYLES = 3
EARS: tuple[EarName, ...] = ("mel", "strided", "wavegan", "unet")
SAMPLES = 640


def _generator(kind: EarName = "mel", **changes: Any) -> Generator:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"audio_hidden": 12, "noise_size": 4, "noise_hidden": 6, "style_size": 4}
    config = GeneratorConfig(ear=EarConfig(kind, size=8), decoder=DecoderConfig(16, 1), **(sizes | changes))
    return Generator(config, make(config.space, DANCER, 25.0, 22), STYLES, SAMPLES, 16_000).eval()


def _inputs(generator: Generator, batch: int, frames: int) -> dict[str, Tensor]:
    """All but the state; `rows` have their context."""
    chance = torch.Generator().manual_seed(1)
    ear = generator.ear
    count = frames + ear.before + ear.after + int(ear.takes == "spectra")
    return {
        "rows": generator.rows(torch.randn(batch, count, SAMPLES, generator=chance) * 0.1),
        "clock": torch.randn(batch, frames, CHANNELS, generator=chance),
        "noise": torch.randn(batch, frames, generator.config.noise_size, generator=chance),
        "style": torch.arange(batch) % STYLES,
    }


def _part(generator: Generator, given: dict[str, Tensor], first: int, end: int) -> dict[str, Tensor]:
    context = generator.ear.before + generator.ear.after
    cut = {name: given[name][:, first:end] for name in ("clock", "noise")}
    return {**cut, "rows": given["rows"][:, first : end + context], "style": given["style"]}


@pytest.mark.parametrize("kind", EARS)
@torch.no_grad()
def test_chunks_with_their_state_give_what_the_whole_gives(kind: EarName) -> None:
    generator = _generator(kind, clock=True)
    given = _inputs(generator, 2, 24)
    whole = generator(**given, state=generator.start(2))
    state: State = generator.start(2)
    parts = []
    for first, end in ((0, 1), (1, 9), (9, 24)):
        parts.append(generator(**_part(generator, given, first, end), state=state))
        state = parts[-1].state
    for name in ("pose", "travel"):
        joined = torch.cat([getattr(part.moved, name) for part in parts], dim=1)
        torch.testing.assert_close(joined, getattr(whole.moved, name), atol=2e-5, rtol=0)


@pytest.mark.parametrize("kind", EARS)
@torch.no_grad()
def test_a_frame_hears_as_far_as_its_context_and_no_further(kind: EarName) -> None:
    generator = _generator(kind)
    given, last = _inputs(generator, 1, 20), 12
    before = generator(**given, state=generator.start(1)).moved.pose
    rows = given["rows"].clone()
    rows[:, last + generator.ear.before + generator.ear.after] += 1
    after = generator(**{**given, "rows": rows}, state=generator.start(1)).moved.pose
    moved = (after - before).abs().amax(dim=(0, 2, 3)) > 1e-6
    assert not moved[:last].any()
    assert moved[last]


@torch.no_grad()
def test_music_noise_style_and_clock_move_the_dance_where_they_are_told() -> None:
    for told in (True, False):
        generator = _generator(clock=told, style_size=4 * told)
        given = _inputs(generator, 1, 20)
        plain = generator(**given, state=generator.start(1)).moved.pose
        for name in ("rows", "noise", "style", "clock"):
            other = generator(**{**given, name: given[name] + 1}, state=generator.start(1)).moved.pose
            assert ((other - plain).abs().max() > 1e-4).item() is (told or name in ("rows", "noise")), name


@torch.no_grad()
def test_a_generator_without_a_clock_needs_none() -> None:
    generator = _generator()
    given = _inputs(generator, 1, 5)
    told, untold = (generator(**{**given, "clock": x}, state=generator.start(1)).moved.pose for x in (given["clock"], None))
    torch.testing.assert_close(told, untold)


@torch.no_grad()
def test_listening_alone_leaves_the_state_that_dancing_leaves() -> None:
    """What a warm-up is: it must not be danced to count."""
    generator = _generator()
    given = _inputs(generator, 2, 9)
    heard, danced = generator.listen(**given, state=generator.start(2)), generator(**given, state=generator.start(2))
    for name in ("audio", "noise"):
        torch.testing.assert_close(heard.state[name], danced.state[name])
    assert heard.state.keys() == danced.state.keys()


Hears = Literal["spectra", "waveform", "nothing"]


def _critic(hears: Hears, movement: str = "strided", style: bool = True) -> tuple[Critic, Tensor | None]:
    torch.manual_seed(1)
    sizes: dict[str, Any] = {"width": 8, "temporal": TemporalConfig(8, 5, 1, 3), "audio_width": 4, "stages": 3, "code": 8}
    config = CriticConfig(cast(Any, movement), hears, style, fusion=8, **sizes)
    audio = 128 if hears == "spectra" else SAMPLES
    music = {"spectra": torch.randn(4, 10, 128), "waveform": torch.randn(4, 12, SAMPLES), "nothing": None}[hears]
    return Critic(config, 6, 12, 2, STYLES, audio), music


@pytest.mark.parametrize("movement", ["strided", "temporal"])
@pytest.mark.parametrize("hears", ["spectra", "waveform", "nothing"])
def test_one_call_of_the_critic_on_real_made_and_between_is_three_calls(hears: Hears, movement: str) -> None:
    critic, music = _critic(hears, movement)
    parts, style = [torch.randn(4, 10, 6) for _ in range(3)], torch.tensor([0, 1, 2, 1])
    together = critic(torch.cat(parts), music, style)
    torch.testing.assert_close(together, torch.cat([critic(part, music, style) for part in parts]))


@pytest.mark.parametrize("told", [True, False])
def test_a_critic_minds_the_music_and_the_style_it_is_told(told: bool) -> None:
    critic, music = _critic("spectra" if told else "nothing", style=told)
    clip, style = torch.randn(4, 10, 6), torch.tensor([0, 1, 2, 1])
    score = critic(clip, music, style)
    assert ((critic(clip, music, (style + 1) % 3) - score).abs().max() > 1e-6).item() is told
    if music is not None:
        assert (critic(clip, music + 1, style) - score).abs().max() > 1e-4


@pytest.mark.parametrize("files", [(), ("seed/music",)])
def test_a_batch_of_one_learns(begun: Callable[..., Any], files: tuple[str, ...]) -> None:
    """Also with the seed's batch normalisation, which has a clip's frames to normalise over."""
    phase = begun("music", *files, batches={"size": 1})
    terms = {**phase.critic_loss(phase.draw()), **phase.generator_loss(phase.draw(), 0.0)}
    assert all(term.isfinite() for term in terms.values())


def test_one_batch_can_be_learnt_by_heart(begun: Callable[..., Any]) -> None:
    """The regression baseline on one batch: its distance falls to a fifth."""
    phase = begun("music", "ablations/music-l1-only", batches={"size": 2})
    batch = phase.draw()
    optimiser = torch.optim.Adam(phase.generator.parameters(), lr=5e-3)
    distances = []
    for _ in range(300):
        distance = phase.generator_loss(batch, 0.0)["distance"]
        optimiser.zero_grad()
        distance.backward()
        optimiser.step()
        distances.append(distance.item())
    assert min(distances) < distances[0] / 5


def test_a_distance_fades_over_its_share_of_the_run(begun: Callable[..., Any]) -> None:
    losses = {"distance": 30.0, "distance_at_end": 2.0, "distance_fades": 0.5}
    phase = begun("music", losses=losses)
    assert [phase._distance_weight(progress) for progress in (0.0, 0.25, 0.5, 1.0)] == [30.0, 16.0, 2.0, 2.0]


def test_an_even_kernel_keeps_music_and_dance_in_step(begun: Callable[..., Any]) -> None:
    phase = begun("music", generator={"ear": {"kernel": 4}})
    assert (phase.generator.ear.before, phase.generator.ear.after) == (3, 3)
    assert phase.generator_loss(phase.draw(), 0.0)["distance"].isfinite()
