"""Other people's dances are judged as the published ones are, but for what only a script can tell."""

from __future__ import annotations

import numpy as np
import pytest

from ballo.dataset.adapters.performances import Performance
from ballo.dataset.faults import performances
from ballo.dataset.faults.parts import JOINTS, POINTS
from ballo.dataset.recordings import Problem
from ballo.errors import DataError

UNMIRROR = np.array([-1.0, 1.0, 1.0])


def kinds(found, dance):
    return {fault.kind for fault in found.faults if fault.dance == dance}


def of(name: str, joints: np.ndarray, fps: float = 25.0, **options) -> Performance:
    return Performance(name, "house", joints, fps, **options)


def test_joints_are_judged_as_points_are(clean, clean_points):
    assert performances.of_positions(clean(300), 25.0, JOINTS) == []
    assert {fault.kind for fault in performances.of_positions(clean_points(300), 25.0, POINTS)} == {"unequal sides"}
    assert {fault.kind for fault in performances.of_positions(clean(300) * UNMIRROR, 25.0, JOINTS)} == {"mirrored"}
    assert performances.of_positions(clean(300)[::2], 12.5, JOINTS) == []


def test_joints_with_numbers_missing_are_judged_by_that(clean):
    points = clean(300)
    points[10:20, 4] = np.nan
    assert [fault.kind for fault in performances.of_positions(points, 25.0, JOINTS)] == ["gaps"]


def test_each_dance_has_its_own_faults_and_what_they_share(clean):
    frozen = np.insert(clean(900)[600:], [101] * 30, clean(900)[700], axis=0)
    found = performances.find([of("b 10", clean(300)), of("b 2", clean(300) * UNMIRROR), of("a", frozen)], [])
    assert kinds(found, "a") == {"frozen", "no music"}
    assert kinds(found, "b 2") == {"mirrored", "no music"}
    assert kinds(found, "b 10") == {"no music"}
    assert list(dict.fromkeys(fault.dance for fault in found.faults)) == ["a", "b 2", "b 10"]
    assert found.movement["house"].shared_seconds == 0
    again = performances.find([of("a", clean(300)), of("b", clean(600)[150:450])], [])
    assert {fault.dance: fault.size for fault in again.faults if fault.kind == "shared"} == pytest.approx(
        {"a": 50, "b": 50}, abs=3
    )


def test_songs_are_listened_to_once_and_told_apart(clean, tmp_path, published):
    notes = 0.1 * np.random.default_rng(1).normal(size=16000 * 14).astype(np.float32)
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    published.song(one, notes)
    published.song(two, notes[4000:] * 0.5)
    dances = [of("a", clean(300), song=one), of("b", clean(900)[600:], song=one), of("c", clean(2000)[1600:], song=two)]
    found = performances.find(dances, [])
    assert found.songs == 2
    assert {fault.dance for fault in found.faults if fault.kind == "duplicate music"} == {"a", "c"}
    assert not any(fault.kind == "no music" for fault in found.faults)


def test_steps_are_judged_against_the_songs_own_beats(clean, tmp_path, published):
    """The planted dance steps by its own sines; a song of clicks at another tempo is not its music."""
    seconds = 60
    samples = np.zeros(16000 * (seconds + 2), dtype=np.float32)
    for click in range(int(seconds / 0.53)):
        first = round(click * 0.53 * 16000)
        samples[first : first + 800] += 0.5 * np.exp(-np.arange(800) / 100) * (1 if click % 4 == 0 else 0.6)
    published.song(tmp_path / "clicks.wav", samples)
    stride = clean(seconds * 25)
    stride[:, 9:12, 0] += 0.3 * np.sin(2 * np.pi * np.arange(len(stride)) / 25 / 0.89)[:, None]
    found = performances.find([of("a", stride, song=tmp_path / "clicks.wav")], [])
    (fault,) = [fault for fault in found.faults if fault.kind == "out of step"]
    assert fault.figures["steps"] >= 20
    assert found.steps["house"].events == fault.figures["steps"]


def test_broken_songs_and_files_are_named(clean, tmp_path):
    (tmp_path / "broken.mp3").write_bytes(b"no song")
    problems = [Problem("motion/x.npy", "not an array", False, "x"), Problem("y.wav", "missing: no song", True, "y")]
    found = performances.find([of("a", clean(300), song=tmp_path / "broken.mp3")], problems)
    assert {(fault.dance, fault.kind, fault.severity) for fault in found.faults} == {
        ("a", "unreadable", "serious"),
        ("x", "unreadable", "serious"),
        ("y", "no music", "note"),
    }


def test_a_dance_whose_song_is_missing_is_told_so_once(clean):
    problems = [Problem("a.wav", "missing: no audio file is called a", False, "a")]
    (fault,) = performances.find([of("a", clean(300))], problems).faults
    assert (fault.kind, fault.severity) == ("no music", "note")
    assert "a.wav is missing" in fault.text


def test_only_the_named_are_told_of(clean):
    dances = [of("a", clean(300)), of("b", clean(600)[150:450])]
    found = performances.find(dances, [], ["b"])
    assert [looked.dance for looked in found.recordings] == ["b"]
    assert kinds(found, "b") == {"no music", "shared"}
    assert kinds(found, "a") == set()
    with pytest.raises(DataError, match="no c in the source"):
        performances.find(dances, [], ["c"])


def test_too_much_to_compare_is_said(clean, monkeypatch):
    monkeypatch.setattr(performances, "MOST_FRAMES", 500)
    found = performances.find([of("a", clean(300)), of("b", clean(300))], [])
    assert "600 frames" in found.left_out[0]
    assert not found.movement


def test_many_frames_a_second_are_thinned_and_still_compared(clean):
    dense = np.repeat(clean(300), 4, axis=0)
    weights = np.tile([0, 0.25, 0.5, 0.75], 300)[:, None, None]
    dense = (dense * (1 - weights) + np.roll(dense, -4, axis=0) * weights)[:-4]
    found = performances.find([of("a", dense, 100.0), of("b", clean(300))], [])
    shares = {fault.dance: fault.size for fault in found.faults if fault.kind == "shared"}
    assert shares == pytest.approx({"a": 100, "b": 100}, abs=3)
