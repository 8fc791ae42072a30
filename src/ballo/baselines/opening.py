"""A baseline by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ballo.baselines.baseline import Baseline, Way
from ballo.baselines.markov import Markov
from ballo.baselines.mean import Mean
from ballo.baselines.other import Other
from ballo.baselines.repertoire import Repertoire
from ballo.baselines.retrieval import Retrieval
from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.inference.dancer import Dancer

NAMES: Mapping[str, Callable[[Repertoire], Way]] = {
    "markov": Markov,
    "retrieval": Retrieval,
    "mean": Mean,
    "other": Other,
}
"""What each is: recorded units in an order drawn from scripts; recorded bars to the most similar music; one still figure; a
recorded dance to another song."""


def open(name: str, archive: str | Path) -> Dancer:
    """A baseline that has learnt from the train split of an archive.

    Raises:
        BalloError: there is no such baseline.
        DataError: the archive cannot be read, has no train split, or not what this baseline needs.
    """
    _check(name)
    return learnt(name, Archive.open(archive))


def learnt(name: str, archive: Archive) -> Dancer:
    """A baseline that has learnt from the train split of an opened archive, which may be a part of one; see `open`."""
    _check(name)
    repertoire = Repertoire.of(archive)
    return Baseline(name, repertoire, NAMES[name](repertoire))


def _check(name: str) -> None:
    if name not in NAMES:
        raise BalloError(f"no baseline {name!r}: choose {', '.join(list(NAMES)[:-1])} or {list(NAMES)[-1]}")


def opened(text: str) -> Dancer | None:
    """The baseline that "markov:ARCHIVE" names; None where the text has none of their names before a colon.

    Raises:
        BalloError: no archive is named, or it is not what the baseline needs.
    """
    name, colon, archive = text.partition(":")
    if not colon or name not in NAMES:
        return None
    if not archive:
        raise BalloError(f"{text} names no archive: write {name}:ARCHIVE, ARCHIVE being what `ballo data prepare` wrote")
    return open(name, archive)
