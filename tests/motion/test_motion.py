"""A motion refuses what does not fit, holds its arrays as it promises, and knows where its joints are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ballo.motion import formats, kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton


def still(frames: int = 4, **changes) -> Motion:
    """The dancer at rest, over the origin."""
    plain = {
        "skeleton": DANCER,
        "rotations": np.tile([1.0, 0, 0, 0], (frames, 22, 1)),
        "root": np.zeros((frames, 3)),
        "fps": 25.0,
        "contacts": np.zeros((frames, 2), dtype=bool),
    }
    return Motion(**{**plain, **changes})


def spoiled(shape: tuple[int, ...], value: float) -> np.ndarray:
    array = np.zeros(shape)
    array.flat[-1] = value
    return array


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rotations": np.zeros((4, 21, 4))}, "fit"),
        ({"rotations": np.zeros((4, 22, 3))}, "fit"),
        ({"rotations": np.zeros((3, 22, 4))}, "fit"),
        ({"rotations": np.zeros((4, 88))}, "fit"),
        ({"root": np.zeros((4, 2))}, "fit"),
        ({"root": np.zeros((5, 3))}, "fit"),
        ({"root": np.zeros(4)}, "fit"),
        ({"contacts": np.zeros((4, 3))}, "contacts"),
        ({"contacts": np.zeros((3, 2))}, "contacts"),
        ({"contacts": np.zeros(4)}, "contacts"),
        *[({"fps": fps}, "fps") for fps in (0, -25.0, np.nan, np.inf)],
        *[({"rotations": spoiled((4, 22, 4), value)}, "finite") for value in (np.nan, np.inf)],
        *[({"root": spoiled((4, 3), value)}, "finite") for value in (np.nan, -np.inf)],
    ],
)
def test_what_does_not_fit_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        still(**changes)


def test_its_arrays_are_contiguous_and_of_the_promised_types():
    wide = np.tile([1.0, 0, 0, 0], (22, 8, 1)).swapaxes(0, 1)[::2]
    assert not wide.flags.c_contiguous
    motion = still(rotations=wide, root=np.zeros((3, 4)).T, contacts=np.array([[0, 1]] * 4))
    for array, dtype in ((motion.rotations, np.float32), (motion.root, np.float32), (motion.contacts, np.bool_)):
        assert array.flags.c_contiguous
        assert array.dtype == dtype
    np.testing.assert_array_equal(motion.rotations, wide)
    assert motion.contacts.tolist() == [[False, True]] * 4
    assert motion.positions.dtype == np.float32


@pytest.mark.parametrize("name", ["skeleton", "rotations", "root", "fps", "contacts", "meta"])
def test_nothing_in_it_can_be_replaced(name):
    motion = still()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(motion, name, getattr(motion, name))


def test_making_one_leaves_the_arrays_it_was_made_of_as_they_were():
    wxyz, root = np.tile([1.0, 0, 0, 0], (4, 22, 1)), np.arange(12.0).reshape(4, 3)
    kept = wxyz.copy(), root.copy()
    assert still(rotations=wxyz, root=root).positions.shape == (4, 22, 3)
    np.testing.assert_array_equal(wxyz, kept[0])
    np.testing.assert_array_equal(root, kept[1])


@pytest.mark.parametrize(
    "changes",
    [
        {"rotations": np.tile([0.0, 1, 0, 0], (4, 22, 1))},
        {"root": np.ones((4, 3))},
        {"fps": 30.0},
        {"contacts": np.ones((4, 2))},
        {"meta": {"seed": 1}},
        {"skeleton": dataclasses.replace(DANCER, offsets=DANCER.offsets * 1.1)},
    ],
)
def test_motions_are_equal_when_all_they_hold_is(changes):
    assert still() == still()
    assert still() != still(**changes)
    assert still() != still(frames=5)
    assert still() != "a motion"


@pytest.mark.parametrize(("frames", "fps", "seconds"), [(0, 25.0, 0.0), (1, 25.0, 0.04), (50, 25.0, 2.0), (90, 60.0, 1.5)])
def test_it_lasts_as_long_as_its_frames(frames, fps, seconds):
    motion = still(frames, fps=fps)
    assert len(motion) == frames
    assert motion.seconds == pytest.approx(seconds, abs=1e-12)


def test_positions_are_forward_kinematics_about_the_root():
    random = np.random.default_rng(0)
    wxyz = random.normal(size=(4, 22, 4))
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    motion = still(rotations=wxyz, root=random.normal(size=(4, 3)))
    np.testing.assert_array_equal(motion.positions[:, 0], motion.root)
    expected = kinematics.forward(DANCER, motion.rotations.astype(np.float64), motion.root.astype(np.float64))
    np.testing.assert_allclose(motion.positions, expected, atol=1e-6)
    assert motion.positions is motion.positions


def test_a_dance_made_from_positions_has_them(planted):
    positions = planted(np.arange(60.0))
    meta = {"style": "waltz"}
    motion = Motion.from_positions(DANCER, positions, 25.0, meta)
    np.testing.assert_allclose(motion.positions, positions, atol=1e-5)
    np.testing.assert_allclose(motion.root, positions[:, 0], atol=1e-6)
    np.testing.assert_array_equal(motion.contacts, kinematics.contacts(DANCER, positions, 25.0))
    assert (motion.fps, motion.meta) == (25.0, meta)
    meta["style"] = "rumba"
    assert motion.meta == {"style": "waltz"}


def test_from_positions_finds_the_feet_at_the_true_pace(planted):
    # A slow slide: 0.3 m/s at 25 fps stands, the same steps at 100 fps do not.
    positions = np.tile(planted(np.zeros(1)), (10, 1, 1)) + np.arange(10)[:, None, None] * [0.012, 0, 0]
    slow, fast = (Motion.from_positions(DANCER, positions, fps).contacts for fps in (25.0, 100.0))
    assert slow.any()
    assert not fast.any()


def test_from_positions_keeps_the_skeletons_bones_whatever_the_positions(planted):
    motion = Motion.from_positions(DANCER, planted(np.arange(10.0)) * 1.3, 25.0)
    bones = motion.positions[:, 1:] - motion.positions[:, list(DANCER.parents[1:])]
    np.testing.assert_allclose(np.linalg.norm(bones, axis=-1), np.tile(DANCER.bone_lengths[1:], (10, 1)), atol=1e-5)


@pytest.mark.parametrize("shape", [(22, 3), (4, 21, 3), (4, 23, 3), (4, 22, 2), (4, 66), (1, 4, 22, 3)])
def test_positions_of_another_body_are_refused(shape):
    with pytest.raises(ValueError, match="positions must be"):
        Motion.from_positions(DANCER, np.zeros(shape), 25.0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_positions_that_are_no_numbers_are_refused(value, planted):
    positions = planted(np.arange(3.0))
    positions[1, 5, 2] = value
    with pytest.raises(ValueError, match="finite"):
        Motion.from_positions(DANCER, positions, 25.0)


def test_no_frames_are_a_motion_too():
    motion = Motion.from_positions(DANCER, np.zeros((0, 22, 3)), 25.0)
    assert (len(motion), motion.positions.shape, motion.contacts.shape) == (0, (0, 22, 3), (0, 2))


def test_one_joint_without_feet_is_a_motion_too():
    dot = Skeleton(("dot",), (-1,), np.zeros((1, 3)))
    motion = Motion.from_positions(dot, np.ones((3, 1, 3)), 25.0)
    assert motion.contacts.shape == (3, 0)
    np.testing.assert_array_equal(motion.positions, np.ones((3, 1, 3)))


def test_saving_takes_a_path_as_text_and_hands_the_options_on(monkeypatch, tmp_path):
    seen = {}

    def write(motion, path, **options):
        seen.update(motion=motion, path=path, options=options)
        return path

    monkeypatch.setattr(formats, "write", write)
    motion = still()
    assert motion.save(f"{tmp_path}/dance.mp4", song="song.mp3") == tmp_path / "dance.mp4"
    assert seen == {"motion": motion, "path": Path(tmp_path / "dance.mp4"), "options": {"song": "song.mp3"}}
