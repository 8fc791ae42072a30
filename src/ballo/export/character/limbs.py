"""Limbs of another humanoid: two bones that reach for a place, and how far a limb is turned about itself.

The dancer's limbs carry no turn about themselves (`kinematics.solve`); a character has knees and elbows that are hinges, and
show where they face. A leg faces the way its knee is bent, and where its foot points as far as it is straight; an arm faces
the way its forearm is bent. Axis order T frames.
"""

from __future__ import annotations

import numpy as np

from ballo.motion import rotations

STRAIGHT_SHARE = 0.9998
"""Of a limb's length, that it is stretched to at most."""
_STRAIGHT, _BENT = 2 * np.sin(np.radians([5.0, 17.5]))
"""Differences of two unit directions 10 and 35 degrees apart: below the one a limb's bend says nothing of the way it faces (it
is noise), above the other it alone says it."""
_CARRIED = 0.1
"""What the way in which a limb is carried counts, where nothing else says how it faces."""


def aimed(rest: np.ndarray, way: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """(T, 4) the turn that brings a limb from `rest` (3,) to `way` (T, 3), and its +Z at rest towards `facing` (T, 3)."""
    ahead = np.array([0.0, 0.0, 1.0])
    if abs(rest[2]) > 0.9 * np.linalg.norm(rest):
        # A limb that points ahead at rest faces up, as it would if it had been swung there from below.
        ahead = np.array([0.0, np.sign(rest[2]), 0.0])
    return rotations.from_matrix(_frame(way, facing) @ np.swapaxes(_frame(rest, ahead), -1, -2))


def bend(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(T, 3) how far a limb's middle joint is out of the line from start to end."""
    line = unit(end - start)
    return np.asarray(middle - start - along(middle - start, line))


def facing(bent: np.ndarray, otherwise: np.ndarray, carried: np.ndarray, frames: int) -> np.ndarray:
    """(T, 3) which way a limb faces.

    Args:
        bent: (T, 3) the difference of its two bones' unit directions, to the side that it faces when it is bent.
        otherwise: (T, 3) what says it of a straight limb.
        carried: (T, 3) the same, for where that says nothing.
        frames: over how many to either side the way is a mean, so that a limb that is straight for a moment does not jump.
    """
    far = np.linalg.norm(bent, axis=-1, keepdims=True)
    share = np.clip((far - _STRAIGHT) / (_BENT - _STRAIGHT), 0.0, 1.0)
    way = share * bent / np.where(far > 0, far, 1.0) + (1 - share) * (otherwise + _CARRIED * carried)
    window = np.hanning(2 * frames + 3)[1:-1]
    padded = np.pad(way, ((frames, frames), (0, 0)), mode="edge")
    return unit(np.stack([np.convolve(axis, window / window.sum(), mode="valid") for axis in padded.T], axis=-1))


def reached(
    start: np.ndarray, end: np.ndarray, upper: float, lower: float, out: np.ndarray, forward: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Two bones from `start` to `end` (T, 3), or as far as they go.

    Args:
        upper: the first bone's length.
        lower: the second's.
        out: (T, 3) how far the middle joint is out of line already; it keeps that side.
        forward: (T, 3) unit, the side for what it is bent beyond that.

    Returns:
        Where the middle joint and the end are, (T, 3) each.
    """
    line = end - start
    far = np.linalg.norm(line, axis=-1, keepdims=True)
    aim = line / np.where(far > 0, far, 1.0)
    shortest, longest = abs(upper - lower) * 1.001, (upper + lower) * (1 - 1e-9)
    far = np.clip(far, shortest, longest)
    near = (upper**2 - lower**2 + far**2) / (2 * far)
    height = np.sqrt(np.clip(upper**2 - near**2, 0.0, None))
    kept = out - along(out, aim)
    more = np.clip(height - np.linalg.norm(kept, axis=-1, keepdims=True), 0.0, None)
    side = unit(kept + (more + 1e-9) * (forward - along(forward, aim)))
    return start + aim * near + side * height, start + aim * far


def along(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The part of vectors (T, 3) along unit axes (T, 3)."""
    return np.asarray(np.sum(vectors * axis, axis=-1, keepdims=True) * axis)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of length one; of no length, zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))


def _frame(way: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """(..., 3, 3) axes in columns: the limb's way, what it faces at right angles to that, and the third."""
    first = unit(way)
    second = facing - along(facing, first)
    lost = np.linalg.norm(second, axis=-1, keepdims=True) < 1e-6
    spare = np.eye(3)[np.argmin(np.abs(first), axis=-1)]
    second = unit(np.where(lost, spare - along(spare, first), second))
    return np.stack([first, second, np.cross(first, second)], axis=-1)
