"""A split for sources that have none: by song, the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ballo.dataset.splits import Split

SHARE = 0.1
"""Of the songs that go to the validation part."""


def split_by_song(songs: Mapping[str, Path | None], share: float = SHARE) -> Split:
    """Which dances to learn from: about `share` of the songs, drawn by hash, are for validation with all their dances.

    Where there are two songs or more, each part has one at least. Dances without a song are for their motion only. A song is
    known by the first of its dances' names, so that folders and machines do not matter.

    Args:
        songs: each dance's song by the dance's name.
    """
    dances: dict[Path, list[str]] = {}
    for name, song in sorted(songs.items()):
        if song is not None:
            dances.setdefault(song, []).append(name)
    drawn = sorted(dances, key=lambda song: hashlib.sha256(dances[song][0].encode()).hexdigest())
    count = min(max(1, round(share * len(drawn))), len(drawn) - 1) if len(drawn) > 1 and share > 0 else 0
    held = {name for song in drawn[:count] for name in dances[song]}
    danced = [name for names in dances.values() for name in names]
    return Split(
        train=tuple(sorted(name for name in danced if name not in held)),
        val=tuple(sorted(held)),
        motion_only=tuple(sorted(name for name, song in songs.items() if song is None)),
    )
