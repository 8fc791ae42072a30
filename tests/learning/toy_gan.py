"""A toy to train: a generator of points in the plane and a critic with gradient penalty. As a program it trains in a process
of its own, which tests stop, kill and start beside others:

    python toy_gan.py FOLDER '{"steps": 20}' [--resume] [--normalised] [--pause SECONDS]

It prints a JSON line of losses a step.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ballo.errors import BalloError
from ballo.learning import folder as run_folder
from ballo.learning.engine import Engine, EngineConfig, Progress
from ballo.learning.interrupts import Interrupted, StopSignals
from ballo.learning.processes import Processes
from ballo.learning.shard import Shard

NOISE, BATCH = 4, 12


class Toy:
    """A Wasserstein GAN with gradient penalty on a crooked cloud of points. All chance is drawn for the whole batch."""

    def __init__(self, shard: Shard | None = None, *, normalised: bool = False, hidden: int = 16, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.random, self.shard = np.random.default_rng(seed), shard or Shard()
        norm = [nn.BatchNorm1d(hidden)] if normalised else []
        self.generator: nn.Module = nn.Sequential(nn.Linear(NOISE, hidden), *norm, nn.Tanh(), nn.Linear(hidden, 2))
        # No last bias: its gradient is nothing but rounding, which Adam would make a step of full size of.
        self.critic: nn.Module | None = nn.Sequential(nn.Linear(2, hidden), nn.Softplus(), nn.Linear(hidden, 1, bias=False))
        self.validated: list[dict[str, Tensor]] = []
        self.drawn = 0

    def _local(self, *size: int) -> Tensor:
        return torch.from_numpy(self.shard.part(self.random.standard_normal((BATCH, *size), dtype=np.float32)).copy())

    def draw(self) -> Tensor:
        self.drawn += 1
        cloud = self._local(2)
        return torch.stack([2 + cloud[:, 0], cloud[:, 0] + 0.3 * cloud[:, 1]], dim=1)

    def critic_loss(self, batch: Tensor) -> Mapping[str, Tensor]:
        fake = self.generator(self._local(NOISE)).detach()
        share = torch.sigmoid(self._local(1))
        middle = (share * batch + (1 - share) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(middle).sum(), middle, create_graph=True)
        penalty = 10 * (slope.norm(dim=1) - 1).square().mean()
        return {"critic": self.critic(fake).mean() - self.critic(batch).mean(), "penalty": penalty}

    def generator_loss(self, batch: Tensor, progress: float) -> Mapping[str, Tensor]:
        made = self.generator(self._local(NOISE))
        return {"generator": -self.critic(made).mean(), "spread": (1 - progress) * made.square().mean()}

    def validate(self, generator: nn.Module) -> Mapping[str, float]:
        self.random.random(7)  # a phase that is careless with the run's chance
        torch.rand(3)
        self.validated.append({name: value.clone() for name, value in generator.state_dict().items()})
        with torch.no_grad():
            made = generator(torch.randn(200, NOISE, generator=torch.Generator().manual_seed(1)))
        return {"away": float((made.mean(0) - torch.tensor([2.0, 0.0])).norm())}

    def sample(self, generator: nn.Module, folder: Path, step: int) -> None:
        np.save(folder / f"{step:07d}.npy", generator(torch.ones(1, NOISE)).detach().numpy())

    def describe(self) -> Mapping[str, Any]:
        return {"phase": "toy", "config": {}}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("config", type=json.loads)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--normalised", action="store_true")
    parser.add_argument("--pause", type=float, default=0.0)
    asked = parser.parse_args()
    torch.set_num_threads(1)

    def report(progress: Progress) -> None:
        print(json.dumps({"step": progress.step, **progress.losses}), flush=True)
        time.sleep(asked.pause)

    with Processes("cpu") as processes, run_folder.held(asked.folder) if processes.rank == 0 else StopSignals():
        toy = Toy(Shard(processes.rank, processes.count), normalised=asked.normalised)
        engine = Engine(toy, EngineConfig(**asked.config), asked.folder, processes)
        if asked.resume:
            engine.resume()
        with StopSignals() as signals:
            engine.train(report, signals.asked)


if __name__ == "__main__":
    try:
        main()
    except Interrupted as stopped:
        print(f"saved at {stopped.step}", file=sys.stderr)
        sys.exit(130)
    except BalloError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
