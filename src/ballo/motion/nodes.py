"""The nodes of a glTF scene: who hangs from whom, and where each is at rest.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022), section 3.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ballo.motion import rotations
from ballo.motion.admission import Refused

MOST_NODES, MOST_JOINTS = 2**15, 2**10
"""In a scene and in a skin; the largest rigs have some hundreds."""


def parents_of(nodes: list[dict[str, Any]]) -> list[int]:
    """Each node's parent, -1 for a node that hangs from none (Refused: they are no tree)."""
    parents = [-1] * len(nodes)
    for number, node in enumerate(nodes):
        for child in node.get("children", []):
            if not 0 <= child < len(nodes) or parents[child] >= 0:
                raise Refused("its nodes are no tree")
            parents[child] = number
    reached = [number for number, parent in enumerate(parents) if parent < 0]
    for number in reached:
        reached += nodes[number].get("children", [])
    if len(reached) < len(nodes):
        raise Refused("its nodes are no tree")
    return parents


def path_up(node: int, parents: list[int]) -> list[int]:
    """A node, its parent, and so on to the top."""
    path = []
    while node >= 0:
        path.append(node)
        node = parents[node]
    return path


def matrix(node: dict[str, Any]) -> np.ndarray:
    """(4, 4) from a node's own axes to its parent's."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    whole = np.eye(4)
    whole[:3, :3] = rotations.to_matrix(rotation(node)) * np.array(node.get("scale", [1.0, 1.0, 1.0]), dtype=np.float64)
    whole[:3, 3] = translation(node)
    return whole


def translation(node: dict[str, Any]) -> np.ndarray:
    """(3,) where a node is, in its parent's axes."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4)[3, :3]
    return np.array(node.get("translation", [0.0, 0.0, 0.0]), dtype=np.float64).reshape(3)


def rotation(node: dict[str, Any]) -> np.ndarray:
    """(4,) wxyz, how a node is turned in its parent's axes."""
    if "matrix" in node:
        turned = np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T[:3, :3]
        return rotations.from_matrix(turned / np.linalg.norm(turned, axis=0))
    x, y, z, w = np.array(node.get("rotation", [0.0, 0.0, 0.0, 1.0]), dtype=np.float64).reshape(4)
    return unit(np.array([w, x, y, z]))


def unit(wxyz: np.ndarray) -> np.ndarray:
    """Quaternions (..., 4) of length one (Refused: one has none)."""
    lengths = np.linalg.norm(wxyz, axis=-1, keepdims=True)
    if not (lengths > 1e-6).all():
        raise Refused("a rotation in it has no length")
    return wxyz / lengths
