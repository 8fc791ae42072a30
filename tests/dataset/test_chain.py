"""A chain of units: what scripts taught it comes out again, exactly as long as asked, and nothing else does."""

from __future__ import annotations

import collections
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset import chain, remaster
from ballo.dataset.library import Library
from ballo.dataset.recordings import Script
from ballo.dataset.units import Unit

METRE = 4
BEATS = {"C-1-1": 4, "C-2-1": 4, "C-3-1": 8, "C-4-1": 2, "C-5-1": 4, "C-0-1": 8, "C-0-2": 4}
SCRIPTS = [
    "C-0-1 C-1-1 C-2-1 C-1-1 C-3-1 C-0-2",
    "C-0-1 C-1-1 C-2-1 C-1-1 C-2-1 C-1-1 C-3-1 C-1-1 C-0-2",
    "C-1-1 C-2-1 C-4-1 C-4-1 C-3-1 C-3-1 C-0-2",
]


def script(words):
    tags = words.split()
    return Script(tuple(tags), tuple(BEATS.get(tag, 4) for tag in tags))


def library(*, held_out=(), places=None, gap=1.0, scripts=SCRIPTS, beats=BEATS):
    """Units of one take, `gap` seconds apart; figures on the first beat of the bar unless `places` says otherwise."""
    units, start = {}, 0.0
    for tag, count in beats.items():
        place = None if tag.startswith("C-0") else (places or {}).get(tag, 0)
        units[tag] = Unit(tag, "15", start, start + count / 2, count, True, count, place)
        start += count / 2 + gap
    known = {f"DANCE_C_{n}": script(words) for n, words in enumerate(scripts, start=1)}
    return Library({}, {}, units, frozenset(units), frozenset(held_out), known)


def learnt(**planted):
    made = library(**planted)
    return chain.learn(made.scripts.values(), "cha-cha", made)


def composed(learnt_chain, bars, seed=0):
    units = chain.compose(learnt_chain, np.arange(bars * METRE + 1) % METRE, METRE, np.random.default_rng(seed))
    return None if units is None else [unit.tag for unit in units]


def test_transitions_are_counted():
    made = learnt()
    number = {unit.tag: index for index, unit in enumerate(made.units)}
    counted = {
        (a, b): int(made.counts[number[a], number[b]])
        for a, b in itertools.product(number, number)
        if made.counts[number[a], number[b]]
    }
    expected = collections.Counter(pair for words in SCRIPTS for pair in itertools.pairwise(words.split()))
    assert counted == dict(expected)


def test_probabilities_back_off_a_little():
    """C-2-1 leads to C-1-1 3 times of 4, to C-4-1 once; one more count is spread by how often units are danced."""
    made = learnt()
    number = {unit.tag: index for index, unit in enumerate(made.units)}
    row = made.following[number["C-2-1"]]
    danced = {"C-1-1": 7, "C-2-1": 4, "C-3-1": 4, "C-4-1": 2, "C-0-2": 3}
    for tag, times in danced.items():
        counted = {"C-1-1": 3, "C-4-1": 1}.get(tag, 0)
        # While the music goes on, the end's share goes to the others.
        assert row[number[tag]] == pytest.approx((counted + times / 20) / (5 - 3 / 20))
    assert row[number["C-5-1"]] == row[number["C-0-1"]] == 0
    rows = made.following[:, ~made.ends].sum(axis=1)
    assert rows[number["C-0-2"]] == 0
    np.testing.assert_allclose(np.delete(rows, number["C-0-2"]), 1)


def test_a_unit_that_no_script_leads_on_from_goes_on_with_its_take():
    made = learnt(gap=0.0, beats={"C-1-1": 4, "C-5-1": 4, "C-2-1": 4, "C-6-1": 4}, scripts=["C-1-1 C-2-1 C-1-1"])
    number = {unit.tag: index for index, unit in enumerate(made.units)}
    assert made.following[number["C-5-1"], number["C-2-1"]] == pytest.approx(0.5 + 0.5 / 3)
    assert made.following[number["C-2-1"], number["C-6-1"]] == pytest.approx(0.25)


def test_planted_transitions_come_out_as_often_as_they_went_in():
    """Over many long dances, away from their ends, units lead on as in the scripts, though scripts end after some of them."""
    made = learnt(beats=BEATS | {"C-4-1": 4})
    number = {unit.tag: index for index, unit in enumerate(made.units)}
    pairs = collections.Counter()
    for seed in range(100):
        pairs.update(itertools.pairwise(composed(made, 80, seed)[1:-10]))
    for here in ("C-1-1", "C-2-1", "C-3-1"):
        total = sum(count for pair, count in pairs.items() if pair[0] == here)
        assert total > 300
        for there in ("C-1-1", "C-2-1", "C-3-1", "C-4-1"):
            expected = made.following[number[here], number[there]]
            assert pairs[here, there] / total == pytest.approx(expected, abs=4 * np.sqrt(0.25 / total))


def test_the_chance_of_ending_in_time_is_exact():
    """Every script of a small chain, listed one by one, is drawn as often as the product of its steps among all that fit."""
    made = learnt(places={"C-3-1": 2})
    positions = np.arange(6 * METRE + 1) % METRE
    number = {unit.tag: index for index, unit in enumerate(made.units)}
    likely = {}

    def ways(last, beat):
        """Each unit that may come next, when it ends, and how likely: unseen steps that wait or are misplaced seldom."""
        found = []
        for unit in made.units:
            step, wait = made.following[number[last.tag], number[unit.tag]], 0
            if remaster.barred(last, unit, METRE):
                wait = (unit.place - positions[beat]) % METRE
            awkward = wait or (unit.place not in (None, positions[beat]) and not remaster.contiguous(last, unit))
            if awkward and not made.counts[number[last.tag], number[unit.tag]]:
                step *= chain.WAITING_WEIGHT
            found.append((unit, beat + wait + unit.beats, step))
        total = sum(step for unit, _, step in found if not made.ends[number[unit.tag]])
        return [(unit, end, step / total) for unit, end, step in found] if total else []

    def extend(units, beat, weight):
        if beat == len(positions) - 1 and made.last[number[units[-1].tag]]:
            likely[tuple(unit.tag for unit in units)] = weight
            return
        for unit, end, step in ways(units[-1], beat):
            if step and end <= len(positions) - 1:
                extend([*units, unit], end, weight * step)

    for unit, share in zip(made.units, made.first, strict=True):
        if share:
            extend([unit], unit.beats, share)
    total = sum(likely.values())
    drawn = collections.Counter(tuple(composed(made, 6, seed)) for seed in range(1500))
    assert set(drawn) <= set(likely)
    assert len(likely) > 10
    for tags, weight in likely.items():
        share = weight / total
        assert drawn[tags] / 1500 == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 1500) + 1e-3)


@settings(max_examples=30)
@given(bars=st.integers(1, 90), seed=st.integers(0, 1000), place=st.integers(0, 3))
def test_every_length_is_filled_to_the_last_beat_and_every_bar_unit_on_its_place(bars, seed, place):
    made = learnt(places={"C-3-1": place})
    tags = composed(made, bars, seed)
    assert tags is not None
    beat, before = 0, None
    for tag in tags:
        unit = next(unit for unit in made.units if unit.tag == tag)
        if before is not None and remaster.barred(before, unit, METRE):
            beat += (unit.place - beat) % METRE
        beat, before = beat + unit.beats, unit
    assert beat == bars * METRE
    if bars >= 4:
        assert (tags[0], tags[-1]) == ("C-0-1", "C-0-2")
        assert not {"C-0-1", "C-0-2"} & set(tags[1:-1])


def test_held_out_units_are_not_danced_and_nothing_is_learnt_across_them():
    made = library(held_out=["C-2-1"])
    kept = chain.learn(made.scripts.values(), "cha-cha", made)
    assert "C-2-1" not in [unit.tag for unit in kept.units]
    number = {unit.tag: index for index, unit in enumerate(kept.units)}
    assert kept.counts[number["C-1-1"], number["C-1-1"]] == 0
    for seed in range(30):
        assert "C-2-1" not in composed(kept, 40, seed)
    whole = chain.learn(made.scripts.values(), "cha-cha", made, held_out=True)
    assert any("C-2-1" in composed(whole, 40, seed) for seed in range(5))


def test_waits_are_no_state_and_beginnings_stand_for_start():
    made = learnt(scripts=["START C-1-1 HOLD C-2-1 END"])
    number = {unit.tag: index for index, unit in enumerate(made.units)}
    assert made.counts[number["C-1-1"], number["C-2-1"]] == 1
    assert made.units[int(made.first.argmax())].rest
    assert all(made.units[index].rest for index in np.flatnonzero(made.last))


def test_unknown_tags_break_a_script():
    made = learnt(scripts=["C-1-1 C-9-9 C-2-1"])
    assert made.counts.sum() == 0


def test_bits_by_hand():
    """C-1-1 leads to C-2-1 and C-3-1 evenly, and they back: 1 bit every second unit, of 4 + 4 or 4 + 8 beats."""
    made = learnt(scripts=["C-1-1 C-2-1 C-1-1 C-3-1 C-1-1 C-2-1 C-1-1 C-3-1 C-1-1"])
    beats = (4 * 4 + 2 * 4 + 2 * 8) / 8
    assert made.bits(2) == pytest.approx(0.5 / beats * 2)
    assert made.bits(2, backing_off=True) > made.bits(2)


def test_without_any_script_any_figure_follows_any():
    made = learnt(scripts=[])
    tags = {tag for seed in range(50) for tag in composed(made, 30, seed)}
    assert tags >= {"C-1-1", "C-2-1", "C-3-1", "C-4-1", "C-5-1"}


def test_a_stretch_shorter_than_any_unit_is_not_filled():
    made = learnt(beats={"C-3-1": 8}, scripts=["C-3-1 C-3-1"])
    assert composed(made, 1) is None


def test_hours_do_not_vanish():
    made = learnt(places={"C-3-1": 2, "C-1-1": 3, "C-2-1": 1})
    tags = composed(made, 5000)
    assert tags[-1] == "C-0-2"
