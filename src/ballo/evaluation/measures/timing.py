"""Whether dances are in time: on the beat, in tempo, and at one with the bar, each beside chance; and as papers measure it.

A score of timing says nothing without what chance scores. Chance shifts the music, or gives each dance another song; all dances
to a song (its seeds) share it, since they share what is right or wrong about its beats. See `timed` for what is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ballo.evaluation.danced import Danced, over_seeds
from ballo.evaluation.measures import timed
from ballo.evaluation.measures.measure import LESS, NEAR_REAL, Convention, Measure, TooFew
from ballo.evaluation.measures.timed import BEATS, STEPS
from ballo.metrics import alignment, bar_phase, tempo
from ballo.metrics.exchange import exchanged, ways
from ballo.metrics.paper import alignment as paper
from ballo.metrics.resampling import resample
from ballo.metrics.tempo import OfSong, Recurrence
from ballo.music.phase import DRAWS

TO_MUSIC, TO_MOTION = 0, 1

_NAN = float("nan")
_LEAST_STEPS = 20  # so many at random have a resultant of 0.2
_LEAST_WAYS = 20  # of exchanging songs: with fewer no p is below one in twenty


def in_time(songs: Sequence[Danced]) -> float:
    """How much steps agree on a place in the beat, over songs: the resultant of their phases, 0 to 1."""
    found = bar_phase.bar_phase([timed.turned(song) for song in songs if _beats(song)], draws=1)
    if found.events < _LEAST_STEPS:
        raise TooFew(f"{found.events} step{'' if found.events == 1 else 's'}: needs {_LEAST_STEPS}")
    return found.resultant


def in_time_p(songs: Sequence[Danced]) -> float:
    """How often one random shift a song gives steps that agree as much."""
    in_time(songs)
    return bar_phase.bar_phase([timed.turned(song) for song in _several(songs, _steps_at_all)], draws=DRAWS).p_value


def aligned(kind: str, way: int, danced: Danced) -> float:
    """How near events lie to music beats, or these to them, 0 to 1."""
    return float(timed.by_shift(kind, danced)[way, 0]) if _beats(danced) else _NAN


def over_shifted(kind: str, way: int, danced: Danced) -> float:
    """How much nearer than if the music's beats lay anywhere."""
    return aligned(kind, way, danced) - float(timed.by_shift(kind, danced)[way].mean()) if _beats(danced) else _NAN


def over_other(kind: str, way: int, danced: Danced) -> float:
    """How much nearer than to the other songs of the evaluation."""
    if not _beats(danced):
        return _NAN
    songs = () if danced.context is None else [song for song in danced.context.songs if song.beats is not None]
    others = np.array([song.name != danced.staged.name for song in songs], dtype=bool)
    if not others.any():
        raise TooFew("no other song")
    return aligned(kind, way, danced) - float(timed.to_songs(kind, danced, songs)[way, others].mean())


def shifted_p(kind: str, way: int, songs: Sequence[Danced]) -> float:
    """How often one random shift a song brings events as near."""
    heard = _several(songs, lambda song: not math.isnan(aligned(kind, way, song)))
    return alignment.shifted_p(np.array([timed.by_shift(kind, song)[way] for song in heard]))


def other_p(kind: str, way: int, songs: Sequence[Danced]) -> float:
    """How often songs exchanged among the dances bring events as near."""
    heard = _several(songs, lambda song: not math.isnan(aligned(kind, way, song)))
    return exchanged(np.array([timed.to_songs(kind, song, [other.staged for other in heard])[way] for song in heard]))


def tempo_gain(danced: Danced) -> float:
    """How much more the feet's movement comes again with the music's bar than at nearby tempi."""
    return _tempo(danced).gain


def in_tempo(danced: Danced) -> float:
    """How many seeds dance in the music's tempo, %."""
    return 100 * _tempo(danced).in_tempo


def tempo_p(songs: Sequence[Danced]) -> float:
    """How often songs exchanged among the dances have as high a gain."""
    return exchanged(_gains(_several(songs, _moving)))


def tempo_style_p(songs: Sequence[Danced]) -> float:
    """The same with songs exchanged within styles."""
    heard = _several(songs, _moving)
    styles = [song.staged.style for song in heard]
    if ways(styles) < _LEAST_WAYS:
        raise TooFew(f"{ways(styles)} ways to exchange songs within styles: needs {_LEAST_WAYS}")
    return exchanged(_gains(heard), styles)


def bar_fold(songs: Sequence[Danced]) -> float:
    """How much of what feet do the place in the bar explains, styles apart, %."""
    barred = [song for song in songs if _bars(song)]
    found = bar_phase.bar_folds([timed.folded(song) for song in barred], [song.staged.style for song in barred], draws=1)
    return 100 * found.explained if found.frames else _NAN


def bar_fold_p(songs: Sequence[Danced]) -> float:
    """How often one random shift of each song's bar explains as much."""
    barred = [song for song in songs if _bars(song) and timed.folded(song).counts.any()]
    styles = [song.staged.style for song in barred]
    barred = [song for song, style in zip(barred, styles, strict=True) if styles.count(style) > 1]
    if not barred:
        raise TooFew("no two songs of a style: needs 2")
    return bar_phase.bar_folds([timed.folded(song) for song in barred], [song.staged.style for song in barred]).p_value


def fact(danced: Danced) -> float:
    """Beat alignment as in FACT's code, at its 60 frames a second."""
    beats, fps = danced.staged.beats, danced.staged.fps
    if beats is None:
        return _NAN

    def of(positions: np.ndarray) -> float:
        # In float32, or who stands still would be moved by rounding.
        seen = resample(positions, fps, paper.FACT_FPS).astype(np.float32)
        return paper.fact(seen, paper.music_frames(beats, paper.FACT_FPS, len(seen)))

    return danced.kept("beat alignment, FACT's", lambda: over_seeds(danced, of))


def bailando(danced: Danced) -> float:
    """Beat alignment as in Bailando's and LODGE's code, in frames of the dance."""
    beats, fps = danced.staged.beats, danced.staged.fps
    if beats is None:
        return _NAN

    def of(positions: np.ndarray) -> float:
        return paper.bailando(positions, paper.music_frames(beats, fps, len(positions)))

    return danced.kept("beat alignment, Bailando's", lambda: over_seeds(danced, of))


def _beats(danced: Danced) -> bool:
    return danced.staged.beats is not None


def _bars(danced: Danced) -> bool:
    return _beats(danced) and danced.staged.positions is not None and danced.staged.metre > 0


def _steps_at_all(danced: Danced) -> bool:
    return bool(timed.turned(danced).counts[0])


def _moving(danced: Danced) -> bool:
    return _bars(danced) and not math.isnan(tempo_gain(danced))


def _several(songs: Sequence[Danced], kept: Callable[[Danced], bool]) -> list[Danced]:
    """The songs of known beats of which something holds (TooFew if it is one): of one alone nothing can be told from chance."""
    found = [song for song in songs if _beats(song) and kept(song)]
    if len(found) < 2:
        raise TooFew(f"{len(found)} song{'' if len(found) == 1 else 's'} to measure: needs 2")
    return found


def _tempo(danced: Danced) -> OfSong:
    return danced.kept("tempo", lambda: tempo.of_song(timed.moved(danced) if _bars(danced) else []))


def _gains(songs: Sequence[Danced]) -> np.ndarray:
    """(S, S) how much the dances to each song keep the tempo of each."""
    bars = [tempo.bar_seconds(song.staged.beats, song.staged.metre) for song in songs if song.staged.beats is not None]
    return np.array([tempo.gains([Recurrence.of(moved) for moved in timed.moved(song)], bars) for song in songs])


def _alignment(kind: str, way: int, name: str, title: str, what: str) -> tuple[Measure, ...]:
    """One way to be aligned, over what chance scores."""
    chance = "White noise and a body frozen but for a micron of jitter gain nothing."
    return (
        _measure(name, title, NEAR_REAL, partial(aligned, kind, way), about=f"{what}, 0 to 1, to 0.1 s. Chance scores much."),
        _measure(
            f"{name}_over_shifted", f"  {title}, over shifted", NEAR_REAL, partial(over_shifted, kind, way),
            about=f"The same less what it is if the music's beats lie anywhere. {chance}",
        ),
        _chance(f"{name}_shifted_p", f"  {title}, p shifted", partial(shifted_p, kind, way), SHIFTED),
        _measure(
            f"{name}_over_other", f"  {title}, over other", NEAR_REAL, partial(over_other, kind, way),
            about=f"The same less what it is to the other songs. {chance} Songs of one tempo that begin alike are no others.",
        ),
        _chance(f"{name}_other_p", f"  {title}, p other", partial(other_p, kind, way), EXCHANGED + STYLE),
    )  # fmt: skip


def _chance(
    name: str, title: str, of_songs: Callable[[Sequence[Danced]], float], about: str, convention: Convention = "sound"
) -> Measure:
    return Measure(name, title, "", LESS, None, of_songs, "timing", convention, about, interval=False)


def _measure(
    name: str,
    title: str,
    better: str,
    of_song: Callable[[Danced], float],
    of_songs: Callable[[Sequence[Danced]], float] | None = None,
    unit: str = "",
    convention: Convention = "sound",
    about: str = "",
) -> Measure:
    return Measure(name, title, unit, better, of_song, of_songs, "timing", convention, about)


SHIFTED = "How often chance does as well: one random shift of each song's beats."
STYLE = " Knowing the style's tempo may do."
EXCHANGED = "How often chance does as well: songs exchanged among the dances."

MEASURES: tuple[Measure, ...] = (
    _measure(
        "in_time", "steps in time, R", NEAR_REAL, lambda song: in_time([song]), in_time, convention="both",
        about="How much steps agree on one place in the beat over all songs: 0 is anywhere, 1 all at one.",
    ),
    _chance("in_time_p", "  steps in time, p", in_time_p, SHIFTED, "both"),
    *_alignment(STEPS, TO_MUSIC, "steps_to_music", "steps to beats", "How near steps come to the music's beats"),
    *_alignment(STEPS, TO_MOTION, "music_to_steps", "beats to steps", "How near to the music's beats there is a step"),
    *_alignment(BEATS, TO_MUSIC, "motion_to_music", "rests to beats", "How near a body is slowest to beats"),
    *_alignment(BEATS, TO_MOTION, "music_to_motion", "beats to rests", "How near to the music's beats the body is slowest"),
    _measure(
        "alignment_fact", "BAS, FACT's", NEAR_REAL, fact, convention="paper",
        about="Mean over motion beats, 50 ms. White noise scores about as much.",
    ),
    _measure(
        "alignment_bailando", "BAS, Bailando's", NEAR_REAL, bailando, convention="paper",
        about="Mean over music beats, 3 frames whatever the frame rate. White noise scores more than most dances.",
    ),
    _measure(
        "tempo_gain", "tempo coupling", NEAR_REAL, tempo_gain, convention="both",
        about="How much more feet's movement comes again after the music's bars than after those of nearby tempi; 0 by chance.",
    ),
    _chance("tempo_p", "  tempo, p other", tempo_p, EXCHANGED + STYLE, "both"),
    _chance("tempo_style_p", "  tempo, p other of the style", tempo_style_p, EXCHANGED[:-1] + " of their style.", "both"),
    _measure(
        "in_tempo", "in tempo", NEAR_REAL, in_tempo, unit="%", convention="both",
        about="How many dances have their own tempo within 4 % of the music's; about 13 % by chance.",
    ),
    _measure(
        "bar_fold", "bar fold", NEAR_REAL, lambda song: bar_fold([song]), bar_fold, unit="%", convention="both",
        about="How much of what feet do the place in the bar explains; more of one song, which agrees with itself.",
    ),
    _chance("bar_fold_p", "  bar fold, p", bar_fold_p, "How often chance does as well: each song's bar shifted.", "both"),
)  # fmt: skip
