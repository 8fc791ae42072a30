"""What `ballo show` says of a motion: how long it is, who moves, how the feet stand, where it goes, and what it came from."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import commonprefix
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ballo.cli import console

if TYPE_CHECKING:
    from ballo.motion.motion import Motion
    from ballo.motion.skeleton import Skeleton

_NAMES = 6
"""So many joints of a skeleton of another's are named."""
_ORIGINS = ("style", "seed", "model", "song", "start_seconds", "dance", "grade", "source")
"""What is told of a motion's meta, in this order."""
_HEIGHT_PERCENT = 95
"""A body's height is what its joints reach from the lowest to the highest in the most upright frames."""


def lines(path: Path, motion: Motion) -> Iterator[str]:
    """A few lines for a person to read."""
    frames = "1 frame" if len(motion) == 1 else f"{len(motion)} frames"
    yield f"{path.name}: {console.clock(motion.seconds)} ({motion.seconds:.2f} s), {frames} at {motion.fps:.6g} a second"
    rows = [("skeleton", _skeleton(motion.skeleton))]
    if len(motion):
        rows += [("body", _body(motion)), ("feet", _feet(motion)), ("way", _way(motion))]
    rows += [("from", _origin(motion.meta)), ("cleaned up", ", ".join(map(str, motion.meta.get("cleanup", ()))))]
    for what, text in rows:
        if text:
            yield f"  {what:<11} {text}"


def _skeleton(skeleton: Skeleton) -> str:
    from ballo.export.humanoid import is_humanoid

    if is_humanoid(skeleton):
        return f"ballo's dancer, {len(skeleton)} joints"
    names = ", ".join(skeleton.joint_names[:_NAMES])
    return f"{len(skeleton)} joints: {names}{', ...' if len(skeleton) > _NAMES else ''}"


def _body(motion: Motion) -> str:
    import numpy as np

    heights = motion.positions[..., 1]
    tall = np.percentile(np.ptp(heights, axis=1), _HEIGHT_PERCENT)
    low = 100 * heights.min()
    return f"{tall:.2f} m from joint to joint; the lowest comes {abs(low):.1f} cm {'above' if low >= 0 else 'below'} the floor"


def _feet(motion: Motion) -> str:
    if not motion.skeleton.feet:
        return "not known: they are found on ballo's skeleton"
    stand = motion.contacts.mean(axis=0)
    letters = (commonprefix(joints) for joints in motion.skeleton.feet)  # noqa: RUF071 - these are no paths
    names = [same.strip("_-. ") or joints[0] for same, joints in zip(letters, motion.skeleton.feet, strict=True)]
    each = ", ".join(f"{name} {100 * share:.0f} %" for name, share in zip(names, stand, strict=True))
    return f"one stands {100 * motion.contacts.any(axis=1).mean():.0f} % of the time ({each})"


def _way(motion: Motion) -> str:
    import numpy as np

    floor = motion.root[:, [0, 2]].astype(np.float64)
    width, depth = np.ptp(floor, axis=0)
    metres = np.linalg.norm(np.diff(floor, axis=0), axis=1).sum()
    return f"{metres:.1f} m, within {width:.1f} x {depth:.1f} m"


def _origin(meta: dict[str, Any]) -> str:
    known = [(name, meta[name]) for name in _ORIGINS if isinstance(meta.get(name), str | int | float) and meta[name] != ""]
    return ", ".join(f"{name.removesuffix('_seconds')} {value}" for name, value in known)
