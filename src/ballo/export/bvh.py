"""A motion as Biovision hierarchy (.bvh): what an animator opens.

Source: Meredith and Maddock, Motion Capture File Formats Explained, 2001 (the format); the centimetre is what tools assume.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from ballo.errors import ExportError
from ballo.export import humanoid
from ballo.motion import rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

UNITS = {"cm": 100.0, "m": 1.0}
"""How many are in a metre."""
ORDER = "zxy"
"""Intrinsic order of a joint's angles: the one most tools write. A T-posed arm hangs by z and a dancer turns by y, both outer
angles, so neither comes near the lock."""
CHUNK_FRAMES = 4096
"""How many frames are in hand as matrices or text at once."""
END_SHARE = 0.4
"""How far an end site lies beyond its leaf joint, in lengths of the leaf's own bone: the crown above the head's centre."""
END_METRES = 0.1
"""How far it lies, upwards, where the leaf has no bone."""

_INDENT = "  "


def write(motion: Motion, path: Path, *, units: str = "cm", names: str = humanoid.DEFAULT) -> None:
    """Write `motion` to `path`: offsets and root in centimetres or metres, angles in degrees, Y up.

    With all angles zero she stands in a T-pose. Forward kinematics from the file gives the joints back to within a hundredth of
    a millimetre.

    Args:
        motion: what is danced.
        path: the .bvh.
        units: "cm", which most tools assume, or "m".
        names: what joints are called, one of `humanoid.STYLES`.

    Raises:
        ExportError: another unit, or no such `names`.
    """
    if units not in UNITS:
        raise ExportError(f"a .bvh is written in {' or '.join(UNITS)}, not in {units!r}")
    scale = UNITS[units]
    bones = _plain(humanoid.bone_names(motion.skeleton, names))
    order = _depth_first(motion.skeleton)
    values = np.concatenate([motion.root * scale, _degrees(motion.rotations[:, order]).reshape(len(motion), -1)], axis=1)
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write("HIERARCHY\n" + "\n".join(_hierarchy(motion.skeleton, bones, 0, 0, scale)) + "\n")
        file.write(f"MOTION\nFrames: {len(motion)}\nFrame Time: {1 / motion.fps:.10f}\n")
        # Five decimals: the angle's last digit moves a hand by a ten-thousandth of a millimetre. Metres take two more than
        # centimetres.
        places = ["%.5f" if units == "cm" else "%.7f"] * 3
        row_format = " ".join([*places, *["%.5f"] * (values.shape[1] - 3)]) + "\n"
        for start in range(0, len(values), CHUNK_FRAMES):
            file.writelines(row_format % tuple(row) for row in values[start : start + CHUNK_FRAMES].tolist())


def _depth_first(skeleton: Skeleton) -> list[int]:
    """Joints in the order that a hierarchy's braces name them, which is the order of its channels."""
    waiting, order = [0], []
    while waiting:
        joint = waiting.pop()
        order.append(joint)
        waiting.extend(reversed(skeleton.children[joint]))
    return order


def _plain(joint_names: Sequence[str]) -> list[str]:
    """Names without what would break a line into words or open a brace, no two of them the same."""
    names: list[str] = []
    for name in joint_names:
        plain = re.sub(r"[\s{}]+", "_", name) or "_"
        names.append(next(new for n in count() if (new := f"{plain}_{n}" if n else plain) not in names))
    return names


def _hierarchy(skeleton: Skeleton, names: Sequence[str], joint: int, depth: int, scale: float) -> Iterator[str]:
    """The lines of a joint and all below it."""
    outer, inner = _INDENT * depth, _INDENT * (depth + 1)
    channels = " ".join(f"{axis.upper()}rotation" for axis in ORDER)
    yield f"{outer}{'JOINT' if depth else 'ROOT'} {names[joint]}"
    yield f"{outer}{{"
    yield f"{inner}OFFSET {_offset(skeleton.offsets[joint] * scale)}"
    yield f"{inner}CHANNELS " + (f"3 {channels}" if depth else f"6 Xposition Yposition Zposition {channels}")
    for child in skeleton.children[joint]:
        yield from _hierarchy(skeleton, names, child, depth + 1, scale)
    if not skeleton.children[joint]:
        yield f"{inner}End Site"
        yield f"{inner}{{"
        yield f"{inner}{_INDENT}OFFSET {_offset(_end_site(skeleton, joint) * scale)}"
        yield f"{inner}}}"
    yield f"{outer}}}"


def _offset(lengths: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in lengths + 0.0)


def _end_site(skeleton: Skeleton, leaf: int) -> np.ndarray:
    """(3,) metres from a leaf joint to its end: on along its bone, or along the floor for a foot's."""
    on = END_SHARE * skeleton.offsets[leaf]
    if any(leaf in foot for foot in skeleton.foot_joints):
        on = on * np.array([1.0, 0.0, 1.0])
    return on if np.linalg.norm(on) > 0 else np.array([0.0, END_METRES, 0.0])


def _degrees(wxyz: np.ndarray) -> np.ndarray:
    """(T, J, 4) rotations to (T, J, 3) Euler angles in degrees whose curves do not jump."""
    radians = np.empty((*wxyz.shape[:-1], 3))
    for start in range(0, len(wxyz), CHUNK_FRAMES):
        chunk = wxyz[start : start + CHUNK_FRAMES].astype(np.float64)
        # A float32 quaternion is a unit to 1e-7 only, and an arcsine near a right angle turns that into 5e-4 radians.
        radians[start : start + CHUNK_FRAMES] = rotations.to_euler(chunk / np.linalg.norm(chunk, axis=-1, keepdims=True), ORDER)
    return np.degrees(np.unwrap(_nearest_twin(radians), axis=0))


def _nearest_twin(radians: np.ndarray) -> np.ndarray:
    """Angles (T, J, 3) or their twins (a + pi, pi - b, c + pi), the same rotation, whichever is near the frame before.

    Whether to change twins at a frame does not depend on which one is held: both steps are as long from either. So the twin
    held is the parity of the changes so far, and no loop over time is needed.
    """
    twin = radians * np.array([1.0, -1.0, 1.0]) + np.pi
    stay = np.abs(_wrapped(radians[1:] - radians[:-1])).sum(axis=-1)
    change = np.abs(_wrapped(twin[1:] - radians[:-1])).sum(axis=-1)
    held = np.zeros(radians.shape[:2], dtype=bool)
    np.logical_xor.accumulate(change < stay, axis=0, out=held[1:])
    return np.where(held[..., None], twin, radians)


def _wrapped(radians: np.ndarray) -> np.ndarray:
    return (radians + np.pi) % (2 * np.pi) - np.pi
