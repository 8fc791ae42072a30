"""Files named after songs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ballo.evaluation.song_names import Named, named, nearest

SONGS = ("DANCE_C_2", "DANCE_W_2", "DANCE_W_22", "Gnossienne é")


@pytest.mark.parametrize(
    ("stem", "song", "seed"),
    [
        ("DANCE_W_22", "DANCE_W_22", 0),
        ("DANCE_W_2", "DANCE_W_2", 0),
        ("DANCE_W_22.0", "DANCE_W_22", 0),
        ("DANCE_W_22_seed1", "DANCE_W_22", 1),
        ("DANCE_W_22-3", "DANCE_W_22", 3),
        ("DANCE_W_22seed04", "DANCE_W_22", 4),
        ("DANCE_W_22_Seed-5", "DANCE_W_22", 5),
        ("DANCE_W_2_2", "DANCE_W_2", 2),
        ("dance_c_2.7", "DANCE_C_2", 7),
        ("Gnossienne e\u0301.1", "Gnossienne é", 1),
    ],
)
def test_a_song_and_a_seed(stem, song, seed):
    assert named(stem, SONGS) == Named(song, seed)


@pytest.mark.parametrize(
    "stem", ["DANCE_W_3", "DANCE_W_222", "DANCE_W_22 final", "DANCE_W_22.", "DANCE_W_22_seed", "_1", "my DANCE_W_22", ""]
)
def test_other_names_are_no_songs(stem):
    assert named(stem, SONGS) is None


def test_the_longer_of_two_songs_counts():
    assert named("a_1", ["a", "a_1"]) == Named("a_1", 0)
    assert named("a_1", ["a"]) == Named("a", 1)
    assert named("a_1_1", ["a_1", "a"]) == Named("a_1", 1)


def test_letters_are_told_apart_where_songs_are():
    assert named("A", ["a", "A"]) == Named("A", 0)
    assert named("a", ["a", "A"]) == Named("a", 0)


def test_the_nearest_songs():
    assert nearest("DANCE_W_23", SONGS)[0] in ("DANCE_W_22", "DANCE_W_2")
    assert nearest("dance w 22", SONGS)[0] == "DANCE_W_22"
    assert nearest("qqqqqqqq", SONGS) == ()


words = st.text(st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=12)


@given(st.lists(words, min_size=1, max_size=6, unique=True), st.data(), st.integers(0, 10**9 - 1))
def test_what_is_written_is_read(songs, data, seed):
    song = data.draw(st.sampled_from(songs))
    separator = data.draw(st.sampled_from([".", "_", "-", "_seed", ".seed_", "-seed"]))
    stem = f"{song}{separator}{seed}"
    # Where another song's name begins it too, the longer counts, and that one may be called just so.
    plain = [unicodedata.normalize("NFC", each).casefold() for each in songs]
    written = unicodedata.normalize("NFC", stem).casefold()
    assume(sum(written.startswith(each) for each in plain) == 1)
    assert named(stem, songs) == Named(song, seed)


@given(st.text(max_size=20), st.lists(words, max_size=5))
def test_any_name_is_told_without_a_fault(stem, songs):
    found = named(stem, songs)
    assert found is None or found.song in songs
    assert set(nearest(stem, songs)) <= set(songs)
