"""Biovision hierarchy (.bvh), as any tool writes it: read, checked line by line, and set in motion.

Source: Meredith and Maddock, Motion Capture File Formats Explained, 2001 (the grammar). Where tools differ, what most do:
a joint's angles turn it in the order that its channels are listed in, about axes that turn along; its position channels say
where it is in its parent's frame, in its OFFSET's place (Blender's importer and MotionBuilder; the Bandai-Namco files need it).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ballo.errors import DataError
from ballo.motion import kinematics, rotations
from ballo.motion.hierarchy import Fault, Hierarchy, Node, is_finite, shortened
from ballo.motion.motion import Motion
from ballo.motion.skeleton import DANCER, Skeleton

CENTIMETRE = 0.01
"""Metres: what most tools take a .bvh's unit to be."""

_AXES = "xyz"
_LARGEST_SHIFT = 0.25  # of the OFFSET; a channel that stands in its place is larger


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
            # Some writers mean a shift from the OFFSET: then the channels are next to nothing beside it.
            middle, offset = np.median(channels, axis=0), np.array(node.offset)[axes]
            shifts = node.parent >= 0 and np.linalg.norm(middle) < _LARGEST_SHIFT * np.linalg.norm(offset)
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
    except Fault as fault:
        raise DataError(f"{path}: {fault}") from fault


def _parsed(lines: Sequence[str]) -> Clip:
    if not any(line.strip() for line in lines):
        raise Fault(1, "the file is empty")
    start = next((number for number, line in enumerate(lines) if line.strip().upper() == "MOTION"), None)
    nodes = Hierarchy(lines[:start]).nodes
    if start is None:
        raise Fault(len(lines), "the file ends without a MOTION part")
    at, (frames, _) = _setting(lines, start + 1, r"frames\s*:\s*(\d+)$", "Frames: and how many there are")
    seconds_line, (seconds, printed) = _setting(lines, at + 1, r"frame\s+time\s*:\s*(\S+)$", "Frame Time: and the seconds")
    if not 0 < seconds < np.inf:
        raise Fault(seconds_line + 1, f"a frame cannot last {printed} s")
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
                raise Fault(number + 1, f"expected {wanted}, not {shortened(lines[number])}") from error
    raise Fault(len(lines), f"the file ends before {wanted}")


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
            if not is_finite(word):
                raise Fault(number, f"{shortened(word)} is no finite number")
        if words and len(words) != channels:
            raise Fault(number, f"{len(words)} numbers in a frame of {channels} channels")
        found += bool(words)
    raise Fault(len(lines), f"{found} frames, where {frames} are announced" if frames else "there are no frames")
