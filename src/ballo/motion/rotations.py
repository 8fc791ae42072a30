"""Rotations as unit quaternions (wxyz) and matrices, over any leading axes.

Source: Markley and Crassidis, Fundamentals of Spacecraft Attitude Determination and Control, 2014 (quaternion algebra);
Shepperd 1978 (quaternion from matrix); Kabsch 1976 (best rotation between two sets of vectors).
"""

from __future__ import annotations

import numpy as np

_AXES = {"x": 0, "y": 1, "z": 2}


def multiply(left_wxyz: np.ndarray, right_wxyz: np.ndarray) -> np.ndarray:
    """The rotation that does `right` first, then `left`. (..., 4) and (..., 4) to (..., 4)."""
    aw, ax, ay, az = np.moveaxis(left_wxyz, -1, 0)
    bw, bx, by, bz = np.moveaxis(right_wxyz, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def inverse(wxyz: np.ndarray) -> np.ndarray:
    """The rotation that undoes `wxyz`. (..., 4) to (..., 4)."""
    return wxyz * np.array([1.0, -1.0, -1.0, -1.0], dtype=wxyz.dtype)


def to_matrix(wxyz: np.ndarray) -> np.ndarray:
    """(..., 4) unit quaternions to (..., 3, 3) matrices acting on columns."""
    w, x, y, z = np.moveaxis(wxyz, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_matrix(matrix: np.ndarray) -> np.ndarray:
    """(..., 3, 3) rotation matrices to (..., 4) unit quaternions with w >= 0."""
    m = matrix
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    # Four ways to write the same quaternion, scaled by 4w, 4x, 4y, 4z: the one with the largest scale loses no digits.
    candidates = np.stack(
        [
            _stack(1 + trace, m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]),
            _stack(
                m[..., 2, 1] - m[..., 1, 2],
                1 + 2 * m[..., 0, 0] - trace,
                m[..., 1, 0] + m[..., 0, 1],
                m[..., 0, 2] + m[..., 2, 0],
            ),
            _stack(
                m[..., 0, 2] - m[..., 2, 0],
                m[..., 1, 0] + m[..., 0, 1],
                1 + 2 * m[..., 1, 1] - trace,
                m[..., 2, 1] + m[..., 1, 2],
            ),
            _stack(
                m[..., 1, 0] - m[..., 0, 1],
                m[..., 0, 2] + m[..., 2, 0],
                m[..., 2, 1] + m[..., 1, 2],
                1 + 2 * m[..., 2, 2] - trace,
            ),
        ],
        axis=-2,
    )
    largest = np.argmax(np.stack([candidates[..., k, k] for k in range(4)], axis=-1), axis=-1)
    best = np.take_along_axis(candidates, largest[..., None, None], axis=-2)[..., 0, :]
    return _positive(best / np.linalg.norm(best, axis=-1, keepdims=True))


def between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The smallest rotation that turns direction `start` into `end`. (..., 3) and (..., 3) to (..., 3, 3).

    Opposite directions turn about some axis at right angles to both; a zero vector turns nothing.
    """
    a, b = _unit(start), _unit(end)
    axis, cosine = np.cross(a, b), np.sum(a * b, axis=-1)
    opposite = cosine < -1 + 1e-12
    # Half a turn: any axis at right angles to a will do; take the one built from a's smallest component.
    helper = np.eye(3)[np.argmin(np.abs(a), axis=-1)]
    side = _unit(np.cross(a, helper))
    half_turn = 2 * side[..., :, None] * side[..., None, :] - np.eye(3)
    k = _cross_matrix(axis)
    # 1 + cosine, from the sum of the two: near opposite directions the cosine itself has no digits left to add.
    shared = np.sum((a + b) ** 2, axis=-1) / 2
    swing = np.eye(3) + k + k @ k / np.where(shared > 0, shared, 1.0)[..., None, None]
    return np.where(opposite[..., None, None], half_turn, swing)


def fit(rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """The rotation that best turns the vectors `rest` into `posed`, in the least-squares sense (Kabsch 1976).

    Args:
        rest: (N, 3) at least two vectors that are not parallel.
        posed: (..., N, 3) the same vectors after the rotation, with noise.

    Returns:
        (..., 3, 3) proper rotation matrices.
    """
    u, _, vt = np.linalg.svd(np.einsum("...ni,nj->...ij", posed, rest))
    sign = np.sign(np.linalg.det(u @ vt))
    u = u * np.stack([np.ones_like(sign), np.ones_like(sign), sign], axis=-1)[..., None, :]
    return u @ vt


def about(axis: str, radians: np.ndarray) -> np.ndarray:
    """Rotations about a coordinate axis, "x", "y" or "z". (...) radians to (..., 4) wxyz."""
    half = np.asarray(radians) / 2
    wxyz = np.zeros((*half.shape, 4), dtype=half.dtype)
    wxyz[..., 0], wxyz[..., 1 + _AXES[axis]] = np.cos(half), np.sin(half)
    return wxyz


def to_euler(wxyz: np.ndarray, order: str) -> np.ndarray:
    """Intrinsic Euler angles, as BVH channels list them: "zxy" means R = Rz Rx Ry. (..., 4) to (..., 3) radians.

    Raises:
        ValueError: `order` does not name three different axes.
    """
    if sorted(order) != ["x", "y", "z"]:
        raise ValueError(f"the order names each of x, y and z once, not {order!r}")
    i, j, k = (_AXES[axis] for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = to_matrix(wxyz)
    middle = np.arcsin(np.clip(sign * m[..., i, k], -1.0, 1.0))
    first = np.arctan2(-sign * m[..., j, k], m[..., k, k])
    last = np.arctan2(-sign * m[..., i, j], m[..., i, i])
    locked = np.abs(m[..., i, k]) > 1 - 1e-13
    # With the middle angle at a right angle the outer two turn about one axis: give all of it to the first.
    first = np.where(locked, np.arctan2(sign * m[..., k, j], m[..., j, j]), first)
    return np.stack([first, middle, np.where(locked, 0.0, last)], axis=-1)


def from_euler(radians: np.ndarray, order: str) -> np.ndarray:
    """The inverse of `to_euler`. (..., 3) radians to (..., 4) wxyz."""
    first, middle, last = (about(axis, radians[..., n]) for n, axis in enumerate(order))
    return multiply(multiply(first, middle), last)


def to_vector(wxyz: np.ndarray, shorter: bool = True) -> np.ndarray:
    """Rotation vectors, axis times angle: (..., 4) wxyz to (..., 3) radians.

    Args:
        shorter: turn the shorter way round, by half a circle at most. If not, the quaternion's sign counts and the angle is
            up to a whole circle, so that signs chosen by `continuous` give vectors that go on past half a circle.
    """
    wxyz = _positive(np.asarray(wxyz)) if shorter else np.asarray(wxyz)
    length = np.linalg.norm(wxyz[..., 1:], axis=-1, keepdims=True)
    # 2 atan2(s, c) / s goes to 2 / c as s goes to 0.
    tiny = length < 1e-9
    scale = np.where(tiny, 2.0, 2 * np.arctan2(length, wxyz[..., :1]) / np.where(tiny, 1.0, length))
    return scale * wxyz[..., 1:]


def from_vector(radians: np.ndarray) -> np.ndarray:
    """The inverse of `to_vector`, for angles of any size: (..., 3) radians to (..., 4) wxyz."""
    angle = np.linalg.norm(radians, axis=-1, keepdims=True)
    # sinc(x) = sin(pi x) / (pi x)
    return np.concatenate([np.cos(angle / 2), radians / 2 * np.sinc(angle / (2 * np.pi))], axis=-1)


def continuous(wxyz: np.ndarray) -> np.ndarray:
    """The same rotations with signs chosen so that each quaternion is near the one a frame before. (T, ..., 4)."""
    dots = np.sum(wxyz[1:] * wxyz[:-1], axis=-1, keepdims=True)
    flips = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    return np.concatenate([wxyz[:1], wxyz[1:] * flips]) if len(wxyz) > 1 else wxyz


def _stack(*columns: np.ndarray) -> np.ndarray:
    return np.stack(columns, axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def _positive(wxyz: np.ndarray) -> np.ndarray:
    return np.where(wxyz[..., :1] < 0, -wxyz, wxyz)


def _cross_matrix(v: np.ndarray) -> np.ndarray:
    zero = np.zeros_like(v[..., 0])
    rows = [[zero, -v[..., 2], v[..., 1]], [v[..., 2], zero, -v[..., 0]], [-v[..., 1], v[..., 0], zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
