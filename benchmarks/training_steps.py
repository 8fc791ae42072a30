"""The seconds of training steps, as JSON: python -m benchmarks.training_steps ARCHIVE STEPS [--keep-denormals]

A process of its own, because whether a processor flushes numbers too small for its fast path is set once for all threads.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import torch

from ballo.dataset.archive import Archive
from ballo.learning import runs
from ballo.learning.engine import Engine
from ballo.learning.phases import MusicConfig, MusicPhase
from benchmarks import timing

WARM_UP = 2


def main(archive: Path, steps: int, keep_denormals: bool) -> dict[str, list[float]]:
    """Seconds of critic steps and of generator steps, at the defaults of `ballo train music`."""
    if not keep_denormals:
        torch.set_flush_denormal(True)
    config = MusicConfig()
    phase = MusicPhase(Archive.open(archive), config, runs.device())
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(phase, config.engine, Path(folder))

        def critic_step() -> None:
            engine._lower("critic_optimiser", phase.critic_loss(phase.draw()))

        def generator_step() -> None:
            engine._lower("generator_optimiser", phase.generator_loss(phase.draw(), 0.0))

        seconds: dict[str, list[float]] = {"critic": [], "generator": []}
        for number in range(WARM_UP + steps):
            for name, step in (("critic", critic_step), ("generator", generator_step)):
                phase.critic.requires_grad_(name == "critic")
                taken = timing.seconds_of(step)
                if number >= WARM_UP:
                    seconds[name].append(taken)
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), "--keep-denormals" in sys.argv[3:])))
