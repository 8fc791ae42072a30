from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ballo import demo
from ballo.music import audio

RATE = 44_100
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_demo_song.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[SCRIPT.stem] = module  # where dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rendered(script: ModuleType) -> np.ndarray:
    return script.render().mean(axis=0)


@pytest.fixture(scope="module")
def decoded() -> np.ndarray:
    return audio.read(demo.song(), rate=RATE)


def test_the_script_makes_the_beats_that_ship(script: ModuleType) -> None:
    shipped = json.loads((Path(demo.__file__).parent / "beats.json").read_text(encoding="utf-8"))
    assert script.beats() == shipped


def test_the_script_makes_the_song_that_ships(rendered: np.ndarray, decoded: np.ndarray) -> None:
    assert len(decoded) == pytest.approx(len(rendered), abs=RATE // 100)
    common = min(len(decoded), len(rendered))
    assert np.corrcoef(rendered[:common], decoded[:common])[0, 1] > 0.99


def test_every_beat_of_the_decoded_song_lies_where_it_was_rendered(rendered: np.ndarray, decoded: np.ndarray) -> None:
    for beat in demo.beats().beats_seconds:
        around = slice(round((beat - 0.15) * RATE), round((beat + 0.15) * RATE))
        shift = np.fft.irfft(np.fft.rfft(decoded[around]) * np.conj(np.fft.rfft(rendered[around])))
        late = np.argmax(shift)
        assert min(late, len(shift) - late) / RATE < 0.001


def test_beats_are_where_the_energy_rises(decoded: np.ndarray) -> None:
    """Blind to the script: the steepest rise of the treble around a beat, which some soft beats lose under a ringing melody."""
    errors = []
    for beat in demo.beats().beats_seconds:
        middle = round(beat * RATE)
        treble = np.diff(decoded[middle - 4_410 : middle + 4_410]) ** 2
        level = np.log(np.convolve(treble, np.hanning(265), "same") + 1e-7)
        rise = level[220:] - level[:-220]
        errors.append((np.argmax(rise[2_000:6_600]) + 2_000 + 110 - 4_410) / RATE)
    assert abs(np.median(errors)) < 0.005
    assert np.mean(np.abs(errors) < 0.005) > 0.75


def test_the_onsets_repeat_at_the_tempo(decoded: np.ndarray) -> None:
    hop = 441
    frames = np.lib.stride_tricks.sliding_window_view(decoded, 1_024)[::hop] * np.hanning(1_024)
    level = np.log1p(100 * np.abs(np.fft.rfft(frames)))
    onsets = np.maximum(0, np.diff(level, axis=0)).sum(axis=1)
    onsets -= onsets.mean()
    repeats = np.correlate(onsets, onsets, "full")[len(onsets) :]
    slowest, fastest = 60 * RATE // (60 * hop), 60 * RATE // (180 * hop)  # 60 to 180 beats a minute
    lag = 1 + fastest + np.argmax(repeats[fastest:slowest])
    assert 60 * RATE / (lag * hop) == pytest.approx(demo.beats().tempo_bpm, rel=0.02)


def test_beats_are_a_waltz() -> None:
    beats = demo.beats()
    assert beats.downbeats_seconds == beats.beats_seconds[:: beats.beats_per_bar]
    np.testing.assert_allclose(np.diff(beats.beats_seconds), 60 / beats.tempo_bpm, atol=2e-6)


def test_the_song_is_whole_and_as_loud_as_songs_are() -> None:
    song = audio.open_song(demo.song())
    power = np.mean(np.concatenate([block**2 for block in song.blocks(16_000, 16_000)]))
    assert song.seconds is not None
    assert 30 <= song.seconds <= 40
    assert not song.truncated
    assert -22 < 10 * np.log10(power) < -16
    assert 0.3 < song.peak < 1


def test_it_ships_in_half_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in Path(demo.__file__).parent.iterdir() if path.is_file()) <= 500_000
