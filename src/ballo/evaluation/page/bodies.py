"""A few poses of a clip in a row, from the front, with the ways of hands and feet around each."""

from __future__ import annotations

import base64

import numpy as np

from ballo.motion import kinematics
from ballo.motion.skeleton import Skeleton
from ballo.report.page.markup import Markup, element

POSES = 8
FPS = 12.5
"""How many frames a second a page keeps of what it plays."""

HEAD = "head"
HIPS = ("left_hip", "right_hip")

TRAIL_SECONDS = 0.2
"""Ways are drawn from so long before each pose to so long after it."""

_SLOT, _HEIGHT, _ABOVE = 90, 205, 8  # centimetres


def strip(skeleton: Skeleton, clip: np.ndarray, fps: float, label: str) -> Markup:
    """Poses at equal distances of time, on one floor, each with the pelvis in the middle of its place.

    The camera stands where the dancer faces in the first frame, so that her left is on the right. Units are centimetres, and
    heights are those of the clip, so that a dancer who floats or sinks is seen to.

    Args:
        clip: (F, J, 3) metres.
        label: what it is, in words.
    """
    seen = _from_front(skeleton, clip.astype(np.float64))
    facing = np.cos(kinematics.heading(skeleton, seen)) if set(HIPS) <= set(skeleton.joint_names) else np.ones(len(seen))
    flat = 100 * seen[..., :2] * [1, -1]
    frames = ((np.arange(POSES) + 0.5) / POSES * len(clip)).astype(int)
    reach = max(1, round(TRAIL_SECONDS * fps))
    bodies = []
    for slot, frame in enumerate(frames):
        origin = np.array([flat[frame, 0, 0] - _SLOT * (slot + 0.5), -(_HEIGHT - _ABOVE)])
        around = flat[max(0, frame - reach) : frame + reach + 1] - origin
        bodies.append(_body(skeleton, flat[frame] - origin, around, seen[frame, :, 2], bool(facing[frame] > 0)))
    width, floor = _SLOT * POSES, _HEIGHT - _ABOVE
    return element(
        "svg",
        element("path", d=f"M0 {floor}H{width}", class_="floor"),
        *bodies,
        viewBox=f"0 0 {width} {_HEIGHT}",
        role="img",
        aria_label=label,
        class_="poses",
    )


def _from_front(skeleton: Skeleton, clip: np.ndarray) -> np.ndarray:
    """The clip moved and turned so that the dancer begins over the origin and faces the camera."""
    start = clip[0, 0] * [1, 0, 1]
    if not set(HIPS) <= set(skeleton.joint_names):
        return clip - start
    return kinematics.turned_about_y(clip - start, -kinematics.heading(skeleton, clip[0]))


def _body(skeleton: Skeleton, pose: np.ndarray, around: np.ndarray, depth: np.ndarray, towards: bool) -> Markup:
    """One pose (J, 2) over the ways (N, J, 2) of its ends; the side that is further away is drawn first."""
    parts = [element("path", d="".join(_path(around[:, joint]) for joint in _ends(skeleton)), class_="way")]
    sides = {side: found for side, found in limbs(skeleton).items() if found}
    for side in sorted(sides, key=lambda side: float(np.mean([depth[list(chain)].mean() for chain in sides[side]]))):
        parts.append(element("path", d="".join(_path(pose[list(chain)]) for chain in sides[side]), class_=side))
    if HEAD in skeleton.joint_names:
        x, y = pose[skeleton.index(HEAD)]
        parts.append(element("circle", cx=round(float(x)), cy=round(float(y)), r=9, class_="face" if towards else "back"))
    return element("g", *parts, class_="pose")


def _ends(skeleton: Skeleton) -> list[int]:
    """The last joint of each arm and foot."""
    heels = {joint for foot in skeleton.foot_joints for joint in foot[:-1]}
    ends = [joint for joint, children in enumerate(skeleton.children) if not children and joint not in heels]
    return [joint for joint in ends if skeleton.joint_names[joint] != HEAD]


def limbs(skeleton: Skeleton) -> dict[str, list[tuple[int, ...]]]:
    """Runs of joints from one that branches to the next or to an end, by side, so that every bone is in one of them."""
    found: dict[str, list[tuple[int, ...]]] = {"trunk": [], "left": [], "right": []}
    for joint, parent in enumerate(skeleton.parents):
        if parent < 0 or (len(skeleton.children[parent]) == 1 and skeleton.parents[parent] >= 0):
            continue
        chain = [parent, joint]
        while len(skeleton.children[chain[-1]]) == 1:
            chain.append(skeleton.children[chain[-1]][0])
        side = skeleton.joint_names[chain[-1]].partition("_")[0]
        found[side if side in found else "trunk"].append(tuple(chain))
    return found


def moves(skeleton: Skeleton, clip: np.ndarray, fps: float) -> str:
    """A clip for the page's script: `FPS` frames a second, as seen in `strip`, in whole centimetres.

    A frame is the pelvis's place from where it began, across and down, in two bytes each, then every joint's from the pelvis in
    one byte each; all little-endian, in base64.
    """
    flat = 100 * _from_front(skeleton, clip.astype(np.float64))[..., :2] * [1, -1]
    frames = np.minimum(np.round(np.arange(0, len(clip), fps / FPS)).astype(int), len(clip) - 1)
    root = np.clip(np.round(flat[frames, 0]), -32768, 32767)
    joints = np.clip(np.round(flat[frames] - root[:, None]), -127, 127)
    written = [at.astype("<i2").tobytes() + body.astype("i1").tobytes() for at, body in zip(root, joints, strict=True)]
    return base64.b64encode(b"".join(written)).decode()


def _path(points: np.ndarray) -> str:
    """A line through points (N, 2), in whole units one after another relative to the one before: a third of the characters."""
    whole = np.round(points).astype(int)
    first, rest = whole[0], np.diff(whole, axis=0)
    steps = " ".join(f"{x} {y}" for x, y in rest.tolist() if x or y)
    return f"M{first[0]} {first[1]}l{steps}" if steps else f"M{first[0]} {first[1]}h.1"
