"""What phases share: the space of an archive, the scales of networks fitted on its train split, and what a run says of both."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ballo.dataset.archive import PUBLISHED, Archive
from ballo.errors import DataError
from ballo.learning import markers
from ballo.learning.batches import Batch
from ballo.learning.clips import CLOCK, Clip
from ballo.learning.models import spaces
from ballo.learning.models.spaces import Space, SpaceName
from ballo.learning.normaliser import Normaliser, Scaling
from ballo.learning.validation import Dancer
from ballo.version import VERSION


@dataclass(frozen=True)
class Real:
    """Real movement as a space sees it: see `spaces.Movement`."""

    pose: Tensor
    travel: Tensor
    heading: Tensor


def points(archive: Archive, name: SpaceName) -> bool:
    """Whether a space is of an archive's published points: raw coordinates are, where there are any."""
    return name == "coordinates" and archive.grade == PUBLISHED


def space(archive: Archive, name: SpaceName) -> Space:
    """The space of that name for an archive."""
    count = markers.POINTS if points(archive, name) else len(archive.skeleton)
    return spaces.make(name, archive.skeleton, archive.fps, count)


def check_window(space: Space, frames: int) -> None:
    """Refuse windows in which a critic would see less than two frames, and so no movement.

    Raises:
        DataError: saying how many frames are needed.
    """
    if frames < (fewest := space.left_out + 2):
        raise DataError(f"batches.frames must be at least {fewest}, not {frames}")


def fit_clips(numbers: Normaliser, seen: Normaliser, space: Space, clips: Iterable[Clip], scaling: Scaling) -> None:
    """Scale what a generator emits and what a critic sees as the dances have it."""
    dances = list(clips)
    numbers.fit(
        np.concatenate([space.encode(whole)[clip.keep] for clip in dances for whole in _facing_round(clip, space)]), scaling
    )
    views = [space.see(whole)[0][clip.keep[space.left_out :]] for clip in dances for whole in _facing_round(clip, space)]
    seen.fit(torch.cat(views).numpy(), scaling)


def fit_figures(numbers: Normaliser, seen: Normaliser, space: Space, clips: Iterable[Clip], scaling: Scaling) -> None:
    """The same of the figures in the dances, frame by frame."""
    dances = [whole for clip in clips for whole in _facing_round(clip, space, stills=True)]
    numbers.fit(torch.cat([space.encode_figures(stills) for stills in dances]).numpy(), scaling)
    seen.fit(torch.cat([space.see_figures(stills) for stills in dances]).numpy(), scaling)


def _facing_round(clip: Clip, space: Space, *, stills: bool = False) -> Iterator[Real]:
    """A dance, and where a space sees headings the same from three other sides: no way over the floor has its own scale."""
    pose, travel = torch.from_numpy(clip.pose), torch.from_numpy(clip.travel)
    facing = torch.from_numpy(clip.path[:, 2]).float()
    for quarter in range(4 if space.sees_heading else 1):
        turned = facing + quarter * math.pi / 2
        if stills:
            kept = torch.from_numpy(clip.keep)
            yield Real(pose[kept][:, None], travel[kept][:, None], turned[kept])
        else:
            yield Real(pose[None], travel[None], turned[:1])


def describe(phase: str, archive: Archive, config: Any) -> Mapping[str, Any]:
    """What a checkpoint says of its run: enough to build the networks again, and to say what they learnt from."""
    return {
        "phase": phase,
        "config": dataclasses.asdict(config),
        "archive": str(archive.path.resolve()),
        "manifest_sha256": archive.manifest_sha256,
        "styles": list(archive.styles),
        "fps": archive.fps,
        "ballo": VERSION,
    }


def heard(generator: Dancer, batch: Batch, first: int, frames: int) -> tuple[Tensor, Tensor | None]:
    """Rows for a generator's ear, and its clock if it is told one, of a batch's `frames` frames from `first` on."""
    ear = generator.ear
    rows = batch.rows(ear.takes, first - ear.before, frames + ear.before + ear.after)
    return rows, batch.rows(CLOCK, first, frames) if generator.clocked else None
