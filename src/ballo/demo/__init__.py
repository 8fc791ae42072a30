"""The song that ships with ballo, a waltz of 39 seconds, and its exact beats; scripts/make_demo_song.py makes both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Beats:
    """When a song's beats sound.

    Args:
        tempo_bpm: beats a minute.
        beats_per_bar: 3 for a waltz.
        beats_seconds: every beat, in seconds from the song's first sample.
        downbeats_seconds: those of them that begin a bar.
    """

    tempo_bpm: float
    beats_per_bar: int
    beats_seconds: tuple[float, ...]
    downbeats_seconds: tuple[float, ...]


def song() -> Path:
    """The demo song, an mp3."""
    return Path(__file__).with_name("song.mp3")


def beats() -> Beats:
    """The demo song's beats, known exactly since the song was computed from them."""
    stored = json.loads(Path(__file__).with_name("beats.json").read_text(encoding="utf-8"))
    return Beats(
        tempo_bpm=stored["tempo_bpm"],
        beats_per_bar=stored["beats_per_bar"],
        beats_seconds=tuple(stored["beats_seconds"]),
        downbeats_seconds=tuple(stored["downbeats_seconds"]),
    )
