"""Convolutions as the encoders use them: with normalisation and rectifier, over few places, shared by windows, in a U.

Axes: W windows, B clips, C channels, L places along a window or a clip.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.models.layers import Norm

SLOPE = 0.2
"""Of a leaky rectifier below zero."""


class Closing(nn.Conv1d):
    """A convolution as long as what it reads, which is one matrix product."""

    def forward(self, x: Float[Tensor, "W C L"]) -> Float[Tensor, "W code"]:
        """One code for all places."""
        return nn.functional.linear(x.flatten(1), self.weight.flatten(1), self.bias)


class ShortConv(nn.Conv1d):
    """A convolution to a few places, each of them one matrix product over what its kernel finds there, without padding."""

    def forward(self, x: Float[Tensor, "W C L"]) -> Float[Tensor, "W wider places"]:
        """What `nn.Conv1d` gives, twice as fast where four places become two."""
        (kernel,), (stride,), length = self.kernel_size, self.stride, x.shape[2]
        assert isinstance(self.padding, tuple)
        starts = range(-self.padding[0], length + self.padding[0] - kernel + 1, stride)
        return torch.stack([self._place(x, start) for start in starts], dim=-1)

    def _place(self, x: Float[Tensor, "W C L"], start: int) -> Float[Tensor, "W wider"]:
        first, end = max(start, 0), min(start + self.kernel_size[0], x.shape[2])
        weight = self.weight[:, :, first - start : end - start]
        return nn.functional.linear(x[:, :, first:end].flatten(1), weight.flatten(1), self.bias)


class Rectified(nn.Module):
    """A convolution, normalised, then rectified; without a bias where the batch's mean would take it away again."""

    def __init__(
        self, channels: int, wider: int, kernel: int, stride: int, padding: int, norm: Norm, kind: type[nn.Conv1d] = nn.Conv1d
    ) -> None:
        super().__init__()
        self.convolution = kind(channels, wider, kernel, stride, padding, bias=norm != "batch")
        self.norm = _normalised(wider, norm)

    def forward(self, x: Float[Tensor, "W C L"]) -> Float[Tensor, "W wider places"]:
        """Windows by themselves."""
        return torch.relu(self.norm(self.convolution(x)))

    def shared(self, x: Float[Tensor, "B C L"], reach: int, hop: int) -> Float[Tensor, "B wider places"]:
        """Windows of which the next starts `hop` places after the last, and keeps `reach` of the places made here."""
        made = self.convolution(x)
        if isinstance(self.norm, nn.BatchNorm1d) and self.training:
            return torch.relu(_normalised_once(self.norm, made, reach, hop))
        return torch.relu(self.norm(made))


def _normalised_once(norm: nn.BatchNorm1d, x: Float[Tensor, "B C L"], reach: int, hop: int) -> Float[Tensor, "B C L"]:
    """Batch normalisation as of windows of `reach` places every `hop`, of places computed once.

    A place counts as often in the mean and the variance as there are windows that hold it, so that nothing is changed.
    """
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.num_batches_tracked is not None
    places = torch.arange(x.shape[2], device=x.device)
    last = (x.shape[2] - reach) // hop
    held = (places // hop).clamp(max=last) - ((places - reach) // hop + 1).clamp(min=0) + 1
    # Sums over so many places are no work for 16 bits.
    with torch.autocast(x.device.type, enabled=False):
        exact = x.to(norm.weight.dtype)
        share = held.to(exact.dtype) / (held.sum() * len(x))
        mean = (exact @ share).sum(dim=0)
        centred = exact - mean[:, None]
        variance = (centred.square() @ share).sum(dim=0)
        normal = torch.addcmul(norm.bias[:, None], centred, (norm.weight * (variance + norm.eps).rsqrt())[:, None])
    with torch.no_grad():
        count, momentum = len(x) * reach * (last + 1), norm.momentum or 0.0
        norm.running_mean.lerp_(mean, momentum)
        norm.running_var.lerp_(variance * (count / (count - 1)), momentum)
        norm.num_batches_tracked += 1
    return normal.to(x.dtype)


class UBlock(nn.Module):
    """Down by the strongest of two places and up by linear interpolation, each level joined to its own on the way down."""

    def __init__(self, channels: int, levels: int, norm: Norm) -> None:
        super().__init__()
        self.down = nn.ModuleList([leaky(channels, channels, 3, 1, 1, norm) for _ in range(levels)])
        self.up = nn.ModuleList([leaky(2 * channels, channels, 3, 1, 1, norm) for _ in range(levels)])

    def forward(self, x: Float[Tensor, "W C L"]) -> Float[Tensor, "W C L"]:
        """As many channels and places as came in."""
        levels = [x]
        for step in self.down:
            levels.append(step(nn.functional.max_pool1d(levels[-1], 2)))
        x = levels.pop()
        for step in self.up:
            beside = levels.pop()
            raised = nn.functional.interpolate(x, size=beside.shape[-1], mode="linear", align_corners=False)
            x = step(torch.cat([beside, raised], dim=1))
        return x


def leaky(channels: int, wider: int, kernel: int, stride: int, padding: int, norm: Norm) -> nn.Sequential:
    """A convolution, leakily rectified, then normalised."""
    convolution = nn.Conv1d(channels, wider, kernel, stride, padding)
    return nn.Sequential(convolution, nn.LeakyReLU(SLOPE), _normalised(wider, norm))


def _normalised(channels: int, norm: Norm) -> nn.Module:
    return nn.BatchNorm1d(channels) if norm == "batch" else nn.GroupNorm(1, channels)
