"""Cleanup as a whole: what stands stays, what slides stands, and it does not matter how a dance is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ballo.errors import BalloError
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleanup import LOOK_AHEAD_SECONDS, PLACE_ONLY, Cleaner, clean
from ballo.inference.cleanup_steps import STEPS, CleanupConfig
from ballo.metrics import alignment, feet, physics
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

TOES = [DANCER.index("left_toe"), DANCER.index("right_toe")]
POINTS = [joint for foot in DANCER.foot_joints for joint in foot]
FLAT = [0, 2]


def drifting(motion: Motion, metres_per_second: tuple[float, float]) -> Motion:
    """The motion pushed over the floor."""
    root = motion.root.astype(np.float64)
    root[:, FLAT] += np.arange(len(root))[:, None] / motion.fps * metres_per_second
    return replace(motion, root=root)


def posed(motion: Motion) -> np.ndarray:
    """(T, J, 3) joints about the pelvis."""
    positions = motion.positions.astype(np.float64)
    return positions - positions[:, :1]


def only(*steps: str) -> CleanupConfig:
    return replace(PLACE_ONLY, **dict.fromkeys(steps, True))


def test_feet_that_stand_are_left_where_they_are(still):
    motion = still(100)
    cleaned = clean(motion)
    assert np.abs(cleaned.positions - motion.positions)[:, POINTS].max() < 1e-3
    assert cleaned.contacts.all()


@pytest.mark.parametrize("metres_per_second", [(0.15, 0.0), (0.0, -0.3), (0.2, 0.2)])
def test_a_figure_pushed_over_the_floor_stands(still, metres_per_second):
    pushed = drifting(still(120), metres_per_second)
    cleaned = clean(pushed)
    assert np.ptp(cleaned.positions[:, POINTS][..., FLAT], axis=0).max() < 0.02, "it went at least 0.7 m"
    assert np.abs(posed(cleaned) - posed(pushed)).max() < 0.03, "nearly all of it was the root's to do"
    assert cleaned.contacts.all()


def test_who_steps_slides_no_more_and_keeps_her_pose(walk):
    slid = drifting(walk(400), (0.25, 0.0))
    cleaned = clean(slid)
    before, after = (feet.skate(motion.positions[:, TOES], 25.0).median for motion in (slid, cleaned))
    assert before > 0.2
    assert after < 0.3 * before
    assert feet.standing(cleaned.positions[:, POINTS]).deepest < 0.005
    assert np.linalg.norm(posed(cleaned) - posed(slid), axis=-1).max() < 0.06


def test_bones_keep_their_lengths(walk):
    positions = kinematics.forward(DANCER, *(a.astype(np.float64) for a in _arrays(clean(walk(200, seed=3)))))
    bones = np.linalg.norm(positions[:, 1:] - positions[:, list(DANCER.parents[1:])], axis=-1)
    assert np.abs(bones - DANCER.bone_lengths[1:]).max() < 1e-6, "as far as float32 quaternions are of unit length"


def _arrays(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    return motion.rotations, motion.root


CONFIGS = [CleanupConfig(), CleanupConfig(in_place=True), CleanupConfig(bounds=(4.0, 3.0)), *(only(step) for step in STEPS)]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: "-".join(config.named))
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_streamed_equals_whole(walk, config, chunk):
    motion = walk(130, seed=2)
    whole, streamed = clean(motion, config, chunk_frames=1000), clean(motion, config, chunk_frames=chunk)
    assert np.abs(whole.positions - streamed.positions).max() < 2e-6
    assert np.array_equal(whole.contacts, streamed.contacts)


def test_frames_come_after_the_look_ahead_and_nothing_is_lost(walk):
    motion = walk(60)
    cleaner = Cleaner(DANCER, 25.0)
    came = [len(cleaner.push(motion.rotations[t : t + 1], motion.root[t : t + 1])["root"]) for t in range(60)]
    assert came == [0] * cleaner.look_ahead + [1] * (60 - cleaner.look_ahead)
    rest = cleaner.push(motion.rotations[:0], motion.root[:0], last=True)
    assert len(rest["root"]) == len(rest["contacts"]) == cleaner.look_ahead


@pytest.mark.parametrize("fps", [10.0, 12.5, 24.0, 25.0, 30.0, 50.0, 60.0, 120.0])
def test_the_look_ahead_is_what_is_stated_and_is_true(walk, fps):
    cleaner = Cleaner(DANCER, fps)
    assert cleaner.look_ahead / fps <= LOOK_AHEAD_SECONDS + 1e-9
    motion, shown = walk(80, fps=fps), 50
    root = motion.root.copy()
    root[shown:, 0] += 0.02
    one, other = clean(motion), clean(replace(motion, root=root))
    same = shown - cleaner.look_ahead
    assert np.array_equal(one.positions[:same], other.positions[:same])
    assert not np.array_equal(one.positions, other.positions)


def test_the_same_dance_is_cleaned_to_the_same_bytes(walk):
    one, two = clean(walk(90)), clean(walk(90))
    assert one.rotations.tobytes() == two.rotations.tobytes()
    assert one.root.tobytes() == two.root.tobytes()


def mirrored(motion: Motion) -> Motion:
    """The dance in a mirror: left and right exchanged, x turned round."""
    names = DANCER.joint_names
    swap = {"left": "right", "right": "left"}
    order = [DANCER.index("_".join([swap.get(n.split("_")[0], n.split("_")[0]), *n.split("_")[1:]])) for n in names]
    return replace(
        motion,
        rotations=motion.rotations[:, order] * np.array([1, 1, -1, -1], np.float32),
        root=motion.root * np.array([-1, 1, 1], np.float32),
        contacts=motion.contacts[:, ::-1],
    )


@pytest.mark.parametrize("config", [CleanupConfig(), CleanupConfig(bounds=(2.5, 2.5))], ids=["all", "bounds"])
def test_the_mirror_image_is_cleaned_to_the_mirror_image(walk, config):
    motion = drifting(walk(150, seed=4), (0.2, 0.1))
    one, other = mirrored(clean(motion, config)), clean(mirrored(motion), config)
    assert np.abs(one.positions - other.positions).max() < 1e-4
    assert np.array_equal(one.contacts, other.contacts)


def test_where_on_the_floor_a_dance_begins_and_faces_does_not_matter(walk):
    motion = walk(150, seed=5)
    there = replace(motion, root=motion.root + np.array([3.0, 0.0, -2.0], np.float32))
    assert np.abs(clean(there).positions - clean(motion).positions - [3.0, 0.0, -2.0]).max() < 1e-4


@pytest.mark.parametrize("frames", [0, 1, 2, 5, 7, 8, 9])
def test_short_dances(walk, frames):
    motion = walk(20)
    short = replace(motion, **{name: getattr(motion, name)[:frames] for name in ("rotations", "root", "contacts")})
    cleaned = clean(short)
    assert len(cleaned) == frames
    assert np.abs(posed(cleaned) - posed(short)).max(initial=0) < 0.06


@pytest.mark.parametrize("fps", [10.0, 120.0])
def test_who_slides_stands_at_slow_and_fast_rates_too(walk, fps):
    slid = drifting(walk(int(16 * fps), fps=fps), (0.25, 0.0))
    cleaned = clean(slid)
    before, after = (feet.skate(motion.positions[:, TOES], fps).median for motion in (slid, cleaned))
    assert before > 0.2
    assert after < 0.3 * before
    assert np.abs(posed(cleaned) - posed(slid)).max() < 0.06
    assert feet.standing(cleaned.positions[:, POINTS]).deepest < 0.005


def test_nothing_is_done_where_every_step_is_off(walk):
    motion = walk(100)
    same = clean(motion, PLACE_ONLY)
    assert np.array_equal(same.rotations, motion.rotations)
    assert np.array_equal(same.root, motion.root)
    assert same.meta["cleanup"] == []


def test_meta_says_what_was_done(walk):
    motion = replace(walk(30), meta={"song": "a.mp3"})
    assert clean(motion).meta == {"song": "a.mp3", "cleanup": list(STEPS)}
    assert clean(motion, replace(PLACE_ONLY, bounds=(4.0, 2.5))).meta["cleanup"] == ["bounds 4x2.5"]
    on_the_spot = clean(clean(clean(motion)), replace(PLACE_ONLY, in_place=True))
    assert on_the_spot.meta["cleanup"] == [*STEPS, "in_place"]
    assert motion.meta == {"song": "a.mp3"}, "the motion that was given is left alone"


def test_a_skeleton_without_legs_is_smoothed_at_least():
    stick = Skeleton(("root", "tip"), (-1, 0), np.array([[0, 0, 0], [0, 1.0, 0]]))
    shaken = np.random.default_rng(0).normal(0, 0.01, (50, 3))
    motion = Motion(stick, np.tile([1.0, 0, 0, 0], (50, 2, 1)), shaken, 25.0, np.zeros((50, 0), bool))
    cleaned = clean(motion, CleanupConfig(bounds=(3.0, 3.0)))
    assert physics.jerk(cleaned.positions, 25.0) < 0.95 * physics.jerk(motion.positions, 25.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"in_place": True, "bounds": (4.0, 4.0)},
        {"smoothing_seconds": 0.2},
        {"smoothing_share": 1.5},
        {"lock_metres": 0.0},
        {"depth_metres": -1.0},
    ],
)
def test_settings_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match=r"bounds, not both|are positive"):
        CleanupConfig(**wrong)


def test_a_stage_on_which_nobody_can_dance():
    with pytest.raises(BalloError, match=r"--bounds 1x4: a stage is at least 2 m wide"):
        CleanupConfig(bounds=(1.0, 4.0))


def test_the_shipped_model_without_music_stands_on_the_floor():
    motion = Choreographer.load(kind="sequences").freestyle(12.0, seed=1)
    cleaned = clean(motion)
    old, new = motion.positions.astype(np.float64), cleaned.positions.astype(np.float64)
    assert feet.skate(new[:, TOES], 25.0).median < 0.3 * feet.skate(old[:, TOES], 25.0).median
    assert feet.sliding_ratio(new[:, TOES], 25.0) < 0.6 * feet.sliding_ratio(old[:, TOES], 25.0)
    assert feet.standing(new[:, POINTS]).deepest < 0.005
    assert physics.jerk(new, 25.0) <= physics.jerk(old, 25.0)
    assert np.linalg.norm(posed(cleaned) - posed(motion), axis=-1).max() < 0.06
    hits = [np.abs(alignment.motion_beats(new, 25.0) - beat).min() for beat in alignment.motion_beats(old, 25.0)]
    assert np.median(hits) < 0.04, "accents stay where they are"
