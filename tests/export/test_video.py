"""The .mp4, decoded again: what it says of itself, what its frames show, and when its sound is heard."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ballo.errors import AudioError, ExportError
from ballo.export import picture, reel, sound, video
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

FRAME_SECONDS = 0.04
CLICKS_SECONDS = (0.4, 1.0, 1.36)


def write_song(path: Path, samples: np.ndarray, rate: int) -> Path:
    """(channels, N) in -1 to 1 as a 16-bit wav."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.T * 32767).astype("<i2").tobytes())
    return path


def clicks(at_seconds: tuple[float, ...], seconds: float, rate: int, channels: int = 2) -> np.ndarray:
    """Silence with 4 ms bursts of noise."""
    samples = np.zeros((channels, round(seconds * rate)))
    burst = np.random.default_rng(0).uniform(-0.9, 0.9, round(0.004 * rate))
    for second in at_seconds:
        first = round(second * rate)
        samples[:, first : first + len(burst)] = burst
    return samples


def hops(at_seconds: tuple[float, ...], seconds: float) -> Motion:
    """A dancer who stands in a T-pose and is 30 cm to the other side from the frame of each moment on."""
    frames = round(seconds / FRAME_SECONDS)
    wxyz = np.zeros((frames, len(DANCER), 4))
    wxyz[..., 0] = 1
    root = np.tile([0.0, 0.985, 0.0], (frames, 1))
    side = 0.15
    for second in at_seconds:
        root[round(second / FRAME_SECONDS) :, 0] = side
        side = -side
    return Motion(DANCER, wxyz, root, 1 / FRAME_SECONDS, np.ones((frames, 2)), {"style": "tango"})


@dataclass(frozen=True)
class Film:
    """A decoded film: greys (T, 720, 1280) and when each is shown; sound (channels, N), its rate and when it starts."""

    greys: np.ndarray
    shown_seconds: np.ndarray
    sound: np.ndarray
    rate: int
    sound_starts_seconds: float


def decode(path: Path) -> Film:
    with av.open(str(path)) as container:
        pictures = list(container.decode(video=0))
        greys = np.stack([frame.to_ndarray()[:720] for frame in pictures])
        shown = np.array([float(frame.pts * frame.time_base) for frame in pictures])
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return Film(greys, shown, np.zeros((0, 0)), 0, 0.0)
        heard = list(container.decode(audio=0))
        samples = np.concatenate([frame.to_ndarray() for frame in heard], axis=1)
        return Film(greys, shown, samples, heard[0].sample_rate, float(heard[0].pts * heard[0].time_base))


def onsets(film: Film) -> list[float]:
    """When each burst begins."""
    loud = np.abs(film.sound).max(axis=0) > 0.25
    edges = np.flatnonzero(loud & ~np.roll(loud, 1))
    kept = [edge for n, edge in enumerate(edges) if n == 0 or edge - edges[n - 1] > 0.1 * film.rate]
    return [film.sound_starts_seconds + edge / film.rate for edge in kept]


def jumps(film: Film) -> list[float]:
    """When the picture changes at once. The upper body's rows, where the camera's slow pan moves no floor."""
    change = np.abs(np.diff(film.greys[:, 100:300].astype(np.int16), axis=0)).mean(axis=(1, 2))
    return film.shown_seconds[1:][change > 0.5 * change.max()].tolist()


@pytest.mark.parametrize(("rate", "start_seconds"), [(44100, 0.0), (22050, 0.5)])
def test_sound_and_picture_agree(tmp_path, rate, start_seconds):
    late = tuple(second + start_seconds for second in CLICKS_SECONDS)
    song = write_song(tmp_path / "clicks.wav", clicks(late, 3.0, rate), rate)
    video.write(hops(CLICKS_SECONDS, 1.8), tmp_path / "film.mp4", song=song, start_seconds=start_seconds)
    film = decode(tmp_path / "film.mp4")
    np.testing.assert_allclose(jumps(film), CLICKS_SECONDS, atol=1e-6)
    np.testing.assert_allclose(onsets(film), CLICKS_SECONDS, atol=0.005)


def test_streams_are_what_browsers_play(tmp_path, smooth_dance):
    song = write_song(tmp_path / "song.wav", clicks((0.1,), 2.0, 44100), 44100)
    video.write(smooth_dance(13), tmp_path / "film.mp4", song=song)
    data = (tmp_path / "film.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")  # a player can start before it has the whole file
    with av.open(str(tmp_path / "film.mp4")) as container:
        picture, track = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 1280, 720)
        assert picture.codec_context.pix_fmt == "yuv420p"
        assert (picture.average_rate, picture.frames) == (25, 13)
        assert (track.codec_context.name, track.rate, track.layout.name) == ("aac", 44100, "stereo")
        assert picture.start_time == 0
        assert abs(picture.duration * picture.time_base - Fraction(13, 25)) < 1e-6
        assert abs(track.duration * track.time_base - Fraction(13, 25)) < FRAME_SECONDS


@pytest.mark.parametrize("fps", [24.0, 30000 / 1001])
def test_fps_is_the_motions_own(tmp_path, smooth_dance, fps):
    video.write(smooth_dance(6, fps=fps), tmp_path / "film.mp4")
    np.testing.assert_allclose(decode(tmp_path / "film.mp4").shown_seconds, np.arange(6) / fps, atol=1e-4)


def test_without_a_song_it_is_silent(tmp_path, smooth_dance):
    video.write(smooth_dance(3), tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_a_song_shorter_than_the_dance_ends(tmp_path, smooth_dance):
    song = write_song(tmp_path / "song.wav", clicks((0.1,), 0.3, 48000, channels=1), 48000)
    video.write(smooth_dance(25), tmp_path / "film.mp4", song=song)
    film = decode(tmp_path / "film.mp4")
    assert len(film.greys) == 25
    assert len(film.sound) == 1
    assert abs(film.sound.shape[1] / film.rate - 0.3) < 0.03


def test_the_dancer_is_seen_and_whole(tmp_path, smooth_dance):
    video.write(smooth_dance(5), tmp_path / "dance.mp4")
    nowhere = Motion(Skeleton(("dot",), (-1,), np.zeros((1, 3))), *_far_away(5), 25.0, np.zeros((5, 0)))
    video.write(nowhere, tmp_path / "stage.mp4")
    dance, stage = decode(tmp_path / "dance.mp4").greys, decode(tmp_path / "stage.mp4").greys
    assert stage.std() > 5  # a floor and a sky
    seen = np.abs(dance[-1].astype(int) - stage[-1])[:, 200:1080] > 60
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    assert 380 < np.ptp(rows) < 640
    assert 60 < np.ptp(columns) < 860
    assert rows[0] > 20


def _far_away(frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotations and a root under the floor, in front of the camera."""
    wxyz = np.tile([1.0, 0, 0, 0], (frames, 1, 1))
    return wxyz, np.tile([0.0, -0.3, 0.0], (frames, 1))


def test_progress_counts_frames_and_title_is_printed(tmp_path, smooth_dance):
    done: list[int] = []
    video.write(smooth_dance(7), tmp_path / "plain.mp4", progress=done.append)
    video.write(smooth_dance(7), tmp_path / "titled.mp4", title="Moon River")
    assert done == list(range(1, 8))
    plain, titled = (decode(tmp_path / name).greys[0, 640:, :500].astype(int) for name in ("plain.mp4", "titled.mp4"))
    assert (np.abs(plain - titled) > 40).sum() > 100


def test_no_frames_is_refused(tmp_path, smooth_dance):
    with pytest.raises(ExportError, match="without frames"):
        video.write(smooth_dance(0), tmp_path / "film.mp4")


def test_what_is_not_a_song_is_refused_and_nothing_is_left(tmp_path, smooth_dance):
    (tmp_path / "song.mp3").write_text("not sound")
    formats.register({".mp4": "ballo.export.video:write"})
    with pytest.raises(AudioError):
        smooth_dance(2).save(tmp_path / "film.mp4", song=tmp_path / "song.mp3")
    song = write_song(tmp_path / "song.wav", clicks((), 0.5, 44100), 44100)
    with pytest.raises(AudioError, match="start"):
        smooth_dance(2).save(tmp_path / "film.mp4", song=song, start_seconds=9)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song.mp3", "song.wav"]


def test_a_failure_midway_leaves_nothing(tmp_path, smooth_dance):
    def fail(done: int) -> None:
        if done == 2:
            raise OSError(28, "No space left on device")

    formats.register({".mp4": "ballo.export.video:write"})
    with pytest.raises(ExportError, match="No space left"):
        smooth_dance(30).save(tmp_path / "film.mp4", progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_file_is_one_line(tmp_path, smooth_dance):
    with pytest.raises((ExportError, OSError)):
        video.write(smooth_dance(2), tmp_path / "no such folder" / "film.mp4")


def test_frames_wait_in_a_bounded_queue(smooth_dance, monkeypatch):
    drawn: list[int] = []
    monkeypatch.setattr(picture, "draw", lambda figure, shot: drawn.append(1))
    frames = reel.of(smooth_dance(200)).drawn()
    next(frames)
    assert len(drawn) <= 2 * reel.MOST_WORKERS + 2
    assert sum(1 for _ in frames) == 199
    assert len(drawn) == 200


@pytest.mark.parametrize(("rate", "channels", "expected"), [(44100, 2, 44100), (22050, 1, 48000), (96000, 2, 48000)])
def test_a_stretch_has_every_sample_asked_for(tmp_path, rate, channels, expected):
    tone = np.sin(np.arange(2 * rate) / rate * 2 * np.pi * 440) * 0.5
    song = write_song(tmp_path / "tone.wav", np.stack([tone] * channels), rate)
    form = sound.format_of(song)
    assert form == sound.SoundFormat(expected, "mono" if channels == 1 else "stereo")
    frames = list(sound.stretch(song, form, 0.25, 1.0))
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    assert samples.shape == (channels, expected)
    assert [frame.pts for frame in frames] == np.cumsum([0, *[frame.samples for frame in frames[:-1]]]).tolist()
    wanted = np.sin((np.arange(expected) / expected + 0.25) * 2 * np.pi * 440) * 0.5
    assert np.abs(samples - wanted)[:, 50:-50].max() < 0.01


def test_five_channels_become_two(tmp_path):
    song = write_song(tmp_path / "surround.wav", clicks((0.1,), 0.4, 44100, channels=6), 44100)
    frames = list(sound.stretch(song, sound.format_of(song), 0.0, 9.0))
    assert sum(frame.samples for frame in frames) == round(0.4 * 44100)
    assert {frame.layout.name for frame in frames} == {"stereo"}
