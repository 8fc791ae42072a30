"""The 32 relations posed by hand, against a plain version, and by their symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.plain import features as plain
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.geometric import FEATURES, geometric_features
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER, Skeleton

laws = settings(max_examples=15)
seeds = st.integers(0, 2**32 - 1)
STILL = np.tile([1.0, 0, 0, 0], (22, 1))
T_POSE = kinematics.forward(DANCER, STILL, np.array([0.0, 1.0, 0.0]))
MIRRORED = [DANCER.index(name.translate({}).replace("left", "#").replace("right", "left").replace("#", "right"))
            for name in DANCER.joint_names]  # fmt: skip


def holding(pose, *moves, frames=43):
    """What holds throughout of a pose whose joints move evenly for a moment: (name, metres a second along x, y, z)."""
    clip = np.repeat(pose[None].astype(float), frames, axis=0)
    seconds = (np.arange(frames) - frames / 2) / 250
    for joint, *velocity in moves:
        clip[:, DANCER.index(joint)] += seconds[:, None] * velocity
    shares = geometric_features(DANCER, clip[None], 250.0)[0]
    assert set(shares) <= {0.0, 1.0}, dict(zip(FEATURES, shares, strict=True))
    return {name for name, share in zip(FEATURES, shares, strict=True) if share}


def posed(**places):
    pose = T_POSE.copy()
    for joint, place in places.items():
        pose[DANCER.index(joint)] = place
    return pose


def wandering(seed, frames=40):
    """A dancer of which every joint goes its own way, so that relations come and go."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(2, frames, 22, 3)) * 0.05
    return T_POSE + steps.cumsum(axis=1)


STANDING = {f"{side} {what}" for side in ("right", "left") for what in ("hand over the neck", "upper arm abducted")} | {
    "hands far apart sideways"
}


def test_a_dancer_in_a_t_pose():
    assert holding(T_POSE) == STANDING


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("joint", "velocity", "names"),
    [
        ("wrist", (0, 0, 0.7), {"hand moves forwards", "NOT hand fast"}),
        ("wrist", (0, 0, -0.7), set()),
        ("wrist", (0, 0.7, 0), {"hand moves up"}),
        ("wrist", (0, 0, 0.9), {"hand moves forwards", "hand fast"}),
        ("ankle", (0, 0, 0.9), {"foot fast"}),
    ],
)
def test_a_joint_that_moves(side, joint, velocity, names):
    told = {f"{side} {name}" for name in names if not name.startswith("NOT")}
    found = holding(T_POSE, (f"{side}_{joint}", *velocity)) - STANDING
    assert {name for name in found if "away" not in name} == told


def test_a_hand_that_leaves_the_pelvis_and_hands_that_meet():
    out = holding(T_POSE, ("right_wrist", -0.6, 0, 0)) - STANDING
    assert out == {"right hand moves away from the pelvis"}
    together = holding(T_POSE, ("right_wrist", 0.3, 0, 0), ("left_wrist", -0.3, 0, 0)) - STANDING
    assert together == {"hands approach each other"}


def test_a_whole_body_that_travels_moves_its_limbs_with_it():
    travelling = [(joint, 0, 0, 0.85) for joint in DANCER.joint_names]
    fast = {"right hand fast", "left hand fast", "right foot fast", "left foot fast", "pelvis fast"}
    assert holding(T_POSE, *travelling) - STANDING == fast


def test_limbs_by_hand():
    down = posed(right_wrist=T_POSE[DANCER.index("left_hip")] + [0, 0, 0.1])
    assert "right hand over the neck" not in holding(down)
    assert "hands far apart sideways" not in holding(down)
    assert "right hand low" in holding(posed(right_wrist=[-0.3, 0.2, 0.1]))
    assert "left knee bent" in holding(posed(left_ankle=[0.1, 0.5, -0.3]))
    assert "left foot raised" in holding(posed(left_ankle=[0.1, 0.5, -0.3]))
    assert "right elbow bent" in holding(posed(right_wrist=T_POSE[DANCER.index("right_elbow")] + [0.05, 0.2, 0.1]))
    assert "feet far apart sideways" in holding(posed(left_ankle=[0.3, 0.1, 0], right_ankle=[-0.3, 0.1, 0]))
    assert "right foot behind the left leg" in holding(posed(right_ankle=[-0.1, 0.1, -0.3]))
    assert "right foot behind the left leg" not in holding(posed(right_ankle=[-0.1, 0.1, 0.3]))
    assert "left thigh abducted" in holding(posed(left_knee=[0.6, 0.7, 0.0]))
    hanging = posed(left_elbow=T_POSE[DANCER.index("left_shoulder")] - [0, 0.3, 0])
    assert "left upper arm abducted" not in holding(hanging)


def test_a_bow():
    quarter = STILL.copy()
    quarter[0] = [np.cos(np.pi / 4), np.sin(np.pi / 4), 0, 0]
    bowed = kinematics.forward(DANCER, quarter, np.array([0.0, 1.0, 0.0]))
    legs = [DANCER.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("hip", "knee", "ankle", "heel", "toe")]
    bowed[legs] = T_POSE[legs]
    assert {"trunk level", "pelvis behind neck and feet"} <= holding(bowed)


def test_mirror_images_exchange_left_and_right():
    clips = wandering(1)
    mirrored = (clips * [-1, 1, 1])[:, :, MIRRORED]
    exchanged = [FEATURES.index(_other_side(name)) for name in FEATURES]
    found = geometric_features(DANCER, clips, 25.0)
    np.testing.assert_allclose(geometric_features(DANCER, mirrored, 25.0)[:, exchanged], found, atol=1e-12)
    assert (found.std(axis=0) > 0).sum() > 20


def _other_side(name):
    return name.replace("left", "#").replace("right", "left").replace("#", "right") if name[0] in "lr" else name


@laws
@given(seeds)
def test_it_agrees_with_a_plain_version(seed):
    clips = wandering(seed)
    expected = np.stack([plain.sound_geometric(clip) for clip in clips])
    np.testing.assert_allclose(geometric_features(DANCER, clips, 25.0), expected, atol=1e-12)


@laws
@given(seeds, st.floats(-np.pi, np.pi), st.floats(-9, 9), st.floats(-9, 9), st.floats(0.5, 2))
def test_where_a_dancer_is_faces_and_how_large_she_is_does_not_matter(seed, radians, x, z, size):
    clips = wandering(seed)
    elsewhere = size * kinematics.turned_about_y(clips, np.float64(radians)) + np.array([x, 0, z])
    found, expected = geometric_features(DANCER, elsewhere, 25.0), geometric_features(DANCER, clips, 25.0)
    # Velocities grow with the size as the thresholds do; a frame may lie on a threshold.
    assert np.abs(found - expected).max() <= 1 / 36 + 1e-9
    assert np.abs(found - expected).mean() < 1e-3


def test_another_frame_rate_is_the_same_dance(planted):
    slow, fast = planted(np.arange(150.0)), planted(np.arange(300.0) / 2)
    one, other = geometric_features(DANCER, slow[None], 25.0), geometric_features(DANCER, fast[None], 50.0)
    np.testing.assert_allclose(other, one, atol=0.01)


def test_no_clips_have_no_features():
    assert geometric_features(DANCER, np.zeros((0, 20, 22, 3)), 25.0).shape == (0, len(FEATURES)) == (0, 32)


def test_a_dancer_of_no_size_has_features():
    assert np.isfinite(geometric_features(DANCER, np.zeros((1, 20, 22, 3)), 25.0)).all()


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="22, 3"):
        geometric_features(DANCER, np.zeros((1, 20, 21, 3)), 25.0)
    with pytest.raises(ValueError, match="B, T, J, 3"):
        geometric_features(DANCER, np.zeros((20, 22, 3)), 25.0)
    nobody = Skeleton(tuple(f"joint_{k}" for k in range(22)), DANCER.parents, DANCER.offsets)
    with pytest.raises(ValueError, match="not in tuple"):
        geometric_features(nobody, np.zeros((1, 20, 22, 3)), 25.0)
