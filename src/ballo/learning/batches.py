"""Training batches from an archive: windows of movement with their music, styles balanced, each window varied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ballo.dataset import splits
from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning import augment, markers
from ballo.learning.clips import BLOCKS, CLOCK, MARGIN, SILENT, SPECTRA, Clip, clips, clock_rows
from ballo.learning.shard import Shard
from ballo.learning.windows import Chosen, Range, Windows

LOUDER: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    SPECTRA: augment.louder,
    BLOCKS: augment.louder_blocks,
    CLOCK: lambda rows, decibels: rows,
}
"""What turning music up does to its rows."""


@dataclass(frozen=True)
class BatchConfig:
    """What a batch holds and how it is varied.

    Raises:
        DataError: a number that makes no sense.
    """

    size: int = 24
    frames: int = 120
    warm_up_frames: int = 50
    """Frames of music that a generator hears before the window, so that it learns to go on as well as to begin."""
    begin_share: float = 0.25
    """Share of batches without a warm-up."""
    mirror: bool = True
    gain_decibels: float = 6.0
    heading: bool = True
    """Dancers face anywhere at a window's start, not where they faced in the data; only raw coordinates can tell."""
    stretch: float = 0.0
    """Tempo of music and movement together, evenly by its logarithm, up to this share faster or slower."""
    start_phase: bool = False
    """Windows start at any fraction of a frame, music and movement together."""
    balanced: bool = True
    """Every style as often as any other, however much there is of it."""

    def __post_init__(self) -> None:
        if self.size < 1 or self.frames < 1 or self.warm_up_frames < 0:
            raise DataError("batches: size and frames must be 1 or more, warm_up_frames 0 or more")
        if not 0 <= self.begin_share <= 1 or not 0 <= self.stretch <= 0.5 or not 0 <= self.gain_decibels <= 60:
            raise DataError("batches: begin_share must lie in 0..1, stretch in 0..0.5, gain_decibels in 0..60")


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows of T frames, and their music from `warm_up_frames` and `MARGIN` before to `MARGIN` after."""

    pose: Float[Tensor, "B T K 3"]
    travel: Float[Tensor, "B T 3"]
    heading: Float[Tensor, " B"]
    """Radians at the first frame."""
    style: Int[Tensor, " B"]
    music: Mapping[str, Float[Tensor, "B N values"]]
    warm_up_frames: int

    def rows(self, kind: str, first: int, count: int) -> Float[Tensor, "B count values"]:
        """Music of the frames first .. first + count - 1, 0 being the window's first; a view (ValueError beyond the ends)."""
        rows, start = self.music[kind], first + self.warm_up_frames + MARGIN
        if start < 0 or count < 0 or start + count > rows.shape[1]:
            raise ValueError(f"a batch has no {kind} of {count} frames from {first} on")
        return rows[:, start : start + count]

    def to(self, device: torch.device) -> Batch:
        """The same batch there."""
        pose, travel, heading, style = (x.to(device) for x in (self.pose, self.travel, self.heading, self.style))
        music = {kind: rows.to(device) for kind, rows in self.music.items()}
        return Batch(pose, travel, heading, style, music, self.warm_up_frames)

    def paired(self) -> Batch:
        """Half of the windows, each twice: window k and window k + B / 2 are the same (B = 1 gives the one twice)."""
        half = max(1, len(self.pose) // 2)
        pose, travel, heading, style = (
            torch.cat([x[:half], x[:half]]) for x in (self.pose, self.travel, self.heading, self.style)
        )
        music = {kind: torch.cat([rows[:half], rows[:half]]) for kind, rows in self.music.items()}
        return Batch(pose, travel, heading, style, music, self.warm_up_frames)


@dataclass(frozen=True)
class Drawn:
    """What chance decided for each window of a batch; all (B,)."""

    chosen: Chosen
    flip: np.ndarray
    decibels: np.ndarray
    heading: np.ndarray

    def part(self, shard: Shard) -> Drawn:
        """A process's own windows."""
        chosen = Chosen(*(shard.part(x) for x in (self.chosen.clip, self.chosen.start, self.chosen.tempo)))
        return Drawn(chosen, shard.part(self.flip), shard.part(self.decibels), shard.part(self.heading))


class Batches:
    """Draws batches without end.

    All randomness is in `random` and is drawn for the whole batch, whatever the shard: several processes with generators in
    one state draw the parts of one batch, and a run can be resumed exactly.

    Args:
        hears: kinds of music to give, `clips.MUSIC`; dances without music are drawn too if it is empty.
        shard: which rows of the batch to make.
        points: the published points instead of the skeleton's joints.

    Raises:
        DataError: the archive has no window, or no points; or the processes cannot share the batch evenly.
    """

    def __init__(
        self,
        archive: Archive,
        config: BatchConfig,
        hears: Collection[str],
        random: np.random.Generator,
        shard: Shard,
        points: bool = False,
    ) -> None:
        _check_even(config.size, shard)
        self.config, self.random, self.shard, self._hears = config, random, shard, tuple(hears)
        self._fps = archive.fps
        self._body = None if points else archive.skeleton
        # Without music to hear, the dances that have none teach as well as the others.
        parts = (splits.TRAIN,) if hears else (splits.TRAIN, splits.MOTION_ONLY)
        self._clips = [clip for part in parts for clip in clips(archive, part, hears, points)]
        self.clips = {clip.name: clip for clip in self._clips}
        self.mirror = markers.mirror() if points else augment.mirror_of(archive.skeleton)
        self._windows = self._ranges(archive, [clip.usable for clip in self._clips], config.frames)
        self._figures = self._ranges(archive, [clip.kept for clip in self._clips], 1)

    def _ranges(self, archive: Archive, usable: Sequence[Sequence[tuple[int, int]]], frames: int) -> Windows:
        ranges = [Range(k, clip.style, *run) for k, clip in enumerate(self._clips) for run in usable[k]]
        try:
            return Windows(ranges, frames, self.config.balanced)
        except ValueError as error:
            music = " with music" if self._hears else ""
            remedy = "ask for fewer with batches.frames, or prepare it again"
            raise DataError(f"{archive.path} has no window of {frames} frames{music} to train on: {remedy}") from error

    def draw(self) -> Batch:
        """The next batch."""
        begins = self.random.random() < self.config.begin_share
        drawn = self._draw(self._windows, self.config.size, self.config.stretch, self.config.start_phase)
        warm = 0 if begins else self.config.warm_up_frames
        batch = self._movement(drawn, self.config.frames)
        return replace(batch, music=self._music(drawn, warm), warm_up_frames=warm)

    def draw_poses(self, count: int) -> Batch:
        """`count` still figures of frames that no join or fault spoils, as a batch of T = 1 without music.

        Raises:
            DataError: the processes cannot share them evenly.
        """
        _check_even(count, self.shard)
        return self._movement(self._draw(self._figures, count, 0.0, False), 1)

    def _draw(self, windows: Windows, size: int, stretch: float, between_frames: bool) -> Drawn:
        """As much chance for every config, so that one variation does not change the others; then this process's part."""
        chances = self.random.random((7, size))
        tempo = (1 + stretch) ** (2 * chances[3] - 1)
        chosen = windows.choose(chances[:3], tempo, between_frames)
        flip = self.config.mirror & (chances[4] < 0.5)
        decibels = (2 * chances[5] - 1) * self.config.gain_decibels
        return Drawn(chosen, flip, decibels, (2 * chances[6] - 1) * np.pi).part(self.shard)

    def _movement(self, drawn: Drawn, frames: int) -> Batch:
        picked = [self._clips[clip] for clip in drawn.chosen.clip]
        cut = [_cut(*window, frames) for window in zip(picked, drawn.chosen.start, drawn.chosen.tempo, strict=True)]
        pose, travel = np.stack([one[0] for one in cut]), np.stack([one[1] for one in cut])
        # Published points have no constant bones to keep.
        between = (drawn.chosen.start % 1 != 0) | (drawn.chosen.tempo != 1)
        if self._body and between.any():
            pose[between] = augment.with_bones_of(self._body, pose[between])
        flip = drawn.flip
        pose[flip], travel[flip] = augment.mirrored(pose[flip], travel[flip], self.mirror)
        heading = drawn.heading
        if not self.config.heading:
            faced = np.array([_faced(*window) for window in zip(picked, drawn.chosen.start, strict=True)])
            heading = np.where(flip, -faced, faced)
        return Batch(
            torch.from_numpy(pose),
            torch.from_numpy(travel),
            torch.from_numpy(heading.astype(np.float32)),
            torch.tensor([clip.style for clip in picked]),
            {},
            0,
        )

    def _music(self, drawn: Drawn, warm: int) -> Mapping[str, Tensor]:
        decibels = torch.from_numpy(drawn.decibels.astype(np.float32))[:, None, None]
        count = warm + self.config.frames + 2 * MARGIN
        chosen = drawn.chosen
        music = {}
        for kind in self._hears:
            windows = zip(chosen.clip, chosen.start, chosen.tempo, strict=True)
            rows = [
                self._heard(self._clips[clip], kind, start - tempo * (warm + MARGIN), tempo, count)
                for clip, start, tempo in windows
            ]
            music[kind] = LOUDER[kind](torch.from_numpy(np.stack(rows)), decibels)
        return music

    def _heard(self, clip: Clip, kind: str, first: float, tempo: float, count: int) -> np.ndarray:
        """Music of `count` frames from the clip's fractional frame `first` on, `tempo` apart."""
        if kind == CLOCK:
            return clock_rows(clip.beats, self._fps, first, tempo, count)
        rows, place = clip.music[kind], first + MARGIN
        if tempo == 1 and place == int(place):
            return augment.part(rows, int(place), count, SILENT[kind])
        if kind == SPECTRA:
            return augment.rows_at(rows, place + tempo * np.arange(count), SILENT[kind])
        return augment.blocks_at(rows, place, tempo, count)


def _cut(clip: Clip, start: float, tempo: float, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Poses and travel of a window."""
    if tempo == 1 and start == int(start):
        window = slice(int(start), int(start) + frames)
        return clip.pose[window], clip.travel[window]
    places = start + tempo * np.arange(frames)
    within = next((first, end) for first, end in clip.usable if first <= start < end)
    return augment.poses_at(clip.pose, places, within), augment.travel_at(clip.path, places, tempo)


def _faced(clip: Clip, start: float) -> float:
    return float(np.interp(start, np.arange(len(clip.path)), clip.path[:, 2]))


def _check_even(size: int, shard: Shard) -> None:
    if size % shard.count:
        raise DataError(f"a batch of {size} cannot be shared evenly by {shard.count} processes: choose another batches.size")
