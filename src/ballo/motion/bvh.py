"""Biovision hierarchy (.bvh), as any tool writes it: read, checked line by line, and set in motion.

Source: Meredith and Maddock, Motion Capture File Formats Explained, 2001 (the grammar). Where tools differ, what most do:
a joint's angles turn it in the order that its channels are listed in, about axes that turn along; its position channels say
where it is in its parent's frame, in its OFFSET's place (Blender's importer and MotionBuilder; the Bandai-Namco files need it).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ballo.errors import DataError
from ballo.motion import kinematics, rotations
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

CENTIMETRE = 0.01
"""Metres: what most tools take a .bvh's unit to be."""

_CHANNELS = {f"{axis}{kind}" for axis in "xyz" for kind in ("position", "rotation")}
_AXES = "xyz"


@dataclass(frozen=True)
class Node:
    """A joint, or where a chain ends.

    Args:
        name: as in the file; an End Site is called after its joint, "Head end".
        parent: its parent's number, -1 for the root.
        offset: (3,) from its parent at rest, in the file's unit.
        channels: "zrotation", "xposition" ... in the file's order, in small letters; none for an End Site.
        end: whether it is an End Site.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...] = ()
    end: bool = False


@dataclass(frozen=True)
class Clip:
    """What a .bvh holds.

    Args:
        nodes: N joints and End Sites, every parent before its children.
        values: (T, C) as in the file: degrees, and lengths in its unit; columns in the order of the nodes' channels.
        fps: frames a second. A frame time that rounds a whole number's, as 0.0333 does that of 30, means that number.
    """

    nodes: tuple[Node, ...]
    values: np.ndarray
    fps: float

    def __len__(self) -> int:
        return len(self.values)

    @property
    def parents(self) -> tuple[int, ...]:
        """Each node's parent, -1 for the root."""
        return tuple(node.parent for node in self.nodes)

    def local_rotations(self) -> np.ndarray:
        """(T, N, 4) wxyz, each node in its parent's frame."""
        wxyz = np.zeros((len(self), len(self.nodes), 4))
        wxyz[..., 0] = 1.0
        for number, (node, columns) in enumerate(zip(self.nodes, self._columns(), strict=True)):
            for channel, column in zip(node.channels, columns, strict=True):
                if channel.endswith("rotation"):
                    turn = rotations.about(channel[0], np.radians(self.values[:, column]))
                    wxyz[:, number] = rotations.multiply(wxyz[:, number], turn)
        return wxyz

    def local_translations(self) -> np.ndarray:
        """(T, N, 3) in the file's unit, each node in its parent's frame."""
        places = np.tile(np.array([node.offset for node in self.nodes]), (len(self), 1, 1))
        for number, (node, columns) in enumerate(zip(self.nodes, self._columns(), strict=True)):
            moved = {c[0]: column for c, column in zip(node.channels, columns, strict=True) if c.endswith("position")}
            axes = [_AXES.index(axis) for axis in moved]
            channels = self.values[:, list(moved.values())]
            # Some writers mean a shift from the OFFSET: then the channels lie nearer to nothing than to the OFFSET.
            middle, offset = np.median(channels, axis=0), np.array(node.offset)[axes]
            shifts = node.parent >= 0 and np.linalg.norm(middle) < np.linalg.norm(middle - offset)
            places[:, number, axes] = channels + offset if shifts else channels
        return places

    def positions(self) -> np.ndarray:
        """(T, N, 3) in the world, in the file's unit and axes."""
        local, translations = rotations.to_matrix(self.local_rotations()), self.local_translations()
        world, positions = local.copy(), translations.copy()
        for number, parent in enumerate(self.parents):
            if parent >= 0:
                world[:, number] = world[:, parent] @ local[:, number]
                moved = world[:, parent] @ translations[:, number, :, None]
                positions[:, number] = positions[:, parent] + moved[..., 0]
        return positions

    def motion(self, metres_per_unit: float = CENTIMETRE) -> Motion:
        """The joints as a `Motion`, End Sites left out; bones that stretch in the file get their median length.

        A file of `DANCER`'s joints comes back on `DANCER`, contacts found anew; of another skeleton no feet are known.

        Raises:
            DataError: two joints have one name.
        """
        joints = [number for number, node in enumerate(self.nodes) if not node.end]
        names = [self.nodes[joint].name for joint in joints]
        known = set(names) == set(DANCER.joint_names) and len(names) == len(DANCER)
        if known:
            joints, names = [joints[names.index(name)] for name in DANCER.joint_names], list(DANCER.joint_names)
        translations = self.local_translations()[:, joints] * metres_per_unit
        offsets = np.median(translations, axis=0)
        offsets[0] = 0.0
        parents = tuple(-1 if parent < 0 else joints.index(parent) for parent in (self.nodes[j].parent for j in joints))
        try:
            skeleton = Skeleton(tuple(names), parents, offsets, DANCER.feet if known else ())
        except ValueError as error:
            raise DataError(f"this .bvh makes no skeleton: {error}") from error
        if known and parents == DANCER.parents and np.allclose(offsets, DANCER.offsets, atol=1e-6):
            skeleton = DANCER
        wxyz, root = rotations.continuous(self.local_rotations()[:, joints]), translations[:, 0]
        standing = kinematics.contacts(skeleton, kinematics.forward(skeleton, wxyz, root), self.fps)
        return Motion(skeleton, wxyz, root, self.fps, standing)

    def _columns(self) -> Iterator[range]:
        first = 0
        for node in self.nodes:
            yield range(first, first + len(node.channels))
            first += len(node.channels)


def read(path: Path) -> Clip:
    """Read a .bvh: channels in any order, three, six or none a joint, End Sites, any white space and line ends.

    Raises:
        DataError: the file cannot be read, breaks off, or holds anything else; the message names the line.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return _parsed(lines)
    except _Fault as fault:
        raise DataError(f"{path}: {fault}") from fault


class _Fault(Exception):
    """What is wrong, and in which line (counted from 1)."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")


def _parsed(lines: Sequence[str]) -> Clip:
    if not any(line.strip() for line in lines):
        raise _Fault(1, "the file is empty")
    start = next((number for number, line in enumerate(lines) if line.strip().upper() == "MOTION"), None)
    nodes = _Hierarchy(lines[:start]).nodes
    if start is None:
        raise _Fault(len(lines), "the file ends without a MOTION part")
    at, (frames, _) = _setting(lines, start + 1, r"frames\s*:\s*(\d+)$", "Frames: and how many there are")
    seconds_line, (seconds, printed) = _setting(lines, at + 1, r"frame\s+time\s*:\s*(\S+)$", "Frame Time: and the seconds")
    if not 0 < seconds < np.inf:
        raise _Fault(seconds_line + 1, f"a frame cannot last {printed} s")
    channels = sum(len(node.channels) for node in nodes)
    return Clip(nodes, _values(lines, seconds_line + 1, int(frames), channels), _frames_per_second(seconds, printed))


def _setting(lines: Sequence[str], start: int, pattern: str, wanted: str) -> tuple[int, tuple[float, str]]:
    """The first line from `start` on that is not blank, and the number in it (a fault unless `pattern` fits)."""
    for number in range(start, len(lines)):
        if lines[number].strip():
            found = re.match(pattern, lines[number].strip(), re.IGNORECASE)
            try:
                return number, (float(found[1]), found[1])  # type: ignore[index]
            except (TypeError, ValueError) as error:
                raise _Fault(number + 1, f"expected {wanted}, not {_short(lines[number])}") from error
    raise _Fault(len(lines), f"the file ends before {wanted}")


def _frames_per_second(seconds: float, printed: str) -> float:
    whole = round(1 / seconds)
    decimals = len(printed.partition(".")[2]) if re.fullmatch(r"\d*\.?\d*", printed) else 17
    return float(whole) if whole and abs(1 / whole - seconds) <= 0.51 * 10.0**-decimals else 1 / seconds


def _values(lines: Sequence[str], start: int, frames: int, channels: int) -> np.ndarray:
    """(frames, channels) numbers from line `start` on; which line is wrong is looked for only if one is."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
        try:
            values = np.fromstring("\n".join(lines[start:]), sep=" ")
        except (DeprecationWarning, ValueError):
            values = np.zeros(0)
    if frames and values.size == frames * channels and np.isfinite(values).all():
        return values.reshape(frames, channels)
    found = 0
    for number, line in enumerate(lines[start:], start=start + 1):
        words = line.split()
        for word in words:
            if not _is_finite(word):
                raise _Fault(number, f"{_short(word)} is no finite number")
        if words and len(words) != channels:
            raise _Fault(number, f"{len(words)} numbers in a frame of {channels} channels")
        found += bool(words)
    raise _Fault(len(lines), f"{found} frames, where {frames} are announced" if frames else "there are no frames")


def _is_finite(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


class _Hierarchy:
    """Reads the part before MOTION, a keyword at a time."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.nodes: tuple[Node, ...] = ()
        self._nodes: list[Node] = []
        self._open: list[int] = []
        self._named: Node | None = None
        self._line = 0
        self._placed: set[int] = set()
        statements = (
            (number, statement.strip())
            for number, line in enumerate(lines, start=1)
            for statement in re.split(r"([{}])", line)
            if statement.strip()
        )
        if next(statements, (1, ""))[1].upper() != "HIERARCHY":
            raise _Fault(1, "no .bvh: it does not begin with HIERARCHY")
        for self._line, statement in statements:
            self._take(statement)
        if self._open or self._named or not self._nodes:
            what = f"{self._nodes[self._open[-1]].name} is not closed by }}" if self._open else "there is no ROOT"
            raise _Fault(max(len(lines), 1), f"the hierarchy breaks off: {what}")
        self.nodes = tuple(self._nodes)

    def _take(self, statement: str) -> None:
        keyword, _, rest = re.sub(r"\s+", " ", statement).partition(" ")
        match keyword.upper():
            case "ROOT" | "JOINT" | "END":
                self._name(keyword.upper(), rest)
            case "{":
                self._enter()
            case "}":
                self._leave()
            case "OFFSET":
                self._offset(rest.split())
            case "CHANNELS":
                self._channels(rest.lower().split())
            case _:
                self._refuse(f"{_short(statement)} is neither ROOT, JOINT, End Site, OFFSET, CHANNELS nor a brace")

    def _name(self, keyword: str, name: str) -> None:
        if self._named:
            self._refuse(f"{self._named.name} has no {{")
        if keyword == "ROOT" and self._nodes:
            self._refuse("a second ROOT; put each dancer in a file of her own")
        if keyword != "ROOT" and not self._open:
            self._refuse(f"{_short(name)} is outside the ROOT")
        if keyword != "END" and not name:
            self._refuse("a joint without a name")
        parent = self._open[-1] if self._open else -1
        end = keyword == "END"
        self._named = Node(f"{self._nodes[parent].name} end" if end else name, parent, (0.0, 0.0, 0.0), (), end)

    def _enter(self) -> None:
        if not self._named:
            self._refuse("a { that belongs to no joint")
        else:
            self._open.append(len(self._nodes))
            self._nodes.append(self._named)
            self._named = None

    def _leave(self) -> None:
        if not self._open or self._named:
            self._refuse("a } too many")
        closed = self._open.pop()
        if closed not in self._placed:
            self._refuse(f"{self._nodes[closed].name} has no OFFSET")

    def _offset(self, words: list[str]) -> None:
        if not self._open or len(words) != 3 or not all(map(_is_finite, words)):
            self._refuse("an OFFSET is three finite numbers of a joint")
        x, y, z = map(float, words)
        here = self._open[-1]
        self._nodes[here] = replace(self._nodes[here], offset=(x, y, z))
        self._placed.add(here)

    def _channels(self, words: list[str]) -> None:
        if not self._open or not words or not words[0].isdigit() or int(words[0]) != len(words) - 1:
            self._refuse("CHANNELS needs how many there are, and as many names")
        strange = [word for word in words[1:] if word not in _CHANNELS]
        if strange or len(set(words[1:])) < len(words) - 1:
            self._refuse(
                f"{strange[0] if strange else 'a channel named twice'} is no channel; Xposition and Zrotation are such"
            )
        here = self._open[-1]
        self._nodes[here] = replace(self._nodes[here], channels=tuple(words[1:]))

    def _refuse(self, what: str) -> None:
        raise _Fault(self._line, what)


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 30 else f"{text[:29]}…")
