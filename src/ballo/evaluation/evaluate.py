"""Everybody dances every song with every seed, and is measured beside the real dances."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ballo.dataset.archive import Archive
from ballo.errors import BalloError
from ballo.evaluation.danced import Danced
from ballo.evaluation.measures import MEASURES, Measure
from ballo.evaluation.songs import Staged, following, staged
from ballo.evaluation.targets import REAL
from ballo.inference.dancer import Dancer
from ballo.version import VERSION

Progress = Callable[[str, str, int, int], None]
"""Called before each song with who dances, the song, how many are done and how many there are."""


@dataclass(frozen=True)
class Figure:
    """A measure over songs: its value, and its least and greatest of one song; nan where it has none."""

    value: float
    least: float
    most: float
    songs: int


@dataclass(frozen=True, eq=False)
class Row:
    """How somebody danced. Figures by the names of measures.

    Args:
        name: who.
        figures: over all songs.
        by_style, by_song: over those of a style, and of one song.
        left_out: songs not danced, with the reason.
    """

    name: str
    figures: Mapping[str, Figure]
    by_style: Mapping[str, Mapping[str, Figure]]
    by_song: Mapping[str, Mapping[str, float]]
    left_out: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Who danced how.

    Args:
        archive: its folder, and `manifest_sha256` what tells it from any other.
        split: whose songs were danced.
        seeds: how many dances a song.
        songs: their styles, by name.
        rows: the real dances, then everybody in the order in which they were named.
    """

    archive: str
    manifest_sha256: str
    split: str
    seeds: int
    songs: Mapping[str, str]
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values; null for what has none."""
        described = [
            {"name": each.name, "title": each.title.strip(), "unit": each.unit, "better": each.better} for each in MEASURES
        ]
        head = {"ballo": VERSION, "archive": self.archive, "manifest_sha256": self.manifest_sha256, "split": self.split}
        rows = [
            {
                "name": row.name,
                "all": _plain(row.figures),
                "by_style": {style: _plain(found) for style, found in row.by_style.items()},
                "by_song": {song: {name: _number(v) for name, v in found.items()} for song, found in row.by_song.items()},
                "left_out": dict(row.left_out),
            }
            for row in self.rows
        ]
        return head | {"seeds": self.seeds, "songs": dict(self.songs), "measures": described, "rows": rows}


def evaluate(
    dancers: Mapping[str, Dancer], archive: Archive, split: str, seeds: int, progress: Progress | None = None
) -> Evaluation:
    """Compare dancers on the songs of a split.

    Args:
        dancers: by the name they are to have in tables; all of the archive's skeleton and frame rate, see `targets.find`.
        seeds: each song is danced with seeds 0, 1 ... in its real style.

    Raises:
        DataError: the split has no songs.
    """
    rows = []
    with staged(archive, split) as songs:
        rows.append(row(REAL, [Danced(song, (song.real,), real=True) for song in songs], {}))
        for number, (name, dancer) in enumerate(dancers.items()):
            told = _Told(progress, name, number * len(songs), len(dancers) * len(songs))
            danced, left_out = _dance(dancer, songs, seeds, told)
            rows.append(row(name, danced, left_out))
    styles = {song.name: song.style for song in songs}
    return Evaluation(str(archive.path), archive.manifest_sha256, split, seeds, styles, tuple(rows))


@dataclass(frozen=True)
class _Told:
    """Progress of one dancer."""

    progress: Progress | None
    name: str
    done: int
    total: int

    def __call__(self, song: str, done: int) -> None:
        if self.progress is not None:
            self.progress(self.name, song, self.done + done, self.total)


def _dance(
    dancer: Dancer, songs: Sequence[Staged], seeds: int, told: Callable[[str, int], None]
) -> tuple[list[Danced], dict[str, str]]:
    """Everything that somebody dances, and the songs that she does not."""
    other = following(songs)
    # To one song in one style a dance serves as the song's own and as another's other song.
    known: dict[tuple[str, str], tuple[np.ndarray, ...]] = {}

    def by_seed(song: Staged, style: str) -> tuple[np.ndarray, ...]:
        if (song.name, style) not in known:
            opened = song.song()
            known[song.name, style] = tuple(dancer.dance(opened, style=style, seed=k).positions for k in range(seeds))
        return known[song.name, style]

    danced, left_out = [], {}
    for done, song in enumerate(songs):
        told(song.name, done)
        try:
            own = by_seed(song, song.style)
        except BalloError as error:
            left_out[song.name] = str(error).removeprefix(f"{song.file}: ")
            continue
        danced.append(Danced(song, own, _tried(by_seed, other[song.name], song.style) if len(songs) > 1 else ()))
    return danced, left_out


def _tried(by_seed: Callable[[Staged, str], tuple[np.ndarray, ...]], song: Staged, style: str) -> tuple[np.ndarray, ...]:
    """Dances to another song, which need not go with the style: none then."""
    try:
        return by_seed(song, style)
    except BalloError:
        return ()


def row(name: str, danced: Sequence[Danced], left_out: Mapping[str, str]) -> Row:
    """Everything measured of what somebody danced."""
    by_song = {song.staged.name: {each.name: _of_song(each, song) for each in MEASURES} for song in danced}
    styles = dict.fromkeys(song.staged.style for song in danced)

    def figures(some: Sequence[Danced]) -> dict[str, Figure]:
        return {each.name: _figure(each, some, [by_song[song.staged.name][each.name] for song in some]) for each in MEASURES}

    by_style = {style: figures([song for song in danced if song.staged.style == style]) for style in styles}
    return Row(name, figures(danced), by_style, by_song, left_out)


def _of_song(measure: Measure, song: Danced) -> float:
    return float("nan") if measure.of_song is None else measure.of_song(song)


def _figure(measure: Measure, danced: Sequence[Danced], values: Sequence[float]) -> Figure:
    finite = [value for value in values if math.isfinite(value)]
    least, most = (min(finite), max(finite)) if finite else (float("nan"), float("nan"))
    if measure.of_songs is not None and danced:
        value = measure.of_songs(danced)
    else:
        value = float(np.mean(finite)) if finite else float("nan")
    return Figure(value, least, most, len(danced))


def _plain(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {
        name: {"value": _number(f.value), "least": _number(f.least), "most": _number(f.most), "songs": f.songs}
        for name, f in figures.items()
    }


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
