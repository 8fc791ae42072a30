"""Run by Blender's own Python, not by ballo's: an .fbx in, the numbers of its largest armature that moves out. See `fbx`."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np


def watch(source: str, folder: Path, most_joint_frames: int) -> None:
    """Import an .fbx and write rest.npy, turns.npy, places.npy and about.json (see `watched.Watched`), or `reason` why not."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.fbx(filepath=source)
    scene = bpy.context.scene
    moving = [o for o in scene.objects if o.type == "ARMATURE" and o.animation_data and o.animation_data.action]
    if not moving:
        (folder / "reason").write_text("it has no skeleton with an animation, so there is nobody who dances")
        return
    armature = max(moving, key=lambda found: len(found.data.bones))
    for other in [found for found in scene.objects if found.type == "MESH"]:
        bpy.data.objects.remove(other)
    bones = _parents_first(armature.data.bones)
    numbers = {bone.name: number for number, bone in enumerate(bones)}
    # The importer reads the rate (30 over a base of 1.001, say), and places keys as if there were no base.
    first, last = armature.animation_data.action.frame_range
    step = scene.render.fps_base
    frames = round((last - first) / step) + 1
    if frames * len(bones) > most_joint_frames:
        (folder / "reason").write_text(f"it has {frames:,} frames of {len(bones)} joints: cut it")
        return
    turns, places = (np.empty((frames, len(bones), size)) for size in (4, 3))
    for frame in range(frames):
        moment = first + frame * step
        scene.frame_set(math.floor(moment), subframe=moment % 1)
        for number, bone in enumerate(bones):
            seen = armature.matrix_world @ armature.pose.bones[bone.name].matrix
            turns[frame, number], places[frame, number] = _upright(seen)
    rest = np.array([_upright(armature.matrix_world @ bone.matrix_local)[0] for bone in bones])
    for name, values in (("rest", rest), ("turns", turns), ("places", places)):
        np.save(folder / f"{name}.npy", values)
    about = {
        "names": [bone.name for bone in bones],
        "parents": [numbers[bone.parent.name] if bone.parent else -1 for bone in bones],
        "fps": scene.render.fps / scene.render.fps_base,
    }
    (folder / "about.json").write_text(json.dumps(about))


def _parents_first(bones: Any) -> list[Any]:
    """Every bone of an armature, each before its children."""
    order = [bone for bone in bones if bone.parent is None]
    for bone in order:
        order.extend(bone.children)
    return order


def _upright(matrix: Any) -> tuple[Any, tuple[float, float, float]]:
    """How something is turned, wxyz, and where it is, with Y up; in Blender Z is."""
    place, turn, _ = matrix.decompose()
    return type(turn)((0.5**0.5, -(0.5**0.5), 0.0, 0.0)) @ turn, (place.x, place.z, -place.y)


if __name__ == "__main__":
    source, folder, most_joint_frames = sys.argv[sys.argv.index("--") + 1 :]
    watch(source, Path(folder), int(most_joint_frames))
