"""The family of realism: what it must say of real dances, of spoilt ones, of too few, and of halves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ballo.evaluation.danced import Danced
from ballo.evaluation.measures import realism
from ballo.evaluation.measures.measure import TooFew
from ballo.metrics import frechet, kinetic
from ballo.metrics.coverage import coverage
from ballo.metrics.diversity import feature_diversity
from ballo.metrics.geometric import geometric_features
from ballo.metrics.paper import frechet as published
from ballo.metrics.paper.joints import smpl_joints
from ballo.motion.skeleton import DANCER

SOUND = [measure for measure in realism.MEASURES if measure.convention == "sound"]
PAPER = [measure for measure in realism.MEASURES if measure.convention == "paper"]
AMONG = ("precision", "recall", "density", "coverage")


def value(name: str, songs: list[Danced]) -> float:
    measure = {each.name: each for each in realism.MEASURES}[name]
    assert measure.of_songs is not None
    return measure.of_songs(songs)


@pytest.fixture(scope="session")
def dance(planted: Callable[[np.ndarray], np.ndarray]) -> Callable[[int, int], np.ndarray]:
    """The planted dance begun anywhere and danced at a pace of the song's own, with some of its limbs going further."""

    def make(number: int, frames: int) -> np.ndarray:
        rng = np.random.default_rng(number)
        positions = planted(500 * rng.random() + (0.8 + 0.9 * rng.random()) * np.arange(frames))
        around = positions - positions[:, :1]
        return (positions[:, :1] + around * (1 + 0.15 * rng.normal(size=(22, 1)))).astype(np.float32)

    return make


@pytest.fixture
def songs(staged, dance) -> Callable[..., list[Danced]]:
    """Songs of 24 s, each with nine clips, and who dances them as `spoil` says of the real dance, a seed and a song."""

    def make(count: int, spoil=lambda real, seed, number: real, seeds: int = 1, frames: int = 600) -> list[Danced]:
        found = []
        for number in range(count):
            real = dance(number, frames)
            song = _with(staged(f"song {number}", "waltz" if number % 2 else "rumba"), real)
            found.append(Danced(song, tuple(spoil(real, seed, number) for seed in range(seeds))))
        return found

    return make


def _with(song, real):
    return replace(song, real=real, keep=np.ones(len(real), dtype=bool), usable=np.ones(len(real), dtype=bool))


def noisy(real, seed, number, metres=0.01):
    return real + np.random.default_rng([seed, number]).normal(0, metres, real.shape).astype(np.float32)


def real_ones(songs):
    return [song.reference for song in songs]


def test_real_dances_are_the_reference(songs):
    real = real_ones(songs(12))
    assert value("fid_kinetic", real) == value("fid_geometric", real) == 0
    assert all(math.isnan(value(name, real)) for name in AMONG)
    assert value("div_kinetic", real) > 1


def test_copies_of_real_dances_are_as_real_wherever_they_are_danced(songs):
    away = songs(12, lambda real, seed, number: real + np.float32([1.0, 0, -2]))
    assert value("fid_kinetic", away) == pytest.approx(0, abs=1e-4)
    assert value("fid_geometric", away) == pytest.approx(0, abs=1e-2)
    assert value("precision", away) == value("recall", away) == value("coverage", away) == 1
    assert value("div_kinetic", away) == pytest.approx(value("div_kinetic", real_ones(away)), rel=1e-4)


def test_noise_and_stillness_are_far_off(songs):
    halves = realism.halves(songs(24), "fid_kinetic")
    noise, frozen = songs(24, noisy), songs(24, lambda real, seed, number: np.repeat(real[:1], len(real), axis=0))
    for spoilt in (noise, frozen):
        assert value("fid_kinetic", spoilt) > 5 * halves
        assert value("coverage", spoilt) < 0.2
    assert value("div_kinetic", frozen) == pytest.approx(0, abs=1e-6)


def test_the_dances_of_other_songs_of_the_set_are_as_real(songs, dance):
    """Which dance goes with which song does not matter to a distance of sets."""
    moved_on = songs(12, lambda real, seed, number: dance((number + 1) % 12, 600))
    assert value("fid_kinetic", moved_on) == pytest.approx(0, abs=1e-8)


def test_another_frame_rate_is_the_same_dance(staged, planted):
    """Real dances, and ones a fifth slower, at 25 and at 50 frames a second; of Tang's dances smoothed, 0.2 %."""
    found = []
    for fps in (25, 50):
        frames = np.arange(24 * fps) * 25 / fps
        songs = []
        for number in range(12):
            start, pace = 300 * number, 1 + 0.1 * (number % 5)
            song = replace(_with(staged(f"song {number}"), planted(start + pace * frames)), fps=float(fps))
            songs.append(Danced(song, (planted(start + 0.8 * pace * frames),)))
        found.append([value("fid_kinetic", songs), value("fid_geometric", songs), value("div_kinetic", songs)])
    assert found[0][0] > 1
    np.testing.assert_allclose(found[1], found[0], rtol=0.02)


def test_values_are_those_of_the_metrics_seed_by_seed(songs):
    made = songs(12, noisy, seeds=2)
    features = {"kinetic": [], "geometric": []}
    for seed in range(2):
        for kind, of in (("kinetic", kinetic.kinetic_features), ("geometric", _geometric)):
            real = np.concatenate([of(song.reference.clips(0), 25.0) for song in made])
            features[kind].append((real, np.concatenate([of(song.clips(seed), 25.0) for song in made])))
    expected = np.mean([frechet.frechet(real, mine).value for real, mine in features["kinetic"]])
    assert value("fid_kinetic", made) == pytest.approx(expected)
    expected = np.mean([frechet.frechet(real, mine, realism.GEOMETRIC_FLOOR).value for real, mine in features["geometric"]])
    assert value("fid_geometric", made) == pytest.approx(expected)
    expected = np.mean([feature_diversity(frechet.scale_of(real)(mine)) for real, mine in features["kinetic"]])
    assert value("div_kinetic", made) == pytest.approx(expected)
    found = []
    for (real_k, made_k), (real_g, made_g) in zip(*features.values(), strict=True):
        k, g = frechet.scale_of(real_k), frechet.scale_of(real_g, realism.GEOMETRIC_FLOOR)
        here, there = (np.c_[k(a) / 66**0.5, g(b) / 32**0.5] for a, b in ((real_k, real_g), (made_k, made_g)))
        found.append(coverage(here, there))
    for name in AMONG:
        assert value(name, made) == pytest.approx(np.mean([getattr(each, name) for each in found])), name


def _geometric(clips, fps):
    return geometric_features(DANCER, clips, fps)


def test_published_values_are_those_of_whole_dances(songs):
    made = songs(realism.PAPER_SONGS, noisy, frames=150)
    real, mine = (
        [published.bailando(smpl_joints(DANCER, song.by_seed[0].astype(np.float64))) for song in some]
        for some in (real_ones(made), made)
    )
    expected = published.published(np.stack([f.kinetic for f in real]), np.stack([f.kinetic for f in mine]))
    assert value("paper_fid_kinetic", made) == pytest.approx(expected.fid)
    assert value("paper_div_kinetic", made) == pytest.approx(expected.diversity)
    assert value("paper_fid_kinetic", real_ones(made)) == 0
    assert value("paper_div_kinetic", real_ones(made)) == pytest.approx(expected.real_diversity)


def test_too_few_are_told_with_their_counts(songs):
    few = songs(4)
    for measure in SOUND:
        with pytest.raises(TooFew, match="36 clips of 4 songs: needs 100 of 5"):
            measure.of_songs(few)
    short = songs(8, frames=200)
    with pytest.raises(TooFew, match="16 clips of 8 songs"):
        value("fid_kinetic", short)
    for measure in PAPER:
        with pytest.raises(TooFew, match="4 songs: needs 20"):
            measure.of_songs(few)
    for measure in realism.MEASURES:
        with pytest.raises(TooFew, match=r"0 songs|0 clips"):
            measure.of_songs([])


def test_a_dance_of_two_frames_is_told(songs):
    stopped = songs(20, lambda real, seed, number: real[:2] if number == 7 else real, frames=150)
    with pytest.raises(TooFew, match="under 3 frames of song 7"):
        value("paper_fid_kinetic", stopped)


def test_who_stops_early_has_fewer_clips_and_is_measured(songs):
    stopped = songs(14, lambda real, seed, number: real[:100] if number == 7 else real)
    assert 0 < value("fid_kinetic", stopped) < 10
    assert value("precision", stopped) == 1


def test_songs_drawn_twice_count_twice_and_are_not_their_own_neighbours(songs):
    made = songs(14, lambda real, seed, number: noisy(real, seed, number, 0.002))
    assert value("precision", [*made, *made]) == value("precision", made)
    assert value("coverage", [*made, *made]) == value("coverage", made)
    drawn = [*made[:12], *made[:3]]
    real = np.concatenate([kinetic.kinetic_features(song.reference.clips(), 25.0) for song in drawn])
    mine = np.concatenate([kinetic.kinetic_features(song.clips(), 25.0) for song in drawn])
    assert value("div_kinetic", drawn) == pytest.approx(feature_diversity(frechet.scale_of(real)(mine)))
    assert value("fid_kinetic", drawn) == pytest.approx(frechet.frechet(real, mine).value)


def test_features_are_computed_once_a_dance(songs, monkeypatch):
    made = songs(12, noisy)
    calls = []
    compute = kinetic.kinetic_features
    monkeypatch.setattr(kinetic, "kinetic_features", lambda clips, fps: calls.append(len(clips)) or compute(clips, fps))
    for _ in range(3):
        for measure in SOUND:
            measure.of_songs(made)
    assert len(calls) == 24  # 12 real dances and 12 made ones


def test_halves_have_both_styles_and_are_further_apart_than_nothing(songs):
    real = songs(24)
    first, second = realism._halved(real_ones(real), np.random.default_rng(0))
    assert sorted(song.staged.style for song in first) == sorted(song.staged.style for song in second)
    assert not {song.staged.name for song in first} & {song.staged.name for song in second}
    assert realism.halves(real, "fid_kinetic") > 0
    assert realism.halves(real, "fid_kinetic") == realism.halves(songs(24, noisy), "fid_kinetic")  # whoever danced them
    assert 0 < realism.halves(real, "precision") <= 1
    assert realism.halves(real, "div_kinetic") == pytest.approx(value("div_kinetic", real_ones(real)), rel=0.2)


def test_halves_of_too_few_are_told(songs):
    with pytest.raises(TooFew, match="clips of"):
        realism.halves(songs(12), "fid_kinetic")
    with pytest.raises(TooFew, match="12 songs: needs 20"):
        realism.halves(songs(24), "paper_fid_kinetic")
    with pytest.raises(KeyError):
        realism.halves(songs(24), "speed_ratio")


def test_every_measure_can_be_halved_and_says_what_it_is():
    assert {measure.name for measure in realism.MEASURES} == set(realism._HALVES)
    for measure in realism.MEASURES:
        assert measure.family == "realism"
        assert measure.about.endswith(".")
        assert measure.of_song is None
