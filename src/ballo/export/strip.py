"""A motion as a contact sheet (.png): poses in the order of time, and under them a ruler of the time with its beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ballo.errors import ExportError
from ballo.export import sheet
from ballo.motion.motion import Motion
from ballo.music import beats as music_beats
from ballo.music.beats import NoBeat

POSES = 8
MOST_IN_A_ROW = 10
RULER_PIXELS = 46
LINE, BAR, POSE = (150, 147, 152), (196, 84, 66), (84, 82, 86)
"""The colours of the ruler with its beats, of those that begin a bar, and of the marks of the poses."""
BEAT_PIXELS, BAR_PIXELS, POSE_PIXELS = 7, 14, 5
CLOSEST_PIXELS = 3
"""Beats nearer to one another than this are not drawn, only the bars are."""


def write(
    motion: Motion,
    path: Path,
    *,
    poses: int = POSES,
    song: Path | None = None,
    start_seconds: float = 0.0,
    beats: Sequence[float] | None = None,
    downbeats: Sequence[float] = (),
) -> None:
    """Write `poses` of `motion`, each from the middle of one of as many equal stretches of it, so that it stands over its time.

    Args:
        motion: what is danced.
        path: the .png.
        poses: how many.
        song: what is danced to: its beats are found and marked, if it has any.
        start_seconds: where in the song the motion starts.
        beats: seconds from the motion's start, where they are known already; then the song is not heard.
        downbeats: those of them that begin a bar.

    Raises:
        ExportError: no frames, or no such number of poses.
        AudioError: the song cannot be read.
    """
    draw(motion, poses, *_marks(motion, song, start_seconds, beats, downbeats)).save(path, format="PNG", optimize=True)


def draw(motion: Motion, poses: int, beats: np.ndarray, downbeats: np.ndarray) -> Image.Image:
    """The strip as a picture; see `write`."""
    if not len(motion):
        raise ExportError("cannot draw a motion without frames")
    if not 1 <= poses <= sheet.MOST:
        raise ExportError(f"a strip holds 1 to {sheet.MOST} poses, not {poses}")
    moments = (np.arange(poses) + 0.5) * motion.seconds / poses
    frames = np.minimum((moments * motion.fps).astype(int), len(motion) - 1)
    rows = math.ceil(poses / MOST_IN_A_ROW)
    columns = math.ceil(poses / rows)
    figures = sheet.draw(motion.skeleton, motion.positions[frames], [clock(t) for t in moments], columns=columns)
    width, height = figures.width, figures.height // rows
    strip = Image.new("RGB", (width, rows * (height + RULER_PIXELS)))
    for row in range(rows):
        floor = figures.crop((0, row * height, width, (row + 1) * height))
        top = row * (height + RULER_PIXELS)
        strip.paste(floor, (0, top))
        # The ruler lies on the last line of the floor, drawn out.
        edge = floor.crop((0, height - 1, width, height)).resize((width, RULER_PIXELS))
        strip.paste(edge, (0, top + height))
        seconds = columns * motion.seconds / poses
        shown = moments[row * columns : (row + 1) * columns]
        _rule(strip, top + height, (row * seconds, min((row + 1) * seconds, motion.seconds)), seconds, shown, beats, downbeats)
    return strip


def clock(seconds: float) -> str:
    """Minutes, seconds and tenths: 75.24 to "1:15.2"."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def _marks(
    motion: Motion, song: Path | None, start: float, beats: Sequence[float] | None, downbeats: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """All beats and those that begin a bar, in seconds from the motion's start."""
    if beats is not None or song is None:
        return np.array(beats if beats is not None else (), dtype=float), np.array(downbeats, dtype=float)
    try:
        found = music_beats.track(song, start_seconds=start, duration_seconds=motion.seconds)
    except NoBeat:
        return np.zeros(0), np.zeros(0)
    return found.times, found.downbeats


def _rule(
    strip: Image.Image,
    top: int,
    stretch: tuple[float, float],
    seconds: float,
    moments: np.ndarray,
    beats: np.ndarray,
    downbeats: np.ndarray,
) -> None:
    """A row's ruler: a line, beats below it, bars longer and in another colour, and the poses' moments above it."""
    pen, line = ImageDraw.Draw(strip), top + RULER_PIXELS // 2 - 4

    def across(moment: float) -> float:
        return (moment - stretch[0]) / seconds * strip.width

    pen.line([(0, line), (across(stretch[1]), line)], fill=LINE, width=1)
    drawn = beats if len(beats) < 2 or np.median(np.diff(beats)) / seconds * strip.width >= CLOSEST_PIXELS else beats[:0]
    for marks, length, colour, thick in ((drawn, BEAT_PIXELS, LINE, 1), (downbeats, BAR_PIXELS, BAR, 2)):
        for moment in marks[(marks >= stretch[0]) & (marks < stretch[1])]:
            pen.line([(across(moment), line), (across(moment), line + length)], fill=colour, width=thick)
    for moment in moments:
        x = across(moment)
        pen.polygon(
            [(x, line - 1), (x - POSE_PIXELS, line - 1 - POSE_PIXELS), (x + POSE_PIXELS, line - 1 - POSE_PIXELS)], fill=POSE
        )
