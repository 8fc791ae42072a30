"""A song's style by its metre and tempo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ballo
from ballo import demo
from ballo.errors import AudioError
from ballo.inference import bundle, style
from ballo.music.audio import open_song
from ballo.music.beats import Beats

SHIPPED = ("cha-cha", "rumba", "waltz")


def beats(metre: int, bpm: float) -> Beats:
    times = np.arange(40) * 60 / bpm
    return Beats(times, np.arange(40) % metre, metre, bpm, True, 1.0)


@pytest.mark.parametrize(
    ("metre", "bpm", "expected"),
    [
        (3, 87, "waltz"),
        (3, 60, "waltz"),
        (3, 180, "waltz"),
        (4, 65, "rumba"),
        (4, 95, "rumba"),
        (4, 104, "rumba"),
        (4, 50, "rumba"),
        (4, 116, "cha-cha"),
        (4, 125, "cha-cha"),
        (4, 180, "cha-cha"),
        (2, 124, "cha-cha"),
    ],
)
def test_metre_comes_first_then_the_nearest_tempo(metre, bpm, expected):
    choice = style.choose(SHIPPED, beats(metre, bpm))
    assert choice == style.Choice(expected, f"the song is in {metre}/4 at {bpm} bpm")


def test_the_order_of_styles_matters_only_between_equals():
    for styles in (SHIPPED, SHIPPED[::-1]):
        assert style.choose(styles, beats(3, 90)).style == "waltz"
    both = beats(4, 126)
    assert style.choose(("rumba", "tango", "cha-cha"), both).style == "tango"
    choice = style.choose(("cha-cha", "tango"), both)
    assert choice == style.Choice("cha-cha", "the song is in 4/4 at 126 bpm, which tango would fit as well")
    assert style.choose(("rumba", "tango"), both).style == "tango", "where the model has one of them, it is that"


def test_viennese_waltz_is_the_fast_one():
    styles = ("waltz", "viennese waltz")
    assert [style.choose(styles, beats(3, bpm)).style for bpm in (90, 176)] == ["waltz", "viennese waltz"]


def test_a_song_that_no_style_is_for_gets_the_first_and_says_so():
    assert style.choose(("rumba", "cha-cha"), beats(3, 90)).reason.endswith(
        "asks for none of the model's styles, and it is the first"
    )
    assert style.choose(("march", "jig"), beats(4, 120)).style == "march"


def test_a_song_without_a_beat_gets_the_first(make_song, tmp_path):
    hush = make_song(tmp_path / "hush.wav", 44_100, level=0.0)
    choice = style.for_song(SHIPPED, open_song(hush))
    assert choice == style.Choice("cha-cha", "no beat is found in hush.wav, and it is the model's first")


def test_only_the_danced_stretch_is_heard():
    whole, part = open_song(demo.song()), open_song(demo.song(), start_seconds=10, duration_seconds=15)
    for song in (whole, part):
        assert style.for_song(SHIPPED, song) == style.Choice("waltz", "song.mp3 is in 3/4 at 90 bpm")
    assert "no beat" in style.for_song(SHIPPED, open_song(demo.song(), duration_seconds=2)).reason


def test_a_broken_song_is_no_reason_for_a_style(tmp_path):
    song = open_song(demo.song())
    song.path = tmp_path / "gone.mp3"
    with pytest.raises(AudioError, match="no such file"):
        style.for_song(SHIPPED, song)


def test_python_dances_what_the_command_line_would(toy_graph, tmp_path):
    manifest, graph = toy_graph()
    named = replace(manifest, styles=("rumba", "waltz"))
    model = bundle.write(tmp_path / "toy.ballo", named, graph)
    assert ballo.dance(demo.song(), model=model, duration=12).meta["style"] == "waltz"
    assert ballo.dance(demo.song(), model=model, duration=12, style="rumba").meta["style"] == "rumba"
