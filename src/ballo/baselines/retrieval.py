"""Nearest neighbours: to each bar of a song the movement of a recorded bar whose music is most like it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ballo.baselines import listening, music
from ballo.baselines.baseline import waiting
from ballo.baselines.repertoire import Repertoire
from ballo.dataset import rendering
from ballo.dataset.archive import FULL_SCALE, MARGIN_SECONDS, Beats, Dance
from ballo.dataset.rendering import Placement
from ballo.dataset.takes import Take
from ballo.dataset.units import Unit
from ballo.errors import DataError
from ballo.motion.motion import Motion
from ballo.music.audio import Song
from ballo.music.onsets import RATE

NEIGHBOURS = 5
"""A seed picks among so many bars, those that are most alike."""

REST_BARS = 8
"""A recorded bar that was danced is not danced again for so many bars, so that music that goes round in a loop is not danced as
one; where a style has too few bars, for as many as leave a choice."""

_BLOCK = 10 * RATE


@dataclass(frozen=True, eq=False)
class Bars:
    """The bars of a style's train dances.

    Args:
        units: the B bars as pieces of the dances: a dance is a take, a bar of it a unit.
        takes: the dances, by name.
        sounds: (B, D) what each sounds like, every number of mean 0 and variance 1 over the bars, and weighed.
        mean, scale: (D,) what was taken off, and then multiplied by.
        metre: beats in each.
    """

    units: tuple[Unit, ...]
    takes: dict[str, Take]
    sounds: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    metre: int

    def away(self, sounds: np.ndarray) -> np.ndarray:
        """(Q, B) how far other bars, (Q, D) as `music.describe` tells them, are from each of these."""
        asked = (sounds - self.mean) * self.scale
        return np.linalg.norm(asked[:, None] - self.sounds, axis=-1)


class Retrieval:
    """Sees the style's train dances in their usable frames, bar by bar, and hears their music and the song's.

    What is said of a bar of music, and why, stands in `music`. Bars are laid on the song's beats and led into one another as
    remastering does it; two bars that follow one another in a recording do so here without a join. Each bar is chosen by its
    own music alone. A song of the train split finds its own bars.

    Args:
        neighbours: a seed picks among so many.
    """

    def __init__(self, repertoire: Repertoire, neighbours: int = NEIGHBOURS) -> None:
        self._repertoire, self._neighbours = repertoire, neighbours
        self._bars: dict[str, Bars] = {}
        self._heard: dict[tuple[str, float, str], tuple[Beats, np.ndarray]] = {}

    def bars(self, style: str) -> Bars:
        """What there is to choose from (DataError if no dance has a whole bar that may be danced)."""
        if style not in self._bars:
            self._bars[style] = _cut(self._repertoire, style)
        return self._bars[style]

    def perform(self, song: Song, frames: int, style: str, seed: int) -> Motion:
        """The song's bars from its first sample to its last; where no beat is heard at its ends, they go on at their tempo."""
        fps, bars = self._repertoire.archive.fps, self.bars(style)
        beats, away = self._listen(song, frames / fps, style, bars)
        chosen = choose(away, self._neighbours, np.random.default_rng(seed))
        first = int(np.flatnonzero(beats.positions == 0)[0])
        placed = [Placement(bars.units[bar], first + bars.metre * number) for number, bar in enumerate(chosen)]
        rendered = rendering.render(placed, bars.takes, beats.seconds, fps, 0.0)
        return waiting(rendered.motion, 0, frames)

    def _listen(self, song: Song, seconds: float, style: str, bars: Bars) -> tuple[Beats, np.ndarray]:
        """The song's beats over all of it, and how far each of its bars is from each of the recorded ones."""
        key = (song.sha256, song.start_seconds, style)
        if key not in self._heard:
            found = listening.beats_of(song, bars.metre, self._repertoire.period_seconds(style))
            bar = bars.metre * float(np.median(np.diff(found.seconds)))
            beats = listening.reaching(found, -2 * bar, seconds + 2 * bar)
            lines = _lines(beats)
            asked = lines[(lines[:, 1] > 0) & (lines[:, 0] < seconds)]
            begin = int(np.searchsorted(beats.seconds, asked[0, 0]))
            beats = Beats(beats.seconds[begin:], beats.positions[begin:], beats.metre)
            sounds = music.describe(music.hear(song.blocks(RATE, _BLOCK)), asked, bars.metre)
            self._heard = {key: (beats, bars.away(sounds))}
        return self._heard[key]


def choose(away: np.ndarray, neighbours: int, random: np.random.Generator) -> list[int]:
    """For each of Q bars one of the nearest recorded ones that are not resting.

    Args:
        away: (Q, B) distances.
    """
    rest = min(REST_BARS, away.shape[1] - neighbours)
    resting: deque[int] = deque(maxlen=max(0, rest))
    chosen = []
    for row in away:
        near = [int(bar) for bar in np.argsort(row, kind="stable")[: neighbours + len(resting)] if bar not in resting]
        bar = near[random.integers(min(neighbours, len(near)))]
        resting.append(bar)
        chosen.append(bar)
    return chosen


def _cut(repertoire: Repertoire, style: str) -> Bars:
    """A style's bars: whole ones, all of them usable, of the style's metre."""
    metre, units, takes, sounds = repertoire.metre(style), list[Unit](), dict[str, Take](), []
    for dance in repertoire.by_style[style]:
        beats = repertoire.beats(dance)
        if beats is None or beats.metre != metre:
            continue
        kept = np.array([line for line in _lines(beats) if _usable(dance, *line)]).reshape(-1, 2)
        if len(kept):
            takes[dance.name] = repertoire.as_take(dance)
            units += [_unit(dance.name, start, end, metre) for start, end in kept]
            sounds.append(music.describe(_music(dance), kept, metre))
    if not units:
        raise DataError(f"no dance of {style} in the train split of {repertoire.archive.path} has a whole bar to music")
    table = np.concatenate(sounds)
    mean, spread = table.mean(axis=0), table.std(axis=0)
    scale = music.weights(metre) / np.where(spread > 0, spread, 1.0)
    return Bars(tuple(units), takes, (table - mean) * scale, mean, scale, metre)


def _lines(beats: Beats) -> np.ndarray:
    """(B, 2) seconds at which bars begin and end."""
    opening = np.flatnonzero(beats.positions == 0)
    whole = [(here, there) for here, there in pairwise(opening) if there - here == beats.metre]
    return beats.seconds[np.array(whole, dtype=int).reshape(-1, 2)]


def _usable(dance: Dance, start: float, end: float) -> bool:
    frames = np.array([start, end]) * dance.fps
    return any(first <= frames[0] + 1e-6 and frames[1] <= last for first, last in dance.usable)


def _unit(name: str, start: float, end: float, metre: int) -> Unit:
    return Unit(f"{name} {start:.2f}", name, float(start), float(end), metre, True, metre, 0)


def _music(dance: Dance) -> music.Sounding:
    assert dance.samples is not None
    samples = dance.samples
    blocks = (samples[at : at + _BLOCK].astype(np.float32) / FULL_SCALE for at in range(0, len(samples), _BLOCK))
    return music.hear(blocks, -MARGIN_SECONDS)
