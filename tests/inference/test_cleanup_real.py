"""Cleanup of dances that users get, generated and real: what docs/cleanup.md promises of them.

Generated: the shipped model to the shipped song, in each of its styles. Real: a published validation dance a style,
remastered, from the folder that BALLO_DATA names. Feet are judged where `kinematics.contacts` found them standing before
cleanup, so that lifting a foot or walking on gains nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest

from ballo import demo
from ballo.inference.choreographer import Choreographer
from ballo.inference.cleanup import clean
from ballo.metrics import alignment, feet, physics
from ballo.metrics.sync import InSong
from ballo.motion import kinematics
from ballo.motion.motion import Motion
from ballo.motion.steps import steps
from ballo.music.audio import open_song

DATA = os.environ.get("BALLO_DATA")
DANCES = ("DANCE_C_8", "DANCE_R_8", "DANCE_T_7", "DANCE_W_26")
"""One a style."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A dance before and after.

    Args:
        keep: (T,) bool, frames that count.
        beats: (K,) seconds of its music.
        joins: (N,) seconds at which recordings are joined.
    """

    before: Motion
    after: Motion
    keep: np.ndarray
    beats: np.ndarray
    joins: np.ndarray

    @classmethod
    def of(cls, motion: Motion, beats: Sequence[float] | np.ndarray, keep=None, joins=()) -> Pair:
        counted = np.ones(len(motion), dtype=bool) if keep is None else keep
        return cls(motion, clean(motion), counted, np.asarray(beats), np.asarray(joins))

    @cached_property
    def positions(self) -> tuple[np.ndarray, np.ndarray]:
        return self.before.positions.astype(np.float64), self.after.positions.astype(np.float64)

    def skates(self, point: Callable[[np.ndarray], np.ndarray]) -> tuple[float, float]:
        """Mean metres a second, before and after, of a point of each foot while it stands before.

        Args:
            point: (T, P, 3) of a foot before cleanup to (T,) which of its points.
        """
        skeleton, old = self.before.skeleton, self.positions[0]
        stands = kinematics.contacts(skeleton, old, self.before.fps) & self.keep[:, None]
        speeds: tuple[list[np.ndarray], list[np.ndarray]] = [], []
        for foot, joints in enumerate(skeleton.foot_joints):
            chosen = point(old[:, list(joints)])
            for found, positions in zip(speeds, self.positions, strict=True):
                moved = np.diff(positions[:, list(joints)][..., [0, 2]], axis=0)
                speed = np.linalg.norm(moved, axis=-1)[np.arange(len(moved)), chosen[:-1]] * self.before.fps
                found.append(speed[stands[:-1, foot]])
        old_mean, new_mean = (float(np.concatenate(found).mean()) for found in speeds)
        return old_mean, new_mean


def toe(points: np.ndarray) -> np.ndarray:
    return np.full(len(points), points.shape[1] - 1)


def lower(points: np.ndarray) -> np.ndarray:
    """Heel or toe, as `kinematics.contacts` has it."""
    return points[..., 1].argmin(axis=1)


@pytest.fixture(scope="module")
def generated() -> list[Pair]:
    model = Choreographer.load()
    dances = [model.dance(open_song(demo.song()), style=style, seed=seed) for style in model.styles for seed in range(3)]
    return [Pair.of(dance, demo.beats().beats_seconds) for dance in dances]


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> list[Pair]:
    if not DATA:
        pytest.skip("set BALLO_DATA to the folder of the published data to test on it")
    from ballo.dataset import preparation
    from ballo.dataset.archive import REMASTERED, Archive
    from ballo.dataset.splits import Split
    from ballo.evaluation.songs import staged

    folder = tmp_path_factory.mktemp("real")
    (folder / "data" / "tang2018").mkdir(parents=True)
    for part in ("choreonet", *(f"tang2018/{name}" for name in DANCES)):
        (folder / "data" / part).symlink_to(Path(DATA) / part)
    preparation.prepare([folder / "data"], folder / "archive", Split((), DANCES), preparation.Wish(REMASTERED))
    archive = Archive.open(folder / "archive")
    dances = {dance.name: dance for dance in archive.dances}
    with staged(archive, "val") as songs:
        assert len(songs) == len(DANCES)
        return [Pair.of(dances[song.name].motion(), song.beats, song.keep, song.joins) for song in songs]


@pytest.mark.parametrize("point", [toe, lower])
def test_generated_dances_lose_seven_tenths_of_their_skate(generated, point):
    found = np.array([pair.skates(point) for pair in generated])
    before, after = found.mean(axis=0)
    assert before > 0.15
    assert after < 0.3 * before
    assert (found[:, 1] < 0.7 * found[:, 0]).all(), "nor does any one of them keep most of it"


def test_the_lower_toe_stands_in_every_generated_dance(generated):
    for pair in generated:
        toes = [foot[-1] for foot in pair.before.skeleton.foot_joints]
        old, new = (feet.skate(positions[:, toes], pair.before.fps).median for positions in pair.positions)
        assert new < 0.3 * old


@pytest.mark.parametrize("point", [toe, lower])
def test_feet_of_real_dances_stand_no_worse_in_any(real, point):
    for pair in real:
        before, after = pair.skates(point)
        assert after < before
        assert before < 0.12, "the pairs are real dances"


@pytest.fixture(params=["generated", "real"])
def pairs(request) -> list[Pair]:
    found: list[Pair] = request.getfixturevalue(request.param)
    return found


def test_no_foot_is_half_a_centimetre_under_the_floor(pairs):
    for pair in pairs:
        points = [joint for foot in pair.before.skeleton.foot_joints for joint in foot]
        assert feet.standing(pair.positions[1][:, points]).deepest < 0.005


def test_jerk_is_not_up_in_any(pairs):
    for pair in pairs:
        old, new = (physics.jerk(positions, pair.before.fps, pair.keep) for positions in pair.positions)
        assert new <= old


def test_no_joint_is_moved_six_centimetres_against_the_pelvis(pairs):
    for pair in pairs:
        old, new = (positions - positions[:, :1] for positions in pair.positions)
        moved = np.linalg.norm(new - old, axis=-1)
        assert moved.max() < 0.06
        assert moved.max() > 0.005, "something was done"


def test_knees_do_not_pop(pairs):
    """The sharpest turns of a knee's path, in degrees a frame and frame, are those that it had."""
    for pair in pairs:
        old, new = (np.abs(np.diff(_knees(pair.before.skeleton, positions), n=2, axis=0)) for positions in pair.positions)
        assert np.percentile(new, 99.9) < 1.15 * np.percentile(old, 99.9)
        assert new.max() < 1.3 * old.max()


def _knees(skeleton, positions: np.ndarray) -> np.ndarray:
    """(T, 2) degrees that knees are bent."""
    bent = []
    for side in ("left", "right"):
        hip, knee, ankle = (positions[:, skeleton.index(f"{side}_{name}")] for name in ("hip", "knee", "ankle"))
        bones = [bone / np.linalg.norm(bone, axis=-1, keepdims=True) for bone in (knee - hip, ankle - knee)]
        bent.append(np.degrees(np.arccos(np.clip((bones[0] * bones[1]).sum(axis=-1), -1, 1))))
    return np.stack(bent, axis=1)


def test_alignment_with_the_music_is_not_lowered(pairs):
    """Of rests, which papers call motion beats: the mean over dances is not under what it was, by twice its standard error."""
    changes = _changes(pairs, lambda pair, positions: alignment.motion_beats(positions, pair.before.fps))
    assert changes.mean() > -2 * changes.std(ddof=1) / np.sqrt(len(changes))
    assert changes.mean() > -0.03


def test_real_steps_stay_where_they_are(real):
    changes = _changes(real, lambda pair, positions: steps(pair.before.skeleton, positions, pair.before.fps))
    assert changes.mean() > -0.01
    for pair in real:
        old, new = (steps(pair.before.skeleton, positions, pair.before.fps) for positions in pair.positions)
        moved = np.array([np.abs(new - step).min() for step in old])
        assert np.quantile(moved, 0.9) < 0.04


def _changes(pairs: Sequence[Pair], events: Callable[[Pair, np.ndarray], np.ndarray]) -> np.ndarray:
    """(N,) by how much each dance's alignment to the music rises."""
    found = []
    for pair in pairs:
        danced = (InSong(events(pair, positions), pair.beats, pair.joins) for positions in pair.positions)
        old, new = (alignment.alignment([each], draws=1).to_music.value for each in danced)
        found.append(new - old)
    return np.array(found)
