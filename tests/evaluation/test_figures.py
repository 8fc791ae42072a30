"""Figures of dances against the units that they were made of."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import archiving, preparation, splits
from ballo.dataset.archive import Archive, Beats
from ballo.dataset.archiving import Contents, Entry, Origin
from ballo.dataset.splits import Split
from ballo.evaluation import figures, seen, trained
from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.measures import syntax as measures
from ballo.evaluation.measures.measure import TooFew
from ballo.metrics import copying, syntax
from ballo.metrics.sync import away
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

TAGS = ("C-0-1", "C-1-1", "C-2-1", "C-3-1")
TRAINED = ([0, 0, 1, 2, 3, 1, 2, 3, 1, 2, 0], [0, 1, 2, 3, 1, 2, 3, 3, 1, 2, 0])
ASKED = [0, 1, 2, 3, 1, 2, 3, 1, 2, 0]
STILL = 5


def beats(bars, period=0.48):
    return Beats(np.arange(4 * bars + 1) * period, np.arange(4 * bars + 1) % 4, 4)


def dance(planted, units, period=0.48):
    """(T, 22, 3): a bar of each unit, each from its own place of the planted dance; unit 0 stands. And what frames show."""
    frames = round(4 * period * 25 * len(units))
    beat = np.arange(frames) / 25 / period
    unit = np.array(units)[np.minimum(beat // 4, len(units) - 1).astype(int)]
    into = np.where(unit == 0, STILL, 170.0 * unit + 12 * (beat % 4))
    return planted(into), unit


@pytest.fixture(scope="module")
def archive(tmp_path_factory, planted):
    entries = []
    for name, split, units in (
        ("DANCE_C_2", "train", TRAINED[0]),
        ("DANCE_C_4", "train", TRAINED[1]),
        ("DANCE_C_8", "val", ASKED),
    ):
        positions, unit = dance(planted, units)
        frames = len(positions)
        origin = Origin(
            tuple((tag, "take") for tag in TAGS),
            unit.astype(np.int16),
            np.zeros(frames, np.float32),
            np.zeros(frames, np.uint8),
        )
        motion = Motion.from_positions(DANCER, positions, 25.0)
        entries.append(
            Entry(name, "cha-cha", split, motion, ((0, frames),), None, {}, origin, beats(len(units)))
        )  # fmt: skip
    return archiving.write(tmp_path_factory.mktemp("archives") / "figures", Contents(entries, splits.shipped()))


@pytest.fixture
def danced(archive, planted, staged):
    def make(units, period=0.48, **more):
        positions, _ = dance(planted, units, period)
        song = beats(len(units), period)
        given = {"beats": song.seconds, "positions": song.positions, "metre": 4} | more
        song = staged(style="cha-cha", **given)
        return Danced(song, (positions,), context=Context(archive, "val", ()))

    return make


def expected(units):
    """Standing is one figure, all other units have two."""
    return [f"{TAGS[unit]} {half if unit else 0}" for unit in units for half in (0, 1)]


def test_half_bars_of_a_metre():
    seconds = np.arange(9) * 0.5
    np.testing.assert_allclose(figures.half_bars(seconds, np.arange(9) % 4, 4), [[0, 1], [1, 2], [2, 3], [3, 4]])
    np.testing.assert_allclose(figures.half_bars(seconds, (np.arange(9) + 2) % 3, 3), [[0.5, 2], [2, 3.5]])
    np.testing.assert_allclose(figures.half_bars(seconds, (np.arange(9) + 1) % 2, 2)[0], [0.5, 1.5])
    assert figures.half_bars(seconds[:2], np.arange(2), 4).shape == (0, 2)


def test_a_bar_that_was_counted_short_is_none():
    positions = np.array([0, 1, 2, 3, 0, 1, 0, 1, 2, 3, 0])
    found = figures.half_bars(np.arange(11.0), positions, 4)
    np.testing.assert_allclose(found, [[0, 2], [2, 4], [6, 8], [8, 10]])


def test_units_tell_the_figures(archive):
    known = archive.select("val")[0]
    halves = figures.half_bars(known.beats.seconds, known.beats.positions, 4)
    assert figures.told_of(known, halves)[:-1] == expected(ASKED)[:-1]


@pytest.mark.parametrize("period", [0.48, 0.44, 0.53])
def test_figures_are_recognised_at_any_tempo(archive, planted, period):
    known = figures.learn(archive, "cha-cha")
    positions, _ = dance(planted, ASKED, period)
    song = beats(len(ASKED), period)
    placed = trained.kinematics.unplace(DANCER, positions)[0]
    found = known.of(placed, 25.0, figures.half_bars(song.seconds, song.positions, 4))
    named = [known.names[figure] if figure >= 0 else None for figure in found]
    assert named[:-1] == expected(ASKED)[:-1]


def test_what_is_beyond_the_dance_is_a_gap(archive, planted):
    known = figures.learn(archive, "cha-cha")
    found = known.of(np.zeros((30, 22, 3)), 25.0, np.array([[-1.0, 0.0], [0.0, 1.0], [0.7, 1.7]]))
    assert (found >= 0).tolist() == [False, True, False]


def test_an_order_that_was_learnt_surprises_less_than_another(danced):
    learnt, other = danced(ASKED), danced([0, 3, 2, 1, 3, 2, 1, 3, 2, 0])
    assert measures.figure_bits(learnt) < 1.5 < measures.figure_bits(other)
    assert measures.figure_order(learnt) > measures.figure_order(other) + 0.5
    assert measures.figure_order(danced([1] * 8)) < measures.figure_order(learnt)


def test_bits_are_those_of_the_chain(danced, archive):
    known = figures.learn(archive, "cha-cha")
    song = danced(ASKED)
    (sequence,) = measures.named(song)
    assert measures.figure_bits(song) == pytest.approx(syntax.bits(sequence, known.transitions))
    assert [known.names[figure] for figure in sequence][:-1] == expected(ASKED)[:-1]


def test_a_still_dancer_has_no_order(archive, staged, danced):
    song = danced(ASKED)
    still = Danced(song.staged, (np.repeat(song.by_seed[0][200:201], 480, axis=0),), context=song.context)
    assert measures.figure_order(still) == pytest.approx(0, abs=1e-9)


def test_where_there_is_nothing_to_go_by_it_is_said(danced, staged, small_archive):
    song = danced(ASKED)
    for few, words in (
        (Danced(staged(style="waltz", positions=np.arange(20) % 3, metre=3), song.by_seed, context=song.context), "no syntax"),
        (Danced(staged(style="cha-cha"), song.by_seed, context=song.context), "no bars"),
        (Danced(song.staged, song.by_seed), "no archive"),
        (Danced(song.staged, (song.by_seed[0][:40],), context=song.context), "in a row"),
        (Danced(song.staged, song.by_seed, context=Context(small_archive, "val", ())), "no syntax"),
    ):
        with pytest.raises(TooFew, match=words):
            measures.figure_bits(few)


# The real data.

DATA = os.environ.get("BALLO_DATA")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Cha-cha, remastered: what training shows of three songs, and a fourth that nobody learns from."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "data" / "tang2018").mkdir(parents=True)
    for part in ("choreonet", *(f"tang2018/DANCE_C_{number}" for number in (2, 4, 6, 8))):
        (folder / "data" / part).symlink_to(Path(str(DATA)) / part)
    split = Split(("DANCE_C_2", "DANCE_C_4", "DANCE_C_6"), ("DANCE_C_8",))
    return Archive.open(preparation.prepare([folder / "data"], folder / "archive", split, preparation.Wish()).archive.path)


@pytest.mark.skipif(not DATA, reason="set BALLO_DATA to the folder of the published data to test on it")
def test_real_figures_are_recognised_in_a_dance_that_nobody_learnt_from(real):
    """Of the half-bars of figures that training shows, nearly all are given their unit, and they are in order."""
    dance, known = real.select("val")[0], figures.learn(real, "cha-cha")
    halves = figures.half_bars(dance.beats.seconds, dance.beats.positions, dance.beats.metre)
    told, found = figures.told_of(dance, halves), known.of(trained.placed(dance), dance.fps, halves)
    tags = {name.split()[0] for name in known.names}
    judged = [
        (name.split()[0], known.names[figure].split()[0])
        for name, figure in zip(told, found, strict=True)
        if name is not None and figure >= 0 and name.split()[0] in tags
    ]
    assert len(judged) > 15
    assert np.mean([is_so == by_nearest for is_so, by_nearest in judged]) > 0.85
    order = syntax.syntax([found], known.transitions)
    assert order.bits + 2 < order.shuffled


@pytest.mark.skipif(not DATA, reason="set BALLO_DATA to the folder of the published data to test on it")
def test_real_movement_is_near_training_where_its_unit_was_seen_and_only_there(real):
    """Two ways of saying it agree where recordings are not led into one another: by unit and place, and by the nearest pose."""
    dance, shown = real.select("val")[0], seen.shown(real)
    frames = seen.frames_seen(dance, shown)
    assert 0.1 < frames.mean() < 0.9
    near = copying.pose_distances(trained.placed(dance), shown.learnt) <= copying.NEAR_METRES
    clear = away(np.arange(len(dance)) / dance.fps, np.array(dance.joins) / dance.fps, reach_seconds=0.5)
    assert near[frames & clear].mean() > 0.9
    assert near[~frames & clear].mean() < 0.1
