"""A fault: what is wrong, how bad it is, where, and the figures that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SERIOUS, MILD, NOTE = "serious", "mild", "note"

SEVERITIES = (SERIOUS, MILD, NOTE)
"""Worst first. Serious: the dance misleads who uses it as it is. Mild: some frames or points do. Note: good to know."""

KINDS = (
    "unreadable",
    "mirrored",
    "frame rate",
    "time base",
    "script",
    "splices",
    "bent",
    "frozen",
    "gaps",
    "tears",
    "spikes",
    "bodies",
    "unequal sides",
    "wrists",
    "head",
    "floor",
    "tilt",
    "sliding",
    "tempo",
    "tempo drift",
    "out of step",
    "out of bar",
    "no beat",
    "shared",
    "duplicate music",
    "no music",
    "no motion",
)
"""Every kind there is; programs that read the JSON go by these names, so they stay. docs/faults.md tells each."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one dance.

    Args:
        kind: one of `KINDS`.
        severity: "serious", "mild" or "note".
        text: a line that says what, with the figures.
        size: how much, as a number: the worst case of a kind is the one with the largest.
        unit: what `size` counts: "s", "cm", "frames" ...
        stretches: the frames of the file concerned, as (first, last + 1); empty if it is the dance as a whole.
        figures: everything measured, as plain values.
        dance, release: whose it is; "" while it is nobody's.

    Raises:
        ValueError: the kind or the severity is unknown, or a stretch is empty.
    """

    kind: str
    severity: str
    text: str
    size: float
    unit: str
    stretches: tuple[tuple[int, int], ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    dance: str = ""
    release: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault")
        if self.severity not in SEVERITIES:
            raise ValueError(f"{self.severity!r} is no severity")
        if any(first >= end for first, end in self.stretches):
            raise ValueError("a stretch holds at least one frame")

    def as_json(self) -> dict[str, Any]:
        """Plain values, stretches as lists."""
        return {
            "dance": self.dance,
            "release": self.release,
            "kind": self.kind,
            "severity": self.severity,
            "text": self.text,
            "size": self.size,
            "unit": self.unit,
            "stretches": [list(stretch) for stretch in self.stretches],
            "figures": dict(self.figures),
        }


def plural(count: int, word: str, words: str | None = None) -> str:
    """ "1 frame", "2 frames"."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"
