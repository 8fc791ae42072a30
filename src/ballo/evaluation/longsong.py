"""A song made as long as wanted by repeating its bars, so that a dance of minutes can be asked for."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.dataset.archive import FULL_SCALE, SAMPLE_RATE
from ballo.evaluation.songs import Staged

SECONDS = 300.0
FADE_SECONDS = 0.02


@dataclass(frozen=True, eq=False)
class LongSong:
    """A song repeated until it is as long as wanted.

    Args:
        file: its sound, a wav of `archive.SAMPLE_RATE`.
        seconds: how long it is.
        beats: (K,) seconds; None where none are known.
        seams: (N,) seconds at which it begins again.
    """

    file: Path
    seconds: float
    beats: np.ndarray | None
    seams: np.ndarray


def one_a_style(songs: Sequence[Staged]) -> dict[str, Staged]:
    """The longest song of each style, of equally long ones the first."""
    longest: dict[str, Staged] = {}
    for song in songs:
        if song.style not in longest or len(song.real) > len(longest[song.style].real):
            longest[song.style] = song
    return longest


def looped(song: Staged, folder: Path, seconds: float = SECONDS) -> LongSong:
    """A song's bars, from its first downbeat to its last, again and again, in a wav in `folder`.

    As whole bars are repeated, beats and bars go on across a seam as they went before. In the `FADE_SECONDS` before a seam the
    end is faded into what sounds before the first bar, so that nothing clicks and the first beat keeps its attack. Where no
    bars are known, beats are counted instead; where no beats are known, all of it is repeated.

    Raises:
        AudioError: it cannot be decoded.
    """
    sound = np.concatenate(list(song.song().blocks(SAMPLE_RATE, 10 * SAMPLE_RATE)))
    first, last = _bounds(song, len(sound) / SAMPLE_RATE)
    begin, end = round(first * SAMPLE_RATE), round(last * SAMPLE_RATE)
    body, count = sound[begin:end], round(seconds * SAMPLE_RATE)
    again = body.copy()
    faded = min(round(FADE_SECONDS * SAMPLE_RATE), len(body))
    lead = np.pad(sound[max(0, begin - faded) : begin], (max(0, faded - begin), 0))
    share = np.linspace(0, 1, faded, endpoint=False, dtype=np.float32)
    again[len(body) - faded :] = (1 - share) * body[len(body) - faded :] + share * lead
    turns = -(-count // len(body))
    whole = np.concatenate([again] * turns)[:count]
    file = folder / f"{song.name}.wav"
    with wave.open(str(file), "wb") as written:
        written.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        written.writeframes(np.clip(np.round(whole * FULL_SCALE), -FULL_SCALE, FULL_SCALE).astype("<i2").tobytes())
    starts = np.arange(turns) * (len(body) / SAMPLE_RATE)
    return LongSong(file, count / SAMPLE_RATE, _repeated(song.beats, first, last, starts, seconds), starts[1:])


def _bounds(song: Staged, seconds: float) -> tuple[float, float]:
    """From where to where a song is repeated."""
    for grid in (song.downbeats, np.zeros(0) if song.beats is None else song.beats):
        inside = grid[(grid >= 0) & (grid <= seconds)]
        if len(inside) > 1:
            return float(inside[0]), float(inside[-1])
    return 0.0, seconds


def _repeated(beats: np.ndarray | None, first: float, last: float, starts: np.ndarray, seconds: float) -> np.ndarray | None:
    """Beats between two moments of a song, once for each start."""
    if beats is None:
        return None
    half = 0.5 / SAMPLE_RATE  # the last moment is the next turn's first, to a sample
    own = beats[(beats >= first - half) & (beats < last - half)] - first
    everything = (starts[:, None] + own).ravel()
    everything = everything[everything < seconds - half]
    return everything if len(everything) > 1 else None
