"""A song is known again under another name, start, loudness and coding; and different songs are not taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset.faults import songs
from ballo.music import audio

RATE = songs.RATE


def tune(seed: int, seconds: float) -> np.ndarray:
    """Notes and noises that nobody played: mono at `RATE`."""
    draw = np.random.default_rng(seed)
    samples = np.zeros(round(seconds * RATE), dtype=np.float32)
    time = np.arange(RATE) / RATE
    for beat in range(int(seconds / 0.25) - 4):
        for pitch in draw.choice(36, 3, replace=False):
            hertz = 220 * 2 ** (pitch / 12)
            tone = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3, 4)) * np.exp(-4 * time)
            first = round(beat * 0.25 * RATE)
            samples[first : first + RATE] += tone * draw.uniform(0.2, 1)
    return samples / np.abs(samples).max()


@pytest.fixture(scope="module")
def tunes() -> dict[str, np.ndarray]:
    return {f"tune {seed}": tune(seed, 30) for seed in range(4)}


@pytest.fixture(scope="module")
def prints(tunes) -> dict[str, np.ndarray]:
    return {name: songs.fingerprint(samples) for name, samples in tunes.items()}


def test_different_songs_are_different(prints):
    assert songs.duplicates(prints) == {}


@settings(max_examples=20)
@given(st.floats(-12, 12), st.floats(0.05, 1.0), st.floats(0, 0.01))
def test_a_copy_is_found_with_its_offset(tunes, prints, later, loud, noise):
    samples, shift = tunes["tune 1"], round(later * RATE)
    moved = np.concatenate([np.zeros(max(shift, 0), np.float32), samples[max(-shift, 0) :]]) * loud
    moved += noise * loud * np.random.default_rng(9).normal(size=len(moved)).astype(np.float32)
    found = songs.duplicates({**prints, "copy": songs.fingerprint(moved)})
    assert set(found) == {"copy", "tune 1"}
    (match,) = found["tune 1"]
    assert match.other == "copy"
    assert match.offset_seconds == pytest.approx(later, abs=0.07)
    (back,) = found["copy"]
    assert back.offset_seconds == -match.offset_seconds


def test_a_part_of_a_song_is_found(tunes, prints):
    found = songs.duplicates({**prints, "part": songs.fingerprint(tunes["tune 2"][12 * RATE : 26 * RATE])})
    (match,) = found["part"]
    assert (match.other, match.share) == ("tune 2", 1.0)
    assert match.offset_seconds == pytest.approx(12, abs=0.07)


def test_another_coding_of_a_song_is_found(tunes, prints, tmp_path):
    coded = audio.read(encoded(tmp_path / "coded.m4a", tunes["tune 3"]), rate=RATE)
    found = songs.duplicates({**prints, "coded": songs.fingerprint(coded)})
    assert set(found) == {"coded", "tune 3"}


def test_silence_is_nobodys_copy():
    silence = songs.fingerprint(np.zeros(20 * RATE, np.float32))
    assert not silence.any()
    assert songs.duplicates({"a": silence, "b": silence}) == {}


@pytest.mark.parametrize("samples", [0, 100, songs.WINDOW, 5 * RATE])
def test_too_little_to_tell(samples):
    short = songs.fingerprint(tune(0, 6)[:samples])
    assert songs.duplicates({"a": short, "b": short}) == {}


def test_the_fault_names_the_others():
    match = songs.Match("DANCE_W_3", 1.5, 0.6, 50.0, 0.95)
    (fault,) = songs.faults((match,))
    assert (fault.kind, fault.severity) == ("duplicate music", "mild")
    assert "DANCE_W_3 (50 s, +1.50 s)" in fault.text


def encoded(path: Path, samples: np.ndarray) -> Path:
    """AAC at 48 kbit/s."""
    import av

    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=RATE, layout="mono", bit_rate=48_000)
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            file.mux(packet)
    return path
