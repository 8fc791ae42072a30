"""Whether a dance holds for five minutes: what is measured of it in its first minute, its second, and so on.

Models that feed on their own past drift: the body sinks or floats off, movement dies down or shakes itself up, or the dancer
ends in a loop. One song a style is made long by repeating it on whole bars (`longsong`), everybody dances to it, and each
minute is measured by itself (`minutes`).

    with staged(archive, VALIDATION) as songs:
        found = drift(dancer, songs)
    found.minutes["waltz"][4].speed
    for change in found.changes:
        ...
    found.words

Music that goes round is itself a cause of repeating oneself: compare with a baseline's row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ballo.errors import BalloError
from ballo.evaluation.longsong import SECONDS, looped, one_a_style
from ballo.evaluation.minutes import SHOWN, Minute, Shown, by_minute
from ballo.evaluation.songs import Staged
from ballo.inference.dancer import Dancer
from ballo.music.audio import open_song

DRAWS = 4000
P_VALUE = 0.01
"""A dozen things are looked at, so that at one in twenty something would always be seen to change."""

_MINUTES_OF_ONE = 6  # orders of five minutes are too few for such a p


@dataclass(frozen=True)
class Change:
    """How something changes from the first minute to the last.

    Args:
        shown: what.
        first, last: its means over songs in the first minute and the last.
        change: along the straight line through all minutes, one slope for all songs.
        between: standard deviation of minutes around that line.
        p_value: how often minutes in random order change as much: at least 1 / (draws + 1).
    """

    shown: Shown
    first: float
    last: float
    change: float
    between: float
    p_value: float

    @property
    def drifts(self) -> bool:
        """Whether it changes by more than it varies between minutes, by more than nothing, and not by chance."""
        return self.p_value < P_VALUE and abs(self.change) > max(self.between, self.shown.least)


@dataclass(frozen=True, eq=False)
class LongForm:
    """How somebody danced for minutes.

    Args:
        name: who.
        songs: by style, the song that was repeated.
        minutes: by style.
        real: by style, the first minute of the real dance, or all of a shorter one.
        left_out: styles not danced, with the reason.
    """

    name: str
    songs: Mapping[str, str]
    minutes: Mapping[str, tuple[Minute, ...]]
    real: Mapping[str, Minute]
    left_out: Mapping[str, str]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """In the order of `SHOWN`; what has no number is left out."""
        tables = [(each, self.table(each.name)) for each in SHOWN]
        return tuple(changed(each, table) for each, table in tables if len(table) and table.shape[1] > 1)

    def table(self, name: str) -> np.ndarray:
        """(songs, minutes) of one of the numbers; only of songs and minutes that have one."""
        count = min((len(minutes) for minutes in self.minutes.values()), default=0)
        rows = [[getattr(minute, name) for minute in minutes[:count]] for minutes in self.minutes.values()]
        values = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
        values = values[:, np.isfinite(values).any(axis=0)] if values.size else values
        return values[np.isfinite(values).all(axis=1)]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Sentences about what changes, and about how much comes again."""
        if not self.minutes:
            return (f"{self.name} danced to no long song.",)
        count = min(len(minutes) for minutes in self.minutes.values())
        if count < 2:
            return (f"{self.name} danced for less than two minutes: nothing can be said of drift.",)
        again = self.table("repeated").mean()
        level = f"{self.name}: {again:.0f} % of poses come again in another minute, to music that goes round."
        if len(self.minutes) == 1 and count < _MINUTES_OF_ONE:
            return (level, f"{self.name} danced to one long song: too few minutes to tell drift from chance.")
        drifting = [change for change in self.changes if change.drifts]
        if not drifting:
            return (level, f"{self.name}: from minute 1 to {count} nothing changes by more than it varies between minutes.")
        return (level, *(f"{self.name}: {_said(change, count)}." for change in drifting))


def drift(
    dancer: Dancer,
    songs: Sequence[Staged],
    *,
    name: str | None = None,
    seed: int = 0,
    seconds: float = SECONDS,
    progress: Callable[[str, int, int], None] | None = None,
) -> LongForm:
    """Have somebody dance for minutes to one song a style, the longest of those given, and measure minute by minute.

    Args:
        songs: as `songs.staged` gives them.
        name: what she is called in tables, if not by her own name.
        progress: called before each song with its name, how many are done and how many there are.
    """
    chosen = one_a_style(songs)
    minutes: dict[str, tuple[Minute, ...]] = {}
    left_out = {}
    with TemporaryDirectory(prefix="ballo-") as folder:
        for done, (style, song) in enumerate(chosen.items()):
            if progress is not None:
                progress(song.name, done, len(chosen))
            try:
                long = looped(song, Path(folder), seconds)
                dance = dancer.dance(open_song(long.file), style=style, seed=seed).positions
            except BalloError as error:
                left_out[style] = str(error).removeprefix(f"{Path(folder) / f'{song.name}.wav'}: ")
                continue
            minutes[style] = by_minute(song.skeleton, dance, song.fps, long.beats)
    real = {style: by_minute(song.skeleton, song.real, song.fps, song.beats)[0] for style, song in chosen.items()}
    return LongForm(name or dancer.name, {style: song.name for style, song in chosen.items()}, minutes, real, left_out)


def changed(shown: Shown, values: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> Change:
    """Whether something changes along minutes.

    Songs have a level of their own and one slope in common. Chance puts each song's minutes into a random order.

    Args:
        values: (songs, minutes), finite, two minutes or more.
    """
    songs, minutes = values.shape
    if not songs or minutes < 2 or not np.isfinite(values).all():
        raise ValueError(f"a change needs finite values of a song and two minutes or more, not {values.shape}")
    place = np.arange(minutes) - (minutes - 1) / 2
    around = values - values.mean(axis=1, keepdims=True)
    weight = songs * float(place @ place)
    slope = float((around @ place).sum()) / weight
    left = around - slope * place
    freedom = songs * (minutes - 1) - 1
    between = float(np.sqrt((left**2).sum() / freedom)) if freedom else float("nan")
    random = np.random.default_rng(seed)
    drawn = random.permuted(np.broadcast_to(around, (draws, songs, minutes)), axis=2)
    chance = np.abs((drawn @ place).sum(axis=1)) / weight
    tie = 1e-9 * float(np.abs(around).max())
    p_value = (int((chance >= abs(slope) - tie).sum()) + 1) / (draws + 1)
    first, last = float(values[:, 0].mean()), float(values[:, -1].mean())
    return Change(shown, first, last, slope * (minutes - 1), between, p_value)


def _said(change: Change, count: int) -> str:
    unit = f" {change.shown.unit}" if change.shown.unit else ""
    moves = "rises" if change.change > 0 else "falls"
    return (
        f"{change.shown.title} {moves} from {change.first:.3g} to {change.last:.3g}{unit} between minute 1 and {count} "
        f"(p {change.p_value:.1g}; minutes vary by {change.between:.2g})"
    )
