"""The rule that cut a dance's clips is found by its length, and how far it runs ahead of its music."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ballo.dataset import timebase
from ballo.dataset.faults import timing

scripts = st.lists(st.sampled_from([2, 4, 8, 12, 16]), min_size=5, max_size=40)


@given(scripts, st.floats(9.0, 25.0))
def test_the_second_releases_dances_run_ahead(beats, frames_a_beat):
    window = round(sum(beats) * frames_a_beat)
    lengths = [each * window // sum(beats) for each in beats]
    found = timing.measure(sum(lengths), window, beats)
    assert found.rule == timebase.SCRIPT_SECOND
    assert found.bounds == tuple(np.cumsum(lengths)[:-1])
    assert found.ahead_seconds[-1] == pytest.approx((window - sum(lengths)) / 25)
    assert np.diff(found.ahead_seconds).min() >= -1e-9
    kinds = {fault.kind: fault for fault in timing.faults(found, sum(lengths), True)}
    assert set(kinds) == ({"time base"} if found.ahead_seconds[-1] > 0.08 else set())


@pytest.mark.parametrize(
    ("beats", "frames", "window", "rule", "fps"),
    [
        ([4] * 44, 2200, 3921, timebase.SCRIPT_FIRST, 14.03),
        ([12, 12] + [3] * 20, 340, 1439, timing.BY_BARS_OF_THREE, 5.91),
    ],
)
def test_the_first_releases_rate_is_found(beats, frames, window, rule, fps):
    """DANCE_R_6 and DANCE_W_1: four beats in 50 frames, three in 12."""
    found = timing.measure(frames, window, beats)
    assert (found.rule, round(found.fps, 2)) == (rule, fps)
    (fault,) = timing.faults(found, frames, True)
    assert (fault.kind, fault.severity) == ("frame rate", "serious")
    assert fault.size == pytest.approx(25 / fps, abs=0.01)


@given(scripts, st.integers(500, 3000), st.integers(500, 3000))
def test_a_length_that_no_rule_gives_is_said_to_be_so(beats, frames, window):
    found = timing.measure(frames, window, beats)
    assume(not found.lengths)
    assert found.rule == timing.UNKNOWN
    assert "script" in {fault.kind for fault in timing.faults(found, frames, True)}
    assert "script" not in {fault.kind for fault in timing.faults(found, frames, False)}


def test_a_dance_as_long_as_its_music_is_right():
    assert timing.faults(timing.measure(1000, 1000, None), 1000, False) == []
    assert timing.faults(timing.measure(1000, 1000, [4] * 25), 1000, True) == []
