"""What is in an archive, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ballo.dataset.takes import Repair
from ballo.report import contents
from ballo.report.poses import mean_figures
from ballo.report.runs import runs


@pytest.fixture
def found(remastered):
    return contents.read(remastered)


def test_amounts_are_those_of_the_archive(remastered, found):
    assert [(a.style, a.split, a.dances, a.seconds) for a in found.amounts] == [
        ("cha-cha", "train", 1, 12.0),
        ("waltz", "train", 1, 12.0),
        ("cha-cha", "val", 1, 12.0),
    ]
    assert sum(a.windows for a in found.amounts) == len(remastered.windows("train")) + len(remastered.windows("val")) == 9
    assert (found.styles, found.splits) == (("cha-cha", "waltz"), ("train", "val"))
    assert (found.name, found.grade, found.seconds) == ("new", "remastered", 36.0)


def test_runs_part_where_unit_or_source_jumps(remastered):
    dance = remastered.dances[1]
    assert [(run.first, run.end, run.unit and run.unit.tag) for run in runs(dance)] == [
        (0, 100, "U-1-1"),
        (100, 110, None),
        (110, 200, "U-1-2"),
        (200, 300, "U-1-1"),
    ]
    assert runs(dance)[3].source_seconds == pytest.approx((1.0, 4.96))
    assert [(run.first, run.end) for run in runs(dance, 95, 20)] == [(0, 5), (5, 15), (15, 20)]
    again = replace(dance, source_seconds=np.concatenate([dance.source_seconds[:60], dance.source_seconds[:240]]))
    assert [run.end for run in runs(again)][:2] == [60, 100]
    assert runs(dance, 300) == []


def test_strips_tell_in_seconds(found):
    strip = found.strips[0]
    assert [(p.first, p.end, p.tag, p.held_out, p.waits) for p in strip.pieces] == [
        (0.0, 4.0, "U-1-1", False, False),
        (4.0, 4.4, None, False, False),
        (4.4, 8.0, "U-1-2", True, False),
        (8.0, 12.0, "U-2", False, False),
    ]
    assert strip.joins == (4.0, 8.02)
    assert [(m.first, m.end, m.repair) for m in strip.mended] == [(1.6, 2.0, "spike"), (8.0, 12.0, "stretched")]
    assert strip.bars == (1.0, 3.0, 5.0, 7.0, 9.0, 11.0)
    assert strip.beats[:3] == (0.0, 0.5, 1.0)
    assert found.repaired == pytest.approx({"spike": 10 / 300, "join": 10 / 300, "stretched": 100 / 300})


def test_a_dancer_who_waits_is_told_from_a_take_that_goes_on(remastered):
    repairs = np.where(remastered.dances[0].unit < 0, Repair.HELD, 0).astype(np.uint8)
    waiting = replace(remastered, dances=(replace(remastered.dances[0], repairs=repairs),))
    assert [piece.waits for piece in contents.read(waiting).strips[0].pieces] == [False, True, False, False]


def test_units_by_use(found):
    assert [(use.style, use.tag, use.times, use.dances, use.seconds, use.held_out) for use in found.uses] == [
        ("cha-cha", "U-1-1", 3, 2, 12.0, False),
        ("cha-cha", "U-1-2", 2, 2, 7.2, True),
        ("cha-cha", "U-2", 1, 1, 4.0, False),
        ("waltz", "U-1-1", 1, 1, 4.0, False),
        ("waltz", "U-1-2", 1, 1, 3.6, True),
        ("waltz", "U-2", 1, 1, 4.0, False),
    ]


def test_who_shares_what(found):
    sharing = found.sharing
    assert sharing.dances == ("DANCE_C_2", "DANCE_C_10", "DANCE_W_4")
    # The second dance lacks the third unit: 100 of 290 frames of the others are not in it.
    assert sharing.shares == pytest.approx(np.array([[1, 190 / 290, 1], [1, 1, 1], [1, 190 / 290, 1]]))
    assert sharing.anywhere.tolist() == [1, 1, 1]


def test_what_no_other_dance_shows_is_not_shared(remastered):
    two = contents.read(replace(remastered, dances=remastered.dances[:2])).sharing
    assert two.anywhere == pytest.approx([190 / 290, 1])


def test_each_moment_of_a_take_is_different_movement_once(found, as_published):
    # Take 15 from 0 to 5 s (the second dance starts a second later) and from 6 to 9.6 s; take ll from 0 to 4 s.
    assert found.distinct_seconds == pytest.approx(5.0 + 3.6 + 4.0, abs=0.15)
    assert contents.read(as_published).distinct_seconds is None
    assert found.shown["15"][:5] == pytest.approx((3.0, 4.0, 4.0, 4.0, 1.0))
    assert sum(found.shown["ll"]) == pytest.approx(8.0)


def test_dances_that_are_their_own_recordings_share_nothing(small_archive):
    found = contents.read(small_archive)
    assert (found.uses, found.sharing, found.distinct_seconds, found.takes) == ((), None, None, {})
    assert [(p.tag, p.first, p.end) for p in found.strips[0].pieces] == [(None, 0.0, 6.0)]


def test_the_mean_figure_of_a_still_pose_is_the_pose_wherever_she_stands(remastered):
    from ballo.motion import kinematics

    dance = remastered.dances[0]
    turns, ways = np.linspace(0, 3, 50), np.linspace(0, 2, 50)
    pose, _ = kinematics.unplace(dance.skeleton, dance.motion().positions[:1].astype(np.float64))
    placed = kinematics.turned_about_y(np.repeat(pose, 50, axis=0), turns[:, None]) + ways[:, None, None] * [1, 0, 1]
    wxyz = kinematics.solve(dance.skeleton, placed).astype(np.float32)
    still = replace(dance, rotations=wxyz, root=placed[:, 0].astype(np.float32), contacts=np.zeros((50, 2), bool))
    (figure,) = mean_figures(replace(remastered, dances=(still,)))
    assert (figure.style, figure.frames) == ("cha-cha", 50)
    assert figure.mean == pytest.approx(pose[0], abs=2e-3)
    assert figure.spread.max() < 2e-3
