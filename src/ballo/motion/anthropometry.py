"""What a .bvh leaves unsaid, the unit and which way is up, told by what people are like."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ballo.motion.hierarchy import Node

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "cmu": 0.0254 / 0.45}
"""Metres. CMU's skeletons are inches times 0.45, as their .asf files say, and so are the .bvh made from them."""
SPANS_METRES = (1.3, 3.5)
"""The longest way along a person's bones, a hand to a foot: from a small child's to a giant's with long fingers."""
TYPICAL_SPAN_METRES = 2.4
LEAST_JOINTS, LEAST_ENDS = 9, 4
"""A skeleton with fewer is no person, so its size says nothing."""

_HEADS = re.compile(r"head|neck|skull", re.IGNORECASE)
_FEET = re.compile(r"foot|ankle|toe|heel", re.IGNORECASE)
_UPRIGHT_SHARE = 0.8


def unit(nodes: Sequence[Node], lengths: np.ndarray) -> tuple[str, bool]:
    """The name of the unit that makes a person of a skeleton, and whether there is one; else "cm", as most tools have it.

    Args:
        nodes: every parent before its children.
        lengths: (N,) of each node's bone in the file's unit.
    """
    span = _span(nodes, lengths)
    ends = len(nodes) - len({node.parent for node in nodes if node.parent >= 0})
    if sum(not node.end for node in nodes) < LEAST_JOINTS or ends < LEAST_ENDS or not 0 < span < np.inf:
        return "cm", False
    name = min(UNITS, key=lambda name: abs(np.log(span * UNITS[name] / TYPICAL_SPAN_METRES)))
    person = SPANS_METRES[0] <= span * UNITS[name] <= SPANS_METRES[1]
    return (name, True) if person else ("cm", False)


def _span(nodes: Sequence[Node], lengths: np.ndarray) -> float:
    """The longest way between two nodes along the bones."""
    reach, longest = np.zeros(len(nodes)), 0.0
    for number in range(len(nodes) - 1, 0, -1):
        parent = nodes[number].parent
        here = reach[number] + lengths[number]
        longest = max(longest, reach[parent] + here)
        reach[parent] = max(reach[parent], here)
    return float(longest)


def up(nodes: Sequence[Node], positions: np.ndarray) -> str:
    """ "z" if heads are mostly above feet along Z, else "y", also where no joint is named after either.

    Args:
        positions: (T, N, 3) in any unit.
    """
    heads = [number for number, node in enumerate(nodes) if _HEADS.search(node.name)]
    feet = [number for number, node in enumerate(nodes) if _FEET.search(node.name)]
    if not heads or not feet:
        return "y"
    towards = np.median(positions[:, heads].mean(axis=1) - positions[:, feet].mean(axis=1), axis=0)
    return "z" if towards[2] > _UPRIGHT_SHARE * np.linalg.norm(towards) else "y"
