"""What was found in many recordings, together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ballo.dataset.faults.fault import SERIOUS, SEVERITIES, Fault
from ballo.dataset.faults.sharing import Shared
from ballo.music.phase import Agreement

Progress = Callable[[str, int, int], None]
"""What is at hand, how many are done, how many there are."""


@dataclass(frozen=True)
class Looked:
    """One recording that was looked at.

    Args:
        dance, release: which; other people's dances have the release "".
        frames: of its file.
        fps: its true frames a second: 25, unless its music says otherwise by more than 3 %.
    """

    dance: str
    release: str
    frames: int
    fps: float

    @property
    def seconds(self) -> float:
        """How long it lasts at its true frame rate."""
        return self.frames / self.fps

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "seconds": round(self.seconds, 2)}


@dataclass(frozen=True)
class Movement:
    """How much movement the dances of a style hold: seconds in all, shared with another dance, and danced once only."""

    seconds: float
    shared_seconds: float
    fresh_seconds: float

    def as_json(self) -> dict[str, float]:
        """Plain values."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Findings:
    """What was found.

    Args:
        recordings: those looked at, by dance and release.
        songs: how many were listened to.
        faults: of the recordings and songs, by dance, release and severity.
        steps: by style, the steps of all its dances against the beat; a style without any is left out.
        movement: by style, what its dances share.
        left_out: what was not looked at, and why, a line each.
    """

    recordings: tuple[Looked, ...]
    songs: int
    faults: tuple[Fault, ...]
    steps: Mapping[str, Agreement]
    movement: Mapping[str, Movement]
    left_out: tuple[str, ...] = ()

    @property
    def serious(self) -> bool:
        """Whether any fault is."""
        return any(fault.severity == SERIOUS for fault in self.faults)

    def as_json(self) -> dict[str, Any]:
        """Plain values; the keys are told in docs/faults.md, and stay."""
        return {
            "recordings": [looked.as_json() for looked in self.recordings],
            "songs": self.songs,
            "faults": [fault.as_json() for fault in self.faults],
            "summary": [_summed(kind, faults) for kind, faults in by_kind(self.faults).items()],
            "steps": {
                style: {
                    "resultant": round(steps.resultant, 4),
                    "phase": round(steps.phase, 3),
                    "p_value": round(steps.p_value, 4),
                    "steps": steps.events,
                }
                for style, steps in self.steps.items()
            },
            "movement": {style: movement.as_json() for style, movement in self.movement.items()},
            "left_out": list(self.left_out),
        }


def _summed(kind: str, faults: Sequence[Fault]) -> dict[str, Any]:
    """One kind's faults, worst first, in a few plain values."""
    worst = {key: getattr(faults[0], key) for key in ("dance", "release", "size", "unit")}
    dances = len({fault.dance for fault in faults})
    return {"kind": kind, "severity": faults[0].severity, "dances": dances, "faults": len(faults), "worst": worst}


def by_kind(faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    """Faults by kind, worst first in each; kinds by severity, then by how many dances have them."""
    kinds: dict[str, list[Fault]] = {}
    for fault in sorted(faults, key=lambda fault: (SEVERITIES.index(fault.severity), -fault.size)):
        kinds.setdefault(fault.kind, []).append(fault)
    order = {kind: (SEVERITIES.index(of[0].severity), -len({fault.dance for fault in of})) for kind, of in kinds.items()}
    return dict(sorted(kinds.items(), key=lambda item: order[item[0]]))


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """By dance (2 before 10), release, severity and kind."""
    return tuple(sorted(faults, key=lambda f: (natural(f.dance), f.release, SEVERITIES.index(f.severity), f.kind)))


def natural(name: str) -> tuple[str | int, ...]:
    """A sort key that puts "dance 2" before "dance 10"."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name))


def movement_of(shared: Mapping[str, Shared], style_of: Callable[[str], str]) -> dict[str, Movement]:
    """By style, what its dances share; a style without any is left out."""
    styles: dict[str, list[Shared]] = {}
    for name, share in shared.items():
        styles.setdefault(style_of(name), []).append(share)
    return {
        style: Movement(
            sum(share.seconds for share in ours),
            sum(share.share * share.seconds for share in ours),
            sum(share.fresh_seconds for share in ours),
        )
        for style, ours in styles.items()
    }
