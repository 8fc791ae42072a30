"""The dance is in time with what is heard: the sound itself is listened to, at the player's exit and at a loudspeaker's.

The song is noise, of which every stretch is like no other, so a piece of what was heard says what second of the song it is.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ballo.motion.motion import Motion

SECONDS = 30.0
WORST_SECONDS, MEDIAN_SECONDS = 0.020, 0.010
"""How far the pose in the scene may be from the one that is due at what is heard: in any picture, and in the middle one."""
SHARE_AT_LOUDSPEAKER = 0.9
"""Of pictures: where a machine does too much, so that sound stalls, Chromium's own clock is off for a second now and then."""
RATE = 44100
LEAST_PICTURES = 40
"""On a machine that does too much, sound stalls often; so many pictures have to be due something all the same."""
PIECE = 4096
"""Samples by which a stretch of the song is known."""
STEADY_SECONDS = 0.004
"""How far apart pieces may put the song's start while the sound runs on; where it stalls, nothing is due until it is back."""

LOOK = """
    // Begun before the page's own script, it is called before the viewer in every picture: the moment then goes with the
    // pose that the viewer takes next, which stands in the scene until the picture after.
    window.rows = [];
    let before = null;
    const look = () => {
        requestAnimationFrame(look);
        if (!window.ballo || !ballo.playing) return;
        if (before) rows.push([...before, ...ballo.joints()[0].flat()]);
        const output = window.context ? context.getOutputTimestamp() : { contextTime: 0, performanceTime: 0 };
        const now = performance.now();
        const heard = output.contextTime + (now - output.performanceTime) / 1000;
        before = [performance.timeOrigin + now, heard, window.context ? context.currentTime : 0, ballo.audio.currentTime];
    };
    requestAnimationFrame(look);
"""
TAP = """
    async () => {
        window.context = new AudioContext({ sampleRate: 44100 });
        const code = `registerProcessor("tap", class extends AudioWorkletProcessor {
            kept = [];
            process([[heard]]) {
                if (!this.kept.length) this.first = currentFrame;
                this.kept.push(Int16Array.from(heard ?? new Float32Array(128), x => 32767 * Math.max(-1, Math.min(1, x))));
                if (this.kept.length < 32) return true;
                this.port.postMessage([this.first, this.kept]);
                this.kept = [];
                return true;
            }
        })`;
        await context.audioWorklet.addModule("data:text/javascript;base64," + btoa(code));
        const tap = new AudioWorkletNode(context, "tap", { channelCount: 1, channelCountMode: "explicit" });
        window.tapped = [];
        tap.port.onmessage = ({ data: [first, parts] }) => {
            const bytes = parts.flatMap(part => [...new Uint8Array(part.buffer)]);
            tapped.push([first, btoa(String.fromCharCode(...bytes))]);
        };
        const source = context.createMediaElementSource(ballo.audio);
        source.connect(tap);
        source.connect(context.destination);
        await context.resume();
    }
"""

Page = Any


@dataclass(frozen=True)
class Pictures:
    """What was seen: when, in seconds of the wall's clock; what an audio context's output was then said to play and how
    far its graph was, in its seconds; the player's own time; the joints (N, J, 3)."""

    wall: np.ndarray
    heard: np.ndarray
    rendered: np.ndarray
    told: np.ndarray
    joints: np.ndarray


@pytest.fixture(scope="module")
def dance(smooth_dance) -> Motion:
    return smooth_dance(800)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """(samples,) without the heights that an encoder leaves out."""
    white = np.random.default_rng(5).normal(0, 0.4, round(RATE * (SECONDS + 2)))
    return np.convolve(white, np.full(4, 0.25), "same").clip(-1, 1)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory, noise, dance) -> Path:
    import wave

    folder = tmp_path_factory.mktemp("sync")
    with wave.open(str(folder / "noise.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((noise * 32767).astype("<i2").tobytes())
    return dance.save(folder / "noise.html", song=folder / "noise.wav")


def played(page: Page) -> Pictures:
    """Plays for `SECONDS`."""
    page.keyboard.press("Space")
    page.wait_for_function(f"ballo.audio.currentTime > {SECONDS + 0.5}", timeout=180_000)
    rows = np.array(page.evaluate("rows"))
    return Pictures(rows[:, 0] / 1000, rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4:].reshape(len(rows), -1, 3))


def recognised(noise: np.ndarray, sound: np.ndarray, firsts: np.ndarray) -> np.ndarray:
    """The places in the song that pieces (N, PIECE) of a sound, whose first samples are `firsts`, come from.

    Returns (M, 2): the piece's first sample, and that sample's place in the song, for pieces that are from the song.
    """
    found: list[tuple[int, int]] = []
    for first, piece in zip(firsts, sound, strict=True):
        # It is most likely half a second around where the piece before says.
        likely = found[-1][1] + first - found[-1][0] - RATE // 2 if found else 0
        around = slice(max(0, likely), max(0, likely) + RATE)
        for part in (around, slice(None)) if found else (slice(None),):
            at = matched(noise[part], piece)
            if at is not None:
                found.append((first, at + (part.start or 0)))
                break
    return np.array(found, dtype=float).reshape(-1, 2)


def matched(noise: np.ndarray, piece: np.ndarray) -> int | None:
    """Where a piece is in a song; None if it is not in it."""
    if len(noise) <= 2 * PIECE or np.abs(piece).max() < 100:
        return None
    size = 2 ** int(np.ceil(np.log2(len(noise) + PIECE)))
    alike = np.fft.irfft(np.fft.rfft(noise, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(noise) - PIECE]
    at = int(np.argmax(alike))
    return at if alike[at] > 0.8 * np.linalg.norm(piece) * np.linalg.norm(noise[at : at + PIECE]) else None


def due(moments: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The song's seconds at moments (N,), from known ones (M, 2); NaN where the sound did not run on steadily around them."""
    assert len(known) > SECONDS, "the song is not heard"
    lead = known[:, 1] - known[:, 0]
    steady = np.abs(np.diff(lead)) < STEADY_SECONDS
    gaps = np.diff(known[:, 0]) < 3 * PIECE / RATE
    after = np.searchsorted(known[:, 0], moments)
    inside = (after > 1) & (after < len(known) - 1)
    after = np.clip(after, 2, len(known) - 2)
    runs = (steady & gaps)[[after - 2, after - 1, after]].all(axis=0)
    return np.where(inside & runs, moments + np.interp(moments, known[:, 0], lead), np.nan)


def shown_seconds(motion: Motion, near: float, joints: np.ndarray) -> float:
    """The moment, near to another, whose pose by forward kinematics is the most like joints (J, 3)."""
    moments = np.clip(near + np.arange(-0.2, 0.2, 0.001), 0, (len(motion) - 1.001) / motion.fps)
    first = (moments * motion.fps).astype(int)
    share = (moments * motion.fps - first)[:, None, None]
    poses = motion.positions[first] * (1 - share) + motion.positions[first + 1] * share
    return float(moments[np.linalg.norm(poses - joints, axis=-1).mean(axis=-1).argmin()])


def check(
    motion: Motion, pictures: Pictures, heard_seconds: np.ndarray, share: float, report: Callable[[str, object], None]
) -> None:
    """Hold the poses of pictures to what was heard (N,), NaN where there is nothing to be said; all to the player's time."""
    known = ~np.isnan(heard_seconds)
    shown = np.array([shown_seconds(motion, *one) for one in zip(pictures.told, pictures.joints, strict=True)])
    off = (shown - heard_seconds)[known]
    report("worst_ms", round(1000 * float(np.abs(off).max(initial=0)), 1))
    report("median_ms", round(1000 * float(np.median(off)), 1))
    report("within", round(float(np.mean(np.abs(off) <= WORST_SECONDS)), 3))
    report("pictures", len(off))
    assert len(off) >= LEAST_PICTURES
    assert np.ptp(heard_seconds[known]) > 0.8 * SECONDS
    assert abs(np.median(off)) <= MEDIAN_SECONDS
    assert np.mean(np.abs(off) <= WORST_SECONDS) >= share
    assert np.abs(shown - pictures.told).max() <= WORST_SECONDS


def test_the_pose_is_the_one_that_is_due_at_what_the_player_puts_out(opened, browser, page_file, noise, dance, record_property):
    """The player's sound is led through an audio context, which counts samples and says when its output plays them.

    What the context itself holds back, the player's clock cannot know (nothing holds it back where the player plays by itself,
    as in a page that nobody has meddled with), so the pose is due at what the context is given, not at what leaves it.
    """
    page = opened(browser, page_file, 320, 300, before=LOOK)
    page.keyboard.press("c")  # sound may begin only once something was pressed
    page.evaluate(TAP)
    pictures = played(page)
    firsts, texts = zip(*page.evaluate("tapped"), strict=True)
    sound = np.array([np.frombuffer(base64.b64decode(text), "<i2") for text in texts], dtype=float)
    known = recognised(noise, sound, np.array(firsts)) / RATE
    held_back = np.median(pictures.rendered - pictures.heard)
    assert 0 <= held_back < 0.5
    check(dance, pictures, due(pictures.heard + held_back, known), 1.0, record_property)


class Ears:
    """A PulseAudio server of our own with one loudspeaker, and what is heard there: samples, and when they arrived."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder),
        }
        self.environment["PULSE_SERVER"] = f"unix:{folder}/native"
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native",
            f"module-null-sink sink_name=ears rate={RATE} channels=1 format=s16le",
        )
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        loaded = [part for module in modules for part in ("-L", module)]
        quiet: dict[str, Any] = {"env": self.environment, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(["pulseaudio", *options, *loaded], stdout=subprocess.DEVNULL, **quiet)
        while not (folder / "native").exists():
            assert self.server.poll() is None, "PulseAudio does not run here"
            time.sleep(0.05)
        listen = ["parec", "--device=ears.monitor", f"--rate={RATE}", "--channels=1", "--format=s16le", "--latency-msec=2"]
        self.listener = subprocess.Popen(listen, stdout=subprocess.PIPE, **quiet)
        self.heard = bytearray()
        self.arrivals: list[tuple[int, float]] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        assert self.listener.stdout is not None
        while data := os.read(self.listener.stdout.fileno(), 65536):
            self.heard += data
            self.arrivals.append((len(self.heard) // 2, time.time()))

    def close(self) -> None:
        for process in (self.listener, self.server):
            process.terminate()
            process.wait()
        self.thread.join()

    def samples(self) -> np.ndarray:
        return np.frombuffer(bytes(self.heard[: len(self.heard) // 2 * 2]), "<i2").astype(float)

    def wall(self, samples: np.ndarray) -> np.ndarray:
        """When samples (N,) were at the loudspeaker: none arrives before, and in every two seconds some at once."""
        counts, times = np.array(self.arrivals).T
        lag = times - counts / RATE
        return samples / RATE + np.array([lag[np.abs(counts - sample) < RATE].min() for sample in samples])


@pytest.fixture
def ears() -> Iterator[Ears]:
    if not (shutil.which("pulseaudio") and shutil.which("parec")):
        pytest.skip("there is no loudspeaker to listen to: scripts/install_chromium.sh installs PulseAudio, which makes one")
    # In a folder of a short name: a socket's path has room for 108 letters.
    with tempfile.TemporaryDirectory(prefix="ears") as folder:
        heard = Ears(Path(folder))
        yield heard
        heard.close()


def test_the_pose_is_the_one_that_is_due_at_what_a_loudspeaker_plays(
    opened, launched, ears, page_file, noise, dance, record_property
):
    """Chromium plays to a loudspeaker with a queue of its own, as any has; what it plays is recorded with the wall's clock."""
    browser = launched(env=ears.environment, ignore_default_args=["--mute-audio"])
    pictures = played(opened(browser, page_file, 320, 300, before=LOOK))
    ears.close()
    sound = ears.samples()
    firsts = np.arange(0, len(sound) - PIECE, PIECE)
    known = recognised(noise, np.array([sound[first : first + PIECE] for first in firsts]), firsts)
    heard = due(pictures.wall, np.stack([ears.wall(known[:, 0]), known[:, 1] / RATE], axis=1))
    check(dance, pictures, heard, SHARE_AT_LOUDSPEAKER, record_property)
