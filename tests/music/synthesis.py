"""Songs with exactly known beats: composed and rendered from a style and a seed, the same every time.

A style is rhythm patterns, a line a voice: one sign a step of the bar's grid, a digit for how hard it is struck and a dot for
nothing; "|" and spaces are for the reader. Where a voice has several lines, the seed picks one. Harmony goes by bars, drums
fill in now and then, and melodies are made up from the chords. Every sound begins on its sample, and `Song.beats` says where
the beats are. Mono at RATE.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

RATE = 16_000

SCALE = (0, 2, 4, 5, 7, 9, 11)
PROGRESSIONS = (
    (0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3), (5, 3, 0, 4), (0, 1, 4, 0), (1, 4, 0, 5), (0, 3, 0, 4), (0, 2, 3, 4), (0, 6, 5, 4)
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """A dance's rhythm: beats a bar, steps of the grid a beat, usual tempos, and patterns by voice."""

    metre: int
    steps: int
    bpm: tuple[float, float]
    patterns: dict[str, tuple[str, ...]]
    swing: float = 0.0  # how far the second of each pair of steps comes late, in steps
    bars_a_chord: tuple[float, ...] = (1, 1, 2)


STYLES = {
    "waltz": Style(3, 2, (80, 100), {
        "bass": ("9.|..|..", "9.|..|.4", "9.|..|6."), "comp": ("..|6.|6.", "..|6.|5.", "..|64|6.", "..|6.|..", "5.|5.|5."),
        "arp": ("", "", "66|66|66", "6.|65|65"), "pad": ("", "", "7.|..|.."),
        "kick": ("", "8.|..|.."), "hat": ("", "..|5.|5.", "2.|5.|5."), "lead": ("legato",),
    }),
    "viennese waltz": Style(3, 2, (150, 186), {
        "bass": ("9.|..|..",), "comp": ("..|6.|6.", "..|7.|5."), "kick": ("", "8.|..|.."), "snare": ("", "..|3.|3."),
        "lead": ("legato",),
    }),
    "ballad waltz": Style(3, 4, (66, 96), {
        "bass": ("8...|....|....",), "arp": ("6.5.|5.5.|5.5.", "6.5.|6.5.|6.5."), "pad": ("7...|....|....",),
        "kick": ("", "8...|....|...."), "snare": ("", "....|....|5..."), "hat": ("", "4.2.|4.2.|4.2."), "lead": ("legato",),
    }),
    "jazz waltz": Style(3, 2, (120, 180), {
        "bass": ("8.|6.|6.", "8.|..|6."), "ride": ("7.|74|7.", "7.|75|74"), "hat": ("..|5.|..", "..|5.|5."),
        "comp": ("..|.6|..", "6.|.5|..", "..|6.|.5"), "lead": ("swing",),
    }, swing=0.33),
    "cha-cha": Style(4, 4, (108, 130), {
        "kick": ("8...|....|8...|....", "8...|..5.|8...|....", ""), "conga": ("3.3.|7.3.|3.3.|7.77", "2.2.|7.2.|2.2.|6.88"),
        "wood": ("8...|8...|8...|8...", "9.3.|7.3.|8.3.|7.3."), "guiro": ("7...|7.44|7...|7.44", "8.4.|8.44|8.4.|8.44"),
        "bass": ("9...|..7.|..7.|....", "8...|..6.|8...|..6.", "9...|....|6...|6.6."),
        "comp": ("..6.|6...|..6.|6...", "6...|6...|6...|6.6.", "..6.|..6.|..6.|..6."), "lead": ("syncopated", "legato"),
    }),
    "rumba": Style(4, 4, (62, 108), {
        "wood": ("7..7|...7|..7.|7...", "..7.|7...|7..7|..7.", ""), "shaker": ("4232|4232|4232|4232", "5.3.|5.3.|5.3.|5.3."),
        "conga": ("....|7...|....|7.7.", "3.33|7.33|3.33|7.77"), "kick": ("", "8...|..6.|8...|..6.", "8...|....|8...|...."),
        "bass": ("9...|..6.|7...|....", "9...|..7.|6...|..7.", "9...|....|6...|6..."), "pad": ("6...|....|....|....", ""),
        "comp": ("5...|5.5.|..5.|5...", "..5.|..5.|..5.|..5.", "6...|....|6.6.|...."), "lead": ("legato", "syncopated"),
    }),
    "tango": Style(4, 4, (112, 134), {
        "bass": ("9...|6...|8...|6...", "9..6|8...|9..6|8...", "9...|....|8...|..6."),
        "comp": ("7...|7...|7...|7...", "8...|6...|8...|6.66", "8...|5...|7...|5..6"),
        "snare": ("....|....|....|..56", "", "7...|5...|6...|5.55"), "kick": ("", "8...|....|8...|...."),
        "lead": ("syncopated", "legato"),
    }),
    "rock": Style(4, 4, (86, 168), {
        "kick": ("9...|....|9...|....", "9...|....|9.7.|....", "9...|..7.|..8.|...."), "snare": ("....|9...|....|9...",),
        "hat": ("5.4.|5.4.|5.4.|5.4.", "6.6.|6.6.|6.6.|6.6."), "bass": ("8.6.|6.6.|6.6.|6.6.", "9...|..6.|8...|6..."),
        "comp": ("7...|....|..6.|....", "6...|..6.|..6.|....", "7.6.|6.6.|6.6.|6.6."), "lead": ("syncopated", "legato"),
    }),
    "disco": Style(4, 4, (104, 136), {
        "kick": ("9...|9...|9...|9...",), "snare": ("....|8...|....|8...", ""),
        "hat": ("..7.|..7.|..7.|..7.", "3373|3373|3373|3373"),
        "bass": ("..8.|..8.|..8.|..8.", "8.8.|8.8.|8.8.|8.8.", "9...|..8.|....|8.8."), "pad": ("6...|....|....|....",),
        "comp": ("", "..6.|..6.|..6.|..6."), "lead": ("syncopated",),
    }),
    "ballad": Style(4, 4, (60, 84), {
        "kick": ("9...|....|9...|....", "9...|....|8.6.|....", "9...|...5|8...|...."), "snare": ("....|8...|....|8...",),
        "hat": ("4.3.|4.3.|4.3.|4.3.", "4.4.|4.4.|4.4.|4.4."), "bass": ("8...|....|6...|....", "8...|..6.|6...|...."),
        "arp": ("", "5.5.|5.5.|5.5.|5.5."), "pad": ("7...|....|....|....",), "lead": ("legato",),
    }),
    "swing": Style(4, 2, (112, 184), {
        "ride": ("7.|75|7.|75",), "hat": ("..|7.|..|7.",), "bass": ("8.|7.|8.|7.",), "kick": ("", "4.|4.|4.|4."),
        "comp": ("..|.6|..|..", "7.|.6|..|..", "..|.5|..|.5"), "snare": ("", "..|.4|..|.."), "lead": ("swing",),
    }, swing=0.33),
    "ska": Style(4, 4, (100, 160), {
        "kick": ("....|....|9...|....", "9...|....|9...|...."), "snare": ("....|....|8...|....", "....|8...|....|8..."),
        "comp": ("..8.|..8.|..8.|..8.",), "hat": ("5.3.|5.3.|5.3.|5.3.", "3.5.|3.5.|3.5.|3.5."),
        "bass": ("9...|7...|7...|7...", "9...|..7.|8...|..6."), "lead": ("syncopated",),
    }),
    "bossa nova": Style(4, 4, (100, 150), {
        "wood": ("7...|..7.|....|7...", "7..7|..7.|....|7..7"), "shaker": ("5.3.|5.3.|5.3.|5.3.",),
        "kick": ("8...|..5.|8...|..5.",),
        "bass": ("8...|..6.|8...|..6.",), "comp": ("6...|..6.|....|6...", "..6.|6...|..6.|..6."),
        "lead": ("syncopated", "legato"),
    }),
    "chorale": Style(4, 2, (66, 112), {
        "pad": ("8.|..|..|..", "8.|..|6.|.."), "comp": ("7.|5.|6.|5.", "7.|6.|6.|6."), "bass": ("8.|..|6.|..", "8.|6.|6.|6."),
        "lead": ("legato",),
    }),
    "piano": Style(4, 2, (64, 120), {
        "bass": ("8.|..|5.|..", "8.|..|..|.."), "arp": ("65|55|55|55", "54|64|54|64"), "lead": ("legato", "syncopated"),
    }),
    "march": Style(4, 2, (96, 126), {
        "kick": ("9.|..|9.|..",), "snare": ("..|74|..|74", "..|7.|..|75"), "bass": ("9.|..|7.|..",), "comp": ("..|7.|..|7.",),
        "lead": ("legato",),
    }),
}  # fmt: skip

DRUMS = frozenset({"kick", "snare", "hat", "ride", "wood", "conga", "guiro", "shaker"})


@dataclass(frozen=True, eq=False)
class Song:
    """A rendered song: samples (N,) float32 at RATE, and its beats (K,) in seconds with their places in the bar."""

    name: str
    samples: np.ndarray
    beats: np.ndarray
    positions: np.ndarray
    metre: int
    bpm: float
    constant: bool

    @property
    def downbeats(self) -> np.ndarray:
        """Seconds of the beats that begin a bar."""
        return self.beats[self.positions == 0]


@dataclass(frozen=True)
class Twist:
    """What makes a song harder: noise beneath it (of the music's own level), drift of tempo (share of it, up and down over the
    song), players who miss by `loose` seconds, no drums, silence before it, dull sound."""

    noise: float = 0.0
    drift: float = 0.0
    loose: float = 0.0
    drums: bool = True
    lead_in: float = 0.3
    dull: bool = False


def compose(style: str, seed: int, *, bpm: float | None = None, seconds: float = 26.0, twist: Twist | None = None) -> Song:
    """A song of a style; another seed is other patterns, chords, melody and tempo."""
    random = np.random.default_rng([seed, sum(map(ord, style))])
    rules, twist = STYLES[style], twist or Twist()
    bpm = float(random.uniform(*rules.bpm)) if bpm is None else bpm
    bars = max(4, round(seconds * bpm / 60 / rules.metre))
    time = _clock(bpm, bars * rules.metre, twist)
    band = _Band(rules, random, time, twist, bars)
    for voice, choices in rules.patterns.items():
        if voice in DRUMS and not twist.drums:
            continue
        pattern, other = (choices[random.integers(len(choices))] for _ in range(2))
        if pattern:
            band.play(voice, pattern, (other or pattern) if random.random() < 0.4 else pattern)
    band.finish()
    numbers = np.arange(bars * rules.metre + 1)
    samples = _worn(band.samples, twist, random)
    return Song(f"{style} {seed}", samples, time(numbers), numbers % rules.metre, rules.metre, bpm, twist.drift == 0)


def _clock(bpm: float, beats: int, twist: Twist):
    """Beat numbers to seconds; tempo swells and falls once over the song where it drifts."""
    grid = np.linspace(0, beats + 8, 4000)
    period = 60 / bpm * (1 + twist.drift * np.sin(2 * np.pi * grid / beats))
    seconds = np.concatenate([[0], np.cumsum((period[1:] + period[:-1]) / 2 * np.diff(grid))])
    return lambda beat: twist.lead_in + np.interp(beat, grid, seconds)


@dataclass
class _Band:
    """Plays patterns into one array of samples."""

    rules: Style
    random: np.random.Generator
    time: object
    twist: Twist
    bars: int
    samples: np.ndarray = field(init=False)
    chords: list[int] = field(init=False)
    level: float = 1.0

    def __post_init__(self) -> None:
        self.samples = np.zeros(round(RATE * (self.time(self.bars * self.rules.metre) + 2.5)))
        turn = PROGRESSIONS[self.random.integers(len(PROGRESSIONS))]
        held = self.rules.bars_a_chord[self.random.integers(len(self.rules.bars_a_chord))]
        self.chords = [turn[int(bar / held) % 4] for bar in range(self.bars)] + [0]
        self.key = int(self.random.integers(-5, 7))
        self.tone = float(self.random.uniform(0.6, 1.4))

    def play(self, voice: str, pattern: str, second: str) -> None:
        """A voice throughout the song, at a level of its own; every other four bars go by the second pattern."""
        self.level = 10 ** self.random.uniform(-0.3, 0.2)
        if voice == "lead":
            return self._melody(pattern)
        both = [[0 if sign == "." else int(sign) for sign in line if sign in ".0123456789"] for line in (pattern, second)]
        quiet_bars = 4 if voice in DRUMS and self.random.random() < 0.3 else 0
        left_out = 0.03 if voice in DRUMS or voice == "bass" else 0.1
        for bar in range(quiet_bars, self.bars):
            steps = both[bar // 4 % 2]
            for step, force in enumerate(steps):
                if force and self.random.random() > left_out:
                    self._strike(voice, bar, step, force / 9 * self.random.uniform(0.8, 1.1))
            if voice == "snare" and bar % 8 == 7 and self.random.random() < 0.6:
                for step in range(len(steps) - self.rules.steps, len(steps)):
                    self._strike(voice, bar, step, self.random.uniform(0.3, 0.6))
        return None

    def finish(self) -> None:
        """A last chord on the downbeat after the last bar."""
        self.level = 1.0
        for voice in ("bass", "comp"):
            self._strike(voice, self.bars, 0, 0.9)

    def _strike(self, voice: str, bar: int, step: int, force: float) -> None:
        beat = bar * self.rules.metre + self._swung(step) / self.rules.steps
        length = (self.rules.metre if voice == "pad" else 1.2 if voice == "bass" else 0.7) * (
            self.time(beat + 1) - self.time(beat)
        )
        chord = self.chords[min(bar, self.bars)]
        if voice in DRUMS:
            self._add(beat, force * _drum(voice, self.random))
        elif voice == "bass":
            fifth = 4 if step >= self.rules.metre * self.rules.steps / 2 and self.random.random() < 0.6 else 0
            self._add(beat, 0.5 * force * _tone(self._pitch(chord + fifth) - 24, length, 0.35, 0.004, 6, self.tone))
        elif voice == "arp":
            degree = chord + (0, 2, 4, 7, 4, 2)[step // max(1, self.rules.steps // 2) % 6]
            self._add(beat, 0.3 * force * _tone(self._pitch(degree), length * 1.5, 0.5, 0.003, 8, self.tone))
        else:
            decay, attack = (3.0, 0.06) if voice == "pad" else (0.3, 0.004)
            for degree in (0, 2, 4):
                level = 0.1 if voice == "pad" else 0.18
                self._add(beat, level * force * _tone(self._pitch(chord + degree), length, decay, attack, 7, self.tone))

    def _melody(self, manner: str) -> None:
        """Notes of the chord and its neighbours; a syncopated melody often begins its notes between the beats."""
        beat, degree, last = 0.0, 7, self.bars * self.rules.metre
        lengths = {
            "legato": (1, 1, 1, 2, 3, 0.5, 0.5),
            "syncopated": (0.5, 1, 1.5, 1, 0.5, 0.75, 0.25),
            "swing": (1, 0.5, 0.5, 1, 1.5),
        }
        start = beat
        while beat < last:
            length = float(self.random.choice(lengths[manner]))
            if manner == "legato":
                length = min(length, self.rules.metre - beat % self.rules.metre)
                if beat % 1 == 0.5:
                    length = 0.5
            chord = self.chords[int(beat // self.rules.metre)]
            on_beat = beat % 1 == 0
            degree = int(np.clip(degree + self.random.integers(-2, 3), 4, 13))
            if on_beat:
                degree = min((chord + d for d in (-7, -5, -3, 0, 2, 4, 7, 9, 11, 14)), key=lambda d: abs(d - degree))
            start = beat if manner != "swing" or on_beat else np.floor(beat) + (1 + self.rules.swing) / 2
            if self.random.random() < 0.85:
                seconds = self.time(start + length) - self.time(start)
                force = self.random.uniform(0.7, 1.0) * (1.1 if beat % self.rules.metre == 0 else 1.0)
                self._add(start, 0.22 * force * _tone(self._pitch(degree) + 12, 0.95 * seconds, 0.9, 0.012, 5, self.tone))
            beat += length

    def _swung(self, step: int) -> float:
        return step + (self.rules.swing if step % 2 else 0.0)

    def _pitch(self, degree: int) -> float:
        return 60 + self.key + 12 * (degree // 7) + SCALE[degree % 7]

    def _add(self, beat: float, sound: np.ndarray) -> None:
        missed = self.random.normal(scale=self.twist.loose) if self.twist.loose else 0.0
        first = max(0, round(RATE * (self.time(beat) + missed)))
        sound = sound[: max(0, len(self.samples) - first)]
        self.samples[first : first + len(sound)] += self.level * sound


def _tone(pitch: float, seconds: float, decay: float, attack: float, partials: int, bright: float) -> np.ndarray:
    """A note with its overtones: struck for short attacks, swelling for long ones."""
    t = np.arange(round(RATE * (seconds + 0.05))) / RATE
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    overtones = [n for n in range(1, partials + 1) if n * hertz < 7_000]
    sound = sum(
        np.sin(2 * np.pi * n * hertz * t) * n ** (-1.6 / bright) * np.exp(-0.4 * (n - 1) * t / decay) for n in overtones
    )
    shape = np.minimum(t / attack, 1) * np.exp(-t / decay) * np.clip((t[-1] - t) / 0.05, 0, 1)
    return sound * shape


def _drum(voice: str, random: np.random.Generator) -> np.ndarray:
    """One stroke; noise is drawn anew each time, as no two strokes are alike."""
    length, decay = {
        "kick": (0.25, 0.07), "snare": (0.2, 0.05), "hat": (0.08, 0.02), "ride": (0.4, 0.12), "wood": (0.06, 0.015),
        "conga": (0.2, 0.05), "guiro": (0.1, 0.03), "shaker": (0.08, 0.025),
    }[voice]  # fmt: skip
    t = np.arange(round(RATE * length)) / RATE
    fall = np.exp(-t / decay)
    noise = random.normal(size=len(t))
    sharp = np.diff(noise, prepend=0.0)
    if voice == "kick":
        return 0.9 * fall * np.sin(2 * np.pi * (48 * t + 3.2 * (1 - np.exp(-t / 0.025)))) + 0.04 * np.exp(-t / 0.003) * noise
    if voice == "snare":
        return fall * (0.25 * sharp + 0.3 * np.sin(2 * np.pi * 190 * t))
    if voice == "wood":
        return 0.45 * fall * np.sin(2 * np.pi * 1900 * t)
    if voice == "conga":
        return 0.5 * fall * np.sin(2 * np.pi * 260 * t) + 0.05 * np.exp(-t / 0.004) * noise
    swell = np.minimum(t / 0.015, 1) if voice in ("guiro", "shaker") else 1.0
    return 0.11 * fall * sharp * swell


def _worn(samples: np.ndarray, twist: Twist, random: np.random.Generator) -> np.ndarray:
    """In a hall more or less, dulled, noisy, and as loud as songs are."""
    hall = random.normal(size=RATE) * np.exp(-np.arange(RATE) / RATE / random.uniform(0.05, 0.25))
    wet = random.uniform(0, 0.5) * samples.std()
    size = len(samples) + RATE
    echo = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(hall, size), size)[: len(samples)]
    samples = samples + wet / (echo.std() + 1e-9) * echo
    if twist.dull:
        spectrum = np.fft.rfft(samples)
        hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
        samples = np.fft.irfft(spectrum / (1 + (hertz / 1_500) ** 4), len(samples))
    if twist.noise:
        samples = samples + twist.noise * samples.std() * random.normal(size=len(samples))
    return (0.7 * samples / np.abs(samples).max()).astype(np.float32)
