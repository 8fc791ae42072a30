"""A performance on `DANCER`: the floor found once, leaps kept, bones constant; splits by song."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.dataset.adapters.performances import Performance, as_motion, level, steadied
from ballo.dataset.adapters.splitting import split_by_song
from ballo.dataset.dancer import leg_length, leg_metres
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

FEET = [joint for foot in DANCER.foot_joints for joint in foot]


def performance(joints: np.ndarray, fps: float = 30.0) -> Performance:
    return Performance("a", "salsa", joints, fps)


def directions(joints: np.ndarray) -> np.ndarray:
    bones = joints[:, 1:] - joints[:, list(DANCER.parents[1:])]
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


def test_dancer_s_own_dance_comes_back_where_it_was(pose):
    wxyz, root = pose(200)
    positions = kinematics.forward(DANCER, wxyz, root)
    positions[..., 1] -= positions[:, FEET, 1].min(axis=1)[:, None]
    # Lifted, and away from the middle: the floor is found and the dance begins over the origin.
    motion = as_motion(performance(positions + np.array([3.0, 0.4, -2.0])))
    expected = positions - positions[:1, :1] * [1, 0, 1]
    np.testing.assert_allclose(motion.positions, expected, atol=0.002)


def test_another_body_s_bones_point_as_hers_and_her_soles_stay_level(dance, performer):
    joints = dance(200)
    motion = as_motion(performance(joints))
    assert motion.skeleton is DANCER
    ratio = leg_length() / leg_metres(joints)
    assert ratio == pytest.approx(0.846 / 0.76)
    limbs = [DANCER.index(f"{side}_{name}") - 1 for side in ("left", "right") for name in ("knee", "ankle", "elbow", "wrist")]
    cosine = (directions(motion.positions)[:, limbs] * directions(joints)[:, limbs]).sum(-1)
    assert cosine.min() > 0.999
    # Her root's way over the floor, by the legs' ratio.
    way, hers = motion.positions[:, 0, [0, 2]], joints[:, 0, [0, 2]] - joints[0, 0, [0, 2]]
    np.testing.assert_allclose(way, hers * ratio, atol=1e-5)
    for foot in DANCER.foot_joints:
        np.testing.assert_allclose(np.ptp(motion.positions[:, list(foot), 1], axis=1), 0, atol=1e-4)
    assert np.abs(motion.positions[:, FEET, 1].min(axis=1)).max() < 0.002


def test_a_leap_is_a_leap(dance):
    grounded, hopping = dance(300), dance(300, 30.0, 0.5)
    airborne = hopping[..., 1].min(axis=1)
    assert 0.4 < airborne.max() <= 0.5
    motion = as_motion(performance(hopping))
    ratio = leg_length() / leg_metres(grounded)
    found = motion.positions[:, FEET, 1].min(axis=1)
    np.testing.assert_allclose(found, airborne * ratio, atol=0.012)
    assert not motion.contacts[airborne > 0.1].any()
    assert motion.contacts[airborne < 1e-3].any(axis=1).mean() > 0.8


def test_feet_that_sink_into_the_floor_stand_on_it(dance):
    joints = dance(300)
    joints[100:110, :, 1] -= 0.05
    motion = as_motion(performance(joints))
    assert np.abs(motion.positions[100:110, FEET, 1].min(axis=1)).max() < 0.005


def test_points_that_tremble_stand_all_the_same(dance):
    still = as_motion(performance(dance(600, 60.0), 60.0))
    tremor = np.random.default_rng(0).normal(scale=0.004, size=(600, 22, 3))
    trembling = as_motion(performance(dance(600, 60.0) + tremor, 60.0))
    assert still.contacts.mean() > 0.6
    assert (still.contacts == trembling.contacts).mean() > 0.85
    np.testing.assert_allclose(trembling.positions[..., 1], still.positions[..., 1], atol=0.03)


@pytest.mark.parametrize("fps", [10.0, 24.0, 30.0, 120.0])
def test_steadying_leaves_a_straight_way_and_takes_a_mean(fps):
    line = np.arange(50.0)[:, None] * [1.0, -2.0]
    half = round(0.05 * fps)
    steady = steadied(line, fps)
    assert steady.shape == line.shape
    np.testing.assert_allclose(steady[half : 50 - half], line[half : 50 - half], atol=1e-9)
    np.testing.assert_allclose(steadied(np.full((9, 2), 7.0), fps), 7.0, atol=1e-12)
    spike = np.zeros(50)
    spike[20] = 1.0
    np.testing.assert_allclose(steadied(spike, fps)[20 - half : 21 + half], 1 / (2 * half + 1), atol=1e-12)


def test_a_dancer_on_her_hands_is_on_her_hands(dance):
    joints = dance(300)
    upside = joints[200:] * [1.0, -1.0, -1.0]  # half a turn about x
    upside[..., 1] -= upside[..., 1].min(axis=1)[:, None]
    joints = np.concatenate([joints[:200], upside])
    motion = as_motion(performance(joints))
    lowest = motion.positions[200:, :, 1].min(axis=1)
    assert np.abs(lowest).max() < 0.012
    assert motion.positions[200:, FEET, 1].min() > 1.0


def strolling(dance, frames: int = 600) -> np.ndarray:
    """The dance going to and fro over a stage, since a floor's tilt cannot be told from one place."""
    joints = dance(frames)
    t = np.arange(frames) / 30.0
    step = (np.sin(2.0 * t) > 0).astype(float)  # moves while one foot swings only, so that the other's place is a step
    way = np.cumsum(np.stack([np.cos(0.35 * t), 0 * t, np.sin(0.5 * t)], axis=1) * step[:, None] * 0.02, axis=0)
    return joints + way[:, None] * (step[:, None, None] > -1)


@pytest.mark.parametrize("degrees", [0.0, 1.5, 4.0])
def test_a_tilted_floor_is_levelled(dance, degrees):
    joints = strolling(dance)
    lowest = joints[:, FEET, 1].min(axis=1)
    tilt = rotations.to_matrix(rotations.about("z", np.array(np.radians(degrees))))
    found, floor = level(joints @ tilt.T + [0, 0.7, 0], 30.0)
    slope = np.hypot(*floor.slope)
    assert slope == pytest.approx(np.tan(np.radians(degrees)), abs=0.004)
    np.testing.assert_allclose(found[:, FEET, 1].min(axis=1), lowest, atol=0.012)


def test_a_short_dance_on_the_spot_is_not_tilted(dance):
    joints = dance(40)
    _, floor = level(joints, 30.0)
    assert floor.slope == (0.0, 0.0)


def test_dancer_again_after_a_round_trip_keeps_her_joints(dance):
    once = as_motion(performance(dance(120)))
    twice = as_motion(performance(once.positions.astype(np.float64)))
    assert isinstance(twice, Motion)
    np.testing.assert_allclose(twice.positions, once.positions - once.positions[:1, :1] * [1, 0, 1], atol=0.003)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"joints": np.zeros((4, 21, 3))}, "shape"),
        ({"joints": np.zeros((1, 22, 3))}, "only 1 frame"),
        ({"joints": np.full((4, 22, 3), np.inf)}, "4 frames hold numbers that are not finite"),
        ({"joints": np.full((4, 22, 3), 1e6)}, "as far away as 1e\\+06 m"),
        ({"fps": 0.0}, "0 frames a second"),
        ({"fps": float("nan")}, "nan frames a second"),
        ({"song_start_seconds": -1.0}, "from -1 s"),
    ],
)
def test_what_is_no_performance_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Performance(**{"name": "a", "style": "b", "joints": np.zeros((4, 22, 3)), "fps": 30.0, **change})


@given(
    counts=st.lists(st.integers(1, 4), max_size=40),
    silent=st.integers(0, 3),
    share=st.floats(0.01, 0.9),
)
def test_a_split_goes_by_song(counts, silent, share):
    songs: dict[str, Path | None] = {f"d{s}_{n}": Path(f"{s}.wav") for s, count in enumerate(counts) for n in range(count)}
    songs |= {f"silent{n}": None for n in range(silent)}
    split = split_by_song(songs, share)
    assert sorted(split.names) == sorted(songs)
    assert set(split.motion_only) == {name for name, song in songs.items() if song is None}
    train, val = ({songs[name] for name in part} for part in (split.train, split.val))
    assert not train & val
    if len(counts) >= 2:
        assert train
        assert len(val) == min(max(1, round(share * len(counts))), len(counts) - 1)
    else:
        assert not val
    moved = {name: song and Path("/elsewhere") / song for name, song in reversed(songs.items())}
    assert split_by_song(moved, share) == split
