"""What a humanoid stands on: the vertices of its feet at rest, whatever its shoes.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022), section 3.7.3 (skins).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ballo.motion.admission import Refused
from ballo.motion.glb import Document

MOST_VERTICES, MOST_PRIMITIVES = 2**21, 512
"""That are looked at; a character for games has some ten thousand."""
_HELD = 0.5
"""The share of a vertex that a foot holds, for it to be the foot's."""


def feet_of(document: Document, worlds: np.ndarray, feet: list[set[int]]) -> list[np.ndarray]:
    """Where the vertices of feet are at rest, in the file's world; none where meshes are compressed.

    Args:
        document: the file.
        worlds: (N, 4, 4) from each node's axes to the world.
        feet: the nodes of each foot.

    Returns:
        (V, 3) for each foot.
    """
    found: list[list[np.ndarray]] = [[np.zeros((0, 3))] for _ in feet]
    looked_at = 0
    for primitive, skin in _skinned(document.json)[:MOST_PRIMITIVES]:
        attributes = primitive["attributes"]
        if not {"POSITION", "JOINTS_0", "WEIGHTS_0"} <= set(attributes):
            continue
        looked_at += document.json["accessors"][attributes["POSITION"]]["count"]
        if looked_at > MOST_VERTICES:
            break
        try:
            places, joints, weights = (document.array(attributes[name]) for name in ("POSITION", "JOINTS_0", "WEIGHTS_0"))
            binds = _binds(document, skin)
        except Refused:
            # Draco, meshopt, sparse: the meshes are kept as they are, and not looked into.
            continue
        listed = np.array(skin["joints"])
        carried = worlds[listed] @ binds
        for foot, nodes in zip(found, feet, strict=True):
            numbers = joints.astype(int)
            mine = (weights * np.isin(listed, list(nodes))[numbers]).sum(axis=1) > _HELD
            moved = np.einsum("vk,vkij->vij", weights[mine], carried[numbers[mine]])
            foot.append(np.einsum("vij,vj->vi", moved[:, :3, :3], places[mine]) + moved[:, :3, 3])
    return [np.concatenate(foot) for foot in found]


def _skinned(document: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The parts of meshes that bend, each with its skin."""
    return [
        (primitive, document["skins"][node["skin"]])
        for node in document["nodes"]
        if "skin" in node and "mesh" in node
        for primitive in document["meshes"][node["mesh"]]["primitives"]
    ]


def _binds(document: Document, skin: dict[str, Any]) -> np.ndarray:
    if "inverseBindMatrices" not in skin:
        return np.tile(np.eye(4), (len(skin["joints"]), 1, 1))
    return np.swapaxes(document.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4), 1, 2)[: len(skin["joints"])]
