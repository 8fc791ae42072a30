"""Pages (.html), as a user asks for them."""

from __future__ import annotations

import json
import re

import pytest


def told(path):
    return json.loads(re.search(r'id="dance">(.*?)</script>', path.read_text(encoding="utf-8"))[1])


def test_a_dance_to_a_song_has_its_sound(ballo, folder, song):
    said = ballo("dance", "song.wav", "-o", "dance.html", "--style", "jig", "--start", 0.2, "--seed", 3)
    assert (said.status, said.err) == (0, "")
    page = told(folder / "dance.html")
    assert (page["title"], page["subtitle"]) == ("song", "jig, seed 3")
    assert page["sound"]["seconds"] == pytest.approx(0.8, abs=1e-3)
    assert 'id="sound"' in (folder / "dance.html").read_text(encoding="utf-8")
    assert {path.name for path in folder.iterdir()} == {"song.wav", "dance.html"}


def test_motions_side_by_side(ballo, folder, song):
    for seed in (1, 2):
        ballo("dance", "song.wav", "-o", f"{seed}.npz", "--style", "jig", "--seed", seed)
    said = ballo("show", "1.npz", "2.npz", "-o", "both.html", "--song", "song.wav", "--labels", "one,two")
    assert said.out == "Wrote both.html  (0:01, one, two)\n"
    page = told(folder / "both.html")
    assert [dance["label"] for dance in page["dances"]] == ["one", "two"]
    assert page["sound"]
    assert ballo("show", "1.npz", "-o", "alone.html").status == 0
    assert (told(folder / "alone.html")["title"], told(folder / "alone.html")["sound"]) == ("1", None)


def test_five_are_too_many(ballo, folder, song):
    ballo("dance", "song.wav", "-o", "a.npz", "--style", "jig")
    assert "1 to 4 dances go side by side, not 5" in ballo("show", *["a.npz"] * 5, "-o", "five.html").refusal
    assert not (folder / "five.html").exists()


def test_an_archives_dance_has_its_music(ballo, folder, small_archive):
    said = ballo("data", "show", small_archive.path, "R_2", "-o", "a.html", "--start", 1, "--duration", 2)
    assert (said.status, said.out) == (0, "Wrote a.html  (0:02, rumba, train)\n")
    page = told(folder / "a.html")
    assert page["title"] == "DANCE_R_2"
    assert page["sound"]["seconds"] == pytest.approx(2.0, abs=0.01)
