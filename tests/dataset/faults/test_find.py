"""A publication with faults of every family planted in it: all are found, at the right dances, and none besides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ballo.dataset import recordings
from ballo.dataset.faults import find
from ballo.dataset.faults.fault import KINDS, Fault
from ballo.dataset.faults.findings import Findings
from ballo.errors import DataError

# Points of the publishers' making have wrists that differ, however well the rest is recorded.
ALWAYS = {"unequal sides"}
UNMIRROR = np.array([-1.0, 1.0, 1.0])


def kinds(found: Findings, dance: str) -> set[str]:
    return {fault.kind for fault in found.faults if fault.dance == dance} - ALWAYS


def one(found: Findings, kind: str) -> Fault:
    (fault,) = [fault for fault in found.faults if fault.kind == kind]
    return fault


@pytest.fixture
def good(published, clean_points):
    """Writes a dance with nothing wrong: right-handed, as long as its music, feet on the floor; `spoil` changes its points."""

    def write(name: str, frames: int = 200, spoil=lambda points: points, **options):
        points = spoil(clean_points(frames + 400)[int(name[-1]) * 40 :][:frames] * UNMIRROR)
        return published.dance(name, window=frames, units=None, points=points, **options)

    return write


def found_in(published, **options) -> Findings:
    return find.find(recordings.read(published.folder), **options)


def test_a_good_dance_is_not_faulted(good, published):
    good("DANCE_C_2")
    found = found_in(published)
    assert kinds(found, "DANCE_C_2") == set()
    assert not found.serious
    assert [(looked.dance, looked.frames, looked.fps, looked.seconds) for looked in found.recordings] == [
        ("DANCE_C_2", 200, 25, 8)
    ]


def test_planted_faults_are_found_at_their_dances(good, published):
    def frozen(points):
        points[60:81] = points[60]
        return points

    def sunk(points):
        points[100:, :, 1] -= np.clip(np.arange(100) / 50, 0, 1)[:, None] * 0.3
        return points

    good("DANCE_C_1", spoil=lambda points: points * UNMIRROR)
    good("DANCE_R_5", spoil=frozen)
    good("DANCE_W_9", spoil=sunk)
    found = found_in(published)
    assert kinds(found, "DANCE_C_1") == {"mirrored"} | shared(found, "DANCE_C_1")
    assert one(found, "frozen").dance == "DANCE_R_5"
    assert one(found, "frozen").stretches == ((60, 81),)
    assert one(found, "floor").dance == "DANCE_W_9"
    assert one(found, "floor").size == pytest.approx(30, abs=1)
    assert one(found, "mirrored").dance == "DANCE_C_1"


def shared(found: Findings, dance: str) -> set[str]:
    return {fault.kind for fault in found.faults if fault.dance == dance and fault.kind == "shared"}


def test_dances_that_overlap_share_movement(good, published):
    good("DANCE_W_1")
    good("DANCE_W_2")
    found = found_in(published)
    assert {fault.dance: fault.size for fault in found.faults if fault.kind == "shared"} == pytest.approx(
        {"DANCE_W_1": 80, "DANCE_W_2": 80}, abs=4
    )
    movement = found.movement["waltz"]
    assert movement.seconds == 16
    assert movement.fresh_seconds == pytest.approx(9.6, abs=0.5)


def test_the_publishers_joins_and_early_clips_are_found(published, planted_points):
    """The shared fixture writes dances as the publishers did: mirrored, clips cut to whole frames."""
    published.dance("DANCE_C_2", window=1190, units=(4,) * 24)
    found = found_in(published)
    assert {"mirrored", "time base"} <= kinds(found, "DANCE_C_2")
    assert one(found, "time base").figures["ahead_at_end_seconds"] == pytest.approx((1190 - 24 * 49) / 25, abs=0.01)


def test_a_song_under_two_names_is_found(good, published):
    for name in ("DANCE_C_1", "DANCE_C_2", "DANCE_C_3"):
        good(name, song=False)
    notes = np.random.default_rng(1).normal(size=16000 * 16).astype(np.float32)
    other = np.random.default_rng(2).normal(size=16000 * 16).astype(np.float32)
    for name, samples in (("DANCE_C_1", notes), ("DANCE_C_2", notes[8000:] * 0.5), ("DANCE_C_3", other)):
        published.song(published.folder / "tang2018" / name / "audio.mp3", 0.1 * samples)
    found = found_in(published)
    twice = {fault.dance: fault.figures["songs"][0] for fault in found.faults if fault.kind == "duplicate music"}
    assert set(twice) == {"DANCE_C_1", "DANCE_C_2"}
    assert twice["DANCE_C_1"]["offset_seconds"] == pytest.approx(-0.5, abs=0.07)


def test_missing_and_broken_files_are_told_apart(good, published):
    good("DANCE_C_1", song=False)
    (good("DANCE_C_2") / "skeletons.json").unlink()
    (good("DANCE_C_3") / "skeletons.json").write_text("{")
    (good("DANCE_C_4") / "audio.mp3").write_bytes(b"no song")
    found = found_in(published)
    assert {(fault.dance, fault.kind, fault.severity) for fault in found.faults if fault.unit == "files"} == {
        ("DANCE_C_1", "no music", "note"),
        ("DANCE_C_2", "no motion", "note"),
        ("DANCE_C_3", "unreadable", "serious"),
        ("DANCE_C_4", "unreadable", "serious"),
    }


def test_only_the_named_dances_are_told_of_but_all_are_compared(good, published):
    good("DANCE_W_1")
    good("DANCE_W_2", spoil=lambda points: points * UNMIRROR)
    found = found_in(published, names=["DANCE_W_1"])
    assert {fault.dance for fault in found.faults} <= {"DANCE_W_1"}
    assert [looked.dance for looked in found.recordings] == ["DANCE_W_1"]
    with pytest.raises(DataError, match="no DANCE_W_3"):
        found_in(published, names=["DANCE_W_3"])


def test_progress_is_told(good, published):
    good("DANCE_W_1")
    seen = []
    found_in(published, progress=lambda what, done, total: seen.append((what, done, total)))
    assert ("looking at DANCE_W_1", 0, 1) in seen
    assert ("listening to DANCE_W_1", 0, 1) in seen
    assert seen[-1][0] == "comparing movement"


def test_every_kind_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    assert [kind for kind in KINDS if f"| {kind} |" not in page] == []


def test_a_fault_is_plain_and_sound():
    fault = Fault("frozen", "mild", "text", 3, "frames", ((1, 4),), {"a": 1})
    assert fault.as_json()["stretches"] == [[1, 4]]
    with pytest.raises(ValueError, match="severity"):
        Fault("frozen", "bad", "text", 3, "frames")
    with pytest.raises(ValueError, match="kind"):
        Fault("freeze", "mild", "text", 3, "frames")
    with pytest.raises(ValueError, match="stretch"):
        Fault("frozen", "mild", "text", 3, "frames", ((4, 4),))
