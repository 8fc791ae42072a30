"""What hears the waveform itself: the research system's three encoders of a frame's window of it, an ear around them, and
its critic's encoder of a whole clip (2019).

Axes: W windows, B clips, T frames, N rows of one frame's samples, S samples, C channels, L places along a window.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.config import at_least
from ballo.learning.models.convolutions import SLOPE, Closing, Rectified, ShortConv, UBlock, leaky
from ballo.learning.models.layers import Norm

WINDOW_FRAMES = 5
"""A frame hears so many frames' worth of samples, centred on its instant: 0.2 s at 25 frames a second."""

ROWS_BEFORE, ROWS_AFTER = 3, 2
"""The rows that hold such a window: half of the first and half of the last belong to it."""

Design = Literal["strided", "wavegan", "unet"]
Activation = Literal["identity", "relu", "tanh"]


@dataclass(frozen=True)
class EncoderConfig:
    """Which encoder of a window, its code's size and last activation, and its normalisation.

    "batch" is the published one; with "layer", each window by itself, a code depends on no other clip.
    """

    design: Design = "strided"
    code: int = 250
    activation: Activation = "identity"
    norm: Norm = "batch"

    def __post_init__(self) -> None:
        at_least(self, 1, "code")


def windows(blocks: Float[Tensor, "B N samples"]) -> Float[Tensor, "B T window"]:
    """One window a frame of N = T + 5 rows of a frame's samples each, as a view of them.

    The first row is the third before the first frame. A window is centred on the instant at which its frame's row starts.
    """
    samples = blocks.shape[-1]
    return sounding(blocks).unfold(1, WINDOW_FRAMES * samples, samples)


def sounding(blocks: Float[Tensor, "B N samples"]) -> Float[Tensor, "B S"]:
    """The samples that belong to any window of these rows, as a view of them."""
    half = blocks.shape[-1] // 2
    return blocks.flatten(1)[:, half:-half]


class WindowEncoder(nn.Module):
    """A window of samples to a code: layers, one that closes over what is left of the window, and a last activation."""

    def __init__(self, layers: nn.Sequential, window: int, config: EncoderConfig) -> None:
        super().__init__()
        self.layers, self.window = layers, window
        channels, length = _left(layers, window)
        self.closing = Closing(channels, config.code, length)
        self.activation = {"identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh}[config.activation]()
        self.size = config.code

    def forward(self, windows: Float[Tensor, "W window"]) -> Float[Tensor, "W code"]:
        """Each window to its code."""
        return self.activation(self.closing(self.layers(windows[:, None])))

    def along(self, waveform: Float[Tensor, "B S"], hop: int) -> Float[Tensor, "B T code"]:
        """A code for each window, one every `hop` samples."""
        cut = waveform.unfold(1, self.window, hop)
        return self(cut.flatten(0, 1)).unflatten(0, cut.shape[:2])


def _left(layers: nn.Module, window: int) -> tuple[int, int]:
    """Channels and places that layers leave of a window."""
    training = layers.training
    with torch.no_grad():
        left = layers.eval()(torch.zeros(1, 1, window))
    layers.train(training)
    return left.shape[1], left.shape[2]


class StridedEncoder(WindowEncoder):
    """The published default: a first convolution about as long as a pitch's period, and five that halve and double.

    Of 3200 samples 64 places are left, then 32, 16, 8, 4 and 2.
    """

    def __init__(self, window: int, config: EncoderConfig) -> None:
        layers = [Rectified(1, 32, 250, 50, 124, config.norm)]
        layers += [Rectified(channels, 2 * channels, 4, 2, 1, config.norm) for channels in (32, 64, 128, 256)]
        layers += [Rectified(512, 1024, 4, 2, 1, config.norm, ShortConv)]
        super().__init__(nn.Sequential(*layers), window, config)


class WaveGanEncoder(WindowEncoder):
    """The published second design, after the critic of WaveGAN (Donahue et al. 2019).

    Convolutions without padding: of 3200 samples 794 places are left, then 193, 43 and the 5 of the published last kernel.
    A place then holds the same whichever window it is computed for, so that neighbouring windows can share it.
    """

    kernel, stride = 25, 4

    def __init__(self, window: int, config: EncoderConfig) -> None:
        widths = (1, 32, 64, 128, 256)
        layers = [Rectified(old, new, self.kernel, self.stride, 0, config.norm) for old, new in itertools.pairwise(widths)]
        super().__init__(nn.Sequential(*layers), window, config)
        self.norm = config.norm

    def along(self, waveform: Float[Tensor, "B S"], hop: int) -> Float[Tensor, "B T code"]:
        """A code for each window, one every `hop` samples, with every place that windows share computed once.

        Layers are shared for as long as their places fall on the hop: three of the four at 640 samples.
        """
        if self.norm != "batch":
            return super().along(waveform, hop)  # what is normalised a window at a time cannot be shared
        x, reach, shared = waveform[:, None], self.window, 0
        for layer in self.layers:
            if hop % self.stride:
                break
            assert isinstance(layer, Rectified)
            reach, hop, shared = (reach - self.kernel) // self.stride + 1, hop // self.stride, shared + 1
            x = layer.shared(x, reach, hop)
        cut = x.unfold(2, reach, hop).transpose(1, 2)
        codes = self.closing(self.layers[shared:](cut.flatten(0, 1)))
        return self.activation(codes).unflatten(0, cut.shape[:2])


class UNetEncoder(WindowEncoder):
    """The published third design: fine convolutions, a U over their places, and a last layer over all 200 of them.

    Padded by one, the two halving convolutions leave 400 and 200 places of the first's 800, as the published last kernel
    has them. What is inside the U was not published: here each step is one convolution of 3 places and 128 channels.
    """

    def __init__(self, window: int, config: EncoderConfig) -> None:
        super().__init__(
            nn.Sequential(
                leaky(1, 32, 160, 4, 79, config.norm),
                leaky(32, 64, 4, 2, 1, config.norm),
                leaky(64, 128, 4, 2, 1, config.norm),
                UBlock(128, 3, config.norm),
            ),
            window,
            config,
        )


DESIGNS: dict[str, type[StridedEncoder] | type[WaveGanEncoder] | type[UNetEncoder]] = {
    "strided": StridedEncoder,
    "wavegan": WaveGanEncoder,
    "unet": UNetEncoder,
}


class WindowEar(nn.Module):
    """Hears rows of samples through one encoder of windows: a code a frame, the same in chunks as in one piece."""

    takes = "blocks"
    before, after = ROWS_BEFORE, ROWS_AFTER

    def __init__(self, samples_per_frame: int, config: EncoderConfig) -> None:
        super().__init__()
        if samples_per_frame % 2:
            raise ValueError("a frame must hold an even number of samples")
        self.samples = samples_per_frame
        self.encoder = DESIGNS[config.design](WINDOW_FRAMES * samples_per_frame, config)
        self.size = config.code

    def forward(self, rows: Float[Tensor, "B N samples"]) -> Float[Tensor, "B T code"]:
        """N = T + 5 rows, from 3 before the first frame's to 2 after the last frame's, to T codes."""
        return self.encoder.along(sounding(rows), self.samples)


@dataclass(frozen=True)
class WaveformConfig:
    """Sizes of the critic's encoder of a waveform: channels of the first convolution, how many there are, and the code."""

    channels: int = 32
    layers: int = 5
    code: int = 100

    def __post_init__(self) -> None:
        at_least(self, 1, "channels", "layers", "code")


class WaveformEncoder(nn.Module):
    """A whole clip's waveform to one code: convolutions that keep a quarter of the places each, and one over what is left.

    No normalisation, since a penalty on each clip's gradient needs scores that do not depend on other clips. Padded by 11
    (WaveGAN's), five leave 75 places of 76,800 samples, which is 4.8 s at 16 kHz; the last kernel goes with the length.
    """

    def __init__(self, samples: int, config: WaveformConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for layer in range(config.layers):
            wider = config.channels * 2**layer
            layers += [nn.Conv1d(channels, wider, 25, stride=4, padding=11), nn.LeakyReLU(SLOPE)]
            channels, samples = wider, (samples - 3) // 4 + 1
        if samples < 1:
            raise ValueError("a clip is too short for so many layers")
        self.layers = nn.Sequential(*layers)
        self.closing = Closing(channels, config.code, samples)
        self.size = config.code

    def forward(self, waveform: Float[Tensor, "B S"]) -> Float[Tensor, "B code"]:
        """Clips of the length it was built for, each to its code."""
        return self.closing(self.layers(waveform[:, None]))
