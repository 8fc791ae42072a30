"""Features of dances a frame and a joint at a time, as reference codes are written: for each of both the window around it anew.

Two ways, see `ballo.metrics.kinetic`, `geometric` and their namesakes in `ballo.metrics.paper`: `published_*` with the faults
of AIST++'s code, `sound_*` of clips at 25 frames a second.
"""

from __future__ import annotations

import math

import numpy as np

from ballo.metrics.paper.joints import SMPL_JOINTS
from ballo.motion.skeleton import DANCER

UP = np.array([0.0, 1.0, 0.0])


def published_kinetic(positions: np.ndarray) -> np.ndarray:
    """(T, J, 3) to (3 J,)."""
    vector = []
    for joint in range(positions.shape[1]):
        horizontal = vertical = expenditure = 0.0
        for frame in range(1, len(positions)):
            velocity = _published_velocity(positions, frame, joint)
            horizontal += velocity[0] ** 2 + velocity[2] ** 2
            vertical += velocity[1] ** 2
            expenditure += math.hypot(*_published_acceleration(positions, frame, joint))
        vector += [total / (len(positions) - 1) for total in (horizontal, vertical, expenditure)]
    return np.array(vector)


def _published_velocity(positions: np.ndarray, frame: int, joint: int) -> np.ndarray:
    total, count = np.zeros(3), 0
    for near in range(frame - 2, frame + 3):
        if near - 1 >= 0 and near < len(positions):
            total += positions[near][joint] - positions[near - 1][joint]
            count += 1
    return total / (count / 60)


def _published_acceleration(positions: np.ndarray, frame: int, joint: int) -> np.ndarray:
    total, count = np.zeros(3), 0
    for near in range(frame - 2, frame + 3):
        if near - 1 >= 0 and near + 1 < len(positions):
            later = (positions[near + 1][joint] - positions[near][joint]) * 60
            earlier = positions[near][joint] - positions[near - 1][joint] * 60
            total += (later - earlier) * 60
            count += 1
    return total / count


def published_geometric(positions: np.ndarray) -> np.ndarray:
    """(T, 22 or 24, 3) to (32,)."""
    upper, shoulders, hips = 0.2568381092, 0.3908483585, 0.1192470659
    rows = []
    for frame in range(1, len(positions)):
        at = {name: positions[frame][k] for k, name in enumerate(SMPL_JOINTS[: positions.shape[1]])}
        was = {name: positions[frame - 1][k] for k, name in enumerate(SMPL_JOINTS[: positions.shape[1]])}
        low = min(float(point[1]) for point in positions[frame])
        row = []
        for side, other in (("r", "l"), ("l", "r")):
            hand = side + "wrist"
            moved = (at[hand] - at["neck"]) - (was[hand] - was["neck"])
            normal = np.cross(at[other + "hip"] - at["neck"], at[side + "hip"] - at["neck"])
            row.append(moved @ normal / _size(normal) * 120 > 1.8 * upper)
        for hand in ("rwrist", "lwrist"):
            spine = at["neck"] - at["chest"]
            row.append((at[hand] - at["neck"]) @ spine / _size(spine) > 0.2 * upper)
        for _ in range(2):
            row.append(_towards(at, was, "belly", "chest", "chest") > 1.8 * upper)
        for s in "rl":
            row.append(0 < _degrees(at[s + "shoulder"] - at[s + "elbow"], at[s + "wrist"] - at[s + "elbow"]) < 110)
        across = at["rshoulder"] - at["lshoulder"]
        row.append((at["rwrist"] - at["lwrist"]) @ across / _size(across) > 2.5 * shoulders)
        row.append(_towards(at, was, "lwrist", "rwrist", "rwrist") > 1.4 * upper)
        row.append(_towards(at, was, "rwrist", "root", "lwrist") > 1.4 * upper)
        row.append(_towards(at, was, "lwrist", "root", "rwrist") > 1.4 * upper)
        row += [_size(at[joint] - was[joint]) * 120 > 2.5 * upper for joint in ("rwrist", "lwrist")]
        for side, foot in (("l", "rankle"), ("r", "lankle")):
            normal = np.cross(at[side + "toes"] - at["root"], at[side + "hip"] - at["root"])
            row.append((at[foot] - at["root"]) @ normal / _size(normal) > 0.38 * upper)
        row += [at[foot][1] - low > 1.2 * upper for foot in ("rankle", "lankle")]
        across = at["rhip"] - at["lhip"]
        row.append((at["rankle"] - at["lankle"]) @ across / _size(across) > 2.1 * hips)
        for s in "rl":
            row.append(0 < _degrees(at[s + "hip"] - at[s + "knee"], at[s + "ankle"] - at[s + "knee"]) < 110)
        row += [_size(at[joint] - was[joint]) * 120 > 2.5 * upper for joint in ("rankle", "lankle")]
        trunk = at["root"] - at["neck"]
        row += [25 < _degrees(trunk, at[s + "elbow"] - at[s + "shoulder"]) < 180 for s in "rl"]
        row += [50 < _degrees(trunk, at[s + "knee"] - at[s + "hip"]) < 180 for s in "rl"]
        normal = np.cross(at["lankle"] - at["rankle"], at["neck"] - at["rankle"])
        row.append((at["root"] - at["rankle"]) @ normal / _size(normal) > 0.5 * upper)
        row.append(70 < _degrees(trunk, UP) < 110)
        row += [-(at[hand][1] - low) > -1.2 * upper for hand in ("rwrist", "lwrist")]
        row.append(_size(at["root"] - was["root"]) * 120 > 2.3 * upper)
        rows.append(row)
    return np.array(rows, dtype=float).mean(axis=0)


def sound_kinetic(clip: np.ndarray) -> np.ndarray:
    """(T, J, 3) at 25 frames a second to (3 J,)."""
    vector = []
    for joint in range(clip.shape[1]):
        horizontal = vertical = expenditure = 0.0
        for frame in range(2, len(clip) - 2):
            before, here, after = clip[frame - 2][joint], clip[frame][joint], clip[frame + 2][joint]
            velocity = (after - before) / 0.16
            horizontal += velocity[0] ** 2 + velocity[2] ** 2
            vertical += velocity[1] ** 2
            expenditure += math.hypot(*((after - here) - (here - before))) / 0.08**2
        vector += [total / (len(clip) - 4) for total in (horizontal, vertical, expenditure)]
    return np.array(vector)


def sound_geometric(clip: np.ndarray) -> np.ndarray:
    """(T, 22, 3) at 25 frames a second to (32,)."""
    names = DANCER.joint_names
    inner = [{name: clip[frame][k] for k, name in enumerate(names)} for frame in range(2, len(clip) - 2)]
    upper = sum(np.median([_size(at[s + "elbow"] - at[s + "shoulder"]) for at in inner]) for s in ("left_", "right_")) / 2
    shoulders = np.median([_size(at["left_shoulder"] - at["right_shoulder"]) for at in inner])
    hips = np.median([_size(at["left_hip"] - at["right_hip"]) for at in inner])
    rows = []
    for frame in range(2, len(clip) - 2):
        at = inner[frame - 2]
        moves = {name: (clip[frame + 2][k] - clip[frame - 2][k]) / 0.16 for k, name in enumerate(names)}
        rows.append(_sound_row(at, moves, float(upper), float(shoulders), float(hips)))
    return np.array(rows, dtype=float).mean(axis=0)


def _sound_row(at: dict, moves: dict, upper: float, shoulders: float, hips: float) -> list[bool]:
    low = min(float(point[1]) for point in at.values())
    ahead = np.cross(at["right_hip"] - at["neck"], at["left_hip"] - at["neck"])
    trunk = at["pelvis"] - at["neck"]

    def height_over(one: str, two: str, three: str, point: str) -> float:
        normal = np.cross(at[two] - at[one], at[three] - at[one])
        normal = -normal if normal @ ahead < 0 else normal
        return float((at[point] - at[one]) @ normal / _size(normal))

    sides = ("right_", "left_")
    row = [(moves[s + "wrist"] - moves["neck"]) @ ahead / _size(ahead) > 1.8 * upper for s in sides]
    neck = at["neck"] - at["chest"]
    row += [(at[s + "wrist"] - at["neck"]) @ neck / _size(neck) > 0.2 * upper for s in sides]
    spine = at["chest"] - at["pelvis"]
    row += [(moves[s + "wrist"] - moves["chest"]) @ spine / _size(spine) > 1.8 * upper for s in sides]
    row += [_degrees(at[s + "shoulder"] - at[s + "elbow"], at[s + "wrist"] - at[s + "elbow"]) < 110 for s in sides]
    across = at["right_shoulder"] - at["left_shoulder"]
    row.append((at["right_wrist"] - at["left_wrist"]) @ across / _size(across) > 2.5 * shoulders)
    between = at["right_wrist"] - at["left_wrist"]
    row.append((moves["left_wrist"] - moves["right_wrist"]) @ between / _size(between) > 1.4 * upper)
    for s in sides:
        out = at[s + "wrist"] - at["pelvis"]
        row.append((moves[s + "wrist"] - moves["pelvis"]) @ out / _size(out) > 1.4 * upper)
    row += [_size(moves[s + "wrist"]) > 2.5 * upper for s in sides]
    for s, other in zip(sides, sides[::-1], strict=True):
        row.append(height_over("pelvis", other + "hip", other + "ankle", s + "ankle") < -0.38 * upper)
    row += [at[s + "ankle"][1] - low > 1.2 * upper for s in sides]
    across = at["right_hip"] - at["left_hip"]
    row.append((at["right_ankle"] - at["left_ankle"]) @ across / _size(across) > 2.1 * hips)
    row += [_degrees(at[s + "hip"] - at[s + "knee"], at[s + "ankle"] - at[s + "knee"]) < 110 for s in sides]
    row += [_size(moves[s + "ankle"]) > 2.5 * upper for s in sides]
    row += [_degrees(trunk, at[s + "elbow"] - at[s + "shoulder"]) > 25 for s in sides]
    row += [_degrees(trunk, at[s + "knee"] - at[s + "hip"]) > 50 for s in sides]
    row.append(height_over("neck", "right_ankle", "left_ankle", "pelvis") < -0.5 * upper)
    row.append(70 < _degrees(trunk, UP) < 110)
    row += [at[s + "wrist"][1] - low < 1.2 * upper for s in sides]
    row.append(_size(moves["pelvis"]) > 2.3 * upper)
    return row


def _towards(at: dict, was: dict, start: str, end: str, mover: str) -> float:
    direction = at[end] - at[start]
    return float(((at[mover] - at[start]) - (was[mover] - was[start])) @ direction / _size(direction) * 120)


def _degrees(one: np.ndarray, other: np.ndarray) -> float:
    return math.degrees(math.acos(max(-1.0, min(1.0, float(one @ other) / (_size(one) * _size(other))))))


def _size(vector: np.ndarray) -> float:
    return math.sqrt(float(vector @ vector))
