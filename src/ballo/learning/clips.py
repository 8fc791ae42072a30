"""Dances of an archive as training takes them: poses in the dancer's heading frame, and rows of music, one a frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ballo.dataset.archive import REMASTERED, SAMPLE_RATE, Archive, Beats, Dance
from ballo.errors import DataError
from ballo.learning import markers, timing
from ballo.learning.models.layers import SILENCE, MelFrontEnd
from ballo.motion import kinematics
from ballo.music import clock

MARGIN = 8
"""Frames of music kept around a dance and around a window, for ears that hear more of it than a frame."""

SPECTRA, BLOCKS, CLOCK = MUSIC = ("spectra", "blocks", "clock")
"""What music comes as. The row of frame t of `spectra` is `MelFrontEnd`'s of the blocks t - 1 and t: two windows of a frame
each, centred half a frame before frame t and on it. The row of `blocks` is the samples from frame t to frame t + 1. That of
`clock` is what `ballo.music.clock` tells of frame t."""

SILENT = {SPECTRA: SILENCE, BLOCKS: 0.0, CLOCK: 0.0}
"""The value of a row without any sound."""

SPLICE_FRAMES = 3
"""The publishers drew a straight line over so many frames on either side of a join."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A dance as a model emits it and the music it would hear. Axes: T frames, K joints or points.

    Args:
        name: the dance's.
        style: its number among the archive's styles.
        pose: (T, K, 3) float32 metres in the heading frame, the root over the origin, the floor at 0.
        travel: (T, 3) float32 as `kinematics.place` takes it.
        path: (T, 3) metres x and z of the root and the heading in radians, unwrapped: what `travel` adds up to.
        keep: (T,) False where the recording was joined or broken.
        usable: ranges of frames (first, last + 1) worth learning from, as in the archive.
        music: by kind (T + 2 MARGIN, values) float32, row r being that of frame r - `MARGIN`; empty without music.
        beats: of the music, in seconds from the first frame, where a clock is asked for and anybody knows.
    """

    name: str
    style: int
    pose: np.ndarray
    travel: np.ndarray
    path: np.ndarray
    keep: np.ndarray
    usable: tuple[tuple[int, int], ...]
    music: Mapping[str, np.ndarray]
    beats: Beats | None = None

    @property
    def kept(self) -> tuple[tuple[int, int], ...]:
        """Ranges of frames (first, last + 1) that `keep` is True in."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], self.keep, [False]]).astype(np.int8)))
        return tuple((int(first), int(end)) for first, end in edges.reshape(-1, 2))


def clips(archive: Archive, split: str, hears: Collection[str], points: bool = False) -> list[Clip]:
    """The dances of a split, ready to train on.

    Args:
        split: "train", "val" or "motion_only".
        hears: which kinds of `MUSIC` to make; dances without music are left out, unless nothing is to be heard.
        points: the 23 published points instead of the skeleton's joints.

    Raises:
        DataError: the archive has no published points, or frames that no even number of samples fills.
    """
    if unknown := set(hears) - set(MUSIC):
        raise ValueError(f"music comes as {' or '.join(MUSIC)}, not as {sorted(unknown)[0]}")
    if points and archive.manifest["points"] != markers.POINTS:
        raise DataError(f"{archive.path} has no published points: prepare the data with `--grade published`, or use joints")
    front_end = MelFrontEnd(samples_per_frame(archive.fps), SAMPLE_RATE) if hears else None
    chosen = [dance for dance in archive.select(split) if dance.samples is not None or not hears]
    return [_clip(archive, dance, hears, front_end, points) for dance in chosen]


def samples_per_frame(fps: float) -> int:
    """How many samples of music a frame holds; raises DataError where that is no even whole number."""
    samples = round(SAMPLE_RATE / fps)
    if samples * fps != SAMPLE_RATE or samples % 2:
        raise DataError(f"a frame at {fps:g} a second holds no even number of samples at {SAMPLE_RATE} Hz: prepare it at 25")
    return samples


def _clip(archive: Archive, dance: Dance, hears: Collection[str], front_end: MelFrontEnd | None, points: bool) -> Clip:
    pose, travel, path = _points(dance) if points else _joints(dance)
    beats = timing.beats_of(dance) if CLOCK in hears else None
    return Clip(
        dance.name,
        archive.styles.index(dance.style),
        pose.astype(np.float32),
        travel.astype(np.float32),
        path,
        _kept(archive, dance),
        dance.usable,
        _music(dance, hears, front_end, beats) if front_end else {},
        beats,
    )


def _joints(dance: Dance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    motion = dance.motion()
    world = motion.positions.astype(np.float64)
    pose, travel = kinematics.unplace(motion.skeleton, world)
    return pose, travel, _path(world[:, 0], kinematics.heading(motion.skeleton, world))


def _points(dance: Dance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if dance.points is None:
        raise DataError(f"{dance.name} has no published points: prepare the data again")
    world = markers.placed(dance.points)
    pose, travel = markers.unplace(world)
    return pose, travel, _path(markers.root(world), markers.heading(world))


def _path(root: np.ndarray, heading: np.ndarray) -> np.ndarray:
    return np.concatenate([root[:, [0, 2]], np.unwrap(heading)[:, None]], axis=1)


def _kept(archive: Archive, dance: Dance) -> np.ndarray:
    keep = np.zeros(len(dance), dtype=bool)
    for start, end in dance.usable:
        keep[start:end] = True
    # The publisher's straight lines are no movement; what remastering puts at its joins is.
    for join in dance.joins if archive.grade != REMASTERED else ():
        keep[max(0, round(join) - SPLICE_FRAMES) : round(join) + SPLICE_FRAMES + 1] = False
    return keep


def _music(dance: Dance, hears: Collection[str], front_end: MelFrontEnd, beats: Beats | None) -> Mapping[str, np.ndarray]:
    """A row of spectra needs the block before its frame's, so one more is read than is kept."""
    rows = len(dance) + 2 * MARGIN
    blocks = dance.music(-MARGIN - 1, rows + 1).reshape(rows + 1, front_end.samples)
    made = {}
    if SPECTRA in hears:
        with torch.no_grad():
            made[SPECTRA] = front_end(torch.from_numpy(blocks)[None])[0].numpy()
    if BLOCKS in hears:
        made[BLOCKS] = blocks[1:]
    if CLOCK in hears:
        made[CLOCK] = clock_rows(beats, dance.fps, -float(MARGIN), 1.0, rows)
    return made


def clock_rows(beats: Beats | None, fps: float, first: float, tempo: float, count: int) -> np.ndarray:
    """(count, clock.CHANNELS) of frames `tempo` apart from the fractional frame `first` on, as if they were a frame apart."""
    if beats is None:
        return np.zeros((count, clock.CHANNELS), np.float32)
    return clock.rows(beats.seconds / tempo, beats.positions, beats.metre, count, fps, first / fps / tempo)
