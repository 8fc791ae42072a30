"""The page as a file: whole in itself, small, and true to the dance. What it does in a browser is in test_viewer.py."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ballo import demo
from ballo.errors import AudioError, ExportError
from ballo.export import html, packing, soundtrack
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton
from ballo.music import audio

MOST_CODE_BYTES = 1_200_000
MOST_BODY_BYTES = 250_000


def element(text: str, name: str) -> str:
    """What stands in the page's element of that id."""
    found = re.search(rf'<script type="[a-z/]+" id="{name}">(.*?)</script>', text, re.DOTALL)
    assert found
    return found[1]


def told(text: str) -> dict[str, Any]:
    return json.loads(element(text, "dance"))


def test_the_template_is_one_small_file_that_asks_for_nothing():
    text = html.template()
    assert len(text.encode()) < MOST_CODE_BYTES
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=\"(?!data:)", text)
    assert not re.search(r"@import|url\((?!\"?(data:|#))|\bimport\(|importScripts", text.split("<script>")[0])
    assert text.count("<!--dance-->") == text.count("<title>A dance</title>") == 1
    assert "MIT License" in text, "three.js's licence goes along with it"


def test_a_dance_with_its_song(smooth_dance, tmp_path):
    motion = smooth_dance(500)
    text = motion.save(tmp_path / "dance.html", song=demo.song(), start_seconds=4.0, title="Mine").read_text(encoding="utf-8")
    page = told(text)
    assert (page["title"], page["subtitle"], page["seconds"]) == ("Mine", "waltz, seed 0", 20.0)
    assert "<title>Mine</title>" in text
    (dance,) = page["dances"]
    assert (dance["fps"], dance["frames"], dance["body"]) == (25.0, 500, 0)
    assert (page["bodies"][0]["joints"], page["bodies"][0]["parents"]) == (list(DANCER.joint_names), list(DANCER.parents))
    assert len(json.dumps(dance)) / 500 < packing.MOST_BYTES
    assert len(page["bodies"][0]["glb"]) < MOST_BODY_BYTES
    beats = np.array([beat - 4.0 for beat in demo.beats().beats_seconds if 4.1 < beat < 23.9])
    assert np.abs(np.array(page["beats"])[:, None] - beats).min(axis=0).max() < 0.025
    assert set(page["bars"]) < set(page["beats"])


def test_the_sound_is_the_songs(make_song, tmp_path):
    song = make_song(tmp_path / "song.wav", 44100 * 3, channels=2)
    track = soundtrack.of(song, 0.5, 2.0)
    assert track.seconds == 2.0
    (tmp_path / "track.mp3").write_bytes(track.mp3)
    heard, wanted = (
        np.concatenate(list(audio.open_song(path, start_seconds=start, duration_seconds=2.0).blocks(44100, 44100)))
        for path, start in ((tmp_path / "track.mp3", 0.0), (song, 0.5))
    )
    assert len(heard) == len(wanted) == 88200
    assert np.corrcoef(heard, wanted)[0, 1] > 0.99
    assert len(track.mp3) < 1.1 * 2.2 * soundtrack.BITS_A_SECOND["stereo"] / 8
    loud = track.loudness.astype(float)
    levels = np.sqrt(np.square(wanted).reshape(len(loud), -1).mean(axis=1))
    assert np.corrcoef(loud, levels)[0, 1] > 0.99
    assert loud.max() == 255


def test_a_song_that_ends_early_and_one_that_is_silent(smooth_dance, make_song, tmp_path):
    short = told(html.page([smooth_dance(100)], song=make_song(tmp_path / "short.wav", 44100)))
    assert short["seconds"] == 4.0
    assert short["sound"]["seconds"] == pytest.approx(1.0)
    loudness = np.frombuffer(base64.b64decode(short["loudness"]), dtype=np.uint8)
    assert len(loudness) == 4 * np.flatnonzero(loudness).max() + 4
    silent = told(html.page([smooth_dance(100)], song=make_song(tmp_path / "silent.wav", 44100 * 4, level=0.0)))
    assert silent["beats"] == silent["bars"] == []
    assert not any(base64.b64decode(silent["loudness"]))


def test_without_a_song_there_is_no_sound(smooth_dance):
    text = html.page([smooth_dance(10)])
    assert told(text)["sound"] is None
    assert 'id="sound"' not in text


def test_contacts_are_told_by_their_changes(smooth_dance):
    standing = np.array([[1, 0], [1, 1], [0, 1], [1, 0], [1, 0]], dtype=bool)
    dance = told(html.page([replace(smooth_dance(5), contacts=standing)]))["dances"][0]
    assert dance["standing"] == [[0, 2, 3], [1, 3]]
    assert dance["feet"] == ["left_heel", "right_heel"]


def test_dances_side_by_side(smooth_dance, tmp_path):
    sticks = Skeleton(("hips", "head"), (-1, 0), np.array([[0, 0, 0], [0, 0.6, 0]]))
    other = Motion(sticks, np.tile([1.0, 0, 0, 0], (30, 2, 1)), np.zeros((30, 3)), 30.0, np.zeros((30, 0)))
    first = smooth_dance(50)
    page = told(first.save(tmp_path / "a.html", beside=[other, smooth_dance(20)], labels=["x", "y", "z"]).read_text())
    assert [dance["label"] for dance in page["dances"]] == ["x", "y", "z"]
    assert [dance["body"] for dance in page["dances"]] == [0, 1, 0], "dancers of one skeleton share a body"
    assert page["seconds"] == 2.0
    assert page["dances"][1]["about"] == ""


@pytest.mark.parametrize(("count", "labels", "reason"), [(5, (), "1 to 4"), (2, ("a",), "1 labels for 2"), (0, (), "1 to 4")])
def test_what_does_not_go_on_a_page(smooth_dance, count, labels, reason):
    with pytest.raises(ExportError, match=reason):
        html.page([smooth_dance(3)] * count, labels=labels)


def test_no_name_ends_the_script_or_becomes_markup(smooth_dance, tmp_path):
    nasty = "</script><script>alert(1)</script><!-- \u2028 \"quoted\" & 'so'"
    motion = replace(smooth_dance(3), meta={"style": nasty})
    text = motion.save(tmp_path / "a.html", title=nasty).read_text(encoding="utf-8")
    assert told(text)["title"] == nasty
    assert text.count("alert(1)</script>") == 0
    assert text.count("</script>") == html.template().count("</script>") + 1


def test_nothing_is_left_behind(smooth_dance, tmp_path):
    with pytest.raises(ExportError, match="without frames"):
        smooth_dance(0).save(tmp_path / "a.html")
    with pytest.raises(AudioError):
        smooth_dance(3).save(tmp_path / "a.html", song=tmp_path / "gone.wav")
    with pytest.raises(AudioError, match="no sound from 9 s on"):
        smooth_dance(3).save(tmp_path / "a.html", song=demo_of(tmp_path), start_seconds=9)
    assert [path.name for path in tmp_path.iterdir()] == ["short.mp3"]


def demo_of(folder: Path) -> Path:
    """Five seconds of the demo song."""
    path = folder / "short.mp3"
    path.write_bytes(soundtrack.of(demo.song(), 0.0, 5.0).mp3)
    return path


def test_a_notebook_gets_a_frame_or_nothing(smooth_dance):
    shown = smooth_dance(20)._repr_html_()
    assert shown is not None
    assert shown.startswith("<iframe srcdoc=")
    assert shown.count('"') == 6, "nothing inside the attribute ends it"
    assert smooth_dance(0)._repr_html_() is None
