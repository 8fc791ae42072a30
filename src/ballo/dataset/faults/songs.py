"""Songs that are published twice: the same recording under two names, whatever its start and its coding.

A song's print is how the loudness of 16 bands of pitch rises and falls against the neighbouring band, as signs, many times a
second: after Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002. Two prints are laid over one
another at every offset by correlation, so nothing need be aligned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ballo.dataset.faults.fault import MILD, NOTE, Fault

RATE = 16_000
HOP = 1024
PRINT_FPS = RATE / HOP
WINDOW = 4096
BANDS = 17
LOWEST_HERTZ, HIGHEST_HERTZ = 200.0, 3000.0

SAME_SIGNS = 0.25
"""Correlation of signs over the overlap at the best offset: 1 for a copy, about 0.6 for another coding, and at most 0.1
between songs that differ, over every offset."""

LEAST_SECONDS = 10.0
"""Songs must overlap by so much."""

NEARLY_WHOLE = 0.9


@dataclass(frozen=True)
class Match:
    """Two songs that are the same.

    Args:
        other: the other one's name.
        offset_seconds: how much later a moment comes in the other.
        correlation: of the signs over what they share, -1 to 1.
        seconds: how much they share.
        share: of the shorter one.
    """

    other: str
    offset_seconds: float
    correlation: float
    seconds: float
    share: float


def fingerprint(samples: np.ndarray) -> np.ndarray:
    """(N,) mono samples at `RATE` to (F, 16) signs at `PRINT_FPS`, as float32; silence gives zeros."""
    frames = max(0, (len(samples) - WINDOW) // HOP + 1)
    if frames < 2:
        return np.zeros((0, BANDS - 1), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    taper = np.hanning(WINDOW).astype(np.float32)
    edges = np.geomspace(LOWEST_HERTZ, HIGHEST_HERTZ, BANDS + 1) * WINDOW / RATE
    bins = np.round(edges).astype(int)
    loud = np.empty((frames, BANDS), dtype=np.float32)
    for first in range(0, frames, 256):
        power = np.abs(np.fft.rfft(windows[first : first + 256] * taper, axis=1)) ** 2
        loud[first : first + 256] = np.add.reduceat(power, bins[:-1], axis=1)[:, :BANDS]
    loud = np.log(loud + 1e-9)
    return np.sign(np.diff(np.diff(loud, axis=1), axis=0)).astype(np.float32)


def duplicates(prints: Mapping[str, np.ndarray]) -> dict[str, tuple[Match, ...]]:
    """Which songs are the same, by name, each with the others, most alike first; songs that have none are left out."""
    names = [name for name, signs in prints.items() if len(signs) >= LEAST_SECONDS * PRINT_FPS]
    if len(names) < 2:
        return {}
    size = 1 << int(2 * max(len(prints[name]) for name in names) - 1).bit_length()
    spectra = {name: np.fft.rfft(prints[name], size, axis=0).astype(np.complex64) for name in names}
    found: dict[str, list[Match]] = {}
    for number, name in enumerate(names):
        for other in names[:number]:
            match = _best(prints[name], prints[other], spectra[name], spectra[other], size)
            if match is not None:
                lag, correlation, overlap = match
                share = overlap / min(len(prints[name]), len(prints[other]))
                seconds, offset = overlap / PRINT_FPS, lag / PRINT_FPS
                found.setdefault(name, []).append(Match(other, offset, correlation, seconds, share))
                found.setdefault(other, []).append(Match(name, -offset, correlation, seconds, share))
    return {name: tuple(sorted(matches, key=lambda match: -match.correlation)) for name, matches in found.items()}


def _best(
    one: np.ndarray, other: np.ndarray, one_spectrum: np.ndarray, other_spectrum: np.ndarray, size: int
) -> tuple[int, float, int] | None:
    """The lag at which two prints agree most, how much, and over how many frames; None if they are not the same."""
    sums = np.fft.irfft((np.conj(one_spectrum) * other_spectrum).sum(axis=1), size)
    lags = np.arange(size)
    lags[lags > size // 2] -= size
    overlap = np.minimum(len(one), len(other) - lags) - np.maximum(0, -lags)
    enough = overlap >= LEAST_SECONDS * PRINT_FPS
    agreement = np.where(enough, sums / (one.shape[1] * np.maximum(overlap, 1)), -1.0)
    best = int(agreement.argmax())
    if agreement[best] < SAME_SIGNS:
        return None
    return int(lags[best]), float(agreement[best]), int(overlap[best])


def faults(matches: tuple[Match, ...]) -> list[Fault]:
    """That a song is published again under other names."""
    if not matches:
        return []
    said = ", ".join(f"{match.other} ({match.seconds:.0f} s, {match.offset_seconds:+.2f} s)" for match in matches[:3])
    more = f" and {len(matches) - 3} more" if len(matches) > 3 else ""
    severity = MILD if max(match.share for match in matches) >= NEARLY_WHOLE else NOTE
    figures = {
        "songs": [
            {
                "dance": match.other,
                "offset_seconds": round(match.offset_seconds, 3),
                "seconds": round(match.seconds, 2),
                "share": round(match.share, 3),
                "correlation": round(match.correlation, 3),
            }
            for match in matches
        ]
    }
    return [Fault("duplicate music", severity, f"the same music as {said}{more}", len(matches), "songs", figures=figures)]
