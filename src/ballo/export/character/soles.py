"""What a humanoid stands on: the vertices of its feet at rest, whatever its shoes.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022), section 3.7.3 (skins).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ballo.export.character.bones import SIDES
from ballo.motion import rotations
from ballo.motion.admission import Refused
from ballo.motion.glb import Document

MOST_VERTICES, MOST_PRIMITIVES = 2**21, 512
"""That are looked at; a character for games has some ten thousand."""
_HELD = 0.5
"""The share of a vertex that a foot holds, for it to be the foot's."""


LEG = ("UpperLeg", "LowerLeg", "Foot")
ANKLE, HEEL, BALL = 0.086, -0.076, 0.165
"""Of a leg's length: how high an ankle is, and how far heel and ball are ahead of it. As the dancer's."""
_NEXT_TO_FLOOR = 0.03
"""Of a leg's length, how high a sole's vertices may be."""


def soles(bones: tuple[str, ...], rest: np.ndarray, feet: list[np.ndarray]) -> np.ndarray:
    """(2, 2, 3) from either ankle to where its heel and its ball touch the floor, when the foot points ahead.

    By the joints of heel and toes where there are both; else by the feet's vertices (V, 3) next to the floor, up to where toes
    bend; else as people's are.
    """
    at = {bone: rest[joint] for joint, bone in enumerate(bones)}
    found = np.zeros((2, 2, 3))
    for number, side in enumerate(SIDES):
        ankle, straight = at[f"{side}Foot"], rotations.to_matrix(straightened(at, side))
        leg = float(np.linalg.norm(np.diff([at[f"{side}{part}"] for part in LEG], axis=0), axis=1).sum())
        toes = straight @ (at[f"{side}Toes"] - ankle) if f"{side}Toes" in at else None
        heel = straight @ (at[f"{side}Heel"] - ankle) if f"{side}Heel" in at else None
        low = (feet[number] - ankle) @ straight.T if feet else np.zeros((0, 3))
        low = low[low[:, 1] < _NEXT_TO_FLOOR * leg - ankle[1]]
        ends = np.array([HEEL * leg, BALL * leg])
        if len(low) and low[:, 2].min() < 0 < low[:, 2].max():
            ends = np.array([low[:, 2].min(), low[:, 2].max()])
        found[number, :, 0] = np.median(low[:, 0]) if len(low) and toes is None else 0.0
        if toes is not None:
            ends[1] = toes[2]
            found[number, :, 0] = toes[0]
        if heel is not None:
            ends[0] = heel[2]
        found[number, :, 2] = ends
        found[number, :, 1] = -ankle[1]
    return found


def straightened(at: dict[str, np.ndarray], side: str) -> np.ndarray:
    """(4,) turns a foot about Y until it points ahead. Soles are flat at rest."""
    if f"{side}Toes" not in at:
        return np.array([1.0, 0.0, 0.0, 0.0])
    own = at[f"{side}Toes"] - at[f"{side}Heel" if f"{side}Heel" in at else f"{side}Foot"]
    return rotations.from_matrix(rotations.between(own * [1.0, 0.0, 1.0], np.array([0.0, 0.0, 1.0])))


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
            # One influence after another: all four matrices of every vertex at once would take half a gigabyte a million.
            moved = sum(weights[mine, k, None, None] * carried[numbers[mine, k], :3] for k in range(numbers.shape[1]))
            foot.append(np.einsum("vij,vj->vi", moved[..., :3], places[mine]) + moved[..., 3])
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
