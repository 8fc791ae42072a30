"""Whether a dance lasts as long as its music, clip by clip, and at what frame rate it was really made.

Each release cut its clips to whole frames by a rule of its own, and the rules are found here by the number of frames alone:

- second release: a clip of n beats fills floor(n U) frames, U = window / sum of n;
- first release, cha-cha and rumba: floor(12.5 n) frames;
- first release, waltz: floor(12.5 n / 3) frames, 12.5 a bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.dataset import timebase
from ballo.dataset.faults.fault import MILD, SERIOUS, Fault
from ballo.dataset.recordings import FPS

BY_BARS_OF_THREE = "the first release's script, by bars of three"
UNKNOWN = "no known rule"

_FRAMES_A_BAR_OF_THREE = 12.5

AHEAD_SECONDS, SERIOUS_AHEAD_SECONDS = 0.08, 0.2
"""Two frames are seen by nobody; a fifth of a second is half a beat of cha-cha."""

RATE_TOLERANCE = 0.03
"""A frame rate this much off, as a share, is another one."""


@dataclass(frozen=True)
class Timing:
    """A recording's time, measured against its music.

    Args:
        rule: which rule gives the number of frames exactly, or `UNKNOWN`.
        lengths: how many frames of the file each clip fills by that rule; none if no rule fits.
        fps: frames a second at which the file lasts as long as its music.
        ahead_seconds: how much too soon each clip ends if the file is played at 25 frames a second; one value if no rule fits.
    """

    rule: str
    lengths: tuple[int, ...]
    fps: float
    ahead_seconds: tuple[float, ...]

    @property
    def bounds(self) -> tuple[int, ...]:
        """The frames at which one clip ends and the next begins."""
        return tuple(int(bound) for bound in np.cumsum(self.lengths)[:-1])


def measure(frames: int, window_frames: int, beats: Sequence[int] | None) -> Timing:
    """The timing of a file of `frames` frames whose music lasts `window_frames` at 25 a second.

    Args:
        beats: how many beats each clip of its script lasts, if it has one.
    """
    fps = FPS * frames / window_frames
    clips = timebase.clip_lengths(frames, window_frames, beats)
    rule, lengths = (clips.rule, clips.lengths) if clips else (UNKNOWN, ())
    if clips is None and beats:
        by_bars = tuple(int(_FRAMES_A_BAR_OF_THREE * each / 3) for each in beats)
        if sum(by_bars) == frames:
            rule, lengths = BY_BARS_OF_THREE, by_bars
    if not beats or not lengths:
        return Timing(rule, (), fps, ((window_frames - frames) / FPS,))
    true_ends = np.cumsum(beats) * (window_frames / sum(beats))
    return Timing(rule, lengths, fps, tuple(float(early) for early in (true_ends - np.cumsum(lengths)) / FPS))


def faults(timing: Timing, frames: int, scripted: bool) -> list[Fault]:
    """A wrong frame rate, a dance ahead of its music, and a script that does not give its length.

    Args:
        scripted: whether the dance has a script at all.
    """
    found = []
    end, most = timing.ahead_seconds[-1], max(timing.ahead_seconds, key=abs)
    figures = {
        "rule": timing.rule if scripted else None,
        "frames": frames,
        "fps": round(timing.fps, 3),
        "ahead_at_end_seconds": round(end, 3),
        "most_ahead_seconds": round(most, 3),
    }
    if abs(timing.fps / FPS - 1) > RATE_TOLERANCE:
        faster = timing.fps > FPS
        times = timing.fps / FPS if faster else FPS / timing.fps
        played = f"played as it is, {times:.2f} times too {'slow' if faster else 'fast'}"
        text = f"made at {timing.fps:.1f} frames a second, not {FPS:g}: {played}"
        found.append(Fault("frame rate", SERIOUS, text, round(times, 2), "x", figures=figures))
    elif abs(most) > AHEAD_SECONDS:
        severity = SERIOUS if abs(most) > SERIOUS_AHEAD_SECONDS else MILD
        text = f"runs {'ahead of' if most > 0 else 'behind'} its music, {abs(end):.2f} s at the end"
        text += f": clips cut by {timing.rule}" if timing.lengths else ""
        found.append(Fault("time base", severity, text, round(abs(most), 2), "s", figures=figures))
    if scripted and not timing.lengths:
        text = f"no rule makes {frames} frames of its script: where its clips begin is not known"
        found.append(Fault("script", MILD, text, 1, "dances", figures=figures))
    return found
