"""Whether joins of recordings show: jerk at them beside jerk within the recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ballo.metrics.resampling import DERIVATIVE_FPS, resample
from ballo.metrics.sync import JOIN_SECONDS, away, check_rate, check_times


@dataclass(frozen=True, eq=False)
class Joined:
    """A dance made of recordings.

    Args:
        positions: (T, J, 3) metres.
        fps: frames a second.
        joins: (N,) seconds from the first frame.
    """

    positions: np.ndarray
    fps: float
    joins: np.ndarray

    def __post_init__(self) -> None:
        if self.positions.ndim != 3 or self.positions.shape[-1] != 3 or not self.positions.shape[1]:
            raise ValueError(f"positions must be (T, J, 3), not {self.positions.shape}")
        check_rate(self.fps)
        check_times("joins", self.joins)


@dataclass(frozen=True)
class JoinJerk:
    """Jerk near joins, m/s^3 where not said otherwise; nan where there is nothing to measure.

    Args:
        median_peak: of the peaks, one a join, of jerk within reach of it; then their mean and what nine of ten stay under.
        inside_p95: the 95th percentile of frames out of reach of joins, and then their mean.
        ratio: `median_peak` over `inside_p95`: 1 is a join like the hardest twentieth of the dance.
        random_windows: the same ratio for windows of the same length out of reach of joins: what no join at all gives.
        joins: how many were measured.
    """

    median_peak: float
    mean_peak: float
    p90_peak: float
    inside_p95: float
    inside_mean: float
    ratio: float
    random_windows: float
    joins: int


def join_jerk(dances: Sequence[Joined], reach_seconds: float = JOIN_SECONDS) -> JoinJerk:
    """Jerk at the joins of dances, pooled.

    Jerk of a frame is the mean over joints of the norm of the third derivative, at `DERIVATIVE_FPS`. For the control every
    window that lies between joins is taken, not a draw of them.
    """
    peaks, inside, windows = [], [np.zeros(0)], [np.zeros(0)]
    for dance in dances:
        jerk, seconds = jerk_by_frame(dance.positions, dance.fps)
        near = ~away(seconds, dance.joins, reach_seconds)
        around = [jerk[~away(seconds, np.array([join]), reach_seconds)] for join in dance.joins]
        peaks += [float(part.max()) for part in around if len(part)]
        inside.append(jerk[~near])
        length = max(1, round(2 * reach_seconds * DERIVATIVE_FPS))
        if len(jerk) >= length:
            free = ~np.lib.stride_tricks.sliding_window_view(near, length).any(axis=1)
            windows.append(np.lib.stride_tricks.sliding_window_view(jerk, length).max(axis=1)[free])
    rest, undisturbed = np.concatenate(inside), np.concatenate(windows)
    hard = float(np.percentile(rest, 95)) if len(rest) else float("nan")
    median_peak = float(np.median(peaks)) if peaks else float("nan")
    return JoinJerk(
        median_peak=median_peak,
        mean_peak=float(np.mean(peaks)) if peaks else float("nan"),
        p90_peak=float(np.percentile(peaks, 90)) if peaks else float("nan"),
        inside_p95=hard,
        inside_mean=float(rest.mean()) if len(rest) else float("nan"),
        ratio=median_peak / hard if hard > 0 else float("nan"),
        random_windows=float(np.median(undisturbed)) / hard if hard > 0 and len(undisturbed) else float("nan"),
        joins=len(peaks),
    )


def jerk_by_frame(positions: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """The mean norm over joints of the third derivative, m/s^3 at `DERIVATIVE_FPS`, and when: both (T' - 3,), seconds.

    Args:
        positions: (T, J, 3) metres.
    """
    sampled = resample(positions.astype(np.float64), fps)
    jerk = np.linalg.norm(np.diff(sampled, n=3, axis=0), axis=-1).mean(axis=1) * DERIVATIVE_FPS**3
    return jerk, (np.arange(len(jerk)) + 1.5) / DERIVATIVE_FPS
