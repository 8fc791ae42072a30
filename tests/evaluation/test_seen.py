"""Which bars training shows, of dances whose units are known and of such as nobody knows anything of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.dataset import archiving, splits
from ballo.dataset.archiving import Contents, Entry, Origin
from ballo.evaluation import seen, trained
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

UNITS = (("C-1-1", "take"), ("C-2-1", "take"))


def entry(name, split, places, unit, usable, planted, units=UNITS):
    """A dance of the planted take at places of it in frames."""
    motion = Motion.from_positions(DANCER, planted(places), 25.0)
    frames = len(places)
    origin = Origin(units, unit.astype(np.int16), (places / 25).astype(np.float32), np.zeros(frames, np.uint8))
    return Entry(name, "cha-cha", split, motion, usable, None, {}, origin)


@pytest.fixture
def written(tmp_path, planted):
    def write(grade, unit_of_val, places_of_val, units=UNITS, held_out=frozenset()):
        places = np.concatenate([np.arange(100.0), np.arange(500.0, 600.0)])
        unit = np.repeat([0, 1], 100) if units else np.full(200, -1)
        entries = [
            entry("DANCE_C_2", "train", places, unit, ((0, 100),), planted, units),
            entry("DANCE_C_8", "val", places_of_val, unit_of_val, ((0, len(unit_of_val)),), planted, units),
        ]
        return archiving.write(tmp_path / grade, Contents(entries, splits.shipped(), grade=grade, held_out=held_out))

    return write


def test_by_the_place_in_a_unit(written):
    """Frames 0 to 100 of the first unit are shown, of which validation dances 50 to 200; the second is not usable."""
    places = np.concatenate([np.arange(50.0, 200.0), np.arange(500.0, 550.0)])
    archive = written("repaired", np.repeat([0, 1], [150, 50]), places)
    dance = archive.select("val")[0]
    by_tag = seen.frames_seen(dance, seen.shown(archive))
    np.testing.assert_array_equal(by_tag, np.repeat([True, False], [150, 50]))
    remastered = seen.Shown(seen.shown(archive).places, None, placed=True)
    by_place = seen.frames_seen(dance, remastered)
    reach = round(seen.SAME_SECONDS * 25)
    np.testing.assert_array_equal(np.flatnonzero(by_place), np.arange(50 + reach))


def test_where_no_unit_is_known_a_pose_near_training_was_seen(written):
    places = np.concatenate([np.arange(20.3, 80.3), np.arange(500.0, 560.0)])
    archive = written("published", np.full(120, -1), places, units=())
    found = seen.frames_seen(archive.select("val")[0], seen.shown(archive))
    assert found[:60].all()
    assert not found[60:].any()


def test_held_out_units_are_never_seen_even_where_training_dances_them(written):
    archive = written("repaired", np.ones(100), np.arange(500.0, 600.0), held_out=frozenset(UNITS[1:]))
    train, val = (archive.select(split)[0] for split in ("train", "val"))
    shown = seen.shown(archive)
    assert not seen.frames_seen(val, shown).any()
    np.testing.assert_array_equal(seen.frames_seen(train, shown), np.repeat([True, False], 100))
    assert trained.usable(train).sum() == 100


def test_bars_by_hand():
    """Bars of 20 frames from 10 on; the second is mostly new, the fourth wholly; 7 frames remain after the last line."""
    frames = np.ones(97, dtype=bool)
    frames[32:50], frames[70:90] = False, False
    found = seen.bars_seen(frames, np.array([-0.4, 0.4, 1.2, 2.0, 2.8, 3.6]), 25.0)
    assert found.seen == ((10, 30), (50, 70))
    assert found.never_seen == ((30, 50), (70, 90))
    assert (found.bars_seen, found.bars_never_seen) == (2, 2)


def test_bars_of_a_kind_are_one_span():
    found = seen.bars_seen(np.repeat([True, False], [50, 50]), np.arange(11) * 0.4, 25.0)
    assert (found.seen, found.never_seen) == (((0, 50),), ((50, 100),))
    assert (found.bars_seen, found.bars_never_seen) == (5, 5)


@pytest.mark.parametrize("downbeats", [np.zeros(0), np.array([1.0]), np.array([-3.0, -1.0]), np.array([5.0, 6.0])])
def test_without_a_whole_bar_there_is_neither(downbeats):
    assert seen.bars_seen(np.ones(100, dtype=bool), downbeats, 25.0) == seen.BarsSeen((), (), 0, 0)


def test_bars_go_forward():
    with pytest.raises(ValueError, match="one after another"):
        seen.bars_seen(np.ones(100, dtype=bool), np.array([1.0, 0.5]), 25.0)


@given(st.lists(st.booleans(), max_size=120), st.floats(0.2, 2), st.floats(-1, 1))
def test_spans_follow_one_another_and_are_of_whole_bars(frames, bar, first):
    lines = first + bar * np.arange(12)
    found = seen.bars_seen(np.array(frames, dtype=bool), lines, 25.0)
    spans = sorted(found.seen + found.never_seen)
    assert all(a < b for a, b in spans)
    assert [b for _, b in spans[:-1]] == [a for a, _ in spans[1:]]
    on = set(np.ceil(lines * 25 - 1e-6).astype(int).tolist())
    assert {frame for span in spans for frame in span} <= on
