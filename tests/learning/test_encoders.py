"""Encoders: published sizes, quick ways that change nothing, every weight learns, an ear that hears its window and no more."""

from __future__ import annotations

import copy
import importlib.util
import itertools
from pathlib import Path
from types import ModuleType
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ballo.learning.models.convolutions import Closing, ShortConv
from ballo.learning.models.encoders import (
    WINDOW_FRAMES,
    Activation,
    Design,
    EncoderConfig,
    WaveformConfig,
    WaveformEncoder,
    WindowEar,
    windows,
)
from ballo.learning.models.layers import Norm
from ballo.learning.models.temporal import TemporalBlock, TemporalConfig, TemporalEncoder

SAMPLES = 640
WINDOW = 3200
DESIGNS, NORMS = get_args(Design), get_args(Norm)
PLAIN = Path(__file__).parents[2] / "benchmarks" / "plain" / "generator.py"


def _ear(design: Design = "strided", activation: Activation = "identity", norm: Norm = "batch") -> WindowEar:
    torch.manual_seed(0)
    return WindowEar(SAMPLES, EncoderConfig(design, activation=activation, norm=norm))


def _rows(clips: int, frames: int) -> Tensor:
    return torch.randn(clips, frames + 5, SAMPLES, generator=torch.Generator().manual_seed(1)) * 0.1


def _numbers(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _without_gradient(module: nn.Module) -> list[str]:
    return [name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]


def _published() -> ModuleType:
    spec = importlib.util.spec_from_file_location("published", PLAIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_windows_are_those_of_a_loop_over_frames() -> None:
    frames, rows = 7, torch.arange(2 * 12 * SAMPLES, dtype=torch.float32).reshape(2, 12, SAMPLES)
    cut = windows(rows)
    assert cut.shape == (2, frames, WINDOW)
    for clip, waveform in enumerate(rows.reshape(2, -1)):
        for frame in range(frames):
            instant = (3 + frame) * SAMPLES  # where the frame's own row starts
            assert torch.equal(cut[clip, frame], waveform[instant - WINDOW // 2 : instant + WINDOW // 2])


def test_windows_are_a_view() -> None:
    rows = _rows(2, 6)
    assert windows(rows).untyped_storage().data_ptr() == rows.untyped_storage().data_ptr()


@pytest.mark.parametrize(
    ("design", "last_kernel", "numbers"),
    [
        # Weights without biases, a scale and a shift a channel; the last layer has a bias.
        (
            "strided",
            2,
            32 * 250
            + 4 * (32 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1024)
            + 2 * (32 + 64 + 128 + 256 + 512 + 1024)
            + 250 * (1024 * 2 + 1),
        ),
        ("wavegan", 5, 25 * (32 + 32 * 64 + 64 * 128 + 128 * 256) + 2 * (32 + 64 + 128 + 256) + 250 * (256 * 5 + 1)),
        # A rectifier lies between convolution and normalisation, so biases are not taken away.
        (
            "unet",
            200,
            32 * 160
            + 4 * (32 * 64 + 64 * 128)
            + 3 * 3 * (128 * 128 + 256 * 128)
            + 3 * (32 + 64 + 128 + 6 * 128)
            + 250 * (128 * 200 + 1),
        ),
    ],
)
def test_sizes_are_the_published_ones(design: Design, last_kernel: int, numbers: int) -> None:
    ear = _ear(design)
    assert ear.encoder.closing.kernel_size == (last_kernel,)
    assert _numbers(ear) == numbers
    assert ear(_rows(2, 3)).shape == (2, 3, 250)


def test_the_default_is_the_published_encoder() -> None:
    published = _published()
    ear, plain = _ear().eval(), published.AudioEncoder().eval()
    sources = [part for part in ear.modules() if isinstance(part, nn.Conv1d | nn.BatchNorm1d)]
    targets = [part for part in plain.modules() if isinstance(part, nn.Conv1d | nn.BatchNorm1d)]
    for source, target in zip(sources, targets, strict=True):
        if isinstance(source, nn.BatchNorm1d):
            nn.init.normal_(source.running_mean, std=0.01)
            nn.init.uniform_(source.running_var, 0.01, 0.1)
        target.load_state_dict({"bias": torch.zeros(target.weight.shape[0]), **source.state_dict()})
    waveform = torch.randn(10 * SAMPLES) * 0.1
    expected = plain(published.windows(waveform)[:, None])[..., 0]
    # The published window's middle is the middle of a frame's samples; half a row of silence first makes that the same.
    half = SAMPLES // 2
    padded = nn.functional.pad(waveform, (half + 2 * SAMPLES, half + 2 * SAMPLES))
    heard = ear(padded.reshape(1, 15, SAMPLES))[0]
    assert expected.std() > 0.1
    torch.testing.assert_close(heard, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("training", [True, False])
def test_an_ear_changes_nothing_of_its_encoder(design: Design, norm: Norm, training: bool) -> None:
    """Codes, gradients and what normalisation remembers: sharing what windows have in common is no other network."""
    ear = _ear(design, norm=norm).double().train(training)
    plain = copy.deepcopy(ear)
    rows = _rows(2, 6).double()
    heard = ear(rows)
    expected = plain.encoder(windows(rows).flatten(0, 1)).unflatten(0, (2, 6))
    torch.testing.assert_close(heard, expected)
    weights = torch.randn(heard.shape, dtype=torch.float64)
    heard.backward(weights)
    expected.backward(weights)
    for (name, mine), other in zip(ear.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, msg=name)
    for (name, remembered), other in zip(ear.named_buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(remembered, other, msg=name)


def test_windows_share_what_they_can() -> None:
    ear = _ear("wavegan").eval()
    made: list[int] = []
    for layer in ear.encoder.layers:
        layer.convolution.register_forward_hook(lambda _layer, _given, out: made.append(out.shape[0] * out.shape[2]))
    ear(_rows(1, 20))
    assert made == [160 * 20 + 634, 40 * 20 + 153, 10 * 20 + 33, 20 * 5]


@pytest.mark.parametrize("length", [4, 5, 9])
def test_a_convolution_to_a_few_places_is_a_convolution(length: int) -> None:
    short, x = ShortConv(6, 8, 4, 2, 1), torch.randn(3, 6, length)
    torch.testing.assert_close(short(x), nn.functional.conv1d(x, short.weight, short.bias, stride=2, padding=1))


def test_a_closing_convolution_is_a_convolution() -> None:
    closing, x = Closing(6, 8, 5), torch.randn(3, 6, 5)
    torch.testing.assert_close(closing(x), nn.functional.conv1d(x, closing.weight, closing.bias)[..., 0])


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("design", DESIGNS)
def test_every_weight_of_an_ear_learns(design: Design, activation: Activation, norm: Norm) -> None:
    ear = _ear(design, activation, norm)
    heard = ear(_rows(2, 2))
    (heard * torch.randn_like(heard)).sum().backward()
    assert _without_gradient(ear) == []
    assert (heard.min() >= {"identity": -torch.inf, "relu": 0, "tanh": -1}[activation]).item()
    assert heard.std() > 0


@pytest.mark.parametrize("design", DESIGNS)
def test_a_batch_of_one_works(design: Design) -> None:
    ear = _ear(design)
    assert torch.isfinite(ear(_rows(1, 3))).all()  # normalised over three windows
    assert torch.isfinite(ear.eval()(_rows(1, 1))).all()


@pytest.mark.parametrize("design", DESIGNS)
def test_chunks_give_what_the_whole_gives(design: Design) -> None:
    ear, rows, cut = _ear(design).eval(), _rows(1, 9), 4
    context = ear.before + ear.after
    with torch.no_grad():
        joined = torch.cat([ear(rows[:, : cut + context]), ear(rows[:, cut:])], dim=1)
        torch.testing.assert_close(joined, ear(rows))


@pytest.mark.parametrize("offset", [-1, 0, 300])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_click_is_heard_by_the_frames_whose_window_holds_it_and_no_other(design: Design, offset: int) -> None:
    frames, first = 14, 7
    ear, rows = _ear(design).eval(), _rows(1, frames)
    start = first * SAMPLES + SAMPLES // 2  # of the window of frame `first`
    click = rows.clone()
    click.view(-1)[start + offset] += 3.0
    with torch.no_grad():
        moved = (ear(click) - ear(rows)).abs().amax(dim=(0, 2)) > 1e-6
    latest = first + (offset >= 0) - 1
    expected = np.arange(latest - WINDOW_FRAMES + 1, latest + 1)
    if design == "wavegan" and offset == -1:
        expected = expected[1:]  # its last places do not reach the last 135 of a window's samples
    np.testing.assert_array_equal(np.flatnonzero(moved.numpy()), expected)


@pytest.mark.parametrize("design", DESIGNS)
def test_onnx_gives_what_pytorch_gives_at_any_length(design: Design) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    ear = _ear(design, "tanh").eval()
    clips, frames = torch.export.Dim("B", min=1, max=1024), torch.export.Dim("T", min=2, max=1_000_000)
    with torch.no_grad():
        program = torch.onnx.export(
            ear,
            (_rows(2, 3),),
            dynamo=True,
            external_data=False,
            opset_version=20,
            input_names=["rows"],
            output_names=["codes"],
            dynamic_shapes={"rows": {0: clips, 1: frames + 5}},
            verbose=False,
        )
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
    for count, length in ((1, 11), (3, 1)):
        rows = _rows(count, length)
        with torch.no_grad():
            expected = ear(rows)
        (codes,) = session.run(None, {"rows": rows.numpy()})
        torch.testing.assert_close(torch.from_numpy(codes), expected, atol=1e-5, rtol=1e-4)


def test_a_frame_must_hold_an_even_number_of_samples() -> None:
    with pytest.raises(ValueError, match="even"):
        WindowEar(533, EncoderConfig())


def test_the_critics_have_the_published_sizes() -> None:
    """10.4 million together, as was measured of the published critic."""
    audio, movement = WaveformEncoder(120 * SAMPLES, WaveformConfig()), TemporalEncoder(69, 120, TemporalConfig(), 100)
    assert audio.closing.kernel_size == (75,)
    widths = (1, 32, 64, 128, 256, 512)
    layers = sum(new * (25 * old + 1) for old, new in itertools.pairwise(widths))
    assert _numbers(audio) == layers + 100 * (512 * 75 + 1)
    blocks = 2 * 2 * 128 * (7 * 128 + 1)
    assert _numbers(movement) == 128 * (25 * 69 + 1) + blocks + 100 * (128 * 120 + 1)
    assert round((_numbers(audio) + _numbers(movement)) / 1e6, 1) == 10.4


@pytest.mark.parametrize("frames", [30, 41, 120])
def test_a_waveform_of_any_length_has_one_code(frames: int) -> None:
    encoder = WaveformEncoder(frames * SAMPLES, WaveformConfig(channels=4, code=9))
    assert encoder(torch.randn(2, frames * SAMPLES)).shape == (2, 9)


def test_too_short_a_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="short"):
        WaveformEncoder(100, WaveformConfig())


def _small_critics() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    torch.manual_seed(0)
    config = TemporalConfig(width=8, kernel=5, blocks=3, block_kernel=3)
    return {
        "waveform": (WaveformEncoder(6400, WaveformConfig(channels=4, code=5)), (6400,)),
        "temporal": (TemporalEncoder(6, 20, config, code=5), (20, 6)),
        "scalar": (TemporalEncoder(6, 20, config, bias=False), (20, 6)),
    }


@pytest.mark.parametrize("name", ["waveform", "temporal", "scalar"])
def test_every_weight_of_a_critic_learns_from_real_against_fake(name: str) -> None:
    encoder, shape = _small_critics()[name]
    # Loud, so that clips fall on both sides of the head's rectifiers: else the two means' biases cancel.
    real, fake = 30 * torch.randn(4, *shape), 30 * torch.randn(4, *shape)
    fusion = nn.Sequential(nn.Linear(5, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1, bias=False))
    head = nn.Identity() if name == "scalar" else fusion
    (head(encoder(fake)).mean() - head(encoder(real)).mean()).backward()
    assert _without_gradient(encoder) == []


@pytest.mark.parametrize("name", ["waveform", "temporal", "scalar"])
def test_a_penalty_on_the_gradient_is_differentiated_rightly(name: str) -> None:
    encoder, shape = _small_critics()[name]
    encoder.double()
    clips = torch.randn(2, *shape, dtype=torch.float64, requires_grad=True)

    def penalty() -> Tensor:
        (slope,) = torch.autograd.grad(encoder(clips).square().sum(), clips, create_graph=True)
        return slope.square().sum()

    penalty().backward()
    weight = next(encoder.parameters())
    assert weight.grad is not None
    index, step = tuple(0 for _ in weight.shape), 1e-6
    with torch.no_grad():
        weight[index] += step
    above = penalty().item()
    with torch.no_grad():
        weight[index] -= 2 * step
    below = penalty().item()
    np.testing.assert_allclose((above - below) / (2 * step), weight.grad[index].item(), rtol=1e-4)


@pytest.mark.parametrize("name", ["waveform", "temporal", "scalar"])
def test_a_critic_judges_each_clip_by_itself(name: str) -> None:
    encoder, shape = _small_critics()[name]
    clips = torch.randn(3, *shape)
    torch.testing.assert_close(encoder(clips[1:2]), encoder(clips)[1:2])


def test_the_second_layer_of_a_temporal_block_reads_the_first() -> None:
    block, x = TemporalBlock(8, 7), torch.randn(2, 8, 30)
    nn.init.zeros_(block.first.weight)
    added = block(x) - x
    assert added.abs().max() > 0
    torch.testing.assert_close(block(x + 1) - (x + 1), added)  # with the first silent, the second cannot see the input
    nn.init.normal_(block.first.weight)
    assert (block(x) - x - added).abs().max() > 0.1


def test_even_kernels_over_time_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^kernel .* odd .* 24"):
        TemporalConfig(kernel=24)


@pytest.mark.parametrize(("kind", "name"), [(EncoderConfig, "code"), (WaveformConfig, "layers"), (TemporalConfig, "width")])
def test_sizes_below_one_are_refused(kind: type, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        kind(**{name: 0})
