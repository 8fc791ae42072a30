"""What a bar of music sounds like, in numbers that bars of one style can be compared by.

Of each bar three things are told, each level-free, so that a song's mastering does not matter:

- rhythm: how strongly notes begin in each of four regions of pitch, at every sixteenth of the bar. It is what dancers answer
  most directly: which beats carry weight, where the syncopations are;
- loudness: how loud each beat is beside the song's loud moments: quiet intros, breaks, full choruses;
- colour: how that is spread over the mel bands, on average over the bar: with or without bass, voices, brass.

Tempo is left out, as bars are danced at the tempo of the song that they go to; and pitch, as dances are the same in every key.
Axes: B bars, F frames of `onsets`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ballo.music import onsets

SIXTEENTHS_A_BEAT = 4
_FADE = 1e-6


@dataclass(frozen=True, eq=False)
class Sounding:
    """A piece of music as bars are told from it, by frame.

    Args:
        rhythm: (F, 4) onset strength by region of pitch.
        loudness: (F, 36) compressed loudness by mel band.
        start_seconds: when the first frame is.
    """

    rhythm: np.ndarray
    loudness: np.ndarray
    start_seconds: float


def hear(blocks: Iterable[np.ndarray], start_seconds: float = 0.0) -> Sounding:
    """Listen to samples at `onsets.RATE`, the first of which sounds at `start_seconds`."""
    sound = onsets.listen(blocks)
    return Sounding(onsets.regions(sound), onsets.loudness(sound), start_seconds)


def describe(sounding: Sounding, bars: np.ndarray, metre: int) -> np.ndarray:
    """What bars sound like.

    Args:
        bars: (B, 2) when each begins and ends; beyond the music there is silence.
        metre: beats a bar.

    Returns:
        (B, 16 metre + metre + 36): rhythm, loudness and colour.
    """
    slots = metre * SIXTEENTHS_A_BEAT
    edges = bars[:, :1] + (bars[:, 1:] - bars[:, :1]) * (np.arange(slots + 1) / slots)
    # A slot is centred on its sixteenth: a note played a little early is the beat's all the same.
    half = (bars[:, 1:] - bars[:, :1]) / slots / 2
    rhythm = _means(sounding.rhythm, sounding.start_seconds, edges - half)
    loud = _means(sounding.loudness, sounding.start_seconds, edges)
    by_beat = loud.mean(axis=2).reshape(len(bars), metre, SIXTEENTHS_A_BEAT).mean(axis=2)
    colour = loud.mean(axis=1)
    return np.concatenate([rhythm.reshape(len(bars), -1), by_beat, colour - colour.mean(axis=1, keepdims=True)], axis=1)


def weights(metre: int) -> np.ndarray:
    """(D,) by which numbers are multiplied once each is of variance 1, so that the three things weigh alike."""
    sizes = (4 * metre * SIXTEENTHS_A_BEAT, metre, onsets.MEL_BANDS)
    return np.concatenate([np.full(size, size**-0.5) for size in sizes])


def _means(values: np.ndarray, start_seconds: float, edges: np.ndarray) -> np.ndarray:
    """Means of values (F, C) between edges (B, S + 1) in seconds: (B, S, C); where there are no frames, 0."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    places = np.clip((edges - start_seconds) * onsets.FPS, 0, len(values))
    left = np.minimum(places.astype(int), len(values) - 1)
    up_to = total[left] + (places - left)[..., None] * (total[left + 1] - total[left])
    lengths = np.diff(edges, axis=1) * onsets.FPS
    return np.diff(up_to, axis=1) / np.maximum(lengths, _FADE)[..., None]
