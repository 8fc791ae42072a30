"""Beats, downbeats, metre and tempo against songs whose beats are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from ballo import demo
from ballo.errors import AudioError
from ballo.music import beats


def test_the_demo_songs_beats_are_found() -> None:
    found, exact = beats.track(demo.song()), demo.beats()
    np.testing.assert_allclose(found.times, exact.beats_seconds, atol=0.01)
    np.testing.assert_allclose(found.downbeats, exact.downbeats_seconds, atol=0.01)
    assert (found.metre, found.constant) == (3, True)
    assert found.bpm == pytest.approx(exact.tempo_bpm, rel=2e-4)
    assert found.period_seconds == pytest.approx(60 / exact.tempo_bpm, rel=2e-4)


def test_silence_has_no_beat() -> None:
    with pytest.raises(AudioError, match="silent"):
        beats.track_samples(np.zeros(20 * beats.RATE, np.float32))
