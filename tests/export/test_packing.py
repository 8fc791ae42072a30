"""A motion packed for a page: few bytes, and less than a third of a millimetre off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.export import packing
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

FIXTURE = Path(__file__).parents[2] / "viewer" / "tests" / "packed.json"
"""What the viewer's own tests unpack. Made anew by running this file as a program."""


def moved_metres(motion: Motion, packed: packing.Packed) -> float:
    """The farthest that a joint is from where it was, by forward kinematics."""
    wxyz, root = packing.unpack(packed, len(motion.skeleton))
    there = kinematics.forward(motion.skeleton, motion.rotations.astype(np.float64), motion.root.astype(np.float64))
    return float(np.linalg.norm(kinematics.forward(motion.skeleton, wxyz, root) - there, axis=-1).max())


def test_a_dance_is_small_and_exact(smooth_dance):
    motion = smooth_dance(500)
    packed = packing.pack(motion.rotations, motion.root)
    assert len(packed.text) / len(motion) < packing.MOST_BYTES
    assert packed.turn_step == packing.TURN_STEP
    assert moved_metres(motion, packed) < packing.ERROR_METRES


def test_any_turn_comes_back(random_turns):
    """The hardest case: no two frames alike, turns up to half a circle and signs of quaternions as they come."""
    motion = random_turns(3)
    assert moved_metres(motion, packing.pack(motion.rotations, motion.root)) < 2 * packing.ERROR_METRES


def test_half_circles_and_no_turn_at_all():
    turns = np.zeros((4, len(DANCER), 4), dtype=np.float32)
    turns[0, :, 0], turns[1, :, 1], turns[2, :, 3], turns[3, :, 0] = 1, 1, -1, -1
    motion = Motion(DANCER, turns, np.zeros((4, 3)), 25.0, np.zeros((4, 2)))
    wxyz, _ = packing.unpack(packing.pack(motion.rotations, motion.root), len(DANCER))
    np.testing.assert_allclose(rotations.to_matrix(wxyz), rotations.to_matrix(turns.astype(float)), atol=4e-4)


def test_what_is_too_much_is_packed_more_coarsely(random_turns):
    """Sixty joints that turn at random fit into no 200 bytes; the steps are then as fine as what fits."""
    crowd = Skeleton(tuple(f"joint {k}" for k in range(60)), (-1, *[0] * 59), 0.3 * np.eye(60, 3))
    motion = random_turns(60, skeleton=crowd)
    packed = packing.pack(motion.rotations, motion.root)
    assert packed.turn_step > packing.TURN_STEP
    assert moved_metres(motion, packed) < 0.6 * packed.turn_step + packing.METRE_STEP


def test_far_away_and_beyond(smooth_dance):
    motion = smooth_dance(5)
    far = replace(motion, root=motion.root + np.float32(3000))
    _, root = packing.unpack(packing.pack(far.rotations, far.root), len(DANCER))
    np.testing.assert_allclose(root, far.root, atol=1e-3)
    with pytest.raises(ExportError, match="farther than 107 km"):
        packing.pack(motion.rotations, motion.root + np.float32(1e6))


@pytest.mark.parametrize("frames", [1, 2])
def test_short_ones(smooth_dance, frames):
    motion = smooth_dance(frames)
    assert moved_metres(motion, packing.pack(motion.rotations, motion.root)) < packing.ERROR_METRES


def test_no_frames(smooth_dance):
    with pytest.raises(ExportError, match="without frames"):
        packing.pack(np.zeros((0, 22, 4)), np.zeros((0, 3)))


def test_the_viewers_tests_unpack_what_is_packed_here():
    assert json.loads(FIXTURE.read_text()) == fixture()


def fixture() -> dict[str, object]:
    """A motion of two joints that turns over, packed and as it is."""
    skeleton = Skeleton(("root", "tip"), (-1, 0), np.array([[0, 0, 0], [0, 0.5, 0]]))
    angles = np.linspace(0.3, 4.0, 6)
    turns = np.stack([rotations.about("y", angles), rotations.about("x", -angles / 3)], axis=1)
    root = np.stack([angles, -angles, angles**2], axis=1)
    motion = Motion(skeleton, turns, root, 25.0, np.zeros((6, 0)))
    packed = packing.pack(motion.rotations, motion.root)
    # Another zlib may find other bytes for the same numbers; these are read back either way.
    text = json.loads(FIXTURE.read_text())["dance"]["motion"] if FIXTURE.exists() else packed.text
    kept = packing.unpack(replace(packed, text=text), 2)
    assert all(np.array_equal(a, b) for a, b in zip(kept, packing.unpack(packed, 2), strict=True))
    dance = {"fps": 25, "frames": 6, "turn_step": packed.turn_step, "metre_step": packed.metre_step, "motion": text}
    wxyz = motion.rotations.astype(float).round(7).tolist()
    return {"dance": dance, "joints": 2, "wxyz": wxyz, "root": motion.root.astype(float).round(6).tolist()}


if __name__ == "__main__":
    FIXTURE.unlink(missing_ok=True)
    FIXTURE.write_text(json.dumps(fixture()) + "\n")
