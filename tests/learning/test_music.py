"""The music model: every weight learns, chunks give what the whole gives, one batch can be learnt by heart."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ballo.dataset.archive import Archive
from ballo.learning.models.music import Generator
from ballo.learning.phases import MusicConfig, MusicPhase


def _inputs(generator: Generator, batch: int, frames: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    blocks = torch.randn(batch, frames + generator.context_blocks, 640) * 0.1
    noise = torch.randn(batch, frames, generator.config.noise_size)
    return generator.front_end(blocks), noise, torch.arange(batch) % 3


def _without_gradient(module: nn.Module) -> list[str]:
    return [name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]


def test_chunks_with_their_state_give_what_the_whole_gives(generator: Generator) -> None:
    frames, cut = 50, 17
    spectra, noise, style = _inputs(generator, 2, frames)
    whole = generator(spectra, noise, style, generator.start(2))
    context = generator.audio_encoder.context
    first = generator(spectra[:, : cut + context], noise[:, :cut], style, generator.start(2))
    second = generator(spectra[:, cut:], noise[:, cut:], style, first.state)
    for name in ("pose", "travel"):
        joined = torch.cat([getattr(first, name), getattr(second, name)], dim=1)
        torch.testing.assert_close(joined, getattr(whole, name), atol=1e-6, rtol=0)


def test_a_frame_hears_as_far_as_its_context_and_no_further(generator: Generator) -> None:
    spectra, noise, style = _inputs(generator, 1, 30)
    before = generator(spectra, noise, style, generator.start(1)).pose
    context, last = generator.audio_encoder.context, 20
    changed = spectra.clone()
    changed[:, last + context] += 1
    after = generator(changed, noise, style, generator.start(1)).pose
    moved = (after - before).abs().amax(dim=(0, 2, 3)) > 1e-7
    assert not moved[:last].any()
    assert moved[last:].any()


def test_noise_style_and_music_all_move_the_dance(generator: Generator) -> None:
    spectra, noise, style = _inputs(generator, 1, 20)
    plain = generator(spectra, noise, style, generator.start(1)).pose
    for inputs in ((spectra + 0.3, noise, style), (spectra, noise + 1, style), (spectra, noise, style + 1)):
        assert (generator(*inputs, generator.start(1)).pose - plain).abs().max() > 1e-4


@pytest.mark.parametrize("network", ["generator", "critic"])
def test_every_weight_learns(small_archive: Archive, smoke: MusicConfig, network: str) -> None:
    phase = MusicPhase(small_archive, smoke, torch.device("cpu"))
    batch = phase.draw()
    terms = phase.generator_loss(batch, 0.5) if network == "generator" else phase.critic_loss(batch)
    torch.stack(list(terms.values())).sum().backward()
    assert _without_gradient(getattr(phase, network)) in ([], ["style.weight"])  # a style may be absent from a batch
    style = getattr(phase, network).style.weight.grad
    assert style is not None
    assert (style.abs().amax(dim=1) > 0)[batch.style.unique()].all()


def test_a_batch_of_one_works(small_archive: Archive, smoke: MusicConfig) -> None:
    from dataclasses import replace

    alone = replace(smoke, batches=replace(smoke.batches, size=1))
    phase = MusicPhase(small_archive, alone, torch.device("cpu"))
    losses = {**phase.critic_loss(phase.draw()), **phase.generator_loss(phase.draw(), 0.0)}
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_one_batch_can_be_learnt_by_heart(small_archive: Archive, smoke: MusicConfig) -> None:
    phase = MusicPhase(small_archive, smoke, torch.device("cpu"))
    batch = phase.draw()
    optimiser = torch.optim.Adam(phase.generator.parameters(), lr=5e-3)
    distances = []
    for _ in range(150):
        distance = phase.generator_loss(batch, 0.0)["distance"]
        optimiser.zero_grad()
        distance.backward()
        optimiser.step()
        distances.append(distance.item())
    assert np.mean(distances[-10:]) < 0.45 * distances[0]


def test_encode_gives_what_the_frame_decoder_should_emit(small_archive: Archive, generator: Generator) -> None:
    from ballo.learning.batches import clips

    clip = clips(small_archive, "val", generator, 16_000)[0]
    emitted = generator.encode(small_archive.skeleton, clip.pose, clip.travel)
    code = torch.tensor(emitted, dtype=torch.float32)
    pose = generator.pose_decoder(code[None, :, : generator.pose_decoder.size])
    feet = pose[:, 0, generator.standing_feet.joints]
    carried, _ = generator.standing_feet(pose, code[None, :, -1], feet)
    np.testing.assert_allclose(pose[0].numpy(), clip.pose, atol=1e-5)
    np.testing.assert_allclose(carried[0, 1:].numpy() + emitted[1:, -3:-1], clip.travel[1:, :2], atol=1e-4)
