"""Acoustic features against plain computations and librosa's, and in chunks against the whole."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from ballo import demo
from ballo.learning.models.acoustics import NOTES, RHYTHM_FRAMES, Acoustics, AcousticsConfig
from ballo.learning.models.layers import MEL_BANDS, MelFrontEnd
from ballo.music.audio import open_song

RATE, SAMPLES = 16_000, 640
CEPSTRA, SLOPES, CHROMA, ONSET, TEMPOGRAM = slice(0, 3), slice(3, 6), slice(6, 10), 10, slice(11, 16)


@pytest.fixture(scope="module")
def acoustics() -> Acoustics:
    return Acoustics(AcousticsConfig(), SAMPLES, RATE)


@pytest.fixture(scope="module")
def song() -> torch.Tensor:
    """(1, N, SAMPLES), 4 s of the demo song."""
    heard = np.concatenate(list(open_song(demo.song(), start_seconds=2.0, duration_seconds=4.0).blocks(RATE, SAMPLES)))
    return torch.from_numpy(heard[: len(heard) // SAMPLES * SAMPLES].reshape(1, -1, SAMPLES).astype(np.float32))


def tone(hertz: float, rows: int = 20, amplitude: float = 0.5) -> torch.Tensor:
    wave = amplitude * np.sin(2 * np.pi * hertz / RATE * np.arange(rows * SAMPLES))
    return torch.tensor(wave, dtype=torch.float32).reshape(1, rows, SAMPLES)


def levels(rows: torch.Tensor) -> np.ndarray:
    """Log-mel of each frame from the second row's instant on."""
    return MelFrontEnd(SAMPLES, RATE)(rows)[0].reshape(-1, 2, MEL_BANDS).mean(dim=1).numpy()


def test_there_are_sixteen_a_frame_of_those_whose_context_is_given(acoustics: Acoustics, song: torch.Tensor) -> None:
    assert acoustics.size == 16
    assert acoustics(song).shape == (1, song.shape[1] - acoustics.before - acoustics.after, 16)
    assert acoustics(song[:, : acoustics.before + 1 + acoustics.after]).shape == (1, 1, 16)


def test_cepstra_and_slopes_are_those_of_scipy(acoustics: Acoustics, song: torch.Tensor) -> None:
    """Slopes are librosa's deltas, which are a straight line's through nine frames (Savitzky and Golay)."""
    fft, signal = pytest.importorskip("scipy.fft"), pytest.importorskip("scipy.signal")
    expected = fft.dct(levels(song), norm="ortho", axis=1)[:, :3]
    got = acoustics(song)[0].numpy()
    np.testing.assert_allclose(got[:, CEPSTRA], expected[4:-4], atol=1e-4)
    np.testing.assert_allclose(got[:, SLOPES], signal.savgol_filter(expected, 9, 1, deriv=1, axis=0)[4:-4], atol=1e-4)


def test_onset_strength_and_tempogram_written_out(acoustics: Acoustics, song: torch.Tensor) -> None:
    level = levels(song)
    rise = np.array([np.mean(np.maximum(now - before, 0)) for before, now in itertools.pairwise(level)])
    got = acoustics(song)[0].numpy()
    np.testing.assert_allclose(got[:, ONSET], rise[3:-4], atol=1e-5)
    window = np.sin(np.pi * np.arange(1, RHYTHM_FRAMES + 1) / (RHYTHM_FRAMES + 1)) ** 2
    for frame in range(len(got)):
        around = rise[frame : frame + RHYTHM_FRAMES] * window
        correlated = np.correlate(around, around, "full")[RHYTHM_FRAMES - 1 :]
        np.testing.assert_allclose(got[frame, TEMPOGRAM], (correlated[1:6]) / (correlated[0] + 1e-6), atol=1e-4)


def test_a_click_is_an_onset_in_the_frame_it_falls_in(acoustics: Acoustics) -> None:
    rows = torch.zeros(1, 30, SAMPLES)
    rows[0, 15, 0] = 1.0
    onset = acoustics(rows)[0, :, ONSET]
    assert onset.argmax() == 15 - acoustics.before
    assert (onset > 0.01).sum() <= 2


@pytest.mark.parametrize("note", [41, 48, 57, 64, 74, 95])
def test_a_tone_sounds_in_its_own_class_and_at_its_own_strength(acoustics: Acoustics, note: int) -> None:
    """The octave's four classes are three semitones each around C, D sharp, F sharp and A."""
    hertz = 440 * 2 ** ((note - 69) / 12)
    strength = acoustics.strengths(tone(hertz))[0]
    assert strength.shape == (NOTES, 20 - acoustics.before - acoustics.after)
    assert (strength.argmax(dim=0) == note - 36).all()
    np.testing.assert_allclose(strength[note - 36].numpy(), 0.5, atol=0.005)
    chroma = acoustics(tone(hertz))[0, :, CHROMA].numpy()
    assert (chroma.argmax(axis=1) == (note + 1) % 12 // 3).all()


def test_chroma_follows_librosas_on_music(acoustics: Acoustics, song: torch.Tensor) -> None:
    librosa = pytest.importorskip("librosa")
    waveform = song.flatten().numpy()
    theirs = librosa.feature.chroma_cqt(y=waveform, sr=RATE, hop_length=SAMPLES, n_chroma=4, tuning=0.0).T
    first = acoustics.before
    ours = acoustics(song)[0, :, CHROMA].numpy()
    theirs = theirs[first : first + len(ours)]
    correlation = np.corrcoef((ours - ours.mean(axis=0)).ravel(), (theirs - theirs.mean(axis=0)).ravel())[0, 1]
    assert correlation > 0.5
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.5


def test_silence_is_quiet_in_every_feature(acoustics: Acoustics) -> None:
    features = acoustics(torch.zeros(2, 14, SAMPLES))
    assert torch.isfinite(features).all()
    torch.testing.assert_close(features[..., 0], torch.full((2, 5), -math.sqrt(MEL_BANDS)), atol=1e-4, rtol=0)
    assert features[..., 1:].abs().max() < 1e-3


def test_a_chunk_with_its_context_gives_what_the_whole_gives(acoustics: Acoustics, song: torch.Tensor) -> None:
    whole = acoustics(song)
    cut, context = 23, acoustics.before + acoustics.after
    parts = [acoustics(song[:, : cut + context]), acoustics(song[:, cut:])]
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=0)


def test_a_frame_hears_as_far_as_its_context_and_no_further(acoustics: Acoustics, song: torch.Tensor) -> None:
    frame, plain = 40, acoustics(song)[0, 40]
    span = range(frame, frame + acoustics.before + acoustics.after + 1)
    for row in (span[0], span[-1]):
        changed = song.clone()
        changed[0, row] += torch.randn(SAMPLES, generator=torch.Generator().manual_seed(0)) * 0.1
        assert (acoustics(changed)[0, frame] - plain).abs().max() > 1e-5
    outside = song + 0.1
    outside[0, span[0] : span[-1] + 1] = song[0, span[0] : span[-1] + 1]
    torch.testing.assert_close(acoustics(outside)[0, frame], plain, atol=1e-6, rtol=0)


@pytest.mark.parametrize("wrong", [{"cepstra": 0}, {"cepstra": 65}, {"chroma": 5}, {"chroma": 0}, {"lags": 6}])
def test_sizes_that_cannot_be_are_refused_by_name(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))} must"):
        AcousticsConfig(**wrong)
