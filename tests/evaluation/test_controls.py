"""Controls against the laws that they are made by, and as dancers of an archive's songs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.errors import BalloError
from ballo.evaluation import controls, songs
from ballo.evaluation.controls import CONTROLS
from ballo.metrics import physics
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FEET = [joint for foot in DANCER.foot_joints for joint in foot]


@pytest.fixture
def dance(planted):
    return planted(30 + 1.3 * np.arange(400)).astype(np.float32)


def test_a_frozen_dancer_holds_one_of_the_dance_s_poses_on_the_floor(dance):
    still = controls.frozen(DANCER, dance)
    assert still.shape == dance.shape
    assert (still == still[0]).all()
    assert still[0, FEET, 1].min() == 0
    lowered = dance - np.array([0, 1, 0]) * (dance[:, FEET, 1].min(axis=1) - 0)[:, None, None]
    assert np.abs(lowered - still[0]).max(axis=(1, 2)).min() < 1e-5


def test_the_frozen_pose_is_the_nearest_to_the_mean(dance):
    """Of a dancer who stands but for one second it is the standing pose."""
    mostly = np.concatenate([np.repeat(dance[:1], 300, axis=0), dance[100:125]])
    np.testing.assert_allclose(controls.frozen(DANCER, mostly)[0, :, [0, 2]], dance[0, :, [0, 2]], atol=1e-6)


def test_noise_is_white_and_one_centimetre(dance):
    added = controls.noise(dance, "song", 0).astype(np.float64) - dance
    assert added.std() == pytest.approx(0.01, rel=0.01)
    assert added.mean() == pytest.approx(0, abs=3e-4)
    flat = added.reshape(len(added), -1)
    assert abs(np.mean(flat[1:] * flat[:-1])) < 0.02 * 1e-4  # a frame does not tell the next
    across = np.corrcoef(flat.T) - np.eye(flat.shape[1])
    assert np.abs(across).max() < 0.3  # nor a coordinate another: 400 draws


def test_noise_is_the_same_for_a_song_and_a_seed_only(dance):
    one = controls.noise(dance, "song", 1)
    np.testing.assert_array_equal(one, controls.noise(dance, "song", 1))
    for name, seed in (("song", 2), ("gnos", 1)):
        assert np.abs(one - controls.noise(dance, name, seed)).max() > 0.01


@settings(max_examples=40)
@given(frames=st.integers(1, 80), fps=st.sampled_from([12.5, 25.0, 30.0, 60.0]), seconds=st.sampled_from([0.1, 0.48, 2.0]))
def test_key_poses_are_exact_and_joined_by_straight_lines(frames, fps, seconds):
    dance = np.random.default_rng(frames).normal(size=(frames, 3, 3))
    made = controls.key_poses(dance, fps, seconds)
    keys = sorted({min(frames - 1, round(k * seconds * fps)) for k in range(frames + 1)} | {frames - 1})
    np.testing.assert_array_equal(made[keys], dance[keys])
    for joint in range(3):
        for axis in range(3):
            straight = np.interp(np.arange(frames), keys, dance[keys, joint, axis])
            np.testing.assert_allclose(made[:, joint, axis], straight, atol=1e-12)


def test_at_25_frames_a_second_a_key_pose_is_every_twelfth(dance):
    made = controls.key_poses(dance, 25.0)
    exact = np.flatnonzero((made == dance).all(axis=(1, 2)))
    assert list(exact) == [*range(0, 400, 12), 399]


@pytest.mark.parametrize("hertz", [0.25, 1.0, 2.0])
def test_smoothing_takes_off_a_wave_what_a_gaussian_does(hertz):
    """Of sine waves exp(-(2 pi f sigma)^2 / 2) is left, and the mean is kept."""
    seconds = np.arange(2000) / 25
    wave = 1.5 + np.sin(2 * np.pi * hertz * seconds)[:, None, None] * np.ones((1, 2, 3))
    left = controls.smoothed(wave, 25.0)[200:-200]
    expected = 1.5 + np.exp(-((2 * np.pi * hertz * 0.12) ** 2) / 2) * (wave[200:-200] - 1.5)
    np.testing.assert_allclose(left, expected, atol=2e-3)


def test_smoothing_keeps_the_mean_and_quietens(dance):
    made = controls.smoothed(dance, 25.0)
    np.testing.assert_allclose(made.mean(axis=0), dance.mean(axis=0), atol=2e-3)
    assert physics.jerk(made, 25.0) < physics.jerk(dance, 25.0)


@pytest.mark.parametrize("fps", [25.0, 50.0])
def test_controls_do_not_depend_on_the_frame_rate(planted, fps):
    frames = np.arange(round(8 * fps)) * (25 / fps)
    dance = planted(30 + frames)
    at_25 = slice(None, None, round(fps / 25))
    low = planted(30 + np.arange(200))
    np.testing.assert_allclose(controls.smoothed(dance, fps)[at_25][10:-10], controls.smoothed(low, 25.0)[10:-10], atol=2e-3)
    np.testing.assert_allclose(controls.key_poses(dance, fps)[at_25][:192], controls.key_poses(low, 25.0)[:192], atol=1e-9)


def test_a_long_enough_dance_is_cut(dance):
    np.testing.assert_array_equal(controls.lasting(DANCER, dance, 250, 25.0), dance[:250])


def test_a_short_dance_goes_on_from_where_it_ended(dance):
    """It is danced again, moved and turned on the floor: no step over a seam is longer than others, and bones keep their length
    once the lead is over."""
    short = dance[:150]
    made = controls.lasting(DANCER, short, 500, 25.0)
    assert len(made) == 500
    np.testing.assert_array_equal(made[:150], short)
    steps = np.linalg.norm(np.diff(made, axis=0), axis=-1)
    assert steps[[149, 299, 449]].max() < 1.5 * steps[:149].max()
    one, _ = kinematics.unplace(DANCER, short.astype(np.float64))
    again, _ = kinematics.unplace(DANCER, made[150:300].astype(np.float64))
    np.testing.assert_allclose(again[12:, :, [0, 2]], one[12:, :, [0, 2]], atol=1e-4)
    np.testing.assert_allclose(again[12:, :, 1], one[12:, :, 1], atol=1e-4)


@pytest.mark.parametrize("shape", [(0, 22, 3), (4, 22), (4, 22, 2)])
def test_nonsense_is_refused(shape):
    nonsense = np.zeros(shape)
    for make in (
        lambda: controls.frozen(DANCER, nonsense),
        lambda: controls.noise(nonsense, "", 0),
        lambda: controls.key_poses(nonsense, 25.0),
        lambda: controls.smoothed(nonsense, 25.0),
        lambda: controls.lasting(DANCER, nonsense, 3, 25.0),
    ):
        with pytest.raises(ValueError, match="must be"):
            make()


def test_one_frame_is_a_dance():
    one = np.random.default_rng(0).normal(size=(1, 22, 3))
    for made in (controls.key_poses(one, 25.0), controls.smoothed(one, 25.0)):
        np.testing.assert_allclose(made, one)


def test_every_control_dances_every_song(small_archive):
    with songs.staged(small_archive, "train") as staged:
        for performer, control in zip(controls.performers(small_archive, "train"), CONTROLS, strict=True):
            assert performer.name == control.name
            if control is controls.OTHER:
                continue
            for song in staged:
                made = performer.perform(song, song.style, 3)
                assert len(made) == (3 if control is controls.NOISE else 1)
                assert all(each.shape == song.real.shape and each.dtype == song.real.dtype for each in made)


def test_a_control_of_the_real_dance_has_no_other_style(small_archive):
    with songs.staged(small_archive, "val") as (song,):
        for performer in controls.performers(small_archive, "val"):
            if performer.name != "other_songs":
                with pytest.raises(BalloError, match="nobody danced rumba to DANCE_W_1"):
                    performer.perform(song, "rumba", 1)


def test_other_dances_are_of_the_style_and_to_another_song(small_archive):
    other = controls.performers(small_archive, "val")[-1]
    with songs.staged(small_archive, "val") as (song,):
        (made,) = other.perform(song, "waltz", 3)
        (theirs,) = (dance for dance in small_archive.dances if dance.name == "DANCE_W_4")
        np.testing.assert_array_equal(made, theirs.motion().positions)
        assert np.abs(made - song.real).max() > 0.05
        with pytest.raises(BalloError, match="no other song of the archive is danced as tango"):
            other.perform(song, "tango", 1)


def test_other_dances_prefer_length_then_the_split_and_are_nobody_s_arrangement(small_archive):
    """Of the dances to other songs: first those as long, of these the split's, then by name; none that was arranged."""
    waltz = next(dance for dance in small_archive.dances if dance.name == "DANCE_W_1")

    def like(name, split, usable=((0, 150),), **more):
        samples = np.random.default_rng(len(name) + ord(name[-1])).integers(-9, 9, waltz.samples.shape).astype(np.int16)
        return replace(waltz, name=name, split=split, usable=usable, samples=samples, **more)

    dances = (
        like("a", "val", usable=((0, 90),)),
        like("b", "train"),
        like("c", "val", usable=((0, 60), (80, 150))),
        like("d", "train", provenance={"arranged": {"seed": 1}}),
        like("e", "motion_only"),
        replace(waltz, name="f"),  # another dance to the song itself
    )
    archive = replace(small_archive, dances=(waltz, *dances))
    other = controls.performers(archive, "val")[-1]
    with songs.staged(archive, "val") as staged:
        (song,) = (each for each in staged if each.name == waltz.name)
        assert [dance.name for dance in other._others(song, "waltz")] == ["c", "b", "e", "a"]
        assert len(other.perform(song, "waltz", 9)) == 4
