"""A motion as JSON (.json): what a page or a program without NumPy opens. docs/formats.md lists the keys."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ballo.motion import admission, kinematics
from ballo.motion.admission import Refused
from ballo.motion.motion import Motion

FORMAT, VERSION = "ballo motion", 1
MOST_BYTES = 64_000_000
"""Of a file that is read: as objects its numbers take ten times the memory. An hour of 22 joints at 25."""
DECIMALS = 5
"""Of quaternions and of metres: a hand is off by a fiftieth of a millimetre at most."""
CHUNK_FRAMES = 1024


def write(motion: Motion, path: Path) -> None:
    """Write `motion` to `path` with no space in it, the same bytes for the same motion.

    Keys: `format`, `version`, `fps`, `joint_names` (J), `parents` (J), `offsets` (J, 3) metres, `feet` (feet, joints) names,
    `root` (T, 3) metres, `rotations` (T, J, 4) local wxyz, `contacts` (T, feet) 0 or 1, `meta`.
    """
    body = motion.skeleton
    head = {
        "format": FORMAT,
        "version": VERSION,
        "fps": motion.fps,
        "joint_names": body.joint_names,
        "parents": body.parents,
        "offsets": np.round(body.offsets, 6).tolist(),
        "feet": body.feet,
        "meta": motion.meta,
    }
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(json.dumps(head, sort_keys=True, allow_nan=False, separators=(",", ":"))[:-1])
        for name, values in (("root", motion.root), ("rotations", motion.rotations), ("contacts", motion.contacts)):
            file.write(f',"{name}":[')
            for start in range(0, len(motion), CHUNK_FRAMES):
                file.write("," * bool(start) + _numbers(values[start : start + CHUNK_FRAMES])[1:-1])
            file.write("]")
        file.write("}\n")


def read(path: Path) -> Motion:
    """The motion that `write` wrote, or another program.

    Raises:
        DataError: there is no such file, or it holds no motion.
    """
    with admission.reading(path, "JSON that ballo wrote"):
        admission.check_bytes(path, MOST_BYTES)
        held = admission.parsed(path.read_text("utf-8-sig"))
        if not isinstance(held, dict) or held.get("format") != FORMAT:
            raise Refused(f'it is no motion: "format" is not "{FORMAT}"')
        if held.get("version") != VERSION:
            raise Refused(f"its version is {str(held.get('version'))[:20]}: this ballo reads {VERSION}")
        lacking = [key for key in ("fps", "joint_names", "parents", "offsets", "root", "rotations") if key not in held]
        if lacking:
            raise Refused(f'it lacks "{lacking[0]}"')
        fps = admission.frame_rate(held["fps"])
        skeleton = admission.skeleton(held["joint_names"], held["parents"], held["offsets"], held.get("feet", []))
        admission.check_size(len(held["root"]), len(skeleton))
        wxyz = admission.turns(held["rotations"], (-1, len(skeleton), 4))
        root = admission.places(held["root"], (len(wxyz), 3), "root")
        if "contacts" in held:
            standing = admission.flags(held["contacts"], (len(wxyz), len(skeleton.feet)))
        else:
            standing = kinematics.contacts(skeleton, kinematics.forward(skeleton, wxyz, root), fps)
        return Motion(skeleton, wxyz, root, fps, standing, admission.meta(held.get("meta", {})))


def _numbers(values: np.ndarray) -> str:
    """Arrays as JSON: truth as 0 and 1, whole numbers without a point, others with no more digits than they need."""
    if values.dtype == np.bool_:
        return json.dumps(values.astype(int).tolist(), separators=(",", ":"))
    rounded = np.round(values.astype(np.float64), DECIMALS) + 0.0
    return json.dumps(rounded.tolist(), separators=(",", ":")).replace(".0,", ",").replace(".0]", "]")
