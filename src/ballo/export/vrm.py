"""VRM: the dancer as an avatar (.vrm), and a dance for anybody's avatars (.vrma).

Both are .glb files that say which nodes are a humanoid's bones. An avatar does not move and a .vrma has no body: who plays a
.vrma turns an avatar's bones as its bones turn.

Sources: VRM consortium, VRMC_vrm 1.0 and VRMC_vrm_animation 1.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ballo.errors import ExportError
from ballo.export import companion, gltf, humanoid
from ballo.export.character import pose
from ballo.export.character.figure import dancers_own
from ballo.motion.motion import Motion

LICENSE = "https://vrm.dev/licenses/1.0/"
"""The one that the specification allows; what it leaves open is said beside it, and is as free as the project is."""
META: dict[str, Any] = {
    "name": "ballo's dancer",
    "authors": ["ballo"],
    "licenseUrl": LICENSE,
    "avatarPermission": "everyone",
    "commercialUsage": "corporation",
    "creditNotation": "unnecessary",
    "allowRedistribution": True,
    "modification": "allowModificationRedistribution",
}


def write_avatar(motion: Motion, path: Path) -> None:
    """Write the one who dances as a VRM 1.0 avatar at rest. The dance itself is not part of a .vrm: that is a .vrma.

    Raises:
        ExportError: it is not ballo's dancer.
    """
    _check(motion, path)
    document, binary = gltf.figure(motion.skeleton)
    extension = {"specVersion": "1.0", "meta": META, "humanoid": {"humanBones": _human_bones(motion)}}
    path.write_bytes(gltf.packed(_extended(document, "VRMC_vrm", extension), binary))


def write_animation(motion: Motion, path: Path, *, song: Path | None = None, start_seconds: float = 0.0) -> None:
    """Write the dance as a VRM animation: rotations of humanoid bones and the path of the hips.

    Bones are the dancer's in a T-pose, and point as hers on every frame; knees and elbows face where they bend, as avatars'
    hinges do.

    Args:
        motion: what is danced.
        path: the .vrma.
        song: a companion file, as `gltf.write` has it.
        start_seconds: where in the song the motion starts.

    Raises:
        ExportError: the motion has no frames or is not the dancer's, or another file has the song's place.
    """
    _check(motion, path)
    figure = dancers_own(motion.skeleton)
    document, binary = gltf.skeleton_alone(pose.danced(motion, figure))
    extension = {"specVersion": "1.0", "humanoid": {"humanBones": _human_bones(motion)}}
    extras = gltf.about(motion) | companion.beside(path, song, start_seconds)
    whole = _extended(document, "VRMC_vrm_animation", extension) | {"extras": {"ballo": extras}}
    path.write_bytes(gltf.packed(whole, binary))


def _check(motion: Motion, path: Path) -> None:
    if not len(motion):
        raise ExportError(f"cannot write {path.suffix}: the motion has no frames")
    if not humanoid.is_humanoid(motion.skeleton):
        raise ExportError(f"cannot write {path.suffix}: it is for ballo's dancer, and this motion has another skeleton")


def _human_bones(motion: Motion) -> dict[str, dict[str, int]]:
    """Which node is which bone; joints that VRM does not know are left out."""
    names = [humanoid.HUMANOID[name].vrm for name in motion.skeleton.joint_names]
    return {name: {"node": joint} for joint, name in enumerate(names) if name}


def _extended(document: dict[str, Any], name: str, extension: dict[str, Any]) -> dict[str, Any]:
    return document | {"extensionsUsed": [name], "extensions": {name: extension}}
