"""A dance as the animation of a humanoid of the user's own: the .glb that was given, with nothing else in it changed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np

from ballo.export import companion
from ballo.export.character import Character, Performance, opened, performed
from ballo.export.gltf import Buffer, packed
from ballo.motion.glb import Document
from ballo.motion.motion import Motion


def taken(character: Character | str | Path) -> Character:
    """A character, opened unless it is (ExportError)."""
    return character if isinstance(character, Character) else opened(character)


def write(motion: Motion, path: Path, character: Character, *, song: Path | None = None, start_seconds: float = 0.0) -> None:
    """Write the character and its dance to `path`, the same bytes for the same motion and file.

    The character's meshes, materials, textures, morphs and springs are its own bytes; its old animations are left out. The
    file's `extras.ballo` holds `meta`, `fps`, `frames`, the character's name and the song.

    Args:
        motion: what is danced.
        path: the .glb.
        character: who dances.
        song: a companion file, as `gltf.write` has it.
        start_seconds: where in the song the motion starts.

    Raises:
        ExportError: the motion is not the dancer's, another file has the song's place, or 4 GB are not enough.
    """
    about = {"meta": motion.meta, "fps": motion.fps, "frames": len(motion), "character": character.name}
    about |= companion.beside(path, song, start_seconds)
    path.write_bytes(with_dance(character, performed(motion, character), about))


def with_dance(character: Character, performance: Performance, about: dict[str, Any]) -> bytes:
    """The character's .glb with one animation and `extras.ballo`."""
    own = Document(character.glb)
    document, buffer = copy.copy(own.json), Buffer()
    extras = document.get("extras")
    document["extras"] = (extras if isinstance(extras, dict) else {}) | {"ballo": about}
    document["animations"] = [_animation(performance, buffer)]
    binary = own.binary + b"\0" * (-len(own.binary) % 4)
    _append(document, buffer, len(binary))
    return packed(document, binary + buffer.joined())


def _animation(performance: Performance, buffer: Buffer) -> dict[str, Any]:
    times = buffer.add((np.arange(len(performance.root)) / performance.fps).astype(np.float32))
    outputs = [(performance.nodes[0], "translation", performance.root)] + [
        (node, "rotation", performance.rotations[:, number][:, [1, 2, 3, 0]]) for number, node in enumerate(performance.nodes)
    ]
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for node, path, values in outputs:
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        samplers.append({"input": times, "output": buffer.add(values.astype(np.float32)), "interpolation": "LINEAR"})
    return {"name": "Dance", "channels": channels, "samplers": samplers}


def _append(document: dict[str, Any], buffer: Buffer, start: int) -> None:
    """Hang the new arrays on the end of the file's own, which keep their numbers and places."""
    views, accessors = document.get("bufferViews", []), document.get("accessors", [])
    for channel in document["animations"][0]["samplers"]:
        channel["input"] += len(accessors)
        channel["output"] += len(accessors)
    document["accessors"] = accessors + [
        accessor | {"bufferView": accessor["bufferView"] + len(views)} for accessor in buffer.accessors
    ]
    document["bufferViews"] = views + [view | {"byteOffset": view["byteOffset"] + start} for view in buffer.views]
    buffers = document.get("buffers") or [{}]
    document["buffers"] = [buffers[0] | {"byteLength": start + buffer.length}, *buffers[1:]]
