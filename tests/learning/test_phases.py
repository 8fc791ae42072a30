"""Every config that ships: each weight of both networks learns, losses are numbers, and one batch can be learnt by heart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

CONFIGS = Path(__file__).parents[2] / "configs"

PHASES = ("poses", "sequences", "music")


def _variants() -> list[tuple[str, ...]]:
    """(phase, files): the defaults, the project's file, the seed's, and every ablation over either."""
    found: list[tuple[str, ...]] = []
    for phase in PHASES:
        ablations = [f"ablations/{path.stem}" for path in sorted((CONFIGS / "ablations").glob("*.toml"))]
        own = [name for name in ablations if name.split("/")[1].startswith((f"{phase}-", "relativistic"))]
        for base in ((), (f"seed/{phase}",)):
            found += [(phase, *base), *((phase, *base, name) for name in own if not name.endswith("frozen"))]
        found.append((phase, phase))
    return found


def _unlearnt(module: nn.Module) -> list[str]:
    return [name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]


def _lowered(terms: dict[str, torch.Tensor]) -> None:
    assert terms
    assert all(torch.isfinite(term) for term in terms.values()), terms
    torch.stack(list(terms.values())).sum().backward()


@pytest.mark.parametrize("variant", _variants(), ids="+".join)
def test_every_weight_learns(begun: Callable[..., Any], variant: tuple[str, ...]) -> None:
    phase = begun(*variant)
    batch = phase.draw()
    if phase.critic is not None:
        _lowered(phase.critic_loss(batch))
        assert _unlearnt(phase.critic) == []
        assert all(p.grad is None for p in phase.generator.parameters()), "the critic's loss asks nothing of the generator"
        phase.critic.requires_grad_(False)
    _lowered(phase.generator_loss(batch, 0.1))
    assert _unlearnt(phase.generator) == []
