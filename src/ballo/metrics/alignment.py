"""How near the beats of a body lie to the beats of the music, and the other way about, each beside chance.

- `alignment`: a few dances pooled, event by event, beside the same beats shifted.
- `beat_alignment`: many songs, each of the same weight, beside shifted beats and beside the beats of other songs.

As published the measure is at chance: white noise scores what papers report, see `paper.alignment`. See `sync` for what is
left out and refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.exchange import exchanged
from ballo.metrics.resampling import DERIVATIVE_FPS, resample
from ballo.metrics.sync import InSong, away, to_nearest
from ballo.motion.steps import smooth
from ballo.music.phase import DRAWS, at_beat, on_grid

MOTION_BEAT_SECONDS = 0.08
"""Joint speed is smoothed by this before its minima are motion beats, and they are the least for as long either side."""

ALIGNMENT_SECONDS = 0.1
"""How far off a beat may be to score exp(-1/2)."""

SHIFTS = 40
"""A beat's worth of shifts: what chance scores."""


@dataclass(frozen=True)
class Score:
    """A mean of exp(-d^2 / 2 s^2), 0 to 1; what it is by chance; how often chance reaches it; over how many."""

    value: float
    null: float
    p_value: float
    count: int


@dataclass(frozen=True)
class Alignment:
    """How near a dance's events lie to the music's beats, and these to them.

    Who does little scores easily in the first, who never rests in the second.
    """

    to_music: Score
    to_motion: Score


@dataclass(frozen=True, eq=False)
class _Music:
    """Beats (K,), increasing, and joins (N,), increasing, in seconds on a dance's clock."""

    beats: np.ndarray
    joins: np.ndarray


@dataclass(frozen=True)
class OfSong:
    """One way, of the dances to one song: what they score on its beats, and on average on these shifted and on other songs'."""

    value: float
    shifted: float
    shuffled: float


@dataclass(frozen=True)
class Way:
    """One way, over songs, each of which has the same weight.

    Args:
        value: 0 to 1; nan without songs.
        shifted: the same if the song's beats lie anywhere: what the tempo and how much is done give.
        shifted_p: how often one random shift a song scores as high.
        shuffled: the same on other songs' beats; nan of one song.
        shuffled_p: how often songs exchanged among the dances score as high, see `exchange`; 1 of one song.
        songs: each song's, nan where its dances have no beats.
    """

    value: float
    shifted: float
    shifted_p: float
    shuffled: float
    shuffled_p: float
    songs: tuple[OfSong, ...]

    @property
    def over_shifted(self) -> float:
        """The gain over shifted music, 0 by chance."""
        return self.value - self.shifted

    @property
    def over_shuffled(self) -> float:
        """The gain over other music, 0 by chance."""
        return self.value - self.shuffled


@dataclass(frozen=True)
class BeatAlignment:
    """How near the beats of the body lie to the music's (`to_music`), and these to them (`to_motion`)."""

    to_music: Way
    to_motion: Way


def motion_beats(positions: np.ndarray, fps: float) -> np.ndarray:
    """When the body is slowest: local minima of its mean joint speed, (B,) seconds from the first frame.

    The speed is taken at `DERIVATIVE_FPS` and smoothed by a Gaussian of `MOTION_BEAT_SECONDS`. A minimum is the least for as
    long to either side: two frames each, after Bailando's beat alignment, but whatever the frame rate. Between frames by a
    parabola. A body that stands perfectly still has none.

    Args:
        positions: (T, J, 3) metres.
    """
    if positions.ndim != 3 or positions.shape[-1] != 3:
        raise ValueError(f"positions must be (T, J, 3), not {positions.shape}")
    seen = resample(positions, fps).astype(np.float64)
    reach = round(MOTION_BEAT_SECONDS * DERIVATIVE_FPS)
    if len(seen) < 2 * reach + 1:
        return np.zeros(0)
    velocity = np.gradient(seen, 1 / DERIVATIVE_FPS, axis=0)
    speed = smooth(np.linalg.norm(velocity, axis=-1).mean(axis=1), MOTION_BEAT_SECONDS * DERIVATIVE_FPS)
    windows = np.lib.stride_tricks.sliding_window_view(speed, 2 * reach + 1)
    least, following = windows[:, reach], windows[:, reach + 1]
    others = np.delete(windows, [reach, reach + 1], axis=1).min(axis=1)
    # A minimum half-way between two frames makes them equal; more of them are a rest, which has no moment.
    frames = reach + np.flatnonzero((least < others) & (least <= following))
    before, here, after = speed[frames - 1], speed[frames], speed[frames + 1]
    return (frames + (before - after) / (2 * (before - 2 * here + after))) / DERIVATIVE_FPS


def alignment(dances: Sequence[InSong], *, draws: int = DRAWS, seed: int = 0) -> Alignment:
    """How near a dance's events lie to the music's beats, and these to them, over all songs.

    The score is the mean of exp(-d^2 / 2 s^2), s = `ALIGNMENT_SECONDS`, d to the nearest of the others. Beats count from
    the first event of a dance to its last. By chance: the beats of a song lie in any of 40 places, a fortieth of a beat
    apart. With steps as events Tang's source takes on a song's beats score .72 (cha-cha) and .67 (tango) against .50 and .52
    by chance; with `motion_beats` .57 and .60, since a body is slowest a little after it has stepped.

    Source: Siyao et al., "Bailando", CVPR 2022, here in seconds, both ways, and with its null.
    """
    tables = [np.stack(_sums(dance, _laid([dance], dance)), axis=1) for dance in dances if len(dance.counted)]
    return Alignment(*(_score([table[way] for table in tables], draws, seed) for way in range(2)))


def beat_alignment(songs: Sequence[Sequence[InSong]], *, draws: int = DRAWS, seed: int = 0) -> BeatAlignment:
    """How near a body's beats lie to the music's, and these to them, each song with the same weight, beside two chances.

    The score is that of `alignment`; a song's is the mean over its dances. Shifted music has the right tempo at another place,
    so it asks whether the beats are met. Shuffled music is other songs: dances that start on the beat to songs that start on
    the beat, and are of one tempo, go with one another's songs too, and are told apart by neither.

    Args:
        songs: of each song its dances (one a seed), all with that song's beats. Chance shifts them together.
    """
    danced = [dances for dances in songs if dances]
    shifts = [scores_by_shift(dances) for dances in danced]
    crosses = [scores_to_songs(dances, [others[0] for others in danced]) for dances in danced]
    return BeatAlignment(
        *(_way(np.array([s[way] for s in shifts]), np.array([c[way] for c in crosses]), draws, seed) for way in range(2))
    )


def scores_by_shift(dances: Sequence[InSong]) -> np.ndarray:
    """(2, SHIFTS) what the dances of one song score, to music and to motion, if its beats come n / SHIFTS of a beat later.

    The mean over dances; one without counted events is left out, and nan is what none of them scores.
    """
    found = [_scores(dance, _laid([dance], dance)) for dance in dances if len(dance.counted)]
    return np.mean(found, axis=0) if found else np.full((2, SHIFTS), np.nan)


def scores_to_songs(dances: Sequence[InSong], songs: Sequence[InSong]) -> np.ndarray:
    """(2, S) what the dances of one song score, to music and to motion, to other songs, of which only beats and joins matter.

    Other songs start with the dance's first frame, as its own does; beyond its ends their last tempo goes on.
    """
    found = [dance for dance in dances if len(dance.counted)]
    if not found or not songs:
        return np.full((2, len(songs)), np.nan)
    musics = [music for song in songs for music in _laid(found, song, shifts=1)]
    return np.asarray(np.mean([_scores(dance, musics) for dance in found], axis=0))


def shifted_p(curves: np.ndarray, *, draws: int = DRAWS, seed: int = 0) -> float:
    """How often one random shift a song scores as high as none; of (S, SHIFTS) scores of songs, finite. 1 without songs."""
    if not len(curves):
        return 1.0
    shifts = np.random.default_rng(seed).integers(curves.shape[1], size=(draws, len(curves)))
    sums = curves[np.arange(len(curves)), shifts].sum(axis=1)
    return (int((sums >= curves[:, 0].sum() - 1e-9).sum()) + 1) / (draws + 1)


def _way(curves: np.ndarray, crosses: np.ndarray, draws: int, seed: int) -> Way:
    """Of (S, SHIFTS) scores by shift and (S, S) scores on one another's beats."""
    count = len(curves)
    nan = float("nan")
    if not count:
        return Way(nan, nan, 1.0, nan, 1.0, ())
    others = ~np.eye(count, dtype=bool)
    shuffled = [crosses[song, others[song]].mean() if count > 1 else nan for song in range(count)]
    songs = tuple(OfSong(float(c[0]), float(c.mean()), float(s)) for c, s in zip(curves, shuffled, strict=True))
    heard = np.flatnonzero(np.isfinite(curves[:, 0]))
    if not len(heard):
        return Way(nan, nan, 1.0, nan, 1.0, songs)
    return Way(
        value=float(curves[heard, 0].mean()),
        shifted=float(curves[heard].mean()),
        shifted_p=shifted_p(curves[heard], draws=draws, seed=seed),
        shuffled=float(np.mean([songs[song].shuffled for song in heard])),
        shuffled_p=exchanged(crosses[np.ix_(heard, heard)], draws=draws, seed=seed),
        songs=songs,
    )


def _scores(dance: InSong, musics: Sequence[_Music]) -> np.ndarray:
    """(2, M) mean scores of a dance with events to each of several musics; 0 where nothing counts."""
    sums, counts = _sums(dance, musics)
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)


def _laid(dances: Sequence[InSong], song: InSong, shifts: int = SHIFTS) -> list[_Music]:
    """A song's music n / SHIFTS of a beat later each, its beats from before dances' first event until after their last.

    Joins go with the music. They lie on beats, so that on its own beats a dance has lost events near beats, which no dance to
    beats at another place would have; chance has to lose them too.
    """
    ends = np.array([min(dance.events.min() for dance in dances), max(dance.events.max() for dance in dances)])
    first, last = on_grid(ends, song.beats)
    places, joined = np.arange(np.floor(first) - 1, last + 2), on_grid(np.sort(song.joins), song.beats)
    late = np.arange(shifts) / SHIFTS
    return [_Music(at_beat(places + part, song.beats), at_beat(joined + part, song.beats)) for part in late]


def _sums(dance: InSong, musics: Sequence[_Music]) -> tuple[np.ndarray, np.ndarray]:
    """(2, M) each: events on beats, beats on events; sums of scores and how many, to each of several musics."""
    events, count = np.sort(dance.counted), len(musics)
    beats, owner = np.concatenate([m.beats for m in musics]), np.repeat(np.arange(count), [len(m.beats) for m in musics])
    joins, spoilt = np.concatenate([m.joins for m in musics]), np.repeat(np.arange(count), [len(m.joins) for m in musics])
    # All at once, one music after the other, so far apart that what is nearest is of the same.
    apart = np.arange(count) * (np.ptp(np.concatenate([beats, joins, events])) + 10)
    times, joins = (events + apart[:, None]).ravel(), joins + apart[spoilt]
    counted = away(times, joins).reshape(count, -1)
    near = nearness(to_nearest(times, beats + apart[owner])).reshape(count, -1) * counted
    heard = (beats >= dance.events.min()) & (beats <= dance.events.max())
    heard &= away(beats, dance.joins) & away(beats + apart[owner], joins)
    beats, owner = beats[heard], owner[heard]
    # All events, or beats would find holes at joins, and those at another place sooner than those that joins lie on.
    sums = np.bincount(owner, nearness(to_nearest(beats, np.sort(dance.events))), count)
    return np.stack([near.sum(axis=1), sums]), np.stack([counted.sum(axis=1), np.bincount(owner, minlength=count)])


def nearness(seconds: np.ndarray) -> np.ndarray:
    """exp(-d^2 / 2 s^2) of how far off something is, s = `ALIGNMENT_SECONDS`."""
    return np.asarray(np.exp(-0.5 * (seconds / ALIGNMENT_SECONDS) ** 2))


def _score(songs: Sequence[np.ndarray], draws: int, seed: int) -> Score:
    """Of (2, SHIFTS) sums and counts of each song."""
    counted = sum(song[1, 0] for song in songs)
    if not counted:
        return Score(0.0, 0.0, 1.0, 0)
    value = float(sum(song[0, 0] for song in songs) / counted)
    shifts = np.random.default_rng(seed).integers(SHIFTS, size=(len(songs), draws))
    sums, counts = np.sum([song[:, shift] for song, shift in zip(songs, shifts, strict=True)], axis=0)
    reached = int((sums >= (value - 1e-12) * counts).sum())
    every, count = np.sum(songs, axis=(0, 2))
    return Score(value, float(every / count), (reached + 1) / (draws + 1), int(counted))
