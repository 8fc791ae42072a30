"""Which songs a model learns from and which it is measured on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ballo.errors import DataError

TRAIN, VALIDATION, MOTION_ONLY = "train", "val", "motion_only"


@dataclass(frozen=True)
class Split:
    """Dances by what they are for. A dance is in one part or in none.

    Args:
        train: dances with music, to learn from.
        val: dances with music, to measure on; nothing is learnt from them.
        motion_only: dances without music, to learn poses and sequences from.

    Raises:
        ValueError: a dance is named twice.
    """

    train: tuple[str, ...]
    val: tuple[str, ...]
    motion_only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the split names {', '.join(twice)} more than once")

    @property
    def names(self) -> tuple[str, ...]:
        """Every dance of the split."""
        return self.train + self.val + self.motion_only

    def part_of(self, name: str) -> str | None:
        """The part that a dance belongs to: "train", "val", "motion_only", or None."""
        parts = {TRAIN: self.train, VALIDATION: self.val, MOTION_ONLY: self.motion_only}
        return next((part for part, names in parts.items() if name in names), None)

    def as_json(self) -> dict[str, list[str]]:
        """Plain values for a file."""
        return {TRAIN: list(self.train), VALIDATION: list(self.val), MOTION_ONLY: list(self.motion_only)}


def shipped() -> Split:
    """The split of the Tang et al. 2018 data that every figure of ballo's is measured on."""
    return _parsed(json.loads(resources.files(__package__).joinpath("splits.json").read_text(encoding="utf-8")))


def read(path: Path) -> Split:
    """A split of one's own: a JSON object with lists of dances called train, val and, if there are any, motion_only.

    Raises:
        DataError: the file is missing, not JSON, or holds anything else.
    """
    try:
        return _parsed(json.loads(path.read_bytes()))
    except OSError as error:
        raise DataError(f"cannot read the split {path}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no split: it needs lists of dances called train and val ({error})") from error


def _parsed(content: Any) -> Split:
    parts = {}
    for part in (TRAIN, VALIDATION, MOTION_ONLY):
        names = content[part] if part != MOTION_ONLY else content.get(part, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"{part} is no list of names")
        parts[part] = tuple(names)
    return Split(**parts)
