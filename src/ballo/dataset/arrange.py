"""New dances to any song: a new script of the style's units, on the song's bars, danced like a remastered one.

The script is drawn from the style's Markov chain (see `chain`), which does not hear the music: it is the baseline for models
that do, and gives as many training pairs in step as one likes. It fills the song from its first bar to its last, starts with a
beginning and stops with an ending.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

from ballo.dataset import chain, entries, remaster, units
from ballo.dataset.archiving import Entry
from ballo.dataset.entries import Heard
from ballo.dataset.library import Library
from ballo.dataset.recordings import FPS, Script, sha256
from ballo.dataset.remaster import Remastered, Score
from ballo.dataset.repair import Unusable
from ballo.dataset.splits import TRAIN
from ballo.errors import AudioError, DataError

NATURAL_TEMPO = (0.7, 1.4)
"""Sped up or slowed down beyond this, a dance looks it."""


def arrange(
    library: Library,
    score: Score,
    style: str,
    seed: int,
    *,
    song: str = "",
    fps: float = FPS,
    from_seconds: float = 0.0,
    held_out: bool = False,
) -> Remastered:
    """A new dance on the beats of a song.

    Args:
        library: of takes, units and scripts; an archive's is `stock.opened(archive)`.
        score: the beats of the song; `entries.song_score` hears them as the style counts them.
        style: "cha-cha", "rumba", "tango" or "waltz", as far as the library has it.
        seed: another seed is another dance.
        song: what tells this song from others, such as its SHA-256: with one seed each song has its own dance.
        fps: frames a second of the dance.
        from_seconds: where in the song to start; the first bar from there is taken.
        held_out: whether units kept out of training may be danced.

    Raises:
        DataError: the library does not have the style, the song's metre is not the style's, or there is no bar to dance to.
    """
    check(library, style, score.beats.metre)
    library = remaster.paced(library, score.beats)
    beats, first = score.beats, remaster.first_bar(score.beats, from_seconds)
    bars = np.flatnonzero((beats.positions == 0) & (beats.seconds <= score.end_seconds))
    if first is None or not len(bars) or bars[-1] <= first:
        raise DataError("the song has no whole bar to dance to: choose a longer one")
    learnt = chain.learn(library.scripts.values(), style, library, held_out=held_out)
    random = np.random.default_rng(_entropy(seed, song, style))
    drawn = chain.compose(learnt, beats.positions[first : bars[-1] + 1], beats.metre, random)
    if drawn is None:
        raise DataError(f"the song is too short for any figure of {style}: choose a longer one")
    script = Script(tuple(unit.tag for unit in drawn), tuple(unit.beats for unit in drawn))
    made = remaster.perform(script, style, score, library, fps, from_seconds)
    assert made is not None
    assert not made.left, "a composed script has room"
    return made


def _entropy(seed: int, song: str, style: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\n{song}\n{style}".encode()).digest()[:16], "big")


def styles(library: Library) -> list[str]:
    """The styles that a library can dance, in the order of the alphabet."""
    return sorted({unit.style for unit in library.units.values()})


def check(library: Library, style: str, metre: int, song: str = "the song") -> None:
    """Refuse a style that the library does not have, or that does not go with a song of so many beats a bar.

    Raises:
        DataError: with what would go.
    """
    known = styles(library)
    if style not in known:
        raise DataError(f"there is nothing to arrange a {style} from: choose {' or '.join(known)}")
    if metre == units.beats_a_bar(style):
        return
    fitting = [each for each in known if units.beats_a_bar(each) == metre]
    instead = f"choose {' or '.join(fitting)}, or another song" if fitting else "choose another song"
    raise DataError(f"{song} is in {metre}/4 and {style} is danced in {units.beats_a_bar(style)}/4: {instead}")


def tempo_ratio(library: Library, score: Score, style: str) -> float | None:
    """How many times as fast as its takes a style is danced to a song, or None if they have no tempo."""
    paces = [(u.end_seconds - u.start_seconds) / u.beats for u in library.of_style(style) if u.in_tempo]
    return float(np.median(paces) / np.median(np.diff(score.beats.seconds))) if paces else None


@dataclass(eq=False)
class Floor:
    """A song that several dances are arranged to, in threads too: it is listened to once.

    Args:
        song: its file.
        style: what is danced to it.
        library: where from, once it is made.
        fps: frames a second of the dances.
    """

    song: Path
    style: str
    library: Callable[[], Library]
    fps: float
    _score: Score | None = None
    _heard: dict[tuple[float, int], Heard] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def score(self) -> Score:
        """Its beats."""
        with self._lock:
            if self._score is None:
                self._score = entries.song_score(self.song, self.style, self.library())
            return self._score

    def heard(self, start_seconds: float, frames: int) -> Heard:
        """Its sound around a dance."""
        with self._lock:
            window = start_seconds, frames
            if window not in self._heard:
                self._heard = {window: entries.window_music(self.song, start_seconds, frames, self.fps)}
            return self._heard[window]

    def entry(self, name: str, seed: int) -> Entry:
        """A dance to learn from (`Unusable` if the song is broken or too short, which whoever else needs it will say)."""
        library = self.library()
        try:
            made = arrange(library, self.score(), self.style, seed, song=sha256(self.song), fps=self.fps)
            motion = made.rendered.motion
            heard = self.heard(made.start_seconds, len(motion))
        except (AudioError, DataError) as error:
            raise Unusable("nothing can be arranged to its music") from error
        usable = remaster.usable(made, heard.frames, withhold=True)
        arranged = {"seed": seed, "units": [[placed.unit.tag, placed.unit.beats] for placed in made.placements]}
        provenance = made.provenance() | {"arranged": arranged}
        return Entry(name, self.style, TRAIN, motion, usable, heard.samples, provenance, made.origin, made.beats)
