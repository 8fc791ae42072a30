"""Windows: inside their ranges at any tempo, styles in equal shares, every place alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.learning.windows import Chosen, Range, Windows

RANGES = [Range(0, 0, 0, 400), Range(1, 0, 3, 43), Range(1, 0, 60, 130), Range(2, 2, 7, 48)]
DRAWS = 20_000


def _choose(windows: Windows, tempo: float, between: bool, seed: int = 0, draws: int = DRAWS) -> Chosen:
    return windows.choose(np.random.default_rng(seed).random((3, draws)), np.full(draws, tempo), between)


@given(st.floats(0.6, 1.5), st.booleans(), st.integers(0, 100))
def test_no_window_reads_outside_its_range_at_any_tempo(tempo: float, between: bool, seed: int) -> None:
    chosen = _choose(Windows(RANGES, 40, True), tempo, between, seed, 200)
    for clip, start, used in zip(chosen.clip, chosen.start, chosen.tempo, strict=True):
        last = start + used * 39
        # From the frame before the first on, for the step to the first is the window's too.
        inside = [r for r in RANGES if r.clip == clip and r.first <= start < r.end]
        assert len(inside) == 1
        assert start - used >= inside[0].first - 1 - 1e-9
        assert last <= inside[0].end - 1 + 1e-6
        assert between or start == int(start)


def test_styles_come_in_equal_shares_however_much_there_is_of_them_and_however_fast() -> None:
    windows = Windows(RANGES, 40, True)
    np.testing.assert_allclose(windows.shares, [0.5, 0, 0.5])
    for tempo in (0.9, 1.0, 1.3):
        chosen = _choose(windows, tempo, True)
        assert abs(np.mean(chosen.clip == 2) - 0.5) < 0.02


def test_unbalanced_every_window_is_as_likely_as_any_other() -> None:
    windows = Windows(RANGES, 40, False)
    np.testing.assert_allclose(windows.shares, np.array([361 + 1 + 31, 0, 2]) / 395)
    chosen = _choose(windows, 1.0, False)
    counts = np.bincount(chosen.start[chosen.clip == 0].astype(int), minlength=361)
    assert len(counts) == 361
    assert counts.sum() == pytest.approx(DRAWS * 361 / 395, rel=0.02)
    thirds = counts[:360].reshape(3, 120).sum(axis=1) / counts.sum()
    np.testing.assert_allclose(thirds, 1 / 3, atol=0.02)


def test_a_range_too_short_for_a_high_tempo_lends_its_style_at_the_highest_that_fits() -> None:
    chosen = _choose(Windows(RANGES, 40, True), 1.3, False)
    assert chosen.tempo[chosen.clip == 2].max() == pytest.approx(1.0)
    assert chosen.tempo[chosen.clip == 0].min() == pytest.approx(1.3)


def test_every_range_that_is_long_enough_is_used_and_no_other() -> None:
    windows = Windows([*RANGES, Range(9, 1, 0, 39)], 40, True)
    chosen = _choose(windows, 1.0, False)
    assert set(chosen.clip) == {0, 1, 2}
    assert set(chosen.start[chosen.clip == 2]) == {7.0, 8.0}
    assert 3.0 in chosen.start[chosen.clip == 1]


def test_single_frames_come_from_the_whole_of_a_range() -> None:
    chosen = _choose(Windows([Range(0, 0, 5, 8)], 1, True), 1.0, False)
    np.testing.assert_allclose(np.bincount(chosen.start.astype(int))[5:] / DRAWS, 1 / 3, atol=0.02)


def test_ranges_that_are_all_too_short_are_refused() -> None:
    with pytest.raises(ValueError, match="no range holds 41"):
        Windows([Range(0, 0, 0, 40)], 41, True)
