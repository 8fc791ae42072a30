"""A training run on disk: weights, optimisers, random state and config in one safetensors file, replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ballo.errors import DataError
from ballo.motion.formats import whole

FORMAT = 1
FILE = "checkpoint.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """What a run was when it was saved: tensors by "part.name", and a header that JSON can hold."""

    tensors: Mapping[str, Tensor]
    header: Mapping[str, Any]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors of one part, without its name."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self.tensors.items() if key.startswith(prefix)}


def save(
    folder: Path,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    random: np.random.Generator,
    header: Mapping[str, Any],
) -> Path:
    """Write a run's state beside the last one and put it in its place; the one before stays as a second file.

    Raises:
        ExportError: the disk refused.
    """
    tensors: dict[str, Tensor] = {"random.torch": torch.get_rng_state()}
    for part, module in modules.items():
        tensors |= {f"{part}.{name}": value.contiguous().clone() for name, value in module.state_dict().items()}
    for part, optimiser in optimisers.items():
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"{part}.{index}.{name}": value for name, value in state.items()}
    header = dict(header) | {"format": FORMAT, "numpy_random": random.bit_generator.state}
    path = folder / FILE
    with whole(path) as unfinished:
        save_file(tensors, unfinished, metadata={"ballo": json.dumps(header)})
        if path.exists():
            path.replace(path.with_name(f"previous.{FILE}"))
    return path


def load(folder: Path) -> Checkpoint:
    """Read a run's state.

    Raises:
        DataError: there is none, or it is damaged or of another version.
    """
    path = folder / FILE
    if not path.is_file():
        raise DataError(f"{folder} holds no {FILE}: name the folder of a training run")
    try:
        tensors = load_file(path)
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})["ballo"])
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise DataError(f"{path} is damaged; go on from previous.{FILE} by renaming it") from error
    if header["format"] != FORMAT:
        raise DataError(f"{path} was written by another version of ballo (format {header['format']}, this reads {FORMAT})")
    return Checkpoint(tensors, header)


def restore(
    checkpoint: Checkpoint,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    random: np.random.Generator,
) -> None:
    """Put a run back to where it was saved, random numbers included."""
    for part, module in modules.items():
        module.load_state_dict(checkpoint.part(part))
    for part, optimiser in optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in checkpoint.part(part).items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    torch.set_rng_state(checkpoint.tensors["random.torch"])
    random.bit_generator.state = checkpoint.header["numpy_random"]
