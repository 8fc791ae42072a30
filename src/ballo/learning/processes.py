"""The processes of a run and the device of each: one on a CPU or a GPU, or several that torchrun started, through Fabric.

Networks are not wrapped. After a backward pass the gradients of all processes are averaged here, flat, in one call: whatever
made them (two forwards, a gradient of a gradient), they are the gradients of the mean over the global batch, as long as a
phase's losses are means over equal parts of it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeVar

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from ballo.errors import BalloError, DataError

T = TypeVar("T")

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["32", "bf16"]
FABRIC_PRECISION: Mapping[Precision, Literal["32-true", "bf16-mixed"]] = {"32": "32-true", "bf16": "bf16-mixed"}


def accelerator(device: Device) -> Literal["cpu", "cuda"]:
    """What `device` means on this machine: "auto" is a GPU where there is one.

    Raises:
        DataError: a GPU was asked for and there is none, or fewer than processes.
    """
    here = int(os.environ.get("LOCAL_WORLD_SIZE", os.environ.get("WORLD_SIZE", "1")))
    cards = torch.cuda.device_count() if device != "cpu" and torch.cuda.is_available() else 0
    if device == "cuda" and not cards:
        raise DataError("no GPU that PyTorch can use was found: leave out --device cuda, or install a CUDA build of PyTorch")
    if cards and cards < here:
        raise DataError(f"{here} processes but {cards} GPUs here: torchrun --nproc-per-node {cards}, or --device cpu")
    return "cuda" if cards else "cpu"


class Processes:
    """This process among those of a run. Every process calls every method, in the same order.

    Args:
        device: as `accelerator` takes it.
        precision: "32", or "bf16" for sums and products in 16 bits where PyTorch holds that to be safe (`autocast`).

    Raises:
        DataError: no such device.
    """

    def __init__(self, device: Device = "auto", precision: Precision = "32") -> None:
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        here = int(os.environ.get("LOCAL_WORLD_SIZE", str(self.count)))
        self._fabric = Fabric(
            accelerator=accelerator(device),
            devices=here if self.count > 1 else 1,
            num_nodes=self.count // here,
            strategy="ddp" if self.count > 1 else "auto",
            precision=FABRIC_PRECISION[precision],
        )
        if self.count > 1:
            self._fabric.launch()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        if self.count > 1 and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    @property
    def rank(self) -> int:
        """This process's number; the one numbered 0 writes files, prints and validates."""
        return self._fabric.global_rank

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return self._fabric.device

    def autocast(self) -> AbstractContextManager[None]:
        """Around losses: the precision that was asked for."""
        return self._fabric.autocast()

    def alike(self, module: nn.Module) -> None:
        """Give every process the first one's parameters and buffers."""
        if self.count > 1:
            for tensor in module.state_dict().values():
                torch.distributed.broadcast(tensor, 0)

    @torch.no_grad()
    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Replace gradients by their mean over the processes."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, mean in zip(gradients, torch.split(flat, [gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the processes, number by number."""
        if self.count == 1:
            return values
        mean = self._fabric.all_reduce(values, reduce_op="mean")
        assert isinstance(mean, Tensor)
        return mean

    def any(self, here: bool) -> bool:
        """Whether it is so in any process."""
        if self.count == 1:
            return here
        return bool(self.mean(torch.tensor(float(here), device=self.device)) > 0)

    def first(self, work: Callable[[], T]) -> T:
        """What `work` gives in the first process, while the others wait for it. A BalloError in it is raised in all of them."""
        if self.count == 1:
            return work()
        outcome: T | BalloError | None = None
        if self.rank == 0:
            try:
                outcome = work()
            except BalloError as error:
                outcome = error
        outcome = self._fabric.broadcast(outcome)
        if isinstance(outcome, BalloError):
            raise outcome
        return outcome  # type: ignore[return-value]  # every process has the first one's by now
