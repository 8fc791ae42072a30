"""Writes the .bvh files of this folder: hierarchies as other tools write them, with a few frames of made-up movement.

    python tests/motion/bvh/make.py

Nothing of ballo is used, so that its reader is not tested on its writer. No file is a tool's own output: each was typed from
the conventions that the tool's files follow (names, order of joints and of channels, unit, frame time, layout), given a body
of ordinary size and smooth angles of up to 35 degrees. README.md says what is particular about each.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
Offset = tuple[float, float, float]


@dataclass
class Bone:
    """A joint: its name, where it is from its parent in metres, its channels, and what hangs from it. No name: an End Site."""

    name: str
    offset: Offset
    children: list[Bone]
    channels: str | None = None


def end(x: float, y: float, z: float) -> Bone:
    return Bone("", (x, y, z), [])


def chain(*steps: tuple[str, Offset], tip: Offset | None = None) -> Bone:
    """Joints one below the other, with an End Site last if there is a tip."""
    below = [] if tip is None else [end(*tip)]
    for name, offset in reversed(steps):
        below = [Bone(name, offset, below)]
    return below[0]


def legs(names: Callable[[str], tuple[str, ...]], *, joint: bool = False, toe: bool = True) -> list[Bone]:
    """Both legs; `names` gives hip, knee, ankle, toe of a side, after the hip joint that some put at the pelvis itself."""
    made = []
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        given = names(side)
        steps = [(given[-4], (x * 0.09, -0.05, 0.0)), (given[-3], (0.0, -0.42, 0.0)), (given[-2], (0.0, -0.42, 0.0))]
        if toe:
            steps.append((given[-1], (0.0, -0.06, 0.14)))
        if joint:
            steps.insert(0, (given[0], (0.0, 0.0, 0.0)))
        made.append(chain(*steps, tip=(0.0, 0.0, 0.06) if toe else (0.0, -0.08, 0.15)))
    return made


def arms(names: Callable[[str], tuple[str, ...]], fingers: Callable[[str], list[Bone]] | None = None) -> list[Bone]:
    """Both arms; `names` gives collar, shoulder, elbow, wrist of a side."""
    made = []
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        collar, shoulder, elbow, wrist = names(side)
        hand = Bone(wrist, (x * 0.25, 0.0, 0.0), fingers(side) if fingers else [end(x * 0.12, 0.0, 0.0)])
        lower = Bone(elbow, (x * 0.28, 0.0, 0.0), [hand])
        made.append(Bone(collar, (x * 0.03, 0.2, 0.0), [Bone(shoulder, (x * 0.13, 0.0, 0.0), [lower])]))
    return made


def trunk(spine: list[str], head: list[str], shoulders: list[Bone], rise: float = 0.12) -> Bone:
    """A spine with the arms on its last joint and the head's chain above."""
    neck = chain(*[(name, (0.0, 0.24 if number == 0 else 0.1, 0.0)) for number, name in enumerate(head)], tip=(0.0, 0.15, 0.02))
    top = Bone(spine[-1], (0.0, rise, 0.0), [neck, *shoulders])
    for name in reversed(spine[:-1]):
        top = Bone(name, (0.0, rise, 0.0), [top])
    return top


@dataclass(frozen=True)
class Style:
    """How a tool writes: units a metre, orders of channels, frame time, indent, and what ends a line."""

    per_metre: float
    turns: str
    seconds: str
    root: str = "Xposition Yposition Zposition"
    indent: str = "\t"
    newline: str = "\n"
    all_six: bool = False
    decimals: int = 6
    frames: int = 4
    z_up: bool = False


def angles(order: str) -> str:
    return " ".join(f"{axis}rotation" for axis in order)


def write(file: str, root: Bone, style: Style, travels: str = "", *, change: Callable[[str], str] = lambda text: text) -> None:
    """Write a file; the joint called `travels` (the root by default) carries the body's travel."""
    dice, lines, columns = random.Random(file), ["HIERARCHY"], []
    travels = travels or root.name

    def point(offset: Offset) -> Offset:
        x, y, z = (value * style.per_metre for value in offset)
        return (x, -z, y) if style.z_up else (x, y, z)

    def put(bone: Bone, depth: int) -> None:
        outer, inner = style.indent * depth, style.indent * (depth + 1)
        lines.append(f"{outer}{'ROOT' if depth == 0 else 'JOINT'} {bone.name}" if bone.name else f"{outer}End Site")
        lines.append(f"{outer}{{")
        lines.append(f"{inner}OFFSET " + " ".join(f"{value:.{style.decimals}f}" for value in point(bone.offset)))
        if bone.name:
            six = depth == 0 or style.all_six or bone.name == travels
            channels = (
                bone.channels
                if bone.channels is not None
                else f"{style.root} {angles(style.turns)}"
                if six
                else angles(style.turns)
            )
            words = channels.split()
            lines.append(f"{inner}CHANNELS {len(words)}" + "".join(f" {word}" for word in words))
            columns.extend((bone, word, dice.uniform(0, 2 * math.pi), dice.uniform(3, 35)) for word in words)
        for child in bone.children:
            put(child, depth + 1)
        lines.append(f"{outer}}}")

    put(root, 0)
    lines += ["MOTION", f"Frames: {style.frames}", f"Frame Time: {style.seconds}"]
    for frame in range(style.frames):
        body = point((0.4 * math.sin(frame), 0.93 + 0.02 * frame, 0.3 * frame))
        row = []
        for bone, channel, phase, swing in columns:
            axis = "XYZ".index(channel[0].upper())
            if channel.lower().endswith("rotation"):
                row.append(swing * math.sin(0.7 * frame + phase))
            else:
                row.append(body[axis] if bone.name == travels else point(bone.offset)[axis])
        lines.append(" ".join(f"{value:.{style.decimals}f}" for value in row))
    text = change("\n".join(lines) + "\n").replace("\n", style.newline)
    (HERE / f"{file}.bvh").write_bytes(text.encode())


def side_first(*parts: str) -> Callable[[str], tuple[str, ...]]:
    return lambda side: tuple(f"{side}{part}" for part in parts)


def side_last(*parts: str) -> Callable[[str], tuple[str, ...]]:
    return lambda side: tuple(f"{part}_{side[0].lower()}" for part in parts)


def initial(*parts: str) -> Callable[[str], tuple[str, ...]]:
    return lambda side: tuple(f"{side[0].lower()}{part}" for part in parts)


def humanoid(root: str, spine: list[str], head: list[str], leg: Callable, arm: Callable, **more: object) -> Bone:
    """A whole body of those names."""
    fingers = more.pop("fingers", None)
    return Bone(root, (0.0, 0.0, 0.0), [*legs(leg, **more), trunk(spine, head, arms(arm, fingers))])


UP_LEG = side_first("UpLeg", "Leg", "Foot", "ToeBase")
SHOULDER = side_first("Shoulder", "Arm", "ForeArm", "Hand")
CMU = 0.45 / 0.0254
INCH = 1 / 0.0254


def cmu() -> None:
    def fingers(side: str) -> list[Bone]:
        x = 1.0 if side == "Left" else -1.0
        base = chain(
            (f"{side}FingerBase", (0.0, 0.0, 0.0)), (f"{side}HandIndex1", (x * 0.06, 0.0, 0.0)), tip=(x * 0.04, 0.0, 0.0)
        )
        return [base, chain((f"{side[0]}Thumb", (0.0, 0.0, 0.0)), tip=(x * 0.05, 0.0, 0.05))]

    leg = lambda side: (f"{side[0]}HipJoint", *UP_LEG(side))  # noqa: E731
    body = humanoid(
        "Hips", ["LowerBack", "Spine", "Spine1"], ["Neck", "Neck1", "Head"], leg, SHOULDER, joint=True, fingers=fingers
    )
    write("cmu-motionbuilder", body, Style(CMU, "ZYX", ".0083333", indent="  ", decimals=5))
    daz = humanoid(
        "hip",
        ["abdomen", "chest"],
        ["neck", "head"],
        initial("Thigh", "Shin", "Foot", "Toe"),
        initial("Collar", "Shldr", "ForeArm", "Hand"),
    )
    write("cmu-daz", daz, Style(INCH, "ZXY", "0.0333333", indent="  "))
    biped = humanoid(
        "Hips",
        ["Chest", "Chest2"],
        ["Neck", "Head"],
        side_first("Hip", "Knee", "Ankle", "Toe"),
        side_first("Collar", "Shoulder", "Elbow", "Wrist"),
    )
    write("cmu-3dsmax", biped, Style(CMU, "ZXY", "0.0333333"))


def bandai_namco() -> None:
    def body() -> Bone:
        leg, arm = side_last("UpperLeg", "LowerLeg", "Foot", "Toes"), side_last("Shoulder", "UpperArm", "LowerArm", "Hand")
        hips = humanoid("Hips", ["Spine", "Chest"], ["Neck", "Head"], leg, arm)
        hips.offset = (0.0, 0.9, 0.0)
        return Bone("joint_Root", (0.0, 0.0, 0.0), [hips])

    style = Style(100, "ZXY", "0.033333", all_six=True)
    write("bandai-namco", body(), style, "Hips")
    write("bandai-namco-travelling-root", body(), style)


def mixamo() -> None:
    def named(names: Callable) -> Callable:
        return lambda side: tuple(f"mixamorig:{name}" for name in names(side))

    def fingers(side: str) -> list[Bone]:
        x = 1.0 if side == "Left" else -1.0
        return [
            chain(
                *[(f"mixamorig:{side}Hand{finger}{n}", (x * (0.09 if n == 1 else 0.03), 0.0, z)) for n in (1, 2, 3)],
                tip=(x * 0.02, 0.0, 0.0),
            )
            for finger, z in (("Thumb", 0.03), ("Index", 0.02), ("Middle", 0.0))
        ]

    def body() -> Bone:
        spine, head = (["mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2"], ["mixamorig:Neck", "mixamorig:Head"])
        return humanoid("mixamorig:Hips", spine, head, named(UP_LEG), named(SHOULDER), fingers=fingers)

    write("mixamo", body(), Style(100, "ZXY", "0.0333333"))
    write("mixamo-metres", body(), Style(1, "XYZ", "0.016667", decimals=8))
    write("blender-z-up", body(), Style(1, "XYZ", "0.041667", decimals=8, z_up=True))


def studios() -> None:
    plain = lambda **more: humanoid("Hips", ["Spine", "Spine1", "Spine2"], ["Neck", "Head"], UP_LEG, SHOULDER, **more)  # noqa: E731
    write("lafan", plain(), Style(100, "ZYX", "0.033333"))
    write("vicon-millimetres", plain(), Style(1000, "XYZ", "0.010000"))
    write("neuron-displacement", plain(), Style(100, "YXZ", "0.008333", all_six=True, newline="\r\n"))
    write("neuron", plain(), Style(100, "YXZ", "0.008333", newline="\r\n"))
    reference = Bone("Reference", (0.0, 0.0, 0.0), [plain()])
    write("motionbuilder-reference", reference, Style(100, "XYZ", "0.0166667"), "Hips")
    rokoko = humanoid(
        "Hips",
        ["Spine", "Spine2", "Spine3", "Spine4"],
        ["Neck", "Head"],
        side_first("Thigh", "Shin", "Foot", "Toe"),
        SHOULDER,
    )
    write("rokoko", rokoko, Style(100, "YXZ", "0.01", indent="    "))
    xsens = humanoid(
        "Hips",
        ["Chest", "Chest2", "Chest3", "Chest4"],
        ["Neck", "Head"],
        side_first("Hip", "Knee", "Ankle", "Toe"),
        side_first("Collar", "Shoulder", "Elbow", "Wrist"),
    )
    write("xsens", xsens, Style(100, "YXZ", "0.016667"))
    leg = lambda side: tuple(f"{side[0]}_{name}" for name in ("Hip", "Knee", "Ankle", "Foot"))  # noqa: E731
    arm = lambda side: tuple(f"{side[0]}_{name}" for name in ("Collar", "Shoulder", "Elbow", "Wrist"))  # noqa: E731
    smpl = humanoid("Pelvis", ["Spine1", "Spine2", "Spine3"], ["Neck", "Head"], leg, arm)
    write("smpl", smpl, Style(1, "ZYX", "0.0166667", decimals=8))
    leg, arm = side_last("thigh", "calf", "foot", "ball"), side_last("clavicle", "upperarm", "lowerarm", "hand")
    pelvis = humanoid("pelvis", ["spine_01", "spine_02", "spine_03"], ["neck_01", "head"], leg, arm)
    write("unreal", Bone("root", (0.0, 0.0, 0.0), [pelvis]), Style(100, "ZXY", "0.0333333"), "pelvis")
    old = humanoid(
        "Hips",
        ["Chest"],
        ["Neck", "Head"],
        side_first("Hip", "Knee", "Ankle", "Toe"),
        side_first("Collar", "Shoulder", "Elbow", "Wrist"),
        toe=False,
    )
    write("biovision-inches", old, Style(INCH, "ZXY", "0.033333", decimals=2))


def oddities() -> None:
    def loosely(text: str) -> str:
        text = text.replace("HIERARCHY", "\ufeffHierarchy").replace("MOTION", "Motion\n")
        text = text.replace("\n{", " {").replace("JOINT", "Joint").replace("OFFSET", "offset\t").replace("0.240000", "2.4e-1")
        return text.replace("Frame Time:", "\nFrame Time:\t").replace(" 0.000000\n", " -0\n") + "\n\n"

    plain = humanoid("Hips", ["Spine"], ["Neck", "Head"], UP_LEG, SHOULDER)
    write("loose-layout", plain, Style(1, "ZXY", "0.04", root="Zposition Yposition Xposition", indent=""), change=loosely)
    hinged = humanoid("Hips", ["Spine"], ["Neck", "Head"], UP_LEG, SHOULDER)
    for leg in hinged.children[:2]:
        leg.children[0].channels = "Xrotation"
        leg.children[0].children[0].children[0].channels = ""
    write("hinges-at-29.97", hinged, Style(100, "ZXY", "0.0333667", root="Yposition Xposition Zposition"))
    write("film-rate-23.976", humanoid("Hips", ["Spine"], ["Neck", "Head"], UP_LEG, SHOULDER), Style(100, "XZY", "0.0417083"))
    dog = Bone(
        "Hips", (0.0, 0.0, 0.0), [chain(("Tail", (0.0, 0.02, -0.1)), ("Tail1", (0.0, 0.0, -0.12)), tip=(0.0, 0.0, -0.1))]
    )
    for place, z in (("Fore", 0.45), ("Hind", 0.0)):
        for side, x in (("Left", 1.0), ("Right", -1.0)):
            steps = [(f"{side}{place}Leg", (x * 0.08, 0.0, z)), (f"{side}{place}Shin", (0.0, -0.2, 0.0))]
            dog.children.append(chain(*steps, (f"{side}{place}Paw", (0.0, -0.22, 0.0)), tip=(0.0, 0.0, 0.05)))
    write("dog", dog, Style(100, "ZXY", "0.016667"))


if __name__ == "__main__":
    for group in (cmu, bandai_namco, mixamo, studios, oddities):
        group()
