"""The front end against a plain spectrum; every residual block, whose second layer reads the first; the frame decoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ballo.errors import DataError
from ballo.learning import config
from ballo.learning.models import poses
from ballo.learning.models.layers import (
    MEL_BANDS,
    SILENCE,
    DecoderConfig,
    FrameDecoder,
    MelFrontEnd,
    Norm,
    ResidualBlock,
    mel_weights,
)
from ballo.learning.models.temporal import TemporalBlock

RATE, SAMPLES = 16_000, 640


def test_spectra_are_those_of_a_windowed_fft() -> None:
    waveform = np.random.default_rng(0).normal(scale=0.2, size=10 * SAMPLES)
    window = np.hanning(SAMPLES + 1)[:-1]
    weights = mel_weights(np.fft.rfftfreq(SAMPLES, 1 / RATE), MEL_BANDS, 30.0, RATE / 2)
    expected = []
    for start in range(0, 9 * SAMPLES, SAMPLES // 2):
        power = np.abs(np.fft.rfft(waveform[start : start + SAMPLES] * window) * 2 / window.sum()) ** 2
        expected.append(np.log10(power @ weights + 1e-6) / 3 + 1)
    blocks = torch.tensor(waveform.reshape(1, 10, SAMPLES), dtype=torch.float32)
    got = MelFrontEnd(SAMPLES, RATE)(blocks)[0].numpy().reshape(-1, MEL_BANDS)
    np.testing.assert_allclose(got, expected, atol=2e-4)


def test_silence_and_a_full_scale_tone_mark_the_ends_of_the_scale() -> None:
    front_end = MelFrontEnd(SAMPLES, RATE)
    assert torch.allclose(front_end(torch.zeros(1, 3, SAMPLES)), torch.tensor(SILENCE))
    tone = torch.sin(2 * torch.pi * 1000 / RATE * torch.arange(3 * SAMPLES)).reshape(1, 3, SAMPLES)
    loudest = front_end(tone).max()
    assert 0.6 < loudest < 1.0


def test_mel_filters_leave_no_bin_of_speech_and_music_unheard() -> None:
    hertz = np.fft.rfftfreq(SAMPLES, 1 / RATE)
    weights = mel_weights(hertz, MEL_BANDS, 30.0, RATE / 2)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0)
    heard = weights.sum(axis=1)[(hertz > 40) & (hertz < 7800)]
    assert (heard > 0).all()
    centres = hertz @ weights
    assert (np.diff(centres) > 0).all()


BLOCKS = {
    "layer": (ResidualBlock(8), (16, 8)),
    "batch": (ResidualBlock(8, "batch"), (16, 8)),
    "critic of poses": (poses.Critic(poses.CriticConfig(8, 1), 6, 2).blocks[0], (16, 8)),
    "temporal": (TemporalBlock(8, 3), (4, 8, 20)),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_second_layer_of_a_residual_block_reads_the_first(name: str) -> None:
    """In the research system it read the block's input, so that the first layer had no part in what came out."""
    block, shape = BLOCKS[name]
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    read = {}
    for part in ("first", "second"):
        getattr(block, part).register_forward_hook(lambda _, given, made, part=part: read.update({part: (given[0], made)}))
    made = block(x)
    torch.testing.assert_close(read["first"][0], x)
    torch.testing.assert_close(read["second"][0], torch.relu(read["first"][1]))
    torch.testing.assert_close(made, x + torch.relu(read["second"][1]))
    made.square().sum().backward()
    for weight in block.first.parameters():
        assert weight.grad is not None
        assert weight.grad.abs().max() > 0


@pytest.mark.parametrize("norm", ["layer", "batch"])
@pytest.mark.parametrize("shape", [(2, 5), (3, 4, 5)])
def test_a_frame_is_decoded_by_itself_whatever_is_around_it(norm: Norm, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    decoder = FrameDecoder(5, DecoderConfig(16, 2, norm), 7, 3)
    decoder(torch.randn(50, 5))  # gives batch normalisation statistics to keep
    decoder.eval()
    codes = torch.randn(shape)
    made = decoder(codes)
    assert made.shape == (*shape[:-1], 10)
    alone = torch.stack([decoder(code[None])[0] for code in codes.reshape(-1, 5)])
    torch.testing.assert_close(made.reshape(-1, 10), alone)


def test_layer_norm_learns_from_a_batch_of_one_and_batch_norm_says_that_it_cannot() -> None:
    one = torch.randn(1, 5)
    FrameDecoder(5, DecoderConfig(16, 1, "layer"), 7)(one)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        FrameDecoder(5, DecoderConfig(16, 1, "batch"), 7)(one)


def test_batch_norm_has_no_bias_before_it_that_it_would_take_away() -> None:
    layers = [
        layer for layer in FrameDecoder(5, DecoderConfig(16, 1, "batch"), 7).trunk.modules() if isinstance(layer, nn.Linear)
    ]
    assert [layer.bias for layer in layers] == [None] * 3


def test_a_decoder_of_poses_fits_one_that_travels() -> None:
    still, dancing = FrameDecoder(5, DecoderConfig(16, 1), 7), FrameDecoder(5, DecoderConfig(16, 1), 7, 3)
    left = dancing.load_state_dict(still.state_dict(), strict=False)
    assert left.missing_keys == ["travel.weight", "travel.bias"]
    assert left.unexpected_keys == []
    code = torch.randn(4, 5)
    torch.testing.assert_close(dancing(code)[:, :7], still(code))


@pytest.mark.parametrize("wrong", ["size=0", "size=-3", "blocks=-1", "norm=group"])
def test_a_decoder_of_no_such_size_is_refused_in_one_line(wrong: str) -> None:
    with pytest.raises(DataError, match=f"--set {wrong}: {wrong.split('=')[0]} must be") as caught:
        config.layered(DecoderConfig, [config.from_change(wrong)])
    assert "\n" not in str(caught.value)
