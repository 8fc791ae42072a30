"""What `ballo dance` does to a dance before it is written: cleanup, or nothing, and where on the floor it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ballo.errors import BalloError

if TYPE_CHECKING:
    from ballo.motion.motion import Motion


@dataclass(frozen=True)
class Cleaning:
    """How a dance is cleaned up.

    Args:
        raw: not at all.
        in_place: on the spot.
        bounds: width and depth in metres of a stage; anywhere for None.
    """

    raw: bool = False
    in_place: bool = False
    bounds: tuple[float, float] | None = None

    def __call__(self, motion: Motion, *, replayed: bool = False) -> Motion:
        """The motion as it is to be written; of one that replays recordings only the place is changed, if that is asked for."""
        from ballo.inference.cleanup import PLACE_ONLY, clean
        from ballo.inference.cleanup_steps import CleanupConfig

        if self.raw or (replayed and not self.in_place and self.bounds is None) or motion.meta.get("silent"):
            return motion
        settings = PLACE_ONLY if replayed else CleanupConfig()
        return clean(motion, replace(settings, in_place=self.in_place, bounds=self.bounds))


def wished(raw: bool, in_place: bool, bounds: str | None, *, figures: bool = False) -> Cleaning:
    """What the options say.

    Raises:
        BalloError: they contradict one another, name no stage, or are given for figures, which do not move.
    """
    from ballo.inference.steering import stage

    named = {"--raw": raw, "--in-place": in_place, "--bounds": bounds is not None}
    given = [name for name, is_given in named.items() if is_given]
    if figures and given:
        raise BalloError(f"{given[0]} is for dances: leave it out, or --poses")
    if len(given) > 1:
        raise BalloError(f"{given[0]} and {given[1]} contradict one another: leave one out")
    return Cleaning(raw, in_place, None if bounds is None else stage(bounds))
