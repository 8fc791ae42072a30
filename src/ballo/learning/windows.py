"""Where in the clips a batch's windows lie: styles in equal shares, nothing outside a usable range, at any tempo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Range:
    """Frames first .. end - 1 of a clip, all of them worth learning from."""

    clip: int
    style: int
    first: int
    end: int


@dataclass(frozen=True)
class Chosen:
    """Windows that were drawn: the clip, the frame of it (with a fraction) that each begins at, and its tempo. All (B,)."""

    clip: np.ndarray
    start: np.ndarray
    tempo: np.ndarray


class Windows:
    """Draws windows of `frames` frames from ranges, each place in a style's ranges as likely as any other.

    Args:
        ranges: those too short for a window are left out.
        balanced: every style as often as any other; else every window as often as any other.

    Raises:
        ValueError: no range is long enough.
    """

    def __init__(self, ranges: Sequence[Range], frames: int, balanced: bool) -> None:
        self.frames = frames
        self.ranges = [kept for kept in ranges if kept.end - kept.first >= frames]
        if not self.ranges:
            raise ValueError(f"no range holds {frames} frames")
        self._clip, self._style, self._first, self._end = np.array(
            [(kept.clip, kept.style, kept.first, kept.end) for kept in self.ranges]
        ).T
        lengths = self._end - self._first
        counts = np.bincount(self._style, lengths - frames + 1.0)
        self.shares = (counts > 0) / np.count_nonzero(counts) if balanced else counts / counts.sum()
        longest = np.zeros(len(counts))
        np.maximum.at(longest, self._style, lengths)
        # A style whose ranges are all too short for a high tempo is danced at the highest that fits, and no less often.
        self._fastest = np.maximum(1.0, (longest - 2) / max(1, frames - 1))

    def choose(self, chances: np.ndarray, tempo: np.ndarray, between_frames: bool) -> Chosen:
        """Windows by chances (3, B), each evenly from 0 to 1, that take `tempo` (B,) frames of the clip a frame.

        A faster window leaves room before it for the step that leads to its first frame.

        Args:
            between_frames: windows may begin at any fraction of a frame.
        """
        style = np.minimum(np.searchsorted(np.cumsum(self.shares), chances[0], side="right"), np.flatnonzero(self.shares)[-1])
        tempo = np.minimum(tempo, self._fastest[style])
        first = self._first[:, None] + np.maximum(tempo - 1, 0)
        last = self._end[:, None] - 1 - tempo * (self.frames - 1) + _ROUNDING
        if not between_frames:
            first, last = np.ceil(first - _ROUNDING), np.floor(last)
        places = np.where((last >= first) & (self._style[:, None] == style), np.floor(last - first) + 1, 0).cumsum(axis=0)
        row = np.argmax(places > chances[1] * places[-1], axis=0)
        windows = np.arange(len(style))
        first, last = first[row, windows], last[row, windows]
        start = first + (chances[2] * (last - first) if between_frames else np.floor(chances[2] * (last - first + 1)))
        return Chosen(self._clip[row], start, tempo)
