"""Timing of dances to songs of an evaluation: feet that step on beats, seeds that share a song, noise, songs without beats."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.measures import timing
from ballo.evaluation.measures.measure import TooFew
from ballo.evaluation.measures.timing import BEATS, MEASURES, STEPS, TO_MOTION, TO_MUSIC
from ballo.evaluation.songs import Staged
from ballo.metrics import alignment
from ballo.metrics.paper import alignment as paper
from ballo.metrics.resampling import resample
from ballo.metrics.sync import InSong
from ballo.motion.skeleton import DANCER

PERIODS = (0.45, 0.48, 0.52, 0.56, 0.61, 0.66)
FRAMES = 1000


def stepping(period: float, late: float = 0.0, metre: int = 4) -> np.ndarray:
    """A body whose left foot flies to and fro, and comes down on every beat; twice as far on the first of a bar."""
    rest = np.random.default_rng(0).random((22, 3))
    places = (np.arange(FRAMES) / 25 - late) / period
    # On the way for the half beat before each: a step forth, a step back.
    forth = np.clip(2 * (places % 1) - 1, 0, 1)
    far = np.where(np.floor(places + 1) % metre == 0, 0.8, 0.4)
    way = np.where(np.floor(places) % 2 == 0, forth, 1 - forth) * far
    dance = np.repeat(rest[None], FRAMES, axis=0)
    for joint in DANCER.foot_joints[0]:
        dance[:, joint, 2] += way
    return dance.astype(np.float32)


def song(number: int, period: float, *, style: str = "waltz", **more) -> Staged:
    beats = np.arange(-2, 100) * period
    known = {"keep": np.ones(FRAMES, dtype=bool), "joins": np.zeros(0), "metre": 4, "positions": np.arange(-2, 100) % 4} | more
    return Staged(f"{style}_{number}", style, DANCER, 25.0, stepping(period), beats=beats, file=Path("none.wav"), **known)


@pytest.fixture(scope="module")
def songs() -> list[Staged]:
    return [song(number, period, style="tango" if number % 2 else "waltz") for number, period in enumerate(PERIODS)]


@pytest.fixture(scope="module")
def danced(songs):
    """Two seeds on the beat of each song."""
    context = Context(None, "val", tuple(songs))
    return [
        Danced(each, (stepping(p), stepping(p, late=0.02)), context=context) for each, p in zip(songs, PERIODS, strict=True)
    ]


@pytest.fixture(scope="module")
def noisy(songs):
    random = np.random.default_rng(1)
    context = Context(None, "val", tuple(songs))

    def noise(real: np.ndarray) -> np.ndarray:
        return (real[:1] + random.normal(scale=0.01, size=real.shape)).astype(np.float32)

    return [Danced(each, tuple(noise(each.real) for _ in range(4)), context=context) for each in songs]


def of(measure: str, danced: list[Danced]) -> float:
    found = next(each for each in MEASURES if each.name == measure)
    if found.of_songs is not None:
        return found.of_songs(danced)
    return float(np.mean([found.of_song(each) for each in danced]))


def test_who_steps_on_the_beat_is_in_time(danced):
    assert of("in_time", danced) > 0.9
    assert of("in_time_p", danced) < 0.001
    for name in ("steps_to_music", "music_to_steps"):
        assert of(name, danced) > 0.75, "a foot counts as standing a little after it has come to rest"
        assert of(f"{name}_over_shifted", danced) > 0.3
        assert of(f"{name}_over_other", danced) > 0.3
        assert of(f"{name}_shifted_p", danced) < 0.02
        assert of(f"{name}_other_p", danced) == pytest.approx(1 / 720)


def test_who_steps_between_beats_is_as_regular_but_not_on_them(songs):
    between = [Danced(each, (stepping(p, late=0.5 * p),)) for each, p in zip(songs, PERIODS, strict=True)]
    assert of("in_time", between) > 0.9
    assert of("in_time_p", between) < 0.001
    assert of("steps_to_music", between) < 0.2
    assert of("steps_to_music_shifted_p", between) > 0.9


def test_who_keeps_the_tempo_and_the_bar(danced):
    assert of("in_tempo", danced) == 100
    assert of("tempo_gain", danced) > 0.4
    assert of("tempo_p", danced) == pytest.approx(1 / 720)
    assert of("tempo_style_p", danced) == pytest.approx(1 / 36)
    assert of("bar_fold", danced) > 30
    assert of("bar_fold_p", danced) < 0.005


def test_noise_is_at_chance(noisy):
    for name in ("motion_to_music", "music_to_motion"):
        assert of(name, noisy) > 0.3
        assert of(f"{name}_over_shifted", noisy) == pytest.approx(0, abs=0.025)
        assert of(f"{name}_over_other", noisy) == pytest.approx(0, abs=0.025)
        assert of(f"{name}_shifted_p", noisy) > 0.02
        assert of(f"{name}_other_p", noisy) > 0.02
    assert of("tempo_gain", noisy) == pytest.approx(0, abs=0.03)
    assert min(of("tempo_p", noisy), of("bar_fold_p", noisy)) > 0.02
    assert of("bar_fold", noisy) < 2, "its first frames, on a downbeat in every song, do not count"
    with pytest.raises(TooFew, match="step"):
        of("in_time", noisy)


def test_seeds_of_a_song_say_no_more_than_it(songs):
    """Late by something of its own in every song: each agrees with itself and no song with another, however many the seeds."""
    late = np.random.default_rng(5).random(6) * PERIODS
    few, many = (
        [Danced(each, (stepping(p, late=by),) * seeds) for each, p, by in zip(songs, PERIODS, late, strict=True)]
        for seeds in (1, 12)
    )
    assert of("in_time", [few[0]]) > 0.9
    for name in ("in_time_p", "steps_to_music_shifted_p", "bar_fold_p", "tempo_p"):
        assert of(name, many) == pytest.approx(of(name, few), abs=0.03), name
    assert of("in_time_p", many) > 0.03


def test_of_one_song_there_is_no_chance(danced):
    for measure in MEASURES:
        if not measure.interval:
            with pytest.raises(TooFew, match="needs 2"):
                measure.of_songs(danced[:1])
    with pytest.raises(TooFew, match="no other song"):
        timing.over_other(STEPS, TO_MUSIC, Danced(danced[0].staged, danced[0].by_seed))
    with pytest.raises(TooFew, match="2 ways to exchange"):
        timing.tempo_style_p(danced[:3])
    with pytest.raises(TooFew, match="no two songs of a style"):
        timing.bar_fold_p(danced[:2])


def test_the_alignment_is_that_of_the_metric(danced, songs):
    """Each way, with every chance, from the events themselves; nobody steps in the first or last quarter of a second."""
    dances = []
    for each in danced:
        found = [alignment.motion_beats(dance, 25.0) for dance in each.by_seed]
        inside = [events[(events >= 0.24) & (events <= (FRAMES - 1) / 25 - 0.24)] for events in found]
        dances.append([InSong(events, each.staged.beats) for events in inside])
    expected = alignment.beat_alignment(dances)
    for name, way in (("motion_to_music", expected.to_music), ("music_to_motion", expected.to_motion)):
        assert of(name, danced) == pytest.approx(way.value)
        assert of(f"{name}_over_shifted", danced) == pytest.approx(way.over_shifted)
        assert of(f"{name}_over_other", danced) == pytest.approx(way.over_shuffled)
        assert of(f"{name}_shifted_p", danced) == way.shifted_p
        assert of(f"{name}_other_p", danced) == pytest.approx(way.shuffled_p)


def test_joins_are_left_out_of_real_and_spoilt_dances_only():
    joins = np.arange(2, 38, 2) * 0.45
    staged = song(0, 0.45, joins=joins)
    counted = {
        (real, spoilt): timing.timed.turned(Danced(staged, (staged.real,), real=real, spoilt=spoilt)).counts[0]
        for real, spoilt in ((True, False), (False, True), (False, False))
    }
    assert counted[True, False] == counted[False, True]
    assert 0 < counted[True, False] < counted[False, False] - 12


def test_papers_numbers_are_those_of_their_codes(danced):
    one = danced[0]
    at_60 = [resample(dance, 25.0, 60.0).astype(np.float32) for dance in one.by_seed]
    music = paper.music_frames(one.staged.beats, 60.0, len(at_60[0]))
    assert timing.fact(one) == pytest.approx(np.mean([paper.fact(dance, music) for dance in at_60]))
    music = paper.music_frames(one.staged.beats, 25.0, FRAMES)
    assert timing.bailando(one) == pytest.approx(np.mean([paper.bailando(dance, music) for dance in one.by_seed]))


def test_a_still_dance_has_no_time(songs):
    still = [Danced(each, (np.repeat(each.real[:1], FRAMES, axis=0),)) for each in songs]
    assert of("alignment_fact", still) == 0, "as in FACT's code"
    for name in ("alignment_bailando", "motion_to_music", "music_to_steps", "tempo_gain", "in_tempo", "bar_fold"):
        assert math.isnan(of(name, still)), name
    for measure in MEASURES:
        if not measure.interval or measure.name == "in_time":
            with pytest.raises(TooFew):
                measure.of_songs(still)


def test_a_step_or_two_is_no_alignment(songs):
    once = np.repeat(songs[0].real[:1], FRAMES, axis=0)
    once[400:440] = songs[0].real[400:440]
    danced = Danced(songs[0], (once,))
    assert 0 < len(timing.timed.events(STEPS, danced)[0].events) < 5
    assert math.isnan(timing.aligned(STEPS, TO_MUSIC, danced))
    assert math.isnan(timing.over_shifted(STEPS, TO_MOTION, danced))


def test_songs_without_beats_or_bars_are_left_out(danced):
    silent = dataclasses.replace(danced[0].staged, name="silent", beats=None, positions=None, metre=0)
    barless = dataclasses.replace(danced[1].staged, name="barless", positions=None, metre=0)
    more = [*danced, Danced(silent, danced[0].by_seed, context=danced[0].context)]
    for measure in MEASURES:
        expected = of(measure.name, danced)
        if measure.of_song is not None:
            alone = None
            try:
                alone = measure.of_song(more[-1])
            except TooFew:
                assert measure.name == "in_time"
            assert alone is None or math.isnan(alone), measure.name
        if measure.of_songs is not None:
            assert measure.of_songs(more) == pytest.approx(expected), measure.name
    no_bars = Danced(barless, danced[1].by_seed)
    assert timing.aligned(BEATS, TO_MUSIC, no_bars) == timing.aligned(BEATS, TO_MUSIC, danced[1])
    assert math.isnan(timing.tempo_gain(no_bars))
    assert math.isnan(timing.bar_fold([no_bars]))


def test_very_short_dances():
    for frames in (1, 2, 13):
        staged = song(0, 0.5)
        short = [Danced(staged, (staged.real[:frames],)), Danced(song(1, 0.6), (staged.real[:frames],))]
        for measure in MEASURES:
            try:
                found = of(measure.name, short)
            except TooFew:
                continue
            assert math.isnan(found) or measure.convention == "paper", measure.name


def test_measures_say_what_they_are():
    assert len({each.name for each in MEASURES}) == len({each.title.strip() for each in MEASURES}) == len(MEASURES)
    for each in MEASURES:
        assert each.family == "timing"
        assert each.about.endswith(".")
        assert each.interval == (not each.name.endswith("_p"))
        assert (each.convention == "paper") == ("BAS" in each.title)
