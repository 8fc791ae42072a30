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
from fractions import Fraction
from pathlib import Path

import numpy as np

from ballo.errors import BalloError, DataError
from ballo.motion import admission, anthropometry, kinematics, rotations
from ballo.motion.admission import Refused
from ballo.motion.hierarchy import Fault, Hierarchy, Node, is_finite, own_names, shortened
from ballo.motion.motion import Motion
from ballo.motion.resampling import FILM_RATES
from ballo.motion.skeleton import DANCER

CENTIMETRE = 0.01
"""Metres: what most tools take a .bvh's unit to be."""

MOST_BYTES = 256_000_000
"""Of a .bvh, which is read as a whole: ten minutes of 60 joints at 240 frames a second."""
AUTO = "auto"

_AXES = "xyz"
_TRAVEL_METRES = 0.02  # of a joint in its parent's frame; what moves more is no bone
_STRETCH_METRES = 0.002
_LONGEST_NUMBER, _MOST_FRAMES = 40, 1e9
_LARGEST_SHIFT = 0.25  # of the OFFSET; a channel that stands in its place is larger


@dataclass(frozen=True)
class Clip:
    """What a .bvh holds.

    Args:
        nodes: N joints and End Sites, every parent before its children; ballo's dancer under her own names, whatever they
            are in the file.
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

    def motion(self, metres_per_unit: float = CENTIMETRE, *, z_up: bool = False) -> Motion:
        """The joints as a `Motion`, End Sites left out; bones that stretch in the file get their median length.

        A file of `DANCER`'s joints comes back on `DANCER`, contacts found anew; of another skeleton no feet are known. Joints
        above the one that travels, as a scene's own root is above the hips, are taken into it.

        Args:
            metres_per_unit: of the file's lengths.
            z_up: the file's axes are X right, Z up; they are turned so that Y is up.

        Raises:
            DataError: two joints have one name, or the numbers are no person's on earth.
        """
        joints = [number for number, node in enumerate(self.nodes) if not node.end]
        wxyz, translations = self.local_rotations(), self.local_translations() * metres_per_unit
        joints = joints[self._fold_trunk(joints, wxyz, translations) :]
        names = [self.nodes[joint].name for joint in joints]
        known = set(names) == set(DANCER.joint_names) and len(names) == len(DANCER)
        if known:
            joints, names = [joints[names.index(name)] for name in DANCER.joint_names], list(DANCER.joint_names)
        wxyz, translations = wxyz[:, joints], translations[:, joints]
        if z_up:
            wxyz, translations = _y_up(wxyz, translations)
        offsets = np.median(translations, axis=0)
        offsets[0] = 0.0
        parents = [joints.index(self.nodes[joint].parent) if number else -1 for number, joint in enumerate(joints)]
        try:
            skeleton = admission.skeleton(names, parents, offsets, DANCER.feet if known else ())
            root = admission.places(translations[:, 0], (-1, 3), "root's places")
        except Refused as error:
            raise DataError(f"this .bvh makes no skeleton: {error}") from error
        if known and skeleton.parents == DANCER.parents and np.allclose(offsets, DANCER.offsets, atol=1e-6):
            skeleton = DANCER
        wxyz = rotations.continuous(wxyz)
        standing = kinematics.contacts(skeleton, kinematics.forward(skeleton, wxyz, root), self.fps)
        return Motion(skeleton, wxyz, root, self.fps, standing, self._notes(joints, translations))

    def _fold_trunk(self, joints: Sequence[int], wxyz: np.ndarray, translations: np.ndarray) -> int:
        """Take joints above the one that travels into it, in place; how many there are."""
        for place, joint in enumerate(joints[:-1]):
            below = [child for child in joints if self.nodes[child].parent == joint]
            if len(below) != 1 or np.ptp(translations[:, below[0]], axis=0).max() < _TRAVEL_METRES:
                return place
            child = below[0]
            moved = rotations.to_matrix(wxyz[:, joint]) @ translations[:, child, :, None]
            translations[:, child] = translations[:, joint] + moved[..., 0]
            wxyz[:, child] = rotations.multiply(wxyz[:, joint], wxyz[:, child])
        return len(joints) - 1

    def _notes(self, joints: Sequence[int], translations: np.ndarray) -> dict[str, list[str]]:
        """What of the file a motion cannot hold, as its meta says it."""
        if len(joints) < 2 or not len(translations):
            return {}
        bones = translations[:, 1:]
        stretch = np.linalg.norm(bones - np.median(bones, axis=0), axis=-1).max(axis=0)
        if stretch.max() < _STRETCH_METRES:
            return {}
        name = self.nodes[joints[1 + int(stretch.argmax())]].name
        return {"notes": [f"bones stretch by up to {stretch.max() * 100:.1f} cm ({name}): each keeps its median length"]}

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
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DataError(f"{path}: {size / 1e6:,.0f} MB of text, over {MOST_BYTES / 1e6:,.0f}: cut it into parts")
        lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return _parsed(lines)
    except Fault as fault:
        raise DataError(f"{path}: {fault}") from fault


def read_motion(path: Path, *, units: str = AUTO, up: str = AUTO) -> Motion:
    """The motion in a .bvh of any hierarchy, on a skeleton of its own, in metres and Y up.

    Args:
        path: the .bvh.
        units: what its lengths are: one of `UNITS`, or "auto" for the one that makes a person of the skeleton.
        up: the axis that points up, "y" or "z", or "auto" for the one that heads are above feet on.

    Returns:
        A motion; its meta's "notes", if there, tell what was taken to be so, and what got lost.

    Raises:
        DataError: the file cannot be read as such; see `read`.
        BalloError: no such unit or axis.
    """
    if units not in (AUTO, *anthropometry.UNITS):
        raise BalloError(f"there is no unit {units!r}: choose among {', '.join((AUTO, *anthropometry.UNITS))}")
    if up not in (AUTO, "y", "z"):
        raise BalloError(f"no axis {up!r} is up: choose among {AUTO}, y, z")
    with admission.reading(path, "a .bvh"):
        clip = read(path)
        admission.check_size(len(clip), len(clip.nodes))
        admission.frame_rate(clip.fps)
        admission.places(clip.values, clip.values.shape, "numbers")
        admission.places([node.offset for node in clip.nodes], (-1, 3), "OFFSETs")
        axis = anthropometry.up(clip.nodes, clip.positions()) if up == AUTO else up
        unit, notes = units, []
        if units == AUTO:
            lengths = np.linalg.norm(np.median(clip.local_translations(), axis=0), axis=-1)
            unit, person = anthropometry.unit(clip.nodes, lengths)
            if unit != "cm":
                notes.append(f"lengths are taken to be in {unit}, which makes a person of it")
            elif not person and len(clip.nodes) >= anthropometry.LEAST_JOINTS:
                notes.append("no unit makes a person of it: lengths are taken to be in cm")
        if axis != "y" and up == AUTO:
            notes.append("turned so that Y is up; in the file Z is")
        try:
            motion = clip.motion(anthropometry.UNITS[unit], z_up=axis == "z")
        except DataError as error:
            raise Refused(str(error)) from error
    notes += motion.meta.get("notes", [])
    return replace(motion, meta={"notes": notes} if notes else {})


def _y_up(wxyz: np.ndarray, translations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every joint's frame turned from X right, Z up to X right, Y up: (x, y, z) to (x, z, -y)."""
    w, x, y, z = np.moveaxis(wxyz, -1, 0)
    return np.stack([w, x, z, -y], axis=-1), np.stack(
        [translations[..., 0], translations[..., 2], -translations[..., 1]], axis=-1
    )


def _parsed(lines: Sequence[str]) -> Clip:
    if not any(line.strip() for line in lines):
        raise Fault(1, "the file is empty")
    start = next((number for number, line in enumerate(lines) if line.strip().upper() == "MOTION"), None)
    nodes = own_names(Hierarchy(lines[:start]).nodes)
    if start is None:
        raise Fault(len(lines), "the file ends without a MOTION part")
    at, (frames, _) = _setting(lines, start + 1, r"frames\s*:\s*(\d+)$", "Frames: and how many there are")
    seconds_line, (seconds, printed) = _setting(lines, at + 1, r"frame\s+time\s*:\s*(\S+)$", "Frame Time: and the seconds")
    if not 0 < seconds < np.inf:
        raise Fault(seconds_line + 1, f"a frame cannot last {printed} s")
    channels = sum(len(node.channels) for node in nodes)
    if len(printed) > _LONGEST_NUMBER or frames > _MOST_FRAMES:
        raise Fault(at + 1, f"more frames than a .bvh holds are announced: {shortened(lines[at])}")
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
    decimals = len(printed.partition(".")[2]) if re.fullmatch(r"\d*\.?\d*", printed) else 17
    for rate in (Fraction(round(1 / seconds)), *FILM_RATES):
        if rate and abs(float(1 / rate) - seconds) <= 0.51 * 10.0**-decimals:
            return float(rate)
    return 1 / seconds


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
