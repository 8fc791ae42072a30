"""The steps of a cleanup, and their settings: what `cleanup` strings together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ballo.inference import footing, hinges, legs, steadying, steering
from ballo.inference.lookahead import Frames, Stage, middle
from ballo.motion.skeleton import Skeleton

STEPS = ("jumps", "smoothing", "limits", "level", "floor", "carry", "lock")
"""All steps but those of the place, in order."""

_VELOCITY_SECONDS = 0.04
_SHARE_SECONDS = 0.04
_CARRY_SECONDS = 0.04
_GRIP_SECONDS = 0.08
"""How far to either side velocities, the feet's shares of the weight, what the body is carried by and the grip of a standing
foot look. With smoothing, 0.08 s, and velocity again, that is 0.32 s."""

_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class CleanupConfig:
    """What is done, and how far.

    Args:
        jumps, smoothing, limits, level, floor, carry, lock: the steps; False leaves one out.
        in_place: stay on the spot; only the sway about it is left.
        bounds: width and depth in metres of a stage around where the dance starts, to be stayed on.
        smoothing_seconds: how far to either side smoothing looks.
        smoothing_share: how much is taken off of what moves faster than that, 0 to 1.
        smoothing_metres: no joint's turn moves another further by smoothing, so that what is flung stays flung.
        limit_metres: a joint limit moves no joint further about its hinge.
        lock_metres: nor the lock a foot.
        release_seconds: how fast a foot that swings forgets what it was held back by.
        level_seconds: how slowly a floor that drifts is followed.
        play_metres: how far off a floor may be that is left where it is.
        depth_metres: how far under the floor a foot may be.
        thresholds: when a foot stands.
    """

    jumps: bool = True
    smoothing: bool = True
    limits: bool = True
    level: bool = True
    floor: bool = True
    carry: bool = True
    lock: bool = True
    in_place: bool = False
    bounds: tuple[float, float] | None = None
    smoothing_seconds: float = 0.08
    smoothing_share: float = 0.15
    smoothing_metres: float = 0.01
    limit_metres: float = 0.025
    lock_metres: float = 0.03
    release_seconds: float = 0.12
    level_seconds: float = 2.0
    play_metres: float = 0.015
    depth_metres: float = 0.001
    thresholds: footing.Thresholds = field(default_factory=footing.Thresholds)

    def __post_init__(self) -> None:
        if self.bounds is not None:
            steering.check(*self.bounds)
        if self.in_place and self.bounds is not None:
            raise ValueError("on the spot there is no stage to stay on: in_place or bounds, not both")
        lengths = (self.smoothing_metres, self.limit_metres, self.lock_metres, self.release_seconds, self.level_seconds)
        if not (
            min(lengths) > 0
            and min(self.play_metres, self.depth_metres) >= 0
            and 0 <= self.smoothing_seconds <= 0.08
            and 0 <= self.smoothing_share <= 1
        ):
            raise ValueError("lengths and times of a cleanup are positive, and smoothing looks at most 0.08 s ahead")

    @property
    def named(self) -> list[str]:
        """The steps that are taken, in order, as a motion's meta keeps them."""
        steps = [step for step in (*STEPS, "in_place") if getattr(self, step)]
        return steps if self.bounds is None else [*steps, f"bounds {self.bounds[0]:g}x{self.bounds[1]:g}"]


class Steps:
    """The steps of one dance, with what they remember from frame to frame."""

    def __init__(self, skeleton: Skeleton, fps: float, config: CleanupConfig) -> None:
        self.skeleton, self.fps, self.config = skeleton, fps, config
        self.legs, self.hinges = legs.legs_of(skeleton), hinges.hinges_of(skeleton)
        self._near = max(1, self._frames(_VELOCITY_SECONDS))
        self._shares = steadying.raised_cosine(self._frames(_SHARE_SECONDS))
        self._evening = steadying.raised_cosine(self._frames(_CARRY_SECONDS))
        self._grip = steadying.raised_cosine(self._frames(_GRIP_SECONDS))
        self._weights = steadying.smoothing_weights(
            self._frames(config.smoothing_seconds) * config.smoothing, config.smoothing_share
        )
        self._smoothed = config.smoothing_metres / np.maximum(steadying.levers(skeleton), 1e-3)
        self._continuity = steadying.Continuity(fps, config.jumps)
        self._level = footing.Level(fps, config.level_seconds, config.play_metres)
        self._path = footing.Path(fps)
        self._lock = footing.Lock(fps, config.lock_metres, config.release_seconds)
        self._stood = np.zeros(len(self.legs), dtype=bool)
        self._on_the_spot = steering.OnTheSpot(fps)
        self._on_stage = steering.OnStage(fps, *config.bounds) if config.bounds else None

    def stages(self) -> list[Stage]:
        """In order; those that are switched off, or that the skeleton has no joints for, are not among them."""
        on, stages = self.config, [Stage(0, self.join)]
        if len(self._weights) > 2:
            stages.append(Stage(len(self._weights) // 2, self.smooth))
        if on.limits and self.hinges:
            stages.append(Stage(0, self.limit))
        if self.legs:
            stages += [Stage(0, self.settle)] if on.level else []
            stages += [Stage(self._stand_reach, self.stand)] if on.floor or on.carry else []
            stages += [Stage(self._near, self.watch)]
            stages += [Stage(len(self._grip) // 2, self.hold)] if on.lock else []
        if on.in_place or on.bounds:
            stages.append(Stage(0, self.steer))
        return stages

    def join(self, frames: Frames) -> Frames:
        """Root and rotations go on without jumps."""
        local, root = self._continuity(frames["rotations"], frames["root"])
        return frames | {"rotations": local, "root": root}

    def smooth(self, frames: Frames) -> Frames:
        """High frequencies out, accents where they are."""
        local = steadying.smoothed_rotations(frames["rotations"], self._weights, self._smoothed)
        return frames | {"rotations": local, "root": steadying.weighted(frames["root"], self._weights)}

    def limit(self, frames: Frames) -> Frames:
        """Knees and elbows bend as they can; the body sinks or rises so that feet are as high as they were."""
        local, root = hinges.limit(self.hinges, frames["rotations"], self.config.limit_metres), frames["root"]
        if self.legs:
            before, after = (self._points(turned, root)[..., 1].min(axis=(1, 2)) for turned in (frames["rotations"], local))
            root = root + (before - after)[:, None] * _UP
        return frames | {"rotations": local, "root": root}

    def settle(self, frames: Frames) -> Frames:
        """The floor at 0."""
        floor = self._level(self._points(frames["rotations"], frames["root"]))
        return frames | {"root": frames["root"] - floor[:, None] * _UP}

    def stand(self, frames: Frames) -> Frames:
        """The body over the foot that carries it, no foot under the floor."""
        reach = self._stand_reach
        points, here = self._points(frames["rotations"], frames["root"]), middle(frames, reach)
        root = here["root"].copy()
        if self.config.floor:
            evened = reach // 2
            depths = np.clip(-points[..., 1].min(axis=(1, 2)) - self.config.depth_metres, 0, None)
            root[:, 1] += footing.lifts(depths, reach - evened, steadying.raised_cosine(evened))
        if self.config.carry:
            found = footing.contact(points, self.fps, self._near)
            shares = steadying.weighted(footing.carried(found), self._shares)
            beside = len(self._shares) // 2
            slip = found.velocity[beside : len(found.velocity) - beside]
            root[:, [0, 2]] -= self._path(steadying.weighted(np.einsum("tl,tlc->tc", shares, slip), self._evening))
        return here | {"root": root}

    def watch(self, frames: Frames) -> Frames:
        """Which feet stand, and what they slip."""
        found = footing.contact(self._points(frames["rotations"], frames["root"]), self.fps, self._near)
        contacts = footing.standing(found, self.config.thresholds, self._stood)
        self._stood = contacts[-1]
        return middle(frames, self._near) | {"contacts": contacts, "slip": found.velocity}

    def hold(self, frames: Frames) -> Frames:
        """Legs take off what standing feet slip."""
        here = middle(frames, len(self._grip) // 2)
        strength = steadying.weighted(frames["contacts"].astype(np.float64), self._grip)
        held = self._lock(here["slip"], strength)
        shifts = np.stack([held[..., 0], np.zeros_like(strength), held[..., 1]], axis=-1)
        return here | {"rotations": legs.shift(self.skeleton, self.legs, here["rotations"], here["root"], shifts)}

    def steer(self, frames: Frames) -> Frames:
        """On the spot, or on a stage, where one is asked for."""
        local, root = frames["rotations"], frames["root"]
        if self._on_stage is None:
            local, root = self._on_the_spot(local, root)
        else:
            slower = np.linalg.norm(frames["slip"], axis=-1).min(axis=1) if self.legs else np.ones(len(root))
            local, root = self._on_stage(local, root, slower)
        return frames | {"rotations": local, "root": root}

    @property
    def _stand_reach(self) -> int:
        return self._near + len(self._shares) // 2 + len(self._evening) // 2

    def _points(self, local_wxyz: np.ndarray, root: np.ndarray) -> np.ndarray:
        return legs.foot_points(self.legs, legs.pose(self.skeleton, self.legs, local_wxyz, root))

    def _frames(self, seconds: float) -> int:
        """Whole frames in so much time, never more."""
        return int(seconds * self.fps + 1e-6)
