"""What the points in a motion file are: ballo's joints, SMPL's, the published 23 points, or those that a file names.

Each layout gives the dancer's joints by `DANCER`'s names, right-handed, still in the file's unit and axes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.dataset import dancer
from ballo.dataset.adapters import anatomy, finedance, naming
from ballo.errors import BalloError
from ballo.motion.hierarchy import Node
from ballo.motion.skeleton import DANCER

Named = tuple[dict[str, np.ndarray], list[str]]
"""Joints by name, (T, 3) each, and what was made up. Heels may be missing."""

SMPL_NAMES = (
    *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3"),
    *("left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hand", "right_hand"),
)
"""SMPL's 24 joints in order (smplx/joint_names.py of github.com/vchoutas/smplx)."""

_MOST_BYTES = 1_000_000
_MOST_NAMES = 1000


@dataclass(frozen=True)
class Layout:
    """What the points in a file are.

    Args:
        name: for people.
        counts: how many points there may be.
        joints: (T, P, 3) points to the dancer's joints (ValueError where they make none).
        metres: the unit that such points usually come in, which need not be remarked upon.
        points: what the points are called, where they have names.
    """

    name: str
    counts: tuple[int, ...]
    joints: Callable[[np.ndarray], Named]
    metres: float = 1.0
    points: tuple[str, ...] = ()

    def called(self, point: int) -> str:
        """A point in words."""
        return self.points[point] if point < len(self.points) else f"point {point}"


def chosen(text: str) -> Layout:
    """The layout that `--skeleton` names: dancer, smpl, tang, or the path of a .json file.

    Raises:
        BalloError: there is none.
    """
    known = {layout.name: layout for layout in KNOWN}
    if text.lower() in known:
        return known[text.lower()]
    if Path(text).suffix.lower() == ".json":
        return _described(Path(text))
    raise BalloError(f"--skeleton {text}: choose {', '.join(known)}, or a .json file with joint_names and parents")


def with_count(count: int) -> tuple[str, ...]:
    """The names of layouts of so many points."""
    return tuple(layout.name for layout in KNOWN if count in layout.counts)


def named(name: str, joint_names: Sequence[str], parents: Sequence[int] | None) -> Layout:
    """The layout of points that are named one by one.

    Args:
        joint_names: of all points, in order.
        parents: of each point, -1 for the root; not needed where the names are ballo's or SMPL's.

    Raises:
        ValueError: it is no tree, or without parents these are not such names.
    """
    names = list(joint_names)
    if len(set(names)) != len(names) or not names:
        twice = sorted(each for each in set(names) if names.count(each) > 1)
        raise ValueError(f"two joints are called {twice[0]}" if twice else "no joint is named")
    if parents is not None:
        return _tree(name, names, parents)
    columns = {each: place for place, each in enumerate(names)}
    if set(DANCER.joint_names) <= set(names):
        order = [columns[each] for each in DANCER.joint_names]
        return Layout(name, (len(names),), lambda points: _dancer(points[:, order]), points=tuple(names))
    small = {each.lower(): place for each, place in columns.items()}
    if set(SMPL_NAMES[:22]) <= set(small):
        in_smpl = [small[each] for each in SMPL_NAMES if each in small]
        order = in_smpl if len(in_smpl) in finedance.SHAPES else in_smpl[:22]
        return Layout(name, (len(names),), lambda points: finedance.by_name(points[:, order]), points=tuple(names))
    lacking = [each for each in DANCER.joint_names if each not in columns]
    raise ValueError(f"without parents joints must have ballo's names, and {_some(lacking)} {_are(lacking)} missing")


def of_nodes(name: str, nodes: Sequence[Node], metres: float) -> Layout:
    """The layout of a tree's points, found by their names and by how they hang together."""
    return Layout(name, (len(nodes),), lambda points: naming.placed(nodes, points), metres, tuple(node.name for node in nodes))


def _tree(name: str, names: Sequence[str], parents: Sequence[int]) -> Layout:
    if len(parents) != len(names):
        raise ValueError(f"{len(names)} joint_names and {len(parents)} parents")
    if list(parents).count(-1) != 1 or any(not -1 <= parent < len(names) for parent in parents):
        raise ValueError("parents are the numbers of joints from 0 on, and -1 of one root")
    order = _parents_first(parents)
    places = {joint: place for place, joint in enumerate(order)}
    nodes = [Node(names[joint], places.get(parents[joint], -1), (0.0, 0.0, 0.0)) for joint in order]
    if not set(DANCER.joint_names) <= set(names):
        naming.rig(nodes)  # what is missing is said at once
    return Layout(name, (len(names),), lambda points: naming.placed(nodes, points[:, order]), points=tuple(names))


def _parents_first(parents: Sequence[int]) -> list[int]:
    """Joints in an order in which each comes after its parent (ValueError where joints hang from one another in a circle)."""
    order = [list(parents).index(-1)]
    for joint in order:
        order += [child for child, parent in enumerate(parents) if parent == joint]
    if len(order) < len(parents):
        raise ValueError("its joints hang from one another in a circle")
    return order


def _described(path: Path) -> Layout:
    """The layout that a .json file describes."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BalloError(f"--skeleton {path}: over {_MOST_BYTES // 1_000_000} MB are no skeleton")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BalloError(f"--skeleton {path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BalloError(f"--skeleton {path}: no JSON ({error})") from error
    names = content.get("joint_names") if isinstance(content, Mapping) else None
    if not isinstance(names, list) or not 0 < len(names) <= _MOST_NAMES or not all(isinstance(each, str) for each in names):
        raise BalloError(f"--skeleton {path}: give joint_names, a list of names, and parents, a list of numbers")
    parents = content.get("parents")
    if parents is not None and not (isinstance(parents, list) and all(type(each) is int for each in parents)):
        raise BalloError(f"--skeleton {path}: parents must be a list of whole numbers, -1 for the root")
    try:
        return named(path.name, names, parents)
    except ValueError as error:
        raise BalloError(f"--skeleton {path}: {error}") from error


def _dancer(points: np.ndarray) -> Named:
    return {name: points[:, joint] for joint, name in enumerate(DANCER.joint_names)}, []


def _tang(points: np.ndarray) -> Named:
    """The published 23 points (T, 23, 3), in whatever unit and axes: mirrored, as they were published, or not."""
    rough = {
        "left_hip": points[:, dancer.LEFT_BELT],
        "right_hip": points[:, dancer.RIGHT_BELT],
        "neck": points[:, dancer.THORAX],
    }
    direct = {name: points[:, point] for name, point in dancer.DIRECT.items()}
    rough |= direct
    metres, _ = anatomy.unit(rough)
    try:
        rows, _ = anatomy.upright(rough)
    except ValueError:
        rows = np.eye(3)
    turned = {name: places @ rows.T for name, places in rough.items()}
    ahead = turned["left_toe"] - turned["left_ankle"] + turned["right_toe"] - turned["right_ankle"]
    try:
        anatomy.check_sides(turned, ahead, "its toes point")
    except ValueError:
        points = points * np.where(np.arange(3) == (2 if rows[1, 0] else 0), -1.0, 1.0)
    points = points * metres
    joints = dancer.joints_of(points, dancer.body_of(points)) / metres
    return {name: joints[:, joint] for joint, name in enumerate(DANCER.joint_names)}, []


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


KNOWN = (
    Layout("dancer", (len(DANCER),), _dancer, points=DANCER.joint_names),
    Layout("smpl", finedance.SHAPES, finedance.by_name, points=SMPL_NAMES[:22]),
    Layout("tang", (23,), _tang, 0.01),
)
"""What `--skeleton` can name."""
