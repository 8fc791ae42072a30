"""Which song, and which of several dances to it, a file is named after."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

_SEED = re.compile(r"(?:[._\- ]*seed|[._\-])[._\- ]*(\d{1,9})$")
_NEAREST = 3


@dataclass(frozen=True)
class Named:
    """What a file's name says.

    Args:
        song: as the archive has it.
        seed: which of several dances to it; 0 where the name says nothing.
    """

    song: str
    seed: int


def named(stem: str, songs: Sequence[str]) -> Named | None:
    """What a file's name without its suffix says; None where it names none of `songs`.

    A song's name stands alone, or before a seed: SONG.0, SONG-3, SONG_2, SONG_seed1. Small and capital letters are told apart
    only where songs are. Of two songs that fit, the longer name counts: DANCE_W_2_2 is that song where there is one, and else
    another dance to DANCE_W_2.
    """
    plain = _plain(stem)
    for fold in (str, str.casefold):
        for song in sorted(songs, key=len, reverse=True):
            seed = _after(fold(plain), fold(_plain(song)))
            if seed is not None:
                return Named(song, seed)
    return None


def nearest(stem: str, songs: Sequence[str]) -> tuple[str, ...]:
    """Songs that may have been meant, the likeliest first."""
    folded = {_plain(song).casefold(): song for song in songs}
    return tuple(folded[match] for match in get_close_matches(_plain(stem).casefold(), folded, _NEAREST))


def _after(stem: str, song: str) -> int | None:
    """The seed in what follows a song's name, 0 where nothing does; None where that is no seed, or the name is another."""
    if not song or not stem.startswith(song):
        return None
    rest = stem[len(song) :]
    if not rest:
        return 0
    found = _SEED.fullmatch(rest.casefold())
    return int(found[1]) if found else None


def _plain(text: str) -> str:
    """One way of writing letters with accents: file systems differ."""
    return unicodedata.normalize("NFC", text)
