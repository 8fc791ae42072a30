"""Beats as the music comes: never early, never taken back, right for constant tempos, in memory that does not grow."""

from __future__ import annotations

import pickle
from types import ModuleType

import numpy as np
import pytest

from ballo import demo
from ballo.music import audio, live
from ballo.music.live import LiveBeat, LiveTracker

RATE = 16_000


def heard(samples: np.ndarray, block: int = 1_024) -> list[tuple[float, LiveBeat]]:
    """Each beat with the seconds of music that were heard when it was said."""
    tracker = LiveTracker()
    said = []
    for first in range(0, len(samples), block):
        beats = tracker.hear(samples[first : first + block])
        said += [(tracker.seconds, beat) for beat in beats]
    return said


@pytest.fixture(scope="module")
def waltz(synthesis: ModuleType):
    return synthesis.compose("waltz", 7)


@pytest.fixture(scope="module")
def said(waltz) -> list[tuple[float, LiveBeat]]:
    return heard(waltz.samples)


def test_beats_are_said_when_they_have_come_and_soon(said: list[tuple[float, LiveBeat]]) -> None:
    late = np.array([now - beat.seconds for now, beat in said])
    assert (late >= 0).all()
    assert (late[5:] <= live.LATENCY_SECONDS + 1_024 / RATE + 1e-9).all()


def test_they_come_in_order_and_apart(said: list[tuple[float, LiveBeat]]) -> None:
    times = np.array([beat.seconds for _, beat in said])
    assert (np.diff(times) > 0.2).all()


def test_they_are_the_songs_beats_once_it_is_known(waltz, said: list[tuple[float, LiveBeat]]) -> None:
    """From its tenth second to its last beat: every beat within 70 ms, and nothing else."""
    beats = [beat for _, beat in said if 10 < beat.seconds < waltz.beats[-1] + 0.1]
    exact = waltz.beats[waltz.beats > 9.95]
    times = np.array([beat.seconds for beat in beats])
    assert len(times) == pytest.approx(len(exact), abs=1)
    assert np.abs(times[:, None] - exact).min(axis=1).max() < 0.07
    assert {beat.metre for beat in beats[10:]} == {3}
    downbeats = np.array([beat.seconds for beat in beats[10:] if beat.position == 0])
    assert np.abs(downbeats[:, None] - waltz.downbeats).min(axis=1).max() < 0.07
    assert beats[-1].bpm == pytest.approx(waltz.bpm, rel=0.01)


def test_what_comes_later_changes_nothing_said_before(waltz, said: list[tuple[float, LiveBeat]]) -> None:
    half = len(waltz.samples) // 2
    other = np.concatenate([waltz.samples[:half], np.random.default_rng(0).normal(scale=0.3, size=half).astype(np.float32)])
    before = [pair for pair in said if pair[0] <= half / RATE]
    assert len(before) > 10
    assert heard(other)[: len(before)] == before


@pytest.mark.parametrize("block", [441, 7_777])
def test_blocks_of_any_size_say_the_same(block: int) -> None:
    samples = audio.read(demo.song())[: 20 * RATE]
    usual, other = ([beat.seconds for _, beat in heard(samples, size)] for size in (1_600, block))
    inner = [seconds for seconds in usual if 8 < seconds < 19.5]
    assert inner
    assert all(min(abs(seconds - each) for each in other) < 0.03 for seconds in inner)


def test_silence_and_noise_have_no_beats() -> None:
    assert heard(np.zeros(12 * RATE, np.float32), 16_000) == []
    assert heard(np.random.default_rng(0).normal(scale=0.1, size=12 * RATE).astype(np.float32), 16_000) == []


def test_its_memory_does_not_grow(waltz) -> None:
    tracker = LiveTracker()
    sizes = []
    for _ in range(2):
        tracker.hear(waltz.samples[: round(live.HISTORY_SECONDS + 1) * RATE])
        sizes.append(len(pickle.dumps(tracker)))
    assert sizes[1] < 1.05 * sizes[0]
