"""What each baseline dances, against what is known of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ballo import baselines
from ballo.baselines import music
from ballo.baselines.markov import trained
from ballo.baselines.mean import figure
from ballo.baselines.repertoire import Repertoire
from ballo.baselines.retrieval import REST_BARS, Retrieval, choose
from ballo.dataset import chain, stock
from ballo.metrics import physics
from ballo.metrics.diversity import pose_distance
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER


@pytest.fixture
def repertoire(ballroom):
    return Repertoire.of(ballroom.archive)


def test_the_mean_stands_on_its_own_bones(ballroom, repertoire):
    motion = baselines.open("mean", ballroom.archive.path).dance(ballroom.cut(8.0), style="cha-cha", seed=0)
    assert physics.joint_speed(motion.positions, 25.0).max() == 0
    bones = np.linalg.norm(motion.positions[0, 1:] - motion.positions[0, list(DANCER.parents[1:])], axis=-1)
    np.testing.assert_allclose(bones, DANCER.bone_lengths[1:], atol=1e-5)
    assert kinematics.heading(DANCER, motion.positions[0]) == pytest.approx(0, abs=1e-5)
    assert kinematics.floor_height(DANCER, motion.positions[0]) == pytest.approx(0, abs=1e-5)
    poses, _ = kinematics.unplace(DANCER, np.concatenate([d.motion().positions for d in repertoire.by_style["cha-cha"]]))
    away = np.linalg.norm(poses - motion.positions[0], axis=-1).mean()
    assert away < min(np.linalg.norm(poses - poses[k], axis=-1).mean() for k in range(0, len(poses), 40))


def test_the_mean_of_one_pose_is_that_pose(ballroom):
    dance = ballroom.dance("DANCE_R_1")
    still = replace(dance, usable=((7, 8),))
    pose, _ = kinematics.unplace(DANCER, dance.motion().positions[7:8].astype(float))
    np.testing.assert_allclose(figure(DANCER, [still])[:, [0, 2]], pose[0][:, [0, 2]], atol=0.01)


def test_other_is_a_train_dance_frame_by_frame(ballroom):
    dancer = baselines.open("other", ballroom.archive.path)
    for seed, name in ((0, "DANCE_C_1"), (2, "DANCE_C_3"), (3, "DANCE_C_1")):
        motion = dancer.dance(ballroom.cut(16.0), style="cha-cha", seed=seed)
        real = ballroom.dance(name).motion(0, 400)
        np.testing.assert_array_equal(real.rotations, motion.rotations)
        np.testing.assert_array_equal(real.root, motion.root)


def test_other_is_led_over_gaps_and_to_its_beginning(ballroom):
    """The second dance has a gap from frame 100 to 150, so its 550 frames are danced, and then once more."""
    motion = baselines.open("other", ballroom.archive.path).dance(ballroom.cut(24.0), style="cha-cha", seed=1)
    real = ballroom.dance("DANCE_C_2").motion().positions
    for shown, danced in ((slice(20, 80), slice(20, 80)), (slice(170, 580), slice(120, 530)), (slice(15, 45), slice(565, 595))):
        assert pose_distance(DANCER, motion.positions[danced], real[shown]) < 0.005
    assert physics.joint_speed(motion.positions, 25.0).max() < 2 * physics.joint_speed(real, 25.0).max()


def test_retrieval_gives_a_train_song_its_own_bars(ballroom, repertoire):
    way = Retrieval(repertoire, neighbours=1)
    dance = ballroom.dance("DANCE_C_3")
    bars, song = way.bars("cha-cha"), ballroom.song("DANCE_C_3")
    own = [number for number, unit in enumerate(bars.units) if unit.take == "DANCE_C_3"]
    _, away = way._listen(song, dance.seconds, "cha-cha", bars)
    chosen = choose(away, 1, np.random.default_rng(0))
    assert [bar for bar in chosen if bar in own] == own
    assert len(own) >= 10
    danced = way.perform(song, len(dance), "cha-cha", 0).positions
    start, end = (round(bars.units[bar].start_seconds * 25) for bar in (own[0], own[-1]))
    # Within those bars no recording is joined to another: the dance is the dance, wherever on the floor.
    inside = slice(start + 20, end - 20)
    assert pose_distance(DANCER, danced[inside], dance.motion().positions[inside]) < 0.005


def test_retrieval_dances_only_usable_bars_of_the_style(ballroom, repertoire):
    bars = Retrieval(repertoire).bars("cha-cha")
    assert {unit.take for unit in bars.units} == {"DANCE_C_1", "DANCE_C_2", "DANCE_C_3"}
    for unit in bars.units:
        assert unit.take != "DANCE_C_2" or unit.start_seconds >= 6 or unit.end_seconds <= 4
        assert unit.end_seconds - unit.start_seconds == pytest.approx(2.0, abs=0.01)


def test_music_that_goes_round_is_not_danced_as_a_loop():
    away = np.tile(np.arange(40.0), (60, 1))
    chosen = choose(away, 5, np.random.default_rng(0))
    assert all(len(set(chosen[k : k + REST_BARS + 1])) == REST_BARS + 1 for k in range(60 - REST_BARS))
    assert max(chosen) < 5 + REST_BARS


@pytest.mark.parametrize("bars", [1, 2, 5, 7])
def test_few_bars_are_danced_again_sooner(bars):
    chosen = choose(np.tile(np.arange(float(bars)), (30, 1)), 5, np.random.default_rng(0))
    assert set(chosen) == set(range(bars))


def test_seeds_pick_among_the_nearest():
    away = np.random.default_rng(0).random((1, 50))
    picked = {choose(away, 5, np.random.default_rng(seed))[0] for seed in range(60)}
    assert picked == set(np.argsort(away[0])[:5].tolist())


def test_bars_that_sound_alike_are_near(ballroom, repertoire):
    """The same music, half as loud: the bars stay where they are."""
    dance = ballroom.dance("DANCE_C_1")
    samples = dance.samples.astype(np.float32) / 32767
    bars = np.array([[2.0 * k, 2.0 * k + 2] for k in range(11)])
    loud, quiet = (music.describe(music.hear([level * samples], -1.0), bars, 4) for level in (1.0, 0.5))
    np.testing.assert_allclose(loud, quiet, atol=1e-3)
    every = Retrieval(repertoire).bars("cha-cha")
    assert (every.away(quiet).argmin(axis=1) == every.away(loud).argmin(axis=1)).all()


def test_markov_dances_what_train_scripts_dance(ballroom, repertoire):
    library = trained(stock.opened(ballroom.archive), repertoire)
    assert set(library.scripts) == {"DANCE_C_1", "DANCE_C_2"}
    assert set(library.units) == {"C-0-1", "C-1-1", "C-2-1", "C-3-1", "C-0-2"}
    learnt = {pair for script in library.scripts.values() for pair in pairwise(script.tags)}
    found = chain.learn(library.scripts.values(), "cha-cha", library)
    counted = {
        (found.units[a].tag, found.units[b].tag): found.counts[a, b] for a, b in zip(*np.nonzero(found.counts), strict=True)
    }
    assert set(counted) == learnt
    assert counted["C-2-1", "C-1-1"] == 1


def test_markov_waits_for_the_first_bar_and_after_the_last(ballroom):
    motion = baselines.open("markov", ballroom.archive.path).dance(ballroom.cut(31.0), style="cha-cha", seed=0)
    # The song's first bar begins 0.3 s in, at frame 7.5; the next ones two seconds apart, the last at 30.3 s.
    assert (motion.rotations[:8] == motion.rotations[8]).all()
    assert (motion.rotations[8] != motion.rotations[9]).any()
    assert (motion.rotations[-17:] == motion.rotations[-1]).all()
    assert physics.joint_speed(motion.positions, 25.0)[10:750].mean() > 0.05
