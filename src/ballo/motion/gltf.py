"""Binary glTF (.glb) read back to a Motion: a skin's joints and one animation, ours or any humanoid's.

Source: Khronos, glTF 2.0 specification (ISO/IEC 12113:2022).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import DataError
from ballo.motion import kinematics, rotations
from ballo.motion.admission import Refused, check_bytes, contacts_written, reading
from ballo.motion.bone_names import distinct
from ballo.motion.glb import Document
from ballo.motion.motion import Motion
from ballo.motion.nodes import MOST_JOINTS, MOST_NODES, matrix, parents_of, path_up, rotation, translation, unit
from ballo.motion.skeleton import Skeleton

DEFAULT_FPS = 30.0
"""Of a file whose times are no whole frames of any rate."""
FASTEST = 1000.0
"""Frames a second; times nearer than that are no frames."""
MOST_VALUES = 2**28
"""Numbers that a motion may come to: twelve days of a dancer would be more."""
LARGEST_BYTES = 2**31


@dataclass(frozen=True)
class _Track:
    """A node's path over time: (K,) seconds, (K, 3) or (K, 4) values (quaternions wxyz), whether it jumps from key to key."""

    times: np.ndarray
    values: np.ndarray
    stepped: bool


def read(path: str | Path, *, fps: float | None = None) -> Motion:
    """The motion of a .glb's first skin, by its first animation.

    The skeleton is the skin's joints and whatever nodes lie between them, at rest as in the file; nodes above the root are
    part of the root's motion, and a scale above it (of a file in centimetres) is part of the lengths. Joints keep a constant
    distance from their parents, as in every Motion: what else an animation moves or scales is left out.

    Args:
        path: the .glb.
        fps: frames a second; by default those that the file's own keys stand at.

    Raises:
        DataError: there is no such file, or it is no .glb with a skin and an animation.
    """
    if fps is not None and not 0 < fps <= FASTEST:
        raise DataError(f"cannot read {path} at {fps} frames a second: choose a rate above 0 and up to {FASTEST:g}")
    path = Path(path)
    with reading(path, "a sound .glb"):
        check_bytes(path, LARGEST_BYTES)
        return _motion(Document(path.read_bytes()), fps)


def _motion(document: Document, fps: float | None) -> Motion:
    nodes, listed = document.json.get("nodes", []), _listed(document.json)
    if listed is None or not document.json.get("animations"):
        raise Refused("it has no skin with an animation, so there is nobody who dances")
    if len(nodes) > MOST_NODES or len(listed) > MOST_JOINTS:
        raise Refused(f"it has more than {MOST_NODES} nodes or {MOST_JOINTS} joints; keep the skeleton alone")
    parents = parents_of(nodes)
    order = _joints(listed, parents)
    tracks = _tracks(document, document.json["animations"][0])
    own = _own(document.json)
    times, fps = _times(tracks, order, fps, own)
    if len(times) * len(order) * 12 > MOST_VALUES:
        raise Refused(f"{len(times)} frames are more than can be read")
    above, scale = _above(nodes, parents, order[0])
    turns = np.stack([_sampled(tracks.get((node, "rotation")), times, rotation(nodes[node])) for node in order], axis=1)
    root = _sampled(tracks.get((order[0], "translation")), times, translation(nodes[order[0]]))
    lead = rotations.from_matrix(above[:3, :3] / scale)
    turns[:, 0] = rotations.multiply(np.broadcast_to(lead, turns[:, 0].shape), turns[:, 0])
    root = root @ above[:3, :3].T + above[:3, 3]
    skeleton = _skeleton(nodes, parents, order, scale, own)
    return _finished(skeleton, rotations.continuous(turns), root, fps, own)


def _listed(document: dict[str, Any]) -> list[int] | None:
    """The nodes that are joints: the first skin's, or the bones of a VRM animation."""
    if document.get("skins"):
        return list(document["skins"][0]["joints"])
    animation = document.get("extensions", {}).get("VRMC_vrm_animation")
    return [about["node"] for about in animation["humanoid"]["humanBones"].values()] if animation else None


def _finished(skeleton: Skeleton, turns: np.ndarray, root: np.ndarray, fps: float, own: dict[str, Any]) -> Motion:
    """With the contacts that the file has, or those that are found."""
    meta = own.get("meta")
    standing = contacts_written(own, len(root), len(skeleton.feet))
    if standing is None:
        standing = kinematics.contacts(skeleton, kinematics.forward(skeleton, turns, root), fps)
    return Motion(skeleton, turns, root, fps, standing, meta if isinstance(meta, dict) else {})


def _own(document: dict[str, Any]) -> dict[str, Any]:
    """What ballo wrote into the extras."""
    extras = document.get("extras")
    own = extras.get("ballo") if isinstance(extras, dict) else None
    return own if isinstance(own, dict) else {}


def _joints(listed: list[int], parents: list[int]) -> list[int]:
    """The skin's joints and the nodes between them, parents first, siblings in the file's order."""
    wanted = set(listed)
    paths = {joint: path_up(joint, parents) for joint in listed}
    tops = {next(node for node in reversed(path) if node in wanted) for path in paths.values()}
    if len(tops) > 1:
        raise Refused("its skin has several roots; keep one skeleton")
    (top,) = tops
    for path in paths.values():
        wanted |= set(path[: path.index(top) + 1])
    rank = {joint: place for place, joint in reversed(list(enumerate(listed)))}
    places = {node: rank.get(node, len(listed) + node) for node in wanted}
    below: dict[int, list[int]] = {}
    for node in wanted - {top}:
        below.setdefault(parents[node], []).append(node)
    ordered, ready = [], [(places[top], top)]
    while ready:
        ordered.append(heapq.heappop(ready)[1])
        for node in below.get(ordered[-1], []):
            heapq.heappush(ready, (places[node], node))
    return ordered


def _tracks(document: Document, animation: dict[str, Any]) -> dict[tuple[int, str], _Track]:
    tracks = {}
    for channel in animation["channels"]:
        node, path = channel["target"].get("node"), channel["target"]["path"]
        if node is None or path not in ("rotation", "translation"):
            continue
        sampler = animation["samplers"][channel["sampler"]]
        times, values = document.array(sampler["input"])[:, 0], document.array(sampler["output"])
        kind = sampler.get("interpolation", "LINEAR")
        if kind == "CUBICSPLINE":
            # Tangent, value, tangent: between keys that stand at frames, the values are what matters.
            values = values[1::3]
        if len(times) != len(values) or (np.diff(times) <= 0).any() or values.shape[1] != (4 if path == "rotation" else 3):
            raise Refused("its animation's keys do not stand in order of time")
        if path == "rotation":
            values = rotations.continuous(unit(values[:, [3, 0, 1, 2]]))
        tracks[int(node), str(path)] = _Track(times, values, kind == "STEP")
    if not tracks:
        raise Refused("its animation turns no joint")
    return tracks


def _times(
    tracks: dict[tuple[int, str], _Track], order: list[int], fps: float | None, own: dict[str, Any]
) -> tuple[np.ndarray, float]:
    """When frames stand, in seconds, and how many there are a second: as ballo says, or as the densest keys do."""
    used = [track.times for (node, _), track in tracks.items() if node in set(order)] or [
        track.times for track in tracks.values()
    ]
    first, last = min(times[0] for times in used), max(times[-1] for times in used)
    said = own.get("fps")
    if fps is None and isinstance(said, int | float) and 0 < said <= FASTEST:
        fps = float(said)
    densest = max(used, key=len)
    if fps is None:
        fps = _rate(densest)
    frames = round((last - first) * fps) + 1
    if frames > MOST_VALUES:
        raise Refused(f"{frames} frames are more than can be read")
    return first + np.arange(frames) / fps, fps


def _rate(times: np.ndarray) -> float:
    """Frames a second of keys in seconds; keys are rounded to 32 bits, so a rate next to a whole number is that number."""
    if len(times) < 2:
        return DEFAULT_FPS
    rate = 1 / float(np.median(np.diff(times)))
    if rate > FASTEST:
        return DEFAULT_FPS
    return float(round(rate)) if abs(rate - round(rate)) < 1e-3 * rate else rate


def _sampled(track: _Track | None, times: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """A track at `times`: straight between keys, along the arc for rotations; `rest` where there is none."""
    if track is None:
        return np.tile(rest, (len(times), 1))
    # A frame within a microsecond of a key is the key: 32 bits hold no thirtieths.
    right = np.clip(np.searchsorted(track.times, times - 1e-6), 0, len(track.times) - 1)
    left = np.maximum(right - 1, 0)
    span = track.times[right] - track.times[left]
    share = np.clip((times - track.times[left]) / np.where(span > 0, span, 1.0), 0, 1)
    share = np.where(np.abs(times - track.times[right]) < 1e-5, 1.0, share)
    share = np.where(span > 0, np.floor(share) if track.stepped else share, 1.0)[:, None]
    one, other = track.values[left], track.values[right]
    if one.shape[1] == 3:
        return one * (1 - share) + other * share
    turn = rotations.to_vector(unit(rotations.multiply(rotations.inverse(one), other)))
    return unit(rotations.multiply(one, rotations.from_vector(turn * share)))


def _above(nodes: list[dict[str, Any]], parents: list[int], root: int) -> tuple[np.ndarray, float]:
    """The transform (4, 4) of whatever the root hangs from, at rest, and its scale."""
    whole = np.eye(4)
    for node in path_up(root, parents)[1:]:
        whole = matrix(nodes[node]) @ whole
    scales = np.linalg.norm(whole[:3, :3], axis=0)
    if not (np.isfinite(whole).all() and scales.min() > 0 and np.ptp(scales) < 1e-3 * scales.max()):
        raise Refused("it stretches its skeleton unevenly; apply the scale in the program that made it")
    return whole, float(scales.mean())


def _skeleton(nodes: list[dict[str, Any]], parents: list[int], order: list[int], scale: float, own: dict[str, Any]) -> Skeleton:
    """The joints at rest: with ballo's own names and feet where it wrote the file."""
    numbers = {node: place for place, node in enumerate(order)}
    offsets = np.zeros((len(order), 3))
    size = np.full(len(order), scale)
    for place, node in enumerate(order[1:], start=1):
        above = numbers[parents[node]]
        offsets[place] = size[above] * translation(nodes[node])
        size[place] = size[above] * float(np.mean(nodes[node].get("scale", 1.0)))
    names = own.get("joints")
    if not (isinstance(names, list) and len(names) == len(order) and all(isinstance(name, str) for name in names)):
        names = distinct(str(nodes[node].get("name", f"joint {node}")) for node in order)
    feet = own.get("feet") if isinstance(own.get("feet"), list) else _feet(names)
    tree = tuple(-1 if place == 0 else numbers[parents[node]] for place, node in enumerate(order))
    return Skeleton(tuple(names), tree, offsets, tuple(tuple(foot) for foot in feet or ()))


def _feet(names: list[str]) -> list[list[str]]:
    """Which joints of a humanoid can stand: of either side its foot and toes, by the names that most rigs have."""
    feet = []
    for marks in (("left", "_l", ".l", "l_"), ("right", "_r", ".r", "r_")):
        found = [
            name
            for name in names
            if any(part in name.lower() for part in ("foot", "toe", "ankle", "ball_"))
            and any(
                mark in name.lower() if len(mark) > 2 else name.lower().endswith(mark) or mark in name.lower()[:4]
                for mark in marks
            )
        ]
        feet += [found] if found else []
    return feet
