"""One known dance, as other people's tools and data sets would have written it.

A performer of her own proportions dances with level feet; her joints are known. From them come .bvh files by the conventions
of several tools, key points and joint arrays, so that an adapter must give back what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ballo.motion import kinematics, rotations
from ballo.motion.skeleton import DANCER, Skeleton

FPS = 30.0

SKULL = 1 - 0.10 * (0.76 / 0.846) / 0.210
"""How far from neck to head a head's joint is, where the skeleton has no crown: 10 cm, in her size, below the middle."""


def performer_skeleton() -> Skeleton:
    """A smaller person than `DANCER`, with the joints' centres where the centres are: the foot straight under the shin."""
    offsets = {
        "chest": (0, 0.150, 0),
        "neck": (0, 0.150 * 0.209 / 0.125, 0),
        "head": (0, 0.210, 0),
        "hip": (0.085, -0.020, 0),
        "knee": (0, -0.390, 0),
        "ankle": (0, -0.370, 0),
        "heel": (0, -0.080, -0.060),
        "toe": (0, -0.080, 0.060 / 0.064 * 0.140),
        "shoulder": (0.165, 0.190, 0),
        "elbow": (0.260, 0, 0),
        "wrist": (0.220, 0, 0),
        "hand": (0.220 * 0.100 / 0.230, 0, 0),
    }
    rows = [(0.0, 0.0, 0.0)]
    for name in DANCER.joint_names[1:]:
        x, y, z = offsets[name.removeprefix("left_").removeprefix("right_")]
        rows.append((-x if name.startswith("right_") else x, y, z))
    return Skeleton(DANCER.joint_names, DANCER.parents, np.array(rows), DANCER.feet)


PERFORMER = performer_skeleton()


def rest() -> dict[str, np.ndarray]:
    """The performer's joints in her T-pose, pelvis at the origin."""
    still = np.zeros((1, len(PERFORMER), 4))
    still[..., 0] = 1.0
    places = kinematics.forward(PERFORMER, still, np.zeros((1, 3)))[0]
    return dict(zip(PERFORMER.joint_names, places, strict=True))


def dance_pose(frames: int, fps: float = FPS, hop_metres: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A dance of her: local rotations (T, 22, 4) and root (T, 3). Soles stay level; the lower one is on y = 0 but for hops."""
    t = np.arange(frames) / fps
    wxyz = np.zeros((frames, len(PERFORMER), 4))
    wxyz[..., 0] = 1.0

    def turn(joint: str, axis: str, radians: np.ndarray) -> None:
        index = PERFORMER.index(joint)
        wxyz[:, index] = rotations.multiply(wxyz[:, index], rotations.about(axis, radians))

    turn("pelvis", "y", 0.6 * np.sin(0.7 * t) + 0.4)
    turn("chest", "y", 0.2 * np.sin(1.3 * t))
    turn("neck", "x", 0.15 * np.sin(0.9 * t))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        # She shifts from foot to foot: a foot swings only in its half of the time, and stands in the other.
        swing = np.maximum(sign * np.sin(2.0 * t), 0.0) ** 2
        turn(f"{side}_hip", "x", -0.7 * swing)
        turn(f"{side}_knee", "x", 1.0 * swing)
        turn(f"{side}_ankle", "x", -0.3 * swing)
        turn(f"{side}_shoulder", "z", sign * (-0.6 + 0.4 * np.sin(1.5 * t)))
        turn(f"{side}_elbow", "y", -sign * (0.7 + 0.3 * np.cos(1.3 * t)))
    root = np.stack([0.5 * np.sin(0.5 * t), np.zeros(frames), 0.1 * t], axis=1)
    joints = kinematics.forward(PERFORMER, wxyz, root)
    feet = [joint for foot in PERFORMER.foot_joints for joint in foot]
    root[:, 1] = hop_metres * np.maximum(np.sin(0.8 * t), 0.0) ** 4 - joints[:, feet, 1].min(axis=1)
    return wxyz, root


def dance_joints(frames: int, fps: float = FPS, hop_metres: float = 0.0) -> np.ndarray:
    """(T, 22, 3) metres of that dance."""
    return kinematics.forward(PERFORMER, *dance_pose(frames, fps, hop_metres))


@dataclass(frozen=True)
class Bone:
    """A node of somebody's skeleton: what it is called, its parent, whose joint turns it, and where it is at rest (metres).

    `turned` is how the tool has the node's own axes lie at rest.
    """

    name: str
    parent: str | None
    joint: str
    place: np.ndarray
    channels: str = "zxy"
    end: bool = False
    turned: np.ndarray | None = None


@dataclass(frozen=True)
class Tool:
    """How a tool writes: its bones, units in a metre, position channels on every joint or not, and its white space."""

    bones: Sequence[Bone]
    units: float
    all_positions: bool = False
    indent: str = "\t"
    newline: str = "\n"
    number: str = "%.6f"


def write_bvh(path: Path, tool: Tool, wxyz: np.ndarray, root: np.ndarray, fps: float = FPS) -> Path:
    """The dance as `tool` writes it. World rotations come from the performer's joints, one by one."""
    world = [np.eye(3)] * len(PERFORMER)
    local = rotations.to_matrix(wxyz)
    for joint, parent in enumerate(PERFORMER.parents):
        world[joint] = local[:, joint] if parent < 0 else world[parent] @ local[:, joint]
    bones = {bone.name: bone for bone in tool.bones}
    axes = {bone.name: np.eye(3) if bone.turned is None else bone.turned for bone in tool.bones}
    turned = {bone.name: world[PERFORMER.index(bone.joint)] @ axes[bone.name] for bone in tool.bones}
    columns: list[np.ndarray] = []
    lines = ["HIERARCHY"]

    def put(bone: Bone, depth: int) -> None:
        pad = tool.indent * depth
        parent = bones[bone.parent] if bone.parent else None
        offset = bone.place if parent is None else axes[parent.name].T @ (bone.place - parent.place)
        kind = "End Site" if bone.end else f"{'JOINT' if depth else 'ROOT'} {bone.name}"
        lines.extend([f"{pad}{kind}", f"{pad}{{"])
        written = offset * tool.units if parent is not None else np.zeros(3)
        lines.append(f"{pad}{tool.indent}OFFSET " + " ".join(tool.number % value for value in written))
        if not bone.end:
            turns = " ".join(f"{axis.upper()}rotation" for axis in bone.channels)
            moves = parent is None or tool.all_positions
            lines.append(
                f"{pad}{tool.indent}CHANNELS " + (f"6 Xposition Yposition Zposition {turns}" if moves else f"3 {turns}")
            )
            if parent is None:
                hips = world[PERFORMER.index(bone.joint)] @ bone.place + root
                columns.extend((hips * tool.units).T)
            elif tool.all_positions:
                columns.extend(np.broadcast_to(offset * tool.units, (len(root), 3)).T)
            inner = turned[bone.name] if parent is None else np.swapaxes(turned[parent.name], 1, 2) @ turned[bone.name]
            angles = rotations.to_euler(rotations.from_matrix(inner), bone.channels)
            columns.extend(np.degrees(angles).T)
        for child in tool.bones:
            if child.parent == bone.name:
                put(child, depth + 1)
        lines.append(f"{pad}}}")

    put(tool.bones[0], 0)
    lines += ["MOTION", f"Frames: {len(root)}", f"Frame Time: {1 / fps:.6f}"]
    lines += [" ".join(tool.number % value for value in row) for row in np.array(columns).T.tolist()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((tool.newline.join(lines) + tool.newline).encode())
    return path


def _between(start: str, end: str, share: float) -> np.ndarray:
    joints = rest()
    return (1 - share) * joints[start] + share * joints[end]


def _bones(names: Mapping[str, str], extra: Sequence[Bone], parents: Mapping[str, str], **options: object) -> list[Bone]:
    """Bones for the performer's own joints by `names`, hung by `parents`, and what else the tool has."""
    places = rest()
    bones = [Bone(name, parents.get(name), joint, places[joint], **options) for joint, name in names.items()]  # type: ignore[arg-type]
    return [*bones, *extra]


def _sided(pattern: Mapping[str, str], left: str, right: str) -> dict[str, str]:
    """{"hip": "{side}UpLeg"} to {"left_hip": "LeftUpLeg", "right_hip": "RightUpLeg"}."""
    both = (("left", left), ("right", right))
    return {f"{side}_{joint}": name.format(side=word) for side, word in both for joint, name in pattern.items()}


_LIMBS_OF_MIXAMO = {
    "hip": "{side}UpLeg",
    "knee": "{side}Leg",
    "ankle": "{side}Foot",
    "toe": "{side}ToeBase",
    "shoulder": "{side}Arm",
    "elbow": "{side}ForeArm",
    "wrist": "{side}Hand",
}


def _chain_parents(names: Mapping[str, str], hips: str, shoulders: Mapping[str, str]) -> dict[str, str]:
    """Who hangs from whom along the limbs."""
    parents = {}
    for side in ("left", "right"):
        for chain in (("hip", "knee", "ankle", "toe"), ("shoulder", "elbow", "wrist")):
            present = [names[f"{side}_{joint}"] for joint in chain if f"{side}_{joint}" in names]
            parents |= dict(zip(present[1:], present, strict=False))
        parents[names[f"{side}_hip"]] = hips
        parents[names[f"{side}_shoulder"]] = shoulders[side]
    return parents


def cmu() -> Tool:
    """CMU as converted for MotionBuilder (cgspeed): hip joints on the hips, two necks, inches x 0.45, Z Y X, a finger base."""
    names = {"pelvis": "Hips", **_sided(_LIMBS_OF_MIXAMO, "Left", "Right")}
    names |= {"chest": "Spine", "neck": "Neck"}
    parents = _chain_parents(names, "", {"left": "LeftShoulder", "right": "RightShoulder"})
    parents |= {"LeftUpLeg": "LHipJoint", "RightUpLeg": "RHipJoint", "Spine": "LowerBack", "Neck": "Spine1"}
    extra = [
        Bone("LHipJoint", "Hips", "pelvis", rest()["pelvis"]),
        Bone("RHipJoint", "Hips", "pelvis", rest()["pelvis"]),
        Bone("LowerBack", "Hips", "pelvis", _between("pelvis", "chest", 0.4)),
        Bone("Spine1", "Spine", "chest", _between("chest", "neck", 0.5)),
        Bone("Neck1", "Neck", "neck", _between("neck", "head", 0.3)),
        Bone("Head", "Neck1", "neck", _between("neck", "head", 0.6)),
        Bone("Head end", "Head", "neck", _between("neck", "head", 1.4), end=True),
    ]
    for side, short in (("left", "L"), ("right", "R")):
        word = side.capitalize()
        extra += [
            Bone(f"{word}Shoulder", "Spine1", "chest", _between("chest", "neck", 0.5)),
            Bone(f"{word}FingerBase", f"{word}Hand", f"{side}_wrist", rest()[f"{side}_hand"]),
            Bone(f"{word}HandIndex1", f"{word}FingerBase", f"{side}_wrist", _between(f"{side}_wrist", f"{side}_hand", 1.4)),
            Bone(f"{short}Thumb", f"{word}Hand", f"{side}_wrist", _between(f"{side}_wrist", f"{side}_hand", 0.5)),
            Bone(f"{word}Toe end", f"{word}ToeBase", f"{side}_ankle", rest()[f"{side}_toe"] + [0, 0, 0.05], end=True),
        ]
    bones = [Bone(b.name, b.parent or None, b.joint, b.place, "zyx", b.end) for b in _bones(names, extra, parents)]
    return Tool(bones, 0.45 / 0.0254)


def mixamo() -> Tool:
    """Mixamo through a converter: a name space, centimetres, X Y Z, a joint at the top of the head, finger bones."""
    names = {"pelvis": "Hips", "chest": "Spine1", "neck": "Neck", **_sided(_LIMBS_OF_MIXAMO, "Left", "Right")}
    parents = _chain_parents(names, "Hips", {"left": "LeftShoulder", "right": "RightShoulder"})
    parents |= {"Spine1": "Spine", "Neck": "Spine2"}
    extra = [
        Bone("Spine", "Hips", "pelvis", _between("pelvis", "chest", 0.5)),
        Bone("Spine2", "Spine1", "chest", _between("chest", "neck", 0.6)),
        Bone("Head", "Neck", "neck", _between("neck", "head", 0.5)),
        Bone("HeadTop_End", "Head", "neck", _between("neck", "head", 1.5)),
    ]
    for side in ("left", "right"):
        word = side.capitalize()
        extra += [
            Bone(f"{word}Shoulder", "Spine2", "chest", _between("chest", f"{side}_shoulder", 0.7)),
            Bone(f"{word}HandThumb1", f"{word}Hand", f"{side}_wrist", _between(f"{side}_wrist", f"{side}_hand", 0.4)),
            Bone(f"{word}HandMiddle1", f"{word}Hand", f"{side}_wrist", rest()[f"{side}_hand"]),
            Bone(f"{word}Toe_End", f"{word}ToeBase", f"{side}_ankle", rest()[f"{side}_toe"] + [0, 0, 0.05]),
        ]
    bones = [
        Bone(f"mixamorig:{b.name}", f"mixamorig:{b.parent}" if b.parent else None, b.joint, b.place, "xyz", b.end)
        for b in _bones(names, extra, parents)
    ]
    return Tool(bones, 100.0, newline="\r\n")


def rokoko() -> Tool:
    """Rokoko Studio: thighs, shins and toes, four spines, centimetres, Y X Z, no hands beyond the wrists but End Sites."""
    limbs = {**_LIMBS_OF_MIXAMO, "hip": "{side}Thigh", "knee": "{side}Shin", "toe": "{side}Toe"}
    names = {"pelvis": "Hips", "chest": "Spine2", "neck": "Neck", **_sided(limbs, "Left", "Right")}
    parents = _chain_parents(names, "Hips", {"left": "LeftShoulder", "right": "RightShoulder"})
    parents |= {"Spine2": "Spine1", "Neck": "Spine4"}
    extra = [
        Bone("Spine1", "Hips", "pelvis", _between("pelvis", "chest", 0.3)),
        Bone("Spine3", "Spine2", "chest", _between("chest", "neck", 0.3)),
        Bone("Spine4", "Spine3", "chest", _between("chest", "neck", 0.7)),
        Bone("Head", "Neck", "neck", _between("neck", "head", 0.4)),
        Bone("Head end", "Head", "neck", _between("neck", "head", 1.6), end=True),
    ]
    for side in ("left", "right"):
        word = side.capitalize()
        extra += [
            Bone(f"{word}Shoulder", "Spine4", "chest", _between("chest", f"{side}_shoulder", 0.6)),
            Bone(f"{word}Hand end", f"{word}Hand", f"{side}_wrist", rest()[f"{side}_hand"], end=True),
            Bone(f"{word}Toe end", f"{word}Toe", f"{side}_ankle", rest()[f"{side}_toe"] + [0, 0, 0.05], end=True),
        ]
    bones = [Bone(b.name, b.parent, b.joint, b.place, "yxz", b.end) for b in _bones(names, extra, parents)]
    return Tool(bones, 100.0, indent="  ")


def xsens() -> Tool:
    """Xsens MVN: hips, knees, elbows by their own names, four chests, collars, metres, Y X Z, a toe and no finger."""
    limbs = {
        "hip": "{side}Hip",
        "knee": "{side}Knee",
        "ankle": "{side}Ankle",
        "toe": "{side}Toe",
        "shoulder": "{side}Shoulder",
        "elbow": "{side}Elbow",
        "wrist": "{side}Wrist",
    }
    names = {"pelvis": "Hips", "chest": "Chest2", "neck": "Neck", **_sided(limbs, "Left", "Right")}
    parents = _chain_parents(names, "Hips", {"left": "LeftCollar", "right": "RightCollar"})
    parents |= {"Chest2": "Chest", "Neck": "Chest4"}
    extra = [
        Bone("Chest", "Hips", "pelvis", _between("pelvis", "chest", 0.5)),
        Bone("Chest3", "Chest2", "chest", _between("chest", "neck", 0.3)),
        Bone("Chest4", "Chest3", "chest", _between("chest", "neck", 0.6)),
        Bone("Head", "Neck", "neck", _between("neck", "head", 0.5)),
        Bone("Head end", "Head", "neck", _between("neck", "head", 1.5), end=True),
    ]
    for side in ("left", "right"):
        word = side.capitalize()
        extra += [
            Bone(f"{word}Collar", "Chest4", "chest", _between("chest", f"{side}_shoulder", 0.6)),
            Bone(f"{word}Wrist end", f"{word}Wrist", f"{side}_wrist", rest()[f"{side}_hand"], end=True),
            Bone(f"{word}Toe end", f"{word}Toe", f"{side}_ankle", rest()[f"{side}_toe"], end=True),
        ]
    bones = [Bone(b.name, b.parent, b.joint, b.place, "yxz", b.end) for b in _bones(names, extra, parents)]
    return Tool(bones, 1.0)


def biovision() -> Tool:
    """The first .bvh files: one chest, inches, Z X Y, and no toes but the ends of the feet."""
    limbs = {
        "hip": "{side}UpLeg",
        "knee": "{side}LowLeg",
        "ankle": "{side}Foot",
        "shoulder": "{side}UpArm",
        "elbow": "{side}LowArm",
        "wrist": "{side}Hand",
    }
    names = {"pelvis": "Hips", "chest": "Chest", "neck": "Neck", **_sided(limbs, "Left", "Right")}
    parents = _chain_parents(names, "Hips", {"left": "LeftCollar", "right": "RightCollar"})
    parents |= {"Chest": "Hips", "Neck": "Chest"}
    extra = [
        Bone("Head", "Neck", "neck", _between("neck", "head", 0.5)),
        Bone("Head end", "Head", "neck", _between("neck", "head", 1.5), end=True),
    ]
    for side in ("left", "right"):
        word = side.capitalize()
        extra += [
            Bone(f"{word}Collar", "Chest", "chest", _between("chest", f"{side}_shoulder", 0.6)),
            Bone(f"{word}Hand end", f"{word}Hand", f"{side}_wrist", rest()[f"{side}_hand"], end=True),
            Bone(f"{word}Foot end", f"{word}Foot", f"{side}_ankle", rest()[f"{side}_toe"], end=True),
        ]
    return Tool(_bones(names, extra, parents), 1 / 0.0254, indent=" ")


def bandai_namco() -> Tool:
    """Bandai-Namco Research: a root on the floor, six channels a joint, bones along X (-X on the right), sides at the end."""
    limbs = {
        "hip": "UpperLeg_{side}",
        "knee": "LowerLeg_{side}",
        "ankle": "Foot_{side}",
        "toe": "Toes_{side}",
        "shoulder": "UpperArm_{side}",
        "elbow": "LowerArm_{side}",
        "wrist": "Hand_{side}",
    }
    names = {"pelvis": "Hips", "chest": "Chest", "neck": "Neck", **_sided(limbs, "L", "R")}
    parents = _chain_parents(names, "Hips", {"left": "Shoulder_L", "right": "Shoulder_R"})
    parents |= {"Hips": "joint_Root", "Chest": "Spine", "Neck": "Chest"}
    extra = [
        Bone("Spine", "Hips", "pelvis", _between("pelvis", "chest", 0.5)),
        Bone("Head", "Neck", "neck", _between("neck", "head", SKULL)),
        Bone("Head end", "Head", "neck", _between("neck", "head", SKULL), end=True),
        Bone("Shoulder_L", "Chest", "chest", _between("chest", "left_shoulder", 0.6)),
        Bone("Shoulder_R", "Chest", "chest", _between("chest", "right_shoulder", 0.6)),
    ]
    for side, short in (("left", "L"), ("right", "R")):
        extra.append(Bone(f"Hand_{short} end", f"Hand_{short}", f"{side}_wrist", rest()[f"{side}_wrist"], end=True))
    first = Bone("joint_Root", None, "pelvis", rest()["pelvis"])
    bones = [first, *(_along_x(bone) for bone in _bones(names, extra, parents))]
    return Tool(bones, 100.0, all_positions=True, number="%.9g")


def _along_x(bone: Bone) -> Bone:
    """The bone with its own X along itself: upwards in the trunk, down a leg, out along an arm; backwards on the right."""
    sign = -1.0 if bone.name.endswith("_R") else 1.0
    if "Leg" in bone.name or "Foot" in bone.name or "Toes" in bone.name:
        along = np.array([0.0, -1.0, 0.0]) * sign
    elif bone.name.endswith(("_L", "_R")):
        along = np.array([1.0, 0.0, 0.0])
    else:
        along = np.array([0.0, 1.0, 0.0])
    across = np.array([0.0, 0.0, 1.0])
    turned = np.stack([along, np.cross(across, along), across], axis=1)
    return Bone(bone.name, bone.parent, bone.joint, bone.place, "zxy", bone.end, turned)


TOOLS = {"Biovision": biovision, "CMU": cmu, "Mixamo": mixamo, "Rokoko": rokoko, "Xsens": xsens, "Bandai-Namco": bandai_namco}


@pytest.fixture(scope="session")
def dance() -> Callable[..., np.ndarray]:
    """`dance_joints`: what an adapter must give back."""
    return dance_joints


@pytest.fixture(scope="session", params=sorted(TOOLS))
def tool_bvh(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """For each tool, a writer of the dance: path, frames, and frames a second."""
    return _writer(TOOLS[request.param]())


@pytest.fixture(scope="session")
def mixamo_bvh() -> Callable[..., Path]:
    return _writer(mixamo())


def _writer(tool: Tool) -> Callable[..., Path]:
    def write(path: Path, frames: int = 120, fps: float = FPS) -> Path:
        return write_bvh(path, tool, *dance_pose(frames, fps), fps)

    return write


@pytest.fixture(scope="session")
def performer() -> Skeleton:
    """Her proportions."""
    return PERFORMER


@pytest.fixture(scope="session")
def pose() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """`dance_pose`: the dance's rotations, which any body can do."""
    return dance_pose


@pytest.fixture(scope="session")
def as_coco() -> Callable[[np.ndarray], np.ndarray]:
    """Joints (T, 22, 3) metres to AIST++'s (T, 17, 3) centimetres, the face about the head."""

    def points(joints: np.ndarray) -> np.ndarray:
        named = {name: joints[:, index] for index, name in enumerate(DANCER.joint_names)}
        across = named["left_shoulder"] - named["right_shoulder"]
        across /= np.linalg.norm(across, axis=-1, keepdims=True)
        ahead = np.cross(across, [0.0, 1.0, 0.0])
        face = [(0.0, 0.11), (0.03, 0.09), (-0.03, 0.09), (0.07, 0.0), (-0.07, 0.0)]
        coco = [named["head"] + left * across + front * ahead for left, front in face]
        for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
            coco += [named[f"left_{name}"], named[f"right_{name}"]]
        return np.stack(coco, axis=1) * 100.0

    return points


@pytest.fixture(scope="session")
def as_smpl() -> Callable[[np.ndarray, int], np.ndarray]:
    """Joints (T, 22, 3) to SMPL's order with 22, 24, 52 or 55 joints: collars and fingers where they may be."""

    def points(joints: np.ndarray, count: int) -> np.ndarray:
        named = {name: joints[:, index] for index, name in enumerate(DANCER.joint_names)}
        pelvis, chest, neck = named["pelvis"], named["chest"], named["neck"]
        body = {0: pelvis, 3: (pelvis + chest) / 2, 6: chest, 9: (chest + neck) / 2, 12: neck}
        body[15] = (1 - SKULL) * neck + SKULL * named["head"]
        for offset, side in enumerate(("left", "right")):
            body[13 + offset] = (body[9] + named[f"{side}_shoulder"]) / 2
            places = {"hip": 1, "knee": 4, "ankle": 7, "toe": 10, "shoulder": 16, "elbow": 18, "wrist": 20}
            for name, place in places.items():
                body[place + offset] = named[f"{side}_{name}"]
        smpl = np.stack([body[joint] for joint in range(22)], axis=1)
        # Every finger joint is halfway to the hand, but the one that is the hand.
        left, right = ((named[f"{side}_wrist"] + named[f"{side}_hand"]) / 2 for side in ("left", "right"))
        face = [named["head"]] * (3 if count == 55 else 0)
        fingers = [left] * 15 + [right] * 15 if count >= 52 else [left, right] if count == 24 else []
        hands = {24: (0, 1), 52: (3, 18), 55: (6, 21)}.get(count, ())
        beyond = [*face, *fingers]
        for side, hand in zip(("left", "right"), hands, strict=False):
            beyond[hand] = named[f"{side}_hand"]
        return np.concatenate([smpl, np.stack(beyond, axis=1)], axis=1) if beyond else smpl

    return points
