"""Cleanup: a model's dance made to stand on the floor, chunk by chunk.

In this order, each a pure step that can be switched off:

1. jumps: the root goes and turns on without leaps (`steadying`);
2. smoothing: a zero-phase parabola filter on rotations and root, so short that accents stay (`steadying`);
3. limits: knees and elbows bend one way and fold so far (`hinges`);
4. level, floor: the floor comes to 0, and no foot goes under it: the body is raised (`footing`);
5. carry: the body goes over the foot that carries it, so that this foot stands; the pose is not touched (`footing`);
6. lock: what a standing foot still slips is taken off by its leg, two-bone (`footing`, `legs`);
7. in_place or bounds: where on the floor the dance goes (`steering`).

Root first and legs second: nearly all sliding is of the whole body over the floor, and a body that is moved keeps its pose.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ballo.inference.cleanup_steps import CleanupConfig, Steps
from ballo.inference.lookahead import Frames, push
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

CHUNK_FRAMES = 250
LOOK_AHEAD_SECONDS = 0.4
"""No frame waits for more than this of what comes after it."""

PLACE_ONLY = CleanupConfig(jumps=False, smoothing=False, limits=False, level=False, floor=False, carry=False, lock=False)
"""Nothing but `in_place` or `bounds`, once one of them is set."""


def clean(motion: Motion, config: CleanupConfig | None = None, *, chunk_frames: int = CHUNK_FRAMES) -> Motion:
    """A motion as long as `motion`, on the same bones, that stands on the floor.

    Args:
        motion: metres, Y up, floor about 0. Of a skeleton whose feet hang on no legs only jumps and smoothing are done.
        chunk_frames: changes nothing but memory.

    Returns:
        A motion whose `contacts` say when feet stand, and whose meta says under `cleanup` which steps were taken, those of
        cleanups before this one too.
    """
    settings = config or CleanupConfig()
    before = motion.meta.get("cleanup")
    taken = [*map(str, before if isinstance(before, list) else ()), *settings.named]
    meta = dict(motion.meta) | {"cleanup": list(dict.fromkeys(taken))}
    if not len(motion):
        return replace(motion, meta=meta)
    cleaner, done = Cleaner(motion.skeleton, motion.fps, settings), 0
    local, root, contacts = np.empty_like(motion.rotations), np.empty_like(motion.root), motion.contacts.copy()
    for first in range(0, len(motion), chunk_frames):
        end = first + chunk_frames
        ready = cleaner.push(motion.rotations[first:end], motion.root[first:end], last=end >= len(motion))
        came = slice(done, done + len(ready["root"]))
        local[came], root[came], done = ready["rotations"], ready["root"], came.stop
        if cleaner.knows_contacts:
            contacts[came] = ready["contacts"]
    return Motion(motion.skeleton, local, root, motion.fps, contacts, meta)


class Cleaner:
    """Cleans a dance as it comes: frames in, and those that lie `look_ahead` before them out."""

    def __init__(self, skeleton: Skeleton, fps: float, config: CleanupConfig | None = None) -> None:
        self._skeleton = skeleton
        steps = Steps(skeleton, fps, config or CleanupConfig())
        self.knows_contacts = bool(steps.legs)
        self._stages = steps.stages()

    @property
    def look_ahead(self) -> int:
        """How many frames after a frame are needed for it: at most `LOOK_AHEAD_SECONDS`, from 10 frames a second on."""
        return sum(stage.reach for stage in self._stages)

    def push(self, local_wxyz: np.ndarray, root: np.ndarray, *, last: bool = False) -> Frames:
        """The next frames (T, J, 4) and (T, 3) metres, any number; `last` says that no more come.

        Returns:
            What is ready: `rotations` (N, J, 4), `root` (N, 3), `contacts` (N, feet).
        """
        frames = {"rotations": np.asarray(local_wxyz, np.float64), "root": np.asarray(root, np.float64)}
        made = push(self._stages, frames if len(root) else None, last)
        if made is None:
            made = {name: values[:0] for name, values in frames.items()}
        unknown = np.zeros((len(made["root"]), len(self._skeleton.feet)), dtype=bool)
        return {name: made.get(name, unknown) for name in ("rotations", "root", "contacts")}
