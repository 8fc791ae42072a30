"""Beats of a song that is decoded already, on one thread, and of music as it comes, as a share of real time.

The named peer is librosa's beat_track (Ellis, 2007) on the same samples, where librosa is installed; it gives beats only,
neither bars nor metre, and no exact grid.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from statistics import median

import numpy as np

from ballo.music import audio
from ballo.music.beats import RATE, track_samples
from ballo.music.live import LiveTracker
from benchmarks import songs, timing
from benchmarks.table import Row, Settings, at_most

SECONDS, QUICK_SECONDS = 180, 60
TARGET_SECONDS = 0.5
LIVE_BLOCK = 1_024


def run(settings: Settings) -> list[Row]:
    length = QUICK_SECONDS if settings.quick else SECONDS
    samples = audio.read(songs.make(settings.folder, length), rate=RATE)
    peer = importlib.util.find_spec("librosa") is not None
    contestants: dict[str, Callable[[], float]] = {"ballo": lambda: timing.seconds_of(lambda: track_samples(samples))}
    if peer:
        contestants["librosa"] = lambda: timing.seconds_of(lambda: _librosa(samples))
    measured = timing.in_turns(contestants, settings.rounds(5))
    seconds = median(measured["ballo"])
    live = timing.seconds_of(lambda: _live(samples)) / (len(samples) / RATE)
    return [
        Row(
            f"beats, bars and tempo of {length} s of samples",
            "s",
            seconds,
            median(measured["librosa"]) if peer else None,
            timing.gain(measured["ballo"], measured["librosa"]) if peer else None,
            None if settings.quick else at_most(TARGET_SECONDS, "s", seconds),
            "Peer: librosa.beat.beat_track, beats only." if peer else "The peer, librosa, is not installed.",
        ),
        Row(
            "beats as the music comes, share of one core", "%", 100 * live, remark=f"Blocks of {LIVE_BLOCK} samples. Run once."
        ),
    ]


def _librosa(samples: np.ndarray) -> None:
    import librosa

    librosa.beat.beat_track(y=samples, sr=RATE, hop_length=256)


def _live(samples: np.ndarray) -> None:
    tracker = LiveTracker()
    for first in range(0, len(samples), LIVE_BLOCK):
        tracker.hear(samples[first : first + LIVE_BLOCK])
