"""A training run on disk: weights, optimisers, random state and config in one safetensors file, replaced as a whole.

The checkpoint before it stays beside it, and is what a run goes on from if the last one is missing or damaged.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ballo.errors import DataError, ExportError
from ballo.motion.formats import whole

FORMAT = 2
FILE = "checkpoint.safetensors"
PREVIOUS = f"previous.{FILE}"
BEST = "best.safetensors"
AVERAGE = "average"


@dataclass(frozen=True)
class Checkpoint:
    """What a run was when it was saved: tensors by "part.name", a header that JSON can hold, and the file they came from."""

    tensors: Mapping[str, Tensor]
    header: Mapping[str, Any]
    path: Path

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors of one part, without its name."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self.tensors.items() if key.startswith(prefix)}

    def fill(self, part: str, module: nn.Module) -> None:
        """Give a network the weights of a part.

        Raises:
            DataError: they are of another architecture.
        """
        kept, own = self.part(part), module.state_dict()
        for name in sorted(own.keys() ^ kept.keys()):
            which = "holds no" if name in own else "holds a"
            raise DataError(
                f"{self.path} is of another architecture: it {which} {part}.{name}; use the config it was trained with"
            )
        for name, value in own.items():
            if value.shape != kept[name].shape:
                shapes = f"{part}.{name} is {list(kept[name].shape)} in it, and {list(value.shape)} by the config"
                raise DataError(f"{self.path} is of another architecture: {shapes}; use the config it was trained with")
        module.load_state_dict(kept)


def exists(folder: Path) -> bool:
    """Whether a folder holds a run that could be resumed."""
    return (folder / FILE).exists() or (folder / PREVIOUS).exists()


def save(
    folder: Path,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    random: np.random.Generator,
    header: Mapping[str, Any],
) -> Path:
    """Write a run's state beside the last one and put it in its place; the one before stays as a second file.

    Raises:
        ExportError: the disk refused; both files are what they were.
    """
    tensors: dict[str, Tensor] = {"random.torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for part, module in modules.items():
        tensors |= _weights(part, module)
    for part, optimiser in optimisers.items():
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"{part}.{index}.{name}": value for name, value in state.items()}
    path = folder / FILE
    header = dict(header) | {"numpy_random": random.bit_generator.state}
    _write(path, tensors, header, before=lambda: path.exists() and path.replace(folder / PREVIOUS))
    return path


def save_best(folder: Path, average: nn.Module, header: Mapping[str, Any]) -> Path:
    """Write the averaged generator that validated best; raises ExportError as `save` does."""
    path = folder / BEST
    _write(path, _weights(AVERAGE, average), header, before=lambda: None)
    return path


def _weights(part: str, module: nn.Module) -> dict[str, Tensor]:
    return {f"{part}.{name}": value.detach().contiguous().clone() for name, value in module.state_dict().items()}


def _write(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any], before: Callable[[], object]) -> None:
    """A whole file on the disk itself (not in a cache that a power cut empties), then `before`, then its renaming."""
    metadata = {"ballo": json.dumps(dict(header) | {"format": FORMAT})}
    with whole(path) as unfinished:
        try:
            save_file(dict(tensors), unfinished, metadata=metadata)
        except SafetensorError as error:
            raise ExportError(f"cannot write {path}: {error}; the checkpoint before it stays") from error
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        before()


def clear_unfinished(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for file in (FILE, BEST):
        for path in folder.glob(f".{Path(file).stem}.*.safetensors"):
            path.unlink(missing_ok=True)


def load(folder: Path, say: Callable[[str], None] = lambda line: None) -> Checkpoint:
    """Read a run's state, from the checkpoint before the last if the last cannot be read; then `say` is told so.

    Raises:
        DataError: there is none, or it is damaged or of another version.
    """
    if not exists(folder):
        raise DataError(f"{folder} holds no {FILE}: name the folder of a training run")
    try:
        return read(folder / FILE)
    except _Damaged as damage:
        if not (folder / PREVIOUS).exists():
            raise
        found = read(folder / PREVIOUS)
        say(f"{damage}: going on from the checkpoint before it, step {found.header.get('step')}")
        return found


class _Damaged(DataError):
    """A file that is no checkpoint, where another may do."""


def read(path: Path) -> Checkpoint:
    """Read one file; raises DataError if it is missing, damaged or of another version."""
    if not path.is_file():
        raise _Damaged(f"{path} is missing")
    try:
        tensors = load_file(path)
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})["ballo"])
        found = header["format"]
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError, OSError) as error:
        raise _Damaged(f"{path} is damaged") from error
    if found != FORMAT:
        raise DataError(f"{path} was written by another version of ballo (format {found}, this reads {FORMAT}): train anew")
    return Checkpoint(tensors, header, path)


def restore(
    checkpoint: Checkpoint,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    random: np.random.Generator,
) -> None:
    """Put a run back to where it was saved, random numbers included.

    Raises:
        DataError: the checkpoint is of another architecture.
    """
    for part, module in modules.items():
        checkpoint.fill(part, module)
    for part, optimiser in optimisers.items():
        _restore_optimiser(checkpoint, part, optimiser)
    torch.set_rng_state(checkpoint.tensors["random.torch"])
    if "random.cuda" in checkpoint.tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(checkpoint.tensors["random.cuda"])
    random.bit_generator.state = checkpoint.header["numpy_random"]


def _restore_optimiser(checkpoint: Checkpoint, part: str, optimiser: torch.optim.Optimizer) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in checkpoint.part(part).items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    trained = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    if state and len(state) != len(trained):
        raise DataError(f"{checkpoint.path} trained {len(state)} weights of its {part}, the config says {len(trained)}")
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
