"""A motion in few bytes, for a page: whole numbers, the second differences in time, byte planes, deflated.

A joint's turn is a rotation vector (its axis times radians, at most half a circle) in steps of `TURN_STEP`; the root's place is
in steps of `METRE_STEP`. A dance is smooth, so its second differences are small, their upper bytes zero and their lower ones
alike: ballo's dances take about 60 bytes a frame in base64, and no joint moves by more than `ERROR_METRES`. A motion that
would take more than `MOST_BYTES` a frame is packed in coarser steps. viewer/src/motion.ts unpacks.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

import numpy as np

from ballo.errors import ExportError

TURN_STEP = np.pi / 2**15
"""Radians."""
COARSEST_TURN_STEP = np.pi / 2**10
METRE_STEP = 1e-4
ERROR_METRES = 3e-4
"""The farthest that packing in the finest steps moves a joint of a dancer of ordinary size."""
MOST_BYTES = 200
"""Of a frame, in base64."""
_HEAD_BYTES = 600  # for what any motion takes, however short
_FARTHEST_METRES = 2.0**30 * METRE_STEP


@dataclass(frozen=True)
class Packed:
    """A packed motion.

    Args:
        text: base64 of zlib's bytes.
        turn_step: radians.
        metre_step: in what the root's place is in.
    """

    text: str
    turn_step: float
    metre_step: float


def pack(rotations: np.ndarray, root: np.ndarray, metres: float = 1.0) -> Packed:
    """Pack a motion in the finest steps that fit into `MOST_BYTES` a frame; in the coarsest, if none do.

    Args:
        rotations: (T, J, 4) wxyz.
        root: (T, 3) its place.
        metres: what the root's place is in.

    Raises:
        ExportError: it has no frames, or leaves the earth.
    """
    frames, step = len(rotations), TURN_STEP
    if not frames:
        raise ExportError("cannot show a motion without frames; dance to a longer stretch of music")
    if np.abs(root).max() * metres > _FARTHEST_METRES:
        raise ExportError(f"cannot show a motion that goes farther than {_FARTHEST_METRES / 1000:.0f} km; is it in metres?")
    vectors, places = rotation_vectors(rotations).reshape(frames, -1), root.astype(np.float64) * metres / METRE_STEP
    while True:
        numbers = np.concatenate([vectors / step, places], axis=1)
        text = base64.b64encode(_deflated(np.rint(numbers).astype(np.int64))).decode("ascii")
        if len(text) <= MOST_BYTES * frames + _HEAD_BYTES or step >= COARSEST_TURN_STEP:
            return Packed(text, float(step), METRE_STEP / metres)
        step *= 2


def unpack(packed: Packed, joints: int) -> tuple[np.ndarray, np.ndarray]:
    """What the page makes of it: rotations (T, J, 4) wxyz and root (T, 3) in metres, float64."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(packed.text)), dtype=np.uint8).astype(np.uint32)
    folded = sum((plane << (8 * place) for place, plane in enumerate(planes.reshape(4, -1))), start=np.uint32(0))
    seconds = ((folded >> 1).astype(np.int64) ^ -(folded & 1).astype(np.int64)).reshape(3 * joints + 3, -1)
    columns = np.cumsum(np.cumsum(seconds, axis=1), axis=1).astype(np.int32).T
    vectors = columns[:, :-3].reshape(-1, joints, 3) * packed.turn_step
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    wxyz = np.concatenate([np.cos(angles / 2), vectors * np.sinc(angles / 2 / np.pi) / 2], axis=-1)
    return wxyz, columns[:, -3:] * packed.metre_step


def rotation_vectors(wxyz: np.ndarray) -> np.ndarray:
    """Quaternions (..., 4) to axis times radians (..., 3), the shorter way round."""
    wxyz = wxyz.astype(np.float64)
    wxyz = wxyz * np.where(wxyz[..., :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(wxyz[..., 1:], axis=-1, keepdims=True)
    half = np.arctan2(sine, wxyz[..., :1])
    return wxyz[..., 1:] * np.divide(2 * half, sine, out=np.full_like(sine, 2.0), where=sine > 1e-12)


def _deflated(numbers: np.ndarray) -> bytes:
    """(T, columns) whole numbers to zlib's bytes. Sums are taken modulo 2^32 on the way back, so differences may wrap."""
    seconds = np.diff(numbers, n=2, axis=0, prepend=np.zeros((2, numbers.shape[1]), dtype=np.int64))
    # The first difference of the first frame is its value: with two zeros before, the second one says the same.
    small = seconds.astype(np.int32).T
    folded = ((small << 1) ^ (small >> 31)).astype(np.uint32)
    planes = b"".join((folded >> (8 * place)).astype(np.uint8).tobytes() for place in range(4))
    return zlib.compress(planes, 9)
