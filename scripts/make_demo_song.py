"""Makes the demo song that ships with ballo, and the list of its exact beats: python scripts/make_demo_song.py

The piece is a slow waltz in D major at 90 beats a minute, composed for ballo: two bars of introduction, a theme of eight bars
on the piano, its answer with strings, and a last chord. Every sound is computed here, from sines and one burst of noise for the
hall, so that song and beats have no other source and the same licence as the code. It needs numpy and PyAV.

Axes: N samples at RATE. Times are in beats in the score and in seconds from where it is rendered.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

RATE = 44_100
TEMPO_BPM = 90
BEATS_PER_BAR = 3
LEAD_SECONDS = 0.25  # of silence before the first beat
RING_SECONDS = 3.5  # that the last chord and the hall have to die away
BIT_RATE = 80_000

FOLDER = Path(__file__).resolve().parents[1] / "src" / "ballo" / "demo"

# One bar a chord; the slash names the bass.
HARMONY = """
    D     A7
    D     A/C#  Bm    F#m   G     D/F#  Em    A7
    D     A/C#  Bm    F#7   G     Gm    D/A   A7
    D
"""
# chord: bass, then the hand above it, voiced so that the hand hardly moves
VOICES = {
    "D": ("D2", "A3 D4 F#4"),
    "D/F#": ("F#2", "A3 D4 F#4"),
    "D/A": ("A2", "A3 D4 F#4"),
    "Em": ("E2", "G3 B3 E4"),
    "F#m": ("F#2", "A3 C#4 F#4"),
    "F#7": ("F#2", "A#3 C#4 E4"),
    "G": ("G2", "B3 D4 G4"),
    "Gm": ("G2", "A#3 D4 G4"),
    "A/C#": ("C#3", "A3 C#4 E4"),
    "A7": ("A2", "G3 C#4 E4"),
    "Bm": ("B2", "B3 D4 F#4"),
}
# note/beats; a bar line before each bar
THEME = """
    | F#5/2 A5/1 | E5/2 C#5/1 | D5/1.5 C#5/0.5 B4/1 | C#5/3
    | B4/1 D5/1 G5/1 | F#5/2 D5/1 | E5/1 B4/1 G5/1 | C#5/1 E5/1 A5/1
"""
ANSWER = """
    | F#5/2 E5/1 | E5/1.5 D5/0.5 C#5/1 | D5/1 F#5/1 B5/1 | A#5/2 F#5/1
    | B5/1.5 A5/0.5 G5/1 | A#5/2 G5/1 | F#5/1.5 E5/0.5 D5/1 | E5/1 G5/1 C#5/1
    | D5/3
"""
THEME_BAR, ANSWER_BAR = 2, 10


@dataclass(frozen=True)
class Note:
    """A pitch with its place in the piece: onset and length in beats, loudness 0 to 1, and pan from left -1 to right 1."""

    pitch: str
    onset: float
    length: float
    loudness: float
    pan: float = 0.0


def main() -> None:
    """Writes song.mp3 and beats.json to the folder given, or to where the package keeps them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    write_mp3(folder / "song.mp3", render())
    (folder / "beats.json").write_text(json.dumps(beats(), indent=1) + "\n", encoding="utf-8")


def beats() -> dict[str, object]:
    """The beats in seconds from the song's first sample, up to the downbeat of the last chord."""
    count = (len(HARMONY.split()) - 1) * BEATS_PER_BAR + 1
    times = [round(seconds_at(beat), 6) for beat in range(count)]
    return {
        "tempo_bpm": TEMPO_BPM,
        "beats_per_bar": BEATS_PER_BAR,
        "beats_seconds": times,
        "downbeats_seconds": times[::BEATS_PER_BAR],
    }


def seconds_at(beat: float) -> float:
    """When a beat sounds; beat 0 is the first downbeat."""
    return LEAD_SECONDS + beat * 60 / TEMPO_BPM


# The score


def accompaniment() -> Iterator[Note]:
    """Oom-pah-pah: the bass on one, the hand on two and three; the last chord comes at once and stays."""
    chords = HARMONY.split()
    for bar, chord in enumerate(chords):
        bass, hand = VOICES[chord]
        first = bar * BEATS_PER_BAR
        if bar == len(chords) - 1:
            yield from (Note(pitch, first, 4, 0.6, -0.2) for pitch in [bass, "D3", *hand.split()])
            return
        yield Note(bass, first, 2.6, 0.85, -0.1)
        for pitch in hand.split():
            yield Note(pitch, first + 1, 0.7, 0.34, -0.35)
            yield Note(pitch, first + 2, 0.6, 0.28, -0.35)


def melody(score: str, first_bar: int) -> Iterator[Note]:
    """The notes of a melody, swelling towards the middle of every four bars."""
    onset = float(first_bar * BEATS_PER_BAR)
    for word in score.replace("|", " ").split():
        pitch, length = word.split("/")
        phrase = (onset - first_bar * BEATS_PER_BAR) % (4 * BEATS_PER_BAR) / (4 * BEATS_PER_BAR)
        yield Note(pitch, onset, float(length), 0.7 + 0.25 * np.sin(np.pi * phrase), 0.2)
        onset += float(length)


def pad() -> Iterator[Note]:
    """Long string chords under the answer."""
    for bar, chord in enumerate(HARMONY.split()[ANSWER_BAR:], start=ANSWER_BAR):
        for pitch, pan in zip(VOICES[chord][1].split(), (-0.6, 0.0, 0.6), strict=True):
            yield Note(pitch, bar * BEATS_PER_BAR, BEATS_PER_BAR, 0.16, pan)


# The instruments


def frequency(pitch: str) -> float:
    """The equal-tempered frequency in Hz of a name such as F#4; A4 is 440."""
    semitone = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[pitch[0]] + ("#" in pitch)
    return 440.0 * 2 ** ((semitone - 9) / 12 + int(pitch[-1]) - 4)


@cache  # the hand plays the same few notes in every bar
def piano(hertz: float, seconds: float, loudness: float) -> np.ndarray:
    """(N,) a soft piano note: stretched partials, the higher the sooner gone, and a damper after `seconds`."""
    time = np.arange(round((seconds + 0.4) * RATE)) / RATE
    sound = np.zeros(len(time))
    for partial in range(1, 13):
        stretched = hertz * partial * np.sqrt(1 + 4e-4 * partial**2)
        if stretched > 9_000:
            break
        level = partial**-1.2 * loudness ** (0.6 + 0.1 * partial)  # a softer touch is a darker one
        decay = np.exp(-time * (0.5 + 0.35 * partial) * (hertz / 220) ** 0.6)
        beating = np.sin(2 * np.pi * stretched * time) + 0.6 * np.sin(2 * np.pi * stretched * 1.0006 * time)
        sound += level * decay * beating
    attack = np.minimum(1, time / 0.004)
    damper = np.exp(-np.maximum(0, time - seconds) / 0.08)
    return sound * attack * damper


@cache
def strings(hertz: float, seconds: float, loudness: float) -> np.ndarray:
    """(N,) a section of three players, a little out of tune with one another, each with a vibrato that comes late."""
    time = np.arange(round((seconds + 1.0) * RATE)) / RATE
    sound = np.zeros(len(time))
    for player, cents in enumerate((-5, 0, 6)):
        vibrato = 0.003 * np.minimum(1, time / 0.6) * np.sin(2 * np.pi * (5.0 + 0.3 * player) * time + player)
        phase = 2 * np.pi * np.cumsum(hertz * 2 ** (cents / 1200) * (1 + vibrato)) / RATE
        sound += sum(partial**-1.7 * np.sin(partial * phase + player) for partial in range(1, 9))
    attack = np.sin(np.pi / 2 * np.minimum(1, time / 0.25)) ** 2
    release = np.exp(-np.maximum(0, time - seconds) / 0.2)
    return loudness / 3 * sound * attack * release


# The mix


def render() -> np.ndarray:
    """(2, N) the piece in stereo, at a root mean square of -18 dB unless its peak stops it at -1 dB."""
    played = [
        (piano, [*accompaniment(), *melody(THEME, THEME_BAR), *melody(ANSWER, ANSWER_BAR)]),
        (strings, [*pad(), *(Note(n.pitch, n.onset, n.length, 0.2 * n.loudness, 0.35) for n in melody(ANSWER, ANSWER_BAR))]),
    ]
    last_beat = (len(HARMONY.split()) - 1) * BEATS_PER_BAR
    stage = np.zeros((2, round((seconds_at(last_beat) + RING_SECONDS) * RATE)))
    for instrument, notes in played:
        for note in notes:
            place(stage, instrument(frequency(note.pitch), note.length * 60 / TEMPO_BPM, note.loudness), note)
    song = fade_out(stage + hall(stage))
    return song * min(10 ** (-18 / 20) / np.sqrt(np.mean(song**2)), 10 ** (-1 / 20) / np.abs(song).max())


def place(stage: np.ndarray, sound: np.ndarray, note: Note) -> None:
    """Adds a sound to (2, N) `stage` at the note's onset, panned with equal power."""
    begin = round(seconds_at(note.onset) * RATE)
    sound = sound[: stage.shape[1] - begin]
    angle = np.pi / 4 * (1 + note.pan)
    stage[:, begin : begin + len(sound)] += np.outer([np.cos(angle), np.sin(angle)], sound)


def hall(stage: np.ndarray) -> np.ndarray:
    """(2, N) the sound that a hall gives back: decaying noise, darker than the source, after a first silence of 20 ms."""
    seconds, gain = 1.8, 0.02
    time = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(1).standard_normal((2, len(time))) * np.exp(-4.5 * time)
    dark = np.fft.rfft(noise) / (1 + (np.fft.rfftfreq(len(time), 1 / RATE) / 2_500) ** 2)
    response = np.fft.irfft(dark, len(time))
    response[:, : round(0.02 * RATE)] = 0
    size = stage.shape[1] + len(time)
    return gain * np.fft.irfft(np.fft.rfft(stage, size) * np.fft.rfft(response, size), size)[:, : stage.shape[1]]


def fade_out(song: np.ndarray) -> np.ndarray:
    """The song with its last second brought to silence."""
    fade = np.ones(song.shape[1])
    fade[-RATE:] = np.cos(np.linspace(0, np.pi / 2, RATE)) ** 2
    return song * fade


def write_mp3(path: Path, song: np.ndarray) -> None:
    """Encodes (2, N) samples; LAME's tag tells decoders which samples to trim, so that time zero stays time zero."""
    import av

    with av.open(str(path), "w") as container:
        container.metadata.update({"title": "Demo waltz", "artist": "ballo"})
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(song.astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
