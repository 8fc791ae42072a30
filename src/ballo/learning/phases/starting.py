"""Starting a phase from what another has learnt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from ballo.errors import DataError
from ballo.learning import checkpoint
from ballo.learning.models.layers import FrameDecoder
from ballo.learning.normaliser import Normaliser


@dataclass(frozen=True)
class DecoderStart:
    """What becomes of a decoder that a run starts from: whether it is frozen."""

    frozen: bool = False


class Decoding(Protocol):
    """A generator with a frame decoder."""

    frame_decoder: FrameDecoder
    normaliser: Normaliser


def take_decoder(generator: Decoding, config: DecoderStart, run: Path | None) -> None:
    """Give a generator the decoder of a run of the poses phase, with its scale; how to travel it learns itself.

    Raises:
        DataError: no run of that phase, one of other sizes, or a decoder is to be frozen and there is none.
    """
    if run is None:
        if config.frozen:
            raise DataError("a frozen decoder must come from somewhere: name a run of the poses phase with --start-from")
        return
    saved = checkpoint.load(run)
    if saved.header.get("phase") != "poses":
        raise DataError(f"{run} is a run of the {saved.header.get('phase')} phase: start from one of the poses phase")
    learnt = saved.part("average")
    decoder = generator.frame_decoder
    _fill(decoder.trunk, learnt, "frame_decoder.trunk.", run)
    _fill(decoder.pose, learnt, "frame_decoder.pose.", run)
    for name in ("mean", "deviation"):
        scale = learnt[f"normaliser.{name}"]
        getattr(generator.normaliser, name)[: len(scale)].copy_(scale)
    if config.frozen:
        decoder.trunk.requires_grad_(False)
        decoder.pose.requires_grad_(False)
        # Batch normalisation stands still too: it keeps the statistics that its figures were learnt with.
        decoder.trunk.eval()


def _fill(module: nn.Module, learnt: dict[str, Tensor], prefix: str, run: Path) -> None:
    values = {name.removeprefix(prefix): value for name, value in learnt.items() if name.startswith(prefix)}
    try:
        module.load_state_dict(values)
    except RuntimeError as error:
        raise DataError(
            f"the decoder of {run} is of other sizes: give the poses phase noise as large as this generator's cell "
            "and style_size 0, and both the same space, decoder and scaling"
        ) from error
