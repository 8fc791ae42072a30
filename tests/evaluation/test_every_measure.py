"""What holds of every measure: who stops early, songs that nobody danced, and from where and how often one looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.measures import MEASURES, Measure, TooFew
from ballo.evaluation.row import figures
from ballo.evaluation.songs import Staged
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

SECONDS = 48
SOUND = [measure for measure in MEASURES if measure.convention != "paper" and measure.interval]
Dances = Callable[..., list[Danced]]


@pytest.fixture(scope="module")
def danced(small_archive, planted) -> Dances:
    """Six songs of 48 s of 19 clips each, and two seeds that dance the same figures faster or slower, to another song too."""

    def make(fps: float = 25.0, seeds: int = 2) -> list[Danced]:
        frames = np.arange(round(SECONDS * fps)) * 25 / fps
        songs = tuple(_song(number, planted(800 * number + 2.6 * frames), fps) for number in range(6))
        context = Context(small_archive, "val", songs)
        paces = [2.6 + 0.02 * seed for seed in range(1, 1 + seeds)]
        return [
            Danced(
                song,
                tuple(planted(800 * number + pace * frames).astype(np.float32) for pace in paces),
                tuple(planted(3000 + 800 * number + pace * frames).astype(np.float32) for pace in paces),
                context=context,
            )
            for number, song in enumerate(songs)
        ]

    return make


def _song(number: int, real: np.ndarray, fps: float) -> Staged:
    beats = np.arange(150) * (0.45 + 0.03 * number) - 1
    every, style = np.ones(len(real), dtype=bool), ("waltz", "rumba")[number % 2]
    bars = {"positions": np.arange(150) % 4, "metre": 4}
    return Staged(
        f"song_{number}",
        style,
        DANCER,
        fps,
        real.astype(np.float32),
        every,
        np.zeros(0),
        beats,
        Path("none.wav"),
        every,
        **bars,
    )


def value(measure: Measure, songs: Sequence[Danced]) -> float:
    """As a row has it; nan where there is too little."""
    return figures(songs, [measure], draws=False)[measure.name].value


def test_a_song_that_nobody_danced_breaks_nothing(danced):
    """As the last bars of a song are in a folder of shorter dances."""
    songs = danced()
    undanced = [Danced(song.staged, (), (), context=song.context) for song in songs]
    for measure in MEASURES:
        assert math.isnan(value(measure, undanced)), measure.name
        if measure.family != "realism" and measure.name != "song_spread":  # which are of as many seeds as all songs have
            mixed = value(measure, [*undanced[:1], *songs[1:]])
            assert mixed == pytest.approx(value(measure, songs[1:]), nan_ok=True), measure.name


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 30])
def test_next_to_nothing_breaks_nothing(danced, frames):
    for song in danced():
        short = [replace(song, by_seed=tuple(dance[:frames] for dance in song.by_seed), memory={})]
        for measure in MEASURES:
            try:
                found = math.nan if measure.of_song is None else measure.of_song(short[0])
            except TooFew:
                found = math.nan
            assert math.isfinite(found) or math.isnan(found), measure.name


def test_who_stops_early_is_measured_over_what_she_danced(danced):
    songs = danced()
    lengths = (0.9, 0.95)
    early = [
        replace(song, by_seed=tuple(d[: int(k * len(d))] for d, k in zip(song.by_seed, lengths, strict=True)), memory={})
        for song in songs
    ]
    for measure in MEASURES:
        whole, part = value(measure, songs), value(measure, early)
        assert math.isfinite(whole) == math.isfinite(part), measure.name


def test_songs_may_have_more_and_fewer_seeds(danced):
    songs = danced()
    mixed = [replace(song, by_seed=song.by_seed[: 1 + k % 2], memory={}) for k, song in enumerate(songs)]
    for measure in MEASURES:
        assert math.isfinite(value(measure, songs)) == math.isfinite(value(measure, mixed)), measure.name


@pytest.mark.parametrize("measure", SOUND, ids=lambda measure: measure.name)
def test_where_a_dancer_is_and_faces_does_not_matter(here, elsewhere, measure):
    assert value(measure, elsewhere) == pytest.approx(value(measure, here), rel=1e-3, abs=1e-3, nan_ok=True)


@pytest.mark.parametrize("measure", [each for each in SOUND if each.family != "realism"], ids=lambda measure: measure.name)
def test_how_many_frames_a_second_hardly_matters(here, at_50, at_60, measure):
    """Seen more often, not resampled. Sets of clips need songs that differ: see `test_realism`."""
    expected = value(measure, here)
    for other in (at_50, at_60):
        assert value(measure, other) == pytest.approx(expected, rel=0.02, abs=2e-3, nan_ok=True)


@pytest.fixture(scope="module")
def here(danced):
    return danced()


@pytest.fixture(scope="module")
def at_50(danced):
    return danced(50.0)


@pytest.fixture(scope="module")
def at_60(danced):
    return danced(60.0)


@pytest.fixture(scope="module")
def elsewhere(here):
    def moved(dance: np.ndarray) -> np.ndarray:
        turned = kinematics.turned_about_y(dance.astype(np.float64), np.float64(1.1))
        return (turned + np.array([2.0, 0.0, -3.0])).astype(np.float32)

    return [
        replace(song, by_seed=tuple(map(moved, song.by_seed)), other_song=tuple(map(moved, song.other_song)), memory={})
        for song in here
    ]
