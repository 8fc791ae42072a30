"""Which foot stands, how the body goes over it, and what a standing foot still slips.

Axis order T frames, L legs, P foot points a leg. A foot's point of contact is where it is lowest: the weights of heel and toe
go over into one another as it rolls, and who turns on a flat foot turns on its ball. Heights are over the floor at 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

LOW_METRES = 0.01
"""A foot this much higher than the other carries 1/e of what that does."""

ROLL_METRES = 0.005
"""A point of a foot this much higher than another of it touches 1/e as much."""

BALL_METRES = 0.012
"""The foremost point of a foot counts as so much lower: as dancers turn on the ball, a heel is where a foot stands only if the
toes are clearly up. (Of Tang 2018's standing feet toes slip 5 cm/s and heels 16; a heel is the lower one in 11 % of frames.)"""

SLOW_METRES_PER_SECOND = 0.05
"""A foot this much faster than the other likewise: who brushes the floor does not carry."""

_FASTEST = 0.8
_HIGHEST = 0.04
"""A foot faster or higher than this carries nobody; it fades out about it."""


@dataclass(frozen=True, eq=False)
class Contact:
    """Where feet touch, or would touch, the floor.

    Args:
        heights: (T, L) metres of each foot's lowest point.
        velocity: (T, L, 2) metres a second along x and z of its point of contact.
    """

    heights: np.ndarray
    velocity: np.ndarray


@dataclass(frozen=True)
class Thresholds:
    """A foot begins to stand below the first of each pair, metres and metres a second, and ends above one of the second."""

    height: tuple[float, float] = (0.03, 0.045)
    speed: tuple[float, float] = (0.2, 0.4)


def contact(points: np.ndarray, fps: float, reach: int) -> Contact:
    """Of foot points (T + 2 reach, L, P, 3) metres, heel to toe, at the T frames in the middle."""
    count = len(points) - 2 * reach
    here = points[reach : reach + count]
    velocity = (points[2 * reach :] - points[:count])[..., [0, 2]] * (fps / (2 * reach))
    heights = here[..., 1]
    counted = heights - np.array([*[0.0] * (heights.shape[-1] - 1), BALL_METRES])
    weights = np.exp((counted.min(axis=-1, keepdims=True) - counted) / ROLL_METRES)
    weights /= weights.sum(axis=-1, keepdims=True)
    return Contact(heights.min(axis=-1), np.einsum("tlp,tlpc->tlc", weights, velocity))


def carried(found: Contact, floor: np.ndarray | float = 0.0) -> np.ndarray:
    """(T, L) how much of the body each foot carries: the lower and slower one most of it, together at most 1.

    Args:
        floor: (T,) its height.
    """
    speed = np.linalg.norm(found.velocity, axis=-1)
    least, lowest = speed.min(axis=1, keepdims=True), found.heights.min(axis=1, keepdims=True)
    shares = np.exp((lowest - found.heights) / LOW_METRES + (least - speed) / SLOW_METRES_PER_SECOND)
    shares /= shares.sum(axis=1, keepdims=True)
    up = np.clip(lowest - np.reshape(floor, (-1, 1)), 0, None)
    return np.asarray(shares / (1 + (least / _FASTEST) ** 4) / (1 + (up / _HIGHEST) ** 4))


def standing(found: Contact, thresholds: Thresholds, before: np.ndarray) -> np.ndarray:
    """(T, L) bool: which foot stands, with hysteresis. `before` (L,) bool, which stood a frame before the first."""
    speed = np.linalg.norm(found.velocity, axis=-1)
    enters = (found.heights <= thresholds.height[0]) & (speed <= thresholds.speed[0])
    stays = (found.heights <= thresholds.height[1]) & (speed <= thresholds.speed[1])
    # A frame that says nothing of its own (it stays, but would not enter) says what the last frame with an opinion said.
    opinion = np.concatenate([before[None], enters])
    heard = np.concatenate([np.ones((1, len(before)), dtype=bool), enters | ~stays])
    last = np.maximum.accumulate(np.where(heard, np.arange(len(heard))[:, None], 0), axis=0)
    return np.take_along_axis(opinion, last, axis=0)[1:]


@dataclass
class Path:
    """Adds up velocities of consecutive frames: half a step from each of two neighbours. `fps`: frames a second."""

    fps: float
    _at: np.ndarray = field(default_factory=lambda: np.zeros(2))
    _before: np.ndarray | None = None

    def __call__(self, velocity: np.ndarray) -> np.ndarray:
        """(T, 2) metres a second to (T, 2) metres from the very first frame."""
        before = velocity[:1] if self._before is None else self._before
        steps = np.concatenate([before, velocity[:-1]]) + velocity
        if self._before is None:
            steps[0] = 0
        path = self._at + np.cumsum(steps, axis=0) / (2 * self.fps)
        self._at, self._before = path[-1], velocity[-1:].copy()
        return path


@dataclass
class Lock:
    """Adds up what standing feet slip, and lets go of it when they swing.

    Args:
        fps: frames a second.
        most_metres: a foot is held back by at most this: it slips on when it has slipped further.
        release_seconds: what a foot was held back by fades so fast once it is free.
    """

    fps: float
    most_metres: float
    release_seconds: float
    _held: list[complex] | None = None
    _last: np.ndarray | None = None

    def __call__(self, velocity: np.ndarray, strength: np.ndarray) -> np.ndarray:
        """The next frames: where to shift each foot.

        Args:
            velocity: (T, L, 2) metres a second that it slips.
            strength: (T, L) 0 to 1, how much it stands.

        Returns:
            (T, L, 2) metres along x and z.
        """
        slip = strength * (velocity[..., 0] + 1j * velocity[..., 1]) / self.fps
        before = slip[:1] if self._last is None else self._last
        # Velocities belong to frames, steps to what lies between: half of each.
        steps = (np.concatenate([before, slip[:-1]]) + slip) / 2
        self._last = slip[-1:].copy()
        kept = np.exp(-(1 - strength) / (self.release_seconds * self.fps))
        held = self._held or [0j] * slip.shape[1]
        path = np.empty(slip.shape, dtype=complex)
        most = 2 * self.most_metres
        for leg, (moves, fades) in enumerate(zip(steps.T.tolist(), kept.T.tolist(), strict=True)):
            value = held[leg]
            for frame, (move, fade) in enumerate(zip(moves, fades, strict=True)):
                value = (value - move) * fade
                size = abs(value)
                if size > most:
                    value *= most / size
                path[frame, leg] = value
            held[leg] = value
        self._held = held
        size = np.abs(path) / self.most_metres
        path *= np.where(size > 1e-6, np.tanh(size) / np.maximum(size, 1e-6), 1.0)
        return np.stack([path.real, path.imag], axis=-1)


def lifts(depths: np.ndarray, reach: int, weights: np.ndarray) -> np.ndarray:
    """How far to raise a body so that no foot is under the floor: smooth, and nowhere less than it takes.

    Args:
        depths: (T + 2 reach + W - 1,) metres under the floor, 0 where it is not.
        reach: frames to either side of which the deepest counts.
        weights: (W,) with W at most 2 reach + 1, positive, that sum to 1.

    Returns:
        (T,) metres.
    """
    deepest = np.lib.stride_tricks.sliding_window_view(depths, 2 * reach + 1).max(axis=1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(deepest, len(weights)) @ weights)


@dataclass
class Level:
    """Follows a floor that lies elsewhere than at 0, or drifts, as it comes.

    Args:
        fps: frames a second.
        seconds: how slowly.
        play_metres: so far off is near enough: feet are not points.
    """

    fps: float
    seconds: float
    play_metres: float
    _floor: float | None = None
    _before: np.ndarray | None = None

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(T,) metres by which the floor is off, of the next foot points (T, L, P, 3) metres."""
        before = points[:1] if self._before is None else self._before
        steps = np.diff(np.concatenate([before, points]), axis=0)
        self._before = points[-1:].copy()
        # Who flies shows no floor: of the lower points of the feet one at least stands.
        speed = (np.linalg.norm(steps, axis=-1) * self.fps).min(axis=(1, 2))
        lowest = points[..., 1].min(axis=(1, 2))
        floor = float(lowest[0]) if self._floor is None else self._floor
        gain = (1 - np.exp(-1 / (self.seconds * self.fps))) * (speed < _FASTEST / 2)
        path = np.empty(len(points))
        for frame, (height, part) in enumerate(zip(lowest.tolist(), gain.tolist(), strict=True)):
            floor += part * (height - floor)
            path[frame] = floor
        self._floor = floor
        return np.asarray(path - np.clip(path, -self.play_metres, self.play_metres))
