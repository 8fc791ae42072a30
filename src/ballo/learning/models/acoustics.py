"""The acoustic features of Tang et al. 2018, "Dance with Melody", inside the graph: exact in chunks and quick in any runtime.

Sixteen numbers a frame in three kinds: timbre (three mel cepstral coefficients and how fast each changes), harmony (a
constant-Q chroma of four classes) and rhythm (onset strength, and a tempogram of five lags). Which numbers, and that a frame is
one of movement, is what an open account of the paper says (github.com/jialei0701/ANN, where librosa computes them); how they
are computed here is ballo's own: all of it is matrix products and convolutions over the samples around a frame.
Axes: B clips, N rows, T frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ballo.learning.models.layers import MEL_BANDS, SPECTRA_PER_FRAME, MelFrontEnd

REACH = 4
"""Frames on either side that a slope is taken over: librosa's nine in all."""
SPAN = 2 * REACH + 2
"""Rows of samples that a frame hears, as many before its instant as after it."""

LOWEST_NOTE, NOTES = 36, 72
"""C2, 65 Hz, and so many semitones up: six octaves."""
RHYTHM_FRAMES = 2 * REACH - 1
"""Frames of onset strength that a tempogram's frame sees."""
MOST_LAGS = RHYTHM_FRAMES - 2
QUIET = 1e-3
"""An amplitude, or a rise of the level, that counts as nothing: ratios are taken over this much more."""


@dataclass(frozen=True)
class AcousticsConfig:
    """How many numbers there are of each kind; with the onset strength, the paper's sixteen.

    Args:
        cepstra: mel cepstral coefficients, and as many slopes of them.
        chroma: classes that the octave is cut into, a divisor of 12.
        lags: of the tempogram, in frames: 1, 2, ... up to 5.
    """

    cepstra: int = 3
    chroma: int = 4
    lags: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.cepstra <= MEL_BANDS:
            raise ValueError(f"cepstra must be 1 to {MEL_BANDS}, not {self.cepstra}")
        if self.chroma not in (1, 2, 3, 4, 6, 12):
            raise ValueError(f"chroma must divide 12, not be {self.chroma}")
        if not 1 <= self.lags <= MOST_LAGS:
            raise ValueError(f"lags must be 1 to {MOST_LAGS}, not {self.lags}")

    @property
    def size(self) -> int:
        """Numbers a frame."""
        return 2 * self.cepstra + self.chroma + 1 + self.lags


class Acoustics(nn.Module):
    """Rows of samples to a frame's acoustic features, in this order: cepstra, their slopes, chroma, onset, tempogram."""

    takes = "blocks"
    before, after = SPAN // 2, SPAN // 2 - 1

    cosine_transform: Tensor
    slopes: Tensor
    classes: Tensor
    rhythm_window: Tensor

    def __init__(self, config: AcousticsConfig, samples_per_frame: int, rate: int) -> None:
        super().__init__()
        self.config, self.size = config, config.size
        self.front_end = MelFrontEnd(samples_per_frame, rate)
        steps, cepstra = np.arange(-REACH, REACH + 1), _cosine_transform(MEL_BANDS, config.cepstra)
        self._keep("cosine_transform", cepstra)
        self._keep("slopes", cepstra.T[:, :, None] * steps / np.square(steps).sum())
        self._spans = tuple(_note_kernels(samples_per_frame, rate))
        for span, waves in _note_kernels(samples_per_frame, rate).items():
            self._keep(f"notes_{span}", waves)
        self._keep("classes", _classes(config.chroma))
        self._keep("rhythm_window", np.hanning(RHYTHM_FRAMES + 2)[1:-1])

    def _keep(self, name: str, value: np.ndarray) -> None:
        self.register_buffer(name, torch.tensor(value, dtype=torch.float32), persistent=False)

    def forward(self, rows: Float[Tensor, "B N samples"]) -> Float[Tensor, "B T features"]:
        """N = T + 9 rows, from 5 before the first frame's to 4 after the last frame's."""
        spectra = self.front_end(rows)
        level = spectra.reshape(*spectra.shape[:2], SPECTRA_PER_FRAME, MEL_BANDS).mean(dim=2)
        rise = torch.relu(level[:, 1:] - level[:, :-1]).mean(dim=-1)
        own = rise[:, REACH - 1 : -REACH]
        return torch.cat([self._timbre(level), self._harmony(rows), own[..., None], self._rhythm(rise[:, :-1])], dim=-1)

    def _timbre(self, level: Float[Tensor, "B N bands"]) -> Float[Tensor, "B T timbre"]:
        """Cepstra and their slopes a frame, by least squares over the nine frames around."""
        slopes = torch.conv1d(level.transpose(1, 2), self.slopes).transpose(1, 2)
        return torch.cat([level[:, REACH:-REACH] @ self.cosine_transform, slopes], dim=-1)

    def _harmony(self, rows: Float[Tensor, "B N samples"]) -> Float[Tensor, "B T chroma"]:
        """How strongly each class of notes sounds, against the strongest."""
        strength = self.strengths(rows).transpose(1, 2) @ self.classes
        return strength / (strength.amax(dim=-1, keepdim=True) + QUIET)

    def strengths(self, rows: Float[Tensor, "B N samples"]) -> Float[Tensor, "B notes T"]:
        """The amplitude of each note, around each frame's instant."""
        found = []
        for span in self._spans:
            unheard = (SPAN - span) // 2
            waves = torch.conv1d(rows[:, unheard : rows.shape[1] - unheard].transpose(1, 2), self.get_buffer(f"notes_{span}"))
            cosine, sine = waves.chunk(2, dim=1)
            found.append(torch.sqrt(cosine.square() + sine.square() + 1e-16))
        return torch.cat(found, dim=1)

    def _rhythm(self, rise: Float[Tensor, "B rises"]) -> Float[Tensor, "B T lags"]:
        """The autocorrelation of onset strength in the seven frames around, as a share of its energy."""
        # Not `unfold`, which torch.onnx 2.13 exports slowly, and wrongly where there are more axes.
        last = RHYTHM_FRAMES - 1
        shifted = [rise[:, shift : rise.shape[1] - last + shift] for shift in range(RHYTHM_FRAMES)]
        around = torch.stack(shifted, dim=-1) * self.rhythm_window
        energy = around.square().sum(dim=-1) + QUIET**2
        lags = [(around[..., lag:] * around[..., :-lag]).sum(dim=-1) / energy for lag in range(1, self.config.lags + 1)]
        return torch.stack(lags, dim=-1)


def _cosine_transform(bands: int, coefficients: int) -> np.ndarray:
    """(bands, coefficients): the orthonormal DCT-II, from its constant on."""
    turns = np.outer(np.arange(bands) + 0.5, np.arange(coefficients)) / bands
    scale = np.where(np.arange(coefficients) == 0, np.sqrt(1 / bands), np.sqrt(2 / bands))
    return np.cos(np.pi * turns) * scale


def _note_kernels(samples_per_frame: int, rate: int) -> dict[int, np.ndarray]:
    """Cosine and sine waves (2 notes, samples, span) of the notes, low to high, by how many rows they span.

    Each note has as many periods as part it from the next, and a full-scale sine on it has amplitude 1.
    Source: Brown 1991, Calculation of a constant Q spectral transform.
    """
    hertz = 440 * 2 ** ((np.arange(NOTES) + LOWEST_NOTE - 69) / 12)
    lengths = np.minimum(rate / (2 ** (1 / 12) - 1) / hertz, SPAN * samples_per_frame)
    spans = 2 * np.ceil(lengths / 2 / samples_per_frame).astype(int)
    kernels = {}
    for span in sorted(set(spans.tolist()), reverse=True):
        length, turning = lengths[spans == span, None], 2 * np.pi * hertz[spans == span, None] / rate
        time = np.arange(span * samples_per_frame) - span * samples_per_frame / 2
        window = np.where(np.abs(time) < length / 2, 0.5 + 0.5 * np.cos(2 * np.pi * time / length), 0)
        window *= 2 / window.sum(axis=1, keepdims=True)
        waves = np.concatenate([window * np.cos(turning * time), window * np.sin(turning * time)])
        kernels[span] = waves.reshape(-1, span, samples_per_frame).swapaxes(1, 2)
    return kernels


def _classes(chroma: int) -> np.ndarray:
    """(NOTES, chroma): the class of each note; the first is the notes around C, as librosa has it."""
    merged = 12 // chroma
    of_note = (np.arange(NOTES) + LOWEST_NOTE + merged // 2) % 12 // merged
    return np.eye(chroma)[of_note]
