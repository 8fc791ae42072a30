"""A skeleton as another program shows it, joint by joint in the world and frame by frame, made a Motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ballo.motion import admission, kinematics, rotations
from ballo.motion.admission import Refused
from ballo.motion.bone_names import distinct, of_dancer
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER

TRAVEL_METRES = 0.1
"""A root from which most joints go so far is a scene's or an armature's: it is taken into its child."""
STRETCH_METRES = 0.01
"""Bones that stretch by less are not worth a word."""


@dataclass(frozen=True)
class Watched:
    """What was seen.

    Args:
        names: of J joints, each before its children.
        parents: J numbers, -1 for a root.
        rest: (J, 4) wxyz, how each is turned in the world at rest.
        turns: (T, J, 4) wxyz, how each is turned in the world.
        places: (T, J, 3) metres, Y up.
        fps: frames a second.
        own: what ballo said of the motion, where it wrote the file: `joints`, `feet`, `contacts` of `frames`, `meta`.
    """

    names: Sequence[str]
    parents: Sequence[int]
    rest: np.ndarray
    turns: np.ndarray
    places: np.ndarray
    fps: float
    own: dict[str, Any] = field(default_factory=dict)


def handed_over(folder: Path) -> Watched:
    """What a program that was run apart left in a folder: rest.npy, turns.npy, places.npy and about.json, or `reason` why not.

    Raises:
        Refused: there is a reason, or nothing.
    """
    reason, told = folder / "reason", folder / "about.json"
    if reason.exists():
        raise Refused(admission.one_line(ValueError(reason.read_text(encoding="utf-8", errors="replace"))))
    if not told.exists():
        raise Refused("it is damaged, or no such file at all")
    about = admission.parsed(told.read_text(encoding="utf-8"))
    rest, turns, places = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("rest", "turns", "places"))
    return Watched(about["names"], about["parents"], rest, turns, places, about["fps"], _own(about.get("own", "")))


def _own(text: str) -> dict[str, Any]:
    """What ballo wrote of a motion; nothing if that is anything else."""
    try:
        own = admission.parsed(text)
    except (ValueError, RecursionError):
        return {}
    return own if isinstance(own, dict) else {}


def motion(seen: Watched) -> Motion:
    """The largest tree of joints in motion; at rest every joint's axes are the world's. Bones get their median length.

    Raises:
        Refused: it is no skeleton, or its numbers are no person's on earth.
    """
    seen = _recognised(seen)
    names, parents = _names(seen), np.asarray(seen.parents)
    admission.check_size(len(seen.places), len(names))
    fps = admission.frame_rate(seen.fps)
    places = admission.places(seen.places, (-1, len(names), 3), "places")
    turns = admission.turns(seen.turns, (len(places), len(names), 4))
    rest = admission.turns(seen.rest, (len(names), 4))
    if not len(places):
        raise Refused("it has no frames")
    turned = rotations.multiply(turns, rotations.inverse(rest)[None])
    if any(not -1 <= parent < joint for joint, parent in enumerate(parents.tolist())):
        raise Refused("its joints are no tree, parents first")
    local, bones = _local(parents.tolist(), turned, places)
    kept = _tree(parents, bones)
    called = [names[joint] for joint in kept]
    above = [kept.index(int(parents[joint])) if number else -1 for number, joint in enumerate(kept)]
    local, bones, root = local[:, kept], bones[:, kept], places[:, kept[0]]
    local[:, 0], bones[:, 0] = turned[:, kept[0]], 0.0
    offsets = np.median(bones, axis=0)
    body = admission.skeleton(called, above, offsets, _feet(called, seen.own))
    same = (body.joint_names, body.parents) == (DANCER.joint_names, DANCER.parents)
    body = DANCER if same and np.allclose(offsets, DANCER.offsets, atol=1e-5) else body
    local = rotations.continuous(local)
    meta = admission.meta(seen.own.get("meta", {})) | _notes(called, bones, offsets)
    standing = admission.contacts_written(seen.own, len(local), len(body.feet))
    if standing is None:
        standing = kinematics.contacts(body, kinematics.forward(body, local, root), fps)
    return Motion(body, local, root, fps, standing, meta)


def _local(parents: Sequence[int], turned: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turns in the world (T, J, 4) and places (T, J, 3) to turns and bones in the parent's frame; a root has no bone."""
    local, bones = turned.copy(), np.zeros_like(places)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            back = rotations.inverse(turned[:, parent])
            local[:, joint] = rotations.multiply(back, turned[:, joint])
            bones[:, joint] = (rotations.to_matrix(back) @ (places[:, joint] - places[:, parent])[..., None])[..., 0]
    return local, bones


def _recognised(seen: Watched) -> Watched:
    """Ballo's dancer under her own names and in her own order, whatever she is called in the file; others as they are."""
    own = seen.names if sorted(seen.names) == sorted(DANCER.joint_names) else of_dancer(seen.names, seen.parents)
    if own is None:
        return seen
    order = [own.index(name) for name in DANCER.joint_names]
    parents = [-1 if seen.parents[joint] < 0 else order.index(seen.parents[joint]) for joint in order]
    if tuple(parents) != DANCER.parents:
        return seen
    arrays = seen.rest[order], seen.turns[:, order], seen.places[:, order]
    return Watched(DANCER.joint_names, parents, *arrays, seen.fps, {**seen.own, "joints": list(DANCER.joint_names)})


def _names(seen: Watched) -> list[str]:
    """Ballo's own where it wrote the file, else the file's, no two the same."""
    own = seen.own.get("joints")
    if isinstance(own, list) and len(own) == len(seen.names) and all(isinstance(name, str) for name in own):
        return own
    return distinct(seen.names, "_")


def _feet(names: Sequence[str], own: dict[str, Any]) -> Any:
    """Ballo's own where it wrote the file, as far as their joints are among those kept."""
    known = own.get("feet", DANCER.feet)
    whole = isinstance(known, list | tuple) and {str(name) for foot in known for name in foot} <= set(names)
    return known if whole else ()


def _tree(parents: np.ndarray, bones: np.ndarray) -> list[int]:
    """The joints of the largest tree, from the one that travels on: a scene's root stands still, with hips below it that go,
    and perhaps with helpers beside them."""
    sizes = np.ones(len(parents), dtype=int)
    for joint in range(len(parents) - 1, -1, -1):
        if parents[joint] >= 0:
            sizes[parents[joint]] += sizes[joint]
    top = _heaviest(np.flatnonzero(parents < 0), sizes)
    while (below := np.flatnonzero(parents == top)).size:
        child = _heaviest(below, sizes)
        if np.ptp(bones[:, child], axis=0).max() < TRAVEL_METRES or 2 * sizes[child] < sizes[top]:
            break
        top = child
    kept = [top]
    for joint in range(top + 1, len(parents)):
        if parents[joint] in kept:
            kept.append(joint)
    return kept


def _heaviest(joints: np.ndarray, sizes: np.ndarray) -> int:
    return int(joints[sizes[joints].argmax()])


def _notes(names: Sequence[str], bones: np.ndarray, offsets: np.ndarray) -> dict[str, list[str]]:
    if len(names) < 2:
        return {}
    stretch = np.linalg.norm(bones[:, 1:] - offsets[1:], axis=-1).max(axis=0)
    if stretch.max() < STRETCH_METRES:
        return {}
    name = names[1 + int(stretch.argmax())]
    return {"notes": [f"bones stretch by up to {stretch.max() * 100:.1f} cm ({name}): each keeps its median length"]}
