"""Each step of a cleanup by itself, against what it should do by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ballo.errors import BalloError
from ballo.inference import footing, hinges, legs, steadying, steering
from ballo.inference.cleanup import PLACE_ONLY, clean
from ballo.inference.cleanup_steps import CleanupConfig
from ballo.inference.lookahead import Stage, middle, push
from ballo.metrics import alignment, feet, physics
from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER, Skeleton

LEGS = legs.legs_of(DANCER)
POINTS = [joint for foot in DANCER.foot_joints for joint in foot]


def only(*steps: str) -> CleanupConfig:
    return replace(PLACE_ONLY, **dict.fromkeys(steps, True))


def standing_pose(knee_radians: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """One frame (1, J, 4), (1, 3) of a dancer with bent knees."""
    local = np.tile([1.0, 0.0, 0.0, 0.0], (1, len(DANCER), 1))
    for side in ("left", "right"):
        local[:, DANCER.index(f"{side}_hip")] = rotations.about("x", np.array([-knee_radians / 2]))
        local[:, DANCER.index(f"{side}_knee")] = rotations.about("x", np.array([knee_radians]))
    return local, np.array([[0.2, 0.9, -0.1]])


# Legs


def test_a_shift_takes_the_whole_foot_along_and_leaves_the_body(walk):
    motion = walk(50)
    local, root = motion.rotations.astype(np.float64), motion.root.astype(np.float64)
    shifts = np.zeros((50, 2, 3))
    shifts[:, 0] = [0.02, 0.01, -0.015]
    before = kinematics.forward(DANCER, local, root)
    after = kinematics.forward(DANCER, legs.shift(DANCER, LEGS, local, root, shifts), root)
    foot = [DANCER.index(f"left_{name}") for name in ("ankle", "heel", "toe")]
    moved = after - before
    bent = np.linalg.norm(before[:, foot[0]] - before[:, DANCER.index("left_hip")], axis=-1) < 0.83
    assert bent.sum() > 20
    assert np.abs(moved[bent][:, foot] - shifts[bent, 0][:, None]).max() < 1e-6
    others = [joint for joint in range(22) if joint not in (*foot, DANCER.index("left_knee"))]
    assert np.abs(moved[:, others]).max() < 1e-9


def test_no_shift_changes_nothing(walk):
    motion = walk(50)
    local, root = motion.rotations.astype(np.float64), motion.root.astype(np.float64)
    local /= np.linalg.norm(local, axis=-1, keepdims=True)
    assert np.abs(legs.shift(DANCER, LEGS, local, root, np.zeros((50, 2, 3))) - local).max() < 1e-9


@given(some.floats(0.0, 2.2), some.tuples(*[some.floats(-0.4, 0.4)] * 3))
def test_knees_do_not_pop_wherever_the_foot_should_go(knee_radians, wished):
    local, root = standing_pose(knee_radians)
    moved = legs.shift(DANCER, LEGS, local, root, np.tile(np.array(wished), (1, 2, 1)))
    before, after = kinematics.forward(DANCER, local, root)[0], kinematics.forward(DANCER, moved, root)[0]
    assert np.isfinite(after).all()
    size = np.linalg.norm(wished)
    for side in ("left", "right"):
        hip, knee, ankle = (DANCER.index(f"{side}_{name}") for name in ("hip", "knee", "ankle"))
        straight = sum(DANCER.bone_lengths[[knee, ankle]])
        length = [np.linalg.norm(pose[ankle] - pose[hip]) for pose in (before, after)]
        assert length[1] <= max(length[0], legs.STRAIGHT_SHARE * straight) + 1e-9

        def out(pose: np.ndarray, hip: int = hip, knee: int = knee, ankle: int = ankle) -> float:
            line = (pose[ankle] - pose[hip]) / np.linalg.norm(pose[ankle] - pose[hip])
            return float(np.linalg.norm(np.cross(pose[knee] - pose[hip], line)))

        assert abs(out(after) - out(before)) <= legs.KNEE_PER_SHIFT * size + 1e-7


def test_a_straight_leg_that_is_pushed_up_bends_forward():
    local, root = standing_pose(0.0)
    moved = legs.shift(DANCER, LEGS, local, root, np.tile([0.0, 0.03, 0.0], (1, 2, 1)))
    after = kinematics.forward(DANCER, moved, root)[0]
    for side in ("left", "right"):
        assert after[DANCER.index(f"{side}_knee"), 2] > root[0, 2] + 0.02


def test_a_skeleton_whose_feet_hang_on_no_legs_has_none():
    assert legs.legs_of(Skeleton(("root", "foot"), (-1, 0), np.array([[0, 0, 0], [0, -1.0, 0]]), (("foot",),))) == ()
    assert [(leg.hip, leg.knee, leg.ankle) for leg in LEGS] == [(4, 5, 6), (9, 10, 11)]


def test_the_pose_of_the_legs_is_the_bodys(walk):
    motion = walk(30)
    local, root = motion.rotations.astype(np.float64), motion.root.astype(np.float64)
    whole = kinematics.forward(DANCER, local, root)
    assert (
        np.abs(legs.foot_points(LEGS, legs.pose(DANCER, LEGS, local, root)).reshape(30, 4, 3) - whole[:, POINTS]).max() < 1e-12
    )


# Joint limits


@pytest.mark.parametrize("joint", ["left_knee", "right_knee", "left_elbow", "right_elbow"])
@pytest.mark.parametrize("over", [0.3, 0.6, 1.2])
def test_a_joint_that_bends_the_wrong_way_is_brought_back_as_far_as_it_may(joint, over):
    hinge = next(h for h in hinges.hinges_of(DANCER) if h.joint == DANCER.index(joint))
    side = 1.0 if joint.startswith("left") else -1.0
    axis, sign = ("x", -1.0) if "knee" in joint else ("y", side)
    local = np.tile([1.0, 0.0, 0.0, 0.0], (1, len(DANCER), 1))
    local[0, hinge.joint] = rotations.about(axis, np.array(sign * over))
    forbidden = rotations.to_matrix(local[0, hinge.joint]) @ hinge.bone @ hinge.forbidden
    assert forbidden == pytest.approx(np.sin(over)), "it is bent the wrong way"
    limited = hinges.limit(hinges.hinges_of(DANCER), local, 0.05)
    less = np.arcsin(rotations.to_matrix(limited[0, hinge.joint]) @ hinge.bone @ hinge.forbidden)
    assert hinge.most_radians - 1e-9 <= less < over
    moved = kinematics.forward(DANCER, limited, np.zeros((1, 3))) - kinematics.forward(DANCER, local, np.zeros((1, 3)))
    assert 0.005 < np.linalg.norm(moved, axis=-1).max() <= 0.05


@given(some.floats(0.0, 1.5), some.floats(0.0, 1.5))
def test_joints_inside_their_limits_are_left_alone(knee_radians, elbow_radians):
    local, _ = standing_pose(knee_radians)
    local[:, DANCER.index("left_elbow")] = rotations.about("y", np.array([-elbow_radians]))
    local[:, DANCER.index("right_elbow")] = rotations.about("y", np.array([elbow_radians]))
    assert np.array_equal(hinges.limit(hinges.hinges_of(DANCER), local, 0.03), local)


def test_a_folded_knee_unfolds_a_little():
    local, _ = standing_pose(2.9)
    limited = hinges.limit(hinges.hinges_of(DANCER), local, 0.05)
    knee = DANCER.index("left_knee")
    assert rotations.to_vector(limited[0, knee])[0] < rotations.to_vector(local[0, knee])[0] - 0.02


def test_limits_leave_feet_as_high_as_they_were(walk):
    motion = walk(60)
    local = motion.rotations.copy()
    local[:, DANCER.index("left_knee")] = rotations.about("x", np.full(60, -0.5))
    bent = replace(motion, rotations=local)
    lowest = [m.positions[:, POINTS, 1].min(axis=1) for m in (bent, clean(bent, only("limits")))]
    assert np.abs(lowest[0] - lowest[1]).max() < 1e-5


# Smoothing and continuity


@pytest.mark.parametrize("reach", [0, 1, 2, 4])
def test_smoothing_passes_parabolas(reach):
    weights = steadying.smoothing_weights(reach, 0.4)
    steps = np.arange(-reach, reach + 1)
    assert [weights @ steps**power for power in (0, 1, 2, 3)] == pytest.approx([1, 0, 0, 0], abs=1e-12)


def test_smoothing_takes_jitter_and_leaves_beats(walk):
    motion = walk(300)
    shaken = motion.rotations + np.random.default_rng(1).normal(0, 0.004, motion.rotations.shape)
    shaken /= np.linalg.norm(shaken, axis=-1, keepdims=True)
    shaken = replace(motion, rotations=shaken)
    smooth = clean(shaken, only("smoothing"))
    assert physics.jerk(smooth.positions, 25.0) < 0.9 * physics.jerk(shaken.positions, 25.0)
    beats = [alignment.motion_beats(m.positions, 25.0) for m in (shaken, smooth)]
    off = [np.abs(beats[1] - beat).min() for beat in beats[0]]
    assert np.median(off) < 0.01


def test_what_is_flung_stays_flung():
    """A rotation that flips within a frame is no jitter: smoothing moves it by its most at most."""
    local = np.tile([1.0, 0.0, 0.0, 0.0], (20, 1, 1))
    local[10:, 0] = rotations.about("x", np.full(10, 2.5))
    smooth = steadying.smoothed_rotations(local, steadying.smoothing_weights(2, 1.0), np.array([0.05]))
    turned = rotations.to_vector(rotations.multiply(smooth, rotations.inverse(local[2:-2])))
    assert 0.02 < np.linalg.norm(turned, axis=-1).max() <= 0.051


def test_a_jump_is_taken_out_and_the_dance_goes_on(walk):
    motion = walk(80)
    root = motion.root.copy()
    root[40:] += [3.0, 0.0, -1.0]
    jumped = clean(replace(motion, root=root), only("jumps"))
    expected = np.linalg.norm([3.0, 1.0])
    assert np.abs(np.diff(jumped.root, axis=0)).max() <= steadying.FASTEST_METRES_PER_SECOND / 25 + 1e-5
    off = np.linalg.norm(jumped.root[40:] - motion.root[40:], axis=-1)
    assert np.ptp(off) < 1e-5, "what follows is the same dance elsewhere"
    assert off[0] < 0.1 * expected


def test_a_turn_that_nobody_makes_is_taken_out_with_all_that_follows(walk):
    motion = walk(80)
    local, root = motion.rotations.astype(np.float64), motion.root.astype(np.float64)
    local[40:, 0] = rotations.multiply(rotations.about("y", np.full(40, 2.0)), local[40:, 0])
    path = kinematics.turned_about_y(root[40:] - root[40], np.full(40, 2.0)) + root[40]
    turned = clean(replace(motion, rotations=local, root=np.concatenate([root[:40], path])), only("jumps"))
    heading = np.unwrap(kinematics.heading(DANCER, turned.positions))
    assert np.abs(np.diff(heading)).max() < steadying.FASTEST_RADIANS_PER_SECOND / 25 + 0.1
    left = rotations.about("y", np.full(40, steadying.FASTEST_RADIANS_PER_SECOND / 25))
    same = rotations.multiply(left, motion.rotations[40:, 0].astype(np.float64))
    assert np.abs(np.sum(turned.rotations[40:, 0] * same, axis=-1)).min() > 0.995


def test_a_somersault_is_no_jump():
    local = np.tile([1.0, 0.0, 0.0, 0.0], (50, 1, 1))
    local[:, 0] = rotations.about("x", np.linspace(0, 2 * np.pi, 50))
    kept, _ = steadying.Continuity(25.0)(local, np.zeros((50, 3)))
    assert np.abs(np.sum(kept * local, axis=-1)).min() > 1 - 1e-12


# Feet


def plainly_standing(heights: np.ndarray, speeds: np.ndarray, limits: footing.Thresholds, before: bool) -> list[bool]:
    found, now = [], before
    for height, speed in zip(heights, speeds, strict=True):
        if now:
            now = bool(height <= limits.height[1] and speed <= limits.speed[1])
        else:
            now = bool(height <= limits.height[0] and speed <= limits.speed[0])
        found.append(now)
    return found


@given(some.integers(0, 10**6), some.booleans())
def test_contacts_with_hysteresis_equal_a_plain_loop(seed, before):
    draw = np.random.default_rng(seed)
    heights, speeds = draw.uniform(0, 0.06, (40, 2)), draw.uniform(0, 0.6, (40, 2))
    velocity = np.stack([speeds, np.zeros_like(speeds)], axis=-1)
    limits = footing.Thresholds()
    found = footing.standing(footing.Contact(heights, velocity), limits, np.array([before, False]))
    assert found[:, 0].tolist() == plainly_standing(heights[:, 0], speeds[:, 0], limits, before)
    assert found[:, 1].tolist() == plainly_standing(heights[:, 1], speeds[:, 1], limits, False)


def test_the_lower_and_slower_foot_carries():
    heights, still = np.array([[0.0, 0.1]]), np.zeros((1, 2, 2))
    assert footing.carried(footing.Contact(heights, still))[0] == pytest.approx([1.0, 0.0], abs=1e-3)
    fast = np.array([[[0.5, 0.0], [0.05, 0.0]]])
    low = footing.carried(footing.Contact(np.zeros((1, 2)), fast))[0]
    assert low[1] > 0.95
    assert footing.carried(footing.Contact(np.full((1, 2), 0.3), still)).max() < 0.01, "nobody in the air"


def test_a_rolling_foot_is_where_it_is_lowest():
    """Heel down and toe going up and round: the foot stands; the toe down and the heel moving: it stands too."""
    points = np.zeros((3, 1, 2, 3))
    points[:, 0, 1] = [[0.2, 0.05, 0], [0.18, 0.09, 0], [0.15, 0.12, 0]]
    assert np.abs(footing.contact(points, 25.0, 1).velocity).max() < 0.01
    assert np.abs(footing.contact(points[:, :, ::-1], 25.0, 1).velocity).max() < 0.01


@pytest.mark.parametrize("toes_up_metres", [0.0, 0.004])
def test_who_turns_on_a_flat_foot_turns_on_its_ball(toes_up_metres):
    """The heel goes round the toe, level or with the toes a little up: the foot stands. The other way about it slides."""
    radians = np.array([-0.05, 0.0, 0.05])
    foot = np.stack([np.sin(radians), np.zeros(3), np.cos(radians)], axis=1) * 0.2
    about_the_ball, about_the_heel = np.zeros((2, 3, 1, 2, 3))
    about_the_ball[:, 0, 0], about_the_heel[:, 0, 1] = -foot, foot
    about_the_ball[:, 0, 1, 1] += toes_up_metres
    about_the_heel[:, 0, 1, 1] += toes_up_metres
    round_it = 0.05 * 0.2 * 25
    stands, slides = (footing.contact(points, 25.0, 1) for points in (about_the_ball, about_the_heel))
    assert np.linalg.norm(stands.velocity) < 0.2 * round_it
    assert np.linalg.norm(slides.velocity) > 0.8 * round_it
    assert stands.heights == pytest.approx(0.0), "where the floor is, the lowest point says"


def test_a_hand_made_slide_of_one_foot_is_held_and_let_go(still):
    """The left foot creeps off under a body that stands on the right: the leg takes it back, then fades."""
    motion = still(75)
    local, root = motion.rotations.astype(np.float64), motion.root.astype(np.float64)
    root[:, 1] -= 0.02
    shifts = np.zeros((75, 2, 3))
    shifts[:, :, 1] = 0.02
    creep = np.interp(np.arange(75), [20, 40], [0, 0.016])
    shifts[:, 0, 0] = creep
    motion = replace(motion, rotations=legs.shift(DANCER, LEGS, local, root, shifts), root=root)
    held = clean(motion, only("lock"))
    ankle = DANCER.index("left_ankle")
    slid = [np.ptp(m.positions[:, ankle, 0]) for m in (motion, held)]
    assert slid[0] > 0.012
    assert slid[1] < 0.35 * slid[0]
    assert np.abs(held.root - motion.root).max() == 0
    assert np.abs(held.positions[:, DANCER.index("right_toe")] - motion.positions[:, DANCER.index("right_toe")]).max() < 5e-3


def test_the_lock_holds_no_further_than_it_may_and_forgets():
    lock = footing.Lock(25.0, 0.02, 0.12)
    velocity, strength = np.zeros((100, 1, 2)), np.zeros((100, 1))
    velocity[:, 0, 0], strength[:50] = 0.1, 1.0
    held = lock(velocity, strength)
    sizes = np.linalg.norm(held[:, 0], axis=-1)
    assert held[3, 0, 0] == pytest.approx(-0.1 * 3.5 / 25, rel=0.2), "at first it takes off all of it"
    assert sizes.max() <= 0.02
    assert sizes[-1] < 1e-6
    assert np.abs(np.diff(sizes)).max() < 0.007, "it enters and leaves without a jump"


def test_a_path_is_the_sum_of_velocities_however_it_is_cut():
    velocity = np.random.default_rng(0).normal(size=(40, 2))
    whole = footing.Path(25.0)(velocity)
    cut = footing.Path(25.0)
    assert np.allclose(np.concatenate([cut(velocity[:7]), cut(velocity[7:])]), whole)
    assert np.allclose(whole[-1], np.trapezoid(velocity, dx=1 / 25, axis=0))
    assert (whole[0] == 0).all()


@given(some.integers(0, 10**6), some.sampled_from([(2, 2), (3, 2), (2, 1), (1, 0)]))
def test_a_lift_is_nowhere_less_than_it_takes(seed, reaches):
    reach, evened = reaches
    depths = np.clip(np.random.default_rng(seed).normal(-0.02, 0.02, 60), 0, None)
    lifts = footing.lifts(depths, reach, steadying.raised_cosine(evened))
    inside = depths[reach + evened : len(depths) - reach - evened]
    assert (lifts >= inside - 1e-12).all()
    assert lifts.max() <= depths.max() + 1e-12


def test_no_foot_stays_under_the_floor(walk):
    motion = walk(200)
    sunk = replace(motion, root=motion.root - np.array([0, 0.03, 0], np.float32) * (np.arange(200) % 50 < 8)[:, None])
    assert feet.standing(sunk.positions[:, POINTS]).deepest > 0.02
    assert feet.standing(clean(sunk, only("floor")).positions[:, POINTS]).deepest < 0.0021


@pytest.mark.parametrize("height", [0.3, -0.2, 1.0])
def test_a_floor_that_lies_elsewhere_comes_to_0(walk, height):
    motion = walk(200)
    elsewhere = replace(motion, root=motion.root + np.array([0, height, 0], np.float32))
    lowest = clean(elsewhere, only("level")).positions[:, POINTS, 1].min(axis=1)
    assert np.abs(lowest).max() < 0.03


def test_a_floor_that_drifts_is_followed_and_one_that_does_not_is_left(walk):
    motion = walk(500)
    drifts = replace(motion, root=motion.root + np.linspace(0, 0.3, 500)[:, None] * np.array([0, 1, 0], np.float32))
    assert clean(drifts, only("level")).positions[-1, POINTS, 1].min() < 0.08
    assert np.array_equal(clean(motion, only("level")).root, motion.root)


# Where on the floor


@pytest.mark.parametrize("bounds", [(4.0, 4.0), (2.0, 5.0)])
def test_a_stage_is_not_left(walk, bounds):
    far = walk(1500)
    cleaned = clean(far, replace(PLACE_ONLY, bounds=bounds))
    off = np.abs(cleaned.root - cleaned.root[0])[:, [0, 2]]
    assert np.abs(far.root - far.root[0])[:, 2].max() > 10
    assert (off.max(axis=0) <= np.array(bounds) / 2 - steering.EDGE_METRES + 1e-5).all()
    assert np.array_equal(cleaned.rotations, far.rotations), "only the root moves"
    assert np.linalg.norm(np.diff(cleaned.root, axis=0), axis=-1).max() < 0.1, "and it moves smoothly"


def test_a_dance_that_stays_near_the_middle_of_a_stage_is_left_alone(still):
    motion = still(200)
    kept = clean(motion, replace(PLACE_ONLY, bounds=(4.0, 4.0)))
    assert np.abs(kept.root - motion.root).max() < 1e-6


def test_on_the_spot_only_sway_is_left(walk):
    cleaned = clean(walk(1500), replace(PLACE_ONLY, in_place=True))
    off = np.linalg.norm((cleaned.root - cleaned.root[0])[:, [0, 2]], axis=-1)
    assert off.max() <= steering.SWAY_METRES
    assert off.std() > 0.005


@pytest.mark.parametrize("text", ["4", "4x", "x4", "axb", "4x4x4", "nanx4", "infx4", ""])
def test_what_is_no_stage(text):
    with pytest.raises(BalloError, match=r"^--bounds [^\n]*: give width and depth in metres, as in 4x4$"):
        steering.stage(text)


@pytest.mark.parametrize("text", ["1x4", "4x-1", "0x0"])
def test_a_stage_too_small(text):
    with pytest.raises(BalloError, match="a stage is at least 2 m wide and deep; --in-place needs no room"):
        steering.stage(text)


def test_a_stage_as_it_is_written():
    assert steering.stage("4x4") == (4.0, 4.0)
    assert steering.stage("4.5X3") == (4.5, 3.0)


# Looking ahead


@given(some.lists(some.integers(0, 5), min_size=1, max_size=8), some.integers(0, 3), some.integers(0, 3))
def test_stages_see_what_they_ask_for_however_frames_come(counts, first, second):
    """Sums over windows, one after the other, against the same on the whole with its ends repeated."""

    def summed(reach: int) -> Stage:
        def run(frames):
            count = len(frames["x"]) - 2 * reach
            return {"x": sum(frames["x"][k : k + count] for k in range(2 * reach + 1)), "n": middle(frames, reach)["n"]}

        return Stage(reach, run)

    total = sum(counts)
    values = np.random.default_rng(total).normal(size=total)
    expected = values
    for reach in (first, second):
        padded = np.pad(expected, reach, mode="edge") if total else expected
        expected = np.array([padded[t : t + 2 * reach + 1].sum() for t in range(total)])
    stages, came, at = [summed(first), summed(second)], [], 0
    for number, count in enumerate(counts):
        frames = {"x": values[at : at + count], "n": np.arange(at, at + count)} if count else None
        made = push(stages, frames, number == len(counts) - 1)
        came += [made] if made is not None else []
        at += count
    assert np.allclose(np.concatenate([part["x"] for part in came] or [np.zeros(0)]), expected)
    assert np.concatenate([part["n"] for part in came] or [np.zeros(0)]).tolist() == list(range(total))
