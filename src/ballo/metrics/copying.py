"""Whether a dancer copies: how far what she dances is from all that she learnt from, frame by frame and second by second.

A distance is the root mean square over joints of how far they are apart, in metres, each pose in its own heading frame; of two
seconds of movement, over their moments too. Unlike the mean over joints it is a distance of vectors, so that the nearest of a
hundred thousand is found by products of matrices; and an arm held otherwise counts for more. It is never less than the mean:
1.2 times that between poses of the ballroom dances that are 3 cm apart.

By itself a distance says little: recordings repeat themselves, and noise is far from everything. Compare it with `unseen`,
real movement that was kept out of training, and look at it beside measures of realism.

Dances may be of any frame rate. Shapes that make no sense are a ValueError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.nearest import Nearest
from ballo.metrics.sync import check_rate

NEAR_METRES = 0.03
"""A frame that is nearer than this to a frame of training is the same for the eye."""

FRAMES_PER_SECOND, WINDOWS_PER_SECOND = 5.0, 2.5
"""How many are looked for. Those that they are looked for among are all there are."""

WINDOW_SECONDS = 1.0
"""How long a window is: half a bar or so."""

_MOMENTS = 5  # poses of a window that are compared, from its first moment to its last


@dataclass(frozen=True, eq=False)
class Learnt:
    """The movement that somebody learnt from: its poses, and its windows, which may be none."""

    poses: Nearest
    windows: Nearest | None


@dataclass(frozen=True, eq=False)
class Distances:
    """Metres to what is nearest among what was learnt: (Q,) of frames and (W,) of windows."""

    frames: np.ndarray
    windows: np.ndarray


@dataclass(frozen=True)
class Copying:
    """How near dances are to what was learnt from. Metres; nan where there is nothing to say it of.

    Args:
        nearest_frame, nearest_window: medians over frames, and over windows of a second.
        share_near: of frames within 3 cm of one of training, 0 to 1.
        frame_ratio, window_ratio: those medians over those of unseen real movement: 1 is as new as that, near 0 a copy.
        frames, windows: how many were looked for.
    """

    nearest_frame: float
    nearest_window: float
    share_near: float
    frame_ratio: float
    window_ratio: float
    frames: int
    windows: int


def learnt(stretches: Sequence[np.ndarray], fps: float) -> Learnt:
    """Make movement ready to be searched.

    Args:
        stretches: (T, J, 3) metres each in heading frames (`kinematics.unplace`), each of movement without a break.

    Raises:
        ValueError: there is no frame.
    """
    for stretch in stretches:
        _check(stretch, fps)
    kept = [stretch for stretch in stretches if len(stretch)]
    if not kept:
        raise ValueError("nobody learns from no frames at all")
    windows = np.concatenate([_windows(stretch, fps, np.arange(len(stretch))) for stretch in kept])
    poses = np.concatenate([_vectors(stretch) for stretch in kept])
    return Learnt(Nearest.of(poses), Nearest.of(windows) if len(windows) else None)


def distances(dances: Sequence[np.ndarray], fps: float, among: Learnt) -> Distances:
    """How far dances (T, J, 3) in heading frames are from what was learnt; all in one call, which is quicker."""
    for dance in dances:
        _check(dance, fps)
    danced = [dance for dance in dances if len(dance)]
    if not danced:
        return Distances(np.zeros(0), np.zeros(0))
    frames = [_vectors(dance[_evenly(len(dance), fps, FRAMES_PER_SECOND).round().astype(int)]) for dance in danced]
    windows = [_windows(dance, fps, _evenly(len(dance), fps, WINDOWS_PER_SECOND)) for dance in danced]
    far = among.windows(np.concatenate(windows))[0] if among.windows is not None else np.zeros(0)
    return Distances(among.poses(np.concatenate(frames))[0], far)


def pose_distances(poses: np.ndarray, among: Learnt) -> np.ndarray:
    """(T,) metres from each of poses (T, J, 3) in heading frames to the nearest that was learnt."""
    _check(poses, 1.0)
    return among.poses(_vectors(poses))[0]


def copying(found: Distances, unseen: Distances | None = None) -> Copying:
    """Sum up the distances of dances.

    Args:
        unseen: those of real movement that was kept out of training; without it, there are no ratios.
    """
    frames, windows = _median(found.frames), _median(found.windows)
    new = unseen if unseen is not None else Distances(np.zeros(0), np.zeros(0))
    return Copying(
        nearest_frame=frames,
        nearest_window=windows,
        share_near=float((found.frames <= NEAR_METRES).mean()) if len(found.frames) else float("nan"),
        frame_ratio=_over(frames, _median(new.frames)),
        window_ratio=_over(windows, _median(new.windows)),
        frames=len(found.frames),
        windows=len(found.windows),
    )


def moments(dance: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Movement as vectors whose distance is that of this module.

    Args:
        dance: (T, J, 3) metres in heading frames.
        places: (W, M) the moments of W windows in frames with fractions, within 0 to T - 1.

    Returns:
        (W, M * J * 3) float32.
    """
    before = np.clip(np.floor(places).astype(int), 0, max(0, len(dance) - 2))
    share = (places - before)[..., None].astype(np.float32)
    poses = _vectors(dance)
    after = np.minimum(before + 1, len(dance) - 1)
    mixed = poses[before] if not share.any() else (1 - share) * poses[before] + share * poses[after]
    return mixed.reshape(len(places), places.shape[1] * poses.shape[1]) / np.float32(np.sqrt(places.shape[1]))


def _windows(dance: np.ndarray, fps: float, starts: np.ndarray) -> np.ndarray:
    """Those of a second that begin at some frames and are over before the dance is."""
    length = WINDOW_SECONDS * fps
    whole = starts[starts + length <= len(dance) - 1 + 1e-9]
    places = whole[:, None] + np.linspace(0, length, _MOMENTS)
    return moments(dance, np.minimum(places, len(dance) - 1))


def _vectors(dance: np.ndarray) -> np.ndarray:
    """(T, J * 3) float32, scaled so that vectors are as far apart as poses are in root mean square over joints."""
    joints = dance.shape[1]
    return (dance / np.sqrt(joints)).astype(np.float32).reshape(-1, joints * 3)


def _evenly(frames: int, fps: float, rate: float) -> np.ndarray:
    """Frames with fractions, `rate` a second, or each of a dance that has fewer."""
    return np.arange(0, frames - 0.5, max(1.0, fps / rate))


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _over(value: float, other: float) -> float:
    return value / other if other > 0 else float("nan")


def _check(dance: np.ndarray, fps: float) -> None:
    if dance.ndim != 3 or dance.shape[1] == 0 or dance.shape[2] != 3:
        raise ValueError(f"a dance must be (T, J, 3), not {dance.shape}")
    check_rate(fps)
