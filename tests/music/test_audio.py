from __future__ import annotations

import contextlib
import hashlib
import os
import tracemalloc
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soxr

from ballo.errors import AudioError
from ballo.music import audio

Encode = Callable[..., Path]

FORMATS = [".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm", ".mp4"]


@pytest.fixture
def noise_wav(tmp_path: Path, write_wav: Encode) -> tuple[Path, np.ndarray]:
    """Three seconds of stereo noise at 44.1 kHz, and its int16 samples."""
    noise = np.random.default_rng(0).integers(-20_000, 20_000, (132_300, 2))
    return write_wav(tmp_path / "noise.wav", noise, 44_100), noise


class TestDecoding:
    @pytest.mark.parametrize("suffix", FORMATS)
    def test_a_click_sounds_when_it_was_planted(self, tmp_path: Path, encode: Encode, click_song: Encode, suffix: str) -> None:
        song = click_song(48_000)
        heard = audio.read(encode(tmp_path / f"click{suffix}", np.stack([song, song]), 48_000), rate=48_000)
        late_samples = np.argmax(np.correlate(heard, np.hanning(96), "valid")) - 48_000
        assert abs(late_samples) / 48_000 < 0.001
        assert abs(len(heard) - len(song)) / 48_000 < 0.05
        assert np.abs(heard).max() == pytest.approx(0.8, rel=0.35)

    @pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
    @pytest.mark.parametrize("channels", [1, 2, 6, 8])
    def test_a_wav_equals_the_resampled_average_of_its_channels(
        self, tmp_path: Path, write_wav: Encode, rate: int, channels: int
    ) -> None:
        noise = np.random.default_rng(rate).integers(-20_000, 20_000, (rate, channels))
        path = write_wav(tmp_path / "noise.wav", noise, rate)
        with wave.open(str(path)) as file:
            stored = np.frombuffer(file.readframes(rate), "<i2").reshape(-1, channels)
        expected = soxr.resample((stored / 32768).mean(axis=1).astype(np.float32), rate, 16_000)
        np.testing.assert_allclose(audio.read(path), expected, atol=1e-6)

    @pytest.mark.parametrize(
        ("codec", "sample_format", "tolerance"),
        [
            ("pcm_u8", "u8", 2**-7),
            ("pcm_s24le", "s32", 2**-22),
            ("pcm_s32le", "s32", 2**-23),
            ("pcm_f32le", "flt", 2**-23),
            ("pcm_f64le", "dbl", 2**-23),
        ],
    )
    def test_every_sample_format_is_scaled_to_one(
        self, tmp_path: Path, encode: Encode, click_song: Encode, codec: str, sample_format: str, tolerance: float
    ) -> None:
        song = click_song(16_000)
        path = encode(tmp_path / "song.wav", song[None], 16_000, (codec, sample_format, {}))
        np.testing.assert_allclose(audio.read(path), song, atol=tolerance)

    @pytest.mark.parametrize("channels", [1, 2, 6, 8])
    @pytest.mark.parametrize("suffix", [".flac", ".m4a"])
    def test_channels_are_averaged_and_not_summed(
        self, tmp_path: Path, encode: Encode, click_song: Encode, suffix: str, channels: int
    ) -> None:
        song = np.zeros((channels, 24_000))
        song[0] = click_song(16_000)  # one channel sounds, so the mean is a channels-th of it
        heard = audio.read(encode(tmp_path / f"song{suffix}", song, 16_000))
        rms = np.sqrt(np.mean(heard[2_000:14_000] ** 2))
        assert rms == pytest.approx(0.05 / np.sqrt(2) / channels, rel=0.05)

    def test_a_rate_that_changes_midway_keeps_the_time(self, tmp_path: Path, encode: Encode, click_song: Encode) -> None:
        low = encode(tmp_path / "low.mp3", click_song(22_050)[None], 22_050)
        high = encode(tmp_path / "high.mp3", click_song(44_100)[None], 44_100)
        both = tmp_path / "both.mp3"
        both.write_bytes(low.read_bytes() + high.read_bytes())
        song = audio.open_song(both)
        heard = np.concatenate(list(song.blocks(16_000, 4_000)))
        assert song.seconds is not None
        assert len(heard) == pytest.approx(float(song.seconds) * 16_000, abs=2)
        assert float(song.seconds) == pytest.approx(3.0, abs=0.2)
        clicks = np.sort(np.argsort(np.abs(heard))[-8:])
        assert clicks[0] == pytest.approx(16_000, abs=100)
        assert clicks[-1] == pytest.approx(40_000, abs=2_400)

    def test_tags_in_another_encoding_do_not_matter(self, noise_wav: tuple[Path, np.ndarray]) -> None:
        path, noise = noise_wav
        plain = path.read_bytes()
        title = b"LIST\x10\x00\x00\x00INFOINAM\x04\x00\x00\x00\xe9\xe8\xff\x00"
        path.write_bytes(plain[:12] + title + plain[12:])
        assert len(audio.read(path, rate=44_100)) == len(noise)


class TestBlocks:
    @pytest.mark.parametrize("samples", [1, 777, 16_000, 10**7])
    def test_blocks_joined_are_the_whole(self, noise_wav: tuple[Path, np.ndarray], samples: int) -> None:
        path, _ = noise_wav
        song = audio.open_song(path, duration_seconds=0.5)
        blocks = list(song.blocks(16_000, samples))
        assert all(len(block) == samples for block in blocks[:-1])
        assert 0 < len(blocks[-1]) <= samples
        assert all(block.dtype == np.float32 for block in blocks)
        np.testing.assert_array_equal(np.concatenate(blocks), audio.read(path, seconds=0.5))

    def test_every_pass_gives_the_same(self, noise_wav: tuple[Path, np.ndarray]) -> None:
        song = audio.open_song(noise_wav[0])
        first, second = (np.concatenate(list(song.blocks(16_000, 1_000))) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    @pytest.mark.parametrize(("start", "duration"), [(0.0, 1.0), (0.1, 0.1), (1.23456, 0.5), (2.5, None), (2.9, 60.0)])
    def test_start_and_duration_cut_at_the_sample(
        self, noise_wav: tuple[Path, np.ndarray], start: float, duration: float | None
    ) -> None:
        path, noise = noise_wav
        song = audio.open_song(path, start_seconds=start, duration_seconds=duration)
        heard = np.concatenate(list(song.blocks(44_100, 1_000)))
        stop = None if duration is None else round((start + duration) * 44_100)
        expected = noise.mean(axis=1)[round(start * 44_100) : stop] / 32768
        np.testing.assert_allclose(heard, expected, atol=1e-6)
        assert song.seconds == Fraction(len(expected), 44_100)

    def test_a_start_in_an_mp3_is_as_exact(self, tmp_path: Path, encode: Encode, click_song: Encode) -> None:
        path = encode(tmp_path / "song.mp3", click_song(44_100)[None], 44_100)
        whole, part = audio.read(path, rate=44_100), audio.read(path, rate=44_100, start_seconds=0.7)
        np.testing.assert_array_equal(part, whole[round(0.7 * 44_100) :])

    def test_length_peak_and_hash_are_known_after_a_pass(self, noise_wav: tuple[Path, np.ndarray]) -> None:
        path, noise = noise_wav
        song = audio.open_song(path)
        assert song.seconds is None
        for _ in song.blocks(16_000, 1_600):
            pass
        assert song.seconds == 3
        assert song.peak == pytest.approx(np.abs(noise.mean(axis=1)).max() / 32768)
        assert not song.truncated
        assert song.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    @pytest.mark.parametrize(
        ("start", "duration", "expected"), [(0.0, None, 3.0), (1.0, None, 2.0), (1.0, 0.5, 0.5), (1.0, 9.0, 2.0)]
    )
    def test_the_claimed_length_is_known_at_once(
        self, noise_wav: tuple[Path, np.ndarray], start: float, duration: float | None, expected: float
    ) -> None:
        song = audio.open_song(noise_wav[0], start_seconds=start, duration_seconds=duration)
        assert song.expected_seconds == pytest.approx(expected)

    def test_a_tenth_of_a_second_is_music(self, tmp_path: Path, encode: Encode, click_song: Encode) -> None:
        for suffix in FORMATS:
            path = encode(tmp_path / f"short{suffix}", click_song(48_000, seconds=0.1, click_seconds=0.05)[None], 48_000)
            assert audio.read(path).size == pytest.approx(1_600, abs=750)  # a codec may pad its last frame

    def test_one_sample_is_music(self, noise_wav: tuple[Path, np.ndarray]) -> None:
        song = audio.open_song(noise_wav[0], duration_seconds=1 / 44_100)
        assert sum(len(block) for block in song.blocks(48_000, 100)) == 1
        assert song.seconds == Fraction(1, 44_100)

    def test_silence_is_music_with_no_peak(self, tmp_path: Path, write_wav: Encode) -> None:
        song = audio.open_song(write_wav(tmp_path / "silence.wav", np.zeros((44_100, 2)), 44_100))
        assert not np.concatenate(list(song.blocks(16_000, 4_000))).any()
        assert song.peak == 0

    def test_memory_does_not_grow_with_length(self, tmp_path: Path, write_wav: Encode) -> None:
        song = audio.open_song(write_wav(tmp_path / "long.wav", np.zeros((8_000 * 600, 1), np.int16), 8_000))
        tracemalloc.start()
        count = sum(len(block) for block in song.blocks(16_000, 16_000))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == 16_000 * 600
        assert peak_bytes < 2e6  # the whole would be 38 MB


class TestDamage:
    @pytest.mark.parametrize("suffix", [".mp3", ".flac", ".webm"])
    def test_half_a_file_dances_what_decodes(self, tmp_path: Path, encode: Encode, suffix: str) -> None:
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 48_000 * 4))
        path = encode(tmp_path / f"song{suffix}", noise, 48_000)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        song = audio.open_song(path)
        heard = np.concatenate(list(song.blocks(48_000, 48_000)))
        assert song.truncated
        assert song.seconds == Fraction(len(heard), 48_000)
        assert float(song.seconds) == pytest.approx(2, abs=0.5)
        assert not _passed(audio.open_song(path, duration_seconds=1)).truncated

    def test_broken_parts_are_left_out_and_said(self, tmp_path: Path, encode: Encode) -> None:
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 48_000 * 4))
        path = encode(tmp_path / "song.mp3", noise, 48_000)
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes(1_000) + whole[middle + 1_000 :])
        song = _passed(audio.open_song(path))
        assert song.truncated
        assert song.seconds is not None
        assert 3.5 < song.seconds <= 4

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_a_whole_file_is_not_called_truncated(self, tmp_path: Path, encode: Encode, suffix: str) -> None:
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 48_000 * 2))
        assert not _passed(audio.open_song(encode(tmp_path / f"song{suffix}", noise, 48_000))).truncated

    def test_an_mp3_without_a_length_is_not_called_truncated(self, tmp_path: Path, encode: Encode) -> None:
        quiet_then_loud = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 48_000 * 4)) * (np.arange(192_000) < 20_000)
        codec = ("libmp3lame", "fltp", {"flags": "+qscale", "global_quality": "236"})
        path = encode(tmp_path / "song.mp3", quiet_then_loud, 48_000, codec)
        whole = path.read_bytes()
        tag = max(whole.find(b"Xing"), whole.find(b"Info"))
        assert tag > 0
        path.write_bytes(whole[whole.find(b"\xff\xfb", tag) :])
        assert not _passed(audio.open_song(path)).truncated

    @pytest.mark.parametrize("suffix", FORMATS)
    @pytest.mark.parametrize("seed", range(4))
    def test_any_bytes_decode_or_are_refused(
        self, tmp_path: Path, encode: Encode, click_song: Encode, suffix: str, seed: int
    ) -> None:
        random = np.random.default_rng(seed)
        whole = encode(tmp_path / f"song{suffix}", click_song(48_000)[None], 48_000).read_bytes()
        for _ in range(4):
            broken = np.frombuffer(whole, np.uint8)[: random.integers(1, len(whole))].copy()
            places = random.integers(0, len(broken), 20)
            broken[places] = random.integers(0, 256, 20)
            path = tmp_path / f"broken{suffix}"
            path.write_bytes(broken.tobytes())
            with contextlib.suppress(AudioError):
                assert np.isfinite(audio.read(path)).all()


class TestRefusals:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="no such file"):
            audio.open_song(tmp_path / "none.mp3")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="is a folder"):
            audio.open_song(tmp_path)

    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "empty.mp3").touch()
        with pytest.raises(AudioError, match="is empty"):
            audio.open_song(tmp_path / "empty.mp3")

    @pytest.mark.parametrize(
        "content", [b"dear diary, today I danced\n" * 99, bytes(5_000), b"#EXTM3U\n#EXTINF:9,\nhttp://[::1]:9/a.ts\n"]
    )
    @pytest.mark.parametrize("name", ["text.mp3", "text.wav", "text"])
    def test_not_audio(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AudioError, match=r"not audio|decoded"):
            audio.open_song(tmp_path / name)

    def test_a_video_without_sound(self, tmp_path: Path) -> None:
        with av.open(str(tmp_path / "mute.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width = stream.height = 64
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
            container.mux(stream.encode(None))
        with pytest.raises(AudioError, match="no sound"):
            audio.open_song(tmp_path / "mute.mp4")

    @pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
    @pytest.mark.parametrize("codec", [("pcm_f32le", "flt", {}), ("pcm_f64le", "dbl", {})])
    def test_samples_that_are_not_numbers(
        self, tmp_path: Path, encode: Encode, bad: float, codec: tuple[str, str, dict[str, str]]
    ) -> None:
        samples = np.zeros((1, 48_000))
        samples[0, 40_000] = bad
        path = encode(tmp_path / "nan.wav", samples, 48_000, codec)
        with pytest.raises(AudioError, match="NaN"):
            audio.read(path)

    @pytest.mark.parametrize("start", [-1.0, float("nan"), float("inf")])
    def test_a_start_that_is_no_time(self, noise_wav: tuple[Path, np.ndarray], start: float) -> None:
        with pytest.raises(AudioError, match="start"):
            audio.open_song(noise_wav[0], start_seconds=start)

    @pytest.mark.parametrize("duration", [-1.0, 0.0, float("nan"), float("inf")])
    def test_a_duration_that_is_none(self, noise_wav: tuple[Path, np.ndarray], duration: float) -> None:
        with pytest.raises(AudioError, match="duration"):
            audio.open_song(noise_wav[0], duration_seconds=duration)

    def test_a_start_past_the_end(self, noise_wav: tuple[Path, np.ndarray]) -> None:
        audio.open_song(noise_wav[0], start_seconds=2.99)
        with pytest.raises(AudioError, match=r"3\.00 s of sound"):
            audio.open_song(noise_wav[0], start_seconds=3)

    def test_a_start_past_the_end_of_half_a_file(self, tmp_path: Path, encode: Encode) -> None:
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 48_000 * 4))
        path = encode(tmp_path / "song.mp3", noise, 48_000)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(AudioError, match="earlier start"):
            audio.open_song(path, start_seconds=3)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions bind ordinary users on POSIX only")
    def test_permission_denied(self, noise_wav: tuple[Path, np.ndarray]) -> None:
        noise_wav[0].chmod(0)
        with pytest.raises(AudioError, match="permission denied"):
            audio.open_song(noise_wav[0])


class TestFolder:
    def test_songs_are_sorted_and_nothing_else_is_taken(self, tmp_path: Path) -> None:
        for name in ["b.MP3", "a.flac", "notes.txt", "film.mp4", "._a.mp3"]:
            (tmp_path / name).touch()
        (tmp_path / "deeper.wav").mkdir()
        assert [path.name for path in audio.songs_in(tmp_path)] == ["a.flac", "b.MP3"]

    def test_a_folder_without_songs(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="no songs in"):
            audio.songs_in(tmp_path)

    def test_a_folder_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(AudioError, match="no such file or folder"):
            audio.songs_in(tmp_path / "none")


@pytest.mark.skipif("BALLO_DATA" not in os.environ, reason="set BALLO_DATA to the folder of the published data sets")
def test_a_published_song_has_its_length() -> None:
    song = _passed(audio.open_song(Path(os.environ["BALLO_DATA"]) / "tang2018" / "DANCE_W_1" / "audio.mp3"))
    assert song.seconds is not None
    assert float(song.seconds) == pytest.approx(63.557, abs=0.02)
    assert not song.truncated
    assert 0.1 < song.peak <= 1


def _passed(song: audio.Song) -> audio.Song:
    """The song after a whole pass."""
    for _ in song.blocks(16_000, 16_000):
        pass
    return song
