"""Leaving songs out: an archive cut into folds, each of which is danced by those who learnt from the others.

    for fold in folds(archive, 5):
        dancers = baselines.learnt("markov", fold.archive)      # learns from its train split
        with staged(fold.archive, VALIDATION) as songs:         # the fold's songs
            ...

Seven validation songs are few; so every song with music is left out once. What can learn anew from an archive does so for
each fold; a bundle cannot, and dances only what it did not learn from, see `unlearnt`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ballo.dataset.archive import LIBRARY, MARGIN_SECONDS, SAMPLE_RATE, Archive, Dance
from ballo.dataset.splits import MOTION_ONLY, TRAIN, VALIDATION
from ballo.errors import DataError

ARRANGED = "arranged"
"""What the provenance of a dance has that `ballo data arrange` or `ballo data prepare --arrange` made."""

_OPENING_SECONDS = 10.0


@dataclass(frozen=True, eq=False)
class Fold:
    """A part of an archive's songs, left out.

    Args:
        number: 0 to the number of folds - 1.
        songs: names of the dances to them, in the archive's order.
        archive: the archive as it is without them: they are its validation split, its train split has every other dance that
            has music. Its arrays are the archive's own; so are its folder and its `manifest_sha256`.
    """

    number: int
    songs: tuple[str, ...]
    archive: Archive


def folds(archive: Archive, count: int) -> tuple[Fold, ...]:
    """Cut the songs of the train and validation splits into folds.

    Songs of each style, in the order of their names, are dealt out in turn, so that folds have as many songs of a style, and
    in all, to within one. Dances to one song go together. Left out with a song are

    - its dance, its music, its script in the archive's library, and all that was arranged to it;
    - every arranged dance, as its figures follow one another as in scripts of all songs;
    - held-out movement in dances that were the validation's: frames of it are not usable where a fold learns from them.

    What stays: units of the library's takes. Where a take was rebuilt from published dances, as waltz's was, a unit's pose is a
    mean over several, some of them the fold's.

    Of a style with one song nothing is left to learn from without it: who learns anew does not dance it, and says so.

    Raises:
        DataError: fewer than 2 folds, or more than songs.
    """
    songs = song_of(archive)
    heard = {dance.name: dance for dance in archive.dances if _counts(dance)}
    style_of = {songs[name]: dance.style for name, dance in sorted(heard.items(), reverse=True)}
    if not 2 <= count <= len(style_of):
        raise DataError(f"{count} folds: the archive {archive.path} has {len(style_of)} songs, so give 2 to {len(style_of)}")
    dealt = sorted(style_of, key=lambda song: (style_of[song], song))
    parts = [frozenset(dealt[number::count]) for number in range(count)]
    return tuple(_fold(archive, number, songs, part) for number, part in enumerate(parts))


def song_of(archive: Archive) -> Mapping[str, str]:
    """Which song each dance of an archive is danced to, by the name of the first dance to it.

    Dances arranged to the song of another have that one's; so have those whose music begins with the same ten seconds.
    """
    songs: dict[str, str] = {}
    first: dict[bytes, str] = {}
    for dance in archive.dances:
        own = dance.name.split("~")[0] if ARRANGED in dance.provenance else dance.name
        opening = _opening(dance)
        songs[dance.name] = songs.get(own, own)
        if opening is not None and ARRANGED not in dance.provenance:
            songs[dance.name] = first.setdefault(opening, own)
    return songs


def unlearnt(trained_on: Mapping[str, Any], archive: Archive) -> tuple[frozenset[str], str]:
    """The dances of an archive that a bundle did not learn from, as far as its manifest tells, and a sentence that says so.

    Args:
        trained_on: the manifest's. It names no songs, but the archive by the SHA-256 of its manifest and how many songs it
            learnt from.
    """
    names = frozenset(dance.name for dance in archive.dances if dance.split == VALIDATION and _counts(dance))
    count = f"{len(names)} songs" if len(names) != 1 else "1 song"
    if trained_on.get("manifest_sha256") == archive.manifest_sha256:
        return names, f"learnt from this archive and cannot learn anew: it dances the {count} of its validation split"
    return names, (
        f"learnt from another archive ({trained_on.get('songs', 'nobody knows how many')} songs) and cannot learn anew: it "
        f"dances the {count} of this one's validation split, as if that had been split alike"
    )


def _counts(dance: Dance) -> bool:
    return dance.split in (TRAIN, VALIDATION) and dance.samples is not None and ARRANGED not in dance.provenance


def _opening(dance: Dance) -> bytes | None:
    """What tells the music that a dance begins with; None where there is none, or nothing is heard."""
    if dance.samples is None:
        return None
    first = round(MARGIN_SECONDS * SAMPLE_RATE)
    heard = np.ascontiguousarray(dance.samples[first : first + round(_OPENING_SECONDS * SAMPLE_RATE)])
    return hashlib.sha256(heard.data).digest() if heard.any() else None


def _fold(archive: Archive, number: int, songs: Mapping[str, str], part: AbstractSet[str]) -> Fold:
    dances = tuple(seen for dance in archive.dances if (seen := _seen(dance, songs[dance.name] in part)) is not None)
    left_out = tuple(dance.name for dance in dances if dance.split == VALIDATION)
    return Fold(number, left_out, replace(archive, dances=dances, manifest=_manifest(archive.manifest, dances)))


def _seen(dance: Dance, left_out: bool) -> Dance | None:
    """A dance as a fold has it; None where it has it not."""
    if not _counts(dance):
        return dance if dance.split == MOTION_ONLY and not left_out else None
    if left_out:
        return replace(dance, split=VALIDATION)
    return dance if dance.split == TRAIN else replace(dance, split=TRAIN, usable=_without_held_out(dance))


def _without_held_out(dance: Dance) -> tuple[tuple[int, int], ...]:
    """The usable ranges without held-out movement."""
    kept = np.zeros(len(dance) + 2, dtype=bool)
    for first, end in dance.usable:
        kept[first + 1 : end + 1] = True
    kept[1:-1] &= ~dance.unseen
    edges = np.flatnonzero(np.diff(kept)).reshape(-1, 2)
    return tuple((int(first), int(end)) for first, end in edges)


def _manifest(manifest: Mapping[str, Any], dances: Sequence[Dance]) -> Mapping[str, Any]:
    """The manifest with the fold's split, and in its library the scripts of train dances alone."""
    parts = {part: [dance.name for dance in dances if dance.split == part] for part in (TRAIN, VALIDATION, MOTION_ONLY)}
    told = {**manifest, "split": parts}
    if manifest.get(LIBRARY):
        scripts = {name: script for name, script in manifest[LIBRARY]["scripts"].items() if name in parts[TRAIN]}
        told[LIBRARY] = {**manifest[LIBRARY], "scripts": scripts}
    return told
