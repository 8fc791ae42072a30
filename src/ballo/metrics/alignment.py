"""How near the beats of a body lie to the beats of the music, and the other way about, each beside chance.

As published the measure is at chance: at 120 beats a minute white noise scores 0.29 in FACT's beat alignment, and papers report
0.20 to 0.30. See `sync` for what is pooled, left out and refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.sync import InSong, away, check_rate, to_nearest
from ballo.motion.steps import smooth
from ballo.music.phase import DRAWS, at_beat

MOTION_BEAT_SECONDS = 0.08
"""Joint speed is smoothed by this before its minima are motion beats, and they are the least for as long either side."""

ALIGNMENT_SECONDS = 0.1
"""How far off a beat may be to score exp(-1/2)."""

_SHIFTS = 40  # a beat's worth of shifts: what chance scores


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


def motion_beats(positions: np.ndarray, fps: float) -> np.ndarray:
    """When the body is slowest: local minima of its mean joint speed, (B,) seconds from the first frame.

    The speed is smoothed by a Gaussian of `MOTION_BEAT_SECONDS` and a minimum is the least for as long to either side: two
    frames each at 25 frames a second, as in Bailando's beat alignment, but whatever the frame rate. Between frames by a
    parabola. A body that stands perfectly still has none.

    Args:
        positions: (T, J, 3) metres.
    """
    if positions.ndim != 3 or positions.shape[-1] != 3:
        raise ValueError(f"positions must be (T, J, 3), not {positions.shape}")
    check_rate(fps)
    reach = max(2, round(MOTION_BEAT_SECONDS * fps))
    if len(positions) < 2 * reach + 1:
        return np.zeros(0)
    velocity = np.gradient(positions.astype(np.float64), 1 / fps, axis=0)
    speed = smooth(np.linalg.norm(velocity, axis=-1).mean(axis=1), MOTION_BEAT_SECONDS * fps)
    windows = np.lib.stride_tricks.sliding_window_view(speed, 2 * reach + 1)
    least, following = windows[:, reach], windows[:, reach + 1]
    others = np.delete(windows, [reach, reach + 1], axis=1).min(axis=1)
    # A minimum half-way between two frames makes them equal; more of them are a rest, which has no moment.
    frames = reach + np.flatnonzero((least < others) & (least <= following))
    before, here, after = speed[frames - 1], speed[frames], speed[frames + 1]
    return (frames + (before - after) / (2 * (before - 2 * here + after))) / fps


def alignment(dances: Sequence[InSong], *, draws: int = DRAWS, seed: int = 0) -> Alignment:
    """How near a dance's events lie to the music's beats, and these to them, over all songs.

    The score is the mean of exp(-d^2 / 2 s^2), s = `ALIGNMENT_SECONDS`, d to the nearest of the others. Beats count from
    the first event of a dance to its last. By chance: the beats of a song lie in any of 40 places, a fortieth of a beat
    apart. With steps as events Tang's source takes on a song's beats score .72 (cha-cha) and .67 (tango) against .50 and .52
    by chance; with `motion_beats` .57 and .60, since a body is slowest a little after it has stepped.

    Source: Siyao et al., "Bailando", CVPR 2022, here in seconds, both ways, and with its null.
    """
    sums = [_by_shift(dance) for dance in dances if len(dance.counted)]
    return Alignment(*(_score([song[way] for song in sums], draws, seed) for way in range(2)))


def _by_shift(dance: InSong) -> np.ndarray:
    """(2, 2, _SHIFTS) of a song: events on beats, beats on events; sums of scores and how many; by how far beats shift."""
    events = np.sort(dance.counted)
    places = np.arange(-1.0, len(dance.beats) + 1)
    table = np.empty((2, 2, _SHIFTS))
    for shift in range(_SHIFTS):
        beats = at_beat(places + shift / _SHIFTS, dance.beats)
        heard = beats[away(beats, dance.joins) & (beats >= dance.events.min()) & (beats <= dance.events.max())]
        for way, (times, others) in enumerate(((events, beats), (heard, events))):
            nearness = np.exp(-0.5 * (to_nearest(times, others) / ALIGNMENT_SECONDS) ** 2)
            table[way, :, shift] = nearness.sum(), len(times)
    return table


def _score(songs: Sequence[np.ndarray], draws: int, seed: int) -> Score:
    """Of (2, _SHIFTS) sums and counts of each song."""
    counted = sum(song[1, 0] for song in songs)
    if not counted:
        return Score(0.0, 0.0, 1.0, 0)
    value = float(sum(song[0, 0] for song in songs) / counted)
    shifts = np.random.default_rng(seed).integers(_SHIFTS, size=(len(songs), draws))
    sums, counts = np.sum([song[:, shift] for song, shift in zip(songs, shifts, strict=True)], axis=0)
    reached = int((sums >= (value - 1e-12) * counts).sum())
    every, count = np.sum(songs, axis=(0, 2))
    return Score(value, float(every / count), (reached + 1) / (draws + 1), int(counted))
