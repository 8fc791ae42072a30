"""The phases of training: which networks, which data, which losses. The engine runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ballo.dataset.archive import Archive
from ballo.errors import DataError
from ballo.learning.engine import Phase
from ballo.learning.phases import melody, music, poses, sequences, style
from ballo.learning.shard import Shard


@dataclass(frozen=True)
class Kind:
    """A phase that can be trained.

    Args:
        config: its config's dataclass, with a field `engine`.
        phase: makes it, from an archive, a config, a device, this process's shard, and a run to start from or None.
        generator: makes its generator alone (or what it trains instead), fresh, from an archive and a config.
    """

    config: type[Any]
    phase: Callable[..., Phase]
    generator: Callable[[Archive, Any], nn.Module]


KINDS: Mapping[str, Kind] = {
    "poses": Kind(poses.PosesConfig, poses.PosesPhase, poses.make_generator),
    "sequences": Kind(sequences.SequencesConfig, sequences.SequencesPhase, sequences.make_generator),
    "music": Kind(music.MusicConfig, music.MusicPhase, music.make_generator),
    "melody": Kind(melody.MelodyConfig, melody.MelodyPhase, melody.make_generator),
    "style": Kind(style.StyleConfig, style.StylePhase, style.make_classifier),
}


def build(
    name: str, archive: Archive, config: Any, device: torch.device, shard: Shard, start_from: Path | None = None
) -> Phase:
    """A phase, ready to train.

    Raises:
        DataError: the archive or the run to start from does not fit.
    """
    if start_from is None:
        return KINDS[name].phase(archive, config, device, shard)
    if name != "sequences":
        raise DataError(f"the {name} phase starts afresh: only sequences start from another run, one of the poses phase")
    return KINDS[name].phase(archive, config, device, shard, start_from)
