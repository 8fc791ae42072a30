"""What is in an archive: how much of what, what each dance is made of, and which movement dances share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ballo.dataset.archive import Archive, Dance
from ballo.dataset.takes import Repair
from ballo.report.runs import Run, runs

WINDOW_SECONDS, HOP_SECONDS = 4.8, 1.0
"""The windows that ballo's models learn from."""

_DISTINCT_SECONDS = 0.1


@dataclass(frozen=True)
class Amount:
    """How much of a style is in one part of the split."""

    style: str
    split: str
    dances: int
    seconds: float
    windows: int


@dataclass(frozen=True)
class Piece:
    """A stretch of a dance that shows one unit, seconds from the dance's first frame.

    Args:
        tag, take: of the unit; None between units, where the last one's take goes on, or the dancer waits.
        waits: whether she does.
    """

    first: float
    end: float
    tag: str | None
    take: str | None
    held_out: bool
    waits: bool
    source_seconds: tuple[float, float]


@dataclass(frozen=True)
class Mended:
    """A stretch of a dance that something was done to."""

    first: float
    end: float
    repair: str


@dataclass(frozen=True)
class Strip:
    """What a dance is made of, all in seconds from its first frame.

    Args:
        usable: stretches worth learning from.
        bars, beats: of its music that fall into it.
        mended: what was done to its frames, joins left out.
    """

    name: str
    style: str
    split: str
    seconds: float
    music: bool
    pieces: tuple[Piece, ...]
    joins: tuple[float, ...]
    usable: tuple[tuple[float, float], ...]
    bars: tuple[float, ...]
    beats: tuple[float, ...]
    mended: tuple[Mended, ...]


@dataclass(frozen=True)
class Use:
    """How a unit is used, over all dances."""

    tag: str
    style: str
    takes: tuple[str, ...]
    held_out: bool
    times: int
    dances: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Sharing:
    """Which movement dances share.

    Args:
        dances: D names.
        shares: (D, D) of the time in which a dance shows units, the share whose units the other one shows too.
        anywhere: (D,) the share whose units any other dance shows too.
    """

    dances: tuple[str, ...]
    shares: np.ndarray
    anywhere: np.ndarray


@dataclass(frozen=True, eq=False)
class Contents:
    """What is in an archive.

    Args:
        distinct_seconds: how much of the takes its dances show, each moment of a take counted once; None where the dances are
            their own takes.
        repaired: what was done to frames, and to what share of all.
        takes: of the manifest, by name.
        shown: of each take, how many seconds of dance show each of its seconds.
    """

    name: str
    grade: str
    fps: float
    ballo_version: str
    sha256: str
    amounts: tuple[Amount, ...]
    strips: tuple[Strip, ...]
    uses: tuple[Use, ...]
    sharing: Sharing | None
    distinct_seconds: float | None
    repaired: Mapping[str, float]
    takes: Mapping[str, Mapping[str, Any]]
    shown: Mapping[str, Sequence[float]]
    skipped: Mapping[str, str]
    problems: Sequence[Mapping[str, Any]]

    @property
    def seconds(self) -> float:
        """How long all dances are."""
        return sum(amount.seconds for amount in self.amounts)

    @property
    def styles(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted({amount.style for amount in self.amounts}))

    @property
    def splits(self) -> tuple[str, ...]:
        """The parts of the split that have dances, those to learn from first."""
        order = ("train", "val", "motion_only")
        found = {amount.split for amount in self.amounts}
        return tuple(sorted(found, key=lambda split: (order.index(split) if split in order else len(order), split)))


def read(archive: Archive) -> Contents:
    """What is in an archive."""
    parts = {dance.name: runs(dance) for dance in archive.dances}
    return Contents(
        name=archive.path.resolve().name,
        grade=archive.grade,
        fps=archive.fps,
        ballo_version=str(archive.manifest.get("ballo_version", "")),
        sha256=archive.manifest_sha256,
        amounts=_amounts(archive),
        strips=tuple(_strip(dance, parts[dance.name]) for dance in archive.dances),
        uses=_uses(archive, parts),
        sharing=_sharing(parts),
        distinct_seconds=_distinct(archive),
        repaired=_repaired(archive),
        takes=archive.manifest.get("takes", {}),
        shown=_shown(archive),
        skipped=archive.manifest.get("skipped", {}),
        problems=archive.manifest.get("problems", []),
    )


def _amounts(archive: Archive) -> tuple[Amount, ...]:
    frames, hop = round(WINDOW_SECONDS * archive.fps), max(1, round(HOP_SECONDS * archive.fps))
    found = []
    for split in dict.fromkeys(dance.split for dance in archive.dances):
        windows = archive.windows(split, frames=frames, hop=hop)
        for style in archive.styles:
            dances = [dance for dance in archive.select(split) if dance.style == style]
            if dances:
                seen = sum(window.dance.style == style for window in windows)
                found.append(Amount(style, split, len(dances), sum(dance.seconds for dance in dances), seen))
    return tuple(found)


def _strip(dance: Dance, parts: Sequence[Run]) -> Strip:
    fps, beats = dance.fps, dance.beats
    inside = (beats.seconds >= 0) & (beats.seconds < dance.seconds) if beats is not None else np.zeros(0, bool)
    seconds = beats.seconds[inside] if beats is not None else np.zeros(0)
    opening = beats.positions[inside] == 0 if beats is not None else np.zeros(0, bool)
    return Strip(
        name=dance.name,
        style=dance.style,
        split=dance.split,
        seconds=dance.seconds,
        music=dance.samples is not None,
        pieces=tuple(_piece(run, dance) for run in parts),
        joins=tuple(join / fps for join in dance.joins),
        usable=tuple((first / fps, end / fps) for first, end in dance.usable),
        bars=tuple(seconds[opening].tolist()),
        beats=tuple(seconds.tolist()),
        mended=tuple(_mended(dance)),
    )


def _piece(run: Run, dance: Dance) -> Piece:
    unit, fps = run.unit, dance.fps
    waits = unit is None and bool(((dance.repairs[run.first : run.end] & Repair.HELD) > 0).mean() > 0.5)
    tag, take = (unit.tag, unit.take) if unit is not None else (None, None)
    return Piece(run.first / fps, run.end / fps, tag, take, unit is not None and unit.held_out, waits, run.source_seconds)


def _mended(dance: Dance) -> list[Mended]:
    """Stretches of frames with each repair but the one that every join has."""
    found = []
    for repair in Repair:
        if repair == Repair.JOIN:
            continue
        flagged = np.concatenate([[0], (np.asarray(dance.repairs) & repair) > 0, [0]]).astype(np.int8)
        firsts, ends = np.flatnonzero(np.diff(flagged) > 0), np.flatnonzero(np.diff(flagged) < 0)
        name = str(repair.name).lower()
        found += [Mended(first / dance.fps, end / dance.fps, name) for first, end in zip(firsts, ends, strict=True)]
    return found


def _uses(archive: Archive, parts: Mapping[str, Sequence[Run]]) -> tuple[Use, ...]:
    """Units by tag, the most used first."""
    shown: dict[tuple[str, str], list[tuple[str, Run]]] = {}
    for dance in archive.dances:
        for run in parts[dance.name]:
            if run.unit is not None:
                shown.setdefault((dance.style, run.unit.tag), []).append((dance.name, run))
    uses = [
        Use(
            tag=tag,
            style=style,
            takes=tuple(sorted({run.unit.take for _, run in found if run.unit is not None})),
            held_out=any(run.unit is not None and run.unit.held_out for _, run in found),
            times=len(found),
            dances=len({name for name, _ in found}),
            seconds=sum(run.frames for _, run in found) / archive.fps,
        )
        for (style, tag), found in shown.items()
    ]
    return tuple(sorted(uses, key=lambda use: (use.style, -use.times, use.tag)))


def _sharing(parts: Mapping[str, Sequence[Run]]) -> Sharing | None:
    """None where no dance shows a unit."""
    tags = sorted({run.unit.tag for found in parts.values() for run in found if run.unit is not None})
    if not tags:
        return None
    number = {tag: index for index, tag in enumerate(tags)}
    shown = np.zeros((len(parts), len(tags)))
    for row, found in enumerate(parts.values()):
        for run in found:
            if run.unit is not None:
                shown[row, number[run.unit.tag]] += run.frames
    whole = np.maximum(shown.sum(axis=1), 1)
    has = shown > 0
    elsewhere = has.sum(axis=0) - has > 0
    return Sharing(tuple(parts), shown @ has.T / whole[:, None], (shown * elsewhere).sum(axis=1) / whole)


def _distinct(archive: Archive) -> float | None:
    names = {dance.name for dance in archive.dances}
    moments: set[tuple[str, int]] = set()
    for dance in archive.dances:
        places = np.floor(np.asarray(dance.source_seconds, dtype=np.float64) / _DISTINCT_SECONDS).astype(int)
        for number in np.unique(dance.unit[dance.unit >= 0]):
            take = dance.units[number].take
            moments |= {(take, place) for place in np.unique(places[dance.unit == number]).tolist()}
    if not moments or any(take in names for take, _ in moments):
        return None
    return len(moments) * _DISTINCT_SECONDS


def _shown(archive: Archive) -> dict[str, tuple[float, ...]]:
    known = archive.manifest.get("takes", {})
    take_of = np.array([*(unit.take for unit in archive.units), ""])
    takes = np.concatenate([take_of[dance.unit] for dance in archive.dances])
    seconds = np.concatenate([np.asarray(dance.source_seconds) for dance in archive.dances]).astype(int)
    shown = {name: np.bincount(seconds[(takes == name) & (seconds >= 0)]) / archive.fps for name in known}
    return {name: tuple(counts.round(2).tolist()) for name, counts in shown.items()}


def _repaired(archive: Archive) -> dict[str, float]:
    flags = np.concatenate([dance.repairs for dance in archive.dances])
    shares = {str(repair.name).lower(): float(((flags & repair) > 0).mean()) for repair in Repair}
    return {name: share for name, share in shares.items() if share > 0}
