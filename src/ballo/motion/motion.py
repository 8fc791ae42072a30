"""Motion: a dance as every room of the house passes it on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ballo.motion import formats, kinematics
from ballo.motion.skeleton import Skeleton


@dataclass(frozen=True)
class Motion:
    """A skeleton in motion.

    Args:
        skeleton: what the J joints are.
        rotations: (T, J, 4) local, wxyz, float32.
        root: (T, 3) metres, where the root joint is, float32.
        fps: frames a second.
        contacts: (T, feet) bool, which foot stands, in the order of `skeleton.feet`.
        meta: where it comes from (song hash, model, seed, style, version ...), as JSON can hold it.

    Raises:
        ValueError: the arrays disagree in length or shape, fps is not positive, or a number is not finite (fps too).
    """

    skeleton: Skeleton
    rotations: np.ndarray
    root: np.ndarray
    fps: float
    contacts: np.ndarray
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in (("rotations", np.float32), ("root", np.float32), ("contacts", np.bool_)):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        frames = len(self.root)
        if self.rotations.shape != (frames, len(self.skeleton), 4) or self.root.shape != (frames, 3):
            raise ValueError(f"rotations {self.rotations.shape} and root {self.root.shape} do not fit the skeleton")
        if self.contacts.shape != (frames, len(self.skeleton.feet)):
            raise ValueError(f"contacts {self.contacts.shape} must be ({frames}, {len(self.skeleton.feet)})")
        if not 0 < self.fps < np.inf:
            raise ValueError(f"fps must be positive and finite, not {self.fps}")
        if not (np.isfinite(self.rotations).all() and np.isfinite(self.root).all()):
            raise ValueError("a motion must be finite")

    @classmethod
    def from_positions(
        cls, skeleton: Skeleton, positions: np.ndarray, fps: float, meta: dict[str, Any] | None = None
    ) -> Motion:
        """A motion whose bones point as `positions` (T, J, 3) do; see `kinematics.solve`. Contacts are found from it.

        Raises:
            ValueError: positions of other joints than the skeleton's, or not finite.
        """
        if positions.ndim != 3 or positions.shape[1:] != (len(skeleton), 3):
            raise ValueError(f"positions must be (T, {len(skeleton)}, 3), not {positions.shape}")
        if not np.isfinite(positions).all():
            raise ValueError("a motion must be finite")
        local = kinematics.solve(skeleton, positions)
        standing = kinematics.contacts(skeleton, positions, fps)
        return cls(skeleton, local, positions[:, 0], fps, standing, dict(meta or {}))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Motion):
            return NotImplemented
        same = (self.skeleton, self.fps, self.meta) == (other.skeleton, other.fps, other.meta)
        return same and all(np.array_equal(getattr(self, n), getattr(other, n)) for n in ("rotations", "root", "contacts"))

    def __len__(self) -> int:
        return len(self.root)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self) / self.fps

    @cached_property
    def positions(self) -> np.ndarray:
        """(T, J, 3) metres, float32, by forward kinematics."""
        return kinematics.forward(self.skeleton, self.rotations.astype(np.float64), self.root).astype(np.float32)

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write it in the format that the suffix names (.bvh, .npz, .mp4).

        Options go to the format's writer (`song=` to .mp4, for its sound). Nothing is left behind when it fails.

        Raises:
            ExportError: unknown suffix, or a folder that cannot be written.
        """
        return formats.write(self, Path(path), **options)

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the dance itself, on a page in a frame."""
        return formats.view(self)
