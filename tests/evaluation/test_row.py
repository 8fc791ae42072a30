"""Figures over songs: means, what is pooled, intervals, parts of songs, and what stands where there is no number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ballo.evaluation.danced import Danced
from ballo.evaluation.measures import MEASURES, Measure, TooFew
from ballo.evaluation.row import cut, figures, halved, row


def measure(name="height", **given):
    """How high the pelvis is over the real one, in centimetres."""

    def of_song(song):
        return float(np.mean([100 * (dance[:, 0, 1] - song.staged.real[:, 0, 1]).mean() for dance in song.by_seed]))

    return Measure(name, name, "cm", "as real", **({"of_song": of_song} | given))


def lifted(song, *metres):
    return Danced(song, tuple(song.real + np.array([0, by, 0], dtype=np.float32) for by in metres))


def test_a_mean_is_over_seeds_then_songs_with_the_range_of_few(staged):
    one, two = lifted(staged("one"), 0.01, 0.03), lifted(staged("two", "tango"), 0.06)
    found = row("somebody", [one, two], {"three": "no beat"}, [measure()])
    figure = found.figures["height"]
    assert (figure.value, figure.interval.low, figure.interval.high) == pytest.approx((4, 2, 6), abs=1e-3)
    assert (figure.interval.method, figure.songs) == ("range", 2)
    assert found.by_style["tango"]["height"].value == pytest.approx(6, abs=1e-3)
    assert found.by_song["one"]["height"] == pytest.approx(2, abs=1e-3)
    assert found.left_out == {"three": "no beat"}


def test_ten_songs_have_a_bootstrap_interval_that_the_songs_alone_decide(staged):
    heights = np.random.default_rng(3).normal(0.05, 0.02, size=12)
    many = [lifted(staged(f"song {k}"), *[height] * 3) for k, height in enumerate(heights)]
    found = figures(many, [measure()])["height"]
    alone = figures([Danced(song.staged, song.by_seed[:1]) for song in many], [measure()])["height"]
    assert found.interval.method == "bootstrap"
    assert found.interval.low < found.value < found.interval.high
    assert (found.interval.low, found.interval.high) == pytest.approx((alone.interval.low, alone.interval.high), rel=1e-3)
    half = 1.96 * 100 * heights.std(ddof=1) / np.sqrt(12)
    assert found.interval.high - found.interval.low == pytest.approx(2 * half, rel=0.35)


def test_a_song_without_a_number_does_not_count_and_none_says_why(staged):
    def of_song(song):
        if song.staged.name == "one":
            raise TooFew("3 clips: needs 30")
        return 5.0

    songs = [lifted(staged("one"), 0.0), lifted(staged("two"), 0.0)]
    found = figures(songs, [measure(of_song=of_song)])["height"]
    assert (found.value, found.songs, found.note) == (5, 1, "")
    none = figures(songs[:1], [measure(of_song=of_song)])["height"]
    assert math.isnan(none.value)
    assert none.note == "3 clips: needs 30"


def test_what_is_pooled_is_taken_of_all_songs_and_leaving_each_out(staged):
    def of_songs(songs):
        if len(songs) < 2:
            raise TooFew(f"{len(songs)} songs: needs 2")
        return float(sum(int(song.staged.name) for song in songs))

    songs = [lifted(staged(str(number)), 0.0) for number in (1, 2, 4)]
    found = figures(songs, [measure(of_song=None, of_songs=of_songs)])["height"]
    assert (found.value, found.interval.low, found.interval.high) == (7, 3, 6)
    assert found.interval.method == "leaving one out"
    assert figures(songs[:1], [measure(of_song=None, of_songs=of_songs)])["height"].note == "1 songs: needs 2"
    bare = figures(songs, [measure(of_song=None, of_songs=of_songs, interval=False)])["height"]
    assert bare.interval is None
    assert figures(songs, [measure(of_song=None, of_songs=of_songs)], draws=False)["height"].interval is None


def test_nothing_danced_has_no_figures(staged):
    found = row("nobody", [], {"one": "no"}, MEASURES)
    assert all(math.isnan(figure.value) and figure.interval is None for figure in found.figures.values())


def test_parts_weigh_by_how_long_they_are(staged):
    song = lifted(staged(), 0.0)
    song.by_seed[0][150:] += np.array([0, 0.08, 0], dtype=np.float32)
    parts = {"here": [cut(song, 0, 50), cut(song, 150, 200)], "there": [cut(song, 0, 150), cut(song, 150, 200)], "none": []}
    found = row("somebody", [song], {}, [measure("distance", family="novelty")], parts=parts)
    assert found.by_part["here"]["distance"].value == pytest.approx(4, abs=1e-3)
    assert found.by_part["there"]["distance"].value == pytest.approx(2, abs=1e-3)
    assert "none" not in found.by_part
    whole = row("somebody", [song], {}, [measure("newness", family="novelty")], parts=parts)
    assert whole.by_part["here"] == {}, "not everything is taken of a few bars"


def test_a_part_keeps_its_beats_and_joins_on_its_own_clock(staged):
    keep = np.arange(200) % 2 == 0
    song = staged(joins=np.array([1.0, 3.0]), keep=keep)
    part = cut(Danced(song, (song.real, song.real[:60]), spoilt=True), 50, 100)
    assert part.staged.name == "one[50:100]"
    np.testing.assert_allclose(part.staged.joins, [-1.0, 1.0])
    np.testing.assert_allclose(part.staged.beats, song.beats - 2.0)
    np.testing.assert_array_equal(part.staged.keep, keep[50:100])
    assert [len(dance) for dance in part.by_seed] == [50], "a dance that ends before has no such part"
    assert part.joined
    assert part.reference.by_seed[0].shape[0] == 50
    assert cut(part, 10, 20).staged.first_frame == 60


def test_halves_are_of_sets_alone(staged):
    songs = [Danced(staged(str(k)), (staged(str(k)).real,), real=True) for k in range(4)]
    found = halved(songs, [measure("set", of_halves=lambda real: 2.0 * len(real)), measure()])
    assert found.figures["set"].value == 8
    assert math.isnan(found.figures["height"].value)


def test_measures_are_one_each_and_say_what_they_are():
    assert len({each.name for each in MEASURES}) == len({(each.title, each.convention) for each in MEASURES}) == len(MEASURES)
    for each in MEASURES:
        assert each.family in {"realism", "style", "timing", "physics", "novelty", "syntax"}, each.name
        assert each.about.endswith("."), each.name
        assert each.of_song is not None or each.of_songs is not None, each.name
        assert each.interval != each.name.endswith("_p"), each.name
