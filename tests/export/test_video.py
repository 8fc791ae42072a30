"""The .mp4, decoded again: what it says of itself, what its frames show, and when its sound is heard."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from ballo.errors import AudioError, ExportError
from ballo.export import crew, picture, reel, sound, video
from ballo.export.canvas import Canvas
from ballo.motion import formats
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

FRAME_SECONDS = 0.04
NTSC_SECONDS = 1001 / 30000
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


def hops(at_seconds: tuple[float, ...], seconds: float, frame_seconds: float = FRAME_SECONDS) -> Motion:
    """A dancer who stands in a T-pose and is 30 cm to the other side from the frame of each moment on."""
    frames = round(seconds / frame_seconds)
    wxyz = np.zeros((frames, len(DANCER), 4))
    wxyz[..., 0] = 1
    root = np.tile([0.0, 0.985, 0.0], (frames, 1))
    side = 0.15
    for second in at_seconds:
        root[round(second / frame_seconds) :, 0] = side
        side = -side
    return Motion(DANCER, wxyz, root, 1 / frame_seconds, np.ones((frames, 2)), {"style": "tango"})


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


@pytest.mark.parametrize("frame_seconds", [FRAME_SECONDS, NTSC_SECONDS, 1 / 60])
def test_over_a_minute_nothing_drifts_and_both_end_together(tmp_path, monkeypatch, frame_seconds):
    """The last hop, a minute on, is heard and seen as the first; the picture and the sound are equally long."""
    frames = round(60 / frame_seconds)
    moments = tuple(round(second / frame_seconds) * frame_seconds for second in (1.0, 30.0, 59.0))
    song = write_song(tmp_path / "clicks.wav", clicks(moments, 62.0, 44100), 44100)
    motion = hops(moments, 60.0, frame_seconds)
    assert len(motion) == frames
    # What is encoded is not what is tested: a grey that goes white with the hop stands for the stage.
    small = [Canvas.of(np.full((90, 160, 3), grey, dtype=np.float32)) for grey in (0.3, 0.9)]
    sides = (motion.root[:, 0] > 0.1).tolist()
    shown = reel.Reel(frames, motion.fps, (160, 90), (partial(small.__getitem__, int(side)) for side in sides))
    monkeypatch.setattr(reel, "FEWEST_FOR_PROCESSES", 10_000)
    video.write_reel(shown, tmp_path / "film.mp4", song=song)
    film = decode(tmp_path / "film.mp4")
    assert len(film.greys) == frames
    change = np.abs(np.diff(film.greys.astype(np.int16)[:, :90], axis=0)).mean(axis=(1, 2))
    np.testing.assert_allclose(film.shown_seconds[1:][change > 60], moments, atol=1e-4)
    np.testing.assert_allclose(onsets(film), moments, atol=0.005)
    with av.open(str(tmp_path / "film.mp4")) as container:
        seen, heard = (float(stream.duration * stream.time_base) for stream in container.streams)
        assert abs(seen - frames * frame_seconds) < 1e-3
        assert abs(heard - seen) < frame_seconds


@pytest.mark.parametrize("size", ["720p", "1080p", "vertical"])
def test_sizes_are_what_they_are_called(tmp_path, smooth_dance, size):
    formats.register({".mp4": "ballo.export.video:write"})
    smooth_dance(3).save(tmp_path / "film.mp4", size=size, camera="orbit", theme="dark", title="Moon River")
    with av.open(str(tmp_path / "film.mp4")) as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height) == {"720p": (1280, 720), "1080p": (1920, 1080), "vertical": (1080, 1920)}[size]


def test_beats_are_the_songs_from_where_the_dance_starts(tmp_path, smooth_dance, monkeypatch):
    seconds = tuple(np.arange(0.5, 20, 0.5))
    song = write_song(tmp_path / "clicks.wav", clicks(seconds, 20.0, 22050), 22050)
    shown = []
    monkeypatch.setattr(reel, "of", lambda motion, look, of=reel.of: shown.append(look) or of(motion, look))
    video.write(smooth_dance(50), tmp_path / "film.mp4", song=song, start_seconds=4.1, beats=True)
    beats = np.array([beat.seconds for beat in shown[-1].beats])
    inside = beats[(beats > 0) & (beats < 2)]
    np.testing.assert_allclose(inside, [0.4, 0.9, 1.4, 1.9], atol=0.03)
    with pytest.raises(ExportError, match="song"):
        video.write(smooth_dance(2), tmp_path / "other.mp4", beats=True)


def test_a_beat_is_seen_when_it_is_heard(tmp_path, smooth_dance):
    """At 29.97 frames a second: the rings on the floor, as the film with them differs from the film without."""
    song = write_song(tmp_path / "clicks.wav", clicks(tuple(np.arange(0.25, 12, 0.5)), 12.0, 44100), 44100)
    motion = smooth_dance(120, fps=1 / NTSC_SECONDS)
    for name, beats in (("rings", True), ("plain", False)):
        video.write(motion, tmp_path / f"{name}.mp4", song=song, start_seconds=0.6, beats=beats)
    with_rings, without = (decode(tmp_path / f"{name}.mp4") for name in ("rings", "plain"))
    changed = np.abs(with_rings.greys[:, 400:].astype(np.int16) - without.greys[:, 400:]) > 20
    ring = changed.sum(axis=(1, 2)) > 1000
    seen = with_rings.shown_seconds[1:][ring[1:] & ~ring[:-1]]
    heard = [second for second in onsets(with_rings) if 0.1 < second < motion.seconds - 0.1]
    assert len(heard) >= 7
    np.testing.assert_allclose(seen, heard, atol=0.04)
    assert len(with_rings.greys) == 120
    assert abs(with_rings.sound.shape[1] / with_rings.rate + with_rings.sound_starts_seconds - motion.seconds) < NTSC_SECONDS


def test_the_same_film_is_the_same_bytes_whoever_draws_it(tmp_path, smooth_dance, monkeypatch):
    motion = smooth_dance(reel.FEWEST_FOR_PROCESSES + 5)
    video.write(motion, tmp_path / "processes.mp4")
    monkeypatch.setattr(reel, "FEWEST_FOR_PROCESSES", 10_000)
    video.write(motion, tmp_path / "here.mp4")
    assert (tmp_path / "processes.mp4").read_bytes() == (tmp_path / "here.mp4").read_bytes()


def test_processes_that_cannot_be_started_or_die_are_stood_in_for(smooth_dance, monkeypatch):
    drawings = list(reel.of(smooth_dance(3)).drawings)
    expected = [drawing().planes for drawing in drawings]
    with crew.hired(1, (1280, 720)) as draw:
        np.testing.assert_array_equal(draw(drawings[0]).planes, expected[0])
        # A process that ends amid its work.
        np.testing.assert_array_equal(draw(partial(_die_elsewhere, os.getpid(), drawings[1])).planes, expected[1])
        np.testing.assert_array_equal(draw(drawings[2]).planes, expected[2])
    monkeypatch.setattr(crew.sys, "executable", "/no/such/python")
    with crew.hired(1, (1280, 720)) as draw:
        np.testing.assert_array_equal(draw(drawings[0]).planes, expected[0])


def _die_elsewhere(here: int, drawing: Callable[[], Canvas]) -> Canvas:
    if os.getpid() != here:
        os._exit(1)
    return drawing()


def test_no_process_is_left_when_a_film_is_given_up(smooth_dance, monkeypatch):
    hired = []
    monkeypatch.setattr(crew, "_Member", lambda size, of=crew._Member: hired.append(of(size)) or hired[-1])
    frames = reel.of(smooth_dance(reel.FEWEST_FOR_PROCESSES)).drawn()
    next(frames)
    processes = [member._process for member in hired]
    frames.close()
    assert processes
    assert all(process.poll() is not None for process in processes)


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
    video.write(smooth_dance(7), tmp_path / "captioned.mp4", caption="DANCE_W_1")
    plain, titled, captioned = (
        decode(tmp_path / f"{name}.mp4").greys[0].astype(int) for name in ("plain", "titled", "captioned")
    )
    assert (np.abs(plain - titled)[:120, :500] > 40).sum() > 100
    assert (np.abs(plain - titled)[200:] > 40).sum() == 0
    assert (np.abs(plain - captioned)[640:, :500] > 40).sum() > 100


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
    monkeypatch.setattr(reel, "FEWEST_FOR_PROCESSES", 10_000)
    frames = reel.of(smooth_dance(200)).drawn()
    next(frames)
    assert len(drawn) <= 4
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
