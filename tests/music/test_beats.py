"""Beats, downbeats, metre and tempo against songs whose beats are known exactly.

The songs are composed by synthesis.py from seeds that the rule's weights were not fitted on: those are 10,000 and up. Scored as
mir_eval does (one beat found for one beat played, within 70 ms), but from the song's start, not from its fifth second.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ballo import demo
from ballo.errors import AudioError
from ballo.music import audio, beats, onsets
from ballo.music.beats import Beats

RATE = 16_000
SEED = 7


def f_measure(reference: np.ndarray, found: np.ndarray, window: float = 0.07) -> float:
    """Twice the hits over all beats; matching sorted beats first come, first served pairs as many as can be."""
    hits = r = f = 0
    while r < len(reference) and f < len(found):
        if abs(reference[r] - found[f]) <= window:
            hits, r, f = hits + 1, r + 1, f + 1
        elif reference[r] < found[f]:
            r += 1
        else:
            f += 1
    total = len(reference) + len(found)
    return 2 * hits / total if total else 0.0


@dataclass(frozen=True)
class Case:
    """A song, what was found in it, and how well."""

    song: object
    kind: str
    found: Beats

    @property
    def beat_score(self) -> float:
        return f_measure(self.song.beats, self.found.times)

    @property
    def downbeat_score(self) -> float:
        return f_measure(self.song.downbeats, self.found.downbeats)

    @property
    def octave_error(self) -> bool:
        return abs(np.log2(self.found.bpm / self.song.bpm)) > 0.2


@pytest.fixture(scope="module")
def corpus(synthesis: ModuleType) -> list[Case]:
    """Each style plain, and with one of the things that make it hard."""
    hard = {
        "noise": synthesis.Twist(noise=0.3),
        "no drums": synthesis.Twist(drums=False),
        "drift": synthesis.Twist(drift=0.03),
        "loose and late": synthesis.Twist(loose=0.01, lead_in=1.5),
        "dull": synthesis.Twist(dull=True),
    }
    cases = []
    for number, style in enumerate(synthesis.STYLES):
        kind = list(hard)[number % len(hard)]
        for name, twist in (("plain", None), (kind, hard[kind])):
            song = synthesis.compose(style, SEED + (name != "plain"), twist=twist)
            cases.append(Case(song, name, beats.track_samples(song.samples)))
    return cases


def test_beats_of_the_corpus(corpus: list[Case]) -> None:
    right = [case for case in corpus if not case.octave_error]
    assert np.mean([case.beat_score for case in right]) >= 0.95
    assert np.mean([case.downbeat_score for case in right]) >= 0.9


def test_few_songs_are_counted_at_half_or_double_tempo(corpus: list[Case]) -> None:
    assert sum(case.octave_error for case in corpus) <= len(corpus) // 16


def test_metres_of_the_corpus(corpus: list[Case]) -> None:
    assert np.mean([case.found.metre == case.song.metre for case in corpus]) >= 0.95


def test_constant_tempos_are_known_as_such_and_exact(corpus: list[Case]) -> None:
    right = [case for case in corpus if not case.octave_error]
    assert np.mean([case.found.constant == case.song.constant for case in right]) >= 0.95
    off = [case.found.bpm / case.song.bpm - 1 for case in right if case.found.constant and case.song.constant]
    assert np.max(np.abs(off)) < 1e-3
    assert np.median(np.abs(off)) < 2e-4


def test_beats_are_neither_early_nor_late(corpus: list[Case]) -> None:
    """The onset function's own delay is taken off: over the corpus it would show as a common shift."""
    late = []
    for case in corpus:
        nearest = case.song.beats[np.abs(case.found.times[:, None] - case.song.beats).argmin(axis=1)]
        away = case.found.times - nearest
        late.append(np.median(away[np.abs(away) < 0.07]) if (np.abs(away) < 0.07).any() else np.nan)
    assert abs(np.nanmedian(late)) < 0.003
    assert np.nanpercentile(np.abs(late), 80) < 0.01


def test_clicks_are_found_to_a_hundredth_of_a_second() -> None:
    samples = np.zeros(30 * RATE, np.float32)
    exact = 0.3 + 0.5 * np.arange(58)
    samples[np.rint(exact * RATE).astype(int)] = 0.5
    found = beats.track_samples(samples, bpm=120)
    np.testing.assert_allclose(found.times, exact, atol=0.01)
    assert found.bpm == pytest.approx(120, rel=1e-5)


def test_every_beat_has_its_place_in_the_bar(corpus: list[Case]) -> None:
    for case in corpus:
        found = case.found
        np.testing.assert_array_equal(np.diff(found.positions) % found.metre, 1)
        np.testing.assert_array_equal(found.downbeats, found.times[found.positions == 0])
        assert 0 <= found.confidence <= 1
        assert found.times[0] >= 0
        if found.constant:
            np.testing.assert_allclose(np.diff(found.times), found.period_seconds, rtol=1e-9)


def test_the_demo_songs_beats_are_found() -> None:
    found, exact = beats.track(demo.song()), demo.beats()
    np.testing.assert_allclose(found.times, exact.beats_seconds, atol=0.01)
    np.testing.assert_allclose(found.downbeats, exact.downbeats_seconds, atol=0.01)
    assert (found.metre, found.constant) == (3, True)
    assert found.bpm == pytest.approx(exact.tempo_bpm, rel=2e-4)
    assert found.period_seconds == pytest.approx(60 / exact.tempo_bpm, rel=2e-4)


def test_a_stretch_counts_from_its_start() -> None:
    whole = beats.track(demo.song())
    part = beats.track(demo.song(), start_seconds=8.0, duration_seconds=20.0)
    np.testing.assert_allclose(part.times, whole.times[(whole.times > 8.0) & (whole.times < 28.0)] - 8.0, atol=0.01)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_other_rates_give_the_same_beats(rate: int) -> None:
    exact = demo.beats()
    found = beats.track_samples(audio.read(demo.song(), rate=rate), rate)
    np.testing.assert_allclose(found.times, exact.beats_seconds, atol=0.01)


@pytest.mark.parametrize("level", [1e-3, 100.0])
def test_loudness_changes_nothing(synthesis: ModuleType, level: float) -> None:
    song = synthesis.compose("waltz", SEED)
    usual, other = beats.track_samples(song.samples), beats.track_samples(song.samples * np.float32(level))
    np.testing.assert_allclose(other.times, usual.times, atol=1e-3)
    assert (other.metre, other.bpm) == (usual.metre, pytest.approx(usual.bpm, rel=1e-5))


@pytest.mark.parametrize("sizes", [[1], [160], [333, 5_000, 7], [100_000]])
def test_blocks_are_heard_like_the_whole(synthesis: ModuleType, sizes: list[int]) -> None:
    samples = synthesis.compose("tango", SEED, seconds=4).samples[: 3 * RATE if 1 not in sizes else RATE]
    places = np.cumsum(np.resize(sizes, len(samples) // min(sizes) + 1))
    whole, cut = onsets.listen([samples]), onsets.listen(np.split(samples, places[places < len(samples)]))
    np.testing.assert_allclose(cut.mel, whole.mel, atol=1e-7)
    np.testing.assert_allclose(cut.pitches, whole.pitches, atol=1e-3)  # roots, which enlarge what is next to nothing
    assert len(whole.mel) == len(samples) // onsets.HOP + 1


def test_hints_are_followed(synthesis: ModuleType) -> None:
    song = synthesis.compose("tango", SEED)
    assert beats.track_samples(song.samples, bpm=song.bpm / 2).bpm == pytest.approx(song.bpm / 2, rel=0.01)
    assert beats.track_samples(song.samples, bpm=song.bpm).bpm == pytest.approx(song.bpm, rel=0.002)
    assert beats.track_samples(song.samples, metre=3).metre == 3
    by_two = beats.track_samples(song.samples, metre=2)
    assert by_two.metre == 2
    assert set(by_two.positions) == {0, 1}


@pytest.mark.parametrize("hints", [{"metre": 5}, {"metre": 0}, {"bpm": 0}, {"bpm": float("nan")}, {"bpm": 1000}])
def test_hints_that_cannot_be(hints: dict[str, float]) -> None:
    with pytest.raises(AudioError, match=r"metre|tempo"):
        beats.track_samples(np.zeros(RATE, np.float32), **hints)


NOISE = np.random.default_rng(3)
SECONDS = np.arange(20 * RATE) / RATE
BEATLESS = {
    "silence": np.zeros(20 * RATE),
    "nothing": np.zeros(0),
    "a moment": 0.3 * np.sin(440 * 2 * np.pi * SECONDS[:RATE]),
    "noise": 0.1 * NOISE.normal(size=20 * RATE),
    "a tone": 0.3 * np.sin(440 * 2 * np.pi * SECONDS),
    "one click": (np.arange(20 * RATE) == 5 * RATE).astype(float),
}


@pytest.mark.parametrize("kind", BEATLESS)
def test_where_there_is_no_beat_none_is_made_up(kind: str) -> None:
    with pytest.raises(AudioError, match=r"silent|too short|no beat") as caught:
        beats.track_samples(BEATLESS[kind].astype(np.float32))
    assert "\n" not in str(caught.value)


def test_a_silent_file_is_named(make_song, tmp_path: Path) -> None:
    path = make_song(tmp_path / "hush.wav", 5 * 44_100, level=0.0)
    with pytest.raises(AudioError, match=r"hush\.wav: is silent"):
        beats.track(path)


@pytest.mark.parametrize("samples", [np.full(99, np.nan, np.float32), np.zeros((2, 99), np.float32)])
def test_samples_that_are_none(samples: np.ndarray) -> None:
    with pytest.raises(AudioError, match="one channel of finite numbers"):
        beats.track_samples(samples)


def test_the_scores_are_mir_evals(corpus: list[Case]) -> None:
    mir_eval = pytest.importorskip("mir_eval")
    for case in corpus[::4]:
        expected = mir_eval.beat.f_measure(case.song.beats, case.found.times)
        assert case.beat_score == pytest.approx(expected, abs=1e-9)


needs_data = pytest.mark.skipif("BALLO_DATA" not in os.environ, reason="BALLO_DATA names no folder with the published songs")


@needs_data
def test_tempos_of_published_songs() -> None:
    """To 0.2 % of the periods that lock them; a few from each dance keep this short."""
    folder = Path(os.environ["BALLO_DATA"])
    known = json.loads((folder / "tempo.json").read_text(encoding="utf-8"))["songs"]
    names = ("DANCE_C_4", "DANCE_R_2", "DANCE_T_5", "DANCE_W_1", "DANCE_W_20")
    for name in names:
        found = beats.track(folder / "tang2018" / name / "audio.mp3")
        assert found.bpm == pytest.approx(known[name]["bpm"], rel=2e-3), name
        assert found.metre == (3 if "_W_" in name else 4), name
        assert found.constant, name
