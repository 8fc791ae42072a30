"""Which of a model's styles a song asks for, by its metre and tempo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.music import beats
from ballo.music.audio import Song, open_song
from ballo.music.beats import Beats

BALLROOM = {
    "waltz": (3, 84.0, 96.0),
    "viennese waltz": (3, 150.0, 186.0),
    "rumba": (4, 60.0, 112.0),
    "cha-cha": (4, 112.0, 136.0),
    "tango": (4, 120.0, 136.0),
}
"""Beats a bar and beats a minute that dances are danced to. The World DanceSport Federation's competitions take 28 to 30 bars a
minute for waltz, 58 to 60 for Viennese waltz, 25 to 27 for rumba, 30 to 32 for cha-cha and 31 to 33 for tango; social dancing
takes more, above all slower rumbas, and rumba's and cha-cha's ranges are widened to meet. Tango in 2/4 counts as 4/4 here."""

LONGEST_SECONDS = 90.0
"""How much of a song is listened to: enough to count it, and little to decode twice."""


@dataclass(frozen=True)
class Choice:
    """A style and why it was chosen, in words that follow "because"."""

    style: str
    reason: str


def for_song(styles: Sequence[str], song: Song) -> Choice:
    """The style for the stretch of a song that will be danced; the first where no beat is found.

    Raises:
        AudioError: the song cannot be decoded.
    """
    if len(styles) == 1:
        return Choice(styles[0], "the model has no other")
    wanted = min(LONGEST_SECONDS, song.expected_seconds or LONGEST_SECONDS)
    try:
        found = beats.track_song(open_song(song.path, start_seconds=song.start_seconds, duration_seconds=max(wanted, 0.1)))
    except beats.NoBeat:
        return Choice(styles[0], f"no beat is found in {song.path.name}, and it is the model's first")
    return choose(styles, found, song.path.name)


def choose(styles: Sequence[str], found: Beats, name: str = "the song") -> Choice:
    """The first of the styles that dance in the song's metre at the nearest tempo.

    Cha-cha and tango share their tempos, and nothing here hears them apart: where a model has both, the one it names first is
    taken and the reason names the other. A song in a metre that no style dances in gets the model's first style.
    """
    counted = f"{name} is in {found.metre}/4 at {found.bpm:.0f} bpm"
    metre = 4 if found.metre == 2 else found.metre
    fits = [style for style in styles if BALLROOM.get(style, (0,))[0] == metre]
    if not fits:
        return Choice(styles[0], f"{counted}, which asks for none of the model's styles, and it is the first")
    away = {style: _octaves_away(found.bpm, *BALLROOM[style][1:]) for style in fits}
    nearest = [style for style in fits if away[style] == min(away.values())]
    also = f", which {' and '.join(nearest[1:])} would fit as well" if len(nearest) > 1 else ""
    return Choice(nearest[0], counted + also)


def _octaves_away(bpm: float, slowest: float, fastest: float) -> float:
    """How far a tempo lies from a range, in octaves; 0 inside."""
    return float(max(0.0, np.log2(slowest / bpm), np.log2(bpm / fastest)))
