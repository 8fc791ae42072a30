"""The music-blind chain of `ballo data arrange`: recorded units on the song's bars, in an order that music has no part in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ballo.baselines import listening
from ballo.baselines.baseline import waiting
from ballo.baselines.repertoire import Repertoire
from ballo.dataset import arrange, rendering, stock
from ballo.dataset.archive import Beats
from ballo.dataset.library import Library
from ballo.dataset.remaster import Score
from ballo.motion.motion import Motion
from ballo.music.audio import Song


class Markov:
    """Sees the scripts of the style's train dances, and of the source takes those units that these scripts dance (and standing
    about, with which dances begin and end); never held-out ones. Waltz's take was rebuilt from the published dances, of which
    some are validation's, so that a unit's pose may be a mean over both.

    Hears the song's beats and bars, and nothing else of it.
    """

    def __init__(self, repertoire: Repertoire) -> None:
        self._repertoire = repertoire
        self._library = trained(stock.opened(repertoire.archive), repertoire)
        self._heard: dict[tuple[str, float, str], Beats] = {}

    def perform(self, song: Song, frames: int, style: str, seed: int) -> Motion:
        """From the song's first bar to its last; before and after that the dancer waits.

        Bar lines up to half a beat outside the song count.
        """
        fps = self._repertoire.archive.fps
        beats = self._beats(song, frames / fps, style)
        half = float(np.median(np.diff(beats.seconds))) / 2
        # The arrangement takes no bar before 0, so it is made half a beat late and danced in time.
        late = Score(replace(beats, seconds=beats.seconds + half), frames / fps + 2 * half)
        made = arrange.arrange(self._library, late, style, seed, fps=fps)
        begins = float(beats.seconds[made.placements[0].beat])
        first = max(0, int(np.ceil(begins * fps - 1e-6)))
        danced = rendering.render(made.placements, self._library.takes, beats.seconds, fps, first / fps)
        return waiting(danced.motion, first, frames)

    def _beats(self, song: Song, seconds: float, style: str) -> Beats:
        key = (song.sha256, song.start_seconds, style)
        if key not in self._heard:
            found = listening.beats_of(song, self._repertoire.metre(style), self._repertoire.period_seconds(style))
            first, last, period = found.seconds[0], found.seconds[-1], float(np.median(np.diff(found.seconds)))
            # A bar line just before the first sample or after the last is not heard, but is one.
            first = -period / 2 if first < period else first
            last = seconds + period / 2 if last > seconds - period else last
            self._heard = {key: listening.reaching(found, first, last)}
        return self._heard[key]


def trained(library: Library, repertoire: Repertoire) -> Library:
    """A library as far as train dances show it: their scripts, and the units that they dance or stand about with."""
    names = {dance.name for dances in repertoire.by_style.values() for dance in dances}
    scripts = {name: script for name, script in library.scripts.items() if name in names}
    danced = {tag for script in scripts.values() for tag in script.tags}
    units = {tag: unit for tag, unit in library.units.items() if tag in danced or unit.rest}
    return replace(library, units=units, scripts=scripts)
